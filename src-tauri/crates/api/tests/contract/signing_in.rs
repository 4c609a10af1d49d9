//! Signing in at a vendor, by the whole contract: what comes back counts once and for its own sign-in alone, what worked before
//! stays until the new access works, and an access that has ended is told.

use crate::running::{open, source, token_of};
use backroom_api::Engine;
use backroom_api::dto::{Connections, SignInState};
use backroom_api::secrets::{InMemory, SecretStore};
use backroom_api::sync::{PullOptions, Timestamp};
use backroom_sandbox::lightspeed::{Lightspeed, Spec};
use backroom_sandbox::oauth::{CLIENT_ID, DeskChange, REGISTERED};
use backroom_sandbox::square::{Square, StoreSpec};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;

fn now() -> Timestamp {
    let ms = u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    Timestamp::from_micros(i64::try_from(ms).unwrap() * 1_000)
}

pub fn square() -> Square {
    Square::start(StoreSpec::small(200, now())).unwrap()
}

pub fn lightspeed() -> Lightspeed {
    Lightspeed::start(Spec::demo(now())).unwrap()
}

/// What a browser does with an address: asks it, and tells where it is sent on to.
pub fn browse(address: &str) -> (u16, String) {
    let rest = address.strip_prefix("http://").unwrap_or_else(|| panic!("{address} is on this computer"));
    let (host, path) = rest.split_at(rest.find('/').unwrap());
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    let head: Vec<String> =
        BufReader::new(stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
    let status = head[0].split(' ').nth(1).unwrap().parse().unwrap();
    let to = head.iter().find_map(|line| line.split_once("ocation: ")).map(|(_, to)| to.to_owned());
    (status, to.unwrap_or_default())
}

pub async fn begin(engine: &Engine, kind: &str) -> SignInState {
    let asked = json!({"kind": kind, "name": "", "client_id": CLIENT_ID, "client_secret": "", "redirect": ""});
    serde_json::from_value(engine.call("begin_sign_in", asked).await.unwrap()).unwrap()
}

pub async fn connections(engine: &Engine) -> Connections {
    serde_json::from_value(engine.call("connections", Value::Null).await.unwrap()).unwrap()
}

/// Waits until the sign-in is over, one way or the other.
pub async fn over(engine: &Engine) -> Connections {
    let mut changes = engine.subscribe();
    loop {
        let told = connections(engine).await;
        if told.sign_in.as_ref().is_none_or(|s| s.trouble.is_some()) {
            return told;
        }
        tokio::time::timeout(std::time::Duration::from_secs(20), changes.recv()).await.expect("it ends").unwrap();
    }
}

pub fn kept(secrets: &InMemory, name: &str) -> Option<String> {
    secrets.get(name).unwrap().map(|s| s.expose().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn square_comes_back_to_this_computer_and_the_pasted_token_is_forgotten() {
    let (square, folder) = (square(), tempfile::tempdir().unwrap());
    let secrets = token_of(&square);
    let engine = open(folder.path(), &source("main", &square.base_url()), &secrets, false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    let begun = begin(&engine, "square").await;
    assert!(begun.comes_back_here, "plain http comes back by itself");
    assert_eq!(connections(&engine).await.sign_in.as_ref(), Some(&begun), "the screen tells that it waits");
    let (status, back) = browse(&begun.address);
    assert_eq!(status, 302, "the person allowed it");
    assert_eq!(browse(&back).0, 200, "the browser came back");
    let told = over(&engine).await;
    assert_eq!(told.sign_in, None, "it is done");
    let main = &told.sources[0];
    let signed_in = main.signed_in.as_ref().expect("signed in");
    assert!(main.connected && !signed_in.ended && signed_in.ends_at.is_some(), "{signed_in:?}");
    assert_eq!(kept(&secrets, "square/main/token"), None, "the token that was pasted is forgotten");
    let outcome = engine.sync(PullOptions::default()).await.unwrap();
    assert!(outcome.streams.iter().all(|s| s.error.is_none()), "{outcome:?}");
    let config = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
    assert!(!config.contains("EAAA") && !config.contains("refresh-"), "no secret in the configuration: {config}");
    assert_eq!(browse(&begun.address).0, 302, "the vendor would do it again,");
    let replayed = engine.call("finish_sign_in", json!({"address": back})).await.unwrap_err();
    assert_eq!(replayed.code, "OAUTH_STATE_WRONG", "but what came back once counts no second time");
}

#[tokio::test(flavor = "multi_thread")]
async fn lightspeed_comes_back_by_its_page_and_renews_itself() {
    let (shop, folder) = (lightspeed(), tempfile::tempdir().unwrap());
    let secrets = Arc::new(InMemory::new());
    let config = format!("[[source]]\nkind = \"lightspeed_r\"\nbase_url = \"{}\"\n", shop.base_url());
    let engine = open(folder.path(), &config, &secrets, false).await;
    let begun = begin(&engine, "lightspeed_r").await;
    assert!(!begun.comes_back_here);
    assert!(!begun.address.contains("redirect_uri"), "Lightspeed takes the registered way back alone");
    let (_, back) = browse(&begun.address);
    assert!(back.starts_with(REGISTERED), "{back}");
    for (address, code, why) in [
        ("backroom://connected?code=stolen&state=guessed".to_owned(), "OAUTH_STATE_WRONG", "another's answer"),
        (back.replace("code=", "code=x&code="), "OAUTH_ANSWER_WRONG", "a second code beside ours"),
        (back.replace("state=", "state=x&state="), "OAUTH_ANSWER_WRONG", "a second state"),
        (back.replace("state=", "stat="), "OAUTH_ANSWER_WRONG", "no state"),
        ("hello".to_owned(), "OAUTH_ANSWER_WRONG", "no address"),
        (format!("{back}&error=access_denied"), "OAUTH_ANSWER_WRONG", "both at once"),
    ] {
        let refused = engine.call("finish_sign_in", json!({"address": address})).await.unwrap_err();
        assert_eq!(refused.code, code, "{why}");
        assert!(
            connections(&engine).await.sign_in.is_some_and(|s| s.trouble.is_none()),
            "{why}: the sign-in still waits"
        );
    }
    let link = back.replace(REGISTERED, "backroom://connected");
    engine.call("finish_sign_in", json!({"address": link})).await.unwrap();
    engine.sync(PullOptions::default()).await.unwrap();
    assert_eq!(shop.granted().codes, 1);
    let hours_left = async || {
        let told = connections(&engine).await.sources[0].signed_in.clone().and_then(|s| s.ends_at);
        Timestamp::parse(&told.expect("an access that nobody uses ends")).unwrap().seconds_since(now()) / 3_600
    };
    let hours = hours_left().await;
    assert!((719..=720).contains(&hours), "Lightspeed tells no end: thirty days without a renewal, not {hours} hours");
    shop.desk(&DeskChange { expire: true, ..DeskChange::default() });
    let outcome = engine.sync(PullOptions::default()).await.unwrap();
    assert!(outcome.streams.iter().all(|s| s.error.is_none()), "an access that is over is renewed: {outcome:?}");
    assert_eq!(shop.granted().renewals, 1, "once for all streams");
    shop.desk(&DeskChange { revoke: true, ..DeskChange::default() });
    let outcome = engine.sync(PullOptions::default()).await.unwrap();
    let told: Vec<_> = outcome.streams.iter().filter_map(|s| s.error.as_ref()).collect();
    assert!(!told.is_empty() && told.iter().all(|e| e.code == "NEEDS_REAUTH"), "{told:?}");
    let refused = shop.granted().refused;
    engine.sync(PullOptions::default()).await.unwrap();
    assert_eq!(shop.granted().refused, refused, "a vendor that said no is left alone");
    assert!(connections(&engine).await.sources[0].signed_in.as_ref().unwrap().ended, "the screen can say so");
    let first = async || engine.call("today", Value::Null).await.unwrap()["attention"][0].clone();
    let told = first().await;
    assert_eq!(
        (&told["code"], &told["sign_in"]),
        (&json!("NEEDS_REAUTH"), &json!("lightspeed")),
        "one button there too"
    );
    let again = begin(&engine, "lightspeed_r").await;
    let (_, back) = browse(&again.address);
    engine.call("finish_sign_in", json!({"address": back})).await.unwrap();
    let outcome = engine.sync(PullOptions::default()).await.unwrap();
    assert!(outcome.streams.iter().all(|s| s.error.is_none()), "signing in again brings it back: {outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_works_stays_where_a_sign_in_fails() {
    let (square, other, folder) = (square(), lightspeed(), tempfile::tempdir().unwrap());
    let secrets = token_of(&square);
    let engine = open(folder.path(), &source("main", &square.base_url()), &secrets, false).await;
    engine.sync(PullOptions::default()).await.unwrap();
    let token = kept(&secrets, "square/main/token");
    square.desk(&DeskChange { denies: Some(true), ..DeskChange::default() });
    let begun = begin(&engine, "square").await;
    let (_, back) = browse(&begun.address);
    browse(&back);
    let told = over(&engine).await;
    assert_eq!(told.sign_in.unwrap().trouble.unwrap().code, "OAUTH_DENIED", "No is told as No");
    square.desk(&DeskChange { denies: Some(false), ..DeskChange::default() });
    // The access that was granted may see nothing: it is thrown away.
    let begun = begin(&engine, "square").await;
    let (_, back) = browse(&begun.address);
    square.desk(&DeskChange { access_seconds: Some(-10), ..DeskChange::default() });
    browse(&back);
    let told = over(&engine).await;
    assert!(told.sign_in.unwrap().trouble.is_some(), "an access that does not work is told");
    assert_eq!(kept(&secrets, "square/main/token"), token, "what worked is still there");
    assert!(told.sources[0].signed_in.is_none());
    let outcome = engine.sync(PullOptions::default()).await.unwrap();
    assert!(outcome.streams.iter().all(|s| s.error.is_none()), "and still works: {outcome:?}");
    // A second sign-in ends the first: its answer comes too late.
    let first = begin(&engine, "square").await;
    let (_, back) = browse(&first.address);
    begin(&engine, "square").await;
    let late = engine.call("finish_sign_in", json!({"address": back})).await.unwrap_err();
    assert_eq!(late.code, "OAUTH_STATE_WRONG");
    engine.call("cancel_sign_in", Value::Null).await.unwrap();
    assert_eq!(connections(&engine).await.sign_in, None);
    drop(other);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_sign_in_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), "", &Arc::new(InMemory::new()), false).await;
    let ask = |kind: &str, name: &str, id: &str, redirect: &str| json!({"kind": kind, "name": name, "client_id": id, "client_secret": "", "redirect": redirect});
    for (asked, code) in [
        (ask("shopify", "", CLIENT_ID, ""), "BAD_REQUEST"),
        (ask("square", "../x", CLIENT_ID, ""), "BAD_REQUEST"),
        (ask("square", "warehouse", CLIENT_ID, ""), "BAD_REQUEST"),
        (ask("square", "", "", ""), "OAUTH_CLIENT_WRONG"),
        (ask("square", "", "two words", ""), "OAUTH_CLIENT_WRONG"),
        (ask("square", "", CLIENT_ID, ""), "OAUTH_REDIRECT_MISSING"),
        (ask("square", "", CLIENT_ID, "http://shop.example.com/back"), "CONFIG_VALUE"),
        (ask("square", "", CLIENT_ID, "javascript:alert(1)"), "CONFIG_VALUE"),
    ] {
        let refused = engine.call("begin_sign_in", asked.clone()).await.unwrap_err();
        assert_eq!(refused.code, code, "{asked}: {}", refused.message);
        assert!(!refused.hint.is_empty() || code == "BAD_REQUEST", "{asked} says what to do");
    }
    let asked = ask("square", "", CLIENT_ID, "https://shop.example.com/back");
    let begun: SignInState = serde_json::from_value(engine.call("begin_sign_in", asked).await.unwrap()).unwrap();
    assert!(begun.address.starts_with("https://connect.squareup.com/oauth2/authorize?"), "{}", begun.address);
    for part in
        ["code_challenge_method=S256", "session=false", "PAYMENTS_READ", "redirect_uri=https%3A%2F%2Fshop.example.com"]
    {
        assert!(begun.address.contains(part), "{part} in {}", begun.address);
    }
    assert!(!begun.address.contains("WRITE"), "reading alone is asked for");
}

/// An access that ends is told while there is time, on the first screen too, and after a restart.
#[tokio::test(flavor = "multi_thread")]
async fn an_access_that_ends_soon_is_told_days_before() {
    let (square, folder) = (square(), tempfile::tempdir().unwrap());
    let secrets = Arc::new(InMemory::new());
    let engine = open(folder.path(), &source("main", &square.base_url()), &secrets, false).await;
    engine.call("save_square_token", json!({"name": "main", "token": square.token()})).await.unwrap();
    let ends = connections(&engine).await.sources[0].token_ends_at.clone().expect("the stand-in's tokens end");
    let left = Timestamp::parse(&ends).unwrap().seconds_since(now()) / 86_400;
    assert!((14..=31).contains(&left), "in {left} days");
    let soon = async |engine: &Engine| {
        let today = engine.call("today", Value::Null).await.unwrap();
        let list = today["attention"].as_array().unwrap().clone();
        list.into_iter().find(|item| item["code"] == "ACCESS_ENDS_SOON")
    };
    engine.idle().await;
    assert_eq!(soon(&engine).await, None, "nobody is told a month before");
    let note = |way: &str, days: i64| format!("{way} {}", now().plus_days(days).plus_seconds(3_600).micros());
    engine.store().set_note("ends_main", &note("pasted", 5)).await.unwrap();
    engine.stop().await;
    engine.idle().await;
    drop(engine);
    // What was begun in the background lets go of the folder when it has ended.
    let options = || {
        let secrets = backroom_api::SecretsMode::Memory(secrets.clone());
        backroom_api::EngineOptions { data_dir: folder.path().to_path_buf(), secrets, demo: false }
    };
    let engine = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        loop {
            match Engine::open(options()).await {
                Ok(engine) => break engine,
                Err(error) => assert_eq!(error.code, "STORE_IN_USE", "{error}"),
            }
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("it lets go");
    let told = soon(&engine).await.expect("still known after a restart");
    assert!(told["message"].as_str().unwrap().starts_with("The Square access token ends in 5 days, on "), "{told}");
    assert_eq!((&told["sign_in"], &told["screen"]), (&Value::Null, &json!("connections")), "a token is pasted anew");
    assert!(connections(&engine).await.sources[0].token_ends_at.is_some(), "and so says Connections");

    let begun = begin(&engine, "square").await;
    assert_eq!(browse(&browse(&begun.address).1).0, 200);
    over(&engine).await;
    assert_eq!(soon(&engine).await, None, "what was noted of the token counts no more");
    engine.idle().await;
    engine.sync(PullOptions::default()).await.unwrap();
    engine.store().set_note("ends_main", &note("granted", 3)).await.unwrap();
    let told = soon(&engine).await.expect("a grant that could not be renewed");
    assert!(told["message"].as_str().unwrap().starts_with("The access to Square ends in 3 days, on "), "{told}");
    assert_eq!(told["sign_in"], "main", "signing in is what helps");
}
