//! The outbox: from changed rows to sealed batches to acknowledgement.
//!
//! A batch is sealed once: its bytes and their hash are stored before anything is sent, and every attempt sends the same.
//! States: `sealed` → `sending` → `loaded` → acknowledged (gone), with `unknown` (send the same bytes again) and `parked`
//! (somebody or something must change first). Only an acknowledgement removes rows from the outbox, in the transaction
//! that moves the ledger. What was `sending` when the process ended is `unknown` at the next start.

use crate::error::StoreError;
use crate::open::Store;
use crate::stream::fault_class;
use backroom_core::table::Table;
use backroom_core::warehouse::{Cost, SealedBatch};
use backroom_core::{BusinessDay, Fault, Timestamp};
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// Its bytes are fixed; never sent.
    Sealed,
    /// An attempt is under way.
    Sending,
    /// Its staging table is loaded; the merge is to come.
    Loaded,
    /// An attempt ended without an answer that tells.
    Unknown,
    /// Waiting for somebody, a budget or a quota.
    Parked,
}

impl BatchState {
    const fn name(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Sending => "sending",
            Self::Loaded => "loaded",
            Self::Unknown => "unknown",
            Self::Parked => "parked",
        }
    }

    fn parse(name: &str) -> Self {
        match name {
            "sealed" => Self::Sealed,
            "sending" => Self::Sending,
            "loaded" => Self::Loaded,
            "parked" => Self::Parked,
            _ => Self::Unknown,
        }
    }
}

/// A batch waiting in the buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedBatch {
    /// The batch; its body only where it was asked for.
    pub batch: SealedBatch,
    /// Where it stands.
    pub state: BatchState,
    /// Attempts so far.
    pub attempt: u32,
    /// When to look at it again, where it is parked.
    pub wake_at: Option<Timestamp>,
}

/// Rows of a table that are not sealed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingTable {
    /// The table.
    pub table: Table,
    /// Outbox runs not yet sealed.
    pub runs: u64,
}

/// Why a batch waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchFault {
    /// The fault.
    pub fault: Fault,
    /// When to look again; none: only when somebody asks.
    pub wake_at: Option<Timestamp>,
}

impl Store {
    /// Marks what was being sent when the process ended as unknown. Called before any delivery. After an end that was none the
    /// file is checked first.
    ///
    /// # Errors
    /// `Corrupt` where the file is not sound; otherwise what the buffer says.
    pub async fn recover_batches(&self) -> Result<(), StoreError> {
        self.sound_since_crash().await?;
        let any: bool = self.read(|c| {
            Ok(c.query_row("SELECT EXISTS (SELECT 1 FROM batch WHERE state = 'sending')", [], |r| r.get(0))?)
        })?;
        if !any {
            return Ok(());
        }
        self.write(|c| Ok(c.execute("UPDATE batch SET state = 'unknown' WHERE state = 'sending'", [])?)).await?;
        Ok(())
    }

