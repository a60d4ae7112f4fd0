//! The default error of a scripted status.

use super::Answer;
use crate::sandbox::reply::{Refusal, SignInError};

impl Answer {
    /// The error of a scripted Graph answer: the configured code, or the usual one for the status.
    pub(in crate::sandbox) fn refusal(&self) -> Refusal {
        let code = self.code.as_deref().unwrap_or(match self.status {
            400 => "BadRequest",
            401 => "InvalidAuthenticationToken",
            403 => "ErrorAccessDenied",
            404 => "ResourceNotFound",
            429 => "ApplicationThrottled",
            500 => "ErrorInternalServerError",
            503 => "ErrorServerBusy",
            _ => "UnknownError",
        });
        Refusal::new(self.status, code, "The sandbox was told to answer this.")
    }

    /// The error of a scripted Entra answer: the configured one, or the usual one for the status.
    pub(in crate::sandbox) fn sign_in_error(&self) -> SignInError {
        let error = self.error.as_deref().unwrap_or(match self.status {
            302 => "access_denied",
            401 => "invalid_client",
            429 | 500..=599 => "temporarily_unavailable",
            _ => "invalid_grant",
        });
        let usual = match error {
            "authorization_pending" => 70_016,
            "access_denied" | "authorization_declined" => 65_004,
            "bad_verification_code" => 70_018,
            "expired_token" => 70_019,
            "interaction_required" => 50_076,
            "invalid_client" => 7_000_215,
            "invalid_grant" => 70_000,
            "invalid_scope" => 70_011,
            "temporarily_unavailable" => 90_033,
            _ => 90_023,
        };
        let number = self.code.as_ref().and_then(|code| code.parse().ok());
        SignInError {
            status: self.status,
            ..SignInError::new(
                error,
                number.unwrap_or(usual),
                "The sandbox was told to answer this.",
            )
        }
    }
}
