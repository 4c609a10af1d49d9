//! The one HTTP client of the house.
//!
//! ```text
//! Caller ── takes a turn from ─► Limiter        how many calls may be in flight, and until when all must wait
//!    │ ─── asks ───────────────► TokenProvider  the credential, renewed once however many calls were refused
//!    │ ─── sends through ──────► Client         https only, no redirects, timeouts, a cap on the body
//!    └─── hands the reply to the connector, which says what it means, and tries again by RetryPolicy
//! ```
//!
//! This crate never decides what a reply means: it knows transport (`HttpError`), the connector knows the vendor.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bucket;
mod caller;
mod client;
mod date;
mod error;
mod limiter;
pub mod oauth;
mod reply;
mod request;
mod retry;
mod token;

pub use bucket::{Bucket, Draw, Queue, Reading};
pub use caller::{Called, Caller};
pub use client::{Client, ClientConfig};
pub use date::http_date;
pub use error::HttpError;
pub use limiter::{Limiter, Turn};
pub use reply::Reply;
pub use request::Request;
pub use reqwest::Method;
pub use retry::{RetryPolicy, Retrying, retry};
pub use token::{StaticToken, Token, TokenProvider};
