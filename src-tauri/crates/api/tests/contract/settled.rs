//! What an owner settles: that the log says what was changed from what to what and by whom, how long what is kept, what locations are
//! called, and how far setting up has come.

use crate::running::{open, shop, source, token_of};
use backroom_api::Engine;
use backroom_api::secrets::InMemory;
use backroom_api::sync::PullOptions;
use backroom_sandbox::bigquery::BigQuery;
use serde_json::{Value, json};
use std::sync::Arc;

fn draft(change: &Value) -> Value {
    let mut draft = json!({
        "time_zone": null, "business_day_start": "04:00", "every_minutes": 15, "live": false, "daily_budget_usd": null,
        "customer_name": "drop", "customer_email": "hash", "customer_phone": "hash",
    });
    for (name, value) in change.as_object().unwrap() {
        draft[name] = value.clone();
    }
    draft
}

/// The newest entry of the log: who, what, to what.
async fn last(engine: &Engine) -> (String, String, String) {
    let page = engine.call("audit_log", json!({"before": null, "limit": 1})).await.unwrap();
    let text = |name: &str| page["entries"][0][name].as_str().unwrap_or_default().to_owned();
    (text("operator"), text("action"), text("detail"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_what_was_changed_from_what_to_what_and_by_whom() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), "", &Arc::new(InMemory::new()), false).await;
    let owner = json!({"id": null, "name": "Olive Owner", "role": "owner", "pin": "4711"});
    engine.call("save_person", owner).await.unwrap();
    let told = |action: &str, detail: &str| ("Olive Owner".to_owned(), action.to_owned(), detail.to_owned());
    assert_eq!(last(&engine).await, told("person.saved", "name Olive Owner, role owner"));

    let mut changes = engine.subscribe();
    engine.call("save_settings", draft(&json!({"every_minutes": 7, "raw_days": 90}))).await.unwrap();
    assert_eq!(last(&engine).await, told("settings.saved", "every_minutes: 15 → 7; raw_days: 365 days → 90 days"));
    let mut heard = Vec::new();
    while !(heard.contains(&"people".to_owned()) && heard.contains(&"settings".to_owned())) {
        heard.extend(changes.recv().await.unwrap().invalidates);
    }
    engine.call("save_settings", draft(&json!({"every_minutes": 7}))).await.unwrap();
    assert_eq!(
        last(&engine).await.2,
        "every_minutes: 15 → 7; raw_days: 365 days → 90 days",
        "what changes nothing is no entry"
    );

    for (name, role, pin) in [("Cleo Clerk", "clerk", "90125"), ("Max", "clerk", "2580")] {
        engine.call("save_person", json!({"id": null, "name": name, "role": role, "pin": pin})).await.unwrap();
    }
    engine.call("save_person", json!({"id": 3, "name": "Maxine", "role": "manager", "pin": "80802"})).await.unwrap();
    let detail = "name Max → Maxine, role clerk → manager, pin changed, id 3";
    assert_eq!(last(&engine).await, told("person.saved", detail));
    engine.call("save_person", json!({"id": 3, "name": "Maxine", "role": "manager", "pin": ""})).await.unwrap();
    assert_eq!(last(&engine).await.2, "name Maxine, id 3", "nothing of the PIN where it stayed");
    engine.call("remove_person", json!({"id": 2})).await.unwrap();
    assert_eq!(last(&engine).await, told("person.removed", "name Cleo Clerk, role clerk, id 2"));

    engine.call("enter_pin", json!({"id": 3, "pin": "80802"})).await.unwrap();
    let refused = engine.call("save_settings", draft(&json!({}))).await.unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.role.as_deref()),
        ("ROLE_NEEDED", Some("owner")),
        "a screen asks for one"
    );
    engine.trust();
    let log = engine.call("audit_log", json!({"before": null, "limit": 50})).await.unwrap().to_string();
    for secret in ["4711", "90125", "2580", "80802"] {
        assert!(!log.contains(secret), "no PIN in the log: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn locations_and_the_shop_are_called_as_the_owner_likes() {
    let (square, folder) = (shop(), tempfile::tempdir().unwrap());
    let engine = open(folder.path(), &source("main", &square.base_url()), &token_of(&square), false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    let settings = engine.call("settings", Value::Null).await.unwrap();
    let (id, was) =
        (settings["locations"][0]["id"].clone(), settings["locations"][0]["told"].as_str().unwrap().to_owned());
    let named = json!({"locations": [{"id": id, "name": "  Downtown "}], "shop_name": "Cloud & Ember"});
    let now = engine.call("save_settings", draft(&named)).await.unwrap();
    assert_eq!((&now["locations"][0]["told"], &now["locations"][0]["name"]), (&json!(was), &json!("Downtown")));
    assert_eq!(
        last(&engine).await.2,
        format!("shop_name: none → Cloud & Ember; location: {was} → Downtown"),
        "with what it was called"
    );
    let state = engine.call("app_state", Value::Null).await.unwrap();
    assert_eq!(state["shop_name"], "Cloud & Ember");
    assert!(state["locations"].to_string().contains("Downtown"), "in every filter: {state}");
    let recent = engine.call("recent", json!({"location": id, "limit": 3})).await.unwrap();
    assert!(recent.as_array().unwrap().iter().all(|p| p["location"] == "Downtown"), "in every report: {recent}");
    let status = engine.call("sync_status", Value::Null).await.unwrap().to_string();
    assert!(status.contains("Downtown") && !status.contains(&was), "and beside what is read");
    for (name, code) in [("x".repeat(61), "SETTINGS_NAME"), ("a\nb".to_owned(), "SETTINGS_NAME")] {
        let wrong = draft(&json!({"locations": [{"id": id, "name": name}]}));
        assert_eq!(engine.call("save_settings", wrong).await.unwrap_err().code, code);
    }
    let nowhere = draft(&json!({"locations": [{"id": "nowhere", "name": "x"}]}));
    assert_eq!(engine.call("save_settings", nowhere).await.unwrap_err().code, "BAD_REQUEST");
    engine.call("save_settings", draft(&json!({"locations": [{"id": id, "name": ""}]}))).await.unwrap();
    assert!(engine.call("app_state", Value::Null).await.unwrap()["locations"].to_string().contains(&was));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_goes_behind_everything_else_and_the_log_stays_whole() {
    let (square, folder) = (shop(), tempfile::tempdir().unwrap());
    let engine = open(folder.path(), &source("main", &square.base_url()), &token_of(&square), false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    let owner = json!({"id": null, "name": "Olive Owner", "role": "owner", "pin": "4711"});
    engine.call("save_person", owner).await.unwrap();
    engine.call("save_settings", draft(&json!({"every_minutes": 5}))).await.unwrap();
    let rows = async |engine: &Engine| engine.call("summary", Value::Null).await.unwrap()["all"].clone();
    let kept = async |engine: &Engine| engine.call("settings", Value::Null).await.unwrap()["kept"].clone();
    let before = (rows(&engine).await, kept(&engine).await);
    assert!(before.1["raw"]["rows"].as_u64() > Some(1), "{}", before.1);
    // As if all of it were four hundred days old, and the warehouse had all of it.
    let days = 400 * 86_400_000_000_i64;
    let age = format!(
        "UPDATE raw_page SET fetched_at = fetched_at - {days}; UPDATE receipt SET finished_at = finished_at - {days};
         UPDATE ledger SET acked = enqueued; DELETE FROM outbox;"
    );
    engine.store().write(move |c| Ok(c.execute_batch(&age)?)).await.unwrap();
    engine.tidy().await.unwrap();
    let after = kept(&engine).await;
    assert_eq!(after["raw"]["rows"], 1, "a year is over: all but the last reply is gone");
    assert_eq!(after["audit"], before.1["audit"], "the log is kept for ever unless somebody says otherwise");
    assert_eq!(rows(&engine).await, before.0, "not a cent has moved");
    assert!(engine.store().doctor().unwrap().ok(), "{:?}", engine.store().doctor());
    for (name, days, code) in
        [("raw_days", 1, "CONFIG_VALUE"), ("receipt_days", 29, "CONFIG_VALUE"), ("audit_days", 30, "CONFIG_VALUE")]
    {
        let refused = engine.call("save_settings", draft(&json!({ name: days }))).await.unwrap_err();
        assert_eq!(refused.code, code, "{name}: {refused}");
    }
    let proof = engine.call("verify_audit", Value::Null).await.unwrap();
    assert_eq!(proof["ok"], true, "{proof}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_far_setting_up_has_come_is_there_after_a_restart() {
    let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::new(InMemory::new()));
    let engine = open(folder.path(), "", &secrets, false).await;
    let setup = async |engine: &Engine| engine.call("app_state", Value::Null).await.unwrap()["setup"].clone();
    assert_eq!(setup(&engine).await, json!({"step": null, "skipped": [], "finished": false}));
    let kept = json!({"step": "warehouse", "skipped": ["lightspeed"], "finished": false});
    engine.call("keep_setup", kept.clone()).await.unwrap();
    for wrong in ["", "Shop", "../shop", &"x".repeat(31)] {
        let refused = json!({"step": wrong, "skipped": [], "finished": false});
        assert_eq!(engine.call("keep_setup", refused).await.unwrap_err().code, "BAD_REQUEST", "{wrong:?}");
    }
    engine.stop().await;
    drop(engine);
    let engine = open(folder.path(), "", &secrets, false).await;
    assert_eq!(setup(&engine).await, kept);
}

/// A source that is in the file and has no access yet is not connected: the first run is not over.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_ends_with_the_first_access() {
    let (square, folder) = (shop(), tempfile::tempdir().unwrap());
    let engine = open(folder.path(), &source("main", &square.base_url()), &Arc::new(InMemory::new()), false).await;
    let first = async |engine: &Engine| engine.call("app_state", Value::Null).await.unwrap()["first_run"].clone();
    assert_eq!(first(&engine).await, true);
    engine.call("save_square_token", json!({"name": "main", "token": square.token()})).await.unwrap();
    assert_eq!(first(&engine).await, false);
    engine.stop().await;
}

/// A key whose tokens come from this computer is for the warehouse of this computer, and it is used.
#[tokio::test(flavor = "multi_thread")]
async fn a_stand_ins_key_leads_to_the_stand_in() {
    let folder = tempfile::tempdir().unwrap();
    let bigquery = BigQuery::start("demo").unwrap();
    let engine = open(folder.path(), "", &Arc::new(InMemory::new()), false).await;
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../warehouse/tests/fixtures/invented_key.base64");
    let body = std::fs::read_to_string(fixture).unwrap();
    let mark = |word: &str| format!("-----{word} PRIVATE KEY-----\n");
    let key = json!({
        "type": "service_account", "project_id": "demo-project", "private_key_id": "invented",
        "client_email": "backroom@demo-project.iam.gserviceaccount.com",
        "private_key": format!("{}{body}\n{}", mark("BEGIN"), mark("END")),
        "token_uri": format!("{}/token", bigquery.base_url()),
    });
    let new = json!({"project": "demo-project", "dataset": "demo", "location": "US", "key": key.to_string()});
    let probe = engine.call("save_bigquery_key", new).await.unwrap();
    assert!(!probe["may"].as_array().unwrap().is_empty(), "{probe}");
    let address = engine.config().warehouse.unwrap().base_url;
    assert_eq!(address, bigquery.base_url());
    assert!(bigquery.requests().iter().any(|r| r.path.starts_with("/token")), "the key was exchanged for an access");
}
