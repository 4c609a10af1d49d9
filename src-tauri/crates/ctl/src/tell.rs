//! Results for a person or for a program.

use crate::arguments::What;
use backroom_api::Cycle;
use backroom_api::dto::{ApiError, MigrationOutcome, PushOutcome, SyncOutcome};
use backroom_api::money::decimal;
use backroom_api::store::{Health, Store};
use backroom_api::sync::{Currency, Entity};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Whether something could not be told.
static UNTOLD: AtomicBool = AtomicBool::new(false);

/// Tells a line of results, formatted like `println!`.
macro_rules! say {
    ($($text:tt)*) => { $crate::tell::result(format_args!($($text)*)) };
}
pub(crate) use say;

/// Tells a line of results. A reader that has had enough, such as `head`, is no failure.
pub fn result(text: fmt::Arguments<'_>) {
    if let Err(error) = writeln!(std::io::stdout().lock(), "{text}")
        && error.kind() != ErrorKind::BrokenPipe
    {
        UNTOLD.store(true, Ordering::Relaxed);
    }
}

/// Whether a result could not be told for another reason than that its reader has gone.
pub fn untold() -> bool {
    UNTOLD.load(Ordering::Relaxed)
}

/// Tells a line of trouble. Where nobody can hear it the exit code still says it.
pub fn trouble(text: impl fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn line(value: &impl Serialize) {
    // Plain data of ours: it can always be told.
    say!("{}", serde_json::to_string(value).unwrap_or_default());
}

/// A value as JSON.
pub fn value(value: &Value) {
    line(value);
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
        say!("{:<10} {:<10} {place:<16} {:>9} rows {:>9} changed  {state}", s.source, s.entity, s.rows, s.changed);
    }
    say!("{} ms", outcome.elapsed_ms);
}

/// The outcome of a push.
pub fn push(outcome: &PushOutcome, json: bool) {
    if json {
        return line(outcome);
    }
    for t in &outcome.tables {
        say!("{:<22} {:>9} rows in {} batches", t.table, t.rows, t.batches);
    }
    say!("{} rows wait, {} were refused; {} ms", outcome.pending, outcome.dead, outcome.elapsed_ms);
}

/// What a migration found or did.
pub fn migration(outcome: &MigrationOutcome, json: bool) {
    if json { line(outcome) } else { say!("{}: {}", outcome.table, outcome.words) }
}

/// An amount of minor units in major ones.
fn amount(minor: &Value, exponent: u8) -> String {
    decimal(minor.as_i64().unwrap_or(0), exponent)
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or("")
}

fn count(row: &Value, key: &str) -> i64 {
    row[key].as_i64().unwrap_or(0)
}

/// A report.
pub fn report(what: What, answer: &Value, json: bool, store: &Store) {
    if json {
        return line(answer);
    }
    let currency = store.read(backroom_api::store::report::main_currency).unwrap_or_default();
    let exponent = Currency::parse(&currency).map_or(2, |c| c.exponent());
    let rows = || answer.as_array().into_iter().flatten();
    let titles = || {
        say!(
            "{currency:<10} {:>14} {:>14} {:>12} {:>12} {:>9} {:>9} {:>10}",
            "net",
            "collected",
            "refunded",
            "tips",
            "payments",
            "customers",
            "average"
        );
    };
    let totals = |name: &str, p: &Value| {
        say!(
            "{name:<10} {:>14} {:>14} {:>12} {:>12} {:>9} {:>9} {:>10}",
            amount(&p["net_minor"], exponent),
            amount(&p["collected_minor"], exponent),
            amount(&p["refunded_minor"], exponent),
            amount(&p["tips_minor"], exponent),
            count(p, "transactions"),
            count(p, "customers"),
            amount(&p["average_minor"], exponent)
        );
    };
    match what {
        What::Summary => {
            titles();
            for name in ["today", "week", "month", "year", "all"] {
                totals(name, &answer[name]);
            }
        }
        What::Daily | What::Monthly => {
            titles();
            for p in rows() {
                totals(text(p, "from"), p);
            }
        }
        What::Recent => {
            for p in rows() {
                let exponent = Currency::parse(text(p, "currency")).map_or(exponent, |c| c.exponent());
                say!(
                    "{:<28} {:>12} {:<3} {:<10} {:<10} {}",
                    text(p, "taken_at"),
                    amount(&p["amount_minor"], exponent),
                    text(p, "currency"),
                    text(p, "source_type"),
                    text(p, "status"),
                    text(p, "location")
                );
            }
        }
        What::Products => {
            say!("{:<56} {:>12} {:>12} {:>12}", "product", format!("price {currency}"), "in stock", "sold 30 days");
            for p in rows() {
                let price =
                    if p["price_minor"].is_null() { "-".to_owned() } else { amount(&p["price_minor"], exponent) };
                let stock = if p["stock_milli"].is_null() { "-".to_owned() } else { amount(&p["stock_milli"], 3) };
                say!("{:<56} {price:>12} {stock:>12} {:>12}", text(p, "name"), amount(&p["sold_30_milli"], 3));
            }
        }
    }
}

