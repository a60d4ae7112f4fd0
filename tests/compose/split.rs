//! Splitting ready messages.

use std::fmt::Write as _;
use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use graphmail::files::Octets;
use graphmail::message::Part;
use graphmail::submission::{Content, TransferEncoding, Upload};
use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;

/// Limits that some kilobytes exceed: of any request.
fn tight() -> Limits {
    Limits {
        request: 72_000,
        ..limits()
    }
}

/// What makes a message too large for one request.
fn big() -> Vec<u8> {
    (0..60_000_u32).flat_map(u32::to_le_bytes).collect()
}

fn lines_of_base64(bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).expect("ASCII"))
        .collect();
    lines.join("\r\n")
}

fn parse(bytes: &[u8]) -> Mail {
    Mail::Ready(Box::new(Eml::parse(bytes.to_vec()).expect("a message")))
}

fn contents(upload: &Upload) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut contents = upload.open(0).expect("contents");
    contents.read_to_end(&mut bytes).expect("all of them");
    assert_eq!(bytes.len() as u64, upload.size);
    bytes
}

/// The skeleton and the uploads of a message that is too large.
fn split(mail: &Mail) -> (Vec<u8>, Vec<Upload>) {
    let plan = plan(mail, Choice::Auto, &tight()).expect("a plan");
    let submission = render(mail, &plan, &Still::default(), &tight()).expect("a draft");
    let skeleton = decode(&submission).expect("base64");
    let Submission::Staged { uploads, draft, .. } = submission else {
        panic!("a draft");
    };
    assert_eq!(draft.body.len() as u64, plan.size);
    (skeleton, uploads)
}

#[test]
fn what_would_arrive_as_other_contents_is_refused() {
    let cut = lines_of_base64(&big()[..9000]) + "A";
    let part = |fields: &str, body: &str| {
        format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText\r\n--b\r\n\
             Content-Disposition: attachment; filename=x.bin\r\n{fields}\r\n\r\n{body}\r\n\
             --b\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@\r\n--b--\r\n"
        )
    };
    let base64 = "Content-Transfer-Encoding: base64";
    let refused = "cannot be split off: its";
    for (rest, end) in [
        (
            part(base64, &cut),
            format!("x.bin {refused} base64 is damaged"),
        ),
        (
            part(base64, "SGVsbG8=\r\nSent from my phone"),
            format!("x.bin {refused} base64 is damaged"),
        ),
        (
            part(base64, "SGVsbG8=\r\nSent by me"),
            format!("x.bin {refused} base64 is damaged"),
        ),
        (
            "Content-Type: application/octet-stream; name=smime.P7M\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n@BIG@"
                .to_owned(),
            "splitting it would break its S/MIME part \"smime.P7M\"".to_owned(),
        ),
    ] {
        let error = plan(&parse(&with_big(&rest)), Choice::Auto, &tight()).expect_err("refused");
        assert!(error.to_string().ends_with(&end), "{error}");
        assert_eq!(error.class(), Class::Message);
    }
}

/// RFC 2045 sections 6.4 and 6.8: an unknown encoding is none, and characters that are not base64 are ignored.
#[test]
fn a_damaged_encoding_is_read_as_readers_read_it() {
    let stray = lines_of_base64(&big()).replace("\r\n", "!\r\n");
    let uuencoded = "begin 644 x\r\n".repeat(10_000);
    for (encoding, body, kind, arrived) in [
        ("base64", &stray, "a/b", &big()),
        (
            "x-uuencode",
            &uuencoded,
            "application/octet-stream",
            &uuencoded.clone().into_bytes(),
        ),
    ] {
        let rest = format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText\r\n--b\r\n\
             Content-Type: a/b; name=x.bin\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n--b--\r\n"
        );
        let (_, uploads) = split(&parse(&with_big(&rest)));
        assert_eq!(
            (&*uploads[0].name, &*uploads[0].content_type),
            ("x.bin", kind)
        );
        assert!(contents(&uploads[0]) == *arrived, "{encoding}");
    }
}

/// RFC 2046 section 5.1: a header section may be empty, and a line that is no field begins the body.
#[test]
fn a_part_without_an_empty_line_keeps_its_bytes() {
    let pdf = "Content-Type: application/pdf; name=x.pdf\r\n";
    let base64 = "Content-Transfer-Encoding: base64\r\n";
    let data = String::from_utf8_lossy(b"%PDF-1.7 \xe2\x82\xac\r\n").repeat(10_000);
    let encoded = lines_of_base64(data.as_bytes());
    let named = "Content-Disposition: attachment; filename=x.txt\r\n";
    for (part, wanted) in [
        (format!("{pdf}{data}"), data.clone()),
        (format!("{pdf}{base64}{encoded}"), data.clone()),
        (format!("X-Id: 1\r\n{pdf}{base64}{encoded}"), data.clone()),
        (format!("{pdf}Note: {data}"), format!("Note: {data}")),
        (
            format!("{named}Key: value\r\nOther: value"),
            "Key: value\r\nOther: value".to_owned(),
        ),
        (format!("{pdf}\r\n{data}"), data.clone()),
    ] {
        let message = with_big(&format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText\r\n--b\r\n{part}\r\n\
             --b\r\nContent-Type: a/b\r\n{base64}\r\n@BIG@\r\n--b--\r\n"
        ));
        let (skeleton, uploads) = split(&parse(&message));
        assert_eq!(uploads.len(), 2, "{}", String::from_utf8_lossy(&skeleton));
        assert!(
            contents(&uploads[0]) == wanted.as_bytes(),
            "{}",
            &part[..80]
        );
    }
    // Between encoded data, a field is damage.
    let part = format!("{pdf}{base64}X-Id: 1\r\n{encoded}");
    let message = with_big(&format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText\r\n--b\r\n{part}\r\n--b--\r\n@BIG@"
    ));
    let error = plan(&parse(&message), Choice::Auto, &tight()).expect_err("refused");
    assert!(
        error.to_string().ends_with("its base64 is damaged"),
        "{error}"
    );
}

