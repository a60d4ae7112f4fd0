//! What others wrote is shown without what drives a terminal, hides text or forges a line: each source
//! through a whole run.

use std::ffi::OsString;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::auth;
use crate::support::files::last_record;
use crate::support::host::{Run, World};
use crate::support::process::{self, Bounded as _};
use crate::support::transport::{Answer, Scripted, answer, json as json_answer};

/// An escape sequence, one of C1, a bidirectional override, a byte order mark, and a second line.
pub const EVIL: &str = "evil\u{1b}[2J\u{9b}31m\u{202e}\u{2066}\u{feff}\u{7f}\r\nforged\u{2028}line";

/// The same as one line.
const SHOWN: &str = "evil\u{fffd}[2J\u{fffd}31m\u{fffd}\u{fffd}\u{fffd}\u{fffd}  forged line";

fn is_evil(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character,
            '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Demands that nothing of the run drives a terminal and that no line is forged.
#[track_caller]
fn is_clean(run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains(is_evil), "{text:?}");
        assert!(
            !text.lines().any(|line| line.starts_with("forged")),
            "{text}"
        );
    }
}

fn run(world: &World, line: &str, answers: impl IntoIterator<Item = Answer>) -> Run {
    let home = format!("{}/", world.home().display());
    let words = shlex::split(line).unwrap().into_iter();
    let words = words.map(|word| OsString::from(word.replace("HOME/", &home)));
    let words: Vec<_> = std::iter::once("graphmail".into()).chain(words).collect();
    let run = world.run_over(&Scripted::new(answers), &words, b"");
    is_clean(&run);
    run
}

/// A host with a token in its environment, and no network but the scripted one.
fn ready() -> World {
    let mut world = World::alone();
    world.set("GRAPHMAIL_ACCESS_TOKEN", "token");
    world
}

const SEND: &str = "send -t a@example.org -s x --body y";

fn refusal() -> Answer {
    let body = json!({"error": {"code": EVIL, "message": format!("first {EVIL}")}});
    let headers = [
        ("request-id", EVIL),
        ("server", EVIL),
        ("client-request-id", EVIL),
    ];
    answer(400, &headers, &body.to_string())
}

#[test]
fn codes_messages_and_ids_of_an_answer() {
    let world = ready();
    let shown = run(&world, &format!("{SEND} --log-file HOME/log"), [refusal()]);
    assert!(
        shown
            .stderr
            .contains(&format!("HTTP 400 {SHOWN}: first evil")),
        "{shown:?}"
    );
    assert!(
        shown.stderr.contains(&format!("(request-id {SHOWN}, ")),
        "{shown:?}"
    );
    assert_eq!(
        shown.stderr.lines().count(),
        2,
        "the error and its hint: {shown:?}"
    );
    let log = world.read("log");
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(!log.contains(is_evil), "{log:?}");
    // One word each, so that no value begins another.
    let fields = log.trim_end().split(' ').skip(1);
    let names: Vec<_> = fields
        .map(|field| field.split('=').next().unwrap())
        .collect();
    let wanted = "account mailbox transport recipients bytes request-id client-request-id message-id exit result";
    assert_eq!(names.join(" "), wanted, "{log}");
}

#[test]
fn an_error_as_json_keeps_its_value() {
    let shown = run(&ready(), &format!("{SEND} --json"), [refusal()]);
    assert!(
        shown.stdout.contains("\\ufffd") || shown.stdout.contains('\u{fffd}'),
        "{shown:?}"
    );
    assert_eq!(shown.stdout.lines().count(), 1);
}

#[test]
fn header_fields_at_vv_and_a_redirect() {
    let headers = [("request-id", EVIL), ("server", EVIL), ("location", EVIL)];
    let shown = run(
        &ready(),
        &format!("{SEND} -vv"),
        [answer(302, &headers, "")],
    );
    assert!(
        shown.stderr.contains(&format!("< server: {SHOWN}\n")),
        "{shown:?}"
    );
    assert!(
        shown.stderr.contains("< location: [not shown]\n"),
        "{shown:?}"
    );
}

fn drafts() -> Answer {
    json_answer(
        200,
        &json!({"value": [{
            "id": "AAMk'$(touch x)=",
            "subject": EVIL,
            "toRecipients": [{"emailAddress": {"address": EVIL}}],
            "webLink": EVIL,
            "internetMessageId": EVIL,
        }]}),
    )
}

