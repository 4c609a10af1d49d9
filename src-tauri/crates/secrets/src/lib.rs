//! Secrets: the type they travel in, and the places they are kept (OS keychain, environment, memory).
//!
//! In scope: a stolen disk or backup, other users of the PC, leaks through logs. Out of scope: malware that runs as
//! the same user, to which every OS keychain opens.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod secret;

pub use secret::Secret;
