//! `sendmail -bs`: SMTP (RFC 5321) on standard input and output, one message after another.

mod data;
mod refusal;
mod transaction;

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Read as _};
use std::num::NonZeroUsize;

use smtp_proto::request::receiver::MAX_LINE_LENGTH;
use smtp_proto::{
    EXT_8BIT_MIME, EXT_ENHANCED_STATUS_CODES, EXT_PIPELINING, EXT_SIZE, EhloResponse, Error,
    MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MailFrom, RcptTo, Request, Response,
};

use self::data::{LineEnds, MessageReader};
use self::refusal::{has_bad_recipients, is_http, is_too_large};
use self::transaction::{Transaction, parse_path, with_brackets, with_local_domain};
use super::args::Args;
use super::{local_names, post, refused};
use crate::commands::Context;
use crate::commands::error::InputError;
use crate::commands::report::{Failure, Result};
use crate::commands::send::read::{self, MAX_MESSAGE};
use crate::compose;
use crate::config::Aliases;
use crate::exit::{Class, Status};
use crate::message::limits;
use crate::message::{Address, Envelope, Recipient};
use crate::text;

/// The host name in the greeting. The client is on this host.
const HOST: &str = "localhost";

/// Bytes of replies that are buffered before more commands are read.
const MAX_REPLIES: usize = 65_536;

/// The limit of commands without a message: Postfix's `smtpd_junk_command_limit`. MAIL and RCPT do not
/// count.
const MAX_IDLE: u32 = 100;

/// Runs a session until QUIT or the end of the input.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let mut stdin = context.stdin.borrow_mut();
    let mut input = BufReader::new(&mut *stdin);
    let mut session = Session {
        args,
        transaction: None,
        aliases: None,
        replies: Vec::new(),
        done: false,
        unended: false,
        idle: 0,
    };
    session.reply(220, [0; 3], &format!("{HOST} ESMTP graphmail"))?;
    while !session.done {
        // Replies to pipelined commands are sent together (RFC 2920), up to a limit.
        if input.buffer().is_empty() || session.replies.len() > MAX_REPLIES {
            context.ui.raw(&std::mem::take(&mut session.replies))?;
        }
        session.step(&mut input, context)?;
    }
    context.ui.raw(&session.replies)?;
    if session.unended {
        return Err(InputError::Unended("standard input").into());
    }
    Ok(Class::Success.into())
}

struct Session<'a> {
    args: &'a Args,
    /// The transaction that MAIL has begun.
    transaction: Option<Transaction>,
    /// Read at the first local name.
    aliases: Option<Aliases>,
    replies: Vec<u8>,
    done: bool,
    /// Whether the input ended before the end of the message.
    unended: bool,
    /// The number of commands since the last message, except MAIL and RCPT.
    idle: u32,
}

