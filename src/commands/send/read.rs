//! Reads a [`Mail`] from flags, files and standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::Target;
use super::args::{ComposedArgs, ImportanceChoice, MessageArgs, RecipientArgs, SensitivityChoice};
pub(in crate::commands) use super::input::{MAX_MESSAGE, is_dash, named, with_input};
use super::texts::Texts;
use crate::commands::Context;
use crate::commands::error::{InputError, STDIN, UsageError};
use crate::commands::report::{Result, WithContext as _};
use crate::config::Settings;
use crate::files::Octets;
use crate::message::{
    Attachment, AttachmentSpec, Body, Eml, FollowUp, Header, Importance, InlineSpec, Mail, Mailbox,
    Message, MessageId, Sensitivity, Thread, parse_time,
};

/// Reads the message that `args` describe. Only one of them may be standard input. A composed message is
/// always one to save in Sent Items; the caller may change that.
pub(in crate::commands) fn read(
    args: &MessageArgs,
    target: &Target,
    context: &Context<'_>,
) -> Result<Mail> {
    one_standard_input(args)?;
    if let Some(path) = &args.mime {
        return ready(path, &args.recipients, context);
    }
    let body = Texts::read(&args.composed, context)?.body();
    let message = compose((&args.recipients, &args.composed), body, target, context)?;
    Ok(Mail::Composed(Box::new(message)))
}

/// The message with this body that the other flags describe.
pub(in crate::commands) fn compose(
    (recipient_args, args): (&RecipientArgs, &ComposedArgs),
    body: Body,
    target: &Target,
    context: &Context<'_>,
) -> Result<Message> {
    let mut message = Message {
        mailbox: target.address.clone(),
        save: true,
        body,
        ..Message::default()
    };
    recipients(recipient_args, &mut message)?;
    header_fields(args, context, &mut message)?;
    properties(args, &mut message);
    times(args, context, &mut message)?;
    thread(args, &mut message)?;
    files(args, context, &mut message)?;
    Ok(message)
}

/// A ready message, with the recipients from flags added.
fn ready(path: &Path, recipients: &RecipientArgs, context: &Context<'_>) -> Result<Mail> {
    let octets = octets(path, context)?;
    let mut eml = Eml::parse(octets).with_context(|| named(path))?;
    for (flag, lists) in [
        ("--to", &recipients.to),
        ("--cc", &recipients.cc),
        ("--bcc", &recipients.bcc),
    ] {
        eml.add_recipients(&mailboxes(flag, lists)?).context(flag)?;
    }
    Ok(Mail::Ready(Box::new(eml)))
}

fn recipients(args: &RecipientArgs, message: &mut Message) -> Result<()> {
    message.to = mailboxes("--to", &args.to)?;
    message.cc = mailboxes("--cc", &args.cc)?;
    message.bcc = mailboxes("--bcc", &args.bcc)?;
    Ok(())
}

/// Sets From, Reply-To, Subject and the custom header fields.
fn header_fields(args: &ComposedArgs, context: &Context<'_>, message: &mut Message) -> Result<()> {
    message.from = match &args.from {
        Some(from) => Some(Mailbox::parse(from).context("--from")?),
        None => context.settings.from()?,
    };
    message.reply_to = match args.reply_to.as_slice() {
        [] => context.settings.reply_to()?.unwrap_or_default(),
        lists => mailboxes("--reply-to", lists)?,
    };
    message.subject = args.subject.as_deref().map(subject).unwrap_or_default();
    message.headers = args
        .header
        .iter()
        .map(|field| Header::parse(field).context("--header"))
        .collect::<Result<_>>()?;
    Ok(())
}

/// The subject without what a shell adds: a tab, or the line end of a command's output.
fn subject(text: &str) -> String {
    let is_blank = |character: char| character.is_ascii_whitespace();
    text.trim_matches(is_blank).replace('\t', " ")
}

