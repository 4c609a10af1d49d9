//! The raffle that was used last, as its events have made it: the ten thousandth entry costs what the first one did.
//!
//! Invariant: what is kept is good only while the buffer holds as many events as it is made of. Whoever changes a raffle takes it
//! out before, and puts it back when the buffer has the change.

use crate::dto::ApiError;
use crate::engine::{Engine, held};
use backroom_raffle::{Event, Raffle, RaffleId, Refusal};
use std::sync::Arc;

/// A raffle as it was last seen.
pub(crate) struct Kept {
    id: RaffleId,
    seen: usize,
    raffle: Arc<Raffle>,
}

/// A raffle and how many events it is made of.
pub(super) struct Loaded {
    pub(super) raffle: Option<Arc<Raffle>>,
    pub(super) seen: usize,
}

/// The raffle of that name as it is now.
pub(super) fn load(engine: &Engine, id: &RaffleId) -> Result<Loaded, ApiError> {
    let name = id.to_string();
    let here = engine.store().raffle_event_count(&name)?;
    if here == 0 {
        return Ok(Loaded { raffle: None, seen: 0 });
    }
    let known =
        held(&engine.inner.kept_raffle).as_ref().filter(|k| k.id == *id && k.seen == here).map(|k| k.raffle.clone());
    if let Some(raffle) = known {
        return Ok(Loaded { raffle: Some(raffle), seen: here });
    }
    let stored = engine.store().raffle_events(&name)?;
    let events: Result<Vec<Event>, _> = stored.iter().map(|e| serde_json::from_str(&e.body)).collect();
    let events = events.map_err(|_| Refusal::Damaged)?;
    let raffle = Arc::new(Raffle::replay(&events).map_err(|_| Refusal::Damaged)?);
    keep(engine, id, events.len(), &raffle);
    Ok(Loaded { raffle: Some(raffle), seen: events.len() })
}

/// Takes out what is kept, so that the caller's raffle can change without being copied.
pub(super) fn let_go(engine: &Engine) {
    *held(&engine.inner.kept_raffle) = None;
}

/// Keeps a raffle that is made of `seen` events.
pub(super) fn keep(engine: &Engine, id: &RaffleId, seen: usize, raffle: &Arc<Raffle>) {
    *held(&engine.inner.kept_raffle) = Some(Kept { id: id.clone(), seen, raffle: raffle.clone() });
}
