//! Accounts of the identity that Azure gives this host.

use std::time::Duration;

use graphmail::sandbox::Options;

use super::{CONFIG, LOOKED};
use crate::support::expected;
use crate::support::host::World;

const LOGIN: &str = "login --managed-identity --mailbox reports@contoso.com";
const SEND: &str = "send -t a@example.org";
const IMDS: &str = "GET /metadata/identity/oauth2/token 200";
const APP_SERVICE: &str = "GET /msi/token 200";
const SENT: &str = "POST /v1.0/users/reports@contoso.com/sendMail 202";
const CLIENT_ID: &str = "11111111-2222-3333-4444-555555555555";

/// A virtual machine, whose metadata service is the sandbox.
fn machine(options: Options) -> World {
    let mut world = World::with(options);
    let root = world.sandbox().graph_url();
    world.set("AZURE_POD_IDENTITY_AUTHORITY_HOST", &root);
    world
}

/// An app in App Service, whose endpoint is the sandbox's.
fn app(options: Options) -> World {
    let mut world = World::with(options);
    let (endpoint, header) = world.sandbox().app_service();
    world.set("IDENTITY_ENDPOINT", &endpoint);
    world.set("IDENTITY_HEADER", &header);
    world
}

/// The query of the sandbox's first request, decoded.
fn query(world: &World) -> Vec<(String, String)> {
    let path = world.sandbox().exchanges().remove(0).path;
    let query = path.split_once('?').expect("a query").1;
    url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), world.hide(&value)))
        .collect()
}

/// The requests without their queries.
fn requests(world: &World) -> Vec<String> {
    let bare = |line: String| {
        let (path, status) = line.rsplit_once(' ').expect("a status");
        format!("{} {status}", path.split('?').next().unwrap_or_default())
    };
    world.requests().into_iter().map(bare).collect()
}

#[test]
fn an_identity_is_tried_at_login_and_asked_for_each_send() {
    for (world, request) in [
        (machine(Options::default()), IMDS),
        (app(Options::default()), APP_SERVICE),
    ] {
        let run = world.run(LOGIN);
        assert_eq!(
            (run.status, run.stderr.as_str()),
            (
                0,
                "graphmail: account default takes its tokens from this host's managed identity\n"
            )
        );
        expected::same(
            "the configuration",
            "default_account = \"default\"

[accounts.default]
auth = \"managed-identity\"
mailbox = \"reports@contoso.com\"
token_store = \"none\"
",
            &world.read(CONFIG),
        );
        world.run(SEND).is_silent();
        let looked = LOOKED.replace("?$select=id&$top=1", "");
        let looked = looked.as_str();
        assert_eq!(requests(&world), [request, looked, request, SENT]);
        assert_eq!(world.keyring.asked(), 0);
        let run = world.run("status");
        expected::same(
            "the output",
            "account       default
auth          managed-identity
mailbox       reports@contoso.com
token store   none
cloud         global (SANDBOX)
",
            &run.stdout,
        );
    }
}

