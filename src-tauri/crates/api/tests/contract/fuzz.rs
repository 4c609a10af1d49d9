//! Every command, asked by somebody who means it ill: hundreds of requests each (`BACKROOM_FUZZ_CASES` for more), the same ones for the same
//! `BACKROOM_FUZZ_SEED`. Nothing may fall over, every refusal is typed, none repeats what was sent, and nothing takes long.

use crate::requests::fields;
use backroom_api::commands::COMMANDS;
use backroom_api::secrets::{InMemory, Secret, SecretStore, source_token};
use backroom_api::{Engine, EngineOptions, SecretsMode};
use backroom_sandbox::{DemoOptions, DemoStore};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CASES: usize = 200;
/// Appears in no text of ours.
const MARK: &str = "wren9q4";
/// A command that takes longer, on a machine that does nothing else, would let a screen wait.
const SLOW: Duration = Duration::from_secs(5);
/// With nothing to say these call out: they are asked only what is refused at the door.
const CALL_OUT: [&str; 6] =
    ["raffle_beacon", "check_for_update", "download_update", "install_update", "return_to_previous", "use_passphrase"];
/// A token or an address in these is tried at the vendor's own place, unless the shop has one of its own on this computer.
const TRIED_AT_A_VENDOR: [&str; 5] =
    ["save_square_token", "save_lightspeed_token", "begin_sign_in", "finish_sign_in", "test_connection"];

/// Values that belong somewhere, and what the engine itself has told so far: names of things that are, to be asked for in the wrong place.
#[derive(Default)]
struct Known(Vec<Value>);

impl Known {
    fn learn(&mut self, answer: &Value, depth: usize) {
        if depth > 6 || self.0.len() > 4_000 {
            return;
        }
        match answer {
            Value::String(text) if (1..200).contains(&text.len()) && !text.contains(MARK) => {
                self.0.push(answer.clone())
            }
            Value::Number(_) => self.0.push(answer.clone()),
            Value::Array(list) => list.iter().take(8).for_each(|one| self.learn(one, depth + 1)),
            Value::Object(fields) => fields.values().for_each(|one| self.learn(one, depth + 1)),
            _ => {}
        }
    }
}

fn one<'a, T>(rng: &mut StdRng, of: &'a [T]) -> &'a T {
    &of[rng.random_range(0..of.len())]
}

/// What a field would hold where somebody means well.
fn meant(rng: &mut StdRng, field: &str) -> Value {
    let texts = |rng: &mut StdRng, of: &[&str]| json!(one(rng, of));
    match field {
        "from" | "to" | "until" | "day" | "expires" | "on" | "closed_on" => {
            texts(rng, &["2026-11-01", "2026-11-20", "2027-01-01", "2024-02-29"])
        }
        "birth" => texts(rng, &["1980-02-29", "2004-11-21", "2010-01-01"]),
        "at" => texts(rng, &["2026-11-20T15:00:00Z"]),
        "limit" => json!(rng.random_range(0..300)),
        "offset" | "rank" | "points" | "seen" | "before" => json!(rng.random_range(0..50)),
        "location" => one(rng, &[Value::Null, json!("L1")]).clone(),
        "id" | "entry" | "unit" | "into" | "person" | "product" | "customer" => {
            one(rng, &[json!(1), json!("1"), json!("winter"), json!("p1"), Value::Null]).clone()
        }
        "metric" => texts(rng, &["net", "stock", "product", "sold_30", "pace", "queue", "by_item"]),
        "show" => texts(rng, &["all", "low", "out", "dead"]),
        "sort" => texts(rng, &["name", "sold", "stock"]),
        "method" => texts(rng, &["CARD", "CASH", "all"]),
        "table" => texts(rng, &["square_payments", "sales"]),
        "kind" => texts(rng, &["square", "lightspeed_r"]),
        "name" | "label" | "course" => texts(rng, &["main", "Gold", "Olive"]),
        "role" => texts(rng, &["clerk", "manager", "owner"]),
        "phone" => texts(rng, &["555 010 0142", "+1 515 555 0100"]),
        "email" => texts(rng, &["a@example.com"]),
        "action" => {
            texts(rng, &["subscribe", "cancel", "pause", "resume", "upgrade", "downgrade", "earn", "redeem", "merge"])
        }
        "period" => texts(rng, &["month", "year", "once"]),
        "currency" => texts(rng, &["USD", "CAD"]),
        "state" => texts(rng, &["TX", "CA"]),
        "product_class" => texts(rng, &["tobacco", "hemp"]),
        "document" => texts(rng, &["driver_license", "passport", "{}", "{\"rules\":{}}"]),
        "channel" => texts(rng, &["free", "purchase", "mail"]),
        "reason" | "note" | "resubmit_reason" => texts(rng, &["a reason that is long enough to count", "other"]),
        "time_zone" => texts(rng, &["America/Chicago", "Europe/Berlin"]),
        "business_day_start" | "quiet_from" | "quiet_until" => texts(rng, &["04:00", "21:00"]),
        "customer_name" | "customer_email" | "customer_phone" => texts(rng, &["drop", "hash", "keep"]),
        "live" | "descending" | "confirmed" | "dry_run" | "given" | "linked" | "anyway" | "failures" | "summary"
        | "finished" | "compare" | "fingerprints" | "expired_is_amber" | "start_at_login" | "margin_floor"
        | "beacon" => {
            json!(rng.random_bool(0.5))
        }
        "every_minutes" | "raw_days" | "receipt_days" | "audit_days" | "grace_days" | "fingerprint_days"
        | "card_under" => {
            json!(rng.random_range(0..400))
        }
        "lines" => {
            json!([{ "product": "1", "quantity_milli": 1_000, "price_minor": 999, "category": null, "cost_minor": 100 }])
        }
        "skipped" | "benefits" | "acknowledged" | "units" | "ages" | "discounts" | "locations" => json!([]),
        "data" => texts(rng, &["name,phone,email\nA,555 010 0101,a@example.com\n", ""]),
        _ if field.ends_with("_minor")
            || field.ends_with("_percent")
            || field.ends_with("_points")
            || field.ends_with("_days") =>
        {
            json!(rng.random_range(0..10_000))
        }
        _ => texts(rng, &["", "x", "2026-11-20"]),
    }
}

