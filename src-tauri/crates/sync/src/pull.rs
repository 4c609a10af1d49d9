//! The driver of a sync: every stream of every source, several pulls at once, today before history.

use crate::cancel::Cancel;
use crate::plan::HistoryPlan;
use crate::progress::{PullProgress, Watcher};
use crate::walk::{Errand, Goal, Stop, walk};
use backroom_core::source::{Entity, PullPlan, Source};
use backroom_core::{DayRule, Fault, FaultClass, Timestamp};
use backroom_store::{PullStats, Store, StoreError, StreamKey, StreamState, Window, report};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Streams that fail to get through, without one that does, after which a source counts as out of reach.
const UNREACHABLE_AFTER: usize = 3;
/// How often everything is read from end to end where the source tells no deletions, in seconds.
const SWEEP_SECONDS: i64 = 86_400;

/// A source under its name in the configuration.
#[derive(Clone)]
pub struct SourceEntry {
    /// Its name.
    pub name: String,
    /// The source.
    pub source: Arc<dyn Source>,
    /// How many days of history are fetched at the first sync.
    pub history_days: i64,
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
        runs.spawn(async move { pull_source(&store, &entry, &options, &watcher, &cancel).await });
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
    let known = locations(store)?;
    let mut outcomes = Vec::new();
    let needs_locations =
        known.is_empty() && wanted.iter().any(|e| entry.source.plan(*e).is_some_and(|p| p.per_location));
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
    let before = locations(store)?;
    outcomes.extend(run(store, entry, options, &rest, &before, watcher, cancel).await?);
    // A location that was not known when the run began.
    let fresh: Vec<Place> = locations(store)?.into_iter().filter(|l| !before.iter().any(|b| b.id == l.id)).collect();
    if !fresh.is_empty() && !cancel.is_cancelled() {
        let per_location: Vec<Entity> =
            rest.into_iter().filter(|e| entry.source.plan(*e).is_some_and(|p| p.per_location)).collect();
        outcomes.extend(run(store, entry, options, &per_location, &fresh, watcher, cancel).await?);
    }
    Ok(outcomes)
}

#[derive(Debug, Clone)]
struct Place {
    id: String,
    rule: DayRule,
}

fn locations(store: &Store) -> Result<Vec<Place>, StoreError> {
    let rule = store.rule();
    let places = store.read(report::places)?;
    Ok(places
        .into_iter()
        .map(|p| Place {
            id: p.id,
            rule: p.time_zone.as_deref().and_then(|zone| rule.in_zone(zone).ok()).unwrap_or(rule),
        })
        .collect())
}

/// A stream in this run.
struct Stream {
    entity: Entity,
    location: Option<String>,
    state: StreamState,
    plan: PullPlan,
    history: Option<HistoryPlan>,
    /// The pull to do first, where the stream is not a history.
    single: Option<Goal>,
    /// Whether a history that was completed in this run has looked back over what came late.
    looked_back: bool,
    running: usize,
    stats: PullStats,
    fault: Option<Fault>,
}

struct Ended {
    stream: usize,
    goal: Goal,
    outcome: Result<oneshot::Receiver<PullStats>, Stop>,
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
    let fetchers = entry.source.concurrency().max(1);
    let mut walks: JoinSet<Ended> = JoinSet::new();
    let mut commits: JoinSet<Settled> = JoinSet::new();
    let mut meter = Meter { started: Instant::now(), rows_before: streams.iter().map(Stream::rows).sum() };
    let mut halted: Option<Fault> = None;
    let late = entry.source.plan(Entity::Orders).map_or(0, |plan| plan.overlap_seconds);
    loop {
        while walks.len() < fetchers && halted.is_none() {
            let Some((index, goal)) = next_errand(&mut streams) else { break };
            let stream = &mut streams[index];
            stream.running += 1;
            let errand =
                Errand { stream: stream.state.id, entity: stream.entity, location: stream.location.clone(), goal };
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
                    Ok(receiver) => {
                        let (index, goal) = (ended.stream, ended.goal);
                        commits.spawn(async move { (index, goal, receiver.await.ok()) });
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
                meter.tell(&streams, store.rule(), watcher);
            }
        }
    }
    finish(store, entry, streams, halted).await
}

