//! A gap is found by a query; a history may go back to the shop's first day.

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
