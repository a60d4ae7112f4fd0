//! Builds the state that Entra, Graph and Outlook use, and stores accepted messages.

use bytes::Bytes;
use http::{Request, Response};

use super::{Service, State};
use crate::sandbox::bounce;
use crate::sandbox::capture::Accepted;
use crate::sandbox::entra::Authority;
use crate::sandbox::graph::{Outcome, Tenant};
use crate::sandbox::platform::Platform;
use crate::sandbox::reply::{self, Refusal};
use crate::sandbox::route::Route;
use crate::sandbox::store::{Folder, Item};
use crate::sandbox::submission::Submission;
use crate::sandbox::upload::Outlook;

impl Service {
    pub(super) fn authority<T>(&self, ask: impl FnOnce(&mut Authority<'_>) -> T) -> T {
        let state = &mut *self.state();
        ask(&mut Authority {
            options: &self.options,
            directory: &self.directory,
            seams: &*self.seams,
            origin: &self.origin,
            grants: &mut state.grants,
            complaints: &mut state.complaints,
        })
    }

    pub(super) fn platform<T>(&self, ask: impl FnOnce(&mut Platform<'_>) -> T) -> T {
        let state = &mut *self.state();
        ask(&mut Platform {
            options: &self.options,
            seams: &*self.seams,
            origin: &self.origin,
            identity_header: self.identity_header(),
            keys: &mut state.keys,
            grants: &mut state.grants,
            complaints: &mut state.complaints,
        })
    }

    pub(super) fn outlook(
        &self,
        route: &Route,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Refusal> {
        let mut outlook = Outlook {
            seams: &*self.seams,
            store: &mut self.state().store,
            origin: &self.upload_origin,
        };
        outlook.serve(route, request)
    }

    pub(super) fn graph(
        &self,
        route: &Route,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Refusal> {
        let state = &mut *self.state();
        let mut tenant = Tenant {
            options: &self.options,
            directory: &self.directory,
            seams: &*self.seams,
            grants: &state.grants,
            store: &mut state.store,
            origin: &self.origin,
            upload_origin: &self.upload_origin,
        };
        match tenant.serve(route, request)? {
            Outcome::Answer(response) => Ok(response),
            Outcome::Goes(submission) => {
                self.accept(submission, state)?;
                Ok(reply::empty(202))
            }
        }
    }

    /// Stores the message, on disk first, and saves its copy in Sent Items.
    fn accept(&self, submission: Submission, state: &mut State) -> Result<(), Refusal> {
        let draft = submission.draft.clone();
        let mut accepted = Accepted::new(state.last + 1, self.seams.now(), submission);
        accepted.bounced = bounce::failed(&accepted, &self.options.bounce);
        if let Some(folder) = &self.folder
            && let Err(error) = folder.write(&mut accepted)
        {
            let reason = format!("message {} cannot be written: {error}", accepted.number);
            state.complaints.push(reason.clone());
            return Err(Refusal::new(500, "ErrorInternalServerError", reason));
        }
        let delay = self.options.sent_items_delay;
        if let Some(draft) = draft {
            state.store.end_sessions(&draft);
            if let Some(item) = state.store.draft(&draft) {
                item.move_to(Folder::SentItems, delay, &*self.seams);
            }
        } else if accepted.saved {
            let mut item = Item::copy(&accepted, &*self.seams);
            item.move_to(Folder::SentItems, delay, &*self.seams);
            state.store.add(item);
        }
        if let Some(report) = bounce::report(&accepted, &*self.seams) {
            state.store.add(report);
        }
        state.last = accepted.number;
        state.accepted.push(accepted);
        Ok(())
    }
}