/// What a part of a cycle did, as an event.
pub fn cycle(cycle: &Cycle) {
    let event = |name: &str, outcome: Value| {
        let mut told = json!({ "event": name });
        if let (Value::Object(told), Value::Object(outcome)) = (&mut told, outcome) {
            told.extend(outcome);
        }
        line(&told);
    };
    match cycle {
        Cycle::Synced(outcome) => event("synced", json!(outcome)),
        Cycle::Sent(outcome) => event("sent", json!(outcome)),
        Cycle::Failed { work, error } => event("failed", json!({ "work": work, "error": error })),
    }
}

/// How everything stands.
pub fn status(app: &Value, sync: &Value, json: bool) {
    if json {
        return line(&json!({ "app": app, "sync": sync }));
    }
    for s in sync["streams"].as_array().into_iter().flatten() {
        let trouble = s["trouble"]["message"].as_str().map(|m| format!("  {m}")).unwrap_or_default();
        say!(
            "{:<10} {:<10} {:<16} last success {:<26} {:>3} % of the history{trouble}",
            text(s, "source"),
            text(s, "entity"),
            text(s, "location_name"),
            s["last_success"].as_str().unwrap_or("never"),
            count(s, "percent")
        );
    }
    say!("{} rows wait for the warehouse", app["freshness"]["waiting"]);
}

/// The outcome of a self-check.
pub fn health(health: &Health, json: bool) {
    if json {
        let findings: Vec<Value> =
            health.findings.iter().map(|f| json!({ "check": f.check, "ok": f.ok, "detail": f.detail })).collect();
        return line(&json!({ "ok": health.ok(), "findings": findings }));
    }
    for f in &health.findings {
        say!("{:<4} {:<28} {}", if f.ok { "ok" } else { "BAD" }, f.check, f.detail);
    }
}

/// That a copy was made.
pub fn done(json: bool, what: &str, file: &Path) {
    if json { line(&json!({ what: file })) } else { say!("{what}: {}", file.display()) }
}

/// A text as it is.
pub fn whole(text: &str) {
    say!("{}", text.trim_end());
}

/// Entries of the audit log.
pub fn audit(page: &Value, json: bool) {
    if json {
        return line(page);
    }
    for entry in page["entries"].as_array().into_iter().flatten() {
        let text = |key: &str| entry[key].as_str().unwrap_or("").to_owned();
        let who = if text("operator").is_empty() { "-".to_owned() } else { text("operator") };
        say!("{:>6} {} {who:<20} {:<26} {}", entry["number"], text("at"), text("action"), text("detail"));
    }
}

/// What a check of the audit log found.
pub fn proof(proof: &Value, json: bool) {
    if json {
        return line(proof);
    }
    match (proof["broken_at"].as_i64(), proof["missing"].as_u64()) {
        (Some(number), _) => say!("Not as it was written, from entry {number} on."),
        (None, Some(1..)) => say!("{} entries are missing at the end.", proof["missing"]),
        _ => say!("{} entries, each as it was written.", proof["entries"]),
    }
}

/// Who works here.
pub fn people(told: &Value, json: bool) {
    if json {
        return line(told);
    }
    for person in told["people"].as_array().into_iter().flatten() {
        say!("{:<24} {}", person["name"].as_str().unwrap_or(""), person["role"].as_str().unwrap_or(""));
    }
    if told["people"].as_array().is_none_or(Vec::is_empty) {
        say!("Nobody has a PIN: everybody who opens Backroom is its owner.");
    }
}

/// Where the UI is served.
pub fn address(address: &str, json: bool, more: Value) {
    if json {
        let mut told = if more.is_object() { more } else { json!({}) };
        told["ui"] = json!(address);
        line(&told);
    } else {
        say!("{address}");
    }
}

/// Where the stand-ins are.
pub fn addresses(addresses: &Value, json: bool) {
    if json {
        return line(addresses);
    }
    for (name, value) in addresses.as_object().into_iter().flatten() {
        say!("{name:<14} {}", value.as_str().unwrap_or(""));
    }
}
