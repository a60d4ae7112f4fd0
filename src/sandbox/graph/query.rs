//! Query options: properties, filter and order.

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use serde_json::Value;

use super::property::set;
use crate::sandbox::reply::Refusal;

/// The number of messages in a page without `$top` (Graph: "List messages").
const PAGE: usize = 10;
/// The only expansion: that of PidTagMessageClass.
const CLASS: &str = "singleValueExtendedProperties($filter=id eq 'String 0x1a')";
/// The properties that the sandbox can order by.
const ORDERS: [&str; 4] = [
    "createdDateTime",
    "lastModifiedDateTime",
    "receivedDateTime",
    "sentDateTime",
];

/// The options of one request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// The requested properties; empty for the default ones.
    pub(super) select: Vec<String>,
    /// The Message-ID to search for.
    pub(super) message_id: Option<String>,
    /// The time since which messages were received.
    pub(super) since: Option<Timestamp>,
    /// Whether the message class is requested.
    pub(super) expands_class: bool,
    /// The property to order by, and whether the order is descending.
    pub(super) order: Option<(String, bool)>,
    pub(super) top: usize,
    pub(super) skip: usize,
}

impl Query {
    /// Reads the options; the route supports those in `known`.
    pub(super) fn read(request: &Request<Bytes>, known: &[&str]) -> Result<Self, Refusal> {
        let mut query = Self {
            select: Vec::new(),
            message_id: None,
            since: None,
            expands_class: false,
            order: None,
            top: PAGE,
            skip: 0,
        };
        let text = request.uri().query().unwrap_or_default();
        for (option, value) in url::form_urlencoded::parse(text.as_bytes()) {
            if !known.contains(&option.as_ref()) {
                return Err(bad(format!(
                    "The query option '{option}' is not supported."
                )));
            }
            query.set(&option, &value)?;
        }
        if query.message_id.is_some() && query.order.is_some() {
            return Err(Refusal::new(
                400,
                "InefficientFilter",
                "The restriction or sort order is too complex for this operation.",
            ));
        }
        Ok(query)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), Refusal> {
        match option {
            "$select" => self
                .select
                .extend(value.split(',').map(|it| it.trim().to_owned())),
            "$filter" => match value.strip_prefix("receivedDateTime ge ") {
                Some(time) => {
                    let time = time.parse();
                    self.since =
                        Some(time.map_err(|_| bad(format!("Invalid time in '{value}'.")))?);
                }
                None => self.message_id = Some(message_id(value)?),
            },
            "$expand" => {
                if value != CLASS {
                    return Err(bad(format!("The sandbox does not expand '{value}'.")));
                }
                self.expands_class = true;
            }
            "$orderby" => self.order = Some(order(value)?),
            "$top" => match value.parse() {
                Ok(top @ 1..=1000) => self.top = top,
                _ => {
                    return Err(bad(format!(
                        "Invalid value '{value}' for $top query option found. The limit of '1000' for Top query has been exceeded or the value is no number."
                    )));
                }
            },
            _ => {
                self.skip = value.parse().map_err(|_| {
                    bad(format!(
                        "Invalid value '{value}' for $skip query option found."
                    ))
                })?;
            }
        }
        Ok(())
    }
}

/// `internetMessageId eq '<…>'`; a quote in it is doubled (OData: URL conventions, section 5.1.1.6.1).
fn message_id(filter: &str) -> Result<String, Refusal> {
    let text = filter
        .trim()
        .strip_prefix("internetMessageId eq '")
        .and_then(|rest| rest.strip_suffix('\''))
        .map(|text| text.replace("''", "\u{0}"));
    match text {
        Some(text) if !text.contains('\'') => Ok(text.replace('\u{0}', "'")),
        _ => Err(Refusal::new(
            400,
            "ErrorInvalidUrlQueryFilter",
            format!(
                "Invalid filter clause: '{filter}'; the sandbox only supports internetMessageId eq '<…>'."
            ),
        )),
    }
}

fn order(value: &str) -> Result<(String, bool), Refusal> {
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    let (property, falls) = match words.as_slice() {
        [property] | [property, "asc"] => (*property, false),
        [property, "desc"] => (*property, true),
        _ => ("", false),
    };
    if ORDERS.contains(&property) {
        return Ok((property.to_owned(), falls));
    }
    Err(bad(format!(
        "The sandbox does not order messages by '{value}'."
    )))
}

/// Copies the requested properties into `found`; all if `select` is empty.
pub(super) fn selected(
    resource: &Value,
    select: &[String],
    kind: &str,
    found: &mut Value,
) -> Result<(), Refusal> {
    if let Some(unknown) = select.iter().find(|name| resource.get(name).is_none()) {
        return Err(bad(format!(
            "Parsing OData Select and Expand failed: Could not find a property named '{unknown}' on type '{kind}'."
        )));
    }
    for (name, value) in resource.as_object().into_iter().flatten() {
        if select.is_empty() || select.iter().any(|wanted| wanted == name) {
            set(found, name, value.clone());
        }
    }
    Ok(())
}

fn bad(message: String) -> Refusal {
    Refusal::new(400, "BadRequest", message)
}

#[cfg(test)]
mod tests {
    use super::{message_id, order};

    #[test]
    fn a_filter_names_one_message() {
        assert_eq!(
            message_id("internetMessageId eq '<o''neil@x>'").as_deref(),
            Ok("<o'neil@x>")
        );
        for wrong in [
            "",
            "internetMessageId eq <a@b>",
            "internetMessageId eq '<a'b@c>'",
            "internetmessageid eq '<a@b>'",
            "subject eq 'x'",
            "internetMessageId eq '<a@b>' and isDraft eq true",
        ] {
            let code = message_id(wrong).map_err(|refusal| refusal.code);
            assert_eq!(
                code,
                Err("ErrorInvalidUrlQueryFilter".to_owned()),
                "{wrong}"
            );
        }
    }

    #[test]
    fn an_order_is_a_property_and_a_direction() {
        let falling = ("createdDateTime".to_owned(), true);
        assert_eq!(order("createdDateTime desc"), Ok(falling));
        assert!(order("createdDateTime down").is_err());
        assert!(order("size").is_err());
    }
}
