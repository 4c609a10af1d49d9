//! Values that are written as one word: the form in which a screen and the engine name a choice.

use crate::dto::ApiError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The word of a value; empty where it is none.
pub(crate) fn word_of(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The value of a word.
///
/// # Errors
/// `BAD_REQUEST` with `what`, where there is no such word.
pub(crate) fn word<T: DeserializeOwned>(text: &str, what: impl Into<String>) -> Result<T, ApiError> {
    serde_json::from_value(Value::from(text)).map_err(|_| ApiError::bad_request(what))
}
