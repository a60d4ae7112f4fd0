//! Sizes in the syntax of Exchange's administration.

/// The largest message that Exchange Online can allow, in bytes.
const LARGEST: u64 = 150 * 1024 * 1024;

/// Parses the largest message that a mailbox may send.
///
/// # Errors
/// As [`parse`], and if it is more than Exchange Online allows.
pub(super) fn message_limit(text: &str) -> Result<u64, String> {
    let size = parse(text)?;
    if size > LARGEST {
        return Err("it must be at most 150MB, the limit of Exchange Online".to_owned());
    }
    Ok(size)
}

/// Parses a size in bytes: a number, optionally with `KB` or `MB`. As in Exchange, these are 1024 and
/// 1024² bytes (Exchange: "Set-Mailbox", `MaxSendSize`), like `KiB` and `MiB`.
///
/// # Errors
/// A message that says why `text` is not a size.
pub fn parse(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit = text.get(digits.len()..).unwrap_or_default().trim_start();
    let no_size = || format!("{text:?} is not a size such as 36700160 or 150MB");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(no_size());
    }
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" | "kib" => 1024,
        "mb" | "mib" => 1024 * 1024,
        _ => return Err(format!("unknown unit {unit:?}: use KB or MB")),
    };
    let number: u64 = digits.parse().map_err(|_| no_size())?;
    match number.checked_mul(factor) {
        Some(0) => Err("it must be more than 0".to_owned()),
        Some(size) => Ok(size),
        None => Err(format!("{text:?} is too large")),
    }
}
