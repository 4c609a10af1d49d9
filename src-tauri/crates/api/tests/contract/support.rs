//! What is handed to whoever helps, and what the log holds: named facts, and nothing of anybody's.

use crate::engine;
use backroom_api::dto::{CrashReport, SupportFile};
use backroom_api::secrets::{InMemory, Secret, SecretStore, WAREHOUSE_KEY, source_token};
use backroom_api::{Engine, EngineOptions, SecretsMode, logs};
use backroom_sandbox::{DemoOptions, DemoStore};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Each can be recognised wherever it turns up.
const TOKEN: &str = "Sparrow9token0000000000000000001";
const KEY: &str = "Sparrow9key";
const SHOP: &str = "Sparrow9 Cloud & Ember";
const PERSON: &str = "Sparrow9 Olive";
const MEMBER: &str = "Sparrow9 Mary";
const PHONE: &str = "5155550177";
const MAIL: &str = "sparrow9@example.com";
const TIER: &str = "Sparrow9 Gold";
const PROJECT: &str = "sparrow9-project";
const DATASET: &str = "sparrow9_dataset";
const CLIENT: &str = "sparrow9-client";
const ACCOUNT: &str = "sparrow9account";

async fn made(engine: &Engine) -> SupportFile {
    serde_json::from_value(engine.call("make_support", Value::Null).await.unwrap()).unwrap()
}

/// A shop with sales out of a stand-in, people, a member and names of its own; everything that is somebody's can be recognised.
async fn shop(folder: &Path, demo: &DemoStore) -> Engine {
    let config = format!(
        "[store]\nname = \"{SHOP}\"\ntime_zone = \"America/Chicago\"\n\n[[source]]\nkind = \"square\"\nbase_url = \"{}\"\n\n\
         [[source]]\nkind = \"lightspeed_r\"\nbase_url = \"http://127.0.0.1:1\"\naccount_id = \"{ACCOUNT}\"\nclient_id = \"{CLIENT}\"\n\n\
         [warehouse]\nproject = \"{PROJECT}\"\ndataset = \"{DATASET}\"\nbase_url = \"{}\"\n",
        demo.square.base_url(),
        demo.bigquery.base_url(),
    );
    std::fs::write(folder.join("config.toml"), config).unwrap();
    let secrets = Arc::new(InMemory::new());
    secrets.set(&source_token("square", "main"), &Secret::new(demo.square.token())).unwrap();
    secrets.set(&source_token("lightspeed_r", "lightspeed"), &Secret::new(TOKEN.to_owned())).unwrap();
    secrets.set(WAREHOUSE_KEY, &Secret::new(json!({ "private_key_id": KEY }).to_string())).unwrap();
    let options = EngineOptions { data_dir: folder.to_path_buf(), secrets: SecretsMode::Memory(secrets), demo: false };
    let engine = Engine::open(options).await.unwrap();
    engine.sync(backroom_api::sync::PullOptions { source: Some("main".into()), ..Default::default() }).await.unwrap();
    let tier = json!({
        "id": "", "name": TIER, "rank": 1, "price_minor": 900, "currency": "USD", "period": "month", "grace_days": 3,
        "early_days": 3, "pause_days": 30, "points_percent": 100, "benefits": [], "discounts": [], "closed_on": null,
    });
    let tiers = engine.call("save_tier", tier).await;
    let tier = tiers.ok().and_then(|all| all[0]["id"].as_str().map(str::to_owned)).unwrap_or_default();
    let member =
        json!({"name": MEMBER, "phone": PHONE, "email": MAIL, "card": null, "tier": tier, "anyway": true, "id": ""});
    // What is refused of it is somewhere as well.
    let _ = engine.call("save_member", member).await;
    engine.call("save_person", json!({"id": null, "name": PERSON, "role": "owner", "pin": "4711"})).await.unwrap();
    engine
}

/// Every text of the buffer that somebody gave or a vendor told.
fn texts(engine: &Engine) -> BTreeSet<String> {
    engine
        .store()
        .read(|c| {
            let mut all = BTreeSet::new();
            let tables: Vec<String> = c
                .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?
                .query_map([], |r| r.get(0))?
                .collect::<Result<_, _>>()?;
            for table in tables {
                let mut rows = c.prepare(&format!("SELECT * FROM \"{table}\" LIMIT 2000"))?;
                let columns = rows.column_count();
                let mut rows = rows.query([])?;
                while let Some(row) = rows.next()? {
                    all.extend((0..columns).filter_map(|n| row.get::<_, String>(n).ok()));
                }
            }
            Ok(all)
        })
        .unwrap()
}

