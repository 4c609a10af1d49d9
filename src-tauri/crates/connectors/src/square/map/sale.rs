//! Payments and refunds.

use super::super::wire;
use super::{Context, Purse, filled, key, place, times};
use crate::oddities::Oddities;
use backroom_core::sale::{Payment, PaymentStatus, Refund};

/// Payments of a page.
pub(crate) fn payments(rows: Vec<wire::Payment>, context: Context<'_>, odd: &mut Oddities) -> Vec<Payment> {
    rows.into_iter().filter_map(|row| payment(row, context, odd)).collect()
}

fn payment(row: wire::Payment, context: Context<'_>, odd: &mut Oddities) -> Option<Payment> {
    let id = key(row.id, odd)?;
    let (created_at, version) = times(row.created_at, row.updated_at, odd)?;
    let mut purse = Purse::new();
    let amount = purse.take(row.amount_money);
    let told = row.total_money.is_some();
    let total = purse.take(row.total_money);
    let tip = purse.take(row.tip_money);
    let refunded = purse.take(row.refunded_money);
    let fee = row
        .processing_fee
        .unwrap_or_default()
        .into_iter()
        .fold(0i64, |sum, fee| sum.saturating_add(purse.take(fee.amount_money)));
    Some(Payment {
        location_id: place(row.location_id, context),
        order_id: filled(row.order_id),
        customer_id: filled(row.customer_id),
        status: status(row.status.as_deref(), odd),
        amount,
        tip,
        total: if told { total } else { amount.saturating_add(tip) },
        refunded,
        fee,
        currency: purse.close(context, odd),
        source_type: row.source_type.unwrap_or_default(),
        card_brand: row.card_details.and_then(|d| d.card).and_then(|c| filled(c.card_brand)),
        receipt_url: filled(row.receipt_url),
        team_member_id: filled(row.team_member_id),
        created_at,
        // A card taken while the shop was offline counts when it was taken, not when it was uploaded.
        taken_at: row.offline_payment_details.and_then(|o| o.client_created_at).map_or(created_at, |t| t.0),
        version,
        id,
    })
}

/// Refunds of a page.
pub(crate) fn refunds(rows: Vec<wire::Refund>, context: Context<'_>, odd: &mut Oddities) -> Vec<Refund> {
    rows.into_iter().filter_map(|row| refund(row, context, odd)).collect()
}

fn refund(row: wire::Refund, context: Context<'_>, odd: &mut Oddities) -> Option<Refund> {
    let id = key(row.id, odd)?;
    let (created_at, version) = times(row.created_at, row.updated_at, odd)?;
    let mut purse = Purse::new();
    let amount = purse.take(row.amount_money);
    Some(Refund {
        location_id: place(row.location_id, context),
        payment_id: filled(row.payment_id),
        order_id: filled(row.order_id),
        status: status(row.status.as_deref(), odd),
        amount,
        currency: purse.close(context, odd),
        reason: filled(row.reason),
        created_at,
        version,
        id,
    })
}

fn status(word: Option<&str>, odd: &mut Oddities) -> PaymentStatus {
    let status = PaymentStatus::parse(word.unwrap_or_default());
    if status == PaymentStatus::Other {
        odd.note("a status that Square added since is kept but not counted");
    }
    status
}
