//! A page of the manual in roff (man(7)), section by section.

use std::io;

use clap_mangen::roff::{Inline, Roff, roman};

/// The day of the version's release, which manual pages show.
const RELEASED: &str = "2026-11-30";

/// A page.
pub(super) struct Page {
    roff: Roff,
    /// The next paragraph follows a heading, which separates it.
    is_first: bool,
}

impl Page {
    /// A page with its title and the section NAME.
    pub(super) fn new(name: &str, section: &str, summary: &str) -> Self {
        let mut roff = Roff::new();
        let version = format!("graphmail {}", env!("CARGO_PKG_VERSION"));
        let title = name.to_uppercase();
        roff.control("TH", [&*title, section, RELEASED, &*version, "graphmail"]);
        let mut page = Self {
            roff,
            is_first: true,
        };
        page.heading("NAME");
        page.roff.text([roman(format!("{name} - {summary}"))]);
        page
    }

    /// A section.
    pub(super) fn heading(&mut self, heading: &str) {
        // A section of a configuration file is shown as it is written there.
        let heading = match heading.starts_with('[') {
            true => heading.to_owned(),
            false => heading.to_uppercase(),
        };
        self.roff.control("SH", [&*heading]);
        self.is_first = true;
    }

    /// A subsection.
    pub(super) fn subheading(&mut self, heading: &str) {
        self.roff.control("SS", [heading]);
        self.is_first = true;
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: Vec<Inline>) {
        if !std::mem::take(&mut self.is_first) {
            self.roff.control("PP", []);
        }
        self.roff.text(text);
    }

    /// The beginning of a definition; its text follows as a line.
    pub(super) fn term(&mut self, term: Vec<Inline>) {
        self.roff.control("TP", []);
        self.roff.text(term);
        self.is_first = true;
    }

    /// The next paragraph of a definition or an item.
    pub(super) fn more(&mut self, text: Vec<Inline>) {
        if !std::mem::take(&mut self.is_first) {
            self.roff.control("IP", []);
        }
        self.roff.text(text);
    }

    /// The beginning of an item of a list; its text follows.
    pub(super) fn item(&mut self, mark: &str) {
        self.roff.control("IP", [mark, "3"]);
        self.is_first = true;
    }

    /// Lines that are shown unchanged, and survive copying.
    pub(super) fn example<'a>(&mut self, lines: impl IntoIterator<Item = &'a str>) {
        if !std::mem::take(&mut self.is_first) {
            self.roff.control("PP", []);
        }
        self.roff.control("RS", ["0"]);
        self.roff.control("EX", []);
        for line in lines {
            self.roff.text([roman(line)]);
        }
        self.roff.control("EE", []);
        self.roff.control("RE", []);
        self.is_first = false;
    }

    /// The text of the page.
    pub(super) fn into_bytes(self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.roff.to_writer(&mut bytes)?;
        Ok(bytes)
    }
}
