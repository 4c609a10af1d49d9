//! ID checks: from the text of a scan to a verdict, and what may be kept of it.
//!
//! Invariant: what a card says is in the request and in the answer, and nowhere else. It is not part of any error, log, event or stored
//! row; the log of commands takes no argument of these. What is kept is the verdict, and a keyed hash only where law and owner allow it.

use crate::commands::Nothing;
use crate::counter::age_goods::coverage;
use crate::counter::age_rules::{Held, class, held_rules, state, wall_date};
use crate::counter::{day, today};
use crate::dto::{
    AgeCheckLine, AgeCount, AgeManual, AgeRange, AgeScan, AgeSign, AgeStatistics, AgeVerdict, ApiError, BanDraft,
    BanId, BanLine, EnterPin, TestCard, TrainingDraft, TrainingLine,
};
use crate::engine::{Engine, held};
use crate::people;
use backroom_age::{
    Ask, Colour, Document, Fingerprint, FingerprintKey, Jurisdiction, Method, Reason, Typed, Verdict, judge,
    judge_typed, judge_unreadable, read, sample,
};
use backroom_core::{BusinessDay, Timestamp};
use backroom_store::counter::checks::{AgeCheckCount, NewAgeCheck};
use std::collections::BTreeMap;
use std::time::Instant;
use zeroize::Zeroizing;

/// The longest scan, in bytes: a card has a few hundred.
const LONGEST_SCAN: usize = 16 * 1024;
/// The longest reason that a person writes.
const LONGEST_REASON: usize = 200;
/// The most digits in it: a date fits, a number of a card does not.
const MOST_DIGITS: usize = 4;
/// A clock that is corrected by so much was not set back, in seconds.
const CLOCK_SLACK_SECONDS: i64 = 600;
/// The longest range of statistics, in days.
const LONGEST_RANGE: i32 = 1_100;
const MOST_LINES: u32 = 1_000;
const BAN_KEY: &str = "age/ban";
const SEEN_KEY: &str = "age/seen";
const DAY_SECONDS: i64 = 86_400;

/// What a person wrote, as far as it is words: a scan that landed in a field, or a number of a card, must not be kept.
fn words(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let scanned = text.chars().any(char::is_control)
        || text.starts_with(['@', '%'])
        || text.to_ascii_uppercase().contains("ANSI ");
    if scanned || digits > MOST_DIGITS || text.chars().count() > LONGEST_REASON {
        return Err(ApiError::new(
            "AGE_WORDS",
            "That is no reason in words. Nothing of it was kept.",
            "Write a few words without numbers of cards, two hundred letters at most.",
        ));
    }
    Ok(text.to_owned())
}

/// A verdict is as good as its date: none is given by a clock that has gone back behind what was written down.
fn clock_stands(engine: &Engine) -> Result<(), ApiError> {
    let newest = engine.store().audit_entries(0, 1)?.into_iter().next();
    let now = engine.store().clock().now();
    match newest {
        Some(entry) if entry.at > now.plus_seconds(CLOCK_SLACK_SECONDS) => Err(ApiError::new(
            "AGE_CLOCK",
            "This computer's clock was set back: no age can be told by it.",
            "Look at the card yourself. Set the date and time of this computer, then scan again.",
        )),
        _ => Ok(()),
    }
}

/// Who repeats what, and why.
fn repeats(engine: &Engine, id: Option<String>, reason: Option<String>) -> Result<Option<(String, String)>, ApiError> {
    let Some(id) = id else { return Ok(None) };
    let reason = words(&reason.unwrap_or_default())?;
    if reason.is_empty() {
        return Err(ApiError::new("AGE_REASON", "A check is repeated for a reason.", "Say why, then scan again."));
    }
    if engine.store().age_check(&id)?.is_none() {
        return Err(ApiError::bad_request("There is no such check to repeat."));
    }
    Ok(Some((id, reason)))
}

