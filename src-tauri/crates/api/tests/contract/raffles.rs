//! Raffles at the seam: what happens at once, after a restart, and under which codes things are refused.

use backroom_api::secrets::InMemory;
use backroom_api::sync::Timestamp;
use backroom_api::{Engine, EngineOptions, SecretsMode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

async fn opened(folder: &std::path::Path, secrets: &Arc<InMemory>) -> Engine {
    let secrets = SecretsMode::Memory(secrets.clone());
    Engine::open(EngineOptions { data_dir: folder.to_path_buf(), secrets, demo: false }).await.unwrap()
}

/// A raffle that is open around the present, whatever that is, with at most two entries of a person.
fn document(id: &str, now: Timestamp) -> String {
    let at = |days: i64| Timestamp::from_seconds(now.micros() / 1_000_000).plus_seconds(days * 86_400).to_rfc3339();
    json!({ "rules": {
        "id": id, "title": "Winter raffle",
        "sponsor": { "name": "Example Smoke", "address": "1 Example Street", "state": "TX", "for_profit": true },
        "opens_at": at(-1), "closes_at": at(30), "zone": "America/Chicago",
        "eligibility": { "min_age": 21, "states": ["TX"], "left_out": "" },
        "prizes": [{ "id": "p1", "name": "Glass set", "value": { "minor": 4_000, "currency": "USD" }, "count": 1, "tobacco": false }],
        "odds": "The odds depend on the number of eligible entries received.",
        "limits": { "per_person": 2, "per_person_per_day": null, "per_household": null },
        "free_entry": { "at_counter": true, "by_mail": null, "how": "Ask at the counter." },
        "purchase_entry": null, "paid_entry": null, "alternates": 0, "one_prize_per_person": true, "claim_days": 14,
        "winners_list": "Ask at the counter.",
    } })
    .to_string()
}

async fn opened_raffle(engine: &Engine, id: &str) -> Value {
    let document = document(id, engine.store().clock().now());
    engine.call("create_raffle", json!({ "document": document })).await.unwrap();
    engine.call("open_raffle", json!({ "id": id })).await.unwrap()
}

fn entry(id: &str, phone: &str) -> Value {
    json!({ "id": id, "phone": phone, "channel": "free", "confirmed": true })
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_at_once_get_numbers_of_their_own_and_break_no_limit() {
    let folder = tempfile::tempdir().unwrap();
    let engine = opened(folder.path(), &Arc::new(InMemory::new())).await;
    for id in ["one", "two"] {
        opened_raffle(&engine, id).await;
    }
    let tries = (0..24).map(|n| {
        let engine = engine.clone();
        let id = if n % 2 == 0 { "one" } else { "two" };
        tokio::spawn(async move { engine.call("enter_raffle", entry(id, "555 010 0142")).await })
    });
    let mut numbers = BTreeSet::new();
    let mut refused = 0;
    for tried in tries.collect::<Vec<_>>() {
        match tried.await.unwrap() {
            Ok(ticket) => assert!(numbers.insert(ticket["entry"].to_string()), "{ticket} is given once"),
            Err(error) => {
                assert_eq!(error.code, "RAFFLE_LIMIT_REACHED", "{error}");
                refused += 1;
            }
        }
    }
    assert_eq!((numbers.len(), refused), (4, 20), "two in each raffle, whoever pressed first");
    for id in ["one", "two"] {
        let told = engine.call("raffle", json!({ "id": id })).await.unwrap();
        assert_eq!((&told["statistics"]["counting"], &told["statistics"]["people"]), (&json!(2), &json!(1)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_and_the_commitment_are_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Arc::new(InMemory::new());
    let engine = opened(folder.path(), &secrets).await;
    let before = opened_raffle(&engine, "winter").await;
    for _ in 0..2 {
        engine.call("enter_raffle", entry("winter", "555 010 0142")).await.unwrap();
    }
    engine.stop().await;
    drop(engine);
    let engine = opened(folder.path(), &secrets).await;
    let after = engine.call("raffle", json!({ "id": "winter" })).await.unwrap();
    for member in ["rules_hash", "commitment", "document"] {
        assert_eq!(after[member], before[member], "{member} stands");
    }
    let error = engine.call("enter_raffle", entry("winter", "+1 (555) 010-0142")).await.unwrap_err();
    assert_eq!(error.code, "RAFFLE_LIMIT_REACHED", "the person is known again: {error}");
    let asked = json!({ "id": "winter", "phone": "5550100142" });
    assert_eq!(engine.call("raffle_tickets", asked).await.unwrap().as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_has_a_code_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = opened(folder.path(), &Arc::new(InMemory::new())).await;
    let before = opened_raffle(&engine, "winter").await;
    let card = "@\n\u{1e}\rANSI 636015090002DL00410288ZT03290015DLDAQX1\nDCSSAMPLE\nDBB01011990\r";
    let table = [
        ("raffle", json!({ "id": "none" }), "RAFFLE_UNKNOWN"),
        ("raffle", json!({ "id": "No Name" }), "BAD_REQUEST"),
        ("create_raffle", json!({ "document": "{" }), "RAFFLE_RULES"),
        ("create_raffle", json!({ "document": before["document"] }), "RAFFLE_NAME_TAKEN"),
        ("open_raffle", json!({ "id": "winter" }), "RAFFLE_ALREADY_OPEN"),
        ("open_raffle", json!({ "id": "winter", "acknowledged": ["all"] }), "BAD_REQUEST"),
        ("enter_raffle", entry("winter", card), "BAD_REQUEST"),
        ("enter_raffle", entry("winter", "4111 1111 1111 1111"), "BAD_REQUEST"),
        ("enter_raffle", json!({ "id": "winter", "channel": "free", "confirmed": true }), "BAD_REQUEST"),
        (
            "enter_raffle",
            json!({ "id": "winter", "phone": "5550100142", "channel": "free", "confirmed": false }),
            "RAFFLE_NOT_CONFIRMED",
        ),
        (
            "enter_raffle",
            json!({ "id": "winter", "phone": "5550100142", "channel": "paid", "confirmed": true }),
            "RAFFLE_NOT_OFFERED",
        ),
        (
            "void_entry",
            json!({ "id": "winter", "entry": "0123456789ab-000001", "reason": "mistake" }),
            "RAFFLE_NO_TICKET",
        ),
        ("void_entry", json!({ "id": "winter", "entry": "1", "reason": "mistake" }), "BAD_REQUEST"),
        ("close_raffle", json!({ "id": "winter" }), "RAFFLE_NOT_YET_OVER"),
        ("seal_raffle", json!({ "id": "winter" }), "RAFFLE_NOT_YET_OVER"),
        ("draw_raffle", json!({ "id": "winter" }), "RAFFLE_NOT_SEALED"),
        (
            "claim_prize",
            json!({ "id": "winter", "unit": "p1/1", "entry": "0123456789ab-000001", "confirmed": true }),
            "RAFFLE_NOT_DRAWN",
        ),
        ("forfeit_prize", json!({ "id": "winter", "unit": "p1/1", "reason": "declined" }), "RAFFLE_NOT_DRAWN"),
        ("raffle_certificate", json!({ "id": "winter" }), "RAFFLE_NOT_DRAWN"),
        ("cancel_raffle", json!({ "id": "winter", "reason": "" }), "RAFFLE_NEEDS_REASON"),
        ("refund_entry", json!({ "id": "winter", "entry": "0123456789ab-000001" }), "RAFFLE_NO_TICKET"),
    ];
    for (name, asked, code) in table {
        let error = engine.call(name, asked.clone()).await.unwrap_err();
        assert_eq!(error.code, code, "{name} {asked}: {error}");
        assert!(!error.message.is_empty() && backroom_api::exit_code(&error) == 2, "{name}: {error}");
    }
    assert_eq!(engine.call("raffle", json!({ "id": "winter" })).await.unwrap(), before, "nothing of it changed");
}
