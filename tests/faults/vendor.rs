//! Replies that are no replies, end to end.

use crate::shop::{Shop, says};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use serde_json::Value;

/// Most memory that `backroomctl` may have held, in bytes.
#[cfg(target_os = "linux")]
const MOST_MEMORY: u64 = 100 << 20;

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
        let mut child =
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let reads = std::thread::spawn(move || {
            let mut text = Vec::new();
            std::io::Read::read_to_end(&mut out, &mut text).unwrap();
            text
        });
        let mut said = Vec::new();
        std::io::Read::read_to_end(&mut err, &mut said).unwrap();
        #[cfg(target_os = "linux")]
        let most = {
            use wait4::Wait4;
            let used = child.wait4().unwrap();
            let output = std::process::Output { status: used.status, stdout: reads.join().unwrap(), stderr: said };
            (output, used.rusage.maxrss)
        };
        #[cfg(not(target_os = "linux"))]
        let most =
            (std::process::Output { status: child.wait().unwrap(), stdout: reads.join().unwrap(), stderr: said }, 0);
        let (output, memory) = most;
        says(&output, 3, &["main payments"], "a reply of 1 GB in one line");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        for stream in told["streams"].as_array().unwrap() {
            assert_eq!(stream["error"].is_object(), stream["entity"] == "payments", "the others go on: {stream}");
        }
        #[cfg(target_os = "linux")]
        assert!(memory < MOST_MEMORY, "memory stays bounded: {memory}");
        eprintln!("a reply of 1 GB (declared: {declared}): at most {} MB", memory >> 20);
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
