//! Advice for errors of the connection to a service.

use crate::commands::report::advice::{Advice, Step};
use crate::http::{Cause, Reason as Cut};

pub(super) fn of_cause(cause: &Cause) -> Advice {
    match cause.reason {
        Cut::Roots => "set that variable to a readable path with PEM certificates, or unset it".into(),
        Cut::UntrustedCertificate => Advice::from(Step::Set(
            "SSL_CERT_FILE",
            "the file of the network's own certificate authority",
        ))
        .or("check the clock"),
        Cut::NoRoots => Advice::from("install the package ca-certificates").or(Step::Set(
            "SSL_CERT_FILE",
            "a PEM file with the certificate authorities",
        )),
        Cut::CertificateTime => {
            "check this host's clock; if it is right, the server's operator must renew the certificate".into()
        }
        Cut::CertificateName => {
            "another server answered: check the URLs, HTTPS_PROXY and the name's address in DNS".into()
        }
        Cut::BadCertificate => {
            "do not send over this network until the operator has replaced the certificate".into()
        }
        Cut::Proxy => "check HTTPS_PROXY and NO_PROXY, then run it again".into(),
        Cut::Dns => "check the network, the cloud and the URLs, then run it again".into(),
        Cut::Tls => {
            "check the port and HTTPS_PROXY, as another service may answer; it is safe to run it again".into()
        }
        Cut::ConnectionRefused | Cut::TimedOut | Cut::Closed | Cut::Request | Cut::Other => {
            Step::Retry(None).into()
        }
    }
}
