//! The Lightspeed stand-in keeps Lightspeed's contract where it is strict, and shows what is odd about it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use backroom_core::{Clock, TestClock, Timestamp};
use backroom_sandbox::lightspeed::{Change, Lightspeed, Quirks, Spec};
use common::{Answer, send};
use serde_json::Value;
use std::sync::Arc;

fn shop() -> (Lightspeed, TestClock) {
    let clock = TestClock::at(Timestamp::from_seconds(1_795_197_600));
    let spec = Spec::demo(clock.now().plus_seconds(-600));
    (Lightspeed::start_with(spec, 0, Arc::new(clock.clone())).unwrap(), clock)
}

/// One whose bucket is no matter.
fn patient_shop() -> (Lightspeed, TestClock) {
    let clock = TestClock::at(Timestamp::from_seconds(1_795_197_600));
    let spec = Spec { bucket: 1e9, burst: 1e9, ..Spec::small(300, clock.now().plus_seconds(-600)) };
    (Lightspeed::start_with(spec, 0, Arc::new(clock.clone())).unwrap(), clock)
}

fn get(shop: &Lightspeed, target: &str, more: &[(&str, &str)]) -> Answer {
    let bearer = format!("Bearer {}", shop.token());
    let mut headers = vec![("Authorization", bearer.as_str())];
    headers.extend_from_slice(more);
    send(&shop.base_url(), "GET", &format!("/API/V3/Account/123456/{target}"), &headers, b"").unwrap()
}

/// The records of a list, however many there are.
fn list(shop: &Lightspeed, target: &str) -> Vec<Value> {
    let answer = get(shop, target, &[]);
    assert_eq!(answer.status, 200, "{target}: {}", String::from_utf8_lossy(&answer.body));
    let name = target.split('.').next().unwrap();
    match answer.json()[name].clone() {
        Value::Array(all) => all,
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_else(|| panic!("{field} is text: {row}"))
}

#[test]
fn the_demonstration_has_what_a_counter_meets() {
    let (shop, _) = shop();
    let all = list(&shop, "Sale.json?limit=100&archived=true");
    assert_eq!(all.len(), 50, "fifty transactions");
    let count = |field: &str, value: &str| all.iter().filter(|s| s[field] == value).count();
    assert!(count("completed", "false") > 0 && count("voided", "true") > 0, "one open, one voided");
    assert!(all.iter().any(|s| text(s, "calcTotal").starts_with('-')), "one that came back");
    assert_eq!(list(&shop, "Item.json?archived=true").len(), 25, "twenty-five products");
}

#[test]
fn what_is_not_asked_for_as_documented_is_refused_or_xml() {
    let (shop, _) = patient_shop();
    let cases = [
        ("Sale.json?limit=101", 400),
        ("Sale.json?offset=100", 400),
        ("Sale.json?orderby=saleID", 400),
        ("Sale.json?colour=red", 400),
        ("Sale.json?shopID=1", 200),
        ("Sale.json?sort=total", 400),
        ("Sale.json?sort=-completeTime", 200),
        ("Item.json?sort=completeTime", 400),
        ("Item.json?sort=itemID", 200),
        ("ItemShop.json?sort=-timeStamp", 200),
        ("Sale.json?timeStamp=%3E%3D%2Cyesterday", 400),
        ("Sale.json?timeStamp=%3E%3D%2C2026-11-01T00:00:00%2B00:00", 200),
        // A plus that is not encoded is a space.
        ("Sale.json?timeStamp=%3E%3D%2C2026-11-01T00:00:00+00:00", 400),
        ("Sale.json?load_relations=%5B%22Category%22%5D", 400),
        ("Sale.json?load_relations=SaleLines", 400),
        ("Item.json?ItemShops.qoh=%3E%2C1", 400),
        ("Item.json?ItemShops.qoh=%3E%2C1&load_relations=%5B%22ItemShops%22%5D", 200),
        ("Sale.json?after=nonsense", 400),
        ("Sale.json?count=1&limit=5", 400),
        ("Sale.json?count=1&sort=timeStamp", 400),
        ("Nothing.json", 404),
        ("Sale/7.json", 200),
        ("Sale/999999.json", 404),
    ];
    for (target, status) in cases {
        assert_eq!(get(&shop, target, &[]).status, status, "{target}");
    }
    let one = get(&shop, "Sale/7.json", &[]).json();
    assert_eq!(
        (&one["Sale"]["saleID"], &one["@attributes"]["count"]),
        (&"7".into(), &"1".into()),
        "an object, not a list"
    );
    let xml = get(&shop, "Sale.json", &[("Accept", "application/xml")]);
    assert!(xml.body.starts_with(b"<?xml"), "the header beats the name of the file");
    assert!(get(&shop, "Sale", &[]).body.starts_with(b"<?xml"), "XML is what nobody asked for");
    assert!(get(&shop, "Sale", &[("Accept", "application/json")]).json()["Sale"].is_array(), "the header is enough");
    let foreign = send(&shop.base_url(), "GET", "/API/V3/Account/1/Sale.json", &[], b"").unwrap();
    assert_eq!(foreign.status, 401, "nobody without a token");
    assert!(foreign.head.to_lowercase().contains("text/html"), "errors come under the name of a web page");
    assert_eq!((&foreign.json()["httpCode"], &foreign.json()["errorClass"]), (&"401".into(), &"Exception".into()));
}

#[test]
fn pages_lead_on_by_address_and_end_with_empty_text() {
    let (shop, _) = patient_shop();
    let mut target = "Sale.json?archived=true&sort=timeStamp&limit=40".to_owned();
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        seen.extend(list(&shop, &target));
        pages += 1;
        let next = get(&shop, &target, &[]).json()["@attributes"]["next"].as_str().unwrap().to_owned();
        if next.is_empty() {
            break;
        }
        let prefix = format!("{}/API/V3/Account/123456/", shop.base_url());
        target = next.strip_prefix(&prefix).expect("a whole address on the same host").to_owned();
        assert!(target.contains("limit=40") && target.contains("sort=timeStamp"), "it keeps what was asked: {target}");
    }
    assert_eq!((seen.len(), pages), (300, 8));
    let stamps: Vec<&str> = seen.iter().map(|sale| text(sale, "timeStamp")).collect();
    assert!(stamps.is_sorted(), "in the order asked for");
    let none = get(&shop, "Sale.json?timeStamp=%3E%2C2027-01-01T00:00:00%2B00:00", &[]).json();
    assert_eq!(
        none.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["@attributes"],
        "an empty list has no key at all"
    );
}

