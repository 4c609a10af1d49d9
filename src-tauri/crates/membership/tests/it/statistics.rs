//! The figures of a shop, from what happened to its members.

use crate::random::{acts, play};
use crate::shop::{Book, day, member, terms};
use backroom_core::{BusinessDay, Currency};
use backroom_membership::statistics::{
    Cohort, Figures, History, Kept, MemberBridge, Rate, RevenueBridge, cohorts, figures,
};
use backroom_membership::{CancelReason, Command, Effect, Membership, TierId, Unused};
use proptest::prelude::*;

fn histories(books: &[Book]) -> impl Iterator<Item = History<'_>> {
    books.iter().map(|book| History { member: book.state.member(), events: &book.events })
}

fn of(books: &[Book], from: &str, to: &str) -> Figures {
    figures(histories(books), Currency::USD, day(from), day(to)).unwrap()
}

fn subscribe(tier: &str) -> Command {
    Command::Subscribe { terms: terms(tier) }
}

/// A member who renews on every due day from March until `until`.
fn faithful(name: &str, tier: &str, on: &str, renewals: &[&str]) -> Book {
    let mut book = Book::new(name);
    book.on(on, &subscribe(tier));
    for at in renewals {
        book.on(at, &Command::Renew { terms: None });
    }
    book
}

fn shop() -> Vec<Book> {
    let cancel = |reason, unused| Command::CancelNow { reason, unused };
    let stays = faithful("stays", "silver", "2026-01-05", &["2026-02-05", "2026-03-05"]);
    let mut more = faithful("takes more", "silver", "2026-01-10", &["2026-02-10"]);
    more.on("2026-03-02", &Command::Upgrade { to: terms("gold") });
    more.on("2026-03-10", &Command::Renew { terms: None });
    let mut less = faithful("takes less", "gold", "2026-01-15", &["2026-02-15"]);
    less.on("2026-03-01", &Command::Downgrade { to: terms("silver"), effect: Effect::PeriodEnd });
    less.on("2026-03-15", &Command::Renew { terms: None });
    let mut leaves = faithful("leaves", "gold", "2026-02-20", &[]);
    leaves.on("2026-03-10", &cancel(CancelReason::TooExpensive, Unused::Refunded));
    let lapses = faithful("lapses", "silver", "2026-02-12", &[]);
    let mut back = faithful("comes back", "silver", "2026-01-01", &[]);
    back.on("2026-01-20", &cancel(CancelReason::MovedAway, Unused::Kept));
    back.on("2026-03-20", &subscribe("gold"));
    let mut pauses = faithful("pauses", "silver", "2026-02-25", &[]);
    pauses.on("2026-03-20", &Command::Pause { until: day("2026-04-20") });
    let new = faithful("new", "gold-year", "2026-03-03", &[]);
    let mut brought = Book::new("brought");
    let import =
        Command::Import { terms: terms("silver"), joined_on: day("2024-05-05"), paid_through: day("2026-04-05") };
    brought.on("2026-03-31", &import);
    let later = faithful("later", "gold", "2026-04-01", &[]);
    vec![stays, more, less, leaves, lapses, back, pauses, new, brought, later]
}

#[test]
fn a_month_is_told_from_opening_to_closing() {
    let march = of(&shop(), "2026-03-01", "2026-03-31");
    let members = MemberBridge { opening: 6, new: 1, imported: 1, returned: 1, cancelled: 1, expired: 1, closing: 7 };
    assert_eq!(march.members, members);
    let revenue = RevenueBridge {
        opening: 999 + 999 + 1_999 + 1_999 + 999 + 999,
        new: 1_666,
        imported: 999,
        reactivation: 1_999,
        expansion: 1_000,
        contraction: 1_000,
        paused: 999,
        resumed: 0,
        churn: 1_999 + 999,
        closing: 999 + 1_999 + 999 + 1_999 + 1_666 + 999,
    };
    assert_eq!(march.revenue, revenue);
    assert_eq!(march.logo_churn(), Rate { part: 2, of: 6 });
    assert_eq!(march.logo_churn().basis_points(), Some(3_333));
    assert_eq!(march.revenue_churn(), Rate { part: 3_998, of: 7_994 });
    assert_eq!(march.net_revenue_churn(), Rate { part: 2_998, of: 7_994 });
    let text = serde_json::to_string(&march).unwrap();
    assert_eq!(serde_json::from_str::<Figures>(&text).unwrap(), march, "what is written down is read again");
    assert_eq!(march.reasons.into_iter().collect::<Vec<_>>(), [(CancelReason::TooExpensive, 1)]);
    let tier = |id: &str| march.tiers[&TierId(id.into())];
    assert_eq!((tier("silver").members, tier("silver").paused, tier("silver").monthly), (4, 1, 3 * 999));
    assert_eq!((tier("gold").members, tier("gold-year").members), (2, 1));
    let nothing = of(&[], "2026-03-01", "2026-03-31").logo_churn();
    assert_eq!(nothing.basis_points(), None, "of nobody there is no rate");
}

