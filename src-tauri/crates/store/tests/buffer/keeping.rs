//! What is kept for a time, and what never goes; and names of the shop's own.

use crate::{assert_healthy, noon, open, options, payment, pull, stream};
use backroom_core::source::{Entity, Rows};
use backroom_core::{Clock, TestClock};
use backroom_store::{PageWrite, PullEnd, PullKind, Retention, Store, StreamId, report};
use std::sync::Arc;
use tokio::sync::oneshot;

const ALL: Retention = Retention { raw_days: Some(90), receipt_days: Some(30) };
const KEY: [u8; 32] = [7; 32];

fn count(store: &Store, table: &str) -> i64 {
    store.read(|c| Ok(c.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0))?)).unwrap()
}

/// A pull of changes with the vendor's own reply beside it.
async fn reply(store: &Store, stream: StreamId, pull: u64, rows: Rows) {
    let (done, told) = oneshot::channel();
    let end =
        PullEnd { from: None, to: None, started_at: noon(), watermark: None, seen: None, history_done: false, done };
    let raw = Some(b"{\"payments\":[]}".to_vec());
    store
        .submit(PageWrite { stream, pull, kind: PullKind::Changes, rows, raw, requests: 1, end: Some(end) })
        .await
        .unwrap();
    store.flush().await.unwrap();
    told.await.unwrap();
}

/// A buffer whose clock can be turned, with three replies that are a hundred days apart.
async fn aged(folder: &std::path::Path) -> (Store, TestClock, StreamId) {
    let clock = TestClock::at(noon());
    let store =
        Store::open(backroom_store::Options { clock: Arc::new(clock.clone()) as Arc<dyn Clock>, ..options(folder) })
            .unwrap();
    let payments = stream(&store, Entity::Payments).await;
    for n in 0..3 {
        reply(&store, payments, 1_000 + n, Rows::Payments(vec![payment(&format!("p{n}"), 1)])).await;
        clock.advance_seconds(100 * 86_400);
    }
    (store, clock, payments)
}

/// Acknowledges everything that waits.
async fn delivered(store: &Store) {
    store.write(|c| Ok(c.execute_batch("UPDATE ledger SET acked = enqueued; DELETE FROM outbox;")?)).await.unwrap();
}

#[tokio::test]
async fn replies_stay_while_anything_of_their_day_waits_and_rows_stay_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _, _) = aged(folder.path()).await;
    assert_eq!(store.tidy(ALL).await.unwrap().raw, 0, "the first payment waits for the warehouse since that day");
    assert_eq!((count(&store, "raw_page"), count(&store, "payment")), (3, 3));
    delivered(&store).await;
    assert_eq!(
        store.tidy(Retention { raw_days: None, receipt_days: None }).await.unwrap().raw,
        0,
        "for ever is for ever"
    );
    assert_eq!(store.tidy(ALL).await.unwrap().raw, 2, "all but the last, whose number stays taken");
    assert_eq!((count(&store, "raw_page"), count(&store, "payment")), (1, 3), "no row goes with its reply");
    assert_eq!(store.tidy(ALL).await.unwrap().raw, 0, "once is enough");
    assert_healthy(&store, "figures, ledger and gaps are as they were");
}

#[tokio::test]
async fn old_receipts_go_and_what_is_left_still_proves() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _, payments) = aged(folder.path()).await;
    let read = |store: &Store| store.stream_rows().unwrap().iter().map(|s| s.rows).sum::<u64>();
    let before = read(&store);
    let window = Rows::Payments(vec![payment("p9", 1)]);
    pull(&store, payments, PullKind::Window, window).await.unwrap();
    let all = count(&store, "receipt");
    let tidied = store.tidy(ALL).await.unwrap();
    assert_eq!(tidied.receipts, 2, "the newest of a kind stays, however old");
    assert_eq!(count(&store, "receipt"), all - 2);
    assert_eq!(read(&store), before + 1, "how much was read is still told");
    let windows: i64 = store
        .read(|c| Ok(c.query_row("SELECT count(*) FROM receipt WHERE kind = 'window'", [], |r| r.get(0))?))
        .unwrap();
    assert_eq!(windows, 1, "what proves the history stays");
    delivered(&store).await;
    assert_healthy(&store, "no gap is found where receipts were removed");
}

#[tokio::test]
async fn the_beginning_of_the_audit_log_goes_with_an_entry_that_vouches_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(noon());
    let store = Store::open(backroom_store::Options {
        clock: Arc::new(clock.clone()) as Arc<dyn Clock>,
        ..options(folder.path())
    })
    .unwrap();
    let mut written = 0;
    for n in 0..4 {
        written = store.audit(&KEY, written, "Olive Owner", "settings.saved", &format!("{n}")).await.unwrap().0;
        clock.advance_seconds(10 * 86_400);
    }
    assert_eq!(store.trim_audit(&KEY, written, noon()).await.unwrap(), None, "nothing is that old");
    let (number, head) = store.trim_audit(&KEY, written, noon().plus_days(15)).await.unwrap().expect("two go");
    let chain = store.audit_chain(&KEY).unwrap();
    assert_eq!((chain.broken_at, chain.entries, chain.last), (None, 3, 5), "two are left and one tells of the others");
    assert_eq!((number, head), (5, chain.head), "its end is what belongs beside the key");
    let again = store.trim_audit(&KEY, 5, noon().plus_days(1_000)).await.unwrap().expect("all but the last");
    let chain = store.audit_chain(&KEY).unwrap();
    assert_eq!((chain.broken_at, chain.entries, again.0), (None, 2, 6), "the entry that vouched may go in its turn");
    let harm = "UPDATE audit SET detail = replace(detail, 'through 4', 'through 5') WHERE pk = 6; DELETE FROM audit WHERE pk = 5";
    store.write(move |c| Ok(c.execute_batch(harm)?)).await.unwrap();
    assert_eq!(
        store.audit_chain(&KEY).unwrap().broken_at,
        Some(6),
        "nobody without the key can vouch for another beginning"
    );
}

#[tokio::test]
async fn a_shop_calls_its_locations_as_it_likes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let places = stream(&store, Entity::Locations).await;
    let location = |id: &str, name: &str| backroom_core::sale::Location {
        id: id.into(),
        name: name.into(),
        time_zone: None,
        currency: backroom_core::Currency::USD,
        active: true,
        created_at: None,
    };
    let rows = Rows::Locations(vec![location("L1", "STORE 001 MAIN"), location("L2", "STORE 002")]);
    pull(&store, places, PullKind::All, rows).await.unwrap();
    let payments = stream(&store, Entity::Payments).await;
    pull(&store, payments, PullKind::Changes, Rows::Payments(vec![payment("p1", 1)])).await.unwrap();
    let main = store.named_places().unwrap().into_iter().find(|p| p.id == "L1").unwrap();
    assert_eq!((main.told.as_str(), main.own.as_deref()), ("STORE 001 MAIN", None));
    store.name_places(vec![(main.pk, Some("Downtown".into()))]).await.unwrap();
    let told = |store: &Store| {
        store
            .read(|c| {
                let names: Vec<String> = report::places(c)?.into_iter().map(|p| p.name).collect();
                Ok((names, report::recent(c, 0, 1)?.remove(0).location))
            })
            .unwrap()
    };
    assert_eq!(told(&store), (vec!["Downtown".to_owned(), "STORE 002".to_owned()], "Downtown".to_owned()));
    store.name_places(vec![(main.pk, None)]).await.unwrap();
    assert_eq!(told(&store).1, "STORE 001 MAIN", "and as the point of sale does again");
}