/// Opens the streams and decides what each has to do.
async fn open(
    store: &Store,
    entry: &SourceEntry,
    options: &PullOptions,
    entities: &[Entity],
    places: &[Place],
) -> Result<Vec<Stream>, StoreError> {
    let mut wanted: Vec<(Entity, PullPlan, Option<Place>)> = Vec::new();
    for &entity in entities {
        let Some(plan) = entry.source.plan(entity) else { continue };
        if plan.per_location {
            wanted.extend(places.iter().map(|p| (entity, plan, Some(p.clone()))));
        } else {
            wanted.push((entity, plan, None));
        }
    }
    let keys: Vec<StreamKey> = wanted
        .iter()
        .map(|(entity, _, place)| StreamKey {
            source: entry.name.clone(),
            kind: entry.source.kind(),
            entity: *entity,
            location: place.as_ref().map(|p| p.id.clone()),
        })
        .collect();
    let mut states = store.open_streams(keys.clone()).await?;
    if options.full {
        store.forget_progress(states.iter().map(|s| s.id).collect()).await?;
        states = store.open_streams(keys).await?;
    }
    let now = store.clock().now();
    let mut streams = Vec::with_capacity(states.len());
    for ((entity, plan, place), state) in wanted.into_iter().zip(states) {
        let rule = place.as_ref().map_or(store.rule(), |p| p.rule);
        let mut stream = Stream {
            entity,
            location: place.map(|p| p.id),
            state,
            plan,
            history: None,
            single: None,
            looked_back: false,
            running: 0,
            stats: PullStats::default(),
            fault: None,
        };
        if plan.windowed && !stream.state.history_done {
            let from = stream.state.history.map_or(now.plus_days(-entry.history_days), |h| h.from);
            let bounds = Window { from: from.min(now), to: now.max(from.plus_seconds(1)) };
            if stream.state.history.is_none() {
                store.set_history(stream.state.id, bounds).await?;
            }
            let today = rule.starts_at(rule.day_of(now));
            stream.history = Some(HistoryPlan::new(
                bounds,
                today,
                std::mem::take(&mut stream.state.done),
                entry.source.concurrency(),
            ));
        } else {
            stream.single = Some(single_goal(&stream, now, entry.history_days));
        }
        streams.push(stream);
    }
    Ok(streams)
}

/// What a stream without a history to fill does in one cycle.
fn single_goal(stream: &Stream, now: Timestamp, history_days: i64) -> Goal {
    let state = &stream.state;
    if !stream.plan.incremental {
        return Goal::All { sweep_only: true };
    }
    let since = state.watermark.or_else(|| stream.plan.windowed.then(|| history_from(state, now, history_days)));
    let Some(since) = since else { return Goal::All { sweep_only: false } };
    let sweep_due = stream.entity == Entity::Customers
        && state.last_sweep.is_none_or(|at| now.seconds_since(at) >= SWEEP_SECONDS || now < at);
    if sweep_due {
        return Goal::All { sweep_only: false };
    }
    Goal::Changes {
        since: since.plus_seconds(-stream.plan.overlap_seconds),
        history_from: history_from(state, now, history_days),
        watermark: state.watermark,
    }
}

fn history_from(state: &StreamState, now: Timestamp, history_days: i64) -> Timestamp {
    state.history.map_or(now.plus_days(-history_days), |h| h.from)
}

/// The next pull: single ones and today's windows first, then the newest part of any history.
fn next_errand(streams: &mut [Stream]) -> Option<(usize, Goal)> {
    for (index, stream) in streams.iter_mut().enumerate() {
        if stream.fault.is_none()
            && let Some(goal) = stream.single.take()
        {
            return Some((index, goal));
        }
    }
    let newest = streams
        .iter()
        .enumerate()
        .filter(|(_, s)| s.fault.is_none())
        .filter_map(|(index, s)| Some((s.history.as_ref()?.next_at()?, std::cmp::Reverse(index))))
        .max()?;
    let index = newest.1.0;
    let plan = streams[index].history.as_mut()?;
    let end = plan.bounds().to;
    let window = plan.claim()?;
    Some((index, Goal::Window { window, newest: window.to == end }))
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
        if plan.complete() && stream.fault.is_none() {
            store.complete_history(stream.state.id, late).await?;
        }
    }
    if stats.changed > 0 {
        watcher.pulled(stream.entity);
    }
    Ok(())
}