impl Session<'_> {
    /// Reads and executes one command.
    fn step(&mut self, input: &mut impl BufRead, context: &Context<'_>) -> io::Result<()> {
        if self.idle > MAX_IDLE {
            self.done = true;
            return self.reply(421, [4, 7, 0], "too many commands without a message");
        }
        let mut line = Vec::new();
        let longest = MAX_LINE_LENGTH as u64;
        input.by_ref().take(longest).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            self.done = true;
            return Ok(());
        }
        if line.last() != Some(&b'\n') {
            // The rest of the line is not a command.
            self.idle += 1;
            input.skip_until(b'\n')?;
            return self.reply(500, [5, 5, 2], "line too long");
        }
        if is_http(&line) {
            self.done = true;
            return self.reply(221, [2, 7, 0], "this is no web server");
        }
        let ends = LineEnds::detect(&line);
        let line = with_brackets(&line);
        let line = with_local_domain(&line);
        let is_to = line
            .get(..4)
            .is_some_and(|verb| verb.eq_ignore_ascii_case(b"RCPT"));
        if is_to && memchr::memmem::find(&line, b"<>").is_some() {
            return self.reply(553, [5, 1, 3], "invalid address");
        }
        match Request::parse(&mut line.iter()) {
            Ok(Request::Data) => self.data(ends, input, context),
            Ok(request) => {
                let brings = matches!(&request, Request::Mail { .. } | Request::Rcpt { .. });
                self.idle += u32::from(!brings);
                self.follow(request, context)
            }
            Err(error) => {
                self.idle += u32::from(!is_to);
                self.refuse(&error)
            }
        }
    }

    fn follow(&mut self, request: Request<Cow<'_, str>>, context: &Context<'_>) -> io::Result<()> {
        match request {
            Request::Ehlo { .. } => {
                self.transaction = None;
                let mut response = EhloResponse::new(HOST);
                response.capabilities =
                    EXT_8BIT_MIME | EXT_PIPELINING | EXT_SIZE | EXT_ENHANCED_STATUS_CODES;
                response.size = usize::try_from(message_limit(context)).unwrap_or(usize::MAX);
                response.write(&mut self.replies)
            }
            Request::Helo { .. } => {
                self.transaction = None;
                self.reply(250, [0; 3], HOST)
            }
            Request::Mail { from } => self.mail(&from, context),
            Request::Rcpt { to } => self.recipient(&to, context),
            Request::Rset => {
                self.transaction = None;
                self.reply(250, [2, 0, 0], "ok")
            }
            Request::Noop { .. } => self.reply(250, [2, 0, 0], "ok"),
            Request::Quit => {
                self.done = true;
                self.reply(221, [2, 0, 0], "goodbye")
            }
            Request::Vrfy { .. } => self.reply(252, [2, 5, 0], "use sendmail -bv"),
            Request::Help { .. } => self.reply(214, [2, 0, 0], "man graphmail-sendmail"),
            other => {
                let words = format!("{} is not supported", other.name());
                self.reply(502, [5, 5, 1], &words)
            }
        }
    }

    fn mail(&mut self, from: &MailFrom<Cow<'_, str>>, context: &Context<'_>) -> io::Result<()> {
        if self.transaction.is_some() {
            return self.reply(503, [5, 5, 1], "a transaction is already open");
        }
        if from.flags & !(MAIL_BODY_7BIT | MAIL_BODY_8BITMIME) != 0 {
            return self.reply(555, [5, 5, 4], "unsupported parameter");
        }
        if from.size as u64 > message_limit(context) {
            return self.reply(
                552,
                [5, 3, 4],
                "the message is larger than the mailbox may send",
            );
        }
        let sender = match parse_path(&from.address) {
            Err(error) if error.is_encoded_word() => {
                return self.reply(553, [5, 1, 7], &error.to_string());
            }
            sender => sender.ok(),
        };
        self.transaction = Some(Transaction {
            envelope: Envelope {
                sender,
                is_response: from.address.is_empty(),
                ..Envelope::default()
            },
            addresses: HashSet::new(),
            limit: recipient_limit(context),
        });
        self.reply(250, [2, 1, 0], "ok")
    }

    fn recipient(&mut self, to: &RcptTo<Cow<'_, str>>, context: &Context<'_>) -> io::Result<()> {
        let Some(transaction) = &self.transaction else {
            return self.reply(503, [5, 5, 1], "send MAIL first");
        };
        if to.flags != 0 {
            return self.reply(555, [5, 5, 4], "unsupported parameter");
        }
        // The crate returns an empty address for <postmaster>, which needs no domain (RFC 5321 section
        // 4.5.1).
        let address = match to.address.as_ref() {
            "" => "postmaster",
            address => address,
        };
        let recipient = match parse_path(address) {
            Ok(recipient) => recipient,
            Err(error) => return self.reply(553, [5, 1, 3], &error.to_string()),
        };
        // RFC 5321 section 4.5.3.1.10: the client sends the message to the others in another transaction.
        let words = format!("at most {} recipients", transaction.limit);
        if transaction.is_full(&recipient) {
            return self.reply(452, [4, 5, 3], &words);
        }
        let addresses = match self.addresses(&recipient, context) {
            Ok(addresses) if addresses.is_empty() => {
                let name = address.strip_suffix("@localhost").unwrap_or(address);
                let words = format!("{name}: user unknown");
                return self.reply(550, [5, 1, 1], &words);
            }
            Ok(addresses) => addresses,
            Err(error) => return self.failed(&error),
        };
        let transaction = self.transaction.as_mut();
        if !transaction.is_some_and(|transaction| transaction.add(recipient, addresses)) {
            return self.reply(452, [4, 5, 3], &words);
        }
        self.reply(250, [2, 1, 5], "ok")
    }

    /// The addresses of `recipient`. Empty if it is a local name without an alias.
    fn addresses(&mut self, recipient: &Recipient, context: &Context<'_>) -> Result<Vec<Address>> {
        let aliases = match self.aliases.take() {
            Some(aliases) => aliases,
            None => local_names::aliases_of(context)?,
        };
        let (found, faults) = self.aliases.insert(aliases).mailboxes_of(recipient)?;
        local_names::warn(&faults, context);
        let addresses = found.iter().map(|mailbox| mailbox.address().clone());
        Ok(addresses.collect())
    }

    fn data(
        &mut self,
        ends: LineEnds,
        input: &mut impl BufRead,
        context: &Context<'_>,
    ) -> io::Result<()> {
        let ready = |transaction: &Transaction| !transaction.envelope.recipients.is_empty();
        if !self.transaction.as_ref().is_some_and(ready) {
            self.idle += 1;
            return self.reply(503, [5, 5, 1], "send MAIL and RCPT first");
        }
        self.reply(
            354,
            [0; 3],
            "end the message with a line that contains only a dot",
        )?;
        context.ui.raw(&std::mem::take(&mut self.replies))?;
        let mut message = MessageReader::new(ends, input);
        let octets = read::octets_from(&mut message, "the message", context);
        if !message.finish()? {
            self.done = true;
            self.unended = true;
            return self.reply(
                421,
                [4, 4, 2],
                "the input ended before the end of the message: not sent",
            );
        }
        let Some(Transaction { envelope, .. }) = self.transaction.take() else {
            return Ok(());
        };
        self.idle = 0;
        // Each message has its own time limit for waits.
        context.waits.renew();
        if matches!(octets, Err(InputError::TooLong(_))) {
            return self.reply(
                552,
                [5, 3, 4],
                "the message is larger than any mailbox may send",
            );
        }
        let sent = octets.map_err(Failure::from).and_then(|octets| {
            let account = context.settings.account();
            let receipt = self.args.delivery_receipt;
            // Each recipient was checked before.
            let (job, _) = post::rewritten(octets, &envelope, (account, receipt), context)?;
            post::post(job, self.args.keep_only, context)
        });
        match sent {
            Ok(()) => self.reply(250, [2, 0, 0], "accepted"),
            Err(error) => {
                refused::drop_entry(&error, context);
                self.failed(&error)
            }
        }
    }

    fn refuse(&mut self, error: &Error) -> io::Result<()> {
        match error {
            Error::InvalidSenderAddress => self.reply(553, [5, 1, 7], "invalid address"),
            Error::InvalidRecipientAddress => self.reply(553, [5, 1, 3], "invalid address"),
            Error::SyntaxError { syntax } => self.reply(501, [5, 5, 2], syntax),
            Error::InvalidParameter { param } => self.reply(501, [5, 5, 4], param),
            Error::UnsupportedParameter { param } => {
                self.reply(555, [5, 5, 4], &format!("unsupported parameter {param}"))
            }
            Error::NeedsMoreData { .. }
            | Error::UnknownCommand
            | Error::ResponseTooLong
            | Error::InvalidResponse { .. } => self.reply(500, [5, 5, 1], "unknown command"),
        }
    }

    /// Replies to a failure: 4xx if the client should try again, otherwise 5xx.
    fn failed(&mut self, error: &Failure) -> io::Result<()> {
        let words = error.words();
        match error.class() {
            _ if is_too_large(error) => self.reply(552, [5, 3, 4], &words),
            Class::Recipient => self.reply(550, [5, 1, 1], &words),
            _ if has_bad_recipients(error) => self.reply(550, [5, 1, 3], &words),
            Class::Message | Class::Refused | Class::Usage | Class::Input => {
                self.reply(554, [5, 6, 0], &words)
            }
            // graphmail has the message, and reports what becomes of it.
            Class::Unknown if error.entry().is_some() => self.reply(250, [2, 0, 0], &words),
            // A retry could deliver the message twice.
            Class::Unknown => self.reply(554, [5, 4, 0], &words),
            _ => self.reply(451, [4, 3, 0], &words),
        }
    }

    /// Writes a reply of one line. Three zeros mean no enhanced status code (RFC 2034).
    fn reply(
        &mut self,
        code: u16,
        [class, subject, detail]: [u8; 3],
        words: &str,
    ) -> io::Result<()> {
        let words = text::filter(words, MAX_WORDS).replace(|c: char| !c.is_ascii(), "?");
        if class == 0 {
            self.replies
                .extend_from_slice(format!("{code} {words}\r\n").as_bytes());
            return Ok(());
        }
        Response::new(code, class, subject, detail, words).write(&mut self.replies)
    }
}

/// The longest text of a reply, in characters. A reply line has at most 512 octets (RFC 5321 section
/// 4.5.3.1.5).
const MAX_WORDS: usize = 400;

/// The largest message that the account's mailbox may send, in bytes.
fn message_limit(context: &Context<'_>) -> u64 {
    let account = context.settings.account().ok();
    let limit = account.and_then(|account| account.message_limit);
    limit.unwrap_or(compose::Limits::MESSAGE).min(MAX_MESSAGE)
}

/// The most recipients in one message of the account's mailbox, and in one transaction.
fn recipient_limit(context: &Context<'_>) -> usize {
    let account = context.settings.account().ok();
    let limit = account.and_then(|account| account.recipient_limit);
    let limit = limit.map_or(compose::Limits::RECIPIENTS, NonZeroUsize::get);
    limit.min(limits::ADDRESSES)
}
