//! No token, refresh token, client secret or device code is in any output, in any file but the
//! store, or in the arguments of a child; whatever is asked for, and whatever goes wrong.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use graphmail::sandbox::Options;
use serde_json::Value;

use crate::support::browser::follow;
use crate::support::host::{Run, World};
use crate::support::process::Bounded as _;

const CLIENT_SECRET: &str = "kQ8~the.secret-value_of.the.app";
const LOUD: &str = "-vv --log-file HOME/log";

/// Everything that the sandbox gave out or was given to prove something.
fn secrets(world: &World) -> Vec<String> {
    let mut secrets = vec![world.sandbox().ready_token(), CLIENT_SECRET.to_owned()];
    for exchange in world.sandbox().exchanges() {
        if let Some(header) = exchange.header("authorization") {
            secrets.push(header.trim_start_matches("Bearer ").to_owned());
        }
        for (name, value) in url::form_urlencoded::parse(&exchange.body) {
            if matches!(
                &*name,
                "refresh_token" | "device_code" | "client_secret" | "code" | "code_verifier"
            ) {
                secrets.push(value.into_owned());
            }
        }
    }
    // What is kept, too: the tokens that were not yet used.
    for store in files(world.home()).iter().filter(|path| is_store(path)) {
        let record: Value = serde_json::from_slice(&std::fs::read(store).unwrap()).unwrap();
        for pointer in ["/access/token", "/refresh_token", "/client_secret"] {
            secrets.extend(
                record
                    .pointer(pointer)
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
        }
    }
    secrets.sort();
    secrets.dedup();
    assert!(
        secrets.iter().all(|secret| secret.len() > 20),
        "{secrets:?}"
    );
    secrets
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn is_store(path: &Path) -> bool {
    path.parent().unwrap().ends_with("graphmail/tokens")
}

/// Looks for every secret in every output and every file.
fn keeps_its_secrets(world: &World, runs: &[Run], own_files: &[&str]) {
    let secrets = secrets(world);
    for secret in &secrets {
        for run in runs {
            assert!(!run.stdout.contains(secret), "{}", run.stdout);
            assert!(!run.stderr.contains(secret), "{}", run.stderr);
        }
        for path in files(world.home()) {
            let own = own_files.iter().any(|own| path.ends_with(own));
            if !is_store(&path) && !own {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                assert!(!text.contains(secret), "{}", path.display());
            }
        }
    }
}

/// A send that succeeds, sends that fail in several ways, and what else shows an account.
fn every_way(world: &World, extra: &str) -> Vec<Run> {
    let send = format!("send -t a@example.org -s S --body B {extra} {LOUD}");
    let mut runs = Vec::new();
    for fault in [
        "",
        "401",
        "403",
        "500",
        "429,retry-after=600",
        "reset-after",
        "garbage",
    ] {
        if !fault.is_empty() {
            let path = if extra.is_empty() {
                "/me/sendMail"
            } else {
                "/users/*/sendMail"
            };
            world.fault(&format!("POST {path}={fault}"));
        }
        runs.push(world.run(&send));
        // What the service asked for binds the next run too.
        world.clock.advance(std::time::Duration::from_mins(10));
    }
    assert_eq!(runs[0].status, 0, "{runs:?}");
    runs.push(world.run(&format!("{send} --json")));
    runs.push(world.run(&format!("{send} --dry-run=curl")));
    for line in [
        "status",
        "status --json",
        "accounts list --json",
        "accounts list",
    ] {
        runs.push(world.run(&format!("{line} {LOUD}")));
    }
    runs
}

fn with_files(options: Options) -> World {
    let mut world = World::with(options);
    world.set("GRAPHMAIL_TOKEN_STORE", "file");
    world
}

#[test]
fn of_a_person() {
    let world = with_files(Options {
        polls_before_approval: 1,
        ..Options::default()
    });
    let mut runs = vec![world.run(&format!(
        "login --client-id 11111111-1111-4111-8111-111111111111 --tenant t.example {LOUD}"
    ))];
    runs.extend(every_way(&world, ""));
    world.clock.advance(Duration::from_secs(3600));
    runs.extend(every_way(&world, ""));
    for fault in ["400", "500,times=20", "200,body=garbage", "200,process=yes"] {
        world.clock.advance(Duration::from_secs(3600));
        world.fault(&format!("POST /token={fault}"));
        runs.push(world.run(&format!("send -t a@example.org --max-wait 10m {LOUD}")));
    }
    world.sandbox().revoke_refresh_tokens();
    world.clock.advance(Duration::from_secs(3600));
    runs.push(world.run(&format!("send -t a@example.org {LOUD}")));
    let mut world = world;
    drop(world.complaints());
    keeps_its_secrets(&world, &runs, &[]);
    assert!(secrets(&world).len() > 6, "there was something to find");
}

#[test]
fn of_a_browser() {
    let mut world = with_files(Options::default());
    let pages = Arc::new(Mutex::new(String::new()));
    let shown = Arc::clone(&pages);
    world.browser = Some(Arc::new(move |url: &str| {
        shown.lock().unwrap().push_str(follow(url).text());
    }));
    let login = format!(
        "login --browser --client-id 11111111-1111-4111-8111-111111111111 --tenant t.example {LOUD}"
    );
    let mut runs = vec![world.run(&login)];
    assert_eq!(runs[0].status, 0, "{runs:?}");
    runs.extend(every_way(&world, ""));
    for fault in ["400,code=54005", "reset-after", "200,body=garbage"] {
        world.fault(&format!("POST /token={fault}"));
        runs.push(world.run(&login));
    }
    keeps_its_secrets(&world, &runs, &[]);
    for secret in secrets(&world) {
        assert!(!pages.lock().unwrap().contains(&secret));
    }
}

#[test]
fn of_an_application() {
    let world = with_files(Options {
        client_secret: Some(CLIENT_SECRET.to_owned()),
        ..Options::default()
    });
    let line = format!(
        "login --client-id 11111111-1111-4111-8111-111111111111 --tenant t.example --client-secret-file - {LOUD}"
    );
    let mut runs = vec![world.run_with(&format!("{line} --json"), CLIENT_SECRET)];
    assert_eq!(runs[0].status, 0, "{runs:?}");
    runs.extend(every_way(&world, "--mailbox m@example.org"));
    world.fault("POST /token=401,code=7000222");
    runs.push(world.run_with(&line, CLIENT_SECRET));
    keeps_its_secrets(&world, &runs, &[]);
}

#[test]
fn of_azure_identitys_variables() {
    let mut world = World::with(Options {
        client_secret: Some(CLIENT_SECRET.to_owned()),
        ..Options::default()
    });
    world.set("AZURE_TENANT_ID", "t.example");
    world.set("AZURE_CLIENT_ID", "id");
    world.set("AZURE_CLIENT_SECRET", CLIENT_SECRET);
    let runs = every_way(&world, "--mailbox m@example.org");
    keeps_its_secrets(&world, &runs, &[]);
}

#[test]
fn of_a_ready_token() {
    let world = World::ready();
    let runs = every_way(&world, "");
    keeps_its_secrets(&world, &runs, &[]);
}

#[test]
fn of_a_command_whose_arguments_anyone_may_read() {
    let world = World::with(Options::default());
    drop(world.file("token", world.sandbox().ready_token()));
    // What ps would show of the command and of the shell that runs it.
    drop(world.file(
        "command",
        "cat /proc/$$/cmdline /proc/$PPID/cmdline >> \"$(dirname \"$0\")/seen\"\ncat \"$(dirname \"$0\")/token\"\n",
    ));
    let mut runs = vec![world.run(&format!("login --token-command 'sh HOME/command' {LOUD}"))];
    assert_eq!(runs[0].status, 0, "{runs:?}");
    runs.extend(every_way(&world, ""));
    keeps_its_secrets(&world, &runs, &["token"]);
    assert!(world.read("seen").contains("command"));
}

/// What `{:?}` and `{:#?}` print of values that hold the environment or header fields.
#[test]
fn debug_output_of_environment_and_requests_shows_names_only() {
    use graphmail::config::{Flags, Settings};
    use graphmail::http::{Method, Request, Response};
    use graphmail::seams::Environment;

    let secret = "hunter2-secret-value";
    let environment = Environment::from_pairs([
        ("AZURE_CLIENT_SECRET", secret.to_owned()),
        ("HTTPS_PROXY", format!("http://jane:{secret}@proxy.example")),
        ("HOME", "/home/jane".to_owned()),
    ]);
    assert_eq!(
        format!("{environment:?}"),
        r#"{"AZURE_CLIENT_SECRET", "HOME", "HTTPS_PROXY"}"#
    );
    let settings = Settings::from_flags(&Flags::default(), &environment).unwrap();
    let request = Request {
        method: Method::Get,
        url: url::Url::parse("https://graph.microsoft.com/v1.0/me")
            .unwrap()
            .into(),
        headers: vec![("x-identity-header", secret.to_owned())],
        bearer: Some(graphmail::secret::Secret::new(secret)),
        body: secret.into(),
        timeout: Duration::from_secs(1),
        stoppable: false,
        begun: None,
    };
    let response = Response {
        status: 200,
        headers: vec![("set-cookie".to_owned(), secret.to_owned())],
        body: secret.into(),
    };
    for shown in [
        format!("{environment:?} {settings:?} {request:?} {response:?}"),
        format!("{environment:#?} {settings:#?} {request:#?} {response:#?}"),
    ] {
        assert!(!shown.contains("hunter2"), "{shown}");
        for name in ["AZURE_CLIENT_SECRET", "x-identity-header"] {
            assert!(shown.contains(name), "{shown}");
        }
    }
}

/// The limit that a child inherits is the program's own.
#[cfg(unix)]
#[test]
fn no_core_file_is_written_while_tokens_are_in_memory() {
    use crate::support::program::{Place, text};

    let place = Place::new();
    place.configure(
        "[accounts.ops]\nauth = \"token-command\"\n\
         token_command = \"ulimit -S -c > limit; cat token\"\n",
    );
    drop(place.file("token", &place.sandbox().ready_token()));
    let send = "send --account ops -t a@example.org -s Hello";
    let run = place.unsigned(send).run();
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let limit = std::fs::read_to_string(place.home().join("limit")).unwrap();
    assert_eq!(limit, "0\n");
}
