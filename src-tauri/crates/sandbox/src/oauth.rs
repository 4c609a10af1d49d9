//! The desk at which a stand-in grants access: authorization code with PKCE (S256), refresh tokens that rotate, revocation.
//!
//! A person who presses Allow at once: the sign-in page answers with the way back. Facts: Square 1.2 and Lightspeed 2.1 of the
//! wire notes. `POST /_control/oauth` with [`DeskChange`] steers it from another process.

use crate::random::Rng;
use crate::wire::{Reply, Request};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Mutex;

/// Public id of the application that the stand-ins know.
pub const CLIENT_ID: &str = "sq0idp-BackroomSandbox01";
/// The address that is registered for it, to which a vendor goes back that takes none from the request.
pub const REGISTERED: &str = "https://backroom.example.com/connected.html";

/// How a vendor differs from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Access for 30 days; a refresh token is used once, lives 90 days and is void when the next one is granted.
    Square,
    /// Access for an hour, as a signed text of some two thousand letters; the old refresh token is void when the new access is
    /// first used. A code lives a minute.
    Lightspeed,
}

impl Manner {
    const fn code_seconds(self) -> i64 {
        match self {
            Self::Square => 300,
            Self::Lightspeed => 60,
        }
    }

    const fn access_seconds(self) -> i64 {
        match self {
            Self::Square => 30 * 86_400,
            Self::Lightspeed => 3_600,
        }
    }
}

/// What may be changed at the desk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeskChange {
    /// The person presses No from now on, or Allow again.
    pub denies: Option<bool>,
    /// Everything granted so far is void.
    pub revoke: bool,
    /// Access tokens granted so far are over; what they can be renewed with is not.
    pub expire: bool,
    /// The application's secret from now on, without which nothing is granted; empty for an application that has none.
    pub secret: Option<String>,
    /// Nothing that is asked to be withdrawn is, though it is said to be.
    pub keeps: Option<bool>,
    /// Seconds that an access token lives from now on.
    pub access_seconds: Option<i64>,
    /// A text that every token granted from now on carries, so that a test can look for it where no token may be.
    pub mark: Option<String>,
}

/// What has been granted so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Grants for a code.
    pub codes: u64,
    /// Grants for a refresh token.
    pub renewals: u64,
    /// Questions that were refused.
    pub refused: u64,
    /// Grants that were withdrawn because whoever had them asked.
    pub withdrawn: u64,
}

struct Code {
    challenge: String,
    redirect: Option<String>,
    at: i64,
}

struct Access {
    ends: i64,
    /// The refresh token that is void as soon as this is used.
    voids: Option<String>,
    /// The refresh token that was granted with it.
    beside: String,
}

#[derive(Default)]
struct Books {
    codes: HashMap<String, Code>,
    refresh: HashMap<String, i64>,
    access: HashMap<String, Access>,
    count: u64,
    granted: Granted,
    denies: bool,
    secret: String,
    keeps: bool,
    access_seconds: Option<i64>,
    mark: String,
}

/// The desk of one vendor.
pub(crate) struct Desk {
    manner: Manner,
    seed: u64,
    books: Mutex<Books>,
}

/// A refusal in the words of RFC 6749.
fn refused(status: u16, error: &str, hint: &str) -> Reply {
    Reply::value(status, &json!({"error": error, "error_description": hint, "hint": hint}))
}

