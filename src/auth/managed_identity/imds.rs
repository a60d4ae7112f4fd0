//! The instance metadata service: virtual machines, scale sets, and what runs on them (Entra: "How
//! to use managed identities for Azure resources on an Azure VM to acquire an access token").

use url::{Host, Url};

use super::{Failure, IMDS_ROOT, Id, endpoint, request};
use crate::cloud::is_loopback;
use crate::http::{Link, Response};

/// The address of the service on each of these hosts.
pub(super) const ROOT: &str = "http://169.254.169.254";
const PATH: &str = "/metadata/identity/oauth2/token";
const VERSION: &str = "2018-02-01";

pub(super) fn ask(
    link: &Link<'_>,
    root: &str,
    resource: &str,
    id: Option<&Id>,
) -> Result<Response, Failure> {
    let mut query = vec![("api-version", VERSION), ("resource", resource)];
    query.extend(id.map(|id| id.parameter(["client_id", "object_id", "msi_res_id"])));
    let root = root.trim_end_matches('/');
    let url = endpoint(IMDS_ROOT, &format!("{root}{PATH}"), is_service, &query)?;
    request::get(link, url, None, true)
}

fn is_service(url: &Url) -> bool {
    let fixed = matches!(url.host(), Some(Host::Ipv4(ip)) if ip.octets() == [169, 254, 169, 254]);
    fixed || is_loopback(url)
}
