//! From waiting rows to the bytes of a batch, and from a refused batch to two smaller ones.
//!
//! Rows are drawn from one snapshot and rendered, encoded, hashed and packed a few at a time: a batch of tens of thousands of
//! rows is in memory neither as rows nor unpacked.

use crate::error::StoreError;
use crate::open::Store;
use crate::outbox::{entries_by_day, limit_key, range, remove, sealed_up_to};
use crate::privacy::Personal;
use crate::render;
use backroom_core::table::{Cell, Table};
use backroom_core::warehouse::SealedBatch;
use backroom_core::{BusinessDay, Fault};
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use std::io::Write;

/// Rows rendered at once.
const CHUNK: i64 = 1_000;
/// By how much batches grow again with each that arrives, after one was cut for a bad row.
const GROWTH: usize = 4;

/// What turns rows into the bytes of a batch: the warehouse's encoding.
pub type Encode<'a> = dyn Fn(Table, &[Vec<Cell>]) -> Result<Vec<u8>, Fault> + Send + Sync + 'a;

/// Why sealing failed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The buffer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The encoding refused a row.
    #[error("{0}")]
    Encode(Fault),
}

struct Run {
    seq: i64,
    from: i64,
    to: i64,
}

impl Store {
    /// Seals the next batch of a table, at most about `max_rows` rows; none where nothing waits. Its bytes stay in the buffer:
    /// `batch_body` has them. Must not run beside `split_or_bury`, which moves what waits.
    /// A row that changed several times goes once, in its newest state.
    ///
    /// # Errors
    /// What the buffer or the encoding says.
    pub async fn seal_next(
        &self,
        table: Table,
        max_rows: usize,
        encode: &Encode<'_>,
    ) -> Result<Option<SealedBatch>, SealError> {
        let personal = self.personal();
        let drawn = self.read(|c| Ok(draw(c, table, max_rows, encode, personal)))??;
        let Some(Drawn { packed, hash, rows, entries, first_seq: first, last_seq: last, days }) = drawn else {
            return Ok(None);
        };
        let stored = hash.clone();
        let id = self
            .write(move |c| {
                // Only one drainer seals, but a second seal of the same rows must be impossible, not unlikely.
                if sealed_up_to(c, table)? >= first {
                    return Err(StoreError::Invariant("rows are sealed once"));
                }
                c.prepare_cached(
                    "INSERT INTO batch (tbl, first_seq, last_seq, rows, entries, hash, first_day, last_day, body, state)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'sealed')",
                )?
                .execute(params![
                    table.code(), first, last, rows as i64, entries, stored, days.map(|d| d.0.number()),
                    days.map(|d| d.1.number()), packed
                ])?;
                Ok(c.last_insert_rowid())
            })
            .await?;
        let device = self.device().to_owned();
        Ok(Some(SealedBatch { id, device, table, rows, hash, days, body: Bytes::new() }))
    }

    /// Cuts a batch in two halves, each to be sealed anew; a batch of one row goes to the dead letters with `reason`.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn split_or_bury(&self, table: Table, id: i64, reason: &str) -> Result<Refusal, StoreError> {
        let now = self.inner.clock.now().micros();
        let reason = reason.to_owned();
        self.write(move |c| {
            let Some((first, last, _)) = range(c, id)? else { return Ok(Refusal::Cut) };
            let runs = runs_of(c, table, first, last)?;
            let body: Vec<u8> = c.query_row("SELECT body FROM batch WHERE pk = ?1", [id], |r| r.get(0))?;
            c.execute("DELETE FROM batch WHERE pk = ?1", [id])?;
            cut_or_bury(c, table, &runs, &body, &reason, now)
        })
        .await
    }

    /// Rows of a table buried one after another since one of it arrived, in this delivery and those before.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn buried_in_a_row(&self, table: Table) -> Result<u32, StoreError> {
        self.read(|c| {
            let text: Option<String> = c
                .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
                .query_row([buried_key(table)], |r| r.get(0))
                .optional()?;
            Ok(text.and_then(|t| t.parse().ok()).unwrap_or(0))
        })
    }

    /// The same for the rows that the next batch would hold, where they cannot even be encoded.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn refuse_next(&self, table: Table, max_rows: usize, reason: &str) -> Result<Refusal, StoreError> {
        let now = self.inner.clock.now().micros();
        let reason = reason.to_owned();
        self.write(move |c| {
            let runs = next_runs(c, table, max_rows)?;
            cut_or_bury(c, table, &runs, &[], &reason, now)
        })
        .await
    }
}

