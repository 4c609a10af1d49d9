//! Twelve ways in which a server is hostile or ill: none installs, the version that runs goes on, and the message names the cause.

use crate::world::{Release, World, keypair, signed, status};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use serde_json::json;
use std::time::Duration;

struct Case {
    name: &'static str,
    code: &'static str,
    /// What the message says.
    says: &'static str,
    prepare: fn(&World),
}

fn faults(world: &World, rule: FaultRule) {
    world.server.set_faults(Faults { rules: vec![rule], ..Faults::default() });
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "a bad signature",
            code: "UPDATE_SIGNATURE",
            says: "not signed by Backroom",
            prepare: |world| {
                let stranger = keypair();
                world.publish_by(&Release::new("0.2.0", 7), &[&stranger.sk], &world.daily.sk);
            },
        },
        Case {
            name: "a manifest changed after it was signed",
            code: "UPDATE_SIGNATURE",
            says: "not signed by Backroom",
            prepare: |world| {
                let text = Release::new("0.2.0", 7).manifest(&world.server.base_url(), &world.daily.sk);
                let signature = signed(&text, &world.daily.sk);
                let changed = text.replace("0.2.0", "0.3.0");
                world.server.put("/stable.json", json!({ "manifest": changed, "signatures": [signature] }).to_string());
            },
        },
        Case {
            name: "an old file under a raised version",
            code: "UPDATE_FILE_VERSION",
            says: "was made as version 0.0.9, not as 0.2.0",
            prepare: |world| {
                world.publish(&Release { signed_version: "0.0.9".to_owned(), ..Release::new("0.2.0", 7) });
            },
        },
        Case {
            name: "a file signed by a stranger",
            code: "UPDATE_FILE_SIGNATURE",
            says: "installer is not signed by Backroom",
            prepare: |world| {
                let stranger = keypair();
                world.publish_by(&Release::new("0.2.0", 7), &[&world.daily.sk], &stranger.sk);
            },
        },
        Case {
            name: "another file in its place",
            code: "UPDATE_HASH",
            says: "not the one that was announced",
            prepare: |world| {
                let release = Release::new("0.2.0", 7);
                world.publish(&release);
                world.server.put(&release.path(), vec![7u8; release.file.len()]);
            },
        },
        Case {
            name: "an expired manifest",
            code: "UPDATE_EXPIRED",
            says: "ended on 2026-11-2",
            prepare: |world| {
                let release = Release::new("0.2.0", 7);
                let issued = release.issued.plus_days(-31);
                world.publish(&Release { issued, days: 30, ..release });
            },
        },
        Case {
            name: "a manifest that is too large",
            code: "UPDATE_TOO_LARGE",
            says: "larger than 65536 bytes",
            prepare: |world| {
                let padding = "x".repeat(70_000);
                world.publish(&Release { more: json!({ "padding": padding }), ..Release::new("0.2.0", 7) });
            },
        },
        Case {
            name: "a file larger than announced",
            code: "UPDATE_TOO_LARGE",
            says: "larger than 1000 bytes",
            prepare: |world| world.publish(&Release { size: Some(1_000), ..Release::new("0.2.0", 7) }),
        },
        Case {
            name: "a file without end",
            code: "UPDATE_TOO_LARGE",
            says: "larger than 160000 bytes",
            prepare: |world| {
                world.publish(&Release::new("0.2.0", 7));
                let endless = FaultKind::HugeLine { bytes: 5 << 30, declared: false };
                faults(world, FaultRule::always(endless).on(".AppImage"));
            },
        },
        Case {
            name: "an announcement of 5 GB",
            code: "UPDATE_TOO_LARGE",
            says: "larger than 536870912 bytes",
            prepare: |world| world.publish(&Release { size: Some(5 << 30), ..Release::new("0.2.0", 7) }),
        },
        Case {
            name: "a server that never answers",
            code: "UPDATE_TOO_SLOW",
            says: "answers too slowly",
            prepare: |world| faults(world, FaultRule::always(FaultKind::Hang)),
        },
        Case {
            name: "a file that breaks off every time",
            code: "UPDATE_TRUNCATED",
            says: "of 160000 bytes are here",
            prepare: |world| {
                world.publish(&Release::new("0.2.0", 7));
                faults(world, FaultRule::always(FaultKind::Cut { after_bytes: 1_000 }).on(".AppImage"));
            },
        },
        Case {
            name: "a plain http address",
            code: "UPDATE_NOT_ENCRYPTED",
            says: "updates.example.com is not encrypted",
            prepare: |world| {
                let url = Some("http://updates.example.com/0.2.0.AppImage".to_owned());
                world.publish(&Release { url, ..Release::new("0.2.0", 7) });
            },
        },
        Case {
            name: "a redirect of the manifest to plain http",
            code: "UPDATE_NOT_ENCRYPTED",
            says: "updates.example.com is not encrypted",
            prepare: |world| world.server.redirect("/stable.json", "http://updates.example.com/stable.json"),
        },
        Case {
            name: "a redirect of the file to plain http",
            code: "UPDATE_NOT_ENCRYPTED",
            says: "updates.example.com is not encrypted",
            prepare: |world| {
                let release = Release::new("0.2.0", 7);
                world.publish(&release);
                world.server.redirect(&release.path(), "http://updates.example.com/0.2.0.AppImage");
            },
        },
        Case {
            name: "redirects in a circle",
            code: "UPDATE_REDIRECTS",
            says: "sends us on and on",
            prepare: |world| world.server.redirect("/stable.json", "/stable.json"),
        },
        Case {
            name: "only another kind of computer",
            code: "UPDATE_NOT_FOR_THIS",
            says: "no installer for this computer (linux-x86_64-appimage)",
            prepare: |world| {
                let target = "linux-aarch64-appimage".to_owned();
                world.publish(&Release { target, ..Release::new("0.2.0", 7) });
            },
        },
        Case {
            name: "a file for another processor under our name",
            code: "UPDATE_FILE_PROCESSOR",
            says: "another kind of computer (Backroom_0.2.0_arm64.AppImage)",
            prepare: |world| {
                let signed_name = "Backroom_0.2.0_arm64.AppImage".to_owned();
                world.publish(&Release { signed_name, ..Release::new("0.2.0", 7) });
            },
        },
        Case {
            name: "error 500",
            code: "UPDATE_SERVER",
            says: "answers with error 500",
            prepare: |world| faults(world, FaultRule::always(FaultKind::Status { status: 500 })),
        },
        Case {
            name: "garbage",
            code: "UPDATE_NO_MANIFEST",
            says: "no list of releases",
            prepare: |world| faults(world, FaultRule::always(FaultKind::Html { status: 200 })),
        },
        Case {
            name: "the list of another channel",
            code: "UPDATE_CHANNEL",
            says: "of another channel",
            prepare: |world| {
                let early = Release { channel: "early".to_owned(), ..Release::new("0.2.0", 7) };
                let text = early.manifest(&world.server.base_url(), &world.daily.sk);
                let signature = signed(&text, &world.daily.sk);
                world.server.put("/stable.json", json!({ "manifest": text, "signatures": [signature] }).to_string());
            },
        },
        Case {
            name: "other keys by the daily key",
            code: "UPDATE_KEY_CHANGE",
            says: "a key that may not do that",
            prepare: |world| {
                let (daily, reserve) = (keypair().pk.to_base64(), keypair().pk.to_base64());
                let keys = Some(json!({ "daily": daily, "reserve": reserve }));
                world.publish(&Release { keys, ..Release::new("0.2.0", 7) });
            },
        },
        Case {
            name: "a condition that this version does not know",
            code: "UPDATE_NO_MANIFEST",
            says: "missing, unknown or of another type",
            prepare: |world| {
                let base = world.server.base_url();
                let release = Release::new("0.2.0", 7);
                let mut manifest: serde_json::Value =
                    serde_json::from_str(&release.manifest(&base, &world.daily.sk)).unwrap();
                manifest["artefacts"][release.target.as_str()]["only_with"] = json!("a newer kernel");
                let text = manifest.to_string();
                let signature = signed(&text, &world.daily.sk);
                world.server.put("/stable.json", json!({ "manifest": text, "signatures": [signature] }).to_string());
            },
        },
    ]
}

