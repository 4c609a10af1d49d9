//! Offers on top of each other, where a manager says so: percentages first, then amounts, each of what the one before left, and all
//! of them together above the strictest floor that any of them has.

use super::{Gifts, Table, Value};
use crate::share::apportion_within;
use crate::tier::Stacking;

pub(super) fn deal(table: &Table<'_>) -> Gifts {
    let stackable = |o: &usize| table.offers[*o].stacking == Stacking::ByManager;
    let (percents, amounts): (Vec<usize>, Vec<usize>) =
        (0..table.offers.len()).filter(stackable).partition(|o| matches!(table.offers[*o].value, Value::Percent(_)));
    let order: Vec<usize> = percents.into_iter().chain(amounts).collect();
    let mut gifts = vec![vec![0; table.offers.len()]; table.lines.len()];
    for &offer in &order {
        let left: Vec<i64> =
            (0..table.lines.len()).map(|at| table.before[at] - gifts[at].iter().sum::<i64>()).collect();
        let rooms: Vec<i64> =
            (0..table.lines.len()).map(|at| room(table, at, offer, &order, table.before[at] - left[at])).collect();
        let cap = table.offers[offer].cap.unwrap_or(i64::MAX);
        let parts = match table.offers[offer].value {
            Value::Percent(_) => {
                let wants = left.iter().map(|left| table.offers[offer].wants(*left));
                let fits: Vec<i64> = wants.zip(&rooms).map(|(want, room)| want.min(*room)).collect();
                apportion_within(cap.min(fits.iter().sum()), &fits, &fits)
            }
            Value::Amount(amount) => {
                let weights: Vec<i64> =
                    rooms.iter().zip(&left).map(|(room, left)| if *room > 0 { *left } else { 0 }).collect();
                apportion_within(amount.min(cap), &weights, &rooms)
            }
        };
        for (at, amount) in parts.into_iter().enumerate() {
            gifts[at][offer] = amount;
        }
    }
    gifts
}

/// What `offer` may still take off the line, of which `taken` is off already: an offer that does not apply there sets no floor.
fn room(table: &Table<'_>, at: usize, offer: usize, order: &[usize], taken: i64) -> i64 {
    if table.cells[at][offer].room() == 0 {
        return 0;
    }
    let rooms = order.iter().map(|o| table.cells[at][*o].room()).filter(|room| *room > 0);
    (rooms.min().unwrap_or(0) - taken).max(0)
}