impl Desk {
    pub(crate) fn new(manner: Manner, seed: u64) -> Self {
        Self { manner, seed, books: Mutex::default() }
    }

    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        crate::wire::lock(&self.books)
    }

    /// Answers what is asked at the desk; none where the request is for somebody else.
    pub(crate) fn answer(&self, request: &Request, account: &str, now: i64) -> Option<Reply> {
        let (page, token, revoke) = match self.manner {
            Manner::Square => ("/oauth2/authorize", "/oauth2/token", "/oauth2/revoke"),
            Manner::Lightspeed => ("/auth/oauth/authorize", "/auth/oauth/token", "/auth/oauth/revoke"),
        };
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", path) if path == page => Some(self.sign_in(request, now)),
            ("POST", path) if path == token => {
                let reply = self.grant(&request.body, account, now);
                if reply.status >= 400 {
                    self.books().granted.refused += 1;
                }
                Some(reply)
            }
            ("POST", path) if path == revoke => Some(self.withdraw(request)),
            _ => None,
        }
    }

    /// Takes a grant back: at Square all of an account's for the application's own secret, at Lightspeed what came of one refresh token.
    fn withdraw(&self, request: &Request) -> Reply {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let text = |name: &str| asked[name].as_str().unwrap_or_default();
        let mut books = self.books();
        if text("client_id") != CLIENT_ID {
            return refused(401, "invalid_client", "this application is not known");
        }
        let found = match self.manner {
            Manner::Square => {
                let own = request.header("authorization").and_then(|v| v.strip_prefix("Client "));
                if books.secret.is_empty() || own != Some(books.secret.as_str()) {
                    return refused(401, "unauthorized", "the application's secret is missing or wrong");
                }
                if !books.access.contains_key(text("access_token")) {
                    return refused(404, "not_found", "this access is not known");
                }
                if !books.keeps {
                    books.refresh.clear();
                    books.access.clear();
                }
                true
            }
            Manner::Lightspeed => {
                if !books.secret.is_empty() && text("client_secret") != books.secret {
                    return refused(401, "invalid_client", "the application's secret is missing or wrong");
                }
                let token = text("token").to_owned();
                let known = books.refresh.contains_key(&token);
                if !books.keeps {
                    books.refresh.remove(&token);
                    books.access.retain(|_, access| access.beside != token);
                }
                known
            }
        };
        if found && !books.keeps {
            books.granted.withdrawn += 1;
        }
        match self.manner {
            Manner::Square => Reply::value(200, &json!({"success": true})),
            // RFC 7009 says yes to whatever is sent.
            Manner::Lightspeed => Reply::value(200, &json!({})),
        }
    }

    /// The page on which a person allows the access: he has done so already.
    fn sign_in(&self, request: &Request, now: i64) -> Reply {
        let param = |name: &str| request.param(name).filter(|v| !v.is_empty());
        let (Some(state), Some(challenge)) = (param("state"), param("code_challenge")) else {
            return refused(400, "invalid_request", "state and code_challenge are missing");
        };
        if param("client_id") != Some(CLIENT_ID) || challenge.len() != 43 {
            return refused(400, "unauthorized_client", "this application is not known");
        }
        if param("code_challenge_method") != Some("S256") {
            return refused(400, "invalid_request", "the challenge is no SHA-256");
        }
        let redirect = match (self.manner, param("redirect_uri")) {
            // Plain http comes back to this computer alone.
            (Manner::Square, Some(to)) if to.starts_with("http://127.0.0.1:") || to == REGISTERED => to,
            (Manner::Square, Some(_)) => return refused(400, "invalid_request", "the redirect is not registered"),
            (Manner::Lightspeed, Some(_)) => {
                return refused(400, "invalid_request", "the redirect is the registered one");
            }
            (_, None) => REGISTERED,
        };
        let mut books = self.books();
        let query = if books.denies {
            format!("error=access_denied&state={state}")
        } else {
            books.count += 1;
            let code = format!("code-{:016x}", Rng::at(self.seed ^ 0xC0DE, books.count).next());
            let sent = param("redirect_uri").map(str::to_owned);
            books.codes.insert(code.clone(), Code { challenge: challenge.to_owned(), redirect: sent, at: now });
            format!("code={code}&state={state}")
        };
        Reply::value(302, &json!({})).with("Location", format!("{redirect}?{query}"))
    }

    fn grant(&self, body: &[u8], account: &str, now: i64) -> Reply {
        let Ok(asked) = serde_json::from_slice::<Value>(body) else {
            return refused(400, "invalid_request", "the body is not JSON");
        };
        let text = |name: &str| asked[name].as_str().unwrap_or_default();
        if text("client_id") != CLIENT_ID {
            return refused(401, "invalid_client", "this application is not known");
        }
        let mut books = self.books();
        if !books.secret.is_empty() && text("client_secret") != books.secret {
            return refused(401, "invalid_client", "the application's secret is missing or wrong");
        }
        let used = match text("grant_type") {
            "authorization_code" => {
                // A code is spent by the attempt, whatever comes of it.
                let Some(code) = books.codes.remove(text("code")) else {
                    return refused(400, "invalid_grant", "this code is not known");
                };
                let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(text("code_verifier").as_bytes()));
                let sent = asked["redirect_uri"].as_str().map(str::to_owned);
                let late = now - code.at > self.manner.code_seconds() * 1_000;
                if proof != code.challenge || sent != code.redirect || late {
                    return refused(400, "invalid_grant", "the code does not fit, or came too late");
                }
                books.granted.codes += 1;
                None
            }
            "refresh_token" => {
                let refresh = text("refresh_token").to_owned();
                if books.refresh.get(&refresh).is_none_or(|ends| *ends <= now) {
                    return refused(400, "invalid_grant", "the refresh token is void");
                }
                books.granted.renewals += 1;
                Some(refresh)
            }
            _ => return refused(400, "unsupported_grant_type", "this grant is not known"),
        };
        books.count += 1;
        let mut dice = Rng::at(self.seed ^ 0x0A17, books.count);
        let refresh = format!("refresh-{}{:016x}{:016x}", books.mark, dice.next(), dice.next());
        let seconds = books.access_seconds.unwrap_or(self.manner.access_seconds());
        let ends = now + seconds * 1_000;
        let access = match self.manner {
            Manner::Square => format!("EAAA-granted-{}{:016x}{:016x}", books.mark, dice.next(), dice.next()),
            Manner::Lightspeed => signed_text(&mut dice, account, now, ends) + &books.mark,
        };
        let (voids, life) = match self.manner {
            Manner::Square => (None, 90),
            Manner::Lightspeed => (used.clone(), 30),
        };
        if let (Manner::Square, Some(used)) = (self.manner, &used) {
            books.refresh.remove(used);
        }
        let refresh_ends = now + life * 86_400_000;
        books.refresh.insert(refresh.clone(), refresh_ends);
        books.access.insert(access.clone(), Access { ends, voids, beside: refresh.clone() });
        let moment = |ms: i64| backroom_core::Timestamp::from_micros(ms * 1_000).to_rfc3339();
        let told = match self.manner {
            Manner::Square => json!({
                "access_token": access, "token_type": "bearer", "expires_at": moment(ends), "merchant_id": account,
                "refresh_token": refresh, "refresh_token_expires_at": moment(refresh_ends), "short_lived": false,
            }),
            Manner::Lightspeed => json!({
                "access_token": access, "token_type": "bearer", "expires_in": seconds, "refresh_token": refresh,
                "scope": "employee:register_read employee:inventory_read employee:customers_read",
            }),
        };
        Reply::value(200, &told)
    }

    /// Whether an access token granted here is good now.
    pub(crate) fn admits(&self, access: &str, now: i64) -> bool {
        let mut books = self.books();
        let Some(known) = books.access.get(access) else { return false };
        if known.ends <= now {
            return false;
        }
        if let Some(old) = known.voids.clone() {
            books.refresh.remove(&old);
        }
        true
    }

    /// The request with the token that the account itself knows, where the desk granted the one it came with.
    pub(crate) fn admitted(&self, request: &Request, own: &str, now: i64) -> Option<Request> {
        let bearer = request.header("authorization")?.strip_prefix("Bearer ")?;
        if !self.admits(bearer, now) {
            return None;
        }
        let mut known = request.clone();
        for (name, value) in &mut known.headers {
            if name.eq_ignore_ascii_case("authorization") {
                *value = format!("Bearer {own}");
            }
        }
        Some(known)
    }

    pub(crate) fn change(&self, change: &DeskChange) {
        let mut books = self.books();
        books.denies = change.denies.unwrap_or(books.denies);
        books.access_seconds = change.access_seconds.or(books.access_seconds);
        books.keeps = change.keeps.unwrap_or(books.keeps);
        if let Some(secret) = &change.secret {
            secret.clone_into(&mut books.secret);
        }
        if let Some(mark) = &change.mark {
            books.mark.clone_from(mark);
        }
        if change.revoke {
            books.refresh.clear();
            books.codes.clear();
        }
        if change.revoke || change.expire {
            books.access.clear();
        }
    }

    /// A refresh token as of an earlier sign-in.
    pub(crate) fn refresh_token(&self, now: i64) -> String {
        let mut books = self.books();
        books.count += 1;
        let token = format!("refresh-{}{:016x}", books.mark, Rng::at(self.seed ^ 0xF125, books.count).next());
        books.refresh.insert(token.clone(), now + 30 * 86_400_000);
        token
    }

    pub(crate) fn granted(&self) -> Granted {
        self.books().granted
    }
}

/// A text in the form of a signed token (three parts, times as fractions), as long as the vendor's.
fn signed_text(dice: &mut Rng, account: &str, now: i64, ends: i64) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "acct": account, "sub": "1", "jti": format!("{:016x}", dice.next()), "scope": ["employee:register_read"],
        "iat": now as f64 / 1_000.0, "exp": ends as f64 / 1_000.0,
    });
    let signature: String = (0..100).map(|_| format!("{:016x}", dice.next())).collect();
    format!("{}.{}.{}", part(&json!({"typ": "JWT", "alg": "RS256"})), part(&claims), signature)
}
