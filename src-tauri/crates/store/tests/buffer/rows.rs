//! Rows, versions and rollups.

use crate::{assert_healthy, line, noon, open, order, payment, product, pull, refund, stream};
use backroom_core::sale::{OrderState, Payment, PaymentStatus};
use backroom_core::source::{Entity, Rows};
use backroom_core::{BusinessDay, Currency};
use backroom_store::{PullKind, report};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A random version of one of a few payments.
fn any_payment() -> impl Strategy<Value = Payment> {
    (0..6u8, 0..5i64, 0..4usize, 0..3u8, 0..4i64, -40..40i64, 0..4u8, prop::bool::ANY).prop_map(
        |(id, version, status, location, tip, hours, customer, yen)| {
            let status =
                [PaymentStatus::Completed, PaymentStatus::Approved, PaymentStatus::Canceled, PaymentStatus::Completed]
                    [status];
            let mut p = payment(&format!("p{id}"), version);
            p.status = status;
            p.location_id = format!("L{location}");
            p.tip = tip * 100;
            p.amount = 1_000 + version * 10 + hours;
            p.taken_at = p.created_at.plus_seconds(hours * 3_600);
            p.customer_id = (customer > 0).then(|| format!("c{customer}"));
            p.currency = if yen { Currency::parse("JPY").unwrap() } else { Currency::USD };
            p
        },
    )
}

/// What must be there at the end: for each id the last of its newest versions in the order they came.
fn newest(seen: &[Payment]) -> BTreeMap<String, Payment> {
    let mut held: BTreeMap<String, Payment> = BTreeMap::new();
    for p in seen {
        match held.get(&p.id) {
            Some(old) if old.version > p.version => {}
            _ => {
                held.insert(p.id.clone(), p.clone());
            }
        }
    }
    held
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Versions in any order, replayed, moving between days, places, customers, statuses and currencies.
    #[test]
    fn the_newest_version_wins_and_rollups_follow(pages in prop::collection::vec(prop::collection::vec(any_payment(), 1..6), 1..7)) {
        let folder = tempfile::tempdir().unwrap();
        runtime().block_on(async {
            let store = open(folder.path());
            let payments = stream(&store, Entity::Payments).await;
            for page in &pages {
                pull(&store, payments, PullKind::Changes, Rows::Payments(page.clone())).await.unwrap();
            }
            assert_healthy(&store, "rollups equal the rows");
            let held = newest(&pages.concat());
            let mut days: BTreeMap<(BusinessDay, &str), (i64, i64, i64)> = BTreeMap::new();
            for p in held.values().filter(|p| p.status == PaymentStatus::Completed) {
                let sums = days.entry((store.rule().day_of(p.taken_at), p.currency.code())).or_default();
                *sums = (sums.0 + p.amount, sums.1 + p.tip, sums.2 + 1);
            }
            store.read(|c| {
                for ((day, currency), (amount, tips, count)) in days {
                    let t = report::period(c, 0, currency, day, day)?;
                    assert_eq!((t.collected, t.tips, t.payments), (amount, tips, count), "{day} {currency}");
                }
                Ok(())
            }).unwrap();
            // The same pages again change nothing.
            let before = store.waiting().unwrap();
            for p in held.values() {
                let again = pull(&store, payments, PullKind::Changes, Rows::Payments(vec![p.clone()])).await.unwrap();
                assert_eq!(again.changed, 0, "a replay is no change");
            }
            assert_eq!(store.waiting().unwrap(), before, "and sends nothing");
        });
    }

    /// Orders whose lines come, change and go.
    #[test]
    fn lines_follow_their_order(versions in prop::collection::vec((0..5i64, prop::collection::vec((0..4u8, 1..500i64), 0..4), prop::bool::ANY), 1..7)) {
        let folder = tempfile::tempdir().unwrap();
        runtime().block_on(async {
            let store = open(folder.path());
            let orders = stream(&store, Entity::Orders).await;
            let mut last: Option<(i64, i64)> = None;
            for (version, lines, completed) in versions {
                let mut unique: BTreeMap<u8, i64> = BTreeMap::new();
                unique.extend(lines);
                let lines = unique.iter().map(|(uid, total)| line(&format!("u{uid}"), Some("v1"), *total)).collect();
                let mut o = order("o1", version, lines);
                o.state = if completed { OrderState::Completed } else { OrderState::Open };
                let due = if completed { o.total } else { 0 };
                pull(&store, orders, PullKind::Changes, Rows::Orders(vec![o])).await.unwrap();
                if last.is_none_or(|(v, _)| version >= v) {
                    last = Some((version, due));
                }
                assert_healthy(&store, "rollups equal the rows");
            }
            let day = store.rule().day_of(noon().plus_days(-10));
            let ladder = store.read(|c| report::ladder(c, 0, "USD", day, day)).unwrap();
            assert_eq!(ladder.due, last.unwrap().1, "the newest version of the order counts");
            assert_eq!(ladder.gross, ladder.due, "and so do exactly its lines");
        });
    }
}

