//! Details of a sign-in: what files and answers may look like, and what is reported.

use graphmail::sandbox::{Certificate, Options};
use serde_json::json;

use super::{CONFIG, LOGIN, SEND, TOKEN, TOKENS, with_files};
use crate::support::host::{Run, World};
use crate::support::transport::{Answer, Scripted, json as answer};

/// Writes a file for the user alone.
fn private(world: &World, name: &str, contents: impl AsRef<[u8]>) {
    let path = world.file(name, contents);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, mode).unwrap();
}

/// Runs graphmail on a network that gives these answers.
fn scripted(world: &World, line: &str, answers: impl IntoIterator<Item = Answer>) -> Run {
    let words = shlex::split(&format!("graphmail {line}")).unwrap();
    let words: Vec<_> = words.into_iter().map(Into::into).collect();
    world.run_over(&Scripted::new(answers), &words, b"")
}

#[test]
fn a_certificate_may_begin_with_a_byte_order_mark() {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let pem = std::fs::read(data.join("tests/data/certificates/reports.pem")).unwrap();
    let world = with_files(Options {
        certificates: Certificate::all(&pem).unwrap(),
        ..Options::default()
    });
    private(&world, "marked.pem", [b"\xEF\xBB\xBF", &*pem].concat());
    let line = format!("{LOGIN} --mailbox a@contoso.com --certificate HOME/marked.pem");
    assert_eq!(world.run(&line).status, 0);
}

#[test]
fn a_file_of_the_environment_has_the_client_secret() {
    let options = || Options {
        client_secret: Some("right".to_owned()),
        ..Options::default()
    };
    // A container without a configuration.
    let mut world = World::with(options());
    private(&world, "secret", "right\n");
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111");
    world.set("GRAPHMAIL_MAILBOX", "reports@contoso.com");
    world.set("GRAPHMAIL_CLIENT_SECRET_FILE", "HOME/secret");
    world.run(SEND).is_silent();
    world.set("GRAPHMAIL_CLIENT_SECRET_FILE", "");
    world.run(SEND).failed(
        78,
        "graphmail: error: GRAPHMAIL_CLIENT_SECRET_FILE is set, but empty\n\
         hint: set GRAPHMAIL_CLIENT_SECRET_FILE to a value, or unset it\n",
    );
    // A configured account, and the file that it names itself.
    let mut world = World::with(options());
    private(&world, "secret", "right\n");
    private(&world, "old", "wrong\n");
    let home = world.home().display().to_string();
    world.configure(&format!(
        "[accounts.a]\nauth = \"client-secret\"\ntenant = \"contoso.com\"\nclient_id = \"11111111-1111-4111-8111-111111111111\"\n\
         mailbox = \"reports@contoso.com\"\nclient_secret_file = \"{home}/old\"\n"
    ));
    world.fault("POST /token=401,code=7000215");
    let run = world.run(SEND);
    let hint = "from Certificates & secrets; then: put a new client secret into HOME/old\n";
    assert!(run.stderr.ends_with(hint), "{run:?}");
    world.set("GRAPHMAIL_CLIENT_SECRET_FILE", "HOME/secret");
    world.run(SEND).is_silent();
}

/// The file takes precedence over a secret in the environment, so the secret would change nothing.
#[test]
fn a_secret_file_of_the_environment_is_replaced_by_another() {
    let mut world = World::alone();
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111");
    world.set("GRAPHMAIL_MAILBOX", "a@contoso.com");
    world.set("GRAPHMAIL_CLIENT_SECRET_FILE", "/nowhere/secret");
    world.run(SEND).not_sent(
        77,
        "graphmail: error: /nowhere/secret cannot be read: No such file or directory (os error 2)\n\
         hint: this user must be able to read the file: ls -ld /nowhere/secret; \
         or: set GRAPHMAIL_CLIENT_SECRET_FILE to a file that this user can read\n",
    );
}