#[test]
fn filters_join_with_and_or_stand_beside_each_other() {
    let (shop, _) = patient_shop();
    let all = list(&shop, "Sale.json?archived=true&limit=100");
    let count = |test: &dyn Fn(&Value) -> bool| all.iter().filter(|row| test(row)).count();
    let first = |target: &str| list(&shop, &format!("Sale.json?archived=true&saleID=%3C%3D%2C100&{target}"));
    assert_eq!(first("voided=true").len(), count(&|s| s["voided"] == "true"), "a field");
    assert_eq!(
        first("shopID=2&completed=true").len(),
        count(&|s| s["shopID"] == "2" && s["completed"] == "true"),
        "two"
    );
    assert_eq!(first("saleID=IN,[3,5,8]").len(), 3, "a list of ids: {}", first("saleID=IN,[3,5,8]").len());
    assert_eq!(
        first("or=voided%3Dtrue%7Ccompleted%3Dfalse").len(),
        count(&|s| s["voided"] == "true" || s["completed"] == "false"),
        "one of two is enough"
    );
    assert_eq!(
        first("or=calcTotal%3D%3C%2C0%7CcalcTotal%3D%3E%2C100").len(),
        count(&|s| text(s, "calcTotal").parse::<f64>().is_ok_and(|t| !(0.0..=100.0).contains(&t))),
        "with operators of their own"
    );
    let counted = get(&shop, "Sale.json?archived=true&voided=true&count=1", &[]).json();
    let voided = list(&shop, "Sale.json?archived=true&voided=true&limit=100").len();
    assert_eq!(counted["@attributes"]["count"], voided.to_string(), "how many, and nothing else");
    assert!(counted["Sale"].is_null());
}

#[test]
fn calls_cost_what_is_documented() {
    let (shop, clock) = shop();
    let cases = [
        ("Shop.json", "1"),
        ("Sale.json?load_relations=%5B%22SaleLines%22%2C%22SalePayments%22%5D", "1.8"),
        ("Item.json?load_relations=%5B%22Category%22%5D", "1.2"),
        ("Item.json?load_relations=%5B%22Category%22%2C%22ItemShops%22%5D", "1.6"),
        ("Item/3.json?load_relations=%5B%22Category%22%2C%22ItemShops%22%5D", "1.3"),
        ("Sale.json?count=1", "10"),
        ("Item.json?or=itemID%3D1%7CItemShops.qoh%3D5&load_relations=%5B%22ItemShops%22%5D", "11.4"),
    ];
    for (target, cost) in cases {
        let head = get(&shop, target, &[]).head.to_lowercase();
        let told = head.lines().find_map(|line| line.strip_prefix("x-ls-api-request-cost: "));
        assert_eq!(told, Some(cost), "{target}");
        clock.advance_seconds(30);
    }
}

