//! Sends a message as a draft, step by step.
//!
//! Nothing is sent before the last step. If an earlier step fails, the draft is deleted. If the
//! outcome of a request is unknown and repeating it could create something twice, graphmail starts
//! over with another draft. The last step is made once. If its answer is lost, graphmail asks the
//! mailbox: a draft that has left Drafts was sent. A draft that is still there after the last look is
//! deleted, so that it cannot be sent later.

use jiff::Timestamp;

use super::error::{Remains, Staged, Step};
use super::lookup::{Folder, SentSearch};
use super::settle::{self, Verdict};
use super::upload::{Session, SessionError};
use super::{Draft, DraftId, Error, Graph, Journal, Progress, Receipt, Sender, draft};
use crate::http::Fate;
use crate::http::retry::Backoff;
use crate::submission::{self, Upload, UploadRoute};

/// The parts of a draft.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// The message without the attachments that are uploaded separately.
    pub draft: &'a submission::Draft,
    /// Those attachments, in order.
    pub uploads: &'a [Upload],
    /// The Message-ID that the draft will have, if it is known. By it, graphmail finds the draft if
    /// the answer to its creation is lost.
    pub message_id: Option<&'a str>,
    /// The addresses in To, Cc and Bcc. Other messages can have the same Message-ID.
    pub recipients: &'a [String],
}

/// How many drafts graphmail creates one after the other before it gives up.
const MAX_DRAFTS: u32 = 3;

/// How many upload sessions graphmail opens for one attachment of one draft.
const MAX_SESSIONS: u32 = 3;

/// A message that is being sent as a draft.
pub(super) struct Staging<'run, 'graph> {
    graph: &'run mut Graph<'graph>,
    sender: &'run Sender,
    parts: Parts<'run>,
    progress: &'run mut dyn Progress,
    journal: &'run mut dyn Journal,
    begun: Timestamp,
    /// The present step.
    step: Step,
}

impl<'run, 'graph> Staging<'run, 'graph> {
    /// Makes no request yet.
    pub(super) fn begin(
        graph: &'run mut Graph<'graph>,
        sender: &'run Sender,
        parts: Parts<'run>,
        progress: &'run mut dyn Progress,
        journal: &'run mut dyn Journal,
    ) -> Self {
        Self {
            begun: graph.link.seams.now(),
            graph,
            sender,
            parts,
            progress,
            journal,
            step: Step::Create,
        }
    }

    /// Creates the draft and sends it.
    pub(super) fn send(mut self) -> Result<Receipt, Error> {
        let draft = self.stage()?;
        let sent = self
            .attempt(Step::Send)
            .and_then(|()| self.journal.sending().map_err(Error::Journal))
            .and_then(|()| {
                self.progress.sending();
                draft::dispatch(self.graph, self.sender, &draft.id)
            });
        match sent {
            Err(error) if error.is_doubtful() => self.settle(&draft.id, error),
            Err(error) if error.is_missing() => self.settle_missing(&draft.id, error),
            Err(error) => {
                let remains = self.discard(&draft.id);
                Err(self.failure(error, remains))
            }
            sent => sent,
        }
    }

    /// Creates the draft with all its attachments. On an error, no draft is left behind.
    pub(super) fn stage(&mut self) -> Result<Draft, Error> {
        let mut doubted = false;
        let mut round = 1;
        loop {
            let mut made = None;
            let cause = match self.build(&mut made) {
                Ok(draft) if !doubted => return Ok(draft),
                Ok(draft) => {
                    self.sweep(&draft.id);
                    return Ok(draft);
                }
                Err(cause) => cause,
            };
            let doubt = cause.is_doubtful();
            let remains = match &made {
                Some(id) => self.discard(id),
                None if doubt => self.discard_unnamed(),
                None => Remains::Nothing,
            };
            doubted |= made.is_none() && doubt;
            let again =
                doubt && remains == Remains::Nothing && round < MAX_DRAFTS && !self.interrupted();
            let pause = Backoff::REQUEST.wait(round, self.graph.link.seams);
            if !again || !self.graph.link.wait(pause, &cause.to_string()) {
                return Err(self.failure(cause, remains));
            }
            round += 1;
        }
    }

    /// Creates one draft. `made` is set to its id as soon as the id is known.
    fn build(&mut self, made: &mut Option<DraftId>) -> Result<Draft, Error> {
        self.attempt(Step::Create)?;
        let draft = draft::create(self.graph, self.sender, self.parts.draft)?;
        *made = Some(draft.id.clone());
        self.journal.created(&draft.id).map_err(Error::Journal)?;
        self.progress.created(&draft.id);
        let uploads = self.parts.uploads;
        self.progress
            .start(uploads.iter().map(|upload| upload.size).sum());
        for upload in uploads {
            match upload.route {
                UploadRoute::Post => self.attach(&draft.id, upload),
                UploadRoute::Session => self.upload(&draft.id, upload),
            }?;
            self.progress.end();
        }
        // A file that changes while it is uploaded would be sent as a mixture of both versions.
        for upload in uploads {
            self.step = Step::Upload(upload.name.clone());
            upload.check().map_err(Error::Contents)?;
        }
        Ok(draft)
    }

