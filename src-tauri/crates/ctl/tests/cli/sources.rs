//! Two points of sale in one buffer.

use crate::shop::{Shop, minor};
use backroom_sandbox::lightspeed::{Change, Lightspeed, Spec};
use backroom_sandbox::square::{Square, StoreSpec};
use std::process::Output;

/// A shop of Square's that has a second counter on Lightspeed.
struct Both {
    shop: Shop,
    retail: Lightspeed,
}

impl Both {
    fn new() -> Self {
        let shop = Shop::new(400);
        let mut spec = Spec::small(120, crate::shop::now()).faster(500.0);
        for (_, zone) in &mut spec.shops {
            "America/Chicago".clone_into(zone);
        }
        let retail = Lightspeed::start(spec).unwrap();
        let file = shop.folder.path().join("config.toml");
        let section = format!(
            "\n[[source]]\nkind = \"lightspeed_r\"\naccount_id = \"123456\"\nbase_url = \"{}\"\nhistory = \"3y\"\n",
            retail.base_url()
        );
        std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + &section).unwrap();
        Self { shop, retail }
    }

    fn run(&self, arguments: &[&str], token: &str) -> Output {
        self.shop.command(arguments).env("LIGHTSPEED_ACCESS_TOKEN", token).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.run(arguments, &self.retail.token());
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What both know together, of everything.
    fn known(&self) -> (i64, i64, i64) {
        let (square, retail) = (self.shop.square.truth().all(), self.retail.truth().all());
        let transactions = square.transactions + retail.transactions;
        let net = square.net_minor + retail.net_minor;
        (square.collected_minor + retail.collected_minor, net, i64::try_from(transactions).unwrap())
    }

    fn told(&self) -> (i64, i64, i64) {
        let all = &self.json(&["report", "summary"])["all"];
        let number = |key: &str| all[key].as_i64().unwrap();
        (number("collected_minor"), number("net_minor"), number("transactions"))
    }
}

#[test]
fn reports_span_the_sources_and_every_line_is_delivered_once() {
    let both = Both::new();
    let synced = both.json(&["sync"]);
    let sources: Vec<&str> =
        synced["streams"].as_array().unwrap().iter().map(|s| s["source"].as_str().unwrap()).collect();
    assert!(sources.contains(&"main") && sources.contains(&"lightspeed"), "{sources:?}");
    assert_eq!(both.told(), both.known(), "the sum of both");
    both.retail.change(&Change::Sell { dice: 5 }).unwrap();
    let only = both.json(&["sync", "--source", "lightspeed"]);
    assert!(only["streams"].as_array().unwrap().iter().all(|s| s["source"] == "lightspeed"), "{only}");
    assert_eq!(both.told(), both.known(), "and what was sold since");
    both.json(&["push"]);
    let sold = both.shop.bigquery.rows("demo.sales");
    let of = |source: &str| sold.iter().filter(|r| r["source"].as_deref() == Some(source)).count();
    assert!(of("main") > 0 && of("lightspeed") > 0 && of("main") + of("lightspeed") == sold.len());
    assert_eq!(
        of("main"),
        both.shop.bigquery.rows("demo.square_order_lines").len(),
        "Square's lines go to both tables"
    );
    let tax: i64 =
        both.shop.bigquery.rows("demo.lightspeed_transactions").iter().map(|r| minor(r["tax"].as_ref())).sum();
    assert!(tax != 0, "amounts are in major units");
    assert_eq!(both.json(&["doctor"])["ok"], true);
}

#[test]
fn one_source_that_refuses_does_not_stop_the_other() {
    let both = Both::new();
    let output = both.run(&["sync"], "wrong-token");
    assert_eq!(output.status.code(), Some(4), "not authorised");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("Lightspeed") && words.contains("Connections"), "{words}");
    assert!(!words.contains("wrong-token"), "no secret in an error");
    let all = &both.json(&["report", "summary"])["all"];
    assert_eq!(all["collected_minor"], both.shop.square.truth().all().collected_minor, "Square's are in");
    let missing = both.shop.command(&["sync", "--source", "lightspeed"]).env_remove("LIGHTSPEED_ACCESS_TOKEN").output();
    let missing = missing.unwrap();
    assert_eq!(missing.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("LIGHTSPEED_ACCESS_TOKEN"), "says what to set");
}

#[test]
fn what_cannot_be_an_account_is_refused_by_key() {
    let both = Both::new();
    let file = both.shop.folder.path().join("config.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    let cases = [
        ("account_id = \"123456\"", "account_id = \"02dcd191-ae14-11e6-f485-6a3c6a3c6a3c\"", "X-Series"),
        ("account_id = \"123456\"", "account_id = \"12ab\"", "number"),
        ("account_id = \"123456\"", "account = \"123456\"", "unknown field"),
        ("kind = \"lightspeed_r\"", "kind = \"lightspeed_q\"", "lightspeed_r"),
        ("account_id = \"123456\"", "currency = \"dollars\"", "currency"),
    ];
    for (from, to, said) in cases {
        std::fs::write(&file, good.replace(from, to)).unwrap();
        let output = both.run(&["sync", "--source", "lightspeed"], &both.retail.token());
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{to}: {words}");
        assert!(words.contains(said), "{to}: {words}");
    }
}

#[test]
fn two_accounts_never_become_one_shop() {
    let shop = Shop::new(200);
    shop.json(&["sync"]);
    let before = shop.json(&["report", "summary"]);
    let mine = shop.square.truth().all().collected_minor;
    let spec = StoreSpec { seed: 99, ..StoreSpec::small(150, crate::shop::now()) };
    let other = Square::start(spec).unwrap();
    other.set_token("another-token");
    let file = shop.folder.path().join("config.toml");
    let good = std::fs::read_to_string(&file).unwrap();

    std::fs::write(&file, good.replace(&shop.square.base_url(), &other.base_url())).unwrap();
    let refused = shop.command(&["sync"]).env("SQUARE_ACCESS_TOKEN", "another-token").output().unwrap();
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{words}");
    assert!(words.contains("another Square account") && words.contains("Nothing was read"), "{words}");
    assert_eq!(shop.json(&["report", "summary"])["all"], before["all"], "not a cent was mixed in");

    let again = format!(
        "{good}\n[[source]]\nkind = \"square\"\nname = \"second\"\nbase_url = \"{}\"\n",
        shop.square.base_url()
    );
    std::fs::write(&file, &again).unwrap();
    let twice = shop.run(&["sync"]);
    let words = String::from_utf8_lossy(&twice.stderr).into_owned();
    assert_eq!(twice.status.code(), Some(2), "{words}");
    assert!(words.contains("count twice"), "{words}");
    assert_eq!(shop.json(&["report", "summary"])["all"]["collected_minor"], mine, "nothing counts twice");

    // A new token of the same account is no other account.
    std::fs::write(&file, &good).unwrap();
    shop.square.set_token("rotated-token");
    let rotated = shop.command(&["sync"]).env("SQUARE_ACCESS_TOKEN", "rotated-token").output().unwrap();
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
}
