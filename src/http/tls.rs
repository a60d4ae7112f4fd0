//! Readable texts for the errors of TLS. Those of rustls name its types instead.

use std::fmt::Write as _;

use jiff::Timestamp;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, Error};

use super::reason::Reason;
use crate::text;

/// How many names of a certificate are shown.
const SHOWN_NAMES: usize = 5;

/// The reason for the error.
#[must_use]
pub const fn reason(error: &Error) -> Reason {
    use CertificateError as Bad;
    match error {
        Error::InvalidCertificate(bad) => match bad {
            Bad::Expired
            | Bad::ExpiredContext { .. }
            | Bad::NotValidYet
            | Bad::NotValidYetContext { .. } => Reason::CertificateTime,
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => Reason::CertificateName,
            Bad::UnknownIssuer => Reason::UntrustedCertificate,
            _ => Reason::BadCertificate,
        },
        _ => Reason::Tls,
    }
}

/// The text for the error. It follows the host's name and a colon.
#[must_use]
pub fn words(error: &Error) -> String {
    let words = match error {
        Error::InvalidCertificate(bad) => return of_certificate(bad),
        Error::AlertReceived(alert) => return of_alert(*alert),
        Error::NoCertificatesPresented => "the server sent no certificate",
        Error::InvalidMessage(_) | Error::PeerSentOversizedRecord => {
            "the server does not speak TLS"
        }
        Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerMisbehaved(_) => "the server violates the TLS protocol",
        Error::PeerIncompatible(_) | Error::NoApplicationProtocol => {
            "the server and graphmail have no TLS version or cipher in common (TLS 1.2 or 1.3 is needed)"
        }
        Error::DecryptError => "the data received over TLS was modified in transit",
        Error::FailedToGetCurrentTime => {
            "the certificate cannot be checked: this host has no clock"
        }
        Error::FailedToGetRandomBytes => "this host provides no random numbers, which TLS needs",
        Error::InvalidCertRevocationList(_) => "the list of revoked certificates cannot be used",
        _ => "TLS failed on this host",
    };
    words.to_owned()
}

fn of_certificate(error: &CertificateError) -> String {
    use CertificateError as Bad;
    let words = match error {
        Bad::Expired => "the server's certificate has expired",
        Bad::ExpiredContext { time, not_after } => {
            let (end, now) = (stamp(*not_after), stamp(*time));
            return format!(
                "the server's certificate expired on {end}; this host's clock says {now}"
            );
        }
        Bad::NotValidYet => "the server's certificate is not valid yet",
        Bad::NotValidYetContext { time, not_before } => {
            let (start, now) = (stamp(*not_before), stamp(*time));
            return format!(
                "the server's certificate is not valid before {start}; this host's clock says {now}"
            );
        }
        Bad::UnknownIssuer => {
            "the server's certificate is from an authority that this host does not trust"
        }
        Bad::NotValidForName => "the server's certificate is for another name",
        Bad::NotValidForNameContext {
            expected,
            presented,
        } => return of_names(expected, presented),
        Bad::Revoked => "the server's certificate was revoked",
        Bad::UnknownRevocationStatus
        | Bad::ExpiredRevocationList
        | Bad::ExpiredRevocationListContext { .. }
        | Bad::InvalidOcspResponse => {
            "the revocation status of the server's certificate cannot be checked"
        }
        Bad::BadSignature => "the signature of the server's certificate is wrong",
        Bad::UnsupportedSignatureAlgorithmContext { .. }
        | Bad::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "the server's certificate is signed with an algorithm that is not accepted"
        }
        Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => {
            "the server's certificate is not for a server"
        }
        Bad::BadEncoding | Bad::UnhandledCriticalExtension => {
            "the server's certificate cannot be read"
        }
        _ => "the server's certificate is not accepted",
    };
    words.to_owned()
}

fn of_names(expected: &ServerName<'_>, presented: &[String]) -> String {
    let mut words = format!("the server's certificate is not for {}", expected.to_str());
    // rustls writes `DnsName("example.org")`.
    let names: Vec<_> = presented
        .iter()
        .take(SHOWN_NAMES)
        .map(|name| text::field(name.split('"').nth(1).unwrap_or(name)))
        .collect();
    if !names.is_empty() {
        let more = if presented.len() > SHOWN_NAMES {
            ", …"
        } else {
            ""
        };
        let _ = write!(words, ", but for {}{more}", names.join(", "));
    }
    words
}

/// The text for an alert of the server (RFC 8446 section 6).
fn of_alert(alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    let words = match alert {
        Alert::HandshakeFailure | Alert::InsufficientSecurity | Alert::ProtocolVersion => {
            "the server accepts no TLS version or cipher of graphmail (TLS 1.2 and 1.3)"
        }
        Alert::UnrecognisedName => "the server does not know the host's name",
        Alert::CertificateRequired | Alert::NoCertificate | Alert::AccessDenied => {
            "the server requires a client certificate, which graphmail does not have"
        }
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA => "the server refuses a certificate",
        Alert::InternalError => "the server had an internal error",
        Alert::CloseNotify | Alert::UserCanceled => "the server closed the connection",
        other => return format!("the server refused TLS (alert {})", u8::from(other)),
    };
    words.to_owned()
}

fn stamp(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    text::time(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
}
