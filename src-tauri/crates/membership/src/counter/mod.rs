//! The discount at the counter: what applies to which line of a sale, how much, and why.
//!
//! Constraints, whatever the offers are: one offer a line, unless a manager lets them stack; no offer gives more than its caps; no
//! line goes below the floor, which is real cost or better; the discounts of the lines make up the sale's to the cent; and the
//! order in which lines were scanned changes nothing.

mod best;
mod stack;

use crate::share::{apportion_within, share, share_up};
use crate::state::Standing;
use crate::tier::{DiscountRule, Scope, Stacking, Tier, WHOLE};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The largest price of a piece and the largest quantity, in minor units and thousandths.
const LARGEST: i64 = 100_000_000;

/// A line of the sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// Names the line within the sale.
    pub id: String,
    /// The item.
    pub item: String,
    /// Its category, where it has one.
    pub category: Option<String>,
    /// How much, in thousandths: 1,000 is one piece.
    pub quantity_milli: i64,
    /// The price of one piece before tax, in minor units.
    pub unit_price: i64,
    /// What one piece really cost, where that is known.
    pub unit_cost: Option<i64>,
}

impl CartLine {
    /// The price of the line before discounts, in minor units, rounded half to even.
    pub fn before(&self) -> i64 {
        share(self.unit_price, self.quantity_milli, 1_000)
    }

    /// The lowest price that keeps `margin` hundredths of a percent of itself over real cost; none where the cost is not known.
    fn floor(&self, margin: u16) -> Option<i64> {
        let cost = share_up(self.unit_cost?, self.quantity_milli, 1_000);
        Some(share_up(cost, i64::from(WHOLE), i64::from(WHOLE - margin.min(WHOLE - 1))))
    }
}

/// Who gives an offer. Of equal deals the earlier is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The member's tier.
    Member,
    /// The shop, to everybody.
    Promotion,
    /// A manager, by hand.
    Manager,
}

/// What an offer takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Hundredths of a percent of each line.
    Percent(u16),
    /// An amount in minor units, shared out over the lines.
    Amount(i64),
}

/// A discount that could apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Names it; unique within the sale.
    pub id: String,
    /// What the clerk and the customer read.
    pub label: String,
    /// Who gives it.
    pub source: Source,
    /// What it takes off.
    pub value: Value,
    /// For which goods.
    pub scope: Scope,
    /// For which lines; none for every line of those goods.
    pub lines: Option<BTreeSet<String>>,
    /// The most it may give in this sale, in minor units.
    pub cap: Option<i64>,
    /// The least margin on real cost that it leaves, in hundredths of a percent.
    pub margin_floor: u16,
    /// Whether it may come on top of another.
    pub stacking: Stacking,
}

impl Offer {
    /// The offer of a tier's rule to a member who was given `used` by it in this period, in minor units.
    pub fn of_rule(rule: &DiscountRule, used: i64) -> Self {
        let left = rule.cap_per_period.map(|cap| (cap - used).max(0));
        Self {
            id: rule.id.clone(),
            label: rule.label.clone(),
            source: Source::Member,
            value: Value::Percent(rule.basis_points),
            scope: rule.scope.clone(),
            lines: None,
            cap: [rule.cap_per_sale, left].into_iter().flatten().min(),
            margin_floor: rule.margin_floor,
            stacking: rule.stacking,
        }
    }

    /// The offers of a tier to a member; `used` tells what a rule gave in this period, in minor units.
    pub fn of_tier(tier: &Tier, used: impl Fn(&str) -> i64) -> Vec<Self> {
        tier.discounts.iter().map(|rule| Self::of_rule(rule, used(&rule.id))).collect()
    }

    /// A manager's own discount on all lines, or on those named. It may come on top of others and has the floor of the house.
    pub fn by_hand(id: &str, label: &str, value: Value, lines: Option<BTreeSet<String>>) -> Self {
        Self {
            id: id.to_owned(),
            label: label.to_owned(),
            source: Source::Manager,
            value,
            scope: Scope::Everything,
            lines,
            cap: None,
            margin_floor: 0,
            stacking: Stacking::ByManager,
        }
    }