pub(crate) async fn age_check(engine: &Engine, asked: AgeScan) -> Result<AgeVerdict, ApiError> {
    let started = Instant::now();
    let text = Zeroizing::new(asked.scan);
    let Held { kept, rules } = held_rules(engine)?;
    let dry = asked.dry_run.unwrap_or(false);
    let at = match asked.at.as_deref() {
        Some(text) => {
            Timestamp::parse(text).map_err(|_| ApiError::bad_request("A time is written like 2026-11-20T18:00:00Z."))?
        }
        None => engine.store().clock().now(),
    };
    let place = asked.state.as_deref().map(state).transpose()?.or(kept.state);
    // Another time or law than the shop's own is for trying things out, or for whoever owns this PC.
    let own = asked.at.is_none() && (asked.state.is_none() || place == kept.state);
    if !own && !dry && !held(&engine.inner.presence).is_trusted() {
        return Err(ApiError::bad_request(
            "A check that is kept is of now and by the law of the shop. For another time or state make a dry run.",
        ));
    }
    if own {
        clock_stands(engine)?;
    }
    let class = class(asked.product_class.as_deref())?;
    let resubmits = repeats(engine, asked.resubmits, asked.resubmit_reason)?;
    let ask = |banned, passed_back| Ask {
        class,
        state: place,
        date: wall_date(engine, at),
        rules: &rules,
        banned,
        passed_back,
    };
    // What is far longer than a card is not even looked at.
    let readable = if text.len() > LONGEST_SCAN { "" } else { text.as_str() };
    let verdict = match read(readable) {
        Ok(card) => {
            let days = rules.fingerprint_days(place).value;
            let (banned, back) = match days {
                Some(days) if !card.is_self_test() => {
                    known(engine, &card, days, rules.own().pass_back_minutes, dry || !own).await?
                }
                _ => (false, false),
            };
            judge(&card, &ask(banned, back))
        }
        Err(why) => judge_unreadable(why, &ask(false, false)),
    };
    let took = i64::try_from(started.elapsed().as_millis()).ok();
    keep(engine, verdict, place, Extra { at, own, dry, resubmits, second: None, took }).await
}

/// Whether a card is on the shop's list, and whether it was here a short time ago.
async fn known(
    engine: &Engine,
    card: &backroom_age::Card,
    days: u16,
    minutes: u16,
    dry: bool,
) -> Result<(bool, bool), ApiError> {
    let at = engine.store().clock().now();
    let (ban, seen) = keys(engine, days, at).await?;
    let Some(on_list) = Fingerprint::of(card, &ban) else { return Ok((false, false)) };
    let banned = engine.store().banned(on_list.bytes(), engine.store().rule().day_of(at))?.is_some();
    let Some(fresh) = Fingerprint::of(card, &seen) else { return Ok((banned, false)) };
    let back = engine.store().card_seen_since(fresh.bytes(), at.plus_seconds(-i64::from(minutes) * 60))?;
    if !dry {
        engine.store().saw_card(*fresh.bytes(), at.plus_days(-i64::from(days))).await?;
    }
    Ok((banned, back))
}

/// The key of the list, and the one of cards seen lately: that one is another after so many days, and what it made says nothing then.
async fn keys(engine: &Engine, days: u16, at: Timestamp) -> Result<(FingerprintKey, FingerprintKey), ApiError> {
    let ban = engine.kept_key(BAN_KEY).await?;
    let root = Zeroizing::new(engine.kept_key(SEEN_KEY).await?);
    let span = at.micros().div_euclid(1_000_000 * DAY_SECONDS * i64::from(days.max(1)));
    let seen = blake3::keyed_hash(&root, &span.to_le_bytes());
    Ok((FingerprintKey::new(ban), FingerprintKey::new(*seen.as_bytes())))
}

