//! The 4 MiB of one request: what just fits goes, what does not is refused before a byte is sent.

use super::known;
use crate::support::host::World;

/// What one request may have, in bytes (Graph: "The maximum request length supported is 4MB.").
const LIMIT: usize = 4 * 1024 * 1024;

/// The bytes of the request that the dry run announces for an attachment of `size` bytes.
fn announced(world: &World, flags: &str, size: usize) -> Option<usize> {
    drop(world.file("big", vec![b'x'; size]));
    let run = world.run(&format!("send {flags} --dry-run --json"));
    let object = run.json();
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

fn just_below_goes_and_just_above_does_not(flags: &str, format: &str, others: &str) {
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
    let run = world.run(&format!("send {flags}"));
    let above = run
        .stderr
        .strip_prefix("graphmail: error: the request has ")
        .and_then(|rest| rest.split_once(' '))
        .unwrap_or_else(|| panic!("{}", run.stderr));
    assert!(above.0.parse::<usize>().unwrap() > LIMIT);
    assert_eq!(
        above.1,
        format!(
            "bytes, the service takes 4194304 (largest: big {} bytes{others})\nhint: send less at once, or a link to the file\n",
            fits + 1
        )
    );
    assert_eq!((run.status, run.stdout.as_str()), (65, ""));
    assert_eq!(world.requests().len(), 1, "nothing was sent");
}

#[test]
fn a_json_request_of_4_mib() {
    just_below_goes_and_just_above_does_not("", "json", "");
}

#[test]
fn a_mime_request_of_4_mib() {
    just_below_goes_and_just_above_does_not(
        "--html '<p>H</p>' --body H",
        "mime",
        ", HTML 8 bytes, text 1 bytes",
    );
}

#[test]
fn a_ready_message_of_4_mib() {
    // Base64 makes 4 bytes of 3.
    let most = LIMIT / 4 * 3;
    let head = "From: a@example.org\r\nTo: b@example.org\r\n\r\n";
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
        "graphmail: error: the request has 4194308 bytes, the service takes 4194304\n\
         hint: send less at once, or a link to the file\n",
    );
    assert_eq!(world.requests().len(), 1);
}
