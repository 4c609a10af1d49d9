//! Raffles: what the counter asks and is told. Entries carry no name; a person is known here by a phone number or a card in the
//! request alone.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Names a raffle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RaffleName {
    /// Its name, such as `winter-2026`.
    pub id: String,
}

/// A raffle as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RaffleDraft {
    /// JSON of two members: `rules`, and `notice`, which may be missing.
    pub document: String,
}

/// Opens a raffle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RaffleOpening {
    /// Its name.
    pub id: String,
    /// Codes of the warnings that the owner has read.
    #[serde(default)]
    pub acknowledged: Vec<String>,
}

/// Somebody wants to enter.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RaffleEntry {
    /// The raffle's name.
    pub id: String,
    /// A phone number; this or `card`. Neither is kept.
    #[serde(default)]
    pub phone: Option<String>,
    /// What stands on a member's card.
    #[serde(default)]
    pub card: Option<String>,
    /// An address, where households are limited. Not kept.
    #[serde(default)]
    pub household: Option<String>,
    /// `free`, `purchase` or `paid`.
    pub channel: String,
    /// The receipt that it comes with; none for a free one.
    #[serde(default)]
    pub receipt: Option<String>,
    /// Whether the clerk looked at age and residence, and the person may take part.
    pub confirmed: bool,
}

/// A person of a raffle.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RafflePerson {
    /// The raffle's name.
    pub id: String,
    /// A phone number; this or `card`.
    #[serde(default)]
    pub phone: Option<String>,
    /// What stands on a member's card.
    #[serde(default)]
    pub card: Option<String>,
}

// What names a person stays out of every log.
impl std::fmt::Debug for RaffleEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RaffleEntry").field("id", &self.id).field("channel", &self.channel).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for RafflePerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RafflePerson").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Makes an entry void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RaffleVoid {
    /// The raffle's name.
    pub id: String,
    /// The ticket's number.
    pub entry: String,
    /// `duplicate`, `not_eligible`, `mistake`, `asked_for` or `purchase_returned`.
    pub reason: String,
    /// More about it, for the shop alone.
    #[serde(default)]
    pub note: Option<String>,
}

/// Seals the list of entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RaffleSeal {
    /// The raffle's name.
    pub id: String,
    /// Whether to wait for the public beacon: for its first round that is far enough ahead. Without it the draw rests on the shop's
    /// commitment alone.
    #[serde(default)]
    pub beacon: bool,
    /// Another round of the beacon to wait for.
    #[serde(default)]
    pub beacon_round: Option<u64>,
    /// Why there is a further act; only where there is one before.
    #[serde(default)]
    pub reason: Option<String>,
    /// The pieces to draw for in a further act; those that nobody has where none are named.
    #[serde(default)]
    pub units: Option<Vec<String>>,
    /// Why the first draw has another secret than the slips say, where that one is lost.
    #[serde(default)]
    pub new_secret: Option<String>,
}

/// Whether a seal made now could wait for the public beacon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RaffleBeacon {
    /// Whether one of its servers answered with what its network signed.
    pub reachable: bool,
    /// Why not, in words; empty where it could.
    pub words: String,
}

/// Draws.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RaffleDraw {
    /// The raffle's name.
    pub id: String,
    /// JSON of the round that the seal names, as the beacon tells it: `round`, `randomness` and `signature`. Fetched from the beacon's
    /// servers where it is not handed in.
    #[serde(default)]
    pub beacon: Option<String>,
}

/// Hands out a prize.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RaffleClaim {
    /// The raffle's name.
    pub id: String,
    /// Which piece, such as `p1/2`.
    pub unit: String,
    /// The winner's ticket.
    pub entry: String,
    /// Whether the clerk looked at age and residence.
    pub confirmed: bool,
}

/// Takes a prize from its winner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RaffleForfeit {
    /// The raffle's name.
    pub id: String,
    /// Which piece.
    pub unit: String,
    /// `not_claimed`, `declined`, `not_eligible` or `not_reachable`.
    pub reason: String,
}

/// Calls a raffle off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RaffleCancel {
    /// The raffle's name.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// Notes that money was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RaffleRefund {
    /// The raffle's name.
    pub id: String,
    /// For which ticket.
    pub entry: String,
}

/// Names a draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RaffleActName {
    /// The raffle's name.
    pub id: String,
    /// Which act; the last drawn one where none is named.
    #[serde(default)]
    pub act: Option<u32>,
}

/// A raffle in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RaffleLine {
    /// Its name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// `draft`, `open`, `closed`, `sealed`, `drawn` or `cancelled`.
    pub phase: String,
    /// From when entries are taken.
    pub opens_at: Option<String>,
    /// Until when.
    pub closes_at: Option<String>,
    /// Value of all prizes, minor units.
    pub prize_value: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// Entries that count.
    pub entries: i64,
}

