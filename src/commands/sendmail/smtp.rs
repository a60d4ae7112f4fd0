//! `sendmail -bs`: SMTP (RFC 5321) on standard input and output, one message after another.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};

use super::args::Args;
use super::{post, refused};
use crate::commands::Context;
use crate::commands::error::InputError;
use crate::commands::report::{Failure, Result};
use crate::commands::send::read;
use crate::commands::smtp::{Mailer, reply_to};
use crate::exit::{Class, Status};
use crate::seams::Seams;
use crate::smtp::{
    CHUNK, IDLE, LineEnds, MAX_LINE, Next, Offers, Piece, Reply, Session, Unstuffer,
};

/// The host name in the greeting. The client is on this host.
const HOST: &str = "localhost";

/// Bytes of replies that are buffered before more commands are read.
const MAX_REPLIES: usize = 65_536;

/// Bytes of standard input that are read at once. Nothing may stay in its own buffer, which is smaller: a wait for
/// more would not see it.
pub(super) const BUFFER: usize = 65_536;

/// Runs a session until QUIT or the end of the input.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let mut stdin = context.stdin.borrow_mut();
    let is_late = Cell::new(false);
    // Nothing may stay in a smaller buffer below this one: the wait would not see it.
    let mut input = BufReader::with_capacity(
        BUFFER,
        Timed {
            input: &mut *stdin,
            seams: context.seams.as_ref(),
            is_late: &is_late,
        },
    );
    let mut session = Session::new(HOST, Offers::default());
    let mut mailer = Mailer::new(context);
    loop {
        // Replies to pipelined commands are sent together (RFC 2920), up to a limit.
        if input.buffer().is_empty() || session.pending() > MAX_REPLIES {
            context.ui.raw(&session.take_replies())?;
        }
        let Some(line) = command(&mut input, &mut session)? else {
            continue;
        };
        if line.is_empty() {
            break;
        }
        match session.line(&line, &mut mailer) {
            Next::Command => {}
            Next::Message(ends) => {
                context.ui.raw(&session.take_replies())?;
                let unended = message(ends, &mut input, &mut session, (args, context))?;
                if unended {
                    context.ui.raw(&session.take_replies())?;
                    return Err(InputError::Unended("standard input").into());
                }
            }
            // None of these is offered here.
            Next::StartTls | Next::Login(_) | Next::Own(_) | Next::Close => break,
        }
    }
    if is_late.get() {
        session.reply(&Reply::new(
            421,
            [4, 4, 2],
            "no command within five minutes",
        ));
    }
    context.ui.raw(&session.take_replies())?;
    Ok(Class::Success.into())
}

/// Standard input, which ends when the client is silent for [`IDLE`].
struct Timed<'a, R: ?Sized> {
    input: &'a mut R,
    seams: &'a dyn Seams,
    is_late: &'a Cell<bool>,
}

impl<R: Read + ?Sized> Read for Timed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_late.get() || !self.seams.wait_for_input(IDLE)? {
            self.is_late.set(true);
            return Ok(0);
        }
        self.input.read(buffer)
    }
}

/// The next command line, empty at the end of the input; `None` if it is too long.
fn command(input: &mut impl BufRead, session: &mut Session) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
    if line.is_empty() || line.ends_with(b"\n") {
        return Ok(Some(line));
    }
    input.skip_until(b'\n')?;
    session.line_too_long();
    Ok(None)
}

/// Reads a message and sends it. Returns whether the input ended before the message.
fn message(
    ends: LineEnds,
    input: &mut impl BufRead,
    session: &mut Session,
    (args, context): (&Args, &Context<'_>),
) -> io::Result<bool> {
    let mut message = MessageReader::new(ends, input);
    let octets = read::octets_from(&mut message, "the message", context);
    if !message.finish()? {
        let words = "the input ended before the end of the message: not sent";
        session.reply(&Reply::new(421, [4, 4, 2], words));
        return Ok(true);
    }
    let Some(transaction) = session.take() else {
        return Ok(false);
    };
    // Each message has its own time limit for waits.
    context.waits.renew();
    let sent = octets.map_err(Failure::from).and_then(|octets| {
        let account = context.settings.account();
        let receipt = args.delivery_receipt || transaction.wants_receipt;
        // Each recipient was checked before.
        let (job, _) = post::rewritten(octets, &transaction.envelope, (account, receipt), context)?;
        post::post(job, args.keep_only, context)
    });
    session.reply(&match sent {
        Ok(()) => Reply::new(250, [2, 0, 0], "accepted"),
        Err(error) => {
            let reply = reply_to(&error);
            match refused::drop_entry(&error, context) {
                true => reply.with_words(&error.words_without_entry()),
                false => reply,
            }
        }
    });
    Ok(false)
}

/// Reads a message up to the line with a single dot.
struct MessageReader<'a, R> {
    input: &'a mut R,
    unstuffer: Unstuffer,
    /// Bytes of the message that are handed out next, from `at` on.
    line: Vec<u8>,
    at: usize,
    is_over: bool,
    is_complete: bool,
}

impl<'a, R: BufRead> MessageReader<'a, R> {
    const fn new(ends: LineEnds, input: &'a mut R) -> Self {
        Self {
            input,
            unstuffer: Unstuffer::new(ends),
            line: Vec::new(),
            at: 0,
            is_over: false,
            is_complete: false,
        }
    }

    /// Reads and discards the rest. Returns whether there was the line with a single dot; if not, there is
    /// no message.
    fn finish(mut self) -> io::Result<bool> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(self.is_complete)
    }

    /// Reads the next line, or some of a long one.
    fn next_line(&mut self) -> io::Result<()> {
        self.line.clear();
        self.at = 0;
        let mut some = self.input.by_ref().take(CHUNK);
        some.read_until(b'\n', &mut self.line)?;
        if self.line.is_empty() {
            self.is_over = true;
            return Ok(());
        }
        match self.unstuffer.piece(&self.line) {
            Piece::Text(text) => self.at = self.line.len() - text.len(),
            Piece::End => {
                (self.is_over, self.is_complete) = (true, true);
                self.line.clear();
            }
        }
        Ok(())
    }
}

impl<R: BufRead> Read for MessageReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.line.len() && !self.is_over {
            self.next_line()?;
        }
        let mut left = self.line.get(self.at..).unwrap_or_default();
        let read = left.read(buffer)?;
        self.at += read;
        Ok(read)
    }
}
