//! Updates against a release server on loopback: what is taken, what is refused and why, when it is installed, and what is left where
//! the process is killed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hostile;
mod killed;
mod life;
mod world;
