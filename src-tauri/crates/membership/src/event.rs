//! What happened to a membership. Events are only ever added; everything else is worked out from them.

use crate::proration::{Proration, Settlement};
use crate::tier::Terms;
use backroom_core::BusinessDay;
use serde::{Deserialize, Serialize};

/// Names a member. Whoever mints one makes sure that no other PC mints the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MemberId(pub String);

impl std::fmt::Display for MemberId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why somebody left. A choice, not free words: those could say something personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// It costs too much.
    TooExpensive,
    /// It was not used enough.
    NotUsed,
    /// The member moved away.
    MovedAway,
    /// Something was wrong with the shop or its service.
    Dissatisfied,
    /// It was taken by mistake.
    Mistake,
    /// Something else.
    Other,
    /// The member said nothing, as is anybody's right.
    NotTold,
}

/// When a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// At once, from the day on which it is said.
    Now,
    /// When the days are over that are paid for.
    PeriodEnd,
}

/// How a period was paid. `due` and `credit_used` make up the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The price of the period, in minor units.
    pub price: i64,
    /// How much of it came from the member's credit.
    pub credit_used: i64,
    /// How much of it was paid.
    pub due: i64,
}

impl Charge {
    pub(crate) fn of(price: i64, balance: i64) -> Self {
        let credit_used = price.min(balance);
        Self { price, credit_used, due: price - credit_used }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// Joined, or joined again, and paid the first period.
    Subscribed {
        /// What was agreed.
        terms: Terms,
        /// The first day that is not paid for.
        #[serde(with = "crate::wire::day")]
        paid_through: BusinessDay,
        /// What was paid.
        charge: Charge,
    },
    /// Brought along from another system, with days that were paid there: they are worth nothing here.
    Imported {
        /// What was agreed.
        terms: Terms,
        /// When the member joined there.
        #[serde(with = "crate::wire::day")]
        joined_on: BusinessDay,
        /// The first day that is not paid for.
        #[serde(with = "crate::wire::day")]
        paid_through: BusinessDay,
    },
    /// Took a higher tier, from this day on.
    Upgraded {
        /// What is agreed now.
        to: Terms,
        /// What was credited and charged for it.
        proration: Proration,
    },
    /// Will take a lower tier when the paid days are over.
    DowngradeScheduled {
        /// What will be agreed then.
        to: Terms,
    },
    /// Will keep the tier after all.
    DowngradeUndone,
    /// Took a lower tier, from this day on.
    Downgraded {
        /// What is agreed now.
        to: Terms,
        /// What was credited and charged for it; nothing where the paid days were over.
        proration: Proration,
    },
    /// Paused from this day on.
    Paused {
        /// The first day on which it goes on.
        #[serde(with = "crate::wire::day")]
        until: BusinessDay,
    },
    /// Goes on from this day on.
    Resumed {
        /// Days of the pause, by which the paid days moved.
        days: i64,
    },
    /// Will end when the paid days are over.
    CancellationScheduled {
        /// Why.
        reason: CancelReason,
    },
    /// Will not end after all.
    CancellationUndone,
    /// Ended by the member's wish: this day is the first without benefits.
    Cancelled {
        /// Why.
        reason: CancelReason,
        /// At once, or when the paid days were over.
        effect: Effect,
        /// What became of the days that were paid and not used.
        settlement: Settlement,
    },
    /// Paid the next period.
    Renewed {
        /// What is agreed from now on.
        terms: Terms,
        /// The first day of the period.
        #[serde(with = "crate::wire::day")]
        from: BusinessDay,
        /// The first day that is not paid for.
        #[serde(with = "crate::wire::day")]
        paid_through: BusinessDay,
        /// What was paid.
        charge: Charge,
    },
    /// A payment was tried and failed.
    PaymentFailed {
        /// Which try it was since the payment fell due.
        attempt: u32,
        /// The first day without benefits, unless a payment comes before.
        #[serde(with = "crate::wire::day")]
        lapses_on: BusinessDay,
    },
    /// A payment came after all, within the grace.
    PaymentRecovered {
        /// Days from the first failure to the payment.
        after_days: i64,
    },
    /// Ended because no payment came within the grace.
    Expired,
    /// The member's credit was paid out.
    CreditPaidOut {
        /// How much, in minor units.
        amount: i64,
    },
    /// This record is a second one of the same person: the other counts from now on.
    Merged {
        /// The record that counts.
        into: MemberId,
    },
    /// The two records are two people after all.
    Unmerged,
}

impl Event {
    /// What the member paid with it, in minor units.
    pub fn taken(&self) -> i64 {
        match self {
            Self::Subscribed { charge, .. } | Self::Renewed { charge, .. } => charge.due,
            Self::Upgraded { proration, .. } | Self::Downgraded { proration, .. } => proration.due,
            Self::Imported { .. }
            | Self::DowngradeScheduled { .. }
            | Self::DowngradeUndone
            | Self::Paused { .. }
            | Self::Resumed { .. }
            | Self::CancellationScheduled { .. }
            | Self::CancellationUndone
            | Self::Cancelled { .. }
            | Self::PaymentFailed { .. }
            | Self::PaymentRecovered { .. }
            | Self::Expired
            | Self::CreditPaidOut { .. }
            | Self::Merged { .. }
            | Self::Unmerged => 0,
        }
    }

    /// What the member was given back with it, in minor units.
    pub fn refunded(&self) -> i64 {
        match self {
            Self::Cancelled { settlement, .. } => settlement.refund,
            Self::CreditPaidOut { amount } => *amount,
            _ => 0,
        }
    }

    /// Its name, as it is stored and told to the warehouse.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Subscribed { .. } => "subscribed",
            Self::Imported { .. } => "imported",
            Self::Upgraded { .. } => "upgraded",
            Self::DowngradeScheduled { .. } => "downgrade_scheduled",
            Self::DowngradeUndone => "downgrade_undone",
            Self::Downgraded { .. } => "downgraded",
            Self::Paused { .. } => "paused",
            Self::Resumed { .. } => "resumed",
            Self::CancellationScheduled { .. } => "cancellation_scheduled",
            Self::CancellationUndone => "cancellation_undone",
            Self::Cancelled { .. } => "cancelled",
            Self::Renewed { .. } => "renewed",
            Self::PaymentFailed { .. } => "payment_failed",
            Self::PaymentRecovered { .. } => "payment_recovered",
            Self::Expired => "expired",
            Self::CreditPaidOut { .. } => "credit_paid_out",
            Self::Merged { .. } => "merged",
            Self::Unmerged => "unmerged",
        }
    }
}

/// An event and the business day from which it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    /// The day.
    #[serde(with = "crate::wire::day")]
    pub on: BusinessDay,
    /// What happened.
    pub event: Event,
}
