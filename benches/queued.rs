//! A message that is queued, for the benchmarks of the outbox and of the mail service.

use serde_json::json;

use graphmail::submission::{Format, Submission};

pub(crate) fn message() -> Submission {
    let message = json!({"message": {
        "subject": "S",
        "body": {"contentType": "text", "content": "B"},
        "toRecipients": [{"emailAddress": {"address": "a@example.org"}}],
    }});
    Submission::Direct {
        format: Format::Json,
        body: message.to_string().into(),
        message_id: None,
        recipients: vec!["a@example.org".to_owned()],
    }
}
