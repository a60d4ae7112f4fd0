//! A page of the manual as text, for a pipe and for a host without man(1). It looks as man(1) shows it.

use clap_mangen::roff::Inline;

use super::page::{Block, Page, RELEASED, VERSION};

/// The columns before a subheading, the text, the text of an item, that of a definition, and an example.
const SUBHEADING: usize = 3;
const TEXT: usize = 7;
const ITEM: usize = 10;
const DEFINITION: usize = 14;
const EXAMPLE: usize = 11;

/// The widths that a page can have. Longer lines are hard to read.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=100;

/// The page, with lines of at most `columns` characters.
pub(super) fn of(page: &Page, columns: usize) -> String {
    let columns = columns.clamp(*WIDTHS.start(), *WIDTHS.end());
    let title = format!("{}({})", page.name.to_uppercase(), page.section);
    let mut writer = Writer {
        text: spread([&title, "graphmail", &title], columns),
        columns,
        indent: TEXT,
        is_first: false,
        begun: None,
    };
    page.blocks.iter().for_each(|block| writer.block(block));
    writer.end_term();
    let last = spread([VERSION, RELEASED, &title], columns);
    writer.text + "\n" + &last
}

/// A line with a text at the left, one in the middle, if there is room, and one at the right.
fn spread([left, middle, right]: [&str; 3], columns: usize) -> String {
    let width = |text: &str| text.chars().count();
    let room = columns.saturating_sub(width(right) + 1);
    let line = match width(left) + 1 + width(middle) > room {
        true => left.to_owned(),
        false => {
            let centred = columns.saturating_sub(width(middle)) / 2;
            let before = centred.clamp(width(left) + 1, room - width(middle));
            format!("{left:before$}{middle}")
        }
    };
    format!("{line:room$} {right}\n")
}

struct Writer {
    text: String,
    columns: usize,
    /// The columns before the text of the present definition or item.
    indent: usize,
    /// The next paragraph follows a heading or a term.
    is_first: bool,
    /// A term or a mark, before whose text it may stand.
    begun: Option<String>,
}

impl Writer {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(heading) => self.heading(heading, 0),
            Block::Subheading(heading) => self.heading(heading, SUBHEADING),
            Block::Paragraph(text) => {
                self.indent = TEXT;
                self.paragraph(&plain(text));
            }
            Block::Term(term) => self.begin(&plain(term), DEFINITION),
            Block::Item(mark) => self.begin(mark, ITEM),
            Block::More(text) => self.paragraph(&plain(text)),
            Block::Example(lines) => {
                self.separate();
                for line in lines {
                    let line = format!("{:EXAMPLE$}{line}", "");
                    self.line(line.trim_end());
                }
            }
        }
    }

    fn heading(&mut self, heading: &str, indent: usize) {
        self.end_term();
        self.text.push('\n');
        self.line(&format!("{:indent$}{heading}", ""));
        self.is_first = true;
        self.indent = TEXT;
    }

    /// The beginning of a definition or an item.
    fn begin(&mut self, term: &str, indent: usize) {
        self.separate();
        self.begun = Some(term.to_owned());
        self.indent = indent;
        self.is_first = true;
    }

    fn paragraph(&mut self, text: &str) {
        if let Some(term) = self.begun.take() {
            // A short term stands in the first line of its text.
            if TEXT + term.chars().count() < self.indent {
                let begin = format!("{:TEXT$}{term}", "");
                self.is_first = false;
                return self.fill(&begin, text, self.indent);
            }
            self.fill("", &term, TEXT);
        }
        self.separate();
        self.fill("", text, self.indent);
    }

    /// Writes words, in lines that begin at the column `indent`, the first with `begin`.
    fn fill(&mut self, begin: &str, text: &str, indent: usize) {
        for (number, part) in text.split('\n').enumerate() {
            let begin = if number == 0 { begin } else { "" };
            let mut line = format!("{begin:indent$}");
            let mut is_empty = true;
            for word in part.split_whitespace() {
                let is_full = line.chars().count() + word.chars().count() >= self.columns;
                if is_full && !is_empty {
                    self.line(&line);
                    line = " ".repeat(indent);
                    is_empty = true;
                }
                if !is_empty {
                    line.push(' ');
                }
                line += word;
                is_empty = false;
            }
            self.line(line.trim_end());
        }
    }

    /// An empty line before a paragraph, except after a heading or a term.
    fn separate(&mut self) {
        self.end_term();
        if !std::mem::take(&mut self.is_first) {
            self.text.push('\n');
        }
    }

    /// Writes a term without a text.
    fn end_term(&mut self) {
        if let Some(term) = self.begun.take() {
            self.fill("", &term, TEXT);
            self.is_first = false;
        }
    }

    fn line(&mut self, line: &str) {
        self.text += line;
        self.text.push('\n');
    }
}

/// The text without its fonts.
pub(super) fn plain(text: &[Inline]) -> String {
    let pieces = text.iter().map(|inline| match inline {
        Inline::Roman(text) | Inline::Bold(text) | Inline::Italic(text) => text,
        Inline::LineBreak => "\n",
    });
    pieces.collect()
}
