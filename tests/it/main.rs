//! The engine against the stand-ins: what the screen would say equals what the shop knows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod gaps;
mod life;
mod lightspeed;
mod paging;
mod pull;
mod push;
mod refused;
mod same;
mod sim;
mod wire;