#[test]
fn a_user_assigned_identity_is_asked_for_by_its_id() {
    let resource = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
    let object = format!("object:{CLIENT_ID}");
    for (id, value, imds, app_service) in [
        (CLIENT_ID, CLIENT_ID, "client_id", "client_id"),
        (&object, CLIENT_ID, "object_id", "principal_id"),
        (resource, resource, "msi_res_id", "mi_res_id"),
    ] {
        let options = || Options {
            user_assigned_identities: vec![value.to_owned()],
            ..Options::default()
        };
        for (world, version, name) in [
            (machine(options()), "2018-02-01", imds),
            (app(options()), "2019-08-01", app_service),
        ] {
            let run = world.run(&format!("login --managed-identity={id}"));
            assert_eq!(run.status, 0, "{run:?}");
            let wanted = [
                ("api-version", version),
                ("resource", "SANDBOX"),
                (name, value),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(query(&world), wanted);
            let line = format!("managed_identity = \"{id}\"\n");
            assert!(world.read(CONFIG).contains(&line));
            world
                .run(&format!("{SEND} --mailbox a@contoso.com"))
                .is_silent();
        }
    }
}

#[test]
fn a_later_login_keeps_the_identity_or_takes_another() {
    let world = machine(Options::default());
    assert_eq!(
        world
            .run(&format!("login --managed-identity={CLIENT_ID}"))
            .status,
        0
    );
    assert_eq!(world.run("login --mailbox b@contoso.com").status, 0);
    let config = world.read(CONFIG);
    assert!(
        config.contains(CLIENT_ID) && config.contains("b@contoso.com"),
        "{config}"
    );
    assert_eq!(world.run("login --managed-identity=").status, 0);
    let config = world.read(CONFIG);
    assert!(!config.contains(CLIENT_ID), "{config}");
}

#[test]
fn an_application_and_an_identity_are_two_things() {
    let world = machine(Options::default());
    for line in [
        "login --managed-identity --client-id 11111111-1111-4111-8111-111111111111",
        "login --managed-identity --tenant contoso.com",
        "login --managed-identity --azure-cli",
        "login --azure-cli --client-id 11111111-1111-4111-8111-111111111111",
    ] {
        assert_eq!(world.run(line).status, 64, "{line}");
    }
    let run = world.run("login --managed-identity=reports");
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (
            64,
            "graphmail: error: \"reports\" is not a managed identity: give its client id, object:OBJECT-ID, or its resource id, /subscriptions/…\n"
        )
    );
    world.configure("[accounts.a]\nauth = \"managed-identity\"\nmanaged_identity = \"x\"\n");
    world.run(SEND).failed(
        78,
        "graphmail: error: HOME/.config/graphmail/config.toml, line 3: managed_identity: \"x\" is not a managed identity: give its client id, object:OBJECT-ID, or its resource id, /subscriptions/…\nhint: edit HOME/.config/graphmail/config.toml:3\n",
    );
    world.configure("[accounts.a]\nauth = \"managed-identity\"\n");
    world.run(SEND).failed(
        78,
        "graphmail: error: an application has no mailbox of its own\n\
         hint: name it with --mailbox USER, in GRAPHMAIL_MAILBOX or in the account\n",
    );
    assert_eq!(world.requests(), [""; 0]);
}

const ASSIGN: &str = "hint: assign an identity to this host in Azure; or: graphmail login --managed-identity=CLIENT-ID\n";

#[test]
fn what_the_endpoint_refuses_is_said_once() {
    let other = || Options {
        user_assigned_identities: vec!["other".to_owned()],
        ..Options::default()
    };
    for (world, words) in [
        (
            machine(other()),
            "the instance metadata service refused: Identity not found",
        ),
        (app(other()), "App Service refused: Identity not found"),
    ] {
        let run = world.run(&format!("login --managed-identity={CLIENT_ID}"));
        run.failed(77, &format!("graphmail: error: {words}\n{ASSIGN}"));
        assert_eq!(run.waits, [0.0; 0]);
        assert!(!world.home().join(CONFIG).exists());
    }
    let mut world = app(Options::default());
    world.set("IDENTITY_HEADER", "another");
    world.run(LOGIN).failed(
        77,
        &format!(
            "graphmail: error: App Service refused: Invalid identity header\n{}",
            ASSIGN.replace("login ", "login --mailbox reports@contoso.com ")
        ),
    );
}

#[test]
fn an_endpoint_that_is_busy_is_waited_for() {
    for (world, path) in [
        (
            machine(Options::default()),
            "/metadata/identity/oauth2/token",
        ),
        (app(Options::default()), "/msi/token"),
    ] {
        assert_eq!(world.run(LOGIN).status, 0);
        for (fault, wait) in [
            ("404", 0.5..=1.0),
            ("410", 10.0..=10.0),
            ("429,retry-after=7", 7.0..=7.0),
            ("429", 0.5..=1.0),
            ("500", 0.5..=1.0),
            ("503", 0.5..=1.0),
            ("reset-after", 0.5..=1.0),
        ] {
            world.fault(&format!("GET {path}={fault}"));
            let run = world.run(SEND);
            run.is_silent();
            let [waited] = run.waits[..] else {
                panic!("{fault}: {:?}", run.waits);
            };
            assert!(wait.contains(&waited), "{fault}: {waited}");
        }
    }
}

#[test]
fn an_endpoint_that_stays_busy_is_given_up() {
    let path = "GET /metadata/identity/oauth2/token";
    let world = machine(Options::default());
    assert_eq!(world.run(LOGIN).status, 0);
    let host = world.sandbox().graph_url().replace("http://", "");
    let refused = format!(
        "graphmail: error: the instance metadata service refused: HTTP status 404\n{ASSIGN}"
    );
    let busy = |status| {
        format!(
            "graphmail: error: {host} is not available: HTTP status {status}\n\
             hint: it is safe to run it again\n"
        )
    };
    for (fault, attempts, status, words) in [
        ("404,body=empty", 4, 77, refused),
        // After a minute patience ends, before the service would be there again.
        ("410", 7, 75, busy(410)),
        ("500", 6, 75, busy(500)),
    ] {
        world.fault(&format!("{path}={fault},times={attempts}"));
        let run = world.run(SEND);
        run.not_sent(status, &words);
        assert_eq!(run.waits.len(), attempts - 1, "{fault}: {:?}", run.waits);
    }
    world.fault(&format!("{path}=410"));
    let run = world.run(&format!("{SEND} --max-wait 9"));
    assert_eq!((run.status, run.waits.len()), (75, 0));
}