    fn means(&self, line: &CartLine) -> bool {
        self.scope.holds(line.category.as_deref()) && self.lines.as_ref().is_none_or(|lines| lines.contains(&line.id))
    }

    /// What it would like to take off a line that costs `price`, before floor and cap.
    fn wants(&self, price: i64) -> i64 {
        match self.value {
            Value::Percent(basis_points) => share(price, i64::from(basis_points), i64::from(WHOLE)),
            Value::Amount(amount) => amount.min(price),
        }
    }
}

/// Whether a line may be discounted whose cost nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownCost {
    /// No: nobody could say that it is not below cost.
    Refuse,
    /// Only by a manager's own discount.
    #[default]
    ManagerOnly,
    /// Yes.
    Allow,
}

/// What the shop holds every discount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct House {
    /// The least margin on real cost, in hundredths of a percent of the price; zero is never below cost.
    pub margin_floor: u16,
    /// Whether a line may be discounted whose cost nobody knows.
    pub unknown_cost: UnknownCost,
}

/// How offers go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combination {
    /// The best deal of each line wins.
    BestDeal,
    /// A manager lets those stack that may: each takes its part of what the one before left.
    StackedByManager,
}

/// Why an offer gave a line what it gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// It applies in full.
    Applied,
    /// It applies as far as its cap goes.
    UpToCap,
    /// It applies as far as the price may go down.
    DownToFloor,
    /// It is for other goods.
    OtherGoods,
    /// The customer has no benefits now.
    NoBenefits,
    /// Another offer is the better deal here.
    BetterDeal {
        /// The other offer.
        other: String,
    },
    /// It does not stack, and the others together are the better deal.
    DoesNotStack,
    /// Its cap is used up.
    CapUsedUp,
    /// The price is at its floor already.
    AtFloor,
    /// Nobody knows what the item cost.
    CostUnknown,
    /// So small that it rounds to nothing.
    Nothing,
}

/// What an offer gave a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The offer.
    pub offer: String,
    /// What it took off, in minor units.
    pub amount: i64,
    /// Why.
    #[serde(flatten)]
    pub why: Why,
}

/// A line with its discount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedLine {
    /// The line.
    pub id: String,
    /// Its price before, in minor units.
    pub before: i64,
    /// What comes off.
    pub discount: i64,
    /// Its price after.
    pub after: i64,
    /// What became of every offer here.
    pub verdicts: Vec<Verdict>,
}

/// A sale with its discounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    /// The lines, in the order in which they were scanned.
    pub lines: Vec<PricedLine>,
    /// The sale before, in minor units.
    pub before: i64,
    /// What comes off.
    pub discount: i64,
    /// The sale after; what points are earned on.
    pub after: i64,
    /// What each offer gave, to be counted against its caps.
    pub given: BTreeMap<String, i64>,
}

/// Why a sale cannot be priced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CartError {
    /// A quantity of nothing, less, or unbelievably much.
    #[error("line {line}: the quantity is not possible")]
    Quantity {
        /// The line.
        line: String,
    },
    /// A price or cost below zero, or unbelievably high.
    #[error("line {line}: the price or the cost is not possible")]
    Price {
        /// The line.
        line: String,
    },
    /// Two lines of one name.
    #[error("line {line} is there twice")]
    LineTwice {
        /// The line.
        line: String,
    },
    /// Two offers of one name.
    #[error("the discount {offer} is there twice")]
    OfferTwice {
        /// The offer.
        offer: String,
    },
    /// A discount below nothing or above everything.
    #[error("the discount {offer} is not possible")]
    Offer {
        /// The offer.
        offer: String,
    },
}

/// Prices a sale of `lines` to a customer of `standing`.
///
/// # Errors
/// What cannot be in the sale.
pub fn price(
    lines: &[CartLine],
    offers: &[Offer],
    standing: &Standing,
    house: House,
    combination: Combination,
) -> Result<Priced, CartError> {
    check(lines, offers)?;
    let table = Table::new(lines, offers, standing, house);
    let best = best::deal(&table);
    if combination == Combination::StackedByManager {
        let stacked = stack::deal(&table);
        if total(&stacked) >= total(&best) {
            return Ok(table.told(lines, &stacked, Combination::StackedByManager));
        }
    }
    Ok(table.told(lines, &best, Combination::BestDeal))
}

