//! Reads forms in bodies and queries, more strictly than a server has to.

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;

use crate::sandbox::reply::SignInError;

/// The fields of an `application/x-www-form-urlencoded` body or query.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the form in the request's body. A malformed form is refused and reported. A field that is not
    /// `known` is only reported, because Entra ignores it.
    pub(super) fn read(
        request: &Request<Bytes>,
        known: &[&str],
        complaints: &mut Vec<String>,
    ) -> Result<Self, SignInError> {
        Self::checked(Self::from_body(request), request, known, complaints)
    }

    /// Reads the fields of the request's query as [`Form::read`] reads those of a body.
    pub(super) fn read_query(
        request: &Request<Bytes>,
        known: &[&str],
        complaints: &mut Vec<String>,
    ) -> Result<Self, SignInError> {
        let query = request.uri().query().unwrap_or_default();
        Self::checked(Self::parse(query.as_bytes()), request, known, complaints)
    }

    fn checked(
        form: Result<Self, &'static str>,
        request: &Request<Bytes>,
        known: &[&str],
        complaints: &mut Vec<String>,
    ) -> Result<Self, SignInError> {
        let form = form.map_err(|reason| {
            complaints.push(format!("{}: {reason}", request.uri().path()));
            SignInError::new(
                "invalid_request",
                90_023,
                format!("The authentication service request isn't valid: {reason}."),
            )
        })?;
        for (name, _) in &form.0 {
            if !known.contains(&name.as_str()) {
                complaints.push(format!(
                    "{}: the form has the field {name:?}",
                    request.uri().path()
                ));
            }
        }
        Ok(form)
    }

    fn from_body(request: &Request<Bytes>) -> Result<Self, &'static str> {
        let content_type = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .map(str::trim);
        if content_type != Some("application/x-www-form-urlencoded") {
            return Err("the content type is not application/x-www-form-urlencoded");
        }
        Self::parse(request.body())
    }

    fn parse(body: &[u8]) -> Result<Self, &'static str> {
        if !body.iter().all(u8::is_ascii_graphic) {
            return Err("the form has bytes that are to be percent-encoded");
        }
        if !percent_encoding_is_whole(body) {
            return Err("the form has a broken percent-encoding");
        }
        let mut pairs = body.split(|byte| *byte == b'&');
        if !body.is_empty() && pairs.any(|pair| !pair.contains(&b'=')) {
            return Err("the form has a field without a value");
        }
        let fields: Vec<(String, String)> =
            url::form_urlencoded::parse(body).into_owned().collect();
        let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err("the form has a field twice");
        }
        Ok(Self(fields))
    }

    /// The field's value, if the form has it.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value of a required field.
    pub(super) fn required(&self, name: &str) -> Result<&str, SignInError> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                SignInError::new(
                    "invalid_request",
                    900_144,
                    format!("The request body must contain the following parameter: '{name}'."),
                )
            })
    }
}

/// Whether each `%` is followed by two hexadecimal digits.
fn percent_encoding_is_whole(body: &[u8]) -> bool {
    body.split(|byte| *byte == b'%')
        .skip(1)
        .all(|rest| matches!(rest, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()))
}
