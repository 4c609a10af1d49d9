//! British Columbia writes the three tracks of a magnetic stripe into its PDF417 barcode; the third begins with `_%`, which no
//! stripe has. By that it is told from a swiped card.

use crate::card::{Card, Expiry, Issuer};
use crate::date;
use crate::elements::normalised;
use crate::read::Unreadable;
use crate::signal::Signal;
use crate::text::{Arrival, Separators};
use chrono::{Months, NaiveDate};

/// Reads such a text; none where it is another.
pub(crate) fn read(text: &[u8]) -> Option<Result<Card, Unreadable>> {
    let second = b";636028";
    let has = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
    if !(has(b"_%") && has(second) && has(b"%BC")) {
        return None;
    }
    let starts = text.windows(second.len()).filter(|window| window == second).count();
    if starts > 1 {
        return Some(Err(Unreadable::TwoScans));
    }
    let place = text.windows(second.len()).position(|window| window == second)?;
    Some(second_track(text.get(place + 1..)?))
}

/// `IIN number = YYMM CCYYMMDD rest ?`
fn second_track(track: &[u8]) -> Result<Card, Unreadable> {
    let end = track.iter().position(|byte| *byte == b'?').ok_or(Unreadable::HalfScan)?;
    let track = track.get(..end).unwrap_or_default();
    let equals = track.iter().position(|byte| *byte == b'=').ok_or(Unreadable::Damaged)?;
    let number = track.get(6..equals).ok_or(Unreadable::Damaged)?;
    let dates = track.get(equals + 1..equals + 13).filter(|dates| dates.iter().all(u8::is_ascii_digit));
    // A digit too few pulls in what follows, so the dates count only where a sign that is no digit ends them.
    let ends = track.get(equals + 13).is_none_or(|byte| !byte.is_ascii_digit());
    let dates = dates.filter(|_| ends).ok_or(Unreadable::BirthUnclear)?;
    let birth = dates.get(4..).and_then(|digits| <[u8; 8]>::try_from(digits).ok());
    let birth = birth.and_then(|digits| date::plausible(digits.map(|digit| digit - b'0')));
    let birth = birth.ok_or(Unreadable::BirthUnclear)?;
    let expiry = month(dates).map_or(Expiry::Unclear, |(first, last)| Expiry::Between(first, last));
    let number = normalised(number);
    let signals = if number.is_some() { Vec::new() } else { vec![Signal::NumberImplausible] };
    let arrival = Arrival { separators: Separators::Kept, record_separator: false, case_inverted: false, prefix: 0 };
    Ok(Card::new(Issuer::of(636_028), birth, expiry, None, number, signals, arrival))
}

/// The first and the last day of a month written as YYMM.
fn month(dates: &[u8]) -> Option<(NaiveDate, NaiveDate)> {
    let pair = |at: usize| dates.get(at..at + 2).and_then(|two| std::str::from_utf8(two).ok()?.parse::<u32>().ok());
    let year = 2000 + i32::try_from(pair(0)?).ok()?;
    let first = NaiveDate::from_ymd_opt(year, pair(2)?, 1)?;
    Some((first, first.checked_add_months(Months::new(1))?.pred_opt()?))
}