#[test]
fn drafts_in_a_list_and_as_json() {
    // An id of these characters can be no draft's.
    let odd = run(&ready(), "draft list", [drafts()]);
    assert_ne!(odd.status, 0);
    let fine = |answer: Answer| {
        let mut answer = answer.unwrap();
        let body = String::from_utf8(answer.body.to_vec()).unwrap();
        answer.body = body.replace("AAMk'$(touch x)=", "AAMk'$(x)=").into();
        Ok(answer)
    };
    let shown = run(&ready(), "draft list", [fine(drafts())]);
    assert_eq!(shown.stdout, format!("AAMk'$(x)=  -  {SHOWN}  {SHOWN}\n"));
    let shown = run(&ready(), "draft list --json", [fine(drafts())]);
    let draft = &shown.json()["drafts"][0];
    assert_eq!(
        (&draft["subject"], &draft["web_link"]),
        (&json!(EVIL), &json!(EVIL))
    );
}

#[test]
fn a_created_drafts_id_and_link_are_lines() {
    let draft =
        json!({"id": "AAMk'$(x)=", "webLink": format!("https://outlook.example/?{EVIL}';x")});
    let line = "draft create -t a@example.org -s x --body y";
    let shown = run(&ready(), line, [json_answer(201, &draft)]);
    let link = format!("https://outlook.example/?{SHOWN}';x");
    assert_eq!(shown.stdout, format!("AAMk'$(x)=\n{link}\n"));
}

/// The file of the one entry of the outbox, and what is in it.
fn entry(world: &World) -> (PathBuf, Value) {
    let mut folders = vec![world.home().join(".local/state/graphmail/outbox")];
    let mut entries = Vec::new();
    while let Some(folder) = folders.pop() {
        let paths = std::fs::read_dir(folder).unwrap();
        for path in paths.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                entries.push(path);
            }
        }
    }
    assert_eq!(entries.len(), 1, "{entries:?}");
    let path = entries.remove(0);
    let entry = last_record(&std::fs::read(&path).unwrap());
    (path, entry)
}

/// [`EVIL`] again and again, of about so many bytes.
fn long_evil(bytes: usize) -> String {
    EVIL.repeat(bytes / EVIL.len())
}

/// The same as it is shown, cut after so many characters.
fn long_shown(characters: usize) -> String {
    let shown: String = SHOWN.chars().cycle().take(characters).collect();
    shown + "…"
}

/// Its first line is what is read of a message.
fn long_line(bytes: usize) -> (String, String) {
    let line = |text: &str| text.split(['\r', ' ']).next().unwrap().to_owned();
    let (evil, shown) = (line(EVIL), line(SHOWN));
    let shown: String = shown.chars().cycle().take(300).collect();
    (evil.repeat(bytes / evil.len()) + "\nforged", shown + "…")
}

fn long_refusal(status: u16, bytes: usize) -> Answer {
    let (message, _) = long_line(bytes);
    let body = json!({"error": {"code": long_evil(bytes), "message": message}});
    let id = long_evil(bytes);
    let headers = [("request-id", &*id), ("client-request-id", &*id)];
    answer(status, &headers, &body.to_string())
}

/// Error output, log and outbox hold a limited part of an answer: of one that is too long to be an error
/// of Graph's its status and number alone.
#[test]
fn long_texts_of_an_answer_are_cut() {
    let (_, message) = long_line(1);
    let told = format!("HTTP 429 {}: {message}", long_shown(100));
    for (bytes, told) in [(100_000, &*told), (5_000_000, "HTTP 429")] {
        let world = ready();
        let line = format!("{SEND} --log-file HOME/log --max-wait 0");
        let id = long_shown(100);
        let shown = run(&world, &line, [long_refusal(429, bytes)]);
        assert_eq!((shown.status, &*shown.stdout), (75, ""));
        assert_eq!(
            shown.stderr,
            format!(
                "graphmail: error: the message was not sent: {told} (request-id {id}, \
                 client-request-id 02020202-0202-4202-8202-020202020202)\n\
                 hint: it is safe to run it again in a while, or with a longer --max-wait\n"
            )
        );
        let word = id.replace(' ', "\u{fffd}");
        assert_eq!(
            world.read("log"),
            format!(
                "2026-11-20T10:00:00Z account=environment mailbox=me transport=json recipients=1 bytes=235 \
                 request-id={word} client-request-id=02020202-0202-4202-8202-020202020202 \
                 message-id=<00000000-0000-4000-8000-000000000000@graphmail.invalid> exit=75 result=later\n"
            )
        );
        let world = ready();
        let line = format!("{line} --queue always");
        run(&world, &line, [long_refusal(429, bytes)]).is_silent_but_for(&format!(
            "graphmail: queued in the outbox as 20261120T100000000Z02020202: {told}\n"
        ));
        assert_eq!(entry(&world).1["last_error"], told, "{bytes}");
    }
}

