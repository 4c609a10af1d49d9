//! How a shop's two years come about.

use super::account::{
    Account, Customer, Method, RETURN, Refund, RefundState, SANDBOX_TOKEN, SCOPES, Sale, Status, Track, WALK_IN,
};
use super::basket::Basket;
use super::catalog::{Catalog, scaled};
use super::names::{FAMILY, GIVEN};
use super::spec::{Quirks, StoreSpec};
use crate::random::Rng;
use backroom_core::{BusinessDay, Currency, DayRule};
use chrono::{Datelike, Weekday};
use std::collections::HashMap;

/// Why a shop cannot be made from a recipe.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// The zone or the start of the day is not one.
    #[error("the shop's zone or start of day: {0}")]
    Time(#[from] backroom_core::time::TimeError),
    /// The currency is not one.
    #[error("the shop's currency: {0}")]
    Money(#[from] backroom_core::money::MoneyError),
    /// Nothing to sell, nowhere to sell it, or no time to sell it in.
    #[error("a shop needs at least one location, one item and one year")]
    Empty,
    /// The system refused a port on loopback.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(#[from] std::io::Error),
}

/// Share of a day's sales in each hour after the business day begins (04:00 first): opening at nine, a peak after
/// work, the last ones after midnight.
const HOURS: [f64; 24] = [
    0.0, 0.0, 0.0, 0.0, 0.0, 1.5, 3.0, 4.0, 5.5, 6.0, 5.5, 5.5, 6.5, 8.5, 10.5, 10.5, 9.5, 8.0, 6.0, 4.0, 1.8, 0.7,
    0.0, 0.0,
];

const REASONS: &[&str] =
    &["Defective", "Wrong item", "Customer changed their mind", "Returned goods", "Accidental charge"];

/// How busy a day is.
fn day_weight(day: BusinessDay, progress: f64) -> f64 {
    let date = day.date();
    let week = match date.weekday() {
        Weekday::Mon => 0.82,
        Weekday::Tue => 0.85,
        Weekday::Wed => 0.92,
        Weekday::Thu => 1.0,
        Weekday::Fri => 1.38,
        Weekday::Sat => 1.42,
        Weekday::Sun => 0.88,
    };
    let feast = match (date.month(), date.day()) {
        (4, 20) => 2.6,
        (11, 24..=30) => 1.25,
        (12, 10..=24) => 1.35,
        (12, 25) | (1, 1) => 0.35,
        (7 | 8, _) => 1.08,
        _ => 1.0,
    };
    let mood = 0.85 + 0.3 * Rng::at(0xDA11, day.number() as u64).unit();
    week * feast * mood * (1.0 + 0.4 * progress)
}

/// Milliseconds after the start of the day at which a share of the day's sales has been made, no later than `elapsed`.
fn moment(u: f64, elapsed: i64) -> i64 {
    let hour_ms = 3_600_000.0;
    let full: f64 = HOURS.iter().sum();
    let until = sold_by(elapsed) * full;
    let mut wanted = u * until;
    for (hour, weight) in HOURS.iter().enumerate() {
        if wanted < *weight {
            return ((hour as f64 + wanted / weight) * hour_ms) as i64;
        }
        wanted -= weight;
    }
    (22.0 * hour_ms) as i64
}

/// Share of a full day's sales made by `elapsed` milliseconds after its start.
fn sold_by(elapsed: i64) -> f64 {
    let hours = elapsed as f64 / 3_600_000.0;
    let sold: f64 = HOURS.iter().enumerate().map(|(hour, w)| w * (hours - hour as f64).clamp(0.0, 1.0)).sum();
    sold / HOURS.iter().sum::<f64>()
}

impl Account {
    /// Makes the shop of a recipe.
    pub(crate) fn generate(spec: StoreSpec) -> Result<Self, SpecError> {
        let rule = DayRule::new(&spec.time_zone, &spec.business_day_start)?;
        let exponent = Currency::parse(&spec.currency)?.exponent();
        if spec.locations.is_empty() || spec.items == 0 || spec.years == 0 {
            return Err(SpecError::Empty);
        }
        let until = spec.until.micros() / 1_000;
        let start = until - i64::from(spec.years) * 365 * 86_400_000;
        let catalog = Catalog::generate(&spec, start, exponent);
        let mut account = Self {
            rule,
            exponent,
            start,
            catalog,
            customers: Vec::new(),
            sales: Vec::with_capacity(spec.payments + 1_024),
            rung: HashMap::new(),
            refunds: Vec::new(),
            refunds_of: HashMap::new(),
            tracks: spec.locations.iter().map(|_| Track::default()).collect(),
            refunds_created: Vec::new(),
            refunds_updated: Vec::new(),
            orders_created: Vec::new(),
            orders_updated: Vec::new(),
            quirks: Quirks::default(),
            token: SANDBOX_TOKEN.to_owned(),
            scopes: SCOPES.iter().map(|s| (*s).to_owned()).collect(),
            spec,
        };
        account.ring_up_history(until);
        account.invent_customers(until);
        account.give_back(until);
        account.build_indexes();
        Ok(account)
    }

    fn ring_up_history(&mut self, until: i64) {
        let first = self.rule.day_of(millis(self.start));
        let last = self.rule.day_of(millis(until));
        let days: Vec<BusinessDay> = (first.number() + 1..=last.number()).map(BusinessDay::from_number).collect();
        let mut sums = Vec::with_capacity(days.len());
        let mut sum = 0.0;
        for (nth, day) in days.iter().enumerate() {
            let begins = self.rule.starts_at(*day).micros() / 1_000;
            let elapsed = (until - begins).min(86_400_000);
            sum += day_weight(*day, nth as f64 / days.len() as f64) * sold_by(elapsed);
            sums.push((begins, elapsed, sum));
        }
        let total = self.spec.payments as f64;
        let mut before = 0usize;
        let mut moments = Vec::new();
        for (nth, (begins, elapsed, upto)) in sums.iter().enumerate() {
            let upto = if nth + 1 == sums.len() { self.spec.payments } else { (upto / sum * total) as usize };
            let mut dice = Rng::at(self.spec.seed ^ 0x7133, nth as u64);
            moments.clear();
            moments.extend((before..upto).map(|_| begins + moment(dice.unit(), *elapsed)));
            moments.sort_unstable();
            let progress = nth as f64 / sums.len() as f64;
            for at in &moments {
                let sale = self.historic_sale(self.sales.len(), *at, progress, until);
                self.sales.push(sale);
            }
            before = upto.max(before);
        }
    }

    fn historic_sale(&self, number: usize, at: i64, progress: f64, until: i64) -> Sale {
        let mut dice = Rng::at(self.spec.seed ^ 0x5A1E, number as u64);
        let basket = Basket::of_history(&self.catalog, self.spec.seed, self.spec.tax_basis_points, number);
        let amount = basket.total().max(1);
        let method = match dice.below(1_000) {
            0..640 => Method::Card,
            640..955 => Method::Cash,
            955..985 => Method::Wallet,
            _ => Method::External,
        };
        let age = until - at;
        let status = match dice.below(1_000) {
            _ if age < 36 * 3_600_000 && method == Method::Card && dice.chance(3.0) => Status::Approved,
            0..12 if method == Method::Card => Status::Canceled,
            12..34 if method == Method::Card => Status::Failed,
            _ => Status::Completed,
        };
        let tip = if method == Method::Card && status == Status::Completed && dice.chance(6.0) {
            amount * (5 + dice.below(16) as i64) / 100
        } else {
            0
        };
        // Three in a thousand card payments were taken while the shop's line was down, and sent later.
        let delay =
            if method == Method::Card && dice.chance(0.3) { 600_000 + dice.below(30 * 3_600_000) as i64 } else { 0 };
        let created = if delay > 0 && at + delay < until { at + delay } else { at };
        let mut updated = created + 400 + dice.below(3_600) as i64;
        let mut fee = 0;
        if method == Method::Card && status == Status::Completed {
            let settled = if dice.chance(30.0) { created + 3_600_000 + dice.below(90_000_000) as i64 } else { updated };
            if settled <= until {
                updated = settled;
                fee = -self.fee(amount + tip);
            }
        }
        let customer = if self.spec.customers > 0 && dice.chance(45.0) {
            // A few regulars come every week; most names come once or twice.
            (self.spec.customers as f64 * dice.unit().powf(2.2)) as u32
        } else {
            WALK_IN
        };
        let order_created = at - 4_000 - dice.below(50_000) as i64;
        Sale {
            created,
            updated: updated.min(until).max(created),
            taken: at,
            order_created,
            order_updated: (created + 1_000).min(until).max(created),
            amount,
            tip,
            refunded: 0,
            fee,
            customer,
            location: self.pick_location(&mut dice, progress),
            method,
            status,
            version: 1,
        }
    }

    /// The processing fee of a card payment: 2.6 % and ten cents.
    pub(crate) fn fee(&self, total: i64) -> i64 {
        total * 26 / 1_000 + scaled(10, self.exponent)
    }

    fn pick_location(&self, dice: &mut Rng, progress: f64) -> u16 {
        let open = |nth: usize| nth == 0 || self.spec.locations[nth].opened_after <= progress;
        let total: f64 =
            (0..self.spec.locations.len()).filter(|n| open(*n)).map(|n| self.spec.locations[n].weight).sum();
        let mut wanted = dice.unit() * total;
        for nth in (0..self.spec.locations.len()).filter(|n| open(*n)) {
            wanted -= self.spec.locations[nth].weight;
            if wanted < 0.0 {
                return nth as u16;
            }
        }
        0
    }

    fn invent_customers(&mut self, until: i64) {
        let mut first_seen = vec![i64::MAX; self.spec.customers];
        for sale in &self.sales {
            if let Some(seen) = first_seen.get_mut(sale.customer as usize) {
                *seen = (*seen).min(sale.order_created);
            }
        }
        for (number, seen) in first_seen.iter().enumerate() {
            let mut dice = Rng::at(self.spec.seed ^ 0xC057, number as u64);
            let created = match *seen {
                i64::MAX => self.start + dice.below((until - self.start).max(1) as u64) as i64,
                seen => seen - 20_000 - dice.below(600_000) as i64,
            };
            let edited = if dice.chance(30.0) { dice.below((until - created).max(1) as u64) as i64 } else { 0 };
            self.customers.push(Customer {
                given: dice.pick(GIVEN).to_owned(),
                family: dice.pick(FAMILY).to_owned(),
                created,
                updated: (created + edited).min(until),
                version: i64::from(edited > 0),
                deleted: false,
            });
        }
    }

    fn give_back(&mut self, until: i64) {
        for number in 0..self.sales.len() {
            let sale = &self.sales[number];
            let mut dice = Rng::at(self.spec.seed ^ 0x4EF0, number as u64);
            if sale.status != Status::Completed || !dice.chance(2.2) {
                continue;
            }
            let delay = match dice.below(10) {
                0..3 => 60_000 + dice.below(3_600_000),
                3..7 => 86_400_000 / 2 + dice.below(7 * 86_400_000),
                _ => 7 * 86_400_000 + dice.below(28 * 86_400_000),
            };
            let created = sale.created + delay as i64;
            if created + 10_000 > until {
                continue;
            }
            let whole = sale.amount + sale.tip;
            let amount = if dice.chance(70.0) { whole } else { (whole * (10 + dice.below(80) as i64) / 100).max(1) };
            let state = match dice.below(100) {
                0 => RefundState::Failed,
                1 => RefundState::Rejected,
                2 if until - created < 3 * 86_400_000 => RefundState::Pending,
                _ => RefundState::Completed,
            };
            let updated = created + 900 + dice.below(8_000) as i64;
            let refund = self.refunds.len() as u32;
            self.refunds.push(Refund {
                sale: number as u32,
                amount,
                created,
                updated,
                state,
                reason: dice.pick(REASONS),
            });
            self.refunds_of.entry(number as u32).or_default().push(refund);
            if state.counts() {
                let sale = &mut self.sales[number];
                sale.refunded += amount;
                sale.updated = sale.updated.max(updated);
                sale.version += 1;
            }
        }
    }

    fn build_indexes(&mut self) {
        for (row, sale) in (0u32..).zip(&self.sales) {
            if let Some(track) = self.tracks.get_mut(usize::from(sale.location)) {
                track.by_created.push((sale.created, row));
                track.by_updated.push((sale.updated, row));
            }
            if self.spec.orders {
                self.orders_created.push((sale.order_created, row));
                self.orders_updated.push((sale.order_updated, row));
            }
        }
        for (row, refund) in (0u32..).zip(&self.refunds) {
            self.refunds_created.push((refund.created, row));
            self.refunds_updated.push((refund.updated, row));
            if self.spec.orders {
                self.orders_created.push((refund.created - 1_000, row | RETURN));
                self.orders_updated.push((refund.updated, row | RETURN));
            }
        }
        let tracks = self.tracks.iter_mut().flat_map(|track| [&mut track.by_created, &mut track.by_updated]);
        let others =
            [&mut self.refunds_created, &mut self.refunds_updated, &mut self.orders_created, &mut self.orders_updated];
        // Nearly sorted already, which the stable sort makes use of.
        tracks.chain(others).for_each(|index| index.sort());
    }
}

fn millis(at: i64) -> backroom_core::Timestamp {
    backroom_core::Timestamp::from_micros(at * 1_000)
}
