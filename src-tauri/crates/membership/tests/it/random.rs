//! Whatever is done in whatever order, a membership stays in order and its money adds up.

use crate::shop::{Book, day, ladder, member};
use backroom_core::BusinessDay;
use backroom_membership::{
    CancelReason, Command, Dated, Effect, Event, Membership, Phase, Refusal, Standing, Unused, decide, preview,
};
use proptest::prelude::*;

/// When a command comes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum When {
    /// Days after the one before.
    After(i32),
    /// Days from the day on which the next payment falls due, where that is not over.
    FromDue(i32),
}

/// A command and when it comes.
pub(crate) type Act = (When, Command);

fn any_terms() -> impl Strategy<Value = backroom_membership::Terms> {
    (0..ladder().tiers().len()).prop_map(|at| ladder().tiers()[at].terms())
}

fn effect() -> impl Strategy<Value = Effect> {
    prop_oneof![Just(Effect::Now), Just(Effect::PeriodEnd)]
}

fn unused() -> impl Strategy<Value = Unused> {
    prop_oneof![Just(Unused::Refunded), Just(Unused::Kept)]
}

pub(crate) fn acts(most: usize) -> impl Strategy<Value = Vec<Act>> {
    let reason = CancelReason::Other;
    let start = day("2023-12-25");
    let command = prop_oneof![
        14 => any_terms().prop_map(|terms| Command::Subscribe { terms }),
        2 => (any_terms(), 0i32..900, 0i32..900).prop_map(move |(terms, joined, paid)| Command::Import {
            terms,
            joined_on: start.plus(joined - 400),
            paid_through: start.plus(paid),
        }),
        8 => any_terms().prop_map(|to| Command::Upgrade { to }),
        14 => (any_terms(), effect()).prop_map(|(to, effect)| Command::Downgrade { to, effect }),
        14 => Just(Command::UndoDowngrade),
        6 => (0i32..95).prop_map(move |days| Command::Pause { until: start.plus(days) }),
        6 => Just(Command::Resume),
        1 => unused().prop_map(move |unused| Command::CancelNow { reason, unused }),
        3 => Just(Command::CancelAtPeriodEnd { reason }),
        12 => Just(Command::UndoCancellation),
        24 => Just(Command::Renew { terms: None }),
        8 => Just(Command::RecordFailedPayment),
        6 => Just(Command::PayOutCredit),
        1 => Just(Command::Merge { into: member("other") }),
        6 => Just(Command::Unmerge),
    ];
    let gap = prop_oneof![
        16 => (0i32..6).prop_map(When::After),
        3 => (6i32..40).prop_map(When::After),
        1 => (40i32..400).prop_map(When::After),
        12 => (-12i32..8).prop_map(When::FromDue),
    ];
    prop::collection::vec((gap, command), 1..most)
}

/// What was done and when; a pause's end is told from the day it begins.
pub(crate) fn play(
    book: &mut Book,
    acts: &[Act],
    mut each: impl FnMut(&Book, BusinessDay, &Command, &Result<Vec<Dated>, Refusal>),
) {
    let start = day("2023-12-25");
    let mut at = start;
    for (when, command) in acts {
        at = match (when, book.state.live()) {
            (When::After(days), _) => at.plus(*days),
            (When::FromDue(days), Some(live)) => at.max(live.paid_through.plus(*days)),
            (When::FromDue(days), None) => at.plus(days.abs()),
        };
        let command = match command {
            Command::Pause { until } => Command::Pause { until: at.plus(until.number() - start.number()) },
            other => other.clone(),
        };
        let before = book.clone();
        let done = book.try_on(at, &command);
        each(&before, at, &command, &done);
    }
}

fn in_order(state: &Membership, at: BusinessDay) -> Result<(), TestCaseError> {
    let account = state.account();
    let ahead: i64 = state.live().map_or(0, |live| live.coverage.iter().map(|paid| paid.value).sum());
    prop_assert_eq!(
        account.taken - account.refunded,
        account.earned + ahead + account.balance,
        "what was taken is earned, ahead or credit, to the cent: {:?}",
        state
    );
    let amounts = [account.taken, account.refunded, account.earned, account.balance, ahead];
    prop_assert!(amounts.iter().all(|amount| *amount >= 0), "no amount is below zero: {state:?}");
    prop_assert!(account.refunded <= account.taken, "nobody gets more than was paid");
    let mut now = state.clone();
    now.settle(at);
    prop_assert!(now.settle(at).is_empty(), "time does a thing once");
    prop_assert!((0..=now.account().taken).contains(&now.paid_ahead(at)), "days ahead are worth what was paid at most");
    if let Phase::Live(live) = now.phase() {
        prop_assert!(!live.is_due(at) || at < live.lapses_on(), "nobody is a member beyond the grace: {live:?}");
        for pair in live.coverage.windows(2) {
            prop_assert_eq!(pair[0].until, pair[1].from, "paid days lie end to end");
        }
        if let Some(last) = live.coverage.last() {
            prop_assert_eq!(last.until, live.paid_through, "and end where they are said to end");
        }
        prop_assert!(live.coverage.iter().all(|paid| paid.from < paid.until && paid.period_days > 0), "and are days");
    }
    Ok(())
}

