//! What a stand-in shop is made of.

use backroom_core::Timestamp;
use serde::{Deserialize, Serialize};

/// One of the shop's places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocationSpec {
    /// Name on the sign.
    pub name: String,
    /// Town.
    pub town: String,
    /// Share of the sales, relative to the other locations.
    pub weight: f64,
    /// Share of the history (0 to 1) that had passed when it opened.
    pub opened_after: f64,
}

/// A recipe for a shop: the same recipe makes the same shop, to the byte.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreSpec {
    /// Where the dice start.
    pub seed: u64,
    /// Name of the business.
    pub name: String,
    /// Payments in the history.
    pub payments: usize,
    /// Known customers.
    pub customers: usize,
    /// Items of the catalog.
    pub items: usize,
    /// The end of the history.
    pub until: Timestamp,
    /// Length of the history, in years of 365 days.
    pub years: u32,
    /// The places; the first is the main one.
    pub locations: Vec<LocationSpec>,
    /// IANA name of the zone of all places.
    pub time_zone: String,
    /// When the business day begins, as `HH:MM`.
    pub business_day_start: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Sales tax in basis points (825 is 8.25 %).
    pub tax_basis_points: i64,
    /// Whether orders are served; a benchmark of a million payments leaves them out.
    pub orders: bool,
}

impl StoreSpec {
    /// The demonstration shop: 4,000 payments in the two years before `until`.
    pub fn demo(until: Timestamp) -> Self {
        let place = |name: &str, town: &str, weight, opened_after| LocationSpec {
            name: name.to_owned(),
            town: town.to_owned(),
            weight,
            opened_after,
        };
        Self {
            seed: 0x0C09_9E12,
            name: "Copper Lantern Smoke & Hemp".to_owned(),
            payments: 4_000,
            customers: 1_700,
            items: 480,
            until,
            years: 2,
            locations: vec![
                place("Copper Lantern Riverside", "Millbrook Falls", 0.5, 0.0),
                place("Copper Lantern Depot", "Millbrook Falls", 0.3, 0.0),
                place("Copper Lantern Northgate", "East Harlan", 0.2, 0.4),
            ],
            time_zone: "America/Chicago".to_owned(),
            business_day_start: "04:00".to_owned(),
            currency: "USD".to_owned(),
            tax_basis_points: 825,
            orders: true,
        }
    }

    /// The busy demonstration shop: 100,184 payments and 1,732 customers in two years.
    pub fn busy(until: Timestamp) -> Self {
        Self { payments: 100_184, customers: 1_732, ..Self::demo(until) }
    }

    /// A shop for a test: `payments` payments, few customers and items.
    pub fn small(payments: usize, until: Timestamp) -> Self {
        Self { payments, customers: payments / 4 + 3, items: 60, ..Self::demo(until) }
    }
}

/// Behaviour of the vendor that its documentation leaves open, or that differs from day to day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quirks {
    /// The last page has `"cursor":""` instead of none.
    pub empty_last_cursor: bool,
    /// The ends of time ranges of payments and refunds belong to them.
    pub end_inclusive: bool,
    /// A missing `begin_time` (now less a year) also clips a query by `updated_at`.
    pub default_begin_clips_updates: bool,
    /// Pages are never longer than this: a limit is advisory.
    pub longest_page: Option<usize>,
    /// Seconds that a cursor lives after it was given.
    pub cursor_seconds: i64,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            empty_last_cursor: false,
            end_inclusive: false,
            default_begin_clips_updates: true,
            longest_page: None,
            cursor_seconds: 15 * 60,
        }
    }
}
