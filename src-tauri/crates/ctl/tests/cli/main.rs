//! `backroomctl` as scripts use it: what it prints, how it ends, and that killing it loses nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod age;
mod failures;
mod killed;
mod member;
mod output;
mod people;
mod raffle;
mod renewing;
mod results;
mod shop;
mod sources;
