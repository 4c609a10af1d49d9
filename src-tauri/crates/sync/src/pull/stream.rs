//! The streams of a run and what each has to ask for.
//!
//! Invariant: a watermark is moved by the pull that read up to it, never by what is decided here; looking back asks for more and
//! moves nothing.

use super::{PullOptions, SourceEntry};
use crate::plan::HistoryPlan;
use crate::walk::Goal;
use backroom_core::source::{Entity, PullPlan};
use backroom_core::{DayRule, Fault, Timestamp};
use backroom_store::{PullStats, Store, StoreError, StreamKey, StreamState, Window};

/// How often everything is read from end to end where the source tells no deletions, in seconds.
const SWEEP_SECONDS: i64 = 86_400;
/// Where a history ends that nobody bounds, 2005-01-01: no point of sale that is read here is older than that.
const FIRST_DAY: Timestamp = Timestamp::from_seconds(1_104_537_600);
/// How much earlier than its bounds a history must be wanted to be lengthened, in seconds: a clock that is set right moves less.
const LENGTHENED_SECONDS: i64 = 86_400;

/// A location with its business day.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) id: String,
    pub(super) rule: DayRule,
    /// When it was opened, where the source tells.
    pub(super) opened: Option<Timestamp>,
}

/// A stream in this run.
pub(super) struct Stream {
    pub(super) entity: Entity,
    pub(super) location: Option<String>,
    pub(super) state: StreamState,
    pub(super) plan: PullPlan,
    pub(super) history: Option<HistoryPlan>,
    /// The pull to do first, where the stream is not a history.
    pub(super) single: Option<Goal>,
    /// Whether it has looked back over what came late, once histories were completed in this run.
    pub(super) looked_back: bool,
    pub(super) running: usize,
    pub(super) stats: PullStats,
    pub(super) fault: Option<Fault>,
}

impl Stream {
    pub(super) fn fail(&mut self, fault: &Fault) {
        self.fault.get_or_insert_with(|| fault.clone());
    }

    pub(super) fn rows(&self) -> u64 {
        self.history.as_ref().map_or(0, HistoryPlan::rows)
    }

    /// Whether a history that is in is wanted from earlier on.
    fn lengthens(&self, wanted: Window) -> bool {
        let from = self.state.history.filter(|_| self.state.history_done).map(|h| h.from);
        from.is_some_and(|from| from.seconds_since(wanted.from) >= LENGTHENED_SECONDS)
    }
}

/// Opens the streams and decides what each has to do.
pub(super) async fn open(
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
    let surely = no_earlier_than(&states, now);
    let mut streams = Vec::with_capacity(states.len());
    for ((entity, plan, place), state) in wanted.into_iter().zip(states) {
        let rule = place.as_ref().map_or(store.rule(), |p| p.rule);
        let opened = match &place {
            Some(place) => place.opened,
            // A stream of the whole account goes back to the first of its locations; one unknown hides where that is.
            None => places.iter().map(|p| p.opened).min().flatten(),
        };
        let first = first_instant(entry.history_days, opened, surely);
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
        let bounds = bounds(&stream.state, first, now);
        let filling = plan.windowed && !stream.state.history_done;
        let today = rule.starts_at(rule.day_of(now));
        let done = std::mem::take(&mut stream.state.done);
        if filling {
            if stream.state.history.is_none_or(|h| bounds.from < h.from) {
                store.set_history(stream.state.id, bounds).await?;
            }
            stream.history = Some(HistoryPlan::new(bounds, today, done, entry.source.concurrency()));
        } else if plan.windowed && stream.lengthens(bounds) {
            let more = HistoryPlan::new(bounds, today, done, entry.source.concurrency());
            if more.complete() {
                // Stopped between the last window and the telling of it.
                store.set_history(stream.state.id, bounds).await?;
            } else {
                stream.history = Some(more);
            }
        }
        if !filling {
            stream.single = Some(single_goal(&stream, now, first));
        }
        streams.push(stream);
    }
    Ok(streams)
}

/// What a stream without a history to fill does in one cycle.
fn single_goal(stream: &Stream, now: Timestamp, first: Timestamp) -> Goal {
    let state = &stream.state;
    if !stream.plan.incremental {
        return Goal::All { sweep_only: true };
    }
    let since = state.watermark.or_else(|| stream.plan.windowed.then(|| history_from(state, first)));
    let Some(since) = since else { return Goal::All { sweep_only: false } };
    let sweep_due =
        stream.plan.sweeps && state.last_sweep.is_none_or(|at| now.seconds_since(at) >= SWEEP_SECONDS || now < at);
    if sweep_due {
        return Goal::All { sweep_only: false };
    }
    Goal::Changes {
        since: since.plus_seconds(-stream.plan.overlap_seconds),
        history_from: history_from(state, first),
        watermark: state.watermark,
    }
}

