//! Reading is fast enough for a first sync.
use super::read_text;
use backroom_core::source::Entity;
use serde_json::json;
use std::fmt::Write;
use std::time::Instant;

/// A page of 100 payments as wide as Square's.
fn page(first: usize) -> String {
    let money = |a: usize| json!({"amount": a, "currency": "USD"});
    let mut body = String::from("{\"payments\":[");
    for n in first..first + 100 {
        let record = json!({
            "id": format!("Pay{n:024}"), "created_at": "2026-11-20T10:00:00.123Z", "updated_at": "2026-11-20T10:00:05.456Z",
            "amount_money": money(n), "tip_money": money(1), "total_money": money(n + 1), "approved_money": money(n + 1),
            "refunded_money": money(0), "processing_fee": [{"effective_at": "2026-11-20T12:00:00.000Z",
                "type": "INITIAL", "amount_money": money(30)}],
            "status": "COMPLETED", "delay_duration": "PT168H", "delay_action": "CANCEL",
            "delayed_until": "2026-11-27T10:00:00.123Z", "source_type": "CARD",
            "card_details": {"status": "CAPTURED", "card": {"card_brand": "VISA", "last_4": "1111", "exp_month": 7,
                "exp_year": 2030, "fingerprint": "sq-1-invented-fingerprint-of-sixty-characters-or-thereabouts",
                "card_type": "CREDIT", "prepaid_type": "NOT_PREPAID", "bin": "411111"},
                "entry_method": "EMV", "cvv_status": "CVV_ACCEPTED", "avs_status": "AVS_ACCEPTED",
                "auth_result_code": "68aLBM", "statement_description": "SQ *INVENTED SMOKE SHOP",
                "card_payment_timeline": {"authorized_at": "2026-11-20T10:00:00.200Z",
                    "captured_at": "2026-11-20T10:00:00.300Z"}},
            "location_id": "LMAINSTREET01", "order_id": format!("Order{n:020}"), "customer_id": format!("Cust{n:022}"),
            "team_member_id": "TMinvented01", "receipt_number": "GQTF", "capabilities": ["EDIT_TIP_AMOUNT"],
            "receipt_url": format!("https://receipt.example.com/receipt/preview/{n:024}"),
            "device_details": {"device_id": "DEVICE_INSTALLATION_ID:invented", "device_name": "Register 1"},
            "application_details": {"square_product": "SQUARE_POS", "application_id": "sq0ids-invented"},
            "version_token": "56pRkL3slrzet2iQrTp9n0bdJVYTB9YEWdTNjQfZOPV6o",
        });
        let comma = if n > first { "," } else { "" };
        write!(body, "{comma}{record}").unwrap();
    }
    body.push_str("],\"cursor\":\"next\"}");
    body
}

/// Run by hand: `cargo test --release -p backroom-connectors speed -- --ignored --nocapture`.
#[test]
#[ignore = "measures this machine"]
fn a_hundred_thousand_payments() {
    let pages: Vec<String> = (0..1000).map(|n| page(n * 100)).collect();
    let bytes: usize = pages.iter().map(String::len).sum();
    for _ in 0..5 {
        let started = Instant::now();
        let rows: usize = pages.iter().map(|p| read_text(Entity::Payments, p).unwrap().0.len()).sum();
        let took = started.elapsed();
        println!(
            "{rows} payments, {} MB in {took:?}: {:.0} MB/s",
            bytes >> 20,
            bytes as f64 / 1e6 / took.as_secs_f64()
        );
    }
}
