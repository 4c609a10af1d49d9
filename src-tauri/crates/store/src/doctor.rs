//! The self-check: recomputes every rollup from the rows, checks the file and balances the ledger.

use crate::apply::{Delivers, OutboxRuns, Row};
use crate::error::StoreError;
use crate::intern::rule_for;
use crate::open::Store;
use crate::pace;
use backroom_core::{DayRule, Timestamp};
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// One finding of the self-check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was checked.
    pub check: String,
    /// Whether it is well.
    pub ok: bool,
    /// What was found.
    pub detail: String,
}

/// The outcome of a self-check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Each check.
    pub findings: Vec<Finding>,
}

impl Health {
    /// Whether all is well.
    pub fn ok(&self) -> bool {
        self.findings.iter().all(|f| f.ok)
    }
}

/// Each rollup as what it must equal, computed from the rows alone. Rows of nothing but zeros count as absent.
const ROLLUPS: &[(&str, &str, &str)] = &[
    (
        "sales_hour",
        "SELECT day, location, hour, currency, collected, tips, refunded, payments, refunds FROM sales_hour
         WHERE collected <> 0 OR tips <> 0 OR refunded <> 0 OR payments <> 0 OR refunds <> 0",
        "SELECT day, location, hour, currency, sum(a), sum(t), sum(r), sum(n), sum(m) FROM (
           SELECT day, location, hour, currency, amount a, tip t, 0 r, 1 n, 0 m FROM payment WHERE status = 2 AND deleted = 0
           UNION ALL SELECT day, location, hour, currency, 0, 0, amount, 0, 1 FROM refund WHERE status = 2 AND deleted = 0)
         GROUP BY 1, 2, 3, 4 HAVING sum(a) <> 0 OR sum(t) <> 0 OR sum(r) <> 0 OR sum(n) <> 0 OR sum(m) <> 0",
    ),
    (
        "sales_day",
        "SELECT location, day, currency, collected, tips, refunded, payments, refunds FROM sales_day
         WHERE collected <> 0 OR tips <> 0 OR refunded <> 0 OR payments <> 0 OR refunds <> 0",
        "SELECT location, day, currency, sum(a), sum(t), sum(r), sum(n), sum(m) FROM (
           SELECT location, day, currency, collected a, tips t, refunded r, payments n, refunds m FROM sales_hour
           UNION ALL SELECT 0, day, currency, collected, tips, refunded, payments, refunds FROM sales_hour)
         GROUP BY 1, 2, 3 HAVING sum(a) <> 0 OR sum(t) <> 0 OR sum(r) <> 0 OR sum(n) <> 0 OR sum(m) <> 0",
    ),
    (
        "method_day",
        "SELECT day, location, method, currency, collected, tips, payments FROM method_day
         WHERE collected <> 0 OR tips <> 0 OR payments <> 0",
        "SELECT day, location, method, currency, sum(amount), sum(tip), count(*) FROM payment WHERE status = 2 AND deleted = 0
         GROUP BY 1, 2, 3, 4",
    ),
    (
        "order_day",
        "SELECT day, location, currency, discount, returned, tax, tip, service_charge, due, orders FROM order_day WHERE orders <> 0",
        "SELECT day, location, currency, sum(discount), sum(returned), sum(tax), sum(tip), sum(service_charge), sum(total), count(*)
         FROM orders WHERE state = 1 AND deleted = 0 GROUP BY 1, 2, 3",
    ),
    (
        "product_day",
        "SELECT day, product, location, currency, units_milli, gross, discount, total FROM product_day
         WHERE units_milli <> 0 OR gross <> 0 OR discount <> 0 OR total <> 0",
        "SELECT o.day, coalesce(n.product, 0), o.location, o.currency, sum(n.quantity_milli), sum(n.gross), sum(n.discount), sum(n.total)
         FROM order_line n JOIN orders o ON o.pk = n.order_pk WHERE o.state = 1 AND o.deleted = 0 AND n.deleted = 0
         GROUP BY 1, 2, 3, 4 HAVING sum(n.quantity_milli) <> 0 OR sum(n.gross) <> 0 OR sum(n.discount) <> 0 OR sum(n.total) <> 0",
    ),
    (
        "customer_day",
        "SELECT day, customer, location, payments FROM customer_day",
        "SELECT day, customer, location, count(*) FROM payment
         WHERE status = 2 AND deleted = 0 AND customer IS NOT NULL GROUP BY 1, 2, 3",
    ),
    (
        "customers_in_day",
        "SELECT location, day, customers FROM customers_in_day WHERE customers <> 0",
        "SELECT location, day, count(*) FROM customer_day GROUP BY 1, 2
         UNION ALL SELECT 0, day, count(DISTINCT customer) FROM customer_day GROUP BY day",
    ),
    (
        "customer_last",
        "SELECT location, customer, last_day FROM customer_last",
        "SELECT location, customer, max(day) FROM customer_day GROUP BY 1, 2
         UNION ALL SELECT 0, customer, max(day) FROM customer_day GROUP BY customer",
    ),
];