/// What became of rows that the warehouse refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// They were cut in two: the halves are tried on their own.
    Cut,
    /// It was one row alone: it is with the dead letters.
    Buried,
}

/// Cuts refused runs in two, or buries what is one row.
fn cut_or_bury(
    c: &Connection,
    table: Table,
    runs: &[Run],
    body: &[u8],
    reason: &str,
    now: i64,
) -> Result<Refusal, StoreError> {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return Ok(Refusal::Cut) };
    let entries: i64 = runs.iter().map(|r| r.to - r.from + 1).sum();
    if entries > 1 && distinct(runs) > 1 {
        // The halves are new runs at the same place in the order: sealed again, smaller, before anything later.
        halve(c, table, runs)?;
        set_limit(c, table, usize::try_from((entries / 2).max(1)).unwrap_or(1))?;
        return Ok(Refusal::Cut);
    }
    c.execute(
        "INSERT INTO meta (key, value) VALUES (?1, '1') ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1",
        [buried_key(table)],
    )?;
    for (day, n) in entries_by_day(c, table, first.seq, last.seq)? {
        // One row, however often it was enqueued on that day: it is revived as one.
        c.execute(
            "UPDATE ledger SET dead = dead + 1, enqueued = enqueued - (?3 - 1) WHERE tbl = ?1 AND day = ?2",
            params![table.code(), day, n],
        )?;
        c.execute(
            "INSERT INTO dead_letter (tbl, row, day, at, reason, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![table.code(), first.from, day, now, reason, body],
        )?;
    }
    remove(c, table, first.seq, last.seq)?;
    Ok(Refusal::Buried)
}

/// A batch before it is stored.
struct Drawn {
    /// Its bytes, compressed.
    packed: Vec<u8>,
    hash: String,
    rows: u64,
    entries: i64,
    first_seq: i64,
    last_seq: i64,
    days: Option<(BusinessDay, BusinessDay)>,
}

/// Bytes on their way into a batch.
struct Packing {
    into: zstd::stream::write::Encoder<'static, Vec<u8>>,
    hash: blake3::Hasher,
    rows: u64,
    created: Option<(i64, i64)>,
}

impl Packing {
    fn add(&mut self, table: Table, chunk: Vec<render::Rendered>, encode: &Encode<'_>) -> Result<(), SealError> {
        for at in chunk.iter().filter_map(|row| row.created_at) {
            self.created = Some(self.created.map_or((at, at), |(a, b)| (a.min(at), b.max(at))));
        }
        let cells: Vec<Vec<Cell>> = chunk.into_iter().map(|row| row.cells).collect();
        self.rows += cells.len() as u64;
        let bytes = encode(table, &cells).map_err(SealError::Encode)?;
        self.hash.update(&bytes);
        self.into.write_all(&bytes).map_err(StoreError::from)?;
        Ok(())
    }
}

/// The newest state of the rows of the next runs.
fn draw(
    c: &Connection,
    table: Table,
    max_rows: usize,
    encode: &Encode<'_>,
    personal: Personal<'_>,
) -> Result<Option<Drawn>, SealError> {
    let runs = next_runs(c, table, max_rows)?;
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return Ok(None) };
    let (first_seq, last_seq) = (first.seq, last.seq);
    let entries = runs.iter().map(|r| r.to - r.from + 1).sum();
    let mut spans: Vec<(i64, i64)> = runs.iter().map(|r| (r.from, r.to)).collect();
    spans.sort_unstable();
    let into = zstd::stream::write::Encoder::new(Vec::new(), 1).map_err(StoreError::from)?;
    let mut packing = Packing { into, hash: blake3::Hasher::new(), rows: 0, created: None };
    let mut next = i64::MIN;
    for (from, to) in spans {
        next = next.max(from);
        while next <= to {
            let end = to.min(next + CHUNK - 1);
            packing.add(table, render::rows(c, table, next, end, personal)?, encode)?;
            next = end + 1;
        }
    }
    let utc_day = |at: i64| BusinessDay::from_number(i32::try_from(at.div_euclid(86_400_000_000)).unwrap_or(0));
    Ok(Some(Drawn {
        packed: packing.into.finish().map_err(StoreError::from)?,
        hash: packing.hash.finalize().to_hex().to_string(),
        rows: packing.rows,
        entries,
        first_seq,
        last_seq,
        days: packing.created.map(|(a, b)| (utc_day(a), utc_day(b))),
    }))
}