/// An indented line of a body without an empty line before it reads like a fold of the field above.
#[test]
fn a_part_whose_contents_may_begin_in_its_header_is_not_taken_out() {
    let named = "Content-Disposition: attachment; filename=v.bin";
    let big = "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@";
    let mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText\r\n--b\r\n";
    for (part, name) in [
        (
            format!("{named}\r\n    {{\"key\":\r\n    \"SECRET\"}}"),
            "v.bin",
        ),
        (
            format!("{named}\r\n    LINE1SECRET\r\nLINE2SECRET"),
            "v.bin",
        ),
        (
            format!("{named}\r\n\tLINE1\r\nContent-Type: a/b\r\nLINE2"),
            "v.bin",
        ),
        (format!("{named}\r\nContent-Type: text/csv"), "v.bin"),
        (
            format!(
                "Content-Type: multipart/mixed; boundary=i\r\n SECRET\r\n--i\r\n{big}\r\n--i--"
            ),
            "multipart/mixed",
        ),
    ] {
        let whole = format!("{mixed}{part}\r\n--b--\r\n");
        let whole = parse(&with_big(&whole.replace("@BIG@", "QQ==")));
        let fits = plan(&whole, Choice::Auto, &tight()).expect("a plan");
        assert_eq!(fits.staged, None);
        for message in [
            format!("{mixed}{part}\r\n--b\r\n{big}\r\n--b--\r\n"),
            // The end of the message ends the part.
            format!("{mixed}{big}\r\n--b\r\n{part}"),
        ] {
            let mail = parse(&with_big(&message));
            let error = plan(&mail, Choice::Auto, &tight()).expect_err("refused");
            assert!(
                error.to_string().ends_with(
                    "cannot be split off: no empty line ends its header section, so its contents may begin inside the header section"
                ),
                "{error}"
            );
            let named = matches!(&error, Error::Part { name: found, .. } if found == name);
            assert!(named, "{error}");
            assert_eq!(error.class(), Class::Message);
        }
    }
}

/// Where no part of a multipart stays, nothing is left that could carry what stands around them.
#[test]
fn what_belongs_to_no_part_is_not_lost_unnoticed() {
    let big = "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@";
    let long = "words of MIME\r\n".repeat(100);
    let note = "This is a multi-part message in MIME format.\r\n";
    for (before, after, lost) in [
        (&*long, "", Some(1_500)),
        ("", &*long, Some(1_500)),
        ("SECRET\r\n", "", Some(8)),
        ("", "SECRET", Some(6)),
        (note, "SECRET", Some(52)),
        (note, "", None),
        (note, note, None),
        ("\r\n", " \r\n\r\n", None),
    ] {
        let mixed = format!("{before}--b\r\n{big}\r\n--b--\r\n{after}");
        let root = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{mixed}");
        let nested = format!(
            "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nText\r\n--o\r\n{root}\r\n--o--\r\n"
        );
        for message in [root, nested] {
            let planned = plan(&parse(&with_big(&message)), Choice::Auto, &tight());
            let found = match planned {
                Ok(_) => None,
                Err(Error::Outside { size }) => Some(size),
                Err(error) => panic!("{error}"),
            };
            assert_eq!(found, lost, "{message:.200}");
        }
    }
    assert_eq!(Error::Outside { size: 1 }.class(), Class::Message);
}

/// One request takes MIME with CRLF alone; what is taken out goes as its bytes.
#[test]
fn a_binary_part_goes_apart_or_not_at_all() {
    let with = |body: &[u8]| {
        let head = "From: a@b.org\r\nTo: c@d.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
            --b\r\n\r\nText\r\n--b\r\nContent-Type: a/b; name=x\r\nContent-Transfer-Encoding: binary\r\n\r\n";
        parse(&[head.as_bytes(), body, b"\r\n--b--\r\n"].concat())
    };
    for body in [b"a\nb", b"a\rb"] {
        for plan in [plan, graphmail::compose::plan_draft] {
            let error = plan(&with(body), Choice::Auto, &tight()).expect_err("refused");
            assert!(matches!(error, Error::Binary), "{error}");
            assert_eq!(error.class(), Class::Message);
        }
    }
    assert!(plan(&with(b"a\r\nb"), Choice::Auto, &tight()).is_ok());
    let large = b"a\nb\r".repeat(30_000);
    let (_, uploads) = split(&with(&large));
    assert!(contents(&uploads[0]) == large);
}

