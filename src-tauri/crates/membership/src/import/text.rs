//! From bytes to rows: the encoding, what parts the columns, and the columns.

use super::{ImportError, LARGEST_FILE, MOST_ROWS};
use serde::{Deserialize, Serialize};

/// How the bytes of a file were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, as some spreadsheets save text.
    Utf16,
    /// Windows-1252, as older programs save text in America and Western Europe.
    Windows1252,
}

/// Windows-1252 from 0x80 to 0x9F; the rest of it is Latin-1. Five bytes mean nothing.
const WINDOWS: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}', '\u{fffd}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];

pub(super) fn decode(bytes: &[u8]) -> Result<(String, Encoding), ImportError> {
    if bytes.len() > LARGEST_FILE {
        return Err(ImportError::TooLarge);
    }
    let (text, encoding) = match bytes {
        [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes)?, Encoding::Utf16),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes)?, Encoding::Utf16),
        [0xef, 0xbb, 0xbf, rest @ ..] => (windows_or_utf8(rest).0, Encoding::Utf8),
        plain => windows_or_utf8(plain),
    };
    if text.contains('\0') {
        return Err(ImportError::NotText);
    }
    if text.trim().is_empty() { Err(ImportError::Empty) } else { Ok((text, encoding)) }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, ImportError> {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| ImportError::NotText)
}

fn windows_or_utf8(bytes: &[u8]) -> (String, Encoding) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), Encoding::Utf8),
        Err(_) => {
            let letter = |byte: &u8| match byte {
                0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
                byte => char::from(*byte),
            };
            (bytes.iter().map(letter).collect(), Encoding::Windows1252)
        }
    }
}

/// What parts the columns: the character that parts the first row into most, and most of the next ones into as many.
pub(super) fn delimiter(text: &str) -> char {
    let parts = |delimiter: char| {
        let rows = rows(text, delimiter).take(20).filter_map(Result::ok).map(|row| row.len()).collect::<Vec<_>>();
        let columns = rows.first().copied().unwrap_or(0);
        let alike = rows.iter().filter(|found| **found == columns).count();
        if columns < 2 { (0, 0) } else { (alike, columns) }
    };
    let best = [',', ';', '\t', '|'].into_iter().rev().max_by_key(|delimiter| parts(*delimiter));
    best.filter(|best| parts(*best).1 > 1).unwrap_or(',')
}

/// The rows with the line on which each begins. Rows without any value are left out.
pub(super) fn records(text: &str, delimiter: char) -> Result<Vec<(u64, Vec<String>)>, ImportError> {
    let mut records = Vec::new();
    for record in rows(text, delimiter) {
        let record = record.map_err(|_| ImportError::NotText)?;
        if records.len() > MOST_ROWS {
            return Err(ImportError::TooLarge);
        }
        let line = record.position().map_or(0, csv::Position::line);
        let values: Vec<String> = record.iter().map(plain).collect();
        if values.iter().any(|value| !value.is_empty()) {
            records.push((line, values));
        }
    }
    Ok(records)
}

fn rows(text: &str, delimiter: char) -> impl Iterator<Item = csv::Result<csv::StringRecord>> {
    let delimiter = u8::try_from(delimiter).unwrap_or(b',');
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .into_records()
}

/// A value without what surrounds it, and without the apostrophe that keeps a spreadsheet from running it.
fn plain(value: &str) -> String {
    let value = value.trim();
    match value.strip_prefix('\'') {
        Some(rest) if crate::export::would_run(rest) => rest.to_owned(),
        _ => value.to_owned(),
    }
}
