//! Which sales an ID check is expected for: by the lines that were paid for, not by payments.

use crate::{line, noon, open, order, payment, pull, stream};
use backroom_core::sale::{Category, OrderState, Payment, PaymentStatus, Product};
use backroom_core::source::{Entity, Rows};
use backroom_core::{BusinessDay, Currency};
use backroom_store::report::{self, Goods, Sold};
use backroom_store::{PullKind, Store};
use std::collections::BTreeSet;

fn product(id: &str, category: Option<&str>) -> Product {
    Product {
        id: id.into(),
        item_id: format!("{id}-item"),
        name: id.into(),
        category_id: category.map(str::to_owned),
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

fn paid(id: &str, order: Option<&str>) -> Payment {
    Payment { order_id: order.map(str::to_owned), ..payment(id, 0) }
}

async fn shop() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let category =
        |id: &str, name: &str| Category { id: id.into(), name: name.into(), version: noon(), deleted: false };
    let catalog = Rows::Catalog {
        products: vec![product("pod", Some("c1")), product("cola", Some("c2")), product("loose", None)],
        deleted_items: Vec::new(),
        categories: vec![category("c1", "Disposables"), category("c2", "Drinks")],
    };
    let of = stream(&store, Entity::Catalog).await;
    pull(&store, of, PullKind::All, catalog).await.unwrap();
    let returned = {
        let mut back = line("2", Some("pod"), -500);
        back.quantity_milli = -1_000;
        back
    };
    let mut open_order = order("open", 0, vec![line("1", Some("pod"), 500)]);
    open_order.state = OrderState::Open;
    let orders = vec![
        order("both", 0, vec![line("1", Some("pod"), 500), line("2", Some("cola"), 300)]),
        order("cola", 0, vec![line("1", Some("cola"), 300)]),
        order("twice", 0, vec![line("1", Some("pod"), 500), line("2", Some("pod"), 500)]),
        order("typed", 0, vec![line("1", None, 900)]),
        order("loose", 0, vec![line("1", Some("loose"), 100)]),
        order("exchange", 0, vec![line("1", Some("cola"), 300), returned]),
        order("unpaid", 0, vec![line("1", Some("pod"), 500)]),
        open_order,
    ];
    let of = stream(&store, Entity::Orders).await;
    pull(&store, of, PullKind::Changes, Rows::Orders(orders)).await.unwrap();
    let failed = Payment { status: PaymentStatus::Failed, ..paid("p-failed", Some("unpaid")) };
    let payments = vec![
        paid("p1", Some("both")),
        // Two cards for one basket are one customer.
        paid("p2", Some("both")),
        paid("p3", Some("cola")),
        paid("p4", Some("twice")),
        paid("p5", Some("typed")),
        paid("p6", Some("loose")),
        paid("p7", Some("exchange")),
        paid("p8", None),
        paid("p9", Some("not here yet")),
        paid("p10", Some("open")),
        failed,
    ];
    let of = stream(&store, Entity::Payments).await;
    pull(&store, of, PullKind::Changes, Rows::Payments(payments)).await.unwrap();
    (folder, store)
}

fn goods(category: &str) -> Goods {
    Goods { source: "main".into(), category: category.into() }
}

#[tokio::test]
async fn a_sale_counts_once_and_by_what_was_sold() {
    let (_folder, store) = shop().await;
    let day = store.rule().day_of(noon().plus_days(-10));
    let sold = |left_out: &[&str], from: BusinessDay, to: BusinessDay| -> Sold {
        let left_out: BTreeSet<Goods> = left_out.iter().map(|c| goods(c)).collect();
        store.read(|c| report::sold(c, from, to, &left_out)).unwrap()
    };
    let table = [
        (&[][..], 9, 8, "nobody has said anything: every sale counts"),
        (&["c2"], 7, 5, "drinks are for everybody: the basket with a pod in it still counts"),
        (&["c1"], 8, 5, "what is brought back in an exchange is no sale of it"),
        (&["c1", "c2", "#typed", "#none"], 3, 0, "whose goods are not known counts whatever was said"),
    ];
    for (left_out, sales, lines, why) in table {
        let told = sold(left_out, day, day);
        assert_eq!((told.sales, told.lines, told.unknown), (sales, lines, 3), "{why}");
    }
    let told = sold(&[], day, day);
    let rows: Vec<(&str, u64, u64)> =
        told.goods.iter().map(|g| (g.goods.category.as_str(), g.lines, g.sales)).collect();
    assert_eq!(rows, [("c2", 3, 3), ("c1", 3, 2), ("#none", 1, 1), ("#typed", 1, 1)], "by category");
    assert_eq!(sold(&[], day.plus(1), day.plus(30)), Sold::default(), "other days have none");
    let names: Vec<(Goods, String)> = store.read(report::categories).unwrap();
    let names: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(
        names,
        ["Disposables", "Drinks", "No category", "Typed in by hand"],
        "what there is to say something about"
    );
}