/// A message whose header is done, with a big part after `before`.
fn with_big(before: &str) -> Vec<u8> {
    format!("From: a@b.org\r\nTo: c@d.org\r\nSubject: s\r\nMessage-ID: <i@b.org>\r\n{before}")
        .replace("@BIG@", &lines_of_base64(&big()))
        .into_bytes()
}

#[test]
fn a_message_of_all_kinds_of_parts() {
    let text = include_bytes!("../data/compose/split.eml");
    let at = text
        .windows(5)
        .position(|window| window == b"@BIG@")
        .expect("its place");
    let big = big();
    let whole = [
        &text[..at],
        lines_of_base64(&big).as_bytes(),
        &text[at + 5..],
    ]
    .concat();
    let mail = parse(&whole);
    let (skeleton, uploads) = split(&mail);
    expect("split-skeleton.eml", &skeleton);
    let mut table = String::new();
    for upload in &uploads {
        let bytes = contents(upload);
        let shown = if bytes == big {
            "the big one".to_owned()
        } else {
            bytes.escape_ascii().to_string()
        };
        let Upload {
            name,
            content_type,
            content_id,
            inline,
            route,
            ..
        } = upload;
        writeln!(
            table,
            "{name}\n  {content_type}\n  {content_id:?} inline={inline} {route:?}\n  {shown}"
        )
        .expect("written");
    }
    expect("split-uploads.txt", table.as_bytes());
    let plan = plan(&mail, Choice::Mime, &tight()).expect("a plan");
    assert_eq!(
        plan.staged.expect("a draft").notes[1],
        "the message is split, and Exchange writes its MIME again: boundaries, encodings \
         and the order of parts may change"
    );
    assert_eq!(plan.reasons[0], "a ready message is MIME");
}

/// The extended one of two names wins in either order, and what is no type is that of any file.
#[test]
fn names_and_types_of_what_is_taken_out() {
    let extended = "*=UTF-8''%E2%82%AC.bin";
    for (fields, name, kind) in [
        (
            format!(
                "Content-Type: a/b; charset=x\r\nContent-Disposition: attachment; filename=\"f;b.bin\"; filename{extended}; size=1"
            ),
            "€.bin",
            "a/b; charset=\"x\"",
        ),
        (
            format!(
                "Content-Type: a/b\r\nContent-Disposition: attachment; filename{extended};\r\n filename=\"f\\\";b.bin\""
            ),
            "€.bin",
            "a/b",
        ),
        (
            "Content-Type: a/b\r\ncontent-disposition: attachment;\r\n FileName=fb.bin;\r\n \
             filename*0*=UTF-8''%E2%82%AC;\r\n filename*1*=.bin"
                .to_owned(),
            "€.bin",
            "a/b",
        ),
        (
            format!("Content-Type: a/b; name=fb.bin; name{extended}; charset=x"),
            "€.bin",
            "a/b; charset=\"x\"",
        ),
        (
            format!("Content-Type: a/b; name{extended}; name=fb.bin"),
            "€.bin",
            "a/b",
        ),
        (
            "Content-Type: foo\r\nContent-Disposition: attachment; filename=\"a; filename*=b\""
                .to_owned(),
            "a; filename*=b",
            "application/octet-stream",
        ),
    ] {
        let rest = format!("{fields}\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@");
        let (_, uploads) = split(&parse(&with_big(&rest)));
        assert_eq!(uploads.len(), 1);
        assert_eq!(uploads[0].name, name, "{fields}");
        assert_eq!(uploads[0].content_type, kind, "{fields}");
        assert!(contents(&uploads[0]) == big());
    }
}

/// A text whose type is not valid is text of the draft (RFC 2045 section 5.2).
#[test]
fn a_text_without_a_valid_type() {
    for (kind, written) in [
        ("text", "text/plain"),
        ("foo; charset=utf-8", "text/plain; charset=\"utf-8\""),
        ("plain/ text", "text/plain"),
    ] {
        let of = |kind: &str, rest: &str| {
            format!(
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: {kind}\r\n\r\nhi\r\n{rest}--b--\r\n"
            )
        };
        let file = "--b\r\nContent-Disposition: attachment; filename=f\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@\r\n";
        let (skeleton, uploads) = split(&parse(&with_big(&of(kind, file))));
        assert!(contents(&uploads[0]) == big());
        assert!(skeleton == with_big(&of(written, "")), "{kind}");
    }
}

/// The type with which the message has parts counts, wherever it is.
#[test]
fn two_types_of_a_message() {
    let mixed = "Content-Type: multipart/mixed; boundary=b\r\n";
    let plain = "Content-Type: text/plain\r\n";
    let other = "Content-Type: multipart/mixed; boundary=other\r\n";
    for types in [[plain, mixed], [mixed, plain], [other, mixed]] {
        let body = "MIME-Version: 1.0\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n\
            Content-Disposition: attachment; filename=f\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@\r\n--b--\r\n";
        let (skeleton, uploads) = split(&parse(&with_big(&(types.concat() + body))));
        assert!(contents(&uploads[0]) == big());
        let kept = types.map(|kind| match kind == mixed {
            true => kind.to_owned(),
            false => format!("X-Original-{kind}"),
        });
        let text = "MIME-Version: 1.0\r\n\r\n--b\r\n\r\nhi\r\n--b--\r\n";
        let fields = "From: a@b.org\r\nTo: c@d.org\r\nSubject: s\r\nMessage-ID: <i@b.org>\r\n";
        let expected = fields.to_owned() + &kept.concat() + text;
        assert_eq!(String::from_utf8(skeleton).unwrap(), expected);
    }
}

