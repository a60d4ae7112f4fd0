//! Which elements and attributes of a message are shown.

use super::resources::starts_with;
use super::tokens::Element;

/// Elements that are left out with their contents.
pub(super) const WITH_CONTENTS: [&str; 5] = ["iframe", "noembed", "noframes", "script", "template"];
/// Elements that are left out. Their contents stay.
const LEFT_OUT: [&str; 18] = [
    "applet",
    "audio",
    "base",
    "embed",
    "fencedframe",
    "form",
    "frame",
    "frameset",
    "link",
    "math",
    "meta",
    "noscript",
    "object",
    "portal",
    "source",
    "svg",
    "track",
    "video",
];
/// Elements that a browser without scripts does not show either.
pub(super) const WITHOUT_NOTE: [&str; 4] = ["meta", "noembed", "noframes", "noscript"];
/// Attributes with the URL of a resource.
pub(super) const LOADING: [&str; 11] = [
    "background",
    "data",
    "dynsrc",
    "href",
    "imagesrcset",
    "lowsrc",
    "manifest",
    "poster",
    "src",
    "srcset",
    "xlink:href",
];
/// Attributes that contact another host, or that act on the page around the message.
pub(super) const ACTING: [&str; 8] = [
    "action",
    "attributionsrc",
    "autofocus",
    "formaction",
    "ping",
    "rel",
    "srcdoc",
    "target",
];
/// The schemes of links that a person may follow.
const SCHEMES: [&str; 4] = ["http:", "https:", "mailto:", "tel:"];
/// Metadata that only changes the look of the message.
const METADATA: [&str; 3] = ["color-scheme", "supported-color-schemes", "viewport"];

/// The name under which an element is shown; `None` if it is left out.
pub(super) fn shown(element: &Element) -> Option<&str> {
    let value = |name| {
        let mut attributes = element.attributes.iter();
        attributes
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    match &*element.name {
        // Within HTML, a browser reads it so.
        "image" => Some("img"),
        "xmp" | "plaintext" | "listing" => Some("pre"),
        "meta" => {
            let name = value("name").unwrap_or_default().to_ascii_lowercase();
            let is_look = METADATA.contains(&&*name) && value("http-equiv").is_none();
            is_look.then_some("meta")
        }
        name => {
            let is_left_out = WITH_CONTENTS.contains(&name) || LEFT_OUT.contains(&name);
            (!is_left_out && is_name(name)).then_some(name)
        }
    }
}

/// Whether a browser reads this name as it is written. Names may have almost any character.
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte))
}

/// The attributes of a link that a person may follow: in a new tab, unless it is to a place in the message.
pub(super) fn link(url: &str) -> Vec<(&'static str, String)> {
    let url = url.trim();
    if url.starts_with('#') {
        return vec![("href", url.to_owned())];
    }
    if !SCHEMES.iter().any(|scheme| starts_with(url, scheme)) {
        return Vec::new();
    }
    vec![
        ("href", url.to_owned()),
        ("target", "_blank".to_owned()),
        ("rel", "noopener noreferrer".to_owned()),
    ]
}
