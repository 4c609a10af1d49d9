//! The sealed list: every entry that is drawn from, in one order and one form, and the seal that fixes everything before the draw.

use crate::beacon::BeaconPlan;
use crate::canonical::{NotCanonical, canonical};
use crate::draw::Lot;
use crate::entry::{Channel, Entry, EntryId, HouseholdKey, PersonKey};
use crate::hash::{Digest, PublicKey, sha256, tagged};
use crate::merkle::{Proof, leaf, proof, root};
use crate::rules::{RaffleId, UnitId};
use crate::wire::{nullable, read_day, read_time};
use backroom_core::{BusinessDay, Timestamp};
use serde::{Deserialize, Serialize};

/// The name of the seal's form.
pub(crate) const SEAL_FORMAT: &str = "backroom-raffle-seal-1";
/// The name of a ticket proof's form.
pub(crate) const TICKET_FORMAT: &str = "backroom-raffle-ticket-1";

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) entry: EntryId,
    pub(crate) day: BusinessDay,
    pub(crate) at: Timestamp,
    pub(crate) channel: Channel,
    pub(crate) person: PersonKey,
    pub(crate) household: Option<HouseholdKey>,
}

impl Line {
    fn of(entry: &Entry) -> Self {
        Self {
            entry: entry.id,
            day: entry.day,
            at: entry.at,
            channel: entry.channel,
            person: entry.person,
            household: entry.household,
        }
    }

    fn text(&self) -> String {
        let household = self.household.map_or_else(|| "-".to_owned(), |h| h.to_string());
        format!("{},{},{},{},{},{household}", self.entry, self.day, self.at, self.channel, self.person)
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut fields = text.split(',');
        let mut next = || fields.next();
        let line = Self {
            entry: next()?.parse().ok()?,
            day: read_day(next()?)?,
            at: read_time(next()?)?,
            channel: next()?.parse().ok()?,
            person: next()?.parse().ok()?,
            household: match next()? {
                "-" => None,
                household => Some(household.parse().ok()?),
            },
        };
        next().is_none().then_some(line)
    }
}

/// The entries that are drawn from: one line each, sorted by the bytes of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedList {
    lines: Vec<Line>,
    text: String,
}

impl SealedList {
    /// The list of `entries`.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut lines: Vec<(String, Line)> = entries.into_iter().map(|e| (e.id.to_string(), Line::of(e))).collect();
        // By the text and not by device and number: another language sorts what it reads.
        lines.sort_by(|(a, _), (b, _)| a.cmp(b));
        let lines: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
        let text = lines.iter().map(|line| line.text() + "\n").collect();
        Self { lines, text }
    }

    /// Reads a list; none where a line is not in its form, out of order or there twice.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut lines = Vec::new();
        let mut before = "";
        for line in text.split_inclusive('\n') {
            let line = line.strip_suffix('\n')?;
            let id = line.split(',').next()?;
            // The empty text is before every id.
            if id <= before {
                return None;
            }
            before = id;
            lines.push(Line::read(line)?);
        }
        Some(Self { lines, text: text.to_owned() })
    }

    /// Its canonical text: what is hashed and published.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many entries it holds.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The SHA-256 of its text.
    pub fn hash(&self) -> Digest {
        sha256(&[self.text.as_bytes()])
    }

    fn leaves(&self) -> Vec<Digest> {
        self.text.lines().map(leaf).collect()
    }

    /// The root of the tree over its lines.
    pub fn merkle_root(&self) -> Digest {
        root(&self.leaves())
    }

    /// Its entries as the draw sees them.
    pub fn lots(&self) -> Vec<Lot> {
        self.lines.iter().map(|line| Lot { entry: line.entry, person: line.person }).collect()
    }

    /// What a customer needs to check that a ticket is in the list: its line, its place and the way to the root. None where it is not
    /// in it.
    pub fn ticket(&self, entry: EntryId, seal_hash: Digest) -> Option<TicketProof> {
        let index = self.lines.iter().position(|line| line.entry == entry)?;
        let line = self.text.lines().nth(index)?.to_owned();
        let leaves = self.leaves();
        Some(TicketProof {
            format: TICKET_FORMAT.to_owned(),
            seal_hash,
            merkle_root: root(&leaves),
            line,
            index: index as u64,
            entries: leaves.len() as u64,
            proof: proof(&leaves, index)?,
        })
    }
}

