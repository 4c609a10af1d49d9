//! Members: what happened to each, how each stands, and what each is found by.
//!
//! Invariant: what is personal is sealed, and is found by keyed hashes alone. Whoever was erased has neither; what happened stays, under
//! a number.

mod find;
mod keep;
mod outside;

pub use outside::{KnownCustomer, NamedSale};

use super::{StoredEvent, enqueue};
use crate::error::StoreError;
use crate::open::Store;
use backroom_core::table::Table;
use backroom_core::{BusinessDay, Timestamp};
use keep::{Sealed, keep};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// What the sealed value of a member is bound to.
const SEALED_AS: &str = "member";

/// What a member is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// A telephone number.
    Phone,
    /// A membership card.
    Card,
    /// The beginning of a name.
    Name,
    /// A customer of a source, as `source/id`.
    Customer,
    /// An e-mail address.
    Email,
}

impl KeyKind {
    const fn code(self) -> i64 {
        match self {
            Self::Phone => 1,
            Self::Card => 2,
            Self::Name => 3,
            Self::Customer => 4,
            Self::Email => 5,
        }
    }
}

/// How a member stands; nothing personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberState {
    /// Id of the tier.
    pub tier: Option<String>,
    /// How it stands.
    pub status: String,
    /// Price of a period, minor units.
    pub price: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// Length of a period.
    pub period: Option<String>,
    /// Member since.
    pub since: Option<BusinessDay>,
    /// The first day that is not paid for.
    pub paid_through: Option<BusinessDay>,
    /// Points on the account.
    pub points: i64,
    /// Why it ended.
    pub cancel_reason: Option<String>,
    /// The member that counts instead of this one.
    pub merged_into: Option<String>,
}

/// Something new that happened to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMemberEvent {
    /// The business day from which it counts.
    pub day: BusinessDay,
    /// Its kind.
    pub kind: String,
    /// All of it, JSON without anything personal.
    pub body: String,
    /// The tier from then on.
    pub tier: Option<String>,
    /// What was paid with it, minor units.
    pub amount: i64,
    /// What was given back with it, minor units.
    pub refunded: i64,
    /// Why, a choice of a list.
    pub reason: Option<String>,
}

/// A new entry of a member's points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPointEntry {
    /// The business day from which it counts.
    pub day: BusinessDay,
    /// All of it, JSON.
    pub body: String,
    /// The sale on which points were earned, which earns once; none for every other entry.
    pub sale: Option<String>,
}

/// What is personal of a member, and what he or she is found by.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPersonal {
    /// All of it, JSON; sealed before it is stored.
    pub body: Vec<u8>,
    /// What it is found by, normalised; hashed before it is stored.
    pub keys: Vec<(KeyKind, String)>,
    /// Those of the keys that must lead to nobody else; a record that was merged into the same one is nobody else.
    pub alone: Vec<(KeyKind, String)>,
}

impl std::fmt::Debug for NewPersonal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPersonal")
    }
}

/// A change of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberChange {
    /// Whose; none for a new one.
    pub id: Option<String>,
    /// How many events the change was decided on.
    pub seen_events: i64,
    /// How many entries of points it was decided on.
    pub seen_points: i64,
    /// When the record had last changed as it was decided on; none where that does not matter.
    pub seen_at: Option<Timestamp>,
    /// How it stands after the change.
    pub state: MemberState,
    /// What happened.
    pub events: Vec<NewMemberEvent>,
    /// What happened to the points.
    pub points: Vec<NewPointEntry>,
    /// What is personal from now on; none where it stays.
    pub personal: Option<NewPersonal>,
    /// Who does it.
    pub operator: String,
}

/// A member.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub state: MemberState,
    /// What is personal, JSON; none where the person was erased or this computer's key does not open it.
    pub personal: Option<Vec<u8>>,
    /// Whether there is something personal that this computer's key does not open. It must not be written over.
    pub unreadable: bool,
    /// When the person was erased.
    pub erased_at: Option<Timestamp>,
    /// When the record was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl std::fmt::Debug for MemberRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemberRow").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

/// A tier as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierRow {
    /// Its id.
    pub id: String,
    /// All of it, JSON.
    pub body: String,
    /// Its place, lowest first.
    pub position: i64,
    /// Since when nobody can join it.
    pub retired_at: Option<Timestamp>,
}

