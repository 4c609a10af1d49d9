//! Two places for the grants of one account: the newest readable one counts.
//!
//! Invariants: the place that holds the newest grant is not written to. A grant goes into the other place, whole, and is read back
//! before anybody uses it; whatever ends the program leaves one that works. Whoever renews has the turn, and looks at what is there
//! after he got it.

use super::provider::Grant;
use backroom_core::{Fault, FaultClass, Timestamp};
use backroom_secrets::{Secret, SecretError, SecretStore, Turn};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a renewal elsewhere is waited for: it may wait for its vendor, and for a person at the keychain.
const LONGEST_TURN: Duration = Duration::from_secs(240);
/// Between two looks whether it is over.
const LOOK: Duration = Duration::from_millis(50);

/// A grant with its number.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) generation: u64,
    pub(crate) granted_at: Timestamp,
    pub(crate) grant: Grant,
}

/// The two places.
#[derive(Clone)]
pub(crate) struct Slots {
    store: Arc<dyn SecretStore>,
    prefix: String,
}

#[derive(Deserialize)]
struct Stored {
    generation: u64,
    granted_at: i64,
    access: String,
    refresh: Option<String>,
    expires_at: Option<i64>,
    refresh_expires_at: Option<i64>,
}

impl Slots {
    pub(crate) fn new(store: Arc<dyn SecretStore>, prefix: impl Into<String>) -> Self {
        Self { store, prefix: prefix.into() }
    }

    fn name(&self, generation: u64) -> String {
        format!("{}/slot{}", self.prefix, generation % 2)
    }

    /// Waits for the sole right to renew, among all programs that keep this account's grants in the same place.
    pub(crate) async fn turn(&self) -> Result<Turn, Fault> {
        let until = Instant::now() + LONGEST_TURN;
        loop {
            let slots = self.clone();
            if let Some(turn) = blocking(move || Ok(slots.store.try_turn(&slots.prefix))).await? {
                return Ok(turn);
            }
            if Instant::now() >= until {
                let words = "Another Backroom of this computer is renewing this access and does not come to an end.";
                return Err(Fault::new(FaultClass::Transient, "OAUTH_OTHER_AT_WORK", words)
                    .with_hint("Close the other one; the sync then goes on by itself. Nothing is lost."));
            }
            sleep(LOOK).await;
        }
    }

    /// The newest grant. A place that holds something else is passed over; one that cannot be read is an error, for a newer grant
    /// may lie there and the older one must not be used again.
    pub(crate) async fn newest(&self) -> Result<Option<Kept>, Fault> {
        let slots = self.clone();
        blocking(move || {
            let mut found: Option<Kept> = None;
            for place in 0..2 {
                let kept = slots.store.get(&slots.name(place))?.as_ref().and_then(read);
                found = kept.filter(|k| found.as_ref().is_none_or(|f| f.generation < k.generation)).or(found);
            }
            Ok(found)
        })
        .await
    }

    /// Writes a grant and reads it back.
    pub(crate) async fn keep(&self, kept: &Kept) -> Result<(), Fault> {
        let (slots, kept) = (self.clone(), kept.clone());
        blocking(move || {
            let name = slots.name(kept.generation);
            slots.store.set(&name, &written(&kept))?;
            let back = slots.store.get(&name)?.as_ref().and_then(read);
            match back {
                Some(back) if same(&back, &kept) => Ok(()),
                _ => Err(SecretError::Damaged { name }),
            }
        })
        .await
    }

    /// Forgets the place that a grant of this generation does not lie in.
    pub(crate) async fn forget_other(&self, generation: u64) -> Result<(), Fault> {
        let slots = self.clone();
        blocking(move || slots.store.delete(&slots.name(generation + 1))).await
    }

    /// Forgets both.
    pub(crate) async fn forget(&self) -> Result<(), Fault> {
        let slots = self.clone();
        blocking(move || {
            slots.store.delete(&slots.name(0))?;
            slots.store.delete(&slots.name(1))
        })
        .await
    }
}

fn same(one: &Kept, other: &Kept) -> bool {
    let refresh = |k: &Kept| k.grant.refresh.as_ref().map(|r| r.expose().to_owned());
    one.generation == other.generation
        && one.grant.access.expose() == other.grant.access.expose()
        && refresh(one) == refresh(other)
}

fn written(kept: &Kept) -> Secret {
    let grant = &kept.grant;
    Secret::new(
        json!({
            "generation": kept.generation,
            "granted_at": kept.granted_at.micros(),
            "access": grant.access.expose(),
            "refresh": grant.refresh.as_ref().map(Secret::expose),
            "expires_at": grant.expires_at.map(Timestamp::micros),
            "refresh_expires_at": grant.refresh_expires_at.map(Timestamp::micros),
        })
        .to_string(),
    )
}

fn read(secret: &Secret) -> Option<Kept> {
    let stored: Stored = serde_json::from_str(secret.expose()).ok()?;
    Some(Kept {
        generation: stored.generation,
        granted_at: Timestamp::from_micros(stored.granted_at),
        grant: Grant {
            access: Secret::new(stored.access),
            refresh: stored.refresh.map(Secret::new),
            expires_at: stored.expires_at.map(Timestamp::from_micros),
            refresh_expires_at: stored.refresh_expires_at.map(Timestamp::from_micros),
        },
    })
}

/// The keychain may wait for a person: not on a thread that others need.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    let trouble = |words: String| {
        Fault::new(FaultClass::Transient, "OAUTH_KEYCHAIN", format!("The access could not be kept: {words}."))
            .with_hint("Unlock the keychain; the sync then goes on by itself. Nothing is lost.")
    };
    match done {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(trouble(error.to_string())),
        Err(_) => Err(trouble("the keychain could not be asked".to_owned())),
    }
}
