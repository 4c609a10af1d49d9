//! A gap is found by a query; a history may go back to the shop's first day, however long ago that was.

use backroom_core::source::Entity;
use backroom_sandbox::square::StoreSpec;
use backroom_store::report;
use backroom_tests::Bench;

fn ill(bench: &Bench) -> Vec<String> {
    let health = bench.store.doctor().unwrap();
    health.findings.into_iter().filter(|f| !f.ok).map(|f| f.check).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_read_is_found_by_the_receipts() {
    let table = [
        ("DELETE FROM history_window WHERE rowid_of = 1", "history without gaps"),
        ("UPDATE history_window SET from_at = from_at + 60000000", "history without gaps"),
        ("UPDATE stream SET history_to = history_to + 1000000 WHERE history_to IS NOT NULL", "history without gaps"),
        (
            "UPDATE stream SET history_from = history_from - 1000000 WHERE history_from IS NOT NULL",
            "history without gaps",
        ),
        (
            "DELETE FROM receipt WHERE pk = (SELECT min(pk) FROM receipt WHERE kind = 'window')",
            "receipts of the history",
        ),
        ("UPDATE receipt SET from_at = from_at + 864000000000 WHERE kind = 'changes'", "changes without gaps"),
        (
            "DELETE FROM payment WHERE id = (SELECT first_id FROM receipt WHERE first_id IN (SELECT id FROM payment))",
            "records of the receipts",
        ),
        (
            "DELETE FROM orders WHERE id = (SELECT last_id FROM receipt WHERE last_id IN (SELECT id FROM orders))",
            "records of the receipts",
        ),
    ];
    let bench = Bench::new(StoreSpec::small(400, Bench::now())).unwrap();
    for _ in 0..3 {
        bench.sync(None).await.unwrap();
        assert_eq!(ill(&bench), Vec::<String>::new(), "what a sync leaves behind has no gap");
    }
    let copy = bench.folder.path().join("kept.db");
    bench.store.backup(&copy).unwrap();
    for (harm, check) in table {
        let harm = harm.replace(
            "rowid_of = 1",
            "(stream, to_at) IN (SELECT stream, max(to_at) FROM history_window GROUP BY stream)",
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(&copy, folder.path().join("backroom.db")).unwrap();
        let store = backroom_tests::open_store(folder.path()).unwrap();
        let sql = harm.clone();
        store.write(move |c| Ok(c.execute_batch(&sql)?)).await.unwrap();
        let health = store.doctor().unwrap();
        let found: Vec<&str> = health.findings.iter().filter(|f| !f.ok).map(|f| f.check.as_str()).collect();
        assert!(found.contains(&check), "{harm} is found as {check:?}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_without_an_end_goes_back_to_the_day_each_location_was_opened() {
    let mut bench = Bench::new(StoreSpec::small(300, Bench::now())).unwrap();
    bench.source.history_days = None;
    bench.sync(None).await.unwrap();
    let opened: Vec<_> =
        bench.store.read(report::places).unwrap().into_iter().map(|p| (p.id, p.created_at.unwrap())).collect();
    assert!(
        opened.len() > 1 && opened.iter().any(|(_, at)| *at != opened[0].1),
        "the places were opened one after another"
    );
    for (place, at) in &opened {
        let asked = bench
            .square
            .requests()
            .iter()
            .filter(|r| r.path == "/v2/payments" && r.query.contains(place.as_str()))
            .filter_map(|r| {
                let (_, rest) = r.query.split_once("begin_time=")?;
                backroom_core::Timestamp::parse(&rest.split('&').next()?.replace("%3A", ":")).ok()
            })
            .min()
            .unwrap();
        assert_eq!(asked, at.plus_days(-1), "{place} is asked for from the day before it was opened");
    }
    let read =
        bench.store.read(|c| Ok(c.query_row("SELECT count(*) FROM payment", [], |r| r.get::<_, i64>(0))?)).unwrap();
    assert_eq!(read as u64, bench.square.truth().payments, "and nothing is left out");
    assert!(bench.store.stream_rows().unwrap().iter().any(|s| s.entity == Entity::Payments.name() && s.history_done));
}

/// A shop that opened sixteen years ago, and one that does not say when: all of it is there, and the years before it cost little.
#[tokio::test(flavor = "multi_thread")]
async fn a_history_without_an_end_is_not_cut_at_ten_years() {
    for tells in [true, false] {
        let spec = StoreSpec { years: 16, ..StoreSpec::small(500, Bench::now()) };
        let mut bench = Bench::new(spec).unwrap();
        bench.source = crate::life::lively(&bench.square, |_, _| ());
        bench.source.history_days = None;
        bench.sync(Some(Entity::Locations)).await.unwrap();
        if !tells {
            bench.store.write(|c| Ok(c.execute("UPDATE location SET created_at = NULL", [])?)).await.unwrap();
        }
        let places = bench.store.read(report::places).unwrap();
        assert_eq!(places.iter().all(|p| p.created_at.is_some()), tells, "{places:?}");
        bench.square.reset_counters();
        for entity in [Entity::Payments, Entity::Refunds, Entity::Orders] {
            let outcomes = bench.sync(Some(entity)).await.unwrap();
            assert!(outcomes.iter().all(|o| o.fault.is_none()), "{outcomes:?}");
        }
        let truth = bench.square.truth();
        let calls = bench.square.requests().len();
        let rows: [i64; 3] = bench
            .store
            .read(|c| {
                let count = |table: &str| c.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0));
                Ok([count("payment")?, count("refund")?, count("orders")?])
            })
            .unwrap();
        assert_eq!(rows.map(|n| n as u64), [truth.payments, truth.refunds, truth.orders], "first day told: {tells}");
        // Three lists at three places, of sixteen to twenty-two years: half a year a call while nothing is known, then ever longer.
        let streams = 3 * places.len();
        assert!(calls <= 60 * streams, "first day told: {tells}: {calls} calls for {streams} streams");
        let first = bench.store.stream_rows().unwrap().iter().filter_map(|s| s.history.map(|h| h.0)).min().unwrap();
        let opened = places.iter().filter_map(|p| p.created_at).min().map(|at| at.plus_days(-1));
        let expected = opened.unwrap_or(backroom_core::Timestamp::parse("2005-01-01T00:00:00Z").unwrap());
        assert_eq!(first, expected, "first day told: {tells}");
    }
}
