//! Trouble of the computer itself, made for real and survived by the real `backroomctl`: power cuts, full and read-only
//! disks, failing fsync, damaged files, replies without end, ends in the middle of a renewal; and what it lets nobody read.
//!
//! What is true is the stand-in's own account of its shop. A case that this computer cannot make says `skipped: why`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

#[cfg(target_os = "linux")]
mod canary;
mod damage;
mod disk;
mod ground;
mod headless;
mod instances;
mod migration;
mod power;
#[cfg(target_os = "linux")]
mod rotation;
mod shop;
#[cfg(target_os = "linux")]
mod stranger;
#[cfg(target_os = "linux")]
mod traces;
mod vendor;
