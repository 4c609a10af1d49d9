//! What the till does: sales rung up, laid away, completed, brought back in whole or in part, and exchanged.

use super::account::{Account, EMPLOYEES, Kind, Line, Pay, Sale};
use crate::random::Rng;
use backroom_core::Timestamp;

/// 8.25 %, in ten-millionths of the major unit for each minor unit of goods.
const TAX: i64 = 8_250;

/// A thing in the basket: item, quantity in thousandths (negative where it comes back) and discount in minor units.
type Chosen = (usize, i64, i64);

impl Account {
    /// Rings a sale up as the dice fall: mostly completed, now and then open or voided.
    pub(crate) fn ring(&mut self, dice: &mut Rng, at: Timestamp) -> u64 {
        let shop = dice.index(self.shops.len());
        let lines = 1 + dice.below(3);
        let chosen: Vec<Chosen> = (0..lines).map(|_| self.choose(dice)).collect();
        let kind = dice.pick(&[Kind::Card, Kind::Card, Kind::Cash, Kind::Gift]);
        let customer =
            if dice.chance(40.0) && !self.customers.is_empty() { Some(dice.index(self.customers.len())) } else { None };
        let tip = if dice.chance(10.0) { 200 } else { 0 };
        let roll = dice.below(40);
        let kind = if roll == 3 { Kind::Check } else { kind };
        let id = self.sell(shop, customer, &chosen, kind, tip, at);
        let second = self.next_payment;
        let Some(sale) = self.sales.last_mut() else { return id };
        match roll {
            0 => sale.reopen(),
            1 => sale.voided = true,
            2 if sale.payments[0].kind != Kind::Cash && sale.payments[0].amount > 100 => {
                // Paid in two parts.
                let half = sale.payments[0].amount / 2;
                sale.payments[0].amount -= half;
                sale.payments.push(Pay { id: second, kind: Kind::Card, amount: half, archived: false });
                self.next_payment += 1;
            }
            _ => {}
        }
        id
    }

    /// Something that is on sale.
    fn choose(&self, dice: &mut Rng) -> Chosen {
        let (first, count) = (dice.index(self.items.len()), self.items.len());
        let item = (first..first + count).map(|n| n % count).find(|n| !self.items[*n].archived).unwrap_or(first);
        let discount = if dice.chance(15.0) { 50 } else { 0 };
        (item, 1_000 * (1 + dice.below(3).cast_signed()), discount)
    }

    /// A line of a sale; what is on the shelf moves with it.
    fn line(&mut self, shop: usize, (item, quantity, discount): Chosen, at: Timestamp) -> Line {
        let price = self.items[item].price;
        let id = self.next_line;
        self.next_line += 1;
        self.move_shelf(item, shop, -quantity, at);
        let tax = (quantity * price / 1_000 - discount) * TAX;
        Line { id, item, quantity, price, discount, tax, parent: 0, back: 0 }
    }

    fn move_shelf(&mut self, item: usize, shop: usize, by: i64, at: Timestamp) {
        let shelf = &mut self.items[item].shelves[shop];
        *shelf = (shelf.0 + by, at);
    }

    /// One completed sale.
    fn sell(
        &mut self,
        shop: usize,
        customer: Option<usize>,
        chosen: &[Chosen],
        kind: Kind,
        tip: i64,
        at: Timestamp,
    ) -> u64 {
        let lines = chosen.iter().map(|one| self.line(shop, *one, at)).collect();
        let mut sale = self.begin(shop, customer, lines, at);
        sale.tip = if kind == Kind::Card { tip } else { 0 };
        let due = sale.total() + sale.tip;
        let amount = if kind == Kind::Cash { (due + 999) / 1_000 * 1_000 } else { due };
        sale.change = amount - due;
        self.pay(&mut sale, kind, amount);
        let id = sale.id;
        self.sales.push(sale);
        id
    }

    /// A completed sale without payments, not in the books yet.
    fn begin(&self, shop: usize, customer: Option<usize>, lines: Vec<Line>, at: Timestamp) -> Sale {
        let id = self.sales.len() as u64 + 1;
        Sale {
            id,
            shop,
            customer,
            employee: 1 + id % EMPLOYEES.len() as u64,
            created: at.plus_seconds(-90),
            completed: Some(at),
            stamp: at,
            updated: at,
            voided: false,
            archived: false,
            tip: 0,
            change: 0,
            lines,
            payments: Vec::new(),
        }
    }

