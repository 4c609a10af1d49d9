//! What points are given for, what an entry of the ledger does, and why one cannot be made.

use crate::period::{Anchor, Period};
use crate::share::{share, share_down};
use backroom_core::BusinessDay;
use serde::{Deserialize, Serialize};

/// The most points that one entry can hold: a year of the largest sales.
pub(super) const LARGEST: i64 = 1_000_000_000_000;

/// What points are given for and what they are worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointsRule {
    /// Points given for each `earn_minor`.
    pub earn_points: i64,
    /// The amount for which `earn_points` are given, in minor units.
    pub earn_minor: i64,
    /// Points that are worth `worth_minor`.
    pub worth_points: i64,
    /// What `worth_points` are worth, in minor units.
    pub worth_minor: i64,
    /// The fewest points that can be spent at once.
    pub least_redeemed: i64,
    /// How long points last from the day they were earned; none for ever.
    pub lasts: Option<Period>,
}

/// What is wrong with a rule for points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "points are given for an amount and worth an amount: no part of the rule is nothing, below it or beyond a million"
)]
pub struct PointsRuleError;

impl PointsRule {
    /// Whether the rule is possible.
    ///
    /// # Errors
    /// Where a part of it is not.
    pub fn check(&self) -> Result<(), PointsRuleError> {
        let parts = [self.earn_points, self.earn_minor, self.worth_points, self.worth_minor];
        let fine =
            parts.iter().all(|part| (1..=1_000_000).contains(part)) && (0..=1_000_000).contains(&self.least_redeemed);
        if fine { Ok(()) } else { Err(PointsRuleError) }
    }

    /// The points for `basis` minor units before tax and after discounts, for a member who earns `percent` of everybody's points.
    /// Whole points: what is left over earns nothing.
    pub fn earned(&self, basis: i64, percent: u16) -> i64 {
        share_down(basis.max(0), self.earn_points * i64::from(percent), self.earn_minor * 100)
    }

    /// What `points` are worth, in minor units, rounded half to even.
    pub fn worth(&self, points: i64) -> i64 {
        share(points, self.worth_minor, self.worth_points)
    }

    pub(super) fn expires_on(&self, on: BusinessDay) -> Option<BusinessDay> {
        self.lasts.map(|lasts| lasts.end(on, Anchor::of(on)))
    }
}

/// What an entry does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EntryKind {
    /// Points for a sale.
    Earn {
        /// How many.
        points: i64,
        /// The sale.
        sale: String,
        /// What they were given for, in minor units before tax and after discounts.
        basis: i64,
        /// What the member earned of everybody's points, in percent.
        percent: u16,
        /// The first day on which they are gone; none for ever.
        #[serde(with = "crate::wire::some_day")]
        expires_on: Option<BusinessDay>,
    },
    /// Points spent in a sale.
    Redeem {
        /// How many.
        points: i64,
        /// The sale.
        sale: String,
        /// What they were worth, in minor units.
        worth: i64,
    },
    /// Points whose day came.
    Expire {
        /// How many.
        points: i64,
        /// The entry that gave them.
        of: String,
    },
    /// Points that somebody gave or took by hand.
    Adjust {
        /// How many; below zero where they are taken.
        points: i64,
        /// Why, as the shop calls it.
        reason: String,
        /// The first day on which given ones are gone; none for ever.
        #[serde(with = "crate::wire::some_day")]
        expires_on: Option<BusinessDay>,
    },
    /// Points of a sale that was given back, in part or whole, taken back.
    TakeBack {
        /// How many.
        points: i64,
        /// Those that could not be taken because they were spent or gone.
        short: i64,
        /// The sale.
        sale: String,
        /// What was given back of the sale so far, with this, in minor units before tax.
        refunded: i64,
    },
    /// Spent points of a sale that was given back, given again.
    GiveBack {
        /// How many.
        points: i64,
        /// The sale.
        sale: String,
        /// The first day on which they are gone; none for ever.
        #[serde(with = "crate::wire::some_day")]
        expires_on: Option<BusinessDay>,
    },
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Names it. Whoever mints one makes sure that no other PC mints the same.
    pub id: String,
    /// The day from which it counts.
    #[serde(with = "crate::wire::day")]
    pub on: BusinessDay,
    /// What it does.
    pub kind: EntryKind,
}

/// Why points cannot be given, spent or taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PointsRefusal {
    /// The day is before the last entry.
    #[error("The last entry is of {last}, which is after today. Check the clock of this PC; nothing was changed.")]
    ClockMovedBack {
        /// The day of the last entry.
        last: BusinessDay,
    },
    /// The entry is there already.
    #[error("This entry is in the ledger already.")]
    EntryTwice,
    /// The sale has earned already.
    #[error("This sale has earned its points already.")]
    EarnedAlready,
    /// Points were spent in this sale already.
    #[error("Points were spent in this sale already.")]
    RedeemedAlready,
    /// Nothing is to be done.
    #[error("That is not a number of points that can be given, spent or taken.")]
    Nothing,
    /// More than there are.
    #[error("There are {balance} points. Spend or take at most those.")]
    NotEnough {
        /// How many there are.
        balance: i64,
    },
    /// Fewer than can be spent at once.
    #[error("Points are spent from {least} on.")]
    TooFew {
        /// The fewest.
        least: i64,
    },
    /// The sale did nothing with points.
    #[error("This sale neither earned nor spent points of this member.")]
    UnknownSale,
    /// More was given back than the sale was.
    #[error("More is given back than the sale was, or than it was before.")]
    RefundTooLarge,
    /// By hand without a reason.
    #[error("Say why the points are given or taken.")]
    NoReason,
}

/// How much of a sale was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refund {
    /// So many minor units before tax so far, this time included.
    Part(i64),
    /// All of it.
    Whole,
}
