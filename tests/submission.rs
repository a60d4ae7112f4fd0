//! Attachments as they go out: read piece by piece, decoded on the way.

use std::fs::File;
use std::io::{self, Read as _};

use base64::Engine as _;
use graphmail::files::Octets;
use graphmail::submission::{Content, TransferEncoding, Upload, UploadRoute};
use proptest::prelude::*;

/// Bytes of a part that are decoded at once.
const PIECE: usize = 64 * 1024;

fn in_file(path: &std::path::Path) -> Content {
    Content::File {
        path: path.to_owned(),
        seen: None,
    }
}

fn upload(content: Content, size: u64) -> Upload {
    Upload {
        name: "a".to_owned(),
        content_type: "application/octet-stream".to_owned(),
        size,
        content_id: None,
        inline: false,
        route: UploadRoute::for_size(size),
        content,
    }
}

fn encoded(encoding: TransferEncoding, bytes: &[u8]) -> Upload {
    let octets = Octets::from(bytes.to_vec());
    let size = encoding.decoded_size(&octets).expect("a size");
    upload(Content::Encoded { encoding, octets }, size)
}

fn read(upload: &Upload, offset: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut contents = upload.open(offset).expect("contents");
    contents.read_to_end(&mut bytes).expect("all of them");
    bytes
}

#[test]
fn base64_is_read_whatever_stands_between_its_letters() {
    for (text, wanted) in [
        ("", &b""[..]),
        ("SGVsbG8=", b"Hello"),
        ("SGVs\r\n bG8=\r\n", b"Hello"),
        ("S G V s b G 8", b"Hello"),
        ("SGVsbG8!=\r\n", b"Hello"),
        ("SGVs\r\nb", b"Hel"),
        ("SGU=bGxv", b"Hello"),
        ("SGV=", b"He"),
    ] {
        let upload = encoded(TransferEncoding::Base64, text.as_bytes());
        assert_eq!(read(&upload, 0), wanted, "{text:?}");
    }
}

#[test]
fn nothing_but_blanks_may_follow_the_padding() {
    let measure = |text: &str| {
        let octets = Octets::from(text.as_bytes().to_vec());
        TransferEncoding::Base64.measure(&octets).expect("a size")
    };
    for (behind, whole) in [
        ("", true),
        ("=\r\n \t\r\n", true),
        ("\r\nSent from my phone\r\n", false),
        ("\r\nSent from my phones\r\n", false),
        ("\r\nabcd", false),
        ("!", true),
        ("-", false),
    ] {
        let text = format!("SGVsbG8={behind}");
        assert_eq!(measure(&text), whole.then_some(5), "{behind:?}");
    }
}

/// What can stand between letters, and what base64 of all their runs is.
const BETWEEN: [&str; 8] = ["\r\n", "\n", " \t\r\n", "", "\r", "!", "=", "==\r\n"];

/// Decoded as RFC 2045 says, a byte at a time.
fn slowly(text: &str) -> (Vec<u8>, bool) {
    let letter = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    let mut whole = true;
    let behind = text.split_once('=').map_or("", |(_, behind)| behind);
    whole &= !behind.chars().any(|c| letter(&c));
    let mut bytes = Vec::new();
    for run in text.split('=') {
        let mut letters: String = run.chars().filter(letter).collect();
        if letters.len() % 4 == 1 {
            whole = false;
            letters.pop();
        }
        let padding = "=".repeat(letters.len().next_multiple_of(4) - letters.len());
        // What the last letter holds beside its byte is nobody's.
        let last = letters.pop().map(|last| {
            let used = match padding.len() {
                2 => 0x30,
                1 => 0x3c,
                _ => 0x3f,
            };
            const ALL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let value = ALL.find(last).expect("a letter") & used;
            ALL.as_bytes()[value] as char
        });
        letters.extend(last);
        let padded = letters + &padding;
        let decoded = base64::prelude::BASE64_STANDARD.decode(padded);
        bytes.extend(decoded.expect("base64"));
    }
    (bytes, whole)
}

