//! The text of HTML, for a terminal and for the search.

use super::tokens::{Token, tokens};

/// Elements whose contents are not shown.
const HIDDEN: [&str; 7] = [
    "title", "style", "script", "template", "iframe", "noembed", "noframes",
];

/// The text of `html`, with a line for each block.
pub(in crate::sandbox) fn text(html: &str) -> String {
    let mut text = Text::default();
    for token in tokens(html) {
        match token {
            Token::Start(element) => {
                text.start(&element.name);
                if element.name == "a" {
                    text.begin_link(&element.attributes);
                }
            }
            Token::End(name) => text.end(&name),
            Token::Text(words) if text.hidden.is_none() => text.push(&words),
            Token::Text(_) | Token::Doctype(..) => {}
        }
    }
    text.written.trim().to_owned()
}

/// The text so far, and what comes before the next character.
#[derive(Default)]
struct Text {
    written: String,
    /// Ends of lines.
    breaks: usize,
    /// Blanks of the line.
    blanks: String,
    /// The mark of a list item.
    mark: String,
    /// The lists around the place. A numbered list has its last number.
    lists: Vec<Option<usize>>,
    /// How many elements around the place keep their blanks and line ends.
    preformatted: usize,
    /// Whether the last tag began such an element. A line end after it is not shown.
    has_just_begun: bool,
    /// The element around the place whose contents are not shown.
    hidden: Option<String>,
    /// The target of the link around the place, and where its text begins.
    link: Option<(String, usize)>,
}

impl Text {
    fn start(&mut self, name: &str) {
        if self.hidden.is_some() {
            return;
        }
        match name {
            _ if HIDDEN.contains(&name) => self.hidden = Some(name.to_owned()),
            "br" => self.end_line(self.breaks + 1),
            "td" | "th" => " ".clone_into(&mut self.blanks),
            "li" => {
                self.end_line(1);
                let indent = "  ".repeat(self.lists.len().saturating_sub(1));
                self.mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{indent}{number}. ")
                    }
                    _ => format!("{indent}- "),
                };
            }
            _ => self.end_line(self.lines_around(name)),
        }
        self.has_just_begun = name == "pre";
        match name {
            "ul" => self.lists.push(None),
            "ol" => self.lists.push(Some(0)),
            "pre" => self.preformatted += 1,
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(hidden) = &self.hidden {
            if hidden == name {
                self.hidden = None;
            }
            return;
        }
        match name {
            "a" => self.end_link(),
            "ul" | "ol" => drop(self.lists.pop()),
            "pre" => self.preformatted = self.preformatted.saturating_sub(1),
            "li" => self.mark.clear(),
            _ => {}
        }
        self.end_line(self.lines_around(name));
    }

    fn begin_link(&mut self, attributes: &[(String, String)]) {
        let mut attributes = attributes.iter();
        let target = attributes.find_map(|(name, value)| (name == "href").then_some(value));
        self.link = target
            .map(|target| (target.trim().to_owned(), self.written.len()))
            .filter(|(target, _)| is_elsewhere(target) && self.hidden.is_none());
    }

    /// Writes the target of the link after its text, unless it is the text.
    fn end_link(&mut self) {
        let Some((target, start)) = self.link.take() else {
            return;
        };
        let text = self.written.get(start..).unwrap_or_default().trim();
        let bare = target.strip_prefix("mailto:").unwrap_or(&target);
        if !text.is_empty() && text != target && text != bare {
            self.written += &format!(" <{target}>");
        }
    }

    /// The ends of lines before and after an element: none of an inline one, two for an empty line.
    fn lines_around(&self, name: &str) -> usize {
        match name {
            "ul" | "ol" if !self.lists.is_empty() => 1,
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table"
            | "blockquote" | "pre" | "xmp" | "plaintext" => 2,
            "address" | "article" | "aside" | "caption" | "center" | "dd" | "details" | "div"
            | "dt" | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "header" | "hr"
            | "legend" | "li" | "main" | "nav" | "option" | "section" | "summary" | "tr" => 1,
            _ => 0,
        }
    }

    /// Ends the line, and adds at most one empty line.
    fn end_line(&mut self, breaks: usize) {
        if breaks > 0 {
            self.breaks = self.breaks.max(breaks.min(2));
            self.blanks.clear();
        }
    }

    fn push(&mut self, text: &str) {
        let text = match std::mem::take(&mut self.has_just_begun) {
            true => text.strip_prefix('\n').unwrap_or(text),
            false => text,
        };
        for character in text.chars() {
            match character {
                '\n' if self.preformatted > 0 => {
                    self.breaks += 1;
                    self.blanks.clear();
                }
                ' ' | '\t' if self.preformatted > 0 => self.blanks.push(character),
                _ if character.is_ascii_whitespace() => " ".clone_into(&mut self.blanks),
                _ => {
                    self.begin();
                    self.written.push(character);
                }
            }
        }
    }

    /// Writes what comes before the next character.
    fn begin(&mut self) {
        let starts_line = self.written.is_empty() || self.breaks > 0;
        if !self.written.is_empty() {
            self.written.extend(std::iter::repeat_n('\n', self.breaks));
        }
        self.breaks = 0;
        self.written.push_str(&self.mark);
        if !starts_line || self.preformatted > 0 {
            self.written.push_str(&self.blanks);
        }
        self.mark.clear();
        self.blanks.clear();
    }
}

/// Whether a link leads out of the message.
fn is_elsewhere(target: &str) -> bool {
    let target = target.to_ascii_lowercase();
    ["http:", "https:", "mailto:", "tel:"]
        .iter()
        .any(|scheme| target.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn each_block_has_its_line() {
        for (html, expected) in [
            (
                "<head><title>T</title><style>p > b {}</style></head><H1 class=\"a\">Backup</H1>\
                 <p>All is <b>well</b>.<br/>See &lt;log&gt;.</p><!-- a > b --><ul><li>one</li><li>two</ul>\
                 <table><tr><th>Job</th><td>12&nbsp;s</td></tr><tr><th>Sum</th><td>3</td></tr></table>",
                "Backup\n\nAll is well.\nSee <log>.\n\n- one\n- two\n\nJob 12\u{a0}s\nSum 3",
            ),
            (
                "<p><b>Note</b> the <i>log</i>.<p><a>12</a>\n jobs",
                "Note the log.\n\n12 jobs",
            ),
            (
                "<p>See <a href=\"https://a.example/x?a=1&amp;b=2\">the <b>report</b></a>, \
                 <a href=https://b.example>https://b.example</a>, <a href='mailto:c@d.example'>c@d.example</a>, \
                 <a href='#top'>top</a> and <a href='https://e.example'><img src=x></a>.",
                "See the report <https://a.example/x?a=1&b=2>, https://b.example, c@d.example, top and .",
            ),
            ("a < b", "a < b"),
            ("", ""),
            ("<p title=\"a > b\">c</p><img alt='<p>'>d", "c\n\nd"),
            ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a b\nc d"),
            ("a<!-- <p>b</p> --><!--[if mso]>c<![endif]-->d", "ad"),
            (
                "<script>if (a < b) '<p>'</script><noscript>e</noscript>",
                "e",
            ),
            (
                "<ol><li>a<ul><li>b<li>c</ul><li>d</ol>e",
                "1. a\n  - b\n  - c\n2. d\n\ne",
            ),
            (
                "a<pre>\n  b\n\n\n c  d\n</pre>e",
                "a\n\n  b\n\n\n c  d\n\ne",
            ),
            (
                "a<br><br><br>b<div>c<br></div>d &amp; &eacute;",
                "a\n\nb\nc\nd & é",
            ),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }
}