/// That a ticket is in a sealed list, without the other lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketProof {
    /// The form's name.
    pub format: String,
    /// The seal whose list it is in.
    pub seal_hash: Digest,
    /// The root that the way leads to, as the seal has it.
    pub merkle_root: Digest,
    /// The ticket's line.
    pub line: String,
    /// Its place in the list, from 0.
    pub index: u64,
    /// How many lines the list has.
    pub entries: u64,
    /// The way to the root.
    pub proof: Proof,
}

/// Why an entry is not drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
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
    /// It won in an earlier act and did not take the prize.
    Forfeited,
    /// Its person, or the entry itself, holds a prize of an earlier act.
    HoldsPrize,
}

/// An entry that is not drawn from, and why: nothing vanishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// The entry.
    pub entry: EntryId,
    /// Why.
    pub reason: LeftOutReason,
}

/// An act before this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// Its number.
    pub act: u32,
    /// The hash of its seal.
    pub seal_hash: Digest,
    /// Its seed, where it was drawn.
    #[serde(deserialize_with = "nullable")]
    pub seed: Option<Digest>,
}

/// What is fixed before the draw. Its hash is what the shop publishes: from then on nothing can be chosen any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// The form's name.
    pub format: String,
    /// The raffle.
    pub raffle: RaffleId,
    /// Which act this is, from 1. A second one never hides the first: it is in `earlier`.
    pub act: u32,
    /// Why there is a further act; none in the first.
    #[serde(deserialize_with = "nullable")]
    pub reason: Option<String>,
    /// The acts before this one.
    pub earlier: Vec<Earlier>,
    /// The hash of the rules as they were frozen.
    pub rules_hash: Digest,
    /// When they were.
    #[serde(with = "crate::wire::time")]
    pub opened_at: Timestamp,
    /// The commitment made then, which is printed on every slip.
    pub opening_commitment: Digest,
    /// When the list was sealed.
    #[serde(with = "crate::wire::time")]
    pub sealed_at: Timestamp,
    /// The hash of the list.
    pub list_hash: Digest,
    /// The root of the tree over its lines.
    pub merkle_root: Digest,
    /// How many lines it has.
    pub entries: u64,
    /// The entries that are not in it, sorted by their ids.
    pub left_out: Vec<LeftOut>,
    /// The pieces that are drawn for, in their order.
    pub units: Vec<UnitId>,
    /// How many alternates are drawn along.
    pub alternates: u32,
    /// Whether a person has one place at most.
    pub one_prize_per_person: bool,
    /// The commitment to the secret of this draw.
    pub commitment: Digest,
    /// Why that is not the one of the opening; none where it is.
    #[serde(deserialize_with = "nullable")]
    pub commitment_changed: Option<String>,
    /// The round that the draw waits for; none where the shop had no network, and the draw rests on the commitment alone.
    #[serde(deserialize_with = "nullable")]
    pub beacon: Option<BeaconPlan>,
    /// The key that the certificate will be signed with.
    pub public_key: PublicKey,
}

impl Seal {
    /// The hash of this seal: what is published, and what the seed is made from.
    ///
    /// # Errors
    ///
    /// Where a number in it is larger than 2^53 − 1.
    pub fn hash(&self) -> Result<Digest, NotCanonical> {
        Ok(tagged("backroom-raffle/seal/1", &[canonical(self)?.as_bytes()]))
    }
}
