//! A shop that lives while somebody looks at it.

use super::Shared;
use super::mutate::{NewSale, SaleLine};
use crate::random::Rng;
use crate::text::Named;
use crate::wire::write;
use std::sync::Arc;
use std::time::Duration;

/// Makes a sale about every `every`; one in twelve is followed by a tip, one in thirty by a refund of an older one.
pub(crate) async fn trade(shared: Arc<Shared>, every: Duration) {
    let mut dice = Rng::at(0x11FE, shared.now() as u64);
    loop {
        // Customers do not come by the clock.
        tokio::time::sleep(every.mul_f64(0.4 + 1.2 * dice.unit())).await;
        let now = shared.now();
        let mut account = write(&shared.account);
        let customer = (!account.customers.is_empty() && dice.chance(45.0))
            .then(|| dice.index(account.customers.len()))
            .filter(|n| !account.customers[*n].deleted)
            .map(|n| account.id(Named::Customer, n).to_string());
        let sale = NewSale {
            location: dice.index(account.spec.locations.len()),
            customer_id: customer,
            cash: dice.chance(35.0),
            lines: vec![SaleLine::default(); 1 + dice.index(3)],
            ..NewSale::default()
        };
        let made = account.add_sale(&sale, now);
        if let Ok(made) = made
            && dice.chance(8.0)
        {
            let tip = made.amount_minor / 10;
            // A tip on a payment that was just made cannot fail.
            account.add_tip(&made.payment_id, tip, now + 1).ok();
        }
        if dice.chance(3.0) {
            let recent = account.sales.len().saturating_sub(1 + dice.index(200));
            let id = account.id(Named::Payment, recent).to_string();
            // The dice may have chosen one that was given back or never completed: then nobody comes.
            account.refund(&id, None, now).ok();
        }
    }
}
