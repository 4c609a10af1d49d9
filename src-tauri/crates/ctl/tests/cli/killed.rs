//! kill -9 at any moment of pulling and delivering: nothing is lost, nothing is there twice.

use crate::shop::{Shop, minor};
use backroom_sandbox::square::{NewSale, SaleLine};
use backroom_sandbox::wire::Faults;
use std::collections::{BTreeMap, HashSet};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Kills that have to strike a working process, and how long may be spent on them.
const KILLS: usize = 28;
const LONGEST: Duration = Duration::from_secs(55);

#[test]
fn killing_it_loses_and_doubles_nothing() {
    let shop = Shop::new(6_000);
    let slow = Faults { latency_ms: 20, ..Faults::default() };
    shop.square.set_faults(slow.clone());
    shop.bigquery.set_faults(slow);
    let mut dice = 0x9E37_79B9_7F4A_7C15_u64;
    let mut throw = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    let (items, old) = (shop.square.item_ids(), shop.square.payment_ids());
    // What is done, and the longest until it is killed, in milliseconds: a pull commits about once a second, so some
    // kills must come later than that.
    let works: [(&[&str], u64); 6] = [
        (&["sync"], 900),
        (&["push"], 700),
        (&["run", "--every", "1s"], 1_800),
        (&["push"], 700),
        (&["sync", "--full"], 1_500),
        (&["push"], 250),
    ];
    let started = Instant::now();
    let (mut tries, mut kills) = (0, BTreeMap::<&str, usize>::new());
    let struck = |kills: &BTreeMap<&str, usize>| {
        let of = |work| kills.get(work).copied().unwrap_or(0);
        kills.values().sum::<usize>() >= KILLS && of("push") >= 5 && of("sync") >= 5
    };
    while !struck(&kills) && started.elapsed() < LONGEST {
        let (work, longest) = works[tries % works.len()];
        tries += 1;
        let mut child = shop.command(work).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let wait = throw(longest);
        std::thread::sleep(Duration::from_millis(wait));
        if child.try_wait().unwrap().is_none() {
            *kills.entry(work[0]).or_default() += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // The shop goes on: new sales, and old ones that change.
        let line = SaleLine { item_id: Some(items[tries % 9].clone()), quantity_milli: 1_000, price_minor: None };
        shop.square.add_sale(&NewSale { location: tries % 3, lines: vec![line], ..NewSale::default() }).unwrap();
        let changed = &old[usize::try_from(throw(old.len() as u64)).unwrap()];
        if tries % 2 == 0 {
            shop.square.add_tip(changed, 100 + tries as i64).unwrap();
        } else {
            // A payment that was given back whole before cannot be again.
            let _ = shop.square.refund(changed, Some(1));
        }
    }
    assert!(kills.values().sum::<usize>() >= 25, "the loop did its work: {kills:?} of {tries} were killed at work");
    assert!(kills["push"] >= 5 && kills["sync"] >= 5, "pulling and delivering were both struck: {kills:?}");
    assert!(!shop.bigquery.rows("demo.square_payments").is_empty(), "some of it was delivered between two kills");

    shop.json(&["sync"]);
    shop.json(&["sync"]);
    let push = shop.json(&["push"]);
    assert_eq!((&push["pending"], &push["dead"]), (&0.into(), &0.into()), "nothing waits, nothing was given up");
    let doctor = shop.json(&["doctor"]);
    assert_eq!(doctor["ok"], true, "{doctor}");
    let ledger = doctor["findings"].as_array().unwrap().iter().find(|f| f["check"] == "ledger");
    assert_eq!(ledger.unwrap()["ok"], true, "the ledger balances");

    let staging: Vec<String> = shop.bigquery.tables().into_keys().filter(|t| t.contains("_backroom_")).collect();
    assert!(staging.is_empty(), "what a killed delivery left is swept: {staging:?}");

    let truth = shop.square.truth();
    let sum = truth.all();
    let all = &shop.json(&["report", "summary"])["all"];
    let told = ["collected_minor", "refunded_minor", "net_minor", "tips_minor"].map(|k| all[k].as_i64().unwrap());
    assert_eq!(
        told,
        [sum.collected_minor, sum.refunded_minor, sum.net_minor, sum.tips_minor],
        "the numbers of the shop"
    );
    assert_eq!(all["transactions"], sum.transactions);
    assert_eq!(all["customers"], sum.customers.len());

    let counts =
        [("square_payments", truth.payments), ("square_refunds", truth.refunds), ("square_orders", truth.orders)];
    for (table, expected) in counts {
        let rows = shop.bigquery.rows(&format!("demo.{table}"));
        let ids: HashSet<_> = rows.iter().map(|r| r["id"].clone()).collect();
        assert_eq!((rows.len() as u64, ids.len() as u64), (expected, expected), "{table}: each row is there once");
    }
    // Tips and refunds that came later are in it: each row is in its newest state.
    let mut delivered: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    let rows = shop.bigquery.rows("demo.square_payments");
    for row in rows.iter().filter(|r| r["status"].as_deref() == Some("COMPLETED")) {
        let place = delivered.entry(row["location_id"].clone().unwrap()).or_default();
        place.0 += minor(row["amount"].as_ref());
        place.1 += minor(row["tip_amount"].as_ref());
    }
    let known: BTreeMap<String, (i64, i64)> = truth
        .by_location
        .iter()
        .map(|(id, days)| {
            let sum = |of: fn(&backroom_sandbox::square::DayTruth) -> i64| days.values().map(of).sum();
            (id.clone(), (sum(|d| d.collected_minor), sum(|d| d.tips_minor)))
        })
        .collect();
    assert_eq!(delivered, known, "collected and tips by location at the warehouse");
    let refunds = shop.bigquery.rows("demo.square_refunds");
    let given: i64 = refunds
        .iter()
        .filter(|r| r["status"].as_deref() == Some("COMPLETED"))
        .map(|r| minor(r["amount"].as_ref()))
        .sum();
    assert_eq!(given, sum.refunded_minor, "refunds at the warehouse");
}
