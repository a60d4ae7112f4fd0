//! The flags and texts of a message as templates, compiled once.

mod flags;
mod path;
mod words;

use std::fmt::Write as _;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use sha2::{Digest as _, Sha256};

use self::flags::{
    ADDRESSES, MARKDOWN_AS_HTML, each_flag, kind, shown_flag, template_name, text_names,
};
use self::path::{attached_size, file};
use self::words::{at_line, columns, no_column, words};
use super::args::Args;
use super::compare;
use super::data::Row;
use super::error::MergeError;
use super::escape;
use super::filters;
use crate::commands::Context;
use crate::commands::report::{Failure, Result};
use crate::commands::send::read::{self, mailboxes};
use crate::commands::send::texts::{Texts, html_of_markdown};
use crate::commands::send::{ComposedArgs, RecipientArgs};
use crate::message::Body;

/// What one template may do for one row: steps, and for each 64 bytes that it makes another one. So its text is not
/// larger than a message.
const FUEL: u64 = read::MAX_MESSAGE / 64;

/// The templates of a message.
pub(super) struct Templates<'a> {
    environment: Environment<'static>,
    args: &'a Args,
    texts: Texts,
}

/// A message of one row: its flags and its body.
pub(super) struct Rendered {
    pub(super) recipients: RecipientArgs,
    pub(super) composed: ComposedArgs,
    pub(super) body: Body,
    pub(super) key: RowKey,
}

/// What identifies a row in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowKey {
    /// The text of --key, else the digest.
    pub(super) text: String,
    /// The digest of the flags, the body, and the sizes of attachments. Their contents are no part of it, nor is
    /// what graphmail adds, such as the time.
    pub(super) digest: String,
}

/// Why a row has no message.
#[derive(Debug)]
pub(super) struct RowFault(pub(super) Failure);

