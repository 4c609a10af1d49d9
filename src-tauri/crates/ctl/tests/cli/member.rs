//! Members the whole way: from a tier to a person who is erased, and nothing of who somebody is in the clear.

use crate::shop::{Shop, config, now};
use backroom_api::sync::Timestamp;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Output, Stdio};

const NAME: &str = "Wilhelmina Testperson";
const PHONE: &str = "(555) 010-0199";
const EMAIL: &str = "wilhelmina@example.com";
const CARD: &str = "MC-0004711";

/// A shop and its key. The day of the shop is Honolulu's, or, a day later to the second, that of Kiritimati: the only hand on the
/// clock that a program from outside has.
struct Counter(Shop);

impl Counter {
    fn new() -> Self {
        let counter = Self(Shop::new(40));
        counter.zone("Pacific/Honolulu");
        counter
    }

    fn zone(&self, zone: &str) {
        let config = config(&self.0.square.base_url(), &self.0.bigquery.base_url());
        let config = config.replace("America/Chicago", zone);
        std::fs::write(self.0.folder.path().join("config.toml"), config).unwrap();
    }

    fn tomorrow(&self) {
        self.zone("Pacific/Kiritimati");
    }

    fn piped(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.0.command(&[&["member"], arguments].concat());
        command.env("BACKROOM_BUFFER_KEY", "an invented text");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A verb that reads nothing may be done before.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn told(&self, arguments: &[&str], input: &str) -> Value {
        let output = self.piped(arguments, input);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn tell(&self, arguments: &[&str]) -> Value {
        self.told(arguments, "")
    }

    /// What is refused: the words, and an exit code of usage.
    fn refused(&self, arguments: &[&str], input: &str, words: &str) {
        let output = self.piped(arguments, input);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} is refused: {error}");
        assert!(output.stdout.is_empty(), "{arguments:?} tells nothing");
        assert!(error.contains(words), "{arguments:?} says why: {error}");
        for personal in ["Wilhelmina", "0100199", EMAIL] {
            assert!(!error.contains(personal), "{arguments:?} repeats nobody's data: {error}");
        }
    }

    fn tiers(&self) {
        let discount =
            json!({ "id": "silver-10", "label": "Silver 10%", "basis_points": 1_000, "cap_period_minor": 150 });
        let gold = json!({ "id": "gold-20", "label": "Gold 20%", "basis_points": 2_000, "except": ["tobacco"], "stackable": true });
        let tiers = [
            json!({ "name": "Silver", "rank": 1, "price_minor": 1_000, "period": "days:30", "early_days": 30, "discounts": [discount] }),
            json!({ "name": "Gold", "rank": 2, "price_minor": 2_500, "period": "days:30", "early_days": 30, "points_percent": 200, "discounts": [gold] }),
            json!({ "name": "Day", "rank": 0, "price_minor": 300, "period": "days:1", "grace_days": 0, "early_days": 0 }),
        ];
        for tier in tiers {
            self.told(&["save-tier"], &tier.to_string());
        }
    }

    fn add(&self, tier: &str) -> String {
        let person = ["--name", NAME, "--phone", PHONE, "--email", EMAIL, "--card", CARD, "--tier", tier];
        let made = self.tell(&[&["add"][..], &person].concat());
        made["line"]["id"].as_str().unwrap().to_owned()
    }
}

fn business_day(at: Timestamp, plus: i64) -> String {
    // Honolulu's day begins at 04:00, fourteen hours behind UTC's midnight.
    let at = at.plus_seconds(-14 * 3_600).plus_days(plus);
    at.to_rfc3339()[..10].to_owned()
}

fn field<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

#[test]
fn a_membership_goes_its_whole_way() {
    let counter = Counter::new();
    counter.tiers();
    let tiers = counter.tell(&["tiers"]);
    let names: Vec<&str> = tiers.as_array().unwrap().iter().map(|t| field(t, "id")).collect();
    assert_eq!(names, ["day", "silver", "gold"], "lowest first, each with an id of its own");
    let id = counter.add("silver");
    for text in ["555 010 0199", "0199", "mc 0004711", "wilh", "testp wilhelmina"] {
        let found = counter.tell(&["find", text]);
        assert_eq!(found[0]["id"], id.as_str(), "{text} finds the member: {found}");
        assert_eq!(found.as_array().unwrap().len(), 1);
    }
    assert_eq!(counter.tell(&["find", "nobody"]), json!([]), "nobody is nobody");
    // What is shown before is what is done.
    let preview = counter.tell(&["upgrade", &id, "--tier", "gold", "--preview"]);
    assert_eq!(
        (&preview["due_minor"], &preview["lines"].as_array().unwrap().len()),
        (&json!(1_500), &2),
        "on the first day all of the old is credited and all of the new charged: {preview}"
    );
    let seen = preview["seen"].to_string();
    let done = counter.tell(&["upgrade", &id, "--tier", "gold", "--seen", &seen]);
    let last = done["events"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["paid_minor"]), (&json!("upgraded"), &preview["due_minor"]));
    assert_eq!((&done["line"]["tier"], &done["credit_minor"]), (&preview["tier"], &preview["credit_minor"]));
    counter.refused(&["pause", &id, "--until", "2999-01-01", "--seen", &seen], "", "changed meanwhile");
    let until = business_day(now(), 10);
    assert_eq!(counter.tell(&["pause", &id, "--until", &until])["line"]["status"], "paused");
    assert_eq!(counter.tell(&["resume", &id])["line"]["status"], "active");
    let leaving = counter.tell(&["cancel", &id, "--reason", "not_used"]);
    assert_eq!((&leaving["line"]["status"], leaving["ends_on"].is_string()), (&json!("active"), true));
    assert!(counter.tell(&["undo-cancel", &id])["ends_on"].is_null(), "undone until it takes effect");
    let down = counter.tell(&["downgrade", &id, "--tier", "silver"]);
    assert_eq!((&down["line"]["tier"], &down["next_tier"]), (&json!("gold"), &json!("silver")), "paid days stay gold");
    counter.tell(&["undo-downgrade", &id]);
    let before = counter.tell(&["show", &id]);
    let renewed = counter.tell(&["renew", &id]);
    assert!(field(&renewed["line"], "paid_through") > field(&before["line"], "paid_through"));
    // Points: twice everybody's for gold, on what was paid.
    assert_eq!(counter.tell(&["points", "earn", &id, "--sale", "S1", "--amount", "10000"])["balance"], 200);
    counter.refused(&["points", "earn", &id, "--sale", "S1", "--amount", "10000"], "", "earned its points already");
    assert_eq!(counter.tell(&["points", "redeem", &id, "--sale", "S2", "--points", "150"])["balance"], 50);
    counter.refused(&["points", "redeem", &id, "--sale", "S3", "--points", "100"], "", "There are 50 points");
    counter.tell(&["points", "reverse", &id, "--sale", "S2"]);
    let points = counter.tell(&["points", "adjust", &id, "--points", "-20", "--reason", "correction"]);
    assert_eq!((&points["balance"], &points["worth_minor"]), (&json!(180), &json!(180)), "{points}");
    // The counter: gold is for all but tobacco, and never below cost.
    let line = |id: &str, category: &str, cost: Value| json!({ "id": id, "item": id, "category": category, "quantity_milli": 1_000, "unit_price_minor": 1_000, "unit_cost_minor": cost });
    let cart = json!([
        line("a", "drinks", json!(500)),
        line("b", "tobacco", json!(100)),
        line("c", "drinks", json!(900)),
        line("d", "drinks", Value::Null)
    ]);
    let priced = counter.told(&["discount", &id], &cart.to_string());
    let off: Vec<i64> =
        priced["lines"].as_array().unwrap().iter().map(|l| l["discount_minor"].as_i64().unwrap()).collect();
    let why: Vec<&str> = priced["lines"].as_array().unwrap().iter().map(|l| field(&l["why"][0], "why")).collect();
    assert_eq!(off, [200, 0, 100, 0], "{priced}");
    assert_eq!(why, ["applied", "other_goods", "down_to_floor", "cost_unknown"]);
    assert_eq!(priced["points"], 74, "twice, on what is left to pay");
    counter.tell(&["consent", &id, "--source", "counter form"]);
    let linked = counter.tell(&["link", &id, "--source", "main", "--customer", "CUST1"]);
    assert_eq!(linked["links"], json!(["main/CUST1"]));
    assert_eq!(linked["consents"][0]["given"], true, "consent stands apart: {linked}");
    assert_eq!(counter.tell(&["unlink", &id, "--source", "main", "--customer", "CUST1"])["links"], json!([]));
    // A second record of the same person.
    let twin =
        counter.tell(&["add", "--name", NAME, "--phone", PHONE, "--anyway"])["line"]["id"].as_str().unwrap().to_owned();
    counter.refused(&["merge", &id, "--into", &twin], "", "has a membership that lasts");
    counter.tell(&["points", "adjust", &twin, "--points", "7", "--reason", "gift"]);
    counter.refused(&["merge", &twin, "--into", &id], "", "has 7 points");
    counter.tell(&["points", "adjust", &twin, "--points", "-7", "--reason", "moved"]);
    counter.tell(&["merge", &twin, "--into", &id]);
    assert_eq!(counter.tell(&["find", PHONE]).as_array().unwrap().len(), 1, "one person, one line");
    counter.tell(&["unmerge", &twin]);
    assert_eq!(counter.tell(&["find", PHONE]).as_array().unwrap().len(), 2, "two again");
    counter.tell(&["merge", &twin, "--into", &id]);
    // Leaving, paid out, and the figures close.
    counter.refused(&["erase", &id], "", "a member still");
    let preview = counter.tell(&["cancel", &id, "--now", "--refund", "--preview"]);
    let left = counter.tell(&["cancel", &id, "--now", "--refund", "--reason", "moved_away"]);
    let last = left["events"].as_array().unwrap().last().unwrap();
    assert_eq!(last["refunded_minor"], preview["refund_minor"]);
    assert_eq!(preview["refund_minor"], 5_000, "two whole periods were not used, all of them is given back");
    let figures = counter.tell(&["statistics"]);
    bridges_close(&figures);
    assert_eq!((&figures["new"], &figures["cancelled"], &figures["closing"]), (&json!(1), &json!(1), &json!(0)));
    assert_eq!((&figures["taken_minor"], &figures["refunded_minor"]), (&json!(5_000), &json!(5_000)), "{figures}");
    let erased = counter.tell(&["erase", &id]);
    assert_eq!(erased["records"], 2, "the merged record says nobody's name either");
    let log = audit(&counter);
    let proof = log.iter().find(|e| e["number"] == erased["audit"]).expect("the proof is in the log");
    assert_eq!(proof["action"], "member.erased");
    assert_eq!(counter.tell(&["find", PHONE]), json!([]), "nobody finds who was erased");
    let gone = counter.tell(&["show", &id]);
    assert_eq!((field(&gone["line"], "name"), gone["phone"].is_null()), ("", true));
    nowhere_in_the_clear(&counter);
}

