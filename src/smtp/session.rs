//! The commands of a session.

mod auth;

use std::borrow::Cow;
use std::collections::HashSet;
use std::time::Duration;

use smtp_proto::request::receiver::MAX_LINE_LENGTH;
use smtp_proto::{
    AUTH_LOGIN, AUTH_PLAIN, EXT_8BIT_MIME, EXT_AUTH, EXT_DSN, EXT_ENHANCED_STATUS_CODES,
    EXT_PIPELINING, EXT_SIZE, EXT_SMTP_UTF8, EXT_START_TLS, EhloResponse, MAIL_BODY_7BIT,
    MAIL_BODY_8BITMIME, MAIL_RET_FULL, MAIL_RET_HDRS, MAIL_SMTPUTF8, MailFrom, RCPT_NOTIFY_DELAY,
    RCPT_NOTIFY_FAILURE, RCPT_NOTIFY_NEVER, RCPT_NOTIFY_SUCCESS, RcptTo, Request,
};

use super::data::LineEnds;
use super::login::{Login, Step};
use super::own::OwnCommand;
use super::refusal::{is_http, refusal};
use super::reply::Reply;
use super::server::Server;
use super::transaction::{
    Transaction, parse_path, parse_sender, with_brackets, with_local_domain, without_local_domain,
};
use crate::message::{Address, Envelope};

/// The longest time that the client may be silent (RFC 5321 section 4.5.3.2.7).
pub const IDLE: Duration = Duration::from_mins(5);

/// The longest command line, with its line end.
pub const MAX_LINE: u64 = MAX_LINE_LENGTH as u64;

/// The limit of commands without a message: Postfix's `smtpd_junk_command_limit`. MAIL and RCPT do not
/// count.
const MAX_IDLE: u32 = 100;

/// Parameters of MAIL and RCPT that are accepted (RFC 6152, RFC 6531, RFC 3461).
const MAIL_FLAGS: u64 =
    MAIL_BODY_7BIT | MAIL_BODY_8BITMIME | MAIL_SMTPUTF8 | MAIL_RET_FULL | MAIL_RET_HDRS;
const RCPT_FLAGS: u64 =
    RCPT_NOTIFY_SUCCESS | RCPT_NOTIFY_FAILURE | RCPT_NOTIFY_DELAY | RCPT_NOTIFY_NEVER;

/// What a session offers to its client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offers {
    /// STARTTLS (RFC 3207).
    pub starttls: bool,
    /// AUTH (RFC 4954).
    pub auth: bool,
    /// Whether MAIL needs AUTH first.
    pub needs_auth: bool,
    /// The commands of this program's own clients.
    pub own: bool,
}

/// What the caller does after a line. Replies of the session are sent first.
#[derive(Debug)]
pub enum Next {
    /// Read the next command.
    Command,
    /// Read a message of this client, and call [`Session::take`].
    Message(LineEnds),
    /// Begin TLS, and call [`Session::is_encrypted`].
    StartTls,
    /// Check the password, and call [`Session::logged_in`].
    Login(Login),
    /// Read what follows, and reply to it.
    Own(OwnCommand),
    /// End the connection.
    Close,
}

/// The state of a session.
#[derive(Debug)]
pub struct Session {
    host: String,
    offers: Offers,
    /// The transaction that MAIL has begun.
    transaction: Option<Transaction>,
    /// Replies that were not sent yet.
    replies: Vec<u8>,
    /// The number of commands since the last message, except MAIL and RCPT.
    idle: u32,
    /// The step of AUTH that the next line answers.
    login: Option<Step>,
    user: Option<String>,
}

impl Session {
    /// A session of the server `host`, and its greeting.
    #[must_use]
    pub fn new(host: &str, offers: Offers) -> Self {
        let mut session = Self {
            host: host.to_owned(),
            offers,
            transaction: None,
            replies: Vec::new(),
            idle: 0,
            login: None,
            user: None,
        };
        session.reply(&Reply::plain(220, &format!("{host} ESMTP graphmail")));
        session
    }

    /// The replies that were not sent yet.
    pub fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// The number of bytes of these replies.
    #[must_use]
    pub const fn pending(&self) -> usize {
        self.replies.len()
    }

    /// Adds a reply.
    pub fn reply(&mut self, reply: &Reply) {
        self.replies.extend_from_slice(reply.line().as_bytes());
    }

    /// The user who has logged in.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// TLS has begun: the client starts over (RFC 3207 section 4.2).
    pub fn is_encrypted(&mut self, offers: Offers) {
        self.offers = offers;
        self.transaction = None;
        self.user = None;
    }

    /// The password of `user` was checked.
    pub fn logged_in(&mut self, user: Option<String>) {
        match user {
            Some(user) => {
                self.user = Some(user);
                self.reply(&Reply::new(235, [2, 7, 0], "authenticated"));
            }
            None => self.reply(&Reply::new(535, [5, 7, 8], "wrong user name or password")),
        }
    }

