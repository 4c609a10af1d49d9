//! `backroomctl update`: how the program stands to newer versions of itself, and asking whether there is one. Installing is the
//! window's: it knows what it was installed from.

use crate::tell::{self, say};
use crate::work::{own, reader};
use backroom_api::EngineOptions;
use backroom_api::dto::ApiError;
use clap::Subcommand;
use serde_json::Value;

/// What to do about updates.
#[derive(Subcommand)]
pub enum Update {
    /// Where it stands.
    Status,
    /// Ask now whether there is something newer.
    Check,
}

/// Does it; tells the exit code.
///
/// # Errors
/// What could not be done.
pub async fn run(command: Update, options: EngineOptions, json: bool) -> Result<u8, ApiError> {
    let status = match command {
        Update::Status => reader(options).await?.call("update_status", Value::Null).await?,
        Update::Check => own(options).await?.call("check_for_update", Value::Null).await?,
    };
    if json {
        tell::value(&status);
        return Ok(0);
    }
    let text = |name: &str| status[name].as_str().unwrap_or_default();
    say!("Version {}, channel {}", text("version"), text("channel"));
    let offered = status["offer"]["version"].as_str();
    match (text("state"), offered) {
        ("unavailable", _) => say!("{}", status["unavailable"]["message"].as_str().unwrap_or_default()),
        (_, None) => say!("Nothing newer is known."),
        (state, Some(version)) => {
            let stands = match state {
                "ready" => "here, to be installed",
                "downloading" => "coming",
                "installing" => "being installed",
                "not_yet" => "given out step by step; this computer's turn comes later",
                _ => "there",
            };
            say!("Version {version} is {stands}.");
            for note in status["offer"]["notes"].as_array().into_iter().flatten() {
                say!("  - {}", note.as_str().unwrap_or_default());
            }
        }
    }
    if !text("checked_at").is_empty() {
        say!("Last asked {}", text("checked_at"));
    }
    if let Some(why) = status["failed"]["message"].as_str() {
        say!("{} (since {}, {})", why, text("failed_at"), status["failed"]["code"].as_str().unwrap_or_default());
    }
    Ok(0)
}
