//! Splits a sign-in over several entries, for a keyring with short entries.
//!
//! A sign-in that fits is one entry, under the account's name. A longer one is split into entries
//! `account/GENERATION.PART`, and the account's entry lists them. Each save has a new generation and
//! writes the account's entry last. So a reader sees either the previous or the new sign-in, also if
//! the process is killed in between.

use serde::{Deserialize, Serialize};

use super::Error;

/// Entries by name.
pub(super) trait Entries {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error>;
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error>;
    /// Returns whether there was one.
    fn delete(&self, name: &str) -> Result<bool, Error>;
}

/// The account's entry if the sign-in is in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// Counts the saves.
    generation: u64,
    /// The number of parts, from 1.
    parts: usize,
}

/// The most parts of a sign-in. Windows' entries have 2,560 bytes, and a record has some tens of
/// kilobytes. More parts mean that the entry is damaged.
const MOST_PARTS: usize = 1_000;

impl Head {
    /// The head in the account's entry; `None` if the entry is a sign-in.
    fn parse(entry: &[u8]) -> Option<Self> {
        let head: Option<Self> = serde_json::from_slice(entry).ok();
        head.filter(|head| head.parts <= MOST_PARTS)
    }

    /// The head of the save after `former`. Nothing is written yet.
    fn next(former: Option<Self>) -> Self {
        Self {
            generation: former.map_or(0, |former| former.generation).wrapping_add(1),
            parts: 0,
        }
    }

    fn name(self, account: &str, part: usize) -> String {
        format!("{account}/{}.{part}", self.generation)
    }
}

/// How often a sign-in is read again because another process replaced it meanwhile.
const TRIES: usize = 3;

/// The account's sign-in, if there is one.
pub(super) fn load(entries: &impl Entries, account: &str) -> Result<Option<Vec<u8>>, Error> {
    for _ in 0..TRIES {
        let Some(entry) = entries.get(account)? else {
            return Ok(None);
        };
        let Some(head) = Head::parse(&entry) else {
            return Ok(Some(entry));
        };
        let mut whole = Vec::new();
        let mut found = true;
        for part in 1..=head.parts {
            match entries.get(&head.name(account, part))? {
                Some(bytes) => whole.extend(bytes),
                None => {
                    found = false;
                    break;
                }
            }
        }
        if found {
            return Ok(Some(whole));
        }
    }
    Err(Error::Unreadable {
        place: "the keyring".to_owned(),
        reason: "a part of it is missing".to_owned(),
    })
}

/// Replaces the account's sign-in, with no entry longer than `longest`.
pub(super) fn save(
    entries: &impl Entries,
    account: &str,
    whole: &[u8],
    longest: usize,
) -> Result<(), Error> {
    let former = head(entries, account)?;
    let mut head = Head::next(former);
    if whole.len() <= longest {
        entries.put(account, whole)?;
    } else {
        for bytes in whole.chunks(longest.max(1)) {
            head.parts += 1;
            entries.put(&head.name(account, head.parts), bytes)?;
        }
        let entry = serde_json::to_vec(&head).map_err(|error| Error::Failed {
            reason: error.to_string(),
        })?;
        entries.put(account, &entry)?;
    }
    // Parts of the same generation that a killed process left.
    forget(entries, account, head, head.parts + 1);
    if let Some(former) = former {
        forget(entries, account, former, 1);
    }
    Ok(())
}

/// Deletes the account's sign-in, and returns whether there was one.
pub(super) fn delete(entries: &impl Entries, account: &str) -> Result<bool, Error> {
    let former = head(entries, account)?;
    if let Some(head) = former {
        for part in 1..=head.parts {
            entries.delete(&head.name(account, part))?;
        }
    }
    forget(entries, account, Head::next(former), 1);
    entries.delete(account)
}

fn head(entries: &impl Entries, account: &str) -> Result<Option<Head>, Error> {
    Ok(entries.get(account)?.and_then(|entry| Head::parse(&entry)))
}

