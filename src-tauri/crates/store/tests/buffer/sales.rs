//! Sales that come as one record: what an earlier version held and the newest does not is undone.

use crate::{assert_healthy, line, open, options, order, payment, pull, refund, stream};
use backroom_core::sale::{OrderState, PaymentStatus, Sale};
use backroom_core::source::{Entity, Rows};
use backroom_core::table::Table;
use backroom_core::{BusinessDay, Currency};
use backroom_store::{PullKind, Store, StreamId, StreamKey, report};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A version of a sale: its payments and refunds by the number in their ids, with their amounts.
#[derive(Debug, Clone)]
struct Version {
    sale: u8,
    at: i64,
    void: bool,
    payments: BTreeMap<u8, i64>,
    refunds: BTreeMap<u8, i64>,
}

fn version() -> impl Strategy<Value = Version> {
    let some = || prop::collection::btree_map(0..3u8, 1..5_000i64, 0..3);
    (0..12u8, 0..4i64, prop::bool::weighted(0.2), some(), some())
        .prop_map(|(sale, at, void, payments, refunds)| Version { sale, at, void, payments, refunds })
}

fn sale(v: &Version) -> Sale {
    let id = format!("{}", v.sale);
    let mut basket = order(&id, v.at, vec![line("1", Some("item"), 700)]);
    let status = if v.void { PaymentStatus::Canceled } else { PaymentStatus::Completed };
    if v.void {
        basket.state = OrderState::Canceled;
    }
    let taken = |n: u8, amount: i64| {
        let mut p = payment(&format!("{id}-{n}"), v.at);
        (p.amount, p.total, p.status) = (amount, amount, status);
        p
    };
    let given = |n: u8, amount: i64| {
        let mut r = refund(&format!("{id}-r{n}"), 0);
        (r.amount, r.status, r.created_at, r.version) = (amount, status, basket.created_at, basket.version);
        r
    };
    Sale {
        payments: v.payments.iter().map(|(n, a)| taken(*n, *a)).collect(),
        refunds: v.refunds.iter().map(|(n, a)| given(*n, *a)).collect(),
        order: basket,
    }
}

async fn sales_stream(store: &Store) -> StreamId {
    let key = StreamKey { source: "retail".into(), kind: "lightspeed_r", entity: Entity::Orders, location: None };
    store.open_streams(vec![key]).await.unwrap()[0].id
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sale_is_what_its_newest_version_says(pages in prop::collection::vec(prop::collection::vec(version(), 1..5), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let store = open(folder.path());
            let sales = sales_stream(&store).await;
            let mut newest: BTreeMap<u8, &Version> = BTreeMap::new();
            for page in &pages {
                pull(&store, sales, PullKind::Changes, Rows::Sales(page.iter().map(sale).collect())).await.unwrap();
                for v in page {
                    if newest.get(&v.sale).is_none_or(|held| held.at <= v.at) {
                        newest.insert(v.sale, v);
                    }
                }
            }
            let counted = || newest.values().filter(|v| !v.void);
            let collected: i64 = counted().flat_map(|v| v.payments.values()).sum();
            let refunded: i64 = counted().flat_map(|v| v.refunds.values()).sum();
            let payments = counted().map(|v| v.payments.len()).sum::<usize>() as i64;
            let (first, last) = (BusinessDay::parse("2026-11-01").unwrap(), BusinessDay::parse("2026-11-30").unwrap());
            let found = store.read(|c| report::period(c, 0, Currency::USD.code(), first, last)).unwrap();
            prop_assert_eq!((found.collected, found.refunded, found.payments), (collected, refunded, payments));
            assert_healthy(&store, "rollups and rows agree");
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn each_source_goes_to_its_own_tables_and_every_line_to_sales() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let retail = sales_stream(&store).await;
    let version = Version { sale: 7, at: 0, void: false, payments: [(1, 700)].into(), refunds: BTreeMap::new() };
    pull(&store, retail, PullKind::Changes, Rows::Sales(vec![sale(&version)])).await.unwrap();
    let tables = |store: &Store| store.unsealed().unwrap().iter().map(|t| t.table).collect::<Vec<_>>();
    assert_eq!(
        tables(&store),
        [Table::LightspeedTransactions, Table::Sales],
        "no row of Lightspeed in Square's tables"
    );
    let square = stream(&store, Entity::Orders).await;
    pull(&store, square, PullKind::Changes, Rows::Orders(vec![order("o1", 0, vec![line("1", None, 500)])]))
        .await
        .unwrap();
    let expected = [Table::SquareOrders, Table::SquareOrderLines, Table::LightspeedTransactions, Table::Sales];
    assert_eq!(tables(&store), expected, "a line of Square goes to both of its tables");
}

/// A buffer of the first version, with lines that were there before the table of sales.
#[tokio::test]
async fn lines_from_before_the_table_of_sales_are_delivered_too() {
    let folder = tempfile::tempdir().unwrap();
    let count = 2_345;
    {
        let store = open(folder.path());
        let square = stream(&store, Entity::Orders).await;
        let orders = (0..count).map(|n| order(&format!("o{n}"), 0, vec![line("1", None, 500)])).collect();
        pull(&store, square, PullKind::Changes, Rows::Orders(orders)).await.unwrap();
    }
    let file = folder.path().join("backroom.db");
    rusqlite::Connection::open(&file)
        .unwrap()
        .execute_batch(
            "DELETE FROM outbox WHERE tbl = 10; DELETE FROM ledger WHERE tbl = 10; DELETE FROM meta WHERE key = 'outbox_seq_10';
             UPDATE order_line SET pk = pk + 100000 WHERE pk IN (5, 1500);
             DROP TABLE product_pace; DROP TABLE point_entry; DROP TABLE member_event; DROP TABLE member_key; DROP TABLE member; DROP TABLE tier; DROP TABLE age_check; DROP TABLE age_ban; DROP TABLE age_seen; DROP TABLE training; DROP TABLE raffle_entry; DROP TABLE raffle_event; DROP TABLE raffle; DROP INDEX receipt_stream; DROP TABLE operator; DROP TABLE audit; ALTER TABLE product DROP COLUMN cost; ALTER TABLE product DROP COLUMN description; PRAGMA user_version = 1;",
        )
        .unwrap();
    let store = Store::open(options(folder.path())).unwrap();
    let encode = |_: Table, rows: &[Vec<backroom_core::table::Cell>]| Ok(vec![b'x'; rows.len()]);
    let mut delivered = 0;
    while let Some(batch) = store.seal_next(Table::Sales, 1_000, &encode).await.unwrap() {
        delivered += batch.rows;
        store.acknowledge(Table::Sales, vec![batch.id]).await.unwrap();
    }
    assert_eq!(delivered, count, "every line that is there, once");
    assert_healthy(&store, "the ledger balances");
    assert!(folder.path().join("backups").read_dir().unwrap().next().is_some(), "the file was backed up before");
}
