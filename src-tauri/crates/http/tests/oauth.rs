//! Sign-in and renewal against a vendor that rotates and revokes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "oauth/attacks.rs"]
mod attacks;
#[path = "oauth/keeping.rs"]
mod keeping;
#[path = "oauth/landing.rs"]
mod landing;
#[path = "oauth/two.rs"]
mod two;
#[path = "oauth/vendor.rs"]
mod vendor;
#[path = "oauth/withdrawal.rs"]
mod withdrawal;
