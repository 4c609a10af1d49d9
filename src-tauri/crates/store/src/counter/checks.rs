//! Verdicts of ID checks, the shop's own ban list, cards seen lately and who was trained.
//!
//! Invariant: nothing of a card comes here but a keyed hash, and that only where the owner wants it.

use super::{enqueue, id_of};
use crate::error::StoreError;
use crate::open::Store;
use backroom_core::table::Table;
use backroom_core::{BusinessDay, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A keyed hash of a card.
pub type CardHash = [u8; 32];

/// A verdict to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAgeCheck {
    /// The business day.
    pub day: BusinessDay,
    /// The local hour, 0 to 23.
    pub hour: u8,
    /// green, amber or red.
    pub verdict: String,
    /// Why: a code.
    pub reason: String,
    /// scan or manual.
    pub method: String,
    /// For which class of goods.
    pub product_class: String,
    /// By which state's law.
    pub state: Option<String>,
    /// By which version of the rules.
    pub rules_version: String,
    /// Key of the person at the counter.
    pub clerk: Option<i64>,
    /// Key of the person who looked as well.
    pub second: Option<i64>,
    /// Location id.
    pub location: Option<String>,
    /// Milliseconds from the end of the scan to the verdict.
    pub took_ms: Option<i64>,
    /// The check that this one repeats, and why.
    pub resubmits: Option<(String, String)>,
    /// Whether it was the scanner's self-test.
    pub self_test: bool,
}

/// A kept verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeCheckRow {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What was kept.
    pub check: NewAgeCheck,
}

/// How many checks have all of these in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeCheckCount {
    /// The local hour.
    pub hour: u8,
    /// The verdict.
    pub verdict: String,
    /// The reason.
    pub reason: String,
    /// The method.
    pub method: String,
    /// Key of the clerk.
    pub clerk: Option<i64>,
    /// Whether these were self-tests.
    pub self_test: bool,
    /// How many.
    pub count: u64,
    /// The sum of the measured times, milliseconds, and how many were measured.
    pub took: (i64, u64),
}

/// An entry of the ban list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Its key.
    pub pk: i64,
    /// Why.
    pub reason: String,
    /// The first business day without it; none: until it is lifted.
    pub until: Option<BusinessDay>,
    /// Since when.
    pub since: Timestamp,
    /// By whom.
    pub operator: String,
}

/// Something that a clerk was taught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Training {
    /// Its key.
    pub pk: i64,
    /// Key of the person.
    pub operator: i64,
    /// What.
    pub course: String,
    /// On which day.
    pub day: BusinessDay,
    /// The first day on which it counts no more.
    pub expires: Option<BusinessDay>,
    /// Who noted it.
    pub noted_by: String,
}

const COLUMNS: &str =
    "id, at, day, hour, verdict, reason, method, product_class, state, rules_version, clerk, second, location, took_ms,
    resubmits, resubmit_reason, self_test";

fn check(r: &Row<'_>) -> rusqlite::Result<AgeCheckRow> {
    let resubmits: (Option<String>, Option<String>) = (r.get(14)?, r.get(15)?);
    Ok(AgeCheckRow {
        id: r.get(0)?,
        at: Timestamp::from_micros(r.get(1)?),
        check: NewAgeCheck {
            day: BusinessDay::from_number(r.get(2)?),
            hour: r.get(3)?,
            verdict: r.get(4)?,
            reason: r.get(5)?,
            method: r.get(6)?,
            product_class: r.get(7)?,
            state: r.get(8)?,
            rules_version: r.get(9)?,
            clerk: r.get(10)?,
            second: r.get(11)?,
            location: r.get(12)?,
            took_ms: r.get(13)?,
            resubmits: resubmits.0.zip(resubmits.1),
            self_test: r.get(16)?,
        },
    })
}

