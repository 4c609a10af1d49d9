//! The driver of a delivery: sealed batches are loaded, merged and only then acknowledged.

use crate::cancel::Cancel;
use crate::progress::Watcher;
use backroom_core::table::{Cell, Table};
use backroom_core::warehouse::{SealedBatch, Warehouse};
use backroom_core::{Fault, FaultClass};
use backroom_store::{BatchFault, BatchState, QueuedBatch, SealError, Store, StoreError};
use std::sync::Arc;

/// Rows of a batch at most: a body of some ten megabytes.
const BATCH_ROWS: usize = 20_000;
/// Batches merged at once at most.
const MERGE_BATCHES: usize = 10;
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
    loop {
        if cancel.is_cancelled() {
            return Err(Stop::Fault(Fault::new(
                FaultClass::Cancelled,
                "CANCELLED",
                "Sending was stopped. What is not delivered waits and is sent next time.",
            )));
        }
        let group = gather(store, warehouse, table).await?;
        if group.is_empty() {
            return Ok(());
        }
        let now = store.clock().now();
        if let Some(asleep) = group.iter().find(|q| q.wake_at.is_some_and(|at| at > now)) {
            let until = asleep.wake_at.map(|t| t.to_rfc3339()).unwrap_or_default();
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
                Err(fault) => return Err(park(store, &group, fault).await?),
            }
            prepared = true;
        }
        let Some(loaded) = load(store, warehouse, &group).await? else { continue };
        match warehouse.merge(table, &loaded).await {
            Ok(cost) => {
                store.add_cost(cost).await?;
                store.acknowledge(table, loaded.iter().map(|b| b.id).collect()).await?;
                outcome.rows += loaded.iter().map(|b| b.rows).sum::<u64>();
                outcome.batches += loaded.len() as u64;
                watcher.delivered(table);
            }
            Err(fault) => {
                // The table itself may be gone, or another shape than when it was prepared.
                prepared = false;
                merge_failed(store, &group, fault).await?;
            }
        }
    }
}

/// The next batches of a table: those sealed before, oldest first, then fresh ones. Batches without rows are settled at once.
async fn gather(store: &Store, warehouse: &dyn Warehouse, table: Table) -> Result<Vec<QueuedBatch>, Stop> {
    let mut group: Vec<QueuedBatch> =
        store.queued()?.into_iter().filter(|q| q.batch.table == table).take(MERGE_BATCHES).collect();
    let encode = |table: Table, rows: &[Vec<Cell>]| warehouse.encode(table, rows);
    while group.len() < MERGE_BATCHES {
        let sealed = store.seal_next(table, BATCH_ROWS, &encode).await.map_err(|error| match error {
            SealError::Store(error) => Stop::Store(error),
            SealError::Encode(fault) => Stop::Fault(fault),
        })?;
        let Some(mut batch) = sealed else { break };
        batch.body = Vec::new();
        group.push(QueuedBatch { batch, state: BatchState::Sealed, attempt: 0, wake_at: None });
    }
    let (empty, full): (Vec<_>, Vec<_>) = group.into_iter().partition(|q| q.batch.rows == 0);
    if !empty.is_empty() {
        store.acknowledge(table, empty.iter().map(|q| q.batch.id).collect()).await?;
        if full.is_empty() {
            return Box::pin(gather(store, warehouse, table)).await;
        }
    }
    Ok(full)
}

/// Loads what is not loaded yet. None: a batch was split or buried, gather again.
async fn load(
    store: &Store,
    warehouse: &dyn Warehouse,
    group: &[QueuedBatch],
) -> Result<Option<Vec<SealedBatch>>, Stop> {
    let mut loaded = Vec::with_capacity(group.len());
    for queued in group {
        if queued.state != BatchState::Loaded && !load_one(store, warehouse, queued).await? {
            return Ok(None);
        }
        loaded.push(queued.batch.clone());
    }
    Ok(Some(loaded))
}

/// Loads one batch, trying again what is worth it. False: it was split or buried.
async fn load_one(store: &Store, warehouse: &dyn Warehouse, queued: &QueuedBatch) -> Result<bool, Stop> {
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
                return Ok(true);
            }
            Err(fault) => fault,
        };
        match fault.class {
            FaultClass::TooLarge | FaultClass::Rejected => {
                store.split_or_bury(batch.table, batch.id, &fault.message).await?;
                return Ok(false);
            }
            FaultClass::Unknown | FaultClass::Transient | FaultClass::Throttled { .. } if tries < MOST_TRIES => {
                let why = BatchFault { fault: fault.clone(), wake_at: None };
                store.mark_batch(batch.id, BatchState::Unknown, Some(why)).await?;
                tokio::time::sleep(pause(&fault.class, tries)).await;
            }
            _ => return Err(park(store, std::slice::from_ref(queued), fault).await?),
        }
    }
}

async fn merge_failed(store: &Store, group: &[QueuedBatch], fault: Fault) -> Result<(), Stop> {
    let tried = group.iter().map(|q| q.attempt).max().unwrap_or(0);
    match fault.class {
        // Staging is gone: load the same bytes again.
        FaultClass::NotFound if tried < MOST_TRIES => {
            for queued in group {
                store.mark_batch(queued.batch.id, BatchState::Unknown, None).await?;
            }
            Ok(())
        }
        FaultClass::Unknown | FaultClass::Transient | FaultClass::Throttled { .. } if tried < MOST_TRIES => {
            for queued in group {
                let why = BatchFault { fault: fault.clone(), wake_at: None };
                // Loading again is harmless, and counts the attempt.
                store.mark_batch(queued.batch.id, BatchState::Unknown, Some(why)).await?;
            }
            tokio::time::sleep(pause(&fault.class, tried + 1)).await;
            Ok(())
        }
        _ => Err(park(store, group, fault).await?),
    }
}

/// Parks batches with the reason; the fault is handed back to be told.
async fn park(store: &Store, group: &[QueuedBatch], fault: Fault) -> Result<Stop, StoreError> {
    let now = store.clock().now();
    let seconds = match fault.class {
        FaultClass::Quota { after } | FaultClass::Throttled { after } => after.map(|d| d.as_secs()),
        _ => None,
    };
    let wake_at = seconds.map(|s| now.plus_seconds(i64::try_from(s).unwrap_or(600)));
    let uncertain = matches!(fault.class, FaultClass::Unknown | FaultClass::Transient);
    let state = if uncertain { BatchState::Unknown } else { BatchState::Parked };
    for queued in group {
        store.mark_batch(queued.batch.id, state, Some(BatchFault { fault: fault.clone(), wake_at })).await?;
    }
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
