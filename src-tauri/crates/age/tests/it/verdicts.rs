//! Cards and typed documents under dated rules: colour, reason, age, expiry, signals.

use crate::cards::{card, day, fourteen, state};
use backroom_age::rules::{AGES, Expired, OwnAge, OwnRules, RuleError, STATES, Scanning};
use backroom_age::sample::{Sample, Style, self_test_card};
use backroom_age::{
    Ask, Colour, Document, Jurisdiction, LeapDay, Method, ProductClass, Reason, Rules, Signal, Typed, Unreadable,
    Verdict, Weight, check, judge_typed,
};

fn ask<'a>(rules: &'a Rules, code: &str, date: &str) -> Ask<'a> {
    let state = Jurisdiction::parse(code).ok();
    Ask { class: ProductClass::Tobacco, state, date: day(date), rules, banned: false, passed_back: false }
}

fn told(verdict: &Verdict) -> (Colour, &'static str, Option<u32>) {
    (verdict.colour, verdict.reason.code(), verdict.age_years)
}

fn born(birth: &str) -> Sample {
    card("TX", 10, [birth, "2024-01-15", "2030-01-15"])
}

#[test]
fn scanned_cards_get_their_verdict() {
    let rules = Rules::default();
    let table = [
        ("2005-11-20", "2026-11-20", Colour::Green, "of_age", Some(21), "21 today"),
        ("2005-11-21", "2026-11-20", Colour::Red, "under_age", Some(20), "21 tomorrow"),
        ("2004-02-29", "2025-02-28", Colour::Red, "under_age", Some(20), "29 February, the day before"),
        ("2004-02-29", "2025-03-01", Colour::Green, "of_age", Some(21), "29 February, 1 March"),
        ("1960-05-05", "2030-01-15", Colour::Green, "of_age", Some(69), "the last valid day"),
        ("1960-05-05", "2030-01-16", Colour::Red, "expired", Some(69), "the day after"),
        ("2012-05-05", "2030-01-16", Colour::Red, "under_age", Some(17), "too young comes before expired"),
        ("2026-11-21", "2026-11-20", Colour::Amber, "birth_in_future", None, "born tomorrow"),
        ("1915-11-20", "2026-11-20", Colour::Amber, "birth_implausible", Some(111), "nobody is 111"),
        ("1916-11-21", "2026-11-20", Colour::Green, "of_age", Some(109), "but somebody is 109"),
    ];
    for (birth, date, colour, reason, age, why) in table {
        let verdict = check(&born(birth).text(), &ask(&rules, "FL", date));
        assert_eq!(told(&verdict), (colour, reason, age), "{why}");
        assert_eq!((verdict.method, verdict.minimum_age), (Method::Scan, 21), "{why}");
        assert_eq!(verdict.expires, Some(day("2030-01-15")), "{why}");
    }
    let verdict = check(&born("1990-01-01").text(), &ask(&rules, "FL", "2030-01-10"));
    assert_eq!(verdict.days_to_expiry, Some(5), "days to the last valid day");
    let verdict = check(&born("1990-01-01").text(), &ask(&rules, "FL", "2030-02-01"));
    assert_eq!(verdict.days_to_expiry, Some(-17), "days since it");
}

#[test]
fn what_is_not_read_is_amber_and_has_its_own_code() {
    let rules = Rules::default();
    let mut codes = std::collections::HashSet::new();
    for why in Unreadable::ALL {
        let verdict = backroom_age::judge_unreadable(why, &ask(&rules, "FL", "2026-11-20"));
        assert_eq!(verdict.colour, Colour::Amber, "{why:?}: never green, never a refusal of a person");
        assert!(codes.insert(verdict.reason.code()), "{why:?}: a code of its own");
        assert!(verdict.reason.sentence().ends_with('.'), "{why:?}: a sentence");
    }
    for (text, code) in
        [("", "nothing_scanned"), ("@\n\u{1e}\rANSI 6360", "half_scan"), ("012345678905", "product_code")]
    {
        assert_eq!(check(text, &ask(&rules, "FL", "2026-11-20")).reason.code(), code, "{text:?}");
    }
}