fn sums_close(event: &Event) -> Result<(), TestCaseError> {
    match event {
        Event::Upgraded { proration: sums, .. } | Event::Downgraded { proration: sums, .. } => {
            prop_assert_eq!(sums.credit + sums.balance_before + sums.due, sums.charge + sums.balance_after);
            let parts = [sums.credit, sums.consumed, sums.charge, sums.due, sums.balance_after];
            prop_assert!(parts.iter().all(|part| *part >= 0), "{sums:?}");
            let value: i64 = sums.coverage.iter().map(|paid| paid.value).sum();
            prop_assert_eq!(value, sums.charge, "what is charged is what the new days are worth");
        }
        Event::Cancelled { settlement: sums, .. } => {
            prop_assert_eq!(sums.unused + sums.balance_before, sums.refund + sums.kept + sums.balance_after);
        }
        Event::Subscribed { charge, .. } | Event::Renewed { charge, .. } => {
            prop_assert_eq!(charge.price, charge.credit_used + charge.due);
        }
        _ => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_membership_stays_in_order(acts in acts(60)) {
        let mut book = Book::new("m");
        let mut wrong = Ok(());
        play(&mut book, &acts, |before, at, command, done| {
            if wrong.is_ok() {
                wrong = holds(before, at, command, done);
            }
        });
        wrong?;
        let end = book.state.last_on().unwrap_or(day("2023-12-25")).plus(500);
        in_order(&book.state, end)?;

        // The events alone make the same state, also after they were written down and read again.
        let text = serde_json::to_string(&book.events).unwrap();
        let read: Vec<Dated> = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &book.events);
        let text = serde_json::to_string(&book.state).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Membership>(&text).unwrap(), &book.state);
        let mut settled = book.state.clone();
        settled.settle(end);
        prop_assert_eq!(Membership::fold(member("m"), &read, end).unwrap(), settled);
    }

    /// A day between two events is told the same whether somebody asked on that day or looks back on it.
    #[test]
    fn looking_back_sees_what_was_seen(acts in acts(20), back in 0i32..2_000) {
        let mut book = Book::new("m");
        let on = day("2023-12-25").plus(back);
        let mut then: Option<Membership> = None;
        play(&mut book, &acts, |before, at, _, done| {
            if at > on && done.is_ok() && then.is_none() {
                let mut seen = before.state.clone();
                seen.settle(on);
                then = Some(seen);
            }
        });
        if let Some(then) = then {
            let seen = Membership::fold(member("m"), &book.events, on).unwrap();
            prop_assert_eq!(seen.standing(on), then.standing(on), "on {}: {:?}", on, book.told());
            prop_assert_eq!(seen.account(), then.account());
        }
    }
}

fn holds(
    before: &Book,
    at: BusinessDay,
    command: &Command,
    done: &Result<Vec<Dated>, Refusal>,
) -> Result<(), TestCaseError> {
    in_order(&before.state, at)?;
    prop_assert_eq!(&decide(&before.state, command, at), done, "the same question has the same answer");
    match (preview(&before.state, command, at), done) {
        (Ok(shown), Ok(events)) => {
            let mut after = before.state.clone();
            for dated in events {
                sums_close(&dated.event)?;
                after.apply(dated).unwrap();
            }
            prop_assert_eq!(&shown.events, events, "what is shown is what is done");
            let taken = after.account().taken - before.state.account().taken;
            let refunded = after.account().refunded - before.state.account().refunded;
            prop_assert_eq!((shown.due, shown.refund), (taken, refunded), "to the cent");
            prop_assert_eq!(shown.balance, after.account().balance);
            prop_assert!(shown.due == 0 || shown.refund == 0, "nobody pays and is paid at once");
        }
        (Err(shown), Err(refusal)) => prop_assert_eq!(&shown, refusal),
        (shown, done) => prop_assert!(false, "shown {shown:?}, done {done:?}"),
    }
    let standing = before.state.standing(at);
    if standing.is_member() && before.state.last_on().is_none_or(|last| last <= at) {
        let reason = CancelReason::NotTold;
        for unused in [Unused::Refunded, Unused::Kept] {
            let leave = Command::CancelNow { reason, unused };
            prop_assert!(decide(&before.state, &leave, at).is_ok(), "a member can leave at any time: {standing:?}");
        }
        let later = decide(&before.state, &Command::CancelAtPeriodEnd { reason }, at);
        let said = matches!(later, Err(Refusal::CancellationPending { .. }));
        prop_assert!(later.is_ok() || said, "and say so at any time: {later:?}");
    }
    if matches!(standing, Standing::Never | Standing::Cancelled { .. } | Standing::Expired { .. }) {
        let join = Command::Subscribe { terms: ladder().tiers()[2].terms() };
        prop_assert!(decide(&before.state, &join, at).is_ok(), "and come back at any time");
    }
    Ok(())
}

/// A property of commands that are always refused would say nothing.
#[test]
fn random_lives_hold_every_event() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    let (mut asked, mut done) = (0, 0);
    for _ in 0..400 {
        let acts = acts(60).new_tree(&mut runner).unwrap().current();
        let mut book = Book::new("m");
        play(&mut book, &acts, |_, _, _, answer| {
            asked += 1;
            done += usize::from(answer.is_ok());
        });
        for dated in &book.events {
            *seen.entry(dated.event.name()).or_default() += 1;
        }
    }
    let all = [
        "subscribed",
        "imported",
        "upgraded",
        "downgrade_scheduled",
        "downgrade_undone",
        "downgraded",
        "paused",
        "resumed",
        "cancellation_scheduled",
        "cancellation_undone",
        "cancelled",
        "renewed",
        "payment_failed",
        "payment_recovered",
        "expired",
        "credit_paid_out",
        "merged",
        "unmerged",
    ];
    for name in all {
        let times = seen.get(name).copied().unwrap_or(0);
        assert!(times >= 10, "{name} happens {times} times in 400 lives: {seen:?}");
    }
    assert!(done > 1_600, "{done} of {asked} commands are done: four in a life at least");
}
