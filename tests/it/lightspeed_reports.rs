//! A shop with both points of sale: every report, whole and by location, against what the two know of themselves by adding everything
//! up, and the sold lines of both in one table of the warehouse.

use backroom_api::secrets::{InMemory, Secret, SecretStore, source_token};
use backroom_api::sync::PullOptions;
use backroom_api::{Engine, EngineOptions, SecretsMode};
use backroom_sandbox::bigquery::BigQuery;
use backroom_sandbox::lightspeed::{Lightspeed, Spec};
use backroom_sandbox::square::{DayTruth, Square, StoreSpec, Truth};
use backroom_tests::Bench;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

const KEYS: [&str; 6] = ["collected_minor", "refunded_minor", "net_minor", "tips_minor", "transactions", "customers"];

struct Shop {
    square: Square,
    lightspeed: Lightspeed,
    warehouse: BigQuery,
    engine: Engine,
    _folder: tempfile::TempDir,
}

impl Shop {
    /// Both points of sale, read to their end.
    async fn new() -> Self {
        let square = Square::start(StoreSpec::small(300, Bench::now())).unwrap();
        let spec = Spec { bucket: 1e9, burst: 1e9, ..Spec::small(400, Bench::now()) };
        let (lightspeed, warehouse) = (Lightspeed::start(spec).unwrap(), BigQuery::start("demo").unwrap());
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path(), &square, &lightspeed, &warehouse).await;
        let outcome = engine.sync(PullOptions::default()).await.unwrap();
        assert!(outcome.streams.iter().all(|s| s.error.is_none()), "{outcome:?}");
        Self { square, lightspeed, warehouse, engine, _folder: folder }
    }

    /// What is known of each location by its id, and of the whole.
    fn truths(&self) -> BTreeMap<Option<String>, BTreeMap<String, DayTruth>> {
        let both: [(&str, Truth); 2] = [("main", self.square.truth()), ("retail", self.lightspeed.truth())];
        let mut found: BTreeMap<_, BTreeMap<String, DayTruth>> = BTreeMap::new();
        for (source, truth) in both {
            for (location, days) in truth.by_location {
                for (day, sum) in &days {
                    add(found.entry(None).or_default().entry(day.clone()).or_default(), sum, source);
                    add(found.entry(Some(location.clone())).or_default().entry(day.clone()).or_default(), sum, source);
                }
            }
        }
        found
    }

    async fn ask(&self, name: &str, args: Value) -> Value {
        self.engine.call(name, args).await.unwrap()
    }
}

async fn open(folder: &Path, square: &Square, lightspeed: &Lightspeed, warehouse: &BigQuery) -> Engine {
    let config = format!(
        "[[source]]\nkind = \"square\"\nname = \"main\"\nbase_url = \"{}\"\nhistory = \"3y\"\n\
         [[source]]\nkind = \"lightspeed_r\"\nname = \"retail\"\nbase_url = \"{}\"\nhistory = \"3y\"\n\
         [warehouse]\nproject = \"demo-project\"\ndataset = \"demo\"\nbase_url = \"{}\"\n",
        square.base_url(),
        lightspeed.base_url(),
        warehouse.base_url()
    );
    std::fs::write(folder.join("config.toml"), config).unwrap();
    let secrets = InMemory::new();
    secrets.set(&source_token("square", "main"), &Secret::new(square.token())).unwrap();
    secrets.set(&source_token("lightspeed_r", "retail"), &Secret::new(lightspeed.token())).unwrap();
    let secrets = SecretsMode::Memory(Arc::new(secrets));
    Engine::open(EngineOptions { data_dir: folder.to_path_buf(), secrets, demo: false }).await.unwrap()
}

/// Adds a day; a customer of one point of sale is none of the other, whatever his number.
fn add(sum: &mut DayTruth, day: &DayTruth, source: &str) {
    sum.collected_minor += day.collected_minor;
    sum.refunded_minor += day.refunded_minor;
    sum.net_minor += day.net_minor;
    sum.tips_minor += day.tips_minor;
    sum.transactions += day.transactions;
    sum.customers.extend(day.customers.iter().map(|id| format!("{source}/{id}")));
}

fn sum<'a>(days: impl Iterator<Item = &'a DayTruth>) -> DayTruth {
    days.fold(DayTruth::default(), |mut all, day| {
        add(&mut all, day, "");
        all
    })
}

