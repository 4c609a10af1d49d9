//! Rows that the warehouse will not take, and work that is too large for it: the rest arrives, and nothing is thrown away.

use crate::same::assert_settled;
use backroom_core::table::{Cell, Table};
use backroom_core::warehouse::{Cost, SealedBatch, Warehouse};
use backroom_core::{BoxFuture, Fault, FaultClass};
use backroom_sandbox::bigquery::BigQuery as StandIn;
use backroom_sandbox::square::StoreSpec;
use backroom_sync::{Cancel, Quiet, TablePush, Watcher, push};
use backroom_tests::Bench;
use backroom_warehouse::{BigQuery, Config, Credential};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// What a fussy warehouse objects to.
#[derive(Debug, Clone, Default)]
struct Taste {
    /// Ids of payments that it cannot encode.
    unencodable: Vec<String>,
    /// Ids of payments that its loads refuse.
    unloadable: Vec<String>,
    /// Refuses every load of payments.
    nothing_loads: bool,
    /// Refuses the upload of payments as such.
    bad_request: bool,
    /// Rows that it merges at once.
    most_merged: Option<u64>,
}

struct Fussy {
    inner: BigQuery,
    taste: Mutex<Taste>,
    loads: AtomicU32,
}

impl Fussy {
    fn taste(&self) -> Taste {
        self.taste.lock().unwrap().clone()
    }
}

fn fault(class: FaultClass, code: &'static str) -> Fault {
    Fault::new(class, code, "It does not like it.")
}

impl Warehouse for Fussy {
    fn prepare(&self, table: Table) -> BoxFuture<'_, Result<Cost, Fault>> {
        self.inner.prepare(table)
    }

    fn encode(&self, table: Table, rows: &[Vec<Cell>]) -> Result<Vec<u8>, Fault> {
        let bad = self.taste().unencodable;
        let refused = |row: &Vec<Cell>| matches!(row.first(), Some(Cell::Text(id)) if bad.iter().any(|b| b == &**id));
        if table == Table::SquarePayments && rows.iter().any(refused) {
            return Err(fault(FaultClass::Rejected, "ROW"));
        }
        self.inner.encode(table, rows)
    }

    fn load<'a>(&'a self, batch: &'a SealedBatch) -> BoxFuture<'a, Result<Cost, Fault>> {
        let taste = self.taste();
        if batch.table == Table::SquarePayments {
            self.loads.fetch_add(1, Ordering::SeqCst);
            let text = String::from_utf8_lossy(&batch.body);
            let refused = |id: &String| text.contains(&format!("\"id\":\"{id}\""));
            if taste.nothing_loads || taste.unloadable.iter().any(refused) {
                return Box::pin(async { Err(fault(FaultClass::Rejected, "ROWS")) });
            }
            if taste.bad_request {
                return Box::pin(async { Err(fault(FaultClass::Protocol, "REQUEST")) });
            }
        }
        self.inner.load(batch)
    }

    fn merge<'a>(&'a self, table: Table, batches: &'a [SealedBatch]) -> BoxFuture<'a, Result<Cost, Fault>> {
        let rows: u64 = batches.iter().map(|b| b.rows).sum();
        if self.taste().most_merged.is_some_and(|most| rows > most) {
            return Box::pin(async { Err(fault(FaultClass::TooLarge, "LARGE")) });
        }
        self.inner.merge(table, batches)
    }

    fn sweep<'a>(&'a self, device: &'a str, keep: &'a [i64]) -> BoxFuture<'a, Result<u32, Fault>> {
        self.inner.sweep(device, keep)
    }

    fn probe(&self) -> BoxFuture<'_, Result<Vec<String>, Fault>> {
        self.inner.probe()
    }
}

async fn shop(payments: usize, taste: Taste) -> (Bench, StandIn, Fussy) {
    let bench = Bench::new(StoreSpec::small(payments, Bench::now().plus_seconds(-3_600))).unwrap();
    bench.sync(None).await.unwrap();
    let stand_in = StandIn::start("demo").unwrap();
    let config = Config { base_url: stand_in.base_url(), ..Config::new("demo-project", "demo") };
    let inner = BigQuery::new(config, &Credential::None).unwrap();
    (bench, stand_in, Fussy { inner, taste: Mutex::new(taste), loads: AtomicU32::new(0) })
}

