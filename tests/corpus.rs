//! Real messages: each file below a folder is sent as `--mime` and through `sendmail`. What arrives has the same
//! bytes except for the documented edits, and exactly the recipients; what does not arrive is kept.
//!
//! `GRAPHMAIL_CORPUS=DIR cargo test --test integration -- --ignored --nocapture corpus`

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use graphmail::sandbox::{Accepted, Transport};
use graphmail::seams::Environment;
use mail_parser::{Address, MessageParser};

use crate::outbox::states;
use crate::support::host::{Run, World};

/// The recipient on sendmail's command line.
const RECIPIENT: &str = "corpus@example.org";

/// The `.eml` files below `folder`.
fn messages(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            messages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "eml") {
            found.push(path);
        }
    }
}

/// The message with CRLF line ends, without an mbox line.
fn canonical(bytes: &[u8]) -> Vec<u8> {
    let mbox = bytes.starts_with(b"From ") || bytes.starts_with(b">From ");
    let start = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) if mbox => end + 1,
        _ => 0,
    };
    let mut canonical = Vec::with_capacity(bytes.len());
    for byte in &bytes[start..] {
        if *byte == b'\n' && canonical.last() != Some(&b'\r') {
            canonical.push(b'\r');
        }
        canonical.push(*byte);
    }
    canonical
}

/// The header section's lines, and the body.
fn parts(canonical: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memmem::find(canonical, b"\r\n\r\n") {
        Some(end) => (&canonical[..end + 2], &canonical[end + 4..]),
        None => (canonical, b""),
    }
}

/// The header section without the fields that do not arrive or may be added.
fn compared(header: &[u8]) -> String {
    let text = String::from_utf8_lossy(header);
    let mut fields: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        match fields.last_mut() {
            Some(field) if line.starts_with([' ', '\t']) => field.push_str(line),
            _ => fields.push(line.to_owned()),
        }
    }
    let is_compared = |field: &String| {
        let name = field.split(':').next().unwrap_or_default().trim();
        !name.eq_ignore_ascii_case("bcc") && !name.eq_ignore_ascii_case("message-id")
    };
    fields.retain(is_compared);
    fields.concat()
}

/// The addresses in To, Cc and Bcc, sorted.
fn named(message: &[u8]) -> Vec<String> {
    let parsed = MessageParser::new().parse_headers(message);
    let lists = parsed
        .as_ref()
        .map(|message| [message.to(), message.cc(), message.bcc()]);
    let mailboxes = lists
        .into_iter()
        .flatten()
        .flatten()
        .flat_map(Address::iter);
    let addresses = mailboxes.filter_map(|mailbox| mailbox.address());
    sorted(addresses.map(str::to_ascii_lowercase))
}

fn sorted(addresses: impl Iterator<Item = String>) -> Vec<String> {
    let mut addresses: Vec<_> = addresses.collect();
    addresses.sort();
    addresses
}

/// A user whose address is known.
fn world() -> World {
    let mut world = World::ready();
    world.set("GRAPHMAIL_MAILBOX", "you@sandbox.example");
    world
}

/// What is wrong with a run.
type Fault = String;

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Result<(), Fault> {
    match found == wanted {
        true => Ok(()),
        false => Err(format!("{what}: {found:?} and not {wanted:?}")),
    }
}

/// What arrived of one run, and whether nothing is lost.
fn checked(world: &World, run: &Run) -> Result<Option<Accepted>, Fault> {
    let accepted = world.sandbox().accepted();
    if !matches!(run.status, 0 | 65 | 67 | 77) {
        return Err(format!("{run:?}"));
    }
    let is_said = run.status == 0 || run.stderr.starts_with("graphmail: error: ");
    if !is_said || accepted.is_empty() != (run.status != 0) || accepted.len() > 1 {
        return Err(format!("{} messages arrived: {run:?}", accepted.len()));
    }
    Ok(accepted.into_iter().next())
}

fn recipients(accepted: &Accepted) -> Vec<String> {
    let all = [&accepted.to, &accepted.cc, &accepted.bcc];
    sorted(
        all.into_iter()
            .flatten()
            .map(|address| address.to_ascii_lowercase()),
    )
}

