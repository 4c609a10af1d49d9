//! The file: who may open it, what is sealed in it, copies of it.

use crate::{assert_healthy, noon, open, options, payment, pull, stream};
use backroom_core::DayRule;
use backroom_core::sale::{Customer, Product, StockCount};
use backroom_core::source::{Entity, Rows};
use backroom_core::table::{Cell, Table};
use backroom_store::{Options, PageWrite, PullEnd, PullKind, Seal, Store, StoreError, report};

#[tokio::test]
async fn one_process_writes_and_others_may_read() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Store::open_reader(options(folder.path())), Err(StoreError::Io(_))), "no buffer yet");
    let store = open(folder.path());
    assert!(matches!(Store::open(options(folder.path())), Err(StoreError::AlreadyOpen)), "a second writer is refused");
    let payments = stream(&store, Entity::Payments).await;
    pull(&store, payments, PullKind::Changes, Rows::Payments(vec![payment("p1", 0)])).await.unwrap();
    let reader = Store::open_reader(options(folder.path())).unwrap();
    assert_eq!(reader.read(|c| report::recent(c, 0, 9)).unwrap().len(), 1, "a reader sees what is committed");
    assert!(matches!(reader.flush().await, Err(StoreError::Closed)), "and cannot write");
    let device = store.device().to_owned();
    drop(store);
    assert_eq!(open(folder.path()).device(), device, "the buffer keeps its identity");
}

#[test]
fn files_that_are_not_ours_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backroom.db");
    std::fs::write(&file, b"this is no database, but it is somebody's file".repeat(100)).unwrap();
    assert!(matches!(Store::open(options(folder.path())), Err(StoreError::Corrupt)), "garbage");
    assert!(std::fs::read(&file).unwrap().starts_with(b"this is no database"), "nothing was changed");
    std::fs::remove_file(&file).unwrap();
    drop(Store::open(options(folder.path())).unwrap());
    rusqlite::Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    assert!(matches!(Store::open(options(folder.path())), Err(StoreError::TooNew)), "a newer schema");
    assert!(
        matches!(Store::open_reader(options(folder.path())), Err(StoreError::TooNew)),
        "newer for a reader as well"
    );
    rusqlite::Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 0").unwrap();
    let old = Store::open_reader(options(folder.path()));
    assert!(matches!(old, Err(StoreError::TooOld)), "a reader cannot bring an older schema up to date");
    let in_the_way = folder.path().join("a-file");
    std::fs::write(&in_the_way, b"").unwrap();
    assert!(matches!(Store::open(options(&in_the_way)), Err(StoreError::Io(_))), "no folder can be made there");
}

#[tokio::test]
async fn what_is_acknowledged_is_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (journal, level): (String, i64) = store
        .write(|c| {
            Ok((
                c.query_row("PRAGMA journal_mode", [], |r| r.get(0))?,
                c.query_row("PRAGMA synchronous", [], |r| r.get(0))?,
            ))
        })
        .await
        .unwrap();
    assert_eq!((journal.as_str(), level), ("wal", 2), "WAL and FULL: NORMAL loses acknowledged rows in a power cut");
}

#[tokio::test]
async fn nobody_reads_a_customer_off_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let customers = stream(&store, Entity::Customers).await;
    let canary = |what: &str| Some(format!("canary-{what}-31415"));
    let customer = Customer {
        id: "C1".into(),
        given_name: canary("given"),
        family_name: canary("family"),
        email: canary("mail@example.com"),
        phone: canary("phone"),
        created_at: noon(),
        version: noon(),
    };
    pull(&store, customers, PullKind::All, Rows::Customers(vec![customer.clone()])).await.unwrap();
    assert!(!format!("{customer:?}").contains("canary"), "nor in a log");
    drop(store);
    for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
        let bytes = std::fs::read(file.path()).unwrap();
        let found = bytes.windows(7).any(|w| w == b"canary-");
        assert!(!found, "{:?} holds a customer in the clear", file.file_name());
    }
}

#[test]
fn a_seal_opens_with_its_own_key_and_kind_alone() {
    let seal = Seal::new(&[7; 32]);
    let sealed = seal.seal("page", b"a reply of the vendor").unwrap();
    assert_eq!(seal.open("page", &sealed).unwrap(), b"a reply of the vendor");
    assert!(seal.open("customer", &sealed).is_err(), "another kind");
    assert!(Seal::new(&[8; 32]).open("page", &sealed).is_err(), "another key");
    for n in 0..sealed.len() {
        let mut bent = sealed.clone();
        bent[n] ^= 1;
        assert!(seal.open("page", &bent).is_err(), "byte {n} changed");
    }
    assert!(seal.open("page", &[]).is_err() && seal.open("page", &sealed[..20]).is_err(), "cut short");
    assert_eq!(seal.lookup(" A@Example.com"), seal.lookup("a@example.com "), "look-ups forgive case and blanks");
}

