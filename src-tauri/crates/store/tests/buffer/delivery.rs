//! The outbox against a model: whatever happens between sealing and acknowledgement, a reader ends with the newest state once.

use crate::{assert_healthy, open, payment, pull, stream};
use backroom_core::sale::{Payment, Product, StockCount};
use backroom_core::source::{Entity, Rows};
use backroom_core::table::{Cell, Table};
use backroom_store::{BatchState, Encode, PullKind, Store};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What may happen.
#[derive(Debug, Clone)]
enum Step {
    /// A page comes from the source.
    Page(Vec<(u8, i64, i64)>),
    /// A batch of at most so many rows is sealed.
    Seal(usize),
    /// The oldest batch is sent and the answer is lost: the reader may or may not have got it.
    Lost { arrived: bool },
    /// The oldest batch is sent, merged and acknowledged.
    Delivered,
    /// The oldest batch is refused and cut in two, or buried where it is one row.
    Refused,
    /// Dead letters are tried again.
    Revived,
    /// The process dies and starts again.
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop::collection::vec((0..8u8, 0..6i64, 0..5i64), 1..8).prop_map(Step::Page),
        3 => (1..20usize).prop_map(Step::Seal),
        2 => prop::bool::ANY.prop_map(|arrived| Step::Lost { arrived }),
        3 => Just(Step::Delivered),
        1 => Just(Step::Refused),
        1 => Just(Step::Revived),
        1 => Just(Step::Crash),
    ]
}

/// The reader: newest (version, obs) of each id wins, as the merge does it.
#[derive(Default)]
struct Reader(BTreeMap<String, ((i64, i64), String)>);

impl Reader {
    fn merge(&mut self, body: &[u8]) {
        for text in std::str::from_utf8(body).unwrap().lines() {
            let mut words = text.split('|');
            let id = words.next().unwrap().to_owned();
            let version = words.next().unwrap().parse().unwrap();
            let obs = words.next().unwrap().parse().unwrap();
            let row = words.next().unwrap().to_owned();
            let newer = self.0.get(&id).is_none_or(|(held, _)| (version, obs) > *held);
            if newer {
                self.0.insert(id, ((version, obs), row));
            }
        }
    }
}

fn encode(table: Table, rows: &[Vec<Cell>]) -> Result<Vec<u8>, backroom_core::Fault> {
    let names: Vec<&str> = table.spec().columns.iter().map(|c| c.name).collect();
    let at = |row: &[Cell], name: &str| row[names.iter().position(|n| *n == name).unwrap()].clone();
    let mut body = String::new();
    for row in rows {
        let (Cell::Text(id), Cell::Int(version), Cell::Int(obs)) =
            (at(row, "id"), at(row, "_version"), at(row, "_obs"))
        else {
            panic!("a payment has an id and a version")
        };
        body.push_str(&format!("{id}|{version}|{obs}|{:?}\n", at(row, "tip_amount")));
    }
    Ok(body.into_bytes())
}

const ENCODE: &Encode<'static> = &encode;

fn oldest(store: &Store) -> Option<i64> {
    store.queued().unwrap().first().map(|q| q.batch.id)
}

async fn deliver_oldest(store: &Store, reader: &mut Reader) -> bool {
    let Some(id) = oldest(store) else { return false };
    store.mark_batch(id, BatchState::Sending, None).await.unwrap();
    reader.merge(&store.batch_body(id).unwrap());
    store.mark_batch(id, BatchState::Loaded, None).await.unwrap();
    store.acknowledge(Table::SquarePayments, vec![id]).await.unwrap();
    true
}

