//! A time zone that nobody knows is told on the first screen, with the one that days are counted by meanwhile.

use crate::running::open;
use crate::signing_in::lightspeed;
use backroom_api::Engine;
use backroom_api::secrets::{InMemory, Secret, SecretStore, source_token};
use backroom_api::sync::PullOptions;
use backroom_sandbox::lightspeed::Quirks;
use serde_json::{Value, json};
use std::sync::Arc;

async fn told(engine: &Engine) -> Option<Value> {
    let today = engine.call("today", Value::Null).await.unwrap();
    today["attention"].as_array().unwrap().iter().find(|item| item["code"] == "ZONE_UNKNOWN").cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_zone_is_told_with_the_one_that_counts_meanwhile() {
    for set in [None, Some("America/New_York")] {
        let (shop, folder) = (lightspeed(), tempfile::tempdir().unwrap());
        shop.set_quirks(Quirks { strange_zone: true, ..Quirks::default() });
        let secrets = InMemory::new();
        secrets.set(&source_token("lightspeed_r", "lightspeed"), &Secret::new(shop.token())).unwrap();
        let zone = set.map_or_else(String::new, |zone| format!("[store]\ntime_zone = \"{zone}\"\n"));
        let config = format!("{zone}[[source]]\nkind = \"lightspeed_r\"\nbase_url = \"{}\"\n", shop.base_url());
        let engine = open(folder.path(), &config, &Arc::new(secrets), false).await;
        assert_eq!(told(&engine).await, None, "nothing is known of a location yet");
        let outcome = engine.sync(PullOptions::default()).await.unwrap();
        assert!(outcome.streams.iter().all(|s| s.error.is_none()), "it stops nothing: {outcome:?}");
        let summary = engine.call("summary", Value::Null).await.unwrap();
        assert_eq!(summary["all"]["net_minor"], json!(shop.truth().all().net_minor), "and costs no cent");
        let Some(item) = told(&engine).await else {
            assert!(set.is_some(), "it is told");
            continue;
        };
        assert_eq!(set, None, "where the shop has set its own zone, the vendor's is no matter: {item}");
        let words = item["message"].as_str().unwrap();
        let used = engine.store().rule().zone_name().to_owned();
        for part in
            ["Copper Lantern Harbor and Copper Lantern Mesa have", "Lightspeed", &format!("in {used} meanwhile")]
        {
            assert!(words.contains(part), "{part:?} in {words}");
        }
        assert_eq!((&item["level"], &item["screen"]), (&json!("warning"), &json!("settings")), "{item}");
        assert!(item["hint"].as_str().unwrap().contains("Settings"));
        shop.set_quirks(Quirks::default());
        engine.sync(PullOptions::default()).await.unwrap();
        assert_eq!(told(&engine).await, None, "corrected at the vendor, nothing is left to tell");
    }
}
