//! Members at the seam: who may do what, and two who do something at once.

use crate::engine;
use backroom_api::Engine;
use serde_json::{Value, json};

async fn tier(engine: &Engine) {
    let tier = json!({
        "id": "", "name": "Silver", "rank": 1, "price_minor": 1_000, "currency": "USD", "period": "month", "grace_days": 7, "early_days": 14,
        "pause_days": 90, "points_percent": 100, "benefits": [], "discounts": [], "closed_on": null
    });
    engine.call("save_tier", tier).await.unwrap();
}

async fn joined(engine: &Engine) -> String {
    let made = engine.call("save_member", json!({ "name": "Invented Person", "tier": "silver" })).await.unwrap();
    made["line"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_serves_members_and_money_out_is_a_managers() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    tier(&engine).await;
    for (name, role, pin) in
        [("Olive Owner", "owner", "4711"), ("Max Manager", "manager", "2580"), ("Cleo Clerk", "clerk", "90125")]
    {
        let draft = json!({ "id": null, "name": name, "role": role, "pin": pin });
        engine.call("save_person", draft).await.unwrap();
    }
    let people = engine.call("people", Value::Null).await.unwrap();
    let enter = async |name: &str, pin: &str| {
        let person = people["people"].as_array().unwrap().iter().find(|p| p["name"] == name).unwrap();
        engine.call("enter_pin", json!({ "id": person["id"], "pin": pin })).await.unwrap();
    };
    enter("Cleo Clerk", "90125").await;
    let id = joined(&engine).await;
    let line = json!({ "id": "a", "item": "a", "category": null, "quantity_milli": 1_000, "unit_price_minor": 500, "unit_cost_minor": null });
    let managers = [
        ("change_member", json!({ "id": id, "action": "cancel", "effect": "now", "refund": true })),
        ("change_member", json!({ "id": id, "action": "pay_out_credit" })),
        ("change_points", json!({ "id": id, "action": "adjust", "points": 5, "reason": "gift" })),
        ("member_discount", json!({ "id": id, "lines": [line], "stack": true })),
        ("member_discount", json!({ "id": id, "lines": [line], "hand_basis_points": 500 })),
        ("erase_member", json!({ "id": id })),
        ("member_statistics", json!({})),
    ];
    let owners = [("export_members", Value::Null), ("retire_tier", json!({ "id": "silver" }))];
    for (name, asked) in managers.iter().chain(&owners) {
        let error = engine.call(name, asked.clone()).await.unwrap_err();
        assert_eq!(error.code, "ROLE_NEEDED", "{name} {asked}: {error}");
    }
    let shown = engine.call("change_member", json!({ "id": id, "action": "cancel" })).await.unwrap();
    assert!(shown["ends_on"].is_string(), "leaving is as easy as joining: {shown}");
    assert_eq!(shown["events"][0]["operator"], "Cleo Clerk", "who did it is kept");
    enter("Max Manager", "2580").await;
    for (name, asked) in &owners {
        assert_eq!(engine.call(name, asked.clone()).await.unwrap_err().code, "ROLE_NEEDED", "{name} is an owner's");
    }
    engine.call(managers[4].0, managers[4].1.clone()).await.expect("a manager may");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_do_a_thing_once() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    tier(&engine).await;
    let id = joined(&engine).await;
    let tries = (0..16).map(|_| {
        let (engine, act) = (engine.clone(), json!({ "id": id, "action": "cancel", "effect": "now", "refund": true }));
        tokio::spawn(async move { engine.call("change_member", act).await })
    });
    let mut done = 0;
    for tried in tries.collect::<Vec<_>>() {
        match tried.await.unwrap() {
            Ok(_) => done += 1,
            Err(error) => assert!(
                ["MEMBER_CHANGED_MEANWHILE", "MEMBER_NOT_A_MEMBER"].contains(&error.code.as_str()),
                "{}: {error}",
                error.code
            ),
        }
    }
    assert_eq!(done, 1, "the money is given back once");
    let figures = engine.call("member_statistics", json!({})).await.unwrap();
    assert_eq!((&figures["refunded_minor"], &figures["cancelled"]), (&json!(1_000), &json!(1)), "{figures}");
}
