//! States, provinces and territories that issue cards, with the numbers by which AAMVA knows them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The country of a jurisdiction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Country {
    /// The USA, its district and its territories.
    Usa,
    /// Canada.
    Canada,
}

/// A state, province or territory, by its two letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Jurisdiction([u8; 2]);

/// The text is no jurisdiction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a state is written with its two letters, such as TX")]
pub struct UnknownJurisdiction;

/// One row: the issuer's numbers, the letters, and with what its ZIP codes begin.
struct Row {
    code: [u8; 2],
    issuers: &'static [u32],
    zip: &'static [u8],
    country: Country,
}

const fn usa(code: &[u8; 2], issuers: &'static [u32], zip: &'static [u8]) -> Row {
    Row { code: *code, issuers, zip, country: Country::Usa }
}

const fn canada(code: &[u8; 2], issuers: &'static [u32]) -> Row {
    Row { code: *code, issuers, zip: b"", country: Country::Canada }
}

/// Issuer numbers as AAMVA assigns them. A second number is one that the jurisdiction's own cards are known to carry.
const ROWS: &[Row] = &[
    usa(b"AK", &[636_059], b"9"),
    usa(b"AL", &[636_033], b"3"),
    usa(b"AR", &[636_021], b"7"),
    usa(b"AS", &[604_427], b"9"),
    usa(b"AZ", &[636_026], b"8"),
    usa(b"CA", &[636_014], b"9"),
    usa(b"CO", &[636_020], b"8"),
    usa(b"CT", &[636_006], b"0"),
    usa(b"DC", &[636_043], b"2"),
    usa(b"DE", &[636_011], b"1"),
    usa(b"FL", &[636_010], b"3"),
    usa(b"GA", &[636_055], b"3"),
    usa(b"GU", &[636_019], b"9"),
    usa(b"HI", &[636_047], b"9"),
    usa(b"IA", &[636_018], b"5"),
    usa(b"ID", &[636_050], b"8"),
    usa(b"IL", &[636_035], b"6"),
    usa(b"IN", &[636_037], b"4"),
    usa(b"KS", &[636_022], b"6"),
    usa(b"KY", &[636_046], b"4"),
    usa(b"LA", &[636_007], b"7"),
    usa(b"MA", &[636_002], b"0"),
    usa(b"MD", &[636_003], b"2"),
    usa(b"ME", &[636_041], b"0"),
    usa(b"MI", &[636_032], b"4"),
    usa(b"MN", &[636_038], b"5"),
    usa(b"MO", &[636_030], b"6"),
    usa(b"MP", &[604_430], b"9"),
    usa(b"MS", &[636_051], b"3"),
    usa(b"MT", &[636_008], b"5"),
    usa(b"NC", &[636_004, 360_040], b"2"),
    usa(b"ND", &[636_034], b"5"),
    usa(b"NE", &[636_054], b"6"),
    usa(b"NH", &[636_039], b"0"),
    usa(b"NJ", &[636_036], b"0"),
    usa(b"NM", &[636_009], b"8"),
    usa(b"NV", &[636_049], b"8"),
    usa(b"NY", &[636_001], b"01"),
    usa(b"OH", &[636_023], b"4"),
    usa(b"OK", &[636_058], b"7"),
    usa(b"OR", &[636_029], b"9"),
    usa(b"PA", &[636_025], b"1"),
    usa(b"PR", &[604_431], b"0"),
    usa(b"RI", &[636_052], b"0"),
    usa(b"SC", &[636_005], b"2"),
    usa(b"SD", &[636_042], b"5"),
    usa(b"TN", &[636_053], b"3"),
    usa(b"TX", &[636_015], b"78"),
    usa(b"UT", &[636_040], b"8"),
    usa(b"VA", &[636_000], b"2"),
    usa(b"VI", &[636_062], b"0"),
    usa(b"VT", &[636_024], b"0"),
    usa(b"WA", &[636_045], b"9"),
    usa(b"WI", &[636_031], b"5"),
    usa(b"WV", &[636_061], b"2"),
    usa(b"WY", &[636_060], b"8"),
    canada(b"AB", &[604_432, 990_876]),
    canada(b"BC", &[636_028]),
    canada(b"MB", &[636_048]),
    canada(b"NB", &[636_017]),
    canada(b"NL", &[636_016]),
    canada(b"NS", &[636_013]),
    canada(b"NU", &[604_433]),
    canada(b"ON", &[636_012]),
    canada(b"PE", &[604_426]),
    canada(b"QC", &[604_428]),
    canada(b"SK", &[636_044]),
    canada(b"YT", &[604_429]),
];

impl Jurisdiction {
    /// Reads two letters, in either case.
    ///
    /// # Errors
    /// `UnknownJurisdiction` where no card is issued under them.
    pub fn parse(text: &str) -> Result<Self, UnknownJurisdiction> {
        let bytes: [u8; 2] = text.trim().as_bytes().try_into().map_err(|_| UnknownJurisdiction)?;
        Self::of_letters(bytes.map(|byte| byte.to_ascii_uppercase())).ok_or(UnknownJurisdiction)
    }

    /// Every jurisdiction of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| Self(row.code))
    }

    /// The jurisdiction to which AAMVA gave this issuer number.
    pub fn of_issuer(number: u32) -> Option<Self> {
        ROWS.iter().find(|row| row.issuers.contains(&number)).map(|row| Self(row.code))
    }

    /// Its two letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    /// Its country.
    pub fn country(self) -> Country {
        self.row().map_or(Country::Usa, |row| row.country)
    }

    /// The number by which AAMVA knows it.
    pub fn issuer(self) -> u32 {
        self.row().and_then(|row| row.issuers.first()).copied().unwrap_or(0)
    }

    pub(crate) fn of_letters(code: [u8; 2]) -> Option<Self> {
        ROWS.iter().find(|row| row.code == code).map(|row| Self(row.code))
    }

    pub(crate) fn first_letter(self) -> u8 {
        self.0[0]
    }

    /// Whether a ZIP code can begin with `digit` here. Canada's codes are not judged.
    pub(crate) fn takes_zip(self, digit: u8) -> bool {
        self.row().is_none_or(|row| row.zip.is_empty() || row.zip.contains(&digit))
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.code == self.0)
    }
}

impl TryFrom<String> for Jurisdiction {
    type Error = UnknownJurisdiction;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Jurisdiction> for String {
    fn from(jurisdiction: Jurisdiction) -> Self {
        jurisdiction.code().to_owned()
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn letters_and_numbers_name_one_jurisdiction_each() {
        let mut letters = HashSet::new();
        let mut numbers = HashSet::new();
        for row in ROWS {
            assert!(letters.insert(row.code), "{:?} stands twice", row.code);
            for number in row.issuers {
                assert!(numbers.insert(number), "{number} stands twice");
                assert_eq!(Jurisdiction::of_issuer(*number), Jurisdiction::of_letters(row.code), "{number}");
            }
        }
        assert_eq!(Jurisdiction::parse(" tx ").map(|state| state.issuer()), Ok(636_015), "either case, with spaces");
        assert_eq!(Jurisdiction::parse("XX"), Err(UnknownJurisdiction), "nobody issues cards there");
        assert_eq!(Jurisdiction::parse("é"), Err(UnknownJurisdiction), "two bytes, but not two letters");
    }
}
