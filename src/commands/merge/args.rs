//! The flags of `merge`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::commands::send::{ComposedArgs, DryRun, RecipientArgs};
use crate::config::FormatChoice;

/// Sends one personal message for each row of a CSV or JSON file
///
/// The text flags of `send` are Jinja templates, and so are the texts of --body-file, --html-file and
/// --markdown-file. `{{ name }}` is the value of the column `name`, `{{ row['E-mail address'] }}` that of a
/// column whose name is not a word. A name that is no column is an error. Jinja's filters are available, and two more:
///
/// `{{ due|date('%d.%m.%Y', from='%m/%d/%Y') }}` writes a date in another form, by strftime(3). `from` is the form of
/// the column [default: as 2026-01-31 or 2026-01-31T09:00:00Z].
///
/// `{{ total|number(2, thousands='.', point=',', from=',') }}` writes a number with two decimals, rounded half away
/// from zero: 1234,5 becomes 1.234,50. `thousands` separates groups of three digits [default: nothing], `point` the
/// decimals [default: `.`]. `from` is the point in the column, `,` or `.`; with it, the column may have groups
/// [default: `.`, and no groups].
///
/// A value cannot change the structure around it: in HTML and Markdown it is plain text, in an address list it
/// is one address or name, and in a header field it has no line break. In the path of a file it sets no name or
/// type, and does not lead out of the folder with `..`, unless the path is one expression alone. For a column that
/// contains HTML, Markdown, an address list or a path with `..`, write `{{ column|safe }}`; for one that is a part of
/// a link, `{{ column|urlencode }}`.
///
/// Standard input cannot be attached. Blank lines of CSV are no rows.
///
/// Everything is checked before anything is sent: each row is rendered, and its addresses, attachments, size
/// and permissions are checked. If a row has an error, nothing is sent.
///
/// A journal records each message before and after it is sent. With the same journal, the same command again
/// continues: it never sends a row twice. The default journal belongs to the account, the mailbox and the path of
/// the data file: if the file is renamed or copied, a new journal begins, and all rows are sent again. For data from
/// standard input or another pipe, name a --journal. For a new mailing with the same data file, name a new one.
///
/// If a message may have been sent, graphmail looks for it in Sent Items, if the permissions allow that, and does
/// not send it again without --resend-doubtful. --key identifies a row; without --key, the text of the message does.
/// A row that was sent, and whose message has changed since, is reported and not sent again.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(in crate::commands) struct Args {
    #[command(flatten)]
    pub(super) data: DataArgs,
    #[command(flatten)]
    pub(super) recipients: RecipientArgs,
    #[command(flatten)]
    pub(super) composed: ComposedArgs,
    /// Do not save copies in Sent Items; a message above 4 MB is refused then
    #[arg(long, help_heading = "Message", conflicts_with = "draft")]
    pub(super) no_save: bool,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

/// The rows.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Rows")]
pub(super) struct DataArgs {
    /// The rows: CSV with a header line, JSON lines or a JSON array of objects; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) data: PathBuf,
    /// What separates the columns of CSV: one character, or `tab` [default: comma, semicolon or tab,
    /// whichever the header line has most]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub(super) delimiter: Option<u8>,
    /// The encoding of the file, such as windows-1252 or utf-16le [default: UTF-8, or that of the byte
    /// order mark]
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    pub(super) encoding: Option<&'static encoding_rs::Encoding>,
    /// Only the rows for which this Jinja expression is true: `country == 'FR'`
    ///
    /// The columns of CSV are text. To compare one as a number, convert it: `age|int > 9`, `total|float >= 0.5`.
    /// To compare a text with a number is an error, here and in all other templates.
    #[arg(long, value_name = "EXPRESSION")]
    pub(super) only: Option<String>,
    /// Send at most this many messages; the same command again sends the next ones
    ///
    /// They are those of the first rows that need a message, in the order of the file. A row that is refused
    /// counts, and the next run tries it first. A row that may have been sent counts with --resend-doubtful only.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) limit: Option<u64>,
    /// What identifies a row: a template such as `{{ id }}` [default: a digest of the message]
    #[arg(long, value_name = "TEMPLATE")]
    pub(super) key: Option<String>,
}

