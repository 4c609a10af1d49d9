//! Disks that are full, read-only or failing.

use crate::ground::{Ground, has, skipped};
use crate::shop::{Shop, figure, finish, says};
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn a_full_disk_loses_nothing_and_it_goes_on_when_there_is_room() {
    let ground = match Ground::memory(64) {
        Ok(ground) => ground,
        Err(why) => return skipped("full disk", &why),
    };
    let shop = Shop::new(2_000);
    let folder = ground.place().join("data");
    shop.settle(&folder);

    for left in [0, 8 << 10, 40 << 10] {
        ground.fill(left);
        says(&shop.run(&folder, &["sync"]), 5, &["disk is full"], &format!("a start with {left} bytes left"));
        ground.make_room();
    }
    for left in [512 << 10, 1 << 20] {
        ground.fill(left);
        says(&shop.run(&folder, &["sync"]), 5, &["disk is full"], &format!("a sync with {left} bytes left"));
        let doctor = shop.run(&folder, &["doctor"]);
        assert!(doctor.status.success(), "what was stored is sound: {}", String::from_utf8_lossy(&doctor.stderr));
        ground.make_room();
    }
    shop.json(&folder, &["sync"]);
    ground.fill(0);
    says(&shop.run(&folder, &["push"]), 5, &["disk is full"], "a delivery");
    let summary = shop.run(&folder, &["report", "summary"]);
    if summary.status.success() {
        let told = serde_json::from_slice(&summary.stdout).unwrap();
        assert_eq!(Shop::told(&told), shop.true_numbers(), "numbers are told right from a full disk");
    } else {
        says(&summary, 5, &[], "a report from a full disk");
    }
    ground.make_room();
    shop.trade(1);
    shop.comes_out_right(&folder, "after the disk was full");
}

#[test]
fn a_disk_that_turns_read_only() {
    let ground = match Ground::disk(96) {
        Ok(ground) => ground,
        Err(why) => return skipped("read-only disk", &why),
    };
    let shop = Shop::new(2_000);
    let folder = ground.place().join("data");
    shop.settle(&folder);
    ground.writable(false).unwrap();
    says(&shop.run(&folder, &["sync"]), 5, &["read-only"], "a start on a read-only disk");
    ground.writable(true).unwrap();

    shop.slow(25);
    let mut sync = shop.under(&[], &folder, &["sync"]);
    let child = sync.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (log, started) = (folder.join("backroom.db-wal"), Instant::now());
    while !log.metadata().is_ok_and(|m| m.len() > 100_000) && started.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let ill = ground.falls_ill();
    let output = child.wait_with_output().unwrap();
    match ill {
        Ok(()) => says(&output, 5, &[], "a disk that turns read-only during a sync"),
        Err(why) => skipped("read-only disk during a sync", &why),
    }
    ground.restart();
    shop.comes_out_right(&folder, "after the disk was read-only");

    ground.writable(false).unwrap();
    says(&shop.run(&folder, &["push"]), 5, &["read-only"], "a delivery from a read-only disk");
    let summary = shop.run(&folder, &["report", "summary"]);
    if summary.status.success() {
        let told = serde_json::from_slice(&summary.stdout).unwrap();
        assert_eq!(Shop::told(&told), shop.true_numbers(), "numbers are told right from a read-only disk");
    } else {
        says(&summary, 5, &[], "a report from a read-only disk");
    }
    ground.writable(true).unwrap();
}

#[test]
fn failing_calls_of_the_system_are_never_taken_for_success() {
    if !has("fiu-run", "-h") {
        return skipped("failing fsync and short writes", "fiu-run (Debian's fiu-utils) is not installed");
    }
    let shop = Shop::new(400);
    let home = tempfile::tempdir().unwrap();
    let point = |name: &str, chance: &str, errno: u32| {
        format!("enable_random name=posix/io/{name},probability={chance},failinfo={errno}")
    };
    let ills = [
        ("fsync", vec![point("sync/fsync", "0.08", 5), point("sync/fdatasync", "0.08", 5)]),
        ("write", vec![point("rw/pwrite", "0.01", 5)]),
        ("space", vec![point("rw/pwrite", "0.02", 28)]),
        ("short write", vec!["enable_random name=posix/io/rw/pwrite/reduce,probability=0.1".to_owned()]),
        ("truncate", vec![point("sync/ftruncate", "0.3", 5), point("rw/pread", "0.002", 5)]),
    ];
    let rounds = figure("BACKROOM_FAULT_ROUNDS", 3);
    let (mut struck, mut clean) = (0, 0);
    for round in 0..rounds {
        let folder = home.path().join(format!("round-{round}"));
        shop.settle(&folder);
        for (what, ill) in &ills {
            let mut program = vec!["fiu-run", "-x"];
            for point in ill {
                program.extend(["-c", point]);
            }
            shop.trade(round);
            for work in ["sync", "push"] {
                let output = finish(shop.under(&program, &folder, &[work]));
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                let code = output.status.code();
                assert!(!said.contains("panicked"), "{what} in {work}: {said}");
                if code == Some(0) {
                    clean += 1;
                } else {
                    struck += 1;
                    says(&output, 5, &[], &format!("{what} in {work}"));
                }
                if code == Some(0) && work == "sync" {
                    let summary = shop.json(&folder, &["report", "summary"]);
                    assert_eq!(
                        Shop::told(&summary),
                        shop.true_numbers(),
                        "a sync that said it is done is done ({what})"
                    );
                }
            }
        }
        shop.comes_out_right(&folder, "after failing calls");
    }
    assert!(struck > 0, "the faults did strike; {clean} commands went through");
    eprintln!("failing calls: {struck} commands failed and said so, {clean} went through");
}
