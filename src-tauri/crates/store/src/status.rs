//! How the streams, tables and the meter stand.

use crate::error::StoreError;
use crate::open::Store;
use backroom_core::Timestamp;
use backroom_core::table::Table;
use rusqlite::{OptionalExtension, Row, params};

/// A recorded trouble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Name of its class, such as `unauthorized`.
    pub class: String,
    /// Stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to press.
    pub hint: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// A stream as the Sync screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRow {
    /// Name of the source.
    pub source: String,
    /// Kind of the source.
    pub kind: String,
    /// Entity.
    pub entity: String,
    /// Location id; none for the whole account.
    pub location: Option<String>,
    /// Location name.
    pub location_name: Option<String>,
    /// Rows read in all pulls so far that were new or newer.
    pub rows: u64,
    /// Last success.
    pub last_success: Option<Timestamp>,
    /// Last attempt.
    pub last_attempt: Option<Timestamp>,
    /// Bounds of the history.
    pub history: Option<(Timestamp, Timestamp)>,
    /// Whether the history is in.
    pub history_done: bool,
    /// Microseconds of the history that are in.
    pub history_covered: i64,
    /// The oldest instant down to which the history is in without a gap.
    pub history_since: Option<Timestamp>,
    /// The trouble.
    pub trouble: Option<Trouble>,
}

/// A table as the Sync screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// The table.
    pub table: Table,
    /// Rows waiting, sealed or not.
    pub pending: u64,
    /// Rows refused for good.
    pub dead: u64,
    /// Rows delivered.
    pub delivered: u64,
    /// Last delivery.
    pub last_delivery: Option<Timestamp>,
    /// Whether a batch is being sent.
    pub sending: bool,
    /// Why the oldest batch waits.
    pub trouble: Option<Trouble>,
}

/// What the warehouse cost on a UTC day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CostToday {
    /// Bytes billed.
    pub bytes: u64,
    /// Jobs run.
    pub jobs: u64,
}

/// The receipt of a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// Number.
    pub id: i64,
    /// Name of the source.
    pub source: String,
    /// Entity.
    pub entity: String,
    /// Location id.
    pub location: Option<String>,
    /// `window`, `changes` or `all`.
    pub kind: String,
    /// First instant asked for.
    pub from: Option<Timestamp>,
    /// End of what was asked for.
    pub to: Option<Timestamp>,
    /// When it was finished.
    pub finished_at: Timestamp,
    /// Pages read.
    pub pages: u64,
    /// Rows read.
    pub rows: u64,
    /// Rows new or newer.
    pub changed: u64,
    /// Id of the first row.
    pub first_id: Option<String>,
    /// Id of the last row.
    pub last_id: Option<String>,
    /// Σ amount.
    pub sum: i64,
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn trouble(r: &Row<'_>) -> rusqlite::Result<Option<Trouble>> {
    let Some(code) = r.get::<_, Option<String>>("fault_code")? else { return Ok(None) };
    Ok(Some(Trouble {
        class: r.get::<_, Option<String>>("fault_class")?.unwrap_or_default(),
        code,
        message: r.get::<_, Option<String>>("fault_message")?.unwrap_or_default(),
        hint: r.get::<_, Option<String>>("fault_hint")?.unwrap_or_default(),
        since: r.get::<_, Option<i64>>("fault_since")?.map(Timestamp::from_micros),
    }))
}

fn at(r: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(r.get::<_, Option<i64>>(column)?.map(Timestamp::from_micros))
}

