//! Answers of Graph and Entra. The first byte of the input chooses the command. After the first line
//! come the answers, with `\n---\n` between them: status, header fields, an empty line, the body.
#![no_main]

use graphmail::http::Response;
use graphmail_fuzz::{Answers, Home, run_visibly};
use libfuzzer_sys::fuzz_target;

/// Commands that are given a ready token, each with the byte that chooses it.
const SIGNED_IN: [(u8, &str); 7] = [
    (b's', "send -t a@example.org -s x --body y"),
    (b'j', "send -t a@example.org -s x --body y --json"),
    (b'v', "send -t a@example.org -s x --body y -vv"),
    (
        b'm',
        "draft create -t a@example.org -s x --attach HOME/file",
    ),
    (b'i', "draft list"),
    (b'x', "draft send AAMk1"),
    (b'd', "doctor"),
];

/// Those that sign in.
const SIGNED_OUT: [(u8, &str); 3] = [
    (
        b'l',
        "login --client-id id --tenant contoso.com --device-code",
    ),
    (
        b'c',
        "login --client-id id --tenant contoso.com --mailbox reports@contoso.com --client-secret-file HOME/secret",
    ),
    (
        b'k',
        "login -vv --client-id id --tenant contoso.com --device-code",
    ),
];

fuzz_target!(|bytes: &[u8]| {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let answers = split(&bytes[end + 1..], b"\n---\n").into_iter();
    let network = Answers::new(answers.filter_map(answer));
    let home = Home::new();
    home.file("file", b"attached");
    home.file("secret", b"the.client~secret.value");
    let chosen = |commands: &[(u8, &'static str)]| {
        let found = commands.iter().find(|(byte, _)| *byte == bytes[0]);
        found.map(|(_, line)| line.replace("HOME", &home.path().to_string_lossy()))
    };
    let (line, environment) = match chosen(&SIGNED_IN) {
        Some(line) => (line, home.signed_in()),
        None => match chosen(&SIGNED_OUT) {
            Some(line) => (line, home.environment()),
            None => return,
        },
    };
    let words: Vec<_> = ["graphmail"].into_iter().chain(line.split(' ')).collect();
    run_visibly(&words, environment, &network, b"");
});

/// The parts of `bytes` between the separators.
fn split<'a>(mut bytes: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some(at) = bytes
        .windows(separator.len())
        .position(|seen| seen == separator)
    {
        parts.push(&bytes[..at]);
        bytes = &bytes[at + separator.len()..];
    }
    parts.push(bytes);
    parts
}

/// `429\nretry-after: 5\n\n{…}`
fn answer(bytes: &[u8]) -> Option<Response> {
    let parts = split(bytes, b"\n\n");
    let head = String::from_utf8_lossy(parts[0]);
    let body = bytes.get(parts[0].len() + 2..).unwrap_or_default();
    let mut lines = head.lines();
    let status = lines.next()?.trim().parse().ok();
    let fields = lines.filter_map(|line| line.split_once(": "));
    // As the transport hands them over: names are ASCII in lower case.
    let fields = fields.filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_graphic()));
    Some(Response {
        status: status.filter(|status| (200..600).contains(status))?,
        headers: fields
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: body.to_vec().into(),
    })
}
