//! Names and subjects in every charset, and in every form that mail programs write.

use graphmail::message::{Eml, Part};

/// A name, its bytes and the charset.
const CHARSETS: &[(&str, &str, &[u8])] = &[
    ("gb2312", "报告", b"\xb1\xa8\xb8\xe6"),
    ("gbk", "報告", b"\x88\xf3\xb8\xe6"),
    ("gb18030", "报告", b"\xb1\xa8\xb8\xe6"),
    ("big5", "報告", b"\xb3\xf8\xa7i"),
    ("shift_jis", "見積書", b"\x8c\xa9\x90\xcf\x8f\x91"),
    ("euc-jp", "見積書", b"\xb8\xab\xc0\xd1\xbd\xf1"),
    ("iso-2022-jp", "見積書", b"\x1b$B8+@Q=q\x1b(B"),
    ("euc-kr", "보고", b"\xba\xb8\xb0\xed"),
    ("ks_c_5601-1987", "보고", b"\xba\xb8\xb0\xed"),
    ("iso-2022-kr", "보고", b"\x1b$)C\x0e:80m\x0f"),
    ("windows-874", "ก", b"\xa1"),
    ("tis-620", "ก", b"\xa1"),
    ("koi8-r", "отчёт", b"\xcf\xd4\xde\xa3\xd4"),
    ("koi8-u", "звіт", b"\xda\xd7\xa6\xd4"),
    ("windows-1251", "отчёт", b"\xee\xf2\xf7\xb8\xf2"),
    ("iso-8859-1", "Grüße", b"Gr\xfc\xdfe"),
    ("iso-8859-2", "Łódź", b"\xa3\xf3d\xbc"),
    ("iso-8859-15", "5 €", b"5 \xa4"),
    ("windows-1252", "5 €", b"5 \x80"),
    ("utf-8", "Grüße", "Grüße".as_bytes()),
    ("UTF-8*de", "Grüße", "Grüße".as_bytes()),
    ("utf-7", "Grüße", b"Gr+APwA3w-e"),
    ("utf-7", "Grü", b"Gr+APw"),
    ("us-ascii", "a", b"a"),
    ("cp932", "見積書", b"\x8c\xa9\x90\xcf\x8f\x91"),
    ("CP949", "보고", b"\xba\xb8\xb0\xed"),
    ("euc-cn", "报告", b"\xb1\xa8\xb8\xe6"),
    ("mac-cyrillic", "отчёт", b"\xee\xf2\xf7\xde\xf2"),
    ("ibm850", "Grüße", b"Gr\x81\xe1e"),
    ("iso-2022-jp-ms", "見積書", b"\x1b$B8+@Q=q\x1b(B"),
    ("x-unknown", "Grüße", "Grüße".as_bytes()),
];

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

fn hexadecimal(mark: char, bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{mark}{byte:02X}"))
        .collect()
}

/// The name of the part with these fields.
fn name(fields: &str) -> String {
    let part = Part::parse(&format!("{fields}\r\n\r\n").into_bytes().into());
    part.expect("a part").fields.name.unwrap_or_default()
}

#[test]
fn every_charset_in_every_encoding() {
    for (charset, text, bytes) in CHARSETS {
        let words = [
            format!("=?{charset}?B?{}?=", base64(bytes)),
            format!("=?{charset}?q?{}?=", hexadecimal('=', bytes)),
        ];
        for word in words {
            let eml = format!("From: {word} <a@b.org>\r\nSubject: {word}\r\n\r\n");
            let eml = Eml::parse(eml.into_bytes()).expect("a message");
            assert_eq!(
                (eml.subject(), eml.from().name()),
                (*text, Some(*text)),
                "{word}"
            );
            for field in [
                "Content-Type: a/b; name",
                "Content-Disposition: attachment; filename",
            ] {
                assert_eq!(
                    name(&format!("{field}=\"{word}.pdf\"")),
                    format!("{text}.pdf")
                );
                assert_eq!(name(&format!("{field}={word}.pdf")), format!("{text}.pdf"));
            }
        }
        if charset.contains('*') {
            continue;
        }
        let percent = hexadecimal('%', bytes);
        let whole = format!("Content-Type: a/b; name*={charset}'x'{percent}.pdf");
        assert_eq!(name(&whole), format!("{text}.pdf"), "{whole}");
        // Any character may be split between two segments.
        for at in 0..=bytes.len() {
            let (first, second) = percent.split_at(at * "%00".len());
            let cut = format!(
                "Content-Type: a/b;\r\n name*1*={second};\r\n name*0*={charset}''{first};\r\n name*2=\".pdf\""
            );
            assert_eq!(name(&cut), format!("{text}.pdf"), "{cut}");
        }
    }
}

