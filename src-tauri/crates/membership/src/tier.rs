//! What a shop offers its members: tiers with a price, a period, benefits and discounts, and what is agreed when one is taken.

use crate::period::Period;
use backroom_core::{BusinessDay, Currency};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The largest price or cap, in minor units: what the domain takes for possible.
const LARGEST: i64 = 100_000_000_000;
/// The longest pause that can be offered, in days.
const LONGEST_PAUSE: u16 = 366;
/// The longest period of days.
const LONGEST_PERIOD: u16 = 1_100;
/// One hundred percent.
pub(crate) const WHOLE: u16 = 10_000;

/// Names a tier, for as long as the shop exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TierId(pub String);

impl std::fmt::Display for TierId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a member may do while the membership lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowances {
    /// Days that benefits go on after a payment failed, or fell due and was not tried.
    pub grace_days: u16,
    /// Days before the end of a period from which the next may be paid.
    pub early_days: u16,
    /// The longest pause, in days.
    pub pause_days: u16,
}

impl Default for Allowances {
    /// A week of grace, two weeks early, a pause of up to 90 days.
    fn default() -> Self {
        Self { grace_days: 7, early_days: 14, pause_days: 90 }
    }
}

/// What a member agreed to. It travels with the member's events, so that a later change of the offer changes no history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The tier.
    pub tier: TierId,
    /// Its place among the tiers; the higher, the better.
    pub rank: u16,
    /// The price of a period before tax, in minor units of `currency`.
    pub price: i64,
    /// The currency of every amount of the membership.
    #[serde(with = "crate::wire::currency")]
    pub currency: Currency,
    /// How long a payment lasts.
    pub period: Period,
    /// What the member may do.
    pub allowances: Allowances,
}

impl Terms {
    /// What the terms bring in a month, in minor units.
    pub fn monthly(&self) -> i64 {
        self.period.monthly(self.price)
    }

    /// What makes one set of terms more than another: the rank, then the length of the period, then the price.
    pub(crate) fn height(&self) -> (u16, i32, i64) {
        (self.rank, self.period.fewest_days(), self.monthly())
    }
}

/// Which goods a discount is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All of them.
    Everything,
    /// Those of these categories.
    Only(BTreeSet<String>),
    /// Those of other categories than these, and those of none.
    Except(BTreeSet<String>),
}

impl Scope {
    /// Whether an item of `category` is meant.
    pub fn holds(&self, category: Option<&str>) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(categories) => category.is_some_and(|c| categories.contains(c)),
            Self::Except(categories) => !category.is_some_and(|c| categories.contains(c)),
        }
    }
}

/// Whether a discount may come on top of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stacking {
    /// Never: it stands alone.
    Never,
    /// Where a manager says so.
    ByManager,
}

/// A discount that a tier gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountRule {
    /// Names the rule in caps and on receipts; unique among all tiers.
    pub id: String,
    /// What the clerk and the customer read.
    pub label: String,
    /// Hundredths of a percent, 1 to 10,000.
    pub basis_points: u16,
    /// Which goods it is for.
    pub scope: Scope,
    /// The most it gives in one sale, in minor units.
    pub cap_per_sale: Option<i64>,
    /// The most it gives in one period of the membership, in minor units.
    pub cap_per_period: Option<i64>,
    /// The least margin on real cost that it leaves, in hundredths of a percent of the price; zero is never below cost.
    pub margin_floor: u16,
    /// Whether it may come on top of another.
    pub stacking: Stacking,
}

/// What a member gets beside discounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Benefit {
    /// Something the shop does, in its own words.
    Told(String),
    /// Points, in percent of what everybody earns: 200 is twice as many.
    PointsPercent(u16),
}

