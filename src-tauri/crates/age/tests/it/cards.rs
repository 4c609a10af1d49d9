//! The invented cards that the suites share.

use backroom_age::Jurisdiction;
use backroom_age::sample::{Order, Sample, Style};
use chrono::NaiveDate;

/// A date of a table.
pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date of the table")
}

/// A state of a table.
pub fn state(code: &str) -> Jurisdiction {
    Jurisdiction::parse(code).expect("a state of the table")
}

/// A card of a state and a version, with its birth, issue and expiry.
pub fn card(code: &str, version: u8, dates: [&str; 3]) -> Sample {
    let [birth, issued, expires] = dates.map(day);
    Sample::new(state(code), version, birth, issued, expires)
}

/// Fourteen cards: every edition that differs, Canada, and the states that are known to write theirs otherwise.
pub fn fourteen() -> Vec<(&'static str, Sample)> {
    let mut cards = vec![
        ("Missouri, version 01, full name in one element", card("MO", 1, ["1990-02-03", "2025-02-03", "2031-02-03"])),
        ("Maryland, version 01, old file type", card("MD", 1, ["1990-02-03", "2025-02-03", "2031-02-03"])),
        ("version 02, given names with a comma", card("IL", 2, ["1991-12-31", "2026-01-15", "2030-12-31"])),
        ("version 03, given names with a space", card("TX", 3, ["1991-12-31", "2026-01-15", "2030-12-31"])),
        ("version 04", card("VA", 4, ["2005-11-20", "2021-11-20", "2029-11-20"])),
        ("version 08, two subfiles, apostrophe", card("CA", 8, ["1975-01-01", "2022-01-01", "2027-01-01"])),
        ("version 09, identification card, under 21", card("TX", 9, ["2008-06-15", "2024-06-15", "2029-06-15"])),
        ("version 10", card("TX", 10, ["1985-02-28", "2025-02-28", "2033-02-28"])),
        ("version 10, Ontario", card("ON", 10, ["1985-10-12", "2025-10-12", "2030-10-12"])),
        ("version 11, leap day, new elements", card("FL", 11, ["2000-02-29", "2026-02-28", "2034-02-28"])),
        ("North Carolina, early", card("NC", 1, ["1961-06-27", "2021-06-08", "2029-06-27"])),
        (
            "Illinois, version 02 without jurisdiction version",
            card("IL", 2, ["1991-12-31", "2026-01-15", "2030-12-31"]),
        ),
        ("South Carolina, file separator", card("SC", 1, ["1972-02-12", "2021-06-19", "2031-02-12"])),
        ("wrong offset", card("OH", 4, ["1980-05-06", "2022-05-06", "2028-05-06"])),
    ];
    for (place, style) in [
        (1, Style::OldFileType),
        (10, Style::NorthCarolina),
        (11, Style::NoJurisdictionVersion),
        (12, Style::FileSeparator),
        (13, Style::WrongOffset),
    ] {
        cards[place].1.style = style;
    }
    cards[5].1.family = "O'FAKE-NAME".to_owned();
    cards[6].1.is_id = true;
    cards
}

/// More that states are known to do.
pub fn more() -> Vec<(&'static str, Sample)> {
    let dates = ["1988-07-09", "2022-07-09", "2030-07-09"];
    let styled = |code, version, style| Sample { style, ..card(code, version, dates) };
    let ordered = |code, version| Sample { order: Order::ExpiryFirst, ..card(code, version, dates) };
    vec![
        ("before the standard", card("GA", 0, dates)),
        ("Connecticut, version 01, old file type", styled("CT", 1, Style::OldFileType)),
        ("West Virginia, no tag, Canada's order of dates", styled("WV", 4, Style::NoTag)),
        ("Wyoming, the same", styled("WY", 6, Style::NoTag)),
        ("Alberta, no directory, no issue date", styled("AB", 3, Style::Alberta)),
        (
            "British Columbia, tracks of a stripe",
            Sample { number: "1234567".to_owned(), ..styled("BC", 0, Style::Tracks) },
        ),
        ("Massachusetts, expiry first", ordered("MA", 4)),
        ("Quebec, expiry first", ordered("QC", 9)),
        ("version 05", card("KY", 5, dates)),
        ("version 06", card("TN", 6, dates)),
        ("version 07", card("UT", 7, dates)),
        ("a version yet to come", card("WA", 14, dates)),
    ]
}
