//! Windows: all of the history, none of it twice, the newest first, and no call more than it takes.

use super::*;
use proptest::prelude::*;

fn at(day: i64) -> Timestamp {
    Timestamp::from_seconds(day * DAY)
}

#[test]
fn today_comes_first_and_everything_is_covered_once() {
    for (fetchers, rows_per_day) in [(1usize, 0u64), (8, 137), (16, 13_700)] {
        let bounds = Window { from: at(0), to: at(730).plus_seconds(40_000) };
        let mut plan = HistoryPlan::new(bounds, at(730), Vec::new(), fetchers);
        let first = plan.claim().unwrap();
        assert_eq!(first, Window { from: at(730), to: bounds.to }, "today is fetched before anything else");
        let mut open = vec![first];
        let mut all = Vec::new();
        while !plan.complete() {
            while open.len() < fetchers {
                match plan.claim() {
                    Some(w) => open.push(w),
                    None => break,
                }
            }
            let window = open.remove(0);
            let days = window.to.seconds_since(window.from) as u64;
            plan.finish(window, days * rows_per_day / DAY as u64);
            all.push(window);
        }
        all.sort();
        assert_eq!(all.first().unwrap().from, bounds.from, "the history starts where it should");
        assert_eq!(all.last().unwrap().to, bounds.to, "and ends where it should");
        for pair in all.windows(2) {
            assert_eq!(pair[0].to, pair[1].from, "no gap and no overlap between windows");
        }
        let pages: f64 = all
            .iter()
            .map(|w| (w.to.seconds_since(w.from) as f64 * rows_per_day as f64 / DAY as f64 / 100.0).ceil())
            .sum();
        let ideal = 730.0 * rows_per_day as f64 / 100.0;
        assert!(rows_per_day == 0 || pages < ideal * 1.12 + 20.0, "{pages} pages for {ideal}: windows waste too much");
        assert!(rows_per_day > 0 || all.len() < 20, "an empty history is not walked in small steps: {}", all.len());
    }
}

#[test]
fn finished_windows_are_not_fetched_again() {
    let bounds = Window { from: at(0), to: at(100) };
    let done = vec![(Window { from: at(90), to: at(100) }, 10), (Window { from: at(40), to: at(60) }, 20)];
    let mut plan = HistoryPlan::new(bounds, at(99), done.clone(), 4);
    while let Some(window) = plan.claim() {
        for (known, _) in &done {
            assert!(window.to <= known.from || window.from >= known.to, "{window:?} overlaps what is in");
        }
        plan.finish(window, 1);
    }
    assert!(plan.complete(), "all gaps were filled");
    assert_eq!(plan.complete_since(), Some(at(0)), "the whole history is in");
}

/// A history without an end goes back to before any shop of a vendor: what lies before the first day must not cost a call a month.
#[test]
fn the_years_before_the_first_day_cost_a_few_calls() {
    for (fetchers, years, rows_per_day) in [(1usize, 1, 30u64), (8, 1, 137), (8, 5, 1_370), (16, 10, 13_700)] {
        let first_day = 365 * (21 - years);
        let mut plan =
            HistoryPlan::new(Window { from: at(0), to: at(365 * 21) }, at(365 * 21 - 1), Vec::new(), fetchers);
        let (mut open, mut empty) = (Vec::new(), 0);
        while !plan.complete() {
            while open.len() < fetchers {
                match plan.claim() {
                    Some(w) => open.push(w),
                    None => break,
                }
            }
            let window = open.remove(0);
            let traded = window.to.seconds_since(window.from.max(at(first_day))).max(0);
            plan.finish(window, traded as u64 * rows_per_day / DAY as u64);
            empty += usize::from(traded == 0);
        }
        assert!(
            empty <= 3 * fetchers + 8,
            "{} years without a sale, {rows_per_day} sales a day, {fetchers} at once: {empty} calls",
            21 - years
        );
    }
}

