//! The driver of a sync: every stream of every source, several pulls at once, today before history.

mod meter;
mod stream;

use crate::background;
use crate::cancel::Cancel;
use crate::progress::Watcher;
use crate::walk::{Errand, Goal, Stop, Walked, walk};
use backroom_core::source::{Entity, Source};
use backroom_core::{Fault, FaultClass};
use backroom_store::{PullStats, Store, StoreError, report};
use meter::Meter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use stream::{Place, Stream, histories_look_back, look_back, next_errand, open};
use tokio::task::JoinSet;

/// Streams that fail to get through, without one that does, after which a source counts as out of reach.
const UNREACHABLE_AFTER: usize = 3;

/// A source under its name in the configuration.
#[derive(Clone)]
pub struct SourceEntry {
    /// Its name.
    pub name: String,
    /// The source.
    pub source: Arc<dyn Source>,
    /// How many days of history are fetched at the first sync; none: all of it, from the day a location was opened.
    pub history_days: Option<i64>,
}

/// What a sync is limited to.
#[derive(Debug, Clone, Default)]
pub struct PullOptions {
    /// Only this source.
    pub source: Option<String>,
    /// Only this entity.
    pub entity: Option<Entity>,
    /// Read everything again, whatever was read before.
    pub full: bool,
}

/// How one stream's sync ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullOutcome {
    /// Name of the source.
    pub source: String,
    /// Entity.
    pub entity: Entity,
    /// Location id; none for streams of the whole account.
    pub location: Option<String>,
    /// What was done.
    pub stats: PullStats,
    /// Why it failed, where it did.
    pub fault: Option<Fault>,
}

/// Pulls every stream of every source to its end. A stream that fails does not stop the others.
///
/// # Errors
/// Where the buffer fails; what was committed stays.
pub async fn pull(
    store: &Store,
    sources: &[SourceEntry],
    options: &PullOptions,
    watcher: &Arc<dyn Watcher>,
    cancel: &Cancel,
) -> Result<Vec<PullOutcome>, StoreError> {
    let mut runs = JoinSet::new();
    for entry in sources.iter().filter(|s| options.source.as_ref().is_none_or(|name| *name == s.name)) {
        let (store, entry, options) = (store.clone(), entry.clone(), options.clone());
        let (watcher, cancel) = (watcher.clone(), cancel.clone());
        runs.spawn_on(
            async move { pull_source(&store, &entry, &options, &watcher, &cancel).await },
            &background::handle(),
        );
    }
    let mut outcomes = Vec::new();
    let mut failure = None;
    while let Some(ended) = runs.join_next().await {
        match ended {
            Ok(Ok(found)) => outcomes.extend(found),
            Ok(Err(error)) => {
                // One buffer serves all: when it fails for one it fails for all.
                cancel.cancel();
                failure = failure.or(Some(error));
            }
            Err(_) => failure = failure.or(Some(StoreError::Invariant("a sync ends in order"))),
        }
    }
    match failure {
        Some(error) => {
            store.reset_pulls().await?;
            Err(error)
        }
        None => Ok(outcomes),
    }
}

