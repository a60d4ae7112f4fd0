//! Drafts: create, read, change, send, delete.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, LOCATION};
use http::{Request, Response};
use serde_json::{Value, json};

use super::access::Shows;
use super::property::set;
use super::query::Query;
use super::{Tenant, content_type, eml, item_not_found, json as body, mime, view, wants_immutable};
use crate::sandbox::attachment::Attachment;
use crate::sandbox::eml::Eml;
use crate::sandbox::reply::{self, Refusal};
use crate::sandbox::store::{Folder, Item};
use crate::sandbox::submission::{Submission, Transport};

impl Tenant<'_> {
    /// `POST …/messages`.
    pub(super) fn create_draft(
        &mut self,
        mailbox: String,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Refusal> {
        let (raw, mut message) = match content_type(request, &["application/json", "text/plain"])? {
            "text/plain" => {
                let (raw, message) = mime::draft(request.body(), self)?;
                (Some(raw), message)
            }
            _ => (None, body::draft(request.body(), &mailbox, self)?),
        };
        let attachments = Attachment::all(&message);
        if let Some(message) = message.as_object_mut() {
            message.remove("attachments");
        }
        let own = attachments.len();
        let mut item = Item::new(mailbox, Folder::Drafts, message, attachments, self.seams);
        item.mime = raw.map(|raw| (raw.into(), own));
        self.fits(item.size())?;
        let immutable = wants_immutable(request);
        let mut response = reply::graph(201, &view::entity(&item, immutable, self.origin));
        let location = view::location(&item, immutable, self.origin);
        reply::set(&mut response, LOCATION, &location);
        self.store.add(item);
        Ok(response)
    }

    /// `GET …/messages/{id}`.
    pub(super) fn read_message(
        &mut self,
        mailbox: &str,
        id: &str,
        shows: Shows,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Refusal> {
        let select = Query::read(request, &["$select"])?.select;
        let now = self.seams.now();
        let item = self.store.item(mailbox, id, now);
        let item = item.ok_or_else(item_not_found)?;
        let entity = view::entity(item, wants_immutable(request), self.origin);
        let entity = shows.part_of(entity);
        Ok(reply::graph(200, &view::select(&entity, &select)?))
    }

    /// `GET …/messages/{id}/$value`. The sandbox has the MIME of non-delivery reports only.
    pub(super) fn read_mime(
        &mut self,
        mailbox: &str,
        id: &str,
    ) -> Result<Response<Bytes>, Refusal> {
        let now = self.seams.now();
        let item = self
            .store
            .item(mailbox, id, now)
            .ok_or_else(item_not_found)?;
        let report = item.report.clone().ok_or_else(item_not_found)?;
        Ok(reply::with_body(200, "text/plain", report))
    }

    /// `PATCH …/messages/{id}`.
    pub(super) fn change_draft(
        &mut self,
        mailbox: &str,
        id: &str,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Refusal> {
        content_type(request, &["application/json"])?;
        let (now, origin) = (self.seams.now(), self.origin);
        let item = self.draft(mailbox, id)?;
        let mut message = item.message.clone();
        body::change(request.body(), &mut message)?;
        item.message = message;
        item.modified = now;
        // The original bytes are out of date after a change.
        item.mime = None;
        let entity = view::entity(item, wants_immutable(request), origin);
        Ok(reply::graph(200, &entity))
    }

    /// `DELETE …/messages/{id}`: moves the message to Deleted Items; deletes it if it is already there.
    pub(super) fn delete_message(
        &mut self,
        mailbox: &str,
        id: &str,
    ) -> Result<Response<Bytes>, Refusal> {
        let (now, seams) = (self.seams.now(), self.seams);
        let item = self.store.item(mailbox, id, now);
        let item = item.ok_or_else(item_not_found)?;
        let gone = item.immutable_id.clone();
        if item.folder == Folder::DeletedItems {
            self.store.remove(&gone);
        } else {
            item.move_to(Folder::DeletedItems, Duration::ZERO, seams);
        }
        self.store.end_sessions(&gone);
        Ok(reply::empty(204))
    }

    /// `POST …/messages/{id}/send`.
    pub(super) fn send_draft(
        &mut self,
        mailbox: &str,
        id: &str,
        request: &Request<Bytes>,
    ) -> Result<Submission, Refusal> {
        if request
            .headers()
            .get(CONTENT_LENGTH)
            .is_none_or(|length| length != "0")
        {
            let refusal = Refusal::new(
                411,
                "LengthRequired",
                "A Content-Length header of 0 is required.",
            );
            return Err(refusal.complained("sending a draft takes Content-Length: 0 and no body"));
        }
        let (now, seams) = (self.seams.now(), self.seams);
        let item = self.draft(mailbox, id)?;
        let mut message = item.message.clone();
        let attachments = item.attachments.clone();
        let (raw, draft) = (item.mime.clone(), item.immutable_id.clone());
        let eml = match &raw {
            Some((raw, own)) => {
                mime::check_sendable(&message, self)?;
                let raw = mime::without_bcc(raw);
                if attachments.len() > *own {
                    eml::extend(&raw, &attachments, *own, seams)
                } else {
                    Eml::whole(raw)
                }
            }
            None => {
                body::check_sendable(&message, self)?;
                set(&mut message, "sentDateTime", json!(now.to_string()));
                eml::render(&message, &attachments, now, seams)
            }
        };
        self.fits(eml.size())?;
        let list: Vec<Value> = attachments.iter().map(Attachment::resource).collect();
        set(&mut message, "attachments", Value::Array(list));
        Ok(Submission {
            transport: Transport::Draft,
            mailbox: mailbox.to_owned(),
            saved: true,
            resource: message,
            attachments,
            eml,
            draft: Some(draft),
        })
    }

    /// The mailbox's draft with this id, immutable or not.
    pub(super) fn draft(&mut self, mailbox: &str, id: &str) -> Result<&mut Item, Refusal> {
        self.store
            .item(mailbox, id, self.seams.now())
            .filter(|item| item.folder == Folder::Drafts)
            .ok_or_else(item_not_found)
    }
}