    /// Tables with rows that no batch covers yet, in the order of delivery.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn unsealed(&self) -> Result<Vec<PendingTable>, StoreError> {
        self.read(|c| {
            let mut found = Vec::new();
            for table in Table::ALL {
                let sealed = sealed_up_to(c, table)?;
                let runs: i64 = c
                    .prepare_cached(
                        "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE tbl = ?1 AND seq > ?2 LIMIT 100000)",
                    )?
                    .query_row(params![table.code(), sealed], |r| r.get(0))?;
                if runs > 0 {
                    found.push(PendingTable { table, runs: u64::try_from(runs).unwrap_or(0) });
                }
            }
            Ok(found)
        })
    }

    /// Batches that are sealed and not acknowledged, oldest first, without their bodies.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn queued(&self) -> Result<Vec<QueuedBatch>, StoreError> {
        let device = self.device().to_owned();
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT pk, tbl, rows, hash, first_day, last_day, state, attempt, wake_at FROM batch ORDER BY pk",
            )?;
            let rows = statement.query_map([], |r| {
                let table = Table::from_code(r.get(1)?).unwrap_or(Table::SquarePayments);
                let first: Option<i32> = r.get(4)?;
                let last: Option<i32> = r.get(5)?;
                Ok(QueuedBatch {
                    batch: SealedBatch {
                        id: r.get(0)?,
                        device: device.clone(),
                        table,
                        rows: u64::try_from(r.get::<_, i64>(2)?).unwrap_or(0),
                        hash: r.get(3)?,
                        days: first.zip(last).map(|(a, b)| (BusinessDay::from_number(a), BusinessDay::from_number(b))),
                        body: Bytes::new(),
                    },
                    state: BatchState::parse(&r.get::<_, String>(6)?),
                    attempt: r.get(7)?,
                    wake_at: r.get::<_, Option<i64>>(8)?.map(Timestamp::from_micros),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The bytes of a batch, exactly as sealed.
    ///
    /// # Errors
    /// `Corrupt` where the bytes are not those that were sealed.
    pub fn batch_body(&self, id: i64) -> Result<Bytes, StoreError> {
        let (packed, hash): (Vec<u8>, String) = self.read(|c| {
            Ok(c.prepare_cached("SELECT body, hash FROM batch WHERE pk = ?1")?
                .query_row([id], |r| Ok((r.get(0)?, r.get(1)?)))?)
        })?;
        let body = zstd::stream::decode_all(packed.as_slice()).map_err(|_| StoreError::Corrupt)?;
        if blake3::hash(&body).to_hex().as_str() != hash {
            return Err(StoreError::Corrupt);
        }
        Ok(body.into())
    }

    /// Records where a batch stands; `sending` counts an attempt and is durable before anything is sent.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn mark_batch(&self, id: i64, state: BatchState, why: Option<BatchFault>) -> Result<(), StoreError> {
        let now = self.inner.clock.now().micros();
        self.write(move |c| {
            let tried = i64::from(state == BatchState::Sending);
            let fault = why.as_ref().map(|w| &w.fault);
            c.prepare_cached(
                "UPDATE batch SET state = ?2, attempt = attempt + ?3, fault_class = ?4, fault_code = ?5, fault_message = ?6,
                   fault_hint = ?7, fault_since = CASE WHEN ?5 IS NULL THEN NULL ELSE coalesce(fault_since, ?8) END, wake_at = ?9
                 WHERE pk = ?1",
            )?
            .execute(params![
                id, state.name(), tried, fault.map(|f| fault_class(&f.class)), fault.map(|f| f.code),
                fault.map(|f| &f.message), fault.map(|f| &f.hint), now,
                why.as_ref().and_then(|w| w.wake_at).map(Timestamp::micros)
            ])?;
            Ok(())
        })
        .await
    }

    /// Lets every parked batch be tried again.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn unpark(&self) -> Result<(), StoreError> {
        self.unpark_where("%").await
    }

    /// Lets batches go again that wait for what our own budget forbade: it may have been raised, and costs nothing to ask.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn unpark_budget(&self) -> Result<(), StoreError> {
        self.unpark_where("BIGQUERY_BUDGET").await
    }

    async fn unpark_where(&self, code: &'static str) -> Result<(), StoreError> {
        self.write(move |c| {
            c.execute(
                "UPDATE batch SET state = 'unknown', wake_at = NULL
                 WHERE state = 'parked' AND coalesce(fault_code, '') LIKE ?1",
                [code],
            )?;
            Ok(())
        })
        .await
    }

    /// Acknowledges batches of one table: their rows leave the outbox and the ledger moves, together.
    ///
    /// # Errors
    /// What the buffer says; the batches are then still there and may be merged again.
    pub async fn acknowledge(&self, table: Table, ids: Vec<i64>) -> Result<(), StoreError> {
        let now = self.inner.clock.now().micros();
        self.write(move |c| {
            let mut delivered = 0;
            for id in &ids {
                let Some((first, last, rows)) = range(c, *id)? else { continue };
                for (day, entries) in entries_by_day(c, table, first, last)? {
                    c.prepare_cached("UPDATE ledger SET acked = acked + ?3 WHERE tbl = ?1 AND day = ?2")?
                        .execute(params![table.code(), day, entries])?;
                }
                c.prepare_cached("DELETE FROM batch WHERE pk = ?1")?.execute([id])?;
                remove(c, table, first, last)?;
                crate::batching::grow(c, table)?;
                delivered += rows;
            }
            c.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([crate::batching::buried_key(table)])?;
            c.prepare_cached(
                "INSERT INTO delivery (tbl, delivered, last_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET delivered = delivered + excluded.delivered, last_at = excluded.last_at",
            )?
            .execute(params![table.code(), delivered, now])?;
            Ok(())
        })
        .await
    }

    /// Puts the dead letters of a table back into the outbox.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn revive(&self, table: Table) -> Result<u64, StoreError> {
        self.write(move |c| {
            let mut statement = c.prepare_cached("SELECT pk, row, day FROM dead_letter WHERE tbl = ?1 ORDER BY pk")?;
            let dead: Vec<(i64, i64, i64)> = statement
                .query_map([table.code()], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
                .collect::<Result<_, _>>()?;
            let mut runs = crate::apply::OutboxRuns::default();
            for (pk, row, day) in &dead {
                c.execute("DELETE FROM dead_letter WHERE pk = ?1", [pk])?;
                c.execute(
                    "UPDATE ledger SET dead = dead - 1, enqueued = enqueued - 1 WHERE tbl = ?1 AND day = ?2",
                    params![table.code(), day],
                )?;
                runs.add(table, *row);
                runs.write(c, *day)?;
            }
            Ok(dead.len() as u64)
        })
        .await
    }

    /// Adds what a call at the warehouse cost to today's meter.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn add_cost(&self, cost: Cost) -> Result<(), StoreError> {
        if cost == Cost::default() {
            return Ok(());
        }
        let day = self.inner.clock.now().micros().div_euclid(86_400_000_000);
        self.write(move |c| {
            c.prepare_cached(
                "INSERT INTO warehouse_cost (day, bytes, jobs) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes, jobs = jobs + excluded.jobs",
            )?
            .execute(params![day, cost.bytes as i64, cost.jobs])?;
            Ok(())
        })
        .await
    }
}