impl<'a> Templates<'a> {
    /// Compiles the templates.
    pub(super) fn compile(args: &'a Args, context: &Context<'_>) -> Result<Self> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
        environment.set_syntax(syntax.map_err(|_| Failure::bug("the syntax of templates"))?);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_formatter(escape::write);
        environment.set_auto_escape_callback(|name| kind(name).auto_escape());
        filters::add(&mut environment);
        compare::add(&mut environment);
        let mut templates = Self {
            environment,
            args,
            texts: Texts::read(&args.composed, context)?,
        };
        templates.add_all()?;
        Ok(templates)
    }

    fn add_all(&mut self) -> Result<(), MergeError> {
        let args = self.args;
        let mut all = Vec::new();
        if let Some(only) = &args.data.only {
            // A statement, so that an undefined name is an error, as in the other templates.
            all.push(("--only", format!("{{% if {only} %}}1{{% endif %}}")));
        }
        all.extend(args.data.key.iter().map(|text| ("--key", text.clone())));
        let mut recipients = args.recipients.clone();
        let mut composed = args.composed.clone();
        each_flag(&mut recipients, &mut composed, &mut |flag, text| {
            all.push((flag, text.to_owned()));
            Ok::<_, MergeError>(text.to_owned())
        })?;
        let Texts {
            text,
            html,
            markdown,
        } = &self.texts;
        let names = text_names(&args.composed);
        let texts = [
            (names.text, text),
            (names.html, html),
            (names.markdown, markdown),
            (MARKDOWN_AS_HTML, markdown),
        ];
        for (flag, text) in texts {
            all.extend(text.iter().map(|text| (flag, text.clone())));
        }
        for (flag, text) in all {
            self.add(flag, &text)
                .map_err(|reason| MergeError::Template {
                    flag: shown_flag(flag),
                    reason,
                })?;
        }
        Ok(())
    }

    /// Compiles one template; fails with words.
    fn add(&mut self, flag: &'static str, text: &str) -> Result<(), String> {
        let words = |error: minijinja::Error| words(&error, shown_flag(flag));
        // Several values of one flag are several templates.
        let name = template_name(flag, text);
        let environment = &mut self.environment;
        let syntax = environment.syntax().clone();
        // The template itself first: its errors have its own words.
        let compiled = environment.add_template_owned(name.clone(), text.to_owned());
        compiled.map_err(words)?;
        let (checked, names) = compare::checked(text, syntax).map_err(words)?;
        if checked != text {
            let compiled = environment.add_template_owned(name, checked);
            compiled.map_err(words)?;
        }
        let unknown = |sample: String, kind| {
            let shown = environment.render_str(&sample, ());
            shown.is_err_and(|error| error.kind() == kind)
        };
        for (name, line) in names.filters {
            if unknown(format!("{{{{ ''|{name} }}}}"), ErrorKind::UnknownFilter) {
                let why = format!("there is no filter {name:?}");
                return Err(at_line(why, Some(line), shown_flag(flag)));
            }
        }
        for (name, line) in names.tests {
            if unknown(format!("{{{{ '' is {name} }}}}"), ErrorKind::UnknownTest) {
                let why = format!("there is no test {name:?}");
                return Err(at_line(why, Some(line), shown_flag(flag)));
            }
        }
        Ok(())
    }

    /// Whether --only leaves the row in.
    pub(super) fn includes(&self, row: &Row) -> Result<bool, RowFault> {
        match &self.args.data.only {
            None => Ok(true),
            Some(only) => {
                let text = format!("{{% if {only} %}}1{{% endif %}}");
                Ok(!self.render("--only", &text, row)?.is_empty())
            }
        }
    }

    /// The message of a row.
    pub(super) fn message(&self, row: &Row) -> Result<Rendered, RowFault> {
        let mut recipients = self.args.recipients.clone();
        let mut composed = self.args.composed.clone();
        let mut digest = Sha256::new();
        each_flag(&mut recipients, &mut composed, &mut |flag, text| {
            let text = self.flag(flag, text, row)?;
            add(&mut digest, flag, &text);
            if let Some(size) = attached_size(flag, &text) {
                add(&mut digest, "size", &size.to_string());
            }
            Ok::<_, RowFault>(text)
        })?;
        add(&mut digest, "", &choices(&composed));
        let body = self.body(row)?;
        add(
            &mut digest,
            "text",
            body.text.as_deref().unwrap_or_default(),
        );
        add(
            &mut digest,
            "html",
            body.html.as_deref().unwrap_or_default(),
        );
        let digest = hex(&digest.finalize());
        let key = match &self.args.data.key {
            Some(key) => self.key(key, row)?,
            None => digest.clone(),
        };
        Ok(Rendered {
            recipients,
            composed,
            body,
            key: RowKey { text: key, digest },
        })
    }

    fn key(&self, key: &str, row: &Row) -> Result<String, RowFault> {
        let text = self.render("--key", key, row)?;
        let text = text.trim();
        match text.is_empty() {
            true => Err(RowFault::new("--key", "the key is empty")),
            false => Ok(text.to_owned()),
        }
    }

    fn flag(&self, flag: &'static str, text: &str, row: &Row) -> Result<String, RowFault> {
        let rendered = self.render(flag, text, row)?;
        if ADDRESSES.contains(&flag) {
            return addresses(flag, &rendered);
        }
        if !matches!(flag, "--attach" | "--inline") {
            return Ok(rendered);
        }
        let rendered = file(flag, &rendered, text).map_err(|why| RowFault::new(flag, why))?;
        if flag == "--attach" && read::is_stdin(&rendered) {
            let why = "standard input cannot be attached to several messages";
            return Err(RowFault::new(flag, why));
        }
        Ok(rendered)
    }

    fn body(&self, row: &Row) -> Result<Body, RowFault> {
        let names = text_names(&self.args.composed);
        let render = |flag, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| self.render(flag, text, row)).transpose()
        };
        if let Some(markdown) = &self.texts.markdown {
            let escaped = self.render(MARKDOWN_AS_HTML, markdown, row)?;
            return Ok(Body {
                text: render(names.markdown, &self.texts.markdown)?,
                html: Some(html_of_markdown(&escaped, escape::reveal_event)),
            });
        }
        Ok(Body {
            text: render(names.text, &self.texts.text)?,
            html: render(names.html, &self.texts.html)?,
        })
    }

    fn render(&self, flag: &'static str, text: &str, row: &Row) -> Result<String, RowFault> {
        let template = self.environment.get_template(&template_name(flag, text));
        let rendered = template.and_then(|template| {
            template.render(row.variables()).map_err(|error| {
                // A name that only some rows have is no mistake in the others.
                let unknown = template.undeclared_variables(false).into_iter();
                let unknown = unknown.filter(|name| name != "row" && !row.names().contains(name));
                let why = match (error.kind(), unknown.min()) {
                    (ErrorKind::UndefinedError, Some(name)) => no_column(&name, row),
                    (ErrorKind::UndefinedError, None) => {
                        let detail = error.detail().unwrap_or("a value is undefined");
                        format!("{detail}; {}", columns(row))
                    }
                    _ => return error,
                };
                minijinja::Error::new(ErrorKind::UndefinedError, why)
            })
        });
        rendered.map_err(|error| {
            let (flag, reason) = (shown_flag(flag), words(&error, shown_flag(flag)));
            match error.kind() {
                // Other rows would have the same error.
                ErrorKind::UnknownFunction
                | ErrorKind::UnknownMethod
                | ErrorKind::MissingArgument
                | ErrorKind::TooManyArguments => {
                    RowFault(MergeError::Template { flag, reason }.into())
                }
                _ => RowFault::new(flag, reason),
            }
        })
    }
}