    /// The transaction of the message that was read.
    pub fn take(&mut self) -> Option<Transaction> {
        self.idle = 0;
        self.transaction.take()
    }

    /// A line was longer than [`MAX_LINE`] bytes. The rest of the line is not a command.
    pub fn line_too_long(&mut self) {
        self.idle += 1;
        self.login = None;
        self.reply(&Reply::new(500, [5, 5, 2], "line too long"));
    }

    /// Executes a command line, with its line end.
    pub fn line(&mut self, line: &[u8], server: &mut dyn Server) -> Next {
        if self.idle > MAX_IDLE {
            return self.close(421, [4, 7, 0], "too many commands without a message");
        }
        if let Some(step) = self.login.take() {
            return self.response(step, line);
        }
        if self.offers.own
            && let Some(command) = OwnCommand::parse(line)
        {
            self.idle = 0;
            return Next::Own(command);
        }
        if is_http(line) {
            return self.close(221, [2, 7, 0], "this is no web server");
        }
        let ends = LineEnds::detect(line);
        let line = with_brackets(line);
        let line = with_local_domain(&line);
        let is_to = line
            .get(..4)
            .is_some_and(|verb| verb.eq_ignore_ascii_case(b"RCPT"));
        if is_to && memchr::memmem::find(&line, b"<>").is_some() {
            let reply = Reply::new(553, [5, 1, 3], "invalid address");
            return self.unreadable(&line, &reply, server);
        }
        match Request::parse(&mut line.iter()) {
            Ok(Request::StartTls) if !line.trim_ascii().eq_ignore_ascii_case(b"STARTTLS") => {
                self.idle += 1;
                self.next(&Reply::new(501, [5, 5, 4], "STARTTLS has no parameters"))
            }
            Ok(request) => {
                let brings = matches!(&request, Request::Mail { .. } | Request::Rcpt { .. });
                self.idle += u32::from(!brings && request != Request::Data);
                self.follow(request, ends, server)
            }
            Err(error) => {
                self.idle += u32::from(!is_to);
                self.unreadable(&line, &refusal(&error), server)
            }
        }
    }

    fn next(&mut self, reply: &Reply) -> Next {
        self.reply(reply);
        Next::Command
    }

    /// Replies to a line that cannot be read. If it was to name the sender or a recipient, that is reported.
    fn unreadable(&mut self, line: &[u8], reply: &Reply, server: &mut dyn Server) -> Next {
        let line = String::from_utf8_lossy(line);
        let (verb, path) = line.split_once(':').unwrap_or_default();
        let path = path.trim();
        let sender = self.transaction.as_ref().map_or("", Transaction::sender);
        match verb.trim().to_ascii_uppercase().as_str() {
            "MAIL FROM" => server.refused(path, None, reply),
            "RCPT TO" => server.refused(sender, Some(path), reply),
            _ => {}
        }
        self.next(reply)
    }

    fn close(&mut self, code: u16, status: [u8; 3], words: &str) -> Next {
        self.reply(&Reply::new(code, status, words));
        Next::Close
    }

    fn follow(
        &mut self,
        request: Request<Cow<'_, str>>,
        ends: LineEnds,
        server: &mut dyn Server,
    ) -> Next {
        let reply = match request {
            Request::Ehlo { .. } => {
                self.transaction = None;
                self.hello(server.message_limit());
                return Next::Command;
            }
            Request::Helo { .. } => {
                self.transaction = None;
                Reply::plain(250, &self.host)
            }
            Request::Mail { from } => {
                let reply = self.mail(&from, server);
                if reply.is_refusal() {
                    server.refused(without_local_domain(&from.address), None, &reply);
                }
                reply
            }
            Request::Rcpt { to } => {
                let reply = self.recipient(&to, server);
                if reply.is_refusal() {
                    let sender = self.transaction.as_ref().map_or("", Transaction::sender);
                    server.refused(sender, Some(without_local_domain(&to.address)), &reply);
                }
                reply
            }
            Request::Data => return self.data(ends),
            Request::Rset => {
                self.transaction = None;
                Reply::new(250, [2, 0, 0], "ok")
            }
            Request::Noop { .. } => Reply::new(250, [2, 0, 0], "ok"),
            Request::Quit => return self.close(221, [2, 0, 0], "goodbye"),
            Request::StartTls if self.offers.starttls => {
                self.reply(&Reply::new(220, [2, 0, 0], "begin TLS"));
                return Next::StartTls;
            }
            Request::Auth {
                mechanism,
                initial_response,
            } => return self.auth(mechanism, &initial_response),
            Request::Vrfy { .. } => Reply::new(252, [2, 5, 0], "use sendmail -bv"),
            Request::Help { .. } => Reply::new(214, [2, 0, 0], "man graphmail-sendmail"),
            other => {
                let words = format!("{} is not supported", other.name());
                Reply::new(502, [5, 5, 1], &words)
            }
        };
        self.next(&reply)
    }

