//! Draws that wait for the public beacon, and raffles with very many entries.

use backroom_api::raffle::{Event, Expected, QUICKNET, verify};
use backroom_api::secrets::InMemory;
use backroom_api::sync::Timestamp;
use backroom_api::{Engine, EngineOptions, SecretsMode};
use backroom_core::{Clock, TestClock};
use backroom_sandbox::beacon::{Beacon, Bend, Network};
use backroom_sandbox::wire::{FaultKind, FaultRule, Faults};
use backroom_store::counter::raffles::{RaffleChange, RaffleState, SecretChange};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A round that quicknet made in August 2023.
const ROUND: u64 = 1_000;
const SIGNATURE: &str =
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39";

fn document(id: &str, opens: Timestamp, closes: Timestamp) -> String {
    json!({ "rules": {
        "id": id, "title": "Winter raffle",
        "sponsor": { "name": "Example Smoke", "address": "1 Example Street", "state": "TX", "for_profit": true },
        "opens_at": opens.to_rfc3339(), "closes_at": closes.to_rfc3339(), "zone": "America/Chicago",
        "eligibility": { "min_age": 21, "states": ["TX"], "left_out": "" },
        "prizes": [{ "id": "p1", "name": "Glass set", "value": { "minor": 4_000, "currency": "USD" }, "count": 1, "tobacco": false }],
        "odds": "The odds depend on the number of eligible entries received.",
        "limits": { "per_person": null, "per_person_per_day": null, "per_household": null },
        "free_entry": { "at_counter": true, "by_mail": null, "how": "Ask at the counter." },
        "purchase_entry": null, "paid_entry": null, "alternates": 2, "one_prize_per_person": true, "claim_days": 14,
        "winners_list": "Ask at the counter.",
    } })
    .to_string()
}

fn options(folder: &std::path::Path) -> EngineOptions {
    let secrets = SecretsMode::Memory(Arc::new(InMemory::new()));
    EngineOptions { data_dir: folder.to_path_buf(), secrets, demo: false }
}

struct Shop {
    engine: Engine,
    clock: Arc<TestClock>,
    beacon: Beacon,
    _folder: tempfile::TempDir,
}

/// When the round is made.
fn made() -> Timestamp {
    QUICKNET.time_of(ROUND).unwrap()
}

impl Shop {
    /// A shop of August 2023 with three entries, closed, in sight of a server that repeats what quicknet said.
    async fn closed() -> Self {
        let clock = Arc::new(TestClock::at(made().plus_seconds(-7_200)));
        Self::closed_beside(Arc::clone(&clock), clock).await
    }