impl Store {
    /// Every stream.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn stream_rows(&self) -> Result<Vec<StreamRow>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                concat!(
                    "SELECT t.pk, s.name AS source, s.kind, t.entity, t.location, ",
                    crate::report::location_name!(),
                    " AS location_name, t.last_success, t.last_attempt,
                       t.history_from, t.history_to, t.history_done, t.fault_class, t.fault_code, t.fault_message, t.fault_hint, t.fault_since,
                       (SELECT coalesce(sum(changed), 0) FROM receipt r WHERE r.stream = t.pk)
                         + coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'receipts_rows_' || t.pk), 0) AS rows
                     FROM stream t JOIN source s ON s.pk = t.source LEFT JOIN location l ON l.id = t.location AND l.source = t.source
                     ORDER BY t.pk"
                ),
            )?;
            let mut windows = c.prepare_cached(
                "SELECT from_at, to_at FROM history_window WHERE stream = ?1 ORDER BY to_at DESC",
            )?;
            let mut found = Vec::new();
            let mut rows = statement.query([])?;
            while let Some(r) = rows.next()? {
                let location: String = r.get("location")?;
                let pk: i64 = r.get("pk")?;
                let history = at(r, "history_from")?.zip(at(r, "history_to")?);
                let mut covered = 0;
                let mut since = history.map(|(_, to)| to.micros());
                let mut parts = windows.query([pk])?;
                while let Some(w) = parts.next()? {
                    let (from, to): (i64, i64) = (w.get(0)?, w.get(1)?);
                    covered += to - from;
                    if since == Some(to) {
                        since = Some(from);
                    }
                }
                found.push(StreamRow {
                    source: r.get("source")?,
                    kind: r.get("kind")?,
                    entity: r.get("entity")?,
                    location: (!location.is_empty()).then_some(location),
                    location_name: r.get("location_name")?,
                    rows: count(r.get("rows")?),
                    last_success: at(r, "last_success")?,
                    last_attempt: at(r, "last_attempt")?,
                    history,
                    history_done: r.get("history_done")?,
                    history_covered: covered,
                    history_since: since.map(Timestamp::from_micros),
                    trouble: trouble(r)?,
                });
            }
            Ok(found)
        })
    }

    /// The tables of the warehouse that rows of the sources here go to.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn table_rows(&self) -> Result<Vec<TableRow>, StoreError> {
        self.read(|c| {
            let mut found = Vec::new();
            let kinds: Vec<String> = c
                .prepare_cached("SELECT DISTINCT kind FROM source")?
                .query_map([], |r| r.get(0))?
                .collect::<Result<_, _>>()?;
            let fed = |t: &Table| t.source_kind().map_or(!kinds.is_empty(), |kind| kinds.iter().any(|k| k == kind));
            for table in Table::ALL.into_iter().filter(|t| t.of_counter() || fed(t)) {
                let code = table.code();
                // What is made at the counter is told of once something was made there.
                if table.of_counter()
                    && !c
                        .prepare_cached("SELECT EXISTS (SELECT 1 FROM ledger WHERE tbl = ?1)")?
                        .query_row([code], |r| r.get::<_, bool>(0))?
                {
                    continue;
                }
                let pending: i64 = c
                    .prepare_cached("SELECT coalesce(sum(row_to - row_from + 1), 0) FROM outbox WHERE tbl = ?1")?
                    .query_row([code], |r| r.get(0))?;
                let dead: i64 = c
                    .prepare_cached("SELECT coalesce(sum(dead), 0) FROM ledger WHERE tbl = ?1")?
                    .query_row([code], |r| r.get(0))?;
                let delivered: Option<(i64, i64)> = c
                    .prepare_cached("SELECT delivered, last_at FROM delivery WHERE tbl = ?1")?
                    .query_row([code], |r| Ok((r.get(0)?, r.get(1)?)))
                    .optional()?;
                let oldest: Option<(Option<Trouble>, bool)> = c
                    .prepare_cached(
                        "SELECT state, fault_class, fault_code, fault_message, fault_hint, fault_since FROM batch
                         WHERE tbl = ?1 ORDER BY fault_code IS NULL, pk LIMIT 1",
                    )?
                    .query_row([code], |r| Ok((trouble(r)?, r.get::<_, String>("state")? == "sending")))
                    .optional()?;
                let (trouble, sending) = oldest.unwrap_or((None, false));
                found.push(TableRow {
                    table,
                    pending: count(pending),
                    dead: count(dead),
                    delivered: count(delivered.map_or(0, |d| d.0)),
                    last_delivery: delivered.map(|d| Timestamp::from_micros(d.1)),
                    sending,
                    trouble,
                });
            }
            Ok(found)
        })
    }

    /// Rows waiting for the warehouse and rows refused for good.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn waiting(&self) -> Result<(u64, u64), StoreError> {
        self.read(|c| {
            Ok(c.prepare_cached(
                "SELECT (SELECT coalesce(sum(row_to - row_from + 1), 0) FROM outbox), (SELECT coalesce(sum(dead), 0) FROM ledger)",
            )?
            .query_row([], |r| Ok((count(r.get(0)?), count(r.get(1)?))))?)
        })
    }

    /// The newest sale of those that came here after row `after` and that the warehouse has, with the row to go on from next time; none
    /// where every one of them was counted before or still waits. `table` is one of the tables of sales: those of payments, or of
    /// orders where a source tells payments with them.
    ///
    /// # Errors
    /// What the buffer says; `Invariant` for a table that holds no sales.
    pub fn newest_delivered(&self, table: Table, after: i64) -> Result<Option<(i64, Timestamp)>, StoreError> {
        // A basket may be begun long before it is paid: a sale is made when it is completed.
        let (rows, made) = match table {
            Table::SquarePayments => ("payment", "r.created_at"),
            Table::LightspeedTransactions => ("orders", "coalesce(r.closed_at, r.created_at)"),
            _ => return Err(StoreError::Invariant("a table of sales")),
        };
        self.read(|c| {
            // A row that is sent again, because it was refunded for example, keeps its number: it came once.
            let sql = format!(
                "SELECT max(pk), max(made) FROM (
                   SELECT r.pk, {made} AS made FROM {rows} r JOIN source s ON s.pk = r.source
                   WHERE r.pk > ?1 AND s.kind = ?2
                     AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.tbl = ?3 AND r.pk BETWEEN o.row_from AND o.row_to)
                     AND NOT EXISTS (SELECT 1 FROM dead_letter d WHERE d.tbl = ?3 AND d.row = r.pk)
                   ORDER BY r.pk DESC LIMIT 50)"
            );
            let found: (Option<i64>, Option<i64>) = c
                .prepare_cached(&sql)?
                .query_row(params![after, table.source_kind(), table.code()], |r| Ok((r.get(0)?, r.get(1)?)))?;
            Ok(found.0.zip(found.1.map(Timestamp::from_micros)))
        })
    }

    /// What the warehouse cost today (UTC).
    ///
    /// # Errors
    /// What the buffer says.
    pub fn cost_today(&self) -> Result<CostToday, StoreError> {
        let day = self.inner.clock.now().micros().div_euclid(86_400_000_000);
        self.read(|c| {
            let cost = c
                .prepare_cached("SELECT bytes, jobs FROM warehouse_cost WHERE day = ?1")?
                .query_row([day], |r| Ok(CostToday { bytes: count(r.get(0)?), jobs: count(r.get(1)?) }))
                .optional()?;
            Ok(cost.unwrap_or_default())
        })
    }

    /// The newest receipts.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn receipts(&self, limit: u32) -> Result<Vec<ReceiptRow>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT r.pk, s.name AS source, t.entity, t.location, r.kind, r.from_at, r.to_at, r.finished_at, r.pages, r.rows, r.changed,
                   r.first_id, r.last_id, r.sum
                 FROM receipt r JOIN stream t ON t.pk = r.stream JOIN source s ON s.pk = t.source ORDER BY r.pk DESC LIMIT ?1",
            )?;
            let rows = statement.query_map(params![limit], |r| {
                let location: String = r.get("location")?;
                Ok(ReceiptRow {
                    id: r.get("pk")?,
                    source: r.get("source")?,
                    entity: r.get("entity")?,
                    location: (!location.is_empty()).then_some(location),
                    kind: r.get("kind")?,
                    from: at(r, "from_at")?,
                    to: at(r, "to_at")?,
                    finished_at: Timestamp::from_micros(r.get("finished_at")?),
                    pages: count(r.get("pages")?),
                    rows: count(r.get("rows")?),
                    changed: count(r.get("changed")?),
                    first_id: r.get("first_id")?,
                    last_id: r.get("last_id")?,
                    sum: r.get("sum")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

impl Store {
    /// A small note kept with the data, such as what a person has already looked at.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn note(&self, key: &str) -> Result<Option<String>, StoreError> {
        let key = format!("note_{key}");
        self.read(|c| {
            Ok(c.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([key], |r| r.get(0)).optional()?)
        })
    }

    /// Keeps a small note.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn set_note(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let (key, value) = (format!("note_{key}"), value.to_owned());
        self.write(move |c| {
            c.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
                [key, value],
            )?;
            Ok(())
        })
        .await
    }
}
