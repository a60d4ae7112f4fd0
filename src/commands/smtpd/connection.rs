//! One connection: reads lines, asks the session, and writes its replies.

use std::io;

use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::time::{sleep, timeout};

use super::client::Client;
use super::intake::{Content, Intake, Message};
use super::peer::Peer;
use super::service::Service;
use super::spool::Spool;
use super::users::{Check, MAX_FAILURES};
use crate::commands::send::read::{self, MAX_MESSAGE};
use crate::outbox::CommandLine;
use crate::smtp::{
    CHUNK, IDLE, LineEnds, Login, MAX_LINE, Next, OwnCommand, Piece, Reply, Session, Unstuffer,
};

/// Bytes of replies that are buffered before more commands are read.
const MAX_REPLIES: usize = 65_536;

/// The longest command line of `sendmail`, as JSON in bytes.
const MAX_JSON: u64 = 4 << 20;

/// The largest message of `sendmail`, in bytes: what is too large to be sent is kept as failed.
const MAX_SUBMISSION: u64 = read::MAX_KEPT;

/// A connection, with TLS or without.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// What ends a connection.
enum End {
    /// The session, or the client.
    Closed,
    /// The client was silent for too long.
    Idle,
    /// Too many wrong passwords.
    Failures,
    /// The service ends.
    Stopped,
}

/// Speaks with a client until one of them ends.
pub(super) async fn serve(
    (mut stream, is_tls): (Box<dyn Stream>, bool),
    peer: Peer,
    (service, intake): (&Service<'_, '_>, &Intake),
) -> io::Result<()> {
    let context = service.shared().context();
    let mut client = Client::new(&context, service, peer);
    let Some(offers) = client.offers(is_tls) else {
        // In place of a greeting (RFC 5321 section 3.1).
        let refusal = Reply::new(554, [5, 7, 1], "your address may not send mail here");
        service.log.refused(peer, refusal.line().trim_end());
        return stream.write_all(refusal.line().as_bytes()).await;
    };
    if is_tls {
        stream = encrypted(stream, peer, service).await?;
    }
    let mut connection = Connection {
        stream: BufReader::new(stream),
        session: Session::new(&service.host, offers),
        peer,
        service,
        intake,
        failures: 0,
    };
    let end = connection.speak(&mut client).await?;
    let last = match end {
        End::Closed => None,
        End::Idle => Some(Reply::new(421, [4, 4, 2], "too long without input")),
        End::Failures => Some(Reply::new(421, [4, 7, 0], "too many wrong passwords")),
        End::Stopped => Some(Reply::new(421, [4, 3, 2], "the service ends")),
    };
    if let Some(last) = last {
        connection.session.reply(&last);
    }
    connection.flush().await?;
    // The end of TLS is sent, too.
    connection.stream.get_mut().shutdown().await
}

