//! Totals of periods.

use super::customers::{Buyers, buyers, count_last, customers};
use crate::error::StoreError;
use backroom_core::{BusinessDay, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// What a period adds up to, in minor units of one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Σ amount of completed payments.
    pub collected: i64,
    /// Σ tips of completed payments.
    pub tips: i64,
    /// Σ completed refunds, on their own day.
    pub refunded: i64,
    /// Completed payments.
    pub payments: i64,
    /// Distinct known customers of those payments.
    pub customers: i64,
}

impl Totals {
    /// collected − refunded.
    pub const fn net(&self) -> i64 {
        self.collected - self.refunded
    }

    /// collected ÷ payments, rounded half to even.
    pub fn average(&self) -> i64 {
        backroom_core::money::average(self.collected, self.payments)
    }

    fn add(&mut self, other: &Self) {
        self.collected += other.collected;
        self.tips += other.tips;
        self.refunded += other.refunded;
        self.payments += other.payments;
    }
}

/// A period with its totals, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First business day.
    pub from: BusinessDay,
    /// Last business day.
    pub to: BusinessDay,
    /// What it adds up to.
    pub totals: Totals,
}

/// The currency with the most payments; USD where there is none yet.
///
/// # Errors
/// What the buffer says.
pub fn main_currency(c: &Connection) -> Result<String, StoreError> {
    let traded: Option<String> = c
        .prepare_cached(
            "SELECT currency FROM sales_month WHERE location = 0 GROUP BY currency ORDER BY sum(payments) DESC LIMIT 1",
        )?
        .query_row([], |r| r.get(0))
        .optional()?;
    if let Some(currency) = traded {
        return Ok(currency);
    }
    let listed: Option<String> = c
        .prepare_cached("SELECT currency FROM location WHERE known = 1 ORDER BY pk LIMIT 1")?
        .query_row([], |r| r.get(0))
        .optional()?;
    Ok(listed.unwrap_or_else(|| "USD".to_owned()))
}

