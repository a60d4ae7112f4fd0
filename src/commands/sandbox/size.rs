//! Sizes as Exchange writes them.

use std::str::FromStr;

/// A number of bytes: `36700160`, or `35MB`, which is the same (Exchange Online limits: units of 1024).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size(pub(super) u64);

/// A text that is no [`Size`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a size is a number of bytes, or one with KB, MB or GB behind it (of 1024), as in 35MB")]
pub(super) struct InvalidSize;

impl FromStr for Size {
    type Err = InvalidSize;

    fn from_str(text: &str) -> Result<Self, InvalidSize> {
        let end = text
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(text.len());
        let (digits, unit) = text.split_at(end);
        let unit: u64 = match unit.to_ascii_uppercase().as_str() {
            "" => 1,
            "KB" => 1 << 10,
            "MB" => 1 << 20,
            "GB" => 1 << 30,
            _ => return Err(InvalidSize),
        };
        let number: u64 = digits.parse().map_err(|_| InvalidSize)?;
        number.checked_mul(unit).map(Self).ok_or(InvalidSize)
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidSize, Size};

    #[test]
    fn a_size_is_a_number_with_a_unit_or_none() {
        for (text, bytes) in [
            ("0", 0),
            ("36700160", 36_700_160),
            ("35MB", 36_700_160),
            ("150mb", 157_286_400),
            ("1KB", 1024),
            ("2GB", 2_147_483_648),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
        for wrong in [
            "",
            "MB",
            "-1",
            "+1",
            "1.5MB",
            "35 MB",
            "35M",
            "35MiB",
            "35TB",
            "١",
            "18446744073709551616",
            "18014398509481984KB",
        ] {
            assert_eq!(wrong.parse::<Size>(), Err(InvalidSize), "{wrong}");
        }
    }
}
