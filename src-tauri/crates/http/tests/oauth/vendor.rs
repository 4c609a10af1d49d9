//! A vendor that grants, rotates and revokes, and binds a code to the sign-in it came of.

use backroom_http::oauth::{Provider, Revocation};
use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use url::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// When a refresh token that was used is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revokes {
    /// As soon as the next one was granted.
    AtOnce,
    /// When the next access token is first used (Lightspeed since 2026-01-15).
    OnFirstUse,
}

#[derive(Default)]
pub struct Books {
    pub refresh: HashSet<String>,
    pub access: HashSet<String>,
    /// Access token → the refresh token it ends.
    ends: Vec<(String, String)>,
    pub granted: u32,
    /// Refresh tokens that were refused.
    pub refused: u32,
    pub asked: Vec<Value>,
    /// The next answers are lost after the vendor took note of the question.
    pub lose: u32,
    /// The vendor is ill for so many questions.
    pub ill: u32,
    pub seconds: i64,
    /// Access tokens are made as long as this.
    pub length: usize,
    /// Codes that were handed out, with the challenge and the way back they are bound to.
    codes: HashMap<String, (String, String)>,
    handed_out: u32,
    /// The token address answers with a page of the network.
    pub page: bool,
    /// The token address sends whoever asks on to here.
    pub elsewhere: Option<String>,
}

#[derive(Clone)]
pub struct Vendor {
    pub server: Arc<MockServer>,
    pub books: Arc<Mutex<Books>>,
}

struct Grants(Arc<Mutex<Books>>, Revokes);

impl Respond for Grants {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut books = self.0.lock().unwrap();
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        books.asked.push(body.clone());
        if books.ill > 0 {
            books.ill -= 1;
            return ResponseTemplate::new(503);
        }
        if books.page {
            let page = "<!doctype html><title>Sign in to the network</title>{\"access_token\":\"evil\"}";
            return ResponseTemplate::new(200).set_body_raw(page, "text/html");
        }
        if let Some(elsewhere) = &books.elsewhere {
            return ResponseTemplate::new(307).insert_header("location", elsewhere.as_str());
        }
        let used = match body["grant_type"].as_str() {
            Some("refresh_token") => body["refresh_token"].as_str().unwrap_or_default().to_owned(),
            Some("authorization_code") if body["code"] == "good-code" && body["code_verifier"].is_string() => {
                String::new()
            }
            // A code is spent by the attempt, and good only for whoever began the sign-in it came of.
            Some("authorization_code") if books.redeems(&body) => String::new(),
            _ => return ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_grant"})),
        };
        if !used.is_empty() && !books.refresh.contains(&used) {
            books.refused += 1;
            return ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_grant", "hint": "revoked"}));
        }
        books.granted += 1;
        let access = format!("access-{}{}", books.granted, "x".repeat(books.length));
        let refresh = format!("refresh-{}", books.granted);
        books.access.insert(access.clone());
        books.refresh.insert(refresh.clone());
        match self.1 {
            Revokes::AtOnce => drop(books.refresh.remove(&used)),
            Revokes::OnFirstUse => books.ends.push((access.clone(), used)),
        }
        if books.lose > 0 {
            books.lose -= 1;
            return ResponseTemplate::new(502).set_body_string("lost");
        }
        let seconds = books.seconds;
        ResponseTemplate::new(200).set_body_json(
            json!({"access_token": access, "refresh_token": refresh, "expires_in": seconds, "token_type": "bearer"}),
        )
    }
}

impl Books {
    fn redeems(&mut self, asked: &Value) -> bool {
        let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        let Some((challenge, redirect)) = self.codes.remove(&text("code")) else { return false };
        let verifier = text("code_verifier");
        (43..=128).contains(&verifier.len())
            && PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier)).as_str() == challenge
            && text("redirect_uri") == redirect
    }
}

impl Vendor {
    /// A person allows what an address asks for: the code that goes back with it.
    ///
    /// # Errors
    /// Why no page is shown for it.
    pub fn allow(&self, address: &Url) -> Result<String, &'static str> {
        let asked: HashMap<String, String> = address.query_pairs().into_owned().collect();
        let text = |name: &str| asked.get(name).cloned().unwrap_or_default();
        if text("response_type") != "code" {
            return Err("nothing but a code is handed out");
        }
        if text("code_challenge").len() != 43 || text("code_challenge_method") != "S256" {
            return Err("no challenge by SHA-256");
        }
        let back = text("redirect_uri");
        if !(back.starts_with("http://127.0.0.1:") && back.ends_with("/connected")) {
            return Err("the way back is not registered");
        }
        let mut books = self.books.lock().unwrap();
        books.handed_out += 1;
        let code = format!("code-{}", books.handed_out);
        books.codes.insert(code.clone(), (text("code_challenge"), back));
        Ok(code)
    }

    pub async fn start(revokes: Revokes) -> Self {
        let books = Arc::new(Mutex::new(Books { seconds: 3_600, ..Books::default() }));
        books.lock().unwrap().refresh.insert("refresh-0".into());
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/token"))
            .respond_with(Grants(books.clone(), revokes))
            .mount(&server)
            .await;
        Self { server: Arc::new(server), books }
    }

    pub fn provider(&self) -> Provider {
        let at = |path: &str| format!("{}{path}", self.server.uri()).parse().unwrap();
        Provider {
            name: "Example",
            authorize: at("/authorize"),
            token: at("/token"),
            scopes: vec!["read_sales".into(), "read_items".into()],
            client_id: "invented-client".into(),
            client_secret: None,
            extra: vec![("session", "false")],
            sends_redirect: true,
            revocation: Revocation::RefreshToken(at("/revoke")),
            refresh_seconds: None,
        }
    }

    /// Uses an access token as a call of the API would; whether it was accepted.
    pub fn accepts(&self, access: &str) -> bool {
        let mut books = self.books.lock().unwrap();
        let ended: Vec<String> = books.ends.iter().filter(|(a, _)| a == access).map(|(_, r)| r.clone()).collect();
        for refresh in ended {
            books.refresh.remove(&refresh);
        }
        books.access.contains(access)
    }
}
