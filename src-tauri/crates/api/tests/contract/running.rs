//! The engine at work: what it tells of a number, what it keeps when something new fails, and what stops what.

use backroom_api::config::Config;
use backroom_api::secrets::{InMemory, Secret, SecretStore, WAREHOUSE_KEY, source_token};
use backroom_api::sync::PullOptions;
use backroom_api::{Cycle, Engine, EngineOptions, SecretsMode};
use backroom_sandbox::square::{Square, StoreSpec};
use backroom_sandbox::wire::Faults;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const NOBODY: &str = "http://127.0.0.1:1";

pub fn source(name: &str, url: &str) -> String {
    format!("[[source]]\nkind = \"square\"\nname = \"{name}\"\nbase_url = \"{url}\"\nhistory = \"3y\"\n")
}

pub async fn open(folder: &Path, config: &str, secrets: &Arc<InMemory>, demo: bool) -> Engine {
    std::fs::write(folder.join("config.toml"), config).unwrap();
    let secrets = SecretsMode::Memory(secrets.clone());
    Engine::open(EngineOptions { data_dir: folder.to_path_buf(), secrets, demo }).await.unwrap()
}

pub fn token_of(square: &Square) -> Arc<InMemory> {
    let secrets = InMemory::new();
    secrets.set(&source_token("square", "main"), &Secret::new(square.token())).unwrap();
    Arc::new(secrets)
}

