//! The account's state, and how it begins.

use super::pace::Register;
use super::quirks::Quirks;
use crate::random::Rng;
use backroom_core::{DayRule, Timestamp};
use std::sync::Mutex;

/// A recipe for an account: the same recipe makes the same one.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Where the dice start.
    pub seed: u64,
    /// Sales in the history, those of refunds included.
    pub sales: usize,
    /// Items.
    pub items: usize,
    /// Known customers.
    pub customers: usize,
    /// Shops with their IANA zones.
    pub shops: Vec<(String, String)>,
    /// The end of the history of two years.
    pub until: Timestamp,
    /// Size of the bucket.
    pub bucket: f64,
    /// Drips a second.
    pub drip: f64,
    /// Calls that may begin within a second.
    pub burst: f64,
}

impl Spec {
    /// The demonstration: 50 transactions and 25 products.
    pub fn demo(until: Timestamp) -> Self {
        Self::small(50, until)
    }

    /// An account for a test with so many sales.
    pub fn small(sales: usize, until: Timestamp) -> Self {
        Self {
            seed: 0x115B_EED5,
            sales,
            items: 25,
            customers: 12,
            shops: vec![
                ("Copper Lantern Harbor".to_owned(), "US/Pacific".to_owned()),
                ("Copper Lantern Mesa".to_owned(), "America/Denver".to_owned()),
            ],
            until,
            bucket: 90.0,
            drip: 1.0,
            burst: 20.0,
        }
    }

    /// The same account with a bucket that runs out so many times as fast, for tests that do not wait.
    #[must_use]
    pub fn faster(self, times: f64) -> Self {
        Self { drip: self.drip * times, burst: self.burst * times, ..self }
    }
}

/// Why there is no account.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// The recipe makes none.
    #[error("{0}")]
    Recipe(&'static str),
    /// No port.
    #[error(transparent)]
    Port(#[from] std::io::Error),
}

pub(crate) struct Shop {
    pub(crate) name: String,
    pub(crate) zone: String,
    pub(crate) rule: DayRule,
}

pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) price: i64,
    /// What it cost on average; moves with deliveries, which do not move the item's own time.
    pub(crate) cost: i64,
    pub(crate) category: usize,
    pub(crate) archived: bool,
    pub(crate) stamp: Timestamp,
    /// On the shelf by shop, in thousandths, with the time of its change.
    pub(crate) shelves: Vec<(i64, Timestamp)>,
}

pub(crate) struct Category {
    pub(crate) name: String,
    pub(crate) parent: Option<usize>,
    pub(crate) stamp: Timestamp,
}

pub(crate) struct Customer {
    pub(crate) name: (String, String),
    pub(crate) email: String,
    pub(crate) archived: bool,
    pub(crate) stamp: Timestamp,
}

#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: u64,
    pub(crate) item: usize,
    pub(crate) quantity: i64,
    pub(crate) price: i64,
    pub(crate) discount: i64,
    /// Tax in ten-millionths of the major unit, as it is told.
    pub(crate) tax: i64,
    pub(crate) parent: u64,
    /// So much of it came back in later sales, in thousandths.
    pub(crate) back: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Cash,
    Card,
    Gift,
    /// Taken in former times; its payment type is archived.
    Check,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Cash, Self::Card, Self::Gift, Self::Check];
}

#[derive(Debug, Clone)]
pub(crate) struct Pay {
    pub(crate) id: u64,
    pub(crate) kind: Kind,
    pub(crate) amount: i64,
    pub(crate) archived: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Sale {
    pub(crate) id: u64,
    pub(crate) shop: usize,
    pub(crate) customer: Option<usize>,
    pub(crate) employee: u64,
    pub(crate) created: Timestamp,
    pub(crate) completed: Option<Timestamp>,
    pub(crate) stamp: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) voided: bool,
    pub(crate) archived: bool,
    pub(crate) tip: i64,
    pub(crate) change: i64,
    pub(crate) lines: Vec<Line>,
    pub(crate) payments: Vec<Pay>,
}

impl Sale {
    pub(crate) fn goods(&self) -> i64 {
        self.lines.iter().map(|l| l.quantity * l.price / 1_000 - l.discount).sum()
    }

    pub(crate) fn discount(&self) -> i64 {
        self.lines.iter().map(|l| l.discount).sum()
    }

    pub(crate) fn tax(&self) -> i64 {
        let exact: i64 = self.lines.iter().map(|l| l.tax).sum();
        // Rounded to the cent, away from zero at the half.
        (exact.abs() + 50_000) / 100_000 * exact.signum()
    }

    pub(crate) fn total(&self) -> i64 {
        self.goods() + self.tax()
    }
}

