//! Serves the pages with the captured messages.

use bytes::Bytes;
use http::header::{HOST, LOCATION, ORIGIN};
use http::{Method, Request, Response};
use tokio::sync::watch;

use super::Service;
use crate::sandbox::grants::random;
use crate::sandbox::page::{self, View};
use crate::sandbox::reply;
use crate::sandbox::route::Origin;

impl Service {
    /// The path of the pages with captured messages, without a slash at its end. It contains the secret
    /// token.
    pub(in crate::sandbox) fn page_base(&self) -> String {
        let token = self.page_token.get_or_init(|| random(&*self.seams));
        format!("/{token}")
    }

    /// Changes with each message, draft, refused request and fault. It starts with the current value.
    pub(in crate::sandbox) fn changes(&self) -> watch::Receiver<u64> {
        let mut changes = self.revision.subscribe();
        changes.mark_changed();
        changes
    }

    /// A page. Pages with messages are only below [`Service::page_base`]. The token is in the path and not
    /// in a cookie, because a browser also sends cookies to other ports of this host.
    pub(super) fn page(&self, origin: Origin, request: &Request<Bytes>) -> Response<Bytes> {
        let method = request.method();
        let reads = method == Method::GET || method == Method::HEAD;
        let path = request.uri().path();
        let base = self.page_base();
        let is_here = origin == Origin::Service;
        let found = match below(path, &base) {
            _ if !is_here => None,
            Some("/delete") if method == Method::POST => Some(self.delete(&base, request)),
            Some(path) if reads => self.captured(path, &base, request),
            None if reads => page::open(path),
            _ => None,
        };
        let mut response = found.unwrap_or_else(|| {
            if is_here && page::is_without_token(path) {
                self.complain(request, "the page has a token in its URL");
                let words = "the captured messages are at the URL that the sandbox printed\n";
                return reply::with_body(403, "text/plain", words);
            }
            self.complain(request, "there is no such route");
            reply::with_body(404, "text/plain", "there is nothing here\n")
        });
        reply::set_date(&mut response, self.seams.now());
        response
    }

    fn captured(
        &self,
        path: &str,
        base: &str,
        request: &Request<Bytes>,
    ) -> Option<Response<Bytes>> {
        let state = self.state();
        let requests = state.exchanges.iter().filter(|exchange| {
            let path = exchange.path.split('?').next().unwrap_or_default();
            exchange.is_refused() && below(path, base).is_none()
        });
        let view = View {
            base,
            accepted: &state.accepted,
            drafts: state.store.drafts(),
            requests: requests.collect(),
            complaints: &state.complaints,
            zone: self.seams.time_zone(),
            revision: *self.revision.borrow(),
        };
        page::captured(path, request.uri().query().unwrap_or_default(), &view)
    }

    /// Deletes all accepted messages, and shows the empty list.
    fn delete(&self, base: &str, request: &Request<Bytes>) -> Response<Bytes> {
        if !is_of_this_page(request) {
            self.complain(request, "the request comes from a page of another origin");
            let words = "only the sandbox's own page deletes messages\n";
            return reply::with_body(403, "text/plain", words);
        }
        self.state().accepted.clear();
        let mut response = reply::empty(303);
        reply::set(&mut response, LOCATION, &format!("{base}/"));
        response
    }

    pub(super) fn complain(&self, request: &Request<Bytes>, reason: &str) {
        let path = request.uri().path();
        let base = self.page_token.get().map(|token| format!("/{token}"));
        // A complaint may be written to a log that other users can read.
        let path = match base.and_then(|base| below(path, &base)) {
            Some(rest) => format!("/TOKEN{rest}"),
            None => path.to_owned(),
        };
        let complaint = format!("{} {path}: {reason}", request.method());
        self.state().complaints.push(complaint);
    }
}

/// Whether a browser sent the request from a page of this origin (Fetch Metadata, and RFC 6454 section 7), or
/// another program sent it.
fn is_of_this_page(request: &Request<Bytes>) -> bool {
    let field = |name: &str| request.headers().get(name)?.to_str().ok();
    let site = field("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let host = field(HOST.as_str()).unwrap_or_default();
    let origin = field(ORIGIN.as_str()).is_none_or(|origin| {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        authority == Some(host)
    });
    site && origin
}

/// The part of `path` after `base`: empty, or beginning with a slash.
fn below<'a>(path: &'a str, base: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(base)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}
