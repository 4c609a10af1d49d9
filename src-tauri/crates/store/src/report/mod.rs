//! The numbers, read from the rollups: a few hundred rows whatever the history.

mod customers;
mod drill;
mod goods;
mod lists;
mod names;
mod sales;
mod stock;
mod totals;

pub use drill::{PaymentFilter, Payments, TYPED, UNSORTED, payments, products_of_category, products_of_item};
pub use goods::{Goods, GoodsSold, Sold, categories, sold};
pub use lists::{Line, PaymentRow, ReceiptDetail, RefundRow, RestatementRow, receipt, recent, refunded, restatements};
pub use names::NamedPlace;
pub use sales::{HourRow, LadderRow, Share, by_category, by_item, by_location, by_method, heat, hours, ladder};
pub use stock::{DEAD_DAYS, PACE_DAYS, ProductRow, ProductSort, Show, products};
pub use totals::{Period, Totals, by_day, by_month, currencies, history, main_currency, period, to_date, until_minute};

use crate::error::StoreError;
use backroom_core::Timestamp;
pub(crate) use names::location_name;
use rusqlite::{Connection, OptionalExtension};

/// One state of the buffer, which every question asked of it answers from.
pub type Snapshot = Connection;

/// A location as a filter knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Key in the buffer.
    pub pk: i64,
    /// Name of its source.
    pub source: String,
    /// Id at the source.
    pub id: String,
    /// Name.
    pub name: String,
    /// Its zone, where the source told one.
    pub time_zone: Option<String>,
    /// Its currency.
    pub currency: String,
    /// When it was opened at the source, where the source told.
    pub created_at: Option<Timestamp>,
}

/// The locations that trade or ever traded, by name.
///
/// # Errors
/// What the buffer says.
pub fn places(c: &Connection) -> Result<Vec<Place>, StoreError> {
    let mut statement = c.prepare_cached(concat!(
        "SELECT l.pk, s.name, l.id, ",
        location_name!(),
        ", l.time_zone, l.currency, l.created_at FROM location l JOIN source s ON s.pk = l.source
             WHERE l.deleted = 0 AND l.known = 1 ORDER BY 4, l.pk"
    ))?;
    let rows = statement.query_map([], |r| {
        Ok(Place {
            pk: r.get(0)?,
            source: r.get(1)?,
            id: r.get(2)?,
            name: r.get(3)?,
            time_zone: r.get(4)?,
            currency: r.get(5)?,
            created_at: r.get::<_, Option<i64>>(6)?.map(Timestamp::from_micros),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Place {
    /// What it is asked for by: its id, with its source's name before it where another source has a location of that id.
    pub fn name_among(&self, places: &[Self]) -> String {
        let alone = !places.iter().any(|other| other.id == self.id && other.pk != self.pk);
        if alone { self.id.clone() } else { format!("{}/{}", self.source, self.id) }
    }
}

/// The key of a location's id, or of `<source>/<id>`; 0, which stands for all, where none is given; none where it is not known.
///
/// # Errors
/// What the buffer says.
pub fn place(c: &Connection, id: Option<&str>) -> Result<Option<i64>, StoreError> {
    match id {
        None => Ok(Some(0)),
        Some(id) => Ok(c
            .prepare_cached(
                "SELECT l.pk FROM location l JOIN source s ON s.pk = l.source WHERE l.id = ?1 OR s.name || '/' || l.id = ?1
                 ORDER BY l.id = ?1, l.known DESC, l.pk LIMIT 1",
            )?
            .query_row([id], |r| r.get(0))
            .optional()?),
    }
}
