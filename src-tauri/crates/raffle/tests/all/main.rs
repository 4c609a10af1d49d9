//! The raffle from its rules to its proof, at the crate's seam.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod certificate;
mod chance;
mod life;
mod limits;
mod other_languages;
mod page;
mod paper;
mod promises;
mod shop;
