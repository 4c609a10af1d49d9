//! The membership engine at its seam: what is told to whoever uses it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod counter;
mod files;
mod find;
mod life;
mod money;
mod points;
mod random;
mod shop;
mod statistics;
mod tiers;
