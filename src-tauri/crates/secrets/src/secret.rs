//! The one type in which a secret travels through the program.

use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::sync::Arc;

/// A secret text: a token, a key file, a password.
///
/// It cannot be serialised, `Debug` shows nothing of it, and its memory is overwritten when the last clone goes.
/// Clones share one allocation.
#[derive(Clone)]
pub struct Secret(Arc<SecretString>);

impl Secret {
    /// Takes a secret text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(SecretString::from(text.into())))
    }

    /// The text itself. Call it only where the text leaves for its destination.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new("EAAA-invented-token");
        let shown = format!("{secret:?} {:#?}", Some(&secret));
        assert!(!shown.contains("EAAA"), "a secret must never reach a log through Debug: {shown}");
        assert_eq!(secret.expose(), "EAAA-invented-token");
    }
}