fn properties(args: &ComposedArgs, message: &mut Message) {
    message.importance = args.importance.map(|level| match level {
        ImportanceChoice::Low => Importance::Low,
        ImportanceChoice::Normal => Importance::Normal,
        ImportanceChoice::High => Importance::High,
    });
    message.sensitivity = args.sensitivity.map(|level| match level {
        SensitivityChoice::Personal => Sensitivity::Personal,
        SensitivityChoice::Private => Sensitivity::Private,
        SensitivityChoice::Confidential => Sensitivity::Confidential,
    });
    message.categories.clone_from(&args.category);
    message.read_receipt = args.read_receipt;
    message.delivery_receipt = args.delivery_receipt;
}

fn times(args: &ComposedArgs, context: &Context<'_>, message: &mut Message) -> Result<()> {
    let now = context.seams.now();
    let time = |flag: &'static str, text: &Option<String>| {
        text.as_deref()
            .map(|text| parse_time(text, now, &context.seams.time_zone()).context(flag))
            .transpose()
    };
    message.deliver_at = time("--at", &args.at)?;
    if message.deliver_at.is_some_and(|at| at <= now) {
        return Err(UsageError::new("--at is not in the future")
            .hint("leave --at out to send at once")
            .into());
    }
    let follow_up = FollowUp {
        start: time("--flag-start", &args.flag_start)?,
        due: time("--flag-due", &args.flag_due)?,
    };
    if let (Some(start), Some(due)) = (follow_up.start, follow_up.due)
        && start > due
    {
        return Err(UsageError::new("--flag-start is after --flag-due").into());
    }
    if args.flag || follow_up != FollowUp::default() {
        message.follow_up = Some(follow_up);
    }
    Ok(())
}

fn thread(args: &ComposedArgs, message: &mut Message) -> Result<()> {
    let ids = |flag: &'static str, text: &Option<String>| {
        text.as_deref().map_or(Ok(Vec::new()), |text| {
            MessageId::parse_list(text).context(flag)
        })
    };
    message.thread = Thread {
        in_reply_to: ids("--in-reply-to", &args.in_reply_to)?,
        references: ids("--references", &args.references)?,
    };
    message.message_id = args
        .message_id
        .as_deref()
        .map(|id| MessageId::parse(id).context("--message-id"))
        .transpose()?;
    Ok(())
}

fn files(args: &ComposedArgs, context: &Context<'_>, message: &mut Message) -> Result<()> {
    for text in &args.attach {
        let spec = AttachmentSpec::parse(text).context("--attach")?;
        let attachment = attachment(spec, context).context("--attach")?;
        message.attachments.push(attachment);
    }
    for text in &args.inline {
        let spec = InlineSpec::parse(text).context("--inline")?;
        let image = attachment(spec.file.clone(), context).context("--inline")?;
        message.inlines.push(spec.with(image));
    }
    Ok(())
}

/// Warns about what is probably a mistake, and is sent nevertheless: an empty message, and inline images to which
/// the HTML does not refer. Readers show them nowhere, or at the end.
pub(super) fn warn(mail: &Mail, context: &Context<'_>) {
    let Mail::Composed(message) = mail else {
        return;
    };
    if message.is_empty() {
        // Scripts send such messages as a signal, as with mailx.
        let line = "graphmail: warning: the message has no subject, text or attachment";
        context.ui.success(line);
    }
    let Some(html) = &message.body.html else {
        return;
    };
    for image in &message.inlines {
        let id = image.content_id();
        if !html.contains(&format!("cid:{id}")) {
            let line = format!("graphmail: warning: --inline: the HTML does not refer to cid:{id}");
            context.ui.info(&line);
        }
    }
}

fn attachment(spec: AttachmentSpec, context: &Context<'_>) -> Result<Attachment> {
    if !spec.is_stdin() {
        return Ok(spec.from_file()?);
    }
    let folders = temporary(&context.settings);
    let attachment = spec.from_reader(
        &mut context.stdin.borrow_mut().by_ref().take(MAX_MESSAGE + 1),
        &folders,
    )?;
    if attachment.size() > MAX_MESSAGE {
        return Err(InputError::TooLong(named(Path::new("-"))).into());
    }
    Ok(attachment)
}

