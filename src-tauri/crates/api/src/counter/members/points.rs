//! Points of a member: given, spent, corrected, taken back with a sale that was given back.

use super::{Record, tiers, today, write};
use crate::dto::{ApiError, MemberPointLine, MemberPoints, MemberPointsAct, MemberRef};
use crate::engine::Engine;
use backroom_core::BusinessDay;
use backroom_membership::points::{Entry, EntryKind, Points, Refund};
use backroom_store::Role;

const LONGEST: usize = 100;
/// Days back in which a sale is looked for on which points are earned.
const DAYS_OF_SALES: i64 = 7;
/// Days ahead for which points that go are told.
const SOON: i32 = 30;

/// What a member earns of everybody's points, in percent.
pub(super) fn percent(engine: &Engine, record: &Record, on: BusinessDay) -> Result<u16, ApiError> {
    let now = record.settled(on);
    if !now.standing(on).has_benefits() {
        return Ok(100);
    }
    let ladder = tiers::ladder(engine)?;
    Ok(now.terms().and_then(|terms| ladder.tier(&terms.tier)).map_or(100, backroom_membership::Tier::points_percent))
}

fn short(text: Option<&String>, what: &str) -> Result<String, ApiError> {
    let text = text.map(|text| text.trim()).filter(|text| !text.is_empty() && text.chars().count() <= LONGEST);
    text.map(str::to_owned).ok_or_else(|| ApiError::bad_request(format!("Give {what}, in a few words.")))
}

fn number(number: Option<i64>, what: &str) -> Result<i64, ApiError> {
    let fits = number.filter(|number| number.unsigned_abs() <= 1_000_000_000);
    fits.ok_or_else(|| ApiError::bad_request(format!("Say {what}.")))
}

/// The sale on which points are earned, and the amount before tax. Without a sale that has come in, only a manager gives points: a
/// number is made up quickly.
fn earned_on(engine: &Engine, act: &MemberPointsAct, record: &Record) -> Result<(String, i64), ApiError> {
    let sale = short(act.sale.as_ref(), "the sale")?;
    let known = engine.store().sale_named(&sale, engine.store().clock().now().plus_days(-DAYS_OF_SALES))?;
    let known = known.filter(|known| known.currency == record.row.state.currency);
    let says = |message: &str| {
        let message = message.to_owned();
        engine.may(Some(Role::Manager)).map_err(|refused| ApiError { message, ..refused })
    };
    match (known, act.amount_minor) {
        (Some(known), None) => Ok((known.id, known.before_tax)),
        (Some(known), Some(amount)) => {
            if amount > known.before_tax {
                says("This sale was smaller. A manager may give points for more.")?;
            }
            Ok((known.id, number(Some(amount), "on how much points are earned")?))
        }
        (None, amount) => {
            says("No sale of this number has come in within the last 7 days. A manager may give points for it.")?;
            Ok((sale, number(amount, "on how much points are earned")?))
        }
    }
}

/// The entries that an act makes, after those for points whose day has come.
fn decided(engine: &Engine, act: &MemberPointsAct, record: &Record) -> Result<Vec<Entry>, ApiError> {
    let (on, rule) = (today(engine), tiers::held_rules(engine)?.points);
    let counter = std::cell::Cell::new(0);
    let next = || {
        counter.set(counter.get() + 1);
        record.entry_id(counter.get() - 1)
    };
    let mut entries = record.points.expire(on, |_| next());
    let mut points: Points = record.points.clone();
    for entry in &entries {
        points.apply(entry)?;
    }
    let sale = || short(act.sale.as_ref(), "the sale");
    match act.action.as_str() {
        "earn" => {
            let (sale, basis) = earned_on(engine, act, record)?;
            let percent = percent(engine, record, on)?;
            entries.push(points.earn(&rule, &next(), on, &sale, (basis, percent))?);
        }
        "redeem" => {
            entries.push(points.redeem(&rule, &next(), on, &sale()?, number(act.points, "how many points")?)?);
        }
        "adjust" => {
            engine.may(Some(Role::Manager))?;
            let (many, reason) = (number(act.points, "how many points")?, short(act.reason.as_ref(), "the reason")?);
            entries.push(points.adjust(&rule, &next(), on, many, &reason)?);
        }
        "reverse" => {
            // Points that were spent come back with it.
            engine.may(Some(Role::Manager))?;
            let refund = act.amount_minor.map_or(Refund::Whole, Refund::Part);
            // Which of the two are made is not known before: a number of its own for each would skip one, and be given twice.
            let id = next();
            entries.extend(points.reverse(&rule, (&id, &format!("{id}r")), on, &sale()?, refund)?);
        }
        _ => return Err(ApiError::bad_request("Points are earned, redeemed, adjusted or reversed.")),
    }
    Ok(entries)
}

pub(crate) async fn change_points(engine: &Engine, act: MemberPointsAct) -> Result<MemberPoints, ApiError> {
    let record = Record::read(engine, &act.id)?;
    record.still_here()?;
    let entries = decided(engine, &act, &record)?;
    let change = record.change(engine, record.by_time(today(engine)), &entries, None)?;
    let kind = match act.action.as_str() {
        "earn" => "earned",
        "redeem" => "redeemed",
        "adjust" => "adjusted",
        _ => "reversed",
    };
    let sum: i64 = entries.iter().map(|entry| signed(&entry.kind)).sum();
    let id = write(engine, change, &format!("member.points_{kind}"), &format!("points {sum}")).await?;
    member_points(engine, MemberRef { id })
}

/// What an entry does to the balance.
fn signed(kind: &EntryKind) -> i64 {
    match kind {
        EntryKind::Earn { points, .. } | EntryKind::Adjust { points, .. } | EntryKind::GiveBack { points, .. } => {
            *points
        }
        EntryKind::Redeem { points, .. } | EntryKind::Expire { points, .. } | EntryKind::TakeBack { points, .. } => {
            -*points
        }
    }
}

pub(crate) fn member_points(engine: &Engine, asked: MemberRef) -> Result<MemberPoints, ApiError> {
    let record = Record::read(engine, &asked.id)?;
    let (on, rule) = (today(engine), tiers::held_rules(engine)?.points);
    let expiring = record.points.expiring(on, on.plus(SOON));
    let line = |entry: &Entry| {
        let (kind, sale) = match &entry.kind {
            EntryKind::Earn { sale, .. } => ("earn", Some(sale)),
            EntryKind::Redeem { sale, .. } => ("redeem", Some(sale)),
            EntryKind::TakeBack { sale, .. } => ("take_back", Some(sale)),
            EntryKind::GiveBack { sale, .. } => ("give_back", Some(sale)),
            EntryKind::Expire { .. } => ("expire", None),
            EntryKind::Adjust { .. } => ("adjust", None),
        };
        let points = signed(&entry.kind);
        MemberPointLine { day: entry.on.to_string(), kind: kind.to_owned(), points, sale: sale.cloned() }
    };
    Ok(MemberPoints {
        balance: record.points.balance(on),
        worth_minor: record.points.liability(on, &rule),
        currency: record.row.state.currency.clone(),
        expiring: expiring.map_or(0, |(_, points)| points),
        expire_on: expiring.map(|(day, _)| day.to_string()),
        entries: record.entries.iter().map(line).collect(),
    })
}
