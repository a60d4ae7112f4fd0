//! Entra's endpoints: device codes, authorization codes and tokens.

mod assertion;
mod authorize;
mod form;
mod issue;
mod scope;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Map, Value, json};

use self::form::Form;
use super::directory::Directory;
use super::grants::{Actor, Consent, DEVICE_CODE_LIFETIME, Grants, Pending, later, random};
use super::options::Options;
use super::reply::{self, SignInError};
use crate::seams::Seams;

/// The grant type of RFC 8628 section 3.4.
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Values that are not a specific tenant (Entra: "OAuth 2.0 application types and endpoints").
const SHARED_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// The state that Entra's endpoints use.
pub(super) struct Authority<'a> {
    pub(super) options: &'a Options,
    pub(super) directory: &'a Directory,
    pub(super) seams: &'a dyn Seams,
    /// Scheme, host and port: the resource of the tokens, and their issuer.
    pub(super) origin: &'a str,
    pub(super) grants: &'a mut Grants,
    /// Receives errors that no correct client makes.
    pub(super) complaints: &'a mut Vec<String>,
}

impl Authority<'_> {
    /// `POST /{tenant}/oauth2/v2.0/devicecode`
    pub(super) fn device_code(
        &mut self,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, SignInError> {
        let form = Form::read(request, &["client_id", "scope"], self.complaints)?;
        let client_id = form.required("client_id")?.to_owned();
        let scopes = scope::delegated(form.required("scope")?, self.origin)?;
        let code = random(self.seams);
        let user_code: String = random(self.seams)
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .map(|byte| char::from(byte.to_ascii_uppercase()))
            .take(9)
            .collect();
        let pending = Pending {
            consent: Consent { client_id, scopes },
            polls_left: self.options.polls_before_approval,
            expires: later(self.seams.now(), DEVICE_CODE_LIFETIME),
        };
        self.grants.device.insert(code.clone(), pending);
        let page = format!("{}/devicelogin", self.origin);
        let body = json!({
            "user_code": user_code,
            "device_code": code,
            "verification_uri": page,
            "expires_in": DEVICE_CODE_LIFETIME.as_secs(),
            "interval": self.options.device_interval,
            "message": format!(
                "To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."
            ),
        });
        Ok(reply::entra(200, &body))
    }

    /// `GET /{tenant}/v2.0/.well-known/openid-configuration`
    pub(super) fn openid_configuration(&self, tenant: &str) -> Response<Bytes> {
        let root = format!("{}/{tenant}", self.origin);
        let body = json!({
            "token_endpoint": format!("{root}/oauth2/v2.0/token"),
            "issuer": format!("{root}/v2.0"),
            "device_authorization_endpoint": format!("{root}/oauth2/v2.0/devicecode"),
        });
        reply::entra(200, &body)
    }

    /// `POST /{tenant}/oauth2/v2.0/token`
    pub(super) fn token(
        &mut self,
        tenant: &str,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, SignInError> {
        let known = [
            "client_id",
            "scope",
            "grant_type",
            "device_code",
            "code",
            "redirect_uri",
            "code_verifier",
            "refresh_token",
            "client_secret",
            "claims",
            "client_assertion_type",
            "client_assertion",
        ];
        let form = Form::read(request, &known, self.complaints)?;
        let grant_type = form.required("grant_type")?;
        let client_id = form.required("client_id")?.to_owned();
        let proof = ["client_secret", "client_assertion"];
        let confidential = proof.iter().any(|name| form.get(name).is_some());
        if grant_type != "client_credentials" && confidential {
            return Err(SignInError::client(
                700_025,
                "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
            ));
        }
        let claims = form.get("claims");
        if claims.is_some_and(|claims| !self.grants.requires(claims)) {
            let complaint = format!("{}: nobody demands these claims", request.uri().path());
            self.complaints.push(complaint);
        }
        let body = match grant_type {
            DEVICE_CODE => self.redeem_device_code(tenant, &client_id, &form)?,
            "authorization_code" => self.redeem_code(tenant, &client_id, &form)?,
            "refresh_token" => self.redeem_refresh_token(tenant, &client_id, &form)?,
            "client_credentials" => self.client_credentials(tenant, &form)?,
            other => {
                return Err(SignInError::new(
                    "unsupported_grant_type",
                    70_003,
                    format!("The app requested an unsupported grant type '{other}'."),
                ));
            }
        };
        let token = body.get("access_token").and_then(Value::as_str);
        if let Some(token) =
            token.filter(|_| claims.is_some_and(|claims| self.grants.requires(claims)))
        {
            self.grants.accept_claims(token);
        }
        Ok(reply::entra(200, &Value::Object(body)))
    }

    fn redeem_device_code(
        &mut self,
        tenant: &str,
        client_id: &str,
        form: &Form,
    ) -> Result<Map<String, Value>, SignInError> {
        let code = form.required("device_code")?;
        let pending = self
            .grants
            .device
            .get_mut(code)
            .filter(|pending| pending.consent.client_id == client_id)
            .ok_or_else(|| {
                SignInError::new(
                    "bad_verification_code",
                    70_018,
                    "Invalid verification code. The device code is not one of this client's.",
                )
            })?;
        if pending.expires <= self.seams.now() {
            return Err(SignInError::new(
                "expired_token",
                70_019,
                "The verification code has expired.",
            ));
        }
        if let Some(left) = pending.polls_left.checked_sub(1) {
            pending.polls_left = left;
            return Err(SignInError::new(
                "authorization_pending",
                70_016,
                "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
            ));
        }
        let consent = pending.consent.clone();
        let body = self.delegated(tenant, consent)?;
        self.grants.device.remove(code);
        Ok(body)
    }

    fn redeem_refresh_token(
        &mut self,
        tenant: &str,
        client_id: &str,
        form: &Form,
    ) -> Result<Map<String, Value>, SignInError> {
        let token = form.required("refresh_token")?;
        if self.grants.is_revoked(token) {
            return Err(SignInError::new(
                "invalid_grant",
                50_173,
                "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
            ));
        }
        let mut consent = self
            .grants
            .refresh(token)
            .filter(|consent| consent.client_id == client_id)
            .cloned()
            .ok_or_else(|| {
                SignInError::new(
                    "invalid_grant",
                    70_000,
                    "The provided value for the 'refresh_token' parameter is not valid.",
                )
            })?;
        if let Some(scopes) = form.get("scope") {
            consent.scopes = scope::delegated(scopes, self.origin)?;
        }
        // Each use returns a new refresh token, also if offline_access is not requested again.
        if !consent.asks_for("offline_access") {
            consent.scopes.push("offline_access".to_owned());
        }
        self.delegated(tenant, consent)
    }

    fn client_credentials(
        &mut self,
        tenant: &str,
        form: &Form,
    ) -> Result<Map<String, Value>, SignInError> {
        if SHARED_TENANTS.contains(&tenant) {
            return Err(SignInError::new(
                "invalid_request",
                9_001_023,
                "The grant type is not supported over the /common or /consumers endpoints. Please use a tenant-specific endpoint.",
            ));
        }
        match (form.get("client_assertion"), form.get("client_secret")) {
            (Some(assertion), _) => self.check_assertion(tenant, form, assertion)?,
            (None, Some(secret)) => self.check_secret(secret)?,
            (None, None) => {
                return Err(SignInError::client(
                    7_000_216,
                    "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
                ));
            }
        }
        if form.required("scope")? != format!("{}/.default", self.origin) {
            return Err(SignInError::new(
                "invalid_scope",
                70_011,
                "The provided value for the input parameter 'scope' is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
            ));
        }
        let lifetime = self.options.access_token_lifetime;
        let permissions = self.options.permissions.clone();
        let token =
            self.grants
                .add_access(self.seams, Actor::Application, permissions, Some(lifetime));
        let mut body = self.bearer(token);
        body.insert("ext_expires_in".to_owned(), json!(lifetime.as_secs()));
        Ok(body)
    }

    fn check_secret(&self, secret: &str) -> Result<(), SignInError> {
        let right = self.options.client_secret.as_deref();
        if secret.is_empty() || right.is_some_and(|right| right != secret) {
            return Err(SignInError::client(
                7_000_215,
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
            ));
        }
        Ok(())
    }
}