#[test]
fn a_lifetime_may_be_a_string() {
    let mut world = World::alone();
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111");
    world.set("AZURE_CLIENT_SECRET", "s");
    world.set("GRAPHMAIL_MAILBOX", "a@contoso.com");
    let token = json!({"token_type": "Bearer", "expires_in": "3599", "access_token": "T"});
    let sent = answer(202, &json!({}));
    scripted(&world, SEND, [answer(200, &token), sent]).is_silent();
}

#[test]
fn a_refused_sign_in_is_reported_with_its_code_and_ids() {
    let refused = || {
        answer(
            400,
            &json!({
                "error": "invalid_grant",
                "error_description": "AADSTS50105: Not assigned. Trace ID: T Correlation ID: C Timestamp: X",
                "error_codes": [50105], "trace_id": "T-1", "correlation_id": "C-1",
            }),
        )
    };
    let error = |run: &Run| {
        let error = run.json()["error"].clone();
        ["entra_code", "correlation_id", "trace_id"].map(|key| error[key].clone())
    };
    let world = World::alone();
    let run = scripted(
        &world,
        &format!("{LOGIN} --token-store file --json"),
        [refused()],
    );
    assert_eq!(error(&run), ["AADSTS50105", "C-1", "T-1"]);

    let mut world = World::alone();
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111");
    world.set("AZURE_CLIENT_SECRET", "s");
    world.set("GRAPHMAIL_MAILBOX", "a@contoso.com");
    let run = scripted(&world, &format!("{SEND} --json"), [refused()]);
    assert_eq!(error(&run), ["AADSTS50105", "C-1", "T-1"]);
}

#[test]
fn a_refresh_token_or_a_permission_that_is_not_given_is_reported() {
    let world = World::alone();
    let device = json!({
        "device_code": "D", "user_code": "U", "verification_uri": "https://login.example/device",
        "expires_in": 900, "interval": 1,
    });
    let token = json!({
        "token_type": "Bearer", "expires_in": 3600, "access_token": "T",
        "scope": "https://graph.microsoft.com/Mail.Send",
    });
    let line = format!("{LOGIN} --token-store file --scopes send+drafts");
    let run = scripted(&world, &line, [answer(200, &device), answer(200, &token)]);
    assert_eq!(run.status, 0, "{run:?}");
    let warnings: Vec<_> = run
        .stderr
        .lines()
        .filter(|line| line.contains("warning"))
        .collect();
    assert_eq!(
        warnings,
        [
            "graphmail: warning: the service issued no refresh token, so the sign-in ends at 2026-11-20T11:00:01Z; it needs the scope offline_access",
            "graphmail: warning: the service did not grant Mail.ReadWrite",
        ]
    );
    assert!(world.home().join(TOKENS).exists());
}

#[test]
fn an_option_of_login_without_effect_is_refused() {
    let world = World::with(Options::default());
    private(&world, "token", world.sandbox().ready_token());
    private(&world, "secret", "s");
    for (options, option, kind, why) in [
        (
            "--client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --client-secret-file HOME/secret --scopes send",
            "--scopes",
            "client-secret",
            "its permissions are not requested at login",
        ),
        (
            "--token-command 'cat HOME/token' --scopes send",
            "--scopes",
            "token-command",
            "its permissions are not requested at login",
        ),
        (
            "--token-command 'cat HOME/token' --token-store file",
            "--token-store",
            "token-command",
            "nothing of it is stored",
        ),
    ] {
        world.run(&format!("login {options}")).failed(
            64,
            &format!(
                "graphmail: error: {option} has no effect for the credential {kind}: {why}\nhint: omit {option}\n"
            ),
        );
        assert!(!world.home().join(CONFIG).exists());
    }
    assert_eq!(world.requests(), [""; 0]);
}

#[test]
fn login_checks_the_configuration_before_it_asks_a_person() {
    let mut world = with_files(Options::default());
    drop(world.file("file", ""));
    world.set("GRAPHMAIL_CONFIG", "HOME/file/config.toml");
    let run = world.run(LOGIN);
    assert_eq!(run.status, 74, "{run:?}");
    assert_eq!(world.requests(), [""; 0], "nobody is asked");
}

