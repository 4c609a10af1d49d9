//! What happens in the shop, each moving the times that Lightspeed moves, and the shop's own sums.

use super::account::{Account, Kind, Pay, Sale};
use crate::random::Rng;
use crate::square::Truth;
use backroom_core::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Change {
    /// A sale as the dice of this number fall.
    Sell {
        /// Where the dice start.
        dice: u64,
    },
    /// A completed sale is voided.
    Void {
        /// The sale's place in the order of making, counted around.
        sale: usize,
    },
    /// The sale was paid by gift card after all: the payment is another one now.
    Repay {
        /// As above.
        sale: usize,
    },
    /// All of a sale comes back: a sale of its own with negative amounts.
    Refund {
        /// As above.
        sale: usize,
    },
    /// An item is put away or taken out again.
    Archive {
        /// The item's place in the catalog, counted around.
        item: usize,
    },
    /// An item has another price.
    Price {
        /// As above.
        item: usize,
        /// Minor units.
        minor: i64,
    },
    /// Somebody counted: so many are on the first shop's shelf. The item's own time does not move.
    Stock {
        /// As above.
        item: usize,
        /// Thousandths.
        milli: i64,
    },
}

impl Account {
    pub(crate) fn change(&mut self, change: &Change, now: Timestamp) -> Result<Option<String>, String> {
        let now = Timestamp::from_seconds(now.micros().div_euclid(1_000_000));
        match *change {
            Change::Sell { dice } => return Ok(Some(self.ring(&mut Rng::at(dice, 7), now).to_string())),
            Change::Void { sale } => {
                let moves = self.quirks.void_moves_stamp;
                let sale = self.completed(sale)?;
                sale.voided = true;
                sale.touch(now, moves);
            }
            Change::Repay { sale } => {
                let (moves, id) = (self.quirks.void_moves_stamp, self.next_payment);
                self.next_payment += 1;
                let sale = self.completed(sale)?;
                let due = sale.total() + sale.tip;
                sale.payments = vec![Pay { id, kind: Kind::Gift, amount: due, archived: false }];
                sale.change = 0;
                sale.touch(now, moves);
            }
            Change::Refund { sale } => {
                let place = self.place(sale)?;
                return self.refund_sale(place, now).map(|id| Some(id.to_string()));
            }
            Change::Archive { item } => {
                let item = self.item(item);
                item.archived = !item.archived;
                item.stamp = now;
            }
            Change::Price { item, minor } => {
                let item = self.item(item);
                item.price = minor;
                item.stamp = now;
            }
            Change::Stock { item, milli } => self.item(item).shelves[0] = (milli, now),
        }
        Ok(None)
    }

    fn item(&mut self, n: usize) -> &mut super::account::Item {
        let count = self.items.len();
        &mut self.items[n % count]
    }

    fn place(&self, n: usize) -> Result<usize, String> {
        if self.sales.is_empty() { Err("there is no sale".to_owned()) } else { Ok(n % self.sales.len()) }
    }

    fn completed(&mut self, n: usize) -> Result<&mut Sale, String> {
        let place = self.place(n)?;
        let sale = &mut self.sales[place];
        let fine = sale.completed.is_some() && !sale.voided && sale.total() > 0;
        if fine { Ok(sale) } else { Err("only a completed sale can be changed so".to_owned()) }
    }

    pub(crate) fn refund_sale(&mut self, place: usize, at: Timestamp) -> Result<u64, String> {
        let of = self.sales.get(place).cloned().ok_or("there is no such sale")?;
        if of.completed.is_none() || of.voided || of.total() <= 0 {
            return Err("only a completed sale can be refunded".to_owned());
        }
        let id = self.sales.len() as u64 + 1;
        let mut back = Sale {
            id,
            created: at,
            completed: Some(at),
            stamp: at,
            updated: at,
            tip: 0,
            change: 0,
            payments: Vec::new(),
            ..of.clone()
        };
        for line in &mut back.lines {
            line.parent = line.id;
            line.id = self.next_line;
            self.next_line += 1;
            line.quantity = -line.quantity;
            line.discount = -line.discount;
            line.tax = -line.tax;
            let shelf = &mut self.items[line.item].shelves[of.shop];
            *shelf = (shelf.0 - line.quantity, at);
        }
        let kind = of.payments.first().map_or(Kind::Cash, |p| p.kind);
        back.payments.push(Pay { id: self.next_payment, kind, amount: back.total(), archived: false });
        self.next_payment += 1;
        self.sales.push(back);
        Ok(id)
    }

    /// Adds everything up, from the state and not from what is told.
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

impl Sale {
    fn touch(&mut self, now: Timestamp, stamp: bool) {
        self.updated = now;
        if stamp {
            self.stamp = now;
        }
    }
}
