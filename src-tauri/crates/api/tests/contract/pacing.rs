//! One account, one pace: a wait that its vendor asked for holds whoever asks it, a sync, a test or the next sync.

use crate::running::{open, source, token_of};
use crate::signing_in::{lightspeed, square};
use backroom_api::secrets::{InMemory, Secret, SecretStore, source_token};
use backroom_api::sync::PullOptions;
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use serde_json::{Value, json};
use std::sync::Arc;

/// A wait that no test sits out.
const LONG: u32 = 3_600;

fn asks_to_wait() -> Faults {
    let rule = FaultRule::once(FaultKind::RateLimited { retry_after: Some(LONG) });
    Faults { rules: vec![rule], ..Faults::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_one_was_asked_for_holds_all_who_ask_the_account() {
    // Who meets with the refusal, and for which vendor.
    for (vendor, first) in [("lightspeed", "sync"), ("lightspeed", "test"), ("square", "sync"), ("square", "test")] {
        let why = format!("{vendor}, met by the {first}");
        let (shop, till, folder) = (lightspeed(), square(), tempfile::tempdir().unwrap());
        let (config, name, secrets) = if vendor == "lightspeed" {
            let secrets = InMemory::new();
            secrets.set(&source_token("lightspeed_r", "lightspeed"), &Secret::new(shop.token())).unwrap();
            let config = format!("[[source]]\nkind = \"lightspeed_r\"\nbase_url = \"{}\"\n", shop.base_url());
            (config, "lightspeed", Arc::new(secrets))
        } else {
            (source("main", &till.base_url()), "main", token_of(&till))
        };
        let engine = open(folder.path(), &config, &secrets, false).await;
        let test = async || engine.call("test_connection", json!({"name": name})).await;
        let seen = || [shop.counters(), till.counters()].iter().flat_map(|c| c.requests.values()).sum::<u64>();
        test().await.unwrap();
        shop.set_faults(asks_to_wait());
        till.set_faults(asks_to_wait());
        if first == "sync" {
            let told = engine.sync(PullOptions::default()).await.unwrap();
            assert!(told.streams.iter().any(|s| s.error.is_some()), "{why}: it was asked to wait");
        } else {
            test().await.unwrap_err();
        }
        let before = seen();
        let refused = test().await.unwrap_err();
        assert_eq!((refused.code.as_str(), refused.retryable), ("HTTP_PAUSED", true), "{why}: {refused:?}");
        let outcome = engine.sync(PullOptions::default()).await.unwrap();
        let told: Vec<_> = outcome.streams.iter().filter_map(|s| s.error.as_ref()).collect();
        assert!(!told.is_empty() && told.iter().all(|e| e.code == "HTTP_PAUSED"), "{why}: {told:?}");
        assert_eq!(seen(), before, "{why}: nobody asked the vendor meanwhile");
    }
}

/// The level of the account's bucket is told to the screen, from the replies of a test as from those of a sync.
#[tokio::test(flavor = "multi_thread")]
async fn the_level_of_the_bucket_is_on_the_sync_screen() {
    let (shop, folder) = (lightspeed(), tempfile::tempdir().unwrap());
    let secrets = InMemory::new();
    secrets.set(&source_token("lightspeed_r", "lightspeed"), &Secret::new(shop.token())).unwrap();
    let config = format!("[[source]]\nkind = \"lightspeed_r\"\nbase_url = \"{}\"\n", shop.base_url());
    let engine = open(folder.path(), &config, &Arc::new(secrets), false).await;
    let limits = async || engine.call("sync_status", Value::Null).await.unwrap()["limits"].clone();
    assert_eq!(limits().await, json!([]), "nothing is told before the vendor did");
    engine.call("test_connection", json!({"name": "lightspeed"})).await.unwrap();
    let tested = limits().await;
    assert_eq!((&tested[0]["source"], &tested[0]["per_minute"]), (&json!("lightspeed"), &json!(60)), "{tested}");
    let of_the_test = tested[0]["percent"].as_u64().unwrap();
    assert!((1..50).contains(&of_the_test), "a few calls of ninety: {tested}");
    engine.sync(PullOptions::default()).await.unwrap();
    let synced = limits().await[0]["percent"].as_u64().unwrap();
    assert!(synced > of_the_test && synced <= 100, "a first sync takes more of it: {synced} after {of_the_test}");
}
