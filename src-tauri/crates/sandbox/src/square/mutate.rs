//! What can happen in a shop after its history: sales, tips, refunds, late arrivals, edits.

use super::Square;
use super::account::{Account, Method, Refund, RefundState, Sale, Status, WALK_IN};
use super::basket::Basket;
use crate::random::Rng;
use crate::text::Named;
use crate::wire::write;
use backroom_core::Timestamp;
use serde::{Deserialize, Serialize};

/// A line of a sale to make.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SaleLine {
    /// The item by its id; the dice choose where absent.
    #[serde(default)]
    pub item_id: Option<String>,
    /// In thousandths; 0 counts as one.
    #[serde(default)]
    pub quantity_milli: i64,
    /// Price of one in minor units; today's price where absent.
    #[serde(default)]
    pub price_minor: Option<i64>,
}

/// A sale to make.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewSale {
    /// When; now where absent (RFC 3339 on the control endpoint).
    pub at: Option<String>,
    /// Where, as a number counted from the main location.
    pub location: usize,
    /// To whom.
    pub customer_id: Option<String>,
    /// Tip in minor units.
    pub tip_minor: i64,
    /// In cash rather than by card.
    pub cash: bool,
    /// What; one thing by the dice where empty.
    pub lines: Vec<SaleLine>,
}

/// A sale that reaches Square late.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LateOrder {
    /// The sale; `at` is when it was made.
    pub sale: NewSale,
    /// `updated_at` is as old as `created_at`, so that only an overlap finds it.
    pub updated_is_old: bool,
}

/// A sale that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleMade {
    /// Its payment.
    pub payment_id: String,
    /// Its order.
    pub order_id: String,
    /// Without tip, in minor units.
    pub amount_minor: i64,
}

/// A command about something that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchThing {
    /// No such payment.
    #[error("no payment has this id")]
    Payment,
    /// No such item.
    #[error("no item has this id")]
    Item,
    /// No such customer.
    #[error("no customer has this id")]
    Customer,
    /// No such location.
    #[error("no location has this number")]
    Location,
    /// More than is left of the payment, or nothing.
    #[error("a refund is more than nothing and at most what is left of the payment")]
    Amount,
    /// A time that is none.
    #[error("a time is written in RFC 3339")]
    Time,
}

/// The times of a sale on its way to Square.
struct Times {
    taken: i64,
    created: i64,
    updated: i64,
    order_created: i64,
    order_updated: i64,
    /// When the stock is counted anew: when Square hears of it, however old the order says it is.
    counted: i64,
}

impl Account {
    fn ring(&mut self, sale: &NewSale, times: &Times) -> Result<SaleMade, NoSuchThing> {
        if sale.location >= self.spec.locations.len() {
            return Err(NoSuchThing::Location);
        }
        let customer = match &sale.customer_id {
            Some(id) => self.find(Named::Customer, id).ok_or(NoSuchThing::Customer)? as u32,
            None => WALK_IN,
        };
        let mut dice = Rng::at(self.spec.seed ^ 0x4E35, self.sales.len() as u64);
        let one = [SaleLine::default()];
        let wanted: &[SaleLine] = if sale.lines.is_empty() { &one } else { &sale.lines };
        let mut lines = Vec::new();
        for line in wanted {
            let variation = match &line.item_id {
                Some(id) => self.catalog.items[self.find(Named::Item, id).ok_or(NoSuchThing::Item)?].variations.start,
                None => self.catalog.choose(&mut dice),
            };
            let quantity = if line.quantity_milli > 0 { line.quantity_milli } else { 1_000 };
            lines.push((variation, quantity, line.price_minor.or(self.catalog.variations[variation].price)));
        }
        let basket = Basket::price(&self.catalog, self.spec.tax_basis_points, &lines, 0);
        let amount = basket.total();
        for (variation, quantity, _) in &lines {
            let count = self.spec.locations.len();
            if let Some(stock) = self.catalog.stock.get_mut(variation * count + sale.location) {
                stock.quantity -= quantity;
                stock.updated = times.counted.max(stock.updated + 1);
            }
        }
        let fee = if sale.cash { 0 } else { -self.fee(amount + sale.tip_minor) };
        let row = self.sales.len();
        self.rung.insert(row as u32, basket.lines);
        self.admit(Sale {
            created: times.created,
            updated: times.updated,
            taken: times.taken,
            order_created: times.order_created,
            order_updated: times.order_updated,
            amount,
            tip: sale.tip_minor.max(0),
            refunded: 0,
            fee,
            customer,
            location: sale.location as u16,
            method: if sale.cash { Method::Cash } else { Method::Card },
            status: Status::Completed,
            version: 1,
        });
        Ok(SaleMade {
            payment_id: self.id(Named::Payment, row).to_string(),
            order_id: self.id(Named::Order, row).to_string(),
            amount_minor: amount,
        })
    }