impl Store {
    /// Keeps a verdict; tells its id.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn keep_age_check(&self, new: NewAgeCheck) -> Result<String, StoreError> {
        let (now, device) = (self.inner.clock.now(), self.device().to_owned());
        self.write(move |c| {
            let row = next_row(c, "age_check")?;
            let id = id_of(&device, 'c', row);
            let (resubmits, why) = new.resubmits.unzip();
            c.prepare_cached(
                "INSERT INTO age_check (pk, id, at, day, hour, verdict, reason, method, product_class, state, rules_version, clerk, second,
                   location, took_ms, resubmits, resubmit_reason, self_test, version)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?3)",
            )?
            .execute(params![
                row, id, now.micros(), new.day.number(), new.hour, new.verdict, new.reason, new.method, new.product_class, new.state,
                new.rules_version, new.clerk, new.second, new.location, new.took_ms, resubmits, why, new.self_test
            ])?;
            enqueue(c, Table::AgeChecks, &[row], now)?;
            Ok(id)
        })
        .await
    }

    /// One kept verdict.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn age_check(&self, id: &str) -> Result<Option<AgeCheckRow>, StoreError> {
        self.read(|c| {
            Ok(c.prepare_cached(&format!("SELECT {COLUMNS} FROM age_check WHERE id = ?1"))?
                .query_row([id], check)
                .optional()?)
        })
    }

    /// The verdicts of some business days, newest first; `limit` at most.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn age_checks(&self, from: BusinessDay, to: BusinessDay, limit: u32) -> Result<Vec<AgeCheckRow>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM age_check WHERE day BETWEEN ?1 AND ?2 ORDER BY at DESC, pk DESC LIMIT ?3"
            ))?;
            let rows = statement.query_map(params![from.number(), to.number(), limit], check)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// How many checks there were on some business days, by all that statistics ask for.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn age_check_counts(&self, from: BusinessDay, to: BusinessDay) -> Result<Vec<AgeCheckCount>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT hour, verdict, reason, method, clerk, self_test, count(*), coalesce(sum(took_ms), 0), count(took_ms) FROM age_check
                 WHERE day BETWEEN ?1 AND ?2 GROUP BY hour, verdict, reason, method, clerk, self_test ORDER BY hour, verdict, reason",
            )?;
            let rows = statement.query_map(params![from.number(), to.number()], |r| {
                Ok(AgeCheckCount {
                    hour: r.get(0)?,
                    verdict: r.get(1)?,
                    reason: r.get(2)?,
                    method: r.get(3)?,
                    clerk: r.get(4)?,
                    self_test: r.get(5)?,
                    count: u64::try_from(r.get::<_, i64>(6)?).unwrap_or(0),
                    took: (r.get(7)?, u64::try_from(r.get::<_, i64>(8)?).unwrap_or(0)),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Puts a card on the ban list, or changes why and until when.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn ban(
        &self,
        hash: CardHash,
        reason: &str,
        until: Option<BusinessDay>,
        operator: &str,
    ) -> Result<(), StoreError> {
        let (now, reason, operator) = (self.inner.clock.now().micros(), reason.to_owned(), operator.to_owned());
        self.write(move |c| {
            c.execute(
                "INSERT INTO age_ban (hash, reason, until, created_at, operator) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (hash) DO UPDATE SET reason = excluded.reason, until = excluded.until, created_at = excluded.created_at,
                   operator = excluded.operator",
                params![hash.as_slice(), reason, until.map(BusinessDay::number), now, operator],
            )?;
            Ok(())
        })
        .await
    }

    /// Takes somebody off the ban list.
    ///
    /// # Errors
    /// `NotHere`; what the buffer says.
    pub async fn lift_ban(&self, pk: i64) -> Result<(), StoreError> {
        self.write(move |c| match c.execute("DELETE FROM age_ban WHERE pk = ?1", [pk])? {
            0 => Err(StoreError::NotHere),
            _ => Ok(()),
        })
        .await
    }

    /// The ban of a card that counts on `day`.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn banned(&self, hash: &CardHash, day: BusinessDay) -> Result<Option<Ban>, StoreError> {
        self.read(|c| {
            Ok(c.prepare_cached(
                "SELECT pk, reason, until, created_at, operator FROM age_ban WHERE hash = ?1 AND (until IS NULL OR until > ?2)",
            )?
            .query_row(params![hash.as_slice(), day.number()], ban)
            .optional()?)
        })
    }

    /// The ban list, newest first.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn bans(&self) -> Result<Vec<Ban>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT pk, reason, until, created_at, operator FROM age_ban ORDER BY created_at DESC",
            )?;
            let rows = statement.query_map([], ban)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Notes that a card was here and forgets those that were here before `since`.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn saw_card(&self, hash: CardHash, since: Timestamp) -> Result<(), StoreError> {
        let now = self.inner.clock.now().micros();
        self.write(move |c| {
            c.execute("DELETE FROM age_seen WHERE at < ?1", [since.micros()])?;
            c.execute(
                "INSERT INTO age_seen (hash, at) VALUES (?1, ?2) ON CONFLICT (hash) DO UPDATE SET at = excluded.at",
                params![hash.as_slice(), now],
            )?;
            Ok(())
        })
        .await
    }

    /// Whether a card was noted since a point in time.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn card_seen_since(&self, hash: &CardHash, since: Timestamp) -> Result<bool, StoreError> {
        self.read(|c| {
            Ok(c.prepare_cached("SELECT EXISTS (SELECT 1 FROM age_seen WHERE hash = ?1 AND at >= ?2)")?
                .query_row(params![hash.as_slice(), since.micros()], |r| r.get(0))?)
        })
    }

    /// When the scanner was last tried with its test card.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn last_self_test(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|c| {
            let at: Option<i64> = c
                .prepare_cached("SELECT at FROM age_check WHERE self_test = 1 ORDER BY pk DESC LIMIT 1")?
                .query_row([], |r| r.get(0))
                .optional()?;
            Ok(at.map(Timestamp::from_micros))
        })
    }

    /// Checks of some business days that may have led to a sale: not refused, not of the test card, and not the one that was repeated
    /// but the one that repeats it.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn age_checks_for_sales(&self, from: BusinessDay, to: BusinessDay) -> Result<u64, StoreError> {
        self.read(|c| {
            let count: i64 = c
                .prepare_cached(
                    "SELECT count(*) FROM age_check WHERE day BETWEEN ?1 AND ?2 AND self_test = 0 AND verdict <> 'red'
                     AND id NOT IN (SELECT resubmits FROM age_check WHERE day >= ?1 AND resubmits IS NOT NULL)",
                )?
                .query_row([from.number(), to.number()], |r| r.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
    }

    /// Forgets every card that was seen, as when the key of their hashes is thrown away.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn forget_seen_cards(&self) -> Result<(), StoreError> {
        self.write(|c| {
            c.execute("DELETE FROM age_seen", [])?;
            Ok(())
        })
        .await
    }

    /// Notes that a person was trained.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn note_training(
        &self,
        operator: i64,
        course: &str,
        day: BusinessDay,
        expires: Option<BusinessDay>,
        noted_by: &str,
    ) -> Result<i64, StoreError> {
        let (now, course, noted_by) = (self.inner.clock.now().micros(), course.to_owned(), noted_by.to_owned());
        self.write(move |c| {
            c.execute(
                "INSERT INTO training (operator, course, day, expires, noted_at, noted_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![operator, course, day.number(), expires.map(BusinessDay::number), now, noted_by],
            )?;
            Ok(c.last_insert_rowid())
        })
        .await
    }

    /// What was taught, newest first.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn trainings(&self) -> Result<Vec<Training>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT pk, operator, course, day, expires, noted_by FROM training ORDER BY day DESC, pk DESC",
            )?;
            let rows = statement.query_map([], |r| {
                Ok(Training {
                    pk: r.get(0)?,
                    operator: r.get(1)?,
                    course: r.get(2)?,
                    day: BusinessDay::from_number(r.get(3)?),
                    expires: r.get::<_, Option<i32>>(4)?.map(BusinessDay::from_number),
                    noted_by: r.get(5)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn ban(r: &Row<'_>) -> rusqlite::Result<Ban> {
    Ok(Ban {
        pk: r.get(0)?,
        reason: r.get(1)?,
        until: r.get::<_, Option<i32>>(2)?.map(BusinessDay::from_number),
        since: Timestamp::from_micros(r.get(3)?),
        operator: r.get(4)?,
    })
}

/// The row that a table's next record takes. Rows are never removed from these tables.
pub(super) fn next_row(c: &Connection, table: &'static str) -> Result<i64, StoreError> {
    Ok(c.prepare_cached(&format!("SELECT coalesce(max(pk), 0) + 1 FROM {table}"))?.query_row([], |r| r.get(0))?)
}