fn audit(counter: &Counter) -> Vec<Value> {
    let output = counter
        .0
        .command(&["audit", "--limit", "200"])
        .env("BACKROOM_BUFFER_KEY", "an invented text")
        .output()
        .unwrap();
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    log["entries"].as_array().unwrap().clone()
}

fn bridges_close(figures: &Value) {
    let of = |value: &Value, names: &[&str]| names.iter().map(|n| value[*n].as_i64().unwrap()).sum::<i64>();
    assert_eq!(
        of(figures, &["opening", "new", "imported", "returned"]) - of(figures, &["cancelled", "expired"]),
        of(figures, &["closing"]),
        "members: {figures}"
    );
    let revenue = &figures["revenue"];
    assert_eq!(
        of(revenue, &["opening", "new", "imported", "reactivation", "expansion", "resumed"])
            - of(revenue, &["contraction", "paused", "churn"]),
        of(revenue, &["closing"]),
        "money: {figures}"
    );
}

/// Everything is pushed; then nothing that says who somebody is may be in a file of the data folder or in a row of the warehouse.
fn nowhere_in_the_clear(counter: &Counter) {
    let output = counter.0.command(&["push"]).env("BACKROOM_BUFFER_KEY", "an invented text").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sent: Value = serde_json::from_slice(&output.stdout).unwrap();
    for table in ["memberships", "membership_events"] {
        let told = sent["tables"].as_array().unwrap().iter().find(|t| t["table"] == table);
        assert!(told.is_some_and(|t| t["rows"].as_u64() > Some(0)), "{table} goes to the warehouse: {sent}");
    }
    let personal =
        ["Wilhelmina", "Testperson", "wilhelmina", "5550100199", "010-0199", EMAIL, CARD, "MC0004711", "CUST1"];
    let mut texts = vec![("the audit log".to_owned(), serde_json::to_vec(&audit(counter)).unwrap())];
    for entry in std::fs::read_dir(counter.0.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        texts.push((path.display().to_string(), std::fs::read(&path).unwrap_or_default()));
    }
    for table in ["memberships", "membership_events"] {
        let rows = format!("{:?}", counter.0.bigquery.rows(&format!("demo.{table}")));
        assert!(rows.contains("-m0"), "{table} holds rows: {rows}");
        texts.push((table.to_owned(), rows.into_bytes()));
    }
    for (place, bytes) in texts {
        for personal in personal {
            assert!(!bytes.windows(personal.len()).any(|w| w == personal.as_bytes()), "{personal} is in {place}");
        }
    }
}

