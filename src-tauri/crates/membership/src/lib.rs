//! Membership: tiers, what happens to a membership, its money by the day, discounts at the counter, points, figures.
//!
//! Everything here is a function of what it is given: no clock, no file, no chance. Dates are business days of the shop, amounts are
//! minor units of one currency. A membership is its events ([`Event`]), folded into how it stands on a day ([`Membership`]); a
//! command is decided into further events or a refusal ([`decide`]), and shown before it is agreed to from those same events
//! ([`preview`]). Who may ask for what, and where events are kept, is decided elsewhere.
//!
//! Of personal data there is nothing here but the forms by which somebody is found ([`find`]) and what a row of a file says
//! ([`import`]), on its way through.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod apply;
pub mod counter;
mod decide;
mod event;
pub mod export;
pub mod find;
pub mod import;
mod period;
pub mod points;
mod proration;
mod refusal;
mod share;
mod state;
pub mod statistics;
mod tier;
mod wire;

pub use decide::{Command, Preview, decide, preview};
pub use event::{CancelReason, Charge, Dated, Effect, Event, MemberId};
pub use period::{Anchor, Period};
pub use proration::{Coverage, Proration, ProrationLine, Settlement, Side, Unused};
pub use refusal::Refusal;
pub use share::{apportion, apportion_within, share};
pub use state::{Account, Ending, Failure, Live, Membership, Misfit, Pause, Phase, Standing};
pub use tier::{Allowances, Benefit, DiscountRule, Ladder, Scope, Stacking, Terms, Tier, TierError, TierFault, TierId};
