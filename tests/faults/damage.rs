//! Files that rot: single bytes changed anywhere, and a file that is gone while it is used.

use crate::shop::{Dice, Shop, figure, finish, says};
use backroom_sandbox::bigquery::BigQuery;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_changed_byte_is_harmless_or_found() {
    let shop = Shop::new(300);
    let home = tempfile::tempdir().unwrap();
    let sound = home.path().join("sound");
    shop.settle(&sound);
    shop.json(&sound, &["sync"]);
    shop.trade(1);
    // A killed one leaves its log behind.
    let mut run = shop.start(&sound, &["run", "--every", "1s"]);
    let started = Instant::now();
    while shop.bigquery.rows("demo.square_payments").len() < 100 && started.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    shop.trade(2);
    let truth = {
        let check = home.path().join("check");
        copy(&sound, &check);
        Shop::told(&shop.json(&check, &["report", "summary"]))
    };
    let mut dice = Dice(0xF11B);
    let seeds = figure("BACKROOM_BYTE_FLIPS", 30);
    let (mut refused, mut harmless, mut found) = (0, 0, 0);
    // What was sent, by whether the self-check had found the damage.
    let mut sent: [HashSet<(String, String)>; 2] = Default::default();
    for seed in 0..seeds {
        let folder = home.path().join(format!("flip-{seed}"));
        copy(&sound, &folder);
        let file = folder.join(["backroom.db", "backroom.db-wal", "backroom.db-shm"][seed % 3]);
        let Ok(mut bytes) = std::fs::read(&file) else { continue };
        if bytes.is_empty() {
            continue;
        }
        for _ in 0..=seed % 16 {
            let place = usize::try_from(dice.throw(bytes.len() as u64)).unwrap();
            bytes[place] ^= 1 << dice.throw(8);
        }
        std::fs::write(&file, &bytes).unwrap();
        let what = format!("seed {seed}, {} bytes of {}", seed % 16 + 1, file.file_name().unwrap().to_string_lossy());
        let summary = finish(shop.under(&[], &folder, &["report", "summary"]));
        if summary.status.success() {
            let told = Shop::told(&serde_json::from_slice(&summary.stdout).unwrap());
            // A changed byte of the log takes the commits after it along, as a cut does: then less is told, and asked for again.
            let doctor = shop.run(&folder, &["doctor"]);
            let elsewhere = BigQuery::start("demo").unwrap();
            let config = std::fs::read_to_string(folder.join("config.toml")).unwrap();
            let config = config.replace(&shop.bigquery.base_url(), &elsewhere.base_url());
            std::fs::write(folder.join("config.toml"), config).unwrap();
            let push = shop.run(&folder, &["push"]);
            assert!(!String::from_utf8_lossy(&push.stderr).contains("panicked"), "{what}: a delivery panicked");
            let cell = |row: &BTreeMap<String, Option<String>>, name| row[name].clone().unwrap_or_default();
            let rows = elsewhere.rows("demo.square_payments");
            sent[usize::from(!doctor.status.success())]
                .extend(rows.iter().map(|row| (cell(row, "id"), cell(row, "amount"))));
            if told == truth && doctor.status.success() {
                harmless += 1;
            } else if !doctor.status.success() {
                found += 1;
            } else {
                assert!(what.contains("-wal"), "{what}: {told:?} was told as right, which is {truth:?}");
                harmless += 1;
            }
            let push = finish(shop.under(&[], &folder, &["doctor", "--rebuild"]));
            let said = String::from_utf8_lossy(&push.stderr).into_owned();
            assert!(!said.contains("panicked"), "{what}: {said}");
        } else {
            says(&summary, 5, &[], &what);
            refused += 1;
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
    shop.comes_out_right(&sound, "the sound one");
    let rows = shop.bigquery.rows("demo.square_payments");
    let known: HashSet<_> = rows.iter().map(|r| (r["id"].clone().unwrap(), r["amount"].clone().unwrap())).collect();
    let [unnoticed, noticed] = sent.map(|sent| sent.difference(&known).count());
    assert_eq!(unnoticed, 0, "where nothing was found, no payment is sent that the shop does not know");
    eprintln!("{noticed} wrong payments were sent from files that the self-check would have refused");
    eprintln!("changed bytes: {refused} refused, {found} found by the self-check, {harmless} harmless");
}

/// After an end that was none, nothing is sent from a file that is not sound.
#[test]
fn a_damaged_file_is_not_sent_from_after_a_crash() {
    let shop = Shop::new(600);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    shop.settle(folder);
    shop.json(folder, &["sync"]);
    // Damage where no delivery looks, and a log that was left behind.
    let file = folder.join("backroom.db");
    let root: i64 = rusqlite::Connection::open(&file)
        .and_then(|c| c.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'receipt'", [], |r| r.get(0)))
        .unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let page = (usize::try_from(root).unwrap() - 1) * size;
    bytes[page + 8..page + 64].fill(0xA5);
    std::fs::write(&file, &bytes).unwrap();
    std::fs::write(folder.join("backroom.db-wal"), [0u8; 32]).unwrap();
    says(&shop.run(folder, &["push"]), 5, &["damaged"], "a delivery from a damaged file");
    assert!(shop.bigquery.rows("demo.square_payments").is_empty(), "nothing was sent from it");
    // The way out that it names.
    for name in ["backroom.db", "backroom.db-wal", "backroom.db-shm"] {
        let _ = std::fs::rename(folder.join(name), folder.join(format!("{name}.aside")));
    }
    shop.comes_out_right(folder, "after the damaged file was put aside");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_gone_while_it_is_used_is_told() {
    let shop = Shop::new(300);
    let home = tempfile::tempdir().unwrap();
    for replaced in [false, true] {
        let folder = home.path().join(if replaced { "replaced" } else { "deleted" });
        shop.settle(&folder);
        shop.json(&folder, &["sync"]);
        let told = home.path().join("told");
        let mut run = shop.under(&[], &folder, &["run", "--every", "1s"]);
        run.stdout(Stdio::null()).stderr(std::fs::File::create(&told).unwrap());
        let mut run = run.spawn().unwrap();
        let before = shop.square.counters().total();
        let limit = Instant::now() + Duration::from_secs(15);
        while shop.square.counters().total() < before + 5 && Instant::now() < limit {
            std::thread::sleep(Duration::from_millis(20));
        }
        let file = folder.join("backroom.db");
        if replaced {
            std::fs::copy(&file, folder.join("other")).unwrap();
            std::fs::rename(folder.join("other"), &file).unwrap();
        } else {
            std::fs::rename(&file, folder.join("elsewhere")).unwrap();
        }
        let mut said = String::new();
        while said.is_empty() && Instant::now() < limit {
            shop.trade(3);
            std::thread::sleep(Duration::from_millis(100));
            said = std::fs::read_to_string(&told).unwrap();
        }
        run.kill().unwrap();
        run.wait().unwrap();
        assert!(said.contains("no longer the one"), "it says that the file is another or gone: {said:?}");
        if !replaced {
            std::fs::rename(folder.join("elsewhere"), &file).unwrap();
            shop.comes_out_right(&folder, "after the file was put back");
        }
    }
}
