//! The life of an update: asked for, fetched, put in after closing, looked at, and left again.

use crate::world::{NIGHT, NOON, Release, World, keypair, status};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

async fn look(engine: &backroom_api::Engine, times: usize) {
    for _ in 0..times {
        engine.look_after_updates().await;
    }
}

#[tokio::test]
async fn an_update_comes_by_itself_goes_in_after_closing_and_keeps_the_data() {
    let world = World::new();
    world.now(NOON);
    world.publish(&Release::new("0.2.0", 7));
    let engine = world.start().await;
    engine.store().set_note("a note", "of before").await.unwrap();
    look(&engine, 4).await;
    let told = status(&engine).await;
    assert_eq!(told["state"], "ready", "fetched at noon, not put in: {told}");
    assert_eq!(told["offer"]["version"], "0.2.0");
    assert_eq!(
        told["installs_at"], "2026-11-22T06:00:00.000Z",
        "a shop without sales yet counts as closed from midnight"
    );
    assert_eq!(world.slot.asked(), Vec::<String>::new(), "never in the middle of trade");

    world.now("2026-11-22T06:10:00Z");
    look(&engine, 1).await;
    assert_eq!(world.slot.asked(), ["0.2.0"], "after closing it goes in");
    assert!(world.slot.restarted.load(Ordering::Relaxed), "and the new one starts");
    drop(engine);

    let engine = world.start().await;
    let told = status(&engine).await;
    assert_eq!(told["version"], "0.2.0");
    assert_eq!(told["updated"]["from"], "0.1.0", "{told}");
    assert_eq!(told["updated"]["wrong"], Value::Null, "the data is sound and nothing that waited is missing: {told}");
    assert_eq!(told["previous"]["version"], "0.1.0");
    assert_eq!(told["previous"]["kept"], false, "the first version was installed by hand");
    assert!(std::path::Path::new(told["previous"]["backup"].as_str().unwrap()).is_file(), "its data is kept: {told}");
    assert_eq!(engine.store().note("a note").unwrap().as_deref(), Some("of before"), "the data is the same");
    engine.call("update_seen", Value::Null).await.unwrap();
    assert_eq!(status(&engine).await["updated"], Value::Null, "what was read is not told again");
    look(&engine, 3).await;
    assert_eq!(world.slot.asked(), ["0.2.0"], "and it is not installed twice");
    let log = engine.call("audit_log", json!({ "before": null, "limit": 20 })).await.unwrap();
    let actions: Vec<&str> = log["entries"].as_array().unwrap().iter().map(|e| e["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"update.begun") || actions.is_empty(), "{actions:?}");
}

#[tokio::test]
async fn one_goes_back_with_the_data_of_before_and_it_does_not_come_again() {
    let world = World::new();
    world.publish(&Release::new("0.2.0", 7));
    let engine = world.start().await;
    look(&engine, 3).await;
    drop(engine);
    let engine = world.start().await;
    engine.store().set_note("day", "one").await.unwrap();
    world.clock.advance_seconds(86_400);
    world.publish(&Release::new("0.3.0", 8));
    look(&engine, 3).await;
    assert_eq!(world.slot.asked(), ["0.2.0", "0.3.0"]);
    drop(engine);
    let engine = world.start().await;
    engine.store().set_note("day", "two").await.unwrap();
    let told = status(&engine).await;
    assert_eq!((&told["previous"]["version"], &told["previous"]["kept"]), (&json!("0.2.0"), &json!(true)), "{told}");
    engine.call("return_to_previous", Value::Null).await.unwrap();
    assert_eq!(world.slot.version(), "0.2.0", "the version of before is installed again");
    drop(engine);

    backroom_api::updates::return_data(world.folder.path(), &"0.2.0".parse().unwrap()).unwrap();
    let engine = world.start().await;
    assert_eq!(engine.store().note("day").unwrap().as_deref(), Some("one"), "with the data of before");
    world.clock.advance_seconds(86_400);
    look(&engine, 3).await;
    let told = status(&engine).await;
    assert_eq!(told["state"], "none", "what was left is not offered again: {told}");
    world.clock.advance_seconds(86_400);
    world.publish(&Release::new("0.3.1", 9));
    look(&engine, 3).await;
    assert_eq!(world.slot.version(), "0.3.1", "what mends it is");
}

#[tokio::test]
async fn later_is_respected_and_now_is_now() {
    let world = World::new();
    world.publish(&Release::new("0.2.0", 7));
    let engine = world.start().await;
    look(&engine, 2).await;
    let told = engine.call("put_off_update", Value::Null).await.unwrap();
    assert!(told["later_until"].is_string(), "{told}");
    for _ in 0..2 {
        look(&engine, 3).await;
        world.clock.advance_seconds(86_400);
    }
    assert_eq!(world.slot.asked(), Vec::<String>::new(), "for three days nobody installs it");
    world.clock.advance_seconds(86_400);
    look(&engine, 3).await;
    assert_eq!(world.slot.asked(), ["0.2.0"], "then it goes in");

    let world = World::new();
    world.now(NOON);
    world.publish(&Release::new("0.2.0", 7));
    let engine = world.start().await;
    let told = engine.call("check_for_update", Value::Null).await.unwrap();
    assert_eq!(told["state"], "found");
    look(&engine, 1).await;
    engine.call("install_update", Value::Null).await.unwrap();
    assert_eq!(world.slot.asked(), ["0.2.0"], "whoever presses Install now means now, also at noon");
}

#[tokio::test]
async fn an_id_check_is_not_interrupted_by_night_nor_by_hand() {
    let world = World::new();
    world.publish(&Release::new("0.2.0", 7));
    let engine = world.start().await;
    look(&engine, 2).await;
    let checked = json!({ "born": "1990-01-01", "class": "tobacco", "goods": null });
    let _ = engine.call("age_manual", checked).await;
    engine.notice_use("age_check");
    look(&engine, 2).await;
    let by_hand = engine.call("install_update", Value::Null).await.unwrap_err();
    assert_eq!(by_hand.code, "UPDATE_BUSY", "{by_hand}");
    assert_eq!(world.slot.asked(), Vec::<String>::new());
    world.clock.advance_seconds(200);
    engine.call("install_update", Value::Null).await.unwrap();
    assert_eq!(world.slot.asked(), ["0.2.0"], "when it is over it goes in");
}

#[tokio::test]
async fn where_somebody_has_to_give_a_password_nobody_begins_by_himself() {
    let world = World::new();
    world.slot.attended.store(true, Ordering::Relaxed);
    world.slot.refuses.store(true, Ordering::Relaxed);
    world.publish(&Release::new("0.2.0", 7));
    let engine = world.start().await;
    look(&engine, 4).await;
    let told = status(&engine).await;
    assert_eq!((&told["state"], &told["by_hand"], &told["installs_at"]), (&json!("ready"), &json!(true), &Value::Null));
    assert_eq!(world.slot.asked(), Vec::<String>::new());
    let refused = engine.call("install_update", Value::Null).await.unwrap_err();
    assert_eq!(refused.code, "UPDATE_INSTALLER", "{refused}");
    assert_eq!(world.slot.version(), "0.1.0", "the version of before still runs");
    world.slot.refuses.store(false, Ordering::Relaxed);
    engine.call("install_update", Value::Null).await.unwrap();
    assert_eq!(world.slot.version(), "0.2.0", "with the password it goes in");
}

#[tokio::test]
async fn a_download_that_broke_off_goes_on_where_it_ended() {
    let world = World::new();
    let release = Release::new("0.2.0", 7);
    world.publish(&release);
    let cut = FaultRule::once(FaultKind::Cut { after_bytes: 100_000 }).on(".AppImage");
    world.server.set_faults(Faults { rules: vec![cut], ..Faults::default() });
    let engine = world.start().await;
    look(&engine, 3).await;
    assert_eq!(world.slot.asked(), ["0.2.0"]);
    let asked = world.server.log().iter().filter(|r| r.path == release.path()).map(|r| r.status).collect::<Vec<_>>();
    assert_eq!(asked, [200, 206], "the rest was asked for, not all of it again");

    let world = World::new();
    world.publish(&release);
    world.server.ignore_ranges();
    let cut = FaultRule::once(FaultKind::Cut { after_bytes: 100_000 }).on(".AppImage");
    world.server.set_faults(Faults { rules: vec![cut], ..Faults::default() });
    let engine = world.start().await;
    look(&engine, 3).await;
    assert_eq!(world.slot.asked(), ["0.2.0"], "a server that knows no parts sends it anew, and that is fine too");
}

#[tokio::test]
async fn keys_change_by_the_reserve_key_alone_and_the_old_ones_are_over() {
    let world = World::new();
    let (daily, reserve) = (keypair(), keypair());
    let keys = Some(json!({ "daily": daily.pk.to_base64(), "reserve": reserve.pk.to_base64() }));
    let release = Release { keys, ..Release::new("0.2.0", 7) };
    world.publish_by(&release, &[&world.reserve.sk, &daily.sk], &daily.sk);
    let engine = world.start().await;
    look(&engine, 3).await;
    assert_eq!(world.slot.asked(), ["0.2.0"], "the change and the release in one: {}", status(&engine).await);
    drop(engine);
    let engine = world.start().await;
    world.clock.advance_seconds(86_400);
    look(&engine, 1).await;
    assert_eq!(status(&engine).await["failed"], Value::Null, "the same list is read again without complaint");
    world.publish(&Release::new("0.3.0", 8));
    world.clock.advance_seconds(86_400);
    look(&engine, 3).await;
    assert_eq!(status(&engine).await["failed"]["code"], "UPDATE_SIGNATURE", "the old daily key is over");
    world.publish_by(&Release::new("0.3.0", 8), &[&daily.sk], &daily.sk);
    world.clock.advance_seconds(86_400);
    look(&engine, 3).await;
    assert_eq!(world.slot.asked(), ["0.2.0", "0.3.0"], "the new one counts");
}

#[tokio::test]
async fn a_staged_release_waits_for_its_turn() {
    let world = World::new();
    world.publish(&Release { share: 0, ..Release::new("0.2.0", 7) });
    let engine = world.start().await;
    look(&engine, 3).await;
    assert_eq!(status(&engine).await["state"], "not_yet");
    world.publish(&Release { share: 100, ..Release::new("0.2.0", 8) });
    world.clock.advance_seconds(86_400);
    look(&engine, 3).await;
    assert_eq!(world.slot.asked(), ["0.2.0"]);
}

#[tokio::test]
async fn the_channel_is_the_owners_and_each_has_its_own_numbers() {
    let world = World::new();
    world.publish(&Release::new("0.1.0", 40));
    world.publish(&Release { channel: "early".to_owned(), ..Release::new("0.2.0", 12) });
    let engine = world.start().await;
    look(&engine, 2).await;
    assert_eq!(status(&engine).await["state"], "none", "stable has nothing newer");
    let wrong = engine.call("set_update_channel", json!({ "channel": "nightly" })).await.unwrap_err();
    assert_eq!(wrong.code, "BAD_REQUEST");
    engine.call("set_update_channel", json!({ "channel": "early" })).await.unwrap();
    world.now(NIGHT);
    look(&engine, 3).await;
    assert_eq!(world.slot.asked(), ["0.2.0"], "early has: {}", status(&engine).await);
}

#[tokio::test]
async fn a_build_without_keys_says_so() {
    let world = World::new();
    let engine = crate::world::open(world.folder.path(), world.clock.clone()).await;
    engine.update_with(backroom_api::updates::UpdateOptions::built_in());
    let told = status(&engine).await;
    assert_eq!(told["state"], "unavailable");
    assert_eq!(told["unavailable"]["message"], "This build does not update itself.");
    let asked = engine.call("check_for_update", Value::Null).await.unwrap_err();
    assert_eq!(asked.code, "UPDATE_NOT_BUILT_IN");
}
