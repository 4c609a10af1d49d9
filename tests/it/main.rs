//! The engine against the stand-ins: what the screen would say equals what the shop knows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clock;
mod fresh;
mod gaps;
mod life;
mod lightspeed;
mod lightspeed_bad;
mod lightspeed_live;
mod lightspeed_paging;
mod lightspeed_reports;
mod lightspeed_shop;
mod paging;
mod pull;
mod push;
mod refused;
mod same;
mod sim;
mod two;
mod wire;
