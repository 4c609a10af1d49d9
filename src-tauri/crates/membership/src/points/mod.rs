//! Points: a ledger to which entries are only added, and what a member has by it.
//!
//! Constraints: points are earned on what was paid before tax and after discounts; those that expire first are spent first; a
//! balance is never below zero; an expired point is neither spent nor owed; a sale earns once, and giving it back takes back no
//! more than it earned.

mod entry;

use crate::share::share_down;
use backroom_core::BusinessDay;
use entry::LARGEST;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use entry::{Entry, EntryKind, PointsRefusal, PointsRule, PointsRuleError, Refund};

/// Points of one entry that are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// The entry that gave them.
    pub entry: String,
    /// The first day on which they are gone; none for ever.
    #[serde(with = "crate::wire::some_day")]
    pub expires_on: Option<BusinessDay>,
    /// How many are left.
    pub left: i64,
}

/// What a sale did with points.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Deed {
    entry: Option<String>,
    earned: i64,
    basis: i64,
    taken_back: i64,
    short: i64,
    refunded: i64,
    redeemed: i64,
    given_back: i64,
}

/// A member's points, as the entries make them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Points {
    lots: Vec<Lot>,
    sales: BTreeMap<String, Deed>,
    entries: BTreeSet<String>,
    #[serde(with = "crate::wire::some_day")]
    last_on: Option<BusinessDay>,
    earned: i64,
    redeemed: i64,
    expired: i64,
}