const COLUMNS: &str =
    "m.id, m.tier, m.status, m.price, m.currency, m.period, m.since, m.paid_through, m.points, m.cancel_reason,
    m.merged_into, m.personal, m.erased_at, m.created_at, m.version";

fn day_at(r: &Row<'_>, at: usize) -> rusqlite::Result<Option<BusinessDay>> {
    Ok(r.get::<_, Option<i32>>(at)?.map(BusinessDay::from_number))
}

impl Store {
    /// Changes a member, or makes a new one; tells the id. Everything or nothing.
    ///
    /// # Errors
    /// `ChangedMeanwhile` where more happened than was seen; `KeyTaken` where a key leads to somebody else; `NotHere`; `Sealed` where there
    /// is no key to seal by; what the buffer says.
    pub async fn change_member(&self, change: MemberChange) -> Result<String, StoreError> {
        self.change_members(vec![change]).await?.pop().ok_or(StoreError::NotHere)
    }

    /// Changes several members at once, all of them or none; tells their ids in the same order.
    ///
    /// # Errors
    /// As [`Store::change_member`] says, for the first that cannot be changed.
    pub async fn change_members(&self, changes: Vec<MemberChange>) -> Result<Vec<String>, StoreError> {
        let (now, device) = (self.inner.clock.now(), self.device().to_owned());
        let sealed = changes.into_iter().map(|change| {
            let personal = change.personal.as_ref().map(|new| self.sealed(new)).transpose()?;
            Ok((change, personal))
        });
        let sealed = sealed.collect::<Result<Vec<_>, StoreError>>()?;
        self.write(move |c| {
            sealed.into_iter().map(|(change, personal)| keep(c, &change, personal, now, &device)).collect()
        })
        .await
    }

    fn sealed(&self, new: &NewPersonal) -> Result<Sealed, StoreError> {
        let seal = self.seal().ok_or(StoreError::Sealed)?;
        let mut keys: Vec<(i64, [u8; 16])> =
            new.keys.iter().map(|(kind, key)| (kind.code(), lookup(seal, *kind, key))).collect();
        keys.sort_unstable();
        keys.dedup();
        let alone = new.alone.iter().map(|(kind, key)| (*kind, lookup(seal, *kind, key))).collect();
        Ok(Sealed { body: seal.seal(SEALED_AS, &new.body)?, keys, alone })
    }

    /// Takes away all that is personal of a member. What happened stays, under the id alone.
    ///
    /// # Errors
    /// `NotHere`; what the buffer says.
    pub async fn erase_member(&self, id: &str) -> Result<(), StoreError> {
        let (now, id) = (self.inner.clock.now(), id.to_owned());
        self.write(move |c| {
            let row = row_of(c, &id)?.ok_or(StoreError::NotHere)?;
            c.execute("DELETE FROM member_key WHERE member = ?1", [row])?;
            c.execute(
                "UPDATE member SET personal = NULL, erased_at = coalesce(erased_at, ?2), version = max(?2, version + 1) WHERE pk = ?1",
                [row, now.micros()],
            )?;
            enqueue(c, Table::Memberships, &[row], now)
        })
        .await
    }

