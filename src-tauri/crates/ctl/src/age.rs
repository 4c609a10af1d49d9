//! `backroomctl age`: ID checks from a pipe, and what is kept of them.

use crate::tell::{self, say};
use crate::work::{own, reader};
use backroom_api::EngineOptions;
use backroom_api::dto::ApiError;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::Subcommand;
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The longest text that is read from a pipe, in bytes.
const LONGEST: u64 = 64 * 1024;

/// What to do about ages.
#[derive(Subcommand)]
pub enum Age {
    /// Judge a scan from standard input.
    Check {
        /// What is sold: tobacco, vapor, hemp, accessory or other.
        #[arg(long, default_value = "tobacco")]
        class: String,
        /// By which state's law; the shop's where none is given.
        #[arg(long, value_name = "TX")]
        state: Option<String>,
        /// The point in time by which it is judged, such as 2026-11-20T18:00:00Z; now where none is given.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// Keep nothing at all.
        #[arg(long)]
        dry_run: bool,
    },
    /// The kept verdicts, newest first.
    Log(Days),
    /// Checks by hour, verdict, reason, method and clerk.
    Statistics(Days),
    /// The record of some days for an inspector: a PDF, and a table of the same with every verdict.
    Pack {
        #[command(flatten)]
        days: Days,
        /// The folder into which both are written.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Which categories of goods an age is asked for.
    Goods,
    /// The rules that hold, with their sources.
    Rules,
    /// The text of the card with which a scanner is tried.
    TestCard,
}

/// Business days.
#[derive(clap::Args)]
pub struct Days {
    /// First business day, YYYY-MM-DD; today where none is given.
    #[arg(long)]
    from: Option<String>,
    /// Last business day, YYYY-MM-DD; today where none is given.
    #[arg(long)]
    to: Option<String>,
}

/// Does it; tells the exit code, which is 0 for any verdict and 5 for a record whose audit log does not hold.
///
/// # Errors
/// What could not be done.
pub async fn run(command: Age, options: EngineOptions, json: bool) -> Result<u8, ApiError> {
    match command {
        Age::Check { class, state, at, dry_run } => {
            // Whoever keeps nothing needs no more than to read the rules.
            let engine = if dry_run { reader(options).await? } else { own(options).await? };
            let asked =
                json!({ "scan": scanned()?, "product_class": class, "state": state, "at": at, "dry_run": dry_run });
            let verdict = engine.call("age_check", asked).await?;
            verdict_told(&verdict, json);
        }
        Age::Log(days) => {
            let engine = reader(options).await?;
            let rows = engine.call("age_checks", json!({ "from": days.from, "to": days.to })).await?;
            if json {
                tell::value(&rows);
            } else {
                for row in rows.as_array().into_iter().flatten() {
                    say!(
                        "{}  {:<6} {:<20} {}",
                        text(row, "at"),
                        text(row, "verdict"),
                        text(row, "reason"),
                        text(row, "method")
                    );
                }
            }
        }
        Age::Statistics(days) => {
            let engine = reader(options).await?;
            let told = engine.call("age_statistics", json!({ "from": days.from, "to": days.to })).await?;
            if json {
                tell::value(&told);
            } else {
                say!(
                    "{} to {}: {} checks, {} green, {} amber, {} red; {} with the test card",
                    text(&told, "from"),
                    text(&told, "to"),
                    told["checks"],
                    told["green"],
                    told["amber"],
                    told["red"],
                    told["self_tests"]
                );
                for row in told["by_reason"].as_array().into_iter().flatten() {
                    say!("  {:<24} {}", text(row, "name"), row["checks"]);
                }
            }
        }
        Age::Pack { days, out } => {
            // That it was made is written down, so it takes more than to read.
            let engine = own(options).await?;
            let pack = engine.call("age_pack", json!({ "from": days.from, "to": days.to })).await?;
            return pack_written(&pack, &out, json);
        }
        Age::Goods => {
            let rows = reader(options).await?.call("age_goods", Value::Null).await?;
            if json {
                tell::value(&rows);
            } else {
                for row in rows.as_array().into_iter().flatten() {
                    let needs = if text(row, "needs").is_empty() { "not said: counts" } else { text(row, "needs") };
                    say!("{:<28} {:<18} {}", text(row, "name"), needs, text(row, "source"));
                }
            }
        }
        Age::Rules => {
            let board = reader(options).await?.call("age_board", Value::Null).await?;
            if json {
                tell::value(&board);
            } else {
                for row in board["classes"].as_array().into_iter().flatten() {
                    say!("{:<10} {}  {}", text(row, "code"), row["minimum_age"], text(row, "source"));
                }
            }
        }
        Age::TestCard => {
            let card = reader(options).await?.call("age_test_card", Value::Null).await?;
            if json {
                tell::value(&card);
            } else {
                say!("{}", text(&card, "text"));
            }
        }
    }
    Ok(0)
}

/// Writes both files of a record and tells where they are; 0 where the audit log was found as it was written, 5 where it was not.
fn pack_written(pack: &Value, out: &Path, json: bool) -> Result<u8, ApiError> {
    let unwritten = |path: &Path, why: &str| {
        ApiError::new(
            "CONFIG_FILE",
            format!("{} could not be written: {why}.", path.display()),
            "Name a folder in which you may write. The record can be made again at any time.",
        )
    };
    let pdf = BASE64_STANDARD.decode(text(pack, "pdf")).map_err(|e| unwritten(out, &e.to_string()))?;
    std::fs::create_dir_all(out).map_err(|e| unwritten(out, &e.to_string()))?;
    let mut told = json!({ "csv_sha256": pack["csv_sha256"], "checks": pack["checks"], "self_tests": pack["self_tests"],
        "chain_ok": pack["chain_ok"], "from": pack["from"], "to": pack["to"] });
    for (end, bytes) in [("pdf", pdf.as_slice()), ("csv", text(pack, "csv").as_bytes())] {
        let file = out.join(format!("{}.{end}", text(pack, "name")));
        std::fs::write(&file, bytes).map_err(|e| unwritten(&file, &e.to_string()))?;
        told[end] = file.display().to_string().into();
    }
    if json {
        tell::value(&told);
    } else {
        say!("{} verdicts and {} tests of the scanner:", told["checks"], told["self_tests"]);
        say!("  {}\n  {}", text(&told, "pdf"), text(&told, "csv"));
        say!("  SHA-256 of the table: {}", text(&told, "csv_sha256"));
        if told["chain_ok"] != true {
            say!(
                "  The audit log is not as it was written, or could not be checked: see the paper, and backroomctl audit --verify."
            );
        }
    }
    Ok(if told["chain_ok"] == true { 0 } else { 5 })
}

/// What came from standard input. It may be anything: what is no text of a card is told by the verdict.
fn scanned() -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(LONGEST).read_to_end(&mut bytes).map_err(|_| {
        ApiError::bad_request(
            "The scan could not be read from standard input. Pipe it in: scanner | backroomctl age check.",
        )
    })?;
    // Old cards have Latin-1 in their names, which no verdict needs.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

fn verdict_told(verdict: &Value, json: bool) {
    let signs: Vec<&Value> = verdict["signals"].as_array().into_iter().flatten().collect();
    if json {
        let mut told = verdict.clone();
        told["signals"] = signs.iter().map(|s| s["code"].clone()).collect();
        tell::value(&told);
        return;
    }
    say!("{}: {}", text(verdict, "verdict").to_uppercase(), text(verdict, "sentence"));
    if let Some(age) = verdict["age_years"].as_u64() {
        say!("  {age} years; {} asked for", verdict["minimum_age"]);
    }
    if let Some(expires) = verdict["expires"].as_str() {
        say!("  valid until {expires}");
    }
    for sign in signs {
        say!("  a sign, no proof: {}", text(sign, "sentence"));
    }
}
