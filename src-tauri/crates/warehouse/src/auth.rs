//! The credential of a service account: a signed claim is exchanged for an access token of an hour.
//!
//! The claim is made here and not by the client library's authenticator: that one trusts the PC's clock, which shops
//! set wrong, has no time limit, and would send the claim to any address a key file names, encrypted or not.

use crate::config::is_loopback;
use backroom_core::{BoxFuture, Clock, Fault, FaultClass, Timestamp};
use backroom_http::{Client, Reply, Request, Token, TokenProvider};
use backroom_secrets::Secret;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant};
use url::Url;

const SCOPE: &str = "https://www.googleapis.com/auth/bigquery";
/// Google refuses claims that live longer.
const CLAIM_SECONDS: i64 = 3_600;
/// A token is renewed this long before it ends, so that it outlives the call it is sent with.
const EARLY: Duration = Duration::from_secs(300);

#[derive(Deserialize)]
struct KeyFile {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    client_email: String,
    #[serde(default)]
    private_key: String,
    #[serde(default)]
    private_key_id: String,
    #[serde(default)]
    token_uri: String,
}

/// Access tokens of a service account, renewed once however many calls need one.
pub(crate) struct ServiceAccount {
    client: Client,
    clock: Arc<dyn Clock>,
    key: RsaKeyPair,
    key_id: String,
    email: String,
    token_url: Url,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    token: Option<(Secret, Instant)>,
    generation: u64,
    /// Microseconds by which the other side's clock is ahead of ours.
    ahead: i64,
}

fn bad_key(what: &str) -> Fault {
    Fault::new(FaultClass::Config, "BIGQUERY_KEY_UNREADABLE", format!("The BigQuery key cannot be used: {what}."))
        .with_hint("Download a new JSON key for the service account and paste it whole in Connections.")
}

impl ServiceAccount {
    /// Reads a key file's JSON text.
    pub(crate) fn new(file: &Secret, client: Client, clock: Arc<dyn Clock>) -> Result<Self, Fault> {
        let file: KeyFile =
            serde_json::from_str(file.expose()).map_err(|_| bad_key("it is not the JSON of a key file"))?;
        if file.kind != "service_account" {
            return Err(bad_key("it is not the key of a service account"));
        }
        if file.client_email.is_empty() || file.token_uri.is_empty() {
            return Err(bad_key("a part of the file is missing"));
        }
        let token_url = Url::parse(&file.token_uri).map_err(|_| bad_key("its token address cannot be read"))?;
        Client::check(&token_url).map_err(|_| bad_key("its token address is not encrypted"))?;
        // A claim is worth a token: it goes to Google or, in tests, to this machine.
        let host = token_url.host_str().unwrap_or_default();
        if !(host == "googleapis.com" || host.ends_with(".googleapis.com") || is_loopback(&token_url)) {
            return Err(bad_key("its token address is not Google's"));
        }
        let der = pem(&file.private_key).ok_or_else(|| bad_key("its private key is damaged"))?;
        let key = RsaKeyPair::from_pkcs8(&der).map_err(|_| bad_key("its private key is damaged"))?;
        Ok(Self {
            client,
            clock,
            key,
            key_id: file.private_key_id,
            email: file.client_email,
            token_url,
            held: Mutex::new(Held::default()),
        })
    }

    fn claim(&self, now: Timestamp) -> Result<String, Fault> {
        let issued = now.micros().div_euclid(1_000_000);
        let head = json!({"alg": "RS256", "typ": "JWT", "kid": self.key_id});
        let body = json!({
            "iss": self.email,
            "scope": SCOPE,
            "aud": self.token_url.as_str(),
            "iat": issued,
            "exp": issued + CLAIM_SECONDS,
        });
        let part = |v: &Value| URL_SAFE_NO_PAD.encode(v.to_string());
        let signed = format!("{}.{}", part(&head), part(&body));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| bad_key("nothing can be signed with it"))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    async fn exchange(&self, ahead: i64) -> Result<Reply, Fault> {
        let now = Timestamp::from_micros(self.clock.now().micros().saturating_add(ahead));
        let claim = self.claim(now)?;
        let form = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={claim}");
        let request = Request::new(backroom_http::Method::POST, self.token_url.clone())
            .body("application/x-www-form-urlencoded", form);
        Ok(self.client.send(&request).await?)
    }

    /// Gets a new token; where the claim is refused and the two clocks differ, once more by the other side's clock.
    async fn renew(&self, held: &mut Held) -> Result<Token, Fault> {
        let mut reply = self.exchange(held.ahead).await?;
        if (400..500).contains(&reply.status)
            && let Some(theirs) = reply.server_time()
        {
            let ahead = theirs.micros() - self.clock.now().micros();
            if (ahead - held.ahead).abs() > 60_000_000 {
                tracing::warn!(seconds = ahead / 1_000_000, "this PC's clock differs from Google's");
                held.ahead = ahead;
                reply = self.exchange(ahead).await?;
            }
        }
        let (secret, life) = read_token(&reply)?;
        held.generation += 1;
        held.token = Some((secret.clone(), Instant::now() + life.saturating_sub(EARLY)));
        Ok(Token { secret, generation: held.generation })
    }
}

impl TokenProvider for ServiceAccount {
    fn token(&self) -> BoxFuture<'_, Result<Token, Fault>> {
        Box::pin(async move {
            let mut held = self.held.lock().await;
            if let Some((secret, until)) = &held.token
                && Instant::now() < *until
            {
                return Ok(Token { secret: secret.clone(), generation: held.generation });
            }
            self.renew(&mut held).await
        })
    }

    fn on_unauthorized(&self, generation: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        Box::pin(async move {
            let mut held = self.held.lock().await;
            if held.generation == generation {
                held.token = None;
                self.renew(&mut held).await?;
            }
            Ok(true)
        })
    }
}

fn read_token(reply: &Reply) -> Result<(Secret, Duration), Fault> {
    #[derive(Deserialize)]
    struct Granted {
        access_token: String,
        #[serde(default)]
        expires_in: u64,
    }
    let ill = || {
        Fault::new(FaultClass::Transient, "BIGQUERY_TOKEN_ILL", "Google's sign-in did not answer as it should.")
            .with_hint("Nothing is lost. Backroom tries again by itself.")
    };
    if reply.is_success() {
        let granted: Granted = serde_json::from_slice(&reply.body).map_err(|_| ill())?;
        let life = Duration::from_secs(if granted.expires_in == 0 { 3_600 } else { granted.expires_in });
        return Ok((Secret::new(granted.access_token), life));
    }
    match reply.status {
        429 => Err(Fault::new(
            FaultClass::Throttled { after: reply.retry_after(reply.server_time().unwrap_or_default()) },
            "BIGQUERY_THROTTLED",
            "Google's sign-in asks us to slow down.",
        )),
        400 | 401 | 403 => Err(Fault::new(
            FaultClass::Unauthorized,
            "BIGQUERY_KEY_REVOKED",
            "Google refuses the service account's key: it was deleted or disabled, or this PC's clock is far off.",
        )
        .with_hint("Check the date and time of this PC, then paste a new key in Connections.")),
        _ => Err(ill()),
    }
}

/// The bytes between the lines of a PEM text.
fn pem(text: &str) -> Option<Vec<u8>> {
    let inside = text.split_once("-----BEGIN PRIVATE KEY-----")?.1.split_once("-----END PRIVATE KEY-----")?.0;
    let packed: String = inside.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(packed).ok()
}
