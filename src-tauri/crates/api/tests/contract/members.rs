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
        ("members", json!({})),
        ("member_customers", json!({ "id": id })),
        ("change_points", json!({ "id": id, "action": "earn", "sale": "made up", "amount_minor": 5_000 })),
        ("change_points", json!({ "id": id, "action": "reverse", "sale": "made up" })),
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
    for at in [4, 7, 8, 9] {
        engine.call(managers[at].0, managers[at].1.clone()).await.expect("a manager may");
    }
    let other = engine.call("save_member", json!({ "name": "Another Person", "tier": "silver" })).await.unwrap();
    let again = json!({ "id": other["line"]["id"], "action": "earn", "sale": "made up", "amount_minor": 5_000 });
    let refused = engine.call("change_points", again).await.unwrap_err();
    assert_eq!(refused.code, "MEMBER_SALE_TAKEN", "a sale earns once, whoever shows its number");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_sees_contacts_in_part_and_cannot_save_the_part_over_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let person =
        json!({ "name": "Invented Person", "phone": "(555) 010-0142", "email": "person@example.com", "card": "MC-1" });
    let id = engine.call("save_member", person).await.unwrap()["line"]["id"].clone();
    for (name, role, pin) in [("Olive Owner", "owner", "47115"), ("Cleo Clerk", "clerk", "90125")] {
        engine.call("save_person", json!({ "id": null, "name": name, "role": role, "pin": pin })).await.unwrap();
    }
    let people = engine.call("people", Value::Null).await.unwrap();
    let enter = async |name: &str, pin: &str| {
        let person = people["people"].as_array().unwrap().iter().find(|p| p["name"] == name).unwrap();
        engine.call("enter_pin", json!({ "id": person["id"], "pin": pin })).await.unwrap();
    };
    enter("Cleo Clerk", "90125").await;
    let shown = engine.call("member", json!({ "id": id })).await.unwrap();
    assert_eq!((&shown["masked"], &shown["phone"]), (&json!(true), &json!("… 0142")), "{shown}");
    assert_eq!((&shown["email"], &shown["card"]), (&json!("p…@example.com"), &json!("MC-1")), "{shown}");
    let saved = engine.call("save_member", json!({ "id": id, "name": "Renamed Person" })).await.unwrap();
    assert_eq!(
        (&saved["phone"], &saved["line"]["name"]),
        (&json!("… 0142"), &json!("Renamed Person")),
        "also after saving"
    );
    assert_eq!(
        engine.call("member_find", json!({ "text": "555 010 0142" })).await.unwrap()[0]["id"],
        id,
        "still found"
    );
    enter("Olive Owner", "47115").await;
    let whole = engine.call("member", json!({ "id": id })).await.unwrap();
    assert_eq!(
        (&whole["masked"], &whole["phone"]),
        (&json!(false), &json!("(555) 010-0142")),
        "what is not named stays"
    );
    assert_eq!(whole["email"], "person@example.com");
    let emptied = engine.call("save_member", json!({ "id": id, "email": "" })).await.unwrap();
    assert!(emptied["email"].is_null(), "what is named empty goes: {emptied}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leads_to_somebody_leads_to_nobody_else_but_his_own_records() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let add = async |person: Value| engine.call("save_member", person).await;
    let first =
        add(json!({ "name": "First Person", "phone": "5550100142", "card": "MC-1" })).await.unwrap()["line"]["id"]
            .clone();
    for (person, code) in [
        (json!({ "name": "Other", "phone": "+1 (555) 010-0142" }), "MEMBER_KNOWN"),
        (json!({ "name": "Other", "card": "mc 1" }), "MEMBER_CARD_TAKEN"),
        (json!({ "name": "Other", "card": "mc 1", "anyway": true }), "MEMBER_CARD_TAKEN"),
    ] {
        assert_eq!(add(person.clone()).await.unwrap_err().code, code, "{person}");
    }
    let shared = json!({ "name": "Second Person", "phone": "5550100142", "card": "MC-2", "anyway": true });
    let second = add(shared).await.unwrap()["line"]["id"].clone();
    add(json!({ "id": second, "name": "Second Person Renamed" }))
        .await
        .expect("a number that was shared before is no news");
    assert_eq!(add(json!({ "id": first, "card": "MC-2" })).await.unwrap_err().code, "MEMBER_CARD_TAKEN");
    engine.call("change_member", json!({ "id": second, "action": "merge", "into": first })).await.unwrap();
    add(json!({ "id": first, "card": "MC-2" })).await.expect("the card of a merged record is the same person's");
    let tries = (0..8).map(|n| {
        let (engine, person) = (engine.clone(), json!({ "name": format!("Person {n}"), "phone": "5550100199" }));
        tokio::spawn(async move { engine.call("save_member", person).await })
    });
    let mut made = 0;
    for tried in tries.collect::<Vec<_>>() {
        match tried.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => assert_eq!(error.code, "MEMBER_KNOWN", "{error}"),
        }
    }
    assert_eq!(made, 1, "of eight who join at once with one number one does");
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
