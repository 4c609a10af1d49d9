//! How a raffle goes, counted from its entries.

use crate::draw::Outcome;
use crate::entry::Channel;
use crate::raffle::{AwardState, Raffle};
use backroom_core::BusinessDay;
use std::collections::BTreeMap;

/// Counts of a raffle. A rate is left to the reader, with these numbers beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Entries that were made.
    pub made: u64,
    /// Of these, those that count.
    pub counting: u64,
    /// Of these, those that are void.
    pub void: u64,
    /// People with an entry that counts.
    pub people: u64,
    /// Entries that count, by the way they were made.
    pub by_channel: BTreeMap<Channel, u64>,
    /// Entries that count, by day.
    pub by_day: BTreeMap<BusinessDay, u64>,
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

impl Statistics {
    /// The counts of `raffle`.
    pub fn of(raffle: &Raffle) -> Self {
        let mut found = Self { units: raffle.rules().unit_count(), ..Self::default() };
        for held in raffle.entries() {
            found.made += 1;
            if held.void.is_some() {
                found.void += 1;
            } else {
                found.counting += 1;
                *found.by_channel.entry(held.entry.channel).or_default() += 1;
                *found.by_day.entry(held.entry.day).or_default() += 1;
            }
        }
        found.people = raffle.counts.people() as u64;
        for award in raffle.awards().values() {
            match award.state {
                AwardState::Pending { .. } => found.pending += 1,
                AwardState::Claimed { .. } => found.claimed += 1,
                AwardState::LeftOver => found.left_over += 1,
                AwardState::InFurtherAct => {}
            }
        }
        for drawing in raffle.acts().iter().filter_map(|act| act.drawing.as_ref()) {
            found.draws += 1;
            found.alternates += drawing.drawn.iter().filter(|d| d.outcome == Outcome::Alternate).count() as u64;
        }
        found.forfeited = raffle.forfeits.len() as u64;
        found.refunds_due = raffle.refunds_due().len() as u64;
        found
    }
}
