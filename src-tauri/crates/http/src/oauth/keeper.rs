//! Keeps the access of one account alive.
//!
//! Invariants: one renewal at a time, also among several programs of one computer; whoever asks meanwhile gets its result; a new grant
//! is durable before anything is sent with it; an access that has ended is told once as `NEEDS_REAUTH` and the vendor is left alone until somebody connects again.

use super::provider::{Grant, Provider};
use super::slots::{Kept, Slots};
use super::withdrawal::Forgotten;
use crate::client::Client;
use crate::token::{Token, TokenProvider};
use backroom_core::{BoxFuture, Clock, Fault, FaultClass, Timestamp};
use backroom_secrets::{Secret, SecretStore};
use std::sync::Arc;
use tokio::sync::Mutex;

/// The age at which a long-lived access token is renewed, in seconds: Square advises every seven days or less.
const OLDEST_SECONDS: i64 = 7 * 86_400;
/// A token is renewed at the latest when this part of its life is left: one of an hour with 12 minutes to go.
const LAST_PART: i64 = 5;
/// With less left than this a token is not sent any more, in seconds.
const LEAST_SECONDS: i64 = 30;
/// After a renewal that failed for a while, the next try waits this long where the old token still serves, in seconds.
const TRY_AGAIN_SECONDS: i64 = 60;

/// How an access stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// When it ends if it is not renewed until then, where the vendor tells: the refresh token's end, else the access token's.
    pub ends_at: Option<Timestamp>,
    /// Whether only a person can bring it back.
    pub ended: bool,
}

/// Hands out the access token of one account and renews it.
pub struct Keeper {
    client: Client,
    provider: Provider,
    slots: Slots,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Kept>,
    /// Granted, but not durable yet: nothing may be sent with it.
    unsaved: Option<Kept>,
    /// A refresh token of the environment, for the first renewal where nothing is kept.
    first: Option<Secret>,
    /// The generation whose renewal the vendor refused for good.
    ended: Option<u64>,
    /// When a renewal last failed for a while.
    failed_at: Option<Timestamp>,
}

impl Keeper {
    /// A keeper of the grants below `prefix` in `store`.
    pub fn new(
        client: Client,
        provider: Provider,
        store: Arc<dyn SecretStore>,
        prefix: &str,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let slots = Slots::new(store, prefix);
        Self { client, provider, slots, clock, state: Mutex::default() }
    }

    /// The same keeper, which begins with a refresh token from elsewhere where nothing is kept yet.
    #[must_use]
    pub fn beginning_with(mut self, refresh: Secret) -> Self {
        self.state.get_mut().first = Some(refresh);
        self
    }

    /// Takes a new grant up, durable when this returns; the one before is forgotten.
    ///
    /// # Errors
    /// Where it could not be kept; the one before stays then.
    pub async fn connect(&self, grant: Grant) -> Result<(), Fault> {
        let mut state = self.state.lock().await;
        let _turn = self.slots.turn().await?;
        self.look(&mut state).await?;
        let generation = state.current.as_ref().map_or(0, |kept| kept.generation + 1);
        self.take_up(&mut state, Kept { generation, granted_at: self.clock.now(), grant }).await
    }

    /// Forgets the access. What the vendor still has of it can be given back with what this returns.
    ///
    /// # Errors
    /// Where it may still be here.
    pub async fn forget(&self) -> Result<Forgotten, Fault> {
        let mut state = self.state.lock().await;
        let _turn = self.slots.turn().await?;
        self.look(&mut state).await?;
        self.slots.forget().await?;
        let grant = std::mem::take(&mut *state).current.map(|kept| kept.grant);
        Ok(Forgotten { client: self.client.clone(), provider: self.provider.clone(), grant, at: self.clock.now() })
    }

    /// How the access stands.
    ///
    /// # Errors
    /// Where the keychain cannot tell.
    pub async fn standing(&self) -> Result<Standing, Fault> {
        let mut state = self.state.lock().await;
        self.load(&mut state).await?;
        let kept = state.current.as_ref();
        let generation = kept.map_or(0, |kept| kept.generation);
        Ok(Standing {
            ends_at: kept.and_then(|kept| match &kept.grant.refresh {
                Some(_) => kept.grant.refresh_expires_at,
                None => kept.grant.expires_at,
            }),
            ended: state.ended == Some(generation) || (kept.is_none() && state.first.is_none()),
        })
    }

    async fn load(&self, state: &mut State) -> Result<(), Fault> {
        if state.current.is_none() {
            // Another program may be in the middle of putting one in the place of the other.
            let _turn = self.slots.turn().await?;
            state.current = self.slots.newest().await?;
        }
        Ok(())
    }

