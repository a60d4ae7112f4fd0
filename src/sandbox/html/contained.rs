//! HTML that loads nothing: a browser that shows it opens no connection, whatever its policy is.
//!
//! All is read and written again, so that a browser reads what was checked. SVG and MathML, whose contents are
//! read by other rules, become elements without a meaning.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use maud::Escaper;

use super::css;
use super::resources::{Resource, Resources, content_id};
use super::rules::{self, ACTING, LOADING, WITH_CONTENTS, WITHOUT_NOTE, is_name, link};
use super::tokens::{Element, Token, tokens};

/// HTML that loads nothing, and what was left out.
#[derive(Debug)]
pub(in crate::sandbox) struct Contained {
    pub(in crate::sandbox) html: String,
    /// How many resources are on other hosts.
    pub(in crate::sandbox) remote: usize,
    /// The URLs of images that are neither in the message nor on another host.
    pub(in crate::sandbox) unknown: BTreeSet<String>,
    /// The names of the elements that were left out.
    pub(in crate::sandbox) elements: BTreeSet<String>,
}

/// `html` with these images, which are `data:` URLs by their Content-ID.
pub(in crate::sandbox) fn contained(html: &str, images: BTreeMap<String, String>) -> Contained {
    let mut copy = Copy {
        written: String::with_capacity(html.len()),
        resources: Resources {
            images,
            ..Resources::default()
        },
        elements: BTreeSet::new(),
    };
    let mut tokens = tokens(html);
    while let Some(token) = tokens.next() {
        match token {
            Token::Start(element) => {
                copy.start(&element);
                match &*element.name {
                    "style" => copy.style(&mut tokens),
                    name if WITH_CONTENTS.contains(&name) => skip(name, &mut tokens),
                    _ => {}
                }
            }
            Token::End(name) => copy.end(&name),
            Token::Text(text) => escape(&text, &mut copy.written),
            Token::Doctype(public, system) => copy.doctype(public, system),
        }
    }
    Contained {
        html: copy.written,
        remote: copy.resources.remote,
        unknown: copy.resources.unknown,
        elements: copy.elements,
    }
}

/// The Content-IDs of the images that `html` shows.
pub(in crate::sandbox) fn content_ids(html: &str) -> BTreeSet<String> {
    let unknown = contained(html, BTreeMap::new()).unknown;
    unknown.iter().filter_map(|url| content_id(url)).collect()
}

