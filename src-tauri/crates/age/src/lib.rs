//! Age verification: reads the text of an ID's barcode, applies dated rules, gives a verdict. Keeps nothing and does no I/O.
//!
//! # What other crates call
//!
//! 1. A [`Wedge`] tells a scan from typing, where the scanner is a keyboard: [`Wedge::character`], [`Wedge::silence`] → [`Scan`].
//! 2. [`read`]`(text) -> Result<`[`Card`]`, `[`Unreadable`]`>` takes out of the text what a verdict needs and nothing else.
//! 3. [`Fingerprint::of`] makes the optional keyed hash with which the caller looks up its list and the last minutes, where
//!    [`Rules::fingerprint_days`] allows one.
//! 4. [`judge`]`(&Card, &`[`Ask`]`) -> `[`Verdict`], [`judge_typed`] for what a clerk typed, [`judge_unreadable`] for what was
//!    not read; [`check`] does 2 and 4 in one. The verdict goes to the screen; [`Verdict::kept`] is all that may be stored.
//!
//! ```
//! use backroom_age::{Ask, Colour, Jurisdiction, ProductClass, Rules, check};
//!
//! let rules = Rules::default();
//! let ask = Ask {
//!     class: ProductClass::Tobacco,
//!     state: Jurisdiction::parse("TX").ok(),
//!     date: chrono::NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(),
//!     rules: &rules,
//!     banned: false,
//!     passed_back: false,
//! };
//! let verdict = check("https://example.com/menu", &ask);
//! assert_eq!((verdict.colour, verdict.reason.code()), (Colour::Amber, "other_code"));
//! ```
//!
//! # What holds
//!
//! **Nothing personal leaves.** [`Card`], [`Typed`], [`Scan`] and what they hold have a blank `Debug`, no `Serialize`, and are wiped
//! when they go. [`Unreadable`], [`Signal`] and [`Arrival`] hold nothing of a text.
//!
//! **A birth date is never guessed.** An element counts as read where it says one date. It says it in either order, and beside the
//! other dates a card must have, because a scanner that loses characters can put one element's value behind another's code.
//!
//! **Not certain is amber.** Green needs every rule to hold and no signal to speak against it. Where no law is known, the stricter
//! default holds (`rules.rs`).
//!
//! **Cards of every version are read alike.** Versions differ in names and heads, not in where dates and numbers stand, so there is one
//! way to read all of them; the version matters to signals alone.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod card;
mod date;
mod elements;
mod fingerprint;
mod jurisdiction;
mod read;
pub mod rules;
pub mod sample;
mod signal;
mod text;
mod tracks;
mod verdict;
mod wedge;

pub use card::{Card, Issuer};
pub use date::{LeapDay, age_on, birthday};
pub use fingerprint::{Fingerprint, FingerprintKey};
pub use jurisdiction::{Country, Jurisdiction, UnknownJurisdiction};
pub use read::{Unreadable, read};
pub use rules::{Document, ProductClass, Rules};
pub use signal::{Signal, Weight};
pub use text::{Arrival, Separators};
pub use verdict::{Ask, Colour, Kept, Method, Reason, Typed, Verdict, check, judge, judge_typed, judge_unreadable};
pub use wedge::{Scan, Step, Wedge, WedgeSettings};