#[test]
fn a_name_in_an_unknown_charset_is_not_changed() {
    for name in [
        "filename*=x-klingon''%FF.bin",
        "filename=\"=?x-klingon?Q?=FF?=.bin\"",
    ] {
        let rest = format!(
            "Content-Disposition: attachment; {name}\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@"
        );
        let mail = parse(&with_big(&rest));
        let size = with_big(&rest).len();
        let error = plan(&mail, Choice::Auto, &tight()).expect_err("a name that is not known");
        let written = match name.contains('*') {
            true => "x-klingon''%FF.bin",
            false => "=?x-klingon?Q?=FF?=.bin",
        };
        assert_eq!(
            error.to_string(),
            format!(
                "the message of {size} bytes is too large for one request, and the name {written:?} of an attachment \
                 is in the unknown charset \"x-klingon\""
            )
        );
    }
}

#[test]
fn what_is_taken_out_is_no_copy() {
    let whole =
        with_big("Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@");
    let eml = Eml::parse(whole).expect("a message");
    let place = eml.octets().to_bytes().unwrap().as_ptr_range();
    let (_, uploads) = split(&Mail::Ready(Box::new(eml)));
    let Content::Encoded { octets, encoding } = &uploads[0].content else {
        panic!("a part of it");
    };
    assert_eq!(*encoding, TransferEncoding::Base64);
    assert!(place.contains(&octets.to_bytes().unwrap().as_ptr()));
}

/// A message that is nothing but files leaves its header, with an empty text.
#[test]
fn what_holds_nothing_any_more_is_taken_out_with_its_contents() {
    let head = "From: a@b.org\r\nTo: c@d.org\r\nSubject: s\r\nMessage-ID: <i@b.org>\r\n";
    let file = "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@\r\n";
    let text = "Content-Type: text/html\r\n\r\n<p>\r\n";
    let cases = [
        (
            "Content-Type: application/pdf;\r\n name=a.pdf\r\nMIME-Version: 1.0\r\n\
             content-transfer-encoding: base64\r\n\r\n@BIG@"
                .to_owned(),
            "MIME-Version: 1.0\r\n\r\n".to_owned(),
        ),
        (
            format!(
                "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nno MIME reader\r\n--b\r\n{file}--b--\r\n"
            ),
            "MIME-Version: 1.0\r\n\r\n".to_owned(),
        ),
        (
            format!(
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{text}--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n{file}--c--\r\n\r\n--b--\r\n"
            ),
            format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{text}--b--\r\n"),
        ),
        // A last delimiter that is missing.
        (
            format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{text}--b\r\n{file}"),
            format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{text}--b--\r\n"),
        ),
    ];
    for (rest, left) in cases {
        let (skeleton, uploads) = split(&parse(&with_big(&rest)));
        assert_eq!(String::from_utf8_lossy(&skeleton), format!("{head}{left}"));
        assert_eq!(uploads.len(), 1);
        assert_eq!(
            uploads[0].name,
            "a.pdf".replace(
                'a',
                if rest.contains("name=a") {
                    "a"
                } else {
                    "attachment-1"
                }
            )
        );
        assert!(contents(&uploads[0]) == big());
    }
}

/// Closing lines that are missing are written: what is left reads as in the original.
#[test]
fn what_is_left_is_closed_whatever_was() {
    let mixed = "Content-Type: multipart/mixed; boundary=o\r\n\r\n";
    let inner = "--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n\
        --i\r\n\r\nPlain\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>";
    let file = "--o\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@";
    let same = inner.replace("=i\r", "=o\r").replace("--i", "--o");
    for (rest, left, texts) in [
        // One around the file, with and without an end of its last line.
        (
            format!("{mixed}--o\r\n\r\nText\r\n{file}"),
            format!("{mixed}--o\r\n\r\nText\r\n--o--\r\n"),
            &["Text"][..],
        ),
        (
            format!("{mixed}--o\r\n\r\nText\r\n{file}\r\n"),
            format!("{mixed}--o\r\n\r\nText\r\n--o--\r\n"),
            &["Text"],
        ),
        // One that an outer delimiter line cuts off.
        (
            format!("{mixed}{inner}\r\n{file}\r\n--o--\r\n"),
            format!("{mixed}{inner}\r\n--i--\r\n--o--\r\n"),
            &["Plain", "<p>"],
        ),
        // Both, and the text last.
        (
            format!("{mixed}{inner}\r\n{file}"),
            format!("{mixed}{inner}\r\n--i--\r\n--o--\r\n"),
            &["Plain", "<p>"],
        ),
        (
            format!("{mixed}{file}\r\n{inner}"),
            format!("{mixed}{inner}\r\n--i--\r\n--o--\r\n"),
            &["Plain", "<p>"],
        ),
        (
            format!("{mixed}{file}\r\n{inner}\r\n"),
            format!("{mixed}{inner}\r\n\r\n--i--\r\n--o--\r\n"),
            &["Plain", "<p>\r\n"],
        ),
        // The same boundary inside and outside.
        (
            format!("{mixed}{same}\r\n{file}\r\n--o--\r\n"),
            format!("{mixed}{same}\r\n--o--\r\n\r\n--o--\r\n"),
            &["Plain", "<p>"],
        ),
    ] {
        let (skeleton, uploads) = split(&parse(&with_big(&rest)));
        let text = String::from_utf8(skeleton).expect("ASCII");
        assert!(text.ends_with(&format!("<i@b.org>\r\n{left}")), "{text}");
        let found = leaves(text.as_bytes());
        let wanted: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
        assert_eq!(found, wanted, "{text}");
        let structure = Part::parse(&text.as_bytes().to_vec().into()).expect("parts");
        assert!(structure.walk().all(|part| part.unclosed.is_none()));
        // A second reader finds no file in it.
        let parsed = MessageParser::new().parse(text.as_bytes()).expect("mail");
        assert_eq!(parsed.attachment_count(), 0, "{text}");
        assert_eq!(uploads.len(), 1);
        assert!(contents(&uploads[0]) == big());
    }
}

