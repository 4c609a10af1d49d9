//! Refusals in BigQuery's words.

use crate::wire::Reply;
use serde_json::{Value, json};

/// A refusal: HTTP status, BigQuery's reason and what happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

impl Refused {
    pub(crate) fn new(status: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status, reason, message: message.into() }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(404, "notFound", format!("Not found: {what}"))
    }

    pub(crate) fn query(message: impl Into<String>) -> Self {
        Self::new(400, "invalidQuery", message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid", message)
    }

    /// As an entry of `errors`, or as a job's `errorResult`.
    pub(crate) fn proto(&self) -> Value {
        json!({"reason": self.reason, "message": self.message})
    }

    pub(crate) fn reply(&self) -> Reply {
        let word = match self.status {
            400 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            409 => "ALREADY_EXISTS",
            429 => "RESOURCE_EXHAUSTED",
            503 => "UNAVAILABLE",
            _ => "INTERNAL",
        };
        Reply::value(
            self.status,
            &json!({"error": {
                "code": self.status,
                "message": self.message,
                "errors": [{"message": self.message, "domain": "global", "reason": self.reason}],
                "status": word,
            }}),
        )
    }
}
