//! Errors of every part as what a screen shows: a code, what happened, what to press.

use crate::config::ConfigError;
use crate::dto::ApiError;
use backroom_core::{Fault, FaultClass};
use backroom_secrets::SecretError;
use backroom_store::{StoreError, Trouble};

impl ApiError {
    /// An error with its code, what happened and what to press.
    pub fn new(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: hint.into(), retryable: false, role: None }
    }

    /// A request that is not of the command's form.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new("BAD_REQUEST", message, "")
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.hint.is_empty() { write!(f, "{}", self.message) } else { write!(f, "{} {}", self.message, self.hint) }
    }
}

impl std::error::Error for ApiError {}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let message = format!("Local storage: {error}.");
        let retryable = matches!(error, StoreError::DiskFull | StoreError::TooSlow);
        Self { retryable, ..Self::new(error.code(), message, error.hint()) }
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        Self { retryable: fault.retryable(), ..Self::new(fault.code, fault.message, fault.hint) }
    }
}

impl From<SecretError> for ApiError {
    fn from(error: SecretError) -> Self {
        Self::new(error.code(), format!("Secrets: {error}."), error.hint())
    }
}

impl From<ConfigError> for ApiError {
    fn from(error: ConfigError) -> Self {
        Self::new(error.code(), format!("{}.", error.to_string().trim_end_matches('.')), error.hint())
    }
}

impl From<Trouble> for ApiError {
    fn from(trouble: Trouble) -> Self {
        let retryable =
            matches!(trouble.class.as_str(), "transient" | "throttled" | "stale_cursor" | "quota" | "unknown");
        Self { code: trouble.code, message: trouble.message, hint: trouble.hint, retryable, role: None }
    }
}

/// The exit code of a headless command that failed: 2 usage or configuration, 3 unreachable, 4 not authorised, 5 local storage.
pub fn exit_code(error: &ApiError) -> u8 {
    let code = error.code.as_str();
    // A file that cannot be read or written is the folder's trouble, whatever is in the file.
    if code.starts_with("STORE_")
        || ["CONFIG_FILE", "UPDATE_FILE", "UPDATE_NO_ROOM", "RAFFLE_DAMAGED", "AGE_RULES"].contains(&code)
    {
        return 5;
    }
    let configured = [
        "BAD_REQUEST",
        "BIGQUERY_CONFIG",
        "HTTP_BAD_URL",
        "UPDATE_KEYS",
        "UPDATE_NOT_BUILT_IN",
        "HTTP_NOT_ENCRYPTED",
        "HTTP_NOT_HTTPS",
        "LIGHTSPEED_X_SERIES",
        "LIGHTSPEED_ACCOUNT_WRONG",
        "LIGHTSPEED_ACCOUNT_FOREIGN",
        "OAUTH_CLIENT_WRONG",
    ];
    // The network's trouble, and nothing wrong with what was asked.
    if ["RAFFLE_BEACON_UNREACHABLE", "RAFFLE_BEACON_LATE"].contains(&code) {
        return 3;
    }
    let asked_wrongly = ["CONFIG_", "AGE_", "MEMBER_", "RAFFLE_"];
    if asked_wrongly.iter().any(|start| code.starts_with(start)) || configured.contains(&code) {
        return 2;
    }
    // The address where tokens are had is ill, not the key.
    if code == "BIGQUERY_TOKEN_ILL" {
        return 3;
    }
    let refused = [
        "TOKEN",
        "SCOPE",
        "KEYCHAIN",
        "SECRET",
        "UNAUTHORIZED",
        "FORBIDDEN",
        "DENIED",
        "CREDENTIAL",
        "KEY",
        "LOCKED",
        "REAUTH",
    ];
    if refused.iter().any(|word| code.contains(word)) { 4 } else { 3 }
}

/// The exit code of a fault, by its class.
pub(crate) const fn fault_exit(class: &FaultClass) -> u8 {
    match class {
        FaultClass::Unauthorized | FaultClass::Forbidden => 4,
        FaultClass::Config => 2,
        FaultClass::Transient
        | FaultClass::Throttled { .. }
        | FaultClass::StaleCursor
        | FaultClass::Protocol
        | FaultClass::Rejected
        | FaultClass::NotFound
        | FaultClass::Quota { .. }
        | FaultClass::Schema
        | FaultClass::TooLarge
        | FaultClass::Unknown
        | FaultClass::Cancelled => 3,
    }
}