/// Base64 that stops within a group where the message does, its multipart still open.
#[test]
fn a_message_that_was_cut_off_is_refused() {
    let mixed = "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nText\r\n--o\r\n\
        Content-Type: a/b; name=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@";
    let whole = with_big(mixed);
    for lost in 1..4 {
        let cut = &whole[..whole.len() - lost];
        for plan in [plan, graphmail::compose::plan_draft] {
            let error = plan(&parse(cut), Choice::Auto, &tight()).expect_err("refused");
            assert_eq!(
                error.to_string(),
                "the message is truncated: the base64 of its part x.bin is not complete"
            );
            assert_eq!(error.class(), Class::Message);
        }
        // The group is only short where the multipart is closed.
        let closed = [cut, b"\r\n--o--\r\n"].concat();
        assert_eq!(
            plan(&parse(&closed), Choice::Auto, &tight()).is_ok(),
            lost < 3,
            "{lost}"
        );
    }
}

#[test]
fn a_text_stays_and_a_file_of_text_goes() {
    // Where it is, what its fields are, and the names of what is taken out.
    #[rustfmt::skip]
    let cases = [
        ("alternative", "Content-Type: text/calendar; method=REQUEST; name=i.ics\r\nContent-Disposition: attachment", true),
        ("alternative", "Content-Type: application/ics; name=i.ics", false),
        ("mixed", "Content-Type: text/calendar; method=REQUEST", true),
        ("mixed", "Content-Type: text/calendar; name=i.ics", false),
        ("mixed", "Content-Type: text/plain; name=i.txt", false),
        ("mixed", "Content-Type: text/plain\r\nContent-Disposition: attachment", false),
        ("mixed", "Content-Type: text/plain\r\nContent-Disposition: inline", true),
        ("mixed", "Content-Disposition: inline; filename=i.txt", false),
        ("mixed", "Content-Type: multipart/mixed; boundary=none", true),
        ("mixed", "Content-Type: message/delivery-status", false),
        ("related", "Content-Type: text/css; name=i.css", false),
        ("related", "Content-Type: text/html", true),
    ];
    let mut inline = Vec::new();
    for (subtype, fields, stays) in cases {
        let rest = format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
             Content-Type: multipart/{subtype}; boundary=c\r\n\r\n--c\r\nContent-Type: text/html; \
             name=first\r\n\r\n<p>\r\n--c\r\n{fields}\r\nContent-ID: <i>\r\n\r\nit\r\n--c--\r\n\
             --b\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@\r\n--b--\r\n"
        );
        let (skeleton, uploads) = split(&parse(&with_big(&rest)));
        let text = String::from_utf8(skeleton).expect("ASCII");
        assert_eq!(text.contains(&format!("{fields}\r\n")), stays, "{fields}");
        assert_eq!(uploads.len(), if stays { 1 } else { 2 }, "{fields}");
        assert!(text.contains("name=first"));
        inline.extend(
            uploads
                .iter()
                .filter(|one| one.inline)
                .map(|one| one.name.clone()),
        );
    }
    assert_eq!(inline, ["i.css"]);
}

#[test]
fn what_is_signed_or_encrypted_is_never_taken_apart() {
    let part = "Content-Transfer-Encoding: base64\r\n\r\n@BIG@\r\n";
    for (kind, more) in [
        ("multipart/signed", "; boundary=b; protocol=x"),
        ("multipart/encrypted", "; boundary=b; protocol=x"),
        ("application/pkcs7-mime", "; smime-type=enveloped-data"),
        ("application/x-pkcs7-mime", ""),
    ] {
        let upper = kind.to_uppercase();
        let inner = if kind.starts_with("multipart") {
            format!(
                "Content-Type: {upper}{more}\r\n\r\n--b\r\nContent-Type: a/b\r\n{part}--b--\r\n"
            )
        } else {
            format!("Content-Type: {upper}{more}\r\n{part}")
        };
        let within = format!(
            "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\ntext\r\n--o\r\n{inner}\r\n--o--\r\n"
        );
        for whole in [with_big(&inner), with_big(&within)] {
            let error = plan(&parse(&whole), Choice::Auto, &tight()).expect_err(kind);
            assert_eq!(error.class(), Class::Message);
            assert_eq!(
                error.to_string(),
                format!(
                    "the message of {} bytes is too large for one request, and splitting it would \
                     break its {kind}",
                    whole.len()
                )
            );
            // In one request it goes as it is.
            let plan = plan(&parse(&whole), Choice::Auto, &limits()).expect("a plan");
            assert_eq!(plan.staged, None);
        }
    }
}

