//! Tables as CSV that a spreadsheet shows and does not run.
//!
//! A value that begins as a formula does gets an apostrophe in front, which spreadsheets take for «this is text» and the import
//! takes away again. Plain numbers stay numbers.

/// Why a table could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// A row has another number of columns than the header.
    #[error("a row has another number of columns than the header")]
    Columns,
    /// The table could not be put into memory.
    #[error("the table could not be written")]
    Write,
}

/// The table as CSV in UTF-8 with its mark, so that spreadsheets read names right, and with the line ends that CSV has.
///
/// # Errors
/// Why it could not be written.
pub fn csv<R, V>(header: &[&str], rows: R) -> Result<Vec<u8>, ExportError>
where
    R: IntoIterator<Item = Vec<V>>,
    V: AsRef<str>,
{
    let mark = "\u{feff}".as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(mark);
    writer.write_record(header).map_err(|_| ExportError::Write)?;
    for row in rows {
        if row.len() != header.len() {
            return Err(ExportError::Columns);
        }
        writer.write_record(row.iter().map(|value| harmless(value.as_ref()))).map_err(|_| ExportError::Write)?;
    }
    writer.into_inner().map_err(|_| ExportError::Write)
}

/// A value as it may stand in a spreadsheet.
pub fn harmless(value: &str) -> String {
    if would_run(value) { format!("'{value}") } else { value.to_owned() }
}

/// Whether a spreadsheet would take a value for more than text: it begins as a formula does, after what may be skipped.
pub(crate) fn would_run(value: &str) -> bool {
    let inner = value.trim_start_matches(|c: char| c == '\'' || c.is_whitespace());
    inner.starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠']) && !is_number(value.trim())
}

fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    plain(whole) && plain(fraction)
}
