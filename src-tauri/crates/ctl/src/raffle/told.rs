//! Raffles in words, for a terminal.

use crate::tell::say;
use serde_json::Value;

pub(super) fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

fn rows<'a>(told: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    told[field].as_array().into_iter().flatten()
}

pub(super) fn list(told: &Value) {
    for row in told.as_array().into_iter().flatten() {
        say!(
            "{:<24} {:<10} {:>7} entries  until {}  {}",
            text(row, "id"),
            text(row, "phase"),
            row["entries"],
            text(row, "closes_at"),
            text(row, "title")
        );
    }
}

pub(super) fn show(told: &Value) {
    say!("{}: {}", text(told, "id"), text(told, "title"));
    say!("{}, entries from {} until {}", text(told, "phase"), text(told, "opens_at"), text(told, "closes_at"));
    for mark in ["rules_hash", "commitment"] {
        if let Some(value) = told[mark].as_str() {
            say!("{mark:<12} {value}");
        }
    }
    if let Some(reason) = told["cancelled"].as_str() {
        say!("called off: {reason}");
    }
    warnings(told);
    statistics(&told["statistics"]);
    for act in rows(told, "acts") {
        say!(
            "act {}: {} entries, sealed {}, seal {}",
            act["act"],
            act["entries"],
            text(act, "sealed_at"),
            text(act, "seal_hash")
        );
        match (act["drawn_at"].as_str(), act["beacon_at"].as_str()) {
            (Some(at), _) => say!("  drawn {at}"),
            (None, Some(at)) => say!("  waits for round {} of the beacon, made {at}", act["beacon_round"]),
            (None, None) => say!("  waits for the draw; it rests on the shop's commitment alone"),
        }
        for drawn in rows(act, "drawn") {
            say!(
                "  {:<10} {:<8} ticket {}",
                text(drawn, "outcome"),
                drawn["unit"].as_str().map_or_else(|| drawn["place"].to_string().replace("null", ""), str::to_owned),
                text(drawn, "entry")
            );
        }
    }
    for award in rows(told, "awards") {
        say!(
            "{:<8} {:<14} {}  {}  {}",
            text(award, "unit"),
            text(award, "state"),
            text(award, "prize"),
            text(award, "entry"),
            text(award, "at")
        );
    }
    for owed in rows(told, "refunds") {
        say!(
            "owed: ticket {}, {} {} minor units, receipt {}",
            text(owed, "entry"),
            owed["amount"],
            text(owed, "currency"),
            text(owed, "receipt")
        );
    }
    say!("{}", text(told, "shared"));
}

pub(super) fn warnings(told: &Value) {
    for problem in rows(told, "problems") {
        say!("to do: {}: {}", text(problem, "field"), text(problem, "words"));
    }
    for warning in rows(told, "warnings") {
        say!(
            "{} {}: {} {}",
            text(warning, "severity"),
            text(warning, "code"),
            text(warning, "words"),
            text(warning, "source")
        );
    }
}

pub(super) fn statistics(told: &Value) {
    say!("{} entries of {} people count, {} are void", told["counting"], told["people"], told["void"]);
    for (field, what) in [("by_channel", "way"), ("by_day", "day")] {
        for row in rows(told, field) {
            say!("  {what} {:<12} {}", text(row, "name"), row["entries"]);
        }
    }
    say!(
        "{} prizes: {} wait, {} handed out, {} left over; {} forfeited",
        told["units"],
        told["pending"],
        told["claimed"],
        told["left_over"],
        told["forfeited"]
    );
}

pub(super) fn slip(told: &Value) {
    for line in rows(told, "slip") {
        say!("{}", line.as_str().unwrap_or_default());
    }
}

pub(super) fn tickets(told: &Value) {
    for row in told.as_array().into_iter().flatten() {
        let void = row["void"].as_str().map_or_else(String::new, |why| format!("  void: {why}"));
        say!("{}  {}  {}{void}", text(row, "entry"), text(row, "at"), text(row, "channel"));
    }
}

pub(super) fn certificate(told: &Value) {
    say!("act {}, seal {}, key {}", told["act"], text(told, "seal_hash"), text(told, "public_key"));
    say!("written: {}", text(told, "file"));
    if let Some(pdf) = told["pdf"].as_str() {
        say!("written: {pdf}");
    }
}
