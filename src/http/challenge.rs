//! What a service demands of the next token: the claims of its WWW-Authenticate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use serde_json::{Map, Value};

use super::Response;

/// The most claims that are taken into a request, in bytes; real ones have some hundred.
const MAX_CLAIMS: usize = 8 * 1024;

/// A claims challenge (Entra: "Claims challenges, claims requests, and client capabilities").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    claims: String,
}

impl Challenge {
    /// The challenge of `response`, if one of its WWW-Authenticate fields holds one.
    #[must_use]
    pub fn of(response: &Response) -> Option<Self> {
        response
            .headers
            .iter()
            .filter(|(name, _)| name == "www-authenticate")
            .filter_map(|(_, field)| parse(field))
            .flatten()
            .filter(|offer| offer.scheme.eq_ignore_ascii_case("bearer"))
            .filter(|offer| offer.parameter("error") == Some("insufficient_claims"))
            .find_map(|offer| claims(offer.parameter("claims")?))
            .map(|claims| Self { claims })
    }

    /// The claims as JSON, for the field `claims` of a token request.
    #[must_use]
    pub fn claims(&self) -> &str {
        &self.claims
    }
}

/// The JSON object in its base64, of either alphabet and with or without padding.
fn claims(encoded: &str) -> Option<String> {
    if encoded.len() > MAX_CLAIMS {
        return None;
    }
    let standard = encoded.replace('-', "+").replace('_', "/");
    let json = String::from_utf8(STANDARD_PAD_INDIFFERENT.decode(standard).ok()?).ok()?;
    serde_json::from_str::<Map<String, Value>>(&json).ok()?;
    Some(json)
}

/// One way to authenticate that a field offers (RFC 9110 section 11.3).
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

/// Reads a whole field (RFC 9110 sections 11.2, 11.3 and 11.6.1); one that breaks the grammar
/// anywhere says nothing.
fn parse(field: &str) -> Option<Vec<Offer<'_>>> {
    let mut rest = Rest(field);
    let mut offers: Vec<Offer<'_>> = Vec::new();
    loop {
        rest.skip(&[' ', '\t', ',']);
        if rest.0.is_empty() {
            return Some(offers);
        }
        // A name with a value belongs to the scheme before it; a name without one is a scheme.
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

/// What of a field has not been read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip(&mut self, characters: &[char]) {
        self.0 = self.0.trim_start_matches(characters);
    }

    /// What stands before the first character that is not `fit`, if there is any.
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

    /// `token68`, which is of no use here.
    fn token68(&mut self) {
        let _ = self.take(|c| c.is_ascii_alphanumeric() || "-._~+/=".contains(c));
    }

    /// `auth-param`; where there is none, nothing is read.
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
