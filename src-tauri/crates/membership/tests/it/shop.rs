//! A shop with tiers, and short ways to say what happens in it.

use backroom_core::{BusinessDay, Currency};
use backroom_membership::{
    Allowances, Benefit, Command, Dated, Ladder, MemberId, Membership, Period, Refusal, Tier, TierId, decide,
};

pub(crate) fn day(text: &str) -> BusinessDay {
    BusinessDay::parse(text).unwrap()
}

pub(crate) fn member(name: &str) -> MemberId {
    MemberId(name.to_owned())
}

/// A tier with a week of grace, two weeks early (a period at most) and pauses of up to 90 days.
pub(crate) fn tier(id: &str, rank: u16, price: i64, period: Period) -> Tier {
    let allowances = Allowances::default();
    let early_days = allowances.early_days.min(u16::try_from(period.fewest_days()).unwrap());
    Tier {
        id: TierId(id.to_owned()),
        name: id.to_uppercase(),
        rank,
        price,
        currency: Currency::USD,
        period,
        allowances: Allowances { early_days, ..allowances },
        benefits: vec![Benefit::Told("Coffee".into())],
        discounts: Vec::new(),
        closed_on: None,
    }
}

/// Tiers of every kind of period, some with prices that no number of days divides, and with more or less grace.
pub(crate) fn ladder() -> Ladder {
    let mut tiers = vec![
        tier("free", 0, 0, Period::Month),
        tier("week", 0, 350, Period::Days(7)),
        tier("silver", 1, 999, Period::Month),
        tier("gold", 2, 1_999, Period::Month),
        tier("gold-quarter", 2, 5_501, Period::Quarter),
        tier("gold-year", 2, 19_997, Period::Year),
    ];
    for (at, grace_days) in [(0, 0), (3, 3), (4, 20), (5, 60)] {
        tiers[at].allowances.grace_days = grace_days;
    }
    Ladder::new(tiers).unwrap()
}

pub(crate) fn terms(id: &str) -> backroom_membership::Terms {
    ladder().tier(&TierId(id.to_owned())).unwrap().terms()
}

/// A member and everything that happened.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    pub(crate) state: Membership,
    pub(crate) events: Vec<Dated>,
}

impl Book {
    pub(crate) fn new(name: &str) -> Self {
        Self { state: Membership::new(member(name)), events: Vec::new() }
    }

    /// A member of `tier` since `on`.
    pub(crate) fn joined(tier: &str, on: &str) -> Self {
        let mut book = Self::new("m");
        book.try_on(day(on), &Command::Subscribe { terms: terms(tier) }).unwrap();
        book
    }

    pub(crate) fn try_on(&mut self, at: BusinessDay, command: &Command) -> Result<Vec<Dated>, Refusal> {
        let events = decide(&self.state, command, at)?;
        for dated in &events {
            self.state.apply(dated).unwrap_or_else(|misfit| panic!("what was decided must fit: {misfit}"));
        }
        self.events.extend(events.iter().cloned());
        Ok(events)
    }

    #[track_caller]
    pub(crate) fn on(&mut self, at: &str, command: &Command) -> Vec<Dated> {
        match self.try_on(day(at), command) {
            Ok(events) => events,
            Err(refusal) => panic!("{command:?} on {at} was refused: {refusal}"),
        }
    }

    #[track_caller]
    pub(crate) fn refused(&mut self, at: &str, command: &Command) -> Refusal {
        match self.try_on(day(at), command) {
            Ok(events) => panic!("{command:?} on {at} was done: {events:?}"),
            Err(refusal) => refusal,
        }
    }

    /// Events by name with their days, as time and commands made them.
    pub(crate) fn told(&self) -> Vec<String> {
        self.events.iter().map(|dated| format!("{} {}", dated.on, dated.event.name())).collect()
    }
}
