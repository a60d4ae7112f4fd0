//! The `Content-` fields of a part.

use crate::charset;
use crate::message::header_section::{Field, HeaderSection};
use crate::message::limits::Excess;
use crate::message::parameters::Parameters;

/// The `Content-` fields of a part (RFC 2045, 2183).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// The media type, lower case: `text`, and so on.
    pub kind: String,
    /// The media subtype, lower case. Empty if there is none: then the type is text (RFC 2045 section 5.2).
    pub subtype: String,
    /// The parameters of Content-Type, except the name and the boundary.
    pub parameters: Vec<(String, String)>,
    /// The file name: Content-Disposition's, else Content-Type's, decoded.
    pub name: Option<String>,
    /// The charset of the name, if it is unknown. The name is as written then.
    pub unknown_charset: Option<String>,
    /// Content-Disposition, lower case.
    pub disposition: Option<String>,
    /// Content-ID without angle brackets.
    pub content_id: Option<String>,
    /// Content-Transfer-Encoding, lower case.
    pub encoding: String,
    pub(super) boundary: Option<Vec<u8>>,
}

impl Fields {
    /// Whether this is the type `kind/subtype`.
    #[must_use]
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind == kind && self.subtype == subtype
    }

    /// Whether a part is signed or encrypted (RFC 1847; RFC 8551 section 3). It may have a general type and a
    /// name that ends in `.p7m` (RFC 8551 section 3.2.1).
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.is("multipart", "signed")
            || self.is("multipart", "encrypted")
            || self.is("application", "pkcs7-mime")
            || self.is("application", "x-pkcs7-mime")
            || self.is_named_sealed()
    }

    /// Whether only its name shows that it is S/MIME.
    #[must_use]
    pub fn is_named_sealed(&self) -> bool {
        let named = |name: &String| name.to_ascii_lowercase().ends_with(".p7m");
        self.is("application", "octet-stream") && self.name.as_ref().is_some_and(named)
    }

    /// Reads the `Content-` fields of a part. `default` is the type if Content-Type is missing. Of fields
    /// with the same name, the first counts. Bytes that are not ASCII are in the charset that Content-Type
    /// declares, or in `charset`.
    pub(super) fn read(
        fields: &[u8],
        default: (&str, &str),
        charset: &str,
    ) -> Result<Self, Excess> {
        let (section, _) = HeaderSection::parse(fields)?;
        let declared = declared_charset(&section);
        let charset = declared.as_deref().unwrap_or(charset);
        let value = |name: &str| {
            let field = section.named(name).next();
            field.map(|field| {
                charset::undeclared(field.value(), charset)
                    .trim()
                    .to_owned()
            })
        };
        let parameters = |name: &str| value(name).map(|value| Parameters::parse(&value));
        let (kind, subtype) = default;
        let mut read = Self {
            kind: kind.to_owned(),
            subtype: subtype.to_owned(),
            encoding: "7bit".to_owned(),
            ..Self::default()
        };
        let disposition = parameters("Content-Disposition").unwrap_or_default();
        let content_type = parameters("Content-Type").unwrap_or_default();
        let is_unread = disposition.unknown_charset("filename").is_some();
        let (named, parameter) = match content_type.unknown_charset("name") {
            None if is_unread && content_type.get("name").is_some() => (&content_type, "name"),
            _ if disposition.get("filename").is_none() => (&content_type, "name"),
            _ => (&disposition, "filename"),
        };
        read.name = named.get(parameter).map(str::to_owned);
        read.unknown_charset = named.unknown_charset(parameter).map(str::to_owned);
        read.disposition = Some(disposition.value).filter(|value| !value.is_empty());
        read.content_id = value("Content-ID").map(|id| {
            let id = id.split_once('<').map_or(&*id, |(_, id)| id);
            let id = id.split_once('>').map_or(id, |(id, _)| id);
            id.trim().to_owned()
        });
        if let Some((kind, subtype)) = media_type(&content_type.value) {
            (read.kind, read.subtype) = (kind.to_owned(), subtype.to_owned());
            let boundary = content_type.get("boundary");
            let boundary = boundary.filter(|boundary| !boundary.is_empty());
            read.boundary = boundary.map(|boundary| boundary.as_bytes().to_vec());
            read.parameters = content_type.all;
            (read.parameters).retain(|(name, _)| !matches!(&**name, "name" | "boundary"));
        } else if !content_type.value.is_empty() {
            // RFC 2045 section 5.2: a type that is not valid.
            (read.kind, read.subtype) = ("text".to_owned(), String::new());
        }
        if let Some(encoding) = value("Content-Transfer-Encoding") {
            // A comment may follow.
            let end = |c: char| c.is_whitespace() || matches!(c, ';' | '(');
            let word = encoding.split(end).next().unwrap_or_default();
            read.encoding = word.to_ascii_lowercase();
        }
        Ok(read)
    }

    /// The charset that Content-Type declares.
    #[must_use]
    pub fn charset(&self) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let charset = parameters.find(|(name, _)| name == "charset");
        charset.map(|(_, charset)| charset.trim())
    }

    pub(super) fn boundary(&self) -> Option<&[u8]> {
        self.boundary
            .as_deref()
            .filter(|_| self.kind == "multipart")
    }
}

/// The type and the subtype in the value of Content-Type, in lower case and without parameters. `None` if it is not
/// valid (RFC 2045 section 5.1): it has no slash, or an unknown type in several words, as in `plain/ text`.
fn media_type(value: &str) -> Option<(&str, &str)> {
    const KINDS: [&str; 8] = [
        "text",
        "image",
        "audio",
        "video",
        "application",
        "multipart",
        "message",
        "model",
    ];
    let (kind, subtype) = value.split_once('/')?;
    let is_word = !value.contains(char::is_whitespace);
    let (kind, subtype) = (kind.trim(), subtype.trim());
    (is_word || KINDS.contains(&kind)).then_some((kind, subtype))
}

/// The charset that the Content-Type of a header section declares; `None` if there is none or an empty one.
pub(in crate::message) fn declared_charset(section: &HeaderSection<'_>) -> Option<String> {
    let field = section.named("Content-Type").next()?;
    let parameters = Parameters::parse(&charset::undeclared(field.value(), ""));
    let charset = parameters.get("charset")?.trim().to_owned();
    Some(charset).filter(|charset| !charset.is_empty())
}

/// Writes `text/plain` for a type that is not valid (RFC 2045 section 5.2).
pub fn settle_type(section: &mut HeaderSection<'_>) {
    let field = section.named("Content-Type").next();
    let kind = field.map(Field::text).unwrap_or_default();
    let value = Parameters::parse(kind.trim()).value;
    if value.is_empty() || media_type(&value).is_some() {
        return;
    }
    let charset = declared_charset(section);
    let charset = charset.map(|charset| format!("; charset=\"{}\"", charset.replace('"', "")));
    let kind = format!("text/plain{}", charset.unwrap_or_default());
    section.set("Content-Type", &kind);
}
