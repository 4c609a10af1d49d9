//! Distinct known customers of the payments in one currency.

use super::Totals;
use crate::error::StoreError;
use backroom_core::BusinessDay;
use rusqlite::{Connection, OptionalExtension, params};

/// Counts each customer in the periods that begin by the last day of theirs.
pub(super) fn count_last(
    mut last: rusqlite::Rows<'_>,
    starts: &[Option<BusinessDay>],
    all: &mut [Totals],
) -> Result<(), StoreError> {
    while let Some(r) = last.next()? {
        let day: i32 = r.get(0)?;
        for (start, totals) in starts.iter().zip(&mut *all) {
            if start.is_none_or(|s| day >= s.number()) {
                totals.customers += 1;
            }
        }
    }
    Ok(())
}

/// Where the customers of payments in a currency are counted: who bought on which day is kept by location alone.
pub(super) enum Buyers {
    /// There is no other currency here: every customer is one of it.
    Everybody,
    /// At the locations that trade in it and in no other: a JSON list of their keys.
    At(String),
    /// Among the payments themselves: some location takes it and another one.
    Rows,
}

pub(super) fn buyers(c: &Connection, location: i64, currency: &str) -> Result<Buyers, StoreError> {
    let alone: bool = c
        .prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM sales_month WHERE location = 0 AND currency <> ?1)")?
        .query_row([currency], |r| r.get(0))?;
    if alone {
        return Ok(Buyers::Everybody);
    }
    let (places, mixed): (String, bool) = c
        .prepare_cached(
            "SELECT json_group_array(location), coalesce(max(other), 0) FROM
               (SELECT location, max(currency = ?1) AS own, max(currency <> ?1) AS other FROM sales_month
                WHERE location <> 0 AND (?2 = 0 OR location = ?2) GROUP BY location) WHERE own = 1",
        )?
        .query_row(params![currency, location], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(if mixed { Buyers::Rows } else { Buyers::At(places) })
}