#[test]
fn encoded_words_are_joined_before_they_are_decoded() {
    for (written, text) in [
        ("=?utf-8?B?w4Q=?= =?utf-8?B?w5Y=?=", "ÄÖ"),
        ("=?utf-8?B?4oI=?=\r\n =?UTF-8?B?rA==?=", "€"),
        ("=?utf-8?Q?=E2=82?= \t  =?utf-8?q?=AC?=", "€"),
        ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
        ("=?utf-8?Q?a?= =?iso-8859-1?Q?=E4?=", "aä"),
        ("=?utf-8?Q?a_b=5Fc?=", "a b_c"),
        ("=?utf-8?Q?a=2?=", "a=2"),
        ("=?utf-8?B?w4TD?= =?utf-8?B?lg?=", "ÄÖ"),
        ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
        ("=?utf-8?Q?a", "=?utf-8?Q?a"),
        ("=?utf-8?Q?what??=", "what?"),
        ("=?utf-8?B?YQ?b?=", "=?utf-8?B?YQ?b?="),
        ("=?utf-8?Q?a =?utf-8?B?Yg==?=", "a =?utf-8?B?Yg=="),
        ("=?utf-8?B?! =?utf-8?B?Yg==?=", "=?utf-8?B?! b"),
        ("=?x-unknown?B?/w==?=", "=?x-unknown?B?/w==?="),
        (
            "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=\r\n =?iso-2022-jp?B?GyRCOGwbKEIudHh0?=",
            "日本語.txt",
        ),
        (
            "=?iso-2022-jp-3?B?GyRPLnYbKEI=?=",
            "=?iso-2022-jp-3?B?GyRPLnYbKEI=?=",
        ),
        ("=?hz-gb-2312?Q?~{<:Ky~}?=", "=?hz-gb-2312?Q?~{<:Ky~}?="),
        ("a =? b", "a =? b"),
    ] {
        let eml = format!("From: a@b.org\r\nSubject: {written}\r\n\r\n");
        let eml = Eml::parse(eml.into_bytes()).expect("a message");
        assert_eq!(eml.subject(), text, "{written}");
    }
}

#[test]
fn names_in_every_form() {
    for (fields, text) in [
        ("Content-Type: a/b; name=\r\n\t\"file.jpg\"", "file.jpg"),
        (
            "Content-Disposition: attachment; filename=\r\n\tfile.jpg; size=3",
            "file.jpg",
        ),
        (
            "Content-Disposition: attachment; filename=my report (1).pdf",
            "my report (1).pdf",
        ),
        (
            "Content-Disposition: attachment; filename=\"a;b\\\"c.pdf\"",
            "a;b\"c.pdf",
        ),
        (
            "Content-Disposition: attachment; filename=\"C:\\dir\\x.pdf\"",
            "C:\\dir\\x.pdf",
        ),
        (
            "Content-Type: a/b; name=\"=?utf-8?Q?Solidarno=C5=9B?=\r\n        =?utf-8?Q?=C4=87.pdf?=\"",
            "Solidarność.pdf",
        ),
        (
            "Content-Disposition: attachment;\r\n filename*0=\"a very long \";\r\n filename*1=\"name.pdf\"",
            "a very long name.pdf",
        ),
        (
            "Content-Disposition: attachment; filename*=a%20b.pdf",
            "a b.pdf",
        ),
        (
            "Content-Disposition: attachment; filename*=x-unknown''%FF.pdf",
            "x-unknown''%FF.pdf",
        ),
        (
            "Content-Disposition: attachment; filename=a.pdf; filename*=utf-8''b.pdf",
            "b.pdf",
        ),
        (
            "Content-Disposition: attachment; filename*=utf-8''b.pdf; filename=a.pdf",
            "b.pdf",
        ),
        (
            "Content-Type: a/b; name=a.pdf\r\nContent-Disposition: attachment; filename=b.pdf",
            "b.pdf",
        ),
        ("Content-Type: a/b; name=a.pdf; name=b.pdf", "a.pdf"),
        (
            "Content-Disposition: attachment;\r\n filename*0*=iso-2022-jp''%1B$BF%7CK%5C%1B%28B;\r\n filename*1*=%1B$B8l%1B%28B.txt",
            "日本語.txt",
        ),
        (
            "Content-Disposition: attachment; filename=\"long\r\n\tname.pdf\"",
            "long name.pdf",
        ),
        ("Content-Type: a/b; name=\"x\ty.pdf\"", "x y.pdf"),
        ("Content-Type: a/b\r\n name=\"a.pdf\"", "a.pdf"),
        (
            "Content-Disposition: attachment filename=a b.pdf",
            "a b.pdf",
        ),
        (
            "Content-Type: a/b; x=\"1\" y=\"2\"\r\n name=\"a;b.pdf\"",
            "a;b.pdf",
        ),
        (
            "Content-Type: a/b; name*=x-unknown''%FF.pdf; name=a.pdf",
            "a.pdf",
        ),
        (
            "Content-Type: a/b; name=a.pdf\r\nContent-Disposition: attachment; filename=\"=?x-unknown?Q?=FF?=\"",
            "a.pdf",
        ),
    ] {
        assert_eq!(name(fields), text, "{fields}");
    }
    for (value, charset) in [
        ("filename*=x-unknown''%FF.pdf", Some("x-unknown")),
        ("filename*0*=ibm852''%FF; filename*1=.pdf", Some("ibm852")),
        ("filename=\"=?cp437?Q?=E1?=.pdf\"", Some("cp437")),
        ("filename=\"=?x-unknown?Q?a?=.pdf\"", None),
        ("filename*=utf-8''%FF.pdf", None),
    ] {
        let part = format!("Content-Disposition: attachment; {value}\r\n\r\n");
        let part = Part::parse(&part.into_bytes().into()).expect("a part");
        assert_eq!(part.fields.unknown_charset.as_deref(), charset, "{value}");
    }
    let raw = b"Content-Type: a/b; name=\"Gr\xfc\xdfe.pdf\"\r\n\r\n".to_vec();
    let part = Part::parse(&raw.into()).expect("a part");
    assert_eq!(part.fields.name.as_deref(), Some("Grüße.pdf"));
}

