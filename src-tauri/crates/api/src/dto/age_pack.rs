//! ID checks set against sales, and the record of them that an inspector gets.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A category of goods, and what is asked of whoever buys it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgeGoods {
    /// Name of the source.
    pub source: String,
    /// Id of the category there; `#none` for items without one, `#typed` for lines typed in by hand.
    pub category: String,
    /// Its name.
    pub name: String,
    /// A class of goods, `free` where no age is asked, or empty where nobody has said: then a check is expected.
    pub needs: String,
}

/// What the owner says of a category of goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AgeGoodsChoice {
    /// Name of the source.
    pub source: String,
    /// Id of the category there.
    pub category: String,
    /// A class of goods, `free` where no age is asked, or empty to leave it open.
    pub needs: String,
}

/// What the owner says of categories; those that are not named stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AgeGoodsDraft {
    /// The categories.
    pub goods: Vec<AgeGoodsChoice>,
}

/// Checks against the sales of goods that need one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgeCoverage {
    /// Checks that were not refused, each that was repeated once.
    pub checks: u64,
    /// Sales that were paid for with a line of goods for which an age is asked, or whose goods are not known.
    pub sales: u64,
    /// The lines of such goods in them.
    pub lines: u64,
    /// Of the sales those whose goods are not known.
    pub unknown: u64,
    /// Checks of a hundred sales, rounded down; none where nothing was sold.
    pub percent: Option<u64>,
    /// Where the number comes from, in words.
    pub why: Vec<String>,
    /// Sold lines by category, most sales first.
    pub goods: Vec<AgeGoodsCount>,
}

/// Sold lines of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgeGoodsCount {
    /// Name of the source.
    pub source: String,
    /// Id of the category there.
    pub category: String,
    /// Its name.
    pub name: String,
    /// As in [`AgeGoods::needs`].
    pub needs: String,
    /// Sold lines.
    pub lines: u64,
    /// Sales that have such a line.
    pub sales: u64,
}

/// The record of ID checks that an inspector gets: the same as one paper and one table. Nothing of a customer is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgePack {
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// What the files are called, without their ends.
    pub name: String,
    /// The table, CSV.
    pub csv: String,
    /// SHA-256 of the table in hexadecimal; it stands on the paper and in the audit log.
    pub csv_sha256: String,
    /// The paper, a PDF in base64.
    pub pdf: String,
    /// Verdicts in it.
    pub checks: u64,
    /// Tests of the scanner in it.
    pub self_tests: u64,
    /// Whether the audit log was found as it was written.
    pub chain_ok: bool,
}