pub(crate) async fn age_manual(engine: &Engine, asked: AgeManual) -> Result<AgeVerdict, ApiError> {
    let Held { kept, rules } = held_rules(engine)?;
    let dry = asked.dry_run.unwrap_or(false);
    let class = class(asked.product_class.as_deref())?;
    let document = match asked.document.as_str() {
        "driver_license" => Document::DriverLicense,
        "state_id" => Document::StateId,
        "passport" => Document::Passport,
        "military_id" => Document::MilitaryId,
        "other" => Document::Other,
        _ => return Err(ApiError::bad_request("There is no such kind of document.")),
    };
    let birth = day(&asked.birth)?.date();
    let expires = asked.expires.as_deref().map(day).transpose()?.map(BusinessDay::date);
    let resubmits = repeats(engine, asked.resubmits, asked.resubmit_reason)?;
    clock_stands(engine)?;
    let second = second_person(engine, asked.second, asked.pin).await?;
    let at = engine.store().clock().now();
    let date = wall_date(engine, at);
    let ask = Ask { class, state: kept.state, date, rules: &rules, banned: false, passed_back: false };
    let verdict = judge_typed(&Typed::new(document, birth, expires), &ask);
    keep(engine, verdict, kept.state, Extra { at, own: true, dry, resubmits, second, took: None }).await
}

/// Whoever types a document is not alone: another person looked at it too. A shop without PINs has nobody to ask for.
async fn second_person(engine: &Engine, id: Option<i64>, pin: Option<String>) -> Result<Option<i64>, ApiError> {
    let people = engine.store().operators()?;
    if people.is_empty() {
        return Ok(None);
    }
    let (Some(id), Some(pin)) = (id, pin) else {
        return Err(ApiError::new(
            "AGE_SECOND",
            "A document that is typed needs a second person.",
            "Somebody else looks at it too and enters a PIN.",
        ));
    };
    if people.len() > 1 && engine.at_work_id() == Some(id) {
        return Err(ApiError::new("AGE_SECOND_SAME", "The second person is somebody else.", "Ask a colleague."));
    }
    people::prove(engine, EnterPin { id, pin }).await.map(|person| Some(person.pk))
}

/// What comes with a verdict.
struct Extra {
    at: Timestamp,
    /// Whether it is of now and by the law of the shop.
    own: bool,
    dry: bool,
    resubmits: Option<(String, String)>,
    second: Option<i64>,
    took: Option<i64>,
}

async fn keep(
    engine: &Engine,
    verdict: Verdict,
    place: Option<Jurisdiction>,
    extra: Extra,
) -> Result<AgeVerdict, ApiError> {
    let kept = verdict.kept();
    let (colour, method) = (colour(kept.verdict), method(kept.method));
    let id = if extra.dry {
        None
    } else {
        let rule = engine.store().rule();
        let check = NewAgeCheck {
            day: rule.day_of(extra.at),
            hour: rule.wall_hour(extra.at),
            verdict: colour.to_owned(),
            reason: kept.reason.to_owned(),
            method: method.to_owned(),
            product_class: kept.class.code().to_owned(),
            state: place.map(|s| s.code().to_owned()),
            rules_version: if extra.own {
                kept.rules
            } else {
                format!("{} as of {}", kept.rules, extra.at.to_rfc3339())
            },
            clerk: engine.at_work_id(),
            second: extra.second,
            location: None,
            took_ms: extra.took,
            resubmits: extra.resubmits,
            self_test: verdict.reason == Reason::SelfTest,
        };
        let id = engine.store().keep_age_check(check).await?;
        engine.changed(&["age", "sync"]);
        Some(id)
    };
    let signs =
        verdict.signals.iter().map(|s| AgeSign { code: s.code().to_owned(), sentence: s.sentence().to_owned() });
    Ok(AgeVerdict {
        id,
        verdict: colour.to_owned(),
        reason: kept.reason.to_owned(),
        sentence: verdict.reason.sentence(),
        method: method.to_owned(),
        product_class: verdict.class.code().to_owned(),
        minimum_age: verdict.minimum_age,
        source: verdict.source.clone(),
        age_years: verdict.age_years,
        expires: verdict.expires.map(|d| d.to_string()),
        days_to_expiry: verdict.days_to_expiry,
        signals: signs.collect(),
        rules_version: verdict.rules.clone(),
    })
}

