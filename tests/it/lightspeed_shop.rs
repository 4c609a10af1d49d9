//! A Lightspeed shop with a buffer beside it, and whether the two agree record by record.

use crate::life::PATIENCE;
use crate::same::assert_equals_truth;
use backroom_connectors::lightspeed::{Lightspeed as Connector, LightspeedSettings};
use backroom_core::sale::{OrderState, PaymentStatus};
use backroom_core::source::{Ask, Entity, Page, Probe, PullPlan, Source};
use backroom_core::{BoxFuture, Clock, Fault, TestClock, Timestamp};
use backroom_http::{Client, ClientConfig, StaticToken};
use backroom_sandbox::lightspeed::{Books, CustomerEntry, ItemEntry, Lightspeed, SaleEntry, Spec};
use backroom_secrets::Secret;
use backroom_store::Store;
use backroom_sync::{Cancel, PullOptions, Quiet, SourceEntry, Watcher, pull};
use backroom_tests::open_store_with;
use std::collections::BTreeMap;
use std::sync::Arc;

/// 2026-11-20 18:00 UTC.
pub fn clock() -> TestClock {
    TestClock::at(Timestamp::from_seconds(1_795_197_600))
}

/// An account whose bucket is no matter here.
pub fn account(sales: usize, clock: &TestClock) -> Lightspeed {
    let spec = Spec { bucket: 1e9, burst: 1e9, ..Spec::small(sales, clock.now().plus_seconds(-600)) };
    Lightspeed::start_with(spec, 0, Arc::new(clock.clone())).unwrap()
}

/// A buffer in which each shop's own zone decides on its days.
pub fn buffer(folder: &tempfile::TempDir, clock: &TestClock) -> Store {
    open_store_with(folder.path(), Arc::new(clock.clone()), false).unwrap()
}

/// The connector to an account of this number; empty for the one that the token belongs to.
pub fn connector(shop: &Lightspeed, account: &str) -> Connector {
    let settings = LightspeedSettings {
        base_url: shop.base_url(),
        account_id: account.to_owned(),
        retry: PATIENCE,
        ..LightspeedSettings::default()
    };
    let token = Arc::new(StaticToken::new(Secret::new(shop.token())));
    Connector::new(settings, Client::new(ClientConfig::default()), token, Arc::new(Connector::bucket())).unwrap()
}

/// The connector, with life going on after each of its calls.
struct Lively {
    inner: Connector,
    called: Box<dyn Fn() + Send + Sync>,
}

impl Source for Lively {
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
            (self.called)();
            page
        })
    }
    fn probe(&self) -> BoxFuture<'_, Result<Probe, Fault>> {
        self.inner.probe()
    }
}

/// A source one call at a time, after each of which `called` is done.
pub fn lively(inner: Connector, called: impl Fn() + Send + Sync + 'static) -> SourceEntry {
    let source = Lively { inner, called: Box::new(called) };
    SourceEntry { name: "retail".into(), source: Arc::new(source), history_days: Some(731) }
}

/// A source that just reads.
pub fn quiet(shop: &Lightspeed) -> SourceEntry {
    lively(connector(shop, ""), || {})
}

/// One cycle: how each entity ended, and with how many calls.
pub async fn cycle(store: &Store, source: &SourceEntry, cancel: &Cancel) -> Vec<(Entity, Option<Fault>, u64)> {
    let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
    let sources = std::slice::from_ref(source);
    let outcomes = pull(store, sources, &PullOptions::default(), &watcher, cancel).await.unwrap();
    outcomes.into_iter().map(|o| (o.entity, o.fault, o.stats.requests)).collect()
}

pub fn assert_no_faults(outcomes: &[(Entity, Option<Fault>, u64)]) {
    for (entity, fault, _) in outcomes {
        assert_eq!(*fault, None, "{entity} went through");
    }
}

/// One cycle that goes through.
pub async fn sync(store: &Store, source: &SourceEntry) -> Vec<(Entity, Option<Fault>, u64)> {
    let outcomes = cycle(store, source, &Cancel::new()).await;
    assert_no_faults(&outcomes);
    outcomes
}

/// The buffer's rows by a query, each turned into something.
fn rows<T>(store: &Store, sql: &str, read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    store
        .read(|c| {
            let mut statement = c.prepare(sql)?;
            let found = statement.query_map([], |row| read(row))?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .unwrap()
}

/// The buffer's sales as a shop keeps its books. Payments that were taken back are no longer in them.
pub fn sales_in(store: &Store) -> BTreeMap<String, SaleEntry> {
    let mut sales: BTreeMap<String, SaleEntry> = rows(
        store,
        "SELECT o.id, l.id, c.id, o.state, date(o.day * 86400, 'unixepoch'), o.total, o.tax, o.tip FROM orders o
         JOIN location l ON l.pk = o.location LEFT JOIN customer c ON c.pk = o.customer",
        |r| {
            let entry = SaleEntry {
                shop: r.get(1)?,
                customer: r.get(2)?,
                state: OrderState::from_code(r.get(3)?).as_str().to_owned(),
                day: r.get(4)?,
                total: r.get(5)?,
                tax: r.get(6)?,
                tip: r.get(7)?,
                lines: BTreeMap::new(),
                payments: BTreeMap::new(),
            };
            Ok((r.get(0)?, entry))
        },
    )
    .into_iter()
    .collect();
    let lines = "SELECT o.id, n.uid, p.id, n.quantity_milli, n.unit_price FROM order_line n
        JOIN orders o ON o.pk = n.order_pk LEFT JOIN product p ON p.pk = n.product WHERE n.deleted = 0";
    for (sale, uid, line) in
        rows(store, lines, |r| Ok((r.get::<_, String>(0)?, r.get(1)?, (r.get(2)?, r.get(3)?, r.get(4)?))))
    {
        sales.get_mut(&sale).unwrap().lines.insert(uid, line);
    }
    let money = "SELECT p.order_id, p.id, w.text, p.total, p.status FROM payment p JOIN word w ON w.pk = p.method
        UNION ALL SELECT order_id, id, '', -amount, status FROM refund";
    for (sale, id, how, amount, status) in rows(store, money, |r| {
        Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get(2)?, r.get(3)?, r.get::<_, i64>(4)?))
    }) {
        let entry = sales.get_mut(&sale).unwrap();
        let expected = match entry.state.as_str() {
            "COMPLETED" => PaymentStatus::Completed,
            "CANCELED" => PaymentStatus::Canceled,
            _ => PaymentStatus::Approved,
        };
        let status = PaymentStatus::from_code(status);
        if status != expected {
            assert_eq!(status, PaymentStatus::Canceled, "{id} of sale {sale} counts as its sale does, or not at all");
            continue;
        }
        entry.payments.insert(id.rsplit('-').next().unwrap().to_owned(), (how, amount));
    }
    sales
}

