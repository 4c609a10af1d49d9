//! One pull: from the first page to the last, each handed to the buffer.

use crate::cancel::Cancel;
use backroom_core::source::{Ask, Page, Rows, Source, Span};
use backroom_core::{Fault, FaultClass, Timestamp};
use backroom_store::{PageWrite, PullEnd, PullKind, PullStats, Store, StoreError, StreamId, Window};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::oneshot;

/// Pages after which a pull is taken to be endless.
const MOST_PAGES: u64 = 500_000;
/// Empty pages in a row, each with a cursor, after which a pull is taken to be endless.
const MOST_EMPTY_PAGES: u32 = 1_000;
/// How often a window is begun anew because its cursor went stale.
const MOST_RESTARTS: u32 = 3;
/// The newest window asks a little beyond now: the source's clock may be ahead of ours.
const AHEAD_SECONDS: i64 = 86_400;

static NEXT_PULL: AtomicU64 = AtomicU64::new(1);

/// What one pull is to fetch.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub(crate) stream: StreamId,
    pub(crate) entity: backroom_core::source::Entity,
    pub(crate) location: Option<String>,
    pub(crate) goal: Goal,
    /// Counts the rows of histories as they come.
    pub(crate) fetched: Arc<AtomicU64>,
}

/// Which part of a stream.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// A window of the history; the newest one is open-ended.
    Window { window: Window, newest: bool },
    /// Everything; the watermark follows from what is met.
    All { sweep_only: bool },
    /// Changes since a time.
    Changes { since: Timestamp, history_from: Timestamp, watermark: Option<Timestamp> },
}

impl Goal {
    pub(crate) const fn kind(self) -> PullKind {
        match self {
            Self::Window { .. } => PullKind::Window,
            Self::All { .. } => PullKind::All,
            Self::Changes { .. } => PullKind::Changes,
        }
    }

    fn span(self) -> Span {
        match self {
            Self::Window { window, newest } => {
                let to = if newest { window.to.plus_seconds(AHEAD_SECONDS) } else { window.to };
                Span::Created { from: window.from, to }
            }
            Self::All { .. } => Span::All,
            Self::Changes { since, history_from, .. } => Span::Updated { since, history_from },
        }
    }
}

