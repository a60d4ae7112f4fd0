//! The managed identity of a virtual machine, an app, a container or an Arc server. The platform keeps
//! the token.
//!
//! Environment variables of the platform tell which platform it is and where its endpoint is:
//! graphmail reads the variables that the Azure SDKs read, in the same order. Requests go to that
//! endpoint only, and never through a proxy.

mod app_service;
mod arc;
mod failure;
mod imds;
mod request;

use std::path::PathBuf;

use url::Url;

pub use self::failure::{Challenge, Failure, Unsupported};
use super::store::Access;
use crate::cloud::Cloud;
use crate::http::Link;
use crate::seams::Environment;
use crate::secret::Secret;

/// The URL of the identity endpoint (App Service, Arc).
const IDENTITY_ENDPOINT: &str = "IDENTITY_ENDPOINT";
/// The secret for the endpoint (App Service).
const IDENTITY_HEADER: &str = "IDENTITY_HEADER";
/// Set in addition to these two in a Service Fabric cluster.
const IDENTITY_SERVER_THUMBPRINT: &str = "IDENTITY_SERVER_THUMBPRINT";
/// The same as `IDENTITY_ENDPOINT`, for Azure Machine Learning and Cloud Shell.
const MSI_ENDPOINT: &str = "MSI_ENDPOINT";
/// The secret for that endpoint (Azure Machine Learning).
const MSI_SECRET: &str = "MSI_SECRET";
/// Set in addition to `IDENTITY_ENDPOINT` on an Arc server.
const IMDS_ENDPOINT: &str = "IMDS_ENDPOINT";
/// Another URL of the instance metadata service, on this host.
const IMDS_ROOT: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// A managed identity of this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedIdentity {
    /// The user-assigned identity; `None` for the system-assigned one.
    pub id: Option<Id>,
    /// The platform that issues the tokens.
    pub host: Host,
}

/// How a user-assigned identity is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Id {
    /// By its client (application) id.
    Client(String),
    /// By the object id of its service principal.
    Object(String),
    /// By its Azure resource id.
    Resource(String),
}

/// A text that is not the name of an identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a managed identity: give its client id, object:OBJECT-ID, or its resource id, /subscriptions/…"
)]
pub struct InvalidId(String);

impl Id {
    /// Reads a client id, `object:` and an object id, or a resource id, which begins with a slash.
    ///
    /// # Errors
    /// [`InvalidId`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let is_uuid = |id: &str| uuid::Uuid::try_parse(id).is_ok();
        match text.strip_prefix("object:") {
            Some(id) if is_uuid(id) => Ok(Self::Object(id.to_owned())),
            None if is_uuid(text) => Ok(Self::Client(text.to_owned())),
            None if is_resource(text) => Ok(Self::Resource(text.to_owned())),
            _ => Err(InvalidId(text.to_owned())),
        }
    }

    /// The query parameter with the id; the names are those for client id, object id and resource id.
    fn parameter<'a>(&self, [client, object, resource]: [&'a str; 3]) -> (&'a str, &str) {
        match self {
            Self::Client(id) => (client, id),
            Self::Object(id) => (object, id),
            Self::Resource(id) => (resource, id),
        }
    }
}

fn is_resource(text: &str) -> bool {
    text.starts_with("/subscriptions/") && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The platform of this host, as far as its identity is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// App Service, Functions and Container Apps.
    AppService {
        /// The endpoint.
        endpoint: String,
        /// The secret for it.
        header: Secret,
    },
    /// A server with the Azure Connected Machine agent.
    Arc {
        /// The agent's endpoint.
        endpoint: String,
        /// The folder in which the agent puts the keys of its challenges.
        keys: PathBuf,
    },
    /// Any other host: a virtual machine, a scale set, a container on one, or a host outside Azure.
    Imds {
        /// The URL of the instance metadata service.
        root: String,
    },
    /// The endpoint is set and its secret is not. Another endpoint would sign in as another identity.
    NoHeader,
    /// A host whose endpoint graphmail does not support.
    Unsupported(Unsupported),
}

impl Host {
    /// Detects the platform from the variables in `environment`, and from an installed Azure Arc agent.
    /// Makes no request.
    #[must_use]
    pub fn detect(environment: &Environment) -> Self {
        let endpoint = environment.get(IDENTITY_ENDPOINT);
        let header = environment.get(IDENTITY_HEADER).map(Secret::new);
        match (endpoint, header) {
            (Some(_), Some(_)) if environment.get(IDENTITY_SERVER_THUMBPRINT).is_some() => {
                Self::Unsupported(Unsupported::ServiceFabric)
            }
            (Some(endpoint), Some(header)) => Self::AppService { endpoint, header },
            _ if environment.get(MSI_ENDPOINT).is_some() => {
                Self::Unsupported(match environment.get(MSI_SECRET) {
                    Some(_) => Unsupported::MachineLearning,
                    None => Unsupported::CloudShell,
                })
            }
            (endpoint, _) => {
                let has_endpoint = endpoint.is_some();
                let arc_endpoint = endpoint.filter(|_| environment.get(IMDS_ENDPOINT).is_some());
                let agent = arc::Agent::locate(environment);
                match arc_endpoint {
                    Some(endpoint) => Self::Arc {
                        endpoint,
                        keys: agent.keys,
                    },
                    None if has_endpoint => Self::NoHeader,
                    None => match environment.get(IMDS_ROOT) {
                        // The variables take precedence over an installed agent.
                        Some(root) => Self::Imds { root },
                        None if agent.program.exists() => Self::Arc {
                            endpoint: arc::ENDPOINT.to_owned(),
                            keys: agent.keys,
                        },
                        None => Self::Imds {
                            root: imds::ROOT.to_owned(),
                        },
                    },
                }
            }
        }
    }

    /// Its name, for errors.
    const fn name(&self) -> &'static str {
        match self {
            Self::AppService { .. } => "App Service",
            Self::Arc { .. } => "the Azure Arc agent",
            Self::Imds { .. } | Self::NoHeader | Self::Unsupported(_) => {
                "the instance metadata service"
            }
        }
    }
}

/// Requests a token for `cloud`'s Graph from this host's platform.
pub(super) fn obtain(
    identity: &ManagedIdentity,
    cloud: &Cloud,
    link: &Link<'_>,
) -> Result<Access, Failure> {
    let ManagedIdentity { id, host } = identity;
    let asked_at = link.seams.now();
    let resource = cloud.graph();
    let response = match host {
        Host::Imds { root } => imds::ask(link, root, resource, id.as_ref()),
        Host::AppService { endpoint, header } => {
            app_service::ask(link, endpoint, header, resource, id.as_ref())
        }
        Host::Arc { .. } if id.is_some() => Err(Failure::UserAssigned),
        Host::Arc { endpoint, keys } => arc::ask(link, endpoint, keys, resource),
        Host::NoHeader => Err(Failure::NoHeader),
        Host::Unsupported(host) => Err(Failure::Unsupported(*host)),
    }?;
    request::token(&response, asked_at, host.name())
}

/// The URL in `variable` with this query. It must be plain http to an address that `is_near`:
/// another address cannot be the platform's and would receive the secret.
fn endpoint(
    variable: &'static str,
    text: &str,
    is_near: impl FnOnce(&Url) -> bool,
    query: &[(&str, &str)],
) -> Result<Url, Failure> {
    let near = Url::parse(text)
        .ok()
        .filter(|url| url.scheme() == "http" && is_near(url));
    let mut url = near.ok_or(Failure::Variable(variable))?;
    url.query_pairs_mut().extend_pairs(query);
    Ok(url)
}
