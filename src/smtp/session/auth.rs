//! AUTH (RFC 4954).

use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN};

use super::{Next, Session};
use crate::smtp::login::{Answer, Step};
use crate::smtp::reply::Reply;

impl Session {
    pub(super) fn auth(&mut self, mechanism: u64, initial_response: &str) -> Next {
        let step = match mechanism {
            _ if !self.offers.auth => {
                let words = match self.offers.starttls {
                    true => "begin TLS first",
                    false => "AUTH is not supported",
                };
                return self.next(&Reply::new(502, [5, 5, 1], words));
            }
            _ if self.user.is_some() => {
                return self.next(&Reply::new(503, [5, 5, 1], "already authenticated"));
            }
            // RFC 4954 section 4.
            _ if self.transaction.is_some() => {
                return self.next(&Reply::new(503, [5, 5, 1], "a transaction is open"));
            }
            AUTH_PLAIN => Step::Plain,
            AUTH_LOGIN => Step::User,
            _ => return self.next(&Reply::new(504, [5, 5, 4], "use PLAIN or LOGIN")),
        };
        match initial_response {
            "" => self.challenge(step),
            "=" => self.response(step, b""),
            response => self.response(step, response.as_bytes()),
        }
    }

    fn challenge(&mut self, step: Step) -> Next {
        let reply = Reply::plain(334, step.challenge());
        self.login = Some(step);
        self.next(&reply)
    }

    pub(super) fn response(&mut self, step: Step, line: &[u8]) -> Next {
        self.idle += 1;
        if line.trim_ascii() == b"*" {
            return self.next(&Reply::new(501, [5, 0, 0], "cancelled"));
        }
        match step.read(line) {
            Answer::Challenge(step) => self.challenge(step),
            Answer::Login(login) => Next::Login(login),
            Answer::Malformed => self.next(&Reply::new(501, [5, 5, 2], "malformed response")),
        }
    }
}
