//! What the shop calls its locations: names of its own in place of the point of sale's, on every screen and in every report. The
//! warehouse is told the point of sale's.

use crate::error::StoreError;
use crate::open::Store;
use rusqlite::params;

/// The name of the location `l`, as SQL: the shop's own where it has one.
macro_rules! location_name {
    () => {
        "coalesce((SELECT value FROM meta WHERE key = 'location_name_' || l.pk), l.name)"
    };
}
pub(crate) use location_name;

/// A location with both its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPlace {
    /// Key in the buffer.
    pub pk: i64,
    /// Name of its source.
    pub source: String,
    /// Id at the source.
    pub id: String,
    /// What the point of sale calls it.
    pub told: String,
    /// What the shop calls it; none where that is the same.
    pub own: Option<String>,
}

impl Store {
    /// The locations with both their names, by the point of sale's.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn named_places(&self) -> Result<Vec<NamedPlace>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT l.pk, s.name, l.id, l.name, m.value FROM location l JOIN source s ON s.pk = l.source
                 LEFT JOIN meta m ON m.key = 'location_name_' || l.pk
                 WHERE l.deleted = 0 AND l.known = 1 ORDER BY l.name, l.pk",
            )?;
            let rows = statement.query_map([], |r| {
                Ok(NamedPlace { pk: r.get(0)?, source: r.get(1)?, id: r.get(2)?, told: r.get(3)?, own: r.get(4)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Takes the shop's own names of locations, by their keys; none for the point of sale's again.
    ///
    /// # Errors
    /// What the buffer says; no name has changed then.
    pub async fn name_places(&self, names: Vec<(i64, Option<String>)>) -> Result<(), StoreError> {
        self.write(move |c| {
            for (pk, name) in &names {
                match name {
                    Some(name) => c.execute(
                        "INSERT INTO meta (key, value) VALUES ('location_name_' || ?1, ?2)
                         ON CONFLICT DO UPDATE SET value = excluded.value",
                        params![pk, name],
                    )?,
                    None => c.execute("DELETE FROM meta WHERE key = 'location_name_' || ?1", [pk])?,
                };
            }
            Ok(())
        })
        .await
    }
}
