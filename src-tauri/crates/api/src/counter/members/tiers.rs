//! Tiers, and what holds for all members: kept as the owner set them, shown as they hold.

use super::{TAGS, choice, code, damaged, today};
use crate::commands::Nothing;
use crate::counter::day;
use crate::dto::{ApiError, MemberRef, MemberRules, MemberTier, MemberTierDiscount};
use crate::engine::Engine;
use backroom_core::{BusinessDay, Currency};
use backroom_membership::counter::House;
use backroom_membership::find::fold;
use backroom_membership::points::PointsRule;
use backroom_membership::{Allowances, Benefit, DiscountRule, Ladder, Period, Scope, Stacking, Tier, TierId};
use backroom_store::report;
use serde::{Deserialize, Serialize};

/// Note of what holds for all members.
const NOTE: &str = "member_rules";
const MOST_TIERS: usize = 50;
const MOST_ROWS: usize = 100;
const LONGEST: usize = 200;

/// What holds for all members.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Rules {
    pub(super) points: PointsRule,
    pub(super) house: House,
}

impl Default for Rules {
    /// A point for each whole unit of a currency with two decimals; a hundred are worth one such unit, for a year.
    fn default() -> Self {
        let points = PointsRule {
            earn_points: 1,
            earn_minor: 100,
            worth_points: 100,
            worth_minor: 100,
            least_redeemed: 100,
            lasts: Some(Period::Year),
        };
        Self { points, house: House::default() }
    }
}

pub(super) fn held_rules(engine: &Engine) -> Result<Rules, ApiError> {
    match engine.store().note(NOTE)? {
        Some(text) => serde_json::from_str(&text).map_err(|_| damaged()),
        None => Ok(Rules::default()),
    }
}

/// Keeps what holds for all members.
pub(super) async fn keep_rules(engine: &Engine, rules: &Rules) -> Result<(), ApiError> {
    let text = serde_json::to_string(rules).map_err(|_| damaged())?;
    Ok(engine.store().set_note(NOTE, &text).await?)
}

fn rules_told(rules: &Rules) -> MemberRules {
    MemberRules {
        earn_points: rules.points.earn_points,
        earn_minor: rules.points.earn_minor,
        worth_points: rules.points.worth_points,
        worth_minor: rules.points.worth_minor,
        least_redeemed: rules.points.least_redeemed,
        points_last: rules.points.lasts.map(period_told),
        margin_floor: rules.house.margin_floor,
        unknown_cost: code(&rules.house.unknown_cost),
    }
}

pub(crate) fn member_rules(engine: &Engine, _: Nothing) -> Result<MemberRules, ApiError> {
    Ok(rules_told(&held_rules(engine)?))
}

pub(crate) async fn save_member_rules(engine: &Engine, draft: MemberRules) -> Result<MemberRules, ApiError> {
    let points = PointsRule {
        earn_points: draft.earn_points,
        earn_minor: draft.earn_minor,
        worth_points: draft.worth_points,
        worth_minor: draft.worth_minor,
        least_redeemed: draft.least_redeemed,
        lasts: draft.points_last.as_deref().map(period).transpose()?,
    };
    points.check().map_err(|error| ApiError::bad_request(format!("These rules cannot be used: {error}.")))?;
    if draft.margin_floor >= 10_000 {
        return Err(ApiError::bad_request("A margin of 100 percent or more cannot be kept."));
    }
    let house = House { margin_floor: draft.margin_floor, unknown_cost: choice(&draft.unknown_cost, "choice")? };
    let rules = Rules { points, house };
    keep_rules(engine, &rules).await?;
    let told = rules_told(&rules);
    engine.log(&engine.at_work(), "member.rules", &serde_json::to_string(&told).unwrap_or_default()).await?;
    engine.changed(&TAGS);
    Ok(told)
}

pub(super) fn period_told(period: Period) -> String {
    match period {
        Period::Month => "month".to_owned(),
        Period::Quarter => "quarter".to_owned(),
        Period::Year => "year".to_owned(),
        Period::Days(days) => format!("days:{days}"),
    }
}