/// The draft of a message that did not go through is named in a command to paste.
#[test]
fn the_id_in_a_command_is_quoted() {
    let world = ready();
    drop(world.file("big", vec![b'x'; 3_500_000]));
    let refused = |status| answer(status, &[], r#"{"error":{"code":"ErrorAccessDenied"}}"#);
    let draft = json!({"id": "AAMk$(x)="});
    let answers = [json_answer(201, &draft), refused(403), refused(403)];
    let shown = run(
        &world,
        "send -t a@example.org -s x --attach HOME/big",
        answers,
    );
    assert!(
        shown.stderr.contains("graphmail draft delete 'AAMk$(x)='"),
        "{shown:?}"
    );
}

fn device(others: &Value) -> Answer {
    let mut reply = json!({
        "user_code": EVIL,
        "device_code": "DEVICE",
        "verification_uri": "https://login.example/device",
        "expires_in": 900,
        "interval": 0,
        "message": EVIL,
    });
    reply
        .as_object_mut()
        .unwrap()
        .extend(others.as_object().unwrap().clone());
    json_answer(200, &reply)
}

const LOGIN: &str = "login --client-id 11111111-2222-3333-4444-555555555555 \
    --tenant contoso.com --token-store file";

#[test]
fn the_device_code_and_what_a_token_says_of_its_user() {
    let world = World::alone();
    let token = json!({
        "token_type": "Bearer",
        "access_token": "ACCESS",
        "expires_in": 3600,
        "refresh_token": "REFRESH",
        "scope": format!("https://graph.microsoft.com/Mail.Send {EVIL}"),
        "id_token": auth::id_token(EVIL),
    });
    let shown = run(
        &world,
        LOGIN,
        [device(&json!({})), json_answer(200, &token)],
    );
    assert_eq!(shown.status, 0, "{shown:?}");
    assert!(
        shown.stderr.contains(&format!("enter the code {SHOWN}\n")),
        "{shown:?}"
    );
    assert!(
        shown.stderr.contains(&format!("is signed in as {SHOWN} (")),
        "{shown:?}"
    );
    assert_eq!(shown.waits, [5.0], "an interval of zero is the usual one");
    for line in [
        "status",
        "status --json",
        "accounts list",
        "accounts list --json",
    ] {
        let shown = run(&world, line, []);
        assert_eq!(shown.status, 0, "{line}: {shown:?}");
        assert!(shown.stdout.contains("evil"), "{line}: {shown:?}");
    }
}

#[test]
fn a_page_to_sign_in_on_is_https() {
    for page in [
        "http://login.example/device",
        "http://127.0.0.1/x",
        "javascript:alert(1)",
    ] {
        let shown = run(
            &World::alone(),
            LOGIN,
            [device(&json!({"verification_uri": page}))],
        );
        assert_eq!(shown.status, 78, "{shown:?}");
        let wanted = format!(
            "graphmail: error: login.microsoftonline.com names a sign-in page that is not https: {page}\n"
        );
        assert!(shown.stderr.starts_with(&wanted), "{shown:?}");
    }
}

#[test]
fn a_refusal_of_the_login_service() {
    let body = json!({
        "error": format!("invalid_grant{EVIL}"),
        "error_description": format!("AADSTS7000: {EVIL}"),
        "error_codes": [7000],
        "suberror": EVIL,
        "correlation_id": EVIL,
        "trace_id": EVIL,
    });
    let shown = run(&World::alone(), LOGIN, [json_answer(400, &body)]);
    assert_eq!(shown.status, 77, "{shown:?}");
    assert!(shown.stderr.contains("AADSTS7000: evil"), "{shown:?}");
}

/// A sign-in of an application, which asks for a token with each message.
#[cfg(unix)]
fn application() -> World {
    use std::os::unix::fs::PermissionsExt;
    let world = World::alone();
    let secret = world.file("secret", "s3cret");
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o600)).unwrap();
    world.configure(&format!(
        "[accounts.reports]\ntenant = \"contoso.com\"\nclient_id = \"id\"\nauth = \"client-secret\"\n\
         client_secret_file = \"{}\"\nmailbox = \"a@example.org\"\ntoken_store = \"none\"\n",
        secret.display()
    ));
    world
}

