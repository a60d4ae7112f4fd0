//! App Service, Functions and Container Apps (App Service: "Use managed identities for App Service
//! and Azure Functions", REST endpoint reference).

use url::{Host, Url};

use super::{Failure, IDENTITY_ENDPOINT, Id, endpoint, request};
use crate::cloud::is_loopback;
use crate::http::{Link, Response};
use crate::secret::Secret;

const VERSION: &str = "2019-08-01";
/// The header field with the secret. Redirected or forged requests do not have it.
const KEY: &str = "x-identity-header";

pub(super) fn ask(
    link: &Link<'_>,
    address: &str,
    header: &Secret,
    resource: &str,
    id: Option<&Id>,
) -> Result<Response, Failure> {
    let mut query = vec![("api-version", VERSION), ("resource", resource)];
    query.extend(id.map(|id| id.parameter(["client_id", "principal_id", "mi_res_id"])));
    let url = endpoint(IDENTITY_ENDPOINT, address, is_near, &query)?;
    request::get(link, url, Some((KEY, header.clone())), false)
}

/// On Windows the endpoint is on loopback. On Linux it is on a link-local address, as 169.254.129.2.
fn is_near(url: &Url) -> bool {
    is_loopback(url) || matches!(url.host(), Some(Host::Ipv4(ip)) if ip.is_link_local())
}
