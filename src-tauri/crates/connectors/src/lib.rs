//! Points of sale: one folder a vendor, each with the same file set.
//!
//! `mod` what the vendor offers and how it is pulled · `client` which call an `Ask` becomes · `wire` the vendor's own
//! shapes · `page` from a body to rows · `map` from the vendor's shapes to the domain · `fault` what its refusals mean.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout))]

pub mod lightspeed;
mod oddities;
pub mod square;