#[test]
fn lists_pass_backs_and_test_cards() {
    let rules = Rules::default();
    let text = born("1990-01-01").text();
    let plain = ask(&rules, "FL", "2026-11-20");
    let verdict = check(&text, &Ask { banned: true, ..plain });
    assert_eq!(told(&verdict), (Colour::Red, "banned", Some(36)), "on the shop's list");
    let verdict = check(&text, &Ask { passed_back: true, ..plain });
    assert_eq!(told(&verdict), (Colour::Amber, "signs", Some(36)), "the same card again");
    assert_eq!(verdict.signals, [Signal::PassedBack], "and it says so");
    let verdict = check(&self_test_card(day("2026-11-20")), &plain);
    assert_eq!(told(&verdict), (Colour::Amber, "self_test", Some(40)), "the test card sells nothing");
}

#[test]
fn signals_turn_a_card_amber_and_are_named() {
    let rules = Rules::default();
    let sound = born("1990-01-01");
    let text = sound.text();
    let change = |from: &str, to: &str| {
        assert!(text.contains(from), "{from} stands in the card");
        text.replace(from, to)
    };
    let table = [
        (change("636015", "999999"), Signal::IssuerUnknown, "an issuer that nobody is"),
        (change("DAJTX", "DAJCA"), Signal::IssuerState, "the address is in another state"),
        (change("DCGUSA", "DCGCAN"), Signal::IssuerCountry, "another country"),
        (change("ZT0", "ZC0"), Signal::SubfileState, "another state's subfile"),
        (change("6360151001", "6360151101"), Signal::VersionAfterIssue, "version 11 was not yet written in 2024"),
        (change("6360151001", "6360151901"), Signal::VersionUnknown, "version 19"),
        (change("636015100102", "6360151002"), Signal::HeadDigits, "no jurisdiction version"),
        (change("DCFFAKEDD0001\n", ""), Signal::Shortened, "an element is gone, by the length"),
        (change("DCSSAMPLE\n", ""), Signal::ElementMissing, "no family name"),
        (change("DBD01152024", "DBD01152O24"), Signal::IssueUnclear, "a letter in the issue date"),
        (change("DBD01152024", "DBD01152030"), Signal::IssuedAfterExpiry, "issued on the day of the expiry"),
        (change("DBD01152024", "DBD01151989"), Signal::IssuedBeforeBirth, "issued before the birth"),
        (change("DBD01152024", "DBD12312003"), Signal::IssuedBefore14, "issued at 13"),
        (change("DBD01152024", "DBD01152027"), Signal::IssuedInFuture, "issued next year"),
        (change("DBA01152030", "DBA01152080"), Signal::ValidTooLong, "valid for 56 years"),
        (change("DDJ01012011", "DDJ01012010"), Signal::UnderAgeDate, "under 21 until the 20th birthday"),
        (change("DAQX000000001", "DAQ00000"), Signal::NumberImplausible, "zeros"),
        (change("DAQX000000001", "DAQNONE"), Signal::NumberImplausible, "no number"),
        (change("DAK000000000", "DAK902100000"), Signal::ZipState, "a ZIP code of California"),
    ];
    let plain = ask(&rules, "FL", "2026-11-20");
    assert_eq!(told(&check(&text, &plain)), (Colour::Green, "of_age", Some(36)), "the sound card is green");
    for (altered, signal, why) in &table {
        let verdict = check(altered, &plain);
        assert!(verdict.signals.contains(signal), "{why}: {:?}", verdict.signals);
        assert_eq!((verdict.colour, verdict.reason), (Colour::Amber, Reason::Signs), "{why}");
    }
    let shown: std::collections::HashSet<_> = table.iter().map(|(_, signal, _)| *signal).collect();
    for signal in Signal::ALL {
        let elsewhere = matches!(signal, Signal::Layout | Signal::PassedBack);
        assert!(shown.contains(&signal) || elsewhere, "{signal:?} is tried");
        assert!(signal.sentence().ends_with('.') && !signal.code().is_empty(), "{signal:?} has words and a code");
        let wire = serde_json::to_string(&signal).unwrap();
        assert_eq!(wire, format!("\"{}\"", signal.code()), "{signal:?}: settings and answers use one code");
    }

    let offset = Sample { style: Style::WrongOffset, ..sound };
    let verdict = check(&offset.text(), &plain);
    assert_eq!(
        (verdict.colour, verdict.signals.as_slice()),
        (Colour::Green, [Signal::Layout].as_slice()),
        "told, not stopped"
    );
    let weights = [(Signal::Layout, Weight::Amber), (Signal::ZipState, Weight::Off)].into();
    let own = Rules::with(OwnRules { weights, ..OwnRules::default() }).unwrap();
    let verdict = check(&offset.text(), &ask(&own, "FL", "2026-11-20"));
    assert_eq!(verdict.colour, Colour::Amber, "the owner wants it looked at");
    let verdict = check(&change("DAK000000000", "DAK902100000"), &ask(&own, "FL", "2026-11-20"));
    assert_eq!((verdict.colour, verdict.signals.len()), (Colour::Green, 0), "the owner switched it off");
}