/// `send --mime`: how the run ended.
fn ready(path: &Path, bytes: &[u8]) -> Result<(u8, &'static str), Fault> {
    let world = world();
    let words = ["graphmail", "send", "--mime"].map(OsString::from);
    let words: Vec<_> = words
        .into_iter()
        .chain([path.as_os_str().to_owned()])
        .collect();
    let run = world.run_words(&words, b"");
    let Some(accepted) = checked(&world, &run)? else {
        return Ok((run.status, "refused"));
    };
    let (wanted, found) = (canonical(bytes), accepted.eml.to_vec());
    equal("recipients", &recipients(&accepted), &named(&wanted))?;
    if accepted.transport == Transport::Draft {
        return Ok((0, "as a draft"));
    }
    let ((wanted, body), (header, found)) = (parts(&wanted), parts(&found));
    equal("header section", &compared(header), &compared(wanted))?;
    equal(
        "body",
        &String::from_utf8_lossy(found),
        &String::from_utf8_lossy(body),
    )?;
    Ok((0, "same bytes"))
}

/// `sendmail RECIPIENT`: how the run ended.
fn piped(_: &Path, bytes: &[u8]) -> Result<(u8, &'static str), Fault> {
    let world = world();
    let run = world.run_with(&format!("sendmail {RECIPIENT}"), bytes);
    let Some(accepted) = checked(&world, &run)? else {
        equal("outbox", &states(&world), &vec!["failed".to_owned()])?;
        return Ok((run.status, "kept as failed"));
    };
    equal(
        "recipients",
        &recipients(&accepted),
        &vec![RECIPIENT.to_owned()],
    )?;
    if accepted.transport == Transport::Draft {
        return Ok((0, "as a draft"));
    }
    let (wanted, found) = (canonical(bytes), accepted.eml.to_vec());
    if parts(&wanted).1 == parts(&found).1 {
        return Ok((0, "same body"));
    }
    // The header section ends at the first line that is not a field.
    if wanted.ends_with(parts(&found).1) {
        return Ok((0, "same bytes after the fields"));
    }
    // Only a single text is encoded, and it says the same.
    let texts = |bytes: &[u8]| {
        let parsed = MessageParser::default().parse(bytes);
        let parts = parsed.as_ref().map_or(&[][..], |message| &message.parts);
        let texts = parts.iter().map(|part| part.contents().to_vec());
        texts.collect::<Vec<_>>()
    };
    equal("texts", &texts(&found), &texts(&wanted))?;
    Ok((0, "text encoded"))
}

/// A way to send a message: its name, and what it does with a file.
type Way = (
    &'static str,
    fn(&Path, &[u8]) -> Result<(u8, &'static str), Fault>,
);

const WAYS: [Way; 2] = [("send --mime", ready), ("sendmail", piped)];

#[test]
#[ignore = "reads the messages in the folder GRAPHMAIL_CORPUS"]
#[expect(clippy::print_stdout, reason = "the counts are what it is run for")]
fn corpus() {
    let folder = Environment::of_process().get("GRAPHMAIL_CORPUS");
    let folder = folder.expect("GRAPHMAIL_CORPUS names a folder");
    let mut paths = Vec::new();
    messages(Path::new(&folder), &mut paths);
    let mut counts: BTreeMap<(&str, u8, &str), usize> = BTreeMap::new();
    let mut faults = 0;
    for path in &paths {
        let bytes = std::fs::read(path).expect("a message");
        for (name, way) in WAYS {
            match way(path, &bytes) {
                Ok((status, how)) => *counts.entry((name, status, how)).or_default() += 1,
                Err(fault) => {
                    faults += 1;
                    let end = fault.floor_char_boundary(1000);
                    println!("{} by {name}: {}", path.display(), &fault[..end]);
                }
            }
        }
    }
    println!("{} messages", paths.len());
    for ((name, status, how), count) in counts {
        println!("{count:6} {name}: exit {status}, {how}");
    }
    assert_eq!(faults, 0);
}