#[test]
fn keepalive_takes_its_scheduler_with_a_blank_or_an_equals_sign_or_none() {
    let world = with_files(Options::default());
    assert_eq!(world.run(LOGIN).status, 0);
    let printed = |options: &str| {
        let run = world.run(&format!("keepalive {options}"));
        assert_eq!(run.status, 0, "{run:?}");
        run.stdout
    };
    let (systemd, cron) = (printed("--print"), printed("--print cron"));
    assert!(
        systemd.starts_with("# graphmail-keepalive.service\n"),
        "{systemd}"
    );
    for option in ["--print systemd", "--print=systemd"] {
        assert_eq!(printed(option), systemd);
    }
    assert_eq!(printed("--print=cron"), cron);
}

/// An unlinked file can be read through /proc, and nothing can be made in that folder, not even by root.
#[cfg(target_os = "linux")]
#[test]
fn a_declared_account_needs_no_writable_configuration() {
    signs_in_read_only("token_store = \"file\"\n");
    // GRAPHMAIL_TOKEN_STORE names it.
    signs_in_read_only("");
}

#[cfg(target_os = "linux")]
fn signs_in_read_only(store: &str) {
    use std::io::Write as _;
    use std::os::fd::AsRawFd as _;
    let mut file = tempfile::tempfile().unwrap();
    let declared = format!(
        "[accounts.ops]\nauth = \"device-code\"\ntenant = \"contoso.com\"\nclient_id = \"11111111-1111-4111-8111-111111111111\"\n{store}"
    );
    file.write_all(declared.as_bytes()).unwrap();
    let config = format!("/proc/self/fd/{}", file.as_raw_fd());
    let world = with_files(Options::default());
    // Another account would have to be written: nobody is asked to sign in.
    let run = world.run(&format!(
        "--config {config} login -A other --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com"
    ));
    assert_eq!((run.status, run.stdout.as_str()), (74, ""));
    let error = format!("graphmail: error: {config} cannot be written: ");
    assert!(run.stderr.starts_with(&error), "{}", run.stderr);
    assert_eq!(world.requests(), [""; 0]);
    let run = world.run(&format!("--config {config} login -A ops"));
    assert_eq!(run.status, 0, "{run:?}");
    world.run(&format!("--config {config} {SEND}")).is_silent();
    assert_eq!(world.sandbox().accepted().len(), 1);
}

#[test]
fn a_mailbox_is_checked_before_the_sign_in_is_stored() {
    let world = with_files(Options {
        client_secret: Some("right".to_owned()),
        mailboxes: vec!["reports@contoso.com".to_owned()],
        ..Options::default()
    });
    private(&world, "secret", "right\n");
    let login = |mailbox: &str| {
        world.run(&format!(
            "{LOGIN} --client-secret-file HOME/secret --mailbox {mailbox}"
        ))
    };
    for mailbox in ["reports@", "a@@contoso.com", "<a@contoso.com>", "a,b"] {
        login(mailbox).failed(
            64,
            &format!(
                "graphmail: error: --mailbox: {mailbox:?} is neither an address nor a user's id\n"
            ),
        );
    }
    assert_eq!(world.requests(), [""; 0]);
    let run = login("report@contoso.com");
    assert_eq!((run.status, run.stdout.as_str()), (67, ""));
    let error =
        "graphmail: error: looking into the mailbox report@contoso.com: HTTP 404 ErrorInvalidUser";
    assert!(run.stderr.starts_with(error), "{}", run.stderr);
    assert!(!world.home().join(TOKENS).exists() && !world.home().join(CONFIG).exists());
    assert_eq!(login("reports@contoso.com").status, 0);
    // Without permission to read it, only a message can tell.
    let world = with_files(Options {
        client_secret: Some("right".to_owned()),
        permissions: vec!["Mail.Send".to_owned()],
        mailboxes: vec!["reports@contoso.com".to_owned()],
        ..Options::default()
    });
    private(&world, "secret", "right\n");
    let line = format!("{LOGIN} --client-secret-file HOME/secret --mailbox report@contoso.com");
    assert_eq!(world.run(&line).status, 0);
    assert_eq!(world.requests(), [TOKEN]);
}