    /// One member.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn member(&self, id: &str) -> Result<Option<MemberRow>, StoreError> {
        self.read(|c| {
            Ok(c.prepare_cached(&format!("SELECT {COLUMNS} FROM member m WHERE m.id = ?1 AND m.deleted = 0"))?
                .query_row([id], |r| self.member_row(r))
                .optional()?)
        })
    }

    /// Members by how they stand, those whose paid days end first before the others; `limit` from `skip` on.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn members(&self, status: Option<&str>, skip: u32, limit: u32) -> Result<Vec<MemberRow>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM member m WHERE m.deleted = 0 AND m.merged_into IS NULL AND (?1 IS NULL OR m.status = ?1)
                 ORDER BY m.paid_through IS NULL, m.paid_through, m.pk LIMIT ?2 OFFSET ?3"
            ))?;
            let rows = statement.query_map(params![status, limit, skip], |r| self.member_row(r))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// What happened to a member, oldest first.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn member_events(&self, id: &str) -> Result<Vec<StoredEvent>, StoreError> {
        self.member_log(
            id,
            "SELECT e.number, e.at, e.day, e.body, e.operator FROM member_event e JOIN member m ON m.pk = e.member
             WHERE m.id = ?1 ORDER BY e.number",
        )
    }

    /// What happened to a member's points, oldest first.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn point_entries(&self, id: &str) -> Result<Vec<StoredEvent>, StoreError> {
        self.member_log(
            id,
            "SELECT e.number, e.at, e.day, e.body, e.operator FROM point_entry e JOIN member m ON m.pk = e.member
             WHERE m.id = ?1 ORDER BY e.number",
        )
    }

    fn member_log(&self, id: &str, sql: &'static str) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(sql)?;
            let rows = statement.query_map([id], |r| {
                Ok(StoredEvent {
                    number: r.get(0)?,
                    at: Timestamp::from_micros(r.get(1)?),
                    day: day_at(r, 2)?,
                    body: r.get(3)?,
                    operator: r.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// What happened to all members, in the order of the days from which it counts: id, day, JSON. For statistics.
    ///
    /// # Errors
    /// What the buffer says; what `each` says.
    pub fn each_member_event(
        &self,
        each: &mut dyn FnMut(&str, BusinessDay, &str) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT m.id, e.day, e.body FROM member_event e JOIN member m ON m.pk = e.member ORDER BY m.pk, e.number",
            )?;
            let mut rows = statement.query([])?;
            while let Some(r) = rows.next()? {
                let (id, body) = (r.get_ref(0)?.as_str(), r.get_ref(2)?.as_str());
                let (Ok(id), Ok(body)) = (id, body) else { return Err(StoreError::Corrupt) };
                each(id, BusinessDay::from_number(r.get(1)?), body)?;
            }
            Ok(())
        })
    }

    /// The tiers, lowest first, those that are retired too.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn tiers(&self) -> Result<Vec<TierRow>, StoreError> {
        self.read(|c| {
            let mut statement =
                c.prepare_cached("SELECT id, body, position, retired_at FROM tier ORDER BY position, pk")?;
            let rows = statement.query_map([], |r| {
                Ok(TierRow {
                    id: r.get(0)?,
                    body: r.get(1)?,
                    position: r.get(2)?,
                    retired_at: r.get::<_, Option<i64>>(3)?.map(Timestamp::from_micros),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Keeps a tier under its id. Who has joined keeps what was agreed: that is in the events.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn keep_tier(&self, id: &str, body: &str, position: i64, retired: bool) -> Result<(), StoreError> {
        let (now, id, body) = (self.inner.clock.now().micros(), id.to_owned(), body.to_owned());
        self.write(move |c| {
            c.execute(
                "INSERT INTO tier (id, body, position, created_at, retired_at) VALUES (?1, ?2, ?3, ?4, CASE WHEN ?5 THEN ?4 END)
                 ON CONFLICT (id) DO UPDATE SET body = excluded.body, position = excluded.position,
                   retired_at = CASE WHEN ?5 THEN coalesce(retired_at, ?4) END",
                params![id, body, position, now, retired],
            )?;
            Ok(())
        })
        .await
    }

    fn member_row(&self, r: &Row<'_>) -> rusqlite::Result<MemberRow> {
        let sealed: Option<Vec<u8>> = r.get(11)?;
        let held = sealed.is_some();
        let personal = sealed.and_then(|sealed| self.seal()?.open(SEALED_AS, &sealed).ok());
        Ok(MemberRow {
            unreadable: held && personal.is_none(),
            id: r.get(0)?,
            state: MemberState {
                tier: r.get(1)?,
                status: r.get(2)?,
                price: r.get(3)?,
                currency: r.get(4)?,
                period: r.get(5)?,
                since: day_at(r, 6)?,
                paid_through: day_at(r, 7)?,
                points: r.get(8)?,
                cancel_reason: r.get(9)?,
                merged_into: r.get(10)?,
            },
            personal,
            erased_at: r.get::<_, Option<i64>>(12)?.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(r.get(13)?),
            updated_at: Timestamp::from_micros(r.get(14)?),
        })
    }
}

/// The kind is part of what is hashed: a card's number finds no telephone.
fn lookup(seal: &crate::raw::Seal, kind: KeyKind, key: &str) -> [u8; 16] {
    seal.lookup(&format!("member {} {key}", kind.code()))
}

fn row_of(c: &Connection, id: &str) -> Result<Option<i64>, StoreError> {
    Ok(c.prepare_cached("SELECT pk FROM member WHERE id = ?1")?.query_row([id], |r| r.get(0)).optional()?)
}