#[test]
fn a_text_that_is_too_large_is_not_taken_out() {
    let long = "word ".repeat(20_000);
    let cases = [
        (
            format!("Content-Type: text/html\r\n\r\n{long}"),
            "text/html",
        ),
        (format!("\r\n{long}"), "text/plain"),
    ];
    for (rest, kind) in cases {
        let error = plan(&parse(&with_big(&rest)), Choice::Auto, &tight()).expect_err(kind);
        let text = error.to_string();
        let end = format!(
            "but the limit is 72000 bytes, slightly below 4 MiB (largest: {kind} 100000 bytes)"
        );
        assert!(text.ends_with(&end), "{text}");
        assert_eq!(error.class(), Class::Message);
    }
    let narrow = Limits {
        message: 100_000,
        ..limits()
    };
    let error = plan(
        &parse(&with_big(&format!("\r\n{long}"))),
        Choice::Auto,
        &narrow,
    );
    assert_eq!(
        error.expect_err("too large for the mailbox").to_string(),
        "the message has 100065 bytes when encoded, but the mailbox may send at most 100000 bytes"
    );
    let whole = with_big(
        "Content-Type: a/b; name=big.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@",
    );
    let small = Limits {
        attachment: 239_999,
        ..tight()
    };
    let error = plan(&parse(&whole), Choice::Auto, &small).expect_err("too large for a session");
    assert_eq!(
        error.to_string(),
        "big.bin has 240000 bytes, but Exchange accepts attachments of at most 239999 bytes"
    );
}

/// A second text travels as a file where the message does not fit otherwise; the first stays.
#[test]
fn a_large_text_beside_the_first_is_taken_out() {
    let second = "word\r\n".repeat(20_000);
    let kind = "Content-Type: text/plain; charset=utf-8\r\n\r\n";
    let (open, close) = (
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
        "--b--\r\n",
    );
    let first = format!("{kind}Text\r\n");
    let footer = format!("--b\r\n{kind}Footer\r\n");
    let large = format!("{open}{first}--b\r\n{kind}{second}\r\n{footer}{close}");
    let (skeleton, uploads) = split(&parse(&with_big(&large)));
    let text = String::from_utf8(skeleton).expect("ASCII");
    assert!(text.ends_with(&format!("<i@b.org>\r\n{open}{first}{footer}{close}")));
    assert_eq!(uploads.len(), 1);
    assert_eq!(uploads[0].name, "attachment-1.txt");
    assert_eq!(uploads[0].content_type, "text/plain; charset=\"utf-8\"");
    assert!(contents(&uploads[0]) == second.as_bytes());
    // Where it fits, it is of the text.
    let medium = large.replace(&second, &"word\r\n".repeat(2_000));
    let file = "--b\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@\r\n";
    let with_file = medium.replace(close, &format!("{file}{close}"));
    let (skeleton, uploads) = split(&parse(&with_big(&with_file)));
    assert!(skeleton.ends_with(medium.as_bytes()));
    assert_eq!(uploads.len(), 1);
    assert!(contents(&uploads[0]) == big());
    // The first is never taken out, and neither is one of several of the same text.
    for large in [
        large.replacen("Text", &second, 1),
        large.replace("/mixed", "/alternative"),
    ] {
        let error = plan(&parse(&with_big(&large)), Choice::Auto, &tight()).expect_err("refused");
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    }
}

#[test]
fn what_cannot_be_taken_apart_is_told_so() {
    let deep: String = (0..60)
        .map(|depth| {
            format!("Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n")
        })
        .collect();
    let body = "--b\r\n\r\nText\r\n--b\r\nContent-Type: a/b\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n@BIG@\r\n--b--\r\n";
    for (rest, why) in [
        (
            format!("Content-Type: multipart/mixed\r\n\r\n{body}"),
            "a multipart has no boundary parameter",
        ),
        (
            format!("Content-Type: multipart/mixed; boundary=\"b \"\r\n\r\n{body}"),
            "the boundary of a multipart does not occur in it",
        ),
        (
            format!("{deep}Content-Type: multipart/mixed; boundary=b\r\n\r\n{body}"),
            "its multiparts are nested too deeply",
        ),
    ] {
        let whole = with_big(&rest);
        let error = plan(&parse(&whole), Choice::Auto, &tight()).expect_err(why);
        let (size, words) = (whole.len(), "too large for one request, and it cannot");
        assert_eq!(
            error.to_string(),
            format!("the message of {size} bytes is {words} be split: {why}")
        );
        assert_eq!(error.class(), Class::Message);
    }
}