#[tokio::test]
async fn nothing_of_a_hostile_server_is_installed_and_the_cause_is_named() {
    for Case { name, code, says, prepare } in cases() {
        let mut world = World::new();
        if code == "UPDATE_TOO_SLOW" {
            world.read = Duration::from_millis(100);
        }
        prepare(&world);
        let engine = world.start().await;
        // By itself, night after night.
        for day in 0..4 {
            for _ in 0..3 {
                engine.look_after_updates().await;
            }
            world.clock.advance_seconds(86_400 + 60 * day);
        }
        assert_eq!(world.slot.asked(), Vec::<String>::new(), "{name}: nobody was asked to install anything");
        assert_eq!(world.slot.version(), "0.1.0", "{name}: the version that ran still runs");
        let told = status(&engine).await;
        assert_eq!(told["failed"]["code"], code, "{name}: {told}");
        let message = told["failed"]["message"].as_str().unwrap();
        assert!(message.contains(says), "{name}: the message names the cause: {message}");
        assert!(told["failed"]["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{name}: and what to do: {told}");
        // And by hand.
        let by_hand = engine.call("install_update", serde_json::Value::Null).await;
        assert!(by_hand.is_err(), "{name}: {by_hand:?}");
        assert_eq!(world.slot.asked(), Vec::<String>::new(), "{name}: nor by hand");
    }
}

#[tokio::test]
async fn a_serial_never_goes_back_not_even_after_a_restart() {
    let world = World::new();
    world.publish(&Release::new("0.1.0", 10));
    let engine = world.start().await;
    engine.look_after_updates().await;
    assert_eq!(status(&engine).await["state"], "none", "the same version is nothing new");
    drop(engine);
    world.publish(&Release::new("0.2.0", 9));
    world.clock.advance_seconds(90_000);
    let engine = world.start().await;
    for _ in 0..3 {
        engine.look_after_updates().await;
    }
    let told = status(&engine).await;
    assert_eq!(told["failed"]["code"], "UPDATE_SERIAL", "{told}");
    assert_eq!(world.slot.asked(), Vec::<String>::new(), "a list from the past is not believed");
}

#[tokio::test]
async fn there_is_no_way_to_an_older_version() {
    let world = World::new();
    std::fs::write(&world.slot.file, "0.3.0").unwrap();
    world.publish(&Release::new("0.2.0", 50));
    let engine = world.start().await;
    for _ in 0..3 {
        engine.look_after_updates().await;
    }
    let told = status(&engine).await;
    assert_eq!((&told["state"], &told["failed"]), (&json!("none"), &json!(null)), "older is nothing new: {told}");
    assert_eq!(world.slot.asked(), Vec::<String>::new());
}
