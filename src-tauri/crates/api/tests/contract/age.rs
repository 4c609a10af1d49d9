//! ID checks at the seam: what is kept is of now, by the law of the shop, and holds nothing of a card.

use crate::engine;
use backroom_age::Jurisdiction;
use backroom_age::sample::Sample;
use backroom_api::secrets::InMemory;
use backroom_api::{Engine, EngineOptions, SecretsMode};
use backroom_core::{Clock, TestClock, Timestamp};
use chrono::NaiveDate;
use serde_json::{Value, json};
use std::sync::Arc;

fn card() -> String {
    let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
    let ohio = Jurisdiction::parse("OH").unwrap();
    Sample::new(ohio, 9, day("1990-05-05"), day("2024-01-15"), day("2040-01-15")).text()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_the_counter_chooses_another_time_or_law_for_what_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    for more in [json!({"at": "2060-01-01T00:00:00Z"}), json!({"state": "OH"})] {
        let mut asked = json!({"scan": card()});
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = engine.call("age_check", asked.clone()).await.unwrap_err();
        assert_eq!(refused.code, "BAD_REQUEST", "{more} changes what is kept");
        asked["dry_run"] = true.into();
        assert!(engine.call("age_check", asked).await.is_ok(), "{more} may be tried out");
    }
    let log = engine.call("age_checks", Value::Null).await.unwrap();
    assert_eq!(log, json!([]), "nothing of it was kept");
    engine.call("age_check", json!({"scan": card()})).await.unwrap();
    assert_eq!(engine.call("age_checks", Value::Null).await.unwrap().as_array().unwrap().len(), 1);
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_lands_in_a_reason_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let first = engine.call("age_check", json!({"scan": ""})).await.unwrap();
    let number = "X000000001";
    let table = [card(), format!("DAQ{number}"), "@\n\u{1e}ANSI 636023".to_owned(), "4111111111111111".to_owned()];
    for text in table {
        let again = json!({"scan": "", "resubmits": first["id"], "resubmit_reason": text});
        let refused = engine.call("age_check", again).await.unwrap_err();
        assert_eq!(refused.code, "AGE_WORDS");
        assert!(!refused.message.contains(number) && !refused.hint.contains(number), "an error repeats nothing");
        let refused =
            engine.call("ban_card", json!({"scan": card(), "reason": text, "until": null})).await.unwrap_err();
        assert_eq!(refused.code, "AGE_WORDS");
    }
    let words = json!({"scan": "", "resubmits": first["id"], "resubmit_reason": "worn card, seen on 11/21"});
    assert!(engine.call("age_check", words).await.is_ok(), "words are taken");
    engine.stop().await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        for personal in [number, "4111111111111111", "TESTINA"] {
            assert!(!bytes.windows(personal.len()).any(|w| w == personal.as_bytes()), "{personal} is nowhere");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_tells_nobodys_age() {
    let folder = tempfile::tempdir().unwrap();
    let noon = Timestamp::parse("2026-11-20T18:00:00Z").unwrap();
    let clock = Arc::new(TestClock::at(noon));
    let secrets = SecretsMode::Memory(Arc::new(InMemory::new()));
    let options = EngineOptions { data_dir: folder.path().to_path_buf(), secrets, demo: false };
    let engine = Engine::open_at(options, Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
    let owner = json!({"id": null, "name": "Olive Owner", "role": "owner", "pin": "47115"});
    engine.call("save_person", owner).await.unwrap();
    assert_eq!(engine.call("age_check", json!({"scan": card()})).await.unwrap()["verdict"], "green");
    for (back, refused) in [(300, false), (86_400, true), (20 * 365 * 86_400, true), (-86_400, false)] {
        clock.set(noon.plus_seconds(-back));
        let typed = json!({"document": "passport", "birth": "1990-05-05", "second": null, "pin": null});
        let scanned = engine.call("age_check", json!({"scan": card()})).await;
        let typed = engine.call("age_manual", typed).await;
        let says = |answer: &Result<Value, backroom_api::dto::ApiError>| {
            answer.as_ref().err().is_some_and(|error| error.code == "AGE_CLOCK")
        };
        assert_eq!((says(&scanned), says(&typed)), (refused, refused), "{back} s back: {scanned:?} {typed:?}");
    }
    engine.stop().await;
}