#[tokio::test]
async fn an_older_version_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let payments = stream(&store, Entity::Payments).await;
    let new = Payment { tip: 200, ..payment("p1", 9) };
    pull(&store, payments, PullKind::Changes, Rows::Payments(vec![new])).await.unwrap();
    let stats = pull(&store, payments, PullKind::Changes, Rows::Payments(vec![payment("p1", 3)])).await.unwrap();
    assert_eq!((stats.rows, stats.changed), (1, 0), "a late duplicate of an old version is read and ignored");
    let day = store.rule().day_of(payment("p1", 0).taken_at);
    let t = store.read(|c| report::period(c, 0, "USD", day, day)).unwrap();
    assert_eq!((t.collected, t.tips), (1_250, 200), "the tip stays");
}

#[tokio::test]
async fn a_refund_counts_on_its_own_day_and_a_closed_day_says_that_it_changed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let payments = stream(&store, Entity::Payments).await;
    let refunds = stream(&store, Entity::Refunds).await;
    pull(&store, payments, PullKind::Window, Rows::Payments(vec![payment("p0", 0)])).await.unwrap();
    pull(&store, refunds, PullKind::Changes, Rows::Refunds(vec![refund("r1", 0)])).await.unwrap();
    let told = |s: &backroom_store::Store| s.read(|c| report::restatements(c, noon().plus_days(-99), 9)).unwrap();
    assert!(told(&store).is_empty(), "while the history fills in, nothing is a restatement");
    for id in [payments, refunds] {
        store.complete_history(id, 0).await.unwrap();
    }
    let mut later = refund("r2", 0);
    later.amount = 125;
    pull(&store, refunds, PullKind::Changes, Rows::Refunds(vec![later])).await.unwrap();
    let day = store.rule().day_of(noon().plus_days(-3));
    let told = told(&store);
    assert_eq!(told.len(), 1, "one closed day changed");
    assert_eq!((told[0].day, told[0].old_net, told[0].new_net), (day, -300, -425), "old, new");
    assert_eq!(told[0].why, "late refund");
    assert_healthy(&store, "rollups equal the rows");
}

#[tokio::test]
async fn only_a_completed_sweep_finds_what_is_gone() {
    let rows = |ids: &[&str]| Rows::Catalog {
        products: ids.iter().map(|id| product(id)).collect(),
        deleted_items: Vec::new(),
        categories: Vec::new(),
    };
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let catalog = stream(&store, Entity::Catalog).await;
    let names = |s: &backroom_store::Store| -> Vec<String> {
        let day = s.rule().day_of(noon());
        s.read(|c| report::products(c, 0, day)).unwrap().into_iter().map(|p| p.id).collect()
    };
    pull(&store, catalog, PullKind::All, rows(&["a", "b", "c"])).await.unwrap();
    pull(&store, catalog, PullKind::Changes, rows(&["a"])).await.unwrap();
    assert_eq!(names(&store), ["a", "b", "c"], "what changed says nothing about what is gone");
    let stats = pull(&store, catalog, PullKind::All, rows(&["a", "c"])).await.unwrap();
    assert_eq!((names(&store), stats.deleted), (vec!["a".to_owned(), "c".to_owned()], 1), "b was not met any more");
    pull(&store, catalog, PullKind::All, rows(&["a", "b", "c"])).await.unwrap();
    assert_eq!(names(&store), ["a", "b", "c"], "what is met again is back: a wrong sweep can be undone");
}

