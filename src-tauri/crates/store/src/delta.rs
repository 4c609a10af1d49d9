//! Changes to the rollups of one transaction, gathered in memory and written once each before the commit.
//!
//! Invariant: for every row that changes, what it contributed before is taken off and what it contributes now is put on,
//! in the same transaction as the row.

use crate::error::StoreError;
use crate::pace::{self, Sold};
use backroom_core::BusinessDay;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// The location that stands for all.
pub(crate) const ALL: i64 = 0;

/// A currency as a number, so that keys are plain.
pub(crate) type CurrencyKey = [u8; 4];

pub(crate) fn currency_key(code: &str) -> CurrencyKey {
    let mut key = [0u8; 4];
    for (to, from) in key.iter_mut().zip(code.bytes()) {
        *to = from;
    }
    key
}

fn currency_text(key: &CurrencyKey) -> &str {
    std::str::from_utf8(key).unwrap_or("XXX").trim_end_matches('\0')
}

/// What payments and refunds of an hour add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SalesDelta {
    pub(crate) collected: i64,
    pub(crate) tips: i64,
    pub(crate) refunded: i64,
    pub(crate) payments: i64,
    pub(crate) refunds: i64,
}

impl SalesDelta {
    fn add(&mut self, other: &Self) {
        self.collected += other.collected;
        self.tips += other.tips;
        self.refunded += other.refunded;
        self.payments += other.payments;
        self.refunds += other.refunds;
    }

    const fn net(&self) -> i64 {
        self.collected - self.refunded
    }
}

/// What orders of a day add up to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OrderDelta {
    pub(crate) gross: i64,
    pub(crate) discount: i64,
    pub(crate) returned: i64,
    pub(crate) tax: i64,
    pub(crate) tip: i64,
    pub(crate) service_charge: i64,
    pub(crate) due: i64,
    pub(crate) orders: i64,
}

/// What the lines of a product on a day add up to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ProductDelta {
    pub(crate) units_milli: i64,
    pub(crate) gross: i64,
    pub(crate) discount: i64,
    pub(crate) total: i64,
}

/// Why a closed day changed, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    Changed,
    Offline,
    LateRefund,
}

impl Reason {
    const fn words(self) -> &'static str {
        match self {
            Self::Changed => "payment changed",
            Self::Offline => "offline payment uploaded late",
            Self::LateRefund => "late refund",
        }
    }
}

#[derive(Default)]
pub(crate) struct Deltas {
    sales: HashMap<(i32, i64, u8, CurrencyKey), SalesDelta>,
    methods: HashMap<(i32, i64, i64, CurrencyKey), SalesDelta>,
    orders: HashMap<(i32, i64, CurrencyKey), OrderDelta>,
    products: HashMap<(i32, i64, i64, CurrencyKey), ProductDelta>,
    buyers: HashMap<(i32, i64, i64), i64>,
    /// Closed days touched by an incremental pull, with the reason to tell.
    restated: HashMap<i32, Reason>,
}

impl Deltas {
    pub(crate) fn is_empty(&self) -> bool {
        self.sales.is_empty()
            && self.methods.is_empty()
            && self.orders.is_empty()
            && self.products.is_empty()
            && self.buyers.is_empty()
    }

    /// How many keys wait: bounds memory.
    pub(crate) fn len(&self) -> usize {
        self.sales.len() + self.methods.len() + self.orders.len() + self.products.len() + self.buyers.len()
    }

    pub(crate) fn sales(&mut self, day: i32, location: i64, hour: u8, currency: CurrencyKey, delta: &SalesDelta) {
        self.sales.entry((day, location, hour, currency)).or_default().add(delta);
    }

    pub(crate) fn method(&mut self, day: i32, location: i64, method: i64, currency: CurrencyKey, delta: &SalesDelta) {
        self.methods.entry((day, location, method, currency)).or_default().add(delta);
    }

    pub(crate) fn buyer(&mut self, day: i32, customer: i64, location: i64, payments: i64) {
        *self.buyers.entry((day, customer, location)).or_default() += payments;
    }

    pub(crate) fn order(&mut self, day: i32, location: i64, currency: CurrencyKey) -> &mut OrderDelta {
        self.orders.entry((day, location, currency)).or_default()
    }

    pub(crate) fn product(
        &mut self,
        day: i32,
        product: i64,
        location: i64,
        currency: CurrencyKey,
    ) -> &mut ProductDelta {
        self.products.entry((day, product, location, currency)).or_default()
    }

