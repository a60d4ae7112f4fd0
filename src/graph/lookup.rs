//! Searches the mailbox for a message when the answer to a request was lost.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::form_urlencoded;

use super::call::{Call, Done};
use super::{DraftId, Error, Graph, Sender, draft};

/// The waits before each look, half a minute in total. After Graph has accepted a message, it leaves
/// Drafts within seconds, and its copy appears in Sent Items within seconds.
pub(super) const LOOKS: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

/// What became of a draft if the answer to its sending was lost.
#[derive(Debug)]
pub(super) enum DraftState {
    /// It is no longer a draft: it was sent.
    Sent,
    /// It was still a draft at the last look.
    Unsent,
    /// It does not exist: it was sent, or somebody deleted it.
    Gone,
    /// The mailbox did not answer, with this error, or the time was too short.
    Unclear(Option<Error>),
}

/// Looks for the draft until it has left Drafts, a bounded number of times.
pub(super) fn watch(graph: &mut Graph<'_>, sender: &Sender, id: &DraftId) -> DraftState {
    let mut state = DraftState::Unclear(None);
    for pause in LOOKS {
        let waited = graph.link.wait(pause, "the draft has not left yet");
        // After an interruption, graphmail asks once more.
        if !waited && !graph.link.stops() {
            return DraftState::Unclear(None);
        }
        state = match draft::is_draft(graph, sender, id) {
            Ok(false) => return DraftState::Sent,
            Ok(true) => DraftState::Unsent,
            Err(error) if error.is_gone() => return DraftState::Gone,
            Err(error) if error.is_held() && !graph.link.stops() => {
                return DraftState::Unclear(Some(error));
            }
            Err(error) => DraftState::Unclear(Some(error)),
        };
        if !waited {
            return DraftState::Unclear(None);
        }
    }
    state
}

/// The folder that is searched (Graph: "mailFolder resource type", well-known names).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folder {
    Drafts,
    SentItems,
}

impl Folder {
    /// How often to look for a message that may still arrive. If a message comes to Drafts later, the
    /// only harm is one superfluous draft.
    const fn looks(self) -> usize {
        match self {
            Self::Drafts => 3,
            Self::SentItems => LOOKS.len(),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Drafts => "drafts",
            Self::SentItems => "sentitems",
        }
    }
}

/// The copy of a sent message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCopy {
    /// Its id.
    pub id: DraftId,
    /// The page on which Outlook opens it.
    pub web_link: Option<String>,
}

/// A message with the Message-ID that was searched for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    id: DraftId,
    web_link: Option<String>,
    created_date_time: Timestamp,
    #[serde(default, deserialize_with = "draft::addresses")]
    to_recipients: Vec<String>,
    #[serde(default, deserialize_with = "draft::addresses")]
    cc_recipients: Vec<String>,
    #[serde(default, deserialize_with = "draft::addresses")]
    bcc_recipients: Vec<String>,
}

/// The properties of a [`Found`], for `$select`.
const FOUND: &str = "id,createdDateTime,toRecipients,ccRecipients,bccRecipients,webLink";

impl Found {
    /// Whether the message has exactly these recipients. If Exchange shows the primary address of a
    /// mailbox instead of the address that was used, the message does not count as found.
    fn is_for(&self, recipients: &[String]) -> bool {
        let own = [
            &self.to_recipients,
            &self.cc_recipients,
            &self.bcc_recipients,
        ];
        let own: BTreeSet<_> = own
            .into_iter()
            .flatten()
            .map(|to| to.to_lowercase())
            .collect();
        own == recipients.iter().map(|to| to.to_lowercase()).collect()
    }
}

/// Identifies a message of this run. The Message-ID alone is not enough: a mailing list program sends
/// one message again and again, to one subscriber after the other.
#[derive(Debug, Clone, Copy)]
pub struct SentSearch<'a> {
    /// The Message-ID, with its angle brackets.
    pub message_id: &'a str,
    /// The addresses in To, Cc and Bcc.
    pub recipients: &'a [String],
    /// When this run began to send the message, by this host's clock.
    pub begun: Timestamp,
}

impl SentSearch<'_> {
    /// Looks until `folder` has a message of this run, a bounded number of times.
    ///
    /// # Errors
    /// That of the mailbox; `None` if the time is too short.
    pub(super) fn await_in(
        self,
        folder: Folder,
        graph: &mut Graph<'_>,
        sender: &Sender,
    ) -> Result<Vec<DraftId>, Option<Error>> {
        for pause in LOOKS.into_iter().take(folder.looks()) {
            if !graph.link.wait(pause, "the message is not visible yet") {
                return Err(None);
            }
            let found = self.find_in(folder, graph, sender).map_err(Some)?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// The messages of this run in `folder`.
    ///
    /// # Errors
    /// That of the mailbox.
    pub(super) fn find_in(
        self,
        folder: Folder,
        graph: &mut Graph<'_>,
        sender: &Sender,
    ) -> Result<Vec<DraftId>, Error> {
        let found = self.found_in(folder, graph, sender)?.into_iter();
        Ok(found.map(|found| found.id).collect())
    }

    /// The copy in Sent Items, if it is there.
    ///
    /// # Errors
    /// That of the mailbox.
    pub fn find_copy(
        self,
        graph: &mut Graph<'_>,
        sender: &Sender,
    ) -> Result<Option<SentCopy>, Error> {
        let found = self.found_in(Folder::SentItems, graph, sender)?.pop();
        Ok(found.map(|Found { id, web_link, .. }| SentCopy { id, web_link }))
    }

    fn found_in(
        self,
        folder: Folder,
        graph: &mut Graph<'_>,
        sender: &Sender,
    ) -> Result<Vec<Found>, Error> {
        #[derive(Deserialize)]
        struct Page {
            value: Vec<serde_json::Value>,
        }
        let mut url = sender.url(graph.cloud, &["mailFolders", folder.name(), "messages"]);
        let filter = format!(
            "internetMessageId eq '{}'",
            self.message_id.replace('\'', "''")
        );
        let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        // A form encodes a space as '+', a URL as '%20'.
        let filter = filter.replace('+', "%20");
        url.set_query(Some(&format!("$filter={filter}&$select={FOUND}")));
        let done = graph.call(Call::get(url).immutable())?;
        let page: Page = done.read("a list of messages")?;
        let begun = self.begun_by_service_clock(graph, &done);
        let listed = page.value.len();
        let found = page.value.into_iter().map(serde_json::from_value);
        let found: Vec<Found> = found.filter_map(Result::ok).collect();
        let is_whole = found.len() == listed;
        let ours = found
            .into_iter()
            .filter(|found| found.created_date_time >= begun && found.is_for(self.recipients));
        let ours: Vec<_> = ours.collect();
        // A message that cannot be read may be the one.
        match ours.is_empty() && !is_whole {
            true => Err(done.missing("the time and the recipients of a message that was found")),
            false => Ok(ours),
        }
    }

    /// When the run began by the service's clock, minus a margin: both the Date field and a message's
    /// creation time are cut to the second.
    fn begun_by_service_clock(self, graph: &Graph<'_>, done: &Done) -> Timestamp {
        let now = graph.link.seams.now();
        let there = done
            .response
            .header("date")
            .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
            .map_or(now, |date| date.timestamp());
        let since = now.duration_since(self.begun) + SignedDuration::from_secs(2);
        there.checked_sub(since).unwrap_or(Timestamp::MIN)
    }
}
