//! Whom keys lead to, whom time changes, and who was merged.

use super::{COLUMNS, KeyKind, MemberRow, lookup};
use crate::error::StoreError;
use crate::open::Store;
use backroom_core::BusinessDay;

/// The question for the members of one key and `others` more. It is answered in the order of the index, so that a beginning which
/// thousands share costs no more than the rows that are told.
fn find_sql(others: usize) -> String {
    let also = " AND EXISTS (SELECT 1 FROM member_key o WHERE o.kind = ? AND o.key = ? AND o.member = m.pk)";
    format!(
        "SELECT {COLUMNS} FROM member_key k JOIN member m ON m.pk = k.member WHERE k.kind = ? AND k.key = ?{}
         AND m.deleted = 0 ORDER BY k.member LIMIT ?",
        also.repeat(others)
    )
}

impl Store {
    /// The members that every one of the keys leads to, those added first before the others, merged ones among them; `limit` at most. No
    /// key finds nobody.
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

    /// Points of all members together, as they stood when each was last changed.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn member_points_sum(&self) -> Result<i64, StoreError> {
        self.read(|c| {
            let sum = "SELECT coalesce(sum(points), 0) FROM member WHERE deleted = 0";
            Ok(c.prepare_cached(sum)?.query_row([], |r| r.get(0))?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counter::members::{MemberChange, MemberState, NewPersonal};
    use crate::raw::Seal;
    use crate::{Options, Store};
    use backroom_core::{Clock, DayRule, TestClock, Timestamp};
    use std::sync::Arc;

    fn member(n: usize) -> MemberChange {
        let keys = vec![
            (KeyKind::Phone, format!("555010{n:04}")),
            (KeyKind::Card, format!("C{n:06}")),
            (KeyKind::Name, format!("first{}", n % 50)),
            (KeyKind::Name, format!("last{}", n % 70)),
        ];
        MemberChange {
            id: None,
            seen_events: 0,
            seen_points: 0,
            seen_at: None,
            state: MemberState {
                tier: None,
                status: "never".into(),
                price: None,
                currency: "USD".into(),
                period: None,
                since: None,
                paid_through: None,
                points: 0,
                cancel_reason: None,
                merged_into: None,
            },
            events: Vec::new(),
            points: Vec::new(),
            personal: Some(NewPersonal { body: b"{}".to_vec(), keys, alone: Vec::new() }),
            operator: String::new(),
        }
    }

    #[tokio::test]
    async fn whoever_is_looked_for_is_found_by_an_index_among_thousands() {
        let folder = tempfile::tempdir().unwrap();
        let noon = Timestamp::parse("2026-11-20T18:00:00Z").unwrap();
        let store = Store::open(Options {
            folder: folder.path().to_path_buf(),
            clock: Arc::new(TestClock::at(noon)) as Arc<dyn Clock>,
            rule: DayRule::new("America/Chicago", "04:00").unwrap(),
            zone_is_set: true,
            seal: Some(Seal::new(&[1; 32])),
        })
        .unwrap();
        for from in (0..5_000).step_by(1_000) {
            store.change_members((from..from + 1_000).map(member).collect()).await.unwrap();
        }
        for (keys, found) in [
            (vec![(KeyKind::Phone, "5550104711".to_owned())], 1),
            (vec![(KeyKind::Card, "C000815".to_owned())], 1),
            (vec![(KeyKind::Name, "first7".to_owned())], 100),
            (vec![(KeyKind::Name, "first7".to_owned()), (KeyKind::Name, "last7".to_owned())], 15),
            (vec![(KeyKind::Phone, "5550109999".to_owned())], 0),
        ] {
            assert_eq!(store.find_members(&keys, 1_000).unwrap().len(), found, "{keys:?}");
            let plan: Vec<String> = store
                .read(|c| {
                    let mut statement = c.prepare(&format!("EXPLAIN QUERY PLAN {}", find_sql(keys.len() - 1)))?;
                    let nothing = vec![rusqlite::types::Value::Null; keys.len() * 2 + 1];
                    let rows = statement.query_map(rusqlite::params_from_iter(nothing), |r| r.get(3))?;
                    Ok(rows.collect::<Result<_, _>>()?)
                })
                .unwrap();
            let whole = plan.iter().find(|step| step.starts_with("SCAN") || step.contains("TEMP B-TREE"));
            assert!(whole.is_none(), "nothing is read from end to end, and nothing is sorted: {plan:?}");
            let keyed = plan.iter().filter(|s| s.starts_with("SEARCH") && s.contains("key=?")).count();
            assert_eq!(keyed, keys.len(), "each key by an index of keys: {plan:?}");
        }
    }
}