impl Points {
    /// The points that `entries` make on the day `on`: later entries have not happened yet.
    ///
    /// # Errors
    /// The first entry that does not fit, with why.
    pub fn fold<'e>(
        entries: impl IntoIterator<Item = &'e Entry>,
        on: BusinessDay,
    ) -> Result<Self, (String, PointsRefusal)> {
        let mut points = Self::default();
        for entry in entries {
            if entry.on > on {
                break;
            }
            points.apply(entry).map_err(|why| (entry.id.clone(), why))?;
        }
        Ok(points)
    }

    /// Points that can be spent on the day `on`.
    pub fn balance(&self, on: BusinessDay) -> i64 {
        self.lots.iter().filter(|lot| !lot.gone_on(on)).map(|lot| lot.left).sum()
    }

    /// What the shop owes for them on the day `on`, in minor units.
    pub fn liability(&self, on: BusinessDay, rule: &PointsRule) -> i64 {
        rule.worth(self.balance(on))
    }

    /// The points that will be gone by the day `by` if they are not spent, with the day on which the first go.
    pub fn expiring(&self, on: BusinessDay, by: BusinessDay) -> Option<(BusinessDay, i64)> {
        let soon = || self.lots.iter().filter(|lot| !lot.gone_on(on) && lot.gone_on(by) && lot.left > 0);
        let first = soon().filter_map(|lot| lot.expires_on).min()?;
        Some((first, soon().map(|lot| lot.left).sum()))
    }

    /// All points ever given for sales, spent, and gone by their day.
    pub fn totals(&self) -> (i64, i64, i64) {
        (self.earned, self.redeemed, self.expired)
    }

    /// The lots that are left, first to go first.
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    /// The entry for a sale of `basis` minor units before tax and after discounts, for a member who earns `percent` of everybody's
    /// points.
    ///
    /// # Errors
    /// Why it earns nothing.
    pub fn earn(
        &self,
        rule: &PointsRule,
        id: &str,
        on: BusinessDay,
        sale: &str,
        (basis, percent): (i64, u16),
    ) -> Result<Entry, PointsRefusal> {
        let points = rule.earned(basis, percent);
        let kind = EntryKind::Earn { points, sale: sale.to_owned(), basis, percent, expires_on: rule.expires_on(on) };
        self.fitting(id, on, kind)
    }

    /// The entry for `points` spent in a sale.
    ///
    /// # Errors
    /// Why they cannot be spent.
    pub fn redeem(
        &self,
        rule: &PointsRule,
        id: &str,
        on: BusinessDay,
        sale: &str,
        points: i64,
    ) -> Result<Entry, PointsRefusal> {
        if points < rule.least_redeemed {
            return Err(PointsRefusal::TooFew { least: rule.least_redeemed });
        }
        self.fitting(id, on, EntryKind::Redeem { points, sale: sale.to_owned(), worth: rule.worth(points) })
    }

    /// The entry for points given or taken by hand.
    ///
    /// # Errors
    /// Why they cannot be.
    pub fn adjust(
        &self,
        rule: &PointsRule,
        id: &str,
        on: BusinessDay,
        points: i64,
        reason: &str,
    ) -> Result<Entry, PointsRefusal> {
        let expires_on = if points > 0 { rule.expires_on(on) } else { None };
        self.fitting(id, on, EntryKind::Adjust { points, reason: reason.trim().to_owned(), expires_on })
    }

    /// The entries for a sale that was given back: earned points are taken back in proportion, and spent ones given again once
    /// everything was given back. `ids` names the two entries.
    ///
    /// # Errors
    /// Why nothing can be done.
    pub fn reverse(
        &self,
        rule: &PointsRule,
        ids: (&str, &str),
        on: BusinessDay,
        sale: &str,
        refund: Refund,
    ) -> Result<Vec<Entry>, PointsRefusal> {
        let deed = self.sales.get(sale).ok_or(PointsRefusal::UnknownSale)?;
        let refunded = match refund {
            Refund::Part(so_far) => so_far,
            Refund::Whole => deed.basis,
        };
        if refunded > deed.basis || refunded < deed.refunded {
            return Err(PointsRefusal::RefundTooLarge);
        }
        // In proportion to what it earned, not by today's rule, which may be another.
        let stay = share_down(deed.earned, deed.basis - refunded, deed.basis);
        let back = (deed.earned - stay - deed.taken_back - deed.short).max(0);
        let mut then = self.clone();
        let mut entries = Vec::new();
        if back > 0 || refunded > deed.refunded {
            let points = back.min(self.balance(on));
            let kind = EntryKind::TakeBack { points, short: back - points, sale: sale.to_owned(), refunded };
            entries.push(then.fitting(ids.0, on, kind)?);
            then.apply(&entries[0])?;
        }
        let whole = refund == Refund::Whole || (deed.basis > 0 && refunded == deed.basis);
        if whole && deed.redeemed > deed.given_back {
            let points = deed.redeemed - deed.given_back;
            let kind = EntryKind::GiveBack { points, sale: sale.to_owned(), expires_on: rule.expires_on(on) };
            entries.push(then.fitting(ids.1, on, kind)?);
        }
        if entries.is_empty() { Err(PointsRefusal::Nothing) } else { Ok(entries) }
    }

    /// The entries for points whose day has come by the day `on`, each of that day; `id` names the entry for a lot.
    pub fn expire(&self, on: BusinessDay, id: impl Fn(&Lot) -> String) -> Vec<Entry> {
        let gone = self.lots.iter().filter(|lot| lot.left > 0 && lot.gone_on(on));
        gone.map(|lot| Entry { id: id(lot), on, kind: EntryKind::Expire { points: lot.left, of: lot.entry.clone() } })
            .collect()
    }

    fn fitting(&self, id: &str, on: BusinessDay, kind: EntryKind) -> Result<Entry, PointsRefusal> {
        let entry = Entry { id: id.to_owned(), on, kind };
        self.clone().apply(&entry).map(|()| entry)
    }

    /// Takes in an entry.
    ///
    /// # Errors
    /// Why it does not fit; nothing is changed then.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), PointsRefusal> {
        if let Some(last) = self.last_on.filter(|last| entry.on < *last) {
            return Err(PointsRefusal::ClockMovedBack { last });
        }
        if self.entries.contains(&entry.id) {
            return Err(PointsRefusal::EntryTwice);
        }
        self.change(entry)?;
        self.entries.insert(entry.id.clone());
        self.last_on = Some(entry.on);
        Ok(())
    }

    fn change(&mut self, entry: &Entry) -> Result<(), PointsRefusal> {
        match &entry.kind {
            EntryKind::Earn { points, sale, basis, expires_on, .. } => {
                positive(*points)?;
                let deed = self.sales.entry(sale.clone()).or_default();
                if deed.earned > 0 {
                    return Err(PointsRefusal::EarnedAlready);
                }
                deed.entry = Some(entry.id.clone());
                (deed.earned, deed.basis) = (*points, *basis);
                self.earned += points;
                self.add(&entry.id, *points, *expires_on);
            }
            EntryKind::Redeem { points, sale, .. } => {
                positive(*points)?;
                if self.sales.get(sale).is_some_and(|deed| deed.redeemed > 0) {
                    return Err(PointsRefusal::RedeemedAlready);
                }
                self.spend(*points, entry.on, None)?;
                self.sales.entry(sale.clone()).or_default().redeemed = *points;
                self.redeemed += points;
            }
            EntryKind::Expire { points, of } => {
                let lot = self.lots.iter_mut().find(|lot| lot.entry == *of && lot.gone_on(entry.on));
                let lot = lot.filter(|lot| lot.left >= *points).ok_or(PointsRefusal::Nothing)?;
                positive(*points)?;
                lot.left -= points;
                self.expired += points;
            }
            EntryKind::Adjust { reason, .. } if reason.is_empty() => return Err(PointsRefusal::NoReason),
            EntryKind::Adjust { points, expires_on, .. } if *points > 0 => {
                positive(*points)?;
                self.add(&entry.id, *points, *expires_on);
            }
            EntryKind::Adjust { points, .. } => self.spend(points.saturating_neg(), entry.on, None)?,
            EntryKind::TakeBack { points, short, sale, refunded } => {
                let deed = self.sales.get(sale).ok_or(PointsRefusal::UnknownSale)?;
                let back = points + short + deed.taken_back + deed.short;
                if *points < 0 || *short < 0 || back > deed.earned || *refunded > deed.basis {
                    return Err(PointsRefusal::RefundTooLarge);
                }
                let own = deed.entry.clone();
                if *points > 0 {
                    self.spend(*points, entry.on, own.as_deref())?;
                }
                let deed = self.sales.entry(sale.clone()).or_default();
                deed.taken_back += points;
                deed.short += short;
                deed.refunded = *refunded;
            }
            EntryKind::GiveBack { points, sale, expires_on } => {
                positive(*points)?;
                let deed = self.sales.get_mut(sale).ok_or(PointsRefusal::UnknownSale)?;
                if deed.given_back + points > deed.redeemed {
                    return Err(PointsRefusal::RefundTooLarge);
                }
                deed.given_back += points;
                self.add(&entry.id, *points, *expires_on);
            }
        }
        self.lots.retain(|lot| lot.left > 0);
        Ok(())
    }

    fn add(&mut self, entry: &str, points: i64, expires_on: Option<BusinessDay>) {
        self.lots.push(Lot { entry: entry.to_owned(), expires_on, left: points });
        // Those that never go are spent last; of one day the earlier entry first, which a stable sort keeps.
        self.lots.sort_by_key(|lot| lot.expires_on.map_or(i32::MAX, BusinessDay::number));
    }

    /// Takes points out of the lot of the entry `own`, then out of those that go first.
    fn spend(&mut self, points: i64, on: BusinessDay, own: Option<&str>) -> Result<(), PointsRefusal> {
        let balance = self.balance(on);
        positive(points)?;
        if points > balance {
            return Err(PointsRefusal::NotEnough { balance });
        }
        let mut left = points;
        for of_own in [true, false] {
            let lots = self.lots.iter_mut().filter(|lot| !lot.gone_on(on));
            for lot in lots.filter(|lot| (Some(lot.entry.as_str()) == own) == of_own) {
                let part = lot.left.min(left);
                lot.left -= part;
                left -= part;
            }
        }
        Ok(())
    }
}

fn positive(points: i64) -> Result<(), PointsRefusal> {
    if (1..=LARGEST).contains(&points) { Ok(()) } else { Err(PointsRefusal::Nothing) }
}

impl Lot {
    fn gone_on(&self, day: BusinessDay) -> bool {
        self.expires_on.is_some_and(|gone| gone <= day)
    }
}
