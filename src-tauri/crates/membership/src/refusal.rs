//! Why something cannot be done with a membership, in words for the person and a code for the program.

use crate::event::MemberId;
use backroom_core::BusinessDay;

/// Why something cannot be done. The words say what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The day is before the last event.
    #[error(
        "Something happened here on {last}, which is after today. Check the clock of this PC; nothing was changed."
    )]
    ClockMovedBack {
        /// The day of the last event.
        last: BusinessDay,
    },
    /// There is no membership to do it with.
    #[error("There is no membership now. The person can join again at any time.")]
    NotAMember,
    /// There is one already.
    #[error("The person is a member already. Change the tier instead.")]
    AlreadyAMember,
    /// The record counts no more.
    #[error("This record was merged into another of the same person. Open that one, or undo the merge.")]
    Merged {
        /// The record that counts.
        into: MemberId,
    },
    /// The record is not merged.
    #[error("This record was not merged.")]
    NotMerged,
    /// A record merged into itself.
    #[error("A record cannot be merged into itself.")]
    MergeWithItself,
    /// The membership would be lost.
    #[error("This record has a membership that lasts. Merge the other record into this one, or cancel it first.")]
    StillAMember,
    /// The credit would be lost.
    #[error("This record has credit. Pay it out before it is merged.")]
    CreditLeft {
        /// How much, in minor units.
        balance: i64,
    },
    /// The record has a history.
    #[error("This record has a history already. An import is for new records.")]
    HasHistory,
    /// What is to be imported ended before.
    #[error("The imported membership ended on {lapsed_on}. Import the person without it.")]
    AlreadyLapsed {
        /// The first day without it.
        lapsed_on: BusinessDay,
    },
    /// What is to be imported is paid for years.
    #[error("The imported membership is paid for more than three years. Check the day it is paid through.")]
    PaidTooFar,
    /// The day of joining is after today.
    #[error("The imported membership begins after today. Check the day of joining.")]
    JoinedLater,
    /// The amounts are in another currency.
    #[error("The membership is in another currency. Two currencies are never added.")]
    OtherCurrency,
    /// The new terms are not more than the old.
    #[error("That tier is not above the present one. Choose a downgrade.")]
    NotAnUpgrade,
    /// The new terms are not less than the old.
    #[error("That tier is not below the present one. Choose an upgrade.")]
    NotADowngrade,
    /// A renewal keeps the tier.
    #[error("A renewal keeps the tier. Change the tier first.")]
    OtherTier,
    /// It is paused.
    #[error("The membership is paused until {until}. Let it go on first.")]
    Paused {
        /// The first day on which it goes on.
        until: BusinessDay,
    },
    /// It is not paused.
    #[error("The membership is not paused.")]
    NotPaused,
    /// A pause that ends before it begins.
    #[error("A pause ends on a later day than today.")]
    PauseEndsEarly,
    /// A pause that is too long.
    #[error("A pause of this tier ends on {latest} at the latest.")]
    PauseTooLong {
        /// The latest end.
        latest: BusinessDay,
    },
    /// A payment is due.
    #[error("A payment has been due since {since}. Take it first.")]
    PaymentDue {
        /// The day it fell due.
        since: BusinessDay,
    },
    /// No payment is due.
    #[error("No payment is due before {due}.")]
    NothingDue {
        /// The day on which one falls due.
        due: BusinessDay,
    },
    /// It is too early for the next payment.
    #[error("The next period can be paid from {from}.")]
    TooEarly {
        /// The first day on which it can be paid.
        from: BusinessDay,
    },
    /// It will end.
    #[error("The membership ends on {ends_on}. Undo the cancellation first.")]
    CancellationPending {
        /// The first day without it.
        ends_on: BusinessDay,
    },
    /// It will have a lower tier.
    #[error("A lower tier begins on {on}. Pay from that day, or undo the downgrade first.")]
    ChangePending {
        /// The first day of the lower tier.
        on: BusinessDay,
    },
    /// There is nothing to undo.
    #[error("There is nothing to undo.")]
    NothingToUndo,
    /// The cancellation took effect.
    #[error("The membership ended on {on}; an end that has come cannot be undone. The person can join again at once.")]
    AlreadyEnded {
        /// The first day without it.
        on: BusinessDay,
    },
    /// There is no credit.
    #[error("There is no credit to pay out.")]
    NoCredit,
}

impl Refusal {
    /// A stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ClockMovedBack { .. } => "MEMBER_CLOCK_MOVED_BACK",
            Self::NotAMember => "MEMBER_NOT_A_MEMBER",
            Self::AlreadyAMember => "MEMBER_ALREADY_A_MEMBER",
            Self::Merged { .. } => "MEMBER_MERGED",
            Self::NotMerged => "MEMBER_NOT_MERGED",
            Self::MergeWithItself => "MEMBER_MERGE_WITH_ITSELF",
            Self::StillAMember => "MEMBER_STILL_A_MEMBER",
            Self::CreditLeft { .. } => "MEMBER_CREDIT_LEFT",
            Self::HasHistory => "MEMBER_HAS_HISTORY",
            Self::AlreadyLapsed { .. } => "MEMBER_ALREADY_LAPSED",
            Self::PaidTooFar => "MEMBER_PAID_TOO_FAR",
            Self::JoinedLater => "MEMBER_JOINED_LATER",
            Self::OtherCurrency => "MEMBER_OTHER_CURRENCY",
            Self::NotAnUpgrade => "MEMBER_NOT_AN_UPGRADE",
            Self::NotADowngrade => "MEMBER_NOT_A_DOWNGRADE",
            Self::OtherTier => "MEMBER_OTHER_TIER",
            Self::Paused { .. } => "MEMBER_PAUSED",
            Self::NotPaused => "MEMBER_NOT_PAUSED",
            Self::PauseEndsEarly => "MEMBER_PAUSE_ENDS_EARLY",
            Self::PauseTooLong { .. } => "MEMBER_PAUSE_TOO_LONG",
            Self::PaymentDue { .. } => "MEMBER_PAYMENT_DUE",
            Self::NothingDue { .. } => "MEMBER_NOTHING_DUE",
            Self::TooEarly { .. } => "MEMBER_TOO_EARLY",
            Self::CancellationPending { .. } => "MEMBER_CANCELLATION_PENDING",
            Self::ChangePending { .. } => "MEMBER_CHANGE_PENDING",
            Self::NothingToUndo => "MEMBER_NOTHING_TO_UNDO",
            Self::AlreadyEnded { .. } => "MEMBER_ALREADY_ENDED",
            Self::NoCredit => "MEMBER_NO_CREDIT",
        }
    }
}
