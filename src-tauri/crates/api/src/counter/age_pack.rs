//! The record of ID checks for an inspector: tests of the scanner, trainings, verdicts, rules, coverage and the proof of the audit log
//! of some days, as one paper and one table.
//!
//! Invariant: nothing of a customer is in it, because nothing of one was kept; and no words that a clerk wrote, because they could name
//! one. People of the shop have their names in the log of trainings alone, and numbers elsewhere.

mod found;
mod sheet;
mod table;
mod words;

use crate::counter::age;
use crate::dto::{AgePack, AgeRange, ApiError};
use crate::engine::Engine;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use found::Record;
use sha2::{Digest, Sha256};

/// The longest record, in days: whoever asks for more takes two.
const LONGEST: i32 = 400;

pub(crate) async fn age_pack(engine: &Engine, asked: AgeRange) -> Result<AgePack, ApiError> {
    let (from, to) = age::range(engine, &asked)?;
    if to.number().saturating_sub(from.number()) >= LONGEST {
        return Err(ApiError::bad_request("A record holds 400 days or fewer. Make two."));
    }
    let proof = crate::audit::proved(engine).await;
    let (asking, by) = (engine.clone(), engine.at_work());
    let made = move || {
        let record = Record::of(&asking, from, to, proof, by)?;
        let csv = table::table(&record);
        let hash = hex::encode(Sha256::digest(csv.as_bytes()));
        let pdf = sheet::pdf(&words::blocks(&record, &hash), &words::title(&record), &words::foot(&record, &hash));
        Ok::<_, ApiError>(AgePack {
            from: from.to_string(),
            to: to.to_string(),
            name: format!("id-checks-{from}-to-{to}"),
            csv,
            csv_sha256: hash,
            pdf: BASE64_STANDARD.encode(pdf),
            checks: record.checks().count().try_into().unwrap_or(u64::MAX),
            self_tests: record.self_tests().count().try_into().unwrap_or(u64::MAX),
            chain_ok: record.proof.as_ref().is_ok_and(|(_, proof)| proof.ok),
        })
    };
    let pack = tokio::task::spawn_blocking(made)
        .await
        .map_err(|_| ApiError::new("INTERNAL", "The record could not be made.", "Try again."))??;
    let told = format!("{from} to {to}, {} verdicts, table {}", pack.checks, pack.csv_sha256);
    engine.log(&engine.at_work(), "age.pack", &told).await?;
    Ok(pack)
}