/// How the messages are sent.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Sending")]
pub(super) struct RunArgs {
    /// The sending mailbox: an address or an id [default: the account's mailbox]
    #[arg(long, value_name = "USER")]
    pub(super) mailbox: Option<String>,
    /// The format of the requests: auto uses JSON unless the message needs MIME
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<FormatChoice>,
    /// Leave the messages in Drafts instead of sending them
    #[arg(long)]
    pub(super) draft: bool,
    /// The journal [default: a file in the state folder for this account, mailbox and path of the data file]
    ///
    /// Required if the data are no regular file, such as standard input or `/dev/fd/63`. For a new mailing with the
    /// same data file, name a new journal. A journal belongs to one account, mailbox and --key. As long as no row is
    /// sent or doubtful, these can be corrected.
    #[arg(long, value_name = "FILE")]
    pub(super) journal: Option<PathBuf>,
    /// Write the result of each row to this CSV file: row, key, status, message_id, error; `-` is standard output
    ///
    /// All rows are there, in the order of the file. The status is sent, sent-before, saved or saved-before (with
    /// --draft), refused, unsent, doubtful, changed, empty, left-out (by --only) or not-tried (because of --limit, or
    /// because the run stopped). If graphmail is killed, the file has the rows until then, in the order of sending;
    /// standard output has nothing then. A key that a spreadsheet would take for a formula, because it begins with
    /// `=`, `+`, `-` or `@`, has a `'` before it.
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// Send messages again that may have been sent, unless they are found in Sent Items; look there first
    ///
    /// A run before has reported these rows as doubtful. If a message was sent and its copy is not found, its
    /// recipients get it twice. Without permission to search Sent Items, all doubtful rows are sent again.
    #[arg(long)]
    pub(super) resend_doubtful: bool,
    /// Do not ask before sending; required if standard input or standard error is not a terminal
    #[arg(long)]
    pub(super) yes: bool,
    /// Check everything and print a summary and the first message, without network access
    #[arg(
        long,
        value_name = "AS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "plan"
    )]
    pub(super) dry_run: Option<DryRun>,
    /// The row that --dry-run shows; row 1 follows the header line
    #[arg(long, value_name = "N", requires = "dry_run", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) row: Option<u64>,
}

const EXAMPLES: &str = "Examples:
  graphmail merge --data people.csv -t '{{ email }}' \\
      -s 'Invoice {{ number }}' --markdown-file letter.md \\
      -a 'invoices/{{ number }}.pdf' --dry-run
  graphmail merge --data people.csv -t '{{ email }}' \\
      -s 'Invoice {{ number }}' --markdown-file letter.md \\
      --key '{{ number }}' --yes
  graphmail merge --data people.xlsx.csv --encoding windows-1252 \\
      -t \"{{ row['E-mail address'] }}\" -s Hello --body-file hello.txt \\
      --dry-run=eml --row 3
  jq -c .users[] users.json | graphmail merge --data - -t '{{ mail }}' \\
      -s Welcome --html-file welcome.html --only 'active' \\
      --key '{{ mail }}' --journal welcome.jsonl --yes

Exit status: 0 all rows were sent, or there is none to send; 64 wrong flags, or no --yes; 65 rows have errors, and \
nothing was sent, or rows have changed since they were sent; 66 a file cannot be read; 69 messages were refused; 73 the \
journal cannot be written; 74 the report cannot be written, but all rows were sent; 75 the same command can send the \
rest, or another merge uses the journal; 76 messages may have been sent; 77 the sign-in or a permission is missing.";

fn delimiter(text: &str) -> Result<u8, &'static str> {
    match text.as_bytes() {
        [byte] if byte.is_ascii_punctuation() && *byte != b'"' || *byte == b'\t' => Ok(*byte),
        _ if matches!(text, "tab" | "\\t") => Ok(b'\t'),
        _ => Err("it is one character, such as ; or |, or the word tab"),
    }
}

fn encoding(name: &str) -> Result<&'static encoding_rs::Encoding, &'static str> {
    encoding_rs::Encoding::for_label(name.as_bytes())
        .filter(|encoding| *encoding != encoding_rs::REPLACEMENT)
        .ok_or("it is not the name of an encoding, such as windows-1252, iso-8859-15 or utf-16le")
}
