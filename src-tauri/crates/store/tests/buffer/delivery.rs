//! The outbox against a model: whatever happens between sealing and acknowledgement, a reader ends with the newest state once.

use crate::{assert_healthy, open, payment, pull, stream};
use backroom_core::sale::Payment;
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
