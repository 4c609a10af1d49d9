//! What a record may say and still be one.
//!
//! Invariant: nothing that passes here can carry a sum over its bounds: a hundred million amounts of the largest kind fit 63 bits.

use crate::sale::{Order, Payment, Refund, Sale};
use crate::source::Rows;
use crate::time::Timestamp;

/// The largest amount, in minor units: a billion dollars.
const LARGEST: u64 = 100_000_000_000;
/// The earliest and the first impossible time, in seconds since 1970: 1970-01-01 and 2100-01-01.
const TIMES: std::ops::Range<i64> = 0..4_102_444_800;

fn amounts(of: &[i64]) -> bool {
    of.iter().all(|amount| amount.unsigned_abs() <= LARGEST)
}

fn times(of: &[Option<Timestamp>]) -> bool {
    of.iter().flatten().all(|at| TIMES.contains(&at.micros().div_euclid(1_000_000)))
}

fn payment(p: &Payment) -> bool {
    amounts(&[p.amount, p.tip, p.total, p.refunded, p.fee])
        && times(&[Some(p.created_at), Some(p.taken_at), Some(p.version)])
}

fn refund(r: &Refund) -> bool {
    amounts(&[r.amount]) && times(&[Some(r.created_at), Some(r.version)])
}

fn order(o: &Order) -> bool {
    amounts(&[o.total, o.tax, o.discount, o.tip, o.service_charge, o.returned])
        && times(&[Some(o.created_at), o.closed_at, Some(o.version)])
        && o.lines.iter().all(|l| amounts(&[l.quantity_milli, l.unit_price, l.gross, l.discount, l.tax, l.total]))
}

fn sale(s: &Sale) -> bool {
    order(&s.order) && s.payments.iter().all(payment) && s.refunds.iter().all(refund)
}

/// Keeps the records that `fits` admits, and counts the others.
fn keep<T>(rows: &mut Vec<T>, fits: impl Fn(&T) -> bool) -> usize {
    let before = rows.len();
    rows.retain(fits);
    before - rows.len()
}

impl Rows {
    /// Leaves out the records whose amounts or times cannot be: one that would make every sum wrong, or that no warehouse takes.
    /// Tells how many.
    pub fn leave_out_impossible(&mut self) -> usize {
        match self {
            Self::Payments(rows) => keep(rows, payment),
            Self::Refunds(rows) => keep(rows, refund),
            Self::Orders(rows) => keep(rows, order),
            Self::Sales(rows) => keep(rows, sale),
            Self::Catalog { products, .. } => keep(products, |p| {
                amounts(&[p.price.unwrap_or(0), p.cost.unwrap_or(0)]) && times(&[p.created_at, Some(p.version)])
            }),
            Self::Customers(rows) => keep(rows, |c| times(&[Some(c.created_at), Some(c.version)])),
            Self::Inventory(rows) => keep(rows, |s| amounts(&[s.quantity_milli]) && times(&[Some(s.version)])),
            Self::Locations(rows) => keep(rows, |l| times(&[l.created_at])),
            Self::Team(rows) => keep(rows, |t| times(&[Some(t.version)])),
        }
    }
}

#[cfg(test)]
#[path = "possible/tests.rs"]
mod tests;