#[tokio::test]
async fn a_backup_can_be_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let store = open(folder.path());
    let payments = stream(&store, Entity::Payments).await;
    pull(&store, payments, PullKind::Changes, Rows::Payments(vec![payment("p1", 0)])).await.unwrap();
    store.backup(&copy).unwrap();
    pull(&store, payments, PullKind::Changes, Rows::Payments(vec![payment("p2", 0)])).await.unwrap();
    assert!(
        matches!(Store::restore(folder.path(), &copy), Err(StoreError::AlreadyOpen)),
        "not under a running Backroom"
    );
    let device = store.device().to_owned();
    drop(store);
    Store::restore(folder.path(), &copy).unwrap();
    let store = open(folder.path());
    assert_eq!(store.read(|c| report::recent(c, 0, 9)).unwrap().len(), 1, "as it was at the backup");
    assert_ne!(store.device(), device, "what it sends cannot be mixed up with what was sent before");
    assert_healthy(&store, "sound");
    let garbage = folder.path().join("garbage");
    std::fs::write(&garbage, b"no backup").unwrap();
    drop(store);
    assert!(Store::restore(folder.path(), &garbage).is_err(), "garbage is no backup");
    assert_eq!(open(folder.path()).read(|c| report::recent(c, 0, 9)).unwrap().len(), 1, "and replaces nothing");
}

#[test]
fn only_a_damaged_buffer_is_put_aside_and_nothing_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backroom.db");
    let store = open(folder.path());
    assert!(matches!(Store::set_aside(folder.path()), Err(StoreError::AlreadyOpen)), "it is in use");
    drop(store);
    let sound = std::fs::read(&file).unwrap();
    assert!(matches!(Store::set_aside(folder.path()), Err(StoreError::Invariant(_))), "it is sound");
    assert_eq!(std::fs::read(&file).unwrap(), sound, "and stays as it is");
    for number in 1..=2 {
        let garbage = format!("no database {number} ").repeat(500);
        std::fs::write(&file, &garbage).unwrap();
        let kept = Store::set_aside(folder.path()).unwrap();
        assert!(!file.exists(), "its place is free");
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), garbage, "it is kept, each under a name of its own");
        drop(open(folder.path()));
    }
}

#[tokio::test]
async fn only_a_buffer_that_nobody_has_open_is_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let payments = stream(&store, Entity::Payments).await;
    pull(&store, payments, PullKind::Changes, Rows::Payments(vec![payment("p1", 0)])).await.unwrap();
    assert!(matches!(Store::clear(folder.path()), Err(StoreError::AlreadyOpen)), "it is in use");
    assert_eq!(store.read(|c| report::recent(c, 0, 9)).unwrap().len(), 1, "and unharmed");
    let device = store.device().to_owned();
    drop(store);
    std::fs::write(folder.path().join("config.toml"), "").unwrap();
    Store::clear(folder.path()).unwrap();
    assert!(folder.path().join("config.toml").exists(), "what is not the buffer stays");
    let fresh = open(folder.path());
    assert!(fresh.read(|c| report::recent(c, 0, 9)).unwrap().is_empty(), "nothing is left of it");
    assert_ne!(fresh.device(), device, "and what comes after is another buffer");
    drop(fresh);
    let empty = tempfile::tempdir().unwrap();
    Store::clear(empty.path()).unwrap();
}

#[tokio::test]
async fn another_start_of_the_day_counts_everything_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let payments = stream(&store, Entity::Payments).await;
    let rows: Vec<_> = (0..48i64)
        .map(|hour| {
            let mut p = payment(&format!("p{hour}"), 0);
            p.taken_at = p.created_at.plus_seconds(hour * 3_600);
            p.customer_id = Some(format!("c{}", hour % 5));
            p
        })
        .collect();
    pull(&store, payments, PullKind::Changes, Rows::Payments(rows.clone())).await.unwrap();
    let days = |store: Store| async move {
        let told = std::sync::Mutex::new(std::collections::BTreeMap::new());
        let encode = |table: Table, rows: &[Vec<Cell>]| {
            let at = table.spec().columns.iter().position(|c| c.name == "business_day").unwrap();
            let mut told = told.lock().unwrap();
            told.extend(rows.iter().map(|row| (format!("{:?}", row[0]), row[at].clone())));
            Ok(vec![b'x'; rows.len()])
        };
        while let Some(batch) = store.seal_next(Table::SquarePayments, 1_000, &encode).await.unwrap() {
            store.acknowledge(Table::SquarePayments, vec![batch.id]).await.unwrap();
        }
        told.into_inner().unwrap()
    };
    let mut delivered = days(store).await;
    let rule = DayRule::new("America/New_York", "00:00").unwrap();
    let store = Store::open(Options { rule, ..options(folder.path()) }).unwrap();
    assert_healthy(&store, "made anew");
    delivered.extend(days(store).await);
    for p in &rows {
        let id = format!("{:?}", Cell::Text(p.id.clone()));
        assert_eq!(delivered[&id], Cell::Date(rule.day_of(p.taken_at)), "the warehouse hears of every day that moved");
    }
    let store = Store::open(Options { rule, ..options(folder.path()) }).unwrap();
    for p in &rows {
        let day = rule.day_of(p.taken_at);
        let expected = rows.iter().filter(|q| rule.day_of(q.taken_at) == day).count() as i64;
        let t = store.read(|c| report::period(c, 0, "USD", day, day)).unwrap();
        assert_eq!(t.payments, expected, "{day} by the new rule");
    }
}

