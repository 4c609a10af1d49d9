//! The power goes, at any moment, and what was acknowledged is still there.

use crate::ground::{Ground, Switch, skipped};
use crate::shop::{Dice, Shop, figure};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

fn written_at(file: &Path) -> Option<SystemTime> {
    file.metadata().ok()?.modified().ok()
}

/// Waits until the log is being written back into the file, which alone changes the file itself.
fn wait_for_checkpoint(folder: &Path) {
    let file = folder.join("backroom.db");
    let (before, started) = (written_at(&file), Instant::now());
    while written_at(&file) == before && started.elapsed() < Duration::from_secs(4) {
        std::thread::sleep(Duration::from_micros(300));
    }
}

#[test]
fn cuts_lose_nothing_that_was_stored() {
    let ground = match Ground::disk(192) {
        Ok(ground) => ground,
        Err(why) => return skipped("power cuts", &why),
    };
    let (shop, small) = (Shop::new(2_500), Shop::new(40));
    let folder = ground.place().join("data");
    shop.settle(&folder);
    shop.slow(12);
    small.slow(5);
    let mut dice = Dice(0x5EED);
    let works: [(&str, &[&str], u64); 5] = [
        ("first sync", &["sync"], 2_500),
        ("first start", &["sync"], 500),
        ("push", &["push"], 600),
        ("checkpoint", &["sync", "--full"], 0),
        ("schedule", &["run", "--every", "1s"], 2_000),
    ];
    let cuts = figure("BACKROOM_POWER_CUTS", 10);
    let mut at_work = 0;
    for turn in 0..cuts {
        let (what, work, longest) = works[turn % works.len()];
        let fresh = ground.place().join(format!("fresh-{turn}"));
        let (shop_now, here) = if what == "first start" { (&small, &fresh) } else { (&shop, &folder) };
        shop_now.settle(here);
        let switch = match Switch::at(&ground) {
            Ok(switch) => switch,
            Err(why) => return skipped("power cuts", &why),
        };
        let mut child = shop_now.start(here, work);
        match longest {
            0 => wait_for_checkpoint(here),
            most => std::thread::sleep(Duration::from_millis(dice.throw(most))),
        }
        at_work += usize::from(child.try_wait().unwrap().is_none());
        let cut = switch.cut();
        child.kill().unwrap();
        child.wait().unwrap();
        if let Err(why) = cut {
            return skipped("power cuts", &why);
        }
        ground.restart();
        shop.trade(turn);
        if what == "first start" {
            small.comes_out_right(&fresh, "a cut at the first start");
            small.slow(5);
            std::fs::remove_dir_all(&fresh).unwrap();
        }
        if folder.join("backroom.db").metadata().is_ok_and(|m| m.len() > 0) {
            let doctor = shop.run(&folder, &["doctor"]);
            let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
            assert!(
                doctor.status.success(),
                "cut {turn} during {what}: {said} {}",
                String::from_utf8_lossy(&doctor.stderr)
            );
        }
    }
    assert!(at_work * 2 >= cuts, "most cuts struck somebody at work: {at_work} of {cuts}");
    shop.comes_out_right(&folder, "after all the cuts");
    eprintln!("{cuts} power cuts, {at_work} of them at work");
}

/// Commits one by one until the power goes: how many of the acknowledged ones are lost.
fn lost_by(synchronous: &str) -> Result<i64, String> {
    let ground = Ground::disk(64)?;
    let file = ground.place().join("t.db");
    let switch = Switch::at(&ground)?;
    let acknowledged = AtomicI64::new(0);
    let acknowledged = std::thread::scope(|scope| {
        scope.spawn(|| {
            let c = rusqlite::Connection::open(&file).unwrap();
            c.execute_batch(&format!("PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous};")).unwrap();
            c.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY, filling BLOB)").unwrap();
            for n in 1.. {
                if c.execute("INSERT INTO t VALUES (?1, randomblob(200))", [n]).is_err() {
                    return;
                }
                acknowledged.store(n, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        while acknowledged.load(Ordering::SeqCst) < 120 {
            std::thread::sleep(Duration::from_millis(2));
        }
        // What is acknowledged while the power is going is acknowledged to nobody.
        let acknowledged = acknowledged.load(Ordering::SeqCst);
        switch.cut().map(|()| acknowledged)
    })?;
    ground.restart();
    let c = rusqlite::Connection::open(&file).map_err(|e| e.to_string())?;
    let kept: i64 = c.query_row("SELECT max(n) FROM t", [], |r| r.get(0)).unwrap_or(0);
    Ok(acknowledged - kept)
}

/// Were no commit lost this way either, the cuts above would show nothing.
#[test]
fn these_cuts_do_lose_what_is_not_synced() {
    match (lost_by("NORMAL"), lost_by("FULL")) {
        (Ok(normal), Ok(full)) => {
            assert!(normal > 0, "a writer that does not sync loses commits");
            assert!(full <= 0, "one that does loses none: {full}");
        }
        (Err(why), _) | (_, Err(why)) => skipped("power cuts, counter-test", &why),
    }
}
