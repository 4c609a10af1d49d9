//! The discount at the counter.

use crate::shop::{day, tier};
use backroom_membership::counter::{
    CartError, CartLine, Combination, House, Offer, Priced, Source, UnknownCost, Value, Why, price,
};
use backroom_membership::{DiscountRule, Period, Scope, Stacking, Standing};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn line(id: &str, category: &str, unit_price: i64, unit_cost: Option<i64>) -> CartLine {
    CartLine {
        id: id.into(),
        item: format!("item {id}"),
        category: (!category.is_empty()).then(|| category.into()),
        quantity_milli: 1_000,
        unit_price,
        unit_cost,
    }
}

fn offer(id: &str, source: Source, value: Value) -> Offer {
    Offer {
        id: id.into(),
        label: id.into(),
        source,
        value,
        scope: Scope::Everything,
        lines: None,
        cap: None,
        margin_floor: 0,
        stacking: Stacking::ByManager,
    }
}

fn only(categories: &[&str]) -> Scope {
    Scope::Only(categories.iter().map(|&c| c.into()).collect())
}

fn member(id: &str, percent: u16) -> Offer {
    offer(id, Source::Member, Value::Percent(percent * 100))
}

fn ring(lines: &[CartLine], offers: &[Offer], combination: Combination) -> Priced {
    price(lines, offers, &Standing::Active, House::default(), combination).unwrap()
}

fn best(lines: &[CartLine], offers: &[Offer]) -> Priced {
    ring(lines, offers, Combination::BestDeal)
}

fn discounts(priced: &Priced) -> Vec<i64> {
    priced.lines.iter().map(|line| line.discount).collect()
}

fn why(priced: &Priced, line: usize, offer: &str) -> Why {
    priced.lines[line].verdicts.iter().find(|verdict| verdict.offer == offer).unwrap().why.clone()
}

#[test]
fn each_line_takes_its_best_deal_and_says_why() {
    let lines =
        [line("a", "glass", 2_000, Some(500)), line("b", "vape", 3_000, Some(500)), line("c", "", 999, Some(1))];
    let offers = [
        member("members", 10),
        Offer { scope: only(&["glass"]), ..offer("glass week", Source::Promotion, Value::Percent(2_000)) },
    ];
    let priced = best(&lines, &offers);
    assert_eq!(discounts(&priced), [400, 300, 100], "20 % of the glass, 10 % of the rest, 99.9 rounds to 100");
    assert_eq!((priced.before, priced.discount, priced.after), (5_999, 800, 5_199));
    assert_eq!(why(&priced, 0, "members"), Why::BetterDeal { other: "glass week".into() });
    assert_eq!(why(&priced, 0, "glass week"), Why::Applied);
    assert_eq!(why(&priced, 1, "glass week"), Why::OtherGoods);
    assert_eq!(priced.given, BTreeMap::from([("glass week".into(), 400), ("members".into(), 400)]));
}

#[test]
fn nobody_without_benefits_gets_a_members_price() {
    let lines = [line("a", "glass", 2_000, Some(500))];
    let offers = [member("members", 10), offer("everybody", Source::Promotion, Value::Percent(500))];
    let table = [
        (Standing::Active, 200),
        (Standing::Grace { lapses_on: day("2026-04-20"), attempts: 1 }, 200),
        (Standing::Due { lapses_on: day("2026-04-20") }, 200),
        (Standing::Paused { until: day("2026-04-20") }, 100),
        (Standing::Never, 100),
        (Standing::Expired { on: day("2026-04-20") }, 100),
        (Standing::Cancelled { on: day("2026-04-20") }, 100),
    ];
    for (standing, discount) in table {
        let priced = price(&lines, &offers, &standing, House::default(), Combination::BestDeal).unwrap();
        assert_eq!(priced.discount, discount, "{standing:?}");
        if discount == 100 {
            assert_eq!(why(&priced, 0, "members"), Why::NoBenefits, "{standing:?}");
        }
    }
}

