//! Files named on the command line.

use std::path::Path;

use bytes::Bytes;
use graphmail::exit::Class;
use graphmail::message::{Attachment, AttachmentSpec, InlineSpec, Source};

/// Path, name and type.
type Spec = (String, Option<String>, Option<String>);

fn spec(text: &str) -> Result<Spec, (Class, String)> {
    AttachmentSpec::parse(text.as_ref())
        .map(|spec| {
            let path = spec.path.to_str().expect("UTF-8").to_owned();
            (
                path,
                spec.name,
                spec.content_type.map(|mime| mime.to_string()),
            )
        })
        .map_err(|error| (error.class(), error.to_string()))
}

#[test]
fn only_options_at_the_end_are_options() {
    #[rustfmt::skip]
    let table = [
        ("a.pdf", "a.pdf", None, None),
        ("a;b.pdf", "a;b.pdf", None, None),
        ("a.pdf;name=B;c.pdf", "a.pdf", Some("B;c.pdf"), None),
        ("a;size=1;name=x", "a;size=1", Some("x"), None),
        ("a;type=text/plain;name=x", "a", Some("x"), Some("text/plain")),
        ("a;name=x;type=text/calendar; method=REQUEST", "a", Some("x"), Some("text/calendar; method=REQUEST")),
        ("a;name=y;name=x", "a;name=y", Some("x"), None),
        ("-;name=x", "-", Some("x"), None),
        ("./-", "./-", None, None),
    ];
    for (text, path, name, mime) in table {
        let wanted = (
            path.to_owned(),
            name.map(str::to_owned),
            mime.map(str::to_owned),
        );
        assert_eq!(spec(text), Ok(wanted), "{text}");
    }
    for (text, message) in [
        ("", "\"\" has no file name"),
        (";name=x", "\";name=x\" has no file name"),
        (
            "-",
            "standard input as an attachment needs a name: -;name=NAME",
        ),
        ("a;name=", "\"\" is not a name for an attachment"),
        (
            "a;name=x\r\ny",
            "\"x\\r\\ny\" is not a name for an attachment",
        ),
        (
            "a;type=text",
            "\"text\" is not a media type for an attachment",
        ),
        (
            "a;type=text/plain\r\nX: y",
            "\"text/plain\\r\\nX: y\" is not a media type for an attachment",
        ),
        (
            "a;type=multipart/mixed",
            "\"multipart/mixed\" is not a media type for an attachment",
        ),
        (
            "a;type=*/*",
            "\"*/*\" is not a media type for an attachment",
        ),
    ] {
        assert_eq!(
            spec(text),
            Err((Class::Usage, message.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn a_type_fits_on_a_line() {
    let text = format!("a;type=x/{}", "y".repeat(254));
    assert_eq!(spec(&text).map_err(|error| error.0), Err(Class::Usage));
}

#[test]
fn the_type_is_guessed_from_the_name() {
    for (name, mime) in [
        ("a.PDF", "application/pdf"),
        ("a.csv", "text/csv"),
        ("a.eml", "message/rfc822"),
        ("a.mht", "message/rfc822"),
        ("a.unknown", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ] {
        let file = Attachment::from_octets(name, None, Bytes::new()).expect(name);
        assert_eq!(file.content_type().as_ref(), mime, "{name}");
    }
}

#[test]
fn a_file_is_regular_and_readable_and_stays_unread() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.txt");
    std::io::Write::write_all(&mut std::fs::File::create(&path).expect("a file"), b"123")
        .expect("3");
    let file = AttachmentSpec::parse(path.as_os_str())
        .expect("a spec")
        .from_file()
        .expect("a file");
    assert_eq!((file.name(), file.size()), ("report.txt", 3));
    assert_eq!(file.source(), &Source::File(path));
    for path in [
        folder.path(),
        Path::new("/dev/null"),
        Path::new("/nowhere/x"),
    ] {
        let error = Attachment::from_file(path, None, None).expect_err("refused");
        assert_eq!(error.class(), Class::Input);
        assert!(
            error.to_string().starts_with(path.to_str().expect("UTF-8")),
            "{error}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_has_contents_and_no_size_is_refused() {
    let error = Attachment::from_file(Path::new("/proc/self/status"), None, None);
    let error = error.expect_err("refused");
    assert_eq!(error.class(), Class::Input);
    assert_eq!(
        error.to_string(),
        "/proc/self/status has contents but its size is 0, like files in /proc"
    );
}

#[test]
fn an_inline_image_has_an_identifier_that_cannot_break_out() {
    let spec = InlineSpec::parse("<logo.1@x>=a=b.png;name=c.png").expect("a spec");
    assert_eq!(spec.file.path, Path::new("a=b.png"));
    let image = Attachment::from_octets("c.png", None, Bytes::new()).expect("an image");
    assert_eq!(spec.with(image).content_id(), "logo.1@x");
    for text in [
        "logo.png",
        "=x",
        "a b=x",
        "a>\r\nX: y=x",
        "<a=x",
        "ü=x",
        "a@b@c=x",
        "a=",
    ] {
        assert_eq!(
            InlineSpec::parse(text).expect_err(text).class(),
            Class::Usage
        );
    }
}