#[test]
fn a_month_of_expiry_is_unclear_within_it() {
    let rules = Rules::default();
    let mut sample = card("BC", 0, ["1985-03-04", "2022-01-01", "2027-05-04"]);
    (sample.style, sample.number) = (Style::Tracks, "1234567".to_owned());
    for (date, colour, reason, why) in [
        ("2027-05-01", Colour::Green, "of_age", "the first day it may end on"),
        ("2027-05-02", Colour::Amber, "expiry_unclear", "the day is not in the barcode"),
        ("2027-05-31", Colour::Amber, "expiry_unclear", "the last day it may end on"),
        ("2027-06-01", Colour::Red, "expired", "the month is over"),
    ] {
        let verdict = check(&sample.text(), &ask(&rules, "WA", date));
        assert_eq!((verdict.colour, verdict.reason.code()), (colour, reason), "{why}");
    }
    let unclear = born("1990-01-01").text().replace("DBA01152030", "DBANONE");
    let verdict = check(&unclear, &ask(&rules, "FL", "2026-11-20"));
    assert_eq!(told(&verdict), (Colour::Amber, "expiry_unclear", Some(36)), "an expiry that is no date");
}

#[test]
fn typed_documents_get_the_same_verdict() {
    let rules = Rules::default();
    let plain = ask(&rules, "FL", "2026-11-20");
    let table = [
        (Document::Passport, "2005-11-20", Some("2030-01-01"), Colour::Green, "of_age"),
        (Document::MilitaryId, "2005-11-21", Some("2030-01-01"), Colour::Red, "under_age"),
        (Document::DriverLicense, "1990-01-01", Some("2026-11-19"), Colour::Red, "expired"),
        (Document::StateId, "1990-01-01", None, Colour::Amber, "expiry_missing"),
        (Document::Other, "1990-01-01", Some("2030-01-01"), Colour::Amber, "document_not_accepted"),
        (Document::Passport, "2027-01-01", Some("2030-01-01"), Colour::Amber, "birth_in_future"),
    ];
    for (document, birth, expires, colour, reason) in table {
        let verdict = judge_typed(&Typed::new(document, day(birth), expires.map(day)), &plain);
        assert_eq!((verdict.colour, verdict.reason.code()), (colour, reason), "{document:?} {birth} {expires:?}");
        assert_eq!(verdict.method, Method::Manual, "it says that it was typed");
    }
}

