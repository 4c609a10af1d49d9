//! The buffer at its seam: pages in, numbers out, nothing lost, nothing counted twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod counter;
mod delivery;
mod file;
mod goods;
mod keeping;
mod pace;
mod rows;
mod sales;

use backroom_core::sale::{Order, OrderLine, OrderState, Payment, PaymentStatus, Product, Refund};
use backroom_core::source::{Entity, Rows};
use backroom_core::{Clock, Currency, DayRule, TestClock, Timestamp};
use backroom_store::{Options, PageWrite, PullEnd, PullKind, PullStats, Seal, Store, StoreError, StreamId, StreamKey};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::oneshot;

static PULL: AtomicU64 = AtomicU64::new(1);

pub(crate) fn noon() -> Timestamp {
    Timestamp::parse("2026-11-20T18:00:00Z").unwrap()
}

pub(crate) fn options(folder: &Path) -> Options {
    Options {
        folder: folder.to_path_buf(),
        clock: Arc::new(TestClock::at(noon())) as Arc<dyn Clock>,
        rule: DayRule::new("America/Chicago", "04:00").unwrap(),
        zone_is_set: true,
        seal: Some(Seal::new(&[1; 32])),
    }
}

pub(crate) fn open(folder: &Path) -> Store {
    Store::open(options(folder)).unwrap()
}

pub(crate) async fn stream(store: &Store, entity: Entity) -> StreamId {
    let key = StreamKey { source: "main".into(), kind: "square", entity, location: None };
    store.open_streams(vec![key]).await.unwrap()[0].id
}

/// One pull of one page, committed.
pub(crate) async fn pull(store: &Store, stream: StreamId, kind: PullKind, rows: Rows) -> Result<PullStats, StoreError> {
    let (done, told) = oneshot::channel();
    let end =
        PullEnd { from: None, to: None, started_at: noon(), watermark: None, seen: None, history_done: false, done };
    let pull = PULL.fetch_add(1, Ordering::Relaxed);
    store.submit(PageWrite { stream, pull, kind, rows, raw: None, requests: 1, end: Some(end) }).await?;
    store.flush().await?;
    told.await.map_err(|_| StoreError::Closed)
}

pub(crate) fn payment(id: &str, version: i64) -> Payment {
    let created = noon().plus_days(-10);
    Payment {
        id: id.into(),
        location_id: "L1".into(),
        order_id: None,
        customer_id: None,
        status: PaymentStatus::Completed,
        amount: 1_250,
        tip: 0,
        total: 1_250,
        refunded: 0,
        fee: 0,
        currency: Currency::USD,
        source_type: "CARD".into(),
        card_brand: Some("VISA".into()),
        receipt_url: None,
        team_member_id: None,
        created_at: created,
        taken_at: created,
        version: created.plus_seconds(version),
    }
}

pub(crate) fn refund(id: &str, version: i64) -> Refund {
    Refund {
        id: id.into(),
        location_id: "L1".into(),
        payment_id: Some("p0".into()),
        order_id: None,
        status: PaymentStatus::Completed,
        amount: 300,
        currency: Currency::USD,
        reason: None,
        created_at: noon().plus_days(-3),
        version: noon().plus_days(-3).plus_seconds(version),
    }
}

pub(crate) fn order(id: &str, version: i64, lines: Vec<OrderLine>) -> Order {
    let created = noon().plus_days(-10);
    Order {
        id: id.into(),
        location_id: "L1".into(),
        customer_id: None,
        state: OrderState::Completed,
        total: lines.iter().map(|l| l.total).sum(),
        tax: lines.iter().map(|l| l.tax).sum(),
        discount: lines.iter().map(|l| l.discount).sum(),
        tip: 0,
        service_charge: 0,
        returned: 0,
        currency: Currency::USD,
        tenders: "CARD:1".into(),
        team_member_id: None,
        created_at: created,
        closed_at: None,
        version: created.plus_seconds(version),
        lines,
    }
}

pub(crate) fn line(uid: &str, variation: Option<&str>, total: i64) -> OrderLine {
    OrderLine {
        uid: uid.into(),
        variation_id: variation.map(str::to_owned),
        name: "Papers".into(),
        variation_name: None,
        quantity_milli: 1_000,
        unit_price: total,
        gross: total,
        discount: 0,
        tax: 0,
        total,
    }
}

/// A product of the catalog, called as its id.
pub(crate) fn product(id: &str) -> Product {
    Product {
        id: id.into(),
        item_id: format!("item-{id}"),
        name: id.into(),
        category_id: None,
        sku: None,
        price: Some(500),
        currency: Some(Currency::USD),
        cost: None,
        description: None,
        archived: false,
        created_at: None,
        version: noon(),
        deleted: false,
    }
}

pub(crate) fn assert_healthy(store: &Store, why: &str) {
    let health = store.doctor().unwrap();
    let bad: Vec<_> = health.findings.iter().filter(|f| !f.ok).collect();
    assert!(bad.is_empty(), "{why}: {bad:?}");
}
