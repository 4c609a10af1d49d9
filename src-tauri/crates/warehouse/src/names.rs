//! Names of staging tables and jobs: made from what they hold, so that every attempt finds the same ones.

use backroom_core::BusinessDay;
use backroom_core::table::Table;
use backroom_core::warehouse::SealedBatch;
use sha2::{Digest, Sha256};

const PREFIX: &str = "_backroom";

/// A device's name as part of a table name, without the separator that the parts are joined by.
pub(crate) fn device(name: &str) -> String {
    let plain = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let kept: String = name.chars().filter(plain).take(40).collect();
    // Two devices must never share a staging table, so whatever was left out goes into a hash.
    if kept == name && !kept.is_empty() { kept } else { format!("{kept}x{}", short_hash(&[name])) }
}

/// A short hash over `parts`.
pub(crate) fn short_hash(parts: &[&str]) -> String {
    hash(parts, 4)
}

/// The first `bytes` bytes of a hash over `parts`, in hexadecimal.
fn hash(parts: &[&str], bytes: usize) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        // With its length, so that parts cannot flow into each other.
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().take(bytes).map(|b| format!("{b:02x}")).collect()
}

/// The staging table of a batch.
pub(crate) fn staging(batch: &SealedBatch) -> String {
    format!("{PREFIX}_{}_{}_{}", device(&batch.device), batch.table.name(), batch.id)
}

/// The batch whose staging table of `device_name` is called `name`; none where it is not one.
pub(crate) fn staged_batch(name: &str, device_name: &str) -> Option<i64> {
    let rest = name.strip_prefix(PREFIX)?.strip_prefix('_')?;
    let rest = rest.strip_prefix(device(device_name).as_str())?.strip_prefix('_')?;
    Table::ALL.iter().find_map(|table| rest.strip_prefix(table.name())?.strip_prefix('_')?.parse().ok())
}

/// The stem of the load job of a batch.
pub(crate) fn load_job(batch: &SealedBatch) -> String {
    format!("backroom_{}_{}_{}", device(&batch.device), batch.id, short_hash(&[&batch.hash, batch.table.name()]))
}

/// The stem of the job that merges `batches` into `table`.
pub(crate) fn merge_job(table: Table, batches: &[SealedBatch]) -> String {
    let who = batches.first().map_or_else(|| "none".to_owned(), |b| device(&b.device));
    let ids: Vec<String> = batches.iter().map(|b| b.id.to_string()).collect();
    let mut parts = vec![table.name()];
    for (batch, id) in batches.iter().zip(&ids) {
        parts.extend([batch.device.as_str(), id, batch.hash.as_str()]);
    }
    format!("backroom_{who}_merge_{}_{}", table.name(), hash(&parts, 12))
}

/// The id of an attempt at the job `stem`. The first is the stem itself; later ones count anew each day, so that a
/// job that failed for days is not looked for through hundreds of ids.
pub(crate) fn attempt(stem: &str, day: BusinessDay, nth: u32) -> String {
    if nth == 0 { stem.to_owned() } else { format!("{stem}_{}_{nth}", day.to_string().replace('-', "")) }
}

#[cfg(test)]
pub(crate) fn test_batch(id: i64, device: &str, table: Table, body: &str) -> SealedBatch {
    SealedBatch {
        id,
        device: device.to_owned(),
        table,
        rows: body.lines().count() as u64,
        hash: format!("{}{}", short_hash(&[body]), short_hash(&[body, ""])),
        days: None,
        body: body.to_owned().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staging_names_lead_back_to_their_batch() {
        for name in ["a1b2", "a", "a_b", "PC of Ann", "", "ünïcode", "7"] {
            for table in Table::ALL {
                let batch = test_batch(42, name, table, "{}");
                assert_eq!(staged_batch(&staging(&batch), name), Some(42), "{name} {table:?}");
            }
        }
        let of_other = staging(&test_batch(1, "ab", Table::SquareOrders, "{}"));
        assert_eq!(staged_batch(&of_other, "a"), None, "a device must not sweep another whose name begins alike");
        assert_eq!(staged_batch("square_payments", "a"), None, "a readers' table is never taken for staging");
        assert_eq!(staged_batch("_backroom_a_square_orders_x", "a"), None, "no number, no batch of ours");
    }

    #[test]
    fn names_that_differ_stay_different() {
        let names = ["pc 1", "pc1", "PC1", "pc_1", "Pc1"].map(device);
        for (n, a) in names.iter().enumerate() {
            assert!(names.iter().skip(n + 1).all(|b| a != b), "{a} must be one device's name only");
        }
    }

    #[test]
    fn job_ids_are_the_same_on_each_resend_and_differ_by_content() {
        let batch = test_batch(7, "pc", Table::SquarePayments, "{\"id\":\"a\"}");
        assert_eq!(load_job(&batch), load_job(&batch.clone()));
        assert_ne!(load_job(&batch), load_job(&test_batch(7, "pc", Table::SquarePayments, "{\"id\":\"b\"}")));
        let empty = SealedBatch { body: bytes::Bytes::new(), ..batch.clone() };
        assert_eq!(
            merge_job(batch.table, std::slice::from_ref(&batch)),
            merge_job(batch.table, &[empty]),
            "the identity is enough to merge"
        );
        let day = BusinessDay::parse("2026-11-20").unwrap();
        assert_eq!(attempt("s", day, 0), "s");
        assert_eq!(attempt("s", day, 2), "s_20261120_2");
    }
}
