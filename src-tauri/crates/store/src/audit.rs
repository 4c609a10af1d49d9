//! Who did what: a list that nobody can change unseen.
//!
//! Invariant: each entry's mark is a keyed hash of the one before it and of all that it says; the key is not in the file. Whoever
//! changes, removes or slips in an entry breaks the chain from there on; whoever cuts its end off is found by the mark that is kept
//! beside the key. Its beginning goes only with an entry that says up to which one, and with which mark: that one stands in the chain,
//! so nobody without the key can write it.

use crate::error::StoreError;
use crate::open::Store;
use backroom_core::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

/// The key of the chain.
pub type AuditKey = [u8; 32];

/// What an entry is called that vouches for the mark of the last one before the chain as it is now.
const TRIMMED: &str = "audit.trimmed";
/// The longest detail that is kept, in bytes.
const LONGEST_DETAIL: usize = 2_000;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number.
    pub number: i64,
    /// When, by the clock of this computer.
    pub at: Timestamp,
    /// Who; empty where nobody had signed in.
    pub operator: String,
    /// What was done, such as `connection.saved`.
    pub action: String,
    /// To what; never a secret, never a customer.
    pub detail: String,
}

/// How the chain stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Entries in it.
    pub entries: u64,
    /// The number of the last; 0 where there is none.
    pub last: u64,
    /// The mark of the last, in hexadecimal; empty where there is none.
    pub head: String,
    /// The first entry that does not fit to what is before it; none where all fit.
    pub broken_at: Option<i64>,
}

fn mark(key: &AuditKey, before: &[u8], entry: &AuditEntry) -> [u8; 32] {
    let mut hash = blake3::Hasher::new_keyed(key);
    hash.update(before);
    hash.update(&entry.number.to_le_bytes());
    hash.update(&entry.at.micros().to_le_bytes());
    for text in [&entry.operator, &entry.action, &entry.detail] {
        // Its length before each, so that no two entries read the same.
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    *hash.finalize().as_bytes()
}

/// Adds an entry within a transaction of the writer's; tells its number and the chain's new head.
pub(crate) fn append(
    c: &Connection,
    key: &AuditKey,
    written: i64,
    entry: AuditEntry,
) -> Result<(i64, String), StoreError> {
    let last: Option<(i64, Vec<u8>)> = c
        .prepare_cached("SELECT pk, mark FROM audit ORDER BY pk DESC LIMIT 1")?
        .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    let (number, before) = last.map_or((1, Vec::new()), |(pk, mark)| (pk + 1, mark));
    // Where more were written than are here, the end was cut off: the number that is left out tells it for ever.
    let number = number.max(written.saturating_add(1));
    let AuditEntry { at, operator, action, detail, .. } = entry;
    let end = (0..=detail.len().min(LONGEST_DETAIL)).rev().find(|n| detail.is_char_boundary(*n)).unwrap_or(0);
    let entry = AuditEntry { number, at, operator, action, detail: detail[..end].to_owned() };
    let mark = mark(key, &before, &entry);
    c.prepare_cached("INSERT INTO audit (pk, at, operator, action, detail, mark) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![number, at.micros(), entry.operator, entry.action, entry.detail, mark.as_slice()])?;
    Ok((number, hex::encode(mark)))
}

impl Store {
    /// Adds an entry; tells its number and the chain's new head, which belong beside the key. `written` is the number that is kept
    /// there already, 0 where none is.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn audit(
        &self,
        key: &AuditKey,
        written: i64,
        operator: &str,
        action: &str,
        detail: &str,
    ) -> Result<(i64, String), StoreError> {
        let key = *key;
        let entry = AuditEntry {
            number: 0,
            at: self.inner.clock.now(),
            operator: operator.to_owned(),
            action: action.to_owned(),
            detail: detail.to_owned(),
        };
        self.write(move |c| append(c, &key, written, entry)).await
    }

    /// The newest entries, newest first, from `before` on (0: from the newest).
    ///
    /// # Errors
    /// What the buffer says.
    pub fn audit_entries(&self, before: i64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT pk, at, operator, action, detail FROM audit WHERE ?1 = 0 OR pk < ?1 ORDER BY pk DESC LIMIT ?2",
            )?;
            let rows = statement.query_map(params![before, limit], entry)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Goes through the whole chain.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn audit_chain(&self, key: &AuditKey) -> Result<Chain, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare("SELECT pk, at, operator, action, detail, mark FROM audit ORDER BY pk")?;
            let mut rows = statement.query([])?;
            let mut chain = Chain { entries: 0, last: 0, head: String::new(), broken_at: None };
            let (mut number, mut before) = beginning(c)?;
            while let Some(r) = rows.next()? {
                let found = entry(r)?;
                let kept: Vec<u8> = r.get(5)?;
                chain.entries += 1;
                chain.last = u64::try_from(found.number).unwrap_or(0);
                let follows = found.number == number;
                if chain.broken_at.is_none() && (!follows || mark(key, &before, &found).as_slice() != kept) {
                    chain.broken_at = Some(found.number);
                }
                number = number.saturating_add(1);
                before = kept;
            }
            chain.head = hex::encode(before);
            Ok(chain)
        })
    }
}

