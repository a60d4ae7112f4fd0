//! Simulates Entra and Graph on loopback, so that a script can be tested without a tenant.
//!
//! Of this program, it uses only [`seams`](crate::seams) and [`exit`](crate::exit), so that it tests the
//! rest from outside. It is as strict as the service: what Graph's documentation forbids is refused
//! with the documented status and code. Requests that no correct client makes are listed in
//! [`Sandbox::complaints`], which tests expect to be empty.
//!
//! ```text
//! server    a thread, a port, HTTP/1.1; resets and stalls
//! service   answers one request, without the network; holds the state
//! ├─ fault     scripted faults, by route
//! ├─ entra     device codes, codes and tokens      uses grants, directory
//! ├─ platform  the tokens of managed identities    uses grants
//! ├─ graph     /me, sendMail, drafts and folders   uses grants, directory, store
//! ├─ upload    upload sessions                     uses store
//! └─ page      the captured messages, in a browser
//! ```

mod attachment;
mod bounce;
mod broken;
mod capture;
mod certificate;
mod contents;
mod directory;
mod eml;
mod entra;
mod fault;
mod grants;
mod graph;
mod html;
mod options;
mod page;
mod parsed;
mod platform;
mod properties;
mod reply;
mod route;
mod server;
mod service;
mod store;
mod submission;
mod upload;

pub use attachment::Attachment;
pub use capture::{Accepted, Exchange};
pub use certificate::{Certificate, InvalidCertificate};
pub use contents::{Contents, Reader};
pub use directory::is_address;
pub use eml::Eml;
pub use fault::{Fault, InvalidFault};
pub use options::{Error, Options};
pub use store::Draft;
pub use submission::Transport;

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use self::capture::Folder;
use self::route::Origin;
use self::server::Server;
use self::service::Service;
use crate::seams::Seams;

/// A running sandbox. It stops when it is dropped.
pub struct Sandbox {
    service: Arc<Service>,
    server: Option<Server>,
}

impl Sandbox {
    /// Starts a sandbox on 127.0.0.1. Upload URLs use another, free port.
    ///
    /// # Errors
    /// [`Error`] if the port, the folder or a thread is not available.
    pub fn start(options: Options, seams: Arc<dyn Seams>) -> Result<Self, Error> {
        let tls = options.tls.clone();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (listener, origin) = listen(options.port, scheme)?;
        let (upload_listener, upload_origin) = listen(0, scheme)?;
        let folder = options.folder.as_deref().map(|path| {
            Folder::open(path).map_err(|reason| Error::Folder {
                folder: path.to_owned(),
                reason,
            })
        });
        let origins = [origin, upload_origin];
        let service = Arc::new(Service::new(options, folder.transpose()?, seams, origins));
        let listeners = [
            (listener, Origin::Service),
            (upload_listener, Origin::Upload),
        ];
        let server = Server::start(listeners, tls, &service).map_err(Error::Server)?;
        Ok(Self {
            service,
            server: Some(server),
        })
    }

    /// Graph's URL, without a version or a trailing slash: `http://127.0.0.1:8025`.
    #[must_use]
    pub fn graph_url(&self) -> String {
        self.service.origin.clone()
    }

    /// The page of the captured messages: `http://127.0.0.1:8025/TOKEN/`. Anyone who knows the URL can read
    /// them, so only the sandbox's user should have it.
    #[must_use]
    pub fn page_url(&self) -> String {
        format!("{}{}/", self.service.origin, self.service.page_base())
    }

    /// The URL of the login authority, without a tenant or a trailing slash.
    #[must_use]
    pub fn login_url(&self) -> String {
        self.service.origin.clone()
    }

    /// An access token of the user with all granted permissions. It expires only through [`Sandbox::expire_access_tokens`].
    #[must_use]
    pub fn ready_token(&self) -> String {
        self.service.ready_token.clone()
    }

    /// The token endpoint of App Service and its secret: the values of `IDENTITY_ENDPOINT` and
    /// `IDENTITY_HEADER`.
    #[must_use]
    pub fn app_service(&self) -> (String, String) {
        let endpoint = format!("{}/msi/token", self.service.origin);
        (endpoint, self.service.identity_header().to_owned())
    }

    /// The signed-in user's address.
    #[must_use]
    pub fn user(&self) -> &str {
        self.service.directory.user()
    }

    /// The accepted messages, in order.
    #[must_use]
    pub fn accepted(&self) -> Vec<Accepted> {
        self.service.state().accepted.clone()
    }

    /// The messages in the Drafts of all mailboxes, the oldest first.
    #[must_use]
    pub fn drafts(&self) -> Vec<Draft> {
        self.service.state().store.drafts()
    }

    /// All requests, in order.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.service.state().exchanges.clone()
    }

    /// Errors that no correct client makes, and faults that did not happen; one line each.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let state = self.service.state();
        let said = state.complaints.iter().cloned();
        said.chain(state.script.unused()).collect()
    }

    /// Appends a fault.
    pub fn add_fault(&self, fault: Fault) {
        self.service.state().script.add(fault);
    }

    /// Expires all access tokens that were issued so far, including the ready token.
    pub fn expire_access_tokens(&self) {
        self.service.state().grants.expire_access();
    }

    /// Revokes all refresh tokens that were issued so far.
    pub fn revoke_refresh_tokens(&self) {
        self.service.state().grants.revoke_refresh();
    }

    /// Expires all upload sessions that were created so far.
    pub fn expire_upload_sessions(&self) {
        self.service.state().store.sessions.clear();
    }
}

/// A listener on loopback, and its URL without a path.
fn listen(port: u16, scheme: &str) -> Result<(TcpListener, String), Error> {
    let failed = |reason| Error::Listen { port, reason };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, format!("{scheme}://{address}")))
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }
}