    fn pay(&mut self, sale: &mut Sale, kind: Kind, amount: i64) {
        if amount != 0 {
            sale.payments.push(Pay { id: self.next_payment, kind, amount, archived: false });
            self.next_payment += 1;
        }
    }

    /// Rings up what is paid and taken away later, half of it paid now where it is worth it.
    pub(crate) fn lay_away(&mut self, dice: &mut Rng, at: Timestamp) -> u64 {
        let shop = dice.index(self.shops.len());
        let chosen: Vec<Chosen> = (0..1 + dice.below(3)).map(|_| self.choose(dice)).collect();
        let lines = chosen.iter().map(|one| self.line(shop, *one, at)).collect();
        let mut sale = self.begin(shop, None, lines, at);
        sale.completed = None;
        let deposit = if dice.chance(50.0) { sale.total() / 2 } else { 0 };
        self.pay(&mut sale, Kind::Card, deposit);
        let id = sale.id;
        self.sales.push(sale);
        id
    }

    /// Takes the first thing out of an open basket and puts another in.
    pub(crate) fn amend(&mut self, place: usize, dice: &mut Rng, at: Timestamp) -> Result<(), String> {
        self.open_sale(place)?;
        let chosen = self.choose(dice);
        let shop = self.sales[place].shop;
        let fresh = self.line(shop, chosen, at);
        let sale = &mut self.sales[place];
        let gone = (!sale.lines.is_empty()).then(|| sale.lines.remove(0));
        sale.lines.push(fresh);
        sale.touch(at, true, true);
        if let Some(gone) = gone {
            self.move_shelf(gone.item, shop, gone.quantity, at);
        }
        Ok(())
    }

    /// What is still due is paid by card, and the sale is completed: it counts from now on, on today.
    pub(crate) fn complete(&mut self, place: usize, at: Timestamp) -> Result<(), String> {
        self.open_sale(place)?;
        let mut sale = self.sales[place].clone();
        let paid: i64 = sale.payments.iter().map(|pay| pay.amount).sum();
        let rest = sale.total() - paid;
        self.pay(&mut sale, Kind::Card, rest);
        sale.completed = Some(at);
        sale.touch(at, true, true);
        self.sales[place] = sale;
        Ok(())
    }

    /// An open basket is given up: it is archived, and its things go back.
    pub(crate) fn give_up(&mut self, place: usize, at: Timestamp) -> Result<(), String> {
        self.open_sale(place)?;
        self.sales[place].archived = true;
        self.sales[place].touch(at, true, true);
        self.put_back(place, at);
        Ok(())
    }

    /// A completed sale is voided, and its things go back.
    pub(crate) fn void(&mut self, place: usize, at: Timestamp) -> Result<(), String> {
        let (stamp, update) = (self.quirks.void_moves_stamp, self.quirks.void_moves_update);
        let sale = self.completed(place)?;
        sale.voided = true;
        sale.touch(at, stamp, update);
        self.put_back(place, at);
        Ok(())
    }

    fn put_back(&mut self, place: usize, at: Timestamp) {
        let shop = self.sales[place].shop;
        for (item, quantity) in self.sales[place].lines.iter().map(|l| (l.item, l.quantity)).collect::<Vec<_>>() {
            self.move_shelf(item, shop, quantity, at);
        }
    }

    /// The sale was paid by gift card after all: the payment is another one now.
    pub(crate) fn repay(&mut self, place: usize, at: Timestamp) -> Result<(), String> {
        let (stamp, update) = (self.quirks.void_moves_stamp, self.quirks.void_moves_update);
        let id = self.next_payment;
        let sale = self.completed(place)?;
        let due = sale.total() + sale.tip;
        sale.payments = vec![Pay { id, kind: Kind::Gift, amount: due, archived: false }];
        sale.change = 0;
        sale.touch(at, stamp, update);
        self.next_payment += 1;
        Ok(())
    }