fn check(lines: &[CartLine], offers: &[Offer]) -> Result<(), CartError> {
    let mut seen = BTreeSet::new();
    for line in lines {
        let name = || line.id.clone();
        if !(1..=LARGEST).contains(&line.quantity_milli) {
            return Err(CartError::Quantity { line: name() });
        }
        let possible = |amount: i64| (0..=LARGEST).contains(&amount);
        if !possible(line.unit_price) || !line.unit_cost.is_none_or(possible) {
            return Err(CartError::Price { line: name() });
        }
        if !seen.insert(&line.id) {
            return Err(CartError::LineTwice { line: name() });
        }
    }
    let mut seen = BTreeSet::new();
    for offer in offers {
        let possible = match offer.value {
            Value::Percent(basis_points) => basis_points <= WHOLE,
            Value::Amount(amount) => (0..=LARGEST).contains(&amount),
        };
        if !possible || offer.cap.is_some_and(|cap| cap < 0) || offer.margin_floor >= WHOLE {
            return Err(CartError::Offer { offer: offer.id.clone() });
        }
        if !seen.insert(&offer.id) {
            return Err(CartError::OfferTwice { offer: offer.id.clone() });
        }
    }
    Ok(())
}

/// What each offer gives each line: the first index is the line's, the second the offer's.
type Gifts = Vec<Vec<i64>>;

fn total(gifts: &Gifts) -> i64 {
    gifts.iter().flatten().sum()
}

/// Where an offer stands with a line before it is known which is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    /// It may take off so much at the most.
    Room(i64),
    /// It may take off nothing.
    Closed(Why),
}

impl Cell {
    fn room(&self) -> i64 {
        match self {
            Self::Room(room) => *room,
            Self::Closed(_) => 0,
        }
    }
}

/// Lines and offers in an order of their own, so that the order in which they came changes nothing.
struct Table<'a> {
    lines: Vec<&'a CartLine>,
    offers: Vec<&'a Offer>,
    before: Vec<i64>,
    cells: Vec<Vec<Cell>>,
}

impl<'a> Table<'a> {
    fn new(lines: &'a [CartLine], offers: &'a [Offer], standing: &Standing, house: House) -> Self {
        let mut lines: Vec<&CartLine> = lines.iter().collect();
        lines.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut offers: Vec<&Offer> = offers.iter().collect();
        offers.sort_by(|a, b| (a.source, &a.id).cmp(&(b.source, &b.id)));
        let cells =
            lines.iter().map(|line| offers.iter().map(|offer| cell(line, offer, standing, house)).collect()).collect();
        let before = lines.iter().map(|line| line.before()).collect();
        Self { lines, offers, before, cells }
    }

    /// What `offer` gives the lines of which `takes` is true, within its cap and their room.
    fn gift(&self, offer: usize, takes: impl Fn(usize) -> bool) -> Vec<i64> {
        let room = |at: usize| if takes(at) { self.cells[at][offer].room() } else { 0 };
        let rooms: Vec<i64> = (0..self.lines.len()).map(room).collect();
        let cap = self.offers[offer].cap.unwrap_or(i64::MAX);
        match self.offers[offer].value {
            Value::Percent(_) => {
                let wants = self.before.iter().map(|before| self.offers[offer].wants(*before));
                let fits: Vec<i64> = wants.zip(&rooms).map(|(want, room)| want.min(*room)).collect();
                if fits.iter().sum::<i64>() <= cap { fits } else { apportion_within(cap, &fits, &fits) }
            }
            Value::Amount(amount) => {
                let weights: Vec<i64> =
                    (0..self.lines.len()).map(|at| if takes(at) { self.before[at] } else { 0 }).collect();
                apportion_within(amount.min(cap), &weights, &rooms)
            }
        }
    }

