//! The people who work with Backroom, their roles and what is kept of their PINs.

use crate::error::StoreError;
use crate::open::Store;
use backroom_core::Timestamp;
use rusqlite::{OptionalExtension, params};

/// What a person may do. Later ones may do all that earlier ones may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Works at the counter: sees no money.
    Clerk,
    /// Runs the shop: sees everything, changes what concerns the day.
    Manager,
    /// Decides on connections, people and settings.
    Owner,
}

impl Role {
    /// Its name in the file and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Manager => "manager",
            Self::Owner => "owner",
        }
    }

    /// The role of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Clerk, Self::Manager, Self::Owner].into_iter().find(|role| role.name() == name)
    }
}

/// A person with what is kept of the PIN.
#[derive(Clone)]
pub struct Operator {
    /// Key.
    pub pk: i64,
    /// Name on the screen.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Argon2id of the PIN.
    pub pin: Vec<u8>,
    /// Its salt.
    pub salt: Vec<u8>,
    /// When he or she was added.
    pub created_at: Timestamp,
    /// Wrong PINs in a row.
    pub failures: u32,
    /// Milliseconds of running time before another PIN may be tried.
    pub waits_ms: u64,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operator").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// What to keep of a person.
#[derive(Clone)]
pub struct OperatorDraft {
    /// Name, not used by another.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Argon2id of the PIN; none to keep the present one.
    pub pin: Option<(Vec<u8>, Vec<u8>)>,
}

impl Store {
    /// The people, by name.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT pk, name, role, pin, salt, created_at, failures, waits_ms FROM operator WHERE removed_at IS NULL ORDER BY name",
            )?;
            let rows = statement.query_map([], |r| {
                Ok(Operator {
                    pk: r.get(0)?,
                    name: r.get(1)?,
                    role: Role::parse(&r.get::<_, String>(2)?).unwrap_or(Role::Clerk),
                    pin: r.get(3)?,
                    salt: r.get(4)?,
                    created_at: Timestamp::from_micros(r.get(5)?),
                    failures: r.get(6)?,
                    waits_ms: u64::try_from(r.get::<_, i64>(7)?).unwrap_or(0),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Adds a person, or changes the one of key `pk`. The last owner stays one.
    ///
    /// # Errors
    /// `NameTaken`; `LastOwner`; what the buffer says.
    pub async fn keep_operator(&self, pk: Option<i64>, draft: OperatorDraft) -> Result<i64, StoreError> {
        let now = self.inner.clock.now().micros();
        self.write(move |c| {
            let taken: Option<i64> = c
                .query_row("SELECT pk FROM operator WHERE name = ?1 AND removed_at IS NULL", [&draft.name], |r| {
                    r.get(0)
                })
                .optional()?;
            if taken.is_some() && taken != pk {
                return Err(StoreError::NameTaken);
            }
            let pk = match (pk, &draft.pin) {
                (Some(pk), pin) => {
                    c.execute(
                        "UPDATE operator SET name = ?2, role = ?3 WHERE pk = ?1 AND removed_at IS NULL",
                        params![pk, draft.name, draft.role.name()],
                    )?;
                    if let Some((pin, salt)) = pin {
                        c.execute(
                            "UPDATE operator SET pin = ?2, salt = ?3, failures = 0, waits_ms = 0 WHERE pk = ?1",
                            params![pk, pin, salt],
                        )?;
                    }
                    pk
                }
                (None, Some((pin, salt))) => {
                    c.execute(
                        "INSERT INTO operator (name, role, pin, salt, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                        params![draft.name, draft.role.name(), pin, salt, now],
                    )?;
                    c.last_insert_rowid()
                }
                (None, None) => return Err(StoreError::Invariant("a new person has a PIN")),
            };
            has_an_owner(c)?;
            Ok(pk)
        })
        .await
    }

    /// Removes a person; what he or she did stays told. The last owner goes last.
    ///
    /// # Errors
    /// `LastOwner`; what the buffer says.
    pub async fn remove_operator(&self, pk: i64) -> Result<(), StoreError> {
        let now = self.inner.clock.now().micros();
        self.write(move |c| {
            c.execute("UPDATE operator SET removed_at = ?2 WHERE pk = ?1 AND removed_at IS NULL", [pk, now])?;
            has_an_owner(c)
        })
        .await
    }

    /// Removes everybody: from then on nobody is asked for a PIN.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn remove_operators(&self) -> Result<(), StoreError> {
        let now = self.inner.clock.now().micros();
        self.write(move |c| {
            c.execute("UPDATE operator SET removed_at = ?1 WHERE removed_at IS NULL", [now])?;
            Ok(())
        })
        .await
    }

    /// Keeps how often a person's PIN was wrong in a row, and how long another may not be tried. Durable when this returns, and
    /// before anybody is told whether the PIN was right.
    ///
    /// # Errors
    /// What the buffer says.
    pub async fn keep_failures(&self, pk: i64, failures: u32, waits_ms: u64) -> Result<(), StoreError> {
        let waits_ms = i64::try_from(waits_ms).unwrap_or(i64::MAX);
        self.write(move |c| {
            c.execute(
                "UPDATE operator SET failures = ?2, waits_ms = ?3 WHERE pk = ?1",
                params![pk, failures, waits_ms],
            )?;
            Ok(())
        })
        .await
    }
}

/// Where there are people there is an owner among them, or nobody could change anything any more.
fn has_an_owner(c: &rusqlite::Connection) -> Result<(), StoreError> {
    let (people, owners): (i64, i64) = c.query_row(
        "SELECT count(*), coalesce(sum(role = 'owner'), 0) FROM operator WHERE removed_at IS NULL",
        [],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    if people > 0 && owners == 0 { Err(StoreError::LastOwner) } else { Ok(()) }
}