pub(crate) fn sealed_up_to(c: &Connection, table: Table) -> Result<i64, StoreError> {
    Ok(c.prepare_cached("SELECT coalesce(max(last_seq), 0) FROM batch WHERE tbl = ?1")?
        .query_row([table.code()], |r| r.get(0))?)
}

pub(crate) fn range(c: &Connection, id: i64) -> Result<Option<(i64, i64, i64)>, StoreError> {
    Ok(c.prepare_cached("SELECT first_seq, last_seq, rows FROM batch WHERE pk = ?1")?
        .query_row([id], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .optional()?)
}

pub(crate) fn entries_by_day(
    c: &Connection,
    table: Table,
    first: i64,
    last: i64,
) -> Result<HashMap<i64, i64>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT day, sum(row_to - row_from + 1) FROM outbox WHERE tbl = ?1 AND seq BETWEEN ?2 AND ?3 GROUP BY day",
    )?;
    let rows = statement.query_map(params![table.code(), first, last], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes runs of rows out of the outbox.
pub(crate) fn remove(c: &Connection, table: Table, first: i64, last: i64) -> Result<(), StoreError> {
    c.prepare_cached("DELETE FROM outbox WHERE tbl = ?1 AND seq BETWEEN ?2 AND ?3")?.execute(params![
        table.code(),
        first,
        last
    ])?;
    // Once nothing of the table waits, batches may grow again.
    let left: bool =
        c.query_row("SELECT EXISTS (SELECT 1 FROM outbox WHERE tbl = ?1)", [table.code()], |r| r.get(0))?;
    if !left {
        c.execute("DELETE FROM meta WHERE key = ?1", [limit_key(table)])?;
    }
    Ok(())
}

pub(crate) fn limit_key(table: Table) -> String {
    format!("outbox_limit_{}", table.code())
}
