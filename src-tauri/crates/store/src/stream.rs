//! Streams: how far each (source, entity, location) has been read.

use crate::error::StoreError;
use crate::open::Store;
use backroom_core::source::Entity;
use backroom_core::{Fault, FaultClass, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

/// The key of a stream in this buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub(crate) i64);

/// Which stream is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StreamKey {
    /// Name of the source in the configuration.
    pub source: String,
    /// Kind of the source, such as `square`.
    pub kind: &'static str,
    /// The entity.
    pub entity: Entity,
    /// Location id at the source; none for streams of the whole account.
    pub location: Option<String>,
}

/// A stretch of the history, `[from, to)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Window {
    /// First instant.
    pub from: Timestamp,
    /// First instant after.
    pub to: Timestamp,
}

/// How far a stream has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamState {
    /// Its key.
    pub id: StreamId,
    /// The source's time of change up to which everything is in; none before the first success.
    pub watermark: Option<Timestamp>,
    /// The newest version met so far.
    pub seen_version: Option<Timestamp>,
    /// When everything was last read from end to end, by the local clock.
    pub last_sweep: Option<Timestamp>,
    /// The history's bounds, fixed at the first sync.
    pub history: Option<Window>,
    /// Whether the whole history is in.
    pub history_done: bool,
    /// Finished windows of the history with their rows, newest first.
    pub done: Vec<(Window, u64)>,
}

fn class_name(class: &FaultClass) -> &'static str {
    match class {
        FaultClass::Transient => "transient",
        FaultClass::Throttled { .. } => "throttled",
        FaultClass::Unauthorized => "unauthorized",
        FaultClass::Forbidden => "forbidden",
        FaultClass::StaleCursor => "stale_cursor",
        FaultClass::Protocol => "protocol",
        FaultClass::Rejected => "rejected",
        FaultClass::NotFound => "not_found",
        FaultClass::Quota { .. } => "quota",
        FaultClass::Schema => "schema",
        FaultClass::TooLarge => "too_large",
        FaultClass::Unknown => "unknown",
        FaultClass::Config => "config",
        FaultClass::Cancelled => "cancelled",
    }
}

pub(crate) fn fault_class(class: &FaultClass) -> &'static str {
    class_name(class)
}

