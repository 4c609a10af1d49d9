//! What the warehouse is told of a customer: the owner decides column by column.
//!
//! Personal columns lie sealed in the buffer and are opened only on their way out, and only where the owner said so. A change sends
//! every customer again, so that what was told before is overwritten.

use crate::apply::{CUSTOMER_SEAL, Delivers, OutboxRuns, Row};
use crate::error::StoreError;
use crate::open::Store;
use crate::raw::Seal;
use backroom_core::table::Cell;
use rusqlite::{OptionalExtension, params};
use std::sync::PoisonError;

/// Key of `meta`.
const KEY: &str = "privacy";

/// What becomes of a personal column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It stays empty.
    Drop,
    /// A keyed hash: equal values are equal, nothing leads back.
    Hash,
    /// As it is.
    Plain,
}

impl Keep {
    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Hash => "hash",
            Self::Plain => "keep",
        }
    }

    /// The choice of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Drop, Self::Hash, Self::Plain].into_iter().find(|keep| keep.name() == name)
    }
}

/// The owner's choice for each personal column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Privacy {
    /// The customer's name.
    pub name: Keep,
    /// The e-mail address.
    pub email: Keep,
    /// The phone number.
    pub phone: Keep,
}

impl Default for Privacy {
    /// What protects: no name, hashes of the rest.
    fn default() -> Self {
        Self { name: Keep::Drop, email: Keep::Hash, phone: Keep::Hash }
    }
}

impl Privacy {
    fn text(self) -> String {
        format!("{} {} {}", self.name.name(), self.email.name(), self.phone.name())
    }
}

/// The choice with the key that opens what it needs.
#[derive(Clone, Copy)]
pub(crate) struct Personal<'a> {
    pub(crate) privacy: Privacy,
    pub(crate) seal: Option<&'a Seal>,
}

impl Personal<'_> {
    /// Name, e-mail and phone of a sealed customer, as the warehouse is told. What cannot be opened stays empty.
    pub(crate) fn cells(&self, sealed: Option<&[u8]>) -> [Cell; 3] {
        let Privacy { name, email, phone } = self.privacy;
        let plain = match (self.seal, sealed) {
            (Some(seal), Some(sealed)) => seal.open(CUSTOMER_SEAL, sealed).ok().and_then(|b| String::from_utf8(b).ok()),
            _ => None,
        };
        let Some(plain) = plain else { return [Cell::Null, Cell::Null, Cell::Null] };
        let mut parts = plain.split('\u{1f}');
        let mut next = || parts.next().unwrap_or_default();
        let (given, family, mail, number) = (next(), next(), next(), next());
        let whole = format!("{given} {family}");
        let told = |keep: Keep, text: &str| match (keep, text.trim()) {
            (Keep::Drop, _) | (_, "") => Cell::Null,
            (Keep::Hash, text) => self.seal.map_or(Cell::Null, |seal| Cell::Text(hex::encode(seal.lookup(text)))),
            (Keep::Plain, text) => Cell::Text(text.to_owned()),
        };
        [told(name, &whole), told(email, mail), told(phone, number)]
    }
}

impl Store {
    /// Takes the owner's choice. Where it is another than before, every customer goes to the warehouse again.
    ///
    /// # Errors
    /// What the buffer says; the choice before stands then.
    pub async fn set_privacy(&self, privacy: Privacy) -> Result<(), StoreError> {
        let day = self.inner.clock.now().micros().div_euclid(86_400_000_000);
        self.write(move |c| {
            let before: Option<String> =
                c.query_row("SELECT value FROM meta WHERE key = ?1", [KEY], |r| r.get(0)).optional()?;
            if before.unwrap_or_else(|| Privacy::default().text()) == privacy.text() {
                return Ok(());
            }
            c.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
                params![KEY, privacy.text()],
            )?;
            let mut statement = c.prepare(
                "SELECT p.pk, s.kind FROM customer p JOIN source s ON s.pk = p.source WHERE p.known = 1 ORDER BY p.pk",
            )?;
            let mut outbox = OutboxRuns::default();
            let mut rows = statement.query([])?;
            while let Some(r) = rows.next()? {
                Delivers::of(&r.get::<_, String>(1)?).enqueue(&mut outbox, Row::Customer, r.get(0)?);
            }
            c.execute("UPDATE customer SET obs = obs + 1 WHERE known = 1", [])?;
            outbox.write(c, day)
        })
        .await?;
        *self.inner.privacy.write().unwrap_or_else(PoisonError::into_inner) = privacy;
        Ok(())
    }

    pub(crate) fn personal(&self) -> Personal<'_> {
        let privacy = *self.inner.privacy.read().unwrap_or_else(PoisonError::into_inner);
        Personal { privacy, seal: self.seal() }
    }
}
