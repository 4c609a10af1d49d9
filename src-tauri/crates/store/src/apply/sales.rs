//! Sales of sources that tell basket, payments and refunds as one record.
//!
//! Invariant: payments and refunds of a sale are those of its newest version; what an earlier version held and this one does not
//! is canceled.

use super::{Applied, Work, orders, payments};
use crate::error::StoreError;
use backroom_core::sale::Sale;

pub(super) fn sales(work: &mut Work<'_>, rows: &[Sale]) -> Result<Applied, StoreError> {
    let mut applied = Applied::default();
    for (index, sale) in rows.iter().enumerate() {
        applied.sum = applied.sum.saturating_add(sale.order.total);
        if orders::stored_version(work, &sale.order.id)?.is_some_and(|held| held > sale.order.version.micros()) {
            continue;
        }
        let mut changed = orders::order(work, index, &sale.order)?;
        for payment in &sale.payments {
            changed |= payments::payment(work, index, payment)?;
        }
        for refund in &sale.refunds {
            changed |= payments::refund(work, index, refund)?;
        }
        changed |= payments::cancel_missing(work, sale)?;
        if changed {
            applied.changed += 1;
            let version = sale.order.version.micros();
            applied.oldest_changed = Some(applied.oldest_changed.map_or(version, |oldest| oldest.min(version)));
        }
    }
    Ok(applied)
}
