//! The sign-in comes back: once, in time, to whoever knows the state; everybody else is sent away.

use crate::vendor::{Revokes, Vendor};
use backroom_core::{Clock, Fault, TestClock, Timestamp};
use backroom_http::oauth::{Flow, Grant, Landing};
use backroom_http::{Client, ClientConfig};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

/// A sign-in that waits for the browser on this machine.
pub struct Stage {
    pub vendor: Vendor,
    pub clock: TestClock,
    pub redirect: Url,
    pub state: String,
    pub address: Url,
    pub waiting: tokio::task::JoinHandle<Result<Grant, Fault>>,
}

pub async fn stage() -> Stage {
    let vendor = Vendor::start(Revokes::AtOnce).await;
    let clock = TestClock::at(Timestamp::from_seconds(1_795_197_600));
    let landing = Landing::open().await.unwrap();
    let redirect = landing.redirect().clone();
    let sign_in = Flow::begin(vendor.provider(), redirect.clone(), Arc::new(clock.clone()) as Arc<dyn Clock>).unwrap();
    let asked: HashMap<String, String> = sign_in.address.query_pairs().into_owned().collect();
    let (flow, address) = (sign_in.flow, sign_in.address);
    let waiting = tokio::spawn(async move { landing.wait(flow, &Client::new(ClientConfig::default())).await });
    Stage { vendor, clock, redirect, state: asked["state"].clone(), address, waiting }
}

impl Stage {
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.redirect.port().unwrap())
    }

    /// Sends a request as it is; the first line of the answer, empty where there is none.
    async fn raw(&self, text: &str) -> String {
        let Ok(mut stream) = TcpStream::connect(self.host()).await else { return String::new() };
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        answer.lines().next().unwrap_or_default().to_owned()
    }

    pub async fn get(&self, target: &str) -> String {
        self.raw(&format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", self.host())).await
    }
}

#[tokio::test]
async fn the_address_asks_for_no_more_than_is_needed() {
    let stage = stage().await;
    let asked: HashMap<String, String> = stage.address.query_pairs().into_owned().collect();
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["scope"], "read_sales read_items");
    assert_eq!(asked["session"], "false");
    assert_eq!(asked["redirect_uri"], stage.redirect.as_str());
    assert!(stage.state.len() >= 22, "128 bits of state");
    assert!((43..=128).contains(&asked["code_challenge"].len()));
    assert!(!stage.address.as_str().contains("verifier"), "the verifier stays here");
}

#[tokio::test]
async fn the_right_answer_is_taken_once() {
    let stage = stage().await;
    let target = format!("/connected?code=good-code&state={}", stage.state);
    assert_eq!(stage.get(&target).await, "HTTP/1.1 200 OK");
    let replayed = stage.get(&target).await;
    assert!(replayed.is_empty() || replayed.contains("403"), "sent twice: {replayed}");
    let Stage { vendor, waiting, .. } = stage;
    let grant = waiting.await.unwrap().unwrap();
    assert_eq!(grant.access.expose(), "access-1");
    let books = vendor.books.lock().unwrap();
    assert_eq!(books.asked.len(), 1, "exchanged once");
    let asked = &books.asked[0];
    assert!(asked["code_verifier"].as_str().unwrap().len() >= 43, "the verifier goes to the token address alone");
    assert_eq!(asked["client_secret"], serde_json::Value::Null, "a public client has no secret");
}

