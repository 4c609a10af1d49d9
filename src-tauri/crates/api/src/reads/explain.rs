//! Why a number is what it is.

use super::{LONGEST_ID, Scope, ago, payment, products, range, scope};
use crate::dto::{ApiError, ExplainPart, ExplainQuery, Explanation};
use crate::engine::Engine;
use backroom_core::BusinessDay;
use backroom_core::money::decimal;
use backroom_store::report::{self, LadderRow, PaymentFilter, PaymentRow, Place, Show, Totals};

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
        "product" => (
            "Product",
            "Days left = in stock × 30 ÷ units sold in the last 30 business days, rounded down. Low: 14 days or less are left. Out: nothing is left. Dead: in stock, but not sold for 60 days.",
        ),
        _ => return None,
    })
}

/// What a number is made of and the newest rows behind it.
struct Made {
    parts: Vec<ExplainPart>,
    filters: Vec<String>,
    rows: u64,
    sample: Vec<PaymentRow>,
}

pub(crate) fn explain(engine: &Engine, query: ExplainQuery) -> Result<Explanation, ApiError> {
    let (title, formula) = words(&query.metric).ok_or_else(|| ApiError::bad_request("There is no such number."))?;
    let (from, to) = range(&query.from, &query.to)?;
    if query.product.as_ref().is_some_and(|id| id.is_empty() || id.len() > LONGEST_ID) {
        return Err(ApiError::bad_request("A product is named by its id."));
    }
    let s = scope(engine, query.location.as_deref())?;
    let store = engine.store();
    let rule = store.rule();
    let places = store.read(report::places)?;
    let (name, made) = match query.metric.as_str() {
        "stock" | "sold_30" => goods(engine, &query, &s, &places)?,
        "product" => product(engine, &query, &s, &places)?,
        metric => (None, money_made(engine, metric, &s, from, to)?),
    };
    let place = query
        .location
        .as_ref()
        .and_then(|id| places.iter().find(|p| p.id == *id || p.name_among(&places) == *id))
        .map_or_else(|| format!("All locations ({})", places.len().max(1)), |p| p.name.clone());
    let starts = format!("{:02}:{:02}", rule.start_minute() / 60, rule.start_minute() % 60);
    let mut filters = made.filters;
    filters.push(format!("A business day begins at {starts}, {} time", rule.zone_name()));
    filters.push(place);
    let streams = store.stream_rows()?;
    let freshness = super::app::freshness(engine, &streams, s.now)?;
    Ok(Explanation {
        title: name.map_or_else(|| title.to_owned(), |name| format!("{title}: {name}")),
        formula: formula.to_owned(),
        filters,
        parts: made.parts,
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
        rows: made.rows,
        sample: made.sample.into_iter().map(payment).collect(),
    })
}

fn money(name: &str, value: i64) -> ExplainPart {
    ExplainPart { name: name.to_owned(), value, is_money: true }
}

fn number(name: &str, value: i64) -> ExplainPart {
    ExplainPart { name: name.to_owned(), value, is_money: false }
}

/// Units from thousandths; what is sold by weight tells the rest in its name.
fn units(name: &str, milli: i64) -> ExplainPart {
    let exact = if milli % 1_000 == 0 { String::new() } else { format!(" (exactly {})", decimal(milli, 3)) };
    number(&format!("{name}{exact}"), milli.div_euclid(1_000))
}

/// A number made of payments, refunds or orders.
fn money_made(engine: &Engine, metric: &str, s: &Scope, from: BusinessDay, to: BusinessDay) -> Result<Made, ApiError> {
    let store = engine.store();
    let filter = PaymentFilter { completed: true, ..PaymentFilter::of(from, to, s.place, &s.currency, SAMPLE) };
    let (totals, ladder, (rows, sample)) = store.read(|c| {
        let behind = if metric == "refunded" {
            report::refunded(c, s.place, &s.currency, from, to, SAMPLE)?
        } else {
            let found = report::payments(c, &filter)?;
            (found.total, found.rows)
        };
        Ok((
            report::period(c, s.place, &s.currency, from, to)?,
            report::ladder(c, s.place, &s.currency, from, to)?,
            behind,
        ))
    })?;
    let days = if from == to { format!("Business day {from}") } else { format!("Business days {from} to {to}") };
    let which = match metric {
        "refunded" => "Refunds that are completed; below are the payments they gave back",
        _ => "Payments and refunds that are completed; an offline card payment counts when it was taken",
    };
    let filters = vec![days, format!("Currency {}", s.currency), which.to_owned()];
    Ok(Made { parts: parts(metric, &totals, &ladder), filters, rows, sample })
}

fn parts(metric: &str, totals: &Totals, ladder: &LadderRow) -> Vec<ExplainPart> {
    let taken = totals.collected + totals.tips - totals.refunded;
    let net_sales = ladder.gross - ladder.discount - ladder.returned;
    let due = net_sales + ladder.tax + ladder.tip + ladder.service_charge;
    match metric {
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
    }
}