    /// The same; the server has a clock of its own.
    async fn closed_beside(clock: Arc<TestClock>, servers: Arc<TestClock>) -> Self {
        let network = Network {
            chain_hash: QUICKNET.chain_hash.to_owned(),
            public_key: QUICKNET.public_key.to_owned(),
            genesis: QUICKNET.genesis,
            period: QUICKNET.period,
        };
        let rounds = [(ROUND, SIGNATURE)];
        let beacon = Beacon::repeating(network, &rounds, servers as Arc<dyn Clock>).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = format!("[raffle]\nbeacon = [\"{}\"]\n", beacon.base_url());
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        let engine = Engine::open_at(options(folder.path()), Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
        let shop = Self { engine, clock, beacon, _folder: folder };
        let document = document("winter", made().plus_seconds(-8_000), made().plus_seconds(-600));
        shop.asked("create_raffle", json!({ "document": document })).await;
        shop.asked("open_raffle", json!({ "id": "winter" })).await;
        for phone in ["555 010 0141", "555 010 0142", "555 010 0143"] {
            let entry = json!({ "id": "winter", "phone": phone, "channel": "free", "confirmed": true });
            shop.asked("enter_raffle", entry).await;
        }
        shop.clock.set(made().plus_seconds(-600));
        shop.asked("close_raffle", json!({ "id": "winter" })).await;
        shop
    }

    async fn asked(&self, name: &str, asked: Value) -> Value {
        self.engine.call(name, asked).await.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    async fn refused(&self, code: &str, why: &str) {
        let error = self.engine.call("draw_raffle", json!({ "id": "winter" })).await.unwrap_err();
        assert_eq!(error.code, code, "{why}: {error}");
        assert!(!error.hint.is_empty(), "{why}: what to press is said");
        let told = self.asked("raffle", json!({ "id": "winter" })).await;
        assert_eq!(told["phase"], "sealed", "{why}: the sealed list waits");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draw_waits_for_the_round_that_its_seal_names_and_takes_no_other() {
    let shop = Shop::closed().await;
    shop.clock.set(made().plus_seconds(-65));
    let sealed = shop.asked("seal_raffle", json!({ "id": "winter", "beacon": true })).await;
    let act = &sealed["acts"][0];
    assert_eq!(act["beacon_round"], ROUND, "the first round that is far enough ahead: {act}");
    assert_eq!(act["beacon_at"], json!(made().to_rfc3339()), "and it is still to come");
    shop.refused("RAFFLE_TOO_EARLY", "before its time").await;
    assert_eq!(shop.beacon.requests().len(), 1, "it was asked at the seal whether the round is known, and no more");

    shop.clock.set(made());
    let fault = |kind| Faults { rules: vec![FaultRule::always(kind)], ..Faults::default() };
    shop.beacon.set_faults(fault(FaultKind::Html { status: 200 }));
    shop.refused("RAFFLE_BEACON_UNREACHABLE", "a page in place of the beacon").await;
    shop.beacon.set_faults(Faults { offline: true, ..Faults::default() });
    shop.refused("RAFFLE_BEACON_UNREACHABLE", "no network").await;
    shop.beacon.set_faults(Faults::default());
    for bend in [Bend::Forged, Bend::NextRound, Bend::OtherRandomness] {
        shop.beacon.bend(bend);
        let code = if bend == Bend::NextRound { "RAFFLE_BEACON_LATE" } else { "RAFFLE_BAD_BEACON" };
        shop.refused(code, &format!("{bend:?}")).await;
    }
    shop.beacon.bend(Bend::Late);
    shop.refused("RAFFLE_BEACON_LATE", "a server that is behind").await;

    shop.beacon.bend(Bend::Honest);
    shop.clock.set(made().plus_seconds(3 * 3_600));
    let drawn = shop.asked("draw_raffle", json!({ "id": "winter" })).await;
    assert_eq!((&drawn["phase"], drawn["awards"].as_array().unwrap().len()), (&json!("drawn"), 1));
    let again = shop.engine.call("draw_raffle", json!({ "id": "winter" })).await.unwrap_err();
    assert_eq!(again.code, "RAFFLE_ALREADY_DRAWN", "{again}");
    let certificate = shop.asked("raffle_certificate", json!({ "id": "winter" })).await;
    let seal_hash = act["seal_hash"].as_str().unwrap().parse().unwrap();
    let expected = Expected { seal_hash: Some(seal_hash), ..Expected::default() };
    let found = verify(certificate["json"].as_str().unwrap().as_bytes(), &expected);
    assert!(found.verified(), "whoever has the file can repeat it: {found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_behind_names_no_round_that_is_known_already() {
    let clock = Arc::new(TestClock::at(made().plus_seconds(-7_200)));
    let servers = Arc::new(TestClock::at(made().plus_seconds(300)));
    let shop = Shop::closed_beside(clock, servers).await;
    shop.clock.set(made().plus_seconds(-65));
    let refused = shop.engine.call("seal_raffle", json!({ "id": "winter", "beacon": true })).await.unwrap_err();
    assert_eq!(refused.code, "RAFFLE_ROUND_TOO_NEAR", "{refused}");
    assert!(refused.message.contains("clock"), "it says what is wrong: {refused}");
    let told = shop.asked("raffle", json!({ "id": "winter" })).await;
    assert_eq!(told["acts"], json!([]), "nothing was sealed");
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_the_beacon_can_be_waited_for_is_told_before_the_seal() {
    let shop = Shop::closed().await;
    // The server has one round alone, so it is asked when that one is the last that was surely made.
    shop.clock.set(made().plus_seconds(65));
    assert_eq!(shop.asked("raffle_beacon", Value::Null).await, json!({ "reachable": true, "words": "" }));
    shop.beacon.set_faults(Faults { offline: true, ..Faults::default() });
    let told = shop.asked("raffle_beacon", Value::Null).await;
    assert_eq!((&told["reachable"], told["words"].as_str().unwrap().is_empty()), (&json!(false), false), "{told}");
    let sealed = shop.asked("seal_raffle", json!({ "id": "winter" })).await;
    assert_eq!(sealed["acts"][0]["beacon_round"], Value::Null, "without a network the commitment alone decides");
    let drawn = shop.asked("draw_raffle", json!({ "id": "winter" })).await;
    assert_eq!(drawn["phase"], "drawn", "and nobody has to wait");
}

/// Half of the entries take this long or less.
async fn usual(engine: &Engine, from: u32) -> Duration {
    let mut took = Vec::new();
    for n in from..from + 25 {
        let entry = json!({ "id": "big", "phone": format!("555{n:07}"), "channel": "free", "confirmed": true });
        let begun = Instant::now();
        engine.call("enter_raffle", entry).await.unwrap();
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    took[took.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ten_thousandth_entry_costs_what_the_first_did() {
    const MANY: u32 = 10_000;
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(options(folder.path())).await.unwrap();
    let now = Timestamp::from_seconds(engine.store().clock().now().micros() / 1_000_000);
    let document = document("big", now.plus_seconds(-86_400), now.plus_seconds(86_400));
    engine.call("create_raffle", json!({ "document": document })).await.unwrap();
    engine.call("open_raffle", json!({ "id": "big" })).await.unwrap();
    let first = usual(&engine, 0).await;

    // Ten thousand entries of another PC, as they would have been kept.
    let seen = engine.store().raffle_event_count("big").unwrap();
    let events = (0..MANY).map(|n| {
        let entry = json!({ "kind": "entered", "entry": {
            "id": format!("0123456789ab-{:06}", n + 1), "at": now.to_rfc3339(), "day": now.to_rfc3339()[..10],
            "channel": "free", "person": format!("{n:032x}"), "household": null, "paid": null, "receipt": "",
        } });
        serde_json::from_value::<Event>(entry.clone()).expect("the form in which entries are kept");
        ("entered".to_owned(), entry.to_string())
    });
    let state = RaffleState {
        name: "Winter raffle".to_owned(),
        status: "open".to_owned(),
        opens_at: None,
        closes_at: None,
        prize_value: None,
        currency: "USD".to_owned(),
        entries: i64::from(MANY),
        rules_hash: None,
        seal_hash: None,
    };
    let change = RaffleChange {
        id: "big".to_owned(),
        seen_events: i64::try_from(seen).unwrap(),
        state,
        events: events.collect(),
        entries: Vec::new(),
        secret: SecretChange::Stays,
        operator: String::new(),
    };
    engine.store().change_raffle(change).await.unwrap();
    let told = engine.call("raffle", json!({ "id": "big" })).await.unwrap();
    assert_eq!(told["statistics"]["counting"], MANY + 25, "what another wrote is seen: nothing stale is kept");
    let last = usual(&engine, 1_000).await;
    let told = engine.call("raffle", json!({ "id": "big" })).await.unwrap();
    assert_eq!(told["statistics"]["counting"], MANY + 50);
    assert_eq!(engine.call("raffles", Value::Null).await.unwrap()[0]["entries"], MANY + 50, "the list says the same");
    // Read again from the beginning, ten thousand events take a hundred times as long as one entry.
    assert!(last < first * 4 + Duration::from_millis(5), "the first took {first:?}, after ten thousand {last:?}");
}
