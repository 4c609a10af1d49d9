//! The Sales screen, lists of payments, receipts and the table for a spreadsheet.

use super::{LONGEST_ID, Scope, payment, period, range, scope};
use crate::dto::{
    ApiError, Breakdown, HeatCell, Ladder, PaymentId, PaymentsPage, PaymentsQuery, Receipt, ReceiptLine, ReceiptRefund,
    Sales, SalesHour, SalesQuery,
};
use crate::engine::Engine;
use backroom_core::money::decimal;
use backroom_core::{BusinessDay, DayRule};
use backroom_store::StoreError;
use backroom_store::report::{self, LadderRow, PaymentFilter, Period, Share, Snapshot, Totals};

/// Days after which a series goes by month.
const MOST_DAYS: i32 = 92;
/// Lines of a breakdown; what is beyond them is summed up in one more, so that every list adds up.
const MOST_SHARES: usize = 300;
/// Key of that last line, which no id is.
const OTHERS: &str = "\u{2026}others";
const MOST_ROWS: u32 = 200;

pub(super) fn breakdown(share: Share) -> Breakdown {
    Breakdown { key: share.key, name: share.name, amount_minor: share.amount, count: share.count }
}

/// A list that adds up: the largest shares, and all others as one.
fn breakdowns(shares: Vec<Share>) -> Vec<Breakdown> {
    let mut lines: Vec<Breakdown> = shares.into_iter().map(breakdown).collect();
    if lines.len() > MOST_SHARES {
        let rest = lines.split_off(MOST_SHARES - 1);
        lines.push(Breakdown {
            key: OTHERS.to_owned(),
            name: format!("All others ({})", backroom_core::money::grouped(rest.len() as u64)),
            amount_minor: rest.iter().map(|b| b.amount_minor).sum(),
            count: rest.iter().map(|b| b.count).sum(),
        });
    }
    lines
}