/// What a member can choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Names it.
    pub id: TierId,
    /// What people call it.
    pub name: String,
    /// Its place among the tiers; the higher, the better.
    pub rank: u16,
    /// The price of a period before tax, in minor units of `currency`.
    pub price: i64,
    /// The currency of its amounts.
    #[serde(with = "crate::wire::currency")]
    pub currency: Currency,
    /// How long a payment lasts.
    pub period: Period,
    /// What its members may do.
    pub allowances: Allowances,
    /// What they get beside discounts.
    pub benefits: Vec<Benefit>,
    /// Their discounts.
    pub discounts: Vec<DiscountRule>,
    /// The day from which nobody can take it any more; those who have it keep it.
    #[serde(with = "crate::wire::some_day")]
    pub closed_on: Option<BusinessDay>,
}

impl Tier {
    /// What somebody agrees to who takes it now.
    pub fn terms(&self) -> Terms {
        Terms {
            tier: self.id.clone(),
            rank: self.rank,
            price: self.price,
            currency: self.currency,
            period: self.period,
            allowances: self.allowances,
        }
    }

    /// Whether it can be taken on `day`.
    pub fn open_on(&self, day: BusinessDay) -> bool {
        self.closed_on.is_none_or(|closed| day < closed)
    }

    /// Points in percent of what everybody earns.
    pub fn points_percent(&self) -> u16 {
        let told = self.benefits.iter().filter_map(|benefit| match benefit {
            Benefit::PointsPercent(percent) => Some(*percent),
            Benefit::Told(_) => None,
        });
        told.max().unwrap_or(100)
    }
}

/// What is wrong with a tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TierFault {
    /// It has no id.
    #[error("the tier has no id")]
    NoId,
    /// It has no name.
    #[error("the tier has no name")]
    NoName,
    /// Another tier has its id.
    #[error("another tier has the same id")]
    IdTaken,
    /// Another tier has its name.
    #[error("another tier has the same name")]
    NameTaken,
    /// The price is below zero or too large.
    #[error("the price is not between nothing and a billion")]
    Price,
    /// It is in another currency than the first tier.
    #[error("all tiers of a shop are in one currency")]
    Currency,
    /// The period has no days, or too many.
    #[error("a period has 1 to {LONGEST_PERIOD} days")]
    Period,
    /// The grace is longer than the period: a payment could be late for two periods at once.
    #[error("the grace is longer than the period; make it at most {most} days")]
    Grace {
        /// The longest possible grace, in days.
        most: i32,
    },
    /// Payments could be taken more than one period ahead.
    #[error("a payment can come at most one period early; make it at most {most} days")]
    Early {
        /// The longest possible time, in days.
        most: i32,
    },
    /// The longest pause is too long.
    #[error("a pause is at most {LONGEST_PAUSE} days")]
    Pause,
    /// Fewer points than everybody earns, or unbelievably many.
    #[error("members earn 100 to 1,000 percent of everybody's points")]
    Points,
    /// A discount has no id or no label.
    #[error("a discount has no id or no words for the receipt")]
    RuleUnnamed,
    /// Two discounts have one id.
    #[error("the discount {rule} is there twice")]
    RuleTwice {
        /// The rule's id.
        rule: String,
    },
    /// A discount is nothing, or more than everything.
    #[error("the discount {rule} is not between 0.01 and 100 percent")]
    Percent {
        /// The rule's id.
        rule: String,
    },
    /// A discount is for no category at all.
    #[error("the discount {rule} names no category")]
    NoCategory {
        /// The rule's id.
        rule: String,
    },
    /// A cap is not above zero, or too large.
    #[error("a cap of the discount {rule} is not above nothing; leave it empty for no cap")]
    Cap {
        /// The rule's id.
        rule: String,
    },
    /// The cap for a sale is above the cap for a period.
    #[error("the discount {rule} may give more in one sale than in a period")]
    CapsCross {
        /// The rule's id.
        rule: String,
    },
    /// A margin of 100 percent or more cannot be kept.
    #[error("the margin that the discount {rule} leaves is below 100 percent")]
    Floor {
        /// The rule's id.
        rule: String,
    },
}

/// A fault and the tier that has it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{tier}: {fault}")]
pub struct TierError {
    /// The tier.
    pub tier: TierId,
    /// What is wrong.
    pub fault: TierFault,
}

