//! Rows as newline-delimited JSON, written straight into bytes.

use backroom_core::money::decimal;
use backroom_core::table::{Cell, Kind, TableSpec};
use backroom_core::{BusinessDay, Fault, FaultClass, Timestamp};
use std::io::Write;

/// Integers beyond this lose digits in readers that take JSON numbers for floats; they travel as text.
const EXACT: i64 = 1 << 53;
/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z: what BigQuery can hold, in microseconds.
const TIMES: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;
const DAYS: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// One JSON object a line, columns in the table's order, nulls left out.
///
/// # Errors
/// `Rejected`, naming row and column, where a row does not fit the table. Values are never named.
pub(crate) fn encode(spec: &TableSpec, rows: &[Vec<Cell>]) -> Result<Vec<u8>, Fault> {
    let names: Vec<String> = spec.columns.iter().map(|c| format!("\"{}\":", c.name)).collect();
    let mut out = Vec::with_capacity(rows.len() * spec.columns.len() * 24);
    for (number, row) in rows.iter().enumerate() {
        let refused = |what: &str| {
            let message = format!("Row {} for {} cannot be sent: {what}.", number + 1, spec.name);
            Fault::new(FaultClass::Rejected, "BIGQUERY_ROW_UNENCODABLE", message)
        };
        if row.len() != spec.columns.len() {
            return Err(refused("it has another number of columns than the table"));
        }
        out.push(b'{');
        let mut first = true;
        for ((cell, column), name) in row.iter().zip(spec.columns).zip(&names) {
            if matches!(cell, Cell::Null) {
                continue;
            }
            if !first {
                out.push(b',');
            }
            first = false;
            out.extend_from_slice(name.as_bytes());
            if !write_cell(&mut out, cell, column.kind) {
                return Err(refused(&format!("column {} does not take it", column.name)));
            }
        }
        out.extend_from_slice(b"}\n");
    }
    Ok(out)
}

/// Writes a cell; false where the column does not take it.
fn write_cell(out: &mut Vec<u8>, cell: &Cell, kind: Kind) -> bool {
    match (cell, kind) {
        (Cell::Text(text), Kind::Text) => write_text(out, text),
        (Cell::Int(number), Kind::Int) => write_int(out, *number),
        (Cell::Money(minor, currency), Kind::Numeric) => write_decimal(out, *minor, currency.exponent()),
        (Cell::Milli(thousandths), Kind::Numeric) => write_decimal(out, *thousandths, 3),
        (Cell::Time(at), Kind::Timestamp) => return write_time(out, *at),
        (Cell::Date(day), Kind::Date) => return write_date(out, *day),
        (Cell::Bool(yes), Kind::Bool) => out.extend_from_slice(if *yes { b"true" } else { b"false" }),
        _ => return false,
    }
    true
}

fn write_int(out: &mut Vec<u8>, number: i64) {
    let quote = !(-EXACT..=EXACT).contains(&number);
    if quote {
        out.push(b'"');
    }
    // Writing into a Vec cannot fail.
    let _ = write!(out, "{number}");
    if quote {
        out.push(b'"');
    }
}

