//! What happens in the shop, each moving the times that Lightspeed moves.

use super::account::{Account, Customer, Item};
use crate::random::Rng;
use backroom_core::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that happens. Sales, items and customers are meant by their place in the order of making, counted around.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Change {
    /// A sale as the dice of this number fall.
    Sell {
        /// Where the dice start.
        dice: u64,
    },
    /// A basket is laid away: open, half of it paid where the dice say so.
    LayAway {
        /// Where the dice start.
        dice: u64,
    },
    /// In an open basket one thing takes the place of another.
    Amend {
        /// The sale.
        sale: usize,
        /// Where the dice start.
        dice: u64,
    },
    /// An open sale is paid and completed now, however long ago it was made.
    Complete {
        /// The sale.
        sale: usize,
    },
    /// An open sale is given up.
    GiveUp {
        /// The sale.
        sale: usize,
    },
    /// A completed sale is voided.
    Void {
        /// The sale.
        sale: usize,
    },
    /// The sale was paid by gift card after all: the payment is another one now.
    Repay {
        /// The sale.
        sale: usize,
    },
    /// What did not come back yet of a sale comes back: a sale of its own with negative amounts.
    Refund {
        /// The sale.
        sale: usize,
    },
    /// A part of one line comes back.
    RefundPart {
        /// The sale.
        sale: usize,
        /// The line's place in the sale, counted around.
        line: usize,
        /// Thousandths, in whole pieces and at most what did not come back yet.
        milli: i64,
    },
    /// Something comes back and something else goes out, in one sale.
    Exchange {
        /// The sale.
        sale: usize,
        /// Where the dice start.
        dice: u64,
    },
    /// An item is put away, which takes all of it from the shelves for good, or taken out again.
    Archive {
        /// The item.
        item: usize,
    },
    /// An item has another price.
    Price {
        /// The item.
        item: usize,
        /// Minor units.
        minor: i64,
    },
    /// An item moves to another category.
    Move {
        /// The item.
        item: usize,
        /// The category's place, counted around.
        category: usize,
    },
    /// Somebody counted: so many are on a shop's shelf. The item's own time does not move.
    Stock {
        /// The item.
        item: usize,
        /// The shop's place, counted around.
        #[serde(default)]
        shop: usize,
        /// Thousandths.
        milli: i64,
    },
    /// A delivery: more on a shelf, at another average cost. The item's own time does not move.
    Deliver {
        /// The item.
        item: usize,
        /// The shop's place, counted around.
        shop: usize,
        /// Thousandths.
        milli: i64,
        /// What one costs on average from now on, in minor units.
        cost: i64,
    },
    /// A category has another name, and with it all below it another path. No item's time moves.
    RenameCategory {
        /// The category's place, counted around.
        category: usize,
    },
    /// A new item.
    NewItem {
        /// Minor units.
        minor: i64,
    },
    /// A new customer.
    NewCustomer,
    /// A customer has another name and address.
    RenameCustomer {
        /// The customer.
        customer: usize,
    },
    /// A customer is put away or taken out again.
    ArchiveCustomer {
        /// The customer.
        customer: usize,
    },
}

impl Account {
    pub(crate) fn change(&mut self, change: &Change, now: Timestamp) -> Result<Option<String>, String> {
        let now = Timestamp::from_seconds(now.micros().div_euclid(1_000_000));
        let made = match *change {
            Change::Sell { dice } => Some(self.ring(&mut Rng::at(dice, 7), now)),
            Change::LayAway { dice } => Some(self.lay_away(&mut Rng::at(dice, 7), now)),
            Change::Refund { sale } => Some(self.refund(self.place(sale)?, now)?),
            Change::RefundPart { sale, line, milli } => Some(self.refund_part(self.place(sale)?, line, milli, now)?),
            Change::Exchange { sale, dice } => Some(self.exchange(self.place(sale)?, &mut Rng::at(dice, 7), now)?),
            Change::Amend { sale, dice } => done(self.amend(self.place(sale)?, &mut Rng::at(dice, 7), now)?),
            Change::Complete { sale } => done(self.complete(self.place(sale)?, now)?),
            Change::GiveUp { sale } => done(self.give_up(self.place(sale)?, now)?),
            Change::Void { sale } => done(self.void(self.place(sale)?, now)?),
            Change::Repay { sale } => done(self.repay(self.place(sale)?, now)?),
            _ => done(self.change_goods_or_people(change, now)?),
        };
        Ok(made.map(|id| id.to_string()))
    }

    fn change_goods_or_people(&mut self, change: &Change, now: Timestamp) -> Result<(), String> {
        let shops = self.shops.len();
        match *change {
            Change::Archive { item } => {
                let item = self.item(item);
                item.archived = !item.archived;
                item.stamp = now;
                if item.archived {
                    item.shelves.fill((0, now));
                }
            }
            Change::Price { item, minor } => {
                let item = self.item(item);
                item.price = minor;
                item.stamp = now;
            }
            Change::Move { item, category } => {
                let category = category % self.categories.len();
                let item = self.item(item);
                item.category = category;
                item.stamp = now;
            }
            Change::Stock { item, shop, milli } => self.item(item).shelves[shop % shops] = (milli, now),
            Change::Deliver { item, shop, milli, cost } => {
                let item = self.item(item);
                let shelf = &mut item.shelves[shop % shops];
                *shelf = (shelf.0 + milli.abs(), now);
                item.cost = cost;
            }
            Change::RenameCategory { category } => {
                let place = category % self.categories.len();
                let category = &mut self.categories[place];
                category.name.push_str(" anew");
                category.stamp = now;
            }
            Change::NewItem { minor } => {
                let (n, stamp) = (self.items.len(), now);
                let shelves = vec![(0, now); shops];
                let name = format!("Newcomer No. {}", n + 1);
                self.items.push(Item {
                    name,
                    price: minor,
                    cost: minor / 2,
                    category: 0,
                    archived: false,
                    stamp,
                    shelves,
                });
            }
            Change::NewCustomer => {
                let n = self.customers.len();
                let name = (format!("Given{n}"), format!("Invented{n}"));
                let email = format!("invented{n}@example.com");
                self.customers.push(Customer { name, email, archived: false, stamp: now });
            }
            Change::RenameCustomer { customer } => {
                let customer = self.customer(customer)?;
                customer.name.1.push_str("-Example");
                customer.email = format!("a{}", customer.email);
                customer.stamp = now;
            }
            Change::ArchiveCustomer { customer } => {
                let customer = self.customer(customer)?;
                customer.archived = !customer.archived;
                customer.stamp = now;
            }
            _ => return Err("this is a change of a sale".to_owned()),
        }
        Ok(())
    }

    fn item(&mut self, n: usize) -> &mut Item {
        let count = self.items.len();
        &mut self.items[n % count]
    }

    fn customer(&mut self, n: usize) -> Result<&mut Customer, String> {
        let count = self.customers.len().max(1);
        self.customers.get_mut(n % count).ok_or_else(|| "there is no customer".to_owned())
    }

    fn place(&self, n: usize) -> Result<usize, String> {
        if self.sales.is_empty() { Err("there is no sale".to_owned()) } else { Ok(n % self.sales.len()) }
    }
}

/// No sale came of it.
fn done((): ()) -> Option<u64> {
    None
}
