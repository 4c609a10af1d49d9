//! Points, as a ledger that is only added to.

use crate::shop::day;
use backroom_core::BusinessDay;
use backroom_membership::Period;
use backroom_membership::points::{Entry, EntryKind, Points, PointsRefusal, PointsRule, Refund};
use proptest::prelude::*;

/// A point for a dollar, a cent for a point, gone after a month.
fn rule() -> PointsRule {
    PointsRule {
        earn_points: 1,
        earn_minor: 100,
        worth_points: 1,
        worth_minor: 1,
        least_redeemed: 10,
        lasts: Some(Period::Month),
    }
}

#[derive(Default)]
struct Ledger {
    points: Points,
    entries: Vec<Entry>,
}

impl Ledger {
    fn keep(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            self.points.apply(&entry).unwrap();
            self.entries.push(entry);
        }
    }

    fn earn(&mut self, on: &str, sale: &str, basis: i64) {
        let entry = self.points.earn(&rule(), &format!("earn {sale}"), day(on), sale, (basis, 100)).unwrap();
        self.keep([entry]);
    }

    fn redeem(&mut self, on: &str, sale: &str, points: i64) {
        let entry = self.points.redeem(&rule(), &format!("redeem {sale}"), day(on), sale, points).unwrap();
        self.keep([entry]);
    }

    fn reverse(&mut self, on: &str, sale: &str, refund: Refund) -> Vec<EntryKind> {
        let ids = (format!("back {sale} {on}"), format!("again {sale} {on}"));
        let entries = self.points.reverse(&rule(), (&ids.0, &ids.1), day(on), sale, refund).unwrap();
        self.keep(entries.clone());
        entries.into_iter().map(|entry| entry.kind).collect()
    }
}

#[test]
fn points_are_whole_and_for_what_was_paid() {
    for (basis, percent, points) in
        [(0, 100, 0), (99, 100, 0), (100, 100, 1), (1_999, 100, 19), (1_999, 150, 29), (-500, 100, 0)]
    {
        assert_eq!(rule().earned(basis, percent), points, "{basis} at {percent} %");
    }
    let rule = PointsRule { worth_points: 100, worth_minor: 500, ..rule() };
    for (points, worth) in [(0, 0), (100, 500), (50, 250), (1, 5), (333, 1_665)] {
        assert_eq!(rule.worth(points), worth, "{points} points");
    }
    assert!(rule.check().is_ok());
    assert!(PointsRule { earn_minor: 0, ..rule.clone() }.check().is_err());
    assert!(PointsRule { worth_points: -1, ..rule }.check().is_err());
}

#[test]
fn the_first_to_go_are_spent_first() {
    let mut ledger = Ledger::default();
    ledger.earn("2026-01-31", "s1", 10_000);
    ledger.earn("2026-02-10", "s2", 5_000);
    assert_eq!(ledger.points.balance(day("2026-02-27")), 150);
    assert_eq!(ledger.points.expiring(day("2026-02-20"), day("2026-02-28")), Some((day("2026-02-28"), 100)));
    ledger.redeem("2026-02-20", "s3", 60);
    assert_eq!(
        ledger.points.balance(day("2026-02-28")),
        50,
        "the other 40 of January are gone on the last of February"
    );
    assert_eq!(ledger.points.liability(day("2026-02-27"), &rule()), 90, "in money");
    let gone = ledger.points.expire(day("2026-03-01"), |lot| format!("gone {}", lot.entry));
    assert!(
        matches!(&gone[..], [Entry { kind: EntryKind::Expire { points: 40, of }, .. }] if of == "earn s1"),
        "{gone:?}"
    );
    ledger.keep(gone);
    assert!(ledger.points.expire(day("2026-03-01"), |lot| lot.entry.clone()).is_empty(), "once");
    assert_eq!(ledger.points.balance(day("2026-03-09")), 50);
    assert_eq!(ledger.points.balance(day("2026-03-10")), 0);
    assert_eq!(ledger.points.totals(), (150, 60, 40));
    let folded = Points::fold(&ledger.entries, day("2026-02-15")).unwrap();
    assert_eq!(folded.balance(day("2026-02-15")), 150, "looking back sees what was");
}