/// What is made of other rollups, or of more than one table: compared column by column like the others.
const DERIVED: &[(&str, &str, &str)] = &[
    (
        "sales_month",
        "SELECT location, month, currency, collected, tips, refunded, payments, refunds FROM sales_month
         WHERE collected <> 0 OR tips <> 0 OR refunded <> 0 OR payments <> 0 OR refunds <> 0",
        "SELECT location, CAST(strftime('%Y', day * 86400, 'unixepoch') AS INTEGER) * 12 + CAST(strftime('%m', day * 86400, 'unixepoch') AS INTEGER) - 1, currency, sum(collected), sum(tips), sum(refunded), sum(payments), sum(refunds)
         FROM sales_day GROUP BY 1, 2, 3
         HAVING sum(collected) <> 0 OR sum(tips) <> 0 OR sum(refunded) <> 0 OR sum(payments) <> 0 OR sum(refunds) <> 0",
    ),
    (
        "customer_month",
        "SELECT month, customer, location, payments FROM customer_month",
        "SELECT CAST(strftime('%Y', day * 86400, 'unixepoch') AS INTEGER) * 12 + CAST(strftime('%m', day * 86400, 'unixepoch') AS INTEGER) - 1, customer, location, sum(payments) FROM customer_day GROUP BY 1, 2, 3",
    ),
    (
        "customers_in_month",
        "SELECT location, month, customers FROM customers_in_month WHERE customers <> 0",
        "SELECT location, month, count(*) FROM customer_month GROUP BY 1, 2
         UNION ALL SELECT 0, month, count(DISTINCT customer) FROM customer_month GROUP BY month",
    ),
    (
        "gross of order_day",
        "SELECT day, location, currency, gross FROM order_day WHERE orders <> 0",
        "SELECT o.day, o.location, o.currency, coalesce(sum(n.gross), 0) FROM orders o
           LEFT JOIN order_line n ON n.order_pk = o.pk AND n.deleted = 0 AND n.quantity_milli >= 0
         WHERE o.state = 1 AND o.deleted = 0 GROUP BY 1, 2, 3",
    ),
];

impl Store {
    /// Checks the file, every rollup and the ledger.
    ///
    /// # Errors
    /// Where the buffer cannot be read at all.
    pub fn doctor(&self) -> Result<Health, StoreError> {
        self.read(|c| {
            let mut findings = Vec::new();
            let sound: String = c.query_row("PRAGMA integrity_check(5)", [], |r| r.get(0))?;
            findings.push(Finding { check: "file".into(), ok: sound == "ok", detail: sound });
            for (name, kept, counted) in ROLLUPS.iter().chain(DERIVED) {
                findings.push(compared(c, name, kept, counted)?);
            }
            let (kept, counted) = pace::kept_and_counted();
            findings.push(compared(c, "product_pace", &kept, &counted)?);
            findings.push(ledger(c)?);
            findings.extend(crate::gaps::gaps(c)?);
            Ok(Health { findings })
        })
    }

