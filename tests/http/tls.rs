//! Why there is no TLS, in words.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError as Bad, Error, InvalidMessage, OtherError, PeerIncompatible,
    PeerMisbehaved,
};

use graphmail::http::Reason;
use graphmail::http::tls::{reason, words};

#[test]
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn certificates_are_refused_in_sentences() {
    let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let name = ServerName::try_from("graph.microsoft.com").expect("a name");
    let other = OtherError(Arc::new(std::io::Error::other("CaUsedAsEndEntity")));
    let table = [
        (
            Bad::ExpiredContext {
                time: at(86_400),
                not_after: at(0),
            },
            Reason::CertificateTime,
            "the server's certificate expired on 1970-01-01T00:00:00Z; this host's clock says 1970-01-02T00:00:00Z",
        ),
        (
            Bad::Expired,
            Reason::CertificateTime,
            "the server's certificate has expired",
        ),
        (
            Bad::NotValidYetContext {
                time: at(0),
                not_before: at(86_400),
            },
            Reason::CertificateTime,
            "the server's certificate is not valid before 1970-01-02T00:00:00Z; this host's clock says 1970-01-01T00:00:00Z",
        ),
        (
            Bad::NotValidYet,
            Reason::CertificateTime,
            "the server's certificate is not valid yet",
        ),
        (
            Bad::UnknownIssuer,
            Reason::UntrustedCertificate,
            "the server's certificate is from an authority that this host does not trust",
        ),
        (
            Bad::NotValidForName,
            Reason::CertificateName,
            "the server's certificate is for another name",
        ),
        (
            Bad::NotValidForNameContext {
                expected: name.to_owned(),
                presented: vec![
                    r#"DnsName("portal.exa\u{1b}mple")"#.to_owned(),
                    "x\n\u{202e}".to_owned(),
                ],
            },
            Reason::CertificateName,
            "the server's certificate is not for graph.microsoft.com, but for portal.exa\\u{1b}mple, x \u{fffd}",
        ),
        (
            Bad::Revoked,
            Reason::BadCertificate,
            "the server's certificate was revoked",
        ),
        (
            Bad::BadSignature,
            Reason::BadCertificate,
            "the signature of the server's certificate is wrong",
        ),
        (
            Bad::InvalidPurpose,
            Reason::BadCertificate,
            "the server's certificate is not for a server",
        ),
        (
            Bad::BadEncoding,
            Reason::BadCertificate,
            "the server's certificate cannot be read",
        ),
        (
            Bad::UnknownRevocationStatus,
            Reason::BadCertificate,
            "the revocation status of the server's certificate cannot be checked",
        ),
        (
            Bad::Other(other),
            Reason::BadCertificate,
            "the server's certificate is not accepted",
        ),
    ];
    for (bad, kind, wanted) in table {
        let error = Error::InvalidCertificate(bad);
        assert_eq!((reason(&error), words(&error).as_str()), (kind, wanted));
    }
}

#[test]
fn no_trouble_is_told_in_the_names_of_types() {
    for number in 0..=u8::MAX {
        let error = Error::AlertReceived(AlertDescription::from(number));
        let told = words(&error);
        assert!(told.starts_with("the server "), "{told}");
        assert_eq!(reason(&error), Reason::Tls);
    }
    for (error, wanted) in [
        (
            Error::AlertReceived(AlertDescription::HandshakeFailure),
            "the server accepts no TLS version or cipher of graphmail (TLS 1.2 and 1.3)",
        ),
        (
            Error::AlertReceived(AlertDescription::UnrecognisedName),
            "the server does not know the host's name",
        ),
        (
            Error::AlertReceived(AlertDescription::Unknown(200)),
            "the server refused TLS (alert 200)",
        ),
        (
            Error::InvalidMessage(InvalidMessage::InvalidContentType),
            "the server does not speak TLS",
        ),
        (
            Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
            "the server and graphmail have no TLS version or cipher in common (TLS 1.2 or 1.3 is needed)",
        ),
        (
            Error::PeerMisbehaved(PeerMisbehaved::TooManyEmptyFragments),
            "the server violates the TLS protocol",
        ),
        (
            Error::NoCertificatesPresented,
            "the server sent no certificate",
        ),
        (
            Error::DecryptError,
            "the data received over TLS was modified in transit",
        ),
        (
            Error::General("Debug { x }".to_owned()),
            "TLS failed on this host",
        ),
    ] {
        assert_eq!(words(&error), wanted);
    }
}