#[test]
fn caps_and_floors_cut_what_is_given() {
    let three = [line("a", "", 1_000, Some(1)), line("b", "", 1_000, Some(1)), line("c", "", 1_000, Some(1))];
    let capped = Offer { cap: Some(100), ..member("m", 10) };
    let priced = best(&three, std::slice::from_ref(&capped));
    assert_eq!(discounts(&priced), [34, 33, 33], "a dollar over three lines, to the cent");
    assert_eq!(why(&priced, 0, "m"), Why::UpToCap);
    let used_up = Offer { cap: Some(0), ..capped };
    assert_eq!(why(&best(&three, &[used_up]), 0, "m"), Why::CapUsedUp);

    let table = [
        (1_000, Some(500), 2_000, 200, Why::Applied, "enough margin"),
        (1_000, Some(900), 0, 100, Why::DownToFloor, "not below cost"),
        (1_000, Some(500), 4_000, 166, Why::DownToFloor, "500 is 60 % of 833.33: the floor is 834"),
        (1_000, Some(1_000), 0, 0, Why::AtFloor, "sold at cost"),
        (1_000, Some(1_200), 0, 0, Why::AtFloor, "sold below cost: nothing comes off, nothing goes on"),
        (1_000, None, 0, 0, Why::CostUnknown, "nobody could say it is not below cost"),
        (2, Some(0), 0, 0, Why::Nothing, "four tenths of a cent"),
        (0, Some(0), 0, 0, Why::AtFloor, "given away"),
    ];
    for (price, cost, margin_floor, discount, expected, what) in table {
        let priced = best(&[line("a", "", price, cost)], &[Offer { margin_floor, ..member("m", 20) }]);
        assert_eq!((discounts(&priced), why(&priced, 0, "m")), (vec![discount], expected), "{what}");
    }
}

#[test]
fn a_cap_that_is_soon_full_does_not_hide_a_better_deal() {
    let lines = [line("a", "", 100_000, Some(1)), line("b", "", 2_500, Some(1))];
    let capped = Offer { cap: Some(500), ..member("capped", 20) };
    let all = offer("all", Source::Promotion, Value::Percent(1_000));
    let priced = best(&lines, &[capped, all]);
    assert_eq!(
        discounts(&priced),
        [10_000, 500],
        "20 % of the small line fills the cap, 10 % of the large is far more"
    );
}

#[test]
fn a_rules_cap_counts_what_was_given_in_the_period() {
    let rule = DiscountRule {
        id: "r".into(),
        label: "Members".into(),
        basis_points: 1_000,
        scope: Scope::Everything,
        cap_per_sale: Some(1_500),
        cap_per_period: Some(2_000),
        margin_floor: 0,
        stacking: Stacking::Never,
    };
    let lines = [line("a", "", 100_000, Some(1))];
    for (used, discount) in [(0, 1_500), (400, 1_500), (700, 1_300), (2_000, 0), (2_400, 0)] {
        assert_eq!(best(&lines, &[Offer::of_rule(&rule, used)]).discount, discount, "{used} used");
        let mut tier = tier("gold", 2, 1_999, Period::Month);
        tier.discounts = vec![rule.clone()];
        assert_eq!(best(&lines, &Offer::of_tier(&tier, |id| if id == "r" { used } else { 0 })).discount, discount);
    }
}

#[test]
fn only_a_manager_stacks() {
    let lines = [line("a", "", 10_000, Some(5_000))];
    let offers = [
        member("members", 20),
        offer("fair", Source::Promotion, Value::Percent(1_000)),
        offer("by hand", Source::Manager, Value::Amount(500)),
    ];
    assert_eq!(best(&lines, &offers).discount, 2_000, "alone the best of them");
    let stacked = ring(&lines, &offers, Combination::StackedByManager);
    assert_eq!(stacked.discount, 2_000 + 800 + 500, "each of what the one before left");
    assert!((0..3).all(|at| stacked.lines[0].verdicts[at].why == Why::Applied), "{stacked:?}");

    let alone = Offer { stacking: Stacking::Never, ..member("alone", 40) };
    let offers = [offers[0].clone(), offers[1].clone(), alone];
    let stacked = ring(&lines, &offers, Combination::StackedByManager);
    assert_eq!(stacked.discount, 4_000, "one that stands alone is better than two that stack");
    assert_eq!(why(&stacked, 0, "members"), Why::BetterDeal { other: "alone".into() });

    let strict =
        [Offer { margin_floor: 4_000, ..member("strict", 10) }, offer("hand", Source::Manager, Value::Amount(5_000))];
    let stacked = ring(&lines, &strict, Combination::StackedByManager);
    assert_eq!(stacked.lines[0].after, 5_000, "by hand alone goes down to cost: 50.00 is more than both above 40 %");
    assert_eq!(why(&stacked, 0, "strict"), Why::BetterDeal { other: "hand".into() });
}