async fn pull_source(
    store: &Store,
    entry: &SourceEntry,
    options: &PullOptions,
    watcher: &Arc<dyn Watcher>,
    cancel: &Cancel,
) -> Result<Vec<PullOutcome>, StoreError> {
    let wanted: Vec<Entity> = Entity::ALL
        .into_iter()
        .filter(|e| entry.source.plan(*e).is_some() && options.entity.is_none_or(|only| only == *e))
        .collect();
    let known = locations(store, &entry.name)?;
    let mut outcomes = Vec::new();
    // What is asked for by location needs them, and what has a business day needs their zones.
    let needs_locations = known.is_empty()
        && entry.source.plan(Entity::Locations).is_some()
        && wanted.iter().any(|e| matches!(e, Entity::Payments | Entity::Refunds | Entity::Orders | Entity::Inventory));
    let mut rest = wanted.clone();
    if needs_locations {
        let first = run(store, entry, options, &[Entity::Locations], &[], watcher, cancel).await?;
        let failed = first.iter().find_map(|o| o.fault.clone());
        outcomes.extend(first);
        if let Some(fault) = failed {
            rest.retain(|e| *e != Entity::Locations);
            outcomes.extend(rest.into_iter().map(|entity| PullOutcome {
                source: entry.name.clone(),
                entity,
                location: None,
                stats: PullStats::default(),
                fault: Some(fault.clone()),
            }));
            return Ok(outcomes);
        }
        rest.retain(|e| *e != Entity::Locations);
    }
    let before = locations(store, &entry.name)?;
    outcomes.extend(run(store, entry, options, &rest, &before, watcher, cancel).await?);
    // A location that was not known when the run began.
    let fresh: Vec<Place> =
        locations(store, &entry.name)?.into_iter().filter(|l| !before.iter().any(|b| b.id == l.id)).collect();
    if !fresh.is_empty() && !cancel.is_cancelled() {
        let per_location: Vec<Entity> =
            rest.into_iter().filter(|e| entry.source.plan(*e).is_some_and(|p| p.per_location)).collect();
        outcomes.extend(run(store, entry, options, &per_location, &fresh, watcher, cancel).await?);
    }
    Ok(outcomes)
}

fn locations(store: &Store, source: &str) -> Result<Vec<Place>, StoreError> {
    let rule = store.rule();
    let places = store.read(report::places)?;
    Ok(places
        .into_iter()
        .filter(|p| p.source == source)
        .map(|p| Place {
            id: p.id,
            rule: p.time_zone.as_deref().and_then(|zone| rule.in_zone(zone).ok()).unwrap_or(rule),
            opened: p.created_at,
        })
        .collect())
}

struct Ended {
    stream: usize,
    goal: Goal,
    outcome: Result<Walked, Stop>,
}

/// What was settled by a commit.
type Settled = (usize, Goal, Option<PullStats>);

async fn run(
    store: &Store,
    entry: &SourceEntry,
    options: &PullOptions,
    entities: &[Entity],
    places: &[Place],
    watcher: &Arc<dyn Watcher>,
    cancel: &Cancel,
) -> Result<Vec<PullOutcome>, StoreError> {
    let mut streams = open(store, entry, options, entities, places).await?;
    // A walk that waits to try again leaves its call to another: the source itself bounds what is in flight.
    let fetchers = entry.source.concurrency().max(1) * 3 / 2;
    let mut walks: JoinSet<Ended> = JoinSet::new();
    let mut commits: JoinSet<Settled> = JoinSet::new();
    let mut meter = Meter::new(streams.iter().map(Stream::rows).sum());
    let fetched = Arc::new(AtomicU64::new(0));
    let mut halted: Option<Fault> = None;
    let late = entry.source.plan(Entity::Orders).map_or(0, |plan| plan.overlap_seconds);
    loop {
        while walks.len() < fetchers && halted.is_none() {
            let Some((index, goal)) = next_errand(&mut streams) else { break };
            let stream = &mut streams[index];
            stream.running += 1;
            let errand = Errand {
                stream: stream.state.id,
                entity: stream.entity,
                location: stream.location.clone(),
                goal,
                fetched: fetched.clone(),
            };
            let (store, source, cancel) = (store.clone(), entry.source.clone(), cancel.clone());
            walks.spawn(async move {
                let outcome = walk(&store, &source, &errand, &cancel).await;
                Ended { stream: index, goal, outcome }
            });
        }
        if walks.is_empty() {
            // What is left waits for a commit: nothing more comes to make one due.
            store.flush().await?;
            if commits.is_empty() {
                if halted.is_none() && histories_look_back(&mut streams, late) {
                    continue;
                }
                break;
            }
        }
        tokio::select! {
            Some(ended) = walks.join_next(), if !walks.is_empty() => {
                let ended = ended.map_err(|_| StoreError::Invariant("a pull ends in order"))?;
                streams[ended.stream].running -= 1;
                match ended.outcome {
                    Ok(Walked { rows, committed }) => {
                        let (index, goal) = (ended.stream, ended.goal);
                        if let (Goal::Window { window, .. }, Some(plan)) = (goal, streams[index].history.as_mut()) {
                            plan.read(window, rows);
                        }
                        commits.spawn(async move { (index, goal, committed.await.ok()) });
                    }
                    Err(Stop::Store(error)) => {
                        walks.abort_all();
                        return Err(error);
                    }
                    Err(Stop::Fault(fault)) => {
                        streams[ended.stream].fail(&fault);
                        halted = halted.or_else(|| halts(&streams, &fault));
                    }
                }
            }
            Some(settled) = commits.join_next(), if !commits.is_empty() => {
                let (index, goal, stats) = settled.map_err(|_| StoreError::Invariant("a commit is told"))?;
                match stats {
                    Some(stats) => {
                        settle(store, &mut streams[index], goal, &stats, late, watcher).await?;
                        look_back(&mut streams, index, goal, &stats);
                    }
                    // The page was lost with its transaction: the flush tells why.
                    None => store.flush().await?,
                }
                meter.tell(&streams, fetched.load(Ordering::Relaxed), store.rule(), watcher);
            }
        }
    }
    finish(store, entry, streams, halted).await
}