#[test]
fn what_cannot_be_is_refused() {
    let mut ledger = Ledger::default();
    ledger.earn("2026-03-01", "s1", 5_000);
    let points = &ledger.points;
    let on = day("2026-03-02");
    let table: Vec<(&str, Result<Entry, PointsRefusal>, PointsRefusal)> = vec![
        ("earned twice", points.earn(&rule(), "x", on, "s1", (100, 100)), PointsRefusal::EarnedAlready),
        ("for nothing", points.earn(&rule(), "x", on, "s2", (99, 100)), PointsRefusal::Nothing),
        ("entry twice", points.earn(&rule(), "earn s1", on, "s2", (100, 100)), PointsRefusal::EntryTwice),
        ("too many", points.redeem(&rule(), "x", on, "s2", 51), PointsRefusal::NotEnough { balance: 50 }),
        ("too few", points.redeem(&rule(), "x", on, "s2", 9), PointsRefusal::TooFew { least: 10 }),
        ("gone", points.redeem(&rule(), "x", day("2026-04-01"), "s2", 10), PointsRefusal::NotEnough { balance: 0 }),
        ("taken by hand", points.adjust(&rule(), "x", on, -51, "mistake"), PointsRefusal::NotEnough { balance: 50 }),
        ("no reason", points.adjust(&rule(), "x", on, 5, " "), PointsRefusal::NoReason),
        ("nothing by hand", points.adjust(&rule(), "x", on, 0, "why"), PointsRefusal::Nothing),
        (
            "clock",
            points.adjust(&rule(), "x", day("2026-02-28"), 5, "why"),
            PointsRefusal::ClockMovedBack { last: day("2026-03-01") },
        ),
        ("beyond belief", points.adjust(&rule(), "x", on, i64::MAX, "why"), PointsRefusal::Nothing),
        ("beyond belief", points.adjust(&rule(), "x", on, i64::MIN, "why"), PointsRefusal::Nothing),
    ];
    for (what, found, expected) in table {
        assert_eq!(found.unwrap_err(), expected, "{what}");
    }
    let ids = ("a", "b");
    let back = |sale: &str, refund| points.reverse(&rule(), ids, on, sale, refund).unwrap_err();
    assert_eq!(back("never", Refund::Whole), PointsRefusal::UnknownSale);
    assert_eq!(back("s1", Refund::Part(5_001)), PointsRefusal::RefundTooLarge);
    assert_eq!(back("s1", Refund::Part(-1)), PointsRefusal::RefundTooLarge);
    assert_eq!(back("s1", Refund::Part(0)), PointsRefusal::Nothing);
}

#[test]
fn a_sale_given_back_takes_its_points_back() {
    let mut ledger = Ledger::default();
    ledger.earn("2026-03-01", "old", 3_000);
    ledger.earn("2026-03-05", "s1", 10_000);
    ledger.redeem("2026-03-05", "s1", 20);
    let taken = |kinds: &[EntryKind]| match kinds {
        [EntryKind::TakeBack { points, short, .. }, ..] => (*points, *short),
        other => panic!("{other:?}"),
    };
    let part = ledger.reverse("2026-03-06", "s1", Refund::Part(3_333));
    assert_eq!((taken(&part), part.len()), ((34, 0), 1), "66 points stay for 66.67");
    let left: Vec<i64> = ledger.points.lots().iter().map(|lot| lot.left).collect();
    assert_eq!(left, [10, 66], "its own points go, not the older ones");
    let rest = ledger.reverse("2026-03-07", "s1", Refund::Whole);
    assert_eq!(taken(&rest), (66, 0), "all that it earned");
    assert!(matches!(rest[1], EntryKind::GiveBack { points: 20, .. }), "and what was spent in it comes back: {rest:?}");
    assert_eq!(ledger.points.balance(day("2026-03-07")), 30);
    let ids = ("y", "z");
    let again = ledger.points.reverse(&rule(), ids, day("2026-03-08"), "s1", Refund::Whole);
    assert_eq!(again, Err(PointsRefusal::Nothing), "once");
}

