//! Pages of the manual that are written by hand, in Markdown.
//!
//! The first line is `# NAME(SECTION): SUMMARY`. Sections and subsections are headings of the levels 2 and 3.
//! A definition is a line with the term, and lines that begin with `: `.

use std::io;

use clap_mangen::roff::{Inline, bold, italic, roman};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::page::Page;
use super::text::plain;

/// The page of a Markdown text. A text without a title is an error.
pub(super) fn page(text: &str) -> io::Result<Page> {
    let (title, body) = text.split_once('\n').unwrap_or_default();
    let parts = title.strip_prefix("# ").and_then(|title| {
        let (name, summary) = title.split_once("): ")?;
        let (name, section) = name.split_once('(')?;
        Some((name, section, summary))
    });
    let Some((name, section, summary)) = parts else {
        return Err(io::Error::other("a page of the manual has no title"));
    };
    Ok(append(Page::new(name, section, summary), body))
}

/// The page with a Markdown text at its end.
pub(super) fn append(page: Page, text: &str) -> Page {
    let mut writer = Writer {
        page,
        text: Vec::new(),
        place: Place::Body,
        font: Font::Roman,
        number: None,
    };
    for event in Parser::new_ext(text, Options::ENABLE_DEFINITION_LIST) {
        writer.event(event);
    }
    writer.page
}

/// Where text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Body,
    /// In a definition or an item of a list.
    Inside,
    Code,
}

#[derive(Clone, Copy)]
enum Font {
    Roman,
    Bold,
    Italic,
}

struct Writer {
    page: Page,
    text: Vec<Inline>,
    place: Place,
    font: Font,
    /// The number of the next item, in a list with numbers.
    number: Option<u64>,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Code(code) => self.text.push(bold(&*code)),
            Event::Text(text) => self.text.push(match self.font {
                Font::Roman => roman(&*text),
                Font::Bold => bold(&*text),
                Font::Italic => italic(&*text),
            }),
            Event::SoftBreak | Event::HardBreak => self.text.push(roman(" ")),
            // There is none in these pages.
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Emphasis => self.font = Font::Italic,
            Tag::Strong => self.font = Font::Bold,
            Tag::CodeBlock(_) => self.place = Place::Code,
            Tag::List(first) => self.number = *first,
            Tag::Item => {
                match &mut self.number {
                    Some(number) => {
                        self.page.item(&format!("{number}."));
                        *number += 1;
                    }
                    None => self.page.item("\u{2022}"),
                }
                self.place = Place::Inside;
            }
            Tag::DefinitionListDefinition => self.place = Place::Inside,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong => self.font = Font::Roman,
            TagEnd::Heading(level) => {
                let heading = self.plain();
                match level {
                    HeadingLevel::H1 | HeadingLevel::H2 => self.page.heading(&heading),
                    _ => self.page.subheading(&heading),
                }
            }
            TagEnd::Paragraph => self.paragraph(),
            TagEnd::Item | TagEnd::DefinitionListDefinition => {
                self.paragraph();
                self.place = Place::Body;
            }
            TagEnd::DefinitionListTitle => {
                let term = std::mem::take(&mut self.text);
                self.page.term(term);
            }
            TagEnd::CodeBlock => {
                let code = self.plain();
                self.page.example(code.lines());
                self.place = Place::Body;
            }
            _ => {}
        }
    }

    fn paragraph(&mut self) {
        let text = std::mem::take(&mut self.text);
        match self.place {
            _ if text.is_empty() => {}
            Place::Inside => self.page.more(text),
            Place::Body | Place::Code => self.page.paragraph(text),
        }
    }

    /// The text without its fonts.
    fn plain(&mut self) -> String {
        plain(&std::mem::take(&mut self.text))
    }
}