    /// Takes note of a newer grant that another program of this shop has kept; whether there is one.
    async fn look(&self, state: &mut State) -> Result<bool, Fault> {
        let newest = self.slots.newest().await?;
        let generation = |kept: &Option<Kept>| kept.as_ref().map(|kept| kept.generation);
        if generation(&newest) <= generation(&state.current) {
            return Ok(false);
        }
        state.current = newest;
        // What was granted here meanwhile is of an older renewal: it would take the place of the newer one.
        state.unsaved = None;
        Ok(true)
    }

    /// Makes a grant durable and current.
    async fn take_up(&self, state: &mut State, kept: Kept) -> Result<(), Fault> {
        state.unsaved = Some(kept.clone());
        self.slots.keep(&kept).await?;
        let generation = kept.generation;
        state.unsaved = None;
        state.current = Some(kept);
        state.ended = None;
        state.failed_at = None;
        // The old one opens nothing any more; that it lies there a while longer harms nothing.
        if let Err(fault) = self.slots.forget_other(generation).await {
            tracing::warn!(code = fault.code, "an outdated grant stays behind");
        }
        Ok(())
    }

    async fn renew(&self, state: &mut State) -> Result<(), Fault> {
        let _turn = self.slots.turn().await?;
        // A keychain that does not answer now would not take the new grant either.
        if self.look(state).await? {
            return Ok(());
        }
        if let Some(unsaved) = state.unsaved.clone() {
            return self.take_up(state, unsaved).await;
        }
        let generation = state.current.as_ref().map(|kept| kept.generation);
        if state.ended.is_some() && state.ended == Some(generation.unwrap_or(0)) {
            return Err(self.provider.needs_reauth());
        }
        let refresh = match &state.current {
            Some(kept) => kept.grant.refresh.clone(),
            None => state.first.clone(),
        };
        let Some(refresh) = refresh else { return Err(self.provider.needs_reauth()) };
        let mut renewed = self.provider.renew(&self.client, &refresh, self.clock.now()).await;
        if renewed.as_ref().is_err_and(|fault| fault.code == "NEEDS_REAUTH")
            && let Some(first) = state.first.clone().filter(|first| first.expose() != refresh.expose())
        {
            // What is kept has ended: somebody may have put a new token into the environment since.
            renewed = self.provider.renew(&self.client, &first, self.clock.now()).await;
            // A vendor that is ill has said nothing of it: it is tried again.
            if renewed.as_ref().is_ok() || renewed.as_ref().is_err_and(|fault| fault.code == "NEEDS_REAUTH") {
                state.first = None;
            }
        }
        match renewed {
            Ok(grant) => {
                let next = generation.map_or(0, |g| g + 1);
                self.take_up(state, Kept { generation: next, granted_at: self.clock.now(), grant }).await
            }
            Err(fault) if fault.code == "NEEDS_REAUTH" => {
                // Where no turn could be kept, another program may have renewed it in between: what was spent is not what ended.
                if self.look(state).await? {
                    return Ok(());
                }
                state.ended = Some(generation.unwrap_or(0));
                Err(fault)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Whether the current token should be renewed now, and whether it may still be sent if that fails.
    fn due(&self, state: &State) -> (bool, bool) {
        let Some(kept) = &state.current else { return (true, false) };
        let Some(end) = kept.grant.expires_at else { return (false, true) };
        let now = self.clock.now();
        let (left, age) = (end.seconds_since(now), now.seconds_since(kept.granted_at));
        let life = end.seconds_since(kept.granted_at).max(1);
        let old = age >= OLDEST_SECONDS || left <= (life / LAST_PART).max(LEAST_SECONDS);
        let rests = state.failed_at.is_some_and(|at| (0..TRY_AGAIN_SECONDS).contains(&now.seconds_since(at)));
        let serves = left > LEAST_SECONDS;
        (old && !(rests && serves), serves)
    }
}

impl TokenProvider for Keeper {
    fn token(&self) -> BoxFuture<'_, Result<Token, Fault>> {
        Box::pin(async {
            let mut state = self.state.lock().await;
            self.load(&mut state).await?;
            let (due, serves) = self.due(&state);
            if due && let Err(fault) = self.renew(&mut state).await {
                if !serves {
                    return Err(fault);
                }
                state.failed_at = Some(self.clock.now());
            }
            let kept = state.current.as_ref().ok_or_else(|| self.provider.needs_reauth())?;
            Ok(Token { secret: kept.grant.access.clone(), generation: kept.generation })
        })
    }

    fn on_unauthorized(&self, generation: u64) -> BoxFuture<'_, Result<bool, Fault>> {
        Box::pin(async move {
            let mut state = self.state.lock().await;
            self.load(&mut state).await?;
            if state.current.as_ref().is_some_and(|kept| kept.generation > generation) {
                return Ok(true);
            }
            self.renew(&mut state).await.map_err(|fault| match fault.class {
                FaultClass::Unauthorized => self.provider.needs_reauth(),
                _ => fault,
            })?;
            Ok(true)
        })
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").field("provider", &self.provider).finish_non_exhaustive()
    }
}
