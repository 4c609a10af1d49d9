//! The discount at the counter: what applies to which line and why, and what was given, so that it counts against the caps.

use super::{Record, code, damaged, points, tiers, today};
use crate::dto::{ApiError, MemberCart, MemberPriced, MemberPricedLine, MemberWhy};
use crate::engine::Engine;
use backroom_membership::counter::{CartLine, Combination, Offer, Priced, Value, Why, price};
use backroom_store::Role;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const MOST_LINES: usize = 500;
const LONGEST: usize = 100;
/// The offer of a manager.
const BY_HAND: &str = "by-hand";

/// Held while what was given is read and added to.
static GIVING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// What discounts gave a member in one period of the membership.
#[derive(Default, Serialize, Deserialize)]
struct Given {
    began: String,
    rules: BTreeMap<String, i64>,
    sales: BTreeSet<String>,
}

fn note(id: &str) -> String {
    format!("member_given_{id}")
}

/// A sale as it is priced, and what is to be kept if it is given.
struct Worked {
    priced: Priced,
    labels: BTreeMap<String, String>,
    standing: String,
    points: i64,
    given: Given,
}

fn work(engine: &Engine, cart: &MemberCart) -> Result<Worked, ApiError> {
    let record = Record::read(engine, &cart.id)?;
    let (on, ladder, rules) = (today(engine), tiers::ladder(engine)?, tiers::held_rules(engine)?);
    let now = record.settled(on);
    let standing = now.standing(on);
    let by_hand = cart.hand_basis_points;
    if cart.stack.unwrap_or(false) || by_hand.is_some() {
        engine.may(Some(Role::Manager))?;
    }
    if cart.lines.len() > MOST_LINES {
        return Err(ApiError::bad_request("A sale has at most 500 lines."));
    }
    let mut given: Given = match engine.store().note(&note(&record.row.id))? {
        Some(text) => serde_json::from_str(&text).map_err(|_| damaged())?,
        None => Given::default(),
    };
    let began = now.live().map(|live| live.period_began(on).to_string()).unwrap_or_default();
    if given.began != began {
        given = Given { began, ..Given::default() };
    }
    let tier = now.terms().and_then(|terms| ladder.tier(&terms.tier));
    let mut offers =
        tier.map_or_else(Vec::new, |tier| Offer::of_tier(tier, |rule| given.rules.get(rule).copied().unwrap_or(0)));
    if let Some(basis_points) = by_hand {
        offers.push(Offer::by_hand(BY_HAND, "By hand", Value::Percent(basis_points), None));
    }
    let mut lines = Vec::with_capacity(cart.lines.len());
    for line in &cart.lines {
        // What the point of sale says it costs is believed before anybody at the counter.
        let known = engine.store().product_cost(&line.item)?;
        lines.push(CartLine {
            id: line.id.clone(),
            item: line.item.clone(),
            category: line.category.clone(),
            quantity_milli: line.quantity_milli,
            unit_price: line.unit_price_minor,
            unit_cost: known.or(line.unit_cost_minor),
        });
    }
    let combination = match cart.stack {
        Some(true) => Combination::StackedByManager,
        _ => Combination::BestDeal,
    };
    let priced = price(&lines, &offers, &standing, rules.house, combination).map_err(|error| {
        ApiError::new("MEMBER_CART", format!("This sale cannot be priced: {error}."), "Correct it, then ask again.")
    })?;
    let points = rules.points.earned(priced.after, points::percent(engine, &record, on)?);
    let labels = offers.into_iter().map(|offer| (offer.id, offer.label)).collect();
    Ok(Worked { priced, labels, standing: code(&standing), points, given })
}

fn words(why: &Why, labels: &BTreeMap<String, String>) -> String {
    match why {
        Why::Applied => "It applies in full.".to_owned(),
        Why::UpToCap => "It applies as far as its cap goes.".to_owned(),
        Why::DownToFloor => "It applies as far as the price may go down.".to_owned(),
        Why::OtherGoods => "It is for other goods.".to_owned(),
        Why::NoBenefits => "There is no membership with benefits now.".to_owned(),
        Why::BetterDeal { other } => {
            format!("{} is the better deal here.", labels.get(other).map_or("Another discount", String::as_str))
        }
        Why::DoesNotStack => "It does not stack, and the others together are the better deal.".to_owned(),
        Why::CapUsedUp => "Its cap is used up.".to_owned(),
        Why::AtFloor => "The price is at its floor already.".to_owned(),
        Why::CostUnknown => "Nobody knows what the item cost, so it could go below cost.".to_owned(),
        Why::Nothing => "It is so small that it rounds to nothing.".to_owned(),
    }
}

fn told(worked: &Worked) -> MemberPriced {
    let lines = worked.priced.lines.iter().map(|line| MemberPricedLine {
        id: line.id.clone(),
        before_minor: line.before,
        discount_minor: line.discount,
        after_minor: line.after,
        why: line
            .verdicts
            .iter()
            .map(|verdict| MemberWhy {
                discount: verdict.offer.clone(),
                label: worked.labels.get(&verdict.offer).cloned().unwrap_or_default(),
                amount_minor: verdict.amount,
                why: code(&verdict.why),
                words: words(&verdict.why, &worked.labels),
            })
            .collect(),
    });
    MemberPriced {
        standing: worked.standing.clone(),
        before_minor: worked.priced.before,
        discount_minor: worked.priced.discount,
        after_minor: worked.priced.after,
        points: worked.points,
        lines: lines.collect(),
    }
}

/// Prices a sale; nothing is kept.
pub(crate) fn member_discount(engine: &Engine, cart: MemberCart) -> Result<MemberPriced, ApiError> {
    Ok(told(&work(engine, &cart)?))
}

/// Prices a sale and keeps what was given, once a sale.
pub(crate) async fn give_discount(engine: &Engine, cart: MemberCart) -> Result<MemberPriced, ApiError> {
    let _turn = GIVING.lock().await;
    let mut worked = work(engine, &cart)?;
    let sale = cart.sale.as_deref().map_or("", str::trim);
    if sale.is_empty() || sale.chars().count() > LONGEST {
        return Err(ApiError::bad_request("Name the sale for which it is given."));
    }
    if !worked.given.sales.insert(sale.to_owned()) {
        return Err(ApiError::new(
            "MEMBER_SALE_GIVEN",
            "The discount of this sale was given already.",
            "Nothing was counted twice. Begin another sale for more.",
        ));
    }
    for (rule, amount) in worked.priced.given.iter().filter(|(rule, _)| *rule != BY_HAND) {
        let sum = worked.given.rules.entry(rule.clone()).or_default();
        *sum = sum.saturating_add(*amount);
    }
    let text = serde_json::to_string(&worked.given).map_err(|_| damaged())?;
    engine.store().set_note(&note(&cart.id), &text).await?;
    let detail = format!("id {}, amount {}", cart.id, worked.priced.discount);
    engine.log(&engine.at_work(), "member.discount_given", &detail).await?;
    engine.changed(&["members"]);
    Ok(told(&worked))
}