fn assert_told(told: &Value, truth: &DayTruth, what: &str) {
    let count = |n: usize| i64::try_from(n).unwrap();
    let expected = [
        truth.collected_minor,
        truth.refunded_minor,
        truth.net_minor,
        truth.tips_minor,
        count(truth.transactions as usize),
        count(truth.customers.len()),
    ];
    assert_eq!(KEYS.map(|key| told[key].as_i64().unwrap()), expected, "{what}: {KEYS:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_report_by_location_is_what_both_points_of_sale_know() {
    let shop = Shop::new().await;
    let truths = shop.truths();
    let places = truths.keys().flatten().collect::<Vec<_>>();
    assert!(places.len() >= 4, "locations of both: {places:?}");
    for (place, days) in &truths {
        let what = place.as_deref().unwrap_or("everywhere");
        let (first, last) = (days.keys().next().unwrap(), days.keys().next_back().unwrap());
        let summary = shop.ask("summary", json!({"location": place})).await;
        assert_told(&summary["all"], &sum(days.values()), &format!("summary at {what}"));
        for period in ["today", "week", "month", "year"] {
            let (from, to) = (summary[period]["from"].as_str().unwrap(), summary[period]["to"].as_str().unwrap());
            let within = days.range(from.to_owned()..=to.to_owned()).map(|(_, day)| day);
            assert_told(&summary[period], &sum(within), &format!("summary of the {period} at {what}"));
        }
        let asked = json!({"from": first, "to": last, "location": place});
        let daily = shop.ask("daily", asked.clone()).await;
        let told: BTreeMap<&str, &Value> =
            daily.as_array().unwrap().iter().map(|day| (day["from"].as_str().unwrap(), day)).collect();
        for (day, truth) in days {
            assert_told(told[day.as_str()], truth, &format!("{day} at {what}"));
        }
        let more = told.iter().filter(|(day, told)| !days.contains_key(**day) && told["net_minor"] != 0);
        assert_eq!(more.count(), 0, "no other day at {what} has anything");
        let monthly = shop.ask("monthly", asked).await;
        for month in monthly.as_array().unwrap() {
            let (from, to) = (month["from"].as_str().unwrap(), month["to"].as_str().unwrap());
            let within = days.range(from.to_owned()..=to.to_owned()).map(|(_, day)| day);
            assert_told(month, &sum(within), &format!("the month of {from} at {what}"));
        }
    }
    // The sums of the locations are the whole, of both together and of neither twice.
    let all = sum(truths[&None].values());
    let net: i64 =
        truths.iter().filter(|(place, _)| place.is_some()).map(|(_, days)| sum(days.values()).net_minor).sum();
    assert_eq!(net, all.net_minor);
    let recent = async |place: Option<&str>| {
        let told = shop.ask("recent", json!({"location": place, "limit": 1_000})).await;
        told.as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let mut apart = BTreeSet::new();
    for place in &places {
        let own = recent(Some(place)).await;
        assert!(!own.is_empty() && apart.is_disjoint(&own), "a payment is of one location: {place}");
        apart.extend(own);
    }
    assert_eq!(recent(None).await, apart, "and those of all locations are all");
    let shown = shop.ask("products", json!({"search": "", "show": "all", "location": places[0], "sort": "name", "descending": false, "offset": 0, "limit": 200})).await;
    let names: Vec<_> = shown["rows"].as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
    assert!(!names.is_empty(), "the goods of one location");
    for wrong in ["nowhere", "1; DROP TABLE payment"] {
        let refused = shop.engine.call("summary", json!({"location": wrong})).await.unwrap_err();
        assert!(!refused.message.is_empty(), "{wrong}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sold_lines_of_both_stand_in_one_table() {
    let shop = Shop::new().await;
    let sent = shop.engine.push().await.unwrap();
    assert!(sent.tables.iter().all(|t| t.error.is_none()), "{sent:?}");
    let rows = shop.warehouse.rows("demo.sales");
    let text = |row: &BTreeMap<String, Option<String>>, name: &str| row[name].clone().unwrap_or_default();
    let key =
        |row: &BTreeMap<String, Option<String>>| (text(row, "source"), text(row, "sale_id"), text(row, "line_id"));
    let keys: BTreeSet<_> = rows.iter().map(key).collect();
    assert_eq!(keys.len(), rows.len(), "each line once");
    let books = shop.lightspeed.books();
    let own: BTreeSet<_> = books
        .sales
        .iter()
        .flat_map(|(sale, entry)| entry.lines.keys().map(move |line| (sale.clone(), line.clone())))
        .collect();
    let here: BTreeSet<_> = keys.iter().filter(|k| k.0 == "retail").map(|k| (k.1.clone(), k.2.clone())).collect();
    assert_eq!(here, own, "every line of the Lightspeed shop");
    let lines: i64 = shop
        .engine
        .store()
        .read(|c| {
            let sql = "SELECT count(*) FROM order_line n JOIN orders o ON o.pk = n.order_pk
                JOIN location l ON l.pk = o.location JOIN source s ON s.pk = l.source WHERE s.name = 'main'";
            Ok(c.query_row(sql, [], |r| r.get(0))?)
        })
        .unwrap();
    let of_square = keys.iter().filter(|k| k.0 == "main").count();
    assert!(lines > 0 && of_square as i64 == lines, "and of Square: {of_square} of {lines}");
    for row in &rows {
        let (source, location) = (text(row, "source"), text(row, "location"));
        let expected = if source == "retail" { shop.lightspeed.truth() } else { shop.square.truth() };
        assert!(expected.by_location.contains_key(&location), "{source}: location {location} is its own");
    }
    // What was paid for each: quantity times price, to the cent as the books have it.
    for (sale, entry) in books.sales.iter().take(50) {
        for (line, (item, quantity, price)) in &entry.lines {
            let row = rows.iter().find(|row| key(row) == ("retail".into(), sale.clone(), line.clone())).unwrap();
            let number = |name: &str| text(row, name).parse::<f64>().unwrap();
            assert_eq!(text(row, "product_id"), *item, "{sale}/{line}");
            assert_eq!((number("quantity") * 1_000.0).round() as i64, *quantity, "{sale}/{line}: how many");
            assert_eq!((number("price") * 100.0).round() as i64, *price, "{sale}/{line}: the selling price of one");
        }
    }
}