/// Bytes that no field declares are in the charset of the text.
#[test]
fn undeclared_bytes_are_in_the_charset_of_the_text() {
    let raw = "Привет".to_owned();
    for (charset, bytes) in [
        ("koi8-r", &b"\xf0\xd2\xc9\xd7\xc5\xd4"[..]),
        ("windows-1251", b"\xcf\xf0\xe8\xe2\xe5\xf2"),
        ("utf-8", raw.as_bytes()),
        ("x-unknown", raw.as_bytes()),
    ] {
        let kind = format!("text/plain; charset={charset}");
        let mail = [b"From: a@b.org\r\nSubject: ", bytes, b"\r\nContent-Type: "].concat();
        let eml = [&*mail, kind.as_bytes(), b"\r\n\r\nx\r\n"].concat();
        assert_eq!(Eml::parse(eml).expect("a message").subject(), raw);
        let text = format!("--b\r\nContent-Type: {kind}\r\n\r\nx\r\n--b\r\n");
        let start = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n";
        let file = b"Content-Disposition: attachment; filename=\"";
        let mail = [
            start,
            text.as_bytes(),
            file,
            bytes,
            b"\"\r\n\r\nx\r\n--b--\r\n",
        ]
        .concat();
        let root = Part::parse(&mail.into()).expect("parts");
        assert_eq!(root.parts[1].fields.name.as_ref(), Some(&raw), "{charset}");
    }
}

#[test]
fn parameters_and_types_in_every_form() {
    for (field, kind, subtype, parameters) in [
        (
            "text/plain; charset=\r\n\t\"gb2312\"",
            "text",
            "plain",
            "charset=gb2312",
        ),
        (
            "text/plain; charset=utf-8 (Plain text)",
            "text",
            "plain",
            "charset=utf-8",
        ),
        (
            "TEXT / Plain (a; b=c) ; Charset = x",
            "text",
            "plain",
            "charset=x",
        ),
        ("x-sun-attachment; a=b", "text", "", ""),
        (
            "message/external-body; access-type=URL;\r\n URL=\"http://a/\r\n\tb/\r\n\tc\"",
            "message",
            "external-body",
            "access-type=URL url=http://a/\tb/\tc",
        ),
    ] {
        let part = Part::parse(&format!("Content-Type: {field}\r\n\r\n").into_bytes().into());
        let fields = part.expect("a part").fields;
        let all = fields.parameters.iter();
        let all: Vec<String> = all.map(|(name, value)| format!("{name}={value}")).collect();
        let found = (&*fields.kind, &*fields.subtype, &*all.join(" "));
        assert_eq!(found, (kind, subtype, parameters), "{field}");
    }
}
