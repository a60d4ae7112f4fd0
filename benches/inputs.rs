//! The crafted inputs: a unit that is repeated, with what stands around it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Result;

/// Bytes of each input.
const LENGTH: usize = 10_000_000;
/// Bytes of a message that goes in one request.
const SENT: usize = 3_000_000;

/// What fills a message up.
const LINE: &[u8] = b"All work and no play makes Jack a dull boy.\r\n";

/// One input: what stands before the unit that is repeated until there are [`LENGTH`] bytes, and what
/// stands after it. `{n}` in the unit is a count from 0, `{m}` the next.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    before: &'static str,
    unit: &'static str,
    after: &'static str,
    /// How often the unit is repeated at most; then lines of text follow up to [`SENT`] bytes.
    most: Option<usize>,
}

/// The header section of every message that is to be valid but for its unit.
macro_rules! with_fields {
    ($($rest:expr),*) => {
        concat!("From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n", $($rest),*)
    };
}

/// The same without a Subject.
macro_rules! with_addresses {
    ($($rest:expr),*) => {
        concat!("From: a@example.org\r\nTo: b@example.org\r\n", $($rest),*)
    };
}

/// The same with the beginning of a multipart.
macro_rules! with_parts {
    () => {
        with_fields!("Content-Type: multipart/mixed; boundary=b\r\n\r\n")
    };
}

/// Shorthand for one line of a table.
const fn input(
    name: &'static str,
    before: &'static str,
    unit: &'static str,
    after: &'static str,
) -> Input {
    Input {
        name,
        before,
        unit,
        after,
        most: None,
    }
}