/// What a field holds where somebody means ill.
fn hostile(rng: &mut StdRng, known: &Known, depth: usize) -> Value {
    let text = |text: String| Value::String(text);
    match rng.random_range(0..24) {
        0 => Value::Null,
        1 => json!(rng.random_bool(0.5)),
        2 => json!(*one(rng, &[i64::MIN, i64::MAX, -1, 0, 1 << 53, i64::from(u32::MAX) + 1, 256, 65_536])),
        3 => json!(*one(rng, &[f64::MAX, f64::MIN_POSITIVE, -0.0, 1e308, 0.1, 1e-320])),
        4 => json!(u64::MAX),
        5 => text(format!("{MARK}{}", "A".repeat(rng.random_range(1..70_000)))),
        6 => text(format!("{MARK}\u{0}\u{1b}[31m\r\n{MARK}")),
        7 => text(format!("\u{202e}{MARK}\u{200b}\u{feff}🏴\u{e0067}\u{301}\u{301}\u{301}")),
        8 => text(format!("{MARK}' OR 1=1; DROP TABLE payment; --")),
        9 => text(format!("../../../../etc/{MARK}")),
        10 => text(
            (*one(rng, &["0000-00-00", "9999-12-31", "2026-02-30", "-271821-04-20", "+10000-01-01", "0001-01-01"]))
                .to_owned(),
        ),
        11 => text(
            (*one(rng, &["9999-12-31T23:59:60Z", "1969-12-31T23:59:59.999999Z", "2026-11-20T15:00:00+99:99"]))
                .to_owned(),
        ),
        12 => text(
            (*one(rng, &["NaN", "Infinity", "-0", "1e999", "0x10", "٣", "1_000", " 1 ", "99999999999999999999"]))
                .to_owned(),
        ),
        13 => text(String::new()),
        14 => text(format!("\"{MARK}\\u0000\\\"")),
        15 => nested(rng.random_range(1..110)),
        16 => Value::Array((0..rng.random_range(0..2_000)).map(|_| json!(MARK)).collect()),
        17 if depth < 3 => Value::Array((0..rng.random_range(1..6)).map(|_| hostile(rng, known, depth + 1)).collect()),
        18 if depth < 3 => {
            let names = ["id", "name", "__proto__", "constructor", MARK, ""];
            Value::Object(
                (0..rng.random_range(1..6))
                    .map(|_| ((*one(rng, &names)).to_owned(), hostile(rng, known, depth + 1)))
                    .collect(),
            )
        }
        19 | 20 if !known.0.is_empty() => one(rng, &known.0).clone(),
        21 => text("%s%n%x{{7*7}}${jndi:ldap://127.0.0.1/a}<script>alert(1)</script>".to_owned()),
        22 => text(
            char::from_u32(rng.random_range(0..0x11_0000))
                .unwrap_or('\u{fffd}')
                .to_string()
                .repeat(rng.random_range(1..300)),
        ),
        _ => text(format!("{MARK}{}", rng.random::<u64>())),
    }
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(MARK), |inner, n| if n % 2 == 0 { json!([inner]) } else { json!({ "a": inner }) })
}

