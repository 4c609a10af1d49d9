//! What happened to a raffle. Events are kept for ever; none is changed or taken back.

use crate::beacon::BeaconRound;
use crate::draw::Drawn;
use crate::entry::{Entry, EntryId};
use crate::hash::{Digest, Hex};
use crate::rules::{Amount, Notice, Rules, UnitId};
use crate::seal::{LeftOutReason, Seal};
use crate::warning::WarningCode;
use backroom_core::Timestamp;
use serde::{Deserialize, Serialize};

/// Why an entry is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoidReason {
    /// Made twice.
    Duplicate,
    /// Its person may not take part.
    NotEligible,
    /// Made by mistake.
    Mistake,
    /// Its person asked for it.
    AskedFor,
    /// Above a limit, found when the entries of two PCs came together.
    OverLimit,
    /// Its purchase was taken back.
    PurchaseReturned,
}

impl From<VoidReason> for LeftOutReason {
    fn from(reason: VoidReason) -> Self {
        match reason {
            VoidReason::Duplicate => Self::Duplicate,
            VoidReason::NotEligible => Self::NotEligible,
            VoidReason::Mistake => Self::Mistake,
            VoidReason::AskedFor => Self::AskedFor,
            VoidReason::OverLimit => Self::OverLimit,
            VoidReason::PurchaseReturned => Self::PurchaseReturned,
        }
    }
}

/// Why a winner does not get the prize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForfeitReason {
    /// The days to claim are over.
    NotClaimed,
    /// The winner does not want it.
    Declined,
    /// The winner may not take part after all.
    NotEligible,
    /// The winner cannot be found.
    NotReachable,
}

/// Money that is owed back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// For which entry.
    pub entry: EntryId,
    /// How much.
    pub amount: Amount,
    /// The receipt that it was paid on.
    pub receipt: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// It was written down.
    Created {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
        /// Its rules.
        rules: Rules,
        /// What is told about it.
        notice: Notice,
    },
    /// Its rules were changed, before opening.
    Changed {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
        /// Its rules from now on.
        rules: Rules,
        /// What is told about it from now on.
        notice: Notice,
    },
    /// What is told about it was changed.
    NoticeChanged {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
        /// What is told from now on.
        notice: Notice,
    },
    /// Its rules were frozen.
    Opened {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
        /// Their hash.
        rules_hash: Digest,
        /// The commitment to the secret of the draw.
        commitment: Digest,
        /// The warnings that the owner had read.
        acknowledged: Vec<WarningCode>,
        /// The version of the table they are from.
        table_version: String,
    },
    /// Somebody entered.
    Entered {
        /// The entry.
        entry: Entry,
    },
    /// An entry does not count.
    Voided {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
        /// Which.
        entry: EntryId,
        /// Why.
        reason: VoidReason,
        /// More about it, for the shop alone.
        note: String,
    },
    /// No entry is taken any more.
    Closed {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
    },
    /// The list was sealed.
    Sealed {
        /// Everything that is fixed by it.
        seal: Box<Seal>,
    },
    /// It was drawn.
    Drawn {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
        /// In which act.
        act: u32,
        /// The secret, now known to everybody.
        secret: Hex<32>,
        /// What the beacon said; none where the seal named no round.
        beacon: Option<BeaconRound>,
        /// The seed.
        seed: Digest,
        /// The drawn entries, in their order.
        drawn: Vec<Drawn>,
        /// The last instant to claim.
        #[serde(with = "crate::wire::time")]
        claim_by: Timestamp,
    },
    /// A winner took a prize.
    Claimed {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
        /// Which piece.
        unit: UnitId,
        /// With which entry.
        entry: EntryId,
    },
    /// A winner does not get a prize.
    Forfeited {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
        /// Which piece.
        unit: UnitId,
        /// With which entry.
        entry: EntryId,
        /// Why.
        reason: ForfeitReason,
    },
    /// An alternate takes a winner's place.
    Promoted {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
        /// For which piece.
        unit: UnitId,
        /// With which entry.
        entry: EntryId,
        /// Its place among the alternates.
        place: u32,
        /// The last instant to claim.
        #[serde(with = "crate::wire::time")]
        claim_by: Timestamp,
    },
    /// No alternate is left for a piece: only a further draw can give it away.
    LeftOver {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
        /// Which piece.
        unit: UnitId,
    },
    /// It was called off.
    Cancelled {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
        /// Why.
        reason: String,
        /// What is owed back.
        refunds: Vec<Refund>,
    },
    /// What was owed for an entry was given back.
    Refunded {
        /// When.
        #[serde(with = "crate::wire::time")]
        at: Timestamp,
        /// For which entry.
        entry: EntryId,
    },
}

impl Event {
    /// When it happened.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Created { at, .. }
            | Self::Changed { at, .. }
            | Self::NoticeChanged { at, .. }
            | Self::Opened { at, .. }
            | Self::Voided { at, .. }
            | Self::Closed { at }
            | Self::Drawn { at, .. }
            | Self::Claimed { at, .. }
            | Self::Forfeited { at, .. }
            | Self::Promoted { at, .. }
            | Self::LeftOver { at, .. }
            | Self::Cancelled { at, .. }
            | Self::Refunded { at, .. } => *at,
            Self::Entered { entry } => entry.at,
            Self::Sealed { seal } => seal.sealed_at,
        }
    }
}
