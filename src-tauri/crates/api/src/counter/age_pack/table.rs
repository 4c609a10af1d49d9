//! The record as a table (RFC 4180): one row for whatever is told, and a word in front that says what the row is.

use super::found::Record;
use backroom_store::counter::checks::AgeCheckRow;

const HEAD: &str = "part,id,at,day,clerk,subject,result,reason,method,rules,note";

/// The table. Times are UTC, days are business days of the shop.
pub(super) fn table(record: &Record) -> String {
    let mut text = format!("{HEAD}\r\n");
    let mut put = |cells: [&str; 11]| {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    };
    let total = |subject: &str, result: usize| (subject.to_owned(), result.to_string());
    let coverage = &record.coverage;
    let percent = coverage.percent.map_or_else(String::new, |p| p.to_string());
    let (days, tested) = record.days();
    put([
        "record",
        "",
        &record.made_at.to_rfc3339(),
        "",
        "",
        &record.shop,
        "",
        "",
        "",
        &record.rules_version,
        &format!("{} to {}", record.from, record.to),
    ]);
    for (subject, result) in [
        total("checks", record.checks().count()),
        total("green", record.of_colour("green")),
        total("amber", record.of_colour("amber")),
        total("red", record.of_colour("red")),
        total("self_tests", record.self_tests().count()),
        total("days with checks", days),
        total("of these with a self_test", tested),
    ] {
        put(["total", "", "", "", "", &subject, &result, "", "", "", ""]);
    }
    for (subject, result) in [
        ("checks that may have led to a sale", coverage.checks.to_string()),
        ("sales with goods that need a check", coverage.sales.to_string()),
        ("lines of such goods", coverage.lines.to_string()),
        ("sales whose goods are not known", coverage.unknown.to_string()),
        ("percent", percent),
    ] {
        put(["coverage", "", "", "", "", subject, &result, "", "", "", ""]);
    }
    for row in &coverage.goods {
        let note = if row.needs.is_empty() { "not said: counts" } else { &row.needs };
        put([
            "goods",
            &row.category,
            "",
            "",
            "",
            &row.name,
            &row.sales.to_string(),
            "",
            "",
            "",
            &format!("{} lines; {note}", row.lines),
        ]);
    }
    for row in &record.asked {
        put([
            "rule",
            "",
            "",
            row.since.as_deref().unwrap_or_default(),
            "",
            row.class.code(),
            &row.age.to_string(),
            row.scanning,
            "",
            &record.rules_version,
            &row.source,
        ]);
    }
    put([
        "rule",
        "",
        "",
        "",
        "",
        "carded who looks under",
        &record.card_under.0.to_string(),
        "",
        "",
        &record.rules_version,
        &record.card_under.1,
    ]);
    put(["rule", "", "", "", "", "kept of a card", "", "", "", &record.rules_version, &record.kept_of_card]);
    for (version, used) in &record.versions {
        let span = format!("{} to {}", used.first.to_rfc3339(), used.last.to_rfc3339());
        put(["rules_used", "", "", "", "", "verdicts", &used.verdicts.to_string(), "", "", version, &span]);
    }
    for entry in &record.changes {
        put([
            "rules_changed",
            &entry.number.to_string(),
            &entry.at.to_rfc3339(),
            "",
            "",
            &entry.action,
            "",
            "",
            "",
            "",
            &entry.detail,
        ]);
    }
    for training in &record.trainings {
        let name = record.people.get(&training.operator).map_or("", String::as_str);
        let until = training.expires.map_or_else(|| "no end".to_owned(), |day| format!("until {day}"));
        put([
            "training",
            &training.pk.to_string(),
            "",
            &training.day.to_string(),
            &training.operator.to_string(),
            &training.course,
            name,
            "",
            "",
            "",
            &until,
        ]);
    }
    for (clerk, (all, trained)) in record.clerks() {
        let number = clerk.map_or_else(String::new, |pk| pk.to_string());
        put([
            "clerk",
            "",
            "",
            "",
            &number,
            "checks",
            &all.to_string(),
            "",
            "",
            "",
            &format!("{trained} with a training in force"),
        ]);
    }
    let checked = |row: &AgeCheckRow, part: &str| {
        let (check, number) = (&row.check, |pk: Option<i64>| pk.map_or_else(String::new, |pk| pk.to_string()));
        let repeats = check.resubmits.as_ref().map(|(id, _)| format!("repeats {id}"));
        let second = check.second.map(|pk| format!("second person {pk}"));
        let note = repeats.into_iter().chain(second).collect::<Vec<_>>().join("; ");
        let cells = [
            part,
            &row.id,
            &row.at.to_rfc3339(),
            &check.day.to_string(),
            &number(check.clerk),
            &check.product_class,
            &check.verdict,
            &check.reason,
            &check.method,
            &check.rules_version,
            &note,
        ];
        cells.map(quoted).join(",") + "\r\n"
    };
    let tests: String = record.self_tests().map(|row| checked(row, "self_test")).collect();
    let checks: String = record.checks().map(|row| checked(row, "check")).collect();
    text.push_str(&tests);
    text.push_str(&checks);
    text.push_str(&chain(record));
    text
}

fn chain(record: &Record) -> String {
    let rows: Vec<(&str, String)> = match &record.proof {
        Ok((chain, proof)) => vec![
            ("result", if proof.ok { "as it was written" } else { "CHANGED" }.to_owned()),
            ("entries", chain.entries.to_string()),
            ("last", chain.last.to_string()),
            ("head", chain.head.clone()),
            ("missing", proof.missing.to_string()),
            ("broken at", proof.broken_at.map_or_else(String::new, |n| n.to_string())),
        ],
        Err(error) => vec![("result", format!("could not be checked: {}", error.code))],
    };
    rows.iter().map(|(subject, result)| format!("audit_log,,,,,{subject},{},,,,\r\n", quoted(result))).collect()
}

/// A cell. What a spreadsheet would take for a formula is text.
fn quoted(cell: &str) -> String {
    let guarded = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() };
    if guarded.contains([',', '"', '\n', '\r']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}
