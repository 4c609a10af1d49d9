//! A vendor's addresses and words, and what it grants.

use super::withdrawal::Revocation;
use crate::client::Client;
use crate::reply::Reply;
use crate::request::Request;
use backroom_core::{Fault, FaultClass, Timestamp};
use backroom_secrets::Secret;
use serde_json::{Map, Value};
use url::Url;

/// How a vendor grants access.
#[derive(Clone)]
pub struct Provider {
    /// What the person calls it.
    pub name: &'static str,
    /// Where the person signs in.
    pub authorize: Url,
    /// Where a code or a refresh token is exchanged.
    pub token: Url,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// The application's public id.
    pub client_id: String,
    /// The application's secret, where the vendor registered it with one.
    pub client_secret: Option<Secret>,
    /// Further parameters of the sign-in.
    pub extra: Vec<(&'static str, &'static str)>,
    /// Whether the address to come back to is sent along; some vendors take the registered one and refuse any.
    pub sends_redirect: bool,
    /// How it takes an access back.
    pub revocation: Revocation,
    /// How long a refresh token lives, in seconds, where the vendor does not tell it with each grant but elsewhere.
    pub refresh_seconds: Option<i64>,
}

/// What a vendor granted.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The access token.
    pub access: Secret,
    /// What the next grant is asked with; none where the access cannot be renewed.
    pub refresh: Option<Secret>,
    /// When the access token ends.
    pub expires_at: Option<Timestamp>,
    /// When the refresh token ends, where the vendor tells.
    pub refresh_expires_at: Option<Timestamp>,
}

impl Provider {
    /// Exchanges a code.
    pub(crate) async fn exchange(
        &self,
        client: &Client,
        code: &str,
        verifier: &Secret,
        redirect: &Url,
        now: Timestamp,
    ) -> Result<Grant, Fault> {
        let mut body = self.body("authorization_code");
        put(&mut body, "code", code);
        put(&mut body, "code_verifier", verifier.expose());
        if self.sends_redirect {
            put(&mut body, "redirect_uri", redirect.as_str());
        }
        self.ask(client, body, now).await.map_err(|fault| match fault.code {
            "NEEDS_REAUTH" => {
                let message = format!(
                    "{} no longer takes this answer of the sign-in: it is good once, and not for long.",
                    self.name
                );
                Fault::new(FaultClass::Rejected, "OAUTH_TOO_LATE", message).with_hint("Press Sign in again.")
            }
            _ => fault,
        })
    }

    /// Asks for the next grant with the refresh token of the last.
    pub(crate) async fn renew(&self, client: &Client, refresh: &Secret, now: Timestamp) -> Result<Grant, Fault> {
        let mut body = self.body("refresh_token");
        put(&mut body, "refresh_token", refresh.expose());
        let mut grant = self.ask(client, body, now).await?;
        // A vendor that hands out the same one for ever may leave it out.
        grant.refresh = grant.refresh.or_else(|| Some(refresh.clone()));
        Ok(grant)
    }

    fn body(&self, kind: &str) -> Map<String, Value> {
        let mut body = Map::new();
        put(&mut body, "client_id", &self.client_id);
        if let Some(secret) = &self.client_secret {
            put(&mut body, "client_secret", secret.expose());
        }
        put(&mut body, "grant_type", kind);
        body
    }

    async fn ask(&self, client: &Client, body: Map<String, Value>, now: Timestamp) -> Result<Grant, Fault> {
        let text = Value::Object(body).to_string();
        let request = Request::post_json(self.token.clone(), text).header("accept", "application/json");
        let reply = client.send(&request).await.map_err(Fault::from)?;
        if !reply.is_success() || reply.is_html() {
            return Err(self.refused(&reply));
        }
        let told: Value = serde_json::from_slice(&reply.body).map_err(|_| self.nonsense())?;
        let text = |name: &str| told.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
        // RFC 6749 tells seconds from now, Square the moment itself.
        let seconds = told.get("expires_in").and_then(|n| n.as_i64().or_else(|| n.as_str()?.parse().ok()));
        let moment = |name: &str| text(name).and_then(|t| Timestamp::parse(t).ok());
        let refresh = text("refresh_token").map(Secret::new);
        let lives = self.refresh_seconds.filter(|_| refresh.is_some());
        Ok(Grant {
            access: text("access_token").map(Secret::new).ok_or_else(|| self.nonsense())?,
            refresh,
            expires_at: seconds.map(|s| now.plus_seconds(s.clamp(0, 31_536_000))).or_else(|| moment("expires_at")),
            refresh_expires_at: moment("refresh_token_expires_at").or_else(|| lives.map(|s| now.plus_seconds(s))),
        })
    }

    fn nonsense(&self) -> Fault {
        let message = format!("{}'s answer to the sign-in could not be read; nothing was changed.", self.name);
        Fault::new(FaultClass::Protocol, "OAUTH_NOT_JSON", message)
            .with_hint("Check whether this network asks for a sign-in page (guest Wi-Fi), then try again.")
    }

    fn refused(&self, reply: &Reply) -> Fault {
        let told: Option<Value> = serde_json::from_slice(&reply.body).ok();
        let error = told.as_ref().and_then(|v| v.get("error")?.as_str()).unwrap_or_default();
        match (reply.status, error) {
            (429 | 500.., _) => {
                let message = format!("{} has trouble with sign-ins at the moment.", self.name);
                Fault::new(FaultClass::Transient, "OAUTH_VENDOR_ILL", message)
                    .with_hint("Nothing is lost. It is tried again by itself.")
            }
            // A page is of the network in between, whatever its status: it says nothing about the access.
            _ if reply.is_html() => self.nonsense(),
            (_, "invalid_client" | "unauthorized_client") => {
                let message = format!("{} does not know this application, or its secret is wrong.", self.name);
                Fault::new(FaultClass::Config, "OAUTH_CLIENT_WRONG", message)
                    .with_hint("Check the application's id and secret, then connect again.")
            }
            // After the refusal of the application, which comes as 401 as well: the grant is whole, and waits for the right secret.
            (_, "invalid_grant") | (401, _) => self.needs_reauth(),
            (status, _) => {
                let message = format!("{} refused the sign-in (status {status}).", self.name);
                Fault::new(FaultClass::Rejected, "OAUTH_REFUSED", message).with_hint("Connect again.")
            }
        }
    }

    /// The access is over and only a person can bring it back.
    pub(crate) fn needs_reauth(&self) -> Fault {
        let message = format!(
            "The access to {} has ended. Everything pulled so far is safe, and what waits for BigQuery still goes.",
            self.name
        );
        Fault::new(FaultClass::Unauthorized, "NEEDS_REAUTH", message)
            .with_hint(format!("Open Connections and press Sign in again beside {}.", self.name))
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("name", &self.name).finish_non_exhaustive()
    }
}

pub(crate) fn put(body: &mut Map<String, Value>, name: &str, value: &str) {
    body.insert(name.to_owned(), Value::from(value));
}