    /// A sale; it reaches Square as it is made.
    pub(crate) fn add_sale(&mut self, sale: &NewSale, now: i64) -> Result<SaleMade, NoSuchThing> {
        let at = moment(sale.at.as_deref())?.unwrap_or(now);
        let times =
            Times { taken: at, created: at, updated: at, order_created: at - 5_000, order_updated: at, counted: now };
        self.ring(sale, &times)
    }

    /// A card payment taken at `sale.at` while the line was down, uploaded now.
    pub(crate) fn offline_sale(&mut self, sale: &NewSale, now: i64) -> Result<SaleMade, NoSuchThing> {
        let at = moment(sale.at.as_deref())?.unwrap_or(now - 3_600_000);
        let times = Times {
            taken: at,
            created: now,
            updated: now,
            order_created: at - 5_000,
            order_updated: now,
            counted: now,
        };
        self.ring(sale, &times)
    }

    /// A sale whose order and payment appear now with a `created_at` of `sale.at`.
    pub(crate) fn late_order(&mut self, late: &LateOrder, now: i64) -> Result<SaleMade, NoSuchThing> {
        let at = moment(late.sale.at.as_deref())?.unwrap_or(now - 71 * 3_600_000);
        let updated = if late.updated_is_old { at } else { now };
        let times =
            Times { taken: at, created: at, updated, order_created: at - 5_000, order_updated: updated, counted: now };
        self.ring(&late.sale, &times)
    }

    pub(crate) fn add_tip(&mut self, payment_id: &str, tip_minor: i64, now: i64) -> Result<(), NoSuchThing> {
        let row = self.find(Named::Payment, payment_id).ok_or(NoSuchThing::Payment)?;
        self.amend(row, |sale| {
            sale.tip = tip_minor.max(0);
            sale.updated = now.max(sale.updated + 1);
            sale.order_updated = now.max(sale.order_updated + 1);
        });
        Ok(())
    }

    /// Gives back an amount, or all that is left; the refund's id.
    pub(crate) fn refund(&mut self, payment_id: &str, amount: Option<i64>, now: i64) -> Result<String, NoSuchThing> {
        let row = self.find(Named::Payment, payment_id).ok_or(NoSuchThing::Payment)?;
        let sale = &self.sales[row];
        let left = sale.amount + sale.tip - sale.refunded;
        let amount = amount.unwrap_or(left);
        if sale.status != Status::Completed || amount < 1 || amount > left {
            return Err(NoSuchThing::Amount);
        }
        let refund = self.admit_refund(Refund {
            sale: row as u32,
            amount,
            created: now,
            updated: now,
            state: RefundState::Completed,
            reason: "Returned goods",
        });
        self.amend(row, |sale| {
            sale.refunded += amount;
            sale.updated = now.max(sale.updated + 1);
        });
        Ok(self.refund_id(refund))
    }

    fn item(&mut self, id: &str, now: i64) -> Result<&mut super::catalog::Item, NoSuchThing> {
        let number = self.find(Named::Item, id).ok_or(NoSuchThing::Item)?;
        let latest = self.catalog.latest();
        let item = &mut self.catalog.items[number];
        // Two edits in the same millisecond still have an order.
        item.updated = now.max(latest + 1);
        Ok(item)
    }

    pub(crate) fn delete_item(&mut self, id: &str, now: i64) -> Result<(), NoSuchThing> {
        self.item(id, now)?.deleted = true;
        Ok(())
    }

    pub(crate) fn archive_item(&mut self, id: &str, archived: bool, now: i64) -> Result<(), NoSuchThing> {
        self.item(id, now)?.archived = archived;
        Ok(())
    }

