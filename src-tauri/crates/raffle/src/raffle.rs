//! What the events of a raffle add up to.

use crate::beacon::BeaconRound;
use crate::draw::{Drawn, Outcome};
use crate::entry::{DeviceId, Entry, EntryId, HouseholdKey, PersonKey};
use crate::event::{Event, ForfeitReason, Refund, VoidReason};
use crate::hash::{Digest, Hex};
use crate::refusal::Limit;
use crate::rules::{Limits, Notice, Rules, UnitId};
use crate::seal::{LeftOut, LeftOutReason, Seal, SealedList};
use backroom_core::{BusinessDay, Timestamp};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Where a raffle stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Being written.
    Draft,
    /// Its rules are frozen; entries are taken between its times.
    Open,
    /// No entry is taken any more.
    Closed,
    /// The list is fixed; the draw waits for its beacon, or for the press.
    Sealed,
    /// Drawn; prizes are claimed.
    Drawn,
    /// Called off.
    Cancelled,
}

/// An event does not fit to those before it: the history is not one that this engine wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the raffle's history contradicts itself")]
pub struct BadHistory;

/// How the rules were frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// When.
    pub at: Timestamp,
    /// The hash of the rules.
    pub rules_hash: Digest,
    /// The commitment on the slips.
    pub commitment: Digest,
}

/// An entry and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The entry.
    pub entry: Entry,
    /// Why it is void; none where it counts.
    pub void: Option<VoidReason>,
    /// Whether what was paid for it was given back.
    pub refunded: bool,
}

/// A seal and the draw that followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The seal.
    pub seal: Seal,
    /// The draw; none while it waits.
    pub drawing: Option<Drawing>,
}

/// A draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// When.
    pub at: Timestamp,
    /// The revealed secret.
    pub secret: Hex<32>,
    /// What the beacon said.
    pub beacon: Option<BeaconRound>,
    /// The seed.
    pub seed: Digest,
    /// The drawn entries, in their order.
    pub drawn: Vec<Drawn>,
}

/// How a piece of a prize stands with its winner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AwardState {
    /// Waits to be claimed.
    Pending {
        /// The last instant to claim.
        claim_by: Timestamp,
    },
    /// Handed out.
    Claimed {
        /// When.
        at: Timestamp,
    },
    /// Nobody has it: no entry or no alternate was left.
    LeftOver,
    /// A further act draws for it.
    InFurtherAct,
}

/// A piece of a prize and who has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Award {
    /// In which act it was drawn for.
    pub act: u32,
    /// The entry that has it; none where nobody has.
    pub entry: Option<EntryId>,
    /// How it stands.
    pub state: AwardState,
}

/// How many entries count, by whose they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    all: u64,
    person: HashMap<PersonKey, u32>,
    day: HashMap<(PersonKey, BusinessDay), u32>,
    household: HashMap<HouseholdKey, u32>,
}

impl Counts {
    pub(crate) fn add(&mut self, person: PersonKey, day: BusinessDay, household: Option<HouseholdKey>) {
        self.all += 1;
        *self.person.entry(person).or_default() += 1;
        *self.day.entry((person, day)).or_default() += 1;
        if let Some(household) = household {
            *self.household.entry(household).or_default() += 1;
        }
    }

    fn remove(&mut self, entry: &Entry) {
        let less = |count: Option<&mut u32>| {
            if let Some(count) = count {
                *count = count.saturating_sub(1);
            }
        };
        self.all = self.all.saturating_sub(1);
        less(self.person.get_mut(&entry.person));
        less(self.day.get_mut(&(entry.person, entry.day)));
        less(entry.household.and_then(|household| self.household.get_mut(&household)));
    }

    pub(crate) fn people(&self) -> usize {
        self.person.values().filter(|count| **count > 0).count()
    }

    /// The limit that one more entry would break, and how many it allows. The way in makes no difference: it is not asked.
    pub(crate) fn reached(
        &self,
        limits: &Limits,
        person: PersonKey,
        day: BusinessDay,
        household: Option<HouseholdKey>,
    ) -> Option<(Limit, u32)> {
        let kinds = [
            (Limit::Person, limits.per_person, self.person.get(&person)),
            (Limit::PersonPerDay, limits.per_person_per_day, self.day.get(&(person, day))),
            (
                Limit::Household,
                limits.per_household.filter(|_| household.is_some()),
                household.and_then(|household| self.household.get(&household)),
            ),
        ];
        kinds.into_iter().find_map(|(limit, most, count)| {
            most.filter(|most| count.copied().unwrap_or(0) >= *most).map(|most| (limit, most))
        })
    }
}