    fn told(&self, scanned: &[CartLine], gifts: &Gifts, how: Combination) -> Priced {
        let mut by_id: BTreeMap<&str, PricedLine> =
            (0..self.lines.len()).map(|at| (self.lines[at].id.as_str(), self.line(at, gifts, how))).collect();
        let lines: Vec<PricedLine> = scanned.iter().filter_map(|line| by_id.remove(line.id.as_str())).collect();
        let given =
            self.offers.iter().enumerate().map(|(o, offer)| (offer.id.clone(), gifts.iter().map(|line| line[o]).sum()));
        let (before, discount) = (self.before.iter().sum::<i64>(), total(gifts));
        Priced { lines, before, discount, after: before - discount, given: given.filter(|(_, sum)| *sum > 0).collect() }
    }

    fn line(&self, at: usize, gifts: &Gifts, how: Combination) -> PricedLine {
        let verdicts = (0..self.offers.len()).map(|o| self.verdict(at, o, gifts, how)).collect();
        let (before, discount) = (self.before[at], gifts[at].iter().sum::<i64>());
        PricedLine { id: self.lines[at].id.clone(), before, discount, after: before - discount, verdicts }
    }

    fn verdict(&self, at: usize, o: usize, gifts: &Gifts, how: Combination) -> Verdict {
        let (offer, amount) = (self.offers[o], gifts[at][o]);
        let why = match &self.cells[at][o] {
            Cell::Closed(why) => why.clone(),
            Cell::Room(_) if amount == 0 => self.why_nothing(at, o, gifts, how),
            Cell::Room(room) => {
                let taken: i64 = gifts[at].iter().sum();
                let cut = match how {
                    Combination::BestDeal => amount < offer.wants(self.before[at]),
                    // What it wanted of what the ones before left is not known any more; the floor tells.
                    Combination::StackedByManager => true,
                };
                let shared = matches!(offer.value, Value::Amount(amount) if offer.cap.is_none_or(|cap| cap >= amount));
                match () {
                    () if cut && taken >= *room => Why::DownToFloor,
                    () if cut && !shared && self.is_used_up(o, gifts) => Why::UpToCap,
                    () => Why::Applied,
                }
            }
        };
        Verdict { offer: offer.id.clone(), amount, why }
    }

    fn why_nothing(&self, at: usize, o: usize, gifts: &Gifts, how: Combination) -> Why {
        let offer = self.offers[o];
        let other = (0..self.offers.len()).filter(|other| gifts[at][*other] > 0).max_by_key(|other| gifts[at][*other]);
        match (how, other) {
            _ if offer.wants(self.before[at]) == 0 => Why::Nothing,
            (Combination::BestDeal, Some(other)) => Why::BetterDeal { other: self.offers[other].id.clone() },
            (Combination::StackedByManager, _) if offer.stacking == Stacking::Never => Why::DoesNotStack,
            (Combination::StackedByManager, Some(_)) if !self.is_used_up(o, gifts) => Why::AtFloor,
            _ => Why::CapUsedUp,
        }
    }

    fn is_used_up(&self, o: usize, gifts: &Gifts) -> bool {
        let used: i64 = gifts.iter().map(|line| line[o]).sum();
        self.offers[o].cap.is_some_and(|cap| used >= cap)
    }
}

/// What tells two lines apart, whatever the order they came in.
fn key(line: &CartLine) -> (&str, Option<&str>, i64, i64, Option<i64>, &str) {
    (&line.item, line.category.as_deref(), line.unit_price, line.quantity_milli, line.unit_cost, &line.id)
}

fn cell(line: &CartLine, offer: &Offer, standing: &Standing, house: House) -> Cell {
    if offer.source == Source::Member && !standing.has_benefits() {
        return Cell::Closed(Why::NoBenefits);
    }
    if !offer.means(line) {
        return Cell::Closed(Why::OtherGoods);
    }
    if offer.cap == Some(0) {
        return Cell::Closed(Why::CapUsedUp);
    }
    let before = line.before();
    match line.floor(offer.margin_floor.max(house.margin_floor)) {
        Some(floor) if floor >= before => Cell::Closed(Why::AtFloor),
        Some(floor) => Cell::Room(before - floor),
        None => match house.unknown_cost {
            UnknownCost::Allow => Cell::Room(before),
            UnknownCost::ManagerOnly if offer.source == Source::Manager => Cell::Room(before),
            UnknownCost::ManagerOnly | UnknownCost::Refuse => Cell::Closed(Why::CostUnknown),
        },
    }
}