#[test]
fn an_amount_is_shared_out_over_the_lines_it_is_for() {
    let lines = [line("a", "", 1_000, Some(950)), line("b", "", 2_000, Some(0)), line("c", "", 3_000, Some(0))];
    let all = Offer::by_hand("ten", "Goodwill", Value::Amount(1_000), None);
    let priced = best(&lines, std::slice::from_ref(&all));
    assert_eq!(discounts(&priced), [50, 380, 570], "a has room for 50; 950 go to the others, 2 to 3");
    let some = Offer { lines: Some(["b".to_owned()].into()), ..all };
    assert_eq!(discounts(&best(&lines, &[some])), [0, 1_000, 0]);
    let unknown = [line("a", "", 1_000, None)];
    let hand = [offer("hand", Source::Manager, Value::Amount(100))];
    for (unknown_cost, discount) in
        [(UnknownCost::Refuse, 0), (UnknownCost::ManagerOnly, 100), (UnknownCost::Allow, 100)]
    {
        let house = House { unknown_cost, ..House::default() };
        let priced = price(&unknown, &hand, &Standing::Active, house, Combination::BestDeal).unwrap();
        assert_eq!(priced.discount, discount, "{unknown_cost:?}");
    }
}

#[test]
fn what_cannot_be_sold_is_not_priced() {
    let fine = line("a", "", 1_000, Some(1));
    let offers = [member("m", 10)];
    let quantity = |quantity_milli| [CartLine { quantity_milli, ..fine.clone() }];
    let refused = |lines: &[CartLine], offers: &[Offer]| {
        price(lines, offers, &Standing::Active, House::default(), Combination::BestDeal).unwrap_err()
    };
    for milli in [0, -1_000, i64::MIN, i64::MAX] {
        assert_eq!(refused(&quantity(milli), &offers), CartError::Quantity { line: "a".into() }, "{milli}");
    }
    for price in [-1, i64::MAX] {
        let lines = [CartLine { unit_price: price, ..fine.clone() }];
        assert_eq!(refused(&lines, &offers), CartError::Price { line: "a".into() }, "{price}");
    }
    assert_eq!(refused(&[fine.clone(), fine.clone()], &offers), CartError::LineTwice { line: "a".into() });
    assert_eq!(
        refused(std::slice::from_ref(&fine), &[member("m", 1), member("m", 2)]),
        CartError::OfferTwice { offer: "m".into() }
    );
    assert_eq!(refused(&[fine], &[member("m", 101)]), CartError::Offer { offer: "m".into() });
    let piece = CartLine { quantity_milli: 333, unit_price: 1_000, ..line("p", "", 0, Some(100)) };
    assert_eq!(best(&[piece], &offers).lines[0].after, 300, "333 g at 10.00 less a tenth");
}

fn carts() -> impl Strategy<Value = Vec<CartLine>> {
    let category = prop::sample::select(vec!["glass", "vape", "snack", ""]);
    let one = (category, 1i64..4_000, 0i64..5_000, prop::option::weighted(0.85, 0i64..5_000));
    prop::collection::vec(one, 1..8).prop_map(|lines| {
        let named = lines.into_iter().enumerate();
        named
            .map(|(at, (category, quantity_milli, unit_price, unit_cost))| CartLine {
                quantity_milli,
                ..line(&format!("l{at}"), category, unit_price, unit_cost)
            })
            .collect()
    })
}

fn offers() -> impl Strategy<Value = Vec<Offer>> {
    let value = prop_oneof![3 => (1u16..=10_000).prop_map(Value::Percent), 1 => (1i64..3_000).prop_map(Value::Amount)];
    let source = prop::sample::select(vec![Source::Member, Source::Promotion, Source::Manager]);
    let scope = prop_oneof![
        2 => Just(Scope::Everything),
        1 => Just(only(&["glass", "snack"])),
        1 => Just(Scope::Except(["vape".to_owned()].into())),
    ];
    let stacking = prop::sample::select(vec![Stacking::Never, Stacking::ByManager]);
    let one = (value, source, scope, prop::option::of(0i64..2_000), 0u16..6_000, stacking);
    prop::collection::vec(one, 0..5).prop_map(|offers| {
        let named = offers.into_iter().enumerate();
        named
            .map(|(at, (value, source, scope, cap, margin_floor, stacking))| Offer {
                id: format!("o{at}"),
                label: "offer".into(),
                source,
                value,
                scope,
                lines: None,
                cap,
                margin_floor,
                stacking,
            })
            .collect()
    })
}

