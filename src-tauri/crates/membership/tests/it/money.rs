//! What days cost and are worth.

use crate::shop::{Book, day, terms};
use backroom_membership::{CancelReason, Command, Effect, Event, Proration, Side, Unused, preview};

fn proration(events: &[backroom_membership::Dated]) -> Proration {
    let found = events.iter().find_map(|dated| match &dated.event {
        Event::Upgraded { proration, .. } | Event::Downgraded { proration, .. } => Some(proration.clone()),
        _ => None,
    });
    found.expect("a change of tier has a proration")
}

#[test]
fn more_costs_the_difference_of_the_days_that_are_left() {
    let table = [
        // 31 days from the 10th of March; credit 999 × left/31, charge 1999 × left/31, each to the even cent.
        ("2026-03-10", 999, 0, 1_999, 1_000, "the first day: all of both"),
        ("2026-03-11", 967, 32, 1_935, 968, "30 of 31 days"),
        ("2026-03-25", 516, 483, 1_032, 516, "16 of 31 days"),
        ("2026-04-09", 32, 967, 64, 32, "the last day"),
    ];
    for (at, credit, consumed, charge, due, why) in table {
        let mut book = Book::joined("silver", "2026-03-10");
        let upgrade = Command::Upgrade { to: terms("gold") };
        let shown = preview(&book.state, &upgrade, day(at)).unwrap();
        let done = book.on(at, &upgrade);
        let sums = proration(&done);
        assert_eq!((sums.credit, sums.consumed, sums.charge, sums.due), (credit, consumed, charge, due), "{why}");
        assert_eq!(sums.credit + sums.consumed, 999, "{why}: both parts are what was paid");
        assert_eq!((shown.due, shown.events, shown.lines), (due, done, sums.lines), "{why}: shown as it was done");
        assert_eq!(book.state.live().unwrap().paid_through, day("2026-04-10"), "{why}: the end stays");
    }
}

#[test]
fn a_longer_period_begins_today() {
    let mut book = Book::joined("gold", "2026-03-10");
    let sums = proration(&book.on("2026-03-25", &Command::Upgrade { to: terms("gold-year") }));
    // 1999 × 16/31 = 1031.74
    assert_eq!((sums.credit, sums.charge, sums.due), (1_032, 19_997, 18_965));
    assert_eq!(book.state.live().unwrap().paid_through, day("2027-03-25"), "a year from today");
    let sides: Vec<(Side, i64, i64)> = sums.lines.iter().map(|line| (line.side, line.days, line.of_days)).collect();
    assert_eq!(sides, [(Side::Credit, 16, 31), (Side::Charge, 365, 365)]);
}

#[test]
fn less_at_once_leaves_credit_that_the_next_payments_use() {
    let mut book = Book::joined("gold-year", "2026-03-10");
    let less = Command::Downgrade { to: terms("silver"), effect: Effect::Now };
    let sums = proration(&book.on("2026-06-18", &less));
    // 265 of 365 days of 199.97 are 145.1837; a month of silver begins.
    assert_eq!((sums.credit, sums.consumed, sums.charge), (14_518, 5_479, 999));
    assert_eq!((sums.due, sums.balance_after), (0, 13_519));
    let events = book.on("2026-07-18", &Command::Renew { terms: None });
    let Event::Renewed { charge, .. } = &events[0].event else { panic!("{events:?}") };
    assert_eq!((charge.price, charge.credit_used, charge.due), (999, 999, 0), "paid from the credit");
    let settle = Command::CancelNow { reason: CancelReason::MovedAway, unused: Unused::Refunded };
    let shown = preview(&book.state, &settle, day("2026-07-18")).unwrap();
    assert_eq!(shown.refund, 13_519, "the unused month of 9.99 and the credit of 125.20");
    book.on("2026-07-18", &settle);
    let account = book.state.account();
    assert_eq!(
        (account.taken, account.refunded, account.earned),
        (19_997, 13_519, 6_478),
        "all of it is accounted for"
    );
}

#[test]
fn leaving_at_once_gives_back_or_keeps_by_the_day() {
    let table = [
        ("2026-03-10", Unused::Refunded, 999, 0, "the same day: all of it"),
        ("2026-03-25", Unused::Refunded, 516, 0, "16 of 31 days"),
        ("2026-03-25", Unused::Kept, 0, 516, "kept by the shop"),
        ("2026-04-10", Unused::Refunded, 0, 0, "nothing is left"),
    ];
    for (at, unused, refund, kept, why) in table {
        let mut book = Book::joined("silver", "2026-03-10");
        let events = book.on(at, &Command::CancelNow { reason: CancelReason::Mistake, unused });
        let Event::Cancelled { settlement, .. } = &events[0].event else { panic!("{events:?}") };
        assert_eq!((settlement.refund, settlement.kept), (refund, kept), "{why}");
        let account = book.state.account();
        assert_eq!(account.taken - account.refunded, account.earned, "{why}: nothing is owed afterwards");
    }
}

#[test]
fn a_pause_changes_no_amount() {
    for paused in [1, 17, 90] {
        let mut book = Book::joined("silver", "2026-03-10");
        book.on("2026-03-20", &Command::Pause { until: day("2026-03-20").plus(paused) });
        let back = day("2026-03-20").plus(paused + 5);
        let events = book.try_on(back, &Command::Upgrade { to: terms("gold") }).unwrap();
        let sums = proration(&events);
        assert_eq!(sums.credit, 516, "15 days used, 16 left, whatever the pause: {paused}");
        assert_eq!(book.state.live().unwrap().period_began(back), day("2026-03-10"), "and caps go on counting");
    }
}

#[test]
fn what_is_paid_ahead_is_credited_too() {
    let mut book = Book::joined("silver", "2026-03-10");
    book.on("2026-03-31", &Command::Renew { terms: None });
    let sums = proration(&book.on("2026-03-31", &Command::Upgrade { to: terms("gold") }));
    // 10 of 31 days (322.26, 644.84) and a whole month.
    assert_eq!((sums.credit, sums.charge), (322 + 999, 645 + 1_999));
    assert_eq!(sums.credit + sums.consumed, 2 * 999);
    assert_eq!(book.state.live().unwrap().paid_through, day("2026-05-10"));
}

#[test]
fn credit_can_be_paid_out_and_only_once() {
    let mut book = Book::joined("gold", "2026-03-10");
    book.on("2026-03-10", &Command::Downgrade { to: terms("silver"), effect: Effect::Now });
    assert_eq!(book.state.account().balance, 1_000);
    let events = book.on("2026-03-11", &Command::PayOutCredit);
    assert_eq!(events[0].event.refunded(), 1_000);
    assert_eq!(book.refused("2026-03-11", &Command::PayOutCredit), backroom_membership::Refusal::NoCredit);
}
