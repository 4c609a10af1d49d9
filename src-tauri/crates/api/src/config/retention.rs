//! `[retention]`: for how many days is kept what is only kept for looking up; 0 for ever.

use super::ConfigError;
use backroom_store::Retention;
use serde::{Deserialize, Serialize};

/// The longest time that is not for ever, in days.
const LONGEST: u32 = 3_660;
const RAW_DAYS: u32 = 365;
const RECEIPT_DAYS: u32 = 730;
/// Shorter than these nobody could look anything up any more.
const LEAST_RAW: u32 = 7;
const LEAST_RECEIPT: u32 = 30;
const LEAST_AUDIT: u32 = 90;

/// `[retention]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionSection {
    /// The vendors' own replies; a year unless changed.
    #[serde(default = "raw_days")]
    pub raw_days: u32,
    /// Receipts of readings; two years unless changed.
    #[serde(default = "receipt_days")]
    pub receipt_days: u32,
    /// Entries of the audit log; for ever unless changed.
    #[serde(default)]
    pub audit_days: u32,
}

const fn raw_days() -> u32 {
    RAW_DAYS
}

const fn receipt_days() -> u32 {
    RECEIPT_DAYS
}

impl Default for RetentionSection {
    fn default() -> Self {
        Self { raw_days: RAW_DAYS, receipt_days: RECEIPT_DAYS, audit_days: 0 }
    }
}

const fn days(days: u32) -> Option<u32> {
    if days == 0 { None } else { Some(days) }
}

impl RetentionSection {
    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// What the buffer is to keep.
    pub const fn choice(&self) -> Retention {
        Retention { raw_days: days(self.raw_days), receipt_days: days(self.receipt_days) }
    }

    /// For how many days entries of the audit log are kept; none for ever.
    pub const fn audit(&self) -> Option<u32> {
        days(self.audit_days)
    }

    /// Checks every value.
    ///
    /// # Errors
    /// The first that is out of its bounds.
    pub fn check(&self) -> Result<(), ConfigError> {
        for (key, days, least) in [
            ("raw_days", self.raw_days, LEAST_RAW),
            ("receipt_days", self.receipt_days, LEAST_RECEIPT),
            ("audit_days", self.audit_days, LEAST_AUDIT),
        ] {
            if days != 0 && !(least..=LONGEST).contains(&days) {
                return Err(ConfigError::value(
                    format!("[retention] {key}"),
                    format!("is {least} to {LONGEST} days, or 0 for ever"),
                ));
            }
        }
        Ok(())
    }
}
