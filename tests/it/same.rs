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
    settled(store, stand_in, false);
}

/// The same where another computer delivers too. What is gone one of them may never have known: what is told of it is left aside. So
/// are the lines of returns: the stand-in tells a return by its lines or by its amount, under the same version, depending on what was
/// given back after it, and two computers that asked at different times were told both.
pub fn assert_settled_beside(store: &Store, stand_in: &StandIn) {
    settled(store, stand_in, true);
}

fn settled(store: &Store, stand_in: &StandIn, beside: bool) {
    assert_eq!(store.waiting().unwrap(), (0, 0), "nothing waits and nothing was refused");
    assert_same(&delivered(stand_in), &buffered(store), "a reader sees what the buffer holds");
    assert_every_table(store, stand_in, beside);
    let lines: i64 = store.read(|c| Ok(c.query_row("SELECT count(*) FROM order_line", [], |r| r.get(0))?)).unwrap();
    // Another computer may have known lines that this one never met.
    for table in if beside { &[][..] } else { &["demo.square_order_lines", "demo.sales"] } {
        assert_eq!(stand_in.rows(table).len() as i64, lines, "{table} has every sold line once");
    }
    let health = store.doctor().unwrap();
    assert!(health.ok(), "the ledger balances: {:?}", health.findings);
    let left: Vec<String> = stand_in.tables().into_keys().filter(|t| t.starts_with("demo._")).collect();
    assert!(left.is_empty(), "no staging table stays behind: {left:?}");
}

/// What a reader must see of each table: its name, its columns, and the buffer's own rows in the same order and form.
const TABLES: [(&str, &[&str], &str); 5] = [
    (
        "demo.square_payments",
        &["id", "total_amount", "tip_amount", "customer_id", "business_day", "source_type", "order_id"],
        "SELECT p.id, p.total, p.tip, c.id, date(p.day * 86400, 'unixepoch'), w.text, p.order_id FROM payment p
         JOIN word w ON w.pk = p.method LEFT JOIN customer c ON c.pk = p.customer ORDER BY p.id",
    ),
    (
        "demo.square_refunds",
        &["id", "amount", "payment_id", "business_day"],
        "SELECT id, amount, payment_id, date(day * 86400, 'unixepoch') FROM refund ORDER BY id",
    ),
    (
        "demo.square_orders",
        &["id", "total", "tax", "discount", "returned", "business_day"],
        "SELECT id, total, tax, discount, returned, date(day * 86400, 'unixepoch') FROM orders ORDER BY id",
    ),
    (
        "demo.square_order_lines",
        &["order_id", "line_uid", "gross", "discount", "total", "_deleted"],
        "SELECT o.id, n.uid, n.gross, n.discount, n.total, iif(n.deleted OR o.deleted, 'true', 'false') FROM order_line n JOIN orders o ON o.pk = n.order_pk ORDER BY o.id, n.uid",
    ),
    (
        "demo.square_items",
        &["id", "name", "price", "quantity", "_deleted"],
        "SELECT id, name, price, (SELECT sum(quantity_milli) / 10.0 FROM stock WHERE stock.product = product.pk),
           iif(deleted, 'true', 'false') FROM product WHERE known = 1 ORDER BY id",
    ),
];

/// A reader sees every row of every table as the buffer has it. Amounts of the buffer are minor units.
fn assert_every_table(store: &Store, stand_in: &StandIn, beside: bool) {
    use rusqlite::types::ValueRef;
    for (table, columns, sql) in TABLES {
        let held: Vec<Vec<Option<String>>> = store
            .read(|c| {
                let mut statement = c.prepare(sql)?;
                let rows = statement.query_map([], |r| {
                    (0..columns.len())
                        .map(|n| {
                            Ok(match r.get_ref(n)? {
                                ValueRef::Null => None,
                                ValueRef::Integer(minor) => Some(decimal(minor, 2)),
                                ValueRef::Real(minor) => Some(format!("{:.2}", minor / 100.0)),
                                other => Some(other.as_str()?.to_owned()),
                            })
                        })
                        .collect()
                })?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .unwrap();
        let amounts: Vec<bool> = (0..columns.len())
            .map(|n| held.iter().filter_map(|row| row[n].as_ref()).all(|t| t.contains('.') && t.parse::<f64>().is_ok()))
            .collect();
        let mut seen: Vec<Vec<Option<String>>> = stand_in
            .rows(table)
            .into_iter()
            .map(|row| {
                let cell = |(n, name): (usize, &&str)| {
                    let text = row[*name].clone()?;
                    Some(if amounts[n] { format!("{:.2}", text.parse::<f64>().unwrap()) } else { text })
                };
                columns.iter().enumerate().map(cell).collect()
            })
            .collect();
        let mut held = held;
        if let (true, Some(at)) = (beside, columns.iter().position(|name| *name == "_deleted")) {
            let told = |row: &Vec<Option<String>>| {
                row[at].as_deref() != Some("true") && !row[1].as_ref().is_some_and(|uid| uid.starts_with("return:"))
            };
            held.retain(told);
            seen.retain(told);
        }
        seen.sort();
        held.sort();
        let differ: Vec<_> = held.iter().zip(&seen).filter(|(a, b)| a != b).take(2).collect();
        assert!(
            held.len() == seen.len() && differ.is_empty(),
            "{table}: {} of {} rows, {differ:?}",
            seen.len(),
            held.len()
        );
    }
}
