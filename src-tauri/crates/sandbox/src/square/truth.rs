//! The shop's own sums: simple, by brute force, and from nothing but the state, so that everything else can be
//! measured against them.

use super::account::{Account, RefundState, Status, WALK_IN};
use crate::text::Named;
use backroom_core::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One business day, of all locations or of one. Amounts are minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayTruth {
    /// Sum of the amounts (without tip) of completed payments, on the day the money was taken.
    pub collected_minor: i64,
    /// Sum of completed refunds, on the day they were made.
    pub refunded_minor: i64,
    /// Collected less refunded.
    pub net_minor: i64,
    /// Tips of those payments.
    pub tips_minor: i64,
    /// Those payments.
    pub transactions: u64,
    /// Ids of the customers of those payments.
    pub customers: BTreeSet<String>,
}

/// The whole shop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// By business day (`YYYY-MM-DD`).
    pub days: BTreeMap<String, DayTruth>,
    /// By location id, then business day.
    pub by_location: BTreeMap<String, BTreeMap<String, DayTruth>>,
    /// Payments of any status.
    pub payments: u64,
    /// Refunds of any status.
    pub refunds: u64,
    /// Orders, those of returns included.
    pub orders: u64,
    /// Customers that are not deleted.
    pub customers: u64,
    /// Items that are not deleted.
    pub items: u64,
}

impl Truth {
    /// The sum over business days from `from` to `to`, both included.
    pub fn between(&self, from: &str, to: &str) -> DayTruth {
        let mut sum = DayTruth::default();
        for day in self.days.range(from.to_owned()..=to.to_owned()).map(|(_, day)| day) {
            sum.collected_minor += day.collected_minor;
            sum.refunded_minor += day.refunded_minor;
            sum.net_minor += day.net_minor;
            sum.tips_minor += day.tips_minor;
            sum.transactions += day.transactions;
            sum.customers.extend(day.customers.iter().cloned());
        }
        sum
    }

    /// The sum over everything.
    pub fn all(&self) -> DayTruth {
        self.between("0000-00-00", "9999-99-99")
    }
}

impl Account {
    pub(crate) fn truth(&self) -> Truth {
        let day_of = |at: i64| self.rule.day_of(Timestamp::from_micros(at * 1_000)).to_string();
        let mut truth = Truth {
            payments: self.sales.len() as u64,
            refunds: self.refunds.len() as u64,
            orders: if self.spec.orders { (self.sales.len() + self.refunds.len()) as u64 } else { 0 },
            customers: self.customers.iter().filter(|c| !c.deleted).count() as u64,
            items: self.catalog.items.iter().filter(|i| !i.deleted).count() as u64,
            ..Truth::default()
        };
        let places: Vec<String> =
            (0..self.spec.locations.len()).map(|n| self.id(Named::Location, n).to_string()).collect();
        for sale in self.sales.iter().filter(|sale| sale.status == Status::Completed) {
            let day = day_of(sale.taken);
            let place = truth.by_location.entry(places[usize::from(sale.location)].clone()).or_default();
            for sum in [place.entry(day.clone()).or_default(), truth.days.entry(day.clone()).or_default()] {
                sum.collected_minor += sale.amount;
                sum.net_minor += sale.amount;
                sum.tips_minor += sale.tip;
                sum.transactions += 1;
                if sale.customer != WALK_IN {
                    sum.customers.insert(self.id(Named::Customer, sale.customer as usize).to_string());
                }
            }
        }
        for refund in self.refunds.iter().filter(|refund| refund.state == RefundState::Completed) {
            let day = day_of(refund.created);
            let location = self.sales[refund.sale as usize].location;
            let place = truth.by_location.entry(places[usize::from(location)].clone()).or_default();
            for sum in [place.entry(day.clone()).or_default(), truth.days.entry(day.clone()).or_default()] {
                sum.refunded_minor += refund.amount;
                sum.net_minor -= refund.amount;
            }
        }
        truth
    }
}