const fn colour(colour: Colour) -> &'static str {
    match colour {
        Colour::Green => "green",
        Colour::Red => "red",
        Colour::Amber => "amber",
    }
}

const fn method(method: Method) -> &'static str {
    match method {
        Method::Scan => "scan",
        Method::Manual => "manual",
    }
}

/// The range that was asked for; today where nothing was.
pub(crate) fn range(engine: &Engine, asked: &AgeRange) -> Result<(BusinessDay, BusinessDay), ApiError> {
    let to = asked.to.as_deref().map(day).transpose()?.unwrap_or_else(|| today(engine));
    let from = asked.from.as_deref().map(day).transpose()?.unwrap_or(to);
    if from > to || to.number().saturating_sub(from.number()) > LONGEST_RANGE {
        return Err(ApiError::bad_request("Ask for three years or fewer, the first day first."));
    }
    Ok((from, to))
}

pub(crate) fn age_checks(engine: &Engine, asked: AgeRange) -> Result<Vec<AgeCheckLine>, ApiError> {
    let (from, to) = range(engine, &asked)?;
    let rows = engine.store().age_checks(from, to, MOST_LINES)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (resubmits, resubmit_reason) = row.check.resubmits.unzip();
            AgeCheckLine {
                id: row.id,
                at: row.at.to_rfc3339(),
                verdict: row.check.verdict,
                reason: row.check.reason,
                method: row.check.method,
                product_class: row.check.product_class,
                rules_version: row.check.rules_version,
                clerk: row.check.clerk,
                resubmits,
                resubmit_reason,
            }
        })
        .collect())
}

/// Adds up counts by a name.
fn by(counts: &[AgeCheckCount], name: impl Fn(&AgeCheckCount) -> String) -> Vec<AgeCount> {
    let mut found: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for count in counts {
        let held = found.entry(name(count)).or_default();
        held.0 += count.count;
        held.1 += if count.verdict == "red" { count.count } else { 0 };
    }
    found.into_iter().map(|(name, (checks, refused))| AgeCount { name, checks, refused }).collect()
}

pub(crate) fn age_statistics(engine: &Engine, asked: AgeRange) -> Result<AgeStatistics, ApiError> {
    let (from, to) = range(engine, &asked)?;
    let all = engine.store().age_check_counts(from, to)?;
    let (tests, counts): (Vec<_>, Vec<_>) = all.into_iter().partition(|c| c.self_test);
    let of = |verdict: &str| counts.iter().filter(|c| c.verdict == verdict).map(|c| c.count).sum::<u64>();
    let (sum, measured) = counts.iter().fold((0i64, 0u64), |(s, n), c| (s.saturating_add(c.took.0), n + c.took.1));
    let people = engine.store().operators()?;
    let clerk = |count: &AgeCheckCount| match count.clerk {
        Some(pk) => people.iter().find(|p| p.pk == pk).map_or_else(|| format!("No. {pk}"), |p| p.name.clone()),
        None => String::new(),
    };
    Ok(AgeStatistics {
        from: from.to_string(),
        to: to.to_string(),
        checks: counts.iter().map(|c| c.count).sum(),
        green: of("green"),
        amber: of("amber"),
        red: of("red"),
        self_tests: tests.iter().map(|c| c.count).sum(),
        average_ms: u64::try_from(sum).ok().and_then(|sum| sum.checked_div(measured)),
        by_hour: by(&counts, |c| format!("{:02}:00", c.hour)),
        by_reason: by(&counts, |c| c.reason.clone()),
        by_method: by(&counts, |c| c.method.clone()),
        by_clerk: by(&counts, clerk),
        coverage: coverage(engine, from, to)?,
    })
}