#[test]
fn states_that_ask_for_scans_or_forbid_them() {
    let rules = Rules::default();
    let text = born("1990-01-01").text();
    let typed = Typed::new(Document::Passport, day("1990-01-01"), Some(day("2030-01-01")));
    let table = [
        ("NH", ProductClass::Tobacco, "scan_not_allowed", "of_age"),
        ("NH", ProductClass::Hemp, "scan_not_allowed", "of_age"),
        ("NV", ProductClass::Tobacco, "of_age", "scan_required"),
        ("NV", ProductClass::Hemp, "of_age", "of_age"),
        ("TX", ProductClass::Tobacco, "of_age", "of_age"),
    ];
    for (code, class, scanned, by_hand) in table {
        let ask = Ask { class, ..ask(&rules, code, "2026-11-20") };
        assert_eq!(check(&text, &ask).reason.code(), scanned, "{code} {class:?}, scanned");
        assert_eq!(judge_typed(&typed, &ask).reason.code(), by_hand, "{code} {class:?}, by hand");
    }
    let young = born("2010-01-01").text();
    assert_eq!(
        check(&young, &ask(&rules, "NH", "2026-11-20")).reason,
        Reason::UnderAge,
        "too young is refused all the same"
    );
    let scanning = [(state("NH"), Scanning::Allowed)].into();
    let own = Rules::with(OwnRules { scanning, revision: 3, ..OwnRules::default() }).unwrap();
    let verdict = check(&text, &ask(&own, "NH", "2026-11-20"));
    assert_eq!((verdict.colour, verdict.rules.as_str()), (Colour::Green, "2026-11-21+3"), "counsel said otherwise");
}

#[test]
fn the_owner_raises_ages_and_fills_gaps_but_lowers_no_law() {
    let row = |class, code: Option<&str>, from: &str, minimum_age| OwnAge {
        class,
        state: code.map(state),
        from: day(from),
        minimum_age,
        note: "counsel's letter".to_owned(),
    };
    let ages = vec![
        row(ProductClass::Tobacco, None, "2020-01-01", 18),
        row(ProductClass::Vapor, Some("UT"), "2027-01-01", 25),
        row(ProductClass::Hemp, None, "2020-01-01", 18),
        row(ProductClass::Hemp, Some("TX"), "2026-01-01", 21),
        row(ProductClass::Hemp, Some("TX"), "2027-01-01", 19),
    ];
    let rules = Rules::with(OwnRules { ages, ..OwnRules::default() }).unwrap();
    let table = [
        (ProductClass::Tobacco, Some("FL"), "2026-11-20", 21, "a law is not lowered"),
        (ProductClass::Vapor, Some("UT"), "2026-12-31", 21, "not yet"),
        (ProductClass::Vapor, Some("UT"), "2027-01-01", 25, "from its first day"),
        (ProductClass::Vapor, Some("FL"), "2027-01-01", 21, "elsewhere not"),
        (ProductClass::Vapor, None, "2027-01-01", 25, "an unknown state has the strictest"),
        (ProductClass::Hemp, Some("FL"), "2026-11-20", 18, "where no law is known the owner's age holds"),
        (ProductClass::Hemp, Some("TX"), "2026-11-20", 21, "the state's own row is stricter"),
        (ProductClass::Hemp, Some("TX"), "2027-01-01", 19, "the newest row of a place holds"),
        (ProductClass::Hemp, Some("FL"), "2019-12-31", 21, "before the first row: the default"),
        (ProductClass::Other, Some("FL"), "2026-11-20", 21, "nothing known: the default"),
    ];
    for (class, code, date, expected, why) in table {
        let ruled = rules.minimum_age(class, code.map(state), day(date));
        assert_eq!(ruled.value, expected, "{why}");
        assert!(!ruled.source.is_empty(), "{why}: with its source");
    }
    let bad = |own: OwnRules| Rules::with(own).unwrap_err();
    let nameless = OwnAge { note: " ".to_owned(), ..row(ProductClass::Hemp, None, "2026-01-01", 21) };
    assert_eq!(bad(OwnRules { ages: vec![nameless], ..OwnRules::default() }), RuleError::NoNote, "a rule has a reason");
    let infant = row(ProductClass::Hemp, None, "2026-01-01", 2);
    assert_eq!(bad(OwnRules { ages: vec![infant], ..OwnRules::default() }), RuleError::Age(2), "nothing is sold at 2");
    assert_eq!(
        bad(OwnRules { card_under: Some(18), ..OwnRules::default() }),
        RuleError::CardUnder(18),
        "below the age itself"
    );
    assert!(matches!(bad(OwnRules { fingerprint_days: 0, ..OwnRules::default() }), RuleError::Zero(_)), "no days");
}