/// Words of ours that the buffer holds as well: they name what is counted, not what was.
fn ours(text: &str) -> bool {
    let words = [
        "payments",
        "refunds",
        "orders",
        "catalog",
        "customers",
        "inventory",
        "locations",
        "team",
        "square",
        "lightspeed_r",
        "main",
        "lightspeed",
        "owner",
        "USD",
        "month",
        "America/Chicago",
        "drop",
        "hash",
        "04:00",
    ];
    let tables = [
        "square_payments",
        "square_items",
        "square_refunds",
        "square_orders",
        "square_order_lines",
        "square_customers",
        "sales",
    ];
    words.contains(&text) || tables.contains(&text) || text.len() < 5 || text.parse::<i64>().is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_support_file_says_how_it_stands_and_nothing_of_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let demo = DemoStore::start(&DemoOptions { payments: 120, ..DemoOptions::default() }).unwrap();
    let engine = shop(folder.path(), &demo).await;
    let crash = json!({
        "at": "2026-11-20T15:00:00Z", "version": "0.0.9", "system": "linux x86_64", "thread": MEMBER,
        "place": "src-tauri/src/tray.rs:12", "calls": ["backroom_app::tray::build"],
    });
    std::fs::create_dir(folder.path().join("crashes")).unwrap();
    std::fs::write(folder.path().join("crashes/crash-1.json"), crash.to_string()).unwrap();
    std::fs::create_dir_all(folder.path().join("logs")).unwrap();
    let line = format!("2026-11-20T15:00:00Z  WARN backroom_api::cycle: to {MAIL}, {PHONE}, token={TOKEN}\n");
    std::fs::write(folder.path().join("logs/backroom.log"), line).unwrap();

    let file = made(&engine).await;
    assert!(file.name.starts_with("backroom-support-20") && file.name.ends_with(".json"), "{}", file.name);
    let told: Value = serde_json::from_str(&file.text).unwrap();
    let payments = told["counts"]["payments"].as_u64().unwrap();
    assert!(payments >= 100, "it counts what is here: {payments}");
    assert!(told["schema"].as_u64().unwrap() >= 5, "{}", told["schema"]);
    assert_eq!(told["sources"].as_array().unwrap().len(), 2);
    assert!(told["streams"].as_array().unwrap().iter().any(|s| s["entity"] == "payments" && s["source"] == 1));
    assert_eq!(told["crashes"][0]["place"], "src-tauri/src/tray.rs:12");
    assert_eq!(told["log"][0], "2026-11-20T15:00:00Z  WARN backroom_api::cycle: to [address], [number], token=[key]");

    let kept = texts(&engine);
    assert!(kept.len() > 300, "there is something that could be in it: {} texts", kept.len());
    let found: Vec<&String> = kept.iter().filter(|text| !ours(text) && file.text.contains(text.as_str())).collect();
    // The statuses and codes that streams stand at are ours too, and are in it on purpose.
    let unexpected: Vec<&&String> =
        found.iter().filter(|text| !text.chars().all(|c| c.is_ascii_uppercase() || c == '_')).collect();
    assert!(unexpected.is_empty(), "texts of the buffer that are in the support file: {unexpected:?}");
    let lower = file.text.to_lowercase();
    let addresses = [demo.square.base_url(), demo.bigquery.base_url(), folder.path().display().to_string()];
    let secrets = [demo.square.token(), "sparrow9".to_owned(), PHONE.to_owned()];
    for what in addresses.iter().chain(&secrets) {
        assert!(!lower.contains(&what.to_lowercase()), "{what} is in the support file");
    }
    assert!(!file.text.contains("http"), "no address at all");

    let entries = engine.call("audit_log", json!({"before": null, "limit": 5})).await.unwrap();
    assert_eq!(entries["entries"][0]["action"], "support.made", "that it was made is written down: {entries}");
    assert_eq!(engine.support().unwrap().name, file.name, "the command line makes the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_a_bad_end_are_told_until_somebody_removes_them() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let reports = |answer: Value| serde_json::from_value::<Vec<CrashReport>>(answer).unwrap();
    assert!(reports(engine.call("crash_reports", Value::Null).await.unwrap()).is_empty());
    std::fs::create_dir(folder.path().join("crashes")).unwrap();
    let crash = json!({
        "at": "2026-11-20T15:00:00Z", "version": "0.1.0", "system": "linux x86_64", "thread": "main",
        "place": "src-tauri/src/tray.rs:12", "calls": ["backroom_app::tray::build", "at https://olive.example.com/x"],
    });
    std::fs::write(folder.path().join("crashes/crash-1.json"), crash.to_string()).unwrap();
    let told = reports(engine.call("crash_reports", Value::Null).await.unwrap());
    assert_eq!((told.len(), told[0].place.as_str()), (1, "src-tauri/src/tray.rs:12"));
    assert!(told[0].text.contains("backroom_app::tray::build") && !told[0].text.contains("olive"), "{}", told[0].text);
    engine.call("forget_crashes", Value::Null).await.unwrap();
    assert!(reports(engine.call("crash_reports", Value::Null).await.unwrap()).is_empty());
}

/// What a shop does from its first token to a refused one, with the log turned up as far as it goes.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_holds_nothing_of_anybody_however_much_it_tells() {
    let folder = tempfile::tempdir().unwrap();
    logs::start(folder.path(), Some("trace"));
    let demo = DemoStore::start(&DemoOptions { payments: 60, ..DemoOptions::default() }).unwrap();
    let engine = shop(folder.path(), &demo).await;
    let _ = engine.push().await;
    let _ = engine.sync(backroom_api::sync::PullOptions::default()).await;
    let _ = engine.call("save_square_token", json!({"name": "main", "token": TOKEN})).await;
    // Somebody may yet write a line that should not be: the last wall is looked at as well.
    tracing::warn!(target: "backroom_api::slip", phone = PHONE, to = MAIL, token = TOKEN, at = %demo.square.base_url(), "A slip.");
    let file = folder.path().join("logs/backroom.log");
    let log = std::fs::read_to_string(&file).unwrap_or_default();
    let slip = log.lines().find(|line| line.contains("A slip.")).expect("what is logged is in the file");
    assert!(
        slip.contains("[address]") && slip.contains("[number]") && slip.contains("[key]") && slip.contains("[link]"),
        "{slip}"
    );
    for text in texts(&engine).iter().filter(|text| !ours(text) && text.chars().any(char::is_lowercase)) {
        assert!(!log.contains(text.as_str()), "{text:?} is in the log");
    }
    let lower = log.to_lowercase();
    for what in ["sparrow9", PHONE, &demo.square.token().to_lowercase(), "http://"] {
        assert!(!lower.contains(what), "{what} is in the log:\n{log}");
    }
}
