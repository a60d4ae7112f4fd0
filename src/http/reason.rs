//! The reasons why there is no response.

/// Why there is no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The host's name has no address.
    Dns,
    /// The host refused the connection.
    ConnectionRefused,
    /// The time limit was exceeded.
    TimedOut,
    /// The connection was closed or reset.
    Closed,
    /// The TLS handshake failed.
    Tls,
    /// The host's certificate is from an authority that is not trusted here.
    UntrustedCertificate,
    /// The host's certificate has expired, or is not valid yet, according to this host's clock.
    CertificateTime,
    /// The host's certificate is for another name.
    CertificateName,
    /// The host's certificate was revoked, is damaged, or is not for a server.
    BadCertificate,
    /// The certificate authorities cannot be read: `SSL_CERT_FILE`, `SSL_CERT_DIR`, the system's.
    Roots,
    /// This host has no certificate authorities.
    NoRoots,
    /// The proxy cannot be reached or refuses, or its variable is not valid.
    Proxy,
    /// The URL or the token cannot be sent.
    Request,
    /// Anything else.
    Other,
}

impl Reason {
    /// Whether the host's certificate is the reason. Then nothing is sent until it is fixed.
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
