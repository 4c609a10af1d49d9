//! Why a number is what it is.

mod breakdowns;
mod figures;
mod goods;
mod part;
mod pipeline;
pub(super) mod words;

use super::{LONGEST_ID, Scope, ago, payment, range, scope};
use crate::dto::{ApiError, ExplainPart, ExplainQuery, Explanation};
use crate::engine::Engine;
use backroom_core::{BusinessDay, DayRule, Timestamp};
use backroom_store::report::{self, PaymentRow, Place};

const SAMPLE: u32 = 20;

/// What is asked of which days and places, checked.
struct Asked<'a> {
    query: &'a ExplainQuery,
    s: &'a Scope,
    rule: DayRule,
    places: &'a [Place],
    from: BusinessDay,
    to: BusinessDay,
}

/// Whose days and places a number is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Of the days and the place that were asked for.
    Asked,
    /// Of every place, whatever was asked for.
    EveryPlace,
    /// Of this PC.
    ThisPc,
}

/// What a number is made of and the newest rows behind it.
struct Made {
    /// Its title, where the days decide on it.
    title: Option<&'static str>,
    /// What it is called after its title, where it is one of several.
    name: Option<String>,
    reach: Reach,
    columns: Vec<String>,
    parts: Vec<ExplainPart>,
    filters: Vec<String>,
    freshness: Vec<String>,
    rows: u64,
    row_name: &'static str,
    sample: Vec<PaymentRow>,
}

impl Made {
    fn of(parts: Vec<ExplainPart>, filters: Vec<String>, rows: u64, row_name: &'static str) -> Self {
        Self {
            title: None,
            name: None,
            reach: Reach::Asked,
            columns: Vec::new(),
            parts,
            filters,
            freshness: Vec::new(),
            rows,
            row_name,
            sample: Vec::new(),
        }
    }
}

pub(crate) fn explain(engine: &Engine, query: ExplainQuery) -> Result<Explanation, ApiError> {
    let metric = words::metric(&query.metric).ok_or_else(|| ApiError::bad_request("There is no such number."))?;
    let (from, to) = range(&query.from, &query.to)?;
    if query.product.as_ref().is_some_and(|id| id.is_empty() || id.len() > LONGEST_ID) {
        return Err(ApiError::bad_request("A product is named by its id."));
    }
    let s = scope(engine, query.location.as_deref())?;
    let store = engine.store();
    let places = store.read(report::places)?;
    let asked = Asked { query: &query, s: &s, rule: store.rule(), places: &places, from, to };
    let made = match query.metric.as_str() {
        "hours" | "pace" => breakdowns::hours(engine, &asked)?,
        list @ ("series" | "week_hours" | "by_category" | "by_item" | "by_method" | "by_location") => {
            not_compared(&query)?;
            breakdowns::list(engine, &asked, list)?
        }
        "stock" | "sold_30" => {
            not_compared(&query)?;
            goods::counts(engine, &asked)?
        }
        "product" => {
            not_compared(&query)?;
            goods::product(engine, &asked)?
        }
        pipeline @ ("streams" | "queue" | "cost" | "receipts" | "limits") => {
            not_compared(&query)?;
            if query.location.is_some() {
                return Err(ApiError::bad_request("This number is of all locations: leave the location out."));
            }
            pipeline::told(engine, &asked, pipeline)?
        }
        figure => figures::told(engine, &asked, figure)?,
    };
    let mut filters = made.filters;
    if made.reach != Reach::ThisPc {
        filters.push(format!(
            "A business day begins at {}, {} time",
            words::start(&asked.rule),
            asked.rule.zone_name()
        ));
        filters.push(match &query.location {
            Some(id) if made.reach == Reach::Asked => {
                places.iter().find(|p| p.id == *id || p.name_among(&places) == *id).map_or(id, |p| &p.name).clone()
            }
            _ => format!("All locations ({})", places.len().max(1)),
        });
    }
    let mut freshness = sources(engine, &s)?;
    freshness.extend(made.freshness);
    let title = made.title.unwrap_or(metric.title);
    Ok(Explanation {
        title: made.name.map_or_else(|| title.to_owned(), |name| format!("{title}: {name}")),
        formula: metric.formula.to_owned(),
        filters,
        columns: made.columns,
        parts: made.parts,
        freshness,
        rows: made.rows,
        row_name: made.row_name.to_owned(),
        sample: made.sample.into_iter().map(payment).collect(),
    })
}

fn not_compared(query: &ExplainQuery) -> Result<(), ApiError> {
    match query.compare {
        None => Ok(()),
        Some(_) => Err(ApiError::bad_request("This number is not compared with another.")),
    }
}

/// When each source was last read to the end.
fn sources(engine: &Engine, s: &Scope) -> Result<Vec<String>, ApiError> {
    let streams = engine.store().stream_rows()?;
    let told = super::app::freshness(engine, &streams, s.now)?.sources.into_iter().map(|f| {
        let at = f.last_success.as_deref().and_then(|t| Timestamp::parse(t).ok());
        let age = at.map_or_else(|| "not read to the end yet".to_owned(), |t| format!("read {}", ago(s.now, t)));
        format!("{} ({}): {age}", f.source, f.kind)
    });
    Ok(told.collect())
}