#[tokio::test]
async fn a_page_that_cannot_be_stored_undoes_all_of_its_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let payments = stream(&store, Entity::Payments).await;
    pull(&store, payments, PullKind::Changes, Rows::Payments(vec![payment("p1", 0)])).await.unwrap();
    let full =
        "CREATE TRIGGER full BEFORE INSERT ON payment WHEN new.id = 'bad' BEGIN SELECT RAISE(ABORT, 'full'); END";
    store.write(move |c| Ok(c.execute_batch(full)?)).await.unwrap();
    let page = Rows::Payments(vec![payment("p2", 0), payment("bad", 0), payment("p3", 0)]);
    assert!(pull(&store, payments, PullKind::Changes, page.clone()).await.is_err(), "the flush says so");
    let count = |s: &backroom_store::Store| -> i64 {
        s.read(|c| Ok(c.query_row("SELECT count(*) FROM payment", [], |r| r.get(0))?)).unwrap()
    };
    assert_eq!(count(&store), 1, "nothing of the page is there");
    assert_healthy(&store, "nothing is half done");
    store.reset_pulls().await.unwrap();
    store.write(|c| Ok(c.execute_batch("DROP TRIGGER full")?)).await.unwrap();
    pull(&store, payments, PullKind::Changes, page).await.unwrap();
    assert_eq!(count(&store), 4, "asked for again, it is stored");
    assert_healthy(&store, "and counted");
}

#[tokio::test]
async fn the_self_check_notices() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let payments = stream(&store, Entity::Payments).await;
    let mut earlier = payment("p2", 0);
    earlier.taken_at = noon().plus_days(-45);
    let known = |mut p: Payment| {
        p.customer_id = Some("c1".into());
        p
    };
    let rows = vec![known(payment("p1", 0)), known(earlier)];
    pull(&store, payments, PullKind::Changes, Rows::Payments(rows)).await.unwrap();
    let orders = stream(&store, Entity::Orders).await;
    pull(&store, orders, PullKind::Changes, Rows::Orders(vec![order("o1", 0, vec![line("1", None, 500)])]))
        .await
        .unwrap();
    for harm in [
        "UPDATE sales_hour SET collected = collected + 1",
        // Moved from one month to another: the sum of all stays.
        "UPDATE sales_month SET collected = collected + iif(month = (SELECT min(month) FROM sales_month), 100, -100)",
        "UPDATE sales_month SET tips = tips + 1",
        "UPDATE sales_month SET refunds = refunds + 1",
        "UPDATE customer_month SET payments = payments + 1",
        "UPDATE customers_in_month SET customers = customers + 50",
        "UPDATE order_day SET gross = gross + 1",
        "UPDATE sales_day SET tips = tips + 1 WHERE location = 0",
        "UPDATE sales_month SET collected = collected + 1 WHERE location = 0",
        "UPDATE ledger SET acked = acked + 1",
        "DELETE FROM method_day",
    ] {
        store.write(move |c| Ok(c.execute_batch(harm)?)).await.unwrap();
        assert!(!store.doctor().unwrap().ok(), "found: {harm}");
        store.rebuild().await.unwrap();
        if !harm.contains("ledger") {
            assert_healthy(&store, "made anew from the rows");
        } else {
            store.write(|c| Ok(c.execute_batch("UPDATE ledger SET acked = acked - 1")?)).await.unwrap();
        }
    }
}

/// A cycle may move the watermark without changing a row of ours; the next quiet one leaves no gap behind it.
#[tokio::test]
async fn quiet_cycles_that_read_further_leave_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let catalog = stream(&store, Entity::Catalog).await;
    let cycle = async |from: i64, to: i64, rows: usize| {
        let (done, told) = tokio::sync::oneshot::channel();
        let at = |hours: i64| Some(noon().plus_seconds(hours * 3_600));
        let end = backroom_store::PullEnd {
            from: at(from),
            to: at(to),
            started_at: noon(),
            watermark: at(to),
            seen: at(to),
            history_done: false,
            done,
        };
        let payments = (0..rows).map(|n| payment(&format!("p{from}-{n}"), 0)).collect();
        let page = backroom_store::PageWrite {
            stream: catalog,
            pull: u64::try_from(1_000 + from * 100 + to).unwrap(),
            kind: PullKind::Changes,
            rows: Rows::Payments(payments),
            raw: None,
            requests: 1,
            end: Some(end),
        };
        store.submit(page).await.unwrap();
        store.flush().await.unwrap();
        told.await.unwrap();
    };
    for (from, to, rows) in [(0, 1, 2), (1, 5, 0), (5, 9, 0), (9, 30, 0), (30, 31, 1), (31, 40, 0), (40, 41, 0)] {
        cycle(from, to, rows).await;
        assert_healthy(&store, "no pull began after what was read");
    }
    cycle(50, 51, 0).await;
    assert!(!store.doctor().unwrap().ok(), "nine hours that nobody read are found");
    store.forget_progress(vec![catalog]).await.unwrap();
    assert_healthy(&store, "reading everything again mends it");
}
