//! Payments and refunds to the domain.
use super::{only, read, time};
use backroom_core::sale::{PaymentStatus, RefundStatus};
use backroom_core::source::{Entity, Rows};
use serde_json::{Value, json};

fn usd(amount: i64) -> Value {
    json!({"amount": amount, "currency": "USD"})
}

/// A payment as Square sends it, personal data included.
fn full_payment() -> Value {
    json!({
        "id": "P1", "location_id": "L9", "order_id": "O1", "customer_id": "C1", "team_member_id": "T1",
        "status": "COMPLETED", "source_type": "CARD", "receipt_url": "https://receipt.example.com/P1",
        "amount_money": usd(1250), "tip_money": usd(200), "total_money": usd(1450), "refunded_money": usd(50),
        "approved_money": usd(1450),
        "processing_fee": [
            {"effective_at": "2026-11-20T12:00:00Z", "type": "INITIAL", "amount_money": usd(67)},
            {"type": "ADJUSTMENT", "amount_money": usd(-3)},
        ],
        "card_details": {"status": "CAPTURED", "card": {"card_brand": "VISA", "last_4": "1111", "fingerprint": "f",
            "cardholder_name": "Invented Person"}},
        "buyer_email_address": "buyer@example.com",
        "created_at": "2026-11-20T10:00:00.123Z", "updated_at": "2026-11-20T10:00:05Z",
        "version_token": "v", "delay_action": null,
    })
}

#[test]
fn a_full_payment() {
    let (p, warnings) = only!(Payments, Entity::Payments, "payments", full_payment());
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!((p.id.as_str(), p.location_id.as_str(), p.status), ("P1", "L9", PaymentStatus::Completed));
    assert_eq!((p.amount, p.tip, p.total, p.refunded, p.fee), (1250, 200, 1450, 50, 64), "fees add up, signed");
    assert_eq!((p.currency.code(), p.source_type.as_str()), ("USD", "CARD"));
    assert_eq!((p.order_id.as_deref(), p.customer_id.as_deref()), (Some("O1"), Some("C1")));
    assert_eq!((p.card_brand.as_deref(), p.team_member_id.as_deref()), (Some("VISA"), Some("T1")));
    assert_eq!(p.receipt_url.as_deref(), Some("https://receipt.example.com/P1"));
    assert_eq!((p.created_at, p.version), (time("2026-11-20T10:00:00.123Z"), time("2026-11-20T10:00:05Z")));
    assert_eq!(p.taken_at, p.created_at, "an online payment counts when it was made");
}

#[test]
fn payments_with_less_than_everything() {
    let at = json!("2026-11-20T10:00:00Z");
    type Check = fn(&backroom_core::sale::Payment) -> bool;
    let cases: Vec<(Value, Check, usize, &str)> = vec![
        (json!({"amount_money": usd(5)}), |p| p.total == 5 && p.tip == 0, 0, "total is amount and tip where untold"),
        (
            json!({"amount_money": {"amount": 500, "currency": "JPY"}}),
            |p| p.amount == 500 && p.currency.exponent() == 0,
            0,
            "yen have no minor unit: the number is kept as it is",
        ),
        (
            json!({"amount_money": {"amount": 1234, "currency": "KWD"}}),
            |p| p.amount == 1234 && p.currency.exponent() == 3,
            0,
            "dinars have three decimals",
        ),
        (
            json!({"amount_money": null, "tip_money": null, "processing_fee": null, "card_details": null,
            "order_id": null, "team_member_id": null}),
            |p| p.amount == 0 && p.fee == 0 && p.currency.code() == "USD" && p.order_id.is_none(),
            1,
            "nulls are nothing; the currency had to be assumed",
        ),
        (json!({"total_money": usd(7), "processing_fee": []}), |p| p.total == 7 && p.fee == 0, 0, "empty list"),
        (
            json!({"amount_money": usd(5), "order_id": "", "card_details": {"card": {}}}),
            |p| p.order_id.is_none() && p.card_brand.is_none(),
            0,
            "empty text is nothing",
        ),
        (
            json!({"amount_money": usd(5), "tip_money": {"amount": 3, "currency": "CAD"}}),
            |p| p.amount == 5 && p.tip == 0 && p.currency.code() == "USD",
            1,
            "two currencies are never added",
        ),
        (json!({"amount_money": usd(5), "status": "ON_HOLD"}), |p| p.status == PaymentStatus::Other, 1, "new status"),
        (json!({"amount_money": usd(5), "location_id": null}), |p| p.location_id == "L1", 0, "the location asked for"),
        (
            json!({"amount_money": usd(5),
            "offline_payment_details": {"client_created_at": "2026-11-18T22:00:00Z"}, "is_offline_payment": true}),
            |p| p.taken_at == time("2026-11-18T22:00:00Z") && p.created_at == time("2026-11-20T10:00:00Z"),
            0,
            "an offline payment counts when it was taken",
        ),
        (json!({"amount_money": usd(i64::MAX), "tip_money": usd(i64::MAX)}), |p| p.total == i64::MAX, 0, "no overflow"),
        (
            json!({"amount_money": usd(5), "brand_new_field": {"deep": [1, 2, {"x": null}]}}),
            |p| p.amount == 5,
            0,
            "unknown fields are passed over in silence: the raw body keeps them",
        ),
        (
            json!({"amount_money": usd(5), "created_at": null, "updated_at": at}),
            |p| p.created_at == time("2026-11-20T10:00:00Z"),
            1,
            "updated_at stands in",
        ),
        (
            json!({"amount_money": usd(5), "created_at": "2026-11-20T04:00:00-06:00"}),
            |p| p.created_at == time("2026-11-20T10:00:00Z"),
            0,
            "another offset is the same instant",
        ),
    ];
    for (extra, check, warned, why) in cases {
        let mut record = json!({"id": "P1", "location_id": "L1", "status": "COMPLETED", "created_at": at});
        record.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let (p, warnings) = only!(Payments, Entity::Payments, "payments", record);
        assert!(check(&p), "{why}: {p:?}");
        assert_eq!(warnings.len(), warned, "{why}: {warnings:?}");
    }
}

