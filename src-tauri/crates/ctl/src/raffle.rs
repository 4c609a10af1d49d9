//! `backroomctl raffle`: a raffle from its rules to its certificate, and the check of any certificate without a shop.

mod told;

use crate::tell::{self, say};
use crate::work::{own, reader};
use backroom_api::EngineOptions;
use backroom_api::dto::ApiError;
use backroom_api::raffle::{Expected, VERIFIER_HTML, verify};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};
use told::{certificate, list, show, slip, statistics, text, tickets, warnings};

/// The largest file that is read, in bytes: a certificate of a hundred thousand entries is below it.
const LARGEST: u64 = 256 * 1024 * 1024;
/// The longest line from a pipe, in bytes.
const LONGEST_LINE: u64 = 1024;

/// What to do about raffles.
#[derive(Subcommand)]
pub enum Raffle {
    /// The raffles, newest first.
    List,
    /// A raffle: rules, warnings, draws, prizes.
    Show(Name),
    /// How many entries there are, and of what kind.
    #[command(visible_alias = "progress")]
    Statistics(Name),
    /// What keeps it from opening, and what its owner must have read.
    Warnings(Name),
    /// Write a raffle down. FILE is JSON of `rules` and `notice`.
    Create {
        /// Its rules.
        file: PathBuf,
    },
    /// Change it: everything before opening, the notice alone after it.
    Update {
        /// Its rules.
        file: PathBuf,
    },
    /// Freeze its rules and take entries.
    Open {
        #[command(flatten)]
        raffle: Name,
        /// Code of a warning that the owner has read; once for each.
        #[arg(long, value_name = "CODE")]
        acknowledge: Vec<String>,
    },
    /// Make an entry and print its slip.
    Enter {
        #[command(flatten)]
        raffle: Name,
        #[command(flatten)]
        who: Who,
        /// free, purchase or paid.
        #[arg(long, default_value = "free")]
        channel: String,
        /// The receipt that it comes with.
        #[arg(long)]
        receipt: Option<String>,
        /// An address, where households are limited; it is not kept.
        #[arg(long, value_name = "ADDRESS")]
        household: Option<String>,
        /// Somebody looked at age and residence: this person may take part.
        #[arg(long)]
        confirmed: bool,
    },
    /// The tickets of a customer.
    Tickets {
        #[command(flatten)]
        raffle: Name,
        #[command(flatten)]
        who: Who,
    },
    /// Make an entry void.
    Void {
        #[command(flatten)]
        raffle: Name,
        /// The ticket's number.
        entry: String,
        /// `duplicate`, `not_eligible`, `mistake`, `asked_for` or `purchase_returned`.
        #[arg(long)]
        reason: String,
        /// More about it, for the shop alone.
        #[arg(long)]
        note: Option<String>,
    },
    /// Take no more entries, once their time is over.
    Close(Name),
    /// Seal the list of entries. Publish the hash that is printed before you draw.
    Seal {
        #[command(flatten)]
        raffle: Name,
        /// Wait for the public beacon drand quicknet: for its first round that is far enough ahead.
        #[arg(long, conflicts_with = "beacon_round")]
        beacon: bool,
        /// Another round of the beacon to wait for.
        #[arg(long, value_name = "ROUND")]
        beacon_round: Option<u64>,
        /// Why there is a further act, where there was one before.
        #[arg(long)]
        reason: Option<String>,
        /// A piece to draw for in a further act, such as p1/1; once for each.
        #[arg(long, value_name = "PIECE")]
        unit: Vec<String>,
        /// Why the first draw has another secret than the slips say, where that one is lost.
        #[arg(long, value_name = "REASON")]
        new_secret: Option<String>,
    },
    /// Draw from the sealed list.
    Draw {
        #[command(flatten)]
        raffle: Name,
        /// JSON of the beacon's round, as the network tells it; fetched from its servers where none is given.
        #[arg(long, value_name = "FILE")]
        beacon: Option<PathBuf>,
    },
    /// Hand out a prize.
    Claim {
        #[command(flatten)]
        raffle: Name,
        /// Which piece, such as p1/1.
        unit: String,
        /// The winner's ticket.
        entry: String,
        /// Somebody looked at age and residence: this person may have it.
        #[arg(long)]
        confirmed: bool,
    },
    /// Take a prize from its winner; an alternate moves up.
    Forfeit {
        #[command(flatten)]
        raffle: Name,
        /// Which piece, such as p1/1.
        unit: String,
        /// `not_claimed`, `declined`, `not_eligible` or `not_reachable`.
        #[arg(long)]
        reason: String,
    },
    /// Call it off; what is owed back is listed.
    Cancel {
        #[command(flatten)]
        raffle: Name,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Note that money was given back for an entry.
    Refund {
        #[command(flatten)]
        raffle: Name,
        /// The ticket's number.
        entry: String,
    },
    /// Write the signed record of a draw to FILE.
    Certificate {
        #[command(flatten)]
        raffle: Name,
        /// The file; JSON, to be handed out beside the verifier.
        file: PathBuf,
        /// Also on paper.
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
        /// Which act; the last drawn one where none is named.
        #[arg(long)]
        act: Option<u32>,
    },
    /// Write the page that checks a certificate in any browser to FILE. No shop is needed.
    Verifier {
        /// The file.
        file: PathBuf,
    },
    /// Every entry and what it won, as CSV, without people.
    Entries(Name),
    /// Check a certificate. No shop, no network and no data folder is needed.
    Verify {
        /// The certificate.
        file: PathBuf,
        /// The hash of the seal as it was published before the draw.
        #[arg(long, value_name = "HASH")]
        seal: Option<String>,
        /// The shop's key as it is known from elsewhere.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// The commitment on a slip.
        #[arg(long, value_name = "HASH")]
        commitment: Option<String>,
    },
}

/// Which raffle.
#[derive(Args)]
pub struct Name {
    /// Its name, such as winter-2026.
    #[arg(value_name = "RAFFLE")]
    id: String,
}

/// Whose entry. Nothing of it is kept; `-` reads it from standard input, so that it stands in no list of programs either.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Who {
    /// A phone number.
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    phone: Option<String>,
    /// What stands on a member's card.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    card: Option<String>,
}