fn period(text: &str) -> Result<Period, ApiError> {
    let days = text.strip_prefix("days:").and_then(|days| days.parse().ok()).filter(|days| (1..=1_100).contains(days));
    match (text, days) {
        (_, Some(days)) => Ok(Period::Days(days)),
        ("month", _) => Ok(Period::Month),
        ("quarter", _) => Ok(Period::Quarter),
        ("year", _) => Ok(Period::Year),
        _ => Err(ApiError::bad_request("A period is month, quarter, year, or days: and how many.")),
    }
}

/// The tiers, lowest first, those that are closed too.
pub(super) fn ladder(engine: &Engine) -> Result<Ladder, ApiError> {
    let rows = engine.store().tiers()?;
    let tiers: Result<Vec<Tier>, _> = rows.iter().map(|row| serde_json::from_str(&row.body)).collect();
    Ladder::new(tiers.map_err(|_| damaged())?).map_err(|_| damaged())
}

/// A tier that can be taken on the day `on`.
pub(super) fn open_tier<'l>(ladder: &'l Ladder, id: &str, on: BusinessDay) -> Result<&'l Tier, ApiError> {
    let tier = ladder.tier(&TierId(id.to_owned())).ok_or_else(no_tier)?;
    if tier.open_on(on) {
        return Ok(tier);
    }
    Err(ApiError::new("MEMBER_TIER_CLOSED", "This tier is closed: nobody can take it any more.", "Choose another."))
}

fn no_tier() -> ApiError {
    ApiError::new("MEMBER_TIER_UNKNOWN", "There is no such tier.", "Look at the tiers: backroomctl member tiers.")
}

/// The currency of members: that of the tiers, or the shop's where there are none yet.
pub(super) fn currency(engine: &Engine, ladder: &Ladder) -> Result<Currency, ApiError> {
    if let Some(tier) = ladder.tiers().first() {
        return Ok(tier.currency);
    }
    let code = engine.store().read(report::main_currency)?;
    Currency::parse(&code).map_err(|_| ApiError::bad_request("A currency is three letters, such as USD."))
}

pub(super) fn tier_told(tier: &Tier) -> MemberTier {
    let discounts = tier.discounts.iter().map(|rule| {
        let (only, except) = match &rule.scope {
            Scope::Everything => (Vec::new(), Vec::new()),
            Scope::Only(names) => (names.iter().cloned().collect(), Vec::new()),
            Scope::Except(names) => (Vec::new(), names.iter().cloned().collect()),
        };
        MemberTierDiscount {
            id: rule.id.clone(),
            label: rule.label.clone(),
            basis_points: rule.basis_points,
            only,
            except,
            cap_sale_minor: rule.cap_per_sale,
            cap_period_minor: rule.cap_per_period,
            margin_floor: rule.margin_floor,
            stackable: rule.stacking == Stacking::ByManager,
        }
    });
    let benefits = tier.benefits.iter().filter_map(|benefit| match benefit {
        Benefit::Told(words) => Some(words.clone()),
        Benefit::PointsPercent(_) => None,
    });
    MemberTier {
        id: tier.id.0.clone(),
        name: tier.name.clone(),
        rank: tier.rank,
        price_minor: tier.price,
        currency: tier.currency.code().to_owned(),
        period: period_told(tier.period),
        grace_days: tier.allowances.grace_days,
        early_days: tier.allowances.early_days,
        pause_days: tier.allowances.pause_days,
        points_percent: tier.points_percent(),
        benefits: benefits.collect(),
        discounts: discounts.collect(),
        closed_on: tier.closed_on.map(|day| day.to_string()),
    }
}

/// An id made of a name.
fn slug(name: &str) -> String {
    let folded = fold(name);
    let words: Vec<&str> = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-")
}

