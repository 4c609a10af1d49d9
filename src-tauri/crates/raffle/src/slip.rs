//! The slip that a customer gets: the same for each way in, and nobody's name on it.

use crate::entry::{Entry, EntryId};
use crate::hash::Digest;
use crate::raffle::Raffle;
use backroom_core::Timestamp;

/// What is printed. Lines of text, already in the words of the raffle's rules; how they are set is the printer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// What the raffle is called.
    pub title: String,
    /// Who holds it, and where.
    pub sponsor: String,
    /// The ticket's number.
    pub number: EntryId,
    /// When it was made, by the clock on the wall, with the zone.
    pub made: String,
    /// That no purchase is needed, and how to enter without one; empty where there is no free entry.
    pub free_entry: String,
    /// What the odds depend on.
    pub odds: String,
    /// Until when entries are taken, by the clock on the wall.
    pub closes: String,
    /// How to claim and how to get the list of winners.
    pub after: String,
    /// The hash of the frozen rules.
    pub rules_hash: Digest,
    /// The commitment to the secret of the draw.
    pub commitment: Digest,
}

impl Slip {
    /// The slip of `entry`; none while the raffle is a draft or where the entry is not of it.
    pub fn of(raffle: &Raffle, entry: EntryId) -> Option<Self> {
        let Entry { id, at, .. } = raffle.entry(entry)?.entry;
        let (rules, opening) = (raffle.rules(), raffle.opening()?);
        let rule = rules.day_rule()?;
        let wall = |at: Timestamp| format!("{} {}", rule.wall_clock(at).format("%Y-%m-%d %H:%M"), rule.zone_name());
        let free_entry = rules.free_entry.as_ref().map_or_else(String::new, |free| {
            format!("No purchase necessary. A purchase does not raise the odds. Free entry: {}", free.how)
        });
        let days = rules.claim_days;
        Some(Self {
            title: rules.title.clone(),
            sponsor: format!("{}, {}", rules.sponsor.name, rules.sponsor.address),
            number: id,
            made: wall(at),
            free_entry,
            odds: rules.odds.clone(),
            closes: wall(rules.closes_at),
            after: format!("A winner has {days} days after the draw to claim. List of winners: {}", rules.winners_list),
            rules_hash: opening.rules_hash,
            commitment: opening.commitment,
        })
    }

    /// The slip as lines, in the order in which they are printed.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            self.title.clone(),
            self.sponsor.clone(),
            format!("Ticket {}", self.number),
            format!("Made {}", self.made),
            self.free_entry.clone(),
            self.odds.clone(),
            format!("Entries until {}", self.closes),
            self.after.clone(),
            format!("Rules {}", self.rules_hash),
            format!("Commitment {}", self.commitment),
            "Keep this slip: with it you can check the draw yourself.".to_owned(),
        ];
        lines.retain(|line| !line.is_empty());
        lines
    }
}
