//! Gaps in what was read, found by queries over the receipts: nobody has to believe that nothing was left out.
//!
//! - The finished windows of a history lie end to end from its start to its end, and each has its receipt.
//! - Every pull of changes began no later than the point up to which everything was in.
//! - The first and the last record of every receipt are in the buffer.

use crate::doctor::Finding;
use crate::error::StoreError;
use rusqlite::Connection;

/// The streams of sales, with the table that holds their records.
const SALES: &[(&str, &str)] = &[("payments", "payment"), ("refunds", "refund"), ("orders", "orders")];

/// Stretches of a finished history that no window covers: before the first, between two, after the last. A window may reach beyond
/// the bounds, where the clock was wrong for a while or a longer history is being filled in: out there nothing is owed.
const UNCOVERED: &str = "
    WITH bound AS (SELECT pk, history_from AS from_at, history_to AS to_at FROM stream WHERE history_done AND history_from IS NOT NULL
                     AND EXISTS (SELECT 1 FROM history_window w WHERE w.stream = stream.pk)),
         edge AS (
           SELECT w.stream AS stream, coalesce(lag(w.to_at) OVER (PARTITION BY w.stream ORDER BY w.to_at), b.from_at) AS covered, w.from_at
             FROM history_window w JOIN bound b ON b.pk = w.stream
           UNION ALL
           SELECT b.pk, (SELECT max(to_at) FROM history_window w WHERE w.stream = b.pk), b.to_at FROM bound b)
    SELECT count(*) FROM edge JOIN bound b ON b.pk = edge.stream
     WHERE min(edge.from_at, b.to_at) > max(edge.covered, b.from_at)";

/// Finished windows of which no receipt tells.
const UNTOLD: &str = "
    SELECT count(*) FROM history_window w WHERE NOT EXISTS (
      SELECT 1 FROM receipt r WHERE r.stream = w.stream AND r.kind = 'window' AND r.to_at = w.to_at AND r.from_at >= w.from_at)";

/// Pulls of changes that began after the point up to which the pulls before them had read.
const SKIPPED: &str = "
    WITH change AS (
      SELECT r.stream, r.kind, r.from_at, max(coalesce(r.to_at, r.finished_at))
          OVER (PARTITION BY r.stream ORDER BY r.pk ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS read_to
      FROM receipt r WHERE r.pk > coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'receipts_after_' || r.stream), 0))
    SELECT count(*) FROM change WHERE kind = 'changes' AND from_at > read_to";

fn count(c: &Connection, query: &str) -> Result<i64, StoreError> {
    Ok(c.query_row(query, [], |r| r.get(0))?)
}

fn finding(check: &str, wrong: i64, well: &str, ill: &str) -> Finding {
    let detail = if wrong == 0 { well.to_owned() } else { format!("{wrong} {ill}") };
    Finding { check: check.to_owned(), ok: wrong == 0, detail }
}

/// Looks for gaps.
///
/// # Errors
/// Where the buffer cannot be read.
pub(crate) fn gaps(c: &Connection) -> Result<Vec<Finding>, StoreError> {
    let mut missing = 0;
    for (entity, table) in SALES {
        missing += count(
            c,
            &format!(
                "SELECT count(*) FROM receipt r JOIN stream t ON t.pk = r.stream
                 WHERE t.entity = '{entity}' AND r.first_id IS NOT NULL
                   AND r.pk > coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'receipts_after_' || r.stream), 0)
                   AND ((SELECT count(*) FROM {table} x WHERE x.id = r.first_id AND x.source = t.source) = 0
                     OR (SELECT count(*) FROM {table} x WHERE x.id = r.last_id AND x.source = t.source) = 0)"
            ),
        )?;
    }
    Ok(vec![
        finding(
            "history without gaps",
            count(c, UNCOVERED)?,
            "its windows lie end to end",
            "stretches of time were never read; run `backroomctl sync --full`",
        ),
        finding(
            "receipts of the history",
            count(c, UNTOLD)?,
            "each window has one",
            "windows have no receipt; run `backroomctl sync --full`",
        ),
        finding(
            "changes without gaps",
            count(c, SKIPPED)?,
            "each pull began where the one before had read to",
            "pulls began too late; run `backroomctl sync --full`",
        ),
        finding(
            "records of the receipts",
            missing,
            "the first and last of each are here",
            "receipts name a record that is not here; run `backroomctl sync --full`",
        ),
    ])
}
