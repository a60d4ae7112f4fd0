//! The account that the variables of azure-identity make.

use graphmail::auth::environment::{Fault, from_environment};
use graphmail::auth::{App, ClientSecret, Credential};
use graphmail::seams::Environment;
use graphmail::secret::Secret;

fn read(variables: &[(&str, &str)]) -> Result<Option<(App, Credential)>, Fault> {
    from_environment(&Environment::from_pairs(variables.iter().copied()))
}

#[test]
fn the_three_variables_are_an_application_with_its_secret() {
    let (app, credential) = read(&[
        ("AZURE_TENANT_ID", "contoso.com"),
        ("AZURE_CLIENT_ID", "id"),
        ("AZURE_CLIENT_SECRET", "S"),
    ])
    .expect("whole")
    .expect("an application");
    assert_eq!(
        (
            app.tenant.as_str(),
            app.client_id.as_str(),
            app.cloud.name()
        ),
        ("contoso.com", "id", "global")
    );
    assert_eq!(
        credential,
        Credential::ClientSecret(ClientSecret::Given(Secret::new("S")))
    );
}

#[test]
fn without_a_secret_there_is_nothing_and_a_secret_wants_the_rest() {
    assert_eq!(
        read(&[("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")]),
        Ok(None)
    );
    assert_eq!(read(&[("AZURE_CLIENT_SECRET", "")]), Ok(None));
    for name in ["AZURE_CLIENT_SECRET", "GRAPHMAIL_CLIENT_SECRET_FILE"] {
        let of = [
            ("AZURE_TENANT_ID", "t"),
            ("AZURE_CLIENT_ID", "c"),
            (name, ""),
        ];
        assert_eq!(read(&of), Err(Fault::Empty(name)));
        // Another credential counts.
        let other = [of[0], of[1], of[2], ("AZURE_FEDERATED_TOKEN_FILE", "/f")];
        assert!(matches!(read(&other), Ok(Some(_))));
    }
    let (_, credential) = read(&[
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_CLIENT_ID", "c"),
        ("AZURE_CLIENT_SECRET", "S"),
        ("GRAPHMAIL_CLIENT_SECRET_FILE", "/run/secrets/mail"),
    ])
    .expect("whole")
    .expect("an application");
    let file = ClientSecret::File("/run/secrets/mail".into());
    assert_eq!(credential, Credential::ClientSecret(file));
    assert_eq!(
        read(&[("AZURE_CLIENT_SECRET", "S"), ("AZURE_CLIENT_ID", "c")]),
        Err(Fault::Missing {
            set: "AZURE_CLIENT_SECRET",
            missing: "AZURE_TENANT_ID"
        })
    );
    assert_eq!(
        read(&[("AZURE_CLIENT_SECRET", "S"), ("AZURE_TENANT_ID", "t")]),
        Err(Fault::Missing {
            set: "AZURE_CLIENT_SECRET",
            missing: "AZURE_CLIENT_ID"
        })
    );
}

#[test]
fn the_authority_chooses_the_cloud() {
    let cloud = |authority| {
        read(&[
            ("AZURE_TENANT_ID", "t"),
            ("AZURE_CLIENT_ID", "c"),
            ("AZURE_CLIENT_SECRET", "S"),
            ("AZURE_AUTHORITY_HOST", authority),
        ])
        .map(|found| {
            let cloud = found.expect("an application").0.cloud;
            [cloud.name(), cloud.login(), cloud.graph()].map(str::to_owned)
        })
    };
    let table = [
        (
            "https://login.microsoftonline.com/",
            "global",
            "https://login.microsoftonline.com",
            "https://graph.microsoft.com",
        ),
        (
            "login.microsoftonline.us",
            "usgov",
            "https://login.microsoftonline.us",
            "https://graph.microsoft.us",
        ),
        (
            "https://login.chinacloudapi.cn",
            "china",
            "https://login.partner.microsoftonline.cn",
            "https://microsoftgraph.chinacloudapi.cn",
        ),
        (
            "https://login.example.fr",
            "environment",
            "https://login.example.fr",
            "https://graph.microsoft.com",
        ),
    ];
    for (authority, name, login, graph) in table {
        assert_eq!(
            cloud(authority),
            Ok([name, login, graph].map(str::to_owned))
        );
    }
    for refused in [
        "http://login.microsoftonline.com",
        "http://127.0.0.1:80",
        "https://a/b",
        "ftp://x",
    ] {
        assert!(
            matches!(
                cloud(refused),
                Err(Fault::Authority(_) | Fault::NotSecure(_))
            ),
            "{refused}"
        );
    }
}