    pub(crate) fn edit_price(&mut self, id: &str, price_minor: i64, now: i64) -> Result<(), NoSuchThing> {
        let item = self.item(id, now)?;
        let (range, updated) = (item.variations.clone(), item.updated);
        for variation in &mut self.catalog.variations[range] {
            variation.price = Some(price_minor);
            variation.updated = updated;
        }
        Ok(())
    }

    pub(crate) fn delete_customer(&mut self, id: &str) -> Result<(), NoSuchThing> {
        let number = self.find(Named::Customer, id).ok_or(NoSuchThing::Customer)?;
        self.customers[number].deleted = true;
        Ok(())
    }

    pub(crate) fn rename_customer(&mut self, id: &str, given: &str, now: i64) -> Result<(), NoSuchThing> {
        let number = self.find(Named::Customer, id).ok_or(NoSuchThing::Customer)?;
        let customer = &mut self.customers[number];
        given.clone_into(&mut customer.given);
        customer.updated = now.max(customer.updated + 1);
        customer.version += 1;
        Ok(())
    }
}

fn moment(text: Option<&str>) -> Result<Option<i64>, NoSuchThing> {
    text.map(|t| Timestamp::parse(t).map(|at| at.micros().div_euclid(1_000)).map_err(|_| NoSuchThing::Time)).transpose()
}

/// The same events for tests in this process; the control endpoint has them for others.
impl Square {
    /// Makes a sale.
    ///
    /// # Errors
    /// An unknown item, customer or location.
    pub fn add_sale(&self, sale: &NewSale) -> Result<SaleMade, NoSuchThing> {
        write(&self.shared.account).add_sale(sale, self.shared.now())
    }

    /// Uploads a card payment that was taken offline at `sale.at` (an hour ago where absent).
    ///
    /// # Errors
    /// As `add_sale`.
    pub fn offline_sale(&self, sale: &NewSale) -> Result<SaleMade, NoSuchThing> {
        write(&self.shared.account).offline_sale(sale, self.shared.now())
    }

    /// Lets an old order arrive only now.
    ///
    /// # Errors
    /// As `add_sale`.
    pub fn late_order(&self, late: &LateOrder) -> Result<SaleMade, NoSuchThing> {
        write(&self.shared.account).late_order(late, self.shared.now())
    }

    /// Sets the tip of a payment, in minor units.
    ///
    /// # Errors
    /// An unknown payment.
    pub fn add_tip(&self, payment_id: &str, tip_minor: i64) -> Result<(), NoSuchThing> {
        write(&self.shared.account).add_tip(payment_id, tip_minor, self.shared.now())
    }

    /// Gives money back: `amount` minor units, or all that is left. Answers with the refund's id.
    ///
    /// # Errors
    /// An unknown payment, or more than is left of it.
    pub fn refund(&self, payment_id: &str, amount: Option<i64>) -> Result<String, NoSuchThing> {
        write(&self.shared.account).refund(payment_id, amount, self.shared.now())
    }

    /// Deletes an item.
    ///
    /// # Errors
    /// An unknown item.
    pub fn delete_item(&self, item_id: &str) -> Result<(), NoSuchThing> {
        write(&self.shared.account).delete_item(item_id, self.shared.now())
    }

    /// Archives an item or takes it back.
    ///
    /// # Errors
    /// An unknown item.
    pub fn archive_item(&self, item_id: &str, archived: bool) -> Result<(), NoSuchThing> {
        write(&self.shared.account).archive_item(item_id, archived, self.shared.now())
    }

    /// Sets the price of all variations of an item, in minor units.
    ///
    /// # Errors
    /// An unknown item.
    pub fn edit_price(&self, item_id: &str, price_minor: i64) -> Result<(), NoSuchThing> {
        write(&self.shared.account).edit_price(item_id, price_minor, self.shared.now())
    }

    /// Deletes a customer; the payments keep the id.
    ///
    /// # Errors
    /// An unknown customer.
    pub fn delete_customer(&self, customer_id: &str) -> Result<(), NoSuchThing> {
        write(&self.shared.account).delete_customer(customer_id)
    }

    /// Gives a customer another given name.
    ///
    /// # Errors
    /// An unknown customer.
    pub fn rename_customer(&self, customer_id: &str, given: &str) -> Result<(), NoSuchThing> {
        write(&self.shared.account).rename_customer(customer_id, given, self.shared.now())
    }
}
