//! The service's limits, as documented and as measured.

use crate::cloud::Cloud;

/// What the service takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one request, with a margin to what the service takes; of MIME in base64.
    pub request: u64,
    /// Recipients of one message.
    pub recipients: usize,
    /// Custom headers in JSON.
    pub json_headers: usize,
    /// Whether JSON has a follow-up flag.
    pub json_flag: bool,
    /// Bytes of one attachment.
    pub attachment: u64,
    /// Bytes of one message on its way, its attachments encoded. The mailbox's, which an
    /// administrator may have changed.
    pub message: u64,
    /// Whether the cloud is known to have upload sessions.
    pub upload_sessions: bool,
}

/// What a request stays below the limit, which is documented as 4 MB, and is 4 MiB where it was
/// measured.
const MARGIN: u64 = 65_536;

impl Limits {
    /// What a mailbox sends unless its administrator says otherwise, in bytes (Exchange Online limits:
    /// 35 MB of 1024² bytes).
    pub const MESSAGE: u64 = 36_700_160;

    /// Recipients of one message, unless the administrator of the mailbox says otherwise (Exchange Online
    /// limits).
    pub const RECIPIENTS: usize = 500;

    /// Attachments of one message (Exchange Online limits: "File attachments limit").
    pub const ATTACHMENTS: usize = 250;

    /// The limits of a cloud.
    ///
    /// 4 MiB a request, of which a margin is left, and 500 recipients are the documented defaults (Graph: "user: sendMail";
    /// Exchange Online limits), five headers are what the service takes. The metadata of the
    /// Chinese cloud have neither `internetMessageHeaders` nor `flag`, those of the US Government no
    /// upload sessions. Sessions take up to 150 MB, a mailbox sends 35 MB (Graph: "attachment:
    /// createUploadSession"; Exchange shows that as 36,700,160 bytes).
    #[must_use]
    pub fn of(cloud: &Cloud) -> Self {
        let china = cloud.name() == "china";
        Self {
            request: 4_194_304 - MARGIN,
            recipients: Self::RECIPIENTS,
            json_headers: if china { 0 } else { 5 },
            json_flag: !china,
            attachment: 157_286_400,
            message: Self::MESSAGE,
            upload_sessions: !matches!(cloud.name(), "usgov" | "dod"),
        }
    }
}