    fn attach(&mut self, id: &DraftId, upload: &Upload) -> Result<(), Error> {
        self.attempt(Step::Attach(upload.name.clone()))?;
        self.progress.begin(&upload.name, upload.size);
        draft::attach(self.graph, self.sender, id, upload)?;
        self.progress.advance(upload.size);
        Ok(())
    }

    fn upload(&mut self, id: &DraftId, upload: &Upload) -> Result<(), Error> {
        let mut sessions = 1;
        loop {
            self.attempt(Step::Session(upload.name.clone()))?;
            self.progress.begin(&upload.name, upload.size);
            let session = Session::open(self.graph, self.sender, id, upload)?;
            self.step = Step::Upload(upload.name.clone());
            match session.fill(self.graph, self.progress) {
                Ok(()) => return Ok(()),
                Err(SessionError::Lost(_)) if sessions < MAX_SESSIONS => sessions += 1,
                Err(SessionError::Lost(error)) => return Err(Error::SessionLost(Box::new(error))),
                Err(SessionError::Failed(error) | SessionError::Doubtful(error)) => {
                    return Err(error);
                }
            }
        }
    }

    /// Begins `step`, unless the run was interrupted.
    fn attempt(&mut self, step: Step) -> Result<(), Error> {
        self.step = step;
        if self.interrupted() {
            return Err(Error::Interrupted);
        }
        Ok(())
    }

    fn interrupted(&self) -> bool {
        self.progress.interrupted() || self.graph.link.seams.interrupted()
    }

    /// If the run was interrupted, the requests that follow are its cleanup.
    fn begin_cleanup(&self) {
        if self.interrupted() {
            self.graph.link.waits.begin_cleanup();
        }
    }

    /// The error of the present step. If the run could have continued without an interruption, the cause
    /// is the interruption.
    fn failure(&self, cause: Error, remains: Remains) -> Error {
        let mut staged = Staged {
            step: self.step.clone(),
            cause,
            remains,
        };
        if self.interrupted() && matches!(staged.fate(), Fate::Later(_)) {
            staged.cause = Error::Interrupted;
        }
        staged.into()
    }

    fn discard(&mut self, id: &DraftId) -> Remains {
        self.begin_cleanup();
        match draft::delete(self.graph, self.sender, id) {
            Ok(_) => Remains::Nothing,
            Err(_) => Remains::Draft(id.clone()),
        }
    }

    /// Deletes the draft whose creation was not answered, if there is one.
    fn discard_unnamed(&mut self) -> Remains {
        self.begin_cleanup();
        let Some(search) = self.search() else {
            return Remains::Perhaps;
        };
        match search.await_in(Folder::Drafts, self.graph, self.sender) {
            Some(found) => found
                .iter()
                .map(|id| self.discard(id))
                .find(|remains| *remains != Remains::Nothing)
                .unwrap_or(Remains::Nothing),
            None => Remains::Perhaps,
        }
    }

    /// Deletes the drafts of earlier attempts, and keeps `kept`.
    fn sweep(&mut self, kept: &DraftId) {
        let found = self
            .search()
            .and_then(|search| search.find_in(Folder::Drafts, self.graph, self.sender));
        for id in found.into_iter().flatten() {
            if id != *kept {
                self.discard(&id);
            }
        }
    }

    /// Finds out whether a message was sent when the answer was lost.
    fn settle(&mut self, id: &DraftId, cause: Error) -> Result<Receipt, Error> {
        self.graph.link.waits.reset();
        self.begin_cleanup();
        match settle::settle_draft(self.graph, self.sender, id, self.search()) {
            Verdict::Sent => Ok(Receipt::settled(&cause)),
            Verdict::Unsent => {
                let cause = cause.settled(Fate::Later(None));
                Err(self.failure(cause, Remains::Nothing))
            }
            Verdict::Unseen | Verdict::Denied | Verdict::Unclear => self.unknown(id, cause),
        }
    }

    /// Finds out whether a message was sent when Graph answers that the draft does not exist: another
    /// program deleted it, or an earlier attempt sent it although it seemed to be refused.
    fn settle_missing(&mut self, id: &DraftId, cause: Error) -> Result<Receipt, Error> {
        self.graph.link.waits.reset();
        self.begin_cleanup();
        let sent = self
            .search()
            .and_then(|search| search.await_in(Folder::SentItems, self.graph, self.sender));
        match sent {
            Some(found) if !found.is_empty() => Ok(Receipt::settled(&cause)),
            Some(_) => {
                let remains = self.discard(id);
                Err(self.failure(cause, remains))
            }
            None => self.unknown(id, cause),
        }
    }

    /// The error if the outcome stays unknown. Everything in the mailbox is left unchanged.
    fn unknown(&self, id: &DraftId, cause: Error) -> Result<Receipt, Error> {
        let cause = cause.settled(Fate::Unknown);
        Err(self.failure(cause, Remains::Draft(id.clone())))
    }

    fn search(&self) -> Option<SentSearch<'run>> {
        Some(SentSearch {
            message_id: self.parts.message_id?,
            recipients: self.parts.recipients,
            begun: self.begun,
        })
    }
}
