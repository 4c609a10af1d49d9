//! The whole contract with any screen: commands, data, errors, events. The composition root of the engine.
//!
//! Invariant: nothing outside this crate turns domain values into JSON for a screen, and nothing here decides what a number is.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod audit;
pub mod commands;
pub mod config;
mod counter;
pub mod crash;
mod cycle;
pub mod demo;
mod desk;
pub mod dto;
mod ends;
mod engine;
mod error;
mod keeping;
pub mod logs;
pub mod memory;
mod notices;
mod people;
mod presence;
mod reads;
mod removal;
mod scrub;
pub mod serve;
mod settings;
mod setup;
mod sign_in;
mod sources;
mod support;
pub mod updates;
mod vault;
mod writes;

pub use backroom_core::money;
pub use backroom_raffle as raffle;
pub use backroom_secrets as secrets;
pub use backroom_store as store;
pub use backroom_store::Role;
pub use backroom_sync as sync;
pub use cycle::Cycle;
pub use engine::{Engine, EngineOptions, SecretsMode};
pub use error::exit_code;
pub use notices::Notice;
