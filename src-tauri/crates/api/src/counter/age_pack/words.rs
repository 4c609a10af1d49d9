//! What the paper says, from the top.

use super::found::Record;
use super::sheet::{Block, Table};
use backroom_store::counter::checks::AgeCheckRow;

/// The most verdicts that are printed: of more, the paper has the days and the table every one.
const MOST_PRINTED: usize = 3_000;

/// What the paper is called in a reader's window.
pub(super) fn title(record: &Record) -> String {
    format!("ID checks {} to {}", record.from, record.to)
}

/// What stands at the foot of every page.
pub(super) fn foot(record: &Record, hash: &str) -> String {
    let demo = if record.demo { "DEMONSTRATION, all of it is invented · " } else { "" };
    format!("{demo}{} · {} to {} · table {}", shop(record), record.from, record.to, hash.get(..16).unwrap_or(hash))
}

fn shop(record: &Record) -> &str {
    if record.shop.is_empty() { "This shop" } else { &record.shop }
}

/// The paper. `hash` is that of the table.
pub(super) fn blocks(record: &Record, hash: &str) -> Vec<Block> {
    let mut blocks = vec![Block::Title("Record of ID checks".to_owned())];
    if record.demo {
        blocks.push(Block::Text("DEMONSTRATION: every sale, person and check in it is invented.".to_owned()));
    }
    let by = if record.made_by.is_empty() { "without a PIN".to_owned() } else { format!("by {}", record.made_by) };
    blocks.push(Block::Text(format!(
        "{}, {} to {}. Made {} {by} with Backroom {}. Times are of the zone {}; a day is the shop's business day.",
        shop(record),
        record.from,
        record.to,
        record.wall(record.made_at),
        env!("CARGO_PKG_VERSION"),
        record.rule.zone_name()
    )));
    summary(record, &mut blocks);
    rules(record, &mut blocks);
    people(record, &mut blocks);
    scanner(record, &mut blocks);
    coverage(record, &mut blocks);
    verdicts(record, &mut blocks);
    proof(record, hash, &mut blocks);
    blocks
}

fn summary(record: &Record, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading("In short".to_owned()));
    let (days, tested) = record.days();
    let clerks = record.clerks();
    let (all, trained) = clerks.values().fold((0, 0), |(all, trained), (a, t)| (all + a, trained + t));
    let percent = record.coverage.percent.map_or_else(|| "nothing was sold".to_owned(), |p| format!("{p} %"));
    let rows = [
        ("ID checks", record.checks().count().to_string()),
        ("OK to sell (green)", record.of_colour("green").to_string()),
        ("Looked at by the clerk (amber)", record.of_colour("amber").to_string()),
        ("Refused (red)", record.of_colour("red").to_string()),
        ("Tests of the scanner", record.self_tests().count().to_string()),
        ("Days with checks on which the scanner was tested", format!("{tested} of {days}")),
        ("Checks by a clerk with a training in force that day", format!("{trained} of {all}")),
        ("Checks for 100 sales of goods that need one", percent),
        ("Audit log", standing(record)),
    ];
    let rows = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    blocks.push(Block::Table(Table { head: vec![("What", 6.0), ("In these days", 5.0)], rows }));
}

