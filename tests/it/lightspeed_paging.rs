//! Lightspeed's pages cut anywhere while the shop trades: nothing is lost and nothing comes twice.

use crate::lightspeed_shop::{account, assert_books, buffer, clock, connector, cycle, lively, sync};
use backroom_sandbox::lightspeed::{Change, Quirks};
use backroom_sync::Cancel;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

fn change() -> impl Strategy<Value = Change> {
    let (sale, item, dice) = (|| 0usize..200, || 0usize..30, any::<u64>);
    prop_oneof![
        4 => dice().prop_map(|dice| Change::Sell { dice }),
        2 => dice().prop_map(|dice| Change::LayAway { dice }),
        1 => (sale(), dice()).prop_map(|(sale, dice)| Change::Amend { sale, dice }),
        3 => sale().prop_map(|sale| Change::Complete { sale }),
        1 => sale().prop_map(|sale| Change::GiveUp { sale }),
        2 => sale().prop_map(|sale| Change::Void { sale }),
        1 => sale().prop_map(|sale| Change::Repay { sale }),
        1 => sale().prop_map(|sale| Change::Refund { sale }),
        2 => (sale(), 0usize..3, 1_000i64..3_000).prop_map(|(sale, line, milli)| Change::RefundPart { sale, line, milli }),
        1 => (sale(), dice()).prop_map(|(sale, dice)| Change::Exchange { sale, dice }),
        1 => (item(), 100i64..9_000).prop_map(|(item, minor)| Change::Price { item, minor }),
        1 => (item(), 0usize..5).prop_map(|(item, category)| Change::Move { item, category }),
        1 => (item(), 0usize..2, -5_000i64..90_000).prop_map(|(item, shop, milli)| Change::Stock { item, shop, milli }),
        1 => (item(), 0usize..2, 1i64..900).prop_map(|(item, shop, cost)| {
            Change::Deliver { item, shop, milli: cost * 10, cost }
        }),
        1 => item().prop_map(|item| Change::Archive { item }),
        1 => (0usize..5).prop_map(|category| Change::RenameCategory { category }),
        1 => (200i64..5_000).prop_map(|minor| Change::NewItem { minor }),
        1 => Just(Change::NewCustomer),
        1 => (0usize..15).prop_map(|customer| Change::RenameCustomer { customer }),
        1 => (0usize..15).prop_map(|customer| Change::ArchiveCustomer { customer }),
    ]
}

/// How pages are cut, and what happens after which call.
#[derive(Debug, Clone)]
struct Story {
    quirks: Quirks,
    /// Call → what happens after it, and how many seconds later.
    after: BTreeMap<usize, (Change, i64)>,
    /// The call after which the program is stopped, to go on with the next cycle.
    stop_at: Option<usize>,
    cycles: usize,
}

fn quirks() -> impl Strategy<Value = Quirks> {
    // A void moves one of its times at least: where it moves none, three days of looking back are all there is.
    let void = prop::sample::select(vec![(false, true), (true, true), (true, false)]);
    (1usize..9, void, any::<[bool; 5]>()).prop_map(|(page, void, bits)| Quirks {
        longest_page: Some(page),
        void_moves_stamp: void.0,
        void_moves_update: void.1,
        camel_update: bits[0],
        empty_text: bits[1],
        cash_as_handed: bits[2],
        no_average_cost: bits[3],
        timeless_categories: bits[4],
        ..Quirks::default()
    })
}

fn story() -> impl Strategy<Value = Story> {
    let after = prop::collection::btree_map(0usize..200, (change(), 0i64..40), 0..30);
    (quirks(), after, prop::option::of(1usize..80), 1usize..4).prop_map(|(quirks, after, stop_at, cycles)| Story {
        quirks,
        after,
        stop_at,
        cycles,
    })
}

async fn play(story: Story) {
    let clock = clock();
    let shop = Arc::new(account(50, &clock));
    shop.set_quirks(story.quirks);
    let (calls, open, stop) = (AtomicUsize::new(0), Arc::new(AtomicBool::new(true)), Cancel::new());
    let (life, time, trading, halt) = (shop.clone(), clock.clone(), open.clone(), stop.clone());
    let (after, stop_at) = (story.after, story.stop_at);
    let source = lively(connector(&shop, ""), move || {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        if trading.load(Ordering::SeqCst)
            && let Some((change, seconds)) = after.get(&call)
        {
            time.advance_seconds(*seconds);
            // What cannot be done now, such as a second void, is not done.
            let _ = life.change(change);
        }
        if stop_at == Some(call) {
            halt.cancel();
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let store = buffer(&folder, &clock);
    cycle(&store, &source, &stop).await;
    for _ in 1..story.cycles {
        clock.advance_seconds(60);
        cycle(&store, &source, &Cancel::new()).await;
    }
    open.store(false, Ordering::SeqCst);
    clock.advance_seconds(60);
    sync(&store, &source).await;
    assert_books(&store, &shop, false);
    // What no time tells of is here a day later.
    clock.advance_seconds(86_400);
    sync(&store, &source).await;
    assert_books(&store, &shop, true);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_page_boundary_loses_or_doubles_anything(story in story()) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(play(story));
    }
}
