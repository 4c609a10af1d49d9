//! Sales: one record tells basket, payments and refunds.
//!
//! The header's amounts are what Lightspeed charges; lines carry more decimals and are rounded one by one, so their sum may differ
//! from the header by cents. Revenue is what is completed and not voided; a refund is a sale of its own with negative amounts.

use super::super::wire::Object;
use super::{Context, key};
use crate::oddities::Oddities;
use backroom_core::Timestamp;
use backroom_core::sale::{Order, OrderLine, OrderState, Payment, PaymentStatus, Refund, Sale};

/// Sales of a page.
pub(crate) fn sales(rows: &[Object<'_>], context: &Context, odd: &mut Oddities) -> Vec<Sale> {
    rows.iter().filter_map(|row| sale(*row, context, odd)).collect()
}

fn sale(row: Object<'_>, context: &Context, odd: &mut Oddities) -> Option<Sale> {
    let id = key(row, "saleID", odd)?;
    let stamp = row.time(&["timeStamp"], odd);
    let updated = row.time(&["updatetime", "updateTime"], odd);
    let created = row.time(&["createTime", "createtime"], odd);
    let completed_at = row.time(&["completeTime", "completetime"], odd);
    let Some(created_at) = created.or(completed_at).or(stamp).or(updated) else {
        odd.note("a sale without any time was left out");
        return None;
    };
    let version = [stamp, updated, created, completed_at].into_iter().flatten().max().unwrap_or(created_at);
    let state = match (row.flag("completed"), row.flag("voided"), row.flag("archived")) {
        (_, true, _) | (false, _, true) => OrderState::Canceled,
        (true, false, _) => OrderState::Completed,
        (false, false, false) => OrderState::Open,
    };
    let places = context.currency.exponent();
    let told = row.some_decimal("calcTotal", places, odd).or_else(|| row.some_decimal("total", places, odd));
    let tenders = tenders(row, told, context, places, odd);
    let taken: i64 = tenders.iter().map(|t| t.amount).sum();
    let total = told.unwrap_or_else(|| {
        odd.note("a sale names no total that can be read; what was paid is taken for it");
        taken
    });
    let tip = row.decimal("calcTips", places, odd);
    let tax = row
        .some_decimal("taxTotal", places, odd)
        .unwrap_or_else(|| row.decimal("calcTax1", places, odd).saturating_add(row.decimal("calcTax2", places, odd)));
    let lines: Vec<OrderLine> =
        row.children("SaleLines", "SaleLine").into_iter().filter_map(|l| line(l, places, odd)).collect();
    let back = |l: &&OrderLine| l.quantity_milli < 0;
    let returned = -lines.iter().filter(back).map(|l| l.gross - l.discount).sum::<i64>();
    let discount = if lines.iter().any(|l| l.quantity_milli < 0) {
        lines.iter().filter(|l| l.quantity_milli >= 0).map(|l| l.discount).sum()
    } else {
        row.decimal("calcDiscount", places, odd)
    };
    // Whether the total holds the tip is not documented: what was paid tells.
    let owed = if tip != 0 && taken == total.saturating_add(tip) { total.saturating_add(tip) } else { total };
    if state == OrderState::Completed && taken != owed && !tenders.is_empty() {
        odd.note("what was paid differs from the sale's total; both are kept as they came");
    }
    let of_sale = Head {
        id: id.clone(),
        location_id: row.id("shopID").unwrap_or_default(),
        customer_id: row.id("customerID"),
        team_member_id: row.id("employeeID"),
        status: match state {
            OrderState::Completed => PaymentStatus::Completed,
            OrderState::Canceled => PaymentStatus::Canceled,
            OrderState::Open | OrderState::Draft | OrderState::Other => PaymentStatus::Approved,
        },
        at: completed_at.unwrap_or(created_at),
        version,
    };
    let (payments, refunds) = split(&tenders, tip, &of_sale, context);
    let order = Order {
        id,
        location_id: of_sale.location_id,
        customer_id: of_sale.customer_id,
        state,
        total: owed,
        tax,
        discount,
        tip,
        service_charge: 0,
        returned,
        currency: context.currency,
        tenders: tenders.iter().map(|t| format!("{}:{}", t.source_type, t.amount)).collect::<Vec<_>>().join(","),
        team_member_id: of_sale.team_member_id,
        created_at,
        closed_at: completed_at,
        version,
        lines,
    };
    Some(Sale { order, payments, refunds })
}

/// What payments and refunds share with their sale.
struct Head {
    id: String,
    location_id: String,
    customer_id: Option<String>,
    team_member_id: Option<String>,
    status: PaymentStatus,
    at: Timestamp,
    version: Timestamp,
}

/// One payment of a sale; negative where money was given back.
struct Tender {
    id: String,
    source_type: String,
    amount: i64,
}

/// Whether a sale must have lines and payments: it is completed, and something was due.
pub(super) fn was_paid(row: Object<'_>) -> bool {
    let due = |name: &str| row.text(&[name]).is_some_and(|text| text.bytes().any(|b| (b'1'..=b'9').contains(&b)));
    row.flag("completed") && !row.flag("voided") && (due("calcTotal") || due("total"))
}

/// The payments that stand, with the change taken off the cash.
fn tenders(row: Object<'_>, total: Option<i64>, context: &Context, places: u8, odd: &mut Oddities) -> Vec<Tender> {
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for payment in row.children("SalePayments", "SalePayment") {
        if payment.flag("archived") {
            continue;
        }
        let Some(id) = key(payment, "salePaymentID", odd) else { continue };
        let own = payment.child("PaymentType").map(|kind| {
            let text = |name: &str| kind.text(&[name]).unwrap_or_default();
            super::Method::of(&text("name"), &text("type"))
        });
        let listed = || payment.id("paymentTypeID").and_then(|kind| context.methods.get(&kind).cloned());
        let source_type = own.or_else(listed).map_or_else(|| "OTHER".to_owned(), |method| method.source_type);
        let amount = payment.some_decimal("amount", places, odd);
        if amount.is_none() {
            unread.push(found.len());
        }
        found.push(Tender { id, source_type, amount: amount.unwrap_or(0) });
    }
    if let ([one], Some(total), true) = (unread.as_slice(), total, row.flag("completed")) {
        // One amount that cannot be read follows from the total and the others.
        let rest = total.saturating_sub(found.iter().map(|t| t.amount).sum());
        found[*one].amount = rest;
        odd.note("the amount of a payment cannot be read; the rest of the sale's total was taken");
    }
    let change = row.decimal("change", places, odd);
    let paid: i64 = found.iter().map(|t| t.amount).sum();
    // Cash may be told as it was handed over: then the change went back out of it.
    if change > 0
        && total.is_some_and(|total| paid > total)
        && let Some(cash) = found.iter_mut().find(|t| t.source_type == "CASH" && t.amount >= change)
    {
        cash.amount -= change;
    }
    found
}

/// Money taken and money given back; the tip is part of the first payments that hold it.
fn split(tenders: &[Tender], tip: i64, sale: &Head, context: &Context) -> (Vec<Payment>, Vec<Refund>) {
    let (mut payments, mut refunds, mut tip_left) = (Vec::new(), Vec::new(), tip.max(0));
    for tender in tenders {
        let id = format!("{}-{}", sale.id, tender.id);
        if tender.amount < 0 {
            refunds.push(Refund {
                id,
                location_id: sale.location_id.clone(),
                payment_id: None,
                order_id: Some(sale.id.clone()),
                status: sale.status,
                amount: -tender.amount,
                currency: context.currency,
                reason: None,
                created_at: sale.at,
                version: sale.version,
            });
            continue;
        }
        let tip = tip_left.min(tender.amount);
        tip_left -= tip;
        payments.push(Payment {
            id,
            location_id: sale.location_id.clone(),
            order_id: Some(sale.id.clone()),
            customer_id: sale.customer_id.clone(),
            status: sale.status,
            amount: tender.amount - tip,
            tip,
            total: tender.amount,
            refunded: 0,
            fee: 0,
            currency: context.currency,
            source_type: tender.source_type.clone(),
            card_brand: None,
            receipt_url: None,
            team_member_id: sale.team_member_id.clone(),
            created_at: sale.at,
            taken_at: sale.at,
            version: sale.version,
        });
    }
    (payments, refunds)
}

fn line(row: Object<'_>, places: u8, odd: &mut Oddities) -> Option<OrderLine> {
    let uid = key(row, "saleLineID", odd)?;
    let quantity_milli = row.some_decimal("unitQuantity", 3, odd).unwrap_or(1_000);
    let unit_price = row.decimal("unitPrice", places, odd);
    let gross = times(quantity_milli, unit_price);
    let discount = row.decimal("calcLineDiscount", places, odd).saturating_add(row.decimal(
        "calcTransactionDiscount",
        places,
        odd,
    ));
    let tax = row.decimal("calcTax1", places, odd).saturating_add(row.decimal("calcTax2", places, odd));
    let said = row.child("Item").and_then(|item| item.text(&["description"]));
    let note = row.child("Note").and_then(|note| note.text(&["note"]));
    Some(OrderLine {
        variation_id: row.id("itemID"),
        name: said.or(note).unwrap_or_default(),
        variation_name: None,
        quantity_milli,
        unit_price,
        gross,
        discount,
        tax,
        total: gross.saturating_sub(discount).saturating_add(tax),
        uid,
    })
}

/// Quantity × price, rounded half to even.
fn times(quantity_milli: i64, price: i64) -> i64 {
    let exact = i128::from(quantity_milli) * i128::from(price);
    let (whole, rest) = (exact.div_euclid(1_000), exact.rem_euclid(1_000));
    let up = rest > 500 || (rest == 500 && whole.rem_euclid(2) == 1);
    i64::try_from(whole + i128::from(up)).unwrap_or(i64::MAX)
}