/// The categories of items; all lie below a fifth.
const CATEGORIES: [&str; 4] = ["Papers", "Lighters", "Glass", "Edibles"];
pub(crate) const EMPLOYEES: [(&str, &str); 3] = [("Ada", "Invented"), ("Bo", "Example"), ("Cy", "Sample")];

pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) base_url: String,
    pub(crate) token: String,
    pub(crate) locked: bool,
    pub(crate) scopes: Vec<String>,
    pub(crate) quirks: Quirks,
    pub(crate) register: Mutex<Register>,
    pub(crate) shops: Vec<Shop>,
    pub(crate) categories: Vec<Category>,
    pub(crate) items: Vec<Item>,
    pub(crate) customers: Vec<Customer>,
    pub(crate) sales: Vec<Sale>,
    pub(crate) next_line: u64,
    pub(crate) next_payment: u64,
}

impl Account {
    pub(crate) fn generate(spec: Spec) -> Result<Self, SpecError> {
        if spec.shops.is_empty() || spec.items == 0 {
            return Err(SpecError::Recipe("an account has a shop and an item"));
        }
        let mut shops = Vec::new();
        for (name, zone) in &spec.shops {
            let rule =
                DayRule::new(zone, DayRule::DEFAULT_START).map_err(|_| SpecError::Recipe("a zone is unknown"))?;
            shops.push(Shop { name: name.clone(), zone: zone.clone(), rule });
        }
        let start = spec.until.plus_days(-730);
        let whole = |at: Timestamp| Timestamp::from_seconds(at.micros().div_euclid(1_000_000));
        let mut dice = Rng::at(spec.seed, 0);
        let items = (0..spec.items)
            .map(|n| {
                let price = 199 + 50 * dice.below(80).cast_signed();
                Item {
                    name: format!("{} No. {}", CATEGORIES[n % CATEGORIES.len()], n + 1),
                    price,
                    cost: price * 55 / 100,
                    category: n % CATEGORIES.len(),
                    archived: n % 11 == 10,
                    stamp: whole(start),
                    shelves: shops.iter().map(|_| (1_000 * dice.below(60).cast_signed(), whole(start))).collect(),
                }
            })
            .collect();
        let customers = (0..spec.customers)
            .map(|n| Customer {
                name: (format!("Given{n}"), format!("Invented{n}")),
                email: format!("invented{n}@example.com"),
                archived: n % 13 == 12,
                stamp: whole(start),
            })
            .collect();
        let below = CATEGORIES.iter().map(|name| (*name, Some(CATEGORIES.len())));
        let categories = below
            .chain([("Shop", None)])
            .map(|(name, parent)| Category { name: name.to_owned(), parent, stamp: whole(start) })
            .collect();
        let mut account = Self {
            id: "123456".to_owned(),
            base_url: String::new(),
            token: "sandbox-lightspeed-token".to_owned(),
            locked: false,
            scopes: ["employee:register_read", "employee:inventory_read", "employee:customers_read"]
                .map(str::to_owned)
                .into(),
            quirks: Quirks::default(),
            register: Mutex::new(Register::new(spec.bucket, spec.drip, spec.burst)),
            shops,
            categories,
            items,
            customers,
            sales: Vec::with_capacity(spec.sales),
            next_line: 1,
            next_payment: 1,
        };
        let span = spec.until.seconds_since(start).max(1);
        for n in 0..spec.sales {
            let mut dice = Rng::at(spec.seed, n as u64 + 1);
            let at = start.plus_seconds(span * n as i64 / spec.sales.max(1) as i64 + dice.below(60).cast_signed());
            let at = whole(at.min(spec.until));
            let came_back = n % 17 == 16 && {
                let of = dice.index(account.sales.len());
                account.refund(of, at).is_ok()
            };
            // What cannot come back, such as a sale that was voided, does not: another is rung up.
            if !came_back {
                account.ring(&mut dice, at);
            }
        }
        for item in account.items.iter_mut().filter(|item| item.archived) {
            item.shelves.fill((0, whole(spec.until)));
        }
        // Whatever the dice said, there is one that waits to be paid and one that was voided.
        let plain =
            |s: &Sale| s.completed.is_some() && !s.voided && s.total() > 0 && s.lines.iter().all(|line| line.back == 0);
        if let Some(sale) = account.sales.iter_mut().skip(spec.sales / 3).find(|s| plain(s)) {
            sale.reopen();
        }
        if let Some(sale) = account.sales.iter_mut().skip(spec.sales / 2).find(|s| plain(s)) {
            sale.voided = true;
        }
        Ok(account)
    }
}