/// By its Message-ID a draft is found whose creation nobody told of.
#[test]
fn what_is_taken_apart_without_a_message_id_is_given_one() {
    let rest = "Content-Type: a/b; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\n@BIG@";
    let whole = String::from_utf8(with_big(rest)).expect("ASCII");
    for (field, given) in [
        ("", true),
        ("message-id: <i@b.org>\r\n", false),
        // Nothing by which it could be found, but a second one would be worse.
        ("Message-ID: what is this\r\n", false),
    ] {
        let mail = parse(whole.replace("Message-ID: <i@b.org>\r\n", field).as_bytes());
        let (skeleton, _) = split(&mail);
        let plan = plan(&mail, Choice::Auto, &tight()).expect("a plan");
        let submission = render(&mail, &plan, &Still::default(), &tight()).expect("a draft");
        let text = String::from_utf8(skeleton).expect("ASCII");
        let id = submission.message_id();
        assert_eq!(
            text.starts_with(&format!("Message-ID: {}\r\nFrom:", id.unwrap_or_default())),
            given,
            "{text}"
        );
        assert_eq!(id.is_some(), !field.contains("what"), "{field}");
    }
}

/// What makes the draft's request too large is named, whatever it is.
#[test]
fn a_large_rest_is_named() {
    let long = "X-Long: y\r\n".repeat(10_000);
    let mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let text = "--b\r\n\r\nText\r\n--b--\r\n";
    for (rest, named) in [
        (format!("{long}\r\nText"), "its header 110065 bytes"),
        (
            format!("{mixed}{}{text}", "preamble\r\n".repeat(10_000)),
            "text before or after its parts 100007 bytes",
        ),
        (
            format!("{mixed}{text}{}", "epilogue\r\n".repeat(10_000)),
            "text before or after its parts 100007 bytes",
        ),
    ] {
        let error = plan(&parse(&with_big(&rest)), Choice::Auto, &tight()).expect_err("too large");
        let words = error.to_string();
        assert!(
            words.contains(&format!("(largest: {named}, text/plain 4 bytes)")),
            "{words}"
        );
    }
}

/// A part to generate.
#[derive(Debug, Clone)]
enum Node {
    Leaf {
        head: String,
        encoding: &'static str,
        contents: Vec<u8>,
    },
    Multipart {
        subtype: &'static str,
        parts: Vec<Node>,
    },
}

fn leaf() -> impl Strategy<Value = Node> {
    let kind = prop_oneof![
        Just("text/plain"),
        Just("text/html; charset=utf-8"),
        Just("text/calendar; method=REQUEST"),
        Just("image/png"),
        Just("application/pdf; name=\"x y.pdf\""),
        Just("message/rfc822"),
        Just("text/plain; name=n.txt"),
    ];
    let more = prop_oneof![
        Just(""),
        Just("Content-Disposition: attachment; filename=f\r\n"),
        Just("Content-Disposition: inline\r\nContent-ID: <i@x>\r\n"),
    ];
    let encoding = prop_oneof![Just("base64"), Just("quoted-printable"), Just("8bit")];
    // Lines that look like delimiter lines are what could go wrong.
    let text = proptest::collection::vec(
        prop_oneof![
            "[a-zA-Z0-9=.-]{0,12}",
            Just("--b".to_owned()),
            Just("--b0x".to_owned()),
            Just("-- ".to_owned()),
            Just(String::new()),
            Just("Content-Type: multipart/mixed; boundary=b0".to_owned()),
        ],
        0..6,
    );
    let binary = proptest::collection::vec(any::<u8>(), 0..300);
    (kind, more, encoding, text, binary).prop_map(|(kind, more, encoding, text, binary)| {
        // Attached messages are not encoded.
        let encoding = if kind.starts_with("message") {
            "8bit"
        } else {
            encoding
        };
        Node::Leaf {
            head: format!("Content-Type: {kind}\r\n{more}"),
            encoding,
            contents: if encoding == "8bit" {
                text.join("\r\n").into_bytes()
            } else {
                binary
            },
        }
    })
}

fn tree() -> impl Strategy<Value = Node> {
    leaf().prop_recursive(4, 24, 5, |inner| {
        let subtype = prop_oneof![Just("mixed"), Just("alternative"), Just("related")];
        (subtype, proptest::collection::vec(inner, 1..5))
            .prop_map(|(subtype, parts)| Node::Multipart { subtype, parts })
    })
}

impl Node {
    /// Writes the part; the boundaries begin with one another on purpose.
    fn write(&self, depth: usize, text: &mut Vec<u8>, leaves: &mut Vec<Vec<u8>>) {
        match self {
            Self::Leaf {
                head,
                encoding,
                contents,
            } => {
                let head = format!("{head}Content-Transfer-Encoding: {encoding}\r\n\r\n");
                text.extend_from_slice(head.as_bytes());
                match *encoding {
                    "base64" => text.extend_from_slice(lines_of_base64(contents).as_bytes()),
                    "quoted-printable" => {
                        for line in contents.chunks(20) {
                            line.iter().for_each(|byte| {
                                text.extend_from_slice(format!("={byte:02X}").as_bytes());
                            });
                            text.extend_from_slice(b"=\r\n");
                        }
                    }
                    _ => text.extend_from_slice(contents),
                }
                leaves.push(contents.clone());
            }
            Self::Multipart { subtype, parts } => {
                let boundary = format!("b{}", "0".repeat(depth));
                let head = format!(
                    "Content-Type: multipart/{subtype}; boundary=\"=_{boundary}\"\r\n\r\nMIME preamble"
                );
                text.extend_from_slice(head.as_bytes());
                for part in parts {
                    text.extend_from_slice(format!("\r\n--=_{boundary}\r\n").as_bytes());
                    part.write(depth + 1, text, leaves);
                }
                text.extend_from_slice(format!("\r\n--=_{boundary}--\r\nMIME epilogue").as_bytes());
            }
        }
    }
}