#[test]
fn the_bucket_fills_runs_over_once_refuses_and_drips() {
    let (shop, clock) = shop();
    let target = r#"Sale.json?load_relations=%5B%22SaleLines%22%2C%22SalePayments%22%5D"#;
    let level = |answer: &Answer| {
        let head = answer.head.to_lowercase();
        let found = head.lines().find_map(|l| l.strip_prefix("x-ls-api-bucket-level: ")).unwrap();
        found.split('/').next().unwrap().parse::<f64>().unwrap()
    };
    let (mut served, mut highest) = (0, 0.0f64);
    loop {
        let answer = get(&shop, target, &[]);
        if answer.status == 429 {
            let head = answer.head.to_lowercase();
            assert!(head.contains("retry-after: ") && head.contains("api-leaky-bucket"), "{head}");
            break;
        }
        highest = highest.max(level(&answer));
        served += 1;
        if served % 15 == 0 {
            // Fewer than twenty a second.
            clock.advance_seconds(1);
        }
    }
    assert!((50..=57).contains(&served), "90 drips and a few seconds' more at 1.8 a call: {served}");
    assert!(highest > 90.0 && highest.fract() > 0.0, "the first that runs over is let in: {highest}/90");
    clock.advance_seconds(10);
    assert_eq!(get(&shop, target, &[]).status, 200, "ten seconds later there is room again");
    assert_eq!(shop.pace().refused, 1);
    clock.advance_seconds(90);
    let statuses: Vec<u16> = (0..21).map(|_| get(&shop, "Shop.json", &[]).status).collect();
    assert_eq!((statuses[19], statuses[20]), (200, 429), "twenty a second, whatever the bucket holds");
}

#[test]
fn deletes_are_seen_by_those_who_ask_for_them() {
    let (shop, _) = patient_shop();
    let before = list(&shop, "Item.json").len();
    shop.change(&Change::Archive { item: 3 }).unwrap();
    assert_eq!(list(&shop, "Item.json").len(), before - 1, "gone where nobody asks");
    assert_eq!(list(&shop, "Item.json?archived=true").len(), 25, "both");
    assert!(list(&shop, "Item.json?archived=only").iter().any(|item| item["itemID"] == "4"), "only those");
    let shelves = list(&shop, "ItemShop.json?itemID=4");
    assert!(shelves.iter().all(|shelf| shelf["qoh"] == "0"), "archiving takes all of it from the shelves: {shelves:?}");
    shop.change(&Change::Archive { item: 3 }).unwrap();
    let shelves = list(&shop, "ItemShop.json?itemID=4");
    assert!(shelves.iter().all(|shelf| shelf["qoh"] == "0"), "for good: {shelves:?}");
    assert_eq!(list(&shop, "PaymentType.json?archived=true").len(), list(&shop, "PaymentType.json").len() + 1);
}

#[test]
fn the_shelf_of_shop_0_is_the_sum_and_moves_no_item() {
    let (shop, clock) = patient_shop();
    let item = |field: &str| text(&get(&shop, "Item/3.json", &[]).json()["Item"], field).to_owned();
    let stamp = item("timeStamp");
    clock.advance_seconds(60);
    shop.change(&Change::Stock { item: 2, shop: 0, milli: 7_500 }).unwrap();
    shop.change(&Change::Stock { item: 2, shop: 1, milli: -2_000 }).unwrap();
    let shelves = list(&shop, "ItemShop.json?itemID=3");
    let told: Vec<_> = shelves.iter().map(|s| (text(s, "shopID"), text(s, "qoh"), text(s, "sellable"))).collect();
    assert_eq!(told, [("0", "5.5", "5.500"), ("1", "7.5", "7.500"), ("2", "-2", "0.000")]);
    assert_eq!(item("timeStamp"), stamp, "the item's time does not move with what is on the shelf");
    let moved = list(&shop, "ItemShop.json?timeStamp=%3E%3D%2C2026-11-20T18:01:00%2B00:00");
    assert_eq!(moved.len(), 3, "the shelves' own times do");
    shop.change(&Change::Deliver { item: 2, shop: 0, milli: 10_000, cost: 432 }).unwrap();
    let shelf = list(&shop, "ItemShop.json?itemID=3&shopID=1").remove(0);
    assert_eq!((text(&shelf, "qoh"), text(&shelf, "averageCost")), ("17.5", "4.32"), "a delivery, at another cost");
    assert_eq!(item("timeStamp"), stamp);
}

