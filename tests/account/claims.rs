//! Claims challenges: what Graph demands goes into one token request, and the call is made again.

use graphmail::sandbox::Options;

use super::{LOGIN, SEND, SENT, TOKEN, TOKENS, signed_in, with_files};
use crate::support::host::World;

const CHALLENGED: &str = "POST /v1.0/me/sendMail 401";
const FAULT: &str = "POST /me/sendMail=401,claims=yes";
/// What the sandbox demands at the beginning of its day; a sign-in takes a second.
const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1795168800"}}}"#;
const HINT: &str = "hint: the tenant demands a new or a stronger sign-in: graphmail login\n";

/// The claims of each token request so far.
fn claims(world: &World) -> Vec<Option<String>> {
    let exchanges = world.sandbox().exchanges();
    let asked = exchanges
        .iter()
        .filter(|exchange| exchange.path.ends_with("/token"));
    asked
        .map(|exchange| {
            url::form_urlencoded::parse(&exchange.body)
                .find(|(name, _)| name == "claims")
                .map(|(_, value)| value.into_owned())
        })
        .collect()
}

#[test]
fn claims_go_into_the_next_token_request_past_the_stored_token() {
    let world = with_files(Options::default());
    let before = signed_in(&world);
    world.fault(FAULT);
    world.run(SEND).is_silent();
    assert_eq!(world.requests()[before..], [CHALLENGED, TOKEN, SENT]);
    let demanded = CLAIMS.replace("800", "801");
    assert_eq!(claims(&world), [None, Some(demanded)]);
    assert_eq!(world.sandbox().accepted().len(), 1);
    // The new token is kept: no token request, no claims.
    world.run(SEND).is_silent();
    assert_eq!(world.requests()[before + 3..], [SENT]);
}

#[test]
fn an_application_s_secret_answers_a_challenge_too() {
    let mut world = World::with(Options::default());
    world.set("AZURE_TENANT_ID", "contoso.com");
    world.set("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111");
    world.set("AZURE_CLIENT_SECRET", "secret");
    let fault = "POST /users/*/sendMail=401,claims=yes";
    let line = format!("{SEND} --mailbox reports@contoso.com");
    world.fault(fault);
    world.run(&line).is_silent();
    assert_eq!(claims(&world), [None, Some(CLAIMS.to_owned())]);

    let world = with_files(Options::default());
    let login = format!("{LOGIN} --client-secret-file - --mailbox reports@contoso.com");
    assert_eq!(world.run_with(&login, "secret").status, 0);
    world.fault(fault);
    world.run(SEND).is_silent();
    assert_eq!(claims(&world), [None, Some(CLAIMS.to_owned())]);
}

#[test]
fn where_a_person_is_needed_it_is_said_once() {
    for (error, code) in [("interaction_required", 50076), ("invalid_grant", 50173)] {
        let world = with_files(Options::default());
        let before = signed_in(&world);
        let kept = world.read(TOKENS);
        world.fault(FAULT);
        world.fault(&format!("POST /token=400,error={error},code={code}"));
        let run = world.run(SEND);
        assert_eq!(run.status, 77, "{run:?}");
        let lines: Vec<_> = run.stderr.lines().collect();
        assert!(
            lines[0].contains(&format!("refused: AADSTS{code}")),
            "{}",
            run.stderr
        );
        assert!(lines[1].ends_with(": graphmail login"), "{}", run.stderr);
        let refused = "POST /contoso.com/oauth2/v2.0/token 400";
        assert_eq!(world.requests()[before..], [CHALLENGED, refused]);
        assert_eq!(world.read(TOKENS), kept);
        // What it takes is a new sign-in.
        assert_eq!(world.run(LOGIN).status, 0);
        world.run(SEND).is_silent();
    }
}

#[test]
fn claims_that_come_again_are_not_asked_for_again() {
    let world = with_files(Options::default());
    let before = signed_in(&world);
    world.fault(&format!("{FAULT},times=2"));
    world.run(SEND).not_sent(
        77,
        &format!(
            "graphmail: error: HTTP 401 InvalidAuthenticationToken: Continuous access evaluation resulted in challenge with \
             result: InteractionRequired and code: TokenCreatedWithOutdatedPolicies (request-id \
             99999999-9999-4999-8999-999999999999, client-request-id 06060606-0606-4606-8606-060606060606)\n{HINT}"
        ),
    );
    assert_eq!(world.requests()[before..], [CHALLENGED, TOKEN, CHALLENGED]);
}

#[test]
fn a_ready_token_is_refused_with_the_reason() {
    let world = World::ready();
    world.fault(FAULT);
    let run = world.run(SEND);
    assert_eq!(run.status, 77);
    let hint = "sign-in: put a new token into GRAPHMAIL_ACCESS_TOKEN\n";
    assert!(run.stderr.ends_with(hint), "{}", run.stderr);
    assert_eq!(world.requests(), [CHALLENGED]);
}

#[test]
fn a_token_command_runs_once_more() {
    let mut world = World::with(Options::default());
    let token = world.sandbox().ready_token();
    let command = format!("echo x >> HOME/runs; printf %s {token}");
    world.set("GRAPHMAIL_TOKEN_STORE", "file");
    let login = [
        "graphmail",
        "login",
        "--token-command",
        &command.replace("HOME", &world.home().to_string_lossy()),
    ];
    let words: Vec<_> = login.iter().map(std::ffi::OsString::from).collect();
    assert_eq!(world.run_words(&words, b"").status, 0);
    let runs = world.read("runs").len();
    world.fault(FAULT);
    let run = world.run(SEND);
    assert_eq!(run.status, 77);
    let hint = "sign-in: let the token command print a new token\n";
    assert!(run.stderr.ends_with(hint), "{}", run.stderr);
    assert_eq!(
        world.requests(),
        [CHALLENGED],
        "the same token is no answer"
    );
    assert_eq!(world.read("runs").len(), runs + 4);
}

#[test]
fn the_sandbox_takes_no_other_claims_and_no_token_without_them() {
    let mut world = with_files(Options::default());
    signed_in(&world);
    world.fault("POST /me/sendMail=401,claims=yes,process=no");
    world.fault("POST /token=503,retry-after=120");
    let run = world.run(SEND);
    assert_eq!(run.status, 75, "{run:?}");
    // Nobody asked with the claims: each token after it is challenged in its turn.
    world.clock.advance(std::time::Duration::from_secs(7200));
    let before = world.requests().len();
    world.run(SEND).is_silent();
    assert_eq!(world.requests()[before..], [TOKEN, CHALLENGED, TOKEN, SENT]);

    let root = world.sandbox().login_url();
    let form = "grant_type=client_credentials&client_id=id&client_secret=s&claims=%7B%7D&scope=";
    let form = format!(
        "{form}{}",
        url::form_urlencoded::byte_serialize(format!("{root}/.default").as_bytes())
            .collect::<String>()
    );
    let header = ("Content-Type", "application/x-www-form-urlencoded");
    let path = "/contoso.com/oauth2/v2.0/token";
    let answer =
        crate::support::loopback::request(&root, "POST", path, &[header], form.as_bytes()).unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(
        world.complaints(),
        [format!("{path}: nobody demands these claims")]
    );
}
