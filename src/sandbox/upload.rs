//! Upload sessions. They are on a second address, and the URL itself is the authorization.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LOCATION};
use http::{Request, Response};
use serde_json::json;

use super::attachment::Attachment;
use super::graph::{MAX_REQUEST, item_not_found};
use super::reply::{self, Refusal};
use super::route::{Operation, Route};
use super::store::{Session, Store};
use crate::seams::Seams;

/// The state that upload sessions use.
pub(super) struct Outlook<'a> {
    pub(super) seams: &'a dyn Seams,
    pub(super) store: &'a mut Store,
    /// Scheme, host and port of this address.
    pub(super) origin: &'a str,
}

impl Outlook<'_> {
    /// Serves `PUT`, `GET` and `DELETE` of an upload URL.
    pub(super) fn serve(
        &mut self,
        route: &Route,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Refusal> {
        if request.headers().contains_key(AUTHORIZATION) {
            let refusal = Refusal::new(
                401,
                "InvalidAudienceForResource",
                "The audience claim value is invalid for current resource.",
            );
            return Err(refusal.complained("Authorization is not for an upload URL"));
        }
        let index = self.find(&route.item, request)?;
        match route.operation {
            Operation::PutRange => self.put(index, request),
            Operation::EndSession => {
                self.store.sessions.remove(index);
                Ok(reply::empty(204))
            }
            _ => self.session(index).map(|session| session_state(session)),
        }
    }

    /// The index of the session, if it still exists.
    fn find(&mut self, id: &str, request: &Request<Bytes>) -> Result<usize, Refusal> {
        let now = self.seams.now();
        self.store.sessions.retain(|session| session.expires > now);
        let mut sessions = self.store.sessions.iter();
        let index = sessions.position(|session| session.id == id);
        let index = index.ok_or_else(item_not_found)?;
        let query = request.uri().query().unwrap_or_default();
        let expected = self.session(index)?.secret.clone();
        if query.strip_prefix("authtoken=") != Some(expected.as_str()) {
            let refusal = Refusal::new(
                401,
                "InvalidAuthenticationToken",
                "The upload URL is not the one that was given out.",
            );
            return Err(refusal.complained("the upload URL was changed"));
        }
        Ok(index)
    }

    fn session(&mut self, index: usize) -> Result<&mut Session, Refusal> {
        let session = self.store.sessions.get_mut(index);
        session.ok_or_else(item_not_found)
    }

    fn put(&mut self, index: usize, request: &Request<Bytes>) -> Result<Response<Bytes>, Refusal> {
        let session = self.session(index)?;
        check_range(request, session)?;
        if let Err(reason) = session.spool.add(request.body()) {
            let reason = format!("The range cannot be kept: {reason}.");
            return Err(Refusal::new(500, "ErrorInternalServerError", reason));
        }
        if session.spool.size() < session.size {
            session.answered += 1;
            return Ok(session_state(session));
        }
        let session = self.store.sessions.remove(index);
        let mut attachment =
            Attachment::with_contents(&session.attachment, session.spool.into_contents());
        attachment.uploaded = true;
        let draft = self.store.draft(&session.draft);
        let draft = draft.ok_or_else(item_not_found)?;
        let id = draft.attach(attachment, self.seams);
        let mut response = reply::empty(201);
        let location = format!(
            "{}/api/gv1.0/users('{}')/messages('{}')/Attachments('{id}')",
            self.origin, draft.mailbox, draft.id
        );
        reply::set(&mut response, LOCATION, &location);
        Ok(response)
    }
}

/// The state of a session, in each of the spellings that Outlook has been seen to use.
fn session_state(session: &Session) -> Response<Bytes> {
    let next = session.spool.size();
    let expires = session.expires.to_string();
    let body = if session.answered % 2 == 1 {
        json!({"ExpirationDateTime": expires, "nextExpectedRanges": [next.to_string()]})
    } else {
        json!({"expirationDateTime": expires, "nextExpectedRanges": [format!("{next}-")]})
    };
    reply::graph(200, &body)
}

/// Refuses a request that is not the next range of the session's file
/// (Graph: "Attach large files to Outlook messages or events").
fn check_range(request: &Request<Bytes>, session: &Session) -> Result<(), Refusal> {
    let header = |name| {
        let value = request.headers().get(name);
        value.and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    let wrong = |status, message: &str, complaint| {
        Err(Refusal::new(status, "ErrorInvalidArgument", message).complained(complaint))
    };
    let Some(length) = header(CONTENT_LENGTH).and_then(|value| value.parse::<u64>().ok()) else {
        let message = "A Content-Length header is required.";
        return wrong(411, message, "a range has no Content-Length");
    };
    if header(CONTENT_TYPE) != Some("application/octet-stream") {
        let message = "The content type has to be application/octet-stream.";
        return wrong(415, message, "a range is not application/octet-stream");
    }
    if length > MAX_REQUEST as u64 {
        let message = "The maximum request length supported is 4MB.";
        return wrong(413, message, "a range is longer than 4 MB");
    }
    let Some((first, last, size)) = header(CONTENT_RANGE).and_then(range) else {
        let message = "The Content-Range header is missing or malformed.";
        return wrong(400, message, "a range has no right Content-Range");
    };
    if size != session.size {
        let message = "The Content-Range names another size than the session.";
        return wrong(400, message, "a range is of a file of another size");
    }
    if last >= size || last + 1 - first != length {
        let message = "The Content-Range does not match the Content-Length or the size.";
        return wrong(400, message, "a range is not as long as it says");
    }
    if first != session.spool.size() {
        let message = "The range is not the next that is expected.";
        return wrong(416, message, "a range is not the next one");
    }
    Ok(())
}

/// `bytes first-last/size` (RFC 9110 section 14.4); the last byte must not be before the first.
fn range(value: &str) -> Option<(u64, u64, u64)> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    let (range, size) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, size): (u64, u64, u64) = (number(first)?, number(last)?, number(size)?);
    (first <= last && last < u64::MAX).then_some((first, last, size))
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn a_range_has_two_ends_and_a_size() {
        assert_eq!(range("bytes 0-9/10"), Some((0, 9, 10)));
        for wrong in [
            "",
            "bytes",
            "0-9/10",
            "bytes=0-9/10",
            "bytes 0-9",
            "bytes 0-9/*",
            "bytes */10",
            "bytes 9-0/10",
            "bytes 0-/10",
            "bytes -9/10",
            "bytes +0-9/10",
            "Bytes 0-9/10",
            "bytes 0 - 9/10",
            "bytes 0-9/10 ",
            "bytes 0-99999999999999999999/10",
        ] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
    }
}
