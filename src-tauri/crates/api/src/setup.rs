//! Setting a shop up, step by step: which step it was left at, and what was skipped. The steps themselves are the screens'.

use crate::dto::{ApiError, Setup};
use crate::engine::Engine;

/// Note of how far it has come.
const NOTE: &str = "setup";
/// More steps than there can be.
const MOST_STEPS: usize = 20;
const LONGEST_STEP: usize = 30;

/// How far it has come. A note that cannot be read is none: the person goes through the steps once more.
pub(crate) fn state(engine: &Engine) -> Result<Setup, ApiError> {
    let note = engine.store().note(NOTE)?;
    Ok(note.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Takes note of how far it has come.
pub(crate) async fn keep_setup(engine: &Engine, setup: Setup) -> Result<(), ApiError> {
    let name = |step: &String| {
        (1..=LONGEST_STEP).contains(&step.len()) && step.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    if setup.skipped.len() > MOST_STEPS || !setup.step.iter().chain(&setup.skipped).all(name) {
        return Err(ApiError::bad_request("There is no such step."));
    }
    let text = serde_json::to_string(&setup).map_err(|_| ApiError::bad_request("There is no such step."))?;
    if engine.store().note(NOTE)?.as_deref() != Some(text.as_str()) {
        engine.store().set_note(NOTE, &text).await?;
        engine.changed(&["app"]);
    }
    Ok(())
}