async fn play(steps: Vec<Step>) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let mut payments = stream(&store, Entity::Payments).await;
    let mut reader = Reader::default();
    let mut bodies: BTreeMap<i64, bytes::Bytes> = BTreeMap::new();
    for step in steps {
        match step {
            Step::Page(rows) => {
                let rows: Vec<Payment> = rows
                    .into_iter()
                    .map(|(id, version, tip)| Payment { tip, ..payment(&format!("p{id}"), version) })
                    .collect();
                pull(&store, payments, PullKind::Changes, Rows::Payments(rows)).await.unwrap();
            }
            Step::Seal(rows) => {
                store.seal_next(Table::SquarePayments, rows, ENCODE).await.unwrap();
            }
            Step::Lost { arrived } => {
                if let Some(id) = oldest(&store) {
                    store.mark_batch(id, BatchState::Sending, None).await.unwrap();
                    if arrived {
                        reader.merge(&store.batch_body(id).unwrap());
                    }
                    store.mark_batch(id, BatchState::Unknown, None).await.unwrap();
                }
            }
            Step::Delivered => {
                deliver_oldest(&store, &mut reader).await;
            }
            Step::Refused => {
                if let Some(id) = oldest(&store) {
                    store.split_or_bury(Table::SquarePayments, id, "refused").await.unwrap();
                }
            }
            Step::Revived => {
                store.revive(Table::SquarePayments).await.unwrap();
            }
            Step::Crash => {
                drop(store);
                store = open(folder.path());
                store.recover_batches().await.unwrap();
                payments = stream(&store, Entity::Payments).await;
            }
        }
        for queued in store.queued().unwrap() {
            let body = store.batch_body(queued.batch.id).unwrap();
            let first = bodies.entry(queued.batch.id).or_insert_with(|| body.clone());
            assert_eq!(*first, body, "every attempt sends the same bytes");
        }
        assert_healthy(&store, "the ledger balances after every step");
    }
    store.revive(Table::SquarePayments).await.unwrap();
    loop {
        if !deliver_oldest(&store, &mut reader).await
            && store.seal_next(Table::SquarePayments, 5, ENCODE).await.unwrap().is_none()
        {
            break;
        }
    }
    assert_eq!(store.waiting().unwrap(), (0, 0), "everything is delivered");
    let held: BTreeMap<String, String> = store
        .read(|c| {
            let mut statement = c.prepare("SELECT id, tip FROM payment")?;
            let rows = statement.query_map([], |r| {
                let tip = Cell::Money(r.get(1)?, backroom_core::Currency::USD);
                Ok((r.get(0)?, format!("{tip:?}")))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .unwrap();
    let seen: BTreeMap<String, String> = reader.0.into_iter().map(|(id, (_, row))| (id, row)).collect();
    assert_eq!(seen, held, "a reader sees what the buffer holds");
    assert_healthy(&store, "the ledger balances at the end");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn reader_equals_source_whatever_happens(steps in prop::collection::vec(step(), 1..25)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(play(steps));
    }
}

/// The stock of an item was counted at ten; an edit of half past nine comes after that. Its row is another than the one that was
/// sent, and has to be taken for the newer one.
#[tokio::test]
async fn an_edit_that_comes_after_a_newer_count_is_newer_than_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (catalog, inventory) = (stream(&store, Entity::Catalog).await, stream(&store, Entity::Inventory).await);
    let at = |minutes: i64| crate::noon().plus_seconds(minutes * 60);
    let product = |price: i64, minutes: i64| Rows::Catalog {
        products: vec![Product {
            id: "V1".into(),
            item_id: "I1".into(),
            name: "Papers".into(),
            category_id: None,
            sku: None,
            price: Some(price),
            cost: None,
            currency: Some(backroom_core::Currency::USD),
            description: None,
            archived: false,
            created_at: Some(at(-9_000)),
            version: at(minutes),
            deleted: false,
        }],
        deleted_items: Vec::new(),
        categories: Vec::new(),
    };
    let count = |place: &str, quantity_milli: i64, minutes: i64| {
        Rows::Inventory(vec![StockCount {
            variation_id: "V1".into(),
            location_id: place.into(),
            quantity_milli,
            version: at(minutes),
        }])
    };
    let told = async || {
        let told = std::sync::Mutex::new(Vec::new());
        let encode = |table: Table, rows: &[Vec<Cell>]| {
            let names: Vec<&str> = table.spec().columns.iter().map(|c| c.name).collect();
            let number = |row: &Vec<Cell>, name: &str| match row[names.iter().position(|n| *n == name).unwrap()] {
                Cell::Int(number) => number,
                ref other => panic!("{name} is {other:?}"),
            };
            told.lock().unwrap().extend(rows.iter().map(|row| (number(row, "_version"), number(row, "_obs"))));
            Ok(vec![b'x'; rows.len()])
        };
        while let Some(batch) = store.seal_next(Table::SquareItems, 100, &encode).await.unwrap() {
            store.acknowledge(Table::SquareItems, vec![batch.id]).await.unwrap();
        }
        *told.lock().unwrap().last().unwrap()
    };
    let mut last = (0, 0);
    for (why, stream, rows) in [
        ("the item", catalog, product(250, -90)),
        ("a count", inventory, count("L1", 7_000, 0)),
        ("a second count", inventory, count("L1", 6_000, 1)),
        ("an edit that was made before the counts", catalog, product(300, -30)),
        ("another, also before", catalog, product(310, -20)),
        ("a count elsewhere that is older", inventory, count("L2", 3_000, -10)),
        ("an edit after them", catalog, product(320, 20)),
    ] {
        pull(&store, stream, PullKind::Changes, rows).await.unwrap();
        let now = told().await;
        assert!(now > last, "{why}: (version, times observed) {now:?} comes after {last:?}");
        last = now;
    }
    let gone =
        Rows::Catalog { products: Vec::new(), deleted_items: vec![("I1".into(), at(15))], categories: Vec::new() };
    pull(&store, inventory, PullKind::Changes, count("L1", 5_000, 60)).await.unwrap();
    last = told().await;
    pull(&store, catalog, PullKind::Changes, gone).await.unwrap();
    let still_there: bool = store.read(|c| Ok(c.query_row("SELECT deleted FROM product", [], |r| r.get(0))?)).unwrap();
    assert!(!still_there, "a deletion that is older than the last edit changes nothing");
    let gone =
        Rows::Catalog { products: Vec::new(), deleted_items: vec![("I1".into(), at(30))], categories: Vec::new() };
    pull(&store, catalog, PullKind::Changes, gone).await.unwrap();
    assert!(told().await > last, "that it is gone is newer than the count of an hour later");
}
