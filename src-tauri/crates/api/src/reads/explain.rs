//! Why a number is what it is.

use super::{ago, payment, range, scope};
use crate::dto::{ApiError, ExplainPart, ExplainQuery, Explanation};
use crate::engine::Engine;
use backroom_store::report::{self, PaymentFilter};

const SAMPLE: u32 = 20;

/// Name, formula and whether the rows behind it are completed payments only.
fn words(metric: &str) -> Option<(&'static str, &'static str)> {
    Some(match metric {
        "net" => {
            ("Net", "Collected − refunded. Tips, tax passed on and gift-card loads are not revenue of their own here.")
        }
        "collected" => ("Collected", "The amounts of all completed payments, without tips."),
        "refunded" => {
            ("Refunded", "All completed refunds, counted on the day they were given, not on the day of the sale.")
        }
        "tips" => ("Tips", "The tips of all completed payments."),
        "transactions" => ("Transactions", "The number of completed payments."),
        "customers" => {
            ("Known customers", "How many different known customers made those payments. Walk-ins are not known.")
        }
        "average" => ("Average", "Collected ÷ transactions, rounded to the cent (half to even)."),
        "gross" => ("Gross sales", "Quantity × price of every line sold, before discounts and tax."),
        "discounts" => ("Discounts", "All discounts on completed orders."),
        "returns" => ("Returns", "The value of goods that came back."),
        "net_sales" => ("Net sales", "Gross sales − discounts − returns."),
        "tax" => ("Tax", "The tax on completed orders. It is owed, not earned."),
        "service" => ("Service charges", "Service charges on completed orders."),
        "due" => ("Due", "Net sales + tax + tips + service charges: what the orders say customers owed."),
        "tills" => ("Taken", "Completed payments with tips − completed refunds: what the tills took."),
        "difference" => ("Difference", "Taken − due: payments without an order, orders not synced yet, and rounding."),
        "stock" => ("In stock", "The vendor's own counts, added up over the locations shown."),
        "sold_30" => {
            ("Sold in 30 days", "Units on completed orders of the last 30 business days, less units returned.")
        }
        _ => return None,
    })
}

pub(crate) fn explain(engine: &Engine, query: ExplainQuery) -> Result<Explanation, ApiError> {
    let (title, formula) = words(&query.metric).ok_or_else(|| ApiError::bad_request("There is no such number."))?;
    let (from, to) = range(&query.from, &query.to)?;
    let s = scope(engine, query.location.as_deref())?;
    let store = engine.store();
    let rule = store.rule();
    let rows = PaymentFilter {
        from: rule.starts_at(from),
        to: rule.ends_at(to),
        location: s.place,
        method: None,
        completed: true,
        offset: 0,
        limit: SAMPLE,
    };
    let (totals, ladder, (count, sample), places) = store.read(|c| {
        Ok((
            report::period(c, s.place, &s.currency, from, to)?,
            report::ladder(c, s.place, &s.currency, from, to)?,
            report::payments(c, &rows)?,
            report::places(c)?,
        ))
    })?;
    let money = |name: &str, value: i64| ExplainPart { name: name.to_owned(), value, is_money: true };
    let number = |name: &str, value: i64| ExplainPart { name: name.to_owned(), value, is_money: false };
    let taken = totals.collected + totals.tips - totals.refunded;
    let net_sales = ladder.gross - ladder.discount - ladder.returned;
    let due = net_sales + ladder.tax + ladder.tip + ladder.service_charge;
    let parts = match query.metric.as_str() {
        "net" => {
            vec![money("Collected", totals.collected), money("Refunded", -totals.refunded), money("Net", totals.net())]
        }
        "average" => vec![
            money("Collected", totals.collected),
            number("Transactions", totals.payments),
            money("Average", totals.average()),
        ],
        "collected" => vec![money("Collected", totals.collected), number("Payments", totals.payments)],
        "refunded" => vec![money("Refunded", totals.refunded)],
        "tips" => vec![money("Tips", totals.tips)],
        "transactions" => vec![number("Completed payments", totals.payments)],
        "customers" => vec![number("Known customers", totals.customers)],
        "gross" | "discounts" | "returns" | "net_sales" => vec![
            money("Gross sales", ladder.gross),
            money("Discounts", -ladder.discount),
            money("Returns", -ladder.returned),
            money("Net sales", net_sales),
        ],
        "tax" => vec![money("Tax", ladder.tax)],
        "service" => vec![money("Service charges", ladder.service_charge)],
        "due" => vec![
            money("Net sales", net_sales),
            money("Tax", ladder.tax),
            money("Tips", ladder.tip),
            money("Service charges", ladder.service_charge),
            money("Due", due),
        ],
        "tills" => vec![
            money("Collected", totals.collected),
            money("Tips", totals.tips),
            money("Refunded", -totals.refunded),
            money("Taken", taken),
        ],
        "difference" => vec![money("Taken", taken), money("Due", -due), money("Difference", taken - due)],
        _ => Vec::new(),
    };
    let place = query
        .location
        .as_ref()
        .and_then(|id| places.iter().find(|p| p.id == *id))
        .map_or_else(|| format!("All locations ({})", places.len().max(1)), |p| p.name.clone());
    let days = if from == to { format!("Business day {from}") } else { format!("Business days {from} to {to}") };
    let starts = format!("{:02}:{:02}", rule.start_minute() / 60, rule.start_minute() % 60);
    let streams = store.stream_rows()?;
    let freshness = super::app::freshness(engine, &streams, s.now)?;
    Ok(Explanation {
        title: title.to_owned(),
        formula: formula.to_owned(),
        filters: vec![
            days,
            format!("A business day begins at {starts}, {} time", rule.zone_name()),
            place,
            format!("Currency {}", s.currency),
            "Payments and refunds that are completed; an offline card payment counts when it was taken".to_owned(),
        ],
        parts,
        freshness: freshness
            .sources
            .iter()
            .map(|f| {
                let at = f.last_success.as_deref().and_then(|t| backroom_core::Timestamp::parse(t).ok());
                let age =
                    at.map_or_else(|| "not read to the end yet".to_owned(), |t| format!("read {}", ago(s.now, t)));
                format!("{} ({}): {age}", f.source, f.kind)
            })
            .collect(),
        rows: count,
        sample: sample.into_iter().map(payment).collect(),
    })
}