/// A shop that was closed for a while is no shop before its first day: what lies before is cut as finely as ever.
#[test]
fn a_season_closed_is_not_taken_for_the_beginning() {
    let mut plan = HistoryPlan::new(Window { from: at(0), to: at(1_000) }, at(999), Vec::new(), 4);
    let mut longest = 0;
    while let Some(window) = plan.claim() {
        let days = |from: i64, to: i64| window.to.min(at(to)).seconds_since(window.from.max(at(from))).max(0) / DAY;
        plan.finish(window, (days(900, 1_000) + days(0, 700)) as u64 * 200);
        if window.to <= at(500) {
            longest = longest.max(window.to.seconds_since(window.from) / DAY);
        }
    }
    assert!(plan.complete() && longest <= 40, "windows of busy years stay small: {longest} days");
}

/// A history, what of it is in, and how the plan is gone through.
#[derive(Debug, Clone)]
struct Story {
    days: i64,
    /// Seconds of today that are over.
    today: i64,
    fetchers: usize,
    rows_per_day: u64,
    /// Finished stretches of an earlier run, as day and length.
    done: Vec<(i64, i64)>,
    /// Which of the open windows is finished next, counted around; one in five is never finished in this run.
    order: Vec<usize>,
}

fn story() -> impl Strategy<Value = Story> {
    let rows = prop_oneof![Just(0u64), 1u64..50, 50u64..20_000];
    let done = prop::collection::vec((0i64..2_000, 1i64..60), 0..6);
    (1i64..2_000, 0i64..DAY, 1usize..17, rows, done, prop::collection::vec(0usize..64, 1..64)).prop_map(
        |(days, today, fetchers, rows_per_day, done, order)| Story { days, today, fetchers, rows_per_day, done, order },
    )
}

fn overlap(a: Window, b: Window) -> bool {
    a.from < b.to && b.from < a.to
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is in, whoever finishes first, wherever it is stopped: no instant is asked for twice and none is left out.
    #[test]
    fn windows_make_up_the_whole_history_once(story in story()) {
        let bounds = Window { from: at(0), to: at(story.days).plus_seconds(story.today) };
        let mut covered: Vec<Window> = Vec::new();
        for (day, length) in &story.done {
            let window = Window { from: at(*day), to: at(day + length).min(bounds.to) };
            if window.from < window.to && covered.iter().all(|c| !overlap(*c, window)) {
                covered.push(window);
            }
        }
        // The first run is stopped somewhere; the second goes on from what was finished.
        for run in 0..2 {
            let known: Vec<(Window, u64)> = covered.iter().map(|w| (*w, 7)).collect();
            let mut plan = HistoryPlan::new(bounds, at(story.days), known, story.fetchers);
            prop_assert_eq!(plan.covered().1, bounds.to.seconds_since(bounds.from));
            let mut open: Vec<Window> = Vec::new();
            let mut last: Option<Timestamp> = None;
            let mut steps = story.order.iter().cycle();
            let mut lost = 0;
            loop {
                while open.len() < story.fetchers {
                    let free_until = plan.next_at();
                    let Some(window) = plan.claim() else { break };
                    prop_assert!(window.from < window.to, "a window has a length: {window:?}");
                    prop_assert!(window.from >= bounds.from && window.to <= bounds.to, "within the history");
                    prop_assert_eq!(Some(window.to), free_until, "the newest that is free comes first");
                    prop_assert!(last.is_none_or(|l| window.to <= l), "and each is older than the one before");
                    prop_assert!(
                        window.from >= at(story.days) || window.to <= at(story.days),
                        "today is a window of its own: {window:?}"
                    );
                    prop_assert!(covered.iter().chain(&open).all(|c| !overlap(*c, window)), "{window:?} is asked for twice");
                    last = Some(window.to);
                    open.push(window);
                }
                if open.is_empty() {
                    break;
                }
                let which = *steps.next().unwrap();
                let window = open.remove(which % open.len());
                if run == 0 && which % 5 == 0 {
                    lost += 1;
                    continue;
                }
                let rows = window.to.seconds_since(window.from) as u64 * story.rows_per_day / DAY as u64;
                let before = (plan.rows(), plan.covered().0);
                plan.finish(window, rows);
                prop_assert_eq!(plan.rows(), before.0 + rows);
                prop_assert_eq!(plan.covered().0, before.1 + window.to.seconds_since(window.from));
                covered.push(window);
                // What is in from the end on without a gap, by counting.
                let mut since = bounds.to;
                while let Some(next) = covered.iter().find(|w| w.to >= since && w.from < since) {
                    since = next.from;
                }
                prop_assert_eq!(plan.complete_since(), (since < bounds.to).then_some(since));
                prop_assert_eq!(plan.today_complete(), since < bounds.to && since <= at(story.days));
            }
            prop_assert_eq!(plan.complete(), lost == 0, "it is complete when all of it is in, and not before");
            prop_assert_eq!(plan.next_at(), None, "nothing is free any more");
        }
        covered.sort();
        prop_assert_eq!(covered.first().map(|w| w.from), Some(bounds.from));
        prop_assert_eq!(covered.last().map(|w| w.to), Some(bounds.to));
        for pair in covered.windows(2) {
            prop_assert_eq!(pair[0].to, pair[1].from, "end to end");
        }
    }
}