    /// Makes every rollup anew from the rows.
    ///
    /// # Errors
    /// What the buffer says; nothing is changed then.
    pub async fn rebuild(&self) -> Result<(), StoreError> {
        let (rule, zone_is_set, now) = (self.rule(), self.inner.zone_is_set, self.inner.clock.now());
        self.write(move |c| recount(c, rule, zone_is_set, now)).await
    }
}

/// Whether a rollup is what is counted from that of which it is made.
fn compared(c: &Connection, name: &str, kept: &str, counted: &str) -> Result<Finding, StoreError> {
    let wrong: i64 = c.query_row(
        &format!(
            "SELECT (SELECT count(*) FROM (SELECT * FROM ({kept}) EXCEPT SELECT * FROM ({counted})))
                  + (SELECT count(*) FROM (SELECT * FROM ({counted}) EXCEPT SELECT * FROM ({kept})))"
        ),
        [],
        |r| r.get(0),
    )?;
    let detail = if wrong == 0 { "equals the rows".into() } else { format!("{wrong} rows differ") };
    Ok(Finding { check: format!("rollup {name}"), ok: wrong == 0, detail })
}

fn ledger(c: &Connection) -> Result<Finding, StoreError> {
    let wrong: i64 = c.query_row(
        "SELECT count(*) FROM ledger l WHERE l.enqueued <> l.acked + l.dead +
           (SELECT coalesce(sum(row_to - row_from + 1), 0) FROM outbox o WHERE o.tbl = l.tbl AND o.day = l.day)",
        [],
        |r| r.get(0),
    )?;
    let detail = if wrong == 0 {
        "enqueued = acknowledged + refused + waiting".into()
    } else {
        format!("{wrong} days do not balance")
    };
    Ok(Finding { check: "ledger".into(), ok: wrong == 0, detail })
}

/// Counts every row's business day by the present rule and makes the rollups anew, in one transaction. What moves to another day
/// goes to the warehouse again.
pub(crate) fn recount_days(c: &Connection, rule: DayRule, zone_is_set: bool, now: Timestamp) -> Result<(), StoreError> {
    c.execute_batch("BEGIN IMMEDIATE")?;
    let outcome = recount(c, rule, zone_is_set, now).and_then(|()| Ok(c.execute_batch("COMMIT")?));
    if outcome.is_err() {
        let _ = c.execute_batch("ROLLBACK");
    }
    outcome
}

/// Rows looked at at once: their number bounds the memory.
const AT_ONCE: i64 = 20_000;

fn recount(c: &Connection, rule: DayRule, zone_is_set: bool, now: Timestamp) -> Result<(), StoreError> {
    let mut rules: HashMap<i64, DayRule> = HashMap::new();
    let mut statement = c.prepare("SELECT pk, time_zone FROM location")?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        let zone: Option<String> = r.get(1)?;
        rules.insert(r.get(0)?, rule_for(rule, zone_is_set, zone.as_deref()));
    }
    let mut outbox = OutboxRuns::default();
    for (table, at, kind) in [
        ("payment", "taken_at", Row::Payment),
        ("refund", "created_at", Row::Refund),
        ("orders", "coalesce(closed_at, created_at)", Row::Order),
    ] {
        let mut select = c.prepare(&format!(
            "SELECT t.pk, t.location, {at}, t.day, t.hour, s.kind FROM {table} t JOIN source s ON s.pk = t.source
             WHERE t.pk > ?1 AND t.pk <= ?2 ORDER BY t.pk"
        ))?;
        let mut update = c.prepare(&format!("UPDATE {table} SET day = ?2, hour = ?3, obs = obs + ?4 WHERE pk = ?1"))?;
        let mut lines = c.prepare("SELECT pk FROM order_line WHERE order_pk = ?1 ORDER BY pk")?;
        let last: i64 = c.query_row(&format!("SELECT coalesce(max(pk), 0) FROM {table}"), [], |r| r.get(0))?;
        let mut from = 0;
        while from < last {
            let mut moved: Vec<(i64, i32, u8, bool, Delivers)> = Vec::new();
            let mut rows = select.query([from, from + AT_ONCE])?;
            while let Some(r) = rows.next()? {
                let location: i64 = r.get(1)?;
                let (day, hour) =
                    rules.get(&location).copied().unwrap_or(rule).day_and_hour(Timestamp::from_micros(r.get(2)?));
                let another_day = day.number() != r.get::<_, i32>(3)?;
                if another_day || hour != r.get::<_, u8>(4)? {
                    let delivers = Delivers::of(&r.get::<_, String>(5)?);
                    moved.push((r.get(0)?, day.number(), hour, another_day, delivers));
                }
            }
            for (pk, day, hour, another_day, delivers) in moved {
                update.execute(params![pk, day, hour, another_day])?;
                if !another_day {
                    continue;
                }
                delivers.enqueue(&mut outbox, kind, pk);
                if kind == Row::Order {
                    for line in lines.query_map([pk], |r| r.get::<_, i64>(0))? {
                        delivers.enqueue(&mut outbox, Row::Line, line?);
                    }
                }
            }
            from += AT_ONCE;
        }
    }
    outbox.write(c, now.micros().div_euclid(86_400_000_000))?;
    rebuild_rollups(c)?;
    pace::count_anew(c, rule.day_of(now).number())
}

