//! Secrets: the type they travel in, and the places they are kept (OS keychain, a file sealed with a passphrase, environment, memory).
//!
//! In scope: a stolen disk or backup, other users of the PC, leaks through logs. Out of scope: malware that runs as
//! the same user, to which every OS keychain opens.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod buffer_key;
mod environment;
mod error;
mod keychain;
mod memory;
mod passphrase;
mod sealed;
mod secret;
mod store;
mod turn;

pub use buffer_key::{BUFFER_KEY, BufferKey, KeyOrigin, buffer_key};
pub use environment::Environment;
pub use error::SecretError;
pub use keychain::{Keychain, SERVICE};
pub use memory::InMemory;
pub use passphrase::PassphraseFile;
pub use secret::Secret;
pub use store::{
    API_TOKEN, SecretStore, WAREHOUSE_KEY, source_client, source_client_id, source_grants, source_refresh, source_token,
};
pub use turn::Turn;