pub(crate) async fn ban_card(engine: &Engine, draft: BanDraft) -> Result<Vec<BanLine>, ApiError> {
    let text = Zeroizing::new(draft.scan);
    let Held { kept, rules } = held_rules(engine)?;
    let reason = words(&draft.reason)?;
    if reason.is_empty() {
        return Err(ApiError::new(
            "AGE_REASON",
            "A person is put on the list for a reason.",
            "Say why, then scan again.",
        ));
    }
    let until = draft.until.as_deref().map(day).transpose()?;
    let allowed = rules.fingerprint_days(kept.state);
    let Some(days) = allowed.value else {
        return Err(ApiError::new(
            "AGE_NO_LIST",
            format!("Nothing of a card may be kept here: {}.", allowed.source.trim_end_matches('.')),
            "An owner decides in the settings of ID checks, where the law allows it.",
        ));
    };
    let not_read = || {
        ApiError::new(
            "AGE_UNREADABLE",
            "This card was not read, so it cannot be recognised again.",
            "Scan it once more.",
        )
    };
    let card = if text.len() > LONGEST_SCAN { None } else { read(&text).ok() };
    let card = card.ok_or_else(not_read)?;
    let (key, _) = keys(engine, days, engine.store().clock().now()).await?;
    let hash = Fingerprint::of(&card, &key).ok_or_else(not_read)?;
    engine.store().ban(*hash.bytes(), &reason, until, &engine.at_work()).await?;
    engine
        .log(&engine.at_work(), "age.banned", &format!("until {}", draft.until.as_deref().unwrap_or("lifted")))
        .await?;
    engine.changed(&["age"]);
    bans(engine, Nothing {})
}

pub(crate) fn bans(engine: &Engine, _: Nothing) -> Result<Vec<BanLine>, ApiError> {
    let rows = engine.store().bans()?;
    Ok(rows
        .into_iter()
        .map(|ban| BanLine {
            id: ban.pk,
            reason: ban.reason,
            until: ban.until.map(|d| d.to_string()),
            since: ban.since.to_rfc3339(),
            operator: ban.operator,
        })
        .collect())
}

pub(crate) async fn lift_ban(engine: &Engine, ban: BanId) -> Result<Vec<BanLine>, ApiError> {
    engine.store().lift_ban(ban.id).await?;
    engine.log(&engine.at_work(), "age.ban_lifted", &format!("id {}", ban.id)).await?;
    engine.changed(&["age"]);
    bans(engine, Nothing {})
}

pub(crate) async fn note_training(engine: &Engine, draft: TrainingDraft) -> Result<Vec<TrainingLine>, ApiError> {
    let course = words(&draft.course)?;
    if course.is_empty() {
        return Err(ApiError::bad_request("Say what was taught."));
    }
    let person = engine.store().operators()?.into_iter().find(|p| p.pk == draft.person);
    let person = person.ok_or_else(|| ApiError::bad_request("There is no such person."))?;
    let (on, expires) = (day(&draft.day)?, draft.expires.as_deref().map(day).transpose()?);
    if expires.is_some_and(|e| e <= on) {
        return Err(ApiError::bad_request("It counts from the day of the training on, and ends after it."));
    }
    let operator = engine.at_work();
    engine.store().note_training(person.pk, &course, on, expires, &operator).await?;
    engine.log(&operator, "age.training", &format!("name {}, {course}", person.name)).await?;
    engine.changed(&["age"]);
    trainings(engine, Nothing {})
}

pub(crate) fn trainings(engine: &Engine, _: Nothing) -> Result<Vec<TrainingLine>, ApiError> {
    let today = today(engine);
    let people = engine.store().operators()?;
    let rows = engine.store().trainings()?;
    Ok(rows
        .into_iter()
        .map(|row| TrainingLine {
            person: row.operator,
            name: people.iter().find(|p| p.pk == row.operator).map_or_else(String::new, |p| p.name.clone()),
            course: row.course,
            day: row.day.to_string(),
            expires: row.expires.map(|d| d.to_string()),
            expired: row.expires.is_some_and(|e| e <= today),
        })
        .collect())
}

pub(crate) fn age_test_card(engine: &Engine, _: Nothing) -> Result<TestCard, ApiError> {
    let date = wall_date(engine, engine.store().clock().now());
    Ok(TestCard { text: sample::self_test_card(date) })
}
