//! Every quirk of Lightspeed's JSON.

use super::super::map::{self, Context, Method};
use super::super::page;
use crate::oddities::Oddities;
use backroom_core::sale::{OrderState, PaymentStatus, Sale};
use backroom_core::source::{Entity, Rows};
use backroom_core::{Currency, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

fn context() -> Context {
    let methods = [("1", Method::of("Cash", "cash")), ("2", Method::of("Credit Card", "credit card"))];
    Context { currency: Currency::USD, methods: methods.into_iter().map(|(id, m)| (id.to_owned(), m)).collect() }
}

fn read_sales(body: &Value) -> (Vec<Sale>, Vec<String>) {
    let mut odd = Oddities::default();
    let body = page::read(body.to_string().as_bytes()).unwrap();
    let sales = map::sales(&body.list("Sale").unwrap(), &context(), &mut odd);
    (sales, odd.into_warnings(Entity::Orders))
}

fn one_sale(sale: Value) -> (Sale, Vec<String>) {
    let (mut sales, warnings) = read_sales(&json!({"@attributes": {"next": ""}, "Sale": sale}));
    assert_eq!(sales.len(), 1, "a lone record is an object, not a list");
    (sales.remove(0), warnings)
}

/// A completed sale of 11.49 paid by card, all of it text.
fn plain() -> Value {
    json!({
        "saleID": "7", "timeStamp": "2026-11-20T18:05:35+00:00", "createTime": "2026-11-20T18:01:00+00:00",
        "completeTime": "2026-11-20T18:05:35+00:00", "completed": "true", "voided": "false", "archived": "false",
        "calcTotal": "11.49", "calcDiscount": "0", "taxTotal": "0.94", "calcTips": "0", "change": "0",
        "customerID": "0", "employeeID": "4", "shopID": "2", "registerID": "1",
        "SaleLines": {"SaleLine": {"saleLineID": "70", "itemID": "9", "unitQuantity": "1", "unitPrice": "10.55",
            "calcLineDiscount": "0", "calcTax1": "0.9360025", "calcTax2": "0", "calcTotal": "11.4860025"}},
        "SalePayments": {"SalePayment": {"salePaymentID": "71", "amount": "11.49", "paymentTypeID": "2"}}
    })
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut sale = plain();
    for (name, value) in changes {
        match value {
            Value::Null => drop(sale.as_object_mut().unwrap().remove(*name)),
            value => sale[*name] = value.clone(),
        }
    }
    sale
}

#[test]
fn text_is_read_as_what_it_means() {
    let (sale, warnings) = one_sale(plain());
    let order = &sale.order;
    assert_eq!((order.id.as_str(), order.location_id.as_str(), order.state), ("7", "2", OrderState::Completed));
    assert_eq!((order.total, order.tax, order.customer_id.as_deref()), (1_149, 94, None), "customer 0 is a walk-in");
    assert_eq!(order.closed_at, Some(Timestamp::parse("2026-11-20T18:05:35Z").unwrap()));
    let line = &order.lines[0];
    assert_eq!((line.gross, line.tax, line.total, line.quantity_milli), (1_055, 94, 1_149, 1_000), "7 decimals round");
    assert_eq!(line.variation_id.as_deref(), Some("9"));
    let payment = &sale.payments[0];
    assert_eq!((payment.id.as_str(), payment.amount, payment.status), ("7-71", 1_149, PaymentStatus::Completed));
    assert_eq!(payment.source_type, "CARD", "by the list of payment types");
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn one_is_an_object_many_are_a_list_none_is_missing_or_empty() {
    let line = |id: &str| json!({"saleLineID": id, "unitQuantity": "1", "unitPrice": "1"});
    let cases = [
        (json!({"SaleLine": line("1")}), 1, "one"),
        (json!({"SaleLine": [line("1"), line("2"), line("3")]}), 3, "many"),
        (json!({"SaleLine": []}), 0, "an empty list"),
        (json!(""), 0, "empty text"),
        (json!({}), 0, "an empty wrapper"),
        (Value::Null, 0, "missing"),
    ];
    for (lines, count, why) in cases {
        assert_eq!(one_sale(with(&[("SaleLines", lines)])).0.order.lines.len(), count, "{why}");
    }
    assert_eq!(read_sales(&json!({"@attributes": {"next": ""}})).0.len(), 0, "an empty page has its attributes alone");
    let many = json!({"@attributes": {}, "Sale": [plain(), plain()]});
    assert_eq!(read_sales(&many).0.len(), 2);
    let other = page::read(br#"{"Account": {"accountID": "1"}}"#).unwrap();
    assert!(other.list("Sale").is_err(), "an answer to something else is not the end of the list");
}

#[test]
fn both_spellings_of_the_time_of_change_count() {
    let later = json!("2026-11-25T09:00:00+00:00");
    for name in ["updatetime", "updateTime"] {
        let (sale, _) = one_sale(with(&[(name, later.clone())]));
        assert_eq!(sale.order.version, Timestamp::parse("2026-11-25T09:00:00Z").unwrap(), "{name}");
    }
}

#[test]
fn only_what_is_completed_and_not_voided_is_revenue() {
    let cases = [
        ("true", "false", "false", OrderState::Completed, PaymentStatus::Completed),
        ("true", "true", "false", OrderState::Canceled, PaymentStatus::Canceled),
        ("false", "false", "false", OrderState::Open, PaymentStatus::Approved),
        ("false", "false", "true", OrderState::Canceled, PaymentStatus::Canceled),
        ("true", "false", "true", OrderState::Completed, PaymentStatus::Completed),
    ];
    for (completed, voided, archived, state, status) in cases {
        let flags = [("completed", json!(completed)), ("voided", json!(voided)), ("archived", json!(archived))];
        let (sale, _) = one_sale(with(&flags));
        let found = (sale.order.state, sale.payments[0].status);
        assert_eq!(found, (state, status), "completed {completed}, voided {voided}, archived {archived}");
    }
}

#[test]
fn a_refund_is_a_sale_with_negative_amounts() {
    let (sale, warnings) = one_sale(with(&[
        ("calcTotal", json!("-11.49")),
        ("taxTotal", json!("-0.94")),
        (
            "SaleLines",
            json!({"SaleLine": {"saleLineID": "80", "parentSaleLineID": "70", "itemID": "9", "unitQuantity": "-1",
                "unitPrice": "10.55", "calcTax1": "-0.94"}}),
        ),
        ("SalePayments", json!({"SalePayment": {"salePaymentID": "81", "amount": "-11.49", "paymentTypeID": "1"}})),
    ]));
    assert_eq!((sale.payments.len(), sale.refunds.len()), (0, 1));
    let refund = &sale.refunds[0];
    assert_eq!((refund.id.as_str(), refund.amount, refund.created_at), ("7-81", 1_149, sale.order.closed_at.unwrap()));
    assert_eq!((sale.order.returned, sale.order.discount, sale.order.tax), (1_055, 0, -94));
    assert_eq!((sale.order.lines[0].quantity_milli, sale.order.lines[0].gross), (-1_000, -1_055));
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn change_and_tips_are_told_either_way() {
    let cash = |amount: &str| json!({"SalePayment": {"salePaymentID": "71", "amount": amount, "paymentTypeID": "1"}});
    // Fields that change → amount, tip and total of the payment, total of the order.
    let cases = [
        (vec![("change", json!("8.51")), ("SalePayments", cash("20.00"))], (1_149, 0, 1_149), 1_149, "as handed over"),
        (vec![("change", json!("8.51")), ("SalePayments", cash("11.49"))], (1_149, 0, 1_149), 1_149, "as kept"),
        (vec![("calcTips", json!("2.00")), ("SalePayments", cash("13.49"))], (1_149, 200, 1_349), 1_349, "tip on top"),
        (vec![("calcTips", json!("2.00")), ("SalePayments", cash("11.49"))], (949, 200, 1_149), 1_149, "tip within"),
    ];
    for (changes, expected, total, why) in cases {
        let (sale, _) = one_sale(with(&changes));
        let payment = &sale.payments[0];
        assert_eq!((payment.amount, payment.tip, payment.total), expected, "{why}");
        assert_eq!(sale.order.total, total, "{why}");
        assert_eq!(payment.source_type, "CASH");
    }
}

#[test]
fn what_cannot_be_read_costs_that_field_alone() {
    let cases = [
        (vec![("calcTips", json!("two"))], "field calcTips is not a number", 1),
        (vec![("completeTime", json!("yesterday"))], "field completeTime is not a time", 1),
        (vec![("SalePayments", Value::Null)], "", 1),
        (vec![("calcTotal", json!("99.00"))], "what was paid differs", 1),
        (vec![("calcTotal", json!("much"))], "names no total that can be read", 1),
        (vec![("saleID", json!("0"))], "a record without an id", 0),
        (vec![("shopID", json!({"odd": true}))], "", 1),
    ];
    for (changes, said, left) in cases {
        let (sales, warnings) = read_sales(&json!({"@attributes": {}, "Sale": [with(&changes)]}));
        assert_eq!(sales.len(), left, "{said}");
        assert!(said.is_empty() || warnings.iter().any(|w| w.contains(said)), "{said}: {warnings:?}");
    }
}

#[test]
fn an_amount_that_cannot_be_read_costs_no_cent_where_the_total_tells_it() {
    let pay = |id: &str, amount: &str| json!({"salePaymentID": id, "amount": amount, "paymentTypeID": "2"});
    let cases = [
        (with(&[("SalePayments", json!({"SalePayment": pay("71", "n/a")}))]), vec![1_149], 1_149, "one payment"),
        (
            with(&[("SalePayments", json!({"SalePayment": [pay("71", "4.00"), pay("72", "n/a")]}))]),
            vec![400, 749],
            1_149,
            "one of two",
        ),
        (with(&[("calcTotal", json!("n/a"))]), vec![1_149], 1_149, "the total follows from what was paid"),
        (
            with(&[("completed", json!("false")), ("SalePayments", json!({"SalePayment": pay("71", "n/a")}))]),
            vec![0],
            1_149,
            "of an open sale nobody knows how much was paid",
        ),
    ];
    for (sale, payments, total, why) in cases {
        let (sale, warnings) = one_sale(sale);
        assert_eq!(sale.payments.iter().map(|p| p.total).collect::<Vec<_>>(), payments, "{why}");
        assert_eq!(sale.order.total, total, "{why}");
        assert!(warnings.iter().any(|w| w.contains("not a number")), "{why}: {warnings:?}");
    }
}

#[test]
fn what_goods_cost_stands_on_their_shelves() {
    let shelf = |shop: &str, qoh: &str, cost: &str| json!({"shopID": shop, "qoh": qoh, "averageCost": cost});
    let cases = [
        (json!([shelf("0", "7", "1.50"), shelf("1", "7", "9")]), Some(150), "that of all shops together"),
        (
            json!([shelf("0", "7", "0"), shelf("1", "3", "1.00"), shelf("2", "1", "2.00")]),
            Some(125),
            "weighed by stock",
        ),
        (json!([shelf("1", "-3", "4.00"), shelf("2", "1", "2.00")]), Some(200), "what is missing weighs nothing"),
        (json!(shelf("1", "0", "3.00")), Some(300), "an empty shelf"),
        (json!(shelf("1", "5", "0")), Some(126), "the item's own average"),
        (Value::Null, Some(126), "no shelves came"),
    ];
    for (shelves, cost, why) in cases {
        let mut item =
            json!({"itemID": "1", "timeStamp": "2026-01-01T00:00:00+00:00", "avgCost": "1.255", "defaultCost": "9"});
        if !shelves.is_null() {
            item["ItemShops"] = json!({"ItemShop": shelves});
        }
        let body = page::read(json!({"@attributes": {}, "Item": item}).to_string().as_bytes()).unwrap();
        let mut odd = Oddities::default();
        let Rows::Catalog { products, .. } = map::items(&body.list("Item").unwrap(), &context(), &mut odd) else {
            panic!("a catalog")
        };
        assert_eq!(products[0].cost, cost, "{why}");
    }
}

#[test]
fn items_have_the_default_price_and_the_real_cost() {
    let body = json!({"@attributes": {}, "Item": [
        {"itemID": "1", "timeStamp": "2026-01-01T00:00:00+00:00", "description": "Papers", "archived": "false", "avgCost": "1.255",
         "defaultCost": "9", "categoryID": "5", "Category": {"categoryID": "5", "name": "Rolling", "fullPathName": "Smoke/Rolling"},
         "customSku": "P-1", "Prices": {"ItemPrice": [{"amount": "3.99", "useType": "MSRP"}, {"amount": "2.5", "useType": "Default"}]}},
        {"itemID": "2", "timeStamp": "2026-01-01T00:00:00+00:00", "description": "Old", "archived": "true", "avgCost": "0",
         "defaultCost": "4.00", "categoryID": "0", "systemSku": "210", "Prices": {"ItemPrice": {"amount": "8", "useType": "Default"}}}
    ]});
    let (mut odd, body) = (Oddities::default(), page::read(body.to_string().as_bytes()).unwrap());
    let Rows::Catalog { products, categories, .. } = map::items(&body.list("Item").unwrap(), &context(), &mut odd)
    else {
        panic!("a catalog")
    };
    let told: Vec<_> =
        products.iter().map(|p| (p.price, p.cost, p.sku.as_deref(), p.archived, p.category_id.as_deref())).collect();
    let expected =
        [(Some(250), Some(126), Some("P-1"), false, Some("5")), (Some(800), Some(400), Some("210"), true, None)];
    assert_eq!(told, expected);
    assert_eq!(categories[0].name, "Smoke/Rolling");
}

#[test]
fn the_sum_of_all_shops_is_no_shop() {
    let row = |shop: &str, qoh: &str| json!({"itemShopID": "1", "itemID": "9", "shopID": shop, "qoh": qoh, "timeStamp": "2026-01-01T00:00:00+00:00"});
    let body = json!({"@attributes": {}, "ItemShop": [row("0", "7"), row("1", "10"), row("2", "-3")]});
    let (mut odd, body) = (Oddities::default(), page::read(body.to_string().as_bytes()).unwrap());
    let counts = map::stock(&body.list("ItemShop").unwrap(), &mut odd);
    let told: Vec<_> = counts.iter().map(|c| (c.location_id.as_str(), c.quantity_milli)).collect();
    assert_eq!(told, [("1", 10_000), ("2", -3_000)], "never counted twice; less than nothing is kept");
}

#[test]
fn people_are_told_with_no_more_than_is_needed() {
    let body = json!({"@attributes": {}, "Customer": [
        {"customerID": "3", "timeStamp": "2026-01-01T00:00:00+00:00", "firstName": "Invented", "lastName": "Person", "archived": "false",
         "Contact": {"Emails": {"ContactEmail": {"address": "invented@example.com", "useType": "Primary"}}, "Phones": "", "Addresses": ""}},
        {"customerID": "4", "timeStamp": "2026-01-01T00:00:00+00:00", "firstName": "Gone", "archived": "true",
         "Contact": {"Emails": {"ContactEmail": {"address": "gone@example.com"}}}}
    ]});
    let (mut odd, body) = (Oddities::default(), page::read(body.to_string().as_bytes()).unwrap());
    let customers = map::customers(&body.list("Customer").unwrap(), &mut odd);
    assert_eq!((customers[0].email.as_deref(), customers[0].phone.as_deref()), (Some("invented@example.com"), None));
    assert_eq!((customers[1].email.as_deref(), customers[1].given_name.as_deref()), (None, None), "archived");
    let body = json!({"Employee": {"employeeID": "4", "firstName": "Ada", "lastName": "Example", "lockOut": "true"}});
    let body = page::read(body.to_string().as_bytes()).unwrap();
    let team = map::employees(&body.list("Employee").unwrap(), &mut odd);
    assert_eq!((team[0].initials.as_str(), team[0].active), ("A. E.", false));
    let body = json!({"Shop": [{"shopID": "1", "name": "Main", "timeZone": "US/Pacific"}, {"shopID": "2", "name": "Moon", "timeZone": "Moon/Base"}]});
    let body = page::read(body.to_string().as_bytes()).unwrap();
    let shops = map::shops(&body.list("Shop").unwrap(), &context(), &mut odd);
    assert_eq!(shops.iter().map(|s| s.time_zone.as_deref()).collect::<Vec<_>>(), [Some("US/Pacific"), None]);
    assert!(odd.into_warnings(Entity::Locations).iter().any(|w| w.contains("time zone")), "told");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~äß€]{0,12}".prop_map(Value::from),
        "-?[0-9]{1,19}(\\.[0-9]{0,9})?".prop_map(Value::from),
        Just(json!("2026-11-20T10:00:00+00:00")),
    ];
    let names = vec![
        "saleID",
        "Sale",
        "SaleLines",
        "SaleLine",
        "SalePayments",
        "SalePayment",
        "amount",
        "calcTotal",
        "timeStamp",
        "unitQuantity",
        "unitPrice",
        "completed",
        "voided",
        "change",
        "calcTips",
        "itemID",
        "Item",
        "Prices",
        "ItemPrice",
        "qoh",
        "shopID",
        "saleLineID",
        "salePaymentID",
        "@attributes",
        "next",
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(names.clone()).prop_map(str::to_owned), inner, 0..7)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_body_crashes(body in any_json()) {
        let Ok(body) = page::read(body.to_string().as_bytes()) else { return Ok(()) };
        let mut odd = Oddities::default();
        for name in ["Sale", "Item", "ItemShop"] {
            let Ok(rows) = body.list(name) else { continue };
            map::sales(&rows, &context(), &mut odd);
            map::items(&rows, &context(), &mut odd);
            map::stock(&rows, &mut odd);
            map::customers(&rows, &mut odd);
            map::employees(&rows, &mut odd);
        }
        let _ = body.next();
    }

    #[test]
    fn no_cent_is_lost_between_header_and_payments(
        amounts in prop::collection::vec(1i64..100_000, 1..4), tip in 0i64..500, negative in any::<bool>(),
    ) {
        let sign = if negative { -1 } else { 1 };
        let tip = if negative { 0 } else { tip };
        let text = |minor: i64| Value::from(backroom_core::money::decimal(minor, 2));
        let paid: i64 = amounts.iter().sum();
        let payments: Vec<Value> = amounts.iter().enumerate()
            .map(|(n, a)| json!({"salePaymentID": n + 1, "amount": text(sign * a), "paymentTypeID": "2"})).collect();
        let (sale, _) = one_sale(with(&[
            ("calcTotal", text(sign * paid)), ("calcTips", text(tip)), ("SalePayments", json!({"SalePayment": payments})),
        ]));
        let taken: i64 = sale.payments.iter().map(|p| p.total).sum();
        let given: i64 = sale.refunds.iter().map(|r| r.amount).sum();
        prop_assert_eq!(taken - given, sign * paid);
        prop_assert!(sale.payments.iter().all(|p| p.amount + p.tip == p.total && p.amount >= 0 && p.tip >= 0));
    }
}
