//! Lists on standard output: a line for each row; on a terminal with a header and aligned columns.

use std::io;

use super::Context;
use crate::text::Visible;

/// What separates the columns.
const GAP: &str = "  ";

/// The longest text of a column that is aligned, in characters. The rest of a longer one moves its row only.
const WIDEST: usize = 60;

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
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|(cells, _)| cells.get(column));
        let widths = cells.map(|cell| cell.chars().count());
        widths.max().unwrap_or_default().min(WIDEST)
    };
    let widths: Vec<_> = match is_aligned {
        true => (0..heads.len()).map(width).collect(),
        false => vec![0; heads.len()],
    };
    for (cells, note) in &rows {
        let cells = cells.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
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
