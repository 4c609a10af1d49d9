//! Removing a connection: gone from this computer whatever the vendor says, given back at the vendor where it takes it, and told what is
//! left to do there.

use crate::running::{open, source, token_of};
use crate::signing_in::{begin, browse, kept, lightspeed, over, square};
use backroom_api::Engine;
use backroom_api::secrets::{InMemory, Secret, SecretStore, WAREHOUSE_KEY, source_token};
use backroom_sandbox::oauth::{CLIENT_ID, DeskChange};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

async fn remove(engine: &Engine, name: &str) -> Value {
    engine.call("remove_connection", json!({"name": name})).await.unwrap()
}

/// Nothing of the access stays: no secret, no connection, and no word of it in the configuration.
async fn assert_gone(engine: &Engine, secrets: &InMemory, folder: &Path, kind: &str, name: &str, why: &str) {
    for what in ["token", "client", "oauth/slot0", "oauth/slot1"] {
        assert_eq!(kept(secrets, &format!("{kind}/{name}/{what}")), None, "{why}: {what} is forgotten");
    }
    let told = engine.call("connections", Value::Null).await.unwrap();
    assert_eq!(told["sources"], json!([]), "{why}: the screen knows it no more");
    let config = std::fs::read_to_string(folder.join("config.toml")).unwrap();
    assert!(!config.contains("[[source]]"), "{why}: {config}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lightspeed_is_asked_to_withdraw_and_only_what_it_showed_is_told() {
    // What happens at the vendor, and whether it counts as withdrawn.
    type Upset = fn(&backroom_sandbox::lightspeed::Lightspeed);
    let cases: [(&str, Upset, bool); 4] = [
        ("it withdraws", |_| {}, true),
        (
            "it says so and does not",
            |shop| shop.desk(&DeskChange { keeps: Some(true), ..DeskChange::default() }),
            false,
        ),
        (
            "it is ill",
            |shop| {
                let rule = FaultRule::always(FaultKind::Status { status: 503 }).on("/auth/oauth/revoke");
                shop.set_faults(Faults { rules: vec![rule], ..Faults::default() });
            },
            false,
        ),
        (
            "the line is down",
            |shop| {
                shop.set_faults(Faults { rules: vec![FaultRule::always(FaultKind::Reset)], ..Faults::default() });
            },
            false,
        ),
    ];
    for (why, upset, withdrawn) in cases {
        let (shop, folder) = (lightspeed(), tempfile::tempdir().unwrap());
        let secrets = Arc::new(InMemory::new());
        let config = format!("[[source]]\nkind = \"lightspeed_r\"\nbase_url = \"{}\"\n", shop.base_url());
        let engine = open(folder.path(), &config, &secrets, false).await;
        let begun = begin(&engine, "lightspeed_r").await;
        let (_, back) = browse(&begun.address);
        engine.call("finish_sign_in", json!({"address": back})).await.unwrap();
        engine.idle().await;
        upset(&shop);
        let told = remove(&engine, "lightspeed").await;
        assert_eq!(told["withdrawn"], json!(withdrawn), "{why}: {told}");
        match withdrawn {
            true => assert_eq!(told["left"], Value::Null, "{why}"),
            false => {
                let left = told["left"].as_str().unwrap();
                assert!(left.contains("did not confirm") && left.contains("Client API Access"), "{why}: {left}");
            }
        }
        assert_eq!(shop.granted().withdrawn, u64::from(withdrawn), "{why}: at the vendor");
        assert_gone(&engine, &secrets, folder.path(), "lightspeed", "lightspeed", why).await;
        engine.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn square_withdraws_for_an_application_with_a_secret_and_else_it_is_told() {
    for secret in ["", "invented-secret"] {
        let (square, folder) = (square(), tempfile::tempdir().unwrap());
        square.desk(&DeskChange { secret: Some(secret.to_owned()), ..DeskChange::default() });
        let secrets = Arc::new(InMemory::new());
        let engine = open(folder.path(), &source("main", &square.base_url()), &secrets, false).await;
        let asked =
            json!({"kind": "square", "name": "", "client_id": CLIENT_ID, "client_secret": secret, "redirect": ""});
        let begun = engine.call("begin_sign_in", asked).await.unwrap();
        let (_, back) = browse(begun["address"].as_str().unwrap());
        assert_eq!(browse(&back).0, 200);
        assert_eq!(over(&engine).await.sign_in, None, "signed in");
        engine.idle().await;
        let told = remove(&engine, "main").await;
        let left = told["left"].as_str().unwrap_or_default();
        assert_eq!(told["withdrawn"], json!(!secret.is_empty()), "{told}");
        assert_eq!(
            left.contains("with a secret alone") && left.contains("Square Dashboard"),
            secret.is_empty(),
            "{told}"
        );
        assert_eq!(square.granted().withdrawn, u64::from(!secret.is_empty()));
        assert_gone(&engine, &secrets, folder.path(), "square", "main", "signed in").await;
        engine.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_pasted_is_forgotten_and_still_opens_the_account_until_somebody_acts_there() {
    let (square, folder) = (square(), tempfile::tempdir().unwrap());
    let secrets = token_of(&square);
    secrets.set(WAREHOUSE_KEY, &Secret::new("{}")).unwrap();
    let config = format!(
        "{}\n[warehouse]\nproject = \"demo-project\"\ndataset = \"demo\"\n",
        source("main", &square.base_url())
    );
    let engine = open(folder.path(), &config, &secrets, false).await;
    let told = remove(&engine, "main").await;
    assert_eq!(told["withdrawn"], json!(false));
    assert!(told["left"].as_str().unwrap().starts_with("The token itself still opens the Square account."), "{told}");
    assert_eq!(kept(&secrets, &source_token("square", "main")), None);
    let told = remove(&engine, "warehouse").await;
    assert!(told["left"].as_str().unwrap().contains("still opens BigQuery"), "{told}");
    assert_eq!(kept(&secrets, WAREHOUSE_KEY), None);
    assert_gone(&engine, &secrets, folder.path(), "square", "main", "pasted").await;
}