#[test]
fn a_cohort_is_followed_month_by_month() {
    let told = cohorts(histories(&shop()), Currency::USD, day("2026-03-31")).unwrap();
    let kept = |members, monthly| Kept { members, monthly };
    let expected = [
        Cohort {
            month: day("2026-01-01"),
            joined: 4,
            kept: vec![kept(3, 3_997), kept(3, 3_997), kept(4, 999 + 1_999 + 999 + 1_999)],
        },
        Cohort { month: day("2026-02-01"), joined: 3, kept: vec![kept(3, 1_999 + 999 + 999), kept(1, 0)] },
        Cohort { month: day("2026-03-01"), joined: 1, kept: vec![kept(1, 1_666)] },
    ];
    assert_eq!(told, expected, "who was brought along is in none: who left before is not known");
    let early = cohorts(histories(&shop()), Currency::USD, day("2026-03-30")).unwrap();
    let months: Vec<usize> = early.iter().map(|cohort| cohort.kept.len()).collect();
    assert_eq!(months, [2, 1], "a month that is not over is not told");
}

#[test]
fn two_currencies_are_never_added() {
    let mut book = Book::new("abroad");
    let mut dollars = terms("silver");
    dollars.currency = Currency::parse("CAD").unwrap();
    book.on("2026-03-03", &Command::Subscribe { terms: dollars });
    let books = [book, faithful("home", "silver", "2026-03-03", &[])];
    assert_eq!(of(&books, "2026-03-01", "2026-03-31").revenue.closing, 999);
    let abroad = figures(histories(&books), Currency::parse("CAD").unwrap(), day("2026-03-01"), day("2026-03-31"));
    assert_eq!(abroad.unwrap().members.closing, 1);
}

#[test]
fn a_damaged_history_is_named() {
    let mut book = faithful("damaged", "silver", "2026-03-03", &[]);
    book.events.push(book.events[0].clone());
    let error = figures(histories(&[book]), Currency::USD, day("2026-03-01"), day("2026-03-31")).unwrap_err();
    assert_eq!(error.member, member("damaged"), "{error}");
}

fn bridges_close(told: &Figures) -> Result<(), TestCaseError> {
    let m = told.members;
    prop_assert_eq!(
        m.opening + m.new + m.imported + m.returned - m.cancelled - m.expired,
        m.closing,
        "members: {:?}",
        m
    );
    let r = told.revenue;
    let up = r.new + r.imported + r.reactivation + r.expansion + r.resumed;
    prop_assert_eq!(r.opening + up - r.contraction - r.paused - r.churn, r.closing, "to the cent: {:?}", r);
    let parts =
        [r.opening, r.new, r.imported, r.reactivation, r.expansion, r.contraction, r.paused, r.resumed, r.churn];
    prop_assert!(parts.iter().all(|part| *part >= 0), "every part is told as what it is: {r:?}");
    let tiers: (i64, i64) = told.tiers.values().fold((0, 0), |sum, tier| (sum.0 + tier.members, sum.1 + tier.monthly));
    prop_assert_eq!(tiers, (m.closing, r.closing), "the tiers make up the whole");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn bridges_close_and_meet(all in prop::collection::vec(acts(15), 1..8), from in 0i32..900, days in (0i32..200, 1i32..200)) {
        let books: Vec<Book> = all.iter().enumerate().map(|(at, acts)| {
            let mut book = Book::new(&format!("m{at}"));
            play(&mut book, acts, |_, _, _, _| {});
            book
        }).collect();
        let start = day("2023-12-25").plus(from);
        let (middle, end) = (start.plus(days.0), start.plus(days.0 + days.1));
        let tell = |from: BusinessDay, to: BusinessDay| figures(histories(&books), Currency::USD, from, to).unwrap();
        let (first, second, whole) = (tell(start, middle), tell(middle.plus(1), end), tell(start, end));
        for told in [&first, &second, &whole] {
            bridges_close(told)?;
        }
        prop_assert_eq!(first.members.closing, second.members.opening, "one ends where the next begins");
        prop_assert_eq!(first.revenue.closing, second.revenue.opening);
        prop_assert_eq!(first.members.new + second.members.new, whole.members.new, "and together they are the whole");
        prop_assert_eq!(first.revenue.churn + second.revenue.churn, whole.revenue.churn);
        prop_assert_eq!(first.taken + second.taken, whole.taken);
        prop_assert_eq!(first.refunded + second.refunded, whole.refunded);

        // Counted another way: everybody as he or she stands on the last day.
        let standing: Vec<Membership> =
            books.iter().map(|book| Membership::fold(book.state.member().clone(), &book.events, end).unwrap()).collect();
        let members = standing.iter().filter(|state| state.standing(end).is_member()).count();
        prop_assert_eq!(whole.members.closing, i64::try_from(members).unwrap());
        let paying = |state: &&Membership| state.standing(end).has_benefits();
        let monthly: i64 = standing.iter().filter(paying).filter_map(|state| state.terms()).map(|terms| terms.monthly()).sum();
        prop_assert_eq!(whole.revenue.closing, monthly);

        for cohort in cohorts(histories(&books), Currency::USD, end).unwrap() {
            prop_assert!(cohort.kept.iter().all(|kept| kept.members <= cohort.joined), "nobody stays who did not join");
        }
    }
}
