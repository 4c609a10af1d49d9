//! Refusals in Square's words.

use crate::wire::Reply;
use serde_json::json;

/// A request that is not answered, and why.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    status: u16,
    category: &'static str,
    code: &'static str,
    detail: String,
    field: Option<String>,
}

impl Refused {
    pub(crate) fn new(status: u16, category: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, category, code, detail: detail.into(), field: None }
    }

    /// 400 about a field.
    pub(crate) fn bad(code: &'static str, detail: impl Into<String>, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(400, "INVALID_REQUEST_ERROR", code, detail) }
    }

    pub(crate) fn cursor() -> Self {
        Self::bad("INVALID_CURSOR", "The pagination cursor is invalid or has expired.", "cursor")
    }

    pub(crate) fn reply(&self) -> Reply {
        let mut error = json!({"category": self.category, "code": self.code, "detail": self.detail});
        if let Some(field) = &self.field {
            error["field"] = json!(field);
        }
        Reply::value(self.status, &json!({"errors": [error]}))
    }
}
