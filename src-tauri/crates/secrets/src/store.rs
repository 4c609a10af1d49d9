//! The port to wherever secrets are kept.

use crate::error::SecretError;
use crate::secret::Secret;
use crate::turn::Turn;

/// Name of the warehouse's service-account key (JSON).
pub const WAREHOUSE_KEY: &str = "warehouse/key";

/// Name of the token that the local API asks for.
pub const API_TOKEN: &str = "api/token";

/// Name of the access token of the source that the shop calls `name`: `square/<name>/token`, `lightspeed/<name>/token`.
pub fn source_token(kind: &str, name: &str) -> String {
    // The product line is no matter of the secret: `lightspeed_r` and a later one share the vendor.
    let vendor = kind.split('_').next().unwrap_or(kind);
    format!("{vendor}/{name}/token")
}

/// Name below which the grants of a signed-in source lie.
pub fn source_grants(kind: &str, name: &str) -> String {
    sibling(kind, name, "oauth")
}

/// Name of the application's secret with which a source was signed in, where its vendor gave it one.
pub fn source_client(kind: &str, name: &str) -> String {
    sibling(kind, name, "client")
}

/// Name of the application's public id, where it comes from the environment.
pub fn source_client_id(kind: &str, name: &str) -> String {
    sibling(kind, name, "client_id")
}

/// Name of the refresh token that a source begins with, where it comes from the environment.
pub fn source_refresh(kind: &str, name: &str) -> String {
    sibling(kind, name, "refresh")
}

fn sibling(kind: &str, name: &str, what: &str) -> String {
    let token = source_token(kind, name);
    format!("{}/{what}", token.strip_suffix("/token").unwrap_or(&token))
}

/// Where secrets are kept. Calls may block for as long as a person takes to answer the keychain: keep them off
/// threads that must go on.
pub trait SecretStore: Send + Sync + 'static {
    /// The secret of that name; none where it was never saved.
    ///
    /// # Errors
    /// Where it cannot be told whether there is one. An error is never a reason to make a new key.
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError>;

    /// Saves a secret, durable when this returns. The one before stays whole until then.
    ///
    /// # Errors
    /// Where it was not saved.
    fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError>;

    /// Removes a secret; one that is not there is no error.
    ///
    /// # Errors
    /// Where it may still be there.
    fn delete(&self, name: &str) -> Result<(), SecretError>;

    /// Whether secrets can be saved here at all.
    fn writable(&self) -> bool {
        true
    }

    /// The sole right to renew what lies under `name`, among all who keep secrets in the same place; none while another has it. A
    /// place that nobody shares keeps nobody out.
    fn try_turn(&self, _name: &str) -> Option<Turn> {
        Some(Turn::free())
    }
}

/// Refuses names that some keychain would bend.
pub(crate) fn check_name(name: &str) -> Result<(), SecretError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'.' | b'-');
    if (1..=200).contains(&name.len()) && name.bytes().all(plain) { Ok(()) } else { Err(SecretError::BadName) }
}
