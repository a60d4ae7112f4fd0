//! What is printed: the figures of each program, and the first one's as multiples of the others'.

use std::io::{self, Write as _};

use anyhow::Result;

use crate::measure::{Summary, mark, megabytes};

/// At most how many times the wall time of the programs beside it, how many times the processor time
/// of the first of them, and how many megabytes. 0 is no aim.
#[derive(Default)]
pub(crate) struct Aims {
    pub(crate) wall: [f64; 2],
    pub(crate) cpu: f64,
    pub(crate) peak: f64,
    /// Millions of instructions.
    pub(crate) instructions: f64,
}

/// What is printed.
pub(crate) struct Report(pub(crate) io::Stdout);

impl Report {
    /// The bytes of the program.
    pub(crate) fn size(&mut self, size: u64, limit: f64) -> Result<()> {
        writeln!(
            self.0,
            "program: {:.2} MB{}",
            megabytes(size),
            aim("", limit, megabytes(size))
        )?;
        Ok(())
    }

    /// The figures of each, then the first one's as a multiple of the others'.
    pub(crate) fn group(&mut self, name: &str, summaries: &[Summary], aims: &Aims) -> Result<()> {
        writeln!(self.0, "\n{name:<64} wall ms  CPU ms  peak MB")?;
        let Some((ours, others)) = summaries.split_first() else {
            return Ok(());
        };
        for summary in summaries {
            writeln!(
                self.0,
                "  {:<62} {:7.2} {:7.2} {:8.2}",
                summary.name,
                summary.wall.as_secs_f64() * 1e3,
                summary.cpu.as_secs_f64() * 1e3,
                megabytes(summary.peak),
            )?;
        }
        let cpu = [aims.cpu, 0.0];
        for ((other, wall), cpu) in others.iter().zip(aims.wall).zip(cpu) {
            let times = ours.times(other);
            let name = if cpu > 0.0 { "wall " } else { "" };
            writeln!(
                self.0,
                "  {:<62} {:7.2} {:7.2} {:8.2}{}{}",
                format!("times {}", other.name),
                times.wall,
                times.cpu,
                times.peak,
                aim(name, wall, times.wall),
                aim("CPU ", cpu, times.cpu),
            )?;
        }
        for summary in summaries {
            if let Some(count) = summary.instructions {
                let limit = if summary.name == ours.name {
                    aims.instructions
                } else {
                    0.0
                };
                let shown = format!("instructions of {}, in millions", summary.name);
                let count = megabytes(count);
                writeln!(self.0, "  {shown:<62} {count:7.2}{}", aim("", limit, count))?;
            }
        }
        if aims.peak > 0.0 {
            writeln!(
                self.0,
                "  peak {:.2} MB{}",
                megabytes(ours.peak),
                aim("", aims.peak, megabytes(ours.peak))
            )?;
        }
        Ok(())
    }
}

fn aim(of: &str, limit: f64, figure: f64) -> String {
    if limit > 0.0 {
        format!("   (aim: {of}at most {limit}){}", mark(figure <= limit))
    } else {
        String::new()
    }
}