/// Every currency that has sales.
///
/// # Errors
/// What the buffer says.
pub fn currencies(c: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement =
        c.prepare_cached("SELECT DISTINCT currency FROM sales_month WHERE location = 0 ORDER BY currency")?;
    let rows = statement.query_map([], |r| r.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// First and last business day with sales in a currency.
///
/// # Errors
/// What the buffer says.
pub fn history(
    c: &Connection,
    location: i64,
    currency: &str,
) -> Result<Option<(BusinessDay, BusinessDay)>, StoreError> {
    let (first, last): (Option<i32>, Option<i32>) = c
        .prepare_cached(
            "SELECT min(day), max(day) FROM sales_day WHERE location = ?1 AND currency = ?2 AND (payments <> 0 OR refunds <> 0)",
        )?
        .query_row(params![location, currency], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(first.zip(last).map(|(a, b)| (BusinessDay::from_number(a), BusinessDay::from_number(b))))
}

/// Totals of several periods that all end today or later: one walk over the days of the longest.
/// `starts` are their first days; `None` stands for the whole buffer.
///
/// # Errors
/// What the buffer says.
pub fn to_date(
    c: &Connection,
    location: i64,
    currency: &str,
    today: BusinessDay,
    starts: &[Option<BusinessDay>],
) -> Result<Vec<Totals>, StoreError> {
    let mut all = vec![Totals::default(); starts.len()];
    let year = today.year_start().number().min(today.week_start().number());
    let mut days = c.prepare_cached(
        "SELECT day, collected, tips, refunded, payments FROM sales_day WHERE location = ?1 AND day >= ?2 AND currency = ?3",
    )?;
    let mut rows = days.query(params![location, year, currency])?;
    while let Some(r) = rows.next()? {
        let day: i32 = r.get(0)?;
        let one =
            Totals { collected: r.get(1)?, tips: r.get(2)?, refunded: r.get(3)?, payments: r.get(4)?, customers: 0 };
        for (start, totals) in starts.iter().zip(&mut all) {
            if start.is_some_and(|s| day >= s.number()) {
                totals.add(&one);
            }
        }
    }
    for (start, totals) in starts.iter().zip(&mut all) {
        match start {
            Some(start) if start.number() < year => {
                *totals = sum_days(c, location, currency, start.number(), i32::MAX)?
            }
            Some(_) => {}
            None => *totals = sum_months(c, location, currency)?,
        }
    }
    match buyers(c, location, currency)? {
        Buyers::Everybody => {
            let mut last = c.prepare_cached("SELECT last_day FROM customer_last WHERE location = ?1")?;
            count_last(last.query([location])?, starts, &mut all)?;
        }
        Buyers::At(places) => {
            let mut last = c.prepare_cached(
                "SELECT max(last_day) FROM customer_last WHERE location IN (SELECT value FROM json_each(?1)) GROUP BY customer",
            )?;
            count_last(last.query([places])?, starts, &mut all)?;
        }
        rows @ Buyers::Rows => {
            for (start, totals) in starts.iter().zip(&mut all) {
                let from = start.map_or(i32::MIN, BusinessDay::number);
                totals.customers = customers(c, &rows, location, currency, from, i32::MAX)?;
            }
        }
    }
    Ok(all)
}

fn sum_months(c: &Connection, location: i64, currency: &str) -> Result<Totals, StoreError> {
    Ok(c.prepare_cached(
        "SELECT coalesce(sum(collected), 0), coalesce(sum(tips), 0), coalesce(sum(refunded), 0), coalesce(sum(payments), 0)
         FROM sales_month WHERE location = ?1 AND currency = ?2",
    )?
    .query_row(params![location, currency], totals_of)?)
}

fn sum_days(c: &Connection, location: i64, currency: &str, from: i32, to: i32) -> Result<Totals, StoreError> {
    Ok(c.prepare_cached(
        "SELECT coalesce(sum(collected), 0), coalesce(sum(tips), 0), coalesce(sum(refunded), 0), coalesce(sum(payments), 0)
         FROM sales_day WHERE location = ?1 AND day BETWEEN ?3 AND ?4 AND currency = ?2",
    )?
    .query_row(params![location, currency, from, to], totals_of)?)
}

fn totals_of(r: &rusqlite::Row<'_>) -> rusqlite::Result<Totals> {
    Ok(Totals { collected: r.get(0)?, tips: r.get(1)?, refunded: r.get(2)?, payments: r.get(3)?, customers: 0 })
}

/// Totals of a period.
///
/// # Errors
/// What the buffer says.
pub fn period(
    c: &Connection,
    location: i64,
    currency: &str,
    from: BusinessDay,
    to: BusinessDay,
) -> Result<Totals, StoreError> {
    let mut totals = sum_days(c, location, currency, from.number(), to.number())?;
    let buyers = buyers(c, location, currency)?;
    totals.customers = customers(c, &buyers, location, currency, from.number(), to.number())?;
    Ok(totals)
}

/// Totals of a day's part: payments taken and refunds made from `from` until `until`, exclusive. Read from the rows.
///
/// # Errors
/// What the buffer says.
pub fn until_minute(
    c: &Connection,
    location: i64,
    currency: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<Totals, StoreError> {
    let mut totals: Totals = c
        .prepare_cached(
            "SELECT coalesce(sum(amount), 0), coalesce(sum(tip), 0), 0, count(*), count(DISTINCT customer) FROM payment
             WHERE taken_at >= ?1 AND taken_at < ?2 AND status = 2 AND deleted = 0 AND currency = ?3 AND (?4 = 0 OR location = ?4)",
        )?
        .query_row(params![from.micros(), until.micros(), currency, location], |r| {
            Ok(Totals { customers: r.get(4)?, ..totals_of(r)? })
        })?;
    totals.refunded = c
        .prepare_cached(
            "SELECT coalesce(sum(amount), 0) FROM refund
             WHERE created_at >= ?1 AND created_at < ?2 AND status = 2 AND deleted = 0 AND currency = ?3 AND (?4 = 0 OR location = ?4)",
        )?
        .query_row(params![from.micros(), until.micros(), currency, location], |r| r.get(0))?;
    Ok(totals)
}

/// Day by day, days without sales included.
///
/// # Errors
/// What the buffer says.
pub fn by_day(
    c: &Connection,
    location: i64,
    currency: &str,
    from: BusinessDay,
    to: BusinessDay,
) -> Result<Vec<Period>, StoreError> {
    let mut found = rows_by(
        c,
        "SELECT s.day, collected, tips, refunded, payments, coalesce(n.customers, 0) FROM sales_day s
         LEFT JOIN customers_in_day n ON n.location = s.location AND n.day = s.day
         WHERE s.location = ?1 AND s.day BETWEEN ?2 AND ?3 AND currency = ?4",
        params![location, from.number(), to.number(), currency],
    )?;
    let buyers = buyers(c, location, currency)?;
    if !matches!(buyers, Buyers::Everybody) {
        for (day, totals) in &mut found {
            totals.customers = customers(c, &buyers, location, currency, *day, *day)?;
        }
    }
    Ok((from.number()..=to.number())
        .map(|n| {
            let day = BusinessDay::from_number(n);
            Period { from: day, to: day, totals: found.get(&n).copied().unwrap_or_default() }
        })
        .collect())
}

/// Calendar month by calendar month, months without sales included; the ends are cut to `from` and `to` only in name.
///
/// # Errors
/// What the buffer says.
pub fn by_month(
    c: &Connection,
    location: i64,
    currency: &str,
    from: BusinessDay,
    to: BusinessDay,
) -> Result<Vec<Period>, StoreError> {
    let found = rows_by(
        c,
        "SELECT s.month, collected, tips, refunded, payments, coalesce(n.customers, 0) FROM sales_month s
         LEFT JOIN customers_in_month n ON n.location = s.location AND n.month = s.month
         WHERE s.location = ?1 AND s.month BETWEEN ?2 AND ?3 AND currency = ?4",
        params![location, from.month_number(), to.month_number(), currency],
    )?;
    let buyers = buyers(c, location, currency)?;
    let mut months = Vec::new();
    let mut first = from.month_start();
    while first <= to {
        let next = first.plus(32).month_start();
        let mut totals = found.get(&first.month_number()).copied().unwrap_or_default();
        if !matches!(buyers, Buyers::Everybody) {
            totals.customers = customers(c, &buyers, location, currency, first.number(), next.number() - 1)?;
        }
        months.push(Period { from: first, to: next.plus(-1), totals });
        first = next;
    }
    Ok(months)
}

fn rows_by(c: &Connection, sql: &str, p: impl rusqlite::Params) -> Result<BTreeMap<i32, Totals>, StoreError> {
    let mut statement = c.prepare_cached(sql)?;
    let rows = statement.query_map(p, |r| {
        let totals = Totals {
            collected: r.get(1)?,
            tips: r.get(2)?,
            refunded: r.get(3)?,
            payments: r.get(4)?,
            customers: r.get(5)?,
        };
        Ok((r.get(0)?, totals))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