#[test]
fn categories_have_paths_and_a_new_name_moves_no_item() {
    let (shop, clock) = patient_shop();
    let all = list(&shop, "Category.json");
    let told: Vec<_> = all.iter().map(|c| (text(c, "fullPathName"), text(c, "parentID"))).collect();
    let expected =
        [("Shop/Papers", "5"), ("Shop/Lighters", "5"), ("Shop/Glass", "5"), ("Shop/Edibles", "5"), ("Shop", "0")];
    assert_eq!(told, expected);
    clock.advance_seconds(60);
    shop.change(&Change::RenameCategory { category: 4 }).unwrap();
    assert_eq!(text(&list(&shop, "Category.json")[0], "fullPathName"), "Shop anew/Papers", "the paths below change");
    let since = "timeStamp=%3E%3D%2C2026-11-20T18:01:00%2B00:00";
    assert_eq!(list(&shop, &format!("Category.json?{since}")).len(), 1, "its own time moves");
    assert!(list(&shop, &format!("Item.json?archived=true&{since}")).is_empty(), "no item's does");
}

#[test]
fn a_part_comes_back_once_and_an_exchange_has_both_signs() {
    let (shop, _) = patient_shop();
    let relations = "load_relations=%5B%22SaleLines%22%2C%22SalePayments%22%5D";
    let told = |id: &str| get(&shop, &format!("Sale/{id}.json?{relations}"), &[]).json()["Sale"].clone();
    let find = |make: &dyn Fn(usize) -> Change| {
        (0..80).find_map(|n| Some((n, shop.change(&make(n)).ok()??))).expect("a completed sale")
    };
    let (of, back) = find(&|sale| Change::RefundPart { sale, line: 0, milli: 1_000 });
    let (of, back) = (told(&(of + 1).to_string()), told(&back));
    let line = |sale: &Value| match &sale["SaleLines"]["SaleLine"] {
        Value::Array(all) => all[0].clone(),
        one => one.clone(),
    };
    assert_eq!(line(&back)["parentSaleLineID"], line(&of)["saleLineID"], "a line of its own leads to the one sold");
    assert_eq!(text(&line(&back), "unitQuantity"), "-1.000");
    assert!(text(&back, "calcTotal").starts_with('-') && back["SalePayments"]["SalePayment"].is_object());
    let (again, _) = find(&|sale| Change::Refund { sale });
    let twice = shop.change(&Change::Refund { sale: again });
    assert!(twice.is_err(), "what came back cannot come back again");
    let (_, exchanged) = find(&|sale| Change::Exchange { sale, dice: 5 });
    let quantities: Vec<String> = told(&exchanged)["SaleLines"]["SaleLine"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| text(line, "unitQuantity").to_owned())
        .collect();
    assert!(quantities[0].starts_with('-') && !quantities[1].starts_with('-'), "{quantities:?}");
}

#[test]
fn what_moves_with_a_void_is_as_it_is_set() {
    for (void_moves_stamp, void_moves_update) in [(false, true), (true, true), (true, false), (false, false)] {
        let (shop, clock) = patient_shop();
        shop.set_quirks(Quirks { void_moves_stamp, void_moves_update, ..Quirks::default() });
        clock.advance_seconds(3_600);
        let place = (0..80).find(|sale| shop.change(&Change::Void { sale: *sale }).is_ok()).unwrap();
        let sale = get(&shop, &format!("Sale/{}.json", place + 1), &[]).json()["Sale"].clone();
        assert_eq!(text(&sale, "voided"), "true");
        let now = |field: &str| text(&sale, field).starts_with("2026-11-20T19:00:00");
        assert_eq!((now("timeStamp"), now("updatetime")), (void_moves_stamp, void_moves_update));
        assert!(!now("completeTime"), "the completion stays");
    }
}

#[test]
fn a_basket_laid_away_has_no_time_of_completion_until_it_has_one() {
    let (shop, clock) = patient_shop();
    let id = shop.change(&Change::LayAway { dice: 2 }).unwrap().unwrap();
    let sale = |id: &str| get(&shop, &format!("Sale/{id}.json"), &[]).json()["Sale"].clone();
    assert!(sale(&id)["completeTime"].is_null() && sale(&id)["completed"] == "false");
    clock.advance_seconds(3 * 86_400);
    let place = id.parse::<usize>().unwrap() - 1;
    shop.change(&Change::Complete { sale: place }).unwrap();
    assert_eq!(text(&sale(&id), "completeTime"), "2026-11-23T18:00:00+00:00");
    assert!(text(&sale(&id), "createTime").starts_with("2026-11-20"), "made three days before");
    assert!(shop.change(&Change::Complete { sale: place }).is_err(), "once");
}
