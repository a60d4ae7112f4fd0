//! `sendMail` with MIME: what is taken, what is refused, and what is left of Bcc.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphmail::sandbox::{Options, Sandbox, Transport};

use super::{compare, expected, get_page, outcome, post, start};
use crate::support::loopback::Response;

const PATH: &str = "/v1.0/me/sendMail";

/// A message with every kind of part, in the manner of the published example.
const RESUME: &str = "From: \"Samantha Booth\" <samanthab@contoso.com>\r\n\
    To: \"Megan Bowen\" <MeganB@contoso.com>\r\n\
    Bcc: hidden@contoso.com,\r\n\
    \x20folded@contoso.com\r\n\
    Subject: =?utf-8?Q?Internal_Resume_Submission:_Sales_Associate_=E2=9C=93?=\r\n\
    Thread-Topic: Internal Resume Submission\r\n\
    Date: Sun, 22 Aug 2021 20:08:18 +0000\r\n\
    Message-ID: <resume@contoso.com>\r\n\
    Importance: High\r\n\
    Disposition-Notification-To: samanthab@contoso.com\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=outer\r\n\
    \r\n\
    --outer\r\n\
    Content-Type: multipart/alternative; boundary=inner\r\n\
    \r\n\
    --inner\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    \r\n\
    Bcc: in the text stays.\r\n\
    --inner\r\n\
    Content-Type: text/html; charset=utf-8\r\n\
    \r\n\
    <p>Hi</p>\r\n\
    --inner--\r\n\
    --outer\r\n\
    Content-Type: application/pdf; name=resume.pdf\r\n\
    Content-Disposition: attachment; filename=resume.pdf\r\n\
    Content-Transfer-Encoding: base64\r\n\
    \r\n\
    JVBERi0=\r\n\
    --outer\r\n\
    Content-Type: message/rfc822\r\n\
    \r\n\
    From: x@example.org\r\n\
    Subject: inside\r\n\
    \r\n\
    nested\r\n\
    --outer--\r\n";

/// What every refusal starts from.
const HELLO: &str =
    "From: you@sandbox.example\r\nTo: a@example.org\r\nSubject: Hello\r\n\r\nHi\r\n";

fn submit(sandbox: &Sandbox, eml: &str) -> Response {
    post(sandbox, PATH, "text/plain", STANDARD.encode(eml).as_bytes())
}

/// With brackets around it, without, and with none at all.
#[test]
fn a_quoted_local_part_is_a_part_of_its_address() {
    let (sandbox, _) = start(Options::default());
    let to = "\"a b\"@example.org, J <\"c d\"@example.org>, \"E F\" <e@example.org>";
    let answer = submit(&sandbox, &HELLO.replace("a@example.org", to));
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(
        sandbox.accepted().pop().expect("a message").to,
        [
            "\"a b\"@example.org",
            "\"c d\"@example.org",
            "e@example.org"
        ]
    );
}

#[test]
fn a_ready_message_is_captured_without_its_bcc() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sandbox, _) = start(Options {
        folder: Some(folder.path().to_owned()),
        ..Options::default()
    });
    let answer = submit(&sandbox, RESUME);
    assert_eq!((answer.status, answer.body.len()), (202, 0), "{answer:?}");
    let json = std::fs::read(folder.path().join("0001.json")).expect("a captured message");
    compare("mime.json", &json);
    let eml = std::fs::read(folder.path().join("0001.eml")).expect("a captured message");
    let bcc = "Bcc: hidden@contoso.com,\r\n folded@contoso.com\r\n";
    assert_eq!(
        String::from_utf8(eml).expect("text"),
        RESUME.replace(bcc, "")
    );
    let accepted = sandbox.accepted().pop().expect("a message");
    assert_eq!(accepted.transport, Transport::Mime);
    assert_eq!(accepted.bcc, ["hidden@contoso.com", "folded@contoso.com"]);
    assert_eq!(
        accepted.subject,
        "Internal Resume Submission: Sales Associate ✓"
    );
    assert_eq!(sandbox.complaints(), [""; 0]);
}

#[test]
fn base64_may_be_wrapped() {
    let (sandbox, _) = start(Options::default());
    let packed = STANDARD.encode(HELLO);
    let wrapped: Vec<&str> = [&packed[..40], &packed[40..]].to_vec();
    let body = wrapped.join("\r\n");
    let answer = post(&sandbox, PATH, "text/plain; charset=utf-8", body.as_bytes());
    assert_eq!(answer.status, 202);
    assert_eq!(sandbox.accepted()[0].eml, HELLO.as_bytes());
}

