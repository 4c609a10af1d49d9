//! Giving an access back: what a vendor is asked when a connection is removed, and whether it did so.
//!
//! Invariant: an access counts as withdrawn only where the vendor has shown it. Whoever is told so does not look at the vendor's.

use super::provider::{Grant, Provider, put};
use crate::client::Client;
use crate::request::Request;
use backroom_core::Timestamp;
use serde_json::{Map, Value};
use std::time::Duration;
use url::Url;

/// A person waits meanwhile.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a vendor takes an access back.
#[derive(Debug, Clone)]
pub enum Revocation {
    /// The refresh token is sent there, and all that came of it ends (RFC 7009).
    RefreshToken(Url),
    /// The access token is sent there together with the application's secret; an application without one may not ask.
    BySecret(Url),
}

/// What became of an access at its vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawal {
    /// There was none.
    Nothing,
    /// The vendor has withdrawn it.
    Done,
    /// The vendor takes this from applications with a secret alone, and there is none here.
    NotOurs,
    /// The vendor could not be asked, or did not show that it did so.
    Unknown,
}

/// An access that is nowhere on this computer any more but here, until it is given back or dropped.
#[derive(Debug)]
#[must_use]
pub struct Forgotten {
    pub(crate) client: Client,
    pub(crate) provider: Provider,
    pub(crate) grant: Option<Grant>,
    pub(crate) at: Timestamp,
}

impl Forgotten {
    /// Asks the vendor to end it.
    pub async fn withdraw(self) -> Withdrawal {
        match &self.grant {
            Some(grant) => self.provider.withdraw(&self.client, grant, self.at).await,
            None => Withdrawal::Nothing,
        }
    }
}

impl Provider {
    /// Asks the vendor to end a grant.
    async fn withdraw(&self, client: &Client, grant: &Grant, now: Timestamp) -> Withdrawal {
        let asked = async {
            match &self.revocation {
                Revocation::RefreshToken(url) => self.by_refresh_token(client, url, grant, now).await,
                Revocation::BySecret(url) => self.by_secret(client, url, grant).await,
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Withdrawal::Unknown)
    }

    async fn by_refresh_token(&self, client: &Client, url: &Url, grant: &Grant, now: Timestamp) -> Withdrawal {
        let Some(refresh) = &grant.refresh else { return Withdrawal::Unknown };
        let mut body = Map::new();
        put(&mut body, "client_id", &self.client_id);
        if let Some(secret) = &self.client_secret {
            put(&mut body, "client_secret", secret.expose());
        }
        put(&mut body, "token", refresh.expose());
        put(&mut body, "token_type_hint", "refresh_token");
        let request = Request::post_json(url.clone(), Value::Object(body).to_string());
        match client.send(&request.header("accept", "application/json")).await {
            Ok(reply) if reply.is_success() && !reply.is_html() => {}
            _ => return Withdrawal::Unknown,
        }
        // By RFC 7009 a vendor says yes to a token that it never knew as well: only its refusal of a renewal shows the end.
        match self.renew(client, refresh, now).await {
            Err(fault) if fault.code == "NEEDS_REAUTH" => Withdrawal::Done,
            _ => Withdrawal::Unknown,
        }
    }

    async fn by_secret(&self, client: &Client, url: &Url, grant: &Grant) -> Withdrawal {
        let Some(secret) = &self.client_secret else { return Withdrawal::NotOurs };
        let mut body = Map::new();
        put(&mut body, "client_id", &self.client_id);
        put(&mut body, "access_token", grant.access.expose());
        let request = Request::post_json(url.clone(), Value::Object(body).to_string())
            .header("accept", "application/json")
            .credential("Client", secret);
        let done = match client.send(&request).await {
            Ok(reply) if reply.is_success() && !reply.is_html() => {
                serde_json::from_slice::<Value>(&reply.body).is_ok_and(|told| told["success"] == true)
            }
            _ => false,
        };
        if done { Withdrawal::Done } else { Withdrawal::Unknown }
    }
}
