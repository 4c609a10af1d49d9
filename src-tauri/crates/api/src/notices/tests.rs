//! When something is told, by tables: the time is given.

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-11-{text}:00Z")).unwrap()
}

fn hand(code: &str) -> Hand {
    Hand { code: code.to_owned(), words: format!("{code} in words.") }
}

/// Goes through moments in turn and says what was told at each.
fn told(settings: &NoticesSection, audience: Audience, moments: &[(&str, bool, &[&str])]) -> Vec<Vec<String>> {
    let mut before = Told::default();
    let mut all = Vec::new();
    for (time, quiet, codes) in moments {
        let hands: Vec<Hand> = codes.iter().map(|code| hand(code)).collect();
        let now = Now { at: at(time), quiet: *quiet, settings, audience, hands: &hands, closed: None };
        let (notices, after) = due(&now, &before);
        all.push(notices.into_iter().map(|notice| notice.body).collect());
        before = after;
    }
    all
}

#[test]
fn a_trouble_is_told_once_and_once_a_day_while_it_lasts() {
    let usual = NoticesSection::default();
    let moments: [(&str, bool, &[&str]); 8] = [
        ("20T15:00", false, &["A"]),
        ("20T15:15", false, &["A"]),
        ("20T16:00", false, &[]),
        ("20T16:30", false, &["A"]),
        ("20T20:00", false, &[]),
        ("20T20:30", false, &["A"]),
        ("21T20:15", false, &["A"]),
        ("21T20:31", false, &["A"]),
    ];
    let heard = told(&usual, Audience::Managers, &moments);
    let is_told: Vec<bool> = heard.iter().map(|bodies| !bodies.is_empty()).collect();
    assert_eq!(
        is_told,
        [true, false, false, false, false, true, false, true],
        "at once; not each cycle; not when it flickers; again after it was gone for an hour; again after a day"
    );
}

#[test]
fn quiet_hours_put_off_and_lose_nothing() {
    let usual = NoticesSection::default();
    let heard = told(
        &usual,
        Audience::Managers,
        &[("20T23:00", true, &["A"]), ("21T05:00", true, &["A", "B"]), ("21T08:00", false, &["A", "B"])],
    );
    assert_eq!(heard[0], Vec::<String>::new(), "nothing at night");
    assert_eq!(heard[1], Vec::<String>::new());
    assert_eq!(heard[2], ["A in words. And 1 more: open Backroom."], "in the morning both, in one");
    let over = told(&usual, Audience::Managers, &[("20T23:00", true, &["A"]), ("21T08:00", false, &[])]);
    assert!(over.iter().all(Vec::is_empty), "what mended itself at night is not told");
}

#[test]
fn who_turned_it_off_hears_nothing_and_a_clerk_no_particulars() {
    let off = NoticesSection { failures: false, ..NoticesSection::default() };
    assert!(told(&off, Audience::Managers, &[("20T15:00", false, &["A"])])[0].is_empty());
    let usual = NoticesSection::default();
    let clerk = told(&usual, Audience::Anybody, &[("20T15:00", false, &["A", "B"])]);
    assert_eq!(clerk[0], ["Sales are safe. A manager should open Backroom and look."]);
}

#[test]
fn a_day_is_told_once_when_a_manager_may_look() {
    let usual = NoticesSection::default();
    let off = NoticesSection { summary: false, ..NoticesSection::default() };
    let friday = Closed { day: BusinessDay::parse("2026-11-20").unwrap(), words: "Net $1.00 from 1 sale.".to_owned() };
    let say = |before: &Told, settings, audience, quiet, closed| {
        due(&Now { at: at("21T15:00"), quiet, settings, audience, hands: &[], closed }, before)
    };
    let (none, before) = (|n: &[Notice]| n.is_empty(), Told::default());
    for (settings, audience, quiet, why) in [
        (&off, Audience::Managers, false, "not where it is turned off"),
        (&usual, Audience::Anybody, false, "no money where a clerk is at work"),
        (&usual, Audience::Managers, true, "not at night"),
    ] {
        let (notices, after) = say(&before, settings, audience, quiet, Some(&friday));
        assert!(none(&notices) && after == before, "{why}: it is not counted as told either");
    }
    assert!(none(&say(&before, &usual, Audience::Managers, false, None).0), "not before it is read to its end");
    let (notices, after) = say(&before, &usual, Audience::Managers, false, Some(&friday));
    let expected = Notice { title: "Friday, Nov 20 is over".to_owned(), body: "Net $1.00 from 1 sale.".to_owned() };
    assert_eq!(notices, [expected]);
    assert!(none(&say(&after, &usual, Audience::Managers, false, Some(&friday)).0), "once");
}

#[test]
fn only_what_waits_for_somebody_is_told() {
    let item = |level: &str, code: &str| Attention {
        level: level.to_owned(),
        code: code.to_owned(),
        message: "Message.".to_owned(),
        hint: String::new(),
        screen: "sync".to_owned(),
        sign_in: None,
    };
    for (level, code, is_told) in [
        ("problem", "NEEDS_REAUTH", true),
        ("warning", "ACCESS_ENDS_SOON", true),
        ("warning", "DEAD_ROWS", true),
        ("warning", "SQUARE_TIMEOUT", false),
        ("warning", "STALE", false),
        ("info", "STOCK_OUT", false),
    ] {
        assert_eq!(!hands(vec![item(level, code)]).is_empty(), is_told, "{level} {code}");
    }
    assert_eq!(hands(vec![item("problem", "A")])[0].words, "Message.", "no room for a hint that is none");
}

#[test]
fn amounts_are_read_as_a_person_writes_them() {
    for (minor, currency, words) in [
        (0, "USD", "$0.00"),
        (412_905, "USD", "$4,129.05"),
        (-4_899, "USD", "−$48.99"),
        (412_905, "CAD", "CAD 4,129.05"),
        (412_905, "JPY", "JPY 412,905"),
        (i64::MIN, "USD", "−$92,233,720,368,547,758.08"),
    ] {
        assert_eq!(amount(minor, currency), words);
    }
}