impl RowFault {
    pub(super) fn new(flag: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self(MergeError::Flag { flag, reason }.into())
    }

    /// A fault of no flag.
    pub(super) fn plain(reason: String) -> Self {
        Self(MergeError::Row(reason).into())
    }

    /// Whether the template is wrong, for any row.
    pub(super) fn is_of_template(&self) -> bool {
        let error = self.0.downcast_ref::<MergeError>();
        matches!(error, Some(MergeError::Template { .. }))
    }

    /// Why the row has no message.
    pub(super) fn words(&self) -> String {
        escape::reveal(&self.0.words())
    }

    /// `row 17, --to: why`, or without a flag `row 17: why`.
    pub(super) fn line(&self, row: u64) -> String {
        let words = self.words();
        match words.starts_with("--") {
            true => format!("row {row}, {words}"),
            false => format!("row {row}: {words}"),
        }
    }
}

/// The list with its values as they were, in the syntax of a list.
fn addresses(flag: &'static str, list: &str) -> Result<String, RowFault> {
    if list.trim().is_empty() {
        return Ok(String::new());
    }
    let of_value = |text: &str| {
        let why = format!(
            "{:?} is not one address; if the column is a list of addresses, write {{{{ column|safe }}}}",
            escape::reveal(text)
        );
        RowFault::new(flag, why)
    };
    let parsed = mailboxes(flag, &[list.to_owned()]);
    let parsed = parsed.map_err(|error| match escape::has_hidden(list) {
        true => of_value(list),
        false => RowFault(error),
    })?;
    let mut text = String::new();
    for mailbox in parsed {
        let address = mailbox.address().as_str();
        if escape::has_hidden(address) {
            return Err(of_value(address));
        }
        let separator = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{separator}{}", mailbox.map_name(escape::reveal));
    }
    Ok(text)
}

fn add(digest: &mut Sha256, flag: &str, text: &str) {
    for part in [flag, text] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
}

/// The flags that are no text.
fn choices(composed: &ComposedArgs) -> String {
    format!(
        "{:?}",
        (
            composed.importance,
            composed.sensitivity,
            composed.read_receipt,
            composed.delivery_receipt,
            composed.flag
        )
    )
}

/// Sixteen bytes are enough: nobody wants two messages to have the same digest.
fn hex(digest: &[u8]) -> String {
    let bytes = digest.iter().take(16);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}
