//! The numbers, read from the rollups: a few hundred rows whatever the history.

mod drill;
mod lists;
mod sales;
mod stock;
mod totals;

pub use drill::{PaymentFilter, Payments, TYPED, UNSORTED, payments, products_of_category, products_of_item};
pub use lists::{Line, PaymentRow, ReceiptDetail, RefundRow, RestatementRow, receipt, recent, refunded, restatements};
pub use sales::{HourRow, LadderRow, Share, by_category, by_item, by_location, by_method, heat, hours, ladder};
pub use stock::{DEAD_DAYS, PACE_DAYS, ProductRow, ProductSort, Show, products};
pub use totals::{Period, Totals, by_day, by_month, currencies, history, main_currency, period, to_date, until_minute};

use crate::error::StoreError;
use rusqlite::{Connection, OptionalExtension};

/// A location as a filter knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Key in the buffer.
    pub pk: i64,
    /// Id at the source.
    pub id: String,
    /// Name.
    pub name: String,
    /// Its zone, where the source told one.
    pub time_zone: Option<String>,
    /// Its currency.
    pub currency: String,
}

/// The locations that trade or ever traded, by name.
///
/// # Errors
/// What the buffer says.
pub fn places(c: &Connection) -> Result<Vec<Place>, StoreError> {
    let mut statement = c.prepare_cached(
        "SELECT pk, id, name, time_zone, currency FROM location WHERE deleted = 0 AND known = 1 ORDER BY name, pk",
    )?;
    let rows = statement.query_map([], |r| {
        Ok(Place { pk: r.get(0)?, id: r.get(1)?, name: r.get(2)?, time_zone: r.get(3)?, currency: r.get(4)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The key of a location id; 0, which stands for all, where none is given; none where it is not known.
///
/// # Errors
/// What the buffer says.
pub fn place(c: &Connection, id: Option<&str>) -> Result<Option<i64>, StoreError> {
    match id {
        None => Ok(Some(0)),
        Some(id) => Ok(c
            .prepare_cached("SELECT pk FROM location WHERE id = ?1 ORDER BY known DESC LIMIT 1")?
            .query_row([id], |r| r.get(0))
            .optional()?),
    }
}