pub(super) fn read_tier(draft: MemberTier, currency: Currency) -> Result<Tier, ApiError> {
    let short = |text: &str| text.chars().count() <= LONGEST;
    let texts = draft.discounts.iter().flat_map(|rule| [&rule.id, &rule.label]).chain(&draft.benefits);
    let many = draft.discounts.len() > MOST_ROWS || draft.benefits.len() > MOST_ROWS;
    if many || ![&draft.id, &draft.name].into_iter().chain(texts).all(|text| short(text)) {
        return Err(ApiError::bad_request("A tier has short names and at most 100 benefits and discounts."));
    }
    let mut discounts = Vec::with_capacity(draft.discounts.len());
    for rule in draft.discounts {
        let scope = match (rule.only.is_empty(), rule.except.is_empty()) {
            (true, true) => Scope::Everything,
            (false, true) => Scope::Only(rule.only.into_iter().collect()),
            (true, false) => Scope::Except(rule.except.into_iter().collect()),
            (false, false) => {
                return Err(ApiError::bad_request("A discount is for some categories or for all others, not both."));
            }
        };
        discounts.push(DiscountRule {
            id: rule.id,
            label: rule.label,
            basis_points: rule.basis_points,
            scope,
            cap_per_sale: rule.cap_sale_minor,
            cap_per_period: rule.cap_period_minor,
            margin_floor: rule.margin_floor,
            stacking: if rule.stackable { Stacking::ByManager } else { Stacking::Never },
        });
    }
    let mut benefits: Vec<Benefit> = draft.benefits.into_iter().map(Benefit::Told).collect();
    if draft.points_percent != 100 {
        benefits.push(Benefit::PointsPercent(draft.points_percent));
    }
    let id = if draft.id.trim().is_empty() { slug(&draft.name) } else { draft.id };
    Ok(Tier {
        id: TierId(id),
        name: draft.name.trim().to_owned(),
        rank: draft.rank,
        price: draft.price_minor,
        currency,
        period: period(&draft.period)?,
        allowances: Allowances {
            grace_days: draft.grace_days,
            early_days: draft.early_days,
            pause_days: draft.pause_days,
        },
        benefits,
        discounts,
        closed_on: draft.closed_on.as_deref().map(day).transpose()?,
    })
}

pub(crate) fn member_tiers(engine: &Engine, _: Nothing) -> Result<Vec<MemberTier>, ApiError> {
    Ok(ladder(engine)?.tiers().iter().map(tier_told).collect())
}

/// Keeps a tier where it and all tiers together are possible.
async fn keep(engine: &Engine, tier: Tier, action: &str) -> Result<Vec<MemberTier>, ApiError> {
    let mut tiers = ladder(engine)?.tiers().to_vec();
    tiers.retain(|known| known.id != tier.id);
    tiers.push(tier.clone());
    if tiers.len() > MOST_TIERS {
        return Err(ApiError::bad_request("A shop has at most 50 tiers."));
    }
    let wrong = |faults: Vec<backroom_membership::TierError>| {
        let told: Vec<String> = faults.iter().map(|wrong| wrong.fault.to_string()).collect();
        ApiError::new("MEMBER_TIER", format!("This tier cannot be kept: {}.", told.join("; ")), "Nothing was changed.")
    };
    let kept = Ladder::new(tiers).map_err(wrong)?;
    let body = serde_json::to_string(&tier).map_err(|_| damaged())?;
    let id = &tier.id.0;
    engine.store().keep_tier(id, &body, i64::from(tier.rank), tier.closed_on.is_some()).await?;
    engine.log(&engine.at_work(), action, &format!("id {id}, price {}", tier.price)).await?;
    engine.changed(&TAGS);
    Ok(kept.tiers().iter().map(tier_told).collect())
}

pub(crate) async fn save_tier(engine: &Engine, draft: MemberTier) -> Result<Vec<MemberTier>, ApiError> {
    let currency = match draft.currency.as_str() {
        "" => currency(engine, &ladder(engine)?)?,
        text => {
            Currency::parse(text).map_err(|_| ApiError::bad_request("A currency is three letters, such as USD."))?
        }
    };
    keep(engine, read_tier(draft, currency)?, "member.tier_saved").await
}

pub(crate) async fn retire_tier(engine: &Engine, asked: MemberRef) -> Result<Vec<MemberTier>, ApiError> {
    let mut tier = ladder(engine)?.tier(&TierId(asked.id)).ok_or_else(no_tier)?.clone();
    tier.closed_on = Some(tier.closed_on.unwrap_or_else(|| today(engine)));
    keep(engine, tier, "member.tier_retired").await
}
