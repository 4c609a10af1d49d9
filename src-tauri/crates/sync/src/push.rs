//! The driver of a delivery: sealed batches are loaded, merged and only then acknowledged.

use crate::cancel::Cancel;
use crate::progress::Watcher;
use backroom_core::table::{Cell, Table};
use backroom_core::warehouse::{SealedBatch, Warehouse};
use backroom_core::{Fault, FaultClass, Timestamp};
use backroom_store::{BatchFault, BatchState, QueuedBatch, Refusal, SealError, Store, StoreError};
use std::collections::VecDeque;
use std::sync::Arc;

/// Rows of a batch at most: a body of some seventeen megabytes. Fewer and larger loads cost less at the warehouse; a larger one
/// is more to send again when a poor line breaks.
const BATCH_ROWS: usize = 40_000;
/// Batches merged at once at most.
const MERGE_BATCHES: usize = 10;
/// Rows refused one after another, in this delivery and those before, with none that arrives between them, after which it is not the rows that are wrong. Few enough
/// that trying again every quarter of an hour stays below the 1,500 loads that BigQuery takes for a table in a day.
const MOST_BURIED: u32 = 10;
/// A merge of fewer rows is not made smaller by cutting the batch.
const SMALLEST_MERGE: u64 = 1_000;
/// The longest that anything is waited for, in seconds: a quota that comes back the next day. A time further off was told by a
/// clock that was ahead.
const LONGEST_WAIT: i64 = 2 * 86_400;
/// How often a batch is tried within one delivery.
const MOST_TRIES: u32 = 4;

/// What was delivered to a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePush {
    /// The table.
    pub table: Table,
    /// Rows acknowledged.
    pub rows: u64,
    /// Batches acknowledged.
    pub batches: u64,
    /// Why it stopped, where it did.
    pub fault: Option<Fault>,
}

/// Delivers what waits, table by table, until nothing is left or a table cannot go on.
///
/// # Errors
/// Where the buffer fails; what was acknowledged stays acknowledged, everything else is sent again.
pub async fn push(
    store: &Store,
    warehouse: &dyn Warehouse,
    watcher: &Arc<dyn Watcher>,
    cancel: &Cancel,
) -> Result<Vec<TablePush>, StoreError> {
    store.recover_batches().await?;
    let mut outcomes = Vec::new();
    let queued = store.queued()?;
    let unsealed = store.unsealed()?;
    for table in Table::ALL {
        let waits = queued.iter().any(|q| q.batch.table == table) || unsealed.iter().any(|p| p.table == table);
        if !waits {
            continue;
        }
        let mut outcome = TablePush { table, rows: 0, batches: 0, fault: None };
        if let Err(stop) = deliver(store, warehouse, watcher, cancel, &mut outcome).await {
            match stop {
                Stop::Store(error) => return Err(error),
                Stop::Fault(fault) => outcome.fault = Some(fault),
            }
        }
        let stops_all = outcome.fault.as_ref().is_some_and(|f| stops_everything(&f.class));
        outcomes.push(outcome);
        if stops_all {
            break;
        }
    }
    if !outcomes.is_empty() && outcomes.iter().all(|o| o.fault.is_none()) {
        let keep: Vec<i64> = store.queued()?.iter().map(|q| q.batch.id).collect();
        if let Err(fault) = warehouse.sweep(store.device(), &keep).await {
            tracing::info!(code = fault.code, "Old staging tables could not be swept; they expire by themselves.");
        }
    }
    Ok(outcomes)
}