    pub(crate) fn restate(&mut self, day: i32, reason: Reason) {
        let known = self.restated.entry(day).or_insert(reason);
        *known = (*known).max(reason);
    }

    /// Writes everything gathered and empties itself. `today` and `at` date the restatements.
    pub(crate) fn write(&mut self, c: &Connection, today: i32, at: i64) -> Result<(), StoreError> {
        if self.is_empty() {
            return Ok(());
        }
        self.write_restatements(c, today, at)?;
        self.write_sales(c)?;
        self.write_methods(c)?;
        self.write_orders(c)?;
        self.write_products(c, today)?;
        self.write_buyers(c)
    }

    fn write_restatements(&mut self, c: &Connection, today: i32, at: i64) -> Result<(), StoreError> {
        for (day, reason) in std::mem::take(&mut self.restated) {
            if day >= today {
                continue;
            }
            let mut nets: HashMap<CurrencyKey, i64> = HashMap::new();
            for ((d, _, _, currency), delta) in &self.sales {
                if *d == day {
                    *nets.entry(*currency).or_default() += delta.net();
                }
            }
            for (currency, change) in nets {
                if change == 0 {
                    continue;
                }
                let old: i64 = c
                    .prepare_cached(
                        "SELECT collected - refunded FROM sales_day WHERE location = 0 AND day = ?1 AND currency = ?2",
                    )?
                    .query_row(params![day, currency_text(&currency)], |r| r.get(0))
                    .optional()?
                    .unwrap_or(0);
                c.prepare_cached(
                    "INSERT INTO restatement (day, at, currency, old_net, new_net, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![day, at, currency_text(&currency), old, old + change, reason.words()])?;
            }
        }
        Ok(())
    }

    fn write_sales(&mut self, c: &Connection) -> Result<(), StoreError> {
        let mut hours: Vec<_> = self.sales.drain().collect();
        hours.sort_unstable_by_key(|(key, _)| *key);
        let mut days: HashMap<(i64, i32, CurrencyKey), SalesDelta> = HashMap::new();
        let mut months: HashMap<(i64, i32, CurrencyKey), SalesDelta> = HashMap::new();
        {
            let mut statement = c.prepare_cached(
                "INSERT INTO sales_hour (day, location, hour, currency, collected, tips, refunded, payments, refunds)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT DO UPDATE SET collected = collected + excluded.collected, tips = tips + excluded.tips,
                   refunded = refunded + excluded.refunded, payments = payments + excluded.payments,
                   refunds = refunds + excluded.refunds",
            )?;
            for ((day, location, hour, currency), d) in &hours {
                let code = currency_text(currency);
                statement.execute(params![
                    day,
                    location,
                    hour,
                    code,
                    d.collected,
                    d.tips,
                    d.refunded,
                    d.payments,
                    d.refunds
                ])?;
                let month = BusinessDay::from_number(*day).month_number();
                for place in [*location, ALL] {
                    days.entry((place, *day, *currency)).or_default().add(d);
                    months.entry((place, month, *currency)).or_default().add(d);
                }
            }
        }
        write_periods(c, "sales_day", "day", days)?;
        write_periods(c, "sales_month", "month", months)
    }

    fn write_methods(&mut self, c: &Connection) -> Result<(), StoreError> {
        let mut rows: Vec<_> = self.methods.drain().collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        let mut statement = c.prepare_cached(
            "INSERT INTO method_day (day, location, method, currency, collected, tips, payments) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET collected = collected + excluded.collected, tips = tips + excluded.tips,
               payments = payments + excluded.payments",
        )?;
        for ((day, location, method, currency), d) in &rows {
            statement.execute(params![
                day,
                location,
                method,
                currency_text(currency),
                d.collected,
                d.tips,
                d.payments
            ])?;
        }
        Ok(())
    }

    fn write_orders(&mut self, c: &Connection) -> Result<(), StoreError> {
        let mut rows: Vec<_> = self.orders.drain().collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        let mut statement = c.prepare_cached(
            "INSERT INTO order_day (day, location, currency, gross, discount, returned, tax, tip, service_charge, due, orders)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT DO UPDATE SET gross = gross + excluded.gross, discount = discount + excluded.discount,
               returned = returned + excluded.returned, tax = tax + excluded.tax, tip = tip + excluded.tip,
               service_charge = service_charge + excluded.service_charge, due = due + excluded.due,
               orders = orders + excluded.orders",
        )?;
        for ((day, location, currency), d) in &rows {
            statement.execute(params![
                day,
                location,
                currency_text(currency),
                d.gross,
                d.discount,
                d.returned,
                d.tax,
                d.tip,
                d.service_charge,
                d.due,
                d.orders
            ])?;
        }
        Ok(())
    }

    fn write_products(&mut self, c: &Connection, today: i32) -> Result<(), StoreError> {
        let mut rows: Vec<_> = self.products.drain().collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        let mut statement = c.prepare_cached(
            "INSERT INTO product_day (day, product, location, currency, units_milli, gross, discount, total)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT DO UPDATE SET units_milli = units_milli + excluded.units_milli, gross = gross + excluded.gross,
               discount = discount + excluded.discount, total = total + excluded.total",
        )?;
        for ((day, product, location, currency), d) in &rows {
            statement.execute(params![
                day,
                product,
                location,
                currency_text(currency),
                d.units_milli,
                d.gross,
                d.discount,
                d.total
            ])?;
            let (day, product, location) = (*day, *product, *location);
            pace::add(c, today, &Sold { day, product, location, units_milli: d.units_milli, total: d.total })?;
        }
        Ok(())
    }

    fn write_buyers(&mut self, c: &Connection) -> Result<(), StoreError> {
        let mut rows: Vec<_> = self.buyers.drain().filter(|(_, n)| *n != 0).collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        let mut months: HashMap<(i32, i64, i64), i64> = HashMap::new();
        let mut counts: HashMap<(i64, i32), i64> = HashMap::new();
        let mut last: HashMap<(i64, i64), i32> = HashMap::new();
        let mut left: Vec<(i64, i64, i32)> = Vec::new();
        for ((day, customer, location), change) in rows {
            *months.entry((BusinessDay::from_number(day).month_number(), customer, location)).or_default() += change;
            match present(c, &DAY, day, customer, location, change)? {
                Presence::Came { first_anywhere } => {
                    *counts.entry((location, day)).or_default() += 1;
                    *counts.entry((ALL, day)).or_default() += i64::from(first_anywhere);
                }
                Presence::Left { gone_everywhere } => {
                    *counts.entry((location, day)).or_default() -= 1;
                    *counts.entry((ALL, day)).or_default() -= i64::from(gone_everywhere);
                    left.push((location, customer, day));
                }
                Presence::Stayed => {}
            }
            if change > 0 {
                for place in [location, ALL] {
                    let newest = last.entry((place, customer)).or_insert(day);
                    *newest = (*newest).max(day);
                }
            }
        }
        write_counts(c, "customers_in_day", "day", counts)?;
        let mut counts: HashMap<(i64, i32), i64> = HashMap::new();
        let mut months: Vec<_> = months.into_iter().collect();
        months.sort_unstable_by_key(|(key, _)| *key);
        for ((month, customer, location), change) in months {
            match present(c, &MONTH, month, customer, location, change)? {
                Presence::Came { first_anywhere } => {
                    *counts.entry((location, month)).or_default() += 1;
                    *counts.entry((ALL, month)).or_default() += i64::from(first_anywhere);
                }
                Presence::Left { gone_everywhere } => {
                    *counts.entry((location, month)).or_default() -= 1;
                    *counts.entry((ALL, month)).or_default() -= i64::from(gone_everywhere);
                }
                Presence::Stayed => {}
            }
        }
        write_counts(c, "customers_in_month", "month", counts)?;
        let mut statement = c.prepare_cached(
            "INSERT INTO customer_last (location, customer, last_day) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET last_day = max(last_day, excluded.last_day)",
        )?;
        let mut last: Vec<_> = last.into_iter().collect();
        last.sort_unstable();
        for ((location, customer), day) in last {
            statement.execute(params![location, customer, day])?;
        }
        for (location, customer, day) in left {
            forget_last(c, location, customer, day)?;
            forget_last(c, ALL, customer, day)?;
        }
        Ok(())
    }
}

fn write_periods(
    c: &Connection,
    table: &str,
    period: &str,
    rows: HashMap<(i64, i32, CurrencyKey), SalesDelta>,
) -> Result<(), StoreError> {
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_unstable_by_key(|(key, _)| *key);
    let mut statement = c.prepare_cached(&format!(
        "INSERT INTO {table} (location, {period}, currency, collected, tips, refunded, payments, refunds)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET collected = collected + excluded.collected, tips = tips + excluded.tips,
           refunded = refunded + excluded.refunded, payments = payments + excluded.payments, refunds = refunds + excluded.refunds"
    ))?;
    for ((location, at, currency), d) in &rows {
        statement.execute(params![
            location,
            at,
            currency_text(currency),
            d.collected,
            d.tips,
            d.refunded,
            d.payments,
            d.refunds
        ])?;
    }
    Ok(())
}

fn write_counts(c: &Connection, table: &str, period: &str, rows: HashMap<(i64, i32), i64>) -> Result<(), StoreError> {
    let mut rows: Vec<_> = rows.into_iter().filter(|(_, n)| *n != 0).collect();
    rows.sort_unstable();
    let mut statement = c.prepare_cached(&format!(
        "INSERT INTO {table} (location, {period}, customers) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET customers = customers + excluded.customers"
    ))?;
    for ((location, at), n) in rows {
        statement.execute(params![location, at, n])?;
    }
    Ok(())
}

/// What a change did to a customer's presence in a period at a location.
enum Presence {
    Came { first_anywhere: bool },
    Left { gone_everywhere: bool },
    Stayed,
}

struct PresenceSql {
    upsert: &'static str,
    delete: &'static str,
    elsewhere: &'static str,
}

const DAY: PresenceSql = PresenceSql {
    upsert: "INSERT INTO customer_day (day, customer, location, payments) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET payments = payments + excluded.payments RETURNING payments",
    delete: "DELETE FROM customer_day WHERE day = ?1 AND customer = ?2 AND location = ?3",
    elsewhere: "SELECT EXISTS (SELECT 1 FROM customer_day WHERE day = ?1 AND customer = ?2 AND location <> ?3)",
};
const MONTH: PresenceSql = PresenceSql {
    upsert: "INSERT INTO customer_month (month, customer, location, payments) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET payments = payments + excluded.payments RETURNING payments",
    delete: "DELETE FROM customer_month WHERE month = ?1 AND customer = ?2 AND location = ?3",
    elsewhere: "SELECT EXISTS (SELECT 1 FROM customer_month WHERE month = ?1 AND customer = ?2 AND location <> ?3)",
};

fn present(
    c: &Connection,
    sql: &PresenceSql,
    period: i32,
    customer: i64,
    location: i64,
    change: i64,
) -> Result<Presence, StoreError> {
    if change == 0 {
        return Ok(Presence::Stayed);
    }
    let now: i64 =
        c.prepare_cached(sql.upsert)?.query_row(params![period, customer, location, change], |r| r.get(0))?;
    let elsewhere = |c: &Connection| -> Result<bool, StoreError> {
        Ok(c.prepare_cached(sql.elsewhere)?.query_row(params![period, customer, location], |r| r.get(0))?)
    };
    if now == change {
        return Ok(Presence::Came { first_anywhere: !elsewhere(c)? });
    }
    if now <= 0 {
        c.prepare_cached(sql.delete)?.execute(params![period, customer, location])?;
        return Ok(Presence::Left { gone_everywhere: !elsewhere(c)? });
    }
    Ok(Presence::Stayed)
}

/// Finds the last day of a customer anew after it lost its payments of `day`.
fn forget_last(c: &Connection, location: i64, customer: i64, day: i32) -> Result<(), StoreError> {
    let at: Option<i32> = c
        .prepare_cached("SELECT last_day FROM customer_last WHERE location = ?1 AND customer = ?2")?
        .query_row(params![location, customer], |r| r.get(0))
        .optional()?;
    if at != Some(day) {
        return Ok(());
    }
    let before: Option<i32> = c
        .prepare_cached(
            "SELECT day FROM customer_day WHERE customer = ?1 AND day <= ?2 AND (?3 = 0 OR location = ?3) ORDER BY day DESC LIMIT 1",
        )?
        .query_row(params![customer, day, location], |r| r.get(0))
        .optional()?;
    match before {
        Some(before) => c
            .prepare_cached("UPDATE customer_last SET last_day = ?3 WHERE location = ?1 AND customer = ?2")?
            .execute(params![location, customer, before])?,
        None => c
            .prepare_cached("DELETE FROM customer_last WHERE location = ?1 AND customer = ?2")?
            .execute(params![location, customer])?,
    };
    Ok(())
}