/// Distinct known customers of the payments of some days, both ends included.
pub(super) fn customers(
    c: &Connection,
    buyers: &Buyers,
    location: i64,
    currency: &str,
    from: i32,
    to: i32,
) -> Result<i64, StoreError> {
    Ok(match buyers {
        Buyers::Everybody if from == to => c
            .prepare_cached("SELECT customers FROM customers_in_day WHERE location = ?1 AND day = ?2")?
            .query_row(params![location, from], |r| r.get(0))
            .optional()?
            .unwrap_or(0),
        Buyers::Everybody => c
            .prepare_cached(
                "SELECT count(DISTINCT customer) FROM customer_day WHERE day BETWEEN ?1 AND ?2 AND (?3 = 0 OR location = ?3)",
            )?
            .query_row(params![from, to, location], |r| r.get(0))?,
        Buyers::At(places) => c
            .prepare_cached(
                "SELECT count(DISTINCT customer) FROM customer_day
                 WHERE day BETWEEN ?1 AND ?2 AND location IN (SELECT value FROM json_each(?3))",
            )?
            .query_row(params![from, to, places], |r| r.get(0))?,
        Buyers::Rows => {
            // The day decides; the instants around it find the rows by their index.
            let instant = |day: i32, more: i64| (i64::from(day) + more).saturating_mul(86_400_000_000);
            c.prepare_cached(
                "SELECT count(DISTINCT customer) FROM payment WHERE taken_at >= ?1 AND taken_at < ?2 AND day BETWEEN ?3 AND ?4
                   AND status = 2 AND deleted = 0 AND currency = ?5 AND (?6 = 0 OR location = ?6)",
            )?
            .query_row(params![instant(from, -1), instant(to, 3), from, to, currency, location], |r| r.get(0))?
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::report::{by_day, by_month, period, to_date};
    use backroom_core::BusinessDay;
    use rusqlite::{Connection, params};

    /// A buffer in which customers paid: customer, location, currency, day.
    fn buffer(paid: &[(i64, i64, &str, i32)]) -> Connection {
        let c = Connection::open_in_memory().unwrap();
        c.execute_batch(include_str!("../../migrations/01-first.sql")).unwrap();
        let month = |day: i32| BusinessDay::from_number(day).month_number();
        for (n, (customer, location, currency, day)) in paid.iter().enumerate() {
            let taken = i64::from(*day) * 86_400_000_000 + 64_800_000_000;
            c.execute(
                "INSERT INTO payment (source, id, location, customer, status, amount, tip, total, refunded, fee, currency, method,
                   created_at, taken_at, day, hour, version) VALUES (1, ?1, ?2, ?3, 2, 100, 0, 100, 0, 0, ?4, 1, ?5, ?5, ?6, 12, 1)",
                params![n.to_string(), location, customer, currency, taken, day],
            )
            .unwrap();
            for place in [0, *location] {
                for (table, period, at) in [("sales_day", "day", *day), ("sales_month", "month", month(*day))] {
                    let sql = format!(
                        "INSERT INTO {table} (location, {period}, currency, collected, tips, refunded, payments, refunds)
                         VALUES (?1, ?2, ?3, 100, 0, 0, 1, 0)
                         ON CONFLICT DO UPDATE SET payments = payments + 1, collected = collected + 100"
                    );
                    c.execute(&sql, params![place, at, currency]).unwrap();
                }
                c.execute(
                    "INSERT INTO customer_last VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET last_day = max(last_day, ?3)",
                    params![place, customer, day],
                )
                .unwrap();
            }
            let who = params![day, customer, location];
            c.execute("INSERT INTO customer_day VALUES (?1, ?2, ?3, 1) ON CONFLICT DO NOTHING", who).unwrap();
            let who = params![month(*day), customer, location];
            c.execute("INSERT INTO customer_month VALUES (?1, ?2, ?3, 1) ON CONFLICT DO NOTHING", who).unwrap();
        }
        for (counts, from, at) in
            [("customers_in_day", "customer_day", "day"), ("customers_in_month", "customer_month", "month")]
        {
            for place in ["0", "location"] {
                let sql = format!(
                    "INSERT INTO {counts} SELECT {place}, {at}, count(DISTINCT customer) FROM {from} GROUP BY 1, 2"
                );
                c.execute(&sql, []).unwrap();
            }
        }
        c
    }

    /// Whatever the currencies, and wherever they are taken, every report counts the customers of one.
    #[test]
    fn customers_are_those_of_the_currency() {
        let day = BusinessDay::parse("2026-11-20").unwrap();
        let (now, before) = (day.number(), day.number() - 8);
        let alone = vec![(1, 1, "USD", now), (2, 1, "USD", now), (1, 2, "USD", now), (3, 2, "USD", before)];
        // A location in Canada, which customer 1 went to as well.
        let abroad = [&alone[..], &[(1, 3, "CAD", now), (7, 3, "CAD", now), (8, 3, "CAD", before)]].concat();
        // And one that takes both.
        let mixed = [&abroad[..], &[(9, 2, "CAD", now), (2, 2, "CAD", now)]].concat();
        for (paid, what) in
            [(alone, "one currency"), (abroad, "a location abroad"), (mixed, "a location that takes both")]
        {
            let c = buffer(&paid);
            for currency in ["USD", "CAD"] {
                for place in 0..4 {
                    let expected = |from: i32, to: i32| {
                        let mut who: Vec<i64> = paid
                            .iter()
                            .filter(|p| p.2 == currency && (place == 0 || p.1 == place) && (from..=to).contains(&p.3))
                            .map(|p| p.0)
                            .collect();
                        who.sort_unstable();
                        who.dedup();
                        i64::try_from(who.len()).unwrap()
                    };
                    // Where there is one currency alone, nobody asks for another.
                    if what == "one currency" && currency == "CAD" {
                        continue;
                    }
                    let case = format!("{what}: {currency} at {place}");
                    let from = day.plus(-10);
                    let whole = period(&c, place, currency, from, day).unwrap();
                    assert_eq!(whole.customers, expected(before, now), "{case}, some days");
                    assert_eq!(
                        period(&c, place, currency, day, day).unwrap().customers,
                        expected(now, now),
                        "{case}, a day"
                    );
                    let starts = [Some(day), Some(day.plus(-3)), Some(day.month_start()), None];
                    let told = to_date(&c, place, currency, day, &starts).unwrap();
                    let told: Vec<i64> = told.iter().map(|t| t.customers).collect();
                    let (one, all) = (expected(now, now), expected(before, now));
                    assert_eq!(told, [one, one, all, all], "{case}, until today");
                    for step in by_day(&c, place, currency, from, day).unwrap() {
                        let number = step.from.number();
                        assert_eq!(step.totals.customers, expected(number, number), "{case} on {}", step.from);
                    }
                    for step in by_month(&c, place, currency, from, day).unwrap() {
                        let (from, to) = (step.from.number(), step.to.number());
                        assert_eq!(step.totals.customers, expected(from, to), "{case} in {}", step.from);
                    }
                }
            }
        }
    }
}