/// A request: of the command's own form and mostly meant well, with something ill in it; or nothing of the kind.
fn request(rng: &mut StdRng, command: &str, known: &Known) -> Value {
    if rng.random_bool(0.08) {
        return hostile(rng, known, 0);
    }
    let mut request = Map::new();
    for field in fields(command) {
        let value = match rng.random_range(0..10) {
            0 => continue,
            1 | 2 => hostile(rng, known, 0),
            3 if !known.0.is_empty() => one(rng, &known.0).clone(),
            _ => meant(rng, field),
        };
        request.insert((*field).to_owned(), value);
    }
    if rng.random_bool(0.05) {
        request.insert(MARK.to_owned(), hostile(rng, known, 0));
    }
    // Something small inside something large: a list of a list of a draft.
    if rng.random_bool(0.1)
        && let Some(inner) = request.values_mut().find(|v| v.as_array().is_some_and(|list| !list.is_empty()))
    {
        inner[0] = hostile(rng, known, 1);
    }
    Value::Object(request)
}

/// Keeps a request on this computer.
fn harmless(engine: &Engine, command: &str, mut request: Value) -> Option<Value> {
    let is_empty = request.is_null() || request.as_object().is_some_and(Map::is_empty);
    if CALL_OUT.contains(&command) {
        // A passphrase that is one is worked on for a second each: few are enough.
        return if command == "use_passphrase" {
            request["passphrase"].as_str().is_none().then_some(request)
        } else {
            (!is_empty).then_some(request)
        };
    }
    if TRIED_AT_A_VENDOR.contains(&command) {
        let named = request["name"].as_str().unwrap_or_default().trim().to_owned();
        if !engine.config().source.iter().any(|section| section.name == named) {
            let section = engine.config().source.into_iter().next()?;
            let whole = request.as_object_mut()?;
            whole.insert("name".to_owned(), json!(section.name));
        }
    }
    if command == "save_bigquery_key" && request["key"].as_str().is_some_and(|key| key.trim_start().starts_with('{')) {
        return None;
    }
    match command {
        "seal_raffle" if request["beacon"] == true => request["beacon"] = json!(false),
        "draw_raffle" if request["beacon"].is_null() && request.is_object() => request["beacon"] = json!("x"),
        _ => {}
    }
    Some(request)
}

/// What came of it all.
#[derive(Default)]
struct Found {
    calls: usize,
    answered: BTreeSet<&'static str>,
    codes: BTreeMap<String, usize>,
    wrong: BTreeMap<String, Value>,
    slowest: BTreeMap<&'static str, Duration>,
}

fn cut(request: &Value) -> Value {
    match request {
        Value::String(text) if text.len() > 80 => {
            json!(format!("{}… ({} bytes)", text.chars().take(40).collect::<String>(), text.len()))
        }
        Value::Array(list) if list.len() > 5 => json!(format!("a list of {}", list.len())),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), cut(value))).collect(),
        other => other.clone(),
    }
}

async fn shop(folder: &Path, demo: &DemoStore) -> Engine {
    let config = format!(
        "[store]\ntime_zone = \"America/Chicago\"\n\n[[source]]\nkind = \"square\"\nbase_url = \"{}\"\n\n[[source]]\nkind = \"lightspeed_r\"\n\
         base_url = \"http://127.0.0.1:1\"\n\n[warehouse]\nproject = \"demo-project\"\ndataset = \"demo\"\nbase_url = \"{}\"\n\n\
         [raffle]\nbeacon = []\n",
        demo.square.base_url(),
        demo.bigquery.base_url(),
    );
    std::fs::write(folder.join("config.toml"), config).unwrap();
    let secrets = Arc::new(InMemory::new());
    secrets.set(&source_token("square", "main"), &Secret::new(demo.square.token())).unwrap();
    let options = EngineOptions { data_dir: folder.to_path_buf(), secrets: SecretsMode::Memory(secrets), demo: false };
    let engine = Engine::open(options).await.unwrap();
    engine.sync(backroom_api::sync::PullOptions { source: Some("main".into()), ..Default::default() }).await.unwrap();
    engine
}

