//! Checks the values of a configuration file before it is read: their types, and keys that do not belong together.
//!
//! The errors of the parser name the types of a program. These name the key and what is allowed.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::nearest;
use super::sendmail::FromChoice;
use crate::auth::CredentialKind;
use crate::auth::credential::Key;
use crate::auth::store::Kind;
use crate::cloud::Cloud;
use crate::outbox::Queue;

/// Any name in the path of a section.
pub(super) const NAME: &str = "NAME";

/// The path of a kind of section, in which [`NAME`] stands for any name, and its keys.
pub(super) type Known = (&'static [&'static str], &'static [&'static str]);

/// An error in a configuration file.
pub(super) struct Fault {
    /// Where it is, in bytes from the beginning of the file.
    pub(super) offset: usize,
    /// What is wrong.
    pub(super) reason: String,
    /// The allowed value that is most similar.
    pub(super) nearest: Option<String>,
}

impl Fault {
    pub(super) fn new(offset: usize, reason: impl Into<String>) -> Self {
        Self {
            offset,
            reason: reason.into(),
            nearest: None,
        }
    }
}

/// A section of a file.
struct Section<'a, 'i> {
    path: Vec<String>,
    offset: usize,
    keys: &'a DeTable<'i>,
}

impl Section<'_, '_> {
    fn name(&self) -> String {
        format!("[{}]", self.path.join("."))
    }
}

/// An unknown key.
pub(super) struct Unknown {
    pub(super) key: String,
    pub(super) offset: usize,
    pub(super) known: &'static [&'static str],
}

/// The first unknown key.
pub(super) fn unknown_key(root: &DeTable<'_>, known: &[Known]) -> Option<Unknown> {
    known.iter().find_map(|(path, known)| {
        let sections = sections_at(root, path).ok()?;
        let keys = sections.iter().flat_map(|section| section.keys.keys());
        let mut unknown = keys.filter(|key| !known.contains(&key.get_ref().as_ref()));
        unknown.next().map(|key| Unknown {
            key: key.get_ref().to_string(),
            offset: key.span().start,
            known,
        })
    })
}

/// The first wrong value. `text` is the file.
pub(super) fn wrong_value(root: &DeTable<'_>, text: &str, known: &[Known]) -> Result<(), Fault> {
    for (path, keys) in known {
        for section in sections_at(root, path)? {
            for key in *keys {
                let Some(value) = section.keys.get(*key) else {
                    if is_required(path, key) {
                        let mut reason = format!("{} has no {key}", section.name());
                        if let Form::OneOf(names) = form(path, key) {
                            reason += &format!(": the values are {}", names.join(", "));
                        }
                        return Err(Fault::new(section.offset, reason));
                    }
                    continue;
                };
                form(path, key).check(key, value, text)?;
            }
            if let [kind, name] = section.path.as_slice()
                && kind == "clouds"
                && Cloud::NAMES.contains(&&**name)
            {
                let reason = format!("{} is built in: choose another name", section.name());
                return Err(Fault::new(section.offset, reason));
            }
            if path.first() == Some(&"accounts") {
                other_credential(&section)?;
            }
        }
    }
    Ok(())
}

/// The key whose value contains the offset, for an error in it.
pub(super) fn key_at(table: &DeTable<'_>, offset: usize) -> Option<String> {
    let (key, value) = table.iter().find(|(_, value)| match value.get_ref() {
        DeValue::Table(below) => key_at(below, offset).is_some(),
        _ => value.span().contains(&offset),
    })?;
    match value.get_ref() {
        DeValue::Table(below) => key_at(below, offset),
        _ => Some(key.get_ref().to_string()),
    }
}

/// The sections with this path. A key that must be a section and is not is an error.
fn sections_at<'a, 'i>(
    root: &'a DeTable<'i>,
    path: &[&str],
) -> Result<Vec<Section<'a, 'i>>, Fault> {
    let mut sections = vec![Section {
        path: Vec::new(),
        offset: 0,
        keys: root,
    }];
    for (at, step) in path.iter().enumerate() {
        let is_group = path.get(at + 1) == Some(&NAME);
        let mut below = Vec::new();
        for section in &sections {
            let keys = section.keys.iter();
            for (key, value) in
                keys.filter(|(key, _)| matches!(*step, NAME) || key.get_ref() == step)
            {
                let mut path = section.path.clone();
                path.push(key.get_ref().to_string());
                let DeValue::Table(keys) = value.get_ref() else {
                    if is_group {
                        path.push(NAME.to_owned());
                    }
                    let name = key.get_ref();
                    let reason = format!("{name} must be a section: [{}]", path.join("."));
                    return Err(Fault::new(key.span().start, reason));
                };
                below.push(Section {
                    path,
                    offset: value.span().start,
                    keys,
                });
            }
        }
        sections = below;
    }
    Ok(sections)
}

fn is_required(path: &[&str], key: &str) -> bool {
    matches!(
        (path, key),
        (["accounts", _], "auth")
            | (["clouds", _], "graph" | "login")
            | (["smtpd", "users", _], "password")
    )
}