/// Does it; tells the exit code.
///
/// # Errors
/// What could not be done.
pub async fn run(command: Raffle, options: EngineOptions, json: bool) -> Result<u8, ApiError> {
    let (name, asked, shown): (&str, Value, fn(&Value)) = match command {
        Raffle::Verify { file, seal, key, commitment } => {
            return checked(&file, seal.as_deref(), key.as_deref(), commitment.as_deref(), json);
        }
        Raffle::List => return read(options, "raffles", Value::Null, list, json).await,
        Raffle::Show(raffle) => return read(options, "raffle", named(raffle), show, json).await,
        Raffle::Statistics(raffle) => {
            let told = reader(options).await?.call("raffle", named(raffle)).await?;
            tell_as(&told["statistics"], statistics, json);
            return Ok(0);
        }
        Raffle::Warnings(raffle) => {
            let told = reader(options).await?.call("raffle", named(raffle)).await?;
            tell_as(&json!({ "problems": told["problems"], "warnings": told["warnings"] }), warnings, json);
            return Ok(0);
        }
        Raffle::Entries(raffle) => {
            let told = reader(options).await?.call("raffle_entries_csv", named(raffle)).await?;
            tell_as(&told, |csv| say!("{}", csv.as_str().unwrap_or_default().trim_end()), json);
            return Ok(0);
        }
        Raffle::Verifier { file } => {
            write(&file, VERIFIER_HTML.as_bytes())?;
            tell::done(json, "written", &file);
            return Ok(0);
        }
        Raffle::Certificate { raffle, file, pdf, act } => {
            let engine = own(options).await?;
            let told = engine.call("raffle_certificate", json!({ "id": raffle.id, "act": act })).await?;
            write(&file, text(&told, "json").as_bytes())?;
            if let Some(pdf) = &pdf {
                let bytes = BASE64_STANDARD.decode(text(&told, "pdf"));
                let bytes =
                    bytes.map_err(|_| ApiError::new("INTERNAL", "The paper could not be made.", "Try again."))?;
                write(pdf, &bytes)?;
            }
            let mut short = told.clone();
            if let Some(members) = short.as_object_mut() {
                members.retain(|name, _| name != "json" && name != "pdf");
                members.insert("file".to_owned(), json!(file));
                members.insert("pdf".to_owned(), json!(pdf));
            }
            tell_as(&short, certificate, json);
            return Ok(0);
        }
        Raffle::Create { file } => ("create_raffle", json!({ "document": document(&file)? }), show),
        Raffle::Update { file } => ("update_raffle", json!({ "document": document(&file)? }), show),
        Raffle::Open { raffle, acknowledge } => {
            ("open_raffle", json!({ "id": raffle.id, "acknowledged": acknowledge }), show)
        }
        Raffle::Enter { raffle, who, channel, receipt, household, confirmed } => {
            let (phone, card) = who.told()?;
            let asked = json!({
                "id": raffle.id, "phone": phone, "card": card, "household": household,
                "channel": channel, "receipt": receipt, "confirmed": confirmed,
            });
            ("enter_raffle", asked, slip)
        }
        Raffle::Tickets { raffle, who } => {
            let (phone, card) = who.told()?;
            ("raffle_tickets", json!({ "id": raffle.id, "phone": phone, "card": card }), tickets)
        }
        Raffle::Void { raffle, entry, reason, note } => {
            ("void_entry", json!({ "id": raffle.id, "entry": entry, "reason": reason, "note": note }), show)
        }
        Raffle::Close(raffle) => ("close_raffle", named(raffle), show),
        Raffle::Seal { raffle, beacon, beacon_round, reason, unit, new_secret } => {
            let units = if unit.is_empty() { Value::Null } else { json!(unit) };
            let asked = json!({
                "id": raffle.id, "beacon": beacon, "beacon_round": beacon_round, "reason": reason, "units": units,
                "new_secret": new_secret,
            });
            ("seal_raffle", asked, show)
        }
        Raffle::Draw { raffle, beacon } => {
            let beacon = beacon.as_deref().map(document).transpose()?;
            ("draw_raffle", json!({ "id": raffle.id, "beacon": beacon }), show)
        }
        Raffle::Claim { raffle, unit, entry, confirmed } => {
            ("claim_prize", json!({ "id": raffle.id, "unit": unit, "entry": entry, "confirmed": confirmed }), show)
        }
        Raffle::Forfeit { raffle, unit, reason } => {
            ("forfeit_prize", json!({ "id": raffle.id, "unit": unit, "reason": reason }), show)
        }
        Raffle::Cancel { raffle, reason } => ("cancel_raffle", json!({ "id": raffle.id, "reason": reason }), show),
        Raffle::Refund { raffle, entry } => ("refund_entry", json!({ "id": raffle.id, "entry": entry }), show),
    };
    let told = own(options).await?.call(name, asked).await?;
    tell_as(&told, shown, json);
    Ok(0)
}