/// Why a pull ended early.
pub(crate) enum Stop {
    Fault(Fault),
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// An errand whose last page was handed over.
pub(crate) struct Walked {
    /// Rows on its pages.
    pub(crate) rows: u64,
    /// Answered after the commit of the last page.
    pub(crate) committed: oneshot::Receiver<PullStats>,
}

/// Walks the pages of an errand.
pub(crate) async fn walk(
    store: &Store,
    source: &Arc<dyn Source>,
    errand: &Errand,
    cancel: &Cancel,
) -> Result<Walked, Stop> {
    let mut restarts = 0;
    loop {
        match walk_once(store, source, errand, cancel).await {
            Err(Stop::Fault(fault)) if fault.class == FaultClass::StaleCursor && restarts < MOST_RESTARTS => {
                restarts += 1;
            }
            other => return other,
        }
    }
}

async fn walk_once(store: &Store, source: &Arc<dyn Source>, errand: &Errand, cancel: &Cancel) -> Result<Walked, Stop> {
    let pull = NEXT_PULL.fetch_add(1, Ordering::Relaxed);
    let started_at = store.clock().now();
    let mut ask =
        Ask { entity: errand.entity, location: errand.location.clone(), span: errand.goal.span(), cursor: None };
    let mut cursors: HashSet<String> = HashSet::new();
    let (mut pages, mut empty, mut met) = (0u64, 0u32, 0u64);
    let mut seen: Option<Timestamp> = None;
    let mut server_time: Option<Timestamp> = None;
    loop {
        if cancel.is_cancelled() {
            return Err(Stop::Fault(cancelled()));
        }
        let page = tokio::select! {
            page = source.fetch(&ask) => page.map_err(Stop::Fault)?,
            () = cancel.cancelled() => return Err(Stop::Fault(cancelled())),
        };
        pages += 1;
        empty = if page.rows.is_empty() { empty + 1 } else { 0 };
        for warning in &page.warnings {
            tracing::warn!(entity = errand.entity.name(), %warning, "A reply was odd.");
        }
        server_time = server_time.or(page.server_time);
        let Page { mut rows, raw, cursor, requests, latest, .. } = page;
        let impossible = rows.leave_out_impossible();
        if impossible > 0 {
            tracing::warn!(
                entity = errand.entity.name(),
                impossible,
                "Records with impossible amounts or times were left out."
            );
        }
        met += rows.len() as u64;
        seen = seen.max(newest(&rows)).max(latest);
        if matches!(errand.goal, Goal::Window { .. }) {
            errand.fetched.fetch_add(rows.len() as u64, Ordering::Relaxed);
        }
        if let Some(next) = &cursor {
            let endless = !cursors.insert(next.clone()) || pages >= MOST_PAGES || empty >= MOST_EMPTY_PAGES;
            if endless {
                return Err(Stop::Fault(
                    Fault::new(
                        FaultClass::Protocol,
                        "PAGES_WITHOUT_END",
                        format!("The list of {} never ends: the same page came again.", errand.entity),
                    )
                    .with_hint("Nothing is lost. Backroom tries again by itself; tell us if it stays."),
                ));
            }
        }
        let sealed = match store.seal() {
            Some(seal) if !rows.is_empty() => Some(seal.seal("page", &raw)?),
            _ => None,
        };
        drop(raw);
        let (end, receiver) = if cursor.is_none() {
            let (done, receiver) = oneshot::channel();
            (Some(end_of(errand, started_at, seen, server_time, done)), Some(receiver))
        } else {
            (None, None)
        };
        store
            .submit(PageWrite {
                stream: errand.stream,
                pull,
                kind: errand.goal.kind(),
                rows,
                raw: sealed,
                requests,
                end,
            })
            .await?;
        match receiver {
            Some(committed) => return Ok(Walked { rows: met, committed }),
            None => ask.cursor = cursor,
        }
    }
}

fn cancelled() -> Fault {
    Fault::new(FaultClass::Cancelled, "CANCELLED", "The sync was stopped. What was fetched is kept.")
}

/// What the last page settles. A watermark is the newest version met, never later than the source's own clock: a record dated
/// in the future must not hide what comes before it.
fn end_of(
    errand: &Errand,
    started_at: Timestamp,
    seen: Option<Timestamp>,
    server_time: Option<Timestamp>,
    done: oneshot::Sender<PullStats>,
) -> PullEnd {
    let capped = seen.map(|s| server_time.map_or(s, |now| s.min(now.plus_seconds(60))));
    let end = PullEnd { from: None, to: None, started_at, watermark: None, seen, history_done: false, done };
    match errand.goal {
        Goal::Window { window, .. } => PullEnd { from: Some(window.from), to: Some(window.to), ..end },
        Goal::All { sweep_only } => {
            let watermark = if sweep_only { None } else { capped };
            PullEnd { to: watermark, watermark, history_done: true, ..end }
        }
        Goal::Changes { since, watermark, .. } => {
            let watermark = capped.max(watermark);
            PullEnd { from: Some(since), to: watermark, watermark, ..end }
        }
    }
}

/// The newest version on a page.
fn newest(rows: &Rows) -> Option<Timestamp> {
    match rows {
        Rows::Locations(_) => None,
        Rows::Payments(r) => r.iter().map(|x| x.version).max(),
        Rows::Refunds(r) => r.iter().map(|x| x.version).max(),
        Rows::Orders(r) => r.iter().map(|x| x.version).max(),
        Rows::Sales(r) => r.iter().map(|x| x.order.version).max(),
        Rows::Catalog { products, deleted_items, categories } => products
            .iter()
            .map(|x| x.version)
            .chain(deleted_items.iter().map(|x| x.1))
            .chain(categories.iter().map(|x| x.version))
            .max(),
        Rows::Customers(r) => r.iter().map(|x| x.version).max(),
        Rows::Inventory(r) => r.iter().map(|x| x.version).max(),
        Rows::Team(r) => r.iter().map(|x| x.version).max(),
    }
}