/// A raffle as its events have made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raffle {
    pub(crate) rules: Rules,
    pub(crate) notice: Notice,
    pub(crate) phase: Phase,
    pub(crate) last_at: Timestamp,
    pub(crate) opening: Option<Opening>,
    pub(crate) entries: BTreeMap<EntryId, Held>,
    pub(crate) counts: Counts,
    pub(crate) acts: Vec<Act>,
    pub(crate) awards: BTreeMap<UnitId, Award>,
    pub(crate) forfeits: Vec<(UnitId, EntryId, ForfeitReason)>,
    /// How many alternates of each act have moved up or were passed by.
    pub(crate) alternates_used: HashMap<u32, u32>,
    pub(crate) cancelled: Option<(Timestamp, String)>,
}

impl Raffle {
    /// What `events` add up to.
    ///
    /// # Errors
    ///
    /// Where they do not begin with a creation, or one does not fit to those before it.
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Self, BadHistory> {
        let mut events = events.into_iter();
        let mut raffle = match events.next() {
            Some(Event::Created { at, rules, notice }) => Self::created(*at, rules.clone(), notice.clone()),
            _ => return Err(BadHistory),
        };
        for event in events {
            raffle.apply(event)?;
        }
        Ok(raffle)
    }

    fn created(at: Timestamp, rules: Rules, notice: Notice) -> Self {
        Self {
            rules,
            notice,
            phase: Phase::Draft,
            last_at: at,
            opening: None,
            entries: BTreeMap::new(),
            counts: Counts::default(),
            acts: Vec::new(),
            awards: BTreeMap::new(),
            forfeits: Vec::new(),
            alternates_used: HashMap::new(),
            cancelled: None,
        }
    }

    /// Adds what happened.
    ///
    /// # Errors
    ///
    /// Where the event does not fit to those before it; the raffle may then be half changed and must be thrown away.
    pub fn apply(&mut self, event: &Event) -> Result<(), BadHistory> {
        match event {
            Event::Created { .. } => return Err(BadHistory),
            Event::Changed { rules, notice, .. } => {
                self.rules = rules.clone();
                self.notice = notice.clone();
            }
            Event::NoticeChanged { notice, .. } => self.notice = notice.clone(),
            Event::Opened { at, rules_hash, commitment, .. } => {
                self.opening = Some(Opening { at: *at, rules_hash: *rules_hash, commitment: *commitment });
                self.phase = Phase::Open;
            }
            Event::Entered { entry } => self.entered(entry)?,
            Event::Voided { entry, reason, .. } => {
                let held = self.entries.get_mut(entry).filter(|held| held.void.is_none()).ok_or(BadHistory)?;
                held.void = Some(*reason);
                self.counts.remove(&held.entry);
            }
            Event::Closed { .. } => self.phase = Phase::Closed,
            Event::Sealed { seal } => {
                for unit in &seal.units {
                    if let Some(award) = self.awards.get_mut(unit) {
                        award.state = AwardState::InFurtherAct;
                    }
                }
                self.acts.push(Act { seal: (**seal).clone(), drawing: None });
                self.phase = Phase::Sealed;
            }
            Event::Drawn { at, act, secret, beacon, seed, drawn, claim_by } => {
                let drawing =
                    Drawing { at: *at, secret: *secret, beacon: beacon.clone(), seed: *seed, drawn: drawn.clone() };
                self.drawn(*act, drawing, *claim_by)?;
            }
            Event::Claimed { at, unit, .. } => self.award(unit)?.state = AwardState::Claimed { at: *at },
            Event::Forfeited { unit, entry, reason, .. } => {
                self.award(unit)?.entry = None;
                self.forfeits.push((unit.clone(), *entry, *reason));
            }
            Event::Promoted { unit, entry, place, claim_by, .. } => {
                let award = self.award(unit)?;
                *award = Award { entry: Some(*entry), state: AwardState::Pending { claim_by: *claim_by }, ..*award };
                let act = award.act;
                self.alternates_used.insert(act, *place);
            }
            Event::LeftOver { unit, .. } => self.award(unit)?.state = AwardState::LeftOver,
            Event::Cancelled { at, reason, .. } => {
                self.cancelled = Some((*at, reason.clone()));
                self.phase = Phase::Cancelled;
            }
            Event::Refunded { entry, .. } => self.entries.get_mut(entry).ok_or(BadHistory)?.refunded = true,
        }
        self.last_at = self.last_at.max(event.at());
        Ok(())
    }

    fn entered(&mut self, entry: &Entry) -> Result<(), BadHistory> {
        let held = Held { entry: entry.clone(), void: None, refunded: false };
        self.counts.add(entry.person, entry.day, entry.household);
        if self.entries.insert(entry.id, held).is_some() { Err(BadHistory) } else { Ok(()) }
    }

    fn drawn(&mut self, number: u32, drawing: Drawing, claim_by: Timestamp) -> Result<(), BadHistory> {
        let act = self.acts.last_mut().filter(|act| act.seal.act == number && act.drawing.is_none());
        let act = act.ok_or(BadHistory)?;
        for unit in &act.seal.units {
            let winner = drawing.drawn.iter().find(|d| d.outcome == Outcome::Winner && d.unit.as_ref() == Some(unit));
            let state = if winner.is_some() { AwardState::Pending { claim_by } } else { AwardState::LeftOver };
            self.awards.insert(unit.clone(), Award { act: number, entry: winner.map(|w| w.entry), state });
        }
        act.drawing = Some(drawing);
        self.phase = Phase::Drawn;
        Ok(())
    }