#[test]
fn every_refusal_of_base64_and_lines_has_its_code() {
    let (sandbox, _) = start(Options::default());
    for body in ["SGk", "SG-_", "SGk=SGk=", "{\"message\":{}}", HELLO] {
        let answer = post(&sandbox, PATH, "text/plain", body.as_bytes());
        let code = "ErrorMimeContentInvalidBase64String".to_owned();
        assert_eq!(outcome(&answer), (400, code), "{body}");
    }
    for eml in [
        HELLO.replace("Hi\r\n", "Hi\nthere\r\n"),
        HELLO.replace("Hi\r\n", "Hi\rthere\r\n"),
        HELLO.replace("Hi\r\n", "Hi\r"),
        HELLO.replace("\r\n", "\n"),
        String::new(),
    ] {
        let code = "UnableToDeserializePostBody".to_owned();
        assert_eq!(outcome(&submit(&sandbox, &eml)), (400, code), "{eml:?}");
    }
    assert_eq!(sandbox.accepted().len(), 0);
}

#[test]
fn every_refusal_of_a_message_has_its_code() {
    let (sandbox, _) = start(Options {
        mailboxes: vec!["you@sandbox.example".to_owned()],
        ..Options::default()
    });
    let many: Vec<_> = (0..501).map(|n| format!("u{n}@example.org")).collect();
    let many = format!("To: {}", many.join(",\r\n "));
    let from = "From: you@sandbox.example\r\n";
    let to = "To: a@example.org";
    let subject = "Subject: Hello";
    let nobody = "To: undisclosed-recipients:;";
    let hidden = format!("{nobody}\r\nBcc: b@example.org");
    for (part, change, answer) in [
        (to, "X-To: a@example.org", "400 ErrorInvalidRecipients"),
        (to, nobody, "400 ErrorInvalidRecipients"),
        (to, "To: nobody", "400 ErrorInvalidRecipients"),
        (to, &many, "400 ErrorExceededMaxRecipientLimit"),
        (to, &hidden, "202 -"),
        (from, "", "403 ErrorSendAsDenied"),
        (from, "From: me\r\n", "403 ErrorSendAsDenied"),
        (from, "From: else@example.org\r\n", "403 ErrorSendAsDenied"),
        (from, " ", "400 ErrorMimeContentInvalid"),
        (subject, "Subject Hello", "400 ErrorMimeContentInvalid"),
        (subject, "Sub ject: Hello", "400 ErrorMimeContentInvalid"),
        (HELLO, "\r\nHi\r\n", "400 ErrorMimeContentInvalid"),
        (HELLO, "just words", "400 ErrorMimeContentInvalid"),
    ] {
        let found = outcome(&submit(&sandbox, &HELLO.replace(part, change)));
        assert_eq!(found, expected(answer), "{change:?}");
    }
    assert_eq!(sandbox.accepted().len(), 1);
}

/// The parser of the sandbox knows neither of these charsets.
#[test]
fn names_in_rare_charsets_are_decoded() {
    for word in [
        "=?iso-2022-kr?B?GyQpQw46ODBtDw==?=",
        "=?UHC?Q?=BA=B8=B0=ED?=",
    ] {
        let (sandbox, _) = start(Options::default());
        let eml = format!(
            "From: {word} <you@sandbox.example>\r\nTo: {word} <a@example.org>\r\nSubject: {word} {word}\r\n\
             Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-2022-kr\r\n\r\n\
             \x1b$)C\x0e:80m\x0f\r\n--b\r\n\
             Content-Type: text/csv; name=\"{word}\"\r\nContent-Disposition: attachment\r\n\r\n1\r\n--b--\r\n"
        );
        assert_eq!(submit(&sandbox, &eml).status, 202);
        let accepted = sandbox.accepted().pop().expect("a message");
        let names = ["/from", "/toRecipients/0"].map(|pointer| {
            let name = accepted
                .resource
                .pointer(&format!("{pointer}/emailAddress/name"));
            name.cloned().unwrap_or_default()
        });
        assert_eq!(names, ["보고", "보고"], "{word}");
        assert_eq!(accepted.subject, "보고보고", "{word}");
        assert_eq!(accepted.attachments[0].name, "보고", "{word}");
        assert_eq!(accepted.text(), "보고", "{word}");
        let page = get_page(&sandbox, "/messages/1?tab=text");
        assert!(
            page.text().contains("<pre tabindex=\"0\">보고</pre>"),
            "{}",
            page.text()
        );
        assert_eq!(accepted.broken, [""; 0], "{word}");
        assert!(
            accepted.eml == eml.as_bytes(),
            "{word}: the message is unchanged"
        );
    }
}