    fn hello(&mut self, size: u64) {
        let mut response = EhloResponse::new(self.host.as_str());
        response.capabilities = EXT_8BIT_MIME
            | EXT_PIPELINING
            | EXT_SIZE
            | EXT_ENHANCED_STATUS_CODES
            | EXT_DSN
            | EXT_SMTP_UTF8;
        if self.offers.starttls {
            response.capabilities |= EXT_START_TLS;
        }
        if self.offers.auth {
            response.capabilities |= EXT_AUTH;
            response.auth_mechanisms = AUTH_PLAIN | AUTH_LOGIN;
        }
        response.size = usize::try_from(size).unwrap_or(usize::MAX);
        let mut lines = Vec::new();
        // Writing to memory cannot fail.
        drop(response.write(&mut lines));
        // The library greets the client with words of its own, which RFC 5321 section 4.1.1.1 lets be left out.
        let rest = memchr::memchr(b'\n', &lines).and_then(|end| lines.get(end + 1..));
        self.replies.extend_from_slice(b"250-");
        self.replies.extend_from_slice(self.host.as_bytes());
        self.replies.extend_from_slice(b"\r\n");
        self.replies.extend_from_slice(rest.unwrap_or_default());
    }

    fn mail(&mut self, from: &MailFrom<Cow<'_, str>>, server: &mut dyn Server) -> Reply {
        if self.offers.needs_auth && self.user.is_none() {
            return Reply::new(530, [5, 7, 0], "authentication required");
        }
        if self.transaction.is_some() {
            return Reply::new(503, [5, 5, 1], "a transaction is already open");
        }
        if from.flags & !MAIL_FLAGS != 0 {
            return Reply::new(555, [5, 5, 4], "unsupported parameter");
        }
        if from.size as u64 > server.message_limit() {
            let words = "the message is larger than the mailbox may send";
            return Reply::new(552, [5, 3, 4], words);
        }
        let sender = match parse_sender(from) {
            Ok(sender) => sender,
            Err(refusal) => return refusal,
        };
        if let Some(refusal) = server.refuses_sender(sender.as_ref()) {
            return refusal;
        }
        self.transaction = Some(Transaction {
            envelope: Envelope {
                sender,
                is_response: from.address.is_empty(),
                ..Envelope::default()
            },
            wants_receipt: false,
            addresses: HashSet::new(),
            limit: server.recipient_limit(),
        });
        Reply::new(250, [2, 1, 0], "ok")
    }

    fn recipient(&mut self, to: &RcptTo<Cow<'_, str>>, server: &mut dyn Server) -> Reply {
        let Some(transaction) = &mut self.transaction else {
            return Reply::new(503, [5, 5, 1], "send MAIL first");
        };
        if to.flags & !RCPT_FLAGS != 0 {
            return Reply::new(555, [5, 5, 4], "unsupported parameter");
        }
        // The crate returns an empty address for <postmaster>, which needs no domain (RFC 5321 section
        // 4.5.1).
        let address = match to.address.as_ref() {
            "" => "postmaster",
            address => address,
        };
        let recipient = match parse_path(address) {
            Ok(recipient) => recipient,
            Err(error) => return Reply::new(553, [5, 1, 3], &error.to_string()),
        };
        // RFC 5321 section 4.5.3.1.10: the client sends the message to the others in another transaction.
        let words = format!("at most {} recipients", transaction.limit);
        if transaction.is_full(&recipient) {
            return Reply::new(452, [4, 5, 3], &words);
        }
        let addresses = match server.addresses(&recipient) {
            Ok(addresses) if addresses.is_empty() => {
                let name = without_local_domain(address);
                return Reply::new(550, [5, 1, 1], &format!("{name}: user unknown"));
            }
            Ok(addresses) => addresses,
            Err(reply) => return reply,
        };
        // One such address would fail the message for all recipients.
        let checked: Result<Vec<_>, _> = addresses.iter().map(Address::check_for_graph).collect();
        if let Err(error) = checked {
            return Reply::new(550, [5, 1, 3], &error.to_string());
        }
        if !transaction.add(recipient, addresses) {
            return Reply::new(452, [4, 5, 3], &words);
        }
        transaction.wants_receipt |= to.flags & RCPT_NOTIFY_SUCCESS != 0;
        Reply::new(250, [2, 1, 5], "ok")
    }

    fn data(&mut self, ends: LineEnds) -> Next {
        let ready = |transaction: &Transaction| !transaction.envelope.recipients.is_empty();
        if !self.transaction.as_ref().is_some_and(ready) {
            self.idle += 1;
            return self.next(&Reply::new(503, [5, 5, 1], "send MAIL and RCPT first"));
        }
        let words = "end the message with a line that contains only a dot";
        self.reply(&Reply::plain(354, words));
        Next::Message(ends)
    }
}