#[tokio::test]
async fn attacks_are_sent_away_and_the_person_still_gets_through() {
    let stage = stage().await;
    let (state, host) = (stage.state.clone(), stage.host());
    let other = if state.starts_with('A') { "B" } else { "A" };
    let flipped = format!("{other}{}", &state[1..]);
    let good = format!("/connected?code=good-code&state={state}");
    let get = |target: &str, host: &str| format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let attacks = [
        ("a wrong state", get("/connected?code=evil&state=guess", &host), "403"),
        ("one letter changed", get(&format!("/connected?code=evil&state={flipped}"), &host), "403"),
        (
            "the beginning of the state",
            get(&format!("/connected?code=evil&state={}", &state[..state.len() - 1]), &host),
            "403",
        ),
        ("no state", get("/connected?code=evil", &host), "400"),
        ("an empty state", get("/connected?code=evil&state=", &host), "403"),
        ("no code", get(&format!("/connected?state={state}"), &host), "400"),
        ("two codes", get(&format!("/connected?code=evil&code=good-code&state={state}"), &host), "400"),
        ("two states", get(&format!("/connected?code=evil&state=guess&state={state}"), &host), "400"),
        ("code and error", get(&format!("/connected?code=evil&error=x&state={state}"), &host), "400"),
        ("a refusal by somebody else", get("/connected?error=access_denied&state=guess", &host), "403"),
        ("another path", get(&format!("/favicon.ico?code=evil&state={state}"), &host), "404"),
        ("a path that begins alike", get(&format!("/connectedx?code=evil&state={state}"), &host), "404"),
        ("another host (DNS rebinding)", get(&good, "evil.example.net"), "421"),
        ("another name of this machine", get(&good, "localhost:1"), "421"),
        ("no host", format!("GET {good} HTTP/1.1\r\n\r\n"), "421"),
        ("two hosts", format!("GET {good} HTTP/1.1\r\nHost: {host}\r\nHost: evil.example.net\r\n\r\n"), "421"),
        ("a form post", format!("POST {good} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"), "405"),
        ("an endless head", format!("GET /connected?{} HTTP/1.1", "x".repeat(20_000)), "421"),
    ];
    for (attack, request, status) in attacks {
        let answer = stage.raw(&request).await;
        // A head that is cut off may end the connection before the answer is read.
        assert!(answer.contains(status) || (attack.contains("endless") && answer.is_empty()), "{attack}: {answer}");
    }
    // Visitors who say nothing do not keep the person out.
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(TcpStream::connect(&host).await.unwrap());
    }
    assert_eq!(stage.vendor.books.lock().unwrap().asked.len(), 0, "no attack reached the vendor");
    assert_eq!(stage.get(&good).await, "HTTP/1.1 200 OK");
    assert_eq!(stage.waiting.await.unwrap().unwrap().access.expose(), "access-1");
}

#[tokio::test]
async fn a_refusal_by_the_person_is_told() {
    let stage = stage().await;
    let target = format!("/connected?error=access_denied&state={}", stage.state);
    assert_eq!(stage.get(&target).await, "HTTP/1.1 200 OK");
    let fault = stage.waiting.await.unwrap().unwrap_err();
    assert_eq!(fault.code, "OAUTH_DENIED");
    assert_eq!(stage.vendor.books.lock().unwrap().asked.len(), 0);
}

#[tokio::test]
async fn a_code_that_is_not_the_vendors_opens_nothing() {
    let stage = stage().await;
    assert_eq!(stage.get(&format!("/connected?code=injected&state={}", stage.state)).await, "HTTP/1.1 200 OK");
    assert_eq!(stage.waiting.await.unwrap().unwrap_err().code, "OAUTH_TOO_LATE", "the vendor refuses it");
}

#[tokio::test]
async fn after_five_minutes_it_is_too_late() {
    let stage = stage().await;
    stage.clock.advance_seconds(301);
    assert_eq!(stage.get(&format!("/connected?code=good-code&state={}", stage.state)).await, "HTTP/1.1 200 OK");
    assert_eq!(stage.waiting.await.unwrap().unwrap_err().code, "OAUTH_TOO_LATE");
    assert_eq!(stage.vendor.books.lock().unwrap().asked.len(), 0, "the code was not used");
    let stage = self::stage().await;
    stage.clock.advance_seconds(-1);
    assert_eq!(stage.get(&format!("/connected?code=good-code&state={}", stage.state)).await, "HTTP/1.1 200 OK");
    assert_eq!(
        stage.waiting.await.unwrap().unwrap_err().code,
        "OAUTH_TOO_LATE",
        "a clock that was set back gives no time"
    );
}
