//! Non-delivery reports in the inbox.
//!
//! Exchange stores a report as a message whose class is that of the original message with `REPORT.` before it and
//! `.NDR` after it (MS-OXOMSG section 2.2.2.1). `GET …/messages/{id}/$value` returns a message as MIME (Graph: "Get
//! MIME content of a message"); a report is then a `multipart/report` (MS-OXCMAIL, "Generating report messages").
//! Not confirmed with a tenant: that Graph combines `$expand` of an extended property with the filter on the time.

use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::call::Call;
use super::{DraftId, Error, Graph, Sender};

/// PidTagMessageClass (MS-OXPROPS), as an extended property (Graph: "singleValueLegacyExtendedProperty").
const MESSAGE_CLASS: &str = "String 0x1a";
/// The newest messages that are looked at once. Reports come soon after a message was sent.
const PAGE: usize = 50;
/// By how much this host's clock may be ahead of the service's.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// The reports in the inbox of a mailbox, each once.
#[derive(Debug)]
pub struct Reports {
    since: Timestamp,
    seen: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Page {
    value: Vec<Found>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    id: DraftId,
    #[serde(default)]
    single_value_extended_properties: Vec<Property>,
}

#[derive(Deserialize)]
struct Property {
    value: String,
}

impl Found {
    fn is_report(&self) -> bool {
        let mut classes = self.single_value_extended_properties.iter();
        classes.any(|class| {
            let class = class.value.to_ascii_uppercase();
            class.starts_with("REPORT.") && class.ends_with(".NDR")
        })
    }
}

impl Reports {
    /// Those that come after `since`, by this host's clock.
    #[must_use]
    pub fn since(since: Timestamp) -> Self {
        Self {
            since: since.checked_sub(MARGIN).unwrap_or(since),
            seen: BTreeSet::new(),
        }
    }

    /// The reports that have come since the last call, as MIME messages.
    ///
    /// # Errors
    /// That of the mailbox.
    pub fn next(&mut self, graph: &mut Graph<'_>, sender: &Sender) -> Result<Vec<Bytes>, Error> {
        let mut url = sender.url(graph.cloud, &["mailFolders", "inbox", "messages"]);
        url.set_query(Some(&format!(
            "$filter=receivedDateTime%20ge%20{}&$orderby=receivedDateTime%20desc&$top={PAGE}&$select=id\
             &$expand=singleValueExtendedProperties($filter=id%20eq%20'{}')",
            self.since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            MESSAGE_CLASS.replace(' ', "%20"),
        )));
        let done = graph.call(Call::get(url).immutable())?;
        let page: Page = done.read("a list of messages")?;
        let mut reports = Vec::new();
        for found in page.value {
            if self.seen.insert(found.id.to_string()) && found.is_report() {
                let segments = ["messages", found.id.as_str(), "$value"];
                let url = sender.url(graph.cloud, &segments);
                reports.push(graph.call(Call::get(url).immutable())?.response.body);
            }
        }
        Ok(reports)
    }
}
