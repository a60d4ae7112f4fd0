//! An application's own token.

use graphmail::auth::client_credentials;
use graphmail::auth::store::{Access, Record};
use graphmail::auth::{App, ClientSecret, Credential, CredentialKind, Error};
use graphmail::exit::Class;
use graphmail::http::Failure;
use graphmail::secret::Secret;
use serde_json::json;

use super::{app, at, refusal, token_reply, words};
use crate::support::seams::Fixed;
use crate::support::transport::{Scripted, answer, link};

#[test]
fn a_secret_is_exchanged_for_a_token() {
    let transport = Scripted::new([token_reply("ACCESS", &json!({}))]);
    let seams = Fixed::new();
    let secret = Secret::new("a~b.c+d&e=f");
    let proof = &Credential::ClientSecret(ClientSecret::Given(secret.clone()));
    let record = client_credentials::obtain(&app(), &link(&transport, &seams), proof).unwrap();
    assert_eq!(
        record,
        Record {
            scopes: words("https://graph.microsoft.com/.default"),
            access: Some(Access {
                token: Secret::new("ACCESS"),
                expires_at: at("11:00:00"),
            }),
            client_secret: Some(secret),
            ..Record::new(&app(), CredentialKind::ClientSecret)
        }
    );
    assert_eq!(
        transport.forms(),
        [
            "POST https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token\n\
            grant_type=client_credentials\n\
            scope=https://graph.microsoft.com/.default\n\
            client_id=CLIENT\n\
            client_secret=a~b.c+d&e=f"
        ]
    );
}

#[test]
fn a_word_for_many_tenants_is_refused_before_the_network() {
    for tenant in ["common", "organizations", "consumers", "Common"] {
        let transport = Scripted::new([]);
        let app = App {
            tenant: tenant.to_owned(),
            ..app()
        };
        let seams = Fixed::new();
        let secret = Secret::new("S");
        let proof = &Credential::ClientSecret(ClientSecret::Given(secret));
        let error = client_credentials::obtain(&app, &link(&transport, &seams), proof).unwrap_err();
        assert!(matches!(&error, Error::ManyTenants(name) if name == tenant));
        assert_eq!(error.class(), Class::Config);
    }
}

#[test]
fn a_busy_service_is_asked_again_and_a_refusal_is_not() {
    let transport = Scripted::new([
        Err(Failure::NotConnected("no route".into())),
        answer(503, &[("retry-after", "7")], ""),
        refusal("invalid_client", 7000215),
    ]);
    let seams = Fixed::new();
    let secret = Secret::new("TOPSECRET");
    let proof = &Credential::ClientSecret(ClientSecret::Given(secret));
    let error = client_credentials::obtain(&app(), &link(&transport, &seams), proof).unwrap_err();
    assert_eq!(error.class(), Class::SignIn);
    assert_eq!(
        error.to_string(),
        "login.microsoftonline.com refused: AADSTS7000215: Said no."
    );
    assert!(!format!("{error:?}").contains("TOPSECRET"));
    assert_eq!(seams.sleeps()[1..], [7.0]);
}
