//! `login --browser`: the browser is a thread that goes where the printed URL leads.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use graphmail::Terminal;
use graphmail::sandbox::Options;
use serde_json::json;

use super::{CONFIG, LOOKUP, SEND, SENT, TOKEN, with_files};
use crate::support::browser::{Visit, follow};
use crate::support::expected;
use crate::support::host::World;
use crate::support::process::{self, Bounded as _, within};

const LOGIN: &str = "login --browser --no-open --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com";
const AUTHORIZE: &str = "GET /contoso.com/oauth2/v2.0/authorize 302";

/// A browser whose person agrees, or is refused; what it was led to, and what it showed.
fn browser(world: &mut World) -> Arc<Mutex<Vec<(String, String)>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let visits = Arc::clone(&seen);
    let visit: Visit = Arc::new(move |url: &str| {
        let page = follow(url).text().to_owned();
        visits.lock().unwrap().push((url.to_owned(), page));
    });
    world.browser = Some(visit);
    seen
}

/// What the sandbox was asked, without the question to the person.
fn requests(world: &World) -> Vec<String> {
    let mut requests = world.requests();
    for request in &mut requests {
        if let (Some(from), Some(to)) = (request.find('?'), request.rfind(' ')) {
            request.replace_range(from..to, "");
        }
    }
    requests
}

/// `text` without the URL of the page and the port in it.
fn without_url(text: &str) -> String {
    let port = text
        .split("localhost%3A")
        .nth(1)
        .and_then(|rest| rest.split('&').next())
        .unwrap_or("PORT");
    text.lines()
        .map(|line| match line.starts_with("SANDBOX/") {
            true => "URL\n".to_owned(),
            false => format!("{line}\n").replace(port, "PORT"),
        })
        .collect()
}

#[test]
fn a_person_is_shown_the_page_and_signed_in_when_the_browser_comes_back() {
    let mut world = with_files(Options::default());
    let seen = browser(&mut world);
    let run = world.run(LOGIN);
    assert_eq!(
        without_url(&run.stderr),
        format!(
            "To sign in, open this page in a browser on this host:\n\
             URL\n\
             If the browser is on another host, run this there first, with the name of this host:\n\
             ssh -L PORT:localhost:PORT HOST\n\
             graphmail: account default is signed in as you@sandbox.example (token store: file)\n\
             {LOOKUP}"
        )
    );
    assert_eq!((run.status, run.stdout.as_str()), (0, ""));
    assert_eq!(requests(&world), [AUTHORIZE, TOKEN]);
    assert!(
        seen.lock().unwrap()[0]
            .1
            .contains("You can close this tab.")
    );
    expected::same(
        "the configuration",
        "default_account = \"default\"

[accounts.default]
tenant = \"contoso.com\"
client_id = \"11111111-1111-4111-8111-111111111111\"
auth = \"browser\"
username = \"you@sandbox.example\"
token_store = \"file\"
",
        &world.read(CONFIG),
    );
    // What follows is as after a sign-in by code.
    world.run(SEND).is_silent();
    world.clock.advance(Duration::from_secs(3600));
    world.run(SEND).is_silent();
    assert_eq!(world.requests()[2..], [SENT, TOKEN, SENT]);
    let status = world.run("status --json").json();
    assert_eq!(
        (&status["auth"], &status["username"]),
        (&json!("browser"), &json!("you@sandbox.example"))
    );
    // Whose mailbox is another's is known, too.
    let plan = world.run("send -t a@example.org --dry-run --json --from other@contoso.com");
    assert_eq!(plan.json()["permissions"], json!(["Mail.Send.Shared"]));
    // The account is signed in to again as it was, with its user's name.
    let run = world.run("login");
    assert_eq!(run.status, 0, "{run:?}");
    let seen = seen.lock().unwrap();
    assert!(
        seen[0].0.contains("&prompt=select_account"),
        "{}",
        seen[0].0
    );
    assert!(
        seen[1].0.contains("&login_hint=you%40sandbox.example"),
        "{}",
        seen[1].0
    );
}

#[test]
fn json_and_quiet_leave_the_url() {
    let mut world = World::with(Options::default());
    let _seen = browser(&mut world);
    let run = world.run(&format!("{LOGIN} --json --quiet"));
    assert_eq!(
        run.json(),
        json!({
            "ok": true,
            "account": "default",
            "auth": "browser",
            "username": "you@sandbox.example",
            "token_store": "keyring",
        })
    );
    assert_eq!(without_url(&run.stderr), "URL\n");
}

#[test]
fn the_rights_asked_for_are_those_of_any_sign_in() {
    let mut world = World::with(Options::default());
    let seen = browser(&mut world);
    let run = world.run(&format!("{LOGIN} --scopes send+drafts+shared"));
    assert_eq!(run.status, 0, "{run:?}");
    let url = url::Url::parse(&seen.lock().unwrap()[0].0).unwrap();
    let scope = url.query_pairs().find(|(name, _)| name == "scope");
    assert_eq!(
        world.hide(&scope.unwrap().1),
        "SANDBOX/Mail.Send SANDBOX/Mail.Send.Shared SANDBOX/Mail.ReadWrite \
         SANDBOX/Mail.ReadWrite.Shared offline_access openid profile"
    );
}

