//! How long is kept what is only kept for looking up: the vendors' own replies, and receipts. The owner decides.
//!
//! Invariants:
//! - Rows, figures and what waits for the warehouse are never touched. Replies stay as long as anything of their day waits.
//! - A receipt that proves a part of the history stays, and so does the newest of each kind of each stream.
//! - Work goes in small steps: a page that came in meanwhile waits for one of them at most.

use crate::error::StoreError;
use crate::open::Store;
use backroom_core::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

const DAY: i64 = 86_400_000_000;
/// Rows that one transaction removes. Replies are large: removing one frees some hundred kilobytes.
const STEP: u32 = 100;

/// How long each part is kept, in days; none for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The vendors' own replies.
    pub raw_days: Option<u32>,
    /// Receipts of readings.
    pub receipt_days: Option<u32>,
}

/// What of a part is here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many.
    pub rows: u64,
    /// When the oldest was made.
    pub oldest: Option<Timestamp>,
}

/// What of every part is here that is kept for a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shelf {
    /// The vendors' own replies.
    pub raw: Kept,
    /// Receipts of readings.
    pub receipts: Kept,
    /// Entries of the audit log.
    pub audit: Kept,
}

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tidied {
    /// Replies.
    pub raw: u64,
    /// Receipts.
    pub receipts: u64,
}

/// The moment before which something is too old.
fn before(now: Timestamp, days: u32) -> i64 {
    now.micros().saturating_sub(i64::from(days).saturating_mul(DAY))
}

/// Removes a step's worth of replies; tells how many.
fn replies(c: &Connection, before: i64) -> Result<usize, StoreError> {
    let waiting: Option<i64> = c
        .prepare_cached("SELECT min(day) FROM (SELECT day FROM outbox UNION ALL SELECT day FROM dead_letter)")?
        .query_row([], |r| r.get(0))
        .optional()?
        .flatten();
    let before = waiting.map_or(before, |day: i64| before.min(day.saturating_mul(DAY)));
    // The last number stays taken: rows name their reply by it, and another must not answer to the name of one that is gone.
    Ok(c.prepare_cached(
        "DELETE FROM raw_page WHERE pk IN (SELECT pk FROM raw_page WHERE fetched_at < ?1
           AND pk < (SELECT max(pk) FROM raw_page) ORDER BY pk LIMIT ?2)",
    )?
    .execute(params![before, STEP])?)
}

/// Removes a step's worth of receipts; tells how many. What is left says from where on it is a proof.
fn receipts(c: &Connection, before: i64) -> Result<usize, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT r.pk, r.stream, r.changed FROM receipt r WHERE r.finished_at < ?1 AND r.kind <> 'window'
           AND r.pk < (SELECT max(o.pk) FROM receipt o WHERE o.stream = r.stream AND o.kind = r.kind) ORDER BY r.pk LIMIT ?2",
    )?;
    let old: Vec<(i64, i64, i64)> = statement
        .query_map(params![before, STEP], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (receipt, stream, changed) in &old {
        c.prepare_cached("DELETE FROM receipt WHERE pk = ?1")?.execute([receipt])?;
        c.prepare_cached(
            "INSERT INTO meta (key, value) VALUES ('receipts_after_' || ?1, ?2) ON CONFLICT DO UPDATE
               SET value = excluded.value WHERE CAST(value AS INTEGER) < CAST(excluded.value AS INTEGER)",
        )?
        .execute(params![stream, receipt.to_string()])?;
        // How many rows were read in all is still told.
        c.prepare_cached(
            "INSERT INTO meta (key, value) VALUES ('receipts_rows_' || ?1, ?2) ON CONFLICT DO UPDATE
               SET value = CAST(CAST(value AS INTEGER) + CAST(excluded.value AS INTEGER) AS TEXT)",
        )?
        .execute(params![stream, changed.to_string()])?;
    }
    Ok(old.len())
}

fn kept(c: &Connection, table: &str, time: &str) -> Result<Kept, StoreError> {
    // The oldest by number is the oldest by time, but for clocks that were wrong.
    let sql = format!("SELECT count(*), (SELECT {time} FROM {table} ORDER BY pk LIMIT 1) FROM {table}");
    Ok(c.query_row(&sql, [], |r| {
        let oldest = r.get::<_, Option<i64>>(1)?.map(Timestamp::from_micros);
        Ok(Kept { rows: u64::try_from(r.get::<_, i64>(0)?).unwrap_or(0), oldest })
    })?)
}

impl Store {
    /// Removes what is older than it is to be kept.
    ///
    /// # Errors
    /// What the buffer says; what was removed until then stays removed.
    pub async fn tidy(&self, retention: Retention) -> Result<Tidied, StoreError> {
        let now = self.inner.clock.now();
        let mut tidied = Tidied::default();
        if let Some(days) = retention.raw_days {
            tidied.raw = self.in_steps(before(now, days), replies).await?;
        }
        if let Some(days) = retention.receipt_days {
            tidied.receipts = self.in_steps(before(now, days), receipts).await?;
        }
        Ok(tidied)
    }

    async fn in_steps(
        &self,
        before: i64,
        step: fn(&Connection, i64) -> Result<usize, StoreError>,
    ) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let removed = self.write(move |c| step(c, before)).await?;
            all += removed as u64;
            if removed < STEP as usize {
                return Ok(all);
            }
        }
    }

    /// What is here of the parts that are kept for a time.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn shelf(&self) -> Result<Shelf, StoreError> {
        self.read(|c| {
            Ok(Shelf {
                raw: kept(c, "raw_page", "fetched_at")?,
                receipts: kept(c, "receipt", "finished_at")?,
                audit: kept(c, "audit", "at")?,
            })
        })
    }
}