/// The buffer's items as a shop keeps its books.
fn items_in(store: &Store) -> BTreeMap<String, ItemEntry> {
    let mut items: BTreeMap<String, ItemEntry> = rows(
        store,
        "SELECT p.id, p.name, c.name, p.price, p.cost, p.archived FROM product p
         LEFT JOIN category c ON c.id = p.category_id AND c.source = p.source WHERE p.known = 1 AND p.deleted = 0",
        |r| {
            let entry = ItemEntry {
                name: r.get(1)?,
                category: r.get::<_, Option<String>>(2)?.unwrap_or_default(),
                price: r.get::<_, Option<i64>>(3)?.unwrap_or(-1),
                cost: r.get::<_, Option<i64>>(4)?.unwrap_or(-1),
                archived: r.get(5)?,
                shelves: BTreeMap::new(),
            };
            Ok((r.get(0)?, entry))
        },
    )
    .into_iter()
    .collect();
    let stock = "SELECT p.id, l.id, s.quantity_milli FROM stock s JOIN product p ON p.pk = s.product
        JOIN location l ON l.pk = s.location";
    for (item, shop, quantity) in rows(store, stock, |r| Ok((r.get::<_, String>(0)?, r.get(1)?, r.get(2)?))) {
        items.get_mut(&item).unwrap().shelves.insert(shop, quantity);
    }
    items
}

/// The buffer's customers as a shop keeps its books.
fn customers_in(store: &Store) -> BTreeMap<String, CustomerEntry> {
    let sealed = "SELECT id, sealed FROM customer WHERE known = 1 AND deleted = 0";
    let read = |r: &rusqlite::Row<'_>| Ok((r.get::<_, String>(0)?, r.get::<_, Option<Vec<u8>>>(1)?));
    let open = |(id, sealed): (String, Option<Vec<u8>>)| {
        let plain = sealed.map(|s| store.seal().unwrap().open("customer", &s).unwrap()).unwrap_or_default();
        let text = String::from_utf8(plain).unwrap();
        let mut fields = text.split('\u{1f}').map(str::to_owned);
        let mut next = || fields.next().unwrap_or_default();
        let personal = (next(), next(), next());
        let known = personal != (String::new(), String::new(), String::new());
        (id, CustomerEntry { personal: known.then_some(personal) })
    };
    rows(store, sealed, read).into_iter().map(open).collect()
}

/// How money was given back is not kept, only how it was taken.
fn plain(mut books: Books) -> Books {
    for sale in books.sales.values_mut() {
        sale.payments.values_mut().filter(|(_, amount)| *amount < 0).for_each(|(how, _)| how.clear());
    }
    books
}

/// The shop's sales as the buffer can have them.
pub fn sales_of(shop: &Lightspeed) -> BTreeMap<String, SaleEntry> {
    plain(shop.books()).sales
}

fn assert_entries<T: PartialEq + std::fmt::Debug>(held: &BTreeMap<String, T>, own: &BTreeMap<String, T>, what: &str) {
    let differ: Vec<_> = own.iter().filter(|(id, entry)| held.get(*id) != Some(entry)).take(2).collect();
    let found: Vec<_> = differ.iter().map(|(id, _)| held.get(*id)).collect();
    assert!(differ.is_empty(), "{what} as the shop has them: {differ:?}, and here: {found:?}");
    let more: Vec<_> = held.keys().filter(|id| !own.contains_key(*id)).take(3).collect();
    assert!(more.is_empty(), "{what} that the shop does not have: {more:?}");
}

/// Every day, sale, line, payment, item, shelf and customer is as the shop's books have it. What goods cost on average may come a day
/// later: `costs` tells whether it must be here.
pub fn assert_books(store: &Store, shop: &Lightspeed, costs: bool) {
    assert_equals_truth(store, &shop.truth());
    let own = plain(shop.books());
    assert_entries(&sales_in(store), &own.sales, "sales");
    assert_entries(&customers_in(store), &own.customers, "customers");
    let mut items = items_in(store);
    for (id, item) in &mut items {
        if let (false, Some(known)) = (costs, own.items.get(id)) {
            item.cost = known.cost;
        }
    }
    assert_entries(&items, &own.items, "items");
}
