//! Stateful stand-ins of the outside world on loopback: points of sale and a BigQuery project. The demonstration
//! store, the tests and the benchmarks use the same ones. They listen on 127.0.0.1 only, keep everything in memory,
//! and go wrong only when they are told to.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod beacon;
pub mod bigquery;
mod demo;
pub mod lightspeed;
pub mod oauth;
mod random;
pub mod releases;
pub mod square;
mod text;
pub mod wire;

pub use demo::{DemoOptions, DemoStore, LightspeedDemo};
