//! A newer version takes over an older buffer, and is killed, or has no room, in the middle of it.

use crate::ground::{Ground, has, skipped};
use crate::shop::{Shop, figure, finish, says};
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// Takes from a buffer what came after its first version.
const BACK_TO_THE_FIRST: &str = "
    BEGIN;
    DROP TABLE product_pace; DROP TABLE point_entry; DROP TABLE member_event; DROP TABLE member_key; DROP TABLE member; DROP TABLE tier;
    DROP TABLE age_check; DROP TABLE age_ban; DROP TABLE age_seen; DROP TABLE training; DROP TABLE raffle_entry; DROP TABLE raffle_event; DROP TABLE raffle;
    DROP INDEX receipt_stream; DROP TABLE operator; DROP TABLE audit;
    ALTER TABLE product DROP COLUMN cost;
    ALTER TABLE product DROP COLUMN description;
    DELETE FROM outbox WHERE tbl = 10; DELETE FROM ledger WHERE tbl = 10; DELETE FROM batch WHERE tbl = 10;
    DELETE FROM delivery WHERE tbl = 10; DELETE FROM meta WHERE key = 'outbox_seq_10';
    PRAGMA user_version = 1;
    COMMIT;";

/// A synced shop in `folder`, as its first version left it. (The table of sales is new to the warehouse then.)
fn older(shop: &Shop, folder: &Path) {
    shop.settle(folder);
    shop.json(folder, &["sync"]);
    let c = Connection::open(folder.join("backroom.db")).unwrap();
    c.execute_batch(BACK_TO_THE_FIRST).unwrap();
    c.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

fn version(folder: &Path) -> i64 {
    let c = Connection::open(folder.join("backroom.db")).unwrap();
    c.query_row("PRAGMA user_version", [], |r| r.get(0)).unwrap()
}

/// Everything arrived, the sold lines too; and the buffer as it was before can be opened.
fn taken_over(shop: &Shop, folder: &Path, after: &str) {
    shop.comes_out_right(folder, after);
    let lines = shop.bigquery.rows("demo.sales").len();
    assert_eq!(lines, shop.bigquery.rows("demo.square_order_lines").len(), "{after}: every sold line went to sales");
    let kept: Vec<_> = std::fs::read_dir(folder.join("backups")).unwrap().flatten().map(|e| e.path()).collect();
    let old = kept.iter().find(|p| p.to_string_lossy().contains("-from-1")).expect("a copy of the buffer before");
    let c = Connection::open(old).unwrap();
    let (version, sound): (i64, String) = (
        c.query_row("PRAGMA user_version", [], |r| r.get(0)).unwrap(),
        c.query_row("PRAGMA integrity_check", [], |r| r.get(0)).unwrap(),
    );
    assert_eq!((version, sound.as_str()), (1, "ok"), "{after}: the copy is the old buffer, whole");
}

#[test]
fn killed_at_any_moment_it_goes_on_at_the_next_start() {
    let shop = Shop::new(3_000);
    let home = tempfile::tempdir().unwrap();
    let old = home.path().join("old");
    older(&shop, &old);
    let mut seen = std::collections::BTreeSet::new();
    let rounds = figure("BACKROOM_MIGRATION_KILLS", 10);
    for round in 0..rounds {
        let folder = home.path().join(format!("round-{round}"));
        std::fs::create_dir(&folder).unwrap();
        for file in ["backroom.db", "config.toml"] {
            std::fs::copy(old.join(file), folder.join(file)).unwrap();
        }
        // Three kills a round, each a little later in what a start does.
        for kill in 0..3 {
            let mut child = shop.start(&folder, &["sync"]);
            std::thread::sleep(Duration::from_millis(7 * (round * 3 + kill) as u64));
            let _ = child.kill();
            child.wait().unwrap();
            seen.insert(version(&folder));
        }
        let doctor = shop.json(&folder, &["doctor"]);
        assert_eq!(doctor["ok"], true, "round {round}: {doctor}");
    }
    assert!(seen.contains(&1) && seen.len() > 1, "the kills came before and after the change: {seen:?}");
    taken_over(&shop, &home.path().join(format!("round-{}", rounds - 1)), "after kills during the takeover");
}

#[test]
fn without_room_the_old_buffer_stays_as_it_is() {
    let ground = match Ground::memory(64) {
        Ok(ground) => ground,
        Err(why) => return skipped("full disk during a takeover", &why),
    };
    let shop = Shop::new(3_000);
    let folder = ground.place().join("data");
    older(&shop, &folder);
    let before = std::fs::read(folder.join("backroom.db")).unwrap();
    for left in [0, 100 << 10, 1 << 20, before.len() as u64 + (64 << 10)] {
        ground.fill(left);
        says(&shop.run(&folder, &["sync"]), 5, &["disk is full"], &format!("a takeover with {left} bytes left"));
        ground.make_room();
        assert_eq!(version(&folder), 1, "with {left} bytes left it is still the old one");
    }
    taken_over(&shop, &folder, "after a takeover without room");
}

#[test]
fn failing_writes_during_a_takeover() {
    if !has("fiu-run", "-h") {
        return skipped("failing writes during a takeover", "fiu-run (Debian's fiu-utils) is not installed");
    }
    let shop = Shop::new(1_000);
    let home = tempfile::tempdir().unwrap();
    let old = home.path().join("old");
    older(&shop, &old);
    let mut struck = 0;
    for round in 0..figure("BACKROOM_FAULT_ROUNDS", 3) * 3 {
        let folder = home.path().join(format!("round-{round}"));
        std::fs::create_dir(&folder).unwrap();
        for file in ["backroom.db", "config.toml"] {
            std::fs::copy(old.join(file), folder.join(file)).unwrap();
        }
        let point = "enable_random name=posix/io/rw/pwrite,probability=0.01,failinfo=5";
        let output = finish(shop.under(&["fiu-run", "-x", "-c", point], &folder, &["sync"]));
        if !output.status.success() {
            struck += 1;
            says(&output, 5, &[], "failing writes during a takeover");
        }
        shop.json(&folder, &["sync"]);
        let doctor = shop.json(&folder, &["doctor"]);
        assert_eq!(doctor["ok"], true, "round {round}: {doctor}");
        assert!(version(&folder) > 1, "the next start took it over");
    }
    assert!(struck > 0, "some writes did fail");
}