fn write_decimal(out: &mut Vec<u8>, minor: i64, places: u8) {
    out.push(b'"');
    out.extend_from_slice(decimal(minor, places).as_bytes());
    out.push(b'"');
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut clean = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let short = match byte {
            b'"' | b'\\' => Some(*byte),
            b'\n' => Some(b'n'),
            b'\r' => Some(b'r'),
            b'\t' => Some(b't'),
            0..0x20 => None,
            _ => continue,
        };
        out.extend_from_slice(&bytes[clean..at]);
        clean = at + 1;
        match short {
            Some(letter) => out.extend_from_slice(&[b'\\', letter]),
            None => {
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
    }
    out.extend_from_slice(&bytes[clean..]);
    out.push(b'"');
}

fn write_time(out: &mut Vec<u8>, at: Timestamp) -> bool {
    if !TIMES.contains(&at.micros()) {
        return false;
    }
    let (days, rest) = (at.micros().div_euclid(MICROS_PER_DAY), at.micros().rem_euclid(MICROS_PER_DAY));
    let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
    out.push(b'"');
    push_date(out, days);
    out.push(b'T');
    digits(out, seconds / 3_600, 2);
    out.push(b':');
    digits(out, seconds / 60 % 60, 2);
    out.push(b':');
    digits(out, seconds % 60, 2);
    out.push(b'.');
    digits(out, micros, 6);
    out.extend_from_slice(b"Z\"");
    true
}

fn write_date(out: &mut Vec<u8>, day: BusinessDay) -> bool {
    let days = i64::from(day.number());
    if !DAYS.contains(&days) {
        return false;
    }
    out.push(b'"');
    push_date(out, days);
    out.push(b'"');
    true
}

/// `YYYY-MM-DD` of a day counted from 1970-01-01, by the calendar's 400-year cycles; chrono's formatter takes ten
/// times as long, and there are three dates in a row.
fn push_date(out: &mut Vec<u8>, days: i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // The year of this count begins in March, so that the leap day ends it.
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    digits(out, year, 4);
    out.push(b'-');
    digits(out, month, 2);
    out.push(b'-');
    digits(out, day, 2);
}

fn digits(out: &mut Vec<u8>, number: i64, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    let mut rest = number;
    for place in out[start..].iter_mut().rev() {
        *place = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backroom_core::Currency;
    use backroom_core::table::{Column, Table};
    use serde_json::{Value, json};

    const fn column(name: &'static str, kind: Kind) -> Column {
        Column { name, kind, about: "" }
    }
    const COLUMNS: &[Column] = &[
        column("t", Kind::Text),
        column("i", Kind::Int),
        column("n", Kind::Numeric),
        column("at", Kind::Timestamp),
        column("d", Kind::Date),
        column("b", Kind::Bool),
    ];
    const SPEC: TableSpec =
        TableSpec { name: "trial", columns: COLUMNS, key: &["t"], cluster: &[], partition: "created_at", prune: false };

    fn row(cells: &[(usize, Cell)]) -> Vec<Cell> {
        let mut row = vec![Cell::Null; COLUMNS.len()];
        for (place, cell) in cells {
            row[*place] = cell.clone();
        }
        row
    }

    fn one(place: usize, cell: Cell) -> Result<Value, Fault> {
        encode(&SPEC, &[row(&[(place, cell)])])
            .map(|bytes| serde_json::from_slice::<Value>(&bytes).expect("a line is JSON")[COLUMNS[place].name].clone())
    }

    #[test]
    fn cells_are_told_exactly() {
        let time = |t: &str| Cell::Time(Timestamp::parse(t).unwrap());
        let jpy = Currency::parse("JPY").unwrap();
        let kwd = Currency::parse("KWD").unwrap();
        let nasty = "a\"b\\c\nd\re\tf\u{0}g\u{1f}h é 🧾 \u{2028}";
        let cases = [
            (0, Cell::Text(nasty.to_owned()), json!(nasty), "every character survives"),
            (0, Cell::Text(String::new()), json!(""), "empty text is not null"),
            (1, Cell::Int(-3), json!(-3), "a number"),
            (1, Cell::Int(1_795_168_800_000_000), json!(1_795_168_800_000_000i64), "a version"),
            (1, Cell::Int(i64::MAX), json!("9223372036854775807"), "beyond what a float holds: as text"),
            (1, Cell::Int(i64::MIN), json!("-9223372036854775808"), "beyond what a float holds: as text"),
            (2, Cell::Money(-1250, Currency::USD), json!("-12.50"), "two decimals"),
            (2, Cell::Money(5, Currency::USD), json!("0.05"), "less than one"),
            (2, Cell::Money(1250, jpy), json!("1250"), "no decimals"),
            (2, Cell::Money(1250, kwd), json!("1.250"), "three decimals"),
            (2, Cell::Money(i64::MIN, Currency::USD), json!("-92233720368547758.08"), "the smallest"),
            (2, Cell::Milli(-1500), json!("-1.500"), "a quantity"),
            (3, time("2026-11-20T18:00:00Z"), json!("2026-11-20T18:00:00.000000Z"), "whole seconds"),
            (3, time("2024-02-29T23:59:59.000001Z"), json!("2024-02-29T23:59:59.000001Z"), "a microsecond, leap day"),
            (3, time("1969-12-31T23:59:59.999999Z"), json!("1969-12-31T23:59:59.999999Z"), "before 1970"),
            (3, Cell::Time(Timestamp::from_micros(*TIMES.start())), json!("0001-01-01T00:00:00.000000Z"), "first"),
            (3, Cell::Time(Timestamp::from_micros(*TIMES.end())), json!("9999-12-31T23:59:59.999999Z"), "last"),
            (4, Cell::Date(BusinessDay::parse("2000-03-01").unwrap()), json!("2000-03-01"), "after a leap day"),
            (4, Cell::Date(BusinessDay::parse("2026-12-31").unwrap()), json!("2026-12-31"), "end of year"),
            (5, Cell::Bool(true), json!(true), "yes"),
            (5, Cell::Bool(false), json!(false), "no is not null"),
        ];
        for (place, cell, expected, why) in cases {
            assert_eq!(one(place, cell.clone()), Ok(expected), "{why}: {cell:?}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_refused_without_its_value() {
        let cases = [
            (0, Cell::Int(424_242), "a number in a text column"),
            (1, Cell::Text("424242".to_owned()), "text in a number column"),
            (2, Cell::Int(424_242), "an integer where money is"),
            (3, Cell::Time(Timestamp::from_micros(i64::MAX)), "a time after the year 9999"),
            (4, Cell::Date(BusinessDay::from_number(i32::MIN)), "a date before the year 1"),
        ];
        for (place, cell, why) in cases {
            let fault = one(place, cell).expect_err(why);
            assert_eq!(fault.class, FaultClass::Rejected, "{why}");
            assert!(fault.message.contains("Row 1") && fault.message.contains(COLUMNS[place].name), "{fault}");
            assert!(!fault.message.contains("424242"), "a value must not reach a message: {fault}");
        }
        let short = encode(&SPEC, &[vec![Cell::Null]]).expect_err("a short row");
        assert_eq!(short.class, FaultClass::Rejected);
    }

    #[test]
    fn every_day_of_four_centuries_is_told_as_the_calendar_does() {
        for number in (BusinessDay::parse("1800-01-01").unwrap().number()..).step_by(17).take(9_000) {
            let day = BusinessDay::from_number(number);
            assert_eq!(one(4, Cell::Date(day)), Ok(json!(day.to_string())), "day {number}");
        }
    }

    #[test]
    fn rows_of_a_real_table() {
        insta::assert_snapshot!(String::from_utf8(encode(&Table::SquarePayments.spec(), &sample()).unwrap()).unwrap());
    }

    fn sample() -> Vec<Vec<Cell>> {
        let text = |t: &str| Cell::Text(t.to_owned());
        let at = Cell::Time(Timestamp::parse("2026-11-20T18:00:00.123Z").unwrap());
        let full = vec![
            text("pay_1"),
            Cell::Money(1250, Currency::USD),
            text("USD"),
            text("COMPLETED"),
            text("cus_1"),
            text("loc_1"),
            at.clone(),
            at.clone(),
            text("CARD"),
            text("VISA"),
            text("https://example.com/r/1?a=\"b\""),
            text("ord_1"),
            Cell::Money(0, Currency::USD),
            Cell::Money(1250, Currency::USD),
            Cell::Money(0, Currency::USD),
            Cell::Money(47, Currency::USD),
            at,
            Cell::Date(BusinessDay::parse("2026-11-20").unwrap()),
            text("team_1"),
            Cell::Int(1_795_197_600_123_000),
            Cell::Int(0),
            Cell::Bool(false),
            text("main"),
        ];
        let mut bare = vec![Cell::Null; full.len()];
        bare[0] = text("pay_2");
        bare[19] = Cell::Int(1);
        vec![full, bare]
    }

    #[test]
    #[ignore = "a figure, printed by a release build"]
    fn figure() {
        let rows: Vec<Vec<Cell>> = sample().into_iter().take(1).cycle().take(100_000).collect();
        let started = std::time::Instant::now();
        let bytes = encode(&Table::SquarePayments.spec(), &rows).unwrap();
        eprintln!("100,000 rows: {} bytes in {:?}", bytes.len(), started.elapsed());
    }
}
