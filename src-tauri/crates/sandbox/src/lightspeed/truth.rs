//! The shop's own books: by brute force and from nothing but the state, so that everything else can be measured against them.

use super::account::{Account, Kind, Sale};
use crate::square::Truth;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A sale as the books have it. Amounts are minor units, quantities thousandths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleEntry {
    /// Id of the shop.
    pub shop: String,
    /// Id of the customer, none for who walked in.
    pub customer: Option<String>,
    /// `OPEN`, `COMPLETED` or `CANCELED`.
    pub state: String,
    /// The business day: of completion, or of making where it is not completed.
    pub day: String,
    /// What is due, tax and tip within.
    pub total: i64,
    /// Tax.
    pub tax: i64,
    /// Tip.
    pub tip: i64,
    /// Lines by id: item, quantity, price of one.
    pub lines: BTreeMap<String, (String, i64, i64)>,
    /// Payments by id: how, and the amount that was kept, negative where it was given back.
    pub payments: BTreeMap<String, (String, i64)>,
}

/// An item as the books have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemEntry {
    /// Its name.
    pub name: String,
    /// The path of its category.
    pub category: String,
    /// The default price in minor units.
    pub price: i64,
    /// What it costs on average, in minor units.
    pub cost: i64,
    /// Whether it is put away.
    pub archived: bool,
    /// What is on the shelf by shop, in thousandths.
    pub shelves: BTreeMap<String, i64>,
}

/// A customer as the books have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerEntry {
    /// Given name, family name and address of e-mail; none for who was put away.
    pub personal: Option<(String, String, String)>,
}

/// Everything, each record by its id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// Sales, those of refunds included.
    pub sales: BTreeMap<String, SaleEntry>,
    /// Items.
    pub items: BTreeMap<String, ItemEntry>,
    /// Customers.
    pub customers: BTreeMap<String, CustomerEntry>,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Cash => "CASH",
            Self::Card => "CARD",
            Self::Gift => "GIFT_CARD",
            Self::Check => "CHECK",
        }
    }
}

impl Account {
    /// The path of a category from the root.
    pub(crate) fn path(&self, category: usize) -> String {
        let own = &self.categories[category];
        match own.parent {
            Some(parent) => format!("{}/{}", self.path(parent), own.name),
            None => own.name.clone(),
        }
    }

    pub(crate) fn books(&self) -> Books {
        let number = |n: usize| (n + 1).to_string();
        let item = |n: usize| {
            let item = &self.items[n];
            let entry = ItemEntry {
                name: item.name.clone(),
                category: self.path(item.category),
                price: item.price,
                cost: item.cost,
                archived: item.archived,
                shelves: item.shelves.iter().enumerate().map(|(shop, shelf)| (number(shop), shelf.0)).collect(),
            };
            (number(n), entry)
        };
        let customer = |n: usize| {
            let known = &self.customers[n];
            let personal = (known.name.0.clone(), known.name.1.clone(), known.email.clone());
            (number(n), CustomerEntry { personal: (!known.archived).then_some(personal) })
        };
        Books {
            sales: self.sales.iter().map(|sale| (sale.id.to_string(), self.entry(sale))).collect(),
            items: (0..self.items.len()).map(item).collect(),
            customers: (0..self.customers.len()).map(customer).collect(),
        }
    }

    fn entry(&self, sale: &Sale) -> SaleEntry {
        let state = match (sale.completed.is_some(), sale.voided || sale.archived) {
            (_, true) => "CANCELED",
            (true, false) => "COMPLETED",
            (false, false) => "OPEN",
        };
        let line = |line: &super::account::Line| {
            (line.id.to_string(), ((line.item + 1).to_string(), line.quantity, line.price))
        };
        let kept = |pay: &&super::account::Pay| {
            let amount = pay.amount - if pay.kind == Kind::Cash { sale.change } else { 0 };
            (pay.id.to_string(), (pay.kind.word().to_owned(), amount))
        };
        SaleEntry {
            shop: (sale.shop + 1).to_string(),
            customer: sale.customer.map(|n| (n + 1).to_string()),
            state: state.to_owned(),
            day: self.shops[sale.shop].rule.day_of(sale.completed.unwrap_or(sale.created)).to_string(),
            total: sale.total() + sale.tip,
            tax: sale.tax(),
            tip: sale.tip,
            lines: sale.lines.iter().map(line).collect(),
            payments: sale.payments.iter().filter(|pay| !pay.archived).map(|pay| kept(&pay)).collect(),
        }
    }

    /// The sums by business day.
    pub(crate) fn truth(&self) -> Truth {
        let mut truth = Truth {
            orders: self.sales.len() as u64,
            customers: self.customers.iter().filter(|c| !c.archived).count() as u64,
            items: self.items.iter().filter(|i| !i.archived).count() as u64,
            ..Truth::default()
        };
        for sale in &self.sales {
            let paid = sale.payments.iter().filter(|p| !p.archived);
            truth.payments += paid.clone().filter(|p| p.amount >= 0).count() as u64;
            truth.refunds += paid.clone().filter(|p| p.amount < 0).count() as u64;
            let Some(at) = sale.completed.filter(|_| !sale.voided) else { continue };
            let day = self.shops[sale.shop].rule.day_of(at).to_string();
            let taken: i64 = paid.clone().filter(|p| p.amount >= 0).map(|p| p.amount).sum();
            let given: i64 = -paid.clone().filter(|p| p.amount < 0).map(|p| p.amount).sum::<i64>();
            let times = paid.filter(|p| p.amount >= 0).count() as u64;
            let place = truth.by_location.entry((sale.shop + 1).to_string()).or_default();
            for sum in [place.entry(day.clone()).or_default(), truth.days.entry(day.clone()).or_default()] {
                let kept = if taken > 0 { taken - sale.change - sale.tip } else { 0 };
                sum.collected_minor += kept;
                sum.tips_minor += sale.tip;
                sum.refunded_minor += given;
                sum.net_minor += kept - given;
                sum.transactions += times;
                if let Some(customer) = sale.customer.filter(|_| times > 0) {
                    sum.customers.insert((customer + 1).to_string());
                }
            }
        }
        truth
    }
}
