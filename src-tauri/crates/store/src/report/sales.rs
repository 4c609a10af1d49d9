//! Sales cut by hour, method, category, item and location.

use super::names::location_name;
use crate::error::StoreError;
use backroom_core::{BusinessDay, DayRule, Timestamp};
use rusqlite::{Connection, params};

/// An hour of a business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourRow {
    /// Hour on the wall.
    pub hour: u8,
    /// Net of the hour.
    pub net: i64,
    /// Payments of the hour.
    pub payments: i64,
}

/// The hours of a day in their order from its start, those without sales included: 24 of them. Where the day begins within an
/// hour, such as at 04:30, that hour is told in two parts: what is left of it first, and last its beginning, on the next date.
///
/// # Errors
/// What the buffer says.
pub fn hours(
    c: &Connection,
    location: i64,
    currency: &str,
    rule: &DayRule,
    day: BusinessDay,
) -> Result<Vec<HourRow>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT hour, sum(collected - refunded), sum(payments) FROM sales_hour
         WHERE day = ?1 AND (?2 = 0 OR location = ?2) AND currency = ?3 GROUP BY hour ORDER BY hour",
    )?;
    let rows = statement.query_map(params![day.number(), location, currency], |r| {
        Ok(HourRow { hour: r.get(0)?, net: r.get(1)?, payments: r.get(2)? })
    })?;
    let found: Vec<HourRow> = rows.collect::<Result<_, _>>()?;
    let first = u8::try_from(rule.start_minute() / 60).unwrap_or(0);
    let mut told: Vec<HourRow> = (0..24)
        .map(|n| (first + n) % 24)
        .map(|hour| found.iter().find(|r| r.hour == hour).copied().unwrap_or(HourRow { hour, net: 0, payments: 0 }))
        .collect();
    if !rule.start_minute().is_multiple_of(60)
        && let Some(parted) = told.first_mut()
    {
        // The figures of an hour of the clock know no minutes: the rows tell the part at the start, the rest is at the end.
        let begins = super::until_minute(c, location, currency, rule.starts_at(day), end_of_first_hour(rule, day))?;
        let ends = HourRow { net: parted.net - begins.net(), payments: parted.payments - begins.payments, ..*parted };
        *parted = HourRow { net: begins.net(), payments: begins.payments, ..*parted };
        told.push(ends);
    }
    Ok(told)
}

/// When the clock leaves the hour in which a day begins: at once where a gap of the clock skipped it, an hour later where it comes
/// twice.
fn end_of_first_hour(rule: &DayRule, day: BusinessDay) -> Timestamp {
    let start = rule.starts_at(day);
    let hour = u8::try_from(rule.start_minute() / 60).unwrap_or(0);
    let minutes = (0..=180).map(|minute| start.plus_seconds(minute * 60));
    minutes.into_iter().find(|at| rule.wall_hour(*at) != hour).unwrap_or(start)
}

