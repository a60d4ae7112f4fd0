//! Lists on standard output: a line for each row; on a terminal with a header, aligned columns and not wider than it.

use std::io;

use super::Context;
use crate::text::{self, Visible};

/// What separates the columns.
const GAP: &str = "  ";

/// The longest text of a column that is aligned, in characters. The rest of a longer one moves its row only.
const WIDEST: usize = 60;

/// The fewest characters to which a column is shortened.
const NARROWEST: usize = 8;

/// A row of a list.
pub(super) struct Row {
    pub(super) cells: Vec<String>,
    /// A line below the row.
    pub(super) note: Option<String>,
}

/// Prints the rows. `heads` are the names of the columns; a row may have fewer.
///
/// # Errors
/// If standard output cannot be written.
pub(super) fn print(heads: &[&str], rows: Vec<Row>, context: &Context<'_>) -> io::Result<()> {
    let is_aligned = context.terminal.stdout && !rows.is_empty();
    let mut rows = rows;
    if is_aligned {
        let cells = heads.iter().map(|head| (*head).to_owned()).collect();
        rows.insert(0, Row { cells, note: None });
    }
    // Hidden characters of a cell would move the columns.
    let rows = rows.into_iter().map(|row| {
        let cells = row.cells.iter().map(|cell| Visible::line(cell).to_string());
        (cells.collect::<Vec<_>>(), row.note)
    });
    let rows: Vec<_> = rows.collect();
    let columns = context.terminal.columns.filter(|_| is_aligned);
    let most = if columns.is_some() {
        usize::MAX
    } else {
        WIDEST
    };
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|(cells, _)| cells.get(column));
        let widths = cells.map(|cell| cell.chars().count());
        widths.max().unwrap_or_default().min(most)
    };
    let mut widths: Vec<_> = match is_aligned {
        true => (0..heads.len()).map(width).collect(),
        false => vec![0; heads.len()],
    };
    if let Some(columns) = columns {
        fit(&mut widths, columns.into());
    }
    for (cells, note) in &rows {
        let cells = cells.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| match columns {
                Some(_) => format!("{:width$}", text::filter(cell, *width)),
                None => format!("{cell:width$}"),
            })
            .collect();
        let line = cells.join(GAP);
        let note = note.as_ref().map(|note| format!("    ({note})"));
        let lines = [Some(line.trim_end().to_owned()), note];
        context
            .ui
            .data(&Visible::lines(lines.into_iter().flatten()))?;
    }
    Ok(())
}

/// Narrows the columns until a line has at most `columns` characters: first the last two, which are long texts, then the others.
/// The first column stays: it is the name or the id for the next command.
fn fit(widths: &mut [usize], columns: usize) {
    let gaps = GAP.len() * widths.len().saturating_sub(1);
    let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(columns);
    let last = widths.len().saturating_sub(2);
    let (others, texts) = widths.split_at_mut(last);
    for group in [texts, others.get_mut(1..).unwrap_or_default()] {
        while excess > 0 {
            let widest = group.iter_mut().max_by_key(|width| **width);
            let Some(widest) = widest.filter(|width| **width > NARROWEST) else {
                break;
            };
            *widest -= 1;
            excess -= 1;
        }
    }
}