/// The folders for large temporary files. `/tmp` is often in memory, so `/var/tmp` comes first unless
/// TMPDIR is set (file-hierarchy(7)).
pub(in crate::commands) fn temporary(settings: &Settings) -> Vec<PathBuf> {
    let named = settings.environment().path("TMPDIR");
    let usual = ["/var/tmp", "/tmp"].map(PathBuf::from);
    let own = cfg!(windows).then(std::env::temp_dir);
    named.into_iter().chain(usual).chain(own).collect()
}

/// The first of these folders.
pub(in crate::commands) fn temporary_folder(settings: &Settings) -> PathBuf {
    temporary(settings).into_iter().next().unwrap_or_default()
}

pub(in crate::commands) fn mailboxes(flag: &'static str, lists: &[String]) -> Result<Vec<Mailbox>> {
    let mut all = Vec::new();
    for list in lists {
        all.extend(Mailbox::parse_list(list).context(flag)?);
    }
    Ok(all)
}

/// The most bytes of a message that is kept although it is too large to be sent. They are on disk.
pub(in crate::commands) const MAX_KEPT: u64 = 512 << 20;

/// A message in a file; `-` is standard input.
pub(in crate::commands) fn octets(
    path: &Path,
    context: &Context<'_>,
) -> Result<Octets, InputError> {
    with_input(path, context, |input| {
        octets_from(input, &named(path), context)
    })
}

/// The message on standard input, even if it is too large to be sent: then it can be kept.
pub(in crate::commands) fn octets_to_keep(context: &Context<'_>) -> Result<Octets, InputError> {
    let input = &mut **context.stdin.borrow_mut();
    let mut input = input.take(MAX_KEPT + 1);
    let octets = Octets::read(&mut input, Octets::IN_MEMORY, &temporary(&context.settings));
    match octets {
        Ok(octets) if octets.len() as u64 > MAX_KEPT => Err(InputError::Endless(STDIN)),
        octets => octets.map_err(|error| InputError::Unreadable(STDIN.to_owned(), error)),
    }
}

/// The message that `input` contains; `name` is its name in errors.
pub(in crate::commands) fn octets_from(
    input: &mut dyn Read,
    name: &str,
    context: &Context<'_>,
) -> Result<Octets, InputError> {
    let mut input = input.take(MAX_MESSAGE + 1);
    let octets = Octets::read(&mut input, Octets::IN_MEMORY, &temporary(&context.settings))
        .map_err(|error| InputError::Unreadable(name.to_owned(), error))?;
    if octets.len() as u64 > MAX_MESSAGE {
        return Err(InputError::TooLong(name.to_owned()));
    }
    Ok(octets)
}

/// Refuses more than one use of standard input.
fn one_standard_input(args: &MessageArgs) -> Result<(), UsageError> {
    let ready = args.mime.as_deref().is_some_and(is_dash);
    refuse_second_reader(readers(&args.composed) + usize::from(ready))
}

/// How many of the flags are standard input.
pub(in crate::commands) fn readers(args: &ComposedArgs) -> usize {
    let file = |path: &Option<PathBuf>| path.as_deref().is_some_and(is_dash);
    let text = |text: &Option<String>| text.as_deref() == Some("-");
    let attached = args.attach.iter().filter_map(|spec| spec.to_str());
    let readers = [
        text(&args.body),
        file(&args.body_file),
        text(&args.html),
        file(&args.html_file),
        file(&args.markdown_file),
    ];
    let readers = readers.into_iter().filter(|reads| *reads).count();
    readers + attached.filter(|spec| is_stdin(spec)).count()
}

/// Fails if standard input is used `readers` times, and that is more than once.
pub(in crate::commands) fn refuse_second_reader(readers: usize) -> Result<(), UsageError> {
    if readers > 1 {
        return Err(UsageError::new("standard input (-) is used more than once")
            .hint("use files for all but one of them"));
    }
    Ok(())
}

/// Whether a value of --attach is standard input.
pub(in crate::commands) fn is_stdin(spec: &str) -> bool {
    spec == "-" || spec.starts_with("-;")
}