#[test]
fn what_the_person_or_the_tenant_refuses_is_told_in_both_places() {
    for (fault, words, page) in [
        (
            "302",
            "graphmail: error: the sign-in was declined in the browser\nhint: AGAIN --browser --no-open\n",
            "<p>What went wrong: the sign-in was declined in the browser.</p>",
        ),
        (
            "302,error=access_denied,code=53003",
            "graphmail: error: 127.0.0.1 refused: AADSTS53003: The sandbox was told to answer this.\n\
             hint: a Conditional Access policy forbids this sign-in; sign in on a managed device: AGAIN --browser; or: ask an administrator\n",
            "<p>What went wrong: 127.0.0.1 refused: AADSTS53003: The sandbox was told to answer this. The reason: a Conditional Access policy forbids this sign-in; sign in on a managed device. Sign in again.",
        ),
        (
            "302,error=consent_required,code=90094",
            "graphmail: error: 127.0.0.1 refused: AADSTS90094: The sandbox was told to answer this.\n\
             hint: ask an administrator of the tenant for consent\n",
            "To fix it: ask an administrator of the tenant for consent.</p>",
        ),
    ] {
        let mut world = World::with(Options::default());
        let seen = browser(&mut world);
        world.fault(&format!("GET /authorize={fault}"));
        let run = world.run(LOGIN);
        assert_eq!(run.status, 77);
        let words = words.replace(
            "AGAIN",
            "graphmail login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com",
        );
        assert!(run.stderr.ends_with(&words), "{}", run.stderr);
        let shown = &seen.lock().unwrap()[0].1;
        assert!(shown.contains(page), "{shown}");
        assert!(!world.home().join(CONFIG).exists(), "nothing is written");
        assert_eq!(requests(&world), [AUTHORIZE]);
    }
    let mut world = World::with(Options::default());
    let seen = browser(&mut world);
    world.fault("POST /token=400,code=50105");
    let run = world.run(LOGIN);
    assert_eq!(run.status, 77, "{run:?}");
    let shown = &seen.lock().unwrap()[0].1;
    assert!(shown.contains("AADSTS50105"), "{shown}");
    assert!(shown.contains("Not signed in."), "{shown}");
}

#[test]
fn a_desktops_browser_is_opened() {
    let mut world = World::with(Options::default());
    // It brings the URL here and goes on as a browser that stays open would.
    let opener = world.file(
        "bin/xdg-open",
        "#!/bin/sh\nprintf '%s\\n' \"$1\" > \"$HOME/opened\"\necho noise; echo noise >&2\n",
    );
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).unwrap();
    let pipe = world.home().join("opened");
    assert!(process::command("mkfifo").arg(&pipe).run().status.success());
    let bin = world.home().join("bin");
    world.set("PATH", &format!("{}:/usr/bin:/bin", bin.display()));
    world.set("DISPLAY", ":9");
    world.terminal = Terminal {
        stdin: true,
        stderr: true,
        ..Terminal::default()
    };
    let printed = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&printed);
    world.browser = Some(Arc::new(move |url: &str| {
        let pipe = pipe.clone();
        let opened = within("the opener", || std::fs::read_to_string(pipe).unwrap());
        drop(follow(opened.trim_end()));
        *kept.lock().unwrap() = Some((url.to_owned(), opened));
    }));
    let run = world.run(
        "login --browser --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com",
    );
    let (url, opened) = printed.lock().unwrap().take().unwrap();
    assert_eq!(opened, format!("{url}\n"));
    assert_eq!(
        without_url(&run.stderr),
        format!(
            "To sign in, use the page in your browser. If it has not opened, open:\n\
             URL\n\
             graphmail: account default is signed in as you@sandbox.example (token store: keyring)\n\
             {LOOKUP}"
        )
    );
}

#[test]
fn no_browser_is_opened_where_nobody_would_see_it() {
    for (flags, display, terminal, ssh_advice) in [
        ("--no-open", ":9", true, false),
        ("", ":9", false, false),
        ("", "", true, true),
    ] {
        let mut world = World::with(Options::default());
        let opener = world.file("bin/xdg-open", "#!/bin/sh\ntouch \"$HOME/opened\"\n");
        std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).unwrap();
        let bin = world.home().join("bin");
        world.set("PATH", &format!("{}:/usr/bin:/bin", bin.display()));
        world.set("DISPLAY", display);
        world.terminal.stderr = terminal;
        let _seen = browser(&mut world);
        let line = format!(
            "login --browser {flags} --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com"
        );
        let run = world.run(&line);
        assert_eq!(run.status, 0, "{run:?}");
        assert!(
            run.stderr
                .starts_with("To sign in, open this page in a browser on this host:\n"),
            "{}",
            run.stderr
        );
        assert_eq!(run.stderr.contains("ssh -L "), ssh_advice, "{}", run.stderr);
        assert!(!world.home().join("opened").exists());
    }
}

#[test]
fn a_host_without_an_opener_prints_the_page() {
    let mut world = World::with(Options::default());
    world.set("PATH", "/nonexistent");
    world.set("WAYLAND_DISPLAY", "wayland-0");
    world.terminal.stderr = true;
    let _seen = browser(&mut world);
    let run = world.run(
        "login --browser --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com",
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert!(
        run.stderr.starts_with("To sign in, open this page"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_flags_belong_together() {
    let world = World::alone();
    for (line, words) in [
        (
            "login --no-open --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com",
            "the following required arguments were not provided: --browser",
        ),
        (
            "login --browser --device-code --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com",
            "the argument '--browser' cannot be used with '--device-code'",
        ),
    ] {
        world.run(line).failed(
            64,
            &format!("graphmail: error: {words}\nhint: graphmail login --help\n"),
        );
    }
}