async fn read(options: EngineOptions, name: &str, asked: Value, shown: fn(&Value), json: bool) -> Result<u8, ApiError> {
    let told = reader(options).await?.call(name, asked).await?;
    tell_as(&told, shown, json);
    Ok(0)
}

fn tell_as(told: &Value, shown: fn(&Value), json: bool) {
    if json { tell::value(told) } else { shown(told) }
}

fn named(raffle: Name) -> Value {
    json!({ "id": raffle.id })
}

impl Who {
    /// The phone number and the card, one of which there is.
    fn told(self) -> Result<(Option<String>, Option<String>), ApiError> {
        Ok((self.phone.map(piped).transpose()?, self.card.map(piped).transpose()?))
    }
}

/// The text itself, or the line from standard input that `-` stands for.
fn piped(given: String) -> Result<String, ApiError> {
    if given != "-" {
        return Ok(given);
    }
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .take(LONGEST_LINE)
        .read_to_string(&mut line)
        .map_err(|_| ApiError::bad_request("Standard input could not be read as text."))?;
    Ok(line.trim().to_owned())
}

fn bytes_of(file: &Path) -> Result<Vec<u8>, ApiError> {
    let unreadable = |why: String| {
        ApiError::new("CONFIG_NO_FILE", format!("{} could not be read: {why}.", file.display()), "Name another file.")
    };
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(|e| unreadable(e.to_string()))?;
    opened.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|e| unreadable(e.to_string()))?;
    if bytes.len() as u64 > LARGEST { Err(unreadable("it is too large".to_owned())) } else { Ok(bytes) }
}

fn document(file: &Path) -> Result<String, ApiError> {
    String::from_utf8(bytes_of(file)?).map_err(|_| {
        ApiError::new("CONFIG_NO_FILE", format!("{} is not a text.", file.display()), "Name the JSON file.")
    })
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), ApiError> {
    std::fs::write(file, bytes).map_err(|e| {
        ApiError::new(
            "CONFIG_FILE",
            format!("{} could not be written: {e}.", file.display()),
            "Name another file. The raffle is not changed by this.",
        )
    })
}

/// Checks a certificate's file; 0 where it holds, 5 where a step does not.
fn checked(
    file: &Path,
    seal: Option<&str>,
    key: Option<&str>,
    commitment: Option<&str>,
    json: bool,
) -> Result<u8, ApiError> {
    let hash = |text: Option<&str>| {
        let what = "A hash and a key are 64 digits of 0-9 and a-f.";
        text.map(|t| t.trim().parse().map_err(|_| ApiError::bad_request(what))).transpose()
    };
    let expected = Expected { seal_hash: hash(seal)?, public_key: hash(key)?, commitment: hash(commitment)? };
    let found = verify(&bytes_of(file)?, &expected);
    let failing: Vec<String> =
        found.failures().map(|step| format!("{}: {}", step.check.code(), step.words.trim_end_matches('.'))).collect();
    if json {
        let failures = |check| found.failures().any(|step| step.check == check);
        let steps = found
            .steps
            .iter()
            .map(|step| json!({ "check": step.check.code(), "holds": !failures(step.check), "words": step.words }));
        tell::value(&json!({
            "holds": found.verified(), "seal_hash": found.seal_hash.map(|hash| hash.to_string()),
            "steps": steps.collect::<Vec<_>>(), "notes": found.notes,
        }));
    } else if found.verified() {
        for step in &found.steps {
            say!("holds  {:<10} {}", step.check.code(), step.words);
        }
        for note in &found.notes {
            say!("note   {note}");
        }
        say!("The certificate holds.");
    }
    if found.verified() {
        return Ok(0);
    }
    tell::trouble(format_args!("The certificate does not hold. {}.", failing.join(". ")));
    Ok(5)
}