/// The number with which the chain begins and the mark before it, as the newest entry tells that vouches for it.
fn beginning(c: &Connection) -> Result<(i64, Vec<u8>), StoreError> {
    let told: Option<String> = c
        .prepare_cached("SELECT detail FROM audit WHERE action = ?1 ORDER BY pk DESC LIMIT 1")?
        .query_row([TRIMMED], |r| r.get(0))
        .optional()?;
    let read = |text: &str| {
        let (through, mark) = text.strip_prefix("through ")?.split_once(' ')?;
        Some((through.parse::<i64>().ok()?.checked_add(1)?, hex::decode(mark).ok()?))
    };
    Ok(told.as_deref().and_then(read).unwrap_or((1, Vec::new())))
}

impl Store {
    /// Removes the entries that were made before `until`, all but the last, and writes down that it did. Tells the number and the mark
    /// of what was written, as `audit` does; none where nothing was that old.
    ///
    /// # Errors
    /// What the buffer says; nothing is removed then.
    pub async fn trim_audit(
        &self,
        key: &AuditKey,
        written: i64,
        until: Timestamp,
    ) -> Result<Option<(i64, String)>, StoreError> {
        let (key, at) = (*key, self.inner.clock.now());
        self.write(move |c| {
            // By number, not by time: a clock that was wrong must not leave a hole.
            let first: Option<i64> = c.query_row(
                "SELECT coalesce((SELECT min(pk) FROM audit WHERE at >= ?1), max(pk)) FROM audit",
                [until.micros()],
                |r| r.get(0),
            )?;
            let last_gone: Option<(i64, Vec<u8>)> = c
                .query_row("SELECT pk, mark FROM audit WHERE pk < ?1 ORDER BY pk DESC LIMIT 1", [first], |r| {
                    Ok((r.get(0)?, r.get(1)?))
                })
                .optional()?;
            let Some((through, mark)) = last_gone else { return Ok(None) };
            c.execute("DELETE FROM audit WHERE pk <= ?1", [through])?;
            let detail = format!("through {through} {}", hex::encode(mark));
            let entry = AuditEntry { number: 0, at, operator: String::new(), action: TRIMMED.to_owned(), detail };
            append(c, &key, written, entry).map(Some)
        })
        .await
    }
}

fn entry(r: &rusqlite::Row<'_>) -> rusqlite::Result<AuditEntry> {
    Ok(AuditEntry {
        number: r.get(0)?,
        at: Timestamp::from_micros(r.get(1)?),
        operator: r.get(2)?,
        action: r.get(3)?,
        detail: r.get(4)?,
    })
}