/// Whether a fault of one stream means that the whole source is out of reach or refuses us.
fn halts(streams: &[Stream], fault: &Fault) -> Option<Fault> {
    match fault.class {
        FaultClass::Unauthorized | FaultClass::Cancelled | FaultClass::Config => Some(fault.clone()),
        FaultClass::Transient => {
            let failed = streams.iter().filter(|s| s.fault.is_some()).count();
            let through = streams.iter().any(|s| s.stats.pages > 0);
            (failed >= UNREACHABLE_AFTER && !through).then(|| fault.clone())
        }
        _ => None,
    }
}

/// Takes note of a committed pull.
async fn settle(
    store: &Store,
    stream: &mut Stream,
    goal: Goal,
    stats: &PullStats,
    late: i64,
    watcher: &Arc<dyn Watcher>,
) -> Result<(), StoreError> {
    stream.stats.pages += stats.pages;
    stream.stats.requests += stats.requests;
    // What is only looked at again was counted with its window.
    stream.stats.rows += if stream.looked_back { stats.changed } else { stats.rows };
    stream.stats.changed += stats.changed;
    stream.stats.deleted += stats.deleted;
    stream.stats.sum = stream.stats.sum.saturating_add(stats.sum);
    if let (Goal::Window { window, .. }, Some(plan)) = (goal, stream.history.as_mut()) {
        plan.finish(window, stats.rows);
        match (plan.complete() && stream.fault.is_none(), stream.state.history_done) {
            (true, false) => store.complete_history(stream.state.id, late).await?,
            // The changes go on from where they are: only the start is another.
            (true, true) => store.set_history(stream.state.id, plan.bounds()).await?,
            (false, _) => {}
        }
    }
    if stats.changed > 0 {
        watcher.pulled(stream.entity);
    }
    Ok(())
}

async fn finish(
    store: &Store,
    entry: &SourceEntry,
    streams: Vec<Stream>,
    halted: Option<Fault>,
) -> Result<Vec<PullOutcome>, StoreError> {
    let mut attempts = Vec::new();
    let mut outcomes = Vec::new();
    for mut stream in streams {
        let unfinished = stream.single.is_some() || stream.history.as_ref().is_some_and(|h| !h.complete());
        if stream.fault.is_none() && unfinished {
            stream.fault.clone_from(&halted);
        }
        let cancelled = stream.fault.as_ref().is_some_and(|f| f.class == FaultClass::Cancelled);
        if !cancelled {
            attempts.push((stream.state.id, stream.fault.clone()));
        }
        outcomes.push(PullOutcome {
            source: entry.name.clone(),
            entity: stream.entity,
            location: stream.location,
            stats: stream.stats,
            fault: stream.fault,
        });
    }
    store.record_attempts(attempts).await?;
    Ok(outcomes)
}
