//! Text of HTML, for a terminal.

use mail_parser::decoders::html::html_to_text;

/// A blank that the parser keeps.
const BLANK: &str = "&#32;";

/// The text of `html`, with a line for each block.
pub(super) fn text(html: &str) -> String {
    let mut marked = String::with_capacity(html.len());
    for piece in html.split_inclusive('>') {
        if piece.starts_with(|character: char| character.is_ascii_whitespace()) {
            // The parser loses a blank between the first word of a line and the second one, if a tag is between them.
            marked.push_str(BLANK);
        }
        marked.push_str(piece);
        marked.push_str(mark(piece));
    }
    let text = html_to_text(&marked);
    let mut lines: Vec<String> = text.lines().map(without_double_blanks).collect();
    lines.dedup_by(|line, before| line.is_empty() && before.is_empty());
    lines.join("\n").trim().to_owned()
}

fn without_double_blanks(line: &str) -> String {
    let words = line.split(' ').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// What follows the tag at the end of `piece`. The parser itself ends a line only after `<br>` and `</p>`.
fn mark(piece: &str) -> &'static str {
    let tag = piece.rsplit_once('<').map_or("", |(_, tag)| tag);
    let name = tag.split(|character: char| character.is_ascii_whitespace() || character == '>');
    match &*name.take(1).collect::<String>().to_ascii_lowercase() {
        "li" => "<br>- ",
        "/td" | "/th" => BLANK,
        "p" | "/p" | "/h1" | "/h2" | "/h3" | "/h4" | "/h5" | "/h6" | "/ul" | "/ol" | "/table"
        | "/blockquote" | "/pre" => "<br><br>",
        "div" | "/div" | "/tr" | "/title" | "hr" => "<br>",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn each_block_has_its_line() {
        let html = "<head><title>T</title><style>p > b {}</style></head><H1 class=\"a\">Backup</H1>\
            <p>All is <b>well</b>.<br/>See &lt;log&gt;.</p><!-- a > b --><ul><li>one</li><li>two</ul>\
            <table><tr><th>Job</th><td>12&nbsp;s</td></tr><tr><th>Sum</th><td>3</td></tr></table>";
        assert_eq!(
            text(html),
            "Backup\n\nAll is well.\nSee <log>.\n\n- one\n- two\n\nJob 12\u{a0}s\nSum 3"
        );
        assert_eq!(
            text("<p><b>Note</b> the <i>log</i>.<p><a>12</a>\n jobs"),
            "Note the log.\n\n12 jobs"
        );
        assert_eq!(text("a < b"), "a");
        assert_eq!(text(""), "");
    }
}