#[cfg(unix)]
#[test]
fn long_texts_of_the_login_service_are_cut() {
    let long = || long_evil(1_000_000);
    let body = json!({
        "error": long(),
        "error_description": format!("AADSTS7000222: {}\nforged", long_line(3_000_000).0),
        "error_codes": vec![7_000_222; 10_000],
        "suberror": long(),
        "correlation_id": long(),
        "trace_id": long(),
    });
    let world = application();
    let words = "evil [2J 31m ".repeat(37);
    let told = format!(
        "login.microsoftonline.com refused: AADSTS7000222: {} evil…",
        words.trim_end()
    );
    let error = format!("graphmail: error: the message was not sent: {told}\n");
    let kept = format!("graphmail: queued in the outbox as 20261120T100000000Z05050505: {told}\n");
    let hint = "hint: create a new client secret, or use a certificate: this secret has expired; then: \
        put a new client secret into HOME/secret\n";
    let answer = || [json_answer(401, &body)];
    run(&world, SEND, answer()).failed(77, &(error + hint));
    let line = format!("{SEND} --queue always");
    run(&world, &line, answer()).is_silent_but_for(&(kept + hint));
    assert_eq!(entry(&world).1["last_error"], told);
}

#[test]
fn long_codes_and_pages_to_sign_in_on_are_cut() {
    let path = || long_evil(5_000_000);
    let page = |scheme: &str| format!("{scheme}://login.example/{}", path());
    let shown = |start: &str| {
        let left = 1_023 - start.len();
        start.to_owned() + &long_shown(left)
    };
    let usual = "https://login.example/device";
    let prompt = |page: &str, code: &str| {
        format!(
            "To sign in, open {page} and enter the code {code}\nThe code expires in 15 minutes.\n\
             graphmail: error: the sign-in was declined in the browser\nhint: graphmail login --client-id 11111111-2222-3333-4444-555555555555 --tenant contoso.com --token-store file\n"
        )
    };
    for (others, wanted) in [
        (json!({"user_code": path()}), prompt(usual, &shown(""))),
        (
            json!({"verification_uri": page("https"), "user_code": "CODE"}),
            prompt(&shown("https://login.example/"), "CODE"),
        ),
    ] {
        let declined = json_answer(400, &json!({"error": "authorization_declined"}));
        let answers = [device(&others), declined];
        run(&World::alone(), LOGIN, answers).failed(77, &wanted);
    }
    let refused = [device(&json!({"verification_uri": page("http")}))];
    run(&World::alone(), LOGIN, refused).failed(
        78,
        &format!(
            "graphmail: error: login.microsoftonline.com names a sign-in page that is not https: {}\n\
             hint: check HTTPS_PROXY, the cloud and GRAPHMAIL_LOGIN_URL\n",
            shown("http://login.example/")
        ),
    );
}

#[cfg(unix)]
#[test]
fn the_standard_error_of_a_token_command() {
    let world = World::alone();
    let script = world.file("token", format!("printf '%s' '{EVIL}' >&2\nexit 3\n"));
    world.configure(&format!(
        "[accounts.work]\nauth = \"token-command\"\ntoken_command = \"sh {}\"\n",
        script.display()
    ));
    let shown = run(&world, SEND, []);
    assert_eq!(shown.status, 77, "{shown:?}");
    assert!(
        shown.stderr.contains("evil [2J 31m forged line"),
        "{shown:?}"
    );
}

