//! What sendmail's callers do not declare is declared: charsets and encodings.

use super::sendmail::made;
use crate::support::expected;

/// The message for a@x.org, without the fields that every message gets.
fn declared(mail: &[u8]) -> String {
    let sent = made("a@x.org", mail).unwrap();
    let sent = sent.octets().to_bytes().unwrap();
    let sent = String::from_utf8_lossy(&sent).into_owned();
    let sent = sent.replace("To: a@x.org\r\nFrom: reports@contoso.com\r\n", "");
    let common = |line: &&str| !line.starts_with("Date: ") && !line.starts_with("Message-ID: ");
    let lines = sent.split("\r\n").filter(common);
    lines.map(|line| line.to_owned() + "\n").collect()
}

#[test]
fn undeclared_text() {
    let start = "To: a@x.org\nFrom: reports@contoso.com\n";
    let long = "x".repeat(999);
    let lines = format!("{long}\n{}=\u{e9} \nx", "y".repeat(998));
    let fits = "z".repeat(998) + "\n";
    let cases: &[(&str, &str, &[u8])] = &[
        ("ASCII is the default", "Subject: s\n", b"x\n"),
        (
            "UTF-8",
            "Subject: Gr\u{fc}\u{df}e\n",
            "Gr\u{fc}\u{df}e\n".as_bytes(),
        ),
        ("Latin-1", "", b"Gr\xfc\xdfe\n"),
        ("Windows-1252", "", b"\x93Gr\xfc\xdfe\x94\n"),
        (
            "a type without a charset",
            "Content-Type: text/html;\n",
            "\u{e9}\n".as_bytes(),
        ),
        (
            "a page may declare itself",
            "Content-Type: text/html\n",
            b"\xe9\n",
        ),
        (
            "a declared charset stays",
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=koi8-r\n",
            b"\xe9\n",
        ),
        (
            "7bit that is 8bit",
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 7bit\n",
            "\u{e9}\n".as_bytes(),
        ),
        (
            "encoded",
            "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n",
            b"eA==\n",
        ),
        (
            "ISO-2022-JP",
            "Subject: \x1b$B;3\x1b(B\n",
            b"\x1b$B;3\x1b(B\n",
        ),
        (
            "ISO-2022-JP that is declared",
            "Subject: =?ISO-2022-JP?B?GyRCOzMbKEI=?=\nMIME-Version: 1.0\nContent-Type: text/plain; charset=ISO-2022-JP\n",
            b"\x1b$B;3\x1b(B\n",
        ),
        ("NUL", "", b"a\0b\n"),
        ("long lines", "", lines.as_bytes()),
        ("998 octets fit", "", fits.as_bytes()),
        ("bare CR", "", "1%\r2% \u{e9}\n".as_bytes()),
        (
            "bare CR and ASCII",
            "Content-Type: text/plain\n",
            b"1%\r2%\n",
        ),
        (
            "a multipart",
            "Content-Type: multipart/mixed; boundary=b\n",
            "--b\n\n\u{e9}\n--b--\n".as_bytes(),
        ),
        (
            "signed",
            "Subject: \u{e9}\nContent-Type: multipart/signed; boundary=b\n",
            b"--b\n\nx\n--b--\n",
        ),
        (
            "signed inside",
            "Subject: \u{e9}\nContent-Type: multipart/mixed; boundary=b\n",
            b"--b\nContent-Type: application/pkcs7-mime\n\nx\n--b--\n",
        ),
        (
            "names",
            "Reply-To: J\u{f6}rg <j@x.org>, k@x.org, \"M\u{fc}ller, A\" <m@x.org>, G: \u{e9} <n@x.org>;\n",
            b"x\n",
        ),
        (
            "other fields",
            "X-Mailer: \u{e9}\nReceived: from \u{e9}\nSubject: =?utf-8?Q?=C3=A9?= \u{e9}\n",
            b"x\n",
        ),
    ];
    let mut all = Vec::new();
    for (name, fields, body) in cases {
        let mail = [start.as_bytes(), fields.as_bytes(), b"\n", body].concat();
        all.push(format!("=== {name}\n{}", declared(&mail)));
    }
    let latin = [
        start.as_bytes(),
        b"Subject: \xe9\nReply-To: J\xf6rg <j@x.org>\n\nx\n",
    ]
    .concat();
    all.push(format!("=== Latin-1 in fields\n{}", declared(&latin)));
    let parts: [(&str, &[u8]); 11] = [
        ("text/plain", "\u{e9}".as_bytes()),
        ("text/html", "\u{e9}".as_bytes()),
        ("text/html", b"\xe9"),
        ("text/plain; charset=us-ascii; format=flowed", b"\xe9"),
        ("text/plain charset=\"\"", "\u{e9}".as_bytes()),
        ("text/plain; charset=koi8-r", b"\xe9"),
        (
            "text/plain\nContent-Transfer-Encoding: quoted-printable",
            b"=C3=\n=A9",
        ),
        ("text/plain\nContent-Transfer-Encoding: base64", b"6Q=="),
        ("text", b"x"),
        ("application/x;\n name=\"a\rb.bin\"", b"a\rb\nc"),
        ("text/csv\nContent-Disposition: attachment", b"\xe9"),
    ];
    for (kind, text) in parts {
        let kind = format!("Content-Type: {kind}\n\n");
        let mixed = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n";
        let mail = [start.as_bytes(), mixed, kind.as_bytes(), text, b"\n--b--\n"].concat();
        all.push(format!(
            "=== {} in a part\n{}",
            kind.trim(),
            declared(&mail)
        ));
        if !kind.contains("application") {
            let mail = [start.as_bytes(), kind.as_bytes(), text, b"\n"].concat();
            all.push(format!("=== {} alone\n{}", kind.trim(), declared(&mail)));
        }
    }
    for (charset, bytes) in [
        ("koi8-r", &b"\xf0\xd2\xc9"[..]),
        ("windows-1251", b"\xcf\xf0\xe8"),
        ("gb2312", b"\xb1\xa8"),
        ("iso-8859-2", b"\xa3\xf3"),
        ("us-ascii", b"\xe9"),
        ("utf-8", b"\xe9"),
    ] {
        let kind = format!("Content-Type: text/plain; charset={charset}\n\nx\n");
        let names = [b"Subject: ", bytes, b"\nReply-To: ", bytes, b" <j@x.org>\n"].concat();
        let mail = [start.as_bytes(), &names, kind.as_bytes()].concat();
        all.push(format!("=== {charset} in fields\n{}", declared(&mail)));
        let kind = format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset={charset}\n\nx\n--b--\n"
        );
        let mail = [start.as_bytes(), &names, kind.as_bytes()].concat();
        all.push(format!("=== {charset} in a part\n{}", declared(&mail)));
    }
    let many = (0..40).map(|at| format!("J\u{f6}rg {at} <j{at}@example.org>"));
    let many = format!("Reply-To: {}\n", many.collect::<Vec<_>>().join(", "));
    let many = [start.as_bytes(), many.as_bytes(), b"\nx\n"].concat();
    all.push(format!("=== many names\n{}", declared(&many)));
    expected::compare("sendmail/declared.txt", all.concat());
}

/// A character, a line end or a long line may lie on the border of two pieces that are read.
#[test]
fn pieces_do_not_show() {
    for pad in [(1 << 20) - 1, (1 << 16) - 1, 1 << 16] {
        let text = "x".repeat(pad) + "\u{e9}\r\n" + &"y".repeat(pad) + "\n";
        let mail = format!("From: reports@contoso.com\n\n{text}");
        let sent = made("a@x.org", mail.as_bytes()).unwrap();
        let root = sent.structure().unwrap();
        assert_eq!(root.fields.encoding, "quoted-printable");
        let parameters = [("charset".to_owned(), "utf-8".to_owned())];
        assert_eq!(root.fields.parameters, parameters);
        let sent = sent.octets().to_bytes().unwrap();
        let parsed = mail_parser::MessageParser::new().parse(&*sent).unwrap();
        let expected = text.replace("\r\n", "\n").replace('\n', "\r\n");
        assert!(parsed.body_text(0).unwrap() == expected, "{pad}");
    }
}
