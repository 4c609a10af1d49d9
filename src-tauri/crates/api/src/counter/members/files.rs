//! Members from a file and into one. A preview changes nothing; whoever seems to be known already is left out.

use super::person::{Person, Said};
use super::{Record, TAGS, code, tiers, today};
use crate::commands::Nothing;
use crate::dto::{ApiError, MemberFile, MemberImport, MemberImportProblem};
use crate::engine::Engine;
use backroom_core::{BusinessDay, Currency};
use backroom_membership::export;
use backroom_membership::import::{Duplicate, ImportError, Keys, Known, Preview, Row, preview};
use backroom_membership::points::PointsRule;
use backroom_membership::{Command, Ladder, Refusal, decide};
use backroom_store::StoreError;
use backroom_store::counter::members::{KeyKind, MemberChange};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Problems told at most.
const MOST_TOLD: usize = 200;
/// Members written at once: all of them or none.
const AT_ONCE: usize = 200;
/// Members read at once.
const PAGE: u32 = 500;

fn read_file(engine: &Engine, file: &MemberFile, ladder: &Ladder) -> Result<Preview<String>, ApiError> {
    let bytes = BASE64_STANDARD
        .decode(file.data.trim())
        .map_err(|_| ApiError::bad_request("The file is not written as base64."))?;
    let failed = std::cell::RefCell::new(None);
    let member = |keys: &Keys| {
        let each = [(KeyKind::Phone, &keys.phone), (KeyKind::Card, &keys.card), (KeyKind::Email, &keys.email)];
        each.into_iter().find_map(|(kind, key)| match engine.store().find_members(&[(kind, key.clone()?)], 1) {
            Ok(found) => found.into_iter().next().map(|row| row.id),
            Err(error) => {
                failed.borrow_mut().get_or_insert(error);
                None
            }
        })
    };
    let read = preview(&bytes, None, &Known { ladder, member: &member }).map_err(|error| {
        let code = match error {
            ImportError::Empty => "MEMBER_FILE_EMPTY",
            ImportError::TooLarge => "MEMBER_FILE_TOO_LARGE",
            ImportError::NotText => "MEMBER_FILE_NO_CSV",
        };
        ApiError::new(code, error.to_string(), "Nothing was changed.")
    })?;
    if let Some(error) = failed.into_inner() {
        return Err(error.into());
    }
    if read.mapping.0.iter().all(Option::is_none) {
        return Err(ApiError::new(
            "MEMBER_FILE_NO_COLUMNS",
            "No column of this file is anything known of members.",
            "Its first row names the columns, such as name, phone, email, card, tier. Nothing was changed.",
        ));
    }
    Ok(read)
}

/// What holds for every row of a file; read once.
struct Reading {
    ladder: Ladder,
    points: PointsRule,
    currency: Currency,
    on: BusinessDay,
}

impl Reading {
    fn begin(engine: &Engine) -> Result<Self, ApiError> {
        let ladder = tiers::ladder(engine)?;
        let currency = tiers::currency(engine, &ladder)?;
        Ok(Self { ladder, points: tiers::held_rules(engine)?.points, currency, on: today(engine) })
    }
}

