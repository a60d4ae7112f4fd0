//! The sender's address: from the token, the sign-in or the configuration.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use graphmail::http::client::Client;
use graphmail::http::{Failure, Request, Response, Transport};
use graphmail::sandbox::Options;
use graphmail::secret::Secret;

use super::CONFIG;
use crate::support::expected;
use crate::support::host::{Run, World};

/// A JSON Web Token with these claims.
pub(super) fn token(claims: &str) -> String {
    format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims))
}

const OWN: &str =
    r#"{"scp":"Mail.Send","upn":"jo@contoso.com","preferred_username":"other@contoso.com"}"#;
const APPLICATION: &str = r#"{"idtyp":"app","roles":["Mail.Send"]}"#;

/// Graph, to which every token is the sandbox's own.
struct Lenient(Client, String);

impl Transport for Lenient {
    fn execute(&self, request: &Request) -> Result<Response, Failure> {
        let mut request = request.clone();
        request.bearer = request.bearer.map(|_| Secret::new(self.1.clone()));
        self.0.execute(&request)
    }
}

/// Runs graphmail against that Graph.
fn run(world: &World, line: &str, stdin: &str) -> Run {
    let graph = Lenient(
        Client::new(&world.environment),
        world.sandbox().ready_token(),
    );
    let words: Vec<_> = shlex::split(line).unwrap();
    let words: Vec<_> = words.into_iter().map(Into::into).collect();
    world.run_over(&graph, &words, stdin.as_bytes())
}

/// The From of the only message.
fn from(world: &World) -> String {
    let eml = String::from_utf8(world.message().eml.to_vec()).unwrap();
    let from = eml.lines().find(|line| line.starts_with("From: "));
    from.unwrap().to_owned()
}

const ALTERNATIVE: &str = "graphmail send -t a@example.org -s S --body x --html y";
const NO_FROM: &str = "graphmail: error: a MIME message needs a From, but the mailbox's address is not known\n\
    hint: add --from ADDRESS; or: set GRAPHMAIL_MAILBOX to its address\n";

#[test]
fn a_ready_token_names_its_own_user() {
    let mut world = World::with(Options::default());
    world.set("GRAPHMAIL_ACCESS_TOKEN", &token(OWN));
    run(&world, ALTERNATIVE, "").is_silent();
    assert_eq!(from(&world), "From: <jo@contoso.com>");

    let mut world = World::with(Options::default());
    world.set("GRAPHMAIL_ACCESS_TOKEN", &token(OWN));
    let mail =
        "From: root (Cron Daemon)\nTo: a@example.org\nSubject: Cron <root@host> backup\n\nfailed\n";
    run(&world, "sendmail -FCronDaemon -i a@example.org", mail).is_silent();
    assert_eq!(from(&world), "From: \"Cron Daemon\" <jo@contoso.com>");
}

#[test]
fn a_ready_token_never_gets_the_name_of_the_account() {
    let mut world = World::with(Options::default());
    world.configure(
        "[accounts.a]\ntenant = \"t\"\nclient_id = \"i\"\nauth = \"device-code\"\nusername = \"account@contoso.com\"\n",
    );
    for claims in [
        r#"{"scp":"Mail.Send"}"#.to_owned(),
        r#"{"scp":"Mail.Send","upn":""}"#.to_owned(),
    ] {
        world.set("GRAPHMAIL_ACCESS_TOKEN", &token(&claims));
        run(&world, ALTERNATIVE, "").failed(78, NO_FROM);
    }
    // An opaque token tells nothing.
    world.set("GRAPHMAIL_ACCESS_TOKEN", "opaque");
    run(&world, ALTERNATIVE, "").is_silent();
    assert_eq!(from(&world), "From: <account@contoso.com>");
    world.set("GRAPHMAIL_MAILBOX", "own@contoso.com");
    assert!(
        run(&world, &format!("{ALTERNATIVE} --dry-run=eml"), "")
            .stdout
            .contains("From: <own@contoso.com>")
    );
}

#[test]
fn an_account_without_an_address_is_told_all_settings() {
    let world = World::with(Options::default());
    drop(world.file("token", world.sandbox().ready_token()));
    let home = world.home().display().to_string();
    world.configure(
        &"[accounts.a]\nauth = \"token-command\"\ntoken_command = \"cat HOME/token\"\n"
            .replace("HOME", &home),
    );
    world.run(&ALTERNATIVE["graphmail ".len()..]).failed(
        78,
        &NO_FROM.replace(
            "to its address\n",
            "to its address; or: mailbox = \"ADDRESS\", or for the signed-in user's own username = \"ADDRESS\", under [accounts.a]\n",
        ),
    );
}

#[test]
fn login_stores_the_user_of_a_token_command() {
    let world = World::with(Options::default());
    drop(world.file("token", token(OWN)));
    let login = "login --token-command 'cat HOME/token'";
    world.run(login).is_silent_but_for(
        "graphmail: account default takes its tokens from the command, as jo@contoso.com\n",
    );
    let stored = |world: &World| {
        let config = world.read(CONFIG);
        let name = config.lines().find(|line| line.starts_with("username"));
        name.unwrap_or("none").to_owned()
    };
    assert_eq!(stored(&world), "username = \"jo@contoso.com\"");
    run(&world, ALTERNATIVE, "").is_silent();
    assert_eq!(from(&world), "From: <jo@contoso.com>");
    // An opaque token of the same source keeps the name; another source does not.
    drop(world.file("token", "opaque"));
    assert_eq!(world.run(login).status, 0);
    assert_eq!(stored(&world), "username = \"jo@contoso.com\"");
    assert_eq!(world.run("login --token-command 'echo other'").status, 0);
    assert_eq!(stored(&world), "none");
}

#[test]
fn an_applications_token_needs_a_mailbox() {
    let mut world = World::with(Options::default());
    drop(world.file("token", token(APPLICATION)));
    let refused = "graphmail: error: an application has no mailbox of its own\n\
        hint: add --mailbox USER to this command\n";
    let login = "login --token-command 'cat HOME/token'";
    world.run(login).failed(78, refused);
    assert!(!world.home().join(CONFIG).exists());
    world
        .run(&format!("{login} --mailbox reports@contoso.com"))
        .is_silent_but_for("graphmail: account default takes its tokens from the command\n");
    expected::same(
        "the configuration",
        "default_account = \"default\"

[accounts.default]
auth = \"token-command\"
token_command = \"cat HOME/token\"
mailbox = \"reports@contoso.com\"
token_store = \"none\"
",
        &world.read(CONFIG),
    );
    // An account that was written by hand.
    let config = world
        .read(CONFIG)
        .replace("mailbox = \"reports@contoso.com\"\n", "");
    world.configure(&config.replace("HOME", &world.home().display().to_string()));
    let doctor = world.run("doctor").stdout;
    let lines = doctor.lines().skip_while(|line| !line.starts_with("FAIL "));
    assert_eq!(
        lines.take(2).collect::<Vec<_>>(),
        [
            "FAIL mailbox        an application has no mailbox of its own",
            "     hint: mailbox = \"ADDRESS\" under [accounts.default]",
        ]
    );
    world.set("GRAPHMAIL_ACCESS_TOKEN", &token(APPLICATION));
    world.configure("");
    world.run("send -t a@example.org --body x").failed(
        78,
        "graphmail: error: an application has no mailbox of its own\n\
         hint: name it with --mailbox USER, in GRAPHMAIL_MAILBOX or in the account\n",
    );
}
