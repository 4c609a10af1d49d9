//! Whether what one knows is what the other holds: shop and buffer, buffer and a reader of the warehouse.

use backroom_core::BusinessDay;
use backroom_core::money::decimal;
use backroom_sandbox::bigquery::BigQuery as StandIn;
use backroom_sandbox::square::Truth;
use backroom_store::{Store, report};
use std::collections::BTreeMap;

/// Every business day of every location equals the shop's own sums, and the self-check agrees.
pub fn assert_equals_truth(store: &Store, truth: &Truth) {
    let health = store.doctor().unwrap();
    assert!(health.ok(), "the self-check finds nothing: {:?}", health.findings);
    store
        .read(|c| {
            for (name, days) in std::iter::once((None, &truth.days))
                .chain(truth.by_location.iter().map(|(id, days)| (Some(id.as_str()), days)))
            {
                let place = report::place(c, name)?.unwrap();
                for (day, expected) in days {
                    let day = BusinessDay::parse(day).unwrap();
                    let found = report::period(c, place, "USD", day, day)?;
                    assert_eq!(
                        (found.collected, found.tips, found.refunded, found.payments, found.customers),
                        (
                            expected.collected_minor,
                            expected.tips_minor,
                            expected.refunded_minor,
                            expected.transactions as i64,
                            expected.customers.len() as i64
                        ),
                        "{name:?} on {day} equals what the shop knows"
                    );
                }
            }
            Ok(())
        })
        .unwrap();
}

pub type Reader = BTreeMap<String, (Option<String>, Option<String>, Option<String>)>;

/// What the buffer holds of payments: id → amount, status, refunded.
pub fn buffered(store: &Store) -> Reader {
    store
        .read(|c| {
            let mut statement = c.prepare("SELECT id, amount, status, refunded FROM payment")?;
            let rows = statement.query_map([], |r| {
                let status = backroom_core::sale::PaymentStatus::from_code(r.get(2)?).as_str().to_owned();
                Ok((r.get(0)?, (Some(decimal(r.get(1)?, 2)), Some(status), Some(decimal(r.get(3)?, 2)))))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .unwrap()
}

/// What a reader of the warehouse sees, and that no id comes twice.
pub fn delivered(stand_in: &StandIn) -> Reader {
    let rows = stand_in.rows("demo.square_payments");
    let count = rows.len();
    let number = |text: &Option<String>| text.as_ref().map(|t| format!("{:.2}", t.parse::<f64>().unwrap()));
    let seen: Reader = rows
        .into_iter()
        .map(|r| (r["id"].clone().unwrap(), (number(&r["amount"]), r["status"].clone(), number(&r["refunded_amount"]))))
        .collect();
    assert_eq!(seen.len(), count, "no payment is there twice");
    seen
}

/// Equal, telling the first few differences alone.
pub fn assert_same(seen: &Reader, held: &Reader, why: &str) {
    let differ: Vec<_> = held.iter().filter(|(id, row)| seen.get(*id) != Some(row)).take(3).collect();
    assert!(
        differ.is_empty() && seen.len() == held.len(),
        "{why}: {} of {} rows, for example {differ:?}",
        seen.len(),
        held.len()
    );
}

pub fn assert_settled(store: &Store, stand_in: &StandIn) {
    assert_eq!(store.waiting().unwrap(), (0, 0), "nothing waits and nothing was refused");
    assert_same(&delivered(stand_in), &buffered(store), "a reader sees what the buffer holds");
    let lines: i64 = store.read(|c| Ok(c.query_row("SELECT count(*) FROM order_line", [], |r| r.get(0))?)).unwrap();
    for table in ["demo.square_order_lines", "demo.sales"] {
        assert_eq!(stand_in.rows(table).len() as i64, lines, "{table} has every sold line once");
    }
    let health = store.doctor().unwrap();
    assert!(health.ok(), "the ledger balances: {:?}", health.findings);
    let left: Vec<String> = stand_in.tables().into_keys().filter(|t| t.starts_with("demo._")).collect();
    assert!(left.is_empty(), "no staging table stays behind: {left:?}");
}