#[test]
fn quoted_printable_is_read_to_the_blank() {
    for (text, wanted) in [
        ("", &b""[..]),
        ("a=3Db=\r\nc \r\n=E4=fc", b"a=bc\r\n\xe4\xfc"),
        ("a=20\r\n\tb \t", b"a \r\n\tb"),
        ("good =3D\r\n100 = 5=\r\n=41", b"good =\r\n100 = 5A"),
        ("soft =  \r\nend=", b"soft end"),
        (
            "bare\r=\r\nLF\nblanks\t \n=3d==3D",
            b"bare\rLF\nblanks\n===",
        ),
        ("a\r", b"a\r"),
        ("=\r\n=\n=", b""),
        ("=4", b"=4"),
    ] {
        let upload = encoded(TransferEncoding::QuotedPrintable, text.as_bytes());
        let found = read(&upload, 0);
        assert_eq!(found, wanted, "{}", String::from_utf8_lossy(&found));
    }
    let escapes = "=41=42".repeat(PIECE);
    for shift in ["", "x", "xx"] {
        let text = format!("{shift}{escapes}");
        let upload = encoded(TransferEncoding::QuotedPrintable, text.as_bytes());
        let wanted = format!("{shift}{}", "AB".repeat(PIECE));
        assert!(
            read(&upload, 0) == wanted.as_bytes(),
            "shifted by {shift:?}"
        );
    }
}

#[test]
fn a_file_of_another_size_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a");
    let file = File::create(&path).expect("a file");
    file.set_len(10).expect("a size");
    let whole = upload(in_file(&path), 10);
    assert_eq!(read(&whole, 3), [0; 7]);
    assert_eq!(read(&whole, 10), b"");
    let error = |upload: &Upload, offset| upload.open(offset).err().map(|error| error.kind());
    assert_eq!(error(&whole, 11), Some(io::ErrorKind::InvalidInput));
    for size in [9, 11] {
        let other = upload(in_file(&path), size);
        assert_eq!(error(&other, 0), Some(io::ErrorKind::InvalidData));
    }
    let mut grown = whole.open(0).expect("contents");
    file.set_len(11).expect("a size");
    let error = grown.read_to_end(&mut Vec::new()).expect_err("too long");
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    file.set_len(10).expect("a size");
    let mut cut = whole.open(0).expect("contents");
    file.set_len(5).expect("a size");
    let error = cut.read_to_end(&mut Vec::new()).expect_err("too short");
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    std::fs::remove_file(&path).expect("removed");
    let gone = whole.open(0).err().map(|error| error.kind());
    assert_eq!(gone, Some(io::ErrorKind::NotFound));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn base64_on_slices_is_that_of_the_rules(
        lines in proptest::collection::vec(("[A-Za-z0-9+/]{0,90}", 0usize..40), 0..20),
        repeats in 1usize..150,
    ) {
        // Most ends are line ends, as most lines are whole.
        let line = |(letters, between): &(String, usize)| {
            format!("{letters}{}", BETWEEN.get(*between).unwrap_or(&"\r\n"))
        };
        let text: String = lines.iter().map(line).collect();
        let text = text.repeat(repeats);
        let (wanted, whole) = slowly(&text);
        let octets = Octets::from(text.into_bytes());
        let size = wanted.len() as u64;
        prop_assert_eq!(TransferEncoding::Base64.decoded_size(&octets).unwrap(), size);
        prop_assert_eq!(TransferEncoding::Base64.measure(&octets).unwrap(), whole.then_some(size));
        let upload = encoded(TransferEncoding::Base64, &octets.to_bytes().unwrap());
        prop_assert!(read(&upload, 0) == wanted);
    }

    #[test]
    fn what_was_encoded_is_read_from_any_place(
        pattern in proptest::collection::vec(any::<u8>(), 1..50),
        length in 0usize..140_000,
        line in 1usize..100,
        place in any::<proptest::sample::Index>(),
    ) {
        let bytes: Vec<u8> = pattern.iter().copied().cycle().take(length).collect();
        let base64: Vec<u8> = base64::prelude::BASE64_STANDARD
            .encode(&bytes)
            .as_bytes()
            .chunks(line)
            .flat_map(|line| [line, b"\r\n"].concat())
            .collect();
        let quoted: String = bytes
            .chunks(line)
            .map(|line| {
                let line: String = line.iter().map(|byte| format!("={byte:02X}")).collect();
                line + "=\r\n"
            })
            .collect();
        let offset = place.index(length + 1);
        for upload in [
            upload(Content::Octets(bytes.clone().into()), length as u64),
            encoded(TransferEncoding::Identity, &bytes),
            encoded(TransferEncoding::Base64, &base64),
            encoded(TransferEncoding::QuotedPrintable, quoted.as_bytes()),
        ] {
            prop_assert_eq!(upload.size, length as u64);
            prop_assert!(read(&upload, offset as u64) == bytes[offset..]);
        }
    }
}
