//! Square over a real socket: what is sent, and what each answer means.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod calls;
mod faults;
mod support;
