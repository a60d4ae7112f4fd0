//! Claims challenges: the claims in WWW-Authenticate that a service demands of the next access token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use serde_json::{Map, Value};

use super::Response;

/// The largest challenge that is passed on, in bytes. Usual ones have some hundred bytes.
const MAX_CLAIMS: usize = 8 * 1024;

/// A claims challenge (Entra: "Claims challenges, claims requests, and client capabilities").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    claims: String,
}

impl Challenge {
    /// The claims challenge in the WWW-Authenticate fields of `response`, if there is one.
    #[must_use]
    pub fn from_response(response: &Response) -> Option<Self> {
        response
            .headers
            .iter()
            .filter(|(name, _)| name == "www-authenticate")
            .filter_map(|(_, field)| parse(field))
            .flatten()
            .filter(|offer| offer.scheme.eq_ignore_ascii_case("bearer"))
            .filter(|offer| offer.parameter("error") == Some("insufficient_claims"))
            .find_map(|offer| decode_claims(offer.parameter("claims")?))
            .map(|claims| Self { claims })
    }

    /// The claims as JSON, for the field `claims` of a token request.
    #[must_use]
    pub fn claims(&self) -> &str {
        &self.claims
    }
}

/// Decodes the JSON object, which may be base64 or base64url, with or without padding.
fn decode_claims(encoded: &str) -> Option<String> {
    if encoded.len() > MAX_CLAIMS {
        return None;
    }
    let standard = encoded.replace('-', "+").replace('_', "/");
    let json = String::from_utf8(STANDARD_PAD_INDIFFERENT.decode(standard).ok()?).ok()?;
    serde_json::from_str::<Map<String, Value>>(&json).ok()?;
    Some(json)
}

/// One authentication scheme that a field offers (RFC 9110 section 11.3).
struct Offer<'a> {
    scheme: &'a str,
    parameters: Vec<(&'a str, String)>,
}

impl Offer<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Parses a field (RFC 9110 sections 11.2, 11.3 and 11.6.1). `None` if any part of it breaks the grammar.
fn parse(field: &str) -> Option<Vec<Offer<'_>>> {
    let mut rest = Rest(field);
    let mut offers: Vec<Offer<'_>> = Vec::new();
    loop {
        rest.skip(&[' ', '\t', ',']);
        if rest.0.is_empty() {
            return Some(offers);
        }
        // A name with a value is a parameter of the last scheme. A name without a value is a new scheme.
        if let Some(parameter) = rest.parameter() {
            offers.last_mut()?.parameters.push(parameter);
        } else {
            let scheme = rest.token()?;
            let mut parameters = Vec::new();
            if rest.0.starts_with(' ') {
                rest.skip(&[' ']);
                match rest.parameter() {
                    Some(parameter) => parameters.push(parameter),
                    None => rest.token68(),
                }
            }
            offers.push(Offer { scheme, parameters });
        }
        rest.skip(&[' ', '\t']);
        if !rest.0.is_empty() && !rest.0.starts_with(',') {
            return None;
        }
    }
}

/// The part of a field that is not parsed yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip(&mut self, characters: &[char]) {
        self.0 = self.0.trim_start_matches(characters);
    }

    /// Takes the characters before the first one that is not `fit`. `None` if there are none.
    fn take(&mut self, fit: impl Fn(char) -> bool) -> Option<&'a str> {
        let end = self.0.find(|c| !fit(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        Some(taken).filter(|taken| !taken.is_empty())
    }

    /// `token` (RFC 9110 section 5.6.2).
    fn token(&mut self) -> Option<&'a str> {
        self.take(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
    }

    /// Skips a `token68`, which is not needed.
    fn token68(&mut self) {
        let _ = self.take(|c| c.is_ascii_alphanumeric() || "-._~+/=".contains(c));
    }

    /// `auth-param`. If there is none, nothing is taken.
    fn parameter(&mut self) -> Option<(&'a str, String)> {
        let before = self.0;
        let read = self.name_and_value();
        if read.is_none() {
            self.0 = before;
        }
        read
    }

    fn name_and_value(&mut self) -> Option<(&'a str, String)> {
        let name = self.token()?;
        self.skip(&[' ', '\t']);
        self.0 = self.0.strip_prefix('=')?;
        self.skip(&[' ', '\t']);
        let value = match self.0.strip_prefix('"') {
            Some(quoted) => self.quoted(quoted)?,
            None => self.token()?.to_owned(),
        };
        Some((name, value))
    }

    /// `quoted-string` after its first quotation mark (RFC 9110 section 5.6.4).
    fn quoted(&mut self, quoted: &'a str) -> Option<String> {
        let mut value = String::new();
        let mut characters = quoted.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => value.push(characters.next()?),
                other => value.push(other),
            }
        }
        self.0 = characters.as_str();
        Some(value)
    }
}
