//! Style sheets that load nothing.

use cssparser::{ParseError, Parser, Token, serialize_string};

use super::resources::Resources;

/// Functions whose strings are URLs (CSS Values and Units, and CSS Images).
const LOADING: [&str; 5] = ["url", "src", "image", "image-set", "-webkit-image-set"];
/// A resource without contents.
const NOTHING: &str = "data:,";

/// The style sheet, or the declarations of an attribute, with the images of the message embedded and without
/// what is on other hosts.
pub(super) fn contained(css: &str, resources: &mut Resources) -> String {
    let mut copy = Copy {
        written: String::with_capacity(css.len()),
        resources,
    };
    copy.block(&mut Parser::new(css), Strings::Text);
    // In HTML, this would end the element. In CSS, a backslash before a slash changes nothing.
    copy.written.replace("</", "<\\/")
}

/// What the strings at a place are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strings {
    Text,
    Urls,
}

struct Copy<'a> {
    written: String,
    resources: &'a mut Resources,
}

impl Copy<'_> {
    /// Copies the rest of a block, of a function's arguments, or of all.
    fn block(&mut self, parser: &mut Parser<'_>, outside: Strings) {
        let mut strings = outside;
        loop {
            let start = parser.position();
            let Ok(token) = parser.next_including_whitespace_and_comments().cloned() else {
                return;
            };
            match &token {
                Token::UnquotedUrl(url) => {
                    self.written.push_str("url(");
                    self.url(url);
                    self.written.push(')');
                }
                Token::QuotedString(url) if strings == Strings::Urls => self.url(url),
                Token::AtKeyword(name) if name.eq_ignore_ascii_case("import") => {
                    strings = Strings::Urls;
                    // A browser ignores a rule that it does not know.
                    self.written.push_str("@removed");
                }
                Token::BadUrl(_) | Token::BadString(_) => {}
                _ => self.written.push_str(parser.slice_from(start)),
            }
            let (inside, end) = match &token {
                Token::Function(name) => (strings_of(name), ")"),
                Token::ParenthesisBlock => (strings, ")"),
                Token::SquareBracketBlock => (Strings::Text, "]"),
                Token::CurlyBracketBlock => (Strings::Text, "}"),
                _ => {
                    if token == Token::Semicolon {
                        strings = outside;
                    }
                    continue;
                }
            };
            let copied = parser.parse_nested_block(|parser| {
                self.block(parser, inside);
                Ok::<_, ParseError<()>>(())
            });
            // The parser refuses to go deeper. What follows is left out.
            if copied.is_err() {
                while parser.next_including_whitespace_and_comments().is_ok() {}
                return;
            }
            self.written.push_str(end);
            if end == "}" {
                strings = outside;
            }
        }
    }

    /// Writes the contents of a resource as a string.
    fn url(&mut self, url: &str) {
        let data = self.resources.embed(url);
        // Writing to a string does not fail.
        let _ = serialize_string(data.as_deref().unwrap_or(NOTHING), &mut self.written);
    }
}

fn strings_of(function: &str) -> Strings {
    let loads = LOADING.iter().any(|it| it.eq_ignore_ascii_case(function));
    if loads { Strings::Urls } else { Strings::Text }
}

#[cfg(test)]
mod tests {
    use super::{Resources, contained};

    #[test]
    fn a_style_sheet_loads_nothing() {
        for (css, expected, remote) in [
            ("p > b { color: red }", "p > b { color: red }", 0),
            (
                "@import '//a.example/b.css' print; p { top: 0 }",
                "@removed \"data:,\" print; p { top: 0 }",
                1,
            ),
            (
                "@IMPORT url(http://a.example/b.css);",
                "@removed url(\"data:,\");",
                1,
            ),
            (
                "background: u\\72l( 'http://a.example/(' ) no-repeat; content: \"url(//a.example)\"",
                "background: u\\72l( \"data:,\" ) no-repeat; content: \"url(//a.example)\"",
                1,
            ),
            (
                "/* url(//a.example) */ a { b: url(//a.example); c: image-set(\"//a.example\" 1x type(\"image/png\")) }",
                "/* url(//a.example) */ a { b: url(\"data:,\"); c: image-set(\"data:,\" 1x type(\"image/png\")) }",
                2,
            ),
            (
                "a { b: url(cid:logo) url('data:image/png,\\3c/style>')",
                "a { b: url(\"data:image/png;base64,AA\") url(\"data:image/png,<\\/style>\")}",
                0,
            ),
            (
                "a { b: \"</style><script>\" }",
                "a { b: \"<\\/style><script>\" }",
                0,
            ),
        ] {
            let mut resources = Resources::default();
            let image = "data:image/png;base64,AA".to_owned();
            resources.images.insert("logo".to_owned(), image);
            assert_eq!(contained(css, &mut resources), expected, "{css}");
            assert_eq!(resources.remote, remote, "{css}");
        }
        let deep = "a(".repeat(100_000) + "url(//a.example)";
        let copied = contained(&deep, &mut Resources::default());
        assert!(!copied.contains("example"), "{copied}");
    }
}
