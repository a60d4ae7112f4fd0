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

#[cfg(test)]
mod tests {
    use super::{Challenge, Response};

    /// Base64 of `{"access_token":{}}`.
    const CLAIMS: &str = "eyJhY2Nlc3NfdG9rZW4iOnt9fQ==";

    fn of(fields: &[&str]) -> Option<String> {
        let response = Response {
            status: 401,
            headers: fields
                .iter()
                .map(|field| ("www-authenticate".to_owned(), (*field).to_owned()))
                .collect(),
            body: bytes::Bytes::new(),
        };
        Challenge::of(&response).map(|challenge| challenge.claims().to_owned())
    }

    #[test]
    fn claims_are_found_among_other_offers() {
        let graph = format!(
            r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="{CLAIMS}""#
        );
        let fields: [&[&str]; 8] = [
            &[&graph],
            &["Basic realm=\"x\"", &graph],
            &["garbage \"", &graph],
            &[&format!("Negotiate YWJj==, {graph}")],
            &[&format!("Negotiate , {graph}, Basic realm=\"a, b\"")],
            &[&format!(
                "bearer ERROR=insufficient_claims,,Claims = \"{CLAIMS}\""
            )],
            &[&format!(
                r#"Bearer error_description="she said \"no\", twice", error="insufficient_claims", claims="{}""#,
                CLAIMS.trim_end_matches('=')
            )],
            &[&format!(
                "Bearer error=\"insufficient_claims\" , claims=\"{CLAIMS}\" "
            )],
        ];
        for fields in fields {
            let found = of(fields);
            assert_eq!(
                found.as_deref(),
                Some(r#"{"access_token":{}}"#),
                "{fields:?}"
            );
        }
        // Both alphabets: the claims hold ÿ and ¿.
        for encoded in ["eyJhIjoiw7_Dv8K_In0=", "eyJhIjoiw7/Dv8K/In0="] {
            let field = format!("Bearer error=\"insufficient_claims\", claims=\"{encoded}\"");
            assert_eq!(of(&[&field]).as_deref(), Some("{\"a\":\"ÿÿ¿\"}"));
        }
    }

    #[test]
    fn what_is_no_claims_challenge_is_none() {
        for field in [
            String::new(),
            "Bearer".to_owned(),
            "Bearer realm=\"\", error=\"invalid_token\"".to_owned(),
            "Bearer error=\"insufficient_claims\"".to_owned(),
            format!("Bearer error=\"invalid_token\", claims=\"{CLAIMS}\""),
            format!("Basic error=\"insufficient_claims\", claims=\"{CLAIMS}\""),
            format!("error=\"insufficient_claims\", claims=\"{CLAIMS}\""),
            format!("Bearer error=\"insufficient_claims\" claims=\"{CLAIMS}\""),
            format!("Bearer error=\"insufficient_claims\", claims=\"{CLAIMS}"),
            format!("Bearer error=\"insufficient_claims\", claims=\"{CLAIMS}\\"),
            format!("Bearer error=\"insufficient_claims\", claims={CLAIMS}"),
            "Bearer error=\"insufficient_claims\", claims=\"not base64!\"".to_owned(),
            // A string, an array, and bytes that are no text.
            "Bearer error=\"insufficient_claims\", claims=\"ImEi\"".to_owned(),
            "Bearer error=\"insufficient_claims\", claims=\"W10=\"".to_owned(),
            "Bearer error=\"insufficient_claims\", claims=\"//79\"".to_owned(),
            format!(
                "Bearer error=\"insufficient_claims\", claims=\"{}\"",
                "A".repeat(9000)
            ),
        ] {
            assert_eq!(of(&[&field]), None, "{field}");
        }
    }
}