/// Begins TLS.
async fn encrypted(
    stream: Box<dyn Stream>,
    peer: Peer,
    service: &Service<'_, '_>,
) -> io::Result<Box<dyn Stream>> {
    let acceptor = service.acceptor().ok_or(io::ErrorKind::Unsupported)?;
    let began = tokio::select! {
        began = timeout(IDLE, acceptor.accept(stream)) => began,
        () = service.stopped() => return Err(io::ErrorKind::Interrupted.into()),
    };
    match began {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => {
            service.log.refused(peer, &format!("TLS: {error}"));
            Err(error)
        }
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

struct Connection<'c, 's, 'h> {
    stream: BufReader<Box<dyn Stream>>,
    session: Session,
    peer: Peer,
    service: &'c Service<'s, 'h>,
    intake: &'c Intake,
    /// The number of wrong passwords.
    failures: u32,
}

impl Connection<'_, '_, '_> {
    async fn speak(&mut self, client: &mut Client<'_, '_, '_>) -> io::Result<End> {
        loop {
            // Replies to pipelined commands are sent together (RFC 2920), up to a limit.
            if self.stream.buffer().is_empty() || self.session.pending() > MAX_REPLIES {
                self.flush().await?;
            }
            let service = self.service;
            let line = tokio::select! {
                line = timeout(IDLE, self.line(MAX_LINE)) => line,
                () = service.stopped() => return Ok(End::Stopped),
            };
            let line = match line {
                Err(_) => return Ok(End::Idle),
                Ok(line) => line?,
            };
            if line.is_empty() {
                return Ok(End::Closed);
            }
            if !line.ends_with(b"\n") {
                self.skip_line().await?;
                self.session.line_too_long();
                continue;
            }
            match self.session.line(&line, client) {
                Next::Command => {}
                Next::Message(ends) => {
                    self.flush().await?;
                    match timeout(IDLE * 12, self.message(ends, client)).await {
                        Ok(Ok(None)) => {}
                        Ok(Ok(Some(end))) => return Ok(end),
                        Ok(Err(error)) => return Err(error),
                        Err(_) => return Ok(End::Idle),
                    }
                }
                Next::Own(command) => match timeout(IDLE, self.own(command)).await {
                    Ok(done) => done?,
                    Err(_) => return Ok(End::Idle),
                },
                Next::StartTls => {
                    if !self.start_tls(client).await? {
                        return Ok(End::Closed);
                    }
                }
                Next::Login(login) => {
                    if let Some(end) = self.log_in(login, client).await {
                        return Ok(end);
                    }
                }
                Next::Close => return Ok(End::Closed),
            }
        }
    }

    /// Begins TLS. Returns whether the session goes on.
    async fn start_tls(&mut self, client: &mut Client<'_, '_, '_>) -> io::Result<bool> {
        // Somebody in between could have sent what is here in advance (RFC 3207 section 6).
        if !self.stream.buffer().is_empty() {
            drop(self.session.take_replies());
            self.service
                .log
                .refused(self.peer, "commands after STARTTLS");
            return Ok(false);
        }
        self.flush().await?;
        let none: Box<dyn Stream> = Box::new(tokio::io::empty());
        let plain = std::mem::replace(&mut self.stream, BufReader::new(none));
        let stream = encrypted(plain.into_inner(), self.peer, self.service).await?;
        self.stream = BufReader::new(stream);
        client.set_user(None);
        let offers = client.offers(true);
        if let Some(offers) = offers {
            self.session.is_encrypted(offers);
        }
        Ok(offers.is_some())
    }

    /// Checks a password. Returns why the connection ends, if it does.
    async fn log_in(&mut self, login: Login, client: &mut Client<'_, '_, '_>) -> Option<End> {
        let check = Check::new(&login, &self.service.file().smtpd.users);
        let is_right = match check {
            Some(check) => tokio::task::spawn_blocking(move || check.is_right()).await,
            None => Ok(false),
        };
        if is_right.is_ok_and(|is_right| is_right) {
            client.set_user(Some(login.user.clone()));
            self.session.logged_in(Some(login.user));
            return None;
        }
        let delay = self.service.failed_login(self.peer, &login.user);
        tokio::select! {
            () = sleep(delay) => {}
            () = self.service.stopped() => return Some(End::Stopped),
        }
        self.session.logged_in(None);
        self.failures += 1;
        (self.failures >= MAX_FAILURES).then_some(End::Failures)
    }

    async fn flush(&mut self) -> io::Result<()> {
        let replies = self.session.take_replies();
        self.stream.get_mut().write_all(&replies).await?;
        self.stream.get_mut().flush().await
    }

    /// The next line, or the first `longest` bytes of it; empty at the end of the input.
    async fn line(&mut self, longest: u64) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let mut some = (&mut self.stream).take(longest);
        some.read_until(b'\n', &mut line).await?;
        Ok(line)
    }

    /// Reads the rest of a line.
    async fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let line = self.line(MAX_LINE).await?;
            if line.is_empty() || line.ends_with(b"\n") {
                return Ok(());
            }
        }
    }

    /// Reads a message, and puts it into the outbox. Returns why the connection ends, if the message has no end.
    async fn message(
        &mut self,
        ends: LineEnds,
        client: &Client<'_, '_, '_>,
    ) -> io::Result<Option<End>> {
        let mut spool = Spool::new(&self.service.shared().settings);
        let mut unstuffer = Unstuffer::new(ends);
        let mut size = 0;
        loop {
            let line = match timeout(IDLE, self.line(CHUNK)).await {
                Ok(line) => line?,
                Err(_) => return Ok(Some(End::Idle)),
            };
            if line.is_empty() {
                return Ok(Some(End::Closed));
            }
            match unstuffer.piece(&line) {
                Piece::End => break,
                Piece::Text(text) => {
                    size += text.len() as u64;
                    // What is too long is read to its end, and refused.
                    if size <= MAX_MESSAGE {
                        spool.write(text);
                    }
                }
            }
        }
        let reply = self.put((size, client), spool).await;
        self.session.reply(&reply);
        Ok(None)
    }

    async fn put(&mut self, (size, client): (u64, &Client<'_, '_, '_>), spool: Spool) -> Reply {
        let Some(mut transaction) = self.session.take() else {
            return Reply::new(503, [5, 5, 1], "send MAIL first");
        };
        if size > MAX_MESSAGE {
            return Reply::new(
                552,
                [5, 3, 4],
                "the message is larger than any mailbox may send",
            );
        }
        let octets = match spool.finish() {
            Ok(octets) => octets,
            Err(reply) => {
                let client = (self.peer, self.session.user());
                let message = (
                    transaction.sender(),
                    transaction.envelope.recipients.len(),
                    usize::try_from(size).unwrap_or(usize::MAX),
                );
                let words = reply.line();
                self.service
                    .log
                    .refused_message(client, message, words.trim_end());
                return reply;
            }
        };
        transaction.envelope.senders = client.senders();
        transaction.envelope.user = self.peer.user_name();
        let message = Message {
            octets,
            content: Content::Transaction(Box::new(transaction)),
            peer: self.peer,
            user: self.session.user().map(str::to_owned),
        };
        self.intake.put(message).await
    }

    /// Executes a command of this program's own clients.
    async fn own(&mut self, command: OwnCommand) -> io::Result<()> {
        match command {
            OwnCommand::Sendmail { line, message } => {
                let reply = self.submission((line, message)).await?;
                self.session.reply(&reply);
                Ok(())
            }
            OwnCommand::Outbox { size } => self.outbox(size).await,
        }
    }

    /// Carries out a command for the outbox: the reply, and what the command prints.
    async fn outbox(&mut self, size: u64) -> io::Result<()> {
        let call = self.bytes(size.min(MAX_JSON)).await?;
        let Peer::User(uid, gid) = self.peer else {
            return Ok(());
        };
        let (reply, printed) = self.intake.command(((uid, gid), call)).await;
        self.session.reply(&reply);
        self.flush().await?;
        self.stream.get_mut().write_all(&printed).await?;
        self.stream.get_mut().flush().await
    }

    async fn bytes(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut self.stream)
            .take(size)
            .read_to_end(&mut bytes)
            .await?;
        Ok(bytes)
    }

    /// Reads what the `sendmail` of this program brings, and puts it into the outbox.
    async fn submission(&mut self, (line, message): (u64, u64)) -> io::Result<Reply> {
        if line > MAX_JSON || message > MAX_SUBMISSION {
            return Ok(Reply::new(552, [5, 3, 4], "the message is too large"));
        }
        let line = self.bytes(line).await?;
        let mut spool = Spool::new(&self.service.shared().settings);
        let mut left = message;
        while left > 0 {
            let mut chunk = Vec::new();
            let mut some = (&mut self.stream).take(left.min(CHUNK));
            if some.read_to_end(&mut chunk).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            left -= chunk.len() as u64;
            spool.write(&chunk);
        }
        let octets = match spool.finish() {
            Ok(octets) => octets,
            Err(reply) => return Ok(reply),
        };
        let Ok(line) = serde_json::from_slice::<CommandLine>(&line) else {
            return Ok(Reply::new(
                501,
                [5, 5, 4],
                "the command line cannot be read",
            ));
        };
        let message = Message {
            octets,
            content: Content::CommandLine(CommandLine {
                user: self.peer.user_name(),
                ..line
            }),
            peer: self.peer,
            user: None,
        };
        Ok(self.intake.put(message).await)
    }
}
