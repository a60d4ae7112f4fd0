//! The messages of a folder.

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use super::access::Shows;
use super::property::{set, text};
use super::query::Query;
use super::{Tenant, view, wants_immutable};
use crate::sandbox::reply::{self, Refusal};
use crate::sandbox::store::Folder;

/// The query options of the route.
const OPTIONS: [&str; 6] = ["$select", "$filter", "$orderby", "$top", "$skip", "$expand"];

/// The property that `$expand` adds.
const CLASS: &str = "singleValueExtendedProperties";

impl Tenant<'_> {
    /// `GET …/mailFolders/{folder}/messages`: one page, the newest first unless another order is requested.
    pub(super) fn list_messages(
        &mut self,
        mailbox: &str,
        folder: &str,
        shows: Shows,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Refusal> {
        let query = Query::read(request, &OPTIONS)?;
        let folder = Folder::from_name(folder)
            .ok_or_else(|| Refusal::new(400, "ErrorInvalidIdMalformed", "Id is malformed."))?;
        let immutable = wants_immutable(request);
        let items = self.store.folder(mailbox, folder, self.seams.now());
        let wanted = |id: &str| {
            query
                .message_id
                .as_deref()
                .is_none_or(|wanted| wanted == id)
        };
        let mut messages: Vec<Value> = items
            .into_iter()
            .filter(|item| wanted(item.text("internetMessageId")))
            .filter(|item| query.since.is_none_or(|since| item.created >= since))
            .map(|item| {
                let mut message = shows.part_of(view::message(item, immutable, self.origin));
                let class = item.message.get(CLASS).cloned().unwrap_or_default();
                set(&mut message, CLASS, class);
                message
            })
            .collect();
        if let Some((property, falls)) = &query.order {
            messages.sort_by(|one, other| {
                let order = text(one, property).cmp(text(other, property));
                if *falls { order.reverse() } else { order }
            });
        }
        let more = messages.len() > query.skip.saturating_add(query.top);
        let page = messages.iter().skip(query.skip).take(query.top);
        let page: Vec<Value> = page
            .map(|message| {
                let mut shown = view::select(message, &query.select)?;
                let class = message.get(CLASS).filter(|_| query.expands_class);
                if let Some(class) = class.filter(|class| !class.is_null()) {
                    set(&mut shown, CLASS, class.clone());
                }
                Ok(shown)
            })
            .collect::<Result<_, Refusal>>()?;
        let name = folder.name();
        let context = format!(
            "{}/v1.0/$metadata#users('{mailbox}')/mailFolders('{name}')/messages",
            self.origin
        );
        let mut body = json!({"@odata.context": context, "value": page});
        if more {
            let next = self.next(request, query.skip + query.top);
            set(&mut body, "@odata.nextLink", Value::String(next));
        }
        Ok(reply::graph(200, &body))
    }

    /// The URL of the page that begins at `skip`.
    fn next(&self, request: &Request<Bytes>, skip: usize) -> String {
        let text = request.uri().query().unwrap_or_default();
        let options =
            url::form_urlencoded::parse(text.as_bytes()).filter(|(name, _)| name != "$skip");
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(options)
            .append_pair("$skip", &skip.to_string())
            .finish();
        format!("{}{}?{query}", self.origin, request.uri().path())
    }
}
