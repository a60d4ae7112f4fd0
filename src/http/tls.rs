//! Why there is no TLS, in words: rustls names its own types instead.

use std::fmt::Write as _;

use jiff::Timestamp;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, Error};

use super::reason::Reason;
use crate::text;

/// The names of a certificate that are shown, the first ones.
const SHOWN_NAMES: usize = 5;

/// The kind of the trouble.
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

/// The trouble in words that follow the host's name and a colon.
#[must_use]
pub fn words(error: &Error) -> String {
    let words = match error {
        Error::InvalidCertificate(bad) => return of_certificate(bad),
        Error::AlertReceived(alert) => return of_alert(*alert),
        Error::NoCertificatesPresented => "the server shows no certificate",
        Error::InvalidMessage(_) | Error::PeerSentOversizedRecord => {
            "what answers does not speak TLS"
        }
        Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerMisbehaved(_) => "what answers breaks the rules of TLS",
        Error::PeerIncompatible(_) | Error::NoApplicationProtocol => {
            "the server and graphmail have no TLS version or cipher in common (TLS 1.2 or 1.3 is needed)"
        }
        Error::DecryptError => "what came over TLS was changed on the way",
        Error::FailedToGetCurrentTime => "this host has no clock to check the certificate with",
        Error::FailedToGetRandomBytes => "this host gives no random numbers, which TLS needs",
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
            "whether the server's certificate was revoked cannot be checked"
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

/// What the server says before it hangs up (RFC 8446 section 6).
fn of_alert(alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    let words = match alert {
        Alert::HandshakeFailure | Alert::InsufficientSecurity | Alert::ProtocolVersion => {
            "the server accepts no TLS version or cipher of graphmail's (TLS 1.2 and 1.3)"
        }
        Alert::UnrecognisedName => "the server does not know the host's name",
        Alert::CertificateRequired | Alert::NoCertificate | Alert::AccessDenied => {
            "the server wants a client certificate, which graphmail does not have"
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
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
