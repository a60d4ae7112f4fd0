//! Scopes: a resource and a permission.

use crate::sandbox::grants::Consent;
use crate::sandbox::reply::SignInError;

/// The scopes without a resource (OpenID Connect Core section 5.4).
const IDENTITY: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The delegated permissions of Graph that the sandbox knows.
const PERMISSIONS: [&str; 9] = [
    "Mail.Send",
    "Mail.Send.Shared",
    "Mail.ReadWrite",
    "Mail.ReadWrite.Shared",
    "Mail.Read",
    "Mail.Read.Shared",
    "Mail.ReadBasic",
    "Mail.ReadBasic.Shared",
    "User.Read",
];

/// The scopes of a delegated request. Each is the full URI of a permission of this sandbox's Graph, or
/// a scope of OpenID Connect.
pub(super) fn delegated(text: &str, origin: &str) -> Result<Vec<String>, SignInError> {
    let scopes: Vec<String> = text.split_ascii_whitespace().map(str::to_owned).collect();
    for scope in &scopes {
        if IDENTITY.contains(&scope.as_str()) {
            continue;
        }
        let Some((resource, permission)) = scope.rsplit_once('/') else {
            return Err(SignInError::new(
                "invalid_scope",
                70_011,
                format!(
                    "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not the full URI of a permission, as {origin}/{scope} is."
                ),
            ));
        };
        if resource != origin {
            return Err(SignInError::new(
                "invalid_resource",
                500_011,
                format!("The resource principal named {resource} was not found in the tenant."),
            ));
        }
        if !PERMISSIONS.contains(&permission) {
            return Err(SignInError::new(
                "invalid_client",
                650_053,
                format!(
                    "The application asked for scope '{permission}' that doesn't exist on the resource '{resource}'."
                ),
            ));
        }
    }
    Ok(scopes)
}

impl Consent {
    /// Whether this scope was requested.
    pub(super) fn asks_for(&self, scope: &str) -> bool {
        self.scopes.iter().any(|asked| asked == scope)
    }

    /// The permissions in the scopes, without the resource.
    pub(super) fn permissions(&self, origin: &str) -> impl Iterator<Item = &str> {
        self.scopes.iter().filter_map(move |scope| {
            scope
                .strip_prefix(origin)
                .and_then(|rest| rest.strip_prefix('/'))
        })
    }
}