async fn deliver(bench: &Bench, warehouse: &Fussy) -> Vec<TablePush> {
    let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
    push(&bench.store, warehouse, &watcher, &Cancel::new()).await.unwrap()
}

fn dead(bench: &Bench) -> u64 {
    bench.store.table_rows().unwrap().iter().map(|t| t.dead).sum()
}

/// A shop of this many payments, two of which are spoilt by `spoil`.
async fn two_bad_rows(spoil: impl Fn(&mut Taste, Vec<String>)) {
    let (bench, stand_in, fussy) = shop(900, Taste::default()).await;
    let ids = bench.square.payment_ids();
    spoil(&mut fussy.taste.lock().unwrap(), vec![ids[100].clone(), ids[777].clone()]);
    let sent = deliver(&bench, &fussy).await;
    assert!(sent.iter().all(|t| t.fault.is_none()), "the other rows go on: {sent:?}");
    assert_eq!(dead(&bench), 2, "just the two are put aside");
    let loads = fussy.loads.load(Ordering::SeqCst);
    assert!(loads < 80, "batches grow again once the bad row is found: {loads} loads");
    let waiting: u64 = bench.store.table_rows().unwrap().iter().map(|t| t.pending).sum();
    assert_eq!(waiting, 0, "nothing else waits");
    *fussy.taste.lock().unwrap() = Taste::default();
    assert_eq!(bench.store.revive(Table::SquarePayments).await.unwrap(), 2, "they were kept");
    deliver(&bench, &fussy).await;
    assert_settled(&bench.store, &stand_in);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_encoded_is_put_aside_alone() {
    two_bad_rows(|taste, ids| taste.unencodable = ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_loaded_is_put_aside_alone() {
    two_bad_rows(|taste, ids| taste.unloadable = ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_takes_nothing_buries_nothing() {
    for (taste, most) in
        [(Taste { nothing_loads: true, ..Taste::default() }, 30), (Taste { bad_request: true, ..Taste::default() }, 1)]
    {
        let (bench, stand_in, fussy) = shop(900, taste.clone()).await;
        for round in 0..3 {
            fussy.loads.store(0, Ordering::SeqCst);
            let sent = deliver(&bench, &fussy).await;
            let payments = sent.iter().find(|t| t.table == Table::SquarePayments).unwrap();
            assert!(payments.fault.is_some(), "round {round} tells it: {taste:?}");
            let others = sent.iter().filter(|t| t.table != Table::SquarePayments);
            assert!(others.clone().all(|t| t.fault.is_none()), "other tables go on: {taste:?}");
            let loads = fussy.loads.load(Ordering::SeqCst);
            assert!(loads <= most, "{loads} loads in round {round}: a table takes 1,500 a day");
            assert_eq!(dead(&bench), 0, "no row is given up for a fault that is not its own: {taste:?}");
        }
        *fussy.taste.lock().unwrap() = Taste::default();
        deliver(&bench, &fussy).await;
        assert_settled(&bench.store, &stand_in);
    }
}

/// A few rows a quarter of an hour, each refused: the count goes on from delivery to delivery.
#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_shop_loses_no_rows_to_a_table_that_takes_nothing() {
    let (bench, stand_in, fussy) = shop(120, Taste::default()).await;
    deliver(&bench, &fussy).await;
    fussy.taste.lock().unwrap().nothing_loads = true;
    let mut told = 0;
    for _ in 0..8 {
        for _ in 0..2 {
            bench.square.add_sale(&backroom_sandbox::square::NewSale::default()).unwrap();
        }
        bench.sync(None).await.unwrap();
        let sent = deliver(&bench, &fussy).await;
        told += usize::from(sent.iter().any(|t| t.table == Table::SquarePayments && t.fault.is_some()));
    }
    assert!(told >= 2, "it is told that the table takes nothing, not once but as long as it does: {told}");
    assert_eq!(dead(&bench), 0, "and what was put aside meanwhile waits with the others again");
    *fussy.taste.lock().unwrap() = Taste::default();
    deliver(&bench, &fussy).await;
    assert_settled(&bench.store, &stand_in);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_is_too_large_is_made_smaller() {
    let (bench, stand_in, fussy) = shop(4_000, Taste { most_merged: Some(1_700), ..Taste::default() }).await;
    let sent = deliver(&bench, &fussy).await;
    assert!(sent.iter().all(|t| t.fault.is_none()), "{sent:?}");
    assert_settled(&bench.store, &stand_in);
}