/// The decoded bodies of a message's leaves.
fn leaves(message: &[u8]) -> Vec<Vec<u8>> {
    let whole = Octets::from(message.to_vec());
    let structure = Part::parse(&whole).expect("parts");
    let leaves = structure.walk().filter(|part| part.parts.is_empty());
    leaves
        .map(|part| {
            let encoding = match part.fields.encoding.as_str() {
                "base64" => TransferEncoding::Base64,
                "quoted-printable" => TransferEncoding::QuotedPrintable,
                _ => TransferEncoding::Identity,
            };
            let octets = whole.range(part.body.clone());
            contents(&Upload {
                name: String::new(),
                content_type: String::new(),
                size: encoding.decoded_size(&octets).unwrap(),
                content_id: None,
                inline: false,
                route: graphmail::submission::UploadRoute::Post,
                content: Content::Encoded { encoding, octets },
            })
        })
        .collect()
}

/// What a scanner of parts trips over.
const PIECES: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"x",
    b"\xff",
    b"--b",
    b"--b--",
    b"--c",
    b"\nContent-Type: multipart/mixed; boundary=b\r\n\r\n",
    b"\nContent-Type: multipart/mixed; boundary=c\n\n",
    b"\nContent-Transfer-Encoding: binary\n",
    b"X: y\n",
    b"\nContent-Type: a/b\n",
];

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 96,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_part_is_found_once_and_whole(parts in proptest::collection::vec(tree(), 0..4)) {
        let contents_of_big = big()[..90_000].to_vec();
        let mut parts = parts;
        parts.push(Node::Leaf {
            head: "Content-Type: application/x-big\r\n".to_owned(),
            encoding: "base64",
            contents: contents_of_big.clone(),
        });
        let mut message = b"From: a@b.org\r\nTo: c@d.org\r\nMessage-ID: <i@b.org>\r\nMIME-Version: 1.0\r\n".to_vec();
        let mut wanted = Vec::new();
        Node::Multipart { subtype: "mixed", parts }.write(0, &mut message, &mut wanted);
        prop_assert_eq!(&leaves(&message), &wanted);

        let roomy = Limits { request: 130_000, ..limits() };
        let mail = parse(&message);
        let plan = plan(&mail, Choice::Auto, &roomy).expect("a plan");
        let submission = render(&mail, &plan, &Still::default(), &roomy).expect("a draft");
        let skeleton = decode(&submission).expect("base64");
        let Submission::Staged { uploads, .. } = submission else { panic!("a draft") };

        // Both keep the order of the message: together they are its parts, each once.
        let mut attached = uploads.iter().map(contents).peekable();
        let mut kept = leaves(&skeleton).into_iter().peekable();
        if uploads.len() == wanted.len() {
            // Only the header is left.
            prop_assert_eq!(kept.next(), Some(Vec::new()));
        }
        let mut left: Vec<Vec<u8>> = kept.chain(attached.by_ref()).collect();
        for contents in &wanted {
            let found = left.iter().position(|other| other == contents);
            prop_assert!(found.is_some(), "{:?} is lost", contents.escape_ascii().to_string());
            left.swap_remove(found.expect("found"));
        }
        prop_assert_eq!(left, Vec::<Vec<u8>>::new());

        // Nothing but whole parts was taken out: what is left are lines of the message, in order.
        let mut lines = message.split_inclusive(|&byte| byte == b'\n');
        if uploads.len() < wanted.len() {
            for line in skeleton.split_inclusive(|&byte| byte == b'\n') {
                prop_assert!(lines.any(|other| other == line));
            }
        }
        // A second reader sees the same texts.
        let parsed = MessageParser::new().parse(&skeleton).expect("a message");
        let read = parsed.parts.iter().filter(|part| {
            !part.is_content_type("multipart", "mixed")
                && !part.is_content_type("multipart", "alternative")
                && !part.is_content_type("multipart", "related")
        });
        prop_assert_eq!(read.count(), wanted.len().saturating_sub(uploads.len()).max(1));
    }

    #[test]
    fn whatever_the_bytes_are_the_structure_has_them_all(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)
    ) {
        let message = pieces.concat();
        let root = Part::parse(&message.clone().into()).expect("parts");
        prop_assert_eq!(&root.range, &(0..message.len()));
        for part in root.walk() {
            prop_assert!(part.range.start <= part.header.start);
            prop_assert!(part.header.end == part.body.start && part.body.end <= part.range.end);
            // What says nothing of a part is in its body, unless an empty line parts it from that.
            let header = &message[part.header.clone()];
            let ends = header.ends_with(b"\n\n") || header.ends_with(b"\n\r\n");
            let ends = ends || header == b"\n" || header == b"\r\n";
            if part.range.start > 0 && !ends && !header.is_empty() {
                let last = header.rsplit(|&byte| byte == b'\n').find(|line| !line.is_empty());
                prop_assert!(last.is_some_and(|line| line.starts_with(b"Content-")));
            }
            let mut at = part.body.start;
            for inner in &part.parts {
                prop_assert!(at <= inner.range.start && inner.range.end <= part.range.end);
                at = inner.range.end;
            }
        }
    }
}