#[test]
fn points_that_are_spent_cannot_be_taken_back() {
    let mut ledger = Ledger::default();
    ledger.earn("2026-03-05", "s1", 10_000);
    ledger.redeem("2026-03-06", "s2", 70);
    let kinds = ledger.reverse("2026-03-07", "s1", Refund::Whole);
    assert!(
        matches!(kinds[..], [EntryKind::TakeBack { points: 30, short: 70, .. }]),
        "told, and not below zero: {kinds:?}"
    );
    assert_eq!(ledger.points.balance(day("2026-03-07")), 0);
}

#[derive(Debug, Clone)]
enum Act {
    Earn(usize, i64),
    Redeem(usize, i64),
    Adjust(i64),
    Refund(usize, Refund),
    Expire,
}

fn acts() -> impl Strategy<Value = Vec<(i32, Act)>> {
    let refund = prop_oneof![Just(Refund::Whole), (0i64..20_000).prop_map(Refund::Part)];
    let act = prop_oneof![
        4 => (0usize..12, 0i64..20_000).prop_map(|(sale, basis)| Act::Earn(sale, basis)),
        3 => (0usize..12, 0i64..200).prop_map(|(sale, points)| Act::Redeem(sale, points)),
        1 => (-100i64..100).prop_map(Act::Adjust),
        2 => (0usize..12, refund).prop_map(|(sale, refund)| Act::Refund(sale, refund)),
        1 => Just(Act::Expire),
    ];
    prop::collection::vec((0i32..20, act), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_ledger_never_owes_less_than_nothing(acts in acts()) {
        let (rule, mut ledger, mut on) = (rule(), Ledger::default(), day("2026-01-01"));
        for (at, (gap, act)) in acts.into_iter().enumerate() {
            on = on.plus(gap);
            let (id, sale) = (format!("e{at}"), |sale: usize| format!("s{sale}"));
            let before = ledger.points.clone();
            let entries = match act {
                Act::Earn(s, basis) => before.earn(&rule, &id, on, &sale(s), (basis, 100)).map(|entry| vec![entry]),
                Act::Redeem(s, points) => before.redeem(&rule, &id, on, &sale(s), points).map(|entry| vec![entry]),
                Act::Adjust(points) => before.adjust(&rule, &id, on, points, "count").map(|entry| vec![entry]),
                Act::Refund(s, refund) => before.reverse(&rule, (&id, &format!("{id}b")), on, &sale(s), refund),
                Act::Expire => Ok(before.expire(on, |lot| format!("{id} {}", lot.entry))),
            };
            let Ok(entries) = entries else { continue };
            let delta: i64 = entries.iter().map(|entry| match &entry.kind {
                EntryKind::Earn { points, .. } | EntryKind::Adjust { points, .. } | EntryKind::GiveBack { points, .. } => *points,
                EntryKind::Redeem { points, .. } | EntryKind::TakeBack { points, .. } => -points,
                EntryKind::Expire { .. } => 0,
            }).sum();
            ledger.keep(entries);
            let balance = ledger.points.balance(on);
            prop_assert!(balance >= 0 && ledger.points.lots().iter().all(|lot| lot.left > 0), "never below zero");
            prop_assert_eq!(balance, before.balance(on) + delta, "the entries are what changes the balance");
            prop_assert!(ledger.points.liability(on, &rule) == balance, "a cent a point");
            let later = on.plus(31);
            prop_assert!(ledger.points.balance(later) <= balance, "time gives nothing");
        }
        let folded = Points::fold(&ledger.entries, on).unwrap();
        prop_assert_eq!(&folded, &ledger.points, "the entries alone make the same");
        let text = serde_json::to_string(&folded).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Points>(&text).unwrap(), &folded);
        let text = serde_json::to_string(&ledger.entries).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Entry>>(&text).unwrap(), ledger.entries);
        let end: BusinessDay = on.plus(400);
        prop_assert_eq!(folded.balance(end), 0, "everything goes in the end: {:?}", folded.lots());
    }
}