/// An order that a register uploaded late brings its payment with it, as old as itself: payments and refunds of that location
/// are asked for again from there on. Looking back that far in every cycle would cost pages each time.
fn look_back(streams: &mut [Stream], index: usize, goal: Goal, stats: &PullStats) {
    let (Goal::Changes { .. }, Some(oldest), Entity::Orders) = (goal, stats.oldest_changed, streams[index].entity)
    else {
        return;
    };
    let location = streams[index].location.clone();
    for stream in streams.iter_mut().filter(|s| s.location == location && s.fault.is_none()) {
        if !matches!(stream.entity, Entity::Payments | Entity::Refunds) {
            continue;
        }
        let (Some(watermark), Some(history)) = (stream.state.watermark, stream.state.history) else { continue };
        if oldest < watermark.plus_seconds(-stream.plan.overlap_seconds) {
            let since = oldest.plus_seconds(-stream.plan.overlap_seconds);
            stream.single = Some(Goal::Changes { since, history_from: history.from, watermark: Some(watermark) });
        }
    }
}

/// Once all histories are in, payments and refunds that were completed in this run look back over what registers upload late:
/// such an order may have come between the window of its payment and its own. Tells whether there is something to ask.
fn histories_look_back(streams: &mut [Stream], late: i64) -> bool {
    if !streams.iter().any(|s| s.entity == Entity::Orders) {
        return false;
    }
    let mut any = false;
    for stream in streams.iter_mut().filter(|s| matches!(s.entity, Entity::Payments | Entity::Refunds)) {
        let Some(bounds) = stream.history.as_ref().filter(|h| h.complete()).map(HistoryPlan::bounds) else { continue };
        if stream.fault.is_none() && !std::mem::replace(&mut stream.looked_back, true) {
            let since = bounds.to.plus_seconds(-late - stream.plan.overlap_seconds);
            stream.single = Some(Goal::Changes { since, history_from: bounds.from, watermark: None });
            any = true;
        }
    }
    any
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

impl Stream {
    fn fail(&mut self, fault: &Fault) {
        self.fault.get_or_insert_with(|| fault.clone());
    }

    fn rows(&self) -> u64 {
        self.history.as_ref().map_or(0, HistoryPlan::rows)
    }
}

/// Measures a first sync.
struct Meter {
    started: Instant,
    rows_before: u64,
}

impl Meter {
    fn tell(&mut self, streams: &[Stream], rule: DayRule, watcher: &Arc<dyn Watcher>) {
        let plans: BTreeMap<usize, &HistoryPlan> =
            streams.iter().enumerate().filter_map(|(i, s)| Some((i, s.history.as_ref()?))).collect();
        if plans.is_empty() {
            return;
        }
        let (covered, all) = plans.values().fold((0, 0), |(c, a), p| {
            let (covered, all) = p.covered();
            (c + covered, a + all)
        });
        let rows: u64 = plans.values().map(|p| p.rows()).sum();
        let expected: Option<u64> = plans.values().map(|p| p.expected_rows()).sum();
        let sales: Vec<&&HistoryPlan> = plans
            .iter()
            .filter(|(i, _)| matches!(streams[**i].entity, Entity::Payments | Entity::Refunds))
            .map(|(_, p)| p)
            .collect();
        let whole: Option<Vec<Timestamp>> = sales.iter().map(|p| p.complete_since()).collect();
        let since = whole.and_then(|starts| starts.into_iter().max());
        let elapsed = self.started.elapsed().as_secs_f64();
        let fetched = rows.saturating_sub(self.rows_before);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate"
        )]
        let seconds_left = expected.filter(|_| fetched > 0 && elapsed > 0.5).map(|expected| {
            let pace = fetched as f64 / elapsed;
            (expected.saturating_sub(rows) as f64 / pace).ceil() as u64
        });
        watcher.progress(&PullProgress {
            rows,
            rows_expected: expected,
            percent: u8::try_from((covered * 100).checked_div(all).unwrap_or(100)).unwrap_or(100),
            seconds_left,
            today_complete: sales.iter().all(|p| p.today_complete()),
            complete_since: since.map(|at| rule.day_of(at.plus_seconds(TO_NEXT_DAY))),
        });
    }
}

/// A window may begin within a business day: the first whole day is the one that begins after it.
const TO_NEXT_DAY: i64 = 86_399;