/// Chance that is the same each time, for each command by itself: one that is added changes none of the others' requests.
fn seeded(seed: usize, command: &str) -> StdRng {
    let own = command.bytes().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    StdRng::seed_from_u64(own ^ u64::try_from(seed).unwrap_or(0))
}

fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn no_request_makes_a_command_fall_over() {
    let (cases, seed) = (setting("BACKROOM_FUZZ_CASES", CASES), setting("BACKROOM_FUZZ_SEED", 1));
    // What falls over beside the command, in a task of its own, is heard here.
    let fell: Arc<Mutex<Vec<String>>> = Arc::default();
    let (heard, before) = (fell.clone(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line())).unwrap_or_default();
        if !place.contains("tests/") {
            heard.lock().unwrap().push(place);
        }
        before(panic);
    }));
    let folder = tempfile::tempdir().unwrap();
    let demo = DemoStore::start(&DemoOptions { payments: 60, live: None, ..DemoOptions::default() }).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let found = runtime.block_on(async {
        let engine = shop(folder.path(), &demo).await;
        let mut found = Found::default();
        let mut known = Known::default();
        for command in COMMANDS {
            let mut rng = seeded(seed, command.name);
            for _ in 0..cases {
                let Some(sent) = harmless(&engine, command.name, request(&mut rng, command.name, &known)) else {
                    continue;
                };
                ask(&engine, command.name, sent, &mut found, &mut known).await;
                // Whoever was made an owner by accident keeps nobody out.
                if matches!(command.name, "save_person" | "remove_person" | "leave" | "enter_pin") {
                    engine.reset_people().await.unwrap();
                }
            }
            if matches!(command.name, "remove_connection" | "save_square_token" | "save_settings") {
                let left = engine.config().source.len();
                assert!(left <= 4, "no connection out of nowhere: {left}");
            }
        }
        engine.stop().await;
        found
    });
    let _ = std::panic::take_hook();
    let fell = fell.lock().unwrap().clone();
    let mut slow: Vec<_> = found.slowest.iter().collect();
    slow.sort_by_key(|(_, took)| std::cmp::Reverse(**took));
    eprintln!("{} calls, {} commands answered, {} codes", found.calls, found.answered.len(), found.codes.len());
    eprintln!("slowest: {:?}", &slow[..slow.len().min(8)]);
    eprintln!("codes: {:?}", found.codes);
    assert!(found.wrong.is_empty(), "{:#?}", found.wrong);
    assert!(fell.is_empty(), "something fell over beside a command: {fell:?}");
    let locked = found.codes.get("LOCKED").copied().unwrap_or(0) + found.codes.get("ROLE_NEEDED").copied().unwrap_or(0);
    assert!(locked * 10 < found.calls, "it was let in: {locked} of {} were refused at the door", found.calls);
    assert!(found.answered.len() * 3 > COMMANDS.len(), "a third of the commands did something: {:?}", found.answered);
    if cfg!(not(debug_assertions)) {
        let slow: Vec<_> = slow.into_iter().filter(|(_, took)| **took > SLOW).collect();
        assert!(slow.is_empty(), "{slow:?}");
    }
}

async fn ask(engine: &Engine, command: &'static str, sent: Value, found: &mut Found, known: &mut Known) {
    let (asked, request) = (engine.clone(), sent.clone());
    let started = Instant::now();
    // In a task of its own: one that falls over is told and the others are still asked.
    let answer = tokio::spawn(async move { asked.call(command, request).await }).await;
    let took = started.elapsed();
    found.calls += 1;
    let slowest = found.slowest.entry(command).or_default();
    *slowest = took.max(*slowest);
    match answer {
        Err(_) => drop(found.wrong.insert(format!("{command} fell over"), cut(&sent))),
        Ok(Ok(answer)) => {
            found.answered.insert(command);
            known.learn(&answer, 0);
        }
        Ok(Err(error)) => {
            let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            let told = format!("{error:?}");
            if error.code.is_empty() || !error.code.chars().all(plain) || error.message.is_empty() {
                found.wrong.insert(format!("{command} has no typed error: {told}"), cut(&sent));
            }
            if error.code == "INTERNAL" {
                found.wrong.insert(format!("{command} fell over inside"), cut(&sent));
            }
            if told.contains(MARK) {
                let told: String = told.chars().take(200).collect();
                found.wrong.insert(format!("{command} repeats what was sent: {told}"), cut(&sent));
            }
            *found.codes.entry(error.code).or_default() += 1;
        }
    }
}
