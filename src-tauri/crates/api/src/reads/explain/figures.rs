//! Numbers made of payments, refunds or orders, and what they are compared with.

use super::part::{money, number};
use super::{Asked, Made, SAMPLE, words};
use crate::dto::{ApiError, Compare, ExplainPart, Ladder};
use crate::engine::Engine;
use crate::reads::last_week::LastWeek;
use crate::reads::range;
use crate::reads::sales::ladder;
use backroom_store::report::{self, PaymentFilter, PaymentRow, Totals};

/// What a number is compared with.
struct Compared {
    /// What is compared, where it is not the number itself: the days that are over, say.
    own: Option<(String, Totals)>,
    base_name: String,
    base: Totals,
    filter: String,
}

/// The completed payments of the days: how many there are, and the newest.
pub(super) fn payments(engine: &Engine, asked: &Asked<'_>, place: i64) -> Result<(u64, Vec<PaymentRow>), ApiError> {
    let of = PaymentFilter::of(asked.from, asked.to, place, &asked.s.currency, SAMPLE);
    let found = engine.store().read(|c| report::payments(c, &PaymentFilter { completed: true, ..of }))?;
    Ok((found.total, found.rows))
}

pub(super) fn told(engine: &Engine, asked: &Asked<'_>, metric: &str) -> Result<Made, ApiError> {
    let (s, from, to) = (asked.s, asked.from, asked.to);
    let compared = compared(engine, asked, metric)?;
    let (totals, orders) = engine.store().read(|c| {
        let totals = report::period(c, s.place, &s.currency, from, to)?;
        Ok((totals, report::ladder(c, s.place, &s.currency, from, to)?))
    })?;
    let (rows, sample) = match metric {
        "refunded" => engine.store().read(|c| report::refunded(c, s.place, &s.currency, from, to, SAMPLE))?,
        _ => payments(engine, asked, s.place)?,
    };
    let (which, row_name, rows) = match metric {
        "refunded" => ("Refunds that are completed; below are the payments they gave back", "refund", rows),
        "gross" | "discounts" | "returns" | "net_sales" | "tax" | "service" | "due" => {
            ("Orders that are completed", "order", u64::try_from(orders.orders).unwrap_or(0))
        }
        _ => (
            "Payments and refunds that are completed; an offline card payment counts when it was taken",
            "payment",
            rows,
        ),
    };
    let mut filters = vec![words::counted_days(from, to), format!("Currency {}", s.currency), which.to_owned()];
    let ladder = ladder(&orders, &totals, true);
    let mut parts = parts(metric, &totals, &ladder);
    let mut columns = Vec::new();
    if let Some(compared) = compared {
        let of = |totals: &Totals| self::parts(metric, totals, &ladder);
        let own = compared.own.as_ref().map(|(_, totals)| of(totals));
        columns.push(if from == s.today { "Today".to_owned() } else { words::days(from, to) });
        columns.extend(compared.own.map(|(name, _)| name));
        columns.extend([compared.base_name, "Difference".to_owned()]);
        let lines = parts.into_iter().zip(of(&compared.base)).enumerate();
        parts = lines
            .map(|(n, (part, base))| match own.as_ref().and_then(|own| own.get(n)) {
                Some(own) => part.and(own.value, own.unit).against(own.value, base.value),
                None => {
                    let value = part.value;
                    part.against(value, base.value)
                }
            })
            .collect();
        filters.push(compared.filter);
    }
    Ok(Made { columns, sample, ..Made::of(parts, filters, rows, row_name) })
}

fn compared(engine: &Engine, asked: &Asked<'_>, metric: &str) -> Result<Option<Compared>, ApiError> {
    let Some(compare) = &asked.query.compare else { return Ok(None) };
    let known = ["net", "collected", "refunded", "tips", "transactions", "average", "customers"];
    if !known.contains(&metric) {
        return Err(ApiError::bad_request("This number is not compared with another."));
    }
    let s = asked.s;
    match compare {
        Compare::LastWeek => {
            if (asked.from, asked.to) != (s.today, s.today) {
                return Err(ApiError::bad_request("Only today is compared with last week to the same minute."));
            }
            let last_week = LastWeek::of(&asked.rule, s);
            let base = engine.store().read(|c| last_week.so_far(c, s))?;
            let minute = words::clock(&asked.rule, last_week.until);
            Ok(Some(Compared {
                own: None,
                base_name: format!("{} to {minute}", words::day(last_week.day)),
                base,
                filter: format!(
                    "Compared with the same weekday last week to the same minute, {minute}, counted from its payments and refunds"
                ),
            }))
        }
        Compare::Periods(periods) => {
            let (own_from, own_to) = range(&periods.own_from, &periods.own_to)?;
            let (base_from, base_to) = range(&periods.base_from, &periods.base_to)?;
            let (own, base) = engine.store().read(|c| {
                let own = report::period(c, s.place, &s.currency, own_from, own_to)?;
                Ok((own, report::period(c, s.place, &s.currency, base_from, base_to)?))
            })?;
            let whole = (own_from, own_to) == (asked.from, asked.to);
            Ok(Some(Compared {
                own: (!whole).then(|| (words::days(own_from, own_to), own)),
                base_name: words::days(base_from, base_to),
                base,
                filter: format!(
                    "Compared: {} with {}, days that are over on both sides",
                    words::days(own_from, own_to),
                    words::days(base_from, base_to)
                ),
            }))
        }
    }
}

fn parts(metric: &str, totals: &Totals, ladder: &Ladder) -> Vec<ExplainPart> {
    let sold = |result: ExplainPart| {
        vec![
            money("Gross sales", ladder.gross_minor),
            money("Discounts", -ladder.discounts_minor),
            money("Returns", -ladder.returns_minor),
            result,
        ]
    };
    let net_sales = money("Net sales", ladder.net_sales_minor);
    match metric {
        "net" => vec![
            money("Collected", totals.collected),
            money("Refunded", -totals.refunded),
            money("Net", totals.net()).result(),
        ],
        "average" => vec![
            money("Collected", totals.collected),
            number("Transactions", totals.payments),
            money("Average", totals.average()).result(),
        ],
        "collected" => vec![money("Collected", totals.collected), number("Payments", totals.payments)],
        "refunded" => vec![money("Refunded", totals.refunded)],
        "tips" => vec![money("Tips", totals.tips)],
        "transactions" => vec![number("Completed payments", totals.payments)],
        "customers" => vec![number("Known customers", totals.customers)],
        "gross" | "discounts" | "returns" | "net_sales" => sold(net_sales.result()),
        "tax" => vec![money("Tax", ladder.tax_minor)],
        "service" => vec![money("Service charges", ladder.service_minor)],
        "due" => vec![
            net_sales,
            money("Tax", ladder.tax_minor),
            money("Tips", ladder.tips_minor),
            money("Service charges", ladder.service_minor),
            money("Due", ladder.due_minor).result(),
        ],
        "tills" => vec![
            money("Collected", totals.collected),
            money("Tips", totals.tips),
            money("Refunded", -totals.refunded),
            money("Taken", ladder.collected_minor).result(),
        ],
        "difference" => vec![
            money("Taken", ladder.collected_minor),
            money("Due", -ladder.due_minor),
            money("Difference", ladder.difference_minor).result(),
        ],
        _ => Vec::new(),
    }
}