/// Refuses a key that belongs to another kind of credential than that of the account.
fn other_credential(account: &Section<'_, '_>) -> Result<(), Fault> {
    let auth = account
        .keys
        .get("auth")
        .and_then(|auth| auth.get_ref().as_str());
    let mut kinds = CredentialKind::ALL.into_iter();
    let Some(own) = kinds.find(|kind| auth == Some(kind.name())) else {
        return Ok(());
    };
    if let (Some(_), Some((key, _))) = (
        account.keys.get("client_secret_file"),
        account.keys.get_key_value("client_secret_command"),
    ) {
        let reason = "client_secret_file and client_secret_command cannot be combined";
        return Err(Fault::new(key.span().start, reason));
    }
    for key in account.keys.keys() {
        let name: &str = key.get_ref().as_ref();
        let has = |kind: &CredentialKind| {
            let mut keys = kind.facts().keys.iter();
            keys.any(|key| matches!(key, Key::Plain(key) | Key::Guarded(key) if *key == name && name != "auth"))
        };
        let reason = match CredentialKind::ALL.into_iter().find(has) {
            Some(other) if !has(&own) => format!(
                "{name} belongs to auth = {:?}, but {} has auth = {:?}",
                other.name(),
                account.name(),
                own.name()
            ),
            _ if own.facts().decides.contains(&name) => format!(
                "{name} has no effect with auth = {:?}, which has its own",
                own.name()
            ),
            _ => continue,
        };
        return Err(Fault::new(key.span().start, reason));
    }
    Ok(())
}

/// The form of a value.
enum Form {
    /// Text that is not empty.
    Text,
    /// An absolute path: a service has another working folder than the shell.
    Path,
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    Texts,
    /// One of these texts.
    OneOf(Vec<&'static str>),
    /// Whatever reads the value also names what is allowed.
    Other,
}

/// The kinds of credential that a configuration can name: a ready token is of the environment only.
fn credentials() -> Vec<&'static str> {
    let kinds = CredentialKind::ALL.into_iter();
    let kinds = kinds.filter(|kind| *kind != CredentialKind::AccessToken);
    kinds.map(CredentialKind::name).collect()
}

fn form(path: &[&str], key: &str) -> Form {
    match (path, key) {
        ([], "default_account") => Form::Text,
        ([], _) | (["smtpd"], "users") => Form::Other,
        (_, "auth") => Form::OneOf(credentials()),
        (_, "token_store") => Form::OneOf(Kind::ALL.map(Kind::name).to_vec()),
        (_, "queue") => Form::OneOf(Queue::NAMES.to_vec()),
        (_, "from_policy") => Form::OneOf(FromChoice::NAMES.to_vec()),
        (_, "send_certificate_chain" | "syslog") => Form::Flag,
        (_, "allow" | "from" | "allowed_from" | "local_domains") => Form::Texts,
        (_, "certificate" | "key" | "submit") => Form::Path,
        (_, key) if key.ends_with("_file") => Form::Path,
        (
            _,
            "message_limit" | "recipient_limit" | "credential_expires" | "concurrency"
            | "per_minute" | "key_days" | "connections" | "report_to",
        ) => Form::Other,
        _ => Form::Text,
    }
}

impl Form {
    fn check(&self, key: &str, value: &Spanned<DeValue<'_>>, text: &str) -> Result<(), Fault> {
        let Err((why, nearest)) = self.fault_of(value.get_ref()) else {
            return Ok(());
        };
        let reason = match shown(value, text) {
            // A hash of a password is not shown.
            Some(shown) if key != "password" => format!("{key} is {shown}: {why}"),
            _ => format!("{key}: {why}"),
        };
        Err(Fault {
            offset: value.span().start,
            reason,
            nearest: nearest.map(ToOwned::to_owned),
        })
    }

    /// Why the value has not this form, and the most similar value that has it.
    fn fault_of(&self, value: &DeValue<'_>) -> Result<(), (String, Option<&'static str>)> {
        let why = match (self, value) {
            (Self::Other, _) | (Self::Flag, DeValue::Boolean(_)) => return Ok(()),
            (Self::Flag, _) => "it must be true or false, without quotation marks".to_owned(),
            (Self::Texts, DeValue::Array(values))
                if values.iter().all(|value| value.get_ref().is_str()) =>
            {
                return Ok(());
            }
            (Self::Texts, _) => "it must be a list of texts, such as [\"one\", \"two\"]".to_owned(),
            (Self::OneOf(names), DeValue::String(text)) => {
                if names.contains(&text.as_ref()) {
                    return Ok(());
                }
                let why = format!("the values are {}", names.join(", "));
                return Err((why, nearest(text, names.iter().copied())));
            }
            (Self::OneOf(names), _) => {
                format!("the values are {}, in quotation marks", names.join(", "))
            }
            (Self::Text | Self::Path, DeValue::String(text)) if text.trim().is_empty() => {
                "it must not be empty".to_owned()
            }
            (Self::Path, DeValue::String(text)) if !Path::new(text.as_ref()).has_root() => {
                "it is not an absolute path, such as /etc/graphmail/NAME".to_owned()
            }
            (Self::Text | Self::Path, DeValue::String(_)) => return Ok(()),
            (Self::Text | Self::Path, _) => "it must be text in quotation marks".to_owned(),
        };
        Err((why, None))
    }
}

/// The most characters of a value that an error shows.
const SHOWN: usize = 60;

/// A short value as it is written.
fn shown<'t>(value: &Spanned<DeValue<'_>>, text: &'t str) -> Option<&'t str> {
    let shown = text.get(value.span())?;
    let is_short = shown.chars().count() <= SHOWN && !shown.contains(['\n', '\r']);
    is_short.then_some(shown)
}
