//! A vendor that grants, rotates and revokes.

use backroom_http::oauth::Provider;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
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
    pub asked: Vec<Value>,
    /// The next answers are lost after the vendor took note of the question.
    pub lose: u32,
    /// The vendor is ill for so many questions.
    pub ill: u32,
    pub seconds: i64,
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
        let used = match body["grant_type"].as_str() {
            Some("refresh_token") => body["refresh_token"].as_str().unwrap_or_default().to_owned(),
            Some("authorization_code") if body["code"] == "good-code" && body["code_verifier"].is_string() => {
                String::new()
            }
            _ => return ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_grant"})),
        };
        if !used.is_empty() && !books.refresh.contains(&used) {
            return ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_grant", "hint": "revoked"}));
        }
        books.granted += 1;
        let (access, refresh) = (format!("access-{}", books.granted), format!("refresh-{}", books.granted));
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

impl Vendor {
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
