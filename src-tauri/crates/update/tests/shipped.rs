//! What is shipped takes nothing in the clear, not even from this machine: the switch for tests is off by default, is asked for by
//! tests alone, and does nothing in a release build.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

fn manifest(path: &str) -> toml::Table {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path);
    toml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap()
}

#[test]
fn only_tests_ask_for_the_loopback_server() {
    let own = manifest("src-tauri/crates/update/Cargo.toml");
    let features = own["features"].as_table().unwrap();
    assert!(!features.contains_key("default"), "nothing is on by default: {features:?}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut packages = vec!["Cargo.toml".to_owned(), "xtask/Cargo.toml".to_owned(), "tests/Cargo.toml".to_owned()];
    for entry in folder.read_dir().unwrap() {
        packages.push(format!("src-tauri/crates/{}/Cargo.toml", entry.unwrap().file_name().to_string_lossy()));
    }
    assert!(packages.len() > 10, "{packages:?}");
    for path in packages {
        let package = manifest(&path);
        for section in ["dependencies", "build-dependencies"] {
            let asked = package.get(section).and_then(|s| s.get("backroom-update")).map(ToString::to_string);
            assert!(!asked.unwrap_or_default().contains("loopback"), "{path}: [{section}] turns it on");
        }
        let passed_on = package.get("features").map(ToString::to_string).unwrap_or_default();
        let own_feature = path.ends_with("update/Cargo.toml");
        assert!(own_feature || !passed_on.contains("loopback"), "{path}: a feature turns it on");
    }
    let workspace = manifest("Cargo.toml");
    let shared = workspace["workspace"]["dependencies"]["backroom-update"].to_string();
    assert!(!shared.contains("loopback"), "the workspace turns it on: {shared}");
}

#[test]
fn a_release_build_refuses_this_machine_even_with_the_switch() {
    let here = backroom_update::may_ask(&"http://127.0.0.1:4000/stable.json".parse().unwrap());
    assert_eq!(here, cfg!(debug_assertions), "the switch is on in this test: only a debug build heeds it");
    assert!(!backroom_update::may_ask(&"http://updates.example.com/stable.json".parse().unwrap()));
}
