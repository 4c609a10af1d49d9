//! Raffles: what happened to each, its entries for the warehouse, and the secret of its draw until that is told.
//!
//! Invariant: a person is a keyed hash here; the secret is sealed, and gone from here once the draw has told it.

use super::checks::next_row;
use super::{StoredEvent, enqueue};
use crate::error::StoreError;
use crate::open::Store;
use backroom_core::table::Table;
use backroom_core::{BusinessDay, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// What the sealed value of a raffle is bound to.
const SEALED_AS: &str = "raffle";

/// How a raffle stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaffleState {
    /// Its name.
    pub name: String,
    /// Its phase.
    pub status: String,
    /// The first instant of entry.
    pub opens_at: Option<Timestamp>,
    /// The last instant of entry.
    pub closes_at: Option<Timestamp>,
    /// Value of all prizes, minor units.
    pub prize_value: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// Entries that count.
    pub entries: i64,
    /// SHA-256 of the frozen rules.
    pub rules_hash: Option<String>,
    /// SHA-256 of the newest sealed list.
    pub seal_hash: Option<String>,
}

/// An entry as the warehouse is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaffleEntryRow {
    /// Its id.
    pub id: String,
    /// A keyed hash of the person.
    pub person: String,
    /// By which way.
    pub channel: String,
    /// The business day.
    pub day: BusinessDay,
    /// When.
    pub at: Timestamp,
    /// Why it does not count.
    pub void_reason: Option<String>,
}

/// What becomes of the secret.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretChange {
    /// It stays.
    Stays,
    /// It is this from now on; sealed before it is stored.
    Is(Vec<u8>),
    /// It is told, or not needed any more.
    Gone,
}

impl std::fmt::Debug for SecretChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretChange")
    }
}

/// A change of one raffle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaffleChange {
    /// Its id.
    pub id: String,
    /// How many events the change was decided on; 0 makes it.
    pub seen_events: i64,
    /// How it stands after the change.
    pub state: RaffleState,
    /// What happened: kind and JSON.
    pub events: Vec<(String, String)>,
    /// Entries that are new or changed.
    pub entries: Vec<RaffleEntryRow>,
    /// What becomes of the secret.
    pub secret: SecretChange,
    /// Who does it.
    pub operator: String,
}

/// A raffle in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaffleRow {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub state: RaffleState,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

const COLUMNS: &str =
    "id, name, status, opens_at, closes_at, prize_value, currency, entries, rules_hash, seal_hash, created_at, version";

fn raffle(r: &Row<'_>) -> rusqlite::Result<RaffleRow> {
    let time = |at: usize| -> rusqlite::Result<Option<Timestamp>> {
        Ok(r.get::<_, Option<i64>>(at)?.map(Timestamp::from_micros))
    };
    Ok(RaffleRow {
        id: r.get(0)?,
        state: RaffleState {
            name: r.get(1)?,
            status: r.get(2)?,
            opens_at: time(3)?,
            closes_at: time(4)?,
            prize_value: r.get(5)?,
            currency: r.get(6)?,
            entries: r.get(7)?,
            rules_hash: r.get(8)?,
            seal_hash: r.get(9)?,
        },
        created_at: Timestamp::from_micros(r.get(10)?),
        updated_at: Timestamp::from_micros(r.get(11)?),
    })
}

impl Store {
    /// Changes a raffle, or makes a new one. Everything or nothing.
    ///
    /// # Errors
    /// `ChangedMeanwhile` where more happened than was seen; `NotHere`; `Sealed` where there is no key to seal by; what the buffer says.
    pub async fn change_raffle(&self, change: RaffleChange) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        let secret = match &change.secret {
            SecretChange::Stays => None,
            SecretChange::Gone => Some(None),
            SecretChange::Is(plain) => Some(Some(self.seal().ok_or(StoreError::Sealed)?.seal(SEALED_AS, plain)?)),
        };
        self.write(move |c| {
            let row = match row_of(c, &change.id)? {
                Some(row) if change.seen_events > 0 => row,
                Some(_) => return Err(StoreError::ChangedMeanwhile),
                None if change.seen_events == 0 => next_row(c, "raffle")?,
                None => return Err(StoreError::NotHere),
            };
            let here: i64 = c
                .prepare_cached("SELECT coalesce(max(number), 0) FROM raffle_event WHERE raffle = ?1")?
                .query_row([row], |r| r.get(0))?;
            if here != change.seen_events {
                return Err(StoreError::ChangedMeanwhile);
            }
            keep_state(c, row, &change, now)?;
            if let Some(secret) = secret {
                c.execute("UPDATE raffle SET secret = ?2 WHERE pk = ?1", params![row, secret])?;
            }
            for (number, (kind, body)) in (here + 1..).zip(&change.events) {
                c.prepare_cached(
                    "INSERT INTO raffle_event (raffle, number, at, kind, body, operator) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![row, number, now.micros(), kind, body, change.operator])?;
            }
            let told = keep_entries(c, row, &change.entries, now)?;
            enqueue(c, Table::Raffles, &[row], now)?;
            enqueue(c, Table::RaffleEntries, &told, now)
        })
        .await
    }

