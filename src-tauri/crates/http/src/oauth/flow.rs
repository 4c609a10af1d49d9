//! One sign-in: the address for the person's browser, and what comes back with it.
//!
//! Invariants: a sign-in is answered once, within its time, by whoever knows its `state`; the verifier never leaves this machine
//! but to the vendor's token address, so a code alone opens nothing (RFC 7636).

use super::provider::{Grant, Provider};
use crate::client::Client;
use backroom_core::{Clock, Fault, FaultClass, Timestamp};
use backroom_secrets::Secret;
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, Scope};
use std::sync::Arc;
use url::Url;

/// How long a person may take, in seconds.
const PATIENCE_SECONDS: i64 = 300;

/// A sign-in under way.
pub struct Flow {
    provider: Provider,
    redirect: Url,
    state: Secret,
    verifier: Secret,
    began: Timestamp,
    clock: Arc<dyn Clock>,
}

/// A sign-in with the address to open in the system's browser.
pub struct SignIn {
    /// What waits for the answer.
    pub flow: Flow,
    /// Where the person signs in.
    pub address: Url,
}

impl Flow {
    /// Begins a sign-in that comes back to `redirect`.
    ///
    /// # Errors
    /// `Config` where an address is not one.
    pub fn begin(provider: Provider, redirect: Url, clock: Arc<dyn Clock>) -> Result<SignIn, Fault> {
        let wrong = |_| Fault::new(FaultClass::Config, "OAUTH_ADDRESS", "The address of the sign-in is not one.");
        let client = BasicClient::new(ClientId::new(provider.client_id.clone()))
            .set_auth_uri(AuthUrl::new(provider.authorize.to_string()).map_err(wrong)?);
        let client = match provider.sends_redirect {
            true => client.set_redirect_uri(RedirectUrl::new(redirect.to_string()).map_err(wrong)?),
            false => client,
        };
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut asked = client
            .authorize_url(CsrfToken::new_random)
            .set_pkce_challenge(challenge)
            .add_scopes(provider.scopes.iter().cloned().map(Scope::new));
        for (name, value) in &provider.extra {
            asked = asked.add_extra_param(*name, *value);
        }
        let (address, state) = asked.url();
        let flow = Self {
            provider,
            redirect,
            state: Secret::new(state.secret().clone()),
            verifier: Secret::new(verifier.secret().clone()),
            began: clock.now(),
            clock,
        };
        Ok(SignIn { flow, address })
    }

    /// Whether an answer belongs to this sign-in. The comparison takes as long wherever the difference lies.
    pub fn owns(&self, state: &str) -> bool {
        let (ours, theirs) = (self.state.expose().as_bytes(), state.as_bytes());
        let differ = ours.iter().zip(theirs).fold(0u8, |all, (a, b)| all | (a ^ b));
        ours.len() == theirs.len() && differ == 0
    }

    /// How much longer the person may take, in seconds; zero when the time is over, also where the clock was set back.
    pub fn seconds_left(&self) -> i64 {
        let gone = self.clock.now().seconds_since(self.began);
        if gone < 0 { 0 } else { (PATIENCE_SECONDS - gone).max(0) }
    }

    /// Exchanges the code that came back. It can be done once: the flow is used up.
    ///
    /// # Errors
    /// An answer of another sign-in, one that came too late, or what the vendor says.
    pub async fn finish(self, client: &Client, code: &str, state: &str) -> Result<Grant, Fault> {
        if !self.owns(state) {
            return Err(Fault::new(
                FaultClass::Rejected,
                "OAUTH_STATE_WRONG",
                "The answer belongs to another sign-in; it was thrown away and nothing was changed.",
            )
            .with_hint("Press Try again and sign in on the page that opens."));
        }
        if self.seconds_left() == 0 {
            return Err(Fault::new(
                FaultClass::Rejected,
                "OAUTH_TOO_LATE",
                "The sign-in took too long; nothing was changed.",
            )
            .with_hint("Press Try again."));
        }
        let plain = |c: char| c.is_ascii_graphic();
        if code.is_empty() || code.len() > 2_000 || !code.chars().all(plain) {
            return Err(Fault::new(
                FaultClass::Rejected,
                "OAUTH_CODE_WRONG",
                "The answer of the sign-in could not be read.",
            )
            .with_hint("Press Try again."));
        }
        self.provider.exchange(client, code, &self.verifier, &self.redirect, self.clock.now()).await
    }

    /// What the person is told when he or she pressed No at the vendor.
    pub fn denied(&self) -> Fault {
        let message = format!("The sign-in at {} was refused there; nothing was changed.", self.provider.name);
        Fault::new(FaultClass::Rejected, "OAUTH_DENIED", message).with_hint("Press Try again and allow the access.")
    }
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address holds the state.
        f.debug_struct("SignIn").field("flow", &self.flow).finish_non_exhaustive()
    }
}