fn rebuild_rollups(c: &Connection) -> Result<(), StoreError> {
    for (name, _, counted) in ROLLUPS {
        if *name == "order_day" {
            continue;
        }
        c.execute_batch(&format!("DELETE FROM {name}; INSERT INTO {name} {counted};"))?;
    }
    c.execute_batch(
        "DELETE FROM order_day;
         INSERT INTO order_day (day, location, currency, gross, discount, returned, tax, tip, service_charge, due, orders)
         SELECT day, location, currency,
           sum((SELECT coalesce(sum(gross), 0) FROM order_line n WHERE n.order_pk = o.pk AND n.deleted = 0 AND n.quantity_milli >= 0)),
           sum(discount), sum(returned), sum(tax), sum(tip), sum(service_charge), sum(total), count(*)
         FROM orders o WHERE state = 1 AND deleted = 0 GROUP BY 1, 2, 3;",
    )?;
    // Months are made of days here rather than in SQL, so that the calendar lives in one place.
    c.execute_batch("DELETE FROM sales_month; DELETE FROM customer_month; DELETE FROM customers_in_month;")?;
    let days: Vec<i32> = c
        .prepare("SELECT DISTINCT day FROM sales_day UNION SELECT DISTINCT day FROM customer_day")?
        .query_map([], |r| r.get(0))?
        .collect::<Result<_, _>>()?;
    for day in days {
        let month = backroom_core::BusinessDay::from_number(day).month_number();
        c.prepare_cached(
            "INSERT INTO sales_month (location, month, currency, collected, tips, refunded, payments, refunds)
             SELECT location, ?2, currency, collected, tips, refunded, payments, refunds FROM sales_day WHERE day = ?1
             ON CONFLICT DO UPDATE SET collected = collected + excluded.collected, tips = tips + excluded.tips,
               refunded = refunded + excluded.refunded, payments = payments + excluded.payments, refunds = refunds + excluded.refunds",
        )?
        .execute([day, month])?;
        c.prepare_cached(
            "INSERT INTO customer_month (month, customer, location, payments)
             SELECT ?2, customer, location, payments FROM customer_day WHERE day = ?1
             ON CONFLICT DO UPDATE SET payments = payments + excluded.payments",
        )?
        .execute([day, month])?;
    }
    c.execute_batch(
        "INSERT INTO customers_in_month (location, month, customers)
         SELECT location, month, count(*) FROM customer_month GROUP BY 1, 2
         UNION ALL SELECT 0, month, count(DISTINCT customer) FROM customer_month GROUP BY month;",
    )?;
    Ok(())
}
