//! Which goods an ID is asked for, and how many of their sales had a check.
//!
//! Invariant: goods of which nobody has said anything count as goods that need a check, and so does a sale whose goods are not known:
//! a gap shows as too few checks, never as none missing.

use crate::commands::Nothing;
use crate::counter::age_rules::{Kept, class, held_rules, keep_rules};
use crate::dto::{AgeCoverage, AgeGoods, AgeGoodsCount, AgeGoodsDraft, ApiError};
use crate::engine::Engine;
use backroom_age::ProductClass;
use backroom_core::BusinessDay;
use backroom_store::report::{self, Goods};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is asked for goods that everybody may buy.
const FREE: &str = "free";
const MOST_CATEGORIES: usize = 2_000;

/// What the owner said of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptGoods {
    source: String,
    category: String,
    /// None where no age is asked.
    class: Option<ProductClass>,
}

fn needs(kept: &Kept, goods: &Goods) -> String {
    let said = kept.goods.iter().find(|k| k.source == goods.source && k.category == goods.category);
    said.map_or_else(String::new, |k| k.class.map_or(FREE, ProductClass::code).to_owned())
}

pub(crate) fn age_goods(engine: &Engine, _: Nothing) -> Result<Vec<AgeGoods>, ApiError> {
    let kept = held_rules(engine)?.kept;
    let all = engine.store().read(report::categories)?;
    let told = all.into_iter().map(|(goods, name)| AgeGoods {
        needs: needs(&kept, &goods),
        source: goods.source,
        category: goods.category,
        name,
    });
    Ok(told.collect())
}

pub(crate) async fn save_age_goods(engine: &Engine, draft: AgeGoodsDraft) -> Result<Vec<AgeGoods>, ApiError> {
    let before = age_goods(engine, Nothing {})?;
    let mut kept = held_rules(engine)?.kept;
    if draft.goods.len() > MOST_CATEGORIES {
        return Err(ApiError::bad_request("There are too many categories."));
    }
    let mut changed = Vec::new();
    for choice in draft.goods {
        let known = before.iter().find(|g| g.source == choice.source && g.category == choice.category);
        let known = known.ok_or_else(|| ApiError::bad_request("There is no such category."))?;
        kept.goods.retain(|k| k.source != choice.source || k.category != choice.category);
        let said = match choice.needs.as_str() {
            "" => None,
            FREE => Some(None),
            code => Some(Some(class(Some(code))?)),
        };
        if let Some(class) = said {
            kept.goods.push(KeptGoods { source: choice.source, category: choice.category, class });
        }
        if known.needs != choice.needs {
            let told = |needs: &str| if needs.is_empty() { "not said".to_owned() } else { needs.to_owned() };
            changed.push(format!("{}: {} → {}", known.name, told(&known.needs), told(&choice.needs)));
        }
    }
    if !changed.is_empty() {
        keep_rules(engine, &kept).await?;
        engine.log(&engine.at_work(), "age.goods", &changed.join(", ")).await?;
        engine.changed(&["age"]);
    }
    age_goods(engine, Nothing {})
}

/// Checks against sales on some business days.
pub(crate) fn coverage(engine: &Engine, from: BusinessDay, to: BusinessDay) -> Result<AgeCoverage, ApiError> {
    let held = held_rules(engine)?;
    let free: BTreeSet<Goods> = held
        .kept
        .goods
        .iter()
        .filter(|k| k.class.is_none())
        .map(|k| Goods { source: k.source.clone(), category: k.category.clone() })
        .collect();
    let sold = engine.store().read(|c| report::sold(c, from, to, &free))?;
    let checks = engine.store().age_checks_for_sales(from, to)?;
    let under = held.rules.card_under().value;
    let mut why = vec![
        "Checks ÷ sales. A check counts where it was green or amber: a refused one led to no sale. One that was repeated counts once."
            .to_owned(),
        "A sale counts where somebody paid for a line of goods for which an age is asked. Goods of which nobody has said anything count too."
            .to_owned(),
    ];
    if sold.unknown > 0 {
        why.push(format!("{} of the sales count because their goods are not known here.", sold.unknown));
    }
    why.push(format!(
        "Who looks {under} or older need not be carded, so less than 100 % is no fault by itself. The checks are those of this PC, the sales all that it synced."
    ));
    let goods = sold.goods.into_iter().map(|row| AgeGoodsCount {
        needs: needs(&held.kept, &row.goods),
        source: row.goods.source,
        category: row.goods.category,
        name: row.name,
        lines: row.lines,
        sales: row.sales,
    });
    Ok(AgeCoverage {
        checks,
        sales: sold.sales,
        lines: sold.lines,
        unknown: sold.unknown,
        percent: checks.saturating_mul(100).checked_div(sold.sales),
        why,
        goods: goods.collect(),
    })
}
