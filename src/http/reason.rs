//! The kinds of trouble on the way to a response.

/// Why no response came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The host's name has no address.
    Dns,
    /// Nobody listens there.
    ConnectionRefused,
    /// Time ran out.
    TimedOut,
    /// The connection was closed or reset.
    Closed,
    /// TLS could not be agreed on.
    Tls,
    /// The host's certificate is from an authority that is not trusted here.
    UntrustedCertificate,
    /// The host's certificate has expired, or is not valid yet, by this host's clock.
    CertificateTime,
    /// The host's certificate is for another name.
    CertificateName,
    /// The host's certificate was revoked, is damaged, or is not for a server.
    BadCertificate,
    /// The certificate authorities cannot be read: `SSL_CERT_FILE`, `SSL_CERT_DIR`, the system's.
    Roots,
    /// The proxy cannot be reached, refuses, or its variable is not usable.
    Proxy,
    /// A URL or a token that cannot be sent.
    Request,
    /// Anything else.
    Other,
}

impl Reason {
    /// Whether it is the host's certificate: nothing is sent before it is in order.
    #[must_use]
    pub const fn is_certificate(self) -> bool {
        matches!(
            self,
            Self::UntrustedCertificate
                | Self::CertificateTime
                | Self::CertificateName
                | Self::BadCertificate
        )
    }
}