/// Skips the contents of an element, and its end.
fn skip(name: &str, tokens: &mut impl Iterator<Item = Token>) {
    let mut depth = 1;
    for token in tokens {
        match token {
            Token::Start(inner) if inner.name == name => depth += 1,
            Token::End(inner) if inner == name => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

struct Copy {
    written: String,
    resources: Resources,
    elements: BTreeSet<String>,
}

impl Copy {
    fn start(&mut self, element: &Element) {
        let remote = self.resources.remote;
        let kept = self.attributes(element);
        // The base of links is loaded from nowhere, and an image with two sizes is one image.
        let more = usize::from(element.name != "base");
        self.resources.remote = self.resources.remote.min(remote + more);
        let Some(name) = rules::shown(element) else {
            let is_refresh = element
                .attributes
                .iter()
                .any(|(name, _)| name == "http-equiv");
            if !WITHOUT_NOTE.contains(&&*element.name) || is_refresh {
                self.elements.insert(element.name.clone());
            }
            return;
        };
        self.written.push('<');
        self.written.push_str(name);
        for (attribute, value) in kept {
            self.written.push(' ');
            self.written.push_str(attribute);
            self.written.push_str("=\"");
            escape(&value, &mut self.written);
            self.written.push('"');
        }
        self.written.push('>');
    }

    fn attributes<'a>(&mut self, element: &'a Element) -> Vec<(&'a str, String)> {
        let mut kept = Vec::new();
        for (name, value) in &element.attributes {
            let name = name.as_str();
            let is_link = matches!(&*element.name, "a" | "area") && name == "href";
            if !is_name(name) || name.starts_with("on") || ACTING.contains(&name) {
                continue;
            }
            if name == "style" {
                kept.push((name, css::contained(value, &mut self.resources)));
            } else if is_link {
                kept.extend(link(value));
            } else if LOADING.contains(&name) {
                let is_image = name == "background"
                    || (name == "src" && matches!(&*element.name, "img" | "image" | "input"));
                if is_image {
                    kept.extend(self.resources.embed(value).map(|data| (name, data)));
                } else if matches!(self.resources.find(value), Resource::Remote) {
                    self.resources.remote += 1;
                }
            } else {
                kept.push((name, value.clone()));
            }
        }
        kept
    }

    /// Copies the contents of an element `style`, which are no HTML.
    fn style(&mut self, tokens: &mut impl Iterator<Item = Token>) {
        let mut css = String::new();
        for token in tokens {
            match token {
                Token::Text(text) => css.push_str(&text),
                _ => break,
            }
        }
        let css = css::contained(&css, &mut self.resources);
        self.written.push_str(&css);
        self.written.push_str("</style>");
    }

    fn end(&mut self, name: &str) {
        let element = Element {
            name: name.to_owned(),
            attributes: Vec::new(),
        };
        if let Some(name) = rules::shown(&element) {
            self.written.push_str("</");
            self.written.push_str(name);
            self.written.push('>');
        }
    }

    /// The mode of a browser depends on the document type.
    fn doctype(&mut self, public: Option<String>, system: Option<String>) {
        let identifiers = [public, system].map(|it| it.filter(|it| !it.contains(['"', '>'])));
        self.written.push_str("<!DOCTYPE html");
        match identifiers {
            [Some(public), Some(system)] => {
                self.written
                    .push_str(&format!(" PUBLIC \"{public}\" \"{system}\""));
            }
            [Some(public), None] => self.written.push_str(&format!(" PUBLIC \"{public}\"")),
            [None, Some(system)] => self.written.push_str(&format!(" SYSTEM \"{system}\"")),
            [None, None] => {}
        }
        self.written.push('>');
    }
}

/// Writes text without its NULs, also for an attribute in double quotes.
fn escape(text: &str, written: &mut String) {
    // Writing to a string does not fail.
    let _ = Escaper::new(written).write_str(&text.replace('\0', ""));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{contained, content_ids};

    fn shown(html: &str) -> (String, usize, String) {
        let image = "data:image/png;base64,AA".to_owned();
        let shown = contained(html, BTreeMap::from([("a b".to_owned(), image)]));
        let elements: Vec<_> = shown.elements.into_iter().collect();
        (shown.html, shown.remote, elements.join(" "))
    }

    /// The cases of a test: HTML, what is shown of it, how many resources are remote, and the elements left out.
    type Cases<'a> = &'a [(&'a str, &'a str, usize, &'a str)];

    fn check(cases: Cases<'_>) {
        for (html, expected, remote, elements) in cases {
            let actual = shown(html);
            assert_eq!(
                (&*actual.0, actual.1, &*actual.2),
                (*expected, *remote, *elements),
                "{html}"
            );
            // It is read as it was written.
            assert_eq!(shown(&actual.0).0, actual.0, "{html}");
        }
    }

    #[test]
    fn nothing_is_loaded() {
        check(&[
            (
                "<!doctype HTML><p class='a'>1 &lt; 2 &amp; 3<br/>é<!-- c --></P>",
                "<!DOCTYPE html><p class=\"a\">1 &lt; 2 &amp; 3<br>é</p>",
                0,
                "",
            ),
            (
                "<img src=cid:a%20b alt='>'><td background='CID:a b'><img src=cid:c><image src=x>",
                "<img alt=\"&gt;\" src=\"data:image/png;base64,AA\"><td background=\"data:image/png;base64,AA\"><img><img>",
                0,
                "",
            ),
            (
                "<IMG SRC=\"https://a.example/b.png\" srcset='//a.example 2x'><img src='\n/\t/a.example'><img src=\\\\a.example>\
                 <input type=image src=//a.example><img srcset='//a.example/e 2x'><td background=http://a.example/d>",
                "<img><img><img><input type=\"image\"><img><td>",
                6,
                "",
            ),
            (
                "<p style=\"background: url( 'http://a.example/c')\"><style>@import '//a.example'; p > b {}</style>",
                "<p style=\"background: url( &quot;data:,&quot;)\"><style>@removed \"data:,\"; p > b {}</style>",
                2,
                "",
            ),
            (
                "<iframe src=//a.example><p>a</iframe><object data=//a.example>b</object><embed src=//a.example>\
                 <frameset><frame src=//a.example></frameset><video poster=//a.example src=//a.example>c</video>\
                 <audio src=//a.example></audio><link rel=preconnect href=//a.example>\
                 <svg><image xlink:href=//a.example /><use href=//a.example></svg>",
                "bc<img><use>",
                9,
                "audio embed frame frameset iframe link object svg video",
            ),
        ]);
    }

    #[test]
    fn nothing_acts_and_what_is_harmless_stays() {
        check(&[
            (
                "<base href=//a.example><meta http-equiv=refresh content='0;url=//a.example'><meta charset=utf-8>\
                 <meta name=color-scheme content=dark><form action=//a.example><button formaction=//a.example>d</button></form>",
                "<meta content=\"dark\" name=\"color-scheme\"><button>d</button>",
                0,
                "base form meta",
            ),
            (
                "<a href=https://a.example ping=//a.example target=_top onclick=b()>e</a><a href='javascript:b()'>f</a>\
                 <a href=#g>g</a><a href=//a.example>h</a>",
                "<a href=\"https://a.example\" target=\"_blank\" rel=\"noopener noreferrer\">e</a><a>f</a><a href=\"#g\">g</a><a>h</a>",
                0,
                "",
            ),
            (
                "<script>'</p>' <img src=//a.example></script><template><template></template>i</template>\
                 <noscript><img src=//a.example></noscript><textarea><img src=//a.example></textarea>",
                "<img><textarea>&lt;img src=//a.example&gt;</textarea>",
                1,
                "script template",
            ),
            (
                "<style><!-- </style><img src=//a.example><xmp><img src=//a.example></xmp><a<b><p a'b=c>",
                "<style><!-- </style><img><pre>&lt;img src=//a.example&gt;</pre><p>",
                1,
                "a<b",
            ),
        ]);
    }

    #[test]
    fn images_that_are_shown() {
        let html = "<!-- cid:a --><img src=cid:b><p style='background: url(cid:c%20d)'>cid:e<a href=cid:f>";
        let ids: Vec<_> = content_ids(html).into_iter().collect();
        assert_eq!(ids, ["b", "c d"]);
    }
}