enum Stop {
    Store(StoreError),
    Fault(Fault),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Whether a fault of one table is a fault of all.
const fn stops_everything(class: &FaultClass) -> bool {
    match class {
        FaultClass::Transient
        | FaultClass::Throttled { .. }
        | FaultClass::Unauthorized
        | FaultClass::Forbidden
        | FaultClass::Quota { .. }
        | FaultClass::Unknown
        | FaultClass::Config
        | FaultClass::NotFound
        | FaultClass::Cancelled => true,
        FaultClass::StaleCursor
        | FaultClass::Protocol
        | FaultClass::Rejected
        | FaultClass::Schema
        | FaultClass::TooLarge => false,
    }
}

async fn deliver(
    store: &Store,
    warehouse: &dyn Warehouse,
    watcher: &Arc<dyn Watcher>,
    cancel: &Cancel,
    outcome: &mut TablePush,
) -> Result<(), Stop> {
    let table = outcome.table;
    let mut prepared = false;
    let mut trial = Trial { at_once: MERGE_BATCHES, refusing: false, buried: store.buried_in_a_row(table)? };
    loop {
        if cancel.is_cancelled() {
            return Err(Stop::Fault(Fault::new(
                FaultClass::Cancelled,
                "CANCELLED",
                "Sending was stopped. What is not delivered waits and is sent next time.",
            )));
        }
        let group = gather(store, warehouse, table, &mut trial).await?;
        if group.is_empty() {
            return Ok(());
        }
        let now = store.clock().now();
        let asleep = |at: &Timestamp| *at > now && at.seconds_since(now) <= LONGEST_WAIT;
        if let Some(until) = group.iter().filter_map(|q| q.wake_at).find(asleep) {
            let until = until.to_rfc3339();
            return Err(Stop::Fault(
                Fault::new(
                    FaultClass::Quota { after: None },
                    "WAREHOUSE_WAITING",
                    format!("Sending to {} waits until {until}.", table.name()),
                )
                .with_hint("Nothing is lost: rows wait here and are sent by themselves then."),
            ));
        }
        if !prepared {
            match warehouse.prepare(table).await {
                Ok(cost) => store.add_cost(cost).await?,
                Err(fault) => {
                    let ids: Vec<i64> = group.iter().map(|q| q.batch.id).collect();
                    return Err(park(store, &ids, fault).await?);
                }
            }
            prepared = true;
        }
        let loaded = load(store, warehouse, table, group, &mut trial).await?;
        if loaded.is_empty() {
            continue;
        }
        match warehouse.merge(table, &loaded).await {
            Ok(cost) => {
                store.add_cost(cost).await?;
                store.acknowledge(table, loaded.iter().map(|b| b.id).collect()).await?;
                outcome.rows += loaded.iter().map(|b| b.rows).sum::<u64>();
                outcome.batches += loaded.len() as u64;
                watcher.delivered(table);
                trial.refusing = false;
                trial.buried = 0;
            }
            Err(fault) if fault.class == FaultClass::TooLarge && loaded.len() > 1 => {
                // What is loaded stays loaded; fewer are merged at once.
                trial.at_once = loaded.len() / 2;
            }
            Err(fault) if fault.class == FaultClass::TooLarge && loaded.iter().all(|b| b.rows > SMALLEST_MERGE) => {
                for batch in &loaded {
                    store.split_or_bury(table, batch.id, &fault.message).await?;
                }
            }
            Err(fault) => {
                // The table itself may be gone, or another shape than when it was prepared.
                prepared = false;
                merge_failed(store, table, &loaded, fault).await?;
            }
        }
    }
}

/// What a delivery has learnt about a table.
struct Trial {
    /// Batches merged at once.
    at_once: usize,
    /// Whether rows were refused since one arrived: nothing is sealed ahead then, or the halves would wait behind it.
    refusing: bool,
    /// Rows buried since one arrived.
    buried: u32,
}

impl Trial {
    /// Takes note of what became of refused rows. Where none arrives between many of them, the table is at fault, not they: they
    /// are put back and wait with the others.
    async fn note(&mut self, store: &Store, table: Table, refusal: Refusal) -> Result<(), Stop> {
        self.refusing = true;
        self.buried += u32::from(refusal == Refusal::Buried);
        if self.buried < MOST_BURIED {
            return Ok(());
        }
        store.revive(table).await?;
        let message = format!("BigQuery refused {MOST_BURIED} rows of {} one after another.", table.name());
        Err(Stop::Fault(
            Fault::new(FaultClass::Rejected, "WAREHOUSE_REFUSES_ROWS", message)
                .with_hint("Nothing is lost: all rows wait here. Look at the table in BigQuery, then press Send now."),
        ))
    }
}

/// The next batches of a table: those sealed before, oldest first, or a fresh one. Batches without rows are settled at once.
async fn gather(
    store: &Store,
    warehouse: &dyn Warehouse,
    table: Table,
    trial: &mut Trial,
) -> Result<Vec<QueuedBatch>, Stop> {
    loop {
        let mut group: Vec<QueuedBatch> =
            store.queued()?.into_iter().filter(|q| q.batch.table == table).take(trial.at_once).collect();
        if group.is_empty() {
            group.extend(seal(store, warehouse, table, trial).await?);
        }
        let (empty, full): (Vec<_>, Vec<_>) = group.into_iter().partition(|q| q.batch.rows == 0);
        let settled = !empty.is_empty();
        if settled {
            store.acknowledge(table, empty.iter().map(|q| q.batch.id).collect()).await?;
        }
        if !full.is_empty() || !settled {
            return Ok(full);
        }
    }
}

/// Seals the next batch of a table; none where nothing waits. A row that cannot be encoded is looked for and buried.
async fn seal(
    store: &Store,
    warehouse: &dyn Warehouse,
    table: Table,
    trial: &mut Trial,
) -> Result<Option<QueuedBatch>, Stop> {
    let encode = |table: Table, rows: &[Vec<Cell>]| warehouse.encode(table, rows);
    loop {
        match store.seal_next(table, BATCH_ROWS, &encode).await {
            Ok(sealed) => {
                let queued = |batch| QueuedBatch { batch, state: BatchState::Sealed, attempt: 0, wake_at: None };
                return Ok(sealed.map(queued));
            }
            Err(SealError::Store(error)) => return Err(Stop::Store(error)),
            Err(SealError::Encode(fault)) if fault.class == FaultClass::Rejected => {
                let refusal = store.refuse_next(table, BATCH_ROWS, &fault.message).await?;
                trial.note(store, table, refusal).await?;
            }
            Err(SealError::Encode(fault)) => return Err(Stop::Fault(fault)),
        }
    }
}

/// Loads what is not loaded yet and, while the warehouse is at work on one batch, seals the next, until a merge is full.
/// Stops early where a batch was refused and cut: what is loaded by then is merged first.
async fn load(
    store: &Store,
    warehouse: &dyn Warehouse,
    table: Table,
    group: Vec<QueuedBatch>,
    trial: &mut Trial,
) -> Result<Vec<SealedBatch>, Stop> {
    let mut loaded = Vec::with_capacity(trial.at_once);
    let mut waiting = VecDeque::from(group);
    while let Some(queued) = waiting.pop_front() {
        let seals = !trial.refusing && waiting.is_empty() && loaded.len() + 1 < trial.at_once;
        let next = async { if seals { seal(store, warehouse, table, trial).await } else { Ok(None) } };
        let (landed, next) = tokio::join!(load_one(store, warehouse, &queued), next);
        match landed? {
            Landed::Loaded => loaded.push(queued.batch),
            Landed::Refused(reason) => {
                let refusal = store.split_or_bury(table, queued.batch.id, &reason).await?;
                trial.note(store, table, refusal).await?;
                return Ok(loaded);
            }
        }
        waiting.extend(next?.filter(|q| q.batch.rows > 0));
    }
    Ok(loaded)
}

/// How a load ended.
enum Landed {
    Loaded,
    /// The warehouse will not take these bytes, and why.
    Refused(String),
}

/// Loads one batch, trying again what is worth it.
async fn load_one(store: &Store, warehouse: &dyn Warehouse, queued: &QueuedBatch) -> Result<Landed, Stop> {
    if queued.state == BatchState::Loaded {
        return Ok(Landed::Loaded);
    }
    let mut batch = queued.batch.clone();
    batch.body = store.batch_body(batch.id)?;
    let mut tries = 0;
    loop {
        tries += 1;
        // Durable before the socket is used: a crash from here on means "perhaps sent".
        store.mark_batch(batch.id, BatchState::Sending, None).await?;
        let fault = match warehouse.load(&batch).await {
            Ok(cost) => {
                store.add_cost(cost).await?;
                store.mark_batch(batch.id, BatchState::Loaded, None).await?;
                return Ok(Landed::Loaded);
            }
            Err(fault) => fault,
        };
        match fault.class {
            FaultClass::TooLarge | FaultClass::Rejected => return Ok(Landed::Refused(fault.message)),
            FaultClass::Unknown | FaultClass::Transient | FaultClass::Throttled { .. } if tries < MOST_TRIES => {
                let why = BatchFault { fault: fault.clone(), wake_at: None };
                store.mark_batch(batch.id, BatchState::Unknown, Some(why)).await?;
                tokio::time::sleep(pause(&fault.class, tries)).await;
            }
            _ => return Err(park(store, &[batch.id], fault).await?),
        }
    }
}

async fn merge_failed(store: &Store, table: Table, batches: &[SealedBatch], fault: Fault) -> Result<(), Stop> {
    let ids: Vec<i64> = batches.iter().map(|b| b.id).collect();
    let queued = store.queued()?;
    let of_these = queued.iter().filter(|q| q.batch.table == table && ids.contains(&q.batch.id));
    let tried = of_these.map(|q| q.attempt).max().unwrap_or(0);
    match fault.class {
        // Staging is gone: load the same bytes again.
        FaultClass::NotFound if tried < MOST_TRIES => mark_all(store, &ids, BatchState::Unknown, None).await?,
        FaultClass::Unknown | FaultClass::Transient | FaultClass::Throttled { .. } if tried < MOST_TRIES => {
            // Loading again is harmless, and counts the attempt.
            let why = BatchFault { fault: fault.clone(), wake_at: None };
            mark_all(store, &ids, BatchState::Unknown, Some(why)).await?;
            tokio::time::sleep(pause(&fault.class, tried + 1)).await;
        }
        _ => return Err(park(store, &ids, fault).await?),
    }
    Ok(())
}

async fn mark_all(store: &Store, ids: &[i64], state: BatchState, why: Option<BatchFault>) -> Result<(), StoreError> {
    for id in ids {
        store.mark_batch(*id, state, why.clone()).await?;
    }
    Ok(())
}

/// Parks batches with the reason; the fault is handed back to be told.
async fn park(store: &Store, ids: &[i64], fault: Fault) -> Result<Stop, StoreError> {
    let now = store.clock().now();
    let seconds = match fault.class {
        FaultClass::Quota { after } | FaultClass::Throttled { after } => after.map(|d| d.as_secs()),
        _ => None,
    };
    let wake_at = seconds.map(|s| now.plus_seconds(i64::try_from(s).unwrap_or(600)));
    let uncertain = matches!(fault.class, FaultClass::Unknown | FaultClass::Transient);
    let state = if uncertain { BatchState::Unknown } else { BatchState::Parked };
    mark_all(store, ids, state, Some(BatchFault { fault: fault.clone(), wake_at })).await?;
    Ok(Stop::Fault(fault))
}

/// How long to wait before the next try: what was asked for, otherwise a little longer each time, never in step with others.
fn pause(class: &FaultClass, tries: u32) -> std::time::Duration {
    if let FaultClass::Throttled { after: Some(after) } = class {
        return (*after).min(std::time::Duration::from_secs(60));
    }
    let ceiling = 250u64 << tries.min(6);
    std::time::Duration::from_millis(rand::random_range(ceiling / 2..=ceiling))
}
