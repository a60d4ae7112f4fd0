//! The first line of a journal, which says of what merge it is, and the place of its file.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::commands::Context;
use crate::commands::merge::mailing::Mailing;
use crate::commands::report::{Result, WithContext as _};
use crate::commands::send::read;
use crate::shell;

/// The version of the file.
const VERSION: u32 = 1;

/// The first line of a journal.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::commands::merge) struct Head {
    graphmail_merge: u32,
    account: String,
    mailbox: Option<String>,
    graph: String,
    /// The template of --key.
    key: Option<String>,
    /// Whether the messages are left in Drafts.
    draft: bool,
}

impl Head {
    pub(super) fn of(mailing: &Mailing<'_>) -> Result<Self> {
        let account = mailing.target.account()?;
        Ok(Self {
            graphmail_merge: VERSION,
            account: account.name.clone(),
            mailbox: mailing.target.sender.user().map(ToOwned::to_owned),
            graph: account.cloud.graph().to_owned(),
            key: mailing.args.data.key.clone(),
            draft: mailing.args.run.draft,
        })
    }

    /// Whether a later version of graphmail has written it.
    pub(super) const fn is_newer(&self) -> bool {
        self.graphmail_merge > VERSION
    }

    /// In what a journal with the other head differs; `None` if it is of the same merge.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        let shown = |flag: &str, text: &Option<String>| match text {
            Some(text) => format!("with {flag} {}", shell::word(text)),
            None => format!("without {flag}"),
        };
        let draft = if other.draft {
            "with --draft"
        } else {
            "without --draft"
        };
        let pairs = [
            (
                format!("by the account {:?}", other.account),
                self.account == other.account,
            ),
            (
                shown("--mailbox", &other.mailbox),
                self.mailbox == other.mailbox,
            ),
            (format!("for {}", other.graph), self.graph == other.graph),
            (shown("--key", &other.key), self.key == other.key),
            (draft.to_owned(), self.draft == other.draft),
        ];
        let mut pairs = pairs.into_iter();
        let differs = pairs.find(|(_, is_same)| !is_same);
        differs.map(|(how, _)| format!("it was begun {how}"))
    }
}

/// The path of the journal. The default one depends on the path of the data file. It does not depend on the letter:
/// after a correction, the same rows must not be sent again. `None` if the data are no regular file, which alone has
/// a name that the next run can give again.
pub(super) fn path(
    mailing: &Mailing<'_>,
    head: &Head,
    context: &Context<'_>,
) -> Result<Option<PathBuf>> {
    let run = &mailing.args.run;
    if let Some(path) = &run.journal {
        let absolute = std::path::absolute(path);
        return absolute
            .map(Some)
            .with_context(|| path.display().to_string());
    }
    let Some(data) = regular(&mailing.args.data.data) else {
        return Ok(None);
    };
    let hash = Sha256::new()
        .chain_update(serde_json::to_vec(&(
            &head.account,
            &head.mailbox,
            &head.graph,
        ))?)
        .chain_update(data.display().to_string())
        .finalize();
    let folder = context.settings.state_folder()?.join("merge");
    let hash: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Some(folder.join(format!("{hash}.jsonl"))))
}

/// The path of a regular file without links. `/dev/fd/N` is the file of another path, or of none.
fn regular(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok().filter(|_| !read::is_dash(path))?;
    let is_of_process = ["/dev", "/proc"].map(|folder| path.starts_with(folder));
    let is_of_process = is_of_process.contains(&true) && !path.starts_with("/dev/shm");
    (path.is_file() && !is_of_process).then_some(path)
}
