//! Lists and charts: the same number cut by hour, day, category, item, method or location.

use super::part::{is_last_week, largest, money, sum};
use super::{Asked, Made, Reach, figures, words};
use crate::dto::{ApiError, ExplainPart, ExplainUnit};
use crate::engine::Engine;
use crate::reads::last_week::LastWeek;
use crate::reads::sales::{method, series};
use backroom_store::report::{self, HourRow, Share};

/// The hours of one day: of today beside the same weekday last week, where that is asked for, and always for its pace.
pub(super) fn hours(engine: &Engine, asked: &Asked<'_>) -> Result<Made, ApiError> {
    let (s, rule, day) = (asked.s, &asked.rule, asked.from);
    let pace = asked.query.metric == "pace";
    let last_week = pace || is_last_week(asked.query.compare.as_ref());
    if asked.to != day {
        return Err(ApiError::bad_request("Ask for the hours of one day."));
    }
    if last_week && day != s.today {
        return Err(ApiError::bad_request("Only today's hours are told beside those of last week."));
    }
    if asked.query.compare.is_some() && !is_last_week(asked.query.compare.as_ref()) {
        return Err(ApiError::bad_request("The hours of a day are compared with last week alone."));
    }
    let before = LastWeek::of(rule, s).day;
    let (own, base) = engine.store().read(|c| {
        let own = report::hours(c, s.place, &s.currency, rule, day)?;
        let base = if last_week { report::hours(c, s.place, &s.currency, rule, before)? } else { Vec::new() };
        Ok((own, base))
    })?;
    let sold = |row: &HourRow| row.payments != 0 || row.net != 0;
    let told = own.iter().enumerate().filter_map(|(n, row)| {
        let base = base.get(n);
        let told = sold(row) || base.is_some_and(sold);
        let line = money(words::hour(rule, n, row.hour), row.net).and(row.payments, ExplainUnit::Count);
        told.then(|| base.map_or(line.clone(), |base| line.and(base.net, ExplainUnit::Money)))
    });
    let parts: Vec<ExplainPart> = told.collect();
    let mut columns = vec![if last_week { "Today" } else { "Net" }.to_owned(), "Payments".to_owned()];
    let mut filters = vec![words::counted_days(day, day), format!("Currency {}", s.currency)];
    filters
        .push("Payments in the hour they were taken, refunds in the hour they were given; both completed".to_owned());
    filters.extend(words::shared_hour(rule));
    if last_week {
        columns.push(format!("{}, whole day", words::day(before)));
        filters.push("The hour that runs now is told as far as it has come; last week's hours are whole".to_owned());
    }
    added_up(engine, asked, s.place, Made { columns, ..Made::of(parts, filters, 0, "payment") })
}

/// A list of the days, cut in another way.
pub(super) fn list(engine: &Engine, asked: &Asked<'_>, metric: &str) -> Result<Made, ApiError> {
    let (s, from, to) = (asked.s, asked.from, asked.to);
    let (place, currency) = (s.place, s.currency.as_str());
    let mut filters = vec![words::counted_days(from, to), format!("Currency {currency}")];
    let mut made = Made::of(Vec::new(), Vec::new(), 0, "payment");
    let orders = engine.store().read(|c| {
        let share = |unit| move |s: Share| money(s.name, s.amount).and(s.count, unit);
        made.parts = match metric {
            "series" => {
                let (by_month, steps) = series(c, s, from, to)?;
                made.title = by_month.then_some("Net by month");
                let name = |p: &report::Period| match by_month {
                    true => p.from.date().format("%B %Y").to_string(),
                    false => words::long_day(p.from),
                };
                steps.iter().map(|p| line(name(p), p.totals.net(), p.totals.payments)).collect()
            }
            "week_hours" => {
                let mut cells = report::heat(c, place, currency, from, to)?;
                cells.sort_by_key(|(weekday, h)| (std::cmp::Reverse(h.net), *weekday, h.hour));
                cells.iter().map(|(weekday, h)| line(week_hour(*weekday, h.hour), h.net, h.payments)).collect()
            }
            "by_category" => report::by_category(c, place, currency, from, to, u32::MAX)?
                .into_iter()
                .map(share(ExplainUnit::Milli))
                .collect(),
            "by_item" => report::by_item(c, place, currency, from, to, u32::MAX)?
                .into_iter()
                .map(share(ExplainUnit::Milli))
                .collect(),
            "by_method" => report::by_method(c, place, currency, from, to)?
                .into_iter()
                .map(method)
                .map(|m| line(m.name, m.amount_minor, m.count))
                .collect(),
            _ => report::by_location(c, currency, from, to)?.into_iter().map(share(ExplainUnit::Count)).collect(),
        };
        Ok(report::ladder(c, place, currency, from, to)?.orders)
    })?;
    let of_goods = matches!(metric, "by_category" | "by_item");
    filters.push(
        match metric {
            _ if of_goods => "Lines of completed orders",
            "by_method" => "Payments that are completed",
            _ => "Payments when they were taken, refunds when they were given; both completed",
        }
        .to_owned(),
    );
    if metric == "week_hours" {
        filters.extend(words::shared_hour(&asked.rule));
    }
    let (first, second) = match metric {
        _ if of_goods => ("Amount", "Units"),
        "by_method" => ("Collected", "Payments"),
        _ => ("Net", "Payments"),
    };
    made.columns = vec![first.to_owned(), second.to_owned()];
    made.filters = filters;
    if metric == "by_location" {
        made.reach = Reach::EveryPlace;
    }
    let place = if metric == "by_location" { 0 } else { place };
    let made = added_up(engine, asked, place, made)?;
    Ok(if of_goods { Made { rows: u64::try_from(orders).unwrap_or(0), row_name: "order", ..made } } else { made })
}

fn line(name: impl Into<String>, net: i64, payments: i64) -> ExplainPart {
    money(name, net).and(payments, ExplainUnit::Count)
}

fn week_hour(weekday: u8, hour: u8) -> String {
    let day = words::WEEKDAYS.get(usize::from(weekday)).copied().unwrap_or_default();
    format!("{day}, {}", words::plain_hour(hour))
}

/// The list with its sum, and the payments behind it.
fn added_up(engine: &Engine, asked: &Asked<'_>, place: i64, made: Made) -> Result<Made, ApiError> {
    let (rows, sample) = figures::payments(engine, asked, place)?;
    let further = made.columns.len().saturating_sub(1);
    let name = made.columns.first().filter(|name| *name != "Today").map_or("Net", String::as_str).to_owned();
    let total = sum(name, ExplainUnit::Money, further, &made.parts);
    let parts = largest(made.parts).into_iter().chain([total.result()]).collect();
    Ok(Made { parts, rows, sample, ..made })
}