/// The change that takes a row in; a refusal where the membership that it brings along cannot be.
fn change(engine: &Engine, row: &Row<String>, reading: &Reading) -> Result<Result<MemberChange, Refusal>, ApiError> {
    let Reading { ladder, points: rule, currency, on } = reading;
    let (currency, on) = (*currency, *on);
    let record = Record::fresh(currency, engine.store().clock().now());
    let draft = &row.draft;
    let said = |consent: &backroom_membership::import::Consent| Said {
        given: true,
        on: consent.on.to_string(),
        source: consent.source.clone(),
    };
    let person = Person {
        name: draft.name.clone(),
        phone: draft.phone.clone(),
        email: draft.email.clone(),
        card: draft.card.clone(),
        external: draft.external_id.clone(),
        consents: draft.consent.iter().map(said).collect(),
        links: Vec::new(),
    };
    let tier = draft.tier.as_ref().and_then(|id| ladder.tier(id));
    let events = match (tier, draft.paid_through) {
        (Some(tier), Some(paid_through)) => {
            let joined_on = draft.joined_on.unwrap_or_else(|| on.min(paid_through));
            match decide(&record.left, &Command::Import { terms: tier.terms(), joined_on, paid_through }, on) {
                Ok(events) => events,
                // The person comes along without what was over there.
                Err(Refusal::AlreadyLapsed { .. }) => Vec::new(),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        _ => Vec::new(),
    };
    let entries = match draft.points.filter(|points| *points > 0) {
        // The record has no id yet: a ledger begins with this entry alone.
        Some(points) => vec![record.points.adjust(rule, "import", on, points, "import")?],
        None => Vec::new(),
    };
    let personal = person.sealed_after(&record.person, false)?;
    Ok(Ok(record.change(engine, events, &entries, Some(personal))?))
}

fn told(read: &Preview<String>, refused: &[(u64, Refusal)], imported: u32) -> MemberImport {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let counts = read.counts();
    let line = |line: u64| i64::try_from(line).unwrap_or(i64::MAX);
    let problems = read.rows.iter().flat_map(|row| {
        let faults = row.problems.iter().map(|problem| (code(problem), None));
        let duplicate = row.duplicate.iter().map(|duplicate| match duplicate {
            Duplicate::Line { .. } => ("same_as_line".to_owned(), None),
            Duplicate::Member { member } => ("same_as_member".to_owned(), Some(member.clone())),
        });
        let refusals = refused.iter().filter(|(at, _)| *at == row.line).map(|(_, why)| (why.code().to_owned(), None));
        faults.chain(duplicate).chain(refusals).map(|(code, member)| (row.line, code, member)).collect::<Vec<_>>()
    });
    let columns = read.header.iter().zip(&read.mapping.0).map(|(name, field)| match field {
        Some(field) => format!("{name}: {}", code(field)),
        None => format!("{name}: left out"),
    });
    MemberImport {
        rows: count(counts.rows),
        new: count(counts.new - refused.len()),
        duplicates: count(counts.duplicates),
        faulty: count(counts.faulty + refused.len()),
        imported,
        columns: columns.collect(),
        problems: problems
            .take(MOST_TOLD)
            .map(|(at, code, member)| MemberImportProblem { line: line(at), code, member })
            .collect(),
    }
}

/// Rows whose membership cannot be brought along, by their lines.
type Refused = Vec<(u64, Refusal)>;

/// The changes that a file makes, and the rows that are refused.
fn worked(
    engine: &Engine,
    read: &Preview<String>,
    reading: &Reading,
) -> Result<(Vec<MemberChange>, Refused), ApiError> {
    let (mut changes, mut refused) = (Vec::new(), Vec::new());
    for row in read.rows.iter().filter(|row| row.is_fine() && row.duplicate.is_none()) {
        match change(engine, row, reading)? {
            Ok(change) => changes.push(change),
            Err(refusal) => refused.push((row.line, refusal)),
        }
    }
    Ok((changes, refused))
}

pub(crate) fn member_import(engine: &Engine, file: MemberFile) -> Result<MemberImport, ApiError> {
    let reading = Reading::begin(engine)?;
    let read = read_file(engine, &file, &reading.ladder)?;
    let (_, refused) = worked(engine, &read, &reading)?;
    Ok(told(&read, &refused, 0))
}

pub(crate) async fn import_members(engine: &Engine, file: MemberFile) -> Result<MemberImport, ApiError> {
    let own = engine.clone();
    let work = move || {
        let reading = Reading::begin(&own)?;
        let read = read_file(&own, &file, &reading.ladder)?;
        let (changes, refused) = worked(&own, &read, &reading)?;
        Ok::<_, ApiError>((read, changes, refused))
    };
    let (read, mut changes, refused) = tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ApiError::new("INTERNAL", "The file could not be read.", "Try again."))??;
    let mut imported = 0u32;
    // What was written stays where a later part fails: the same file again leaves out whoever is known by then.
    while !changes.is_empty() {
        let rest = changes.split_off(changes.len().min(AT_ONCE));
        let part = std::mem::replace(&mut changes, rest);
        let made = match engine.store().change_members(part).await {
            Err(StoreError::KeyTaken(_)) => {
                engine.changed(&TAGS);
                return Err(joined_meanwhile(imported));
            }
            made => made?,
        };
        imported = imported.saturating_add(u32::try_from(made.len()).unwrap_or(u32::MAX));
    }
    engine.changed(&TAGS);
    engine.log(&engine.at_work(), "member.imported", &format!("rows {imported}")).await?;
    Ok(told(&read, &refused, imported))
}

/// Somebody of the file was added at the counter while it was read.
fn joined_meanwhile(imported: u32) -> ApiError {
    ApiError::new(
        "MEMBER_CHANGED_MEANWHILE",
        format!("Somebody of this file was added meanwhile. {imported} members were taken in before that."),
        "Choose the file again: whoever is known by now is left out.",
    )
}

/// All members as a table. It says who they are, so it is an owner's, and the log says that it was made.
pub(crate) async fn export_members(engine: &Engine, _: Nothing) -> Result<String, ApiError> {
    let own = engine.clone();
    let (text, rows) = tokio::task::spawn_blocking(move || table(&own))
        .await
        .map_err(|_| ApiError::new("INTERNAL", "The table could not be made.", "Try again."))??;
    engine.log(&engine.at_work(), "member.exported", &format!("rows {rows}")).await?;
    Ok(text)
}

fn table(engine: &Engine) -> Result<(String, usize), ApiError> {
    let (ladder, on) = (tiers::ladder(engine)?, today(engine));
    let header = [
        "member_id",
        "name",
        "phone",
        "email",
        "card",
        "status",
        "tier",
        "joined",
        "renews_on",
        "points",
        "consent",
        "consent_on",
        "consent_source",
    ];
    let (mut rows, mut skip) = (Vec::new(), 0u32);
    loop {
        let page = engine.store().members(None, skip, PAGE)?;
        skip = skip.saturating_add(PAGE);
        let last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        for row in page {
            let record = Record::of(engine, row)?;
            let now = record.settled(on);
            let person = &record.person;
            let tier = now.terms().and_then(|terms| ladder.tier(&terms.tier)).map(|tier| tier.name.clone());
            let consent = person.consents.last().filter(|said| said.given);
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            rows.push(vec![
                record.row.id.clone(),
                text(&person.name),
                text(&person.phone),
                text(&person.email),
                text(&person.card),
                code(&now.standing(on)),
                tier.unwrap_or_default(),
                now.first_joined_on().map(|day| day.to_string()).unwrap_or_default(),
                now.live().map(|live| live.ends_on().to_string()).unwrap_or_default(),
                record.points.balance(on).to_string(),
                consent.map_or("no", |_| "yes").to_owned(),
                consent.map(|said| said.on.clone()).unwrap_or_default(),
                consent.map(|said| said.source.clone()).unwrap_or_default(),
            ]);
        }
        if last {
            break;
        }
    }
    let count = rows.len();
    let broken = || ApiError::new("INTERNAL", "The table could not be made.", "Try again.");
    let bytes = export::csv(&header, rows).map_err(|_| broken())?;
    Ok((String::from_utf8(bytes).map_err(|_| broken())?, count))
}
