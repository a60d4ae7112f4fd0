//! How much of a message is read. Each limit is far above real mail; without them a crafted message
//! of some megabytes would take minutes of time or gigabytes of memory.

/// Bytes of a message's header section: Exim's default (`header_maxsize`, 1 MiB). Exchange Online takes
/// 256 KB.
pub const HEADER_SECTION: usize = 1_048_576;

/// Fields of a message's header section. Real mail has some hundreds, after many hops a few thousand.
pub const HEADER_FIELDS: usize = 50_000;

/// Parts of a message, multiparts and the message itself included. Exchange Online takes 250.
pub const PARTS: usize = 10_000;

/// Bytes of the `Content-` fields of one part: Postfix's limit of a field (`header_size_limit`). A file name
/// of 255 characters takes 2.5 KB in the longest of its forms (RFC 2231).
pub const CONTENT_FIELDS: usize = 102_400;

/// Bytes of the `Content-` fields of all parts: 400 for each of [`PARTS`].
pub const ALL_CONTENT_FIELDS: usize = 4_194_304;

/// Semicolons of one `Content-` field, each of which may begin a parameter. The longest file name in
/// sections (RFC 2231 section 3) has some 40.
pub const PARAMETERS: usize = 500;

/// Parameters of the `Content-` fields of all parts: 5 for each of [`PARTS`].
pub const ALL_PARAMETERS: usize = 50_000;

/// Encoded words (RFC 2047) of one `Content-` field. The longest file name takes some 30.
pub const ENCODED_WORDS: usize = 100;

/// Addresses that the fields of a message, a command line or an alias name together. Exchange Online
/// delivers a message to 1,000 at most, by default to 500.
pub const ADDRESSES: usize = 10_000;

/// Words, marks, quotations and comments of one list of addresses: 20 for each of [`ADDRESSES`].
pub const TOKENS: usize = 200_000;

/// Aliases that lead to each other, one after the other. The original sendmail follows 10
/// (`MaxAliasRecursion`), Postfix 1,000 (`virtual_alias_recursion_limit`).
pub const ALIAS_DEPTH: usize = 100;

/// Names in a file of aliases: those of the largest sites, and some megabytes of memory.
pub const ALIASES: usize = 100_000;

/// Bytes of a file of aliases.
pub const ALIAS_FILE: u64 = 16_777_216;

/// Bytes of a subject that are decoded to be shown. Exchange Online takes 255 characters, of which each
/// is at most 12 bytes long in encoded words.
pub const SUBJECT: usize = 4_096;

/// Characters of a text at fault that an error shows.
pub const SHOWN: usize = 200;

/// More of something than is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {limit} {what}, the most that graphmail reads")]
pub struct Excess {
    /// What there is too much of, in the plural.
    pub what: &'static str,
    /// The most that is read.
    pub limit: usize,
}

impl Excess {
    /// Refuses a `count` above `limit`.
    ///
    /// # Errors
    /// [`Excess`]
    pub(crate) const fn check(count: usize, limit: usize, what: &'static str) -> Result<(), Self> {
        if count > limit {
            return Err(Self { what, limit });
        }
        Ok(())
    }
}

/// The beginning of a text at fault, as an error shows it.
#[must_use]
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