#[test]
fn other_choices_of_the_owner() {
    let own = OwnRules {
        expired: Expired::Amber,
        leap_day: LeapDay::February28,
        card_under: Some(40),
        ..OwnRules::default()
    };
    let wire = serde_json::to_string(&own).unwrap();
    assert_eq!(serde_json::from_str::<OwnRules>(&wire).unwrap(), own, "settings hold it");
    assert_eq!(serde_json::from_str::<OwnRules>("{}").unwrap(), OwnRules::default(), "what is not set is the default");
    let rules = Rules::with(own).unwrap();
    let verdict = check(&born("1990-01-01").text(), &ask(&rules, "FL", "2030-01-16"));
    assert_eq!(told(&verdict), (Colour::Amber, "expired", Some(40)), "the clerk looks for another card");
    let verdict = check(&born("2004-02-29").text(), &ask(&rules, "FL", "2025-02-28"));
    assert_eq!(told(&verdict), (Colour::Green, "of_age", Some(21)), "29 February has its birthday on the 28th");
    assert_eq!(
        (rules.card_under().value, Rules::default().card_under().value),
        (40, 30),
        "raised, and as the law has it"
    );
    let lower = Rules::with(OwnRules { card_under: Some(25), ..OwnRules::default() }).unwrap();
    assert_eq!(lower.card_under().value, 30, "a law is not lowered");
}

#[test]
fn fingerprints_are_kept_only_where_they_may_be() {
    let on = Rules::with(OwnRules { fingerprints: true, ..OwnRules::default() }).unwrap();
    for (rules, code, expected, why) in [
        (&Rules::default(), Some("FL"), None, "off until somebody switches it on"),
        (&on, Some("FL"), Some(30), "on"),
        (&on, Some("NJ"), None, "New Jersey"),
        (&on, Some("TX"), None, "Texas"),
        (&on, Some("CA"), None, "California"),
        (&on, None, None, "the shop's state is not known"),
    ] {
        assert_eq!(rules.fingerprint_days(code.map(state)).value, expected, "{why}");
    }
}

#[test]
fn every_row_has_a_source_and_a_date() {
    for row in AGES {
        let (year, month, dom) = row.from;
        assert!(chrono::NaiveDate::from_ymd_opt(year, month, dom).is_some(), "{row:?}: a real date");
        assert!(!row.source.is_empty(), "{row:?}: a source");
    }
    for row in STATES {
        assert!(Jurisdiction::parse(row.state).is_ok() && !row.source.is_empty(), "{row:?}: a state and a source");
    }
    for class in ProductClass::ALL {
        assert_eq!(ProductClass::parse(class.code()), Some(class), "{class:?}");
        let wire = serde_json::to_string(&class).unwrap();
        assert_eq!(wire, format!("\"{}\"", class.code()), "{class:?}: one code everywhere");
    }
}

#[test]
fn no_form_of_damage_makes_a_refused_card_green() {
    let rules = Rules::default();
    for (name, sample) in fourteen() {
        for damage in backroom_age::sample::Damage::ALL {
            let whole = check(&sample.text(), &ask(&rules, "FL", "2026-11-21"));
            let verdict = check(&damage.of(&sample.text()), &ask(&rules, "FL", "2026-11-21"));
            assert_eq!(told(&verdict), told(&whole), "{name}, {damage:?}: the same verdict");
        }
    }
}