/// Deletes the parts from `first` on. A part that cannot be deleted does no harm: no entry lists it.
fn forget(entries: &impl Entries, account: &str, head: Head, first: usize) {
    for part in first.. {
        if !matches!(entries.delete(&head.name(account, part)), Ok(true)) {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use super::{Entries, Error, delete, load, save};

    /// Entries of at most [`LONGEST`] bytes. The `killed`th write and all later ones fail.
    #[derive(Default)]
    struct Short {
        entries: RefCell<BTreeMap<String, Vec<u8>>>,
        writes: Cell<usize>,
        killed: Cell<Option<usize>>,
    }

    const LONGEST: usize = 32;

    impl Short {
        fn names(&self) -> Vec<String> {
            self.entries.borrow().keys().cloned().collect()
        }
    }

    impl Entries for Short {
        fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
            Ok(self.entries.borrow().get(name).cloned())
        }

        fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
            self.writes.set(self.writes.get() + 1);
            if bytes.len() > LONGEST || self.killed.get().is_some_and(|at| self.writes.get() >= at)
            {
                return Err(Error::TooLong { limit: 32 });
            }
            self.entries
                .borrow_mut()
                .insert(name.to_owned(), bytes.to_owned());
            Ok(())
        }

        fn delete(&self, name: &str) -> Result<bool, Error> {
            Ok(self.entries.borrow_mut().remove(name).is_some())
        }
    }

    fn loaded(entries: &Short) -> Option<Vec<u8>> {
        load(entries, "a").expect("readable")
    }

    #[test]
    fn what_fits_is_one_entry_and_what_does_not_is_several() {
        let entries = Short::default();
        assert_eq!(loaded(&entries), None);
        for (length, names) in [
            (32, &["a"][..]),
            (33, &["a", "a/1.1", "a/1.2"]),
            (96, &["a", "a/2.1", "a/2.2", "a/2.3"]),
            (97, &["a", "a/3.1", "a/3.2", "a/3.3", "a/3.4"]),
            (50, &["a", "a/4.1", "a/4.2"]),
            (1, &["a"]),
        ] {
            let whole: Vec<u8> = (0..length).collect();
            save(&entries, "a", &whole, LONGEST).expect("saved");
            assert_eq!(entries.names(), names, "nothing else is left");
            assert_eq!(loaded(&entries), Some(whole));
        }
    }

    #[test]
    fn all_parts_are_forgotten() {
        let entries = Short::default();
        save(&entries, "a", &[7; 100], LONGEST).expect("saved");
        save(&entries, "ab", &[8; 100], LONGEST).expect("saved");
        assert!(delete(&entries, "a").expect("deleted"));
        assert!(!delete(&entries, "a").expect("nothing to delete"));
        assert_eq!(load(&entries, "ab").expect("readable"), Some(vec![8; 100]));
        assert!(delete(&entries, "ab").expect("deleted"));
        assert_eq!(entries.names(), [""; 0]);
    }

    #[test]
    fn a_save_that_is_cut_off_leaves_the_former_sign_in() {
        for former in [10, 100] {
            for (killed, next) in (1..=4).flat_map(|killed| [(killed, 40), (killed, 4)]) {
                let entries = Short::default();
                save(&entries, "a", &vec![1; former], LONGEST).expect("saved");
                entries.writes.set(0);
                entries.killed.set(Some(killed));
                save(&entries, "a", &[2; 96], LONGEST).expect_err("killed");
                assert_eq!(loaded(&entries), Some(vec![1; former]));
                entries.killed.set(None);
                // The next save deletes the leftover parts.
                save(&entries, "a", &vec![3; next], LONGEST).expect("saved");
                assert_eq!(loaded(&entries), Some(vec![3; next]));
                let count = if next == 40 { 3 } else { 1 };
                assert_eq!(entries.names().len(), count, "{:?}", entries.names());
            }
        }
    }

    #[test]
    fn a_missing_part_is_told_of() {
        let entries = Short::default();
        save(&entries, "a", &[1; 100], LONGEST).expect("saved");
        entries.delete("a/1.2").expect("deleted");
        assert!(matches!(
            load(&entries, "a"),
            Err(Error::Unreadable { reason, .. }) if reason == "a part of it is missing"
        ));
        // It can still be replaced.
        save(&entries, "a", &[2; 40], LONGEST).expect("saved");
        assert_eq!(loaded(&entries), Some(vec![2; 40]));
    }

    #[test]
    fn a_head_of_more_parts_than_there_can_be_is_damaged() {
        let entries = Short::default();
        let head = format!("{{\"generation\":1,\"parts\":{}}}", usize::MAX);
        let damaged = head.clone().into_bytes();
        entries
            .entries
            .borrow_mut()
            .insert("a".to_owned(), head.into_bytes());
        assert_eq!(loaded(&entries), Some(damaged));
        assert!(delete(&entries, "a").expect("deleted"));
        assert_eq!(loaded(&entries), None);
    }
}
