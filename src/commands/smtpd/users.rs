//! The passwords of `[smtpd.users]`, and what follows a wrong one.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{
    self, PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString,
};
use serde_json::json;

use crate::commands::Context;
use crate::commands::error::{InputError, STDIN, UsageError};
use crate::commands::report::{Failure, Result, WithContext as _};
use crate::config::SmtpUser;
use crate::secret::Secret;
use crate::smtp::Login;
use crate::text::Visible;

/// The wrong passwords after which a connection ends.
pub(super) const MAX_FAILURES: u32 = 3;

/// How long a client waits after its first wrong password, and at most.
const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// The longest password in bytes. A longer one does not fit into a line of AUTH.
const LONGEST_PASSWORD: u64 = 1024;

/// The bytes of a salt (RFC 9106 section 4).
const SALT: usize = 16;

/// How long a client waits for the reply to its `failures`th wrong password: twice as long each time.
pub(super) fn delay(failures: usize) -> Duration {
    let doubled = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    let factor = 2_u32.saturating_pow(doubled);
    FIRST_DELAY.saturating_mul(factor).min(LONGEST_DELAY)
}

/// The check of a login. It takes long and much memory, so it runs in a thread of its own.
pub(super) struct Check {
    password: Secret,
    hash: Secret,
    is_known: bool,
}

impl Check {
    /// The check of `login`. `None` if there are no users. An unknown user's password is checked, too, so
    /// that the time does not tell who exists.
    pub(super) fn new(login: &Login, users: &BTreeMap<String, SmtpUser>) -> Option<Self> {
        let known = users.get(&login.user);
        let user = known.or_else(|| users.values().next())?;
        Some(Self {
            password: login.password.clone(),
            hash: user.password.clone(),
            is_known: known.is_some(),
        })
    }

    /// Whether user and password are right.
    pub(super) fn is_right(&self) -> bool {
        let password = self.password.expose().as_bytes();
        let is_same = PasswordHash::new(self.hash.expose())
            .and_then(|hash| Argon2::default().verify_password(password, &hash))
            .is_ok();
        is_same && self.is_known
    }
}

/// The hash of a password in the PHC string format. The parameters are those of OWASP's Password Storage
/// Cheat Sheet (19 MiB, 2 iterations, 1 thread), which are the crate's defaults.
fn hash(password: &str, salt: &[u8; SALT]) -> password_hash::Result<String> {
    let salt = SaltString::encode_b64(salt)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt)?;
    Ok(hash.to_string())
}

/// Prints the hash of the password in the first line of standard input.
pub(super) fn print_hash(context: &Context<'_>) -> Result<()> {
    let mut line = Vec::new();
    BufReader::new(&mut *context.stdin.borrow_mut())
        .take(LONGEST_PASSWORD + 2)
        .read_until(b'\n', &mut line)
        .map_err(|error| InputError::Unreadable(STDIN.to_owned(), error))
        .context("reading the password")?;
    let line = line.strip_suffix(b"\n").unwrap_or(&line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let password = std::str::from_utf8(line)
        .map_err(|error| InputError::NotText(STDIN.to_owned(), error.valid_up_to()))
        .context("reading the password")?;
    if password.is_empty() || password.len() as u64 > LONGEST_PASSWORD || password.contains('\0') {
        let words =
            format!("the password must have 1 to {LONGEST_PASSWORD} bytes, none of them NUL");
        return Err(UsageError::new(words)
            .hint("give it as the first line of standard input")
            .into());
    }
    let mut salt = [0; SALT];
    context.seams.random(&mut salt);
    let hash = hash(password, &salt).map_err(|error| {
        Failure::from(std::io::Error::other(error.to_string())).context("hashing the password")
    })?;
    match context.settings.json {
        true => context.ui.json(&json!({"ok": true, "password": hash}))?,
        false => context.ui.data(&Visible::line(&hash))?,
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use argon2::password_hash::{PasswordHasher as _, SaltString};
    use argon2::{Algorithm, Argon2, Params, Version};

    use super::{Check, delay, hash};
    use crate::config::SmtpdEntry;
    use crate::secret::Secret;
    use crate::smtp::Login;

    /// `[users.scanner]` with the password `right`, and the least parameters.
    pub(in crate::commands::smtpd) fn users() -> String {
        let least = Params::new(Params::MIN_M_COST, 1, 1, None).unwrap();
        let least = Argon2::new(Algorithm::Argon2id, Version::V0x13, least);
        let salt = SaltString::encode_b64(&[7; 16]).unwrap();
        let hash = least.hash_password(b"right", &salt).unwrap();
        format!("[users.scanner]\npassword = \"{hash}\"\n")
    }

    #[test]
    fn a_wrong_password_costs_more_each_time() {
        let seconds = [1, 2, 3, 4, 5, 6, 7, 1000, usize::MAX].map(|count| delay(count).as_secs());
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30, 30, 30]);
        assert_eq!(delay(0), Duration::from_secs(1));
    }

    #[test]
    fn only_a_known_user_with_the_right_password_logs_in() {
        let settings: SmtpdEntry = toml::from_str(&users()).unwrap();
        let check = |user: &str, password: &str| {
            let login = Login {
                user: user.to_owned(),
                password: Secret::new(password),
            };
            let check = Check::new(&login, &settings.users).unwrap();
            assert_eq!(
                check.hash, settings.users["scanner"].password,
                "an unknown user takes as long"
            );
            check.is_right()
        };
        assert!(check("scanner", "right"));
        for (user, password) in [
            ("scanner", "wrong"),
            ("scanner", ""),
            ("scanner", "right "),
            ("Scanner", "right"),
            ("printer", "right"),
            ("", "right"),
        ] {
            assert!(!check(user, password), "{user} {password}");
        }
        let login = Login {
            user: "scanner".to_owned(),
            password: Secret::new("right"),
        };
        assert!(Check::new(&login, &SmtpdEntry::default().users).is_none());
    }

    #[test]
    fn a_hash_has_the_parameters_of_owasp() {
        let made = hash("pass", &[7; 16]).unwrap();
        let start = "$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$";
        assert!(made.starts_with(start), "{made}");
    }
}