pub(crate) fn open_stream(c: &Connection, key: &StreamKey) -> Result<StreamState, StoreError> {
    c.prepare_cached("INSERT INTO source (name, kind) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![key.source, key.kind])?;
    let source: i64 =
        c.prepare_cached("SELECT pk FROM source WHERE name = ?1")?.query_row([&key.source], |r| r.get(0))?;
    let location = key.location.as_deref().unwrap_or("");
    c.prepare_cached("INSERT INTO stream (source, entity, location) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute(params![source, key.entity.name(), location])?;
    let state = c
        .prepare_cached(
            "SELECT pk, watermark, history_from, history_to, history_done, seen_version, last_sweep FROM stream
             WHERE source = ?1 AND entity = ?2 AND location = ?3",
        )?
        .query_row(params![source, key.entity.name(), location], |r| {
            let from: Option<i64> = r.get(2)?;
            let to: Option<i64> = r.get(3)?;
            Ok(StreamState {
                id: StreamId(r.get(0)?),
                watermark: r.get::<_, Option<i64>>(1)?.map(Timestamp::from_micros),
                seen_version: r.get::<_, Option<i64>>(5)?.map(Timestamp::from_micros),
                last_sweep: r.get::<_, Option<i64>>(6)?.map(Timestamp::from_micros),
                history: from
                    .zip(to)
                    .map(|(from, to)| Window { from: Timestamp::from_micros(from), to: Timestamp::from_micros(to) }),
                history_done: r.get(4)?,
                done: Vec::new(),
            })
        })?;
    let mut statement =
        c.prepare_cached("SELECT from_at, to_at, rows FROM history_window WHERE stream = ?1 ORDER BY to_at DESC")?;
    let done = statement
        .query_map([state.id.0], |r| {
            let window = Window { from: Timestamp::from_micros(r.get(0)?), to: Timestamp::from_micros(r.get(1)?) };
            Ok((window, u64::try_from(r.get::<_, i64>(2)?).unwrap_or(0)))
        })?
        .collect::<Result<_, _>>()?;
    Ok(StreamState { done, ..state })
}

pub(crate) fn source_of(c: &Connection, stream: StreamId) -> Result<(i64, String, Entity), StoreError> {
    let (source, kind, entity): (i64, String, String) = c
        .prepare_cached(
            "SELECT stream.source, source.kind, stream.entity FROM stream JOIN source ON source.pk = stream.source WHERE stream.pk = ?1",
        )?
        .query_row([stream.0], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .optional()?
        .ok_or(StoreError::Invariant("the stream of a page exists"))?;
    let entity = Entity::parse(&entity).ok_or(StoreError::Invariant("the entity of a stream is known"))?;
    Ok((source, kind, entity))
}

impl Store {
    /// Opens streams, creating those that are new, and tells how far each has been read.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn open_streams(&self, keys: Vec<StreamKey>) -> Result<Vec<StreamState>, StoreError> {
        self.write(move |c| keys.iter().map(|key| open_stream(c, key)).collect()).await
    }

    /// Fixes the bounds of a stream's history. Where they are already fixed, the earlier start wins and the end stays: up to it the
    /// history tells what there is, from it on the changes do.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn set_history(&self, stream: StreamId, window: Window) -> Result<(), StoreError> {
        self.write(move |c| {
            c.execute(
                "UPDATE stream SET history_from = min(coalesce(history_from, ?2), ?2), history_to = coalesce(history_to, ?3)
                 WHERE pk = ?1",
                params![stream.0, window.from.micros(), window.to.micros()],
            )?;
            Ok(())
        })
        .await
    }

    /// Records that every window of a stream's history is in. The watermark becomes the start of the history's fetching, or the
    /// newest version met where that is earlier: what changed while the history was being fetched is asked for again. Payments and
    /// refunds go back by `late_seconds` more, also when the orders of their location are complete: an order may have been uploaded
    /// late between the windows of its payment and its own.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn complete_history(&self, stream: StreamId, late_seconds: i64) -> Result<(), StoreError> {
        let late = late_seconds.saturating_mul(1_000_000);
        self.write(move |c| {
            c.execute(
                "UPDATE stream SET history_done = 1, watermark = min(history_to, seen_version)
                   - CASE WHEN entity IN ('payments', 'refunds') THEN ?2 ELSE 0 END WHERE pk = ?1",
                params![stream.0, late],
            )?;
            c.execute(
                "UPDATE stream SET watermark = min(stream.watermark, done.watermark - ?2) FROM stream AS done
                 WHERE done.pk = ?1 AND done.entity = 'orders' AND done.watermark IS NOT NULL AND stream.history_done
                   AND stream.entity IN ('payments', 'refunds') AND stream.watermark IS NOT NULL
                   AND stream.source = done.source AND stream.location = done.location",
                params![stream.0, late],
            )?;
            Ok(())
        })
        .await
    }

    /// Forgets how far streams of a source have been read, so that the next sync reads everything again. Rows stay.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn forget_progress(&self, streams: Vec<StreamId>) -> Result<(), StoreError> {
        self.write(move |c| {
            for stream in streams {
                c.execute("DELETE FROM history_window WHERE stream = ?1", [stream.0])?;
                // What earlier receipts vouch for is read again: from here on they prove and disprove nothing.
                c.execute(
                    "INSERT INTO meta (key, value) SELECT 'receipts_after_' || ?1, coalesce(max(pk), 0) FROM receipt WHERE true
                     ON CONFLICT DO UPDATE SET value = excluded.value",
                    [stream.0],
                )?;
                c.execute(
                    "UPDATE stream SET watermark = NULL, seen_version = NULL, last_sweep = NULL, history_done = 0, history_to = NULL,
                       history_from = NULL WHERE pk = ?1",
                    [stream.0],
                )?;
            }
            Ok(())
        })
        .await
    }

    /// Records that a stream was tried and how it ended: `None` clears the trouble.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn record_attempts(&self, outcomes: Vec<(StreamId, Option<Fault>)>) -> Result<(), StoreError> {
        let now = self.inner.clock.now().micros();
        self.write(move |c| {
            for (stream, fault) in &outcomes {
                match fault {
                    None => c
                        .prepare_cached(
                            "UPDATE stream SET last_attempt = ?2, last_success = ?2, fault_class = NULL, fault_code = NULL,
                               fault_message = NULL, fault_hint = NULL, fault_since = NULL WHERE pk = ?1",
                        )?
                        .execute(params![stream.0, now])?,
                    Some(fault) => c
                        .prepare_cached(
                            "UPDATE stream SET last_attempt = ?2, fault_class = ?3, fault_code = ?4, fault_message = ?5,
                               fault_hint = ?6, fault_since = coalesce(fault_since, ?2) WHERE pk = ?1",
                        )?
                        .execute(params![
                            stream.0, now, class_name(&fault.class), fault.code, fault.message, fault.hint
                        ])?,
                };
            }
            Ok(())
        })
        .await
    }
}
