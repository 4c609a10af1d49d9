//! What each product sold of late: the one rollup whose window moves on with the business day.
//!
//! Invariant: where `meta` has `pace_day`, `product_pace` is what `product_day` says of the days up to that one, and changes in the
//! same transaction. Whoever asks on another day counts anew.

use crate::error::StoreError;
use crate::report::{DEAD_DAYS, PACE_DAYS};
use rusqlite::{Connection, OptionalExtension, params};

/// Key of `meta` with the business day for which the rollup stands.
const PACE_DAY: &str = "pace_day";

/// The rollup as `product_day` has it on `day`, an expression of SQL.
pub(crate) fn counted(day: &str) -> String {
    format!(
        "SELECT product, location, sum(CASE WHEN day > {day} - {PACE_DAYS} THEN units_milli ELSE 0 END) units_milli,
           sum(CASE WHEN day > {day} - {PACE_DAYS} THEN total ELSE 0 END) total,
           max(CASE WHEN units_milli > 0 THEN day END) last_day
         FROM product_day WHERE day > {day} - {DEAD_DAYS} GROUP BY product, location"
    )
}

/// What is kept against what it must equal; rows of nothing but zeros count as absent.
pub(crate) fn kept_and_counted() -> (String, String) {
    let told = "SELECT product, location, units_milli, total, last_day FROM";
    let worth = "WHERE units_milli <> 0 OR total <> 0 OR last_day IS NOT NULL";
    let day = format!("(SELECT CAST(value AS INTEGER) FROM meta WHERE key = '{PACE_DAY}')");
    (format!("{told} product_pace {worth}"), format!("{told} ({}) {worth}", counted(&day)))
}

/// The business day for which the rollup stands.
pub(crate) fn stands_for(c: &Connection) -> Result<Option<i32>, StoreError> {
    let day: Option<String> =
        c.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([PACE_DAY], |r| r.get(0)).optional()?;
    Ok(day.and_then(|day| day.parse().ok()))
}

/// Moves the window on to `today`, where it is not there.
pub(crate) fn move_on(c: &Connection, today: i32) -> Result<(), StoreError> {
    if stands_for(c)? == Some(today) { Ok(()) } else { count_anew(c, today) }
}

/// Makes the rollup anew for `today`.
pub(crate) fn count_anew(c: &Connection, today: i32) -> Result<(), StoreError> {
    c.execute("DELETE FROM product_pace", [])?;
    c.execute(
        &format!("INSERT INTO product_pace (product, location, units_milli, total, last_day) {}", counted("?1")),
        [today],
    )?;
    c.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
        params![PACE_DAY, today.to_string()],
    )?;
    Ok(())
}

/// A change of what a product sold on a day, after `product_day` has it.
pub(crate) struct Sold {
    pub(crate) day: i32,
    pub(crate) product: i64,
    pub(crate) location: i64,
    pub(crate) units_milli: i64,
    pub(crate) total: i64,
}

/// Takes a change in. The rollup stands for `today`.
pub(crate) fn add(c: &Connection, today: i32, sold: &Sold) -> Result<(), StoreError> {
    if sold.day <= today - DEAD_DAYS {
        return Ok(());
    }
    let (units, total) = if sold.day > today - PACE_DAYS { (sold.units_milli, sold.total) } else { (0, 0) };
    let key = params![sold.product, sold.location, sold.day];
    let sold_then: bool = c
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM product_day WHERE day = ?3 AND product = ?1 AND location = ?2 AND units_milli > 0)",
        )?
        .query_row(key, |r| r.get(0))?;
    let last: Option<i32> = c
        .prepare_cached(
            "INSERT INTO product_pace (product, location, units_milli, total, last_day) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET units_milli = units_milli + excluded.units_milli, total = total + excluded.total,
               last_day = max(coalesce(last_day, excluded.last_day), coalesce(excluded.last_day, last_day))
             RETURNING last_day",
        )?
        .query_row(params![sold.product, sold.location, units, total, sold_then.then_some(sold.day)], |r| r.get(0))?;
    // The last sale was taken back: it is looked for day by day, since `product_day` is ordered by them.
    if last == Some(sold.day) && !sold_then {
        let mut before = c.prepare_cached(
            "WITH RECURSIVE back (day) AS (SELECT ?3 - 1 UNION ALL SELECT day - 1 FROM back WHERE day > ?4 + 1)
             SELECT max(day) FROM back
             WHERE EXISTS (SELECT 1 FROM product_day p WHERE p.day = back.day AND product = ?1 AND location = ?2 AND units_milli > 0)",
        )?;
        let last: Option<i32> =
            before.query_row(params![sold.product, sold.location, sold.day, today - DEAD_DAYS], |r| r.get(0))?;
        c.prepare_cached("UPDATE product_pace SET last_day = ?3 WHERE product = ?1 AND location = ?2")?
            .execute(params![sold.product, sold.location, last])?;
    }
    Ok(())
}