fn history_from(state: &StreamState, first: Timestamp) -> Timestamp {
    state.history.map_or(first, |h| h.from)
}

/// Where a history begins: so many days ago, or on the day before its location was opened.
fn first_instant(days: Option<i64>, opened: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let first = match (days, opened) {
        (Some(days), _) => now.plus_days(-days),
        (None, Some(opened)) => opened.plus_days(-1),
        (None, None) => FIRST_DAY,
    };
    first.max(FIRST_DAY)
}

/// Now, by a clock that may have been set back: the source has told of changes, so it is no earlier than the newest of them.
fn no_earlier_than(states: &[StreamState], now: Timestamp) -> Timestamp {
    // A stream whose history is not in has no watermark yet; its end was told by a clock of ours too, and either may be ahead.
    let met = |s: &StreamState| s.watermark.or(s.history.and_then(|h| s.seen_version.map(|seen| seen.min(h.to))));
    states.iter().filter_map(met).fold(now, Timestamp::max)
}

/// What of a stream's history is to be in. The bounds that were fixed at the first sync hold, whatever the clock says today: its
/// start may only become earlier, where more is wanted or the clock was ahead then; its end may not, or what lies between would
/// never be read.
fn bounds(state: &StreamState, first: Timestamp, now: Timestamp) -> Window {
    match state.history {
        Some(h) if state.history_done => Window { from: h.from.min(first), to: h.to },
        Some(h) => Window { from: h.from.min(first), to: h.to.max(now) },
        None => Window { from: first.min(now), to: now.max(first.plus_seconds(1)) },
    }
}

/// The next pull: today of every history, then what is no history, then the newest part of any history.
pub(super) fn next_errand(streams: &mut [Stream]) -> Option<(usize, Goal)> {
    let today = |s: &Stream| s.history.as_ref().is_some_and(|h| h.next_at() == Some(h.bounds().to));
    if let Some(index) = streams.iter().position(|s| s.fault.is_none() && today(s)) {
        return window_of(streams, index);
    }
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
    window_of(streams, newest.1.0)
}

fn window_of(streams: &mut [Stream], index: usize) -> Option<(usize, Goal)> {
    let plan = streams[index].history.as_mut()?;
    let end = plan.bounds().to;
    let window = plan.claim()?;
    Some((index, Goal::Window { window, newest: window.to == end }))
}

/// An order that a register uploaded late brings its payment with it, as old as itself: payments and refunds of that location
/// are asked for again from there on. Looking back that far in every cycle would cost pages each time.
pub(super) fn look_back(streams: &mut [Stream], index: usize, goal: Goal, stats: &PullStats) {
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

/// Once all histories are in, orders look back over what registers upload late, and payments and refunds with them: an order may
/// have come after its window, or between the window of its payment, in this run or an earlier one, and its own. Tells whether
/// there is something to ask.
pub(super) fn histories_look_back(streams: &mut [Stream], late: i64) -> bool {
    // A history that is only lengthened backwards is far from what comes late.
    let completed = |stream: &Stream| {
        stream.history.as_ref().filter(|h| h.complete() && !stream.state.history_done).map(HistoryPlan::bounds)
    };
    let of_orders: Vec<(Option<String>, Option<Window>)> =
        streams.iter().filter(|s| s.entity == Entity::Orders).map(|s| (s.location.clone(), completed(s))).collect();
    let mut any = false;
    for stream in streams {
        let Some((_, orders)) = of_orders.iter().find(|(location, _)| *location == stream.location) else { continue };
        let (own, overlap) = (completed(stream), stream.plan.overlap_seconds);
        let late = match stream.entity {
            Entity::Orders => 0,
            Entity::Payments | Entity::Refunds => late,
            _ => continue,
        };
        let filling = stream.plan.windowed && !stream.state.history_done && own.is_none();
        let Some(from) = own.map(|w| w.from).or(stream.state.history.map(|w| w.from)) else { continue };
        let Some(end) = [own, *orders].into_iter().flatten().map(|w| w.to).min() else { continue };
        if stream.fault.is_none() && !filling && !std::mem::replace(&mut stream.looked_back, true) {
            let since = end.plus_seconds(-late - overlap);
            stream.single = Some(Goal::Changes { since, history_from: from, watermark: None });
            any = true;
        }
    }
    any
}