/// A reply that says nothing new is not kept: every cycle reads again what its overlap covers.
#[tokio::test]
async fn cycles_with_nothing_new_leave_the_file_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let payments = stream(&store, Entity::Payments).await;
    let sizes = |store: &Store| {
        store
            .read(|c| {
                let count = |table: &str| -> rusqlite::Result<i64> {
                    c.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0))
                };
                Ok((count("raw_page")?, count("receipt")?))
            })
            .unwrap()
    };
    let page = |number: u64, rows: Vec<_>| {
        let (done, told) = tokio::sync::oneshot::channel();
        let end = PullEnd {
            from: None,
            to: None,
            started_at: noon(),
            watermark: None,
            seen: None,
            history_done: false,
            done,
        };
        let write = PageWrite {
            stream: payments,
            pull: 1_000_000 + number,
            kind: PullKind::Changes,
            rows: Rows::Payments(rows),
            raw: Some(vec![7; 100]),
            requests: 1,
            end: Some(end),
        };
        (write, told)
    };
    let rows: Vec<_> = (0..20).map(|n| payment(&format!("p{n}"), 0)).collect();
    for cycle in 0..10 {
        let (write, _told) = page(cycle, rows.clone());
        store.submit(write).await.unwrap();
        store.flush().await.unwrap();
    }
    assert_eq!(sizes(&store), (1, 2), "one reply; the receipt of what came, and one that says nothing came since");
    let (write, _told) = page(99, vec![payment("p3", 5)]);
    store.submit(write).await.unwrap();
    store.flush().await.unwrap();
    assert_eq!(sizes(&store).0, 2, "a reply with something new is kept");
}

/// The stock of an item as two computers saw it: one from the start, the other only in the end.
#[tokio::test]
async fn what_two_computers_saw_of_an_item_has_one_version() {
    let count = |quantity: i64, seconds: i64| StockCount {
        variation_id: "v1".into(),
        location_id: "L1".into(),
        quantity_milli: quantity * 1_000,
        version: noon().plus_seconds(seconds),
    };
    let item = || Product {
        id: "v1".into(),
        item_id: "i1".into(),
        name: "Papers".into(),
        category_id: None,
        sku: None,
        price: Some(250),
        cost: None,
        currency: None,
        description: None,
        archived: false,
        created_at: None,
        version: noon().plus_days(-9),
        deleted: false,
    };
    let mut told = Vec::new();
    for counts in [vec![count(9, 0), count(8, 60), count(5, 120), count(155, 180)], vec![count(155, 180)]] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let catalog = stream(&store, Entity::Catalog).await;
        let rows = Rows::Catalog { products: vec![item()], deleted_items: Vec::new(), categories: Vec::new() };
        pull(&store, catalog, PullKind::Changes, rows).await.unwrap();
        let inventory = stream(&store, Entity::Inventory).await;
        for count in counts {
            pull(&store, inventory, PullKind::Changes, Rows::Inventory(vec![count])).await.unwrap();
        }
        let seen = std::sync::Mutex::new(None);
        let encode = |table: Table, rows: &[Vec<Cell>]| {
            let at = |name: &str| table.spec().columns.iter().position(|c| c.name == name).unwrap();
            *seen.lock().unwrap() = Some((rows[0][at("quantity")].clone(), rows[0][at("_version")].clone()));
            Ok(vec![b'x'])
        };
        store.seal_next(Table::SquareItems, 10, &encode).await.unwrap();
        told.push(seen.into_inner().unwrap());
    }
    assert_eq!(told[0], told[1], "the same quantity under the same version");
    assert_eq!(told[0].as_ref().unwrap().1, Cell::Int(noon().plus_seconds(180).micros()), "the time of the count");
}
