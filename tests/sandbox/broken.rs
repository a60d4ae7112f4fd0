//! What the sandbox says of mail that arrives broken.

use crate::support::host::World;

#[test]
fn what_a_recipient_could_see_broken() {
    let utf8 = "Content-Type: text/plain; charset=utf-8";
    for (fields, body, text, faults) in [
        (utf8, &b"Gr\xc3\xbc\xc3\x9fe"[..], "Grüße", &[][..]),
        ("X: y", b"plain", "plain", &[]),
        (
            "X: y",
            b"Gr\xc3\xbc\xc3\x9fe",
            "Gr\u{FFFD}\u{FFFD}e",
            &["text has bytes that are not ASCII, but declares no charset for them"],
        ),
        (
            "Content-Type: text/html; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable",
            b"=C3=BC",
            "\u{FFFD}\u{FFFD}",
            &["HTML has bytes that are not ASCII, but declares no charset for them"],
        ),
        (
            utf8,
            b"Gr\xfc\xdfe",
            "Gr\u{FFFD}\u{FFFD}e",
            &["text is not in its charset \"utf-8\""],
        ),
        (
            "Content-Type: text/plain; charset=x-none",
            b"a",
            "a",
            &["the charset \"x-none\" of text is unknown"],
        ),
        (
            "Content-Type: text/plain; charset=iso-2022-kr",
            b"\x1b$)C\x0e:80m\x0f",
            "보고",
            &[],
        ),
        (
            "Content-Type: text/plain; charset=uhc\nContent-Transfer-Encoding: base64",
            b"uriw7Q==",
            "보고",
            &[],
        ),
        (
            "Content-Type: text/plain; charset=iso-2022-jp",
            b"\x1b$B8+@Q=q\x1b(B",
            "見積書",
            &[],
        ),
        (
            "X-Name: \u{fc}",
            b"a",
            "a",
            &["the field X-Name has bytes that are not ASCII"],
        ),
        (
            "Subject: =?utf-8?Q?=FF?=",
            b"a",
            "a",
            &["the subject cannot be decoded"],
        ),
    ] {
        let world = World::ready();
        let head = format!("From: you@sandbox.example\nTo: a@example.org\n{fields}\n\n");
        let message = [head.as_bytes(), body].concat();
        world.run_with("send --mime -", message).is_silent();
        let accepted = world.message();
        let found = accepted.resource["body"]["content"].as_str();
        assert_eq!(
            (found, &*accepted.broken),
            (
                Some(text),
                &*faults
                    .iter()
                    .map(|fault| (*fault).to_owned())
                    .collect::<Vec<_>>()
            ),
            "{fields}"
        );
        assert_eq!(
            accepted.record()["sendMail"]["broken"],
            serde_json::json!(faults)
        );
    }
    let world = World::ready();
    let long = format!(
        "From: you@sandbox.example\nTo: a@example.org\n\n{}\n",
        "x".repeat(999)
    );
    world.run_with("send --mime -", long).is_silent();
    assert_eq!(world.message().broken, ["line 5 has more than 998 octets"]);
}

/// The parser's tree of it would not fit on a stack.
#[test]
fn thousands_of_messages_in_a_message_are_refused() {
    let world = World::ready();
    let nested = "Content-Type: message/rfc822\n\n".repeat(20_000);
    let text = format!("From: you@example.org\nTo: a@example.org\n{nested}x\n");
    let eml = world.file("nested.eml", &text);
    let run = world.run(&format!("send --mime {}", eml.display()));
    assert_eq!(run.status, 65, "{}", run.stderr);
    assert!(
        run.stderr.contains("ErrorMimeContentInvalid"),
        "{}",
        run.stderr
    );
    world.run("send -t a@example.org -s S --body B").is_silent();
}
