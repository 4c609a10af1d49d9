//! Members from a file, and tables into one.

use crate::shop::{day, ladder};
use backroom_membership::TierId;
use backroom_membership::export::{ExportError, csv, harmless};
use backroom_membership::import::{
    Counts, DateOrder, Duplicate, Encoding, Field, ImportError, Keys, Known, Mapping, Preview, Problem, preview,
};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Preview<u32> {
    read_as(bytes, None)
}

fn read_as(bytes: &[u8], mapping: Option<Mapping>) -> Preview<u32> {
    let ladder = ladder();
    let known = |keys: &Keys| (keys.phone.as_deref() == Some("5550100100")).then_some(77);
    preview(bytes, mapping, &Known { ladder: &ladder, member: &known }).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(bytes: &[u8]) -> ImportError {
    let ladder = ladder();
    let known = |_: &Keys| None::<u32>;
    preview(bytes, None, &Known { ladder: &ladder, member: &known }).err().unwrap()
}

const FILE: &str = "\
First Name,Last Name,Phone Number,Email Address,Membership #,Plan,Member Since,Expires,Points Balance,Shoe size
Ana,Prueba,(555) 010-0101,ana@example.com,000101,SILVER,01/31/2025,04/30/2026,\"1,250\",38
Bo,Sample,5550100100,,000102,Gold,02/13/2025,04/15/2026,0,41
,,555-010-0101,,,,,,,
Cy,Test,12,cy(at)example.com,000103,Platinum,13/13/2025,x,-5,
,,,,,,,,,40
\"Dee, \"\"D\"\"\",Muster,,dee@example.com,000104,,,,,
Eve,Fake,555-010-0105,,4111111111111111,silver,05/05/2026,04/04/2026,7.5,
Too,Few
";

#[test]
fn a_file_is_shown_row_by_row_before_anything_is_kept() {
    let shown = read(FILE.as_bytes());
    assert_eq!(shown.delimiter, ',');
    assert_eq!(shown.dates, Some(DateOrder::MonthFirst));
    let fields: Vec<Option<Field>> = shown.mapping.0.clone();
    let expected = [
        Some(Field::FirstName),
        Some(Field::LastName),
        Some(Field::Phone),
        Some(Field::Email),
        Some(Field::Card),
        Some(Field::Tier),
        Some(Field::JoinedOn),
        Some(Field::PaidThrough),
        Some(Field::Points),
        None,
    ];
    assert_eq!(fields, expected, "guessed from the names; what is nothing known is left alone");
    let problems: Vec<(u64, &[Problem])> = shown.rows.iter().map(|row| (row.line, row.problems.as_slice())).collect();
    let expected: [(u64, &[Problem]); 8] = [
        (2, &[]),
        (3, &[]),
        (4, &[]),
        (
            5,
            &[
                Problem::Phone,
                Problem::Email,
                Problem::UnknownTier,
                Problem::Day { field: Field::JoinedOn },
                Problem::Day { field: Field::PaidThrough },
                Problem::Points,
            ],
        ),
        (6, &[Problem::NothingToFindBy]),
        (7, &[]),
        (8, &[Problem::MustNotBeKept { field: Field::Card }, Problem::DaysCross, Problem::Points]),
        (9, &[Problem::Columns { found: 2, expected: 10 }]),
    ];
    assert_eq!(problems, expected);
    assert_eq!(shown.counts(), Counts { rows: 8, new: 2, duplicates: 2, faulty: 4 });
    assert_eq!(shown.rows[1].duplicate, Some(Duplicate::Member { member: 77 }), "somebody who is known");
    assert_eq!(shown.rows[2].duplicate, Some(Duplicate::Line { line: 2 }), "the same phone as on line 2");
    let ana = &shown.rows[0].draft;
    assert_eq!(ana.name.as_deref(), Some("Ana Prueba"));
    assert_eq!(ana.tier, Some(TierId("silver".into())));
    assert_eq!(
        (ana.joined_on, ana.paid_through),
        (Some(day("2025-01-31")), Some(day("2026-05-01"))),
        "expires after the 30th"
    );
    assert_eq!(ana.points, Some(1_250));
    assert_eq!(shown.rows[5].draft.name.as_deref(), Some("Dee, \"D\" Muster"));
    let printed = format!("{ana:?}");
    assert!(!printed.contains("Ana") && !printed.contains("0101"), "what is personal does not print: {printed}");
}

#[test]
fn a_file_is_read_as_it_was_saved() {
    let utf16: Vec<u8> = std::iter::once(0xfeff_u16)
        .chain("Name\tPhone\r\nJosé\t5550100101\r\n".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let table: [(&[u8], Encoding, char, &str); 5] = [
        ("Name,Phone\nJosé,5550100101\n".as_bytes(), Encoding::Utf8, ',', "as it should be"),
        ("\u{feff}Name;Phone\r\nJosé;5550100101\r\n".as_bytes(), Encoding::Utf8, ';', "a spreadsheet in Europe"),
        (b"Name,Phone\nJos\xe9,5550100101\n", Encoding::Windows1252, ',', "an old program"),
        (&utf16, Encoding::Utf16, '\t', "Unicode text"),
        ("Name|Phone\nJosé|5550100101".as_bytes(), Encoding::Utf8, '|', "bars"),
    ];
    for (bytes, encoding, delimiter, what) in table {
        let shown = read(bytes);
        assert_eq!((shown.encoding, shown.delimiter), (encoding, delimiter), "{what}");
        assert_eq!(shown.rows[0].draft.name.as_deref(), Some("José"), "{what}");
        assert_eq!(shown.rows[0].keys.phone.as_deref(), Some("5550100101"), "{what}");
    }
    assert_eq!(refused(b""), ImportError::Empty);
    assert_eq!(refused(b"\xef\xbb\xbf \n"), ImportError::Empty);
    assert_eq!(refused(b"PK\x03\x04\0\0\0\0"), ImportError::NotText, "a spreadsheet is no CSV");
    let many = "Name\n".to_owned() + &"x\n".repeat(250_001);
    assert_eq!(refused(many.as_bytes()), ImportError::TooLarge);
}

#[test]
fn a_column_without_a_name_is_known_by_what_is_in_it() {
    let shown = read(b"who,where,Name\n555-010-0101,a@example.com,A\n555-010-0102,b@example.com,B\n");
    assert_eq!(shown.mapping.0, [Some(Field::Phone), Some(Field::Email), Some(Field::Name)]);
    let chosen = Mapping(vec![None, Some(Field::Email), Some(Field::Card)]);
    let shown = read_as(b"who,where,Name\n555-010-0101,a@example.com,A\n", Some(chosen));
    assert_eq!(shown.rows[0].keys.card.as_deref(), Some("A"), "what a person says counts, not the guess");
    assert_eq!(shown.rows[0].keys.phone, None);
}

#[test]
fn dates_are_read_one_way_in_one_file() {
    let table: [(&str, Option<DateOrder>, Option<&str>); 6] = [
        ("03/04/2026", Some(DateOrder::MonthFirst), Some("2026-03-04")),
        ("03/04/26", Some(DateOrder::MonthFirst), Some("2026-03-04")),
        ("2026-04-03", None, Some("2026-04-03")),
        ("2026-04-03T10:00:00Z", None, Some("2026-04-03")),
        ("3.14.2026 10:00", Some(DateOrder::MonthFirst), Some("2026-03-14")),
        ("soon", None, None),
    ];
    for (text, order, expected) in table {
        let shown = read(format!("Name,Joined\nA,{text}\n").as_bytes());
        assert_eq!((shown.dates, shown.rows[0].draft.joined_on), (order, expected.map(day)), "{text}");
    }
    let shown = read(b"Name,Joined\nA,03/04/2026\nB,25/12/2025\n");
    assert_eq!(shown.dates, Some(DateOrder::DayFirst), "one that can only be read so decides for all");
    assert_eq!(shown.rows[0].draft.joined_on, Some(day("2026-04-03")));
    let shown = read(b"Name,Joined\nA,12/25/2025\nB,25/12/2025\n");
    assert_eq!(shown.rows[1].problems, [Problem::Day { field: Field::JoinedOn }], "never both ways in one file");
}

#[test]
fn consent_is_not_believed_without_its_proof() {
    let header = "Name,Marketing consent,Consent date,Consent source";
    for (row, consent, noted) in [
        ("A,yes,2026-01-02,signup form", true, false),
        ("A,yes,,", false, true),
        ("A,yes,2026-01-02,", false, true),
        ("A,no,2026-01-02,signup form", false, false),
        ("A,,,", false, false),
    ] {
        let shown = read(format!("{header}\n{row}\n").as_bytes());
        let row_shown = &shown.rows[0];
        assert_eq!(row_shown.draft.consent.is_some(), consent, "{row}");
        assert_eq!(row_shown.problems == [Problem::ConsentWithoutProof], noted, "{row}");
        assert!(row_shown.is_fine(), "{row}: the member is taken in all the same");
    }
}

#[test]
fn a_spreadsheet_runs_nothing() {
    let table = [
        ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
        ("+1+1", "'+1+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),
        ("-12.50", "-12.50"),
        ("+15550100199", "+15550100199"),
        ("-", "'-"),
        ("O'Hara", "O'Hara"),
        ("", ""),
    ];
    for (value, expected) in table {
        assert_eq!(harmless(value), expected, "{value:?}");
    }
    let table = csv(&["Name", "Owed"], [vec!["=cmd", "1"], vec!["a,\"b\"\nc", "2"]]).unwrap();
    assert_eq!(String::from_utf8(table).unwrap(), "\u{feff}Name,Owed\r\n'=cmd,1\r\n\"a,\"\"b\"\"\nc\",2\r\n");
    assert_eq!(csv(&["Name", "Owed"], [vec!["a"]]), Err(ExportError::Columns));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_was_exported_is_imported_as_it_was(names in prop::collection::vec("[-=+@'a-zA-Z ,;\"é\n]{1,20}", 1..10)) {
        let rows = names.iter().enumerate().map(|(at, name)| vec![name.clone(), format!("55501{at:05}")]);
        let file = csv(&["Name", "Phone"], rows).unwrap();
        let shown = read(&file);
        let expected: Vec<Option<&str>> = names.iter().map(|name| Some(name.trim()).filter(|name| !name.is_empty())).collect();
        let found: Vec<Option<&str>> = shown.rows.iter().map(|row| row.draft.name.as_deref()).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn whatever_a_file_holds_it_is_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let ladder = ladder();
        let known = |_: &Keys| None::<u32>;
        if let Ok(shown) = preview(&bytes, None, &Known { ladder: &ladder, member: &known }) {
            let counts = shown.counts();
            prop_assert_eq!(counts.new + counts.duplicates + counts.faulty, counts.rows, "every row is told");
        }
    }

    #[test]
    fn broken_rows_harm_no_others(noise in "[\\PC]{0,80}") {
        let file = format!("Name,Phone\nFirst,5550100101\n{}\nLast,5550100102\n", noise.replace(['"', '\n', '\r'], ""));
        let shown = read(file.as_bytes());
        let names: Vec<Option<&str>> = shown.rows.iter().map(|row| row.draft.name.as_deref()).collect();
        if shown.delimiter == ',' {
            prop_assert_eq!((names.first(), names.last()), (Some(&Some("First")), Some(&Some("Last"))));
        }
    }
}
