//! Whatever JSON arrives, reading does not panic and loses no money.
use super::super::wire::Quantity;
use super::{read, read_text};
use backroom_core::source::{Entity, Rows};
use proptest::prelude::*;
use serde_json::{Value, json};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~äß€]{0,12}".prop_map(Value::from),
        Just(json!("2026-11-20T10:00:00Z")),
        Just(json!("1.5")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(field(), inner, 0..5).prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

/// Names the wire structs know, and some they do not.
fn field() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "id",
        "created_at",
        "updated_at",
        "amount_money",
        "total_money",
        "amount",
        "currency",
        "status",
        "state",
        "type",
        "line_items",
        "returns",
        "return_line_items",
        "quantity",
        "uid",
        "tenders",
        "processing_fee",
        "card",
        "card_details",
        "item_data",
        "variations",
        "item_variation_data",
        "categories",
        "name",
        "location_id",
        "catalog_object_id",
        "is_deleted",
        "unknown",
        "calculated_at",
    ])
    .prop_map(str::to_owned)
}

const LISTS: [(Entity, &str); 8] = [
    (Entity::Payments, "payments"),
    (Entity::Refunds, "refunds"),
    (Entity::Orders, "orders"),
    (Entity::Catalog, "objects"),
    (Entity::Customers, "customers"),
    (Entity::Locations, "locations"),
    (Entity::Inventory, "counts"),
    (Entity::Team, "team_members"),
];

fn payment(amount: i64, tip: i64, fees: &[i64], currency: &str) -> Value {
    let money = |a: i64| json!({"amount": a, "currency": currency});
    let fees: Vec<Value> = fees.iter().map(|f| json!({"amount_money": money(*f)})).collect();
    json!({"id": "P", "created_at": "2026-11-20T10:00:00Z", "status": "COMPLETED", "amount_money": money(amount),
        "tip_money": money(tip), "total_money": money(amount + tip), "processing_fee": fees})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn money_is_never_changed(
        amount in -1_000_000_000_000i64..1_000_000_000_000, tip in 0i64..1_000_000,
        fees in prop::collection::vec(-100_000i64..100_000, 0..5), currency in "[A-Z]{3}",
    ) {
        let (rows, _) = read(Entity::Payments, &json!({"payments": [payment(amount, tip, &fees, &currency)]}));
        let Rows::Payments(rows) = rows else { panic!("payments expected") };
        let p = &rows[0];
        prop_assert_eq!((p.amount, p.tip, p.total, p.fee), (amount, tip, amount + tip, fees.iter().sum::<i64>()));
        prop_assert_eq!(p.currency.code(), currency.as_str());
    }

    #[test]
    fn quantities_of_three_decimals_are_exact(milli in -999_999_999i64..999_999_999) {
        let text = backroom_core::money::decimal(milli, 3);
        let expected = Some(Quantity { milli, rounded: false });
        prop_assert_eq!(Quantity::parse(&text), expected);
        prop_assert_eq!(Quantity::parse(&format!("{text}000")), expected, "zeros at the end say nothing");
    }

    #[test]
    fn finer_quantities_round_half_to_even(tens_of_micro in -9_999_999i64..9_999_999) {
        let text = backroom_core::money::decimal(tens_of_micro, 5);
        let got = Quantity::parse(&text).unwrap();
        prop_assert!((got.milli * 100 - tens_of_micro).abs() <= 50, "{} became {}", text, got.milli);
        if (got.milli * 100 - tens_of_micro).abs() == 50 {
            prop_assert_eq!(got.milli % 2, 0, "{}", text);
        }
        prop_assert_eq!(got.rounded, tens_of_micro % 100 != 0);
    }

    #[test]
    fn unknown_fields_change_nothing(name in "x_[a-z]{1,10}", value in any_json(), nested in any_json()) {
        let plain = payment(100, 5, &[3], "USD");
        let mut grown = plain.clone();
        grown[&name] = value.clone();
        grown["amount_money"][&name] = nested;
        let before = read(Entity::Payments, &json!({"payments": [plain]}));
        let after = read(Entity::Payments, &json!({"payments": [grown], name: value}));
        prop_assert_eq!(before, after);
    }

    #[test]
    fn one_odd_field_never_costs_another_record(name in field(), value in any_json()) {
        let mut odd = payment(100, 5, &[3], "USD");
        odd[&name] = value;
        let good = payment(7, 0, &[], "USD");
        let (rows, _) = read(Entity::Payments, &json!({"payments": [good, odd, good]}));
        let Rows::Payments(rows) = rows else { panic!("payments expected") };
        prop_assert!(rows.iter().filter(|p| p.amount == 7).count() == 2);
    }

    #[test]
    fn no_body_crashes(elements in prop::collection::vec(any_json(), 0..4), which in 0usize..8) {
        let (entity, list) = LISTS[which];
        let body = json!({list: elements});
        let (rows, _) = read(entity, &body);
        prop_assert!(rows.len() <= 200);
    }

    #[test]
    fn no_text_crashes(text in "\\PC{0,200}", which in 0usize..8) {
        let _ = read_text(LISTS[which].0, &text);
        let _ = read_text(LISTS[which].0, &format!("{{{text}"));
    }
}

#[test]
fn quantities_that_are_none() {
    for text in ["", "-", ".", "1,5", "1.2.3", "1e3", "0x1", "--1", "99999999999999999999", "９"] {
        assert_eq!(Quantity::parse(text), None, "{text:?}");
    }
    for (text, milli) in
        [("1.0005", 1000), ("1.0015", 1002), ("1.00150001", 1002), ("1.0005001", 1001), (".5", 500), ("5.", 5000)]
    {
        assert_eq!(Quantity::parse(text).map(|q| q.milli), Some(milli), "{text}");
    }
}