/// The same for what is just within the limits of [`graphmail::message::limits`].
const fn within(
    name: &'static str,
    before: &'static str,
    (unit, most): (&'static str, usize),
    after: &'static str,
) -> Input {
    Input {
        most: Some(most),
        ..input(name, before, unit, after)
    }
}

/// Messages, of which each is given to `send --mime` and to `sendmail -t`.
pub(crate) const MESSAGES: [Input; 34] = [
    input(
        "text in lines",
        with_fields!("\r\n"),
        "All work and no play makes Jack a dull boy.\r\n",
        "",
    ),
    input("one line without an end", with_fields!("\r\n"), "x", ""),
    input("empty lines", with_fields!("\r\n"), "\r\n", ""),
    input("lines that end with LF", with_fields!("\r\n"), "\n", ""),
    input("bare CR", with_fields!("\r\n"), "\r", ""),
    input("dots", with_fields!("\r\n"), ".x\r\n", ""),
    input("NUL", with_fields!("\r\n"), "\0", ""),
    input(
        "text that is not ASCII",
        with_fields!("\r\n"),
        "\u{20ac}\r\n",
        "",
    ),
    input("no header section", "", "x", ""),
    input("no header section, lines", "", "x\r\n", ""),
    input("many fields", with_fields!(), "A:\r\n", "\r\nx\r\n"),
    input(
        "many fields of addresses",
        with_fields!(),
        "To: a{n}@example.org\r\n",
        "\r\nx\r\n",
    ),
    input(
        "a folded field",
        with_fields!("X-Long: a"),
        "\r\n a",
        "\r\n\r\nx\r\n",
    ),
    input(
        "many recipients",
        with_fields!("Cc: x@example.org"),
        ",\r\n a{n}@example.org",
        "\r\n\r\nx\r\n",
    ),
    input(
        "empty groups",
        with_fields!("Cc: "),
        "g:;,",
        "\r\n\r\nx\r\n",
    ),
    input(
        "nested comments",
        with_fields!("Cc: "),
        "(",
        "\r\n\r\nx\r\n",
    ),
    input(
        "open quotations",
        with_fields!("Cc: "),
        "\"\\",
        "\r\n\r\nx\r\n",
    ),
    input(
        "Message-IDs",
        with_fields!("References:"),
        "\r\n <{n}@example.org>",
        "\r\n\r\nx\r\n",
    ),
    input(
        "encoded words in Subject",
        with_addresses!("Subject:"),
        " =?utf-8?q?=41?=",
        "\r\n\r\nx\r\n",
    ),
    input(
        "encoded words in a name",
        with_fields!("Cc:"),
        " =?utf-8?b?QQ==?=",
        " <x@example.org>\r\n\r\nx\r\n",
    ),
    input(
        "begun encoded words",
        with_addresses!("Subject: "),
        "=?a?q?",
        "\r\n\r\nx\r\n",
    ),
    input(
        "parameters",
        with_fields!("Content-Type: text/plain"),
        "; a=b",
        "\r\n\r\nx\r\n",
    ),
    input(
        "parameters in sections",
        with_fields!("Content-Type: text/plain"),
        "; name*{n}*=a",
        "\r\n\r\nx\r\n",
    ),
    input("delimiters", with_parts!(), "--b\r\n", "--b--\r\n"),
    input(
        "binary parts",
        with_parts!(),
        "--b\r\nContent-Transfer-Encoding: binary\r\n\r\nx\r\n",
        "--b--\r\n",
    ),
    input(
        "parts that are attachments",
        with_parts!(),
        "--b\r\nContent-Disposition: attachment; filename=a{n}\r\n\r\nx\r\n",
        "--b--\r\n",
    ),
    input(
        "lines like delimiters",
        with_fields!("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"),
        "--\r\n",
        "--b--\r\n",
    ),
    input(
        "messages in messages",
        with_fields!("Content-Type: message/rfc822\r\n\r\n"),
        "Content-Type: message/rfc822\r\n\r\n",
        "x\r\n",
    ),
    input(
        "multiparts in multiparts",
        with_parts!(),
        "--b\r\nContent-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n",
        "",
    ),
    input(
        "base64",
        with_fields!("Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
        "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=\r\n",
        "",
    ),
    input(
        "base64 with ends inside",
        with_fields!("Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
        "A=",
        "",
    ),
    input(
        "quoted-printable",
        with_fields!("Content-Transfer-Encoding: quoted-printable\r\n\r\n"),
        "=\r\n",
        "",
    ),
    input(
        "an attachment in base64",
        with_fields!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Disposition: attachment; filename=a\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        ),
        "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\r\n",
        "\r\n--b--\r\n",
    ),
    input(
        "an attachment of text",
        with_fields!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Disposition: attachment; filename=a\r\n\r\n"
        ),
        "x\r\n",
        "\r\n--b--\r\n",
    ),
];

/// Messages just within the limits, given as those above.
pub(crate) const WITHIN: [Input; 19] = [
    within(
        "beginnings of encoded words",
        with_fields!("X-Words: \u{fc}"),
        ("\r\n =?a?Q?b", 80_000),
        "\r\n\r\n",
    ),
    within(
        "encoded words that are not base64",
        with_fields!("X-Words: \u{fc}"),
        ("\r\n =?a?B?!b", 70_000),
        "?=\r\n\r\n",
    ),
    within(
        "parameters of a text",
        with_fields!("Content-Type: text/plain"),
        (";\r\n a{n}=b", 60_000),
        "\r\n\r\n\u{fc}\r\n",
    ),
    within(
        "names in an obsolete form",
        with_fields!("Reply-To: x@example.org"),
        (",\r\n [\u{fc}{n}] <a{n}@example.org>", 9_900),
        "\r\n\r\n",
    ),
    within(
        "fields, as many as are read",
        with_fields!(),
        ("A:\r\n", 49_000),
        "\r\n",
    ),
    within(
        "a folded field, as many as are read",
        with_fields!("X-Long: a"),
        ("\r\n a", 260_000),
        "\r\n\r\n",
    ),
    within(
        "recipients, as many as are read",
        with_fields!("Cc: x@example.org"),
        (",\r\n a{n}@example.org", 490),
        "\r\n\r\n",
    ),
    within(
        "too many recipients, as many as are read",
        with_fields!("Cc: x@example.org"),
        (",\r\n a{n}@example.org", 9_900),
        "\r\n\r\n",
    ),
    within(
        "fields of addresses, as many as are read",
        with_fields!(),
        ("Cc: a{n}@example.org\r\n", 9_900),
        "\r\n",
    ),
    within(
        "empty groups, as many as are read",
        with_fields!("Cc: "),
        ("g:;,", 49_000),
        "\r\n\r\n",
    ),
    within(
        "nested comments, as many as are read",
        with_fields!("Cc: "),
        ("(", 190_000),
        "\r\n\r\n",
    ),
    within(
        "quotations, as many as are read",
        with_fields!("Cc: "),
        ("\"\\\" ", 190_000),
        "\r\n\r\n",
    ),
    within(
        "backslashes, as many as are read",
        with_fields!("Cc: \""),
        ("\\", 1_000_000),
        "\r\n\r\n",
    ),
    within(
        "Message-IDs, as many as are read",
        with_fields!("References:"),
        ("\r\n <{n}@example.org>", 45_000),
        "\r\n\r\n",
    ),
    within(
        "encoded words in Subject, as many as are read",
        with_addresses!("Subject:"),
        (" =?utf-8?q?=41?=", 60_000),
        "\r\n\r\n",
    ),
    within(
        "encoded words in a name, as many as are read",
        with_fields!("Cc:"),
        (" =?utf-8?b?QQ==?=", 55_000),
        " <x@example.org>\r\n\r\n",
    ),
    within(
        "begun encoded words, as many as are read",
        with_addresses!("Subject: "),
        ("=?a?q?", 170_000),
        "\r\n\r\n",
    ),
    within(
        "parameters, as many as are read",
        with_fields!("Content-Type: text/plain"),
        ("; a=b", 490),
        "\r\n\r\n",
    ),
    within(
        "one parameter, as many as are read",
        with_fields!("Content-Type: text/plain; a="),
        ("b", 100_000),
        "\r\n\r\n",
    ),
];

/// Nine lines of text.
macro_rules! lines {
    () => {
        concat!(lines!(3), lines!(3), lines!(3))
    };
    (3) => {
        "All work and no play makes Jack a dull boy.\r\nAll work and no play makes Jack a dull boy.\r\nAll work and no play makes Jack a dull boy.\r\n"
    };
}

/// Messages that go apart, with just as many parts as are read; planned, not sent.
pub(crate) const PARTS: [Input; 5] = [
    within(
        "parts",
        with_parts!(),
        (concat!("--b\r\n\r\n", lines!()), 9_900),
        "--b--\r\n",
    ),
    within(
        "attachments",
        with_parts!(),
        (
            concat!(
                "--b\r\nContent-Disposition: attachment; filename=a{n}\r\n\r\n",
                lines!()
            ),
            9_900,
        ),
        "--b--\r\n",
    ),
    within(
        "binary parts",
        with_parts!(),
        (
            concat!("--b\r\nContent-Transfer-Encoding: binary\r\n\r\n", lines!()),
            9_900,
        ),
        "--b--\r\n",
    ),
    within(
        "parameters of parts",
        with_parts!(),
        (
            concat!(
                "--b\r\nContent-Type: a/b",
                ";a=b;a=b;a=b;a=b;a=b;a=b;a=b;a=b;a=b;a=b;a=b;a=b;a=b;a=b;a=b;a=b;a=b;a=b",
                "\r\n\r\n",
                lines!()
            ),
            9_900,
        ),
        "--b--\r\n",
    ),
    within(
        "multiparts in multiparts",
        with_parts!(),
        (
            concat!(
                "--b\r\nContent-Type: multipart/mixed; boundary=b{n}\r\n\r\n",
                lines!(),
                "--b{n}\r\n"
            ),
            4_900,
        ),
        "",
    ),
];

/// Sessions of `sendmail -bs`.
pub(crate) const SESSIONS: [Input; 6] = [
    input("a line without an end", "", "x", ""),
    input("unknown commands", "", "X\r\n", "QUIT\r\n"),
    input("NOOP", "EHLO x\r\n", "NOOP\r\n", "QUIT\r\n"),
    input(
        "RCPT TO",
        "EHLO x\r\nMAIL FROM:<a@example.org>\r\n",
        "RCPT TO:<a{n}@example.org>\r\n",
        "QUIT\r\n",
    ),
    input(
        "RCPT TO, not valid",
        "EHLO x\r\nMAIL FROM:<a@example.org>\r\n",
        "RCPT TO:<a\r\n",
        "QUIT\r\n",
    ),
    input(
        "DATA of dots",
        "EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: x\r\n\r\n",
        "..\r\n",
        ".\r\nQUIT\r\n",
    ),
];

/// Files of aliases, each with `root` in it.
pub(crate) const ALIASES: [Input; 9] = [
    input(
        "names",
        "root: b@example.org\n",
        "a{n}: b@example.org\n",
        "",
    ),
    input("a chain", "root: a0\n", "a{n}: a{m}\n", ""),
    input(
        "one name for many",
        "root: x@example.org",
        ", a{n}@example.org",
        "\n",
    ),
    input(
        "each for itself",
        "root: b@example.org\n",
        "a{n}: a{n}\n",
        "",
    ),
    input(
        "folded lines",
        "root: b@example.org",
        ",\n b@example.org",
        "\n",
    ),
    input("comments", "root: b@example.org\n", "#\n", ""),
    input("commas", "root: b@example.org", ",", "\n"),
    input("quotations", "root: ", "\"\\\"", "\n"),
    input("no name", "root: b@example.org\n", ":\n", ""),
];

/// Configurations.
pub(crate) const CONFIGURATIONS: [Input; 6] = [
    input("comments", "", "#\n", ""),
    input("accounts", "", "[accounts.a{n}]\nclient_id = 'x'\n", ""),
    input("a nested list", "[outbox]\nper_minute = ", "[", ""),
    input("a dotted key", "a", ".a", " = 1\n"),
    input("a long text", "[outbox]\nper_minute = '", "x", "'\n"),
    input("strings without an end", "", "a = '\n", ""),
];

impl Input {
    /// Writes it without ever holding it: a child's memory is counted from its parent's.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        file.write_all(self.before.as_bytes())?;
        let mut written = self.before.len() + self.after.len();
        for count in 0..self.most.unwrap_or(usize::MAX) {
            if written >= LENGTH {
                break;
            }
            let unit = if self.unit.contains('{') {
                let next = (count + 1).to_string();
                let unit = self.unit.replace("{n}", &count.to_string());
                Cow::Owned(unit.replace("{m}", &next))
            } else {
                Cow::Borrowed(self.unit)
            };
            file.write_all(unit.as_bytes())?;
            written += unit.len();
        }
        file.write_all(self.after.as_bytes())?;
        while self.most.is_some() && written < SENT {
            file.write_all(LINE)?;
            written += LINE.len();
        }
        file.flush()?;
        Ok(())
    }
}
