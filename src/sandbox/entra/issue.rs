//! The tokens that a sign-in returns.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::Authority;
use crate::sandbox::grants::{Actor, Consent};
use crate::sandbox::reply::SignInError;

impl Authority<'_> {
    /// The tokens for a user's consent, limited to the permissions that this tenant grants.
    pub(super) fn delegated(
        &mut self,
        tenant: &str,
        consent: Consent,
    ) -> Result<Map<String, Value>, SignInError> {
        let granted: Vec<String> = consent
            .permissions(self.origin)
            .filter(|asked| self.options.permissions.iter().any(|known| known == asked))
            .map(str::to_owned)
            .collect();
        if granted.is_empty() {
            return Err(SignInError::new(
                "invalid_grant",
                65_001,
                format!(
                    "The user or administrator has not consented to use the application with ID '{}'. Send an interactive authorization request for this user and resource.",
                    consent.client_id
                ),
            ));
        }
        let mut scope: Vec<String> = granted
            .iter()
            .map(|permission| format!("{}/{permission}", self.origin))
            .collect();
        let identity = ["profile", "openid", "email"].into_iter();
        scope.extend(
            identity
                .filter(|name| consent.asks_for(name))
                .map(str::to_owned),
        );
        let lifetime = self.options.access_token_lifetime;
        let token = self
            .grants
            .add_access(self.seams, Actor::User, granted, Some(lifetime));
        let mut body = self.bearer(token);
        body.insert("scope".to_owned(), json!(scope.join(" ")));
        if consent.asks_for("openid") {
            let id_token = self.id_token(tenant, &consent.client_id);
            body.insert("id_token".to_owned(), json!(id_token));
        }
        if consent.asks_for("offline_access") {
            let token = self.grants.add_refresh(self.seams, consent);
            body.insert("refresh_token".to_owned(), json!(token));
        }
        Ok(body)
    }

    pub(super) fn bearer(&self, token: String) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("token_type".to_owned(), json!("Bearer"));
        let lifetime = self.options.access_token_lifetime.as_secs();
        body.insert("expires_in".to_owned(), json!(lifetime));
        body.insert("access_token".to_owned(), Value::String(token));
        body
    }

    /// An unsigned JWT with the user's name (Entra: "ID token claims reference").
    fn id_token(&self, tenant: &str, client_id: &str) -> String {
        let tenant = uuid::Uuid::try_parse(tenant)
            .map_or_else(|_| self.directory.tenant_id.clone(), |id| id.to_string());
        let now = self.seams.now().as_second();
        let header = json!({"typ": "JWT", "alg": "none"});
        let claims = json!({
            "aud": client_id,
            "iss": format!("{}/{tenant}/v2.0", self.origin),
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "name": self.directory.user_name(),
            "oid": self.directory.user_id,
            "preferred_username": self.directory.user(),
            "sub": self.directory.user_id,
            "tid": tenant,
            "ver": "2.0",
        });
        let encode = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
        format!("{}.{}.", encode(header), encode(claims))
    }
}
