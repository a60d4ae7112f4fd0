//! The 4 MiB of one request, less a margin: what just fits goes in one, what does not goes as a draft.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{held, known};
use crate::support::host::World;

/// What one request may have, in bytes, 64 KiB less than what the service takes (Graph: "The maximum
/// request length supported is 4MB.").
const LIMIT: usize = 4 * 1024 * 1024 - 64 * 1024;

/// The bytes of the one request that the dry run announces for an attachment of `size` bytes;
/// nothing for a draft.
fn announced(world: &World, flags: &str, size: usize) -> Option<usize> {
    drop(world.file("big", vec![b'x'; size]));
    let run = world.run(&format!("send {flags} --dry-run --json"));
    let object = run.json();
    if object["transport"] == "draft" {
        return None;
    }
    object["requests"][0]["bytes"]
        .as_u64()
        .map(|bytes| usize::try_from(bytes).unwrap())
}

/// The largest attachment that fits.
fn largest(world: &World, flags: &str) -> usize {
    let (mut fits, mut does_not) = (1_000_000, LIMIT);
    while does_not - fits > 1 {
        let middle = fits.midpoint(does_not);
        match announced(world, flags, middle) {
            Some(bytes) => {
                assert!(bytes <= LIMIT);
                fits = middle;
            }
            None => does_not = middle,
        }
    }
    fits
}

fn just_below_goes_in_one_and_just_above_as_a_draft(flags: &str, format: &str) {
    let flags = format!("-t a@example.org -s Big --attach HOME/big {flags} --format {format}");
    let world = known();
    let fits = largest(&world, &flags);
    let bytes = announced(&world, &flags, fits).unwrap();
    assert!(
        bytes > LIMIT - 100,
        "{format}: {bytes} is well below the limit"
    );
    world.run(&format!("send {flags}")).is_silent();
    let exchanges = world.sandbox().exchanges();
    assert_eq!(exchanges[0].body.len(), bytes, "as the dry run said");
    let contents = &world.message().resource["attachments"][0]["contentBytes"];
    assert_eq!(contents.as_str().unwrap().len(), fits.div_ceil(3) * 4);

    drop(world.file("big", vec![b'x'; fits + 1]));
    world.run(&format!("send {flags}")).is_silent();
    let accepted = world.sandbox().accepted();
    let [_, draft] = accepted.as_slice() else {
        panic!("{} messages", accepted.len());
    };
    let attached = draft.attachments[0].contents.to_vec().unwrap();
    assert!(attached == vec![b'x'; fits + 1], "byte for byte");
    assert!(world.sandbox().drafts().is_empty());
}

#[test]
fn a_json_request_of_4_mib() {
    just_below_goes_in_one_and_just_above_as_a_draft("", "json");
}

#[test]
fn a_mime_request_of_4_mib() {
    just_below_goes_in_one_and_just_above_as_a_draft("--html '<p>H</p>' --body H", "mime");
}

#[test]
fn a_ready_message_of_4_mib() {
    // Base64 makes 4 bytes of 3.
    let most = LIMIT / 4 * 3;
    let head = "Message-ID: <own@example.org>\r\nFrom: a@example.org\r\nTo: b@example.org\r\n\r\n";
    let line = format!("{}\r\n", "x".repeat(76));
    let mut message = head.to_owned();
    while message.len() + line.len() <= most {
        message += &line;
    }
    message += &"y".repeat(most - message.len());
    let world = World::ready();
    world.run_with("send --mime -", &message).is_silent();
    assert_eq!(world.sandbox().exchanges()[0].body.len(), LIMIT);

    message.push('y');
    world.run_with("send --mime -", &message).failed(
        65,
        // The text cannot be taken out of the draft.
        "graphmail: error: the request has 4128772 bytes, but the limit is 4128768 bytes, slightly below 4 MiB (largest: text/plain 3096504 bytes)\n\
         hint: send a long text as a file: --attach FILE\n",
    );
    assert_eq!(world.requests().len(), 1);
}

