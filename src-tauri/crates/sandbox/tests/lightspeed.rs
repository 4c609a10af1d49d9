//! The Lightspeed stand-in keeps Lightspeed's contract where it is strict.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use backroom_core::{Clock, TestClock, Timestamp};
use backroom_sandbox::lightspeed::{Lightspeed, Spec};
use common::{Answer, send};
use std::sync::Arc;

fn shop() -> (Lightspeed, TestClock) {
    let clock = TestClock::at(Timestamp::from_seconds(1_795_197_600));
    let spec = Spec::demo(clock.now().plus_seconds(-600));
    (Lightspeed::start_with(spec, 0, Arc::new(clock.clone())).unwrap(), clock)
}

fn get(shop: &Lightspeed, target: &str, more: &[(&str, &str)]) -> Answer {
    let bearer = format!("Bearer {}", shop.token());
    let mut headers = vec![("Authorization", bearer.as_str())];
    headers.extend_from_slice(more);
    send(&shop.base_url(), "GET", &format!("/API/V3/Account/123456/{target}"), &headers, b"").unwrap()
}

#[test]
fn the_demonstration_has_what_a_counter_meets() {
    let (shop, _) = shop();
    let sales = get(&shop, "Sale.json?limit=100&archived=true", &[]).json();
    let all = sales["Sale"].as_array().unwrap();
    assert_eq!(all.len(), 50, "fifty transactions");
    let count = |field: &str, value: &str| all.iter().filter(|s| s[field] == value).count();
    assert!(count("completed", "false") > 0 && count("voided", "true") > 0, "one open, one voided");
    assert!(all.iter().any(|s| s["calcTotal"].as_str().unwrap().starts_with('-')), "one that came back");
    let items = get(&shop, "Item.json?archived=true", &[]).json();
    assert_eq!(items["Item"].as_array().unwrap().len(), 25, "twenty-five products");
}

#[test]
fn what_is_not_asked_for_as_documented_is_refused_or_xml() {
    let (shop, _) = shop();
    let cases = [
        ("Sale.json?limit=101", 400),
        ("Sale.json?offset=100", 400),
        ("Sale.json?shopID=1", 400),
        ("Sale.json?sort=total", 400),
        ("Sale.json?sort=-completeTime", 200),
        ("Sale.json?timeStamp=%3E%3D%2Cyesterday", 400),
        ("Nothing.json", 404),
        ("Sale/7.json", 200),
        ("Sale/999999.json", 404),
    ];
    for (target, status) in cases {
        assert_eq!(get(&shop, target, &[]).status, status, "{target}");
    }
    assert_eq!(get(&shop, "Sale/7.json", &[]).json()["Sale"]["saleID"], "7", "one record is an object");
    let xml = get(&shop, "Sale.json", &[("Accept", "application/xml")]);
    assert!(xml.body.starts_with(b"<?xml"), "the header beats the name of the file");
    let foreign = send(&shop.base_url(), "GET", "/API/V3/Account/1/Sale.json", &[], b"").unwrap();
    assert_eq!(foreign.status, 401, "nobody without a token");
    assert!(foreign.head.to_lowercase().contains("text/html"), "errors come under the name of a web page");
}

#[test]
fn the_bucket_fills_refuses_and_drips() {
    let (shop, clock) = shop();
    let list = r#"Sale.json?load_relations=%5B%22SaleLines%22%2C%22SalePayments%22%5D"#;
    let mut served = 0;
    loop {
        clock.advance_seconds(0);
        let answer = get(&shop, list, &[]);
        if answer.status == 429 {
            assert!(answer.head.to_lowercase().contains("retry-after"), "{}", answer.head);
            break;
        }
        served += 1;
        if served % 15 == 0 {
            // Fewer than twenty a second.
            clock.advance_seconds(1);
        }
    }
    assert!((50..=56).contains(&served), "90 drips and a few seconds' more at 1.8 a call: {served}");
    clock.advance_seconds(10);
    assert_eq!(get(&shop, list, &[]).status, 200, "ten seconds later there is room again");
    assert_eq!(shop.pace().refused, 1);
}