    /// All that did not come back yet comes back.
    pub(crate) fn refund(&mut self, place: usize, at: Timestamp) -> Result<u64, String> {
        let of = self.completed(place)?.lines.clone();
        let lines = of.iter().map(|line| (line.id, line.quantity - line.back)).collect::<Vec<_>>();
        self.bring_back(place, &lines, &[], at)
    }

    /// So much of one line comes back, at most what did not come back yet.
    pub(crate) fn refund_part(&mut self, place: usize, line: usize, milli: i64, at: Timestamp) -> Result<u64, String> {
        let of = self.completed(place)?.lines.clone();
        let line = &of[line % of.len()];
        let whole = (milli / 1_000).max(1) * 1_000;
        self.bring_back(place, &[(line.id, whole.min(line.quantity - line.back))], &[], at)
    }

    /// The first line comes back and something else goes out, in one sale.
    pub(crate) fn exchange(&mut self, place: usize, dice: &mut Rng, at: Timestamp) -> Result<u64, String> {
        let of = self.completed(place)?.lines.first().cloned().ok_or("there is nothing to exchange")?;
        let chosen = self.choose(dice);
        self.bring_back(place, &[(of.id, of.quantity - of.back)], &[chosen], at)
    }

    /// A sale of its own with negative quantities; what goes out instead is in it too.
    fn bring_back(
        &mut self,
        place: usize,
        back: &[(u64, i64)],
        instead: &[Chosen],
        at: Timestamp,
    ) -> Result<u64, String> {
        let of = self.sales[place].clone();
        if back.iter().all(|(_, quantity)| *quantity <= 0) {
            return Err("all of it came back already".to_owned());
        }
        let mut lines = Vec::new();
        for &(id, quantity) in back.iter().filter(|(_, quantity)| *quantity > 0) {
            let Some(sold) = of.lines.iter().find(|line| line.id == id) else { continue };
            let fresh = self.next_line;
            self.next_line += 1;
            let discount = -(sold.discount * quantity / sold.quantity);
            let goods = -quantity * sold.price / 1_000 - discount;
            let line = Line {
                id: fresh,
                quantity: -quantity,
                discount,
                tax: goods * TAX,
                parent: id,
                back: 0,
                ..sold.clone()
            };
            self.move_shelf(line.item, of.shop, quantity, at);
            lines.push(line);
        }
        for line in self.sales[place].lines.iter_mut() {
            line.back += back.iter().find(|(id, _)| *id == line.id).map_or(0, |(_, quantity)| (*quantity).max(0));
        }
        for chosen in instead {
            let line = self.line(of.shop, *chosen, at);
            lines.push(line);
        }
        let mut sale = self.begin(of.shop, of.customer, lines, at);
        sale.created = at;
        sale.employee = of.employee;
        let kind = of.payments.first().map_or(Kind::Card, |pay| pay.kind);
        let total = sale.total();
        self.pay(&mut sale, kind, total);
        let id = sale.id;
        self.sales.push(sale);
        Ok(id)
    }

    fn completed(&mut self, place: usize) -> Result<&mut Sale, String> {
        let sale = self.sales.get_mut(place).ok_or("there is no such sale")?;
        // A sale of which something is negative is one that came back.
        let fine = sale.completed.is_some() && !sale.voided && sale.lines.iter().all(|line| line.quantity > 0);
        if fine { Ok(sale) } else { Err("only a completed sale can be changed so".to_owned()) }
    }

    fn open_sale(&self, place: usize) -> Result<(), String> {
        let open = |sale: &&Sale| sale.completed.is_none() && !sale.archived && !sale.voided;
        self.sales.get(place).filter(open).map(drop).ok_or_else(|| "only an open sale can be changed so".to_owned())
    }
}

impl Sale {
    /// Waits to be paid, as if it had never been.
    pub(crate) fn reopen(&mut self) {
        self.completed = None;
        self.payments.clear();
        (self.tip, self.change) = (0, 0);
    }

    pub(crate) fn touch(&mut self, now: Timestamp, stamp: bool, update: bool) {
        if update {
            self.updated = now;
        }
        if stamp {
            self.stamp = now;
        }
    }
}
