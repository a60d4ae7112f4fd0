//! The paths of files that templates make.

use std::ffi::OsStr;

use crate::commands::merge::escape;
use crate::message::{AttachmentSpec, InlineSpec};

/// The path and its options, with its values as they were. The `;` of a value begins no option.
pub(super) fn file(flag: &'static str, text: &str, template: &str) -> Result<String, String> {
    let file = escape::reveal(text);
    let (path, template) = match flag {
        "--inline" => (after_equals(text), after_equals(template)),
        _ => (text, template),
    };
    if !is_one_expression(template) && escape::leaves_folder(path, template.starts_with("{{")) {
        let why = format!(
            "{file:?}: a value of the row leads out of the folder; if it may, write {{{{ column|safe }}}}"
        );
        return Err(why);
    }
    let options = |text: &str| text.matches(";name=").count() + text.matches(";type=").count();
    match options(&file) == options(text) {
        true => Ok(file),
        false => {
            let why = format!(
                "{file:?}: a value of the row contains ;name= or ;type=; if it is an option, write {{{{ column|safe }}}}"
            );
            Err(why)
        }
    }
}

/// The FILE of `CID=FILE`.
fn after_equals(text: &str) -> &str {
    text.split_once('=').map_or(text, |(_, file)| file)
}

/// Whether the path of the template is `{{ … }}` alone: then the data choose any file.
fn is_one_expression(template: &str) -> bool {
    let path = template.split(";name=").next().unwrap_or_default();
    let path = path.split(";type=").next().unwrap_or_default().trim();
    let inner = path
        .strip_prefix("{{")
        .and_then(|path| path.strip_suffix("}}"));
    inner.is_some_and(|inner| !["{{", "}}", "{%"].iter().any(|mark| inner.contains(mark)))
}

/// The size of the file that this flag attaches. A missing file is an error of its own.
pub(super) fn attached_size(flag: &str, text: &str) -> Option<u64> {
    let spec = match flag {
        "--attach" => AttachmentSpec::parse(OsStr::new(text)).ok()?,
        "--inline" => InlineSpec::parse(text).ok()?.file,
        _ => return None,
    };
    Some(spec.from_file().ok()?.size())
}
