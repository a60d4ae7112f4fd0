//! Limits on what graphmail reads. Each is far above the needs of real mail. Without them, a crafted
//! message of some megabytes would take minutes of time or gigabytes of memory.

/// Bytes of a message's header section: Exim's default (`header_maxsize`, 1 MiB). Exchange Online accepts
/// 256 KB.
pub const HEADER_SECTION: usize = 1_048_576;

/// Fields of a message's header section. Real mail has some hundreds, after many hops a few thousand.
pub const HEADER_FIELDS: usize = 50_000;

/// Parts of a message, including multiparts and the message itself. Exchange Online accepts 250.
pub const PARTS: usize = 10_000;

/// Bytes of the `Content-` fields of one part: Postfix's limit for a field (`header_size_limit`). A file
/// name of 255 characters takes 2.5 KB in its longest form (RFC 2231).
pub const CONTENT_FIELDS: usize = 102_400;

/// Bytes of the `Content-` fields of all parts: 400 for each of [`PARTS`].
pub const ALL_CONTENT_FIELDS: usize = 4_194_304;

/// Semicolons in one `Content-` field. Each may begin a parameter. The longest file name, split into
/// sections (RFC 2231 section 3), has about 40.
pub const PARAMETERS: usize = 500;

/// Parameters of the `Content-` fields of all parts: 5 for each of [`PARTS`].
pub const ALL_PARAMETERS: usize = 50_000;

/// Encoded words (RFC 2047) in one `Content-` field. The longest file name takes about 30.
pub const ENCODED_WORDS: usize = 100;

/// Addresses in the fields of a message, on a command line or behind an alias. Exchange Online delivers a
/// message to at most 1,000, by default to 500.
pub const ADDRESSES: usize = 10_000;

/// Tokens of one address list: 20 for each of [`ADDRESSES`].
pub const TOKENS: usize = 200_000;

/// The depth to which aliases of aliases are followed. The original sendmail follows 10
/// (`MaxAliasRecursion`), Postfix 1,000 (`virtual_alias_recursion_limit`).
pub const ALIAS_DEPTH: usize = 100;

/// Names in a file of aliases: enough for the largest sites, and some megabytes of memory.
pub const ALIASES: usize = 100_000;

/// Bytes of a file of aliases.
pub const ALIAS_FILE: u64 = 16_777_216;

/// Bytes of a subject that are decoded for display. Exchange Online accepts 255 characters, each at most
/// 12 bytes long in encoded words.
pub const SUBJECT: usize = 4_096;

/// Characters of a wrong text that an error shows.
pub const SHOWN: usize = 200;

/// A limit was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {limit} {what}, the limit of graphmail")]
pub struct Excess {
    /// The counted items, in the plural.
    pub what: &'static str,
    /// The limit.
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

/// The beginning of a wrong text, for an error message.
#[must_use]
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
