//! Killed at every step: what starts next is one of the two versions, whole, with its data, and the update is had in the end.

use crate::world::{Release, Slot, Watch, World, open, options, status};
use backroom_core::{TestClock, Timestamp};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const FOLDER: &str = "BACKROOM_TEST_FOLDER";
const SERVER: &str = "BACKROOM_TEST_SERVER";
const KEYS: &str = "BACKROOM_TEST_KEYS";
/// At which step the child ends; none: at none.
const END_AT: &str = "BACKROOM_TEST_END_AT";
/// More than there are.
const MOST_STEPS: usize = 80;

/// What the child does: starts what is installed, again and again as it restarts, until there is nothing more to do.
#[tokio::test]
async fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    let end_at: Option<usize> = std::env::var(END_AT).ok().and_then(|n| n.parse().ok());
    let steps = Arc::new(AtomicUsize::new(0));
    let watch: Watch = Arc::new(move |_| {
        if Some(steps.fetch_add(1, Ordering::Relaxed) + 1) == end_at {
            std::process::abort();
        }
    });
    let keys = std::env::var(KEYS).unwrap();
    let (daily, reserve) = keys.split_once(',').unwrap();
    let clock = Arc::new(TestClock::at(Timestamp::parse(crate::world::NIGHT).unwrap()));
    for _ in 0..3 {
        let slot = Slot::new(folder, watch.clone());
        let engine = open(folder, clock.clone()).await;
        let patience = Duration::from_secs(30);
        let server = std::env::var(SERVER).unwrap();
        engine.update_with(options(&slot.version(), daily, reserve, &server, slot.clone(), watch.clone(), patience));
        engine.settle_update().await;
        for _ in 0..4 {
            engine.look_after_updates().await;
            // An install that broke off is tried again after an hour.
            clock.advance_seconds(4_000);
        }
        let told = status(&engine).await;
        std::fs::write(folder.join("told.json"), told.to_string()).unwrap();
        drop(engine);
        clock.set(Timestamp::parse(crate::world::NIGHT).unwrap());
        if !slot.restarted.load(Ordering::Relaxed) {
            return;
        }
    }
}

fn run(world: &World, end_at: Option<usize>) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "killed::child", "--nocapture", "--test-threads=1"]);
    command.env(FOLDER, world.folder.path()).env(SERVER, world.server.base_url());
    command.env(KEYS, format!("{},{}", world.daily.pk.to_base64(), world.reserve.pk.to_base64()));
    command.env_remove(END_AT);
    if let Some(step) = end_at {
        command.env(END_AT, step.to_string());
    }
    let ended = command.output().unwrap();
    let fell = String::from_utf8_lossy(&ended.stdout).contains("panicked");
    assert!(!fell, "the child fell over: {}", String::from_utf8_lossy(&ended.stdout));
    ended.status.success()
}

#[test]
fn whatever_step_it_is_killed_at_a_version_starts_and_the_update_is_had() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut killed = 0;
    for step in 1..=MOST_STEPS {
        let world = World::new();
        world.publish(&Release::new("0.2.0", 7));
        {
            // What is there before, to be found after.
            let _inside = runtime.enter();
            let engine = runtime.block_on(open(world.folder.path(), world.clock.clone()));
            runtime.block_on(engine.store().set_note("a note", "of before")).unwrap();
        }
        let whole = run(&world, Some(step));
        let version = world.slot.version();
        assert!(["0.1.0", "0.2.0"].contains(&version.as_str()), "step {step}: a whole version is there: {version}");
        if !whole {
            killed += 1;
            assert!(run(&world, None), "step {step}: the next start goes through");
        }
        let told: Value =
            serde_json::from_str(&std::fs::read_to_string(world.folder.path().join("told.json")).unwrap()).unwrap();
        assert_eq!(told["version"], "0.2.0", "step {step}: the update is had in the end: {told}");
        assert_eq!(told["state"], "none", "step {step}: nothing is half done: {told}");
        assert_eq!(told["updated"]["wrong"], Value::Null, "step {step}: all is well: {told}");
        let engine = runtime.block_on(open(world.folder.path(), world.clock.clone()));
        let note = engine.store().note("a note").unwrap();
        assert_eq!(note.as_deref(), Some("of before"), "step {step}: the data is the same");
        if whole {
            assert!(killed >= 12, "there are steps to be killed at: {killed}");
            return;
        }
    }
    panic!("more than {MOST_STEPS} steps");
}
