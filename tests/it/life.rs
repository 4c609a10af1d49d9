//! A shop that goes on trading while it is read.

use crate::same::assert_equals_truth;
use backroom_connectors::square::{Square as Connector, SquareSettings};
use backroom_core::source::{Ask, Entity, Page, Probe, PullPlan, Source};
use backroom_core::{BoxFuture, Fault, Timestamp};
use backroom_http::{Client, ClientConfig, RetryPolicy, StaticToken};
use backroom_sandbox::square::{LateOrder, NewSale, Square};
use backroom_secrets::Secret;
use backroom_store::Store;
use backroom_sync::{Cancel, PullOptions, Quiet, SourceEntry, Watcher, pull};
use std::sync::Arc;
use std::time::Duration;

/// Does not wait long: the vendors of a test come back at once.
pub const PATIENCE: RetryPolicy = RetryPolicy {
    attempts: 3,
    first_wait: Duration::from_millis(1),
    longest_wait: Duration::from_millis(2),
    budget: Duration::from_secs(5),
};

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Sale,
    OfflineSale,
    LateOrder,
    Tip,
    Refund,
    DeletedItem,
    Price,
    Archived,
}

/// One thing that happens in a shop.
#[derive(Debug, Clone, Copy)]
pub struct Trade {
    pub kind: Kind,
    /// The location, counted.
    pub place: usize,
    /// The payment or item it befalls, counted around.
    pub which: usize,
    /// How long ago a late one was rung up; amounts follow from it too.
    pub seconds: i64,
}

impl Trade {
    /// As often as they happen.
    pub const KINDS: [Kind; 12] = [
        Kind::Sale,
        Kind::Sale,
        Kind::Sale,
        Kind::Sale,
        Kind::OfflineSale,
        Kind::LateOrder,
        Kind::Tip,
        Kind::Refund,
        Kind::Refund,
        Kind::DeletedItem,
        Kind::Price,
        Kind::Archived,
    ];

    /// Has it happen. What cannot be done now, such as a refund of what was refunded in full, is not done.
    pub fn happen(&self, square: &Square, now: Timestamp) {
        let (payments, items) = (square.payment_ids(), square.item_ids());
        let (payment, item) = (&payments[self.which % payments.len()], &items[self.which % items.len()]);
        let at = Some(now.plus_seconds(-self.seconds).to_rfc3339());
        let sale = NewSale { location: self.place, tip_minor: self.seconds % 300, ..NewSale::default() };
        let _ = match self.kind {
            Kind::Sale => square.add_sale(&sale).map(drop),
            Kind::OfflineSale => square.offline_sale(&NewSale { at, ..sale }).map(drop),
            Kind::LateOrder => {
                let sale = NewSale { at, ..sale };
                square.late_order(&LateOrder { sale, updated_is_old: self.place == 1 }).map(drop)
            }
            Kind::Tip => square.add_tip(payment, 75),
            Kind::Refund => square.refund(payment, Some(1 + self.seconds % 200)).map(drop),
            Kind::DeletedItem => square.delete_item(item),
            Kind::Price => square.edit_price(item, 100 + self.seconds % 9_000),
            Kind::Archived => square.archive_item(item, self.place == 0),
        };
    }
}

/// The connector, one call at a time, with life going on after each of its calls.
struct Lively<F> {
    inner: Connector,
    called: F,
}

impl<F: Fn(&Ask, Option<usize>) + Send + Sync + 'static> Source for Lively<F> {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn plan(&self, entity: Entity) -> Option<PullPlan> {
        self.inner.plan(entity)
    }

    fn concurrency(&self) -> usize {
        1
    }

    fn fetch<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Result<Page, Fault>> {
        Box::pin(async move {
            let page = self.inner.fetch(ask).await;
            (self.called)(ask, page.as_ref().ok().map(|p| p.rows.len()));
            page
        })
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probe, Fault>> {
        self.inner.probe()
    }
}

/// A source that reads `square` and calls `called` after each call with the rows that came; none where it failed.
pub fn lively(square: &Square, called: impl Fn(&Ask, Option<usize>) + Send + Sync + 'static) -> SourceEntry {
    let settings =
        SquareSettings { base_url: square.base_url(), concurrency: 1, retry: PATIENCE, ..Default::default() };
    let token = Arc::new(StaticToken::new(Secret::new(square.token())));
    let inner = Connector::new(settings, Client::new(ClientConfig::default()), token).unwrap();
    SourceEntry { name: "main".into(), source: Arc::new(Lively { inner, called }), history_days: Some(731) }
}

/// One more pull while the shop is quiet goes through, and the buffer has what the shop knows, each row once.
pub async fn assert_quiet(store: &Store, sources: &[SourceEntry], square: &Square, full: bool, context: &str) {
    let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
    let options = PullOptions { full, ..PullOptions::default() };
    for outcome in pull(store, sources, &options, &watcher, &Cancel::new()).await.unwrap() {
        assert_eq!(outcome.fault, None, "{context}: {} is quiet", outcome.entity);
    }
    let truth = square.truth();
    assert_equals_truth(store, &truth);
    let counts: [u64; 3] = store
        .read(|c| {
            let count = |table: &str| -> rusqlite::Result<u64> {
                let n: i64 = c.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0))?;
                Ok(n.unsigned_abs())
            };
            Ok([count("payment")?, count("refund")?, count("orders")?])
        })
        .unwrap();
    assert_eq!(counts, [truth.payments, truth.refunds, truth.orders], "{context}: payments, refunds, orders");
}
