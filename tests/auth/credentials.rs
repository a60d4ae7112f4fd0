//! Tokens that no person signs in for.

use graphmail::auth::credential::{Key, Renewal, Storage};
use graphmail::auth::store::{Access, Record};
use graphmail::auth::{ClientSecret, Credential, CredentialKind, HeldTokens};
use graphmail::config;
use graphmail::exit::Class;
use graphmail::http::Renew as _;
use graphmail::secret::Secret;
use serde_json::json;

use super::run::{Fragile, Run};
use super::{app, at, signed_in, token_reply, words};

#[test]
fn a_stored_client_secret_gives_tokens_that_are_cached() {
    let run = Run::new([token_reply("ACCESS-2", &json!({}))]);
    let application = |access: &str, expires_at| Record {
        scopes: words("https://graph.microsoft.com/.default"),
        access: Some(Access {
            token: Secret::new(access),
            expires_at: at(expires_at),
        }),
        client_secret: Some(Secret::new("SECRET")),
        ..Record::new(&app(), CredentialKind::ClientSecret)
    };
    let store = Fragile::holding(&application("ACCESS-1", "10:04:00"));
    let mut tokens = run.tokens(Credential::ClientSecret(ClientSecret::Stored), &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert_eq!(store.held(), application("ACCESS-2", "11:00:00"));
    assert_eq!(run.transport.requests().len(), 1);
}

#[test]
fn a_given_client_secret_leaves_the_store_alone() {
    let run = Run::new([token_reply("A", &json!({})), token_reply("B", &json!({}))]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "11:00:00", "REFRESH-1"));
    let secret = Credential::ClientSecret(ClientSecret::Given(Secret::new("SECRET")));
    let mut tokens = run.tokens(secret, &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("A"));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("A"));
    assert_eq!(tokens.renew(None), Some(Secret::new("B")));
    assert!(store.calls().is_empty());
}

#[test]
fn a_ready_token_is_used_as_it_is_and_never_renewed() {
    let run = Run::new([]);
    let store = Fragile::default();
    let mut tokens = run.tokens(Credential::AccessToken(Secret::new("TOKEN\n")), &store);
    assert!(!tokens.renewable());
    assert_eq!(tokens.bearer().unwrap(), Secret::new("TOKEN"));
    assert!(store.calls().is_empty());

    let mut tokens = run.tokens(
        Credential::AccessToken(Secret::new("Bearer TOPSECRET")),
        &store,
    );
    let error = tokens.bearer().unwrap_err();
    assert_eq!(error.class(), Class::SignIn);
    assert_eq!(
        error.to_string(),
        "the access token has a space, a line end or another character that no token has"
    );
}

#[cfg(unix)]
#[test]
fn a_command_runs_once_and_again_after_a_refusal() {
    let run = Run::new([]);
    let store = Fragile::default();
    let file = run.folder.path().join("count");
    let command = format!(
        "echo x >> '{0}'; echo T$(wc -l < '{0}' | tr -d ' ')",
        file.display()
    );
    let mut tokens = run.tokens(Credential::TokenCommand(command), &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("T1"));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("T1"));
    assert_eq!(tokens.renew(None), Some(Secret::new("T2")));
    assert!(store.calls().is_empty());

    let mut same = run.tokens(Credential::TokenCommand("echo SAME".to_owned()), &store);
    same.bearer().unwrap();
    assert_eq!(same.renew(None), None, "the refused token is no other one");
    assert!(same.take_error().is_none());
}

/// Messages of one process share the token, except one that a store keeps: somebody may sign in anew.
#[cfg(unix)]
#[test]
fn a_process_runs_a_command_once_and_again_after_a_refusal() {
    let run = Run::new([]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "11:00:00", "REFRESH-1"));
    let held = HeldTokens::default();
    let file = run.folder.path().join("count");
    let command = format!(
        "echo x >> '{0}'; echo T$(wc -l < '{0}' | tr -d ' ')",
        file.display()
    );
    let tokens = |account| {
        let credential = Credential::TokenCommand(command.clone());
        run.tokens(credential, &store).kept_in(&held, account)
    };
    let (mut first, mut second) = (tokens("a"), tokens("a"));
    assert_eq!(first.bearer().unwrap(), Secret::new("T1"));
    assert_eq!(second.bearer().unwrap(), Secret::new("T1"));
    assert_eq!(first.renew(None), Some(Secret::new("T2")));
    assert_eq!(
        second.renew(None),
        Some(Secret::new("T2")),
        "the newest one"
    );
    assert_eq!(second.renew(None), Some(Secret::new("T3")));
    assert_eq!(tokens("a").bearer().unwrap(), Secret::new("T3"));
    assert_eq!(tokens("b").bearer().unwrap(), Secret::new("T4"));
    assert_eq!(tokens("a").obtain_new().unwrap(), Secret::new("T5"));

    for _ in 0..2 {
        let tokens = run.tokens(Credential::DeviceCode, &store);
        let token = tokens.kept_in(&held, "a").bearer();
        assert_eq!(token.unwrap(), Secret::new("ACCESS-1"));
    }
    assert_eq!(store.calls(), ["load", "load"]);
}

#[test]
fn configurations_and_records_know_a_kind_by_its_name() {
    for kind in CredentialKind::ALL {
        let written = serde_json::to_value(kind).ok();
        let known = (kind != CredentialKind::AccessToken).then(|| kind.name().into());
        assert_eq!(written, known);
    }
}

#[test]
fn the_keys_of_a_kind_are_keys_of_an_account() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    let keys = CredentialKind::ALL.map(|kind| kind.facts().keys);
    for key in keys.concat() {
        let (Key::Plain(key) | Key::Guarded(key)) = key;
        std::fs::write(&path, format!("[accounts.a]\n{key} = []\n")).unwrap();
        let error = config::File::read(&path).unwrap_err();
        assert!(
            !matches!(error, config::Error::UnknownKey { .. }),
            "{error}"
        );
    }
}

#[test]
fn a_client_secret_is_renewed_where_it_comes_from() {
    for (source, renewal) in [
        (ClientSecret::Stored, Renewal::SignIn),
        (
            ClientSecret::File("/run/secret".into()),
            Renewal::ClientSecret,
        ),
        (
            ClientSecret::Unit("graphmail.a.client-secret".to_owned()),
            Renewal::ClientSecret,
        ),
        (
            ClientSecret::Command("pass mail".to_owned()),
            Renewal::Command,
        ),
        (
            ClientSecret::Given(Secret::new("S")),
            Renewal::Variable("AZURE_CLIENT_SECRET"),
        ),
    ] {
        let is_stored = source == ClientSecret::Stored;
        let credential = Credential::ClientSecret(source);
        assert_eq!(credential.renewal(), renewal);
        assert_eq!(credential.storage() == Storage::SignIn, is_stored);
    }
    assert_eq!(Credential::AzureCli.renewal(), Renewal::AzLogin);
}