/// A raffle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Raffle {
    /// Its name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// `draft`, `open`, `closed`, `sealed`, `drawn` or `cancelled`.
    pub phase: String,
    /// From when entries are taken.
    pub opens_at: String,
    /// Until when.
    pub closes_at: String,
    /// Value of all prizes, minor units; none where it cannot be told.
    pub prize_value: Option<i64>,
    /// ISO 4217; empty where the value cannot be told.
    pub currency: String,
    /// JSON of `rules` and `notice`, as a draft is given.
    pub document: String,
    /// SHA-256 of the frozen rules; none while it is a draft.
    pub rules_hash: Option<String>,
    /// The commitment on the slips; none while it is a draft.
    pub commitment: Option<String>,
    /// What keeps it from opening; empty once it is open.
    pub problems: Vec<RaffleProblem>,
    /// What its owner must know.
    pub warnings: Vec<RaffleWarning>,
    /// How it goes.
    pub statistics: RaffleStatistics,
    /// Its seals and draws.
    pub acts: Vec<RaffleAct>,
    /// Who has which piece of which prize.
    pub awards: Vec<RaffleAward>,
    /// What is owed back and was not given yet.
    pub refunds: Vec<RaffleOwed>,
    /// Why it was called off, where it was.
    pub cancelled: Option<String>,
    /// What is not shared between the PCs of the shop, in words.
    pub shared: String,
}

/// Something that keeps a raffle from opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RaffleProblem {
    /// Where in the rules, such as `limits.per_person`.
    pub field: String,
    /// In words.
    pub words: String,
}

/// Something that the owner must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RaffleWarning {
    /// Its code, by which it is acknowledged.
    pub code: String,
    /// `note`, `acknowledge` or `too_late`.
    pub severity: String,
    /// In words.
    pub words: String,
    /// Where that is from; empty where it follows from the rules.
    pub source: String,
}

/// Counts of a raffle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RaffleStatistics {
    /// Entries that were made.
    pub made: u64,
    /// Of these, those that count.
    pub counting: u64,
    /// Of these, those that are void.
    pub void: u64,
    /// People with an entry that counts.
    pub people: u64,
    /// Entries that count, by the way they were made.
    pub by_channel: Vec<RaffleCount>,
    /// Entries that count, by day.
    pub by_day: Vec<RaffleCount>,
    /// Pieces of prizes.
    pub units: u64,
    /// Pieces that wait to be claimed.
    pub pending: u64,
    /// Pieces that were handed out.
    pub claimed: u64,
    /// Pieces that nobody has after a draw.
    pub left_over: u64,
    /// Prizes that were forfeited.
    pub forfeited: u64,
    /// Alternates that were drawn.
    pub alternates: u64,
    /// Draws that were made.
    pub draws: u64,
    /// Entries for which money is still owed.
    pub refunds_due: u64,
}

/// Entries of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RaffleCount {
    /// Which.
    pub name: String,
    /// How many count.
    pub entries: u64,
}

/// A seal and the draw that followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RaffleAct {
    /// Its number, from 1.
    pub act: u32,
    /// Why there is a further one.
    pub reason: Option<String>,
    /// When the list was sealed.
    pub sealed_at: String,
    /// SHA-256 of the seal, to be published before the draw.
    pub seal_hash: String,
    /// SHA-256 of the list.
    pub list_hash: String,
    /// Root of the tree over the list.
    pub merkle_root: String,
    /// Entries in the list.
    pub entries: u64,
    /// Entries that were left out.
    pub left_out: u64,
    /// The beacon's round that the seal names; none where the draw rests on the shop's commitment alone.
    pub beacon_round: Option<u64>,
    /// When that round is made.
    pub beacon_at: Option<String>,
    /// When it was drawn; none while it waits.
    pub drawn_at: Option<String>,
    /// What was drawn, in its order.
    pub drawn: Vec<RaffleDrawn>,
}

/// A drawn entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RaffleDrawn {
    /// The ticket.
    pub entry: String,
    /// `winner`, `alternate`, or why it was passed by.
    pub outcome: String,
    /// The piece that it won; none unless it is a winner.
    pub unit: Option<String>,
    /// Its place among the alternates.
    pub place: Option<u32>,
}

/// A piece of a prize.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RaffleAward {
    /// Which piece.
    pub unit: String,
    /// What it is.
    pub prize: String,
    /// The ticket that has it; none where nobody has.
    pub entry: Option<String>,
    /// `pending`, `claimed`, `left_over` or `in_further_act`.
    pub state: String,
    /// Pending: until when it can be claimed. Claimed: when.
    pub at: Option<String>,
}

/// Money that is owed back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RaffleOwed {
    /// For which ticket.
    pub entry: String,
    /// Minor units.
    pub amount: u64,
    /// ISO 4217.
    pub currency: String,
    /// The receipt that it was paid on.
    pub receipt: String,
}

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RaffleTicket {
    /// Its number.
    pub entry: String,
    /// When it was made.
    pub at: String,
    /// `free`, `purchase` or `paid`.
    pub channel: String,
    /// Why it does not count; none where it does.
    pub void: Option<String>,
    /// The slip, line by line.
    pub slip: Vec<String>,
}

/// The signed record of a draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RaffleCertificate {
    /// Of which act.
    pub act: u32,
    /// SHA-256 of its seal.
    pub seal_hash: String,
    /// The key that signed it.
    pub public_key: String,
    /// The file, byte for byte.
    pub json: String,
    /// The same on paper: a PDF in Base64.
    pub pdf: String,
}
