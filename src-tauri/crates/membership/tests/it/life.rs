//! A membership from joining to leaving, by what happens on which day.

use crate::shop::{Book, day, member, terms};
use backroom_core::Currency;
use backroom_membership::{CancelReason, Command, Effect, Event, Membership, Refusal, Standing, Unused, decide};

const NOT_USED: CancelReason = CancelReason::NotUsed;

fn renew() -> Command {
    Command::Renew { terms: None }
}

fn cancel_now(unused: Unused) -> Command {
    Command::CancelNow { reason: NOT_USED, unused }
}

fn cancel_later() -> Command {
    Command::CancelAtPeriodEnd { reason: NOT_USED }
}

#[test]
fn a_month_ends_where_it_began() {
    let mut book = Book::joined("silver", "2026-01-31");
    let mut ends = vec![book.state.live().unwrap().paid_through.to_string()];
    for at in ["2026-02-28", "2026-03-30", "2026-04-30", "2026-05-20"] {
        book.on(at, &renew());
        ends.push(book.state.live().unwrap().paid_through.to_string());
    }
    assert_eq!(ends, ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"], "anchored to the 31st");
}

#[test]
fn what_nobody_pays_lapses_after_the_grace_whether_the_pc_was_on_or_not() {
    let book = Book::joined("silver", "2026-03-10");
    let table = [
        ("2026-04-09", Standing::Active, true, "the last paid day"),
        ("2026-04-10", Standing::Due { lapses_on: day("2026-04-18") }, true, "the day on which it falls due"),
        ("2026-04-17", Standing::Due { lapses_on: day("2026-04-18") }, true, "the seventh day of grace"),
        ("2026-04-18", Standing::Expired { on: day("2026-04-18") }, false, "the grace is over"),
        ("2027-04-18", Standing::Expired { on: day("2026-04-18") }, false, "a year later it ended on that day still"),
    ];
    for (on, standing, benefits, why) in table {
        assert_eq!(book.state.standing(day(on)), standing, "{on}: {why}");
        assert_eq!(book.state.standing(day(on)).has_benefits(), benefits, "{on}: {why}");
    }
}

#[test]
fn grace_begins_with_the_first_failure_and_does_not_grow() {
    let mut book = Book::joined("silver", "2026-03-10");
    assert_eq!(
        book.refused("2026-04-09", &Command::RecordFailedPayment),
        Refusal::NothingDue { due: day("2026-04-10") }
    );
    book.on("2026-04-12", &Command::RecordFailedPayment);
    book.on("2026-04-15", &Command::RecordFailedPayment);
    let grace = Standing::Grace { lapses_on: day("2026-04-20"), attempts: 2 };
    assert_eq!(book.state.standing(day("2026-04-19")), grace, "seven days after the 12th, not after the 15th");
    let mut late = book.clone();
    let events = late.on("2026-04-19", &renew());
    assert!(
        matches!(events[0].event, Event::PaymentRecovered { after_days: 7 }) && events.len() == 2,
        "recovered, then renewed: {events:?}"
    );
    assert_eq!(late.state.live().unwrap().paid_through, day("2026-05-10"), "late payment buys the same month");
    assert_eq!(book.refused("2026-04-20", &renew()), Refusal::NotAMember, "after the grace it is too late");
    book.on("2026-04-20", &Command::Subscribe { terms: terms("silver") });
    assert_eq!(
        book.told()[3..],
        ["2026-04-20 expired", "2026-04-20 subscribed"],
        "time's event is kept before the command's"
    );
}

#[test]
fn grace_is_what_was_agreed_for_the_days_before_it() {
    let mut book = Book::joined("gold-year", "2026-03-10");
    book.on("2027-04-20", &Command::Downgrade { to: terms("silver"), effect: Effect::PeriodEnd });
    let due = |lapses_on: &str| Standing::Due { lapses_on: day(lapses_on) };
    assert_eq!(
        book.state.standing(day("2027-04-20")),
        due("2027-05-10"),
        "sixty days, though the new tier gives seven"
    );
    let events = book.on("2027-04-20", &renew());
    assert!(
        matches!(events[..], [backroom_membership::Dated { event: Event::Renewed { from, .. }, .. }] if from == day("2027-04-20")),
        "a month from the tenth of March is over, so it begins today: {events:?}"
    );
    assert_eq!(book.state.standing(day("2027-05-20")), due("2027-05-28"), "from now on seven");
    let mut free = Book::joined("free", "2026-03-10");
    assert_eq!(
        free.state.standing(day("2026-04-10")),
        due("2026-04-11"),
        "without grace there is still the day itself"
    );
    free.on("2026-04-10", &renew());
    let mut more = Book::joined("silver", "2026-03-10");
    more.on("2026-03-20", &Command::Upgrade { to: terms("gold-year") });
    assert_eq!(more.state.standing(day("2027-03-20")), due("2027-05-20"), "a higher tier brings its grace");
}

#[test]
fn a_payment_so_late_that_its_period_is_over_begins_today() {
    let mut book = Book::joined("week", "2026-03-01");
    book.on("2026-03-15", &renew());
    let live = book.state.live().unwrap();
    assert_eq!(live.paid_through, day("2026-03-22"), "due on the 8th, seven days of grace: the week from then is over");
    let mut book = Book::joined("week", "2026-03-01");
    book.on("2026-03-14", &renew());
    assert_eq!(book.state.live().unwrap().paid_through, day("2026-03-15"), "a day of it is left");
}

#[test]
fn a_pause_moves_the_end_by_its_days() {
    let table = [
        ("2026-03-15", "2026-04-01", None, "2026-04-27", "seventeen days, ended by themselves"),
        ("2026-03-15", "2026-04-01", Some("2026-03-20"), "2026-04-15", "five days, ended by hand"),
        ("2026-03-15", "2026-04-01", Some("2026-03-15"), "2026-04-10", "none: thought better of the same day"),
        ("2026-03-10", "2026-06-08", None, "2026-07-09", "as long as can be"),
    ];
    for (from, until, resumed, end, why) in table {
        let mut book = Book::joined("silver", "2026-03-10");
        book.on(from, &Command::Pause { until: day(until) });
        assert_eq!(book.state.standing(day(from)), Standing::Paused { until: day(until) }, "{why}");
        assert!(!book.state.standing(day(from)).has_benefits(), "{why}: a pause has no benefits");
        if let Some(resumed) = resumed {
            book.on(resumed, &Command::Resume);
        }
        let then = Membership::fold(member("m"), &book.events, day("2026-06-08").max(day(until))).unwrap();
        let paid_through = then.live().map(|live| live.paid_through);
        let ended = matches!(then.phase(), backroom_membership::Phase::Ended { on, .. } if *on == day(end).plus(8));
        assert!(paid_through == Some(day(end)) || ended, "{why}: {then:?}");
    }
    let mut book = Book::joined("silver", "2026-03-10");
    assert_eq!(book.refused("2026-03-10", &Command::Pause { until: day("2026-03-10") }), Refusal::PauseEndsEarly);
    let latest = day("2026-06-08");
    assert_eq!(
        book.refused("2026-03-10", &Command::Pause { until: day("2026-06-09") }),
        Refusal::PauseTooLong { latest }
    );
    assert_eq!(book.refused("2026-03-10", &Command::Resume), Refusal::NotPaused);
    let due = Refusal::PaymentDue { since: day("2026-04-10") };
    assert_eq!(book.refused("2026-04-10", &Command::Pause { until: day("2026-04-20") }), due);
    book.on("2026-03-31", &Command::Pause { until: day("2026-05-01") });
    let paused = Refusal::Paused { until: day("2026-05-01") };
    for command in [renew(), Command::Upgrade { to: terms("gold") }, Command::Pause { until: day("2026-05-02") }] {
        assert_eq!(book.refused("2026-04-15", &command), paused, "{command:?}");
    }
}

/// What was done before, and when.
type Done = Vec<(&'static str, Command)>;

#[test]
fn leaving_is_possible_whenever_there_is_something_to_leave() {
    let prepare: Vec<(&str, Done, &str)> = vec![
        ("the first day", vec![], "2026-03-10"),
        ("a paid day", vec![], "2026-03-20"),
        ("paid ahead", vec![("2026-04-01", renew())], "2026-04-01"),
        ("paused", vec![("2026-03-15", Command::Pause { until: day("2026-04-01") })], "2026-03-20"),
        ("due", vec![], "2026-04-12"),
        ("failed", vec![("2026-04-12", Command::RecordFailedPayment)], "2026-04-15"),
        (
            "about to take less",
            vec![("2026-03-12", Command::Downgrade { to: terms("week"), effect: Effect::PeriodEnd })],
            "2026-03-15",
        ),
    ];
    for (what, commands, at) in prepare {
        for leave in [cancel_later(), cancel_now(Unused::Kept), cancel_now(Unused::Refunded)] {
            let mut book = Book::joined("silver", "2026-03-10");
            for (on, command) in &commands {
                book.on(on, command);
            }
            book.on(at, &leave);
            let gone = book.state.standing(day("2026-09-01"));
            assert!(matches!(gone, Standing::Cancelled { .. }), "{what}, {leave:?}: {gone:?}");
        }
    }
}

#[test]
fn an_end_can_be_undone_until_it_comes() {
    let mut book = Book::joined("silver", "2026-03-10");
    assert_eq!(book.refused("2026-03-11", &Command::UndoCancellation), Refusal::NothingToUndo);
    book.on("2026-03-20", &cancel_later());
    let pending = Refusal::CancellationPending { ends_on: day("2026-04-10") };
    let meanwhile = [
        renew(),
        cancel_later(),
        Command::Upgrade { to: terms("gold") },
        Command::Downgrade { to: terms("week"), effect: Effect::Now },
        Command::Pause { until: day("2026-04-05") },
    ];
    for command in meanwhile {
        assert_eq!(book.refused("2026-03-30", &command), pending, "{command:?}");
    }
    let mut undone = book.clone();
    undone.on("2026-04-09", &Command::UndoCancellation);
    assert_eq!(undone.state.standing(day("2026-04-10")), Standing::Due { lapses_on: day("2026-04-18") });
    let ended = Refusal::AlreadyEnded { on: day("2026-04-10") };
    assert_eq!(book.refused("2026-04-10", &Command::UndoCancellation), ended, "the day has come");
    assert_eq!(book.state.standing(day("2026-04-10")), Standing::Cancelled { on: day("2026-04-10") });
    book.on("2026-04-10", &Command::Subscribe { terms: terms("silver") });
    assert!(book.state.standing(day("2026-04-10")).has_benefits(), "and can join again at once");
}

#[test]
fn less_comes_when_the_paid_days_are_over() {
    let mut book = Book::joined("gold", "2026-03-31");
    let less = Command::Downgrade { to: terms("silver"), effect: Effect::PeriodEnd };
    book.on("2026-04-05", &less);
    assert_eq!(book.refused("2026-04-20", &renew()), Refusal::ChangePending { on: day("2026-04-30") });
    let mut kept = book.clone();
    kept.on("2026-04-20", &Command::UndoDowngrade);
    assert_eq!(kept.refused("2026-04-20", &Command::UndoDowngrade), Refusal::NothingToUndo);
    kept.on("2026-04-20", &renew());
    assert_eq!(kept.state.terms(), Some(&terms("gold")));
    book.on("2026-05-02", &renew());
    assert_eq!(
        book.told()[1..],
        ["2026-04-05 downgrade_scheduled", "2026-04-30 downgraded", "2026-05-02 renewed"],
        "the lower tier begins on the day the paid ones end"
    );
    let live = book.state.live().unwrap();
    assert_eq!((live.terms.price, live.paid_through), (999, day("2026-05-31")), "at its price, anchored as before");
    assert_eq!(book.state.account().taken, 1_999 + 999);
}

#[test]
fn more_and_less_are_told_apart() {
    let gold = || Book::joined("gold", "2026-03-10");
    let up = |to: &str| Command::Upgrade { to: terms(to) };
    let down = |to: &str| Command::Downgrade { to: terms(to), effect: Effect::Now };
    assert_eq!(gold().refused("2026-03-11", &up("silver")), Refusal::NotAnUpgrade);
    assert_eq!(gold().refused("2026-03-11", &up("gold")), Refusal::NotAnUpgrade);
    assert_eq!(gold().refused("2026-03-11", &down("gold")), Refusal::NotADowngrade);
    assert_eq!(gold().refused("2026-03-11", &down("gold-year")), Refusal::NotADowngrade, "longer is more");
    gold().on("2026-03-11", &up("gold-year"));
    let mut abroad = terms("gold-year");
    abroad.currency = Currency::parse("CAD").unwrap();
    assert_eq!(gold().refused("2026-03-11", &Command::Upgrade { to: abroad.clone() }), Refusal::OtherCurrency);
    let due = Refusal::PaymentDue { since: day("2026-04-10") };
    assert_eq!(gold().refused("2026-04-12", &up("gold-year")), due, "more is for those who paid");
    let mut late = gold();
    late.on("2026-04-12", &down("silver"));
    assert_eq!(late.state.account().taken, 1_999, "less can be taken when the payment is due, and costs nothing yet");
    late.on("2026-04-12", &renew());
    assert_eq!(late.state.account().taken, 1_999 + 999);
    let other = Command::Renew { terms: Some(terms("silver")) };
    assert_eq!(gold().refused("2026-04-10", &other), Refusal::OtherTier);
    let mut dearer = terms("gold");
    dearer.price = 2_499;
    let mut book = gold();
    book.on("2026-04-10", &Command::Renew { terms: Some(dearer) });
    assert_eq!(book.state.account().taken, 1_999 + 2_499, "the price of today, when it is agreed to");
}

#[test]
fn the_next_period_can_be_paid_a_little_early_and_once() {
    let mut book = Book::joined("silver", "2026-03-10");
    assert_eq!(book.refused("2026-03-26", &renew()), Refusal::TooEarly { from: day("2026-03-27") });
    book.on("2026-03-27", &renew());
    assert_eq!(book.refused("2026-04-08", &renew()), Refusal::TooEarly { from: day("2026-04-26") });
    assert_eq!(book.state.live().unwrap().paid_through, day("2026-05-10"));
}

#[test]
fn a_clock_that_went_back_changes_nothing() {
    let mut book = Book::joined("silver", "2026-03-10");
    let refusal = book.refused("2026-03-09", &cancel_later());
    assert_eq!(refusal, Refusal::ClockMovedBack { last: day("2026-03-10") });
    assert_eq!(refusal.code(), "MEMBER_CLOCK_MOVED_BACK");
    assert_eq!(book.events.len(), 1);
}

#[test]
fn a_second_record_counts_no_more_until_it_does_again() {
    let into = Command::Merge { into: member("other") };
    let mut book = Book::joined("silver", "2026-03-10");
    assert_eq!(book.refused("2026-03-11", &into), Refusal::StillAMember, "a membership is not lost by merging");
    book.on("2026-03-11", &cancel_now(Unused::Refunded));
    assert_eq!(book.refused("2026-03-11", &Command::Merge { into: member("m") }), Refusal::MergeWithItself);
    assert_eq!(book.refused("2026-03-11", &Command::Unmerge), Refusal::NotMerged);
    book.on("2026-03-11", &into);
    let merged = Refusal::Merged { into: member("other") };
    for command in [Command::Subscribe { terms: terms("silver") }, into, Command::PayOutCredit] {
        assert_eq!(book.refused("2026-03-12", &command), merged, "{command:?}");
    }
    assert_eq!(book.state.standing(day("2026-03-12")), Standing::Merged { into: member("other") });
    book.on("2026-03-13", &Command::Unmerge);
    book.on("2026-03-13", &Command::Subscribe { terms: terms("silver") });
}

#[test]
fn a_membership_from_elsewhere_goes_on_where_it_was() {
    let bring = |joined: &str, paid: &str| Command::Import {
        terms: terms("silver"),
        joined_on: day(joined),
        paid_through: day(paid),
    };
    let table = [
        (bring("2025-01-31", "2026-04-30"), "2026-05-31", "anchored to the day of joining"),
        (bring("2025-01-15", "2026-04-20"), "2026-05-20", "anchored to the day it is paid through"),
        (bring("2026-04-01", "2026-04-05"), "2026-05-05", "in its grace"),
    ];
    for (command, next, why) in table {
        let mut book = Book::new("m");
        book.on("2026-04-10", &command);
        assert_eq!(book.state.account().taken, 0, "{why}: nothing was paid here");
        book.on(if next == "2026-05-05" { "2026-04-10" } else { "2026-04-25" }, &renew());
        assert_eq!(book.state.live().unwrap().paid_through, day(next), "{why}");
        let money = book.on("2026-04-25", &cancel_now(Unused::Refunded));
        assert!(money[0].event.refunded() <= 999, "{why}: what was paid elsewhere is not given back here");
    }
    let mut book = Book::new("m");
    let lapsed_on = day("2026-04-09");
    assert_eq!(book.refused("2026-04-09", &bring("2025-01-01", "2026-04-01")), Refusal::AlreadyLapsed { lapsed_on });
    assert_eq!(book.refused("2026-04-09", &bring("2026-04-10", "2026-05-01")), Refusal::JoinedLater);
    assert_eq!(book.refused("2026-04-09", &bring("2026-04-01", "2126-04-01")), Refusal::PaidTooFar);
    book.on("2026-04-09", &bring("2026-04-01", "2026-04-20"));
    assert_eq!(book.refused("2026-04-09", &bring("2026-04-01", "2026-04-20")), Refusal::HasHistory);
}

#[test]
fn events_that_cannot_have_happened_are_told() {
    let book = Book::joined("silver", "2026-03-10");
    let all = [
        Event::DowngradeUndone,
        Event::Resumed { days: 3 },
        Event::CancellationUndone,
        Event::PaymentFailed { attempt: 1, lapses_on: day("2026-05-01") },
        Event::PaymentRecovered { after_days: 1 },
        Event::CreditPaidOut { amount: 1 },
        Event::Unmerged,
        Event::Merged { into: member("other") },
        book.events[0].event.clone(),
    ];
    for event in all {
        let mut state = book.state.clone();
        let dated = backroom_membership::Dated { on: day("2026-03-11"), event };
        let misfit = state.apply(&dated).unwrap_err();
        assert_eq!(
            (misfit.event, &state),
            (dated.event.name(), &book.state),
            "nothing is changed by what does not fit"
        );
    }
    let early = backroom_membership::Dated { on: day("2026-03-09"), event: Event::Expired };
    assert!(book.state.clone().apply(&early).is_err(), "events come in the order of their days");
    let never = Membership::new(member("n"));
    assert_eq!(decide(&never, &renew(), day("2026-03-09")), Err(Refusal::NotAMember));
}
