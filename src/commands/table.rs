//! Lists on standard output: a line for each row. On a terminal they have a header, aligned columns and short local
//! times, and are not wider than it.

use std::io;

use jiff::Timestamp;

use super::{Context, stamp};
use crate::text::{self, Visible};

/// What separates the columns.
const GAP: &str = "  ";

/// What begins the lines below the first one of a row.
const INDENT: &str = "    ";

/// The longest text of a column that is aligned, in characters, if the width of the terminal is not known. The rest of a
/// longer one moves its row only.
const WIDEST: usize = 60;

/// The fewest characters to which a text is shortened.
const NARROWEST: usize = 16;

/// The fewest characters to which the last text, which says most, is shortened in a row of one line.
const LAST: usize = 30;

/// A column of a list.
pub(super) struct Column {
    head: &'static str,
    is_whole: bool,
}

impl Column {
    /// A column that is not shortened: a name or an id for the next command, a time or a number.
    pub(super) const fn whole(head: &'static str) -> Self {
        let is_whole = true;
        Self { head, is_whole }
    }

    /// A column of texts. These are the last columns of a list.
    pub(super) const fn text(head: &'static str) -> Self {
        let is_whole = false;
        Self { head, is_whole }
    }
}

/// A row of a list.
pub(super) struct Row {
    pub(super) cells: Vec<String>,
    /// A line below the row.
    pub(super) note: Option<String>,
}

/// A time in a list: on a terminal short and local, with the year if it is not the present one.
pub(super) fn time(at: Timestamp, context: &Context<'_>) -> String {
    if !context.terminal.stdout {
        return stamp(at);
    }
    let zone = context.seams.time_zone();
    let (at, now) = (
        at.to_zoned(zone.clone()),
        context.seams.now().to_zoned(zone),
    );
    let format = match at.year() == now.year() {
        true => "%e %b %H:%M",
        false => "%e %b %Y %H:%M",
    };
    at.strftime(format).to_string()
}

/// Prints the rows, which may have fewer cells than there are columns.
///
/// # Errors
/// If standard output cannot be written.
pub(super) fn print(columns: &[Column], rows: Vec<Row>, context: &Context<'_>) -> io::Result<()> {
    let is_aligned = context.terminal.stdout && !rows.is_empty();
    let mut rows = rows;
    if is_aligned {
        let cells = columns.iter().map(|column| column.head.to_owned());
        let cells = cells.collect();
        rows.insert(0, Row { cells, note: None });
    }
    // Hidden characters of a cell would move the columns.
    let rows = rows.into_iter().map(|row| {
        let cells = row.cells.iter().map(|cell| Visible::line(cell).to_string());
        (cells.collect::<Vec<_>>(), row.note)
    });
    let rows: Vec<_> = rows.collect();
    let layout = match is_aligned {
        true => Layout::of(columns, &rows, context.terminal.columns.map(usize::from)),
        false => Layout {
            widths: vec![0; columns.len()],
            is_cut: false,
            first: columns.len(),
        },
    };
    for (cells, note) in &rows {
        let note = note.as_ref().map(|note| format!("{INDENT}({note})"));
        let lines = layout.lines(cells).into_iter().chain(note);
        context.ui.data(&Visible::lines(lines))?;
    }
    Ok(())
}

/// How rows are laid out.
struct Layout {
    widths: Vec<usize>,
    /// Cells are shortened to these widths.
    is_cut: bool,
    /// How many columns are in the first line of a row. The others are in a second one.
    first: usize,
}

impl Layout {
    /// The layout of a terminal: one line for each row, or two if its columns do not fit into one.
    fn of(columns: &[Column], rows: &[(Vec<String>, Option<String>)], room: Option<usize>) -> Self {
        let most = room.map_or(WIDEST, |_| usize::MAX);
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|(cells, _)| cells.get(column));
            let widths = cells.map(|cell| cell.chars().count());
            widths.max().unwrap_or_default().min(most)
        };
        let mut widths: Vec<_> = (0..columns.len()).map(width).collect();
        let mut first = columns.len();
        let Some(room) = room else {
            return Self {
                widths,
                is_cut: false,
                first,
            };
        };
        let whole = columns.iter().filter(|column| column.is_whole).count();
        let mut line = widths.clone();
        if !fit(line.split_at_mut(whole), LAST, room) {
            first = whole;
            line.clone_from(&widths);
            let (_, texts) = line.split_at_mut(whole);
            fit(
                (&mut [], texts),
                NARROWEST,
                room.saturating_sub(INDENT.len()),
            );
        }
        widths = line;
        Self {
            widths,
            is_cut: true,
            first,
        }
    }

    /// The lines of a row.
    fn lines(&self, cells: &[String]) -> Vec<String> {
        let cells: Vec<_> = cells
            .iter()
            .zip(&self.widths)
            .map(|(cell, width)| match self.is_cut {
                true => format!("{:width$}", text::filter(cell, *width)),
                false => format!("{cell:width$}"),
            })
            .collect();
        let (first, second) = cells.split_at(self.first.min(cells.len()));
        let second = format!("{INDENT}{}", second.join(GAP));
        let lines = [first.join(GAP), second];
        let lines = lines.iter().map(|line| line.trim_end());
        let lines = lines.filter(|line| !line.is_empty());
        lines.map(ToOwned::to_owned).collect()
    }
}

/// Narrows the texts until a line has at most `room` characters: the last one after the others, and not below `least`.
/// Returns whether it fits.
fn fit((whole, texts): (&mut [usize], &mut [usize]), least: usize, room: usize) -> bool {
    let count = whole.len() + texts.len();
    let sum: usize = whole.iter().chain(texts.iter()).sum();
    let mut excess = (sum + GAP.len() * count.saturating_sub(1)).saturating_sub(room);
    let last = texts.len().saturating_sub(1);
    let (others, last) = texts.split_at_mut(last);
    for (group, least) in [(others, NARROWEST), (last, least)] {
        while excess > 0 {
            let widest = group.iter_mut().max_by_key(|width| **width);
            let Some(widest) = widest.filter(|width| **width > least) else {
                break;
            };
            *widest -= 1;
            excess -= 1;
        }
    }
    excess == 0
}
