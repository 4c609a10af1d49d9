//! Replies that are no replies, end to end.

use crate::shop::{Shop, says};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use serde_json::Value;

/// Most memory that `backroomctl` may have held, in bytes.
#[cfg(target_os = "linux")]
const MOST_MEMORY: u64 = 100 << 20;

/// The most memory that a process has held, read until it is gone, in bytes.
#[cfg(target_os = "linux")]
fn high_water(process: u32) -> std::thread::JoinHandle<u64> {
    std::thread::spawn(move || {
        let mut most = 0;
        while let Ok(status) = std::fs::read_to_string(format!("/proc/{process}/status")) {
            let mark = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            // One that has ended but was not waited for has no memory of its own any more.
            let Some(kilobytes) = mark.and_then(|mark| mark.trim().strip_suffix(" kB")?.parse::<u64>().ok()) else {
                break;
            };
            most = most.max(kilobytes << 10);
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        most
    })
}

#[test]
fn a_reply_without_end_stops_its_stream_alone() {
    for declared in [true, false] {
        let shop = Shop::new(200);
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        shop.settle(folder);
        let huge = FaultRule::always(FaultKind::HugeLine { bytes: 1 << 30, declared }).on("/v2/payments");
        shop.square.set_faults(Faults { rules: vec![huge], ..Faults::default() });
        let mut command = shop.under(&[], folder, &["sync"]);
        let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        // Its own high-water mark, which only grows: `ru_maxrss` would count this process from before its start.
        #[cfg(target_os = "linux")]
        let marks = high_water(child.id());
        let output = child.wait_with_output().unwrap();
        says(&output, 3, &["main payments"], "a reply of 1 GB in one line");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        for stream in told["streams"].as_array().unwrap() {
            assert_eq!(stream["error"].is_object(), stream["entity"] == "payments", "the others go on: {stream}");
        }
        #[cfg(target_os = "linux")]
        {
            let most = marks.join().unwrap();
            assert!(most > 0, "it was measured at all");
            assert!(most < MOST_MEMORY, "memory stays bounded: {most}");
            eprintln!("a reply of 1 GB (declared: {declared}): at most {} MB", most >> 20);
        }
        shop.comes_out_right(folder, "after a reply of 1 GB");
    }
}

#[test]
fn what_is_no_json_is_told_in_words() {
    let shop = Shop::new(200);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    shop.settle(folder);
    let cases = [
        ("a page of a hotel's network", FaultKind::Html { status: 200 }, "web page"),
        ("a body that is not packed as it says", FaultKind::FalseGzip, "main refunds"),
        ("a reply cut short", FaultKind::Cut { after_bytes: 700 }, "main refunds"),
    ];
    for (what, kind, word) in cases {
        shop.square.set_faults(Faults { rules: vec![FaultRule::always(kind).on("/v2/refunds")], ..Faults::default() });
        says(&shop.run(folder, &["sync"]), 3, &["main refunds", word], what);
    }
    shop.comes_out_right(folder, "after replies that were none");
}