pub fn shop() -> Square {
    Square::start(StoreSpec::small(1_500, backroom_api::sync::Timestamp::from_seconds(now()))).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the shop's history ends now")]
fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

/// The values of an explanation's parts, by name.
fn part(explanation: &Value, name: &str) -> i64 {
    let parts = explanation["parts"].as_array().unwrap();
    parts.iter().find(|p| p["name"] == name).unwrap_or_else(|| panic!("{name} in {parts:?}"))["value"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_explained_by_what_it_is_made_of() {
    let square = shop();
    let folder = tempfile::tempdir().unwrap();
    let zone = "[store]\ntime_zone = \"America/Chicago\"\n";
    let config = format!("{zone}{}", source("main", &square.base_url()));
    let engine = open(folder.path(), &config, &token_of(&square), false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    let ask = async |name: &str, args: Value| engine.call(name, args).await.unwrap();
    let all = ask("summary", Value::Null).await["all"].clone();
    let explain = async |metric: &str, product: Value| {
        ask("explain", json!({ "metric": metric, "product": product, "from": all["from"], "to": all["to"] })).await
    };

    let refunded = explain("refunded", Value::Null).await;
    assert_eq!(part(&refunded, "Refunded"), all["refunded_minor"].as_i64().unwrap());
    assert!(refunded["rows"].as_i64().unwrap() > 0, "the rows behind it are refunds: {refunded}");
    assert!(refunded["rows"].as_i64() < all["transactions"].as_i64(), "not all payments");
    for row in refunded["sample"].as_array().unwrap() {
        assert!(row["refunded_minor"].as_i64().unwrap() > 0, "what is shown gave something back: {row}");
    }
    let transactions = explain("transactions", Value::Null).await;
    assert_eq!(transactions["rows"], all["transactions"], "as many rows as are counted");

    let period = json!({ "from": "2020-01-01", "to": "2029-12-31" });
    let sales = ask("sales", period).await;
    let sum =
        |list: &str| sales[list].as_array().unwrap().iter().map(|b| b["amount_minor"].as_i64().unwrap()).sum::<i64>();
    assert!(sales["by_item"].as_array().unwrap().len() > 12, "not the best alone");
    assert_eq!(sum("by_item"), sum("by_category"), "every breakdown adds up to the same");

    let products = ask("product_list", Value::Null).await;
    let products = products.as_array().unwrap();
    let product = products.iter().find(|p| p["sold_30_milli"].as_i64() > Some(0)).expect("something sold lately");
    for (metric, total, milli) in
        [("stock", "In stock", &product["stock_milli"]), ("sold_30", "Sold in 30 days", &product["sold_30_milli"])]
    {
        let told = explain(metric, product["id"].clone()).await;
        assert!(told["title"].as_str().unwrap().ends_with(product["name"].as_str().unwrap()), "names it: {told}");
        let parts = told["parts"].as_array().unwrap();
        let whole = parts.last().unwrap()["value"].as_i64().unwrap();
        assert!(parts.last().unwrap()["name"].as_str().unwrap().starts_with(total), "{told}");
        assert_eq!(whole, milli.as_i64().unwrap().div_euclid(1_000), "{metric} is the number on the screen");
        let places: i64 = parts[..parts.len() - 1].iter().map(|p| p["value"].as_i64().unwrap()).sum();
        assert_eq!(places, whole, "{metric}: the locations add up: {told}");
    }

    let of_one = explain("product", product["id"].clone()).await;
    assert_eq!(part(&of_one, "Price"), product["price_minor"].as_i64().unwrap(), "{of_one}");
    assert_eq!(part(&of_one, "Sold in 30 days"), product["sold_30_milli"].as_i64().unwrap() / 1_000, "{of_one}");
    if let Some(days) = product["days_left"].as_i64() {
        assert_eq!(part(&of_one, "Days left"), days, "{of_one}");
    }
    let nobody = json!({ "metric": "product", "product": null, "from": all["from"], "to": all["to"] });
    assert_eq!(engine.call("explain", nobody).await.unwrap_err().code, "BAD_REQUEST", "a product is named");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_cannot_be_asked_stops_no_other() {
    let square = shop();
    let folder = tempfile::tempdir().unwrap();
    let config = format!("{}{}", source("second", NOBODY), source("main", &square.base_url()));
    let engine = open(folder.path(), &config, &token_of(&square), false).await;
    let outcome = engine.sync(PullOptions::default()).await.unwrap();
    let failed: Vec<_> = outcome.streams.iter().filter(|s| s.error.is_some()).collect();
    assert_eq!(failed.len(), 1, "one is told, once: {failed:?}");
    assert_eq!((failed[0].source.as_str(), failed[0].exit), ("second", 4), "it has no token");
    assert!(outcome.streams.iter().any(|s| s.source == "main" && s.changed > 0), "the other was read");
    let only = PullOptions { source: Some("second".into()), ..PullOptions::default() };
    assert_eq!(engine.sync(only).await.unwrap_err().code, "SQUARE_TOKEN_MISSING", "alone it is the whole answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_sync_from_starting_is_on_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), &source("main", NOBODY), &Arc::new(InMemory::new()), false).await;
    let (mut cycles, mut changes) = (engine.cycles(), engine.subscribe());
    engine.start_schedule(Duration::from_secs(3_600));
    let Cycle::Failed { work, error } = cycles.recv().await.unwrap() else { panic!("there is no token") };
    assert_eq!((work, error.code.as_str()), ("sync", "SQUARE_TOKEN_MISSING"));
    while !changes.recv().await.unwrap().invalidates.contains(&"app".to_owned()) {}
    let today = engine.call("today", Value::Null).await.unwrap();
    let first = &today["attention"][0];
    assert_eq!((first["code"].as_str(), first["level"].as_str()), (Some("SQUARE_TOKEN_MISSING"), Some("problem")));
    assert_eq!(engine.call("app_state", Value::Null).await.unwrap()["storage_problem"], Value::Null);
    engine.stop().await;
}

/// What the line said is for whoever mends it; a shop is told what it means and since when.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_down_is_told_in_plain_words() {
    let square = shop();
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[store]\ntime_zone = \"America/Chicago\"\n{}", source("main", &square.base_url()));
    let engine = open(folder.path(), &config, &token_of(&square), false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    square.set_faults(Faults { offline: true, ..Faults::default() });
    engine.sync(PullOptions::default()).await.unwrap();
    let today = engine.call("today", Value::Null).await.unwrap();
    let first = &today["attention"][0];
    let message = first["message"].as_str().unwrap();
    assert!(message.starts_with("Square has been out of reach since "), "{message}");
    assert!(!today["attention"].to_string().contains("127.0.0.1"), "no address: {today}");
    assert_eq!(first["screen"], "sync");
}

/// A form says where what is pasted goes before anybody pastes it.
#[tokio::test(flavor = "multi_thread")]
async fn connections_tell_where_secrets_are() {
    let memory = SecretsMode::Memory(Arc::new(InMemory::new()));
    for (secrets, place) in [(SecretsMode::Environment, "environment"), (memory, "session")] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), source("main", NOBODY)).unwrap();
        let options = EngineOptions { data_dir: folder.path().to_path_buf(), secrets, demo: false };
        let engine = Engine::open(options).await.unwrap();
        let told = engine.call("connections", Value::Null).await.unwrap();
        assert_eq!(told["secrets"], place);
        let token = json!({ "name": "main", "token": "an-invented-token" });
        let refused = engine.call("save_square_token", token).await.unwrap_err();
        let read_only = refused.code == "SECRET_READ_ONLY";
        assert_eq!(read_only, place == "environment", "saving is refused where it says so: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_does_not_work_pushes_out_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Arc::new(InMemory::new());
    secrets.set(WAREHOUSE_KEY, &Secret::new("the old key".to_owned())).unwrap();
    let config = "[warehouse]\nproject = \"shop-one\"\ndataset = \"analytics\"\nbase_url = \"https://127.0.0.1:1\"\n\
                  daily_budget_usd = \"2.50\"\n";
    let engine = open(folder.path(), config, &secrets, false).await;
    let before = Config::load(folder.path()).unwrap();
    let new = json!({ "project": "shop-two", "dataset": "analytics", "location": "EU", "key": "{\"type\":\"none\"}" });
    let error = engine.call("save_bigquery_key", new).await.unwrap_err();
    assert!(!error.hint.is_empty(), "{error:?}");
    assert_eq!(Config::load(folder.path()).unwrap(), before, "the settings are as they were");
    assert_eq!(secrets.get(WAREHOUSE_KEY).unwrap().unwrap().expose(), "the old key", "and so is the key");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_meets_nothing_real() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!("demo = true\n{}", source("main", NOBODY));
    let engine = open(folder.path(), &config, &Arc::new(InMemory::new()), true).await;
    let token = json!({ "name": "real", "token": "a-real-token" });
    let error = engine.call("save_square_token", token).await.unwrap_err();
    assert_eq!(error.code, "CONFIG_DEMO_SOURCE", "a real shop does not come into the demonstration: {error}");
    assert!(engine.secrets().get(&source_token("square", "real")).unwrap().is_none(), "and its token is not kept");
    let key = json!({ "project": "p", "dataset": "d", "location": "US", "key": "{}" });
    let error = engine.call("save_bigquery_key", key).await.unwrap_err();
    assert_eq!(error.code, "CONFIG_DEMO_WAREHOUSE", "invented sales go to no real warehouse: {error}");
    assert_eq!(engine.config().source.len(), 1);
    assert!(engine.config().warehouse.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stopped_starts_no_more() {
    let square = shop();
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), &source("main", &square.base_url()), &token_of(&square), false).await;
    engine.stop().await;
    let outcome = engine.sync(PullOptions::default()).await.unwrap();
    assert!(outcome.streams.iter().all(|s| s.changed == 0), "nothing is fetched behind a closed window: {outcome:?}");
    let sync = engine.call("sync_status", Value::Null).await.unwrap();
    assert_eq!(sync["running"], false, "and nothing seems to run for ever");
}

/// Nobody set a zone, and no location is known before the first sync: "today" follows as soon as one is.
#[tokio::test(flavor = "multi_thread")]
async fn today_is_the_shops_own_in_the_first_session() {
    for zone in ["America/Los_Angeles", "Asia/Tokyo", "Pacific/Kiritimati"] {
        let until = backroom_api::sync::Timestamp::from_seconds(now());
        let spec = StoreSpec { time_zone: zone.to_owned(), ..StoreSpec::small(200, until) };
        let square = Square::start(spec).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = source("main", &square.base_url());
        let engine = open(folder.path(), &config, &token_of(&square), false).await;
        let mut changes = engine.subscribe();
        engine.sync(PullOptions::default()).await.unwrap();
        let app = async || engine.call("app_state", Value::Null).await.unwrap();
        tokio::time::timeout(Duration::from_secs(20), async {
            while app().await["time_zone"] != zone {
                changes.recv().await.unwrap();
            }
        })
        .await
        .unwrap_or_else(|_| panic!("{zone} is taken over without a second start"));
        let own = engine.store().rule().day_of(engine.store().clock().now()).to_string();
        assert_eq!(app().await["today"], own, "today in {zone}");
        let summary = engine.call("summary", Value::Null).await.unwrap();
        assert_eq!(summary["today"]["from"], own, "the figures of today are those of today in {zone}");
        assert!(engine.store().doctor().unwrap().ok(), "rows and figures count by the same days");
        let truth = square.truth();
        let told = summary["all"]["collected_minor"].as_i64().unwrap();
        assert_eq!(told, truth.all().collected_minor, "all of it, in {zone}");
    }
}

/// In live mode a sale is in the warehouse within a minute of being made; by the usual schedule it is not.
#[tokio::test(flavor = "multi_thread")]
async fn in_live_mode_a_sale_is_in_the_warehouse_within_a_minute() {
    let (square, folder) = (shop(), tempfile::tempdir().unwrap());
    let bigquery = backroom_sandbox::bigquery::BigQuery::start("demo").unwrap();
    let config = format!(
        "{}\n[warehouse]\nkind = \"bigquery\"\nproject = \"demo-project\"\ndataset = \"demo\"\nbase_url = \"{}\"\n",
        source("main", &square.base_url()),
        bigquery.base_url()
    );
    let engine = open(folder.path(), &config, &token_of(&square), false).await;
    let mut cycles = engine.cycles();
    engine.start_schedule(Duration::from_secs(900));
    let draft = json!({"time_zone": null, "business_day_start": "04:00", "every_minutes": 15, "live": true, "daily_budget_usd": "2.50", "customer_name": "drop", "customer_email": "keep", "customer_phone": "hash"});
    let kept = engine.call("save_settings", draft).await.unwrap();
    assert_eq!((&kept["live"], &kept["daily_budget_usd"]), (&json!(true), &json!("2.50")));
    let sent = async |cycles: &mut tokio::sync::broadcast::Receiver<Cycle>| loop {
        if let Cycle::Sent(_) = tokio::time::timeout(Duration::from_secs(60), cycles.recv()).await.unwrap().unwrap() {
            return;
        }
    };
    sent(&mut cycles).await;
    let made = square.add_sale(&backroom_sandbox::square::NewSale::default()).unwrap();
    let before = std::time::Instant::now();
    let there = || bigquery.rows("demo.square_payments").iter().any(|r| r["id"].as_deref() == Some(&made.payment_id));
    assert!(!there(), "it was made after the last delivery");
    while !there() {
        sent(&mut cycles).await;
        assert!(before.elapsed() < Duration::from_secs(60), "a minute went by");
    }
    // The note is made beside the telling of the cycle.
    sent(&mut cycles).await;
    let told = engine.call("settings", Value::Null).await.unwrap();
    assert!(told["freshness_seconds"].as_u64().is_some_and(|s| s < 60), "the screen can tell how fresh: {told}");
    let told = bigquery.rows("demo.square_customers");
    let mails: Vec<_> = told.iter().filter_map(|r| r["email"].clone()).collect();
    assert!(!mails.is_empty() && mails.iter().all(|m| m.contains('@')), "kept as the owner said: {:?}", mails.first());
    assert!(told.iter().all(|r| r["name"].is_none()), "names are dropped as before");
    let text = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
    assert!(text.contains("live = true"), "it is kept: {text}");
    for (name, value, code) in [
        ("business_day_start", json!("25:00"), "SETTINGS_DAY"),
        ("time_zone", json!("Mars/Olympus"), "SETTINGS_DAY"),
        ("every_minutes", json!(0), "SETTINGS_EVERY"),
        ("every_minutes", json!(1441), "SETTINGS_EVERY"),
        ("daily_budget_usd", json!("much"), "CONFIG_VALUE"),
        ("customer_name", json!("sell"), "CONFIG_VALUE"),
    ] {
        let mut draft = json!({"time_zone": null, "business_day_start": "04:00", "every_minutes": 15, "live": true, "daily_budget_usd": "1", "customer_name": "drop", "customer_email": "hash", "customer_phone": "hash"});
        draft[name] = value.clone();
        let refused = engine.call("save_settings", draft).await.unwrap_err();
        assert_eq!(refused.code, code, "{name} {value}");
    }
    engine.stop().await;
}