    fn award(&mut self, unit: &UnitId) -> Result<&mut Award, BadHistory> {
        self.awards.get_mut(unit).ok_or(BadHistory)
    }

    /// Its rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What is told about it.
    pub fn notice(&self) -> &Notice {
        &self.notice
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// How its rules were frozen; none while it is a draft.
    pub fn opening(&self) -> Option<&Opening> {
        self.opening.as_ref()
    }

    /// Its entries, by their ids.
    pub fn entries(&self) -> impl Iterator<Item = &Held> {
        self.entries.values()
    }

    /// One of its entries.
    pub fn entry(&self, id: EntryId) -> Option<&Held> {
        self.entries.get(&id)
    }

    /// How many of its entries count; known without looking at them.
    pub fn counting(&self) -> u64 {
        self.counts.all
    }

    /// The tickets of a person, void ones too.
    pub fn tickets_of(&self, person: PersonKey) -> impl Iterator<Item = &Held> {
        self.entries.values().filter(move |held| held.entry.person == person)
    }

    /// Its seals and draws, in their order.
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// Who has which piece.
    pub fn awards(&self) -> &BTreeMap<UnitId, Award> {
        &self.awards
    }

    /// When and why it was called off.
    pub fn cancelled(&self) -> Option<(Timestamp, &str)> {
        self.cancelled.as_ref().map(|(at, reason)| (*at, reason.as_str()))
    }

    /// The id that follows the last one of `device` in this raffle; none where its numbers are used up. A device that makes entries of
    /// several raffles counts each for itself: an id is unique within its raffle.
    pub fn next_id(&self, device: DeviceId) -> Option<EntryId> {
        let own = EntryId::new(device, 0)..=EntryId::new(device, u32::MAX);
        let last = self.entries.range(own).next_back().map_or(0, |(id, _)| id.counter());
        Some(EntryId::new(device, last.checked_add(1)?))
    }

    /// The list that the act numbered `act` was or will be drawn from.
    pub fn list(&self, act: u32) -> Option<SealedList> {
        let seal = &self.acts.iter().find(|a| a.seal.act == act)?.seal;
        let out: HashSet<EntryId> = seal.left_out.iter().map(|left| left.entry).collect();
        Some(SealedList::of(self.entries.values().map(|h| &h.entry).filter(|e| !out.contains(&e.id))))
    }

    /// What is owed back and was not given yet: paid entries that are void, and all of them once it is called off.
    pub fn refunds_due(&self) -> Vec<Refund> {
        let cancelled = self.cancelled.is_some();
        self.owed(|held| held.void.is_some() || cancelled)
    }

    pub(crate) fn owed(&self, due: impl Fn(&Held) -> bool) -> Vec<Refund> {
        let due = self.entries.values().filter(|held| !held.refunded && due(held));
        due.filter_map(|held| {
            let (entry, receipt) = (held.entry.id, held.entry.receipt.clone());
            held.entry.paid.clone().map(|amount| Refund { entry, amount, receipt })
        })
        .collect()
    }

    /// Every entry that the next act does not draw from, and why, sorted by the texts of their ids.
    pub(crate) fn left_out(&self, units: &[UnitId]) -> Vec<LeftOut> {
        let mut out = Vec::new();
        let standing = |(unit, award): (&UnitId, &Award)| {
            let holds =
                !units.contains(unit) && matches!(award.state, AwardState::Pending { .. } | AwardState::Claimed { .. });
            award.entry.filter(|_| holds)
        };
        let holders: HashSet<EntryId> = self.awards.iter().filter_map(standing).collect();
        let people: HashSet<PersonKey> =
            holders.iter().filter_map(|id| self.entries.get(id)).map(|held| held.entry.person).collect();
        for (id, held) in &self.entries {
            let person_holds = self.rules.one_prize_per_person && people.contains(&held.entry.person);
            let reason = if let Some(void) = held.void {
                void.into()
            } else if self.forfeits.iter().any(|(_, entry, _)| entry == id) {
                LeftOutReason::Forfeited
            } else if self.barred(&held.entry.person) {
                LeftOutReason::NotEligible
            } else if person_holds || holders.contains(id) {
                LeftOutReason::HoldsPrize
            } else {
                continue;
            };
            out.push(LeftOut { entry: *id, reason });
        }
        out.sort_by_cached_key(|left| left.entry.to_string());
        out
    }

    /// Whether a person was found not to be eligible when claiming.
    pub(crate) fn barred(&self, person: &PersonKey) -> bool {
        self.forfeits.iter().any(|(_, entry, reason)| {
            *reason == ForfeitReason::NotEligible
                && self.entries.get(entry).is_some_and(|held| held.entry.person == *person)
        })
    }
}
