//! Pages that are cut anywhere while the shop trades: whatever moves between two of them is found by the next cycle.

use crate::life::{Trade, assert_quiet, lively};
use backroom_core::{Clock, TestClock, Timestamp};
use backroom_sandbox::square::{Quirks, Square, StoreSpec};
use backroom_sync::{Cancel, PullOptions, Quiet, Watcher, pull};
use backroom_tests::open_store_at;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How a vendor cuts its pages, and what happens after which call.
#[derive(Debug, Clone)]
struct Story {
    page: usize,
    end_inclusive: bool,
    empty_last_cursor: bool,
    /// Call → what happens after it, and how many seconds later.
    after: BTreeMap<usize, (Trade, i64)>,
    /// The call after which the program is stopped, to go on with the next cycle.
    stop_at: Option<usize>,
    cycles: usize,
}

fn trade() -> impl Strategy<Value = Trade> {
    let kind = prop::sample::select(Trade::KINDS.to_vec());
    (kind, 0usize..3, 0usize..400, 0i64..250_000).prop_map(|(kind, place, which, seconds)| Trade {
        kind,
        place,
        which,
        seconds,
    })
}

fn story() -> impl Strategy<Value = Story> {
    let after = prop::collection::btree_map(0usize..120, (trade(), 0i64..40), 0..24);
    (1usize..9, any::<bool>(), any::<bool>(), after, prop::option::of(1usize..60), 1usize..4).prop_map(
        |(page, end_inclusive, empty_last_cursor, after, stop_at, cycles)| Story {
            page,
            end_inclusive,
            empty_last_cursor,
            after,
            stop_at,
            cycles,
        },
    )
}

async fn play(story: Story) {
    let clock = TestClock::at(Timestamp::from_seconds(1_795_197_600));
    let spec = StoreSpec::small(40, clock.now().plus_seconds(-600));
    let square = Arc::new(Square::start_with(spec, 0, Arc::new(clock.clone())).unwrap());
    square.set_quirks(Quirks {
        longest_page: Some(story.page),
        end_inclusive: story.end_inclusive,
        empty_last_cursor: story.empty_last_cursor,
        ..Quirks::default()
    });
    let (shop, time, calls, cancel) = (square.clone(), clock.clone(), AtomicUsize::new(0), Cancel::new());
    let (after, stop_at, stop) = (story.after, story.stop_at, cancel.clone());
    let open = Arc::new(AtomicBool::new(true));
    let trading = open.clone();
    let sources = [lively(&square, move |_, _| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        if trading.load(Ordering::SeqCst)
            && let Some((trade, seconds)) = after.get(&call)
        {
            time.advance_seconds(*seconds);
            trade.happen(&shop, time.now());
        }
        if stop_at == Some(call) {
            stop.cancel();
        }
    })];
    let folder = tempfile::tempdir().unwrap();
    let store = open_store_at(folder.path(), Arc::new(clock.clone())).unwrap();
    let watcher: Arc<dyn Watcher> = Arc::new(Quiet);
    // The one that is stopped, and cycles in which the shop trades on.
    pull(&store, &sources, &PullOptions::default(), &watcher, &cancel).await.unwrap();
    for _ in 1..story.cycles {
        clock.advance_seconds(60);
        pull(&store, &sources, &PullOptions::default(), &watcher, &Cancel::new()).await.unwrap();
    }
    open.store(false, Ordering::SeqCst);
    clock.advance_seconds(60);
    assert_quiet(&store, &sources, &square, false, "the next cycle").await;
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_page_boundary_loses_or_doubles_a_row(story in story()) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(play(story));
    }
}