fn combination() -> impl Strategy<Value = Combination> {
    prop::sample::select(vec![Combination::BestDeal, Combination::StackedByManager])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn promises_of_a_price_hold(
        lines in carts(),
        offers in offers(),
        how in combination(),
        house_floor in 0u16..3_000,
        unknown_cost in prop::sample::select(vec![UnknownCost::Refuse, UnknownCost::ManagerOnly, UnknownCost::Allow]),
    ) {
        let house = House { margin_floor: house_floor, unknown_cost };
        let priced = price(&lines, &offers, &Standing::Active, house, how).unwrap();
        let sum = |of: fn(&backroom_membership::counter::PricedLine) -> i64| priced.lines.iter().map(of).sum::<i64>();
        prop_assert_eq!(sum(|line| line.discount), priced.discount, "lines make up the sale to the cent");
        prop_assert_eq!(sum(|line| line.after), priced.after);
        prop_assert_eq!(priced.given.values().sum::<i64>(), priced.discount, "and so do the offers");
        for (line, told) in lines.iter().zip(&priced.lines) {
            prop_assert_eq!((&line.id, line.before()), (&told.id, told.before), "in the order in which they came");
            prop_assert_eq!(told.verdicts.iter().map(|v| v.amount).sum::<i64>(), told.discount);
            prop_assert_eq!(told.verdicts.len(), offers.len(), "every offer says what became of it");
            prop_assert!((0..=told.before).contains(&told.discount));
            let applied: Vec<&Offer> = told.verdicts.iter().filter(|v| v.amount > 0)
                .map(|v| offers.iter().find(|offer| offer.id == v.offer).unwrap()).collect();
            prop_assert!(how == Combination::StackedByManager || applied.len() <= 1, "one offer a line");
            if applied.len() > 1 {
                prop_assert!(applied.iter().all(|offer| offer.stacking == Stacking::ByManager), "what stands alone stands alone");
            }
            for offer in &applied {
                prop_assert!(offer.scope.holds(line.category.as_deref()), "only the goods it is for");
                match line.unit_cost {
                    Some(cost) => {
                        let margin = i128::from(offer.margin_floor.max(house_floor));
                        let (cost, after) = (i128::from(cost) * i128::from(line.quantity_milli), i128::from(told.after) * 1_000);
                        prop_assert!((after - cost) * 10_000 >= after * margin, "never below the floor: {told:?} of {line:?}");
                    }
                    None => {
                        let manager = unknown_cost == UnknownCost::ManagerOnly && offer.source == Source::Manager;
                        prop_assert!(manager || unknown_cost == UnknownCost::Allow, "not without knowing the cost");
                    }
                }
            }
        }
        for offer in &offers {
            let given = priced.given.get(&offer.id).copied().unwrap_or(0);
            prop_assert!(given <= offer.cap.unwrap_or(i64::MAX), "never more than the cap");
            if let Value::Amount(amount) = offer.value {
                prop_assert!(given <= amount, "never more than the amount");
            }
            let alone = price(&lines, std::slice::from_ref(offer), &Standing::Active, house, how).unwrap();
            prop_assert!(how == Combination::StackedByManager || alone.discount <= priced.discount, "no offer alone is better");
        }
        let text = serde_json::to_string(&priced).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Priced>(&text).unwrap(), &priced, "what is written down is read again");
        let best = price(&lines, &offers, &Standing::Active, house, Combination::BestDeal).unwrap();
        prop_assert!(best.discount <= priced.discount, "a manager never makes it worse");
    }

    #[test]
    fn the_order_of_lines_and_offers_does_not_matter(
        lines in carts(),
        offers in offers(),
        how in combination(),
        turn in (0usize..8, 0usize..5),
    ) {
        let priced = ring(&lines, &offers, how);
        let (mut turned, mut others) = (lines.clone(), offers.clone());
        let (by, of) = (turn.0 % turned.len(), turn.1 % others.len().max(1));
        turned.rotate_left(by);
        turned.reverse();
        others.rotate_left(of);
        let again = ring(&turned, &others, how);
        let by_id = |priced: &Priced| {
            let mut lines: Vec<(String, i64)> = priced.lines.iter().map(|line| (line.id.clone(), line.discount)).collect();
            lines.sort();
            lines
        };
        prop_assert_eq!(by_id(&priced), by_id(&again));
        prop_assert_eq!(priced.given, again.given);
    }

    /// What is found is the best there is, held against every way to give each line an offer.
    #[test]
    fn without_caps_the_best_deal_is_the_best(lines in carts(), offers in offers()) {
        let offers: Vec<Offer> = offers.into_iter().filter(|offer| matches!(offer.value, Value::Percent(_)))
            .map(|offer| Offer { cap: None, ..offer }).collect();
        let best: i64 = lines.iter().map(|line| {
            let one = |offer: &Offer| ring(std::slice::from_ref(line), std::slice::from_ref(offer), Combination::BestDeal).discount;
            offers.iter().map(one).max().unwrap_or(0)
        }).sum();
        prop_assert_eq!(ring(&lines, &offers, Combination::BestDeal).discount, best);
    }
}