/// A number made of stock counts or of units sold, location by location; of one product where one is named.
fn goods(
    engine: &Engine,
    query: &ExplainQuery,
    s: &Scope,
    places: &[Place],
) -> Result<(Option<String>, Made), ApiError> {
    let stock = query.metric == "stock";
    let wanted = |id: &str| query.product.as_deref().is_none_or(|product| product == id);
    let all = products::all(engine, s.place, s.today)?;
    let name = query.product.as_deref().map(|id| one(&all, id)).transpose()?.map(|found| found.name.clone());
    let told = |r: &report::ProductRow| if stock { r.stock_milli } else { Some(r.sold_30_milli).filter(|u| *u != 0) };
    let mut parts = Vec::new();
    let mut rows = 0;
    for place in places.iter().filter(|p| s.place == 0 || p.pk == s.place) {
        let here = engine.store().read(|c| report::products(c, place.pk, s.today))?;
        let counts: Vec<i64> = here.iter().filter(|r| wanted(&r.id)).filter_map(told).collect();
        if !counts.is_empty() {
            parts.push(units(&place.name, counts.iter().sum()));
            rows += counts.len() as u64;
        }
    }
    let total = all.iter().filter(|r| wanted(&r.id)).filter_map(told).sum();
    parts.push(units(if stock { "In stock" } else { "Sold in 30 days" }, total));
    let filters = if stock {
        vec!["The latest count of each active product at each location".to_owned()]
    } else {
        let first = s.today.plus(1 - report::PACE_DAYS);
        vec![format!("Business days {first} to {}", s.today), "Orders that are completed".to_owned()]
    };
    Ok((name, Made { parts, filters, rows, sample: Vec::new() }))
}

fn one<'a>(all: &'a [report::ProductRow], id: &str) -> Result<&'a report::ProductRow, ApiError> {
    all.iter().find(|r| r.id == id).ok_or_else(|| ApiError::bad_request("There is no such product."))
}

/// Every number of one product: its price, what is left and sold at each location, and what follows from both.
fn product(
    engine: &Engine,
    query: &ExplainQuery,
    s: &Scope,
    places: &[Place],
) -> Result<(Option<String>, Made), ApiError> {
    let id = query.product.as_deref().ok_or_else(|| ApiError::bad_request("A product is named by its id."))?;
    let all = products::all(engine, s.place, s.today)?;
    let whole = one(&all, id)?;
    let mut parts = Vec::new();
    if let Some(price) = whole.price {
        let foreign = whole.currency.as_deref().filter(|code| *code != s.currency);
        parts.push(match foreign {
            // A sum in another currency is told by its name: the screen writes the shop's own.
            Some(code) => number(&format!("Price, smallest units of {code}"), price),
            None => money("Price", price),
        });
    }
    let mut here = Vec::new();
    for place in places.iter().filter(|p| s.place == 0 || p.pk == s.place) {
        let rows = engine.store().read(|c| report::products(c, place.pk, s.today))?;
        here.extend(rows.into_iter().find(|r| r.id == id).map(|row| (place.name.as_str(), row)));
    }
    let told = |name: &str, of: &dyn Fn(&report::ProductRow) -> Option<i64>| {
        let each = here.iter().filter_map(|(place, row)| Some(units(&format!("{name}, {place}"), of(row)?)));
        let sum = of(whole).map(|milli| units(name, milli));
        if here.len() > 1 { each.chain(sum).collect::<Vec<_>>() } else { sum.into_iter().collect() }
    };
    parts.extend(told("In stock", &|row| row.stock_milli));
    parts.extend(told("Sold in 30 days", &|row| Some(row.sold_30_milli)));
    parts.extend(whole.days_left().map(|days| number("Days left", days)));
    let first = s.today.plus(1 - report::PACE_DAYS);
    let mut filters = vec![
        format!("Sold on business days {first} to {}, on completed orders, less units returned", s.today),
        match whole.last_sold {
            Some(day) => format!("Last sold on {day}"),
            None => format!("Not sold in the last {} days", report::DEAD_DAYS),
        },
    ];
    if whole.price.is_none() {
        filters.push("Its price is typed in at the counter".to_owned());
    }
    if whole.stock_milli.is_none() {
        filters.push("The vendor keeps no count of it, so no days are told".to_owned());
    }
    for (show, words) in
        [(Show::Low, "It counts as low"), (Show::Out, "It counts as out"), (Show::Dead, "It counts as dead")]
    {
        if whole.is(show) {
            filters.push(words.to_owned());
        }
    }
    let rows = here.iter().filter(|(_, row)| row.stock_milli.is_some()).count() as u64;
    Ok((Some(whole.name.clone()), Made { parts, filters, rows, sample: Vec::new() }))
}