/// What the progress is told by: nothing while next to nothing is known, then as much as the density so far says.
#[test]
fn rows_are_expected_by_what_came() {
    let bounds = Window { from: at(0), to: at(100) };
    for (days, rows, expected) in [(1, 50, None), (2, 50, Some(2_500)), (50, 700, Some(1_400)), (100, 9, Some(9))] {
        let done = vec![(Window { from: at(100 - days), to: at(100) }, rows)];
        let plan = HistoryPlan::new(bounds, at(99), done, 4);
        assert_eq!(plan.expected_rows(), expected, "{rows} rows in {days} of 100 days");
    }
}

/// Windows are as long as it takes for about a batch of rows: neither a call a day nor a year in one walk.
#[test]
fn a_window_holds_about_what_it_should() {
    let table = [(1u64, 180, 180), (40, 45, 55), (400, 4, 6), (200_000, 0, 2)];
    for (rows_per_day, shortest, longest) in table {
        let mut plan = HistoryPlan::new(Window { from: at(0), to: at(730) }, at(729), Vec::new(), 4);
        let mut lengths = Vec::new();
        while let Some(window) = plan.claim() {
            let seconds = window.to.seconds_since(window.from);
            plan.finish(window, seconds as u64 * rows_per_day / DAY as u64);
            lengths.push(seconds / DAY);
        }
        assert_eq!(lengths[0], 1, "{rows_per_day} a day: today comes alone");
        let cut = &lengths[1..4];
        assert!(cut.iter().all(|d| (shortest..=longest).contains(d)), "{rows_per_day} a day: {cut:?} days");
    }
    let mut plan = HistoryPlan::new(Window { from: at(0), to: at(730).plus_seconds(3_600) }, at(730), Vec::new(), 4);
    let lengths = [(); 3].map(|()| plan.claim().map_or(0, |w| w.to.seconds_since(w.from)));
    assert_eq!(lengths, [3_600, 7 * DAY, 7 * DAY], "while nothing is known a week is asked for");
}

/// A commit comes once a second; by then a quiet shop's windows would have been cut by the week hundreds of times.
#[test]
fn what_was_read_counts_before_it_is_committed() {
    let mut plan = HistoryPlan::new(Window { from: at(0), to: at(6_000) }, at(5_999), Vec::new(), 1);
    let mut read = Vec::new();
    while let Some(window) = plan.claim() {
        let rows = window.to.seconds_since(window.from) as u64 / (20 * DAY as u64);
        plan.read(window, rows);
        read.push((window, rows));
    }
    assert!(read.len() < 50, "half a year at once, not a week: {} windows", read.len());
    assert_eq!((plan.rows(), plan.covered().0), (0, 0), "what is not committed is not in");
    assert!(!plan.complete() && plan.complete_since().is_none());
    for (window, rows) in read {
        plan.finish(window, rows);
    }
    assert!(plan.complete(), "committed, it is in: and counted once");
    assert_eq!(plan.covered().0, plan.covered().1);
}
