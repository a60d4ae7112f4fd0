//! A page of the manual, section by section, and its form in roff (man(7)). `text` has its other form.

use std::io;

use clap_mangen::roff::{Inline, Roff, roman};

/// The day of the version's release, which manual pages show.
pub(super) const RELEASED: &str = "2026-11-30";

/// The program and its version, which manual pages show.
pub(super) const VERSION: &str = concat!("graphmail ", env!("CARGO_PKG_VERSION"));

/// A part of a page.
pub(super) enum Block {
    Heading(String),
    Subheading(String),
    Paragraph(Vec<Inline>),
    /// The beginning of a definition.
    Term(Vec<Inline>),
    /// The beginning of an item of a list.
    Item(String),
    /// A paragraph of a definition or an item.
    More(Vec<Inline>),
    /// Lines that are shown unchanged.
    Example(Vec<String>),
}

/// A page.
pub(super) struct Page {
    pub(super) name: String,
    pub(super) section: String,
    pub(super) blocks: Vec<Block>,
}

impl Page {
    /// A page with its title and the section NAME.
    pub(super) fn new(name: &str, section: &str, summary: &str) -> Self {
        let mut page = Self {
            name: name.to_owned(),
            section: section.to_owned(),
            blocks: Vec::new(),
        };
        page.heading("NAME");
        page.paragraph(vec![roman(format!("{name} - {summary}"))]);
        page
    }

    /// The file name: the name and the section.
    pub(super) fn file(&self) -> String {
        format!("{}.{}", self.name, self.section)
    }

    /// A section.
    pub(super) fn heading(&mut self, heading: &str) {
        // A section of a configuration file is shown as it is written there.
        let heading = match heading.starts_with('[') {
            true => heading.to_owned(),
            false => heading.to_uppercase(),
        };
        self.blocks.push(Block::Heading(heading));
    }

    /// A subsection.
    pub(super) fn subheading(&mut self, heading: &str) {
        self.blocks.push(Block::Subheading(heading.to_owned()));
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: Vec<Inline>) {
        self.blocks.push(Block::Paragraph(text));
    }

    /// The beginning of a definition; its text follows as a line.
    pub(super) fn term(&mut self, term: Vec<Inline>) {
        self.blocks.push(Block::Term(term));
    }

    /// The next paragraph of a definition or an item.
    pub(super) fn more(&mut self, text: Vec<Inline>) {
        self.blocks.push(Block::More(text));
    }

    /// The beginning of an item of a list; its text follows.
    pub(super) fn item(&mut self, mark: &str) {
        self.blocks.push(Block::Item(mark.to_owned()));
    }

    /// Lines that are shown unchanged, and survive copying.
    pub(super) fn example<'a>(&mut self, lines: impl IntoIterator<Item = &'a str>) {
        let lines = lines.into_iter().map(ToOwned::to_owned);
        self.blocks.push(Block::Example(lines.collect()));
    }

    /// The page in roff.
    pub(super) fn as_roff(&self) -> io::Result<Vec<u8>> {
        let mut roff = Roff::new();
        let title = self.name.to_uppercase();
        roff.control(
            "TH",
            [&title, &self.section, RELEASED, VERSION, "graphmail"],
        );
        // The next paragraph follows a heading, a term or a mark, which separates it.
        let mut is_first = true;
        for block in &self.blocks {
            let separate = |roff: &mut Roff, request: &str| {
                if !is_first {
                    roff.control(request, []);
                }
            };
            is_first = match block {
                Block::Heading(heading) => {
                    roff.control("SH", [&**heading]);
                    true
                }
                Block::Subheading(heading) => {
                    roff.control("SS", [&**heading]);
                    true
                }
                Block::Paragraph(text) => {
                    separate(&mut roff, "PP");
                    roff.text(text.clone());
                    false
                }
                Block::Term(term) => {
                    roff.control("TP", []);
                    roff.text(term.clone());
                    true
                }
                Block::Item(mark) => {
                    roff.control("IP", [&**mark, "3"]);
                    true
                }
                Block::More(text) => {
                    separate(&mut roff, "IP");
                    roff.text(text.clone());
                    false
                }
                Block::Example(lines) => {
                    separate(&mut roff, "PP");
                    example(&mut roff, lines);
                    false
                }
            };
        }
        let mut bytes = Vec::new();
        roff.to_writer(&mut bytes)?;
        Ok(bytes)
    }
}

fn example(roff: &mut Roff, lines: &[String]) {
    roff.control("RS", ["0"]);
    roff.control("EX", []);
    for line in lines {
        roff.text([roman(line)]);
    }
    roff.control("EE", []);
    roff.control("RE", []);
}
