//! How fast the counter is answered: ID checks, members among 100,000, a raffle at its 10,000th entry, a draw of 100,000.

use backroom_age::Jurisdiction;
use backroom_age::sample::Sample;
use backroom_api::raffle::{Channel, DeviceId, Entry, EntryId, PersonSecret, RaffleId, SealedList, UnitId, draw};
use backroom_api::secrets::InMemory;
use backroom_api::{Engine, EngineOptions, SecretsMode};
use backroom_core::{Clock, SystemClock};
use backroom_tests::Failure;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{Datelike, Days, NaiveDate};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const TIMES: usize = 1_000;
const MEMBERS: usize = 100_000;
const ENTRIES: usize = 10_000;
const DRAWN: u32 = 100_000;
/// What a verdict may take on the screen, less the silence that ends a scan and two frames.
const VERDICT_MS: f64 = 300.0 - 150.0 - 34.0;

/// All of it.
pub fn counter() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let engine = open(folder.path()).await?;
        println!("at the counter, through the contract, {TIMES} times each:");
        checks(&engine).await?;
        members(&engine).await?;
        raffle(&engine).await?;
        engine.stop().await;
        Ok::<_, Failure>(())
    })?;
    drawn()
}

async fn open(folder: &Path) -> Result<Engine, Failure> {
    let secrets = SecretsMode::Memory(Arc::new(InMemory::new()));
    Ok(Engine::open(EngineOptions { data_dir: folder.to_path_buf(), secrets, demo: false }).await?)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn told(name: &str, mut times: Vec<Duration>, goal: f64) {
    times.sort();
    let Some(last) = times.len().checked_sub(1) else { return };
    let at = |share: f64| ms(times[((times.len() as f64 * share) as usize).min(last)]);
    println!(
        "  {name:<44} p50 {:>8.3} ms, p99 {:>8.3} ms, longest {:>8.3} ms   (goal p99 {goal:.0} ms)",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

/// Asks `TIMES` times, after a few times that do not count.
async fn timed(engine: &Engine, name: &str, asked: impl Fn(usize) -> Value) -> Result<Vec<Duration>, Failure> {
    for n in 0..10 {
        engine.call(name, asked(n)).await?;
    }
    let mut times = Vec::with_capacity(TIMES);
    for n in 10..TIMES + 10 {
        let asked = asked(n);
        let started = Instant::now();
        let answer = engine.call(name, asked).await?;
        serde_json::to_string(&answer)?;
        times.push(started.elapsed());
    }
    Ok(times)
}

/// Cards of everybody, as scanners send them: kept verdicts, first without and then with the keyed hashes of cards.
async fn checks(engine: &Engine) -> Result<(), Failure> {
    let today = SystemClock.now().utc().date_naive();
    let ohio = Jurisdiction::parse("OH").map_err(|_| "Ohio is known")?;
    let day = |years: i32, n: u64| -> Result<NaiveDate, Failure> {
        let first = NaiveDate::from_ymd_opt(today.year() + years, 1, 1).ok_or("a year of ours")?;
        Ok(first + Days::new(n % 365))
    };
    let mut cards = Vec::with_capacity(TIMES + 10);
    for n in 0..TIMES + 10 {
        let number = u64::try_from(n)?;
        let mut sample =
            Sample::new(ohio, 9, day(-35 + i32::try_from(n % 20)?, number)?, day(-2, number)?, day(4, number)?);
        sample.number = format!("RX{n:06}");
        cards.push(sample.text());
    }
    let scan = |n: usize| json!({ "scan": cards[n], "product_class": "vapor" });
    told("a scan, no hash kept", timed(engine, "age_check", scan).await?, VERDICT_MS);
    let mut settings = engine.call("age_settings", Value::Null).await?;
    settings["state"] = "OH".into();
    settings["fingerprints"] = true.into();
    engine.call("save_age_settings", settings).await?;
    told("a scan, with the hash of the card", timed(engine, "age_check", scan).await?, VERDICT_MS);
    told("half a scan", timed(engine, "age_check", |n| json!({ "scan": cards[n][..90] })).await?, VERDICT_MS);
    Ok(())
}

async fn members(engine: &Engine) -> Result<(), Failure> {
    let tier = json!({
        "id": "", "name": "Silver", "rank": 1, "price_minor": 1_000, "currency": "USD", "period": "month", "grace_days": 7, "early_days": 14,
        "pause_days": 90, "points_percent": 100, "benefits": [],
        "discounts": [{ "id": "member", "label": "Member", "basis_points": 1_000, "only": [], "except": ["cigarettes"], "cap_sale_minor": 2_000,
            "cap_period_minor": null, "margin_floor": 0, "stackable": false }],
        "closed_on": null
    });
    engine.call("save_tier", tier).await?;
    let mut file = String::from("name,phone,card,tier\n");
    for n in 0..MEMBERS {
        writeln!(file, "{} {},(512) {:03}-{:04},M{n:07},Silver", given(n), family(n), 200 + n / 10_000, n % 10_000)?;
    }
    let started = Instant::now();
    let done = engine.call("import_members", json!({ "data": BASE64_STANDARD.encode(file) })).await?;
    println!("  {} of {MEMBERS} members taken in, in {:.1} s", done["imported"], started.elapsed().as_secs_f64());
    let spread = |n: usize| (n * 7_919) % MEMBERS;
    let phone = |n: usize| json!({ "text": format!("512{:03}{:04}", 200 + spread(n) / 10_000, spread(n) % 10_000) });
    let found = engine.call("member_find", phone(3)).await?;
    let id = found[0]["id"].as_str().ok_or("nobody was found by phone")?.to_owned();
    told("a member by phone, of 100,000", timed(engine, "member_find", phone).await?, 100.0);
    let card = |n: usize| json!({ "text": format!("M{:07}", spread(n)) });
    told("a member by card", timed(engine, "member_find", card).await?, 100.0);
    let name = |n: usize| json!({ "text": format!("{} {}", &given(spread(n))[..3], &family(spread(n))[..4]) });
    told("a member by the beginnings of two names", timed(engine, "member_find", name).await?, 100.0);
    let cart = |n: usize| {
        let line = |at: usize| {
            json!({ "id": format!("{at}"), "item": format!("item {at}"), "category": null, "quantity_milli": 1_000,
                "unit_price_minor": 500 + at * 10 + n % 7, "unit_cost_minor": 200 })
        };
        json!({ "id": id, "lines": (0..10).map(line).collect::<Vec<_>>() })
    };
    told("a discount on ten lines", timed(engine, "member_discount", cart).await?, 100.0);
    Ok(())
}

fn given(n: usize) -> String {
    let first = ["Ada", "Ben", "Cora", "Dean", "Elsa", "Finn", "Gwen", "Hugo", "Ivy", "Jon"];
    format!("{}{}", first[n % 10], ["a", "el", "ina", "o", "us"][n / 10 % 5])
}

fn family(n: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap_or(0));
    let rest: String = [n, n / 26, n / 676, n / 17_576].into_iter().map(letter).collect();
    format!("N{rest}er")
}

async fn raffle(engine: &Engine) -> Result<(), Failure> {
    let now = engine.store().clock().now();
    let at = |days: i64| now.plus_seconds(days * 86_400 - now.micros() / 1_000_000 % 60).to_rfc3339();
    let rules = json!({ "rules": {
        "id": "bench", "title": "Bench raffle",
        "sponsor": { "name": "Example Smoke", "address": "1 Example Street", "state": "TX", "for_profit": true },
        "opens_at": at(-1), "closes_at": at(30), "zone": "America/Chicago",
        "eligibility": { "min_age": 21, "states": ["TX"], "left_out": "" },
        "prizes": [{ "id": "p1", "name": "Glass set", "value": { "minor": 4_000, "currency": "USD" }, "count": 1, "tobacco": false }],
        "odds": "The odds depend on the number of eligible entries received.",
        "limits": { "per_person": 2, "per_person_per_day": null, "per_household": null },
        "free_entry": { "at_counter": true, "by_mail": null, "how": "Ask at the counter." },
        "purchase_entry": null, "paid_entry": null, "alternates": 0, "one_prize_per_person": true, "claim_days": 14,
        "winners_list": "Ask at the counter.",
    } });
    engine.call("create_raffle", json!({ "document": rules.to_string() })).await?;
    engine.call("open_raffle", json!({ "id": "bench" })).await?;
    let entry = |n: usize| json!({ "id": "bench", "phone": format!("512{:07}", 2_000_000 + n), "channel": "free", "confirmed": true });
    let started = Instant::now();
    for n in 0..ENTRIES {
        engine.call("enter_raffle", entry(n)).await?;
    }
    println!("  {ENTRIES} entries, one after another, in {:.1} s", started.elapsed().as_secs_f64());
    told("an entry after the 10,000th", timed(engine, "enter_raffle", |n| entry(ENTRIES + n)).await?, 100.0);
    Ok(())
}

/// What a draw takes by itself: the list in its order, its tree, and the winners.
fn drawn() -> Result<(), Failure> {
    let raffle: RaffleId = "bench".parse()?;
    let device: DeviceId = "4f1c02ab97de".parse()?;
    let people = PersonSecret::new([7; 32]);
    let day = backroom_core::BusinessDay::from_date(SystemClock.now().utc().date_naive());
    let entries: Vec<Entry> = (0..DRAWN)
        .map(|n| Entry {
            id: EntryId::new(device, n + 1),
            person: people.person(&raffle, &n.to_string()),
            household: None,
            channel: Channel::Free,
            paid: None,
            receipt: String::new(),
            at: SystemClock.now(),
            day,
        })
        .collect();
    let unit: UnitId = "p1/1".parse()?;
    let mut times = Vec::new();
    for _ in 0..9 {
        let started = Instant::now();
        let list = SealedList::of(&entries);
        let (seed, root) = (list.hash(), list.merkle_root());
        let drawn = draw(&seed, &list.lots(), std::slice::from_ref(&unit), 10, true);
        times.push(started.elapsed());
        if drawn.len() != 11 || root == seed {
            return Err("the draw is not what it has to be".into());
        }
    }
    told("a draw of 100,000: list, tree, winners", times, 2_000.0);
    Ok(())
}
