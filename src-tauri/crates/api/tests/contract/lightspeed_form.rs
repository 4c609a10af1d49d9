//! What a person may enter for a Lightspeed account, and what is told where it cannot be one: nothing is kept of it, and what worked
//! before goes on.

use crate::running::open;
use crate::signing_in::{connections, kept, lightspeed};
use backroom_api::Engine;
use backroom_api::secrets::InMemory;
use backroom_api::sync::PullOptions;
use backroom_sandbox::lightspeed::{Lightspeed, Quirks};
use backroom_sandbox::oauth::{CLIENT_ID, DeskChange};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

const TOKEN: &str = "lightspeed/lightspeed/token";

async fn save(engine: &Engine, account: &str, token: &str) -> Result<Value, backroom_api::dto::ApiError> {
    engine.call("save_lightspeed_token", json!({"name": "", "account_id": account, "token": token})).await
}

fn always(shop: &Lightspeed, kind: FaultKind) {
    shop.set_faults(Faults { rules: vec![FaultRule::always(kind)], ..Faults::default() });
}

/// What an address of this computer answers to JSON.
fn post(base: &str, path: &str, body: &Value) -> Value {
    let (host, text) = (base.strip_prefix("http://").unwrap(), body.to_string());
    let mut stream = TcpStream::connect(host).unwrap();
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
    stream.write_all(format!("{head}{text}").as_bytes()).unwrap();
    let mut answer = BufReader::new(stream);
    let head: Vec<String> = answer.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
    let length = head.iter().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap()];
    answer.read_exact(&mut body).unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// What is entered, what is wrong beside it, and under which code it is told. No account: the one that the token belongs to.
type Wrong = (&'static str, &'static str, &'static str, fn(&Lightspeed), &'static str);

const WRONGS: [Wrong; 13] = [
    ("an X-Series account", "02dcd191-ae14-11e6-f485-6a3c6a3c6a3c", "", |_| {}, "LIGHTSPEED_X_SERIES"),
    ("no number", "Copper Lantern", "", |_| {}, "LIGHTSPEED_ACCOUNT_WRONG"),
    ("another's account", "99", "", |_| {}, "LIGHTSPEED_ACCOUNT_FOREIGN"),
    (
        "the other product line answers",
        "",
        "",
        |s| s.set_quirks(Quirks { x_series: true, ..Quirks::default() }),
        "LIGHTSPEED_X_SERIES",
    ),
    ("no token", "", " ", |_| {}, "LIGHTSPEED_TOKEN_WRONG"),
    ("half a sentence", "", "my token", |_| {}, "LIGHTSPEED_TOKEN_WRONG"),
    ("a token that ran out", "", "another-token", |_| {}, "LIGHTSPEED_TOKEN_EXPIRED"),
    ("a token that was withdrawn", "", "", |s| always(s, FaultKind::TokenRevoked), "LIGHTSPEED_TOKEN_REVOKED"),
    ("a locked employee", "", "", |s| s.lock_employee(true), "LIGHTSPEED_EMPLOYEE_LOCKED"),
    ("a sign-in page of the network", "", "", |s| always(s, FaultKind::Html { status: 200 }), "LIGHTSPEED_WEB_PAGE"),
    ("a page that forbids", "", "", |s| always(s, FaultKind::Html { status: 403 }), "LIGHTSPEED_WEB_PAGE"),
    (
        "an account that nobody may ask",
        "",
        "",
        |s| always(s, FaultKind::Status { status: 404 }),
        "LIGHTSPEED_NOT_FOUND",
    ),
    ("another answer than was asked for", "", "", |s| always(s, FaultKind::FalseGzip), "HTTP_CUT"),
];

fn mend(shop: &Lightspeed) {
    shop.set_faults(Faults::default());
    shop.set_quirks(Quirks::default());
    shop.lock_employee(false);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_an_account_is_told_in_words_and_nothing_of_it_is_kept() {
    for known in [false, true] {
        let (shop, folder) = (lightspeed(), tempfile::tempdir().unwrap());
        let secrets = Arc::new(InMemory::new());
        // The address is of this computer's stand-in; a shop's own is Lightspeed's.
        let config = format!("[[source]]\nkind = \"lightspeed_r\"\nbase_url = \"{}\"\n", shop.base_url());
        let engine = open(folder.path(), &config, &secrets, false).await;
        if known {
            save(&engine, "", &shop.token()).await.unwrap();
            engine.idle().await;
        }
        let before = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
        for (what, account, token, upset, code) in WRONGS {
            let why = format!("{what}, connected before: {known}");
            upset(&shop);
            let own = shop.token();
            let refused = save(&engine, account, if token.is_empty() { &own } else { token }).await.unwrap_err();
            assert_eq!(refused.code, code, "{why}: {}", refused.message);
            assert!(refused.message.ends_with('.') && refused.message.len() > 30, "{why}: {}", refused.message);
            assert!(!refused.hint.is_empty(), "{why}: it tells what to do");
            let words = format!("{} {}", refused.message, refused.hint);
            assert!(!words.contains(&own) && !words.contains("another-token"), "{why}: no word of the token");
            assert_eq!(kept(&secrets, TOKEN), known.then(|| own.clone()), "{why}: what is kept is as before");
            let now = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
            assert_eq!(now, before, "{why}: nothing is written down");
            mend(&shop);
        }
        let told = save(&engine, &shop.account_id(), &shop.token()).await.unwrap();
        assert_eq!((&told["account"], &told["missing"]), (&json!("Copper Lantern Retail"), &json!([])), "{told}");
        engine.idle().await;
        let outcome = engine.sync(PullOptions::default()).await.unwrap();
        assert!(outcome.streams.iter().all(|s| s.error.is_none()), "what is right works: {outcome:?}");
        let summary = engine.call("summary", Value::Null).await.unwrap();
        assert_eq!(summary["all"]["net_minor"], json!(shop.truth().all().net_minor), "and nothing was lost");
    }
}

/// A pasted token says itself when it ends, and the screen counts the days.
#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_token_that_ends_is_told_with_its_day() {
    let (shop, folder) = (lightspeed(), tempfile::tempdir().unwrap());
    let secrets = Arc::new(InMemory::new());
    let config = format!("[[source]]\nkind = \"lightspeed_r\"\nbase_url = \"{}\"\n", shop.base_url());
    let engine = open(folder.path(), &config, &secrets, false).await;
    save(&engine, "", &shop.token()).await.unwrap();
    assert_eq!(connections(&engine).await.sources[0].token_ends_at, None, "a plain token says nothing of its end");
    // One that was granted to somebody for nine days, and pasted here.
    shop.desk(&DeskChange { access_seconds: Some(9 * 86_400 + 7_200), ..DeskChange::default() });
    let asked = json!({"client_id": CLIENT_ID, "grant_type": "refresh_token", "refresh_token": shop.refresh_token()});
    let granted = post(&shop.base_url(), "/auth/oauth/token", &asked);
    save(&engine, "", granted["access_token"].as_str().unwrap()).await.unwrap();
    assert!(connections(&engine).await.sources[0].token_ends_at.is_some(), "Connections counts the days");
    let today = engine.call("today", Value::Null).await.unwrap();
    let told = today["attention"].as_array().unwrap().iter().find(|item| item["code"] == "ACCESS_ENDS_SOON");
    let words = told.expect("told two weeks before")["message"].as_str().unwrap().to_owned();
    assert!(words.starts_with("The Lightspeed access token ends in 9 days, on "), "{words}");
}
