//! What can be a tier.

use crate::shop::{day, ladder, tier};
use backroom_core::Currency;
use backroom_membership::{Benefit, DiscountRule, Ladder, Period, Scope, Stacking, Tier, TierFault as Fault, TierId};
use std::collections::BTreeSet;

fn rule(id: &str) -> DiscountRule {
    DiscountRule {
        id: id.into(),
        label: "Members".into(),
        basis_points: 1_000,
        scope: Scope::Everything,
        cap_per_sale: None,
        cap_per_period: None,
        margin_floor: 0,
        stacking: Stacking::Never,
    }
}

type Spoil = fn(&mut Tier);

#[test]
fn an_impossible_tier_is_named_with_its_fault() {
    let table: Vec<(&str, Spoil, Option<Fault>)> = vec![
        ("fine as it is", |_| {}, None),
        ("free", |t| t.price = 0, None),
        ("no id", |t| t.id = TierId(" ".into()), Some(Fault::NoId)),
        ("no name", |t| t.name.clear(), Some(Fault::NoName)),
        ("below zero", |t| t.price = -1, Some(Fault::Price)),
        ("beyond belief", |t| t.price = 100_000_000_001, Some(Fault::Price)),
        ("no days", |t| t.period = Period::Days(0), Some(Fault::Period)),
        ("grace of a month and a day", |t| t.allowances.grace_days = 29, Some(Fault::Grace { most: 28 })),
        ("grace as long as February", |t| t.allowances.grace_days = 28, None),
        ("paid two periods ahead", |t| t.allowances.early_days = 29, Some(Fault::Early { most: 28 })),
        ("paused for ever", |t| t.allowances.pause_days = 367, Some(Fault::Pause)),
        ("fewer points than others", |t| t.benefits.push(Benefit::PointsPercent(50)), Some(Fault::Points)),
        ("a rule without words", |t| t.discounts[0].label.clear(), Some(Fault::RuleUnnamed)),
        ("a rule twice", |t| t.discounts.push(rule("r")), Some(Fault::RuleTwice { rule: "r".into() })),
        ("nothing off", |t| t.discounts[0].basis_points = 0, Some(Fault::Percent { rule: "r".into() })),
        ("more than all off", |t| t.discounts[0].basis_points = 10_001, Some(Fault::Percent { rule: "r".into() })),
        ("all off", |t| t.discounts[0].basis_points = 10_000, None),
        (
            "for no category",
            |t| t.discounts[0].scope = Scope::Only(BTreeSet::new()),
            Some(Fault::NoCategory { rule: "r".into() }),
        ),
        ("a cap of nothing", |t| t.discounts[0].cap_per_sale = Some(0), Some(Fault::Cap { rule: "r".into() })),
        (
            "more in a sale than in a period",
            |t| {
                t.discounts[0].cap_per_sale = Some(600);
                t.discounts[0].cap_per_period = Some(500);
            },
            Some(Fault::CapsCross { rule: "r".into() }),
        ),
        ("all margin", |t| t.discounts[0].margin_floor = 10_000, Some(Fault::Floor { rule: "r".into() })),
    ];
    for (what, spoil, expected) in table {
        let mut spoilt = tier("gold", 2, 1_999, Period::Month);
        spoilt.discounts.push(rule("r"));
        spoil(&mut spoilt);
        let found = Ladder::new(vec![tier("silver", 1, 999, Period::Month), spoilt]);
        let faults: Vec<Fault> = found.err().unwrap_or_default().into_iter().map(|wrong| wrong.fault).collect();
        assert_eq!(faults, expected.into_iter().collect::<Vec<_>>(), "{what}");
    }
}

#[test]
fn tiers_must_go_together() {
    let (silver, mut other) = (tier("silver", 1, 999, Period::Month), tier("silver", 1, 500, Period::Month));
    other.currency = Currency::parse("CAD").unwrap();
    let wrong = Ladder::new(vec![silver, other]).unwrap_err();
    let faults: Vec<Fault> = wrong.into_iter().map(|wrong| wrong.fault).collect();
    assert_eq!(faults, [Fault::IdTaken, Fault::NameTaken, Fault::Currency], "all that is wrong, not the first of it");
}

#[test]
fn tiers_stand_lowest_first_and_close() {
    let ladder = ladder();
    let mut kept = ladder.tiers().to_vec();
    kept[0].discounts = vec![DiscountRule { scope: Scope::Except(["vape".to_owned()].into()), ..rule("r") }];
    kept[0].closed_on = Some(day("2026-11-21"));
    let text = serde_json::to_string(&kept).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Tier>>(&text).unwrap(), kept, "what is written down is read again");
    let order: Vec<&str> = ladder.tiers().iter().map(|tier| tier.id.0.as_str()).collect();
    assert_eq!(order, ["week", "free", "silver", "gold", "gold-quarter", "gold-year"], "by rank, then length");
    let mut tier = tier("old", 1, 1, Period::Month);
    assert!(tier.open_on(day("2026-11-21")));
    tier.closed_on = Some(day("2026-11-21"));
    assert!(tier.open_on(day("2026-11-20")) && !tier.open_on(day("2026-11-21")), "from that day on nobody can take it");
    assert_eq!(tier.points_percent(), 100);
    tier.benefits.push(Benefit::PointsPercent(200));
    assert_eq!(tier.points_percent(), 200);
}