/// The runs of the next batch, in their order: at least one, otherwise no more rows than asked for.
fn next_runs(c: &Connection, table: Table, max_rows: usize) -> Result<Vec<Run>, StoreError> {
    let limit = row_limit(c, table)?.map_or(max_rows, |l| l.min(max_rows));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sealed = sealed_up_to(c, table)?;
    let mut statement =
        c.prepare_cached("SELECT seq, row_from, row_to FROM outbox WHERE tbl = ?1 AND seq > ?2 ORDER BY seq")?;
    let mut found = statement.query(params![table.code(), sealed])?;
    let (mut runs, mut entries) = (Vec::new(), 0);
    while let Some(r) = found.next()? {
        let run = Run { seq: r.get(0)?, from: r.get(1)?, to: r.get(2)? };
        let size = run.to - run.from + 1;
        if !runs.is_empty() && entries + size > limit {
            break;
        }
        entries += size;
        runs.push(run);
    }
    Ok(runs)
}

fn runs_of(c: &Connection, table: Table, first: i64, last: i64) -> Result<Vec<Run>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT seq, row_from, row_to FROM outbox WHERE tbl = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq",
    )?;
    let runs = statement.query_map(params![table.code(), first, last], |r| {
        Ok(Run { seq: r.get(0)?, from: r.get(1)?, to: r.get(2)? })
    })?;
    Ok(runs.collect::<Result<_, _>>()?)
}

fn distinct(runs: &[Run]) -> usize {
    runs.iter().flat_map(|r| r.from..=r.to).collect::<std::collections::HashSet<_>>().len()
}

/// Cuts runs so that each is at most half of what they hold together. Runs are cut in place: a run's second half takes the
/// place of its own, which is why `seq` of the runs behind it moves up by what was cut before.
fn halve(c: &Connection, table: Table, runs: &[Run]) -> Result<(), StoreError> {
    let entries: i64 = runs.iter().map(|r| r.to - r.from + 1).sum();
    let largest = (entries / 2).max(1);
    let Some(cut) = runs.iter().find(|r| r.to - r.from + 1 > largest) else { return Ok(()) };
    let behind: i64 =
        c.query_row("SELECT coalesce(max(seq), 0) FROM outbox WHERE tbl = ?1", [table.code()], |r| r.get(0))?;
    // Move everything behind the cut up by one, last first, so that the order stays.
    let mut statement = c.prepare_cached("SELECT seq FROM outbox WHERE tbl = ?1 AND seq > ?2 ORDER BY seq DESC")?;
    let later: Vec<i64> =
        statement.query_map(params![table.code(), cut.seq], |r| r.get(0))?.collect::<Result<_, _>>()?;
    for seq in later {
        c.execute("UPDATE outbox SET seq = seq + 1 WHERE tbl = ?1 AND seq = ?2", params![table.code(), seq])?;
    }
    c.execute(
        "UPDATE batch SET first_seq = first_seq + 1, last_seq = last_seq + 1 WHERE tbl = ?1 AND first_seq > ?2",
        params![table.code(), cut.seq],
    )?;
    let middle = cut.from + largest - 1;
    let day: i64 =
        c.query_row("SELECT day FROM outbox WHERE tbl = ?1 AND seq = ?2", params![table.code(), cut.seq], |r| {
            r.get(0)
        })?;
    c.execute("UPDATE outbox SET row_to = ?3 WHERE tbl = ?1 AND seq = ?2", params![table.code(), cut.seq, middle])?;
    c.execute(
        "INSERT INTO outbox (tbl, seq, row_from, row_to, day) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![table.code(), cut.seq + 1, middle + 1, cut.to, day],
    )?;
    crate::apply::set_next_seq(c, table, behind + 2)
}

/// Key of `meta` that counts the rows buried since one of the table arrived.
pub(crate) fn buried_key(table: Table) -> String {
    format!("buried_{}", table.code())
}

/// Lets the batches of a table that was cut grow again, now that one of them has arrived.
pub(crate) fn grow(c: &Connection, table: Table) -> Result<(), StoreError> {
    match row_limit(c, table)? {
        Some(limit) => set_limit(c, table, limit.saturating_mul(GROWTH)),
        None => Ok(()),
    }
}

fn set_limit(c: &Connection, table: Table, rows: usize) -> Result<(), StoreError> {
    c.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
        params![limit_key(table), rows.to_string()],
    )?;
    Ok(())
}

fn row_limit(c: &Connection, table: Table) -> Result<Option<usize>, StoreError> {
    let text: Option<String> = c
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([limit_key(table)], |r| r.get(0))
        .optional()?;
    Ok(text.and_then(|t| t.parse().ok()))
}
