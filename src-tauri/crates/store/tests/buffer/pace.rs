//! What products sold of late, whose window moves on with the day.

use crate::{assert_healthy, line, noon, options, order, product, pull, stream};
use backroom_core::sale::{Order, OrderState};
use backroom_core::source::{Entity, Rows};
use backroom_core::{BusinessDay, Clock, TestClock};
use backroom_store::{Options, PullKind, Store, report};
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;

fn at(folder: &Path, clock: &Arc<TestClock>) -> Store {
    let clock: Arc<dyn Clock> = clock.clone();
    Store::open(Options { clock, ..options(folder) }).unwrap()
}

async fn catalog(store: &Store) {
    let products = ["v0", "v1"].map(product).to_vec();
    let rows = Rows::Catalog { products, deleted_items: Vec::new(), categories: Vec::new() };
    let stream = stream(store, Entity::Catalog).await;
    pull(store, stream, PullKind::All, rows).await.unwrap();
}

/// What the rows themselves say of a product: thousandths sold in 30 days, sales of 30 days, the last day on which more was sold than
/// came back.
fn counted(orders: &[Order], store: &Store, variation: &str, today: BusinessDay) -> (i64, i64, Option<BusinessDay>) {
    let mut days: std::collections::BTreeMap<(BusinessDay, String), (i64, i64)> = std::collections::BTreeMap::new();
    for order in orders.iter().filter(|o| o.state == OrderState::Completed) {
        let day = store.rule().day_of(order.created_at);
        for line in order.lines.iter().filter(|l| l.variation_id.as_deref() == Some(variation)) {
            let sums = days.entry((day, order.location_id.clone())).or_default();
            *sums = (sums.0 + line.quantity_milli, sums.1 + line.total);
        }
    }
    let since = |days_back: i32| move |day: &BusinessDay| *day > today.plus(-days_back);
    let month = days.iter().filter(|((day, _), _)| since(30)(day));
    let (units, total) = month.fold((0, 0), |(u, t), (_, sums)| (u + sums.0, t + sums.1));
    let sold = days.iter().filter(|((day, _), (units, _))| since(60)(day) && *units > 0);
    (units, total, sold.map(|((day, _), _)| *day).max())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Orders come, change, are called back and cancelled on any day, while the days go by, the clock is set back and the program
    /// starts again.
    #[test]
    fn the_window_moves_on_and_forgets_nothing(
        steps in prop::collection::vec((0..5usize, -70..2i64, 0..2u8, -2..3i64, prop::bool::ANY, -3..40i64, 0..4u8), 1..9)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let clock = Arc::new(TestClock::at(noon()));
            let mut store = at(folder.path(), &clock);
            catalog(&store).await;
            let mut held: Vec<Order> = Vec::new();
            for (version, (which, days, variation, quantity, completed, passed, again)) in steps.into_iter().enumerate() {
                let mut sold = line("u", Some(&format!("v{variation}")), quantity * 500);
                sold.quantity_milli = quantity * 1_000;
                let mut o = order(&format!("o{which}"), i64::try_from(version).unwrap(), vec![sold]);
                o.created_at = clock.now().plus_days(days);
                o.location_id = format!("L{}", which % 2);
                o.state = if completed { OrderState::Completed } else { OrderState::Canceled };
                held.retain(|kept| kept.id != o.id);
                held.push(o.clone());
                let orders = stream(&store, Entity::Orders).await;
                pull(&store, orders, PullKind::Changes, Rows::Orders(vec![o])).await.unwrap();
                assert_healthy(&store, "the rollup is what the days say");
                // It is asked on the day for which it is kept, and, before the writer comes to it, on another.
                for passing in [0, passed] {
                    clock.set(clock.now().plus_days(passing));
                    let today = store.rule().day_of(clock.now());
                    let told = store.read(|c| report::products(c, 0, today)).unwrap();
                    for row in told {
                        let expected = counted(&held, &store, &row.id, today);
                        let said = (row.sold_30_milli, row.gross_30, row.last_sold);
                        assert_eq!(said, expected, "{} on {today}", row.id);
                    }
                }
                if again == 0 {
                    drop(store);
                    store = at(folder.path(), &clock);
                    assert_healthy(&store, "after another start");
                }
            }
        });
    }
}
