//! What can be asked of a raffle.

use crate::beacon::BeaconRound;
use crate::draw::DrawSecret;
use crate::entry::{Channel, Entry, EntryId, HouseholdKey, PersonKey};
use crate::event::{ForfeitReason, VoidReason};
use crate::hash::{Digest, PublicKey};
use crate::rules::{Notice, Rules, UnitId};
use crate::warning::WarningCode;

/// What the clerk has looked at: the age by the counter's own check, and the residence. Nothing of a card comes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// Of age, of an eligible state, and not of those left out.
    Eligible,
    /// Nobody has looked, or the answer was no.
    No,
}

/// An entry that somebody wants to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRequest {
    /// The next id of this device.
    pub id: EntryId,
    /// Who enters.
    pub person: PersonKey,
    /// Of which household, where it is known.
    pub household: Option<HouseholdKey>,
    /// By which way.
    pub channel: Channel,
    /// The receipt that it comes with; empty for a free one.
    pub receipt: String,
    /// What the clerk has looked at.
    pub confirmed: Confirmed,
}

/// How the list is to be sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealRequest {
    /// The commitment to the secret of this draw: in the first act that of the opening.
    pub commitment: Digest,
    /// Why it is another, in words; only where it is.
    pub commitment_changed: Option<String>,
    /// The round of the public beacon to wait for; none without a network.
    pub beacon_round: Option<u64>,
    /// The key that the certificate will be signed with.
    pub public_key: PublicKey,
    /// Why there is a further act; only where there is one before.
    pub reason: Option<String>,
    /// The pieces to draw for in a further act; none for those that nobody has.
    pub units: Option<Vec<UnitId>>,
}

/// An entry of another PC of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// The entry.
    pub entry: Entry,
    /// Why it is void there, where it is.
    pub void: Option<VoidReason>,
}

/// What can be asked.
#[derive(Debug)]
pub enum Command {
    /// Write a raffle down.
    Create {
        /// Its rules, which may still be incomplete.
        rules: Box<Rules>,
        /// What is told about it.
        notice: Notice,
    },
    /// Change it: everything before opening, the notice alone after it.
    Update {
        /// Its rules.
        rules: Box<Rules>,
        /// What is told about it.
        notice: Notice,
    },
    /// Freeze its rules.
    Open {
        /// The commitment to the secret of the draw.
        commitment: Digest,
        /// The warnings that the owner has read.
        acknowledged: Vec<WarningCode>,
    },
    /// Make an entry.
    Enter(EntryRequest),
    /// Take in the entries of another PC. Limits are held over all of them: the earliest count.
    Bring(Vec<Brought>),
    /// Make an entry void.
    Void {
        /// Which.
        entry: EntryId,
        /// Why.
        reason: VoidReason,
        /// More about it, for the shop alone.
        note: String,
    },
    /// Take no more entries.
    Close,
    /// Seal the list.
    Seal(SealRequest),
    /// Draw from the sealed list.
    Draw {
        /// The secret that was committed to.
        secret: DrawSecret,
        /// What the beacon said in the round that the seal names.
        beacon: Option<BeaconRound>,
    },
    /// Hand out a prize.
    Claim {
        /// Which piece.
        unit: UnitId,
        /// To whom.
        entry: EntryId,
        /// What the clerk has looked at.
        confirmed: Confirmed,
    },
    /// Take a prize from its winner.
    Forfeit {
        /// Which piece.
        unit: UnitId,
        /// Why.
        reason: ForfeitReason,
    },
    /// Call it off.
    Cancel {
        /// Why.
        reason: String,
    },
    /// Note that money was given back.
    Refund {
        /// For which entry.
        entry: EntryId,
    },
}