    /// The raffles, newest first.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn raffles(&self) -> Result<Vec<RaffleRow>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM raffle WHERE deleted = 0 ORDER BY created_at DESC, pk DESC"
            ))?;
            let rows = statement.query_map([], raffle)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// How much happened to a raffle; 0 where there is none.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn raffle_event_count(&self, id: &str) -> Result<usize, StoreError> {
        let last: i64 = self.read(|c| {
            let last = "SELECT coalesce(max(e.number), 0) FROM raffle_event e JOIN raffle f ON f.pk = e.raffle WHERE f.id = ?1";
            Ok(c.prepare_cached(last)?.query_row([id], |r| r.get(0))?)
        })?;
        Ok(usize::try_from(last).unwrap_or(0))
    }

    /// What happened to a raffle, oldest first; nothing where there is none.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn raffle_events(&self, id: &str) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT e.number, e.at, e.body, e.operator FROM raffle_event e JOIN raffle f ON f.pk = e.raffle WHERE f.id = ?1 ORDER BY e.number",
            )?;
            let rows = statement.query_map([id], |r| {
                Ok(StoredEvent {
                    number: r.get(0)?,
                    at: Timestamp::from_micros(r.get(1)?),
                    day: None,
                    body: r.get(2)?,
                    operator: r.get(3)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The secret of a raffle, where it has one.
    ///
    /// # Errors
    /// `Sealed` where this computer's key does not open it; what the buffer says.
    pub fn raffle_secret(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sealed: Option<Vec<u8>> = self.read(|c| {
            let found = c
                .prepare_cached("SELECT secret FROM raffle WHERE id = ?1")?
                .query_row([id], |r| r.get::<_, Option<Vec<u8>>>(0))
                .optional()?;
            Ok(found.flatten())
        })?;
        sealed.map(|sealed| self.seal().ok_or(StoreError::Sealed)?.open(SEALED_AS, &sealed)).transpose()
    }

    /// The highest number that this PC gave to an entry of any raffle.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn last_entry_id(&self) -> Result<Option<String>, StoreError> {
        self.read(|c| {
            Ok(c.prepare_cached("SELECT max(id) FROM raffle_entry WHERE id >= ?1 || '-' AND id < ?1 || '.'")?
                .query_row([&self.inner.device], |r| r.get(0))?)
        })
    }
}

fn row_of(c: &Connection, id: &str) -> Result<Option<i64>, StoreError> {
    Ok(c.prepare_cached("SELECT pk FROM raffle WHERE id = ?1")?.query_row([id], |r| r.get(0)).optional()?)
}

fn keep_state(c: &Connection, row: i64, change: &RaffleChange, now: Timestamp) -> Result<(), StoreError> {
    let state = &change.state;
    c.prepare_cached(
        "INSERT INTO raffle (pk, id, name, status, opens_at, closes_at, prize_value, currency, entries, rules_hash, seal_hash, created_at,
           version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)
         ON CONFLICT (pk) DO UPDATE SET name = excluded.name, status = excluded.status, opens_at = excluded.opens_at,
           closes_at = excluded.closes_at, prize_value = excluded.prize_value, currency = excluded.currency, entries = excluded.entries,
           rules_hash = excluded.rules_hash, seal_hash = excluded.seal_hash, version = max(excluded.version, version + 1)",
    )?
    .execute(params![
        row,
        change.id,
        state.name,
        state.status,
        state.opens_at.map(Timestamp::micros),
        state.closes_at.map(Timestamp::micros),
        state.prize_value,
        state.currency,
        state.entries,
        state.rules_hash,
        state.seal_hash,
        now.micros()
    ])?;
    Ok(())
}

/// Keeps entries that are new or changed; tells their rows.
fn keep_entries(
    c: &Connection,
    raffle: i64,
    entries: &[RaffleEntryRow],
    now: Timestamp,
) -> Result<Vec<i64>, StoreError> {
    let mut told = Vec::with_capacity(entries.len());
    for entry in entries {
        let row: i64 = c
            .prepare_cached(
                "INSERT INTO raffle_entry (id, raffle, person, channel, day, void_reason, created_at, version)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (id) DO UPDATE SET void_reason = excluded.void_reason, version = max(excluded.version, version + 1)
                 RETURNING pk",
            )?
            .query_row(
                params![
                    entry.id,
                    raffle,
                    entry.person,
                    entry.channel,
                    entry.day.number(),
                    entry.void_reason,
                    entry.at.micros(),
                    now.micros()
                ],
                |r| r.get(0),
            )?;
        told.push(row);
    }
    Ok(told)
}
