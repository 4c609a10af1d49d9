//! Two at once, a reader that holds on, and a clock that is wrong.

use crate::ground::{has, skipped};
use crate::shop::{Shop, finish, says};
use std::time::{Duration, Instant};

#[test]
fn a_second_one_is_refused_and_told_why() {
    let shop = Shop::new(300);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    shop.settle(folder);
    shop.json(folder, &["sync"]);
    let mut first = shop.start(folder, &["run", "--every", "1s"]);
    let before = shop.square.counters().total();
    let limit = Instant::now() + Duration::from_secs(15);
    while shop.square.counters().total() <= before && Instant::now() < limit {
        std::thread::sleep(Duration::from_millis(20));
    }
    for work in ["sync", "push"] {
        says(&shop.run(folder, &[work]), 5, &["another Backroom", "Close"], work);
    }
    let copy = folder.join("copy.db");
    shop.json(folder, &["backup", copy.to_str().unwrap()]);
    says(&shop.run(folder, &["restore", copy.to_str().unwrap()]), 5, &["another Backroom"], "restore");
    let summary = shop.json(folder, &["report", "summary"]);
    assert_eq!(Shop::told(&summary), shop.true_numbers(), "questions are answered beside it");
    first.kill().unwrap();
    first.wait().unwrap();
    shop.comes_out_right(folder, "after two at once");
}

#[test]
fn a_reader_that_holds_on_does_not_let_the_log_grow_without_end() {
    let shop = Shop::new(3_000);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    shop.settle(folder);
    shop.json(folder, &["sync", "--entity", "locations"]);
    let reader = rusqlite::Connection::open(folder.join("backroom.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM stream;").unwrap();
    let _: i64 = reader.query_row("SELECT count(*) FROM stream", [], |r| r.get(0)).unwrap();
    shop.json(folder, &["sync"]);
    shop.json(folder, &["push"]);
    let held = std::fs::metadata(folder.join("backroom.db-wal")).unwrap().len();
    assert!(held < 64 << 20, "the log stays under 64 MB while somebody else holds a snapshot: {held}");
    reader.execute_batch("ROLLBACK").unwrap();
    drop(reader);
    shop.trade(1);
    shop.comes_out_right(folder, "after the reader let go");
    let left = std::fs::metadata(folder.join("backroom.db-wal")).map_or(0, |m| m.len());
    assert!(left < 1 << 20, "and it is small afterwards: {left}");
}

#[test]
fn a_wrong_clock_skips_and_reorders_nothing() {
    if !has("faketime", "--version") {
        return skipped("wrong clock", "faketime is not installed");
    }
    let shop = Shop::new(300);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    shop.settle(folder);
    shop.json(folder, &["sync"]);
    for (turn, offset) in ["-3d", "+2h", "@1970-01-02 00:00:00", "+400d", "-1h"].into_iter().enumerate() {
        shop.trade(turn);
        for work in ["sync", "push"] {
            let mut command = shop.under(&["faketime", "-f", offset], folder, &[work]);
            let output = finish({
                command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
                command
            });
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!said.contains("panicked"), "{work} at {offset}: {said}");
            if !output.status.success() {
                assert_eq!(said.lines().count(), 1, "{work} at {offset}: {said}");
            }
        }
    }
    shop.trade(9);
    shop.comes_out_right(folder, "after the clock was wrong");
}
