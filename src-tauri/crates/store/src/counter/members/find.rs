//! Whom keys lead to, whom time changes, and who was merged.

use super::{COLUMNS, KeyKind, MemberRow, lookup};
use crate::error::StoreError;
use crate::open::Store;
use backroom_core::BusinessDay;

/// The question for the members of one key and `others` more.
fn find_sql(others: usize) -> String {
    let also = " AND EXISTS (SELECT 1 FROM member_key o WHERE o.kind = ? AND o.key = ? AND o.member = m.pk)";
    format!(
        "SELECT {COLUMNS} FROM member_key k JOIN member m ON m.pk = k.member WHERE k.kind = ? AND k.key = ?{}
         AND m.deleted = 0 ORDER BY m.merged_into IS NOT NULL, m.pk LIMIT ?",
        also.repeat(others)
    )
}

impl Store {
    /// The members that every one of the keys leads to, those that stand before those that were merged; `limit` at most. No key finds
    /// nobody.
    ///
    /// # Errors
    /// `Sealed` where there is no key by which they are found; what the buffer says.
    pub fn find_members(&self, keys: &[(KeyKind, String)], limit: u32) -> Result<Vec<MemberRow>, StoreError> {
        let seal = self.seal().ok_or(StoreError::Sealed)?;
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.read(|c| {
            let mut values: Vec<rusqlite::types::Value> = Vec::with_capacity(keys.len() * 2 + 1);
            for (kind, key) in keys {
                values.extend([kind.code().into(), lookup(seal, *kind, key).to_vec().into()]);
            }
            values.push(i64::from(limit).into());
            let mut statement = c.prepare_cached(&find_sql(keys.len() - 1))?;
            let rows = statement.query_map(rusqlite::params_from_iter(values), |r| self.member_row(r))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Those whom time may have changed by the day `on`: whoever pauses, and whose paid days are over.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn members_to_settle(&self, on: BusinessDay) -> Result<Vec<String>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT id FROM member WHERE deleted = 0 AND (status = 'paused'
                   OR (status IN ('active', 'due', 'grace') AND paid_through <= ?1)) ORDER BY paid_through, pk",
            )?;
            let rows = statement.query_map([on.number()], |r| r.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The records that were merged into another.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn members_merged_into(&self, id: &str) -> Result<Vec<String>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached("SELECT id FROM member WHERE merged_into = ?1 ORDER BY pk")?;
            let rows = statement.query_map([id], |r| r.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