#[test]
fn where_nothing_listens_nobody_waits() {
    for (variable, value) in [
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1"),
        ("IDENTITY_ENDPOINT", "http://localhost:1/msi/token"),
    ] {
        let mut world = World::with(Options::default());
        world.set(variable, value);
        world.set("IDENTITY_HEADER", "H");
        let run = world.run(LOGIN);
        assert_eq!(run.status, 77, "{run:?}");
        assert!(
            run.stderr
                .starts_with("graphmail: error: no managed identity endpoint here: connecting to "),
            "{run:?}"
        );
        assert!(
            run.stderr.ends_with(": connection refused\nhint: only hosts in Azure and Arc servers have a managed identity; choose another sign-in: graphmail login --help\n"),
            "{run:?}"
        );
        assert_eq!(run.waits, [0.0; 0]);
    }
}

#[test]
fn an_endpoint_is_of_this_host() {
    for (variable, value) in [
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://169.254.1.1"),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "https://127.0.0.1"),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://example.org"),
        ("IDENTITY_ENDPOINT", "http://10.0.0.1/msi/token"),
        ("IDENTITY_ENDPOINT", "http://example.org/msi/token"),
        ("IDENTITY_ENDPOINT", "127.0.0.1"),
    ] {
        let mut world = World::with(Options::default());
        world.set(variable, value);
        world.set("IDENTITY_HEADER", "H");
        world.run(LOGIN).failed(
            78,
            &format!(
                "graphmail: error: {variable} is not the http URL of an endpoint of this host\n\
                 hint: unset it, or let the platform set it\n"
            ),
        );
        assert_eq!(world.requests(), [""; 0]);
    }
}

#[test]
fn hosts_that_are_not_spoken_to_are_named() {
    let endpoint = ("IDENTITY_ENDPOINT", "https://localhost:2377/token");
    let msi = ("MSI_ENDPOINT", "http://localhost:2377/");
    let other = "choose another sign-in: graphmail login --help";
    for (variables, host, hint) in [
        (
            vec![
                endpoint,
                ("IDENTITY_HEADER", "H"),
                ("IDENTITY_SERVER_THUMBPRINT", "T"),
            ],
            "Service Fabric",
            other,
        ),
        (
            vec![msi],
            "Azure Cloud Shell",
            "graphmail login --mailbox reports@contoso.com --azure-cli",
        ),
        (
            vec![msi, ("MSI_SECRET", "S")],
            "Azure Machine Learning",
            other,
        ),
    ] {
        let mut world = World::with(Options::default());
        for (name, value) in variables {
            world.set(name, value);
        }
        world.run(LOGIN).failed(
            78,
            &format!(
                "graphmail: error: the managed identity of {host} is not supported\nhint: {hint}\n"
            ),
        );
    }
}

#[test]
fn a_token_is_used_again_until_it_ends() {
    let world = machine(Options {
        access_token_lifetime: Duration::from_secs(3600),
        ..Options::default()
    });
    assert_eq!(world.run(LOGIN).status, 0);
    // Graph refuses it once: the platform is asked again, and what it gives is used.
    world.sandbox().expire_access_tokens();
    world.fault("POST /users/*/sendMail=401");
    world.run(SEND).is_silent();
    let refused = SENT.replace("202", "401");
    let looked = LOOKED.replace("?$select=id&$top=1", "");
    let looked = looked.as_str();
    assert_eq!(requests(&world), [IMDS, looked, IMDS, &refused, IMDS, SENT]);
}

#[test]
fn no_proxy_is_used_and_no_secret_is_shown() {
    for mut world in [machine(Options::default()), app(Options::default())] {
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
            world.set(name, "http://127.0.0.1:1");
        }
        assert_eq!(world.run(LOGIN).status, 0);
        let run = world.run(&format!("-vv {SEND}"));
        assert_eq!(run.status, 0, "{run:?}");
        let (_, header) = world.sandbox().app_service();
        assert!(!run.stderr.contains(&header), "{}", run.stderr);
        let is_app = world.environment.get("IDENTITY_HEADER").is_some();
        let shown = run.stderr.contains("> x-identity-header: [redacted]\n");
        assert_eq!(shown, is_app, "{}", run.stderr);
    }
}