#[test]
fn time_does_its_part_and_late_payments_wait_in_a_queue() {
    let counter = Counter::new();
    counter.tiers();
    let (today, yesterday) = (business_day(now(), 0), business_day(now(), -1));
    let file = counter.0.folder.path().join("members.csv");
    let csv = format!(
        "Name,Phone,Card,Tier,Joined,Renews on,Points\r\nLate One,555-010-0001,C1,Silver,{yesterday},{today},40\r\n\
         Late Two,555-010-0002,C2,Day,{yesterday},{today},\r\nLate One,555-010-0001,,Silver,{yesterday},{today},\r\n\
         Nobody Known,555-010-0003,C3,Platinum,{yesterday},{today},\r\n"
    );
    std::fs::write(&file, csv).unwrap();
    let path = file.to_str().unwrap();
    let preview = counter.tell(&["import", path]);
    assert_eq!(
        [&preview["rows"], &preview["new"], &preview["duplicates"], &preview["faulty"], &preview["imported"]],
        [&json!(4), &json!(2), &json!(1), &json!(1), &json!(0)],
        "{preview}"
    );
    assert_eq!(counter.tell(&["list"]), json!([]), "a preview changes nothing");
    assert_eq!(counter.tell(&["import", path, "--commit"])["imported"], 2);
    assert_eq!(counter.tell(&["import", path, "--commit"])["imported"], 0, "who is known is left out");
    std::fs::remove_file(&file).unwrap();
    let one = field(&counter.tell(&["find", "C1"])[0], "id").to_owned();
    assert_eq!(counter.tell(&["find", "C1"])[0]["points"], 40);
    let failed = counter.tell(&["payment-failed", &one]);
    assert_eq!((&failed["line"]["status"], &failed["line"]["attempts"]), (&json!("grace"), &json!(1)));
    let queue = counter.tell(&["late"]);
    assert_eq!(queue.as_array().unwrap().len(), 2, "both wait, whoever loses benefits first before: {queue}");
    assert_eq!((&queue[1]["id"], &queue[1]["due_minor"]), (&json!(one), &json!(1_000)));
    let recovered = counter.tell(&["payment-recovered", &one]);
    assert_eq!(recovered["line"]["status"], "active", "{recovered}");
    let ending =
        field(&counter.tell(&["add", "--name", "Ends Soon", "--card", "C9", "--tier", "day"])["line"], "id").to_owned();
    counter.tell(&["cancel", &ending, "--reason", "other"]);
    counter.tomorrow();
    assert_eq!(
        counter.tell(&["find", "C9"])[0]["status"],
        "cancelled",
        "as time left it, before anybody wrote it down"
    );
    assert_eq!(counter.tell(&["find", "C2"])[0]["status"], "expired", "no payment came within the grace");
    let cart = json!([{ "id": "a", "item": "a", "category": null, "quantity_milli": 1_000, "unit_price_minor": 500, "unit_cost_minor": 1 }]);
    let two = field(&counter.tell(&["find", "C2"])[0], "id").to_owned();
    let priced = counter.told(&["discount", &two], &cart.to_string());
    assert_eq!((&priced["standing"], &priced["discount_minor"]), (&json!("expired"), &json!(0)));
    assert_eq!(counter.tell(&["settle"]), 2);
    assert_eq!(counter.tell(&["settle"]), 0, "what is written down is not written again");
    assert_eq!(counter.tell(&["list", "--status", "expired"])[0]["id"], two.as_str());
    let figures = counter.tell(&["statistics", "--from", &today]);
    bridges_close(&figures);
    assert_eq!((&figures["cancelled"], &figures["expired"]), (&json!(1), &json!(1)), "{figures}");
    // A clock that was set back.
    counter.zone("Pacific/Honolulu");
    counter.refused(&["subscribe", &two, "--tier", "silver"], "", "Check the clock");
    let csv = counter.tell(&["export"]);
    assert!(csv.as_str().unwrap().contains("Late One"), "the owner's table says who they are");
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_lost() {
    let counter = Counter::new();
    counter.tiers();
    let id = counter.add("silver");
    let scan = "@\n\u{1e}\rANSI 636000090002DL00410278ZV03190008DLDAQT64235789\nDCSSAMPLE\nDBB06061986\nDBA12102028\n";
    let no_file = counter.0.folder.path().join("none.csv");
    let binary = counter.0.folder.path().join("sheet.csv");
    std::fs::write(&binary, b"PK\x03\x04\0\0\0").unwrap();
    let nothing = counter.0.folder.path().join("text.csv");
    std::fs::write(&nothing, "colour,weight\nred,12\n").unwrap();
    let path = |file: &std::path::Path| file.to_str().unwrap().to_owned();
    let cart = json!([{ "id": "a", "item": "a", "category": null, "quantity_milli": 0, "unit_price_minor": 500, "unit_cost_minor": 1 }]);
    let table: &[(&[&str], &str, &str)] = &[
        (&["show", "no-such"], "", "no such member"),
        (&["renew", "no-such"], "", "no such member"),
        (&["find", scan], "", "barcode of an ID"),
        (&["find", "4111 1111 1111 1111"], "", "payment card"),
        (&["find", " "], "", "nothing to find by"),
        (&["add", "--name", "Somebody Else", "--card", scan], "", "barcode of an ID"),
        (&["add", "--name", "Somebody Else", "--card", "mc0004711"], "", "card of another member"),
        (&["add", "--name", NAME, "--phone", PHONE], "", "known already"),
        (&["add", "--phone", "12"], "", "phone number"),
        (&["add", "--name", "Somebody Else", "--email", "nothing"], "", "no e-mail address"),
        (&["add"], "", "nothing to find by"),
        (&["subscribe", &id, "--tier", "gold"], "", "is a member already"),
        (&["upgrade", &id, "--tier", "day"], "", "not above"),
        (&["upgrade", &id, "--tier", "none"], "", "no such tier"),
        (&["upgrade", &id], "", "Say which tier"),
        (&["downgrade", &id, "--tier", "gold"], "", "not below"),
        (&["pause", &id, "--until", "tomorrow"], "", "year, month and day"),
        (&["pause", &id, "--until", "2999-01-01"], "", "at the latest"),
        (&["resume", &id], "", "not paused"),
        (&["undo-cancel", &id], "", "nothing to undo"),
        (&["payment-failed", &id], "", "No payment is due"),
        (&["payment-recovered", &id], "", "No payment of this member failed"),
        (&["pay-out", &id], "", "no credit"),
        (&["merge", &id, "--into", &id], "", "into itself"),
        (&["merge", &id, "--into", "no-such"], "", "no such member"),
        (&["unmerge", &id], "", "was not merged"),
        (&["cancel", &id, "--reason", "because"], "", "no such reason"),
        (&["renew", &id, "--seen", "7"], "", "changed meanwhile"),
        (&["points", "earn", &id, "--amount", "100"], "", "Give the sale"),
        (&["points", "adjust", &id, "--points", "5"], "", "Give the reason"),
        (&["discount", &id], "no JSON", "JSON on standard input"),
        (&["discount", &id], &cart.to_string(), "quantity"),
        (&["consent", &id, "--source", "form", "--on", "2999-01-01"], "", "with its proof"),
        (&["link", &id, "--source", "none", "--customer", "C"], "", "connected source"),
        (&["unlink", &id, "--source", "main", "--customer", "C"], "", "not linked"),
        (&["erase", &id], "", "a member still"),
        (&["import", &path(&no_file)], "", "could not be read"),
        (&["import", &path(&binary), "--commit"], "", "not a CSV file"),
        (&["import", &path(&nothing), "--commit"], "", "No column"),
        (&["save-tier"], "{\"name\":\"\",\"price_minor\":-1}", "cannot be kept"),
        (&["retire-tier", "none"], "", "no such tier"),
        (&["statistics", "--from", "2026-12-31", "--to", "2026-01-01"], "", "the first day first"),
    ];
    let before = counter.tell(&["show", &id]);
    for (arguments, input, words) in table {
        counter.refused(arguments, input, words);
    }
    assert_eq!(counter.tell(&["show", &id]), before, "after all that the member stands as before");
    assert_eq!(counter.tell(&["list"]).as_array().unwrap().len(), 1, "and nobody else was made");
    // Caps of a period are used up, once a sale.
    let cart = json!([{ "id": "a", "item": "a", "category": null, "quantity_milli": 1_000, "unit_price_minor": 1_000, "unit_cost_minor": 1 }]).to_string();
    assert_eq!(counter.told(&["discount", &id, "--give", "S1"], &cart)["discount_minor"], 100);
    counter.refused(&["discount", &id, "--give", "S1"], &cart, "given already");
    assert_eq!(counter.told(&["discount", &id, "--give", "S2"], &cart)["discount_minor"], 50, "of 150 in a period");
    // A tier that is closed: who has it keeps it.
    counter.tell(&["retire-tier", "silver"]);
    counter.refused(&["add", "--name", "Somebody Else", "--tier", "silver"], "", "closed");
    assert_eq!(counter.tell(&["show", &id])["line"]["status"], "active");
}