/// A message of about `size` bytes whose lines end with LF. Short lines: as CRLF they take an eighth more.
fn with_line_feeds(size: usize) -> String {
    let head = "From: a@example.org\nTo: b@example.org\nSubject: Forwarded\n\n";
    head.to_owned() + &"1234567\n".repeat(size / 8)
}

/// An attached message counts with the line ends that it gets. Where one request then is too small, a draft
/// carries the file as it is.
#[test]
fn an_attached_message_with_line_feeds_is_not_too_large() {
    for (size, format, transport) in [
        (2_700_000, "mime", "mime"),
        (2_800_000, "mime", "draft"),
        (3_000_000, "json", "json"),
        (3_000_000, "mime", "draft"),
        (3_200_000, "json", "draft"),
        (4_000_000, "auto", "draft"),
        (4_000_000, "mime", "draft"),
    ] {
        let world = known();
        let file = with_line_feeds(size);
        drop(world.file("forwarded.eml", &file));
        let line = "send -t a@example.org -s Big --attach HOME/forwarded.eml --format";
        world.run(&format!("{line} {format}")).is_silent();
        let message = world.message();
        assert_eq!(held(&message)["transport"], transport, "{size} {format}");
        let file = match transport {
            "mime" => file.replace('\n', "\r\n"),
            _ => file,
        };
        let attached = message.attachments[0].contents.to_vec().unwrap();
        assert!(attached == file.as_bytes(), "{size} {format}: its bytes");
        assert!(world.sandbox().drafts().is_empty());
        let exchanges = world.sandbox().exchanges();
        let mut requests = exchanges.iter();
        assert!(requests.all(|request| request.body.len() <= LIMIT));
    }
}

/// The same of a ready message: its attachment is what makes it large.
#[test]
fn a_ready_message_with_line_feeds_is_not_too_large() {
    for (bytes, transport) in [
        (2_240_000, "mime"),
        (2_280_000, "draft"),
        (3_000_000, "draft"),
    ] {
        let world = known();
        let contents = vec![b'x'; bytes];
        let encoded = BASE64_STANDARD.encode(&contents);
        let lines = encoded.as_bytes().chunks(60);
        let lines: Vec<_> = lines
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let message = format!(
            "From: a@example.org\nTo: b@example.org\nSubject: Big\nContent-Type: multipart/mixed; boundary=b\n\n\
             --b\n\nText\n--b\nContent-Type: application/octet-stream; name=x.bin\n\
             Content-Disposition: attachment; filename=x.bin\nContent-Transfer-Encoding: base64\n\n{}\n--b--\n",
            lines.join("\n")
        );
        let with_crlf = message.replace('\n', "\r\n").len();
        let is_larger = with_crlf.div_ceil(3) * 4 > LIMIT;
        assert!(message.len().div_ceil(3) * 4 <= LIMIT || bytes == 3_000_000);
        assert_eq!(is_larger, transport == "draft", "{with_crlf}");
        world.run_with("send --mime -", &message).is_silent();
        let message = world.message();
        assert_eq!(held(&message)["transport"], transport, "{bytes}");
        let attached = message.attachments[0].contents.to_vec().unwrap();
        assert!(attached == contents, "{bytes}: its bytes");
    }
}

#[test]
fn more_attachments_than_the_service_takes_are_refused_first() {
    let world = World::ready();
    let part = format!(
        "--b\r\nContent-Disposition: attachment; filename=x\r\n\r\n{}",
        "All work and no play.\r\n".repeat(800)
    );
    for (count, status) in [(250, 0), (251, 65)] {
        let message = format!(
            "From: you@sandbox.example\r\nTo: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
             --b\r\n\r\ntext\r\n{}--b--\r\n",
            part.repeat(count)
        );
        let before = world.requests().len();
        let run = world.run_with("send --mime -", message);
        assert_eq!(run.status, status, "{run:?}");
        if status != 0 {
            assert_eq!(
                run.stderr,
                "graphmail: error: the message has 251 attachments, but Exchange accepts at most 250\n\
                 hint: send them in several messages, or as one archive\n"
            );
            assert_eq!(world.requests().len(), before);
        }
    }
}
