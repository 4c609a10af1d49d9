//! Results for a person or for a program.

use crate::arguments::What;
use backroom_api::dto::{ApiError, MigrationOutcome, PushOutcome, SyncOutcome};
use backroom_api::store::{Health, Store};
use backroom_api::sync::Entity;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

fn line(value: &impl Serialize) {
    // Plain data of ours: it can always be told.
    println!("{}", serde_json::to_string(value).unwrap_or_default());
}

/// The entity of a name.
///
/// # Errors
/// A name that is none.
pub fn entity(name: &str) -> Result<Entity, ApiError> {
    Entity::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Entity::ALL.iter().map(|e| e.name()).collect();
        ApiError::bad_request(format!("There is no entity {name:?}. Use one of {}.", names.join(", ")))
    })
}

/// A duration such as `15m`.
///
/// # Errors
/// A text that is none.
pub fn duration(text: &str) -> Result<Duration, ApiError> {
    let wrong = || ApiError::bad_request(format!("{text:?} is not a time such as 15m, 90s or 1h."));
    let (number, factor) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) if text.ends_with('h') => (number, 3_600),
        Some(number) if text.ends_with('m') => (number, 60),
        Some(number) => (number, 1),
        None => return Err(wrong()),
    };
    let seconds = number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(wrong)?;
    if (1..=86_400).contains(&seconds) { Ok(Duration::from_secs(seconds)) } else { Err(wrong()) }
}

/// The outcome of a sync.
pub fn sync(outcome: &SyncOutcome, json: bool) {
    if json {
        return line(outcome);
    }
    for s in &outcome.streams {
        let place = s.location.as_deref().unwrap_or("");
        let state = if s.error.is_some() { "failed" } else { "ok" };
        println!("{:<10} {:<10} {place:<16} {:>9} rows {:>9} changed  {state}", s.source, s.entity, s.rows, s.changed);
    }
    println!("{} ms", outcome.elapsed_ms);
}

/// The outcome of a push.
pub fn push(outcome: &PushOutcome, json: bool) {
    if json {
        return line(outcome);
    }
    for t in &outcome.tables {
        println!("{:<22} {:>9} rows in {} batches", t.table, t.rows, t.batches);
    }
    println!("{} rows wait, {} were refused; {} ms", outcome.pending, outcome.dead, outcome.elapsed_ms);
}

/// What a migration found or did.
pub fn migration(outcome: &MigrationOutcome, json: bool) {
    if json { line(outcome) } else { println!("{}: {}", outcome.table, outcome.words) }
}

/// An amount in major units with its currency.
fn amount(minor: &Value, exponent: u32) -> String {
    let minor = minor.as_i64().unwrap_or(0);
    let unit = 10u64.pow(exponent);
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, rest) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    if exponent == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0width$}", width = exponent as usize)
    }
}

/// A report.
pub fn report(what: What, answer: &Value, json: bool, store: &Store) {
    if json {
        return line(answer);
    }
    let exponent = store
        .read(backroom_api::store::report::main_currency)
        .ok()
        .and_then(|c| backroom_api::sync::Currency::parse(&c).ok())
        .map_or(2, |c| u32::from(c.exponent()));
    let totals = |name: &str, p: &Value| {
        println!(
            "{name:<10} {:>14} net {:>14} collected {:>12} refunded {:>8} payments {:>6} customers",
            amount(&p["net_minor"], exponent),
            amount(&p["collected_minor"], exponent),
            amount(&p["refunded_minor"], exponent),
            p["transactions"],
            p["customers"]
        );
    };
    match what {
        What::Summary => {
            for name in ["today", "week", "month", "year", "all"] {
                totals(name, &answer[name]);
            }
        }
        What::Daily | What::Monthly => {
            for p in answer.as_array().into_iter().flatten() {
                totals(p["from"].as_str().unwrap_or(""), p);
            }
        }
        What::Recent => {
            for p in answer.as_array().into_iter().flatten() {
                println!(
                    "{} {:>12} {:<10} {:<10} {}",
                    p["taken_at"].as_str().unwrap_or(""),
                    amount(&p["amount_minor"], exponent),
                    p["source_type"].as_str().unwrap_or(""),
                    p["status"].as_str().unwrap_or(""),
                    p["location"].as_str().unwrap_or("")
                );
            }
        }
        What::Products => {
            for p in answer.as_array().into_iter().flatten() {
                let price =
                    if p["price_minor"].is_null() { "-".to_owned() } else { amount(&p["price_minor"], exponent) };
                println!(
                    "{:<48} {price:>10} {:>10} in stock {:>8} sold in 30 days",
                    p["name"].as_str().unwrap_or(""),
                    p["stock_milli"].as_i64().map_or("-".to_owned(), |m| amount(&json!(m), 3)),
                    amount(&p["sold_30_milli"], 3)
                );
            }
        }
    }
}

/// How everything stands.
pub fn status(app: &Value, sync: &Value, json: bool) {
    if json {
        return line(&json!({ "app": app, "sync": sync }));
    }
    for s in sync["streams"].as_array().into_iter().flatten() {
        let trouble = s["trouble"]["message"].as_str().map(|m| format!("  {m}")).unwrap_or_default();
        println!(
            "{:<10} {:<10} {:<16} last success {:<26} {:>3} % of the history{trouble}",
            s["source"].as_str().unwrap_or(""),
            s["entity"].as_str().unwrap_or(""),
            s["location_name"].as_str().unwrap_or(""),
            s["last_success"].as_str().unwrap_or("never"),
            s["percent"]
        );
    }
    println!("{} rows wait for the warehouse", app["freshness"]["waiting"]);
}

/// The outcome of a self-check.
pub fn health(health: &Health, json: bool) {
    if json {
        let findings: Vec<Value> =
            health.findings.iter().map(|f| json!({ "check": f.check, "ok": f.ok, "detail": f.detail })).collect();
        return line(&json!({ "ok": health.ok(), "findings": findings }));
    }
    for f in &health.findings {
        println!("{:<4} {:<28} {}", if f.ok { "ok" } else { "BAD" }, f.check, f.detail);
    }
}

/// That a copy was made.
pub fn done(json: bool, what: &str, file: &Path) {
    if json { line(&json!({ what: file })) } else { println!("{what}: {}", file.display()) }
}

/// Where the UI is served.
pub fn address(address: &str, json: bool, more: Value) {
    if json {
        let mut told = if more.is_object() { more } else { json!({}) };
        told["ui"] = json!(address);
        line(&told);
    } else {
        println!("{address}");
    }
}

/// Where the stand-ins are.
pub fn addresses(addresses: &Value, json: bool) {
    if json {
        return line(addresses);
    }
    for (name, value) in addresses.as_object().into_iter().flatten() {
        println!("{name:<14} {}", value.as_str().unwrap_or(""));
    }
}