fn rules(record: &Record, blocks: &mut Vec<Block>) {
    let place = record.state.as_deref().map_or_else(
        || "No state is set, so the strictest of all known rules holds.".to_owned(),
        |state| format!("The shop is in {state}."),
    );
    blocks.push(Block::Heading(format!("Rules in force, version {}", record.rules_version)));
    blocks.push(Block::Text(format!("{place} As they are on the day on which this was made.")));
    let rows = record.asked.iter().map(|row| {
        let since = row.since.clone().unwrap_or_else(|| "-".to_owned());
        vec![row.class.code().to_owned(), row.age.to_string(), since, row.scanning.to_owned(), row.source.clone()]
    });
    let extra = [
        vec![
            "carded".to_owned(),
            format!("< {}", record.card_under.0),
            String::new(),
            String::new(),
            record.card_under.1.clone(),
        ],
        vec!["kept of a card".to_owned(), String::new(), String::new(), String::new(), record.kept_of_card.clone()],
    ];
    blocks.push(Block::Table(Table {
        head: vec![("Goods", 2.0), ("Age", 1.0), ("Since", 1.7), ("Scanning", 1.5), ("Where it comes from", 7.0)],
        rows: rows.chain(extra).collect(),
    }));
    blocks.push(Block::Text("Versions by which the verdicts of these days were made:".to_owned()));
    let used = record.versions.iter().map(|(version, used)| {
        vec![version.clone(), used.verdicts.to_string(), record.wall(used.first), record.wall(used.last)]
    });
    blocks.push(Block::Table(Table {
        head: vec![("Version", 4.0), ("Verdicts", 2.0), ("First", 3.0), ("Last", 3.0)],
        rows: used.collect(),
    }));
    if !record.changes.is_empty() {
        blocks.push(Block::Text("What was changed within these days, from the audit log:".to_owned()));
        let rows = record.changes.iter().map(|entry| {
            vec![
                entry.number.to_string(),
                record.wall(entry.at),
                entry.operator.clone(),
                format!("{} {}", entry.action, entry.detail),
            ]
        });
        blocks.push(Block::Table(Table {
            head: vec![("Entry", 1.2), ("When", 2.6), ("Who", 2.0), ("What", 7.0)],
            rows: rows.collect(),
        }));
    }
}

fn people(record: &Record, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading("Trainings".to_owned()));
    let name = |pk: &i64| record.people.get(pk).cloned().unwrap_or_else(|| "no longer here".to_owned());
    let rows = record.trainings.iter().map(|training| {
        let until = training.expires.map_or_else(|| "no end".to_owned(), |day| format!("before {day}"));
        vec![
            training.operator.to_string(),
            name(&training.operator),
            training.course.clone(),
            training.day.to_string(),
            until,
        ]
    });
    blocks.push(Block::Table(Table {
        head: vec![("Clerk", 1.0), ("Name", 3.0), ("What was taught", 5.0), ("On", 2.0), ("Counts", 2.4)],
        rows: rows.collect(),
    }));
    blocks.push(Block::Text(
        "Checks by clerk, and how many of them on days on which that clerk had a training in force:".to_owned(),
    ));
    let rows = record.clerks().into_iter().map(|(clerk, (all, trained))| {
        let who = clerk.map_or_else(|| "nobody signed in".to_owned(), |pk| pk.to_string());
        vec![who, all.to_string(), trained.to_string(), (all - trained).to_string()]
    });
    blocks.push(Block::Table(Table {
        head: vec![("Clerk", 3.0), ("Checks", 2.0), ("With a training", 2.0), ("Without", 2.0)],
        rows: rows.collect(),
    }));
}

fn scanner(record: &Record, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading("Tests of the scanner".to_owned()));
    blocks.push(Block::Text(
        "Each is a scan of the shop's printed test card, which is nobody's, read as any card is.".to_owned(),
    ));
    let rows = record
        .self_tests()
        .map(|row| vec![row.id.clone(), record.wall(row.at), clerk(row), row.check.rules_version.clone()]);
    blocks.push(Block::Table(Table {
        head: vec![("Id", 3.0), ("When", 3.0), ("Clerk", 1.5), ("Rules", 3.0)],
        rows: rows.collect(),
    }));
}

fn coverage(record: &Record, blocks: &mut Vec<Block>) {
    let coverage = &record.coverage;
    blocks.push(Block::Heading("Checks against sales".to_owned()));
    blocks.push(Block::Text(format!(
        "{} checks that may have led to a sale; {} sales with {} lines of goods that need a check.",
        coverage.checks, coverage.sales, coverage.lines
    )));
    blocks.push(Block::Text(coverage.why.join(" ")));
    let rows = coverage.goods.iter().map(|row| {
        let needs = match row.needs.as_str() {
            "" => "not said: counts",
            "free" => "no age: does not count",
            class => class,
        };
        vec![row.name.clone(), needs.to_owned(), row.lines.to_string(), row.sales.to_string()]
    });
    blocks.push(Block::Table(Table {
        head: vec![("Goods", 5.0), ("What is asked", 4.0), ("Lines", 1.5), ("Sales", 1.5)],
        rows: rows.collect(),
    }));
}

