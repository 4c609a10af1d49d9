//! Orders to sold and returned lines.
use super::{only, time};
use backroom_core::sale::OrderState;
use backroom_core::source::Entity;
use serde_json::{Value, json};

fn usd(amount: i64) -> Value {
    json!({"amount": amount, "currency": "USD"})
}

#[test]
fn an_order_with_sold_and_returned_lines() {
    let record = json!({
        "id": "O1", "location_id": "L1", "customer_id": "C1", "state": "COMPLETED", "version": 4,
        "created_at": "2026-11-20T10:00:00Z", "updated_at": "2026-11-20T10:05:00Z", "closed_at": "2026-11-20T10:04:00Z",
        "total_money": usd(2140), "total_tax_money": usd(140), "total_discount_money": usd(100),
        "total_tip_money": usd(0), "total_service_charge_money": usd(0),
        "tenders": [{"id": "P1", "type": "CARD", "amount_money": usd(1840)}, {"type": "CASH", "amount_money": usd(300)}],
        "line_items": [{
            "uid": "a", "name": "Rolling papers", "variation_name": "King", "quantity": "2.5",
            "catalog_object_id": "V1", "base_price_money": usd(840), "gross_sales_money": usd(2100),
            "total_tax_money": usd(140), "total_discount_money": usd(100), "total_money": usd(2140),
        }],
        "returns": [{
            "uid": "r", "source_order_id": "O0",
            "return_line_items": [{
                "uid": "a", "name": "Lighter", "quantity": "1", "catalog_object_id": "V2", "base_price_money": usd(500),
                "gross_return_money": usd(500), "total_tax_money": usd(35), "total_discount_money": usd(50),
                "total_money": usd(485),
            }],
        }],
        "return_amounts": {"total_money": usd(485)},
    });
    let (o, warnings) = only!(Orders, Entity::Orders, "orders", record);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!((o.state, o.total, o.tax, o.discount, o.returned), (OrderState::Completed, 2140, 140, 100, 485));
    assert_eq!(o.tenders, "CARD:1840,CASH:300");
    assert_eq!((o.closed_at, o.version), (Some(time("2026-11-20T10:04:00Z")), time("2026-11-20T10:05:00Z")));
    let [sold, back] = o.lines.as_slice() else { panic!("two lines: {:?}", o.lines) };
    assert_eq!((sold.uid.as_str(), sold.quantity_milli, sold.unit_price, sold.gross), ("a", 2500, 840, 2100));
    assert_eq!((sold.discount, sold.tax, sold.total), (100, 140, 2140), "Square's own totals, not ours");
    assert_eq!(back.uid, "return:a", "a returned line never collides with a sold one");
    assert_eq!((back.quantity_milli, back.gross, back.discount, back.tax, back.total), (-1000, -500, -50, -35, -485));
    assert_eq!((back.unit_price, back.variation_id.as_deref()), (500, Some("V2")));
}

#[test]
fn orders_with_less_than_everything() {
    let base = json!({"id": "O1", "created_at": "2026-11-20T10:00:00Z", "total_money": usd(0)});
    type Check = fn(&backroom_core::sale::Order) -> bool;
    let line = |uid: Value, quantity: Value| json!({"uid": uid, "quantity": quantity, "total_money": usd(5)});
    let cases: Vec<(Value, Check, usize, &str)> = vec![
        (
            json!({"state": "OPEN"}),
            |o| o.lines.is_empty() && o.tenders.is_empty() && o.version == o.created_at,
            0,
            "no lists at all",
        ),
        (
            json!({"state": "OPEN", "line_items": null, "returns": null, "tenders": null}),
            |o| o.lines.is_empty(),
            0,
            "null lists",
        ),
        (json!({"state": "FROZEN"}), |o| o.state == OrderState::Other, 1, "new state"),
        (
            json!({"state": "OPEN", "line_items": [line(json!(null), json!("1")), line(json!(""), json!("1"))]}),
            |o| o.lines[0].uid == "#0" && o.lines[1].uid == "#1",
            0,
            "lines without an id stay apart",
        ),
        (
            json!({"state": "OPEN", "line_items": [line(json!("a"), json!("1.23456"))]}),
            |o| o.lines[0].quantity_milli == 1235,
            1,
            "more than three decimals are rounded and told",
        ),
        (
            json!({"state": "OPEN", "line_items": [line(json!("a"), json!("lots"))]}),
            |o| o.lines[0].quantity_milli == 0 && o.lines[0].total == 5,
            2,
            "an unreadable quantity keeps the money",
        ),
        (
            json!({"state": "OPEN", "returns": [{"return_line_items": [line(json!("a"), json!("1"))]}]}),
            |o| o.returned == 5,
            0,
            "returned adds up from the lines where untold",
        ),
        (
            json!({"state": "OPEN", "returns": [{"return_amounts": {"total_money": usd(3)}},
            {"return_amounts": {"total_money": usd(4)}}]}),
            |o| o.returned == 7,
            0,
            "or from each return",
        ),
        (
            json!({"state": "OPEN", "tenders": [{"type": "A,B:9", "amount_money": usd(1)}, {}]}),
            |o| o.tenders == "AB9:1,OTHER:0",
            0,
            "the separators of the text stay ours",
        ),
        (
            json!({"state": "OPEN", "line_items": [{"uid": "a", "quantity": "1",
            "total_money": {"amount": 9, "currency": "CAD"}}]}),
            |o| o.lines[0].total == 0,
            1,
            "another currency",
        ),
    ];
    for (extra, check, warned, why) in cases {
        let mut record = base.clone();
        record.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let (o, warnings) = only!(Orders, Entity::Orders, "orders", record);
        assert!(check(&o), "{why}: {o:?}");
        assert_eq!(warnings.len(), warned, "{why}: {warnings:?}");
    }
}
