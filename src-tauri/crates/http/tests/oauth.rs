//! Sign-in and renewal against a vendor that rotates and revokes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "oauth/attacks.rs"]
mod attacks;
#[path = "oauth/keeping.rs"]
mod keeping;
#[path = "oauth/landing.rs"]
mod landing;
#[path = "oauth/vendor.rs"]
mod vendor;
