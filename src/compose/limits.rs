//! Limits of Graph and Exchange, documented or measured.

use crate::cloud::Cloud;

/// The limits of Graph and Exchange in one cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one request, with a margin below Graph's limit. MIME counts in base64.
    pub request: u64,
    /// Recipients of one message.
    pub recipients: usize,
    /// Custom header fields in JSON.
    pub json_headers: usize,
    /// Whether JSON supports a follow-up flag.
    pub json_flag: bool,
    /// Bytes of one attachment.
    pub attachment: u64,
    /// Bytes of one message, with encoded attachments. An administrator can change this limit of the
    /// mailbox.
    pub message: u64,
    /// Whether the cloud is known to have upload sessions.
    pub upload_sessions: bool,
}

/// The margin below Graph's limit of a request, which is documented as 4 MB and was measured as 4 MiB.
const MARGIN: u64 = 65_536;

impl Limits {
    /// The default size limit of a message in bytes (Exchange Online limits: 35 MB of 1024² bytes).
    pub const MESSAGE: u64 = 36_700_160;

    /// The default limit of recipients of one message (Exchange Online limits).
    pub const RECIPIENTS: usize = 500;

    /// Attachments of one message (Exchange Online limits: "File attachments limit").
    pub const ATTACHMENTS: usize = 250;

    /// The limits of a cloud.
    ///
    /// 4 MiB for a request and 500 recipients are the documented defaults (Graph: "user: sendMail";
    /// Exchange Online limits). Graph accepts five custom header fields. The metadata of the Chinese
    /// cloud has neither `internetMessageHeaders` nor `flag`, that of the US Government clouds has no
    /// upload sessions. Upload sessions accept up to 150 MB, and a mailbox sends up to 35 MB (Graph:
    /// "attachment: createUploadSession"; Exchange shows 36,700,160 bytes).
    #[must_use]
    pub fn of_cloud(cloud: &Cloud) -> Self {
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