/// A word of a vendor in plain letters: `GIFT_CARD` is `Gift card`.
pub(super) fn sentence(word: &str) -> String {
    let lower = word.to_lowercase().replace('_', " ");
    let mut letters = lower.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// How a payment method is called at the counter.
fn method_name(word: &str) -> String {
    match word {
        "CARD" => "Card".to_owned(),
        "CASH" => "Cash".to_owned(),
        "WALLET" => "Wallet".to_owned(),
        "BANK_ACCOUNT" => "Bank transfer".to_owned(),
        "EXTERNAL" => "Other tender".to_owned(),
        "SQUARE_ACCOUNT" => "Square account".to_owned(),
        "BUY_NOW_PAY_LATER" => "Pay later".to_owned(),
        other => sentence(other),
    }
}

/// Day by day, or month by month where the period is long; whether it goes by month comes first.
pub(super) fn series(
    c: &Snapshot,
    s: &Scope,
    from: BusinessDay,
    to: BusinessDay,
) -> Result<(bool, Vec<Period>), StoreError> {
    let by_month = to.number() - from.number() + 1 > MOST_DAYS;
    let mut series = if by_month {
        report::by_month(c, s.place, &s.currency, from, to)?
    } else {
        report::by_day(c, s.place, &s.currency, from, to)?
    };
    // Months are whole: the first and the last are cut to the period, so that the series adds up to its totals.
    for part in series.iter_mut().filter(|p| p.from < from || p.to > to) {
        (part.from, part.to) = (part.from.max(from), part.to.min(to));
        part.totals = report::period(c, s.place, &s.currency, part.from, part.to)?;
    }
    Ok((by_month, series))
}

/// From what was rung up to what the tills took.
pub(super) fn ladder(row: &LadderRow, totals: &Totals, orders_complete: bool) -> Ladder {
    let taken = totals.collected + totals.tips - totals.refunded;
    let net_sales = row.gross - row.discount - row.returned;
    let due = net_sales + row.tax + row.tip + row.service_charge;
    Ladder {
        gross_minor: row.gross,
        discounts_minor: row.discount,
        returns_minor: row.returned,
        net_sales_minor: net_sales,
        tax_minor: row.tax,
        tips_minor: row.tip,
        service_minor: row.service_charge,
        due_minor: due,
        collected_minor: taken,
        difference_minor: taken - due,
        orders_complete,
    }
}

pub(crate) fn sales(engine: &Engine, query: SalesQuery) -> Result<Sales, ApiError> {
    let (from, to) = range(&query.from, &query.to)?;
    let s = scope(engine, query.location.as_deref())?;
    let length = to.number() - from.number() + 1;
    let orders_complete = engine.store().stream_rows()?.iter().filter(|r| r.entity == "orders").all(|r| r.history_done);
    let (place, cur, rule) = (s.place, s.currency.as_str(), engine.store().rule());
    Ok(engine.store().read(|c| {
        let totals = report::period(c, place, cur, from, to)?;
        let (before, until) = (from.plus(-length), from.plus(-1));
        let previous = report::period(c, place, cur, before, until)?;
        let (by_month, series) = series(c, &s, from, to)?;
        let row = report::ladder(c, place, cur, from, to)?;
        Ok(Sales {
            as_of: s.now.to_rfc3339(),
            currency: s.currency.clone(),
            other_currencies: report::currencies(c)?.into_iter().filter(|other| other != cur).collect(),
            totals: period(from, to, &totals),
            previous: period(before, until, &previous),
            ladder: ladder(&row, &totals, orders_complete),
            series: series.iter().map(|p| period(p.from, p.to, &p.totals)).collect(),
            series_step: if by_month { "month" } else { "day" }.to_owned(),
            by_category: breakdowns(report::by_category(c, place, cur, from, to, u32::MAX)?),
            by_item: breakdowns(report::by_item(c, place, cur, from, to, u32::MAX)?),
            by_method: report::by_method(c, place, cur, from, to)?.into_iter().map(method).collect(),
            by_location: report::by_location(c, cur, from, to)?.into_iter().map(breakdown).collect(),
            hours: if from == to { hours(c, &s, &rule, from)? } else { Vec::new() },
            heat: report::heat(c, place, cur, from, to)?
                .into_iter()
                .map(|(weekday, h)| HeatCell { weekday, hour: h.hour, net_minor: h.net, transactions: h.payments })
                .collect(),
        })
    })?)
}

fn hours(c: &Snapshot, s: &Scope, rule: &DayRule, day: BusinessDay) -> Result<Vec<SalesHour>, StoreError> {
    let rows = report::hours(c, s.place, &s.currency, rule, day)?;
    Ok(rows.into_iter().map(|h| SalesHour { hour: h.hour, net_minor: h.net, transactions: h.payments }).collect())
}

pub(super) fn method(share: Share) -> Breakdown {
    Breakdown { name: method_name(&share.key), ..breakdown(share) }
}

pub(crate) fn payments(engine: &Engine, query: PaymentsQuery) -> Result<PaymentsPage, ApiError> {
    let (from, to) = range(&query.from, &query.to)?;
    if query.limit > MOST_ROWS {
        return Err(ApiError::bad_request(format!("Ask for {MOST_ROWS} rows or fewer.")));
    }
    if query.method.as_ref().is_some_and(|m| m.len() > LONGEST_ID) {
        return Err(ApiError::bad_request("There is no such payment method."));
    }
    if query.weekday.is_some_and(|d| d > 6) || query.hour.is_some_and(|h| h > 23) {
        return Err(ApiError::bad_request("Weekdays are 0 (Monday) to 6, hours 0 to 23."));
    }
    let key_of = |key: &Option<String>| key.as_ref().is_some_and(|key| key.len() > LONGEST_ID);
    if key_of(&query.item) || key_of(&query.category) {
        return Err(ApiError::bad_request("There is no such item or category."));
    }
    let narrowed = [query.item.is_some(), query.category.is_some(), query.method.is_some(), query.hour.is_some()];
    if narrowed[..2].contains(&true) && narrowed.iter().filter(|n| **n).count() > 1 {
        // What was brought back belongs to no payment method and no hour of sale.
        return Err(ApiError::bad_request("Ask for one item or one category, without a payment method or an hour."));
    }
    let s = scope(engine, query.location.as_deref())?;
    let found = engine.store().read(|c| {
        let products = match (&query.item, &query.category) {
            (Some(item), _) => Some(report::products_of_item(c, item)?),
            (None, Some(category)) => Some(report::products_of_category(c, category)?),
            (None, None) => None,
        };
        let filter = PaymentFilter {
            method: query.method,
            weekday: query.weekday,
            hour: query.hour,
            products,
            offset: query.offset,
            ..PaymentFilter::of(from, to, s.place, &s.currency, query.limit)
        };
        report::payments(c, &filter)
    })?;
    Ok(PaymentsPage {
        total: found.total,
        collected_minor: found.collected,
        part_minor: found.part,
        brought_back_minor: found.brought_back,
        currency: s.currency,
        rows: found.rows.into_iter().map(payment).collect(),
    })
}

pub(crate) fn receipt(engine: &Engine, query: PaymentId) -> Result<Receipt, ApiError> {
    if query.id.is_empty() || query.id.len() > LONGEST_ID {
        return Err(ApiError::bad_request("A payment is named by its id."));
    }
    let found = engine.store().read(|c| report::receipt(c, &query.id))?;
    let found =
        found.ok_or_else(|| ApiError::new("NOT_FOUND", "There is no such payment here.", "Sync and look again."))?;
    Ok(Receipt {
        payment: payment(found.payment),
        lines: found
            .lines
            .into_iter()
            .map(|l| ReceiptLine {
                name: l.name,
                quantity_milli: l.quantity_milli,
                unit_price_minor: l.unit_price,
                total_minor: l.total,
            })
            .collect(),
        refunds: found
            .refunds
            .into_iter()
            .map(|r| ReceiptRefund {
                id: r.id,
                created_at: r.created_at.to_rfc3339(),
                business_day: r.day.to_string(),
                status: r.status.as_str().to_owned(),
                amount_minor: r.amount,
                reason: r.reason,
            })
            .collect(),
        tax_minor: found.tax,
        discount_minor: found.discount,
    })
}

/// Day by day as a table for a spreadsheet (RFC 4180). Every cell is a date or a number of ours, so none can be a formula.
pub(crate) fn sales_csv(engine: &Engine, query: SalesQuery) -> Result<String, ApiError> {
    let (from, to) = range(&query.from, &query.to)?;
    let s = scope(engine, query.location.as_deref())?;
    let days = engine.store().read(|c| report::by_day(c, s.place, &s.currency, from, to))?;
    let places = super::exponent(&s.currency);
    let mut text = String::from("business_day,collected,tips,refunded,net,transactions,customers,average,currency\r\n");
    for d in days {
        let t = d.totals;
        let cells = [t.collected, t.tips, t.refunded, t.net()].map(|minor| decimal(minor, places));
        text.push_str(&format!(
            "{},{},{},{},{},{}\r\n",
            d.from,
            cells.join(","),
            t.payments,
            t.customers,
            decimal(t.average(), places),
            s.currency
        ));
    }
    Ok(text)
}
