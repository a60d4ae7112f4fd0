//! The tenant of a request to Graph.

use crate::sandbox::directory::Directory;
use crate::sandbox::grants::Grants;
use crate::sandbox::options::Options;
use crate::sandbox::store::Store;
use crate::seams::Seams;

/// The state that Graph's endpoints use.
pub(in crate::sandbox) struct Tenant<'a> {
    pub(in crate::sandbox) options: &'a Options,
    pub(in crate::sandbox) directory: &'a Directory,
    pub(in crate::sandbox) seams: &'a dyn Seams,
    pub(in crate::sandbox) grants: &'a Grants,
    pub(in crate::sandbox) store: &'a mut Store,
    /// Scheme, host and port of the sandbox.
    pub(in crate::sandbox) origin: &'a str,
    /// Scheme, host and port of upload URLs.
    pub(in crate::sandbox) upload_origin: &'a str,
}
