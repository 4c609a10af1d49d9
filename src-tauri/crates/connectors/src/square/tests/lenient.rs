//! Odd fields cost themselves, never their row, and are told without data.
use super::{read, read_text};
use backroom_core::FaultClass;
use backroom_core::source::{Entity, Rows};
use serde_json::{Value, json};

fn payment(id: &str, extra: Value) -> Value {
    let mut record = json!({"id": id, "created_at": "2026-11-20T10:00:00Z", "status": "COMPLETED",
        "amount_money": {"amount": 100, "currency": "USD"}, "total_money": {"amount": 100, "currency": "USD"}});
    record.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    record
}

#[test]
fn a_changed_type_costs_one_field_and_is_told_without_data() {
    let cases = [
        (json!({"order_id": 77}), "order_id"),
        (json!({"tip_money": {"amount": "100", "currency": "USD"}}), "tip_money.amount"),
        (json!({"tip_money": {"amount": 1.5, "currency": "USD"}}), "tip_money.amount"),
        (json!({"tip_money": {"amount": 1e30, "currency": "USD"}}), "tip_money.amount"),
        (json!({"tip_money": {"amount": 1, "currency": "DOLLARS"}}), "tip_money.currency"),
        (json!({"tip_money": 5}), "tip_money"),
        (json!({"card_details": {"card": {"card_brand": ["secret-data"]}}}), "card_details.card.card_brand"),
        (json!({"card_details": "secret-data"}), "card_details"),
        (json!({"processing_fee": [{"amount_money": {"amount": true}}]}), "processing_fee.amount_money.amount"),
        (json!({"processing_fee": {"0": 1}}), "processing_fee"),
        (json!({"updated_at": "secret-data"}), "updated_at"),
        (json!({"updated_at": 1_795_000_000}), "updated_at"),
        (
            json!({"status": null, "offline_payment_details": {"client_created_at": 1}}),
            "offline_payment_details.client_created_at",
        ),
    ];
    for (extra, field) in cases {
        let body = json!({"payments": [payment("A", json!({})), payment("B", extra.clone())], "cursor": "c"});
        let (rows, warnings) = read(Entity::Payments, &body);
        let Rows::Payments(rows) = rows else { panic!("payments expected") };
        assert_eq!(
            rows.iter().map(|p| (p.id.as_str(), p.amount)).collect::<Vec<_>>(),
            [("A", 100), ("B", 100)],
            "{extra}: everything else is kept"
        );
        assert!(warnings.iter().any(|w| w.contains(&format!("field {field} "))), "{extra}: {warnings:?}");
        assert!(warnings.iter().all(|w| !w.contains("secret-data")), "no data in words: {warnings:?}");
    }
}

#[test]
fn several_odd_fields_are_each_told_once_with_their_count() {
    let odd = json!({"order_id": 1, "customer_id": 2});
    let body = json!({"payments": [payment("A", odd.clone()), payment("B", odd), payment("C", json!({}))]});
    let (rows, warnings) = read(Entity::Payments, &body);
    assert_eq!((rows.len(), warnings.len()), (3, 2), "{warnings:?}");
    assert!(warnings.iter().all(|w| w.ends_with("(2×)")), "{warnings:?}");
}

#[test]
fn odd_entries_of_inner_lists_are_dropped_alone() {
    let money = json!({"amount": 5, "currency": "USD"});
    let body = json!({"orders": [{"id": "O", "state": "OPEN", "created_at": "2026-11-20T10:00:00Z", "line_items": [
        null, 7, {"uid": "a", "quantity": 3, "total_money": money}, {"uid": "b", "quantity": "3", "total_money": money},
    ]}]});
    let (rows, warnings) = read(Entity::Orders, &body);
    let Rows::Orders(rows) = rows else { panic!("orders expected") };
    let lines: Vec<_> = rows[0].lines.iter().map(|l| (l.uid.as_str(), l.quantity_milli, l.total)).collect();
    assert_eq!(lines, [("a", 0, 5), ("b", 3000, 5)], "money is kept where the quantity changed its type");
    assert!(warnings.len() >= 2, "{warnings:?}");
}

#[test]
fn errors_beside_rows_are_warnings() {
    let body = json!({"payments": [payment("A", json!({}))], "errors": [{"code": "PARTIAL", "detail": "secret-data"}]});
    let (rows, warnings) = read(Entity::Payments, &body);
    assert_eq!((rows.len(), warnings.len()), (1, 1));
    assert!(warnings[0].contains("PARTIAL") && !warnings[0].contains("secret-data"), "{warnings:?}");
}

#[test]
fn every_cut_of_a_body_is_transient_and_no_other_fault() {
    let body = json!({"payments": [payment("Ä", json!({}))], "cursor": "c"}).to_string();
    for at in (0..body.len()).filter(|at| body.is_char_boundary(*at)) {
        let fault = read_text(Entity::Payments, &body[..at]).unwrap_err();
        assert_eq!(fault.class, FaultClass::Transient, "cut after {at} bytes: {fault:?}");
    }
}
