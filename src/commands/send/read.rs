//! Reads a [`Mail`] from flags, files and standard input.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Target;
use super::args::{ComposedArgs, ImportanceChoice, MessageArgs, RecipientArgs, SensitivityChoice};
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
    let mut message = Message {
        mailbox: target.address.clone(),
        save: true,
        ..Message::default()
    };
    recipients(&args.recipients, &mut message)?;
    header_fields(&args.composed, context, &mut message)?;
    properties(&args.composed, &mut message);
    times(&args.composed, context, &mut message)?;
    thread(&args.composed, &mut message)?;
    message.body = body(&args.composed, context)?;
    files(&args.composed, context, &mut message)?;
    Ok(Mail::Composed(Box::new(message)))
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

fn body(args: &ComposedArgs, context: &Context<'_>) -> Result<Body> {
    if let Some(path) = &args.markdown_file {
        let text = text_of(path, context)?;
        let mut html = String::new();
        pulldown_cmark::html::push_html(
            &mut html,
            pulldown_cmark::Parser::new_ext(&text, pulldown_cmark::Options::ENABLE_TABLES),
        );
        return Ok(Body {
            text: Some(text),
            html: Some(html),
        });
    }
    Ok(Body {
        text: text_or_file(args.body.as_deref(), args.body_file.as_deref(), context)?,
        html: text_or_file(args.html.as_deref(), args.html_file.as_deref(), context)?,
    })
}

fn text_or_file(
    text: Option<&str>,
    file: Option<&Path>,
    context: &Context<'_>,
) -> Result<Option<String>> {
    match (text, file) {
        (Some("-"), _) => text_of(Path::new("-"), context).map(Some),
        (Some(text), _) => Ok(Some(text.to_owned())),
        (None, Some(path)) => text_of(path, context).map(Some),
        (None, None) => Ok(None),
    }
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

/// Warns about inline images to which the HTML does not refer: readers show them nowhere, or at the end.
pub(super) fn warn_of_unused_images(mail: &Mail, context: &Context<'_>) {
    let Mail::Composed(message) = mail else {
        return;
    };
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
fn temporary(settings: &Settings) -> Vec<PathBuf> {
    let named = settings.environment().path("TMPDIR");
    let usual = ["/var/tmp", "/tmp"].map(PathBuf::from);
    let own = cfg!(windows).then(std::env::temp_dir);
    named.into_iter().chain(usual).chain(own).collect()
}

/// The first of these folders.
pub(in crate::commands) fn temporary_folder(settings: &Settings) -> PathBuf {
    temporary(settings).into_iter().next().unwrap_or_default()
}

fn mailboxes(flag: &'static str, lists: &[String]) -> Result<Vec<Mailbox>> {
    let mut all = Vec::new();
    for list in lists {
        all.extend(Mailbox::parse_list(list).context(flag)?);
    }
    Ok(all)
}

/// A file's text in UTF-8, or in UTF-16 with a byte order mark; without that mark, which editors add.
fn text_of(path: &Path, context: &Context<'_>) -> Result<String> {
    let bytes = contents(path, context)?;
    let text = match &bytes[..] {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => {
            let utf8 = String::from_utf8(bytes);
            utf8.map_err(|error| InputError::NotText(named(path), error.utf8_error().valid_up_to()))
                .map(Some)?
        }
    };
    let text = text.ok_or_else(|| InputError::NotUtf16(named(path)))?;
    if let Some(at) = text.find('\0') {
        return Err(InputError::Nul(named(path), at).into());
    }
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// UTF-16 as text. `None` if it is not valid.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units = units.iter().map(|bytes| unit(*bytes));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().filter(|_| rest.is_empty())
}

/// The most bytes that are read of a message or a text: the largest message that Exchange can be
/// configured to accept (150 MB). Input such as an endless device would otherwise use up the host's
/// memory.
pub(in crate::commands) const MAX_MESSAGE: u64 = Octets::MOST_IN_MEMORY;

/// The most bytes of a message that is kept although it is too large to be sent. They are on disk.
pub(in crate::commands) const MAX_KEPT: u64 = 512 << 20;

/// Opens a file; `-` is standard input.
fn with_input<T>(
    path: &Path,
    context: &Context<'_>,
    read: impl FnOnce(&mut dyn Read) -> Result<T, InputError>,
) -> Result<T, InputError> {
    if path == Path::new("-") {
        return read(&mut *context.stdin.borrow_mut());
    }
    let unreadable = |error| InputError::Unreadable(named(path), error);
    read(&mut File::open(path).map_err(unreadable)?)
}

/// A file's bytes; `-` is standard input.
fn contents(path: &Path, context: &Context<'_>) -> Result<Vec<u8>, InputError> {
    with_input(path, context, |input| {
        let mut bytes = Vec::new();
        match input.take(MAX_MESSAGE + 1).read_to_end(&mut bytes) {
            Ok(length) if length as u64 > MAX_MESSAGE => Err(InputError::TooLong(named(path))),
            Ok(_) => Ok(bytes),
            Err(error) => Err(InputError::Unreadable(named(path), error)),
        }
    })
}

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

fn named(path: &Path) -> String {
    if path == Path::new("-") {
        STDIN.to_owned()
    } else {
        path.display().to_string()
    }
}

/// Refuses more than one use of standard input.
fn one_standard_input(args: &MessageArgs) -> Result<(), UsageError> {
    let dash = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
    let text = |text: &Option<String>| text.as_deref() == Some("-");
    let composed = &args.composed;
    let attached = composed
        .attach
        .iter()
        .filter_map(|spec| spec.to_str())
        .filter(|spec| *spec == "-" || spec.starts_with("-;"))
        .count();
    let readers = [
        dash(&args.mime),
        text(&composed.body),
        dash(&composed.body_file),
        text(&composed.html),
        dash(&composed.html_file),
        dash(&composed.markdown_file),
    ];
    let readers = readers.into_iter().filter(|reads| *reads).count() + attached;
    if readers > 1 {
        return Err(UsageError::new("standard input (-) is used more than once")
            .hint("use files for all but one of them"));
    }
    Ok(())
}