/// The tiers of a shop, each possible by itself and all of them together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Ladder(Vec<Tier>);

impl Ladder {
    /// The tiers, lowest first.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first of it.
    pub fn new(mut tiers: Vec<Tier>) -> Result<Self, Vec<TierError>> {
        let mut wrong = Vec::new();
        let mut rules = BTreeSet::new();
        for (at, tier) in tiers.iter().enumerate() {
            let earlier = &tiers[..at];
            let mut faults = tier.faults(&mut rules);
            if earlier.iter().any(|other| other.id == tier.id) {
                faults.push(TierFault::IdTaken);
            }
            if earlier.iter().any(|other| other.name.trim().to_lowercase() == tier.name.trim().to_lowercase()) {
                faults.push(TierFault::NameTaken);
            }
            if earlier.first().is_some_and(|first| first.currency != tier.currency) {
                faults.push(TierFault::Currency);
            }
            wrong.extend(faults.into_iter().map(|fault| TierError { tier: tier.id.clone(), fault }));
        }
        if wrong.is_empty() {
            tiers.sort_by(|a, b| (a.terms().height(), &a.id).cmp(&(b.terms().height(), &b.id)));
            Ok(Self(tiers))
        } else {
            Err(wrong)
        }
    }

    /// The tiers, lowest first.
    pub fn tiers(&self) -> &[Tier] {
        &self.0
    }

    /// The tier of `id`.
    pub fn tier(&self, id: &TierId) -> Option<&Tier> {
        self.0.iter().find(|tier| tier.id == *id)
    }
}

impl Tier {
    fn faults(&self, rules: &mut BTreeSet<String>) -> Vec<TierFault> {
        let mut faults = Vec::new();
        let mut check = |fine: bool, fault: TierFault| {
            if !fine {
                faults.push(fault);
            }
        };
        let most = self.period.fewest_days();
        check(!self.id.0.trim().is_empty(), TierFault::NoId);
        check(!self.name.trim().is_empty(), TierFault::NoName);
        check((0..=LARGEST).contains(&self.price), TierFault::Price);
        if matches!(self.period, Period::Days(days) if !(1..=LONGEST_PERIOD).contains(&days)) {
            check(false, TierFault::Period);
        } else {
            check(i32::from(self.allowances.grace_days) <= most, TierFault::Grace { most });
            check(i32::from(self.allowances.early_days) <= most, TierFault::Early { most });
        }
        check(self.allowances.pause_days <= LONGEST_PAUSE, TierFault::Pause);
        check((100..=1_000).contains(&self.points_percent()), TierFault::Points);
        for discount in &self.discounts {
            faults.extend(discount.faults(rules));
        }
        faults
    }
}

impl DiscountRule {
    fn faults(&self, rules: &mut BTreeSet<String>) -> Vec<TierFault> {
        let rule = self.id.clone();
        if rule.trim().is_empty() || self.label.trim().is_empty() {
            return vec![TierFault::RuleUnnamed];
        }
        let mut faults = Vec::new();
        if !rules.insert(rule.clone()) {
            faults.push(TierFault::RuleTwice { rule: rule.clone() });
        }
        if !(1..=WHOLE).contains(&self.basis_points) {
            faults.push(TierFault::Percent { rule: rule.clone() });
        }
        if matches!(&self.scope, Scope::Only(categories) | Scope::Except(categories) if categories.is_empty()) {
            faults.push(TierFault::NoCategory { rule: rule.clone() });
        }
        if [self.cap_per_sale, self.cap_per_period].iter().flatten().any(|cap| !(1..=LARGEST).contains(cap)) {
            faults.push(TierFault::Cap { rule: rule.clone() });
        }
        if let (Some(sale), Some(period)) = (self.cap_per_sale, self.cap_per_period)
            && sale > period
        {
            faults.push(TierFault::CapsCross { rule: rule.clone() });
        }
        if self.margin_floor >= WHOLE {
            faults.push(TierFault::Floor { rule });
        }
        faults
    }
}