#[test]
fn stored_entries_that_somebody_edited() {
    let mut world = ready();
    let line = format!("{SEND} --queue always --json");
    assert_eq!(run(&world, &line, [refusal()]).status, 65);
    let (path, mut entry) = entry(&world);
    for field in ["subject", "last_error", "mailbox", "idempotency_key"] {
        entry[field] = json!(EVIL);
    }
    entry["to"] = json!([EVIL]);
    entry["leftovers"] = json!([EVIL]);
    std::fs::write(&path, entry.to_string()).unwrap();
    world.set("GRAPHMAIL_ACCESS_TOKEN", "");
    let list = run(&world, "outbox list", []);
    assert!(list.stdout.contains(SHOWN), "{list:?}");
    let json = run(&world, "outbox list --json", []).json();
    assert_eq!(json["entries"][0]["subject"], json!(EVIL), "exact: {json}");
    let id = json["entries"][0]["id"].as_str().unwrap();
    let show = run(&world, &format!("outbox show {id}"), []);
    assert!(
        show.stdout.contains(&format!("\nsubject: {SHOWN}\n")),
        "{show:?}"
    );
    assert!(
        show.stdout
            .contains(&format!("\nleftover draft: {SHOWN}\n")),
        "{show:?}"
    );
}

#[test]
fn names_of_accounts_aliases_and_files() {
    let world = ready();
    let words = |words: &[&str]| {
        let words: Vec<_> = words.iter().map(OsString::from).collect();
        let run = world.run_over(&Scripted::new([]), &words, b"");
        is_clean(&run);
        assert_ne!(run.status, 0, "{run:?}");
        assert!(run.stderr.contains("evil"), "{run:?}");
    };
    let send = ["graphmail", "send", "-t", "a@example.org", "-s", "x"];
    let send_and = |others: &[&'static str]| [&send[..], others].concat();
    words(&send_and(&["--attach", EVIL]));
    words(&send_and(&["--body-file", EVIL]));
    words(&["graphmail", "draft", "delete", EVIL]);
    words(&["graphmail", "outbox", "show", EVIL]);
    words(&["graphmail", EVIL]);
    words(&["graphmail", "sendmail", "-bv", EVIL]);
    drop(world.file(
        ".config/graphmail/config.toml",
        "[aliases]\n\"evil\\u001b\\u202e\" = \"nobody\\u009b\"\n[accounts.\"evil\\u001b\"]\nauth = \"x\"\n",
    ));
    for line in ["accounts list", "sendmail -bi"] {
        let told = run(&world, line, []);
        assert!(
            !told.stdout.is_empty() || !told.stderr.is_empty(),
            "{line}: {told:?}"
        );
    }
}

/// The token is in no argument, which every user of the host can read, and the command runs in `sh`.
#[cfg(unix)]
#[test]
fn the_curl_command_gives_the_token_by_a_descriptor() {
    use std::os::unix::fs::PermissionsExt;
    let world = ready();
    let script = run(&world, &format!("{SEND} --dry-run=curl"), []).stdout;
    let curl = world.file(
        "bin/curl",
        "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$HOME/arguments\"\ncat /dev/fd/3 >\"$HOME/field\"\ncat >\"$HOME/body\"\n",
    );
    std::fs::set_permissions(curl, PermissionsExt::from_mode(0o700)).unwrap();
    let sh = |token: Option<&str>| {
        let path = format!("{}/bin:/usr/bin:/bin", world.home().display());
        let mut sh = process::command("sh");
        sh.arg("-c")
            .arg(&script)
            .env_clear()
            .env("HOME", world.home())
            .env("PATH", path);
        token.map(|token| sh.env("GRAPHMAIL_ACCESS_TOKEN", token));
        sh.run()
    };
    let output = sh(Some("hunter2$(x)\\n"));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        world.read("field"),
        "Authorization: Bearer hunter2$(x)\\n\n"
    );
    let arguments = world.read("arguments");
    assert!(!arguments.contains("hunter2"), "{arguments}");
    assert!(arguments.contains("--header\n@/dev/fd/3\n"), "{arguments}");
    assert!(world.read("body").starts_with("{\"message\":"));
    assert!(
        !sh(None).status.success(),
        "without a token nothing is asked"
    );
}
