//! What a record is made of, as the buffer has it.

use crate::counter::age_goods::coverage;
use crate::counter::age_rules::{Held, held_rules, wall_date};
use crate::dto::{AgeCoverage, ApiError, AuditProof};
use crate::engine::Engine;
use backroom_age::{ProductClass, Rules};
use backroom_core::{BusinessDay, DayRule, Timestamp};
use backroom_store::counter::checks::{AgeCheckRow, Training};
use backroom_store::{AuditEntry, Chain};
use std::collections::{BTreeMap, BTreeSet};

/// Entries of the audit log that are looked at in one go.
const PAGE: u32 = 1_000;
/// Acts that change what holds for ID checks.
const CHANGES: [&str; 2] = ["age.rules", "age.goods"];

/// A minimum age, and where it comes from.
pub(super) struct Asked {
    pub(super) class: ProductClass,
    pub(super) age: u8,
    /// First day; none where it is what holds without a law.
    pub(super) since: Option<String>,
    pub(super) source: String,
    pub(super) scanning: &'static str,
}

/// A version of the rules by which verdicts were made.
pub(super) struct VersionUsed {
    pub(super) verdicts: u64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

/// Everything that a record tells.
pub(super) struct Record {
    pub(super) shop: String,
    /// Whether all of it is invented.
    pub(super) demo: bool,
    pub(super) from: BusinessDay,
    pub(super) to: BusinessDay,
    pub(super) made_at: Timestamp,
    pub(super) made_by: String,
    pub(super) state: Option<String>,
    pub(super) rule: DayRule,
    /// Verdicts and tests of the scanner, oldest first.
    rows: Vec<AgeCheckRow>,
    /// Names of the people by their numbers.
    pub(super) people: BTreeMap<i64, String>,
    /// Oldest first.
    pub(super) trainings: Vec<Training>,
    pub(super) asked: Vec<Asked>,
    pub(super) card_under: (u8, String),
    pub(super) kept_of_card: String,
    pub(super) rules_version: String,
    pub(super) versions: BTreeMap<String, VersionUsed>,
    /// Changes of the rules within the days, oldest first.
    pub(super) changes: Vec<AuditEntry>,
    pub(super) coverage: AgeCoverage,
    pub(super) proof: Result<(Chain, AuditProof), ApiError>,
}

impl Record {
    pub(super) fn of(
        engine: &Engine,
        from: BusinessDay,
        to: BusinessDay,
        proof: Result<(Chain, AuditProof), ApiError>,
        made_by: String,
    ) -> Result<Self, ApiError> {
        let (store, Held { kept, rules }) = (engine.store(), held_rules(engine)?);
        let (made_at, rule) = (store.clock().now(), store.rule());
        let mut rows = store.age_checks(from, to, u32::MAX)?;
        rows.reverse();
        let mut versions: BTreeMap<String, VersionUsed> = BTreeMap::new();
        for row in rows.iter().filter(|row| !row.check.self_test) {
            let used = versions.entry(row.check.rules_version.clone()).or_insert(VersionUsed {
                verdicts: 0,
                first: row.at,
                last: row.at,
            });
            used.verdicts += 1;
            (used.first, used.last) = (used.first.min(row.at), used.last.max(row.at));
        }
        let mut trainings = store.trainings()?;
        trainings.retain(|t| t.day <= to);
        trainings.reverse();
        let changes = changes(engine, rule.starts_at(from), rule.ends_at(to))?;
        let fingerprints = rules.fingerprint_days(kept.state);
        let kept_of_card = match fingerprints.value {
            Some(days) => format!("A keyed hash for {days} days. {}", fingerprints.source),
            None => format!("Nothing. {}", fingerprints.source),
        };
        let under = rules.card_under();
        Ok(Self {
            demo: engine.inner.demo,
            shop: crate::reads::app_state(engine, crate::commands::Nothing {})?.shop_name,
            from,
            to,
            made_at,
            made_by,
            state: kept.state.map(|s| s.code().to_owned()),
            asked: asked(&rules, &kept, wall_date(engine, made_at)),
            card_under: (under.value, under.source),
            kept_of_card,
            rules_version: rules.version(),
            rule,
            rows,
            people: store.operators()?.into_iter().map(|person| (person.pk, person.name)).collect(),
            trainings,
            versions,
            changes,
            coverage: coverage(engine, from, to)?,
            proof,
        })
    }

    /// Verdicts without those of the test card, oldest first.
    pub(super) fn checks(&self) -> impl Iterator<Item = &AgeCheckRow> {
        self.rows.iter().filter(|row| !row.check.self_test)
    }

    /// Tests of the scanner, oldest first.
    pub(super) fn self_tests(&self) -> impl Iterator<Item = &AgeCheckRow> {
        self.rows.iter().filter(|row| row.check.self_test)
    }

    /// Verdicts of a colour.
    pub(super) fn of_colour(&self, colour: &str) -> usize {
        self.checks().filter(|row| row.check.verdict == colour).count()
    }

    /// Days with checks, and of these the days on which the scanner was tested.
    pub(super) fn days(&self) -> (usize, usize) {
        let days: BTreeSet<i32> = self.checks().map(|row| row.check.day.number()).collect();
        let tested: BTreeSet<i32> = self.self_tests().map(|row| row.check.day.number()).collect();
        (days.len(), days.intersection(&tested).count())
    }

    /// Checks by clerk: all, and those on days on which a training of that clerk was in force. None: nobody was signed in.
    pub(super) fn clerks(&self) -> BTreeMap<Option<i64>, (u64, u64)> {
        let mut clerks = BTreeMap::new();
        for row in self.checks() {
            let held: &mut (u64, u64) = clerks.entry(row.check.clerk).or_default();
            held.0 += 1;
            held.1 += u64::from(row.check.clerk.is_some_and(|clerk| self.trained(clerk, row.check.day)));
        }
        clerks
    }

    fn trained(&self, clerk: i64, day: BusinessDay) -> bool {
        let counts = |t: &&Training| t.operator == clerk && t.day <= day && t.expires.is_none_or(|end| day < end);
        self.trainings.iter().any(|t| counts(&t))
    }

    /// A point in time as the shop's wall shows it.
    pub(super) fn wall(&self, at: Timestamp) -> String {
        self.rule.wall_clock(at).format("%Y-%m-%d %H:%M:%S").to_string()
    }
}

fn asked(rules: &Rules, kept: &crate::counter::age_rules::Kept, date: chrono::NaiveDate) -> Vec<Asked> {
    let of = |class| {
        let age = rules.minimum_age(class, kept.state, date);
        Asked {
            class,
            age: age.value,
            since: age.from.map(|day| day.to_string()),
            source: age.source,
            scanning: crate::counter::age_rules::scanning_word(rules.scanning(class, kept.state).value),
        }
    };
    ProductClass::ALL.into_iter().map(of).collect()
}

/// What was changed about ID checks in a span of time, oldest first.
fn changes(engine: &Engine, from: Timestamp, until: Timestamp) -> Result<Vec<AuditEntry>, ApiError> {
    let (mut found, mut before) = (Vec::new(), 0);
    loop {
        let page = engine.store().audit_entries(before, PAGE)?;
        let Some(last) = page.last() else { break };
        before = last.number;
        // By number, not by time alone: a clock that was set back makes no entry the last one that counts.
        let done = page.iter().all(|entry| entry.at < from);
        found.extend(page.into_iter().filter(|e| CHANGES.contains(&e.action.as_str()) && e.at >= from && e.at < until));
        if done || before <= 1 {
            break;
        }
    }
    found.reverse();
    Ok(found)
}
