//! Foreign text made fit for one line of an error.

/// `text` on one line, without control characters, cut at `limit` bytes.
///
/// What a service or a command wrote goes to a terminal: it may not bring escape sequences along.
pub(super) fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > limit {
            line.truncate(line.floor_char_boundary(limit));
            line.push('…');
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn control_characters_and_line_ends_become_one_blank() {
        assert_eq!(
            one_line("\u{1b}[31ma\r\n\tb\u{7}\u{9b}c  d\n", 100),
            "[31ma b c d"
        );
    }

    #[test]
    fn a_cut_keeps_whole_characters() {
        assert_eq!(one_line("äöü", 3), "ä…");
        assert_eq!(one_line("äöü", 6), "äöü");
    }
}