fn verdicts(record: &Record, blocks: &mut Vec<Block>) {
    let count = record.checks().count();
    blocks.push(Block::Heading(format!("Verdicts: {count}")));
    blocks.push(Block::Text(
        "Of a check nothing of the card is kept: no name, number, birth date, address or picture. Words that a clerk wrote when a check \
         was repeated are left out here, because they could name somebody."
            .to_owned(),
    ));
    if count > MOST_PRINTED {
        blocks.push(Block::Text(format!(
            "{count} are more than a paper is read for: here are the days, and every one is in the table."
        )));
        blocks.push(Block::Table(by_day(record)));
        return;
    }
    let rows = record.checks().map(|row| {
        let repeats = row.check.resubmits.as_ref().map(|(id, _)| format!("repeats {id}"));
        let second = row.check.second.map(|pk| format!("with {pk}"));
        vec![
            record.wall(row.at),
            row.check.verdict.clone(),
            row.check.reason.replace('_', " "),
            row.check.method.clone(),
            row.check.product_class.clone(),
            clerk(row),
            row.check.rules_version.clone(),
            row.id.clone(),
            repeats.into_iter().chain(second).collect::<Vec<_>>().join(", "),
        ]
    });
    let head = vec![
        ("When", 3.1),
        ("Verdict", 1.4),
        ("Reason", 2.2),
        ("Method", 1.4),
        ("Goods", 1.5),
        ("Clerk", 1.0),
        ("Rules", 2.1),
        ("Id", 3.6),
        ("Note", 2.6),
    ];
    blocks.push(Block::Table(Table { head, rows: rows.collect() }));
}

fn by_day(record: &Record) -> Table {
    let mut days: std::collections::BTreeMap<String, [usize; 3]> = std::collections::BTreeMap::new();
    for row in record.checks() {
        let held = days.entry(row.check.day.to_string()).or_default();
        let at = match row.check.verdict.as_str() {
            "green" => 0,
            "red" => 2,
            _ => 1,
        };
        held[at] += 1;
    }
    let rows = days.into_iter().map(|(day, [green, amber, red])| {
        vec![day, (green + amber + red).to_string(), green.to_string(), amber.to_string(), red.to_string()]
    });
    Table {
        head: vec![("Day", 3.0), ("Checks", 2.0), ("Green", 2.0), ("Amber", 2.0), ("Red", 2.0)],
        rows: rows.collect(),
    }
}

fn clerk(row: &AgeCheckRow) -> String {
    row.check.clerk.map_or_else(|| "-".to_owned(), |pk| pk.to_string())
}

fn standing(record: &Record) -> String {
    match &record.proof {
        Ok((chain, proof)) if proof.ok => format!("{} entries, as they were written", chain.entries),
        Ok((_, proof)) => match proof.broken_at {
            Some(number) => format!("CHANGED at entry {number}"),
            None => format!("{} entries are MISSING at its end", proof.missing),
        },
        Err(error) => format!("could not be checked: {}", error.message),
    }
}

fn proof(record: &Record, hash: &str, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading("Proof".to_owned()));
    blocks.push(Block::Text(format!(
        "Audit log when this was made: {}. Each of its entries carries a keyed mark of the one before it, so that none can be changed, \
         removed or slipped in unseen; the key is not in the file.",
        standing(record)
    )));
    if let Ok((chain, _)) = &record.proof {
        blocks.push(Block::Mark {
            name: format!("Mark of its entry {}, the last", chain.last),
            value: chain.head.clone(),
        });
    }
    blocks.push(Block::Text(
        "The same record as a table has this SHA-256. The making of this record, with that number, is itself an entry of the log: a \
         table that is made again later and has another one shows that something kept of these days was changed."
            .to_owned(),
    ));
    blocks.push(Block::Mark { name: "SHA-256 of the table".to_owned(), value: hash.to_owned() });
}
