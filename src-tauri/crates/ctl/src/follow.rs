//! `run`: the schedule without a window, a line of JSON for each event.

use crate::tell::{self, say};
use crate::work::{complain, stopped};
use backroom_api::dto::ApiError;
use backroom_api::{Cycle, Engine, EngineOptions};
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// Syncs and sends every `every` until somebody stops the program.
///
/// # Errors
/// Where the data folder cannot be opened. What fails later is told and tried again.
pub async fn run(options: EngineOptions, every: Duration) -> Result<u8, ApiError> {
    let engine = Engine::open(options).await?;
    let (mut changes, mut cycles) = (engine.subscribe(), engine.cycles());
    engine.start_schedule(every);
    let stop = stopped();
    tokio::pin!(stop);
    // A week offline is one trouble, not one in each cycle.
    let mut told: HashMap<&str, Vec<(String, ApiError)>> = HashMap::new();
    loop {
        tokio::select! {
            () = &mut stop => break,
            change = changes.recv() => match change {
                Ok(change) => say!("{}", json!({ "event": "changed", "invalidates": change.invalidates })),
                Err(RecvError::Lagged(missed)) => say!("{}", json!({ "event": "missed", "count": missed })),
                Err(RecvError::Closed) => break,
            },
            cycle = cycles.recv() => match cycle {
                Ok(cycle) => {
                    tell::cycle(&cycle);
                    let (work, now) = troubles(cycle);
                    let before = told.remove(work).unwrap_or_default();
                    complain(now.iter().filter(|t| !before.contains(t)).map(|(who, error)| (who.clone(), error)));
                    told.insert(work, now);
                }
                Err(RecvError::Lagged(missed)) => say!("{}", json!({ "event": "missed", "count": missed })),
                Err(RecvError::Closed) => break,
            },
        }
    }
    engine.stop().await;
    say!("{}", json!({ "event": "stopped" }));
    Ok(0)
}

/// Which work it was, and whom what stopped.
fn troubles(cycle: Cycle) -> (&'static str, Vec<(String, ApiError)>) {
    match cycle {
        Cycle::Synced(outcome) => {
            let failed =
                outcome.streams.into_iter().filter_map(|s| Some((format!("{} {}", s.source, s.entity), s.error?)));
            ("sync", failed.collect())
        }
        Cycle::Sent(outcome) => {
            ("push", outcome.tables.into_iter().filter_map(|t| Some((t.table, t.error?))).collect())
        }
        Cycle::Failed { work, error } => (work, vec![(work.to_owned(), error)]),
    }
}