#[test]
fn records_that_cannot_be_kept_are_counted() {
    let good = full_payment();
    let cases = [
        (json!({"created_at": "2026-11-20T10:00:00Z"}), "no id"),
        (json!({"id": "", "created_at": "2026-11-20T10:00:00Z"}), "empty id"),
        (json!({"id": "P2"}), "no time at all"),
        (json!(null), "null"),
        (json!("P2"), "text"),
        (json!(["P2"]), "list"),
    ];
    for (bad, why) in cases {
        let (rows, warnings) = read(Entity::Payments, &json!({"payments": [bad, good]}));
        assert_eq!(rows.len(), 1, "{why}: the good record beside it is kept");
        assert_eq!(warnings.len(), 1, "{why}: {warnings:?}");
        assert!(warnings[0].starts_with("payments: "), "{warnings:?}");
    }
}

#[test]
fn absent_null_and_empty_lists_are_empty_pages() {
    for (entity, list) in [
        (Entity::Payments, "payments"),
        (Entity::Refunds, "refunds"),
        (Entity::Orders, "orders"),
        (Entity::Catalog, "objects"),
        (Entity::Customers, "customers"),
        (Entity::Locations, "locations"),
        (Entity::Inventory, "counts"),
        (Entity::Team, "team_members"),
    ] {
        for body in [json!({}), json!({list: []}), json!({list: null}), json!({list: [], "cursor": "", "errors": []})] {
            let (rows, warnings) = read(entity, &body);
            assert!(rows.is_empty() && warnings.is_empty(), "{entity}: {body}");
        }
    }
}

#[test]
fn a_refund_is_a_row_of_its_own() {
    let record = json!({"id": "R1", "status": "COMPLETED", "location_id": "L1", "payment_id": "P1", "order_id": "O2",
        "amount_money": usd(500), "reason": "Wrong size", "created_at": "2026-11-20T10:00:00Z",
        "updated_at": "2026-11-20T11:00:00Z", "unlinked": false, "processing_fee": null});
    let (r, warnings) = only!(Refunds, Entity::Refunds, "refunds", record);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!((r.amount, r.status, r.payment_id.as_deref()), (500, RefundStatus::Completed, Some("P1")));
    assert_eq!((r.reason.as_deref(), r.version), (Some("Wrong size"), time("2026-11-20T11:00:00Z")));
    let (r, _) = only!(
        Refunds,
        Entity::Refunds,
        "refunds",
        json!({"id": "R1", "status": "REJECTED", "created_at": "2026-11-20T10:00:00Z", "amount_money": usd(1)})
    );
    assert_eq!((r.status, r.location_id.as_str()), (RefundStatus::Failed, "L1"));
}

#[test]
fn people_and_places() {
    let (l, _) = only!(
        Locations,
        Entity::Locations,
        "locations",
        json!({"id": "L1", "name": "Main St",
        "timezone": "America/Chicago", "currency": "USD", "status": "ACTIVE", "created_at": "2024-01-01T00:00:00Z"})
    );
    assert_eq!((l.name.as_str(), l.time_zone.as_deref(), l.active), ("Main St", Some("America/Chicago"), true));
    let (l, w) = only!(Locations, Entity::Locations, "locations", json!({"id": "L2", "status": "INACTIVE"}));
    assert_eq!((l.name.as_str(), l.active, w.len()), ("L2", false, 1));

    let (c, _) = only!(
        Customers,
        Entity::Customers,
        "customers",
        json!({"id": "C1", "given_name": "Inga",
        "family_name": "Vented", "email_address": "inga@example.com", "phone_number": "+1 555-0100",
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-02-01T00:00:00Z"})
    );
    assert_eq!((c.given_name.as_deref(), c.phone.as_deref()), (Some("Inga"), Some("+1 555-0100")));

    for (given, family, initials) in [
        (json!("jane"), json!("Doe"), "J. D."),
        (json!("Élodie"), json!(null), "É."),
        (json!(null), json!("  o'Neil"), "O."),
        (json!(""), json!(""), ""),
    ] {
        let (t, _) = only!(
            Team,
            Entity::Team,
            "team_members",
            json!({"id": "T1", "given_name": given,
            "family_name": family, "status": "ACTIVE", "updated_at": "2026-02-01T00:00:00Z"})
        );
        assert_eq!((t.initials.as_str(), t.active), (initials, true));
    }
}

#[test]
fn stock_is_what_stands_on_the_shelf() {
    let count = |quantity: &str, state: &str| {
        json!({"catalog_object_id": "V1", "location_id": "L1", "state": state, "quantity": quantity,
            "calculated_at": "2026-11-20T10:00:00Z"})
    };
    for (quantity, milli) in [("12", 12_000), ("-3", -3_000), ("0.25", 250), ("0", 0)] {
        let (s, _) = only!(Inventory, Entity::Inventory, "counts", count(quantity, "IN_STOCK"));
        assert_eq!(s.quantity_milli, milli, "{quantity}");
    }
    let (rows, warnings) = read(Entity::Inventory, &json!({"counts": [count("1", "WASTE"), count("x", "IN_STOCK")]}));
    let Rows::Inventory(rows) = rows else { panic!("counts expected") };
    assert!(rows.is_empty(), "waste is not stock, and an unreadable count is not zero");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}