/// Net and payments by weekday (0 Monday) and hour over a period.
///
/// # Errors
/// What the buffer says.
pub fn heat(
    c: &Connection,
    location: i64,
    currency: &str,
    from: BusinessDay,
    to: BusinessDay,
) -> Result<Vec<(u8, HourRow)>, StoreError> {
    // 1970-01-01 was a Thursday.
    let mut statement = c.prepare_cached(
        "SELECT (day + 3) % 7, hour, sum(collected - refunded), sum(payments) FROM sales_hour
         WHERE day BETWEEN ?1 AND ?2 AND (?3 = 0 OR location = ?3) AND currency = ?4 GROUP BY 1, 2 ORDER BY 1, 2",
    )?;
    let rows = statement.query_map(params![from.number(), to.number(), location, currency], |r| {
        Ok((r.get(0)?, HourRow { hour: r.get(1)?, net: r.get(2)?, payments: r.get(3)? }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A share of the sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Id or word; empty for what has none.
    pub key: String,
    /// Name.
    pub name: String,
    /// Minor units.
    pub amount: i64,
    /// Payments, or thousandths of a unit.
    pub count: i64,
}

fn shares(c: &Connection, sql: &str, p: impl rusqlite::Params) -> Result<Vec<Share>, StoreError> {
    let mut statement = c.prepare_cached(sql)?;
    let rows = statement
        .query_map(p, |r| Ok(Share { key: r.get(0)?, name: r.get(1)?, amount: r.get(2)?, count: r.get(3)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Collected by payment method.
///
/// # Errors
/// What the buffer says.
pub fn by_method(
    c: &Connection,
    location: i64,
    currency: &str,
    from: BusinessDay,
    to: BusinessDay,
) -> Result<Vec<Share>, StoreError> {
    shares(
        c,
        "SELECT w.text, w.text, sum(collected), sum(payments) FROM method_day m JOIN word w ON w.pk = m.method
         WHERE day BETWEEN ?1 AND ?2 AND (?3 = 0 OR location = ?3) AND currency = ?4
         GROUP BY m.method HAVING sum(payments) <> 0 OR sum(collected) <> 0 ORDER BY 3 DESC",
        params![from.number(), to.number(), location, currency],
    )
}

/// Net by location.
///
/// # Errors
/// What the buffer says.
pub fn by_location(
    c: &Connection,
    currency: &str,
    from: BusinessDay,
    to: BusinessDay,
) -> Result<Vec<Share>, StoreError> {
    shares(
        c,
        concat!(
            "SELECT l.id, ",
            location_name!(),
            ", coalesce(sum(collected - refunded), 0), coalesce(sum(payments), 0) FROM location l
             LEFT JOIN sales_day d ON d.location = l.pk AND d.day BETWEEN ?1 AND ?2 AND d.currency = ?3
             WHERE l.known = 1 AND l.deleted = 0 GROUP BY l.pk ORDER BY 3 DESC, 2"
        ),
        params![from.number(), to.number(), currency],
    )
}

/// Gross of completed orders by category, best first.
///
/// # Errors
/// What the buffer says.
pub fn by_category(
    c: &Connection,
    location: i64,
    currency: &str,
    from: BusinessDay,
    to: BusinessDay,
    limit: u32,
) -> Result<Vec<Share>, StoreError> {
    shares(
        c,
        "SELECT coalesce(g.id, CASE WHEN d.product = 0 THEN '#typed' ELSE '#none' END), coalesce(g.name, CASE WHEN d.product = 0 THEN 'Typed in by hand' ELSE 'No category' END),
           sum(d.total), sum(d.units) FROM
           (SELECT product, sum(total) AS total, sum(units_milli) AS units FROM product_day
            WHERE day BETWEEN ?1 AND ?2 AND (?3 = 0 OR location = ?3) AND currency = ?4 GROUP BY product) d
         LEFT JOIN product p ON p.pk = d.product LEFT JOIN category g ON g.id = p.category_id AND g.source = p.source
         GROUP BY 1, 2 ORDER BY 3 DESC LIMIT ?5",
        params![from.number(), to.number(), location, currency, limit],
    )
}

/// Sales by item, best first.
///
/// # Errors
/// What the buffer says.
pub fn by_item(
    c: &Connection,
    location: i64,
    currency: &str,
    from: BusinessDay,
    to: BusinessDay,
    limit: u32,
) -> Result<Vec<Share>, StoreError> {
    shares(
        c,
        "SELECT coalesce(p.id, ''), coalesce(p.name, 'Typed in by hand'), sum(d.total), sum(d.units_milli) FROM product_day d
         LEFT JOIN product p ON p.pk = d.product
         WHERE d.day BETWEEN ?1 AND ?2 AND (?3 = 0 OR d.location = ?3) AND d.currency = ?4
         GROUP BY d.product ORDER BY 3 DESC LIMIT ?5",
        params![from.number(), to.number(), location, currency, limit],
    )
}

/// What completed orders of a period add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LadderRow {
    /// Σ quantity × price of sold lines.
    pub gross: i64,
    /// Discounts.
    pub discount: i64,
    /// Goods returned, positive.
    pub returned: i64,
    /// Tax.
    pub tax: i64,
    /// Tips.
    pub tip: i64,
    /// Service charges.
    pub service_charge: i64,
    /// What the orders say was due.
    pub due: i64,
    /// Orders.
    pub orders: i64,
}

/// The ladder of a period, from the orders' side.
///
/// # Errors
/// What the buffer says.
pub fn ladder(
    c: &Connection,
    location: i64,
    currency: &str,
    from: BusinessDay,
    to: BusinessDay,
) -> Result<LadderRow, StoreError> {
    Ok(c.prepare_cached(
        "SELECT coalesce(sum(gross), 0), coalesce(sum(discount), 0), coalesce(sum(returned), 0), coalesce(sum(tax), 0),
           coalesce(sum(tip), 0), coalesce(sum(service_charge), 0), coalesce(sum(due), 0), coalesce(sum(orders), 0)
         FROM order_day WHERE day BETWEEN ?1 AND ?2 AND (?3 = 0 OR location = ?3) AND currency = ?4",
    )?
    .query_row(params![from.number(), to.number(), location, currency], |r| {
        Ok(LadderRow {
            gross: r.get(0)?,
            discount: r.get(1)?,
            returned: r.get(2)?,
            tax: r.get(3)?,
            tip: r.get(4)?,
            service_charge: r.get(5)?,
            due: r.get(6)?,
            orders: r.get(7)?,
        })
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hour_in_which_a_day_begins_ends_by_the_clock_on_the_wall() {
        let day = |text: &str| BusinessDay::parse(text).unwrap();
        for (zone, start, on, minutes, why) in [
            ("America/Chicago", "04:30", "2026-11-20", 30, "what is left of the hour"),
            ("America/Chicago", "04:00", "2026-11-20", 60, "all of it"),
            ("America/Chicago", "01:30", "2026-11-01", 90, "the hour comes twice that night"),
            ("America/Chicago", "02:30", "2026-03-08", 0, "the clock skips it that night"),
            ("Australia/Lord_Howe", "02:15", "2026-10-04", 30, "the clock skips half of it"),
        ] {
            let rule = DayRule::new(zone, start).unwrap();
            let length = end_of_first_hour(&rule, day(on)).seconds_since(rule.starts_at(day(on)));
            assert_eq!(length, minutes * 60, "{zone} {on} from {start}: {why}");
        }
    }
}
