//! Once a day, behind everything else: what is older than the owner wants it kept goes.

use crate::dto::ApiError;
use crate::engine::Engine;
use backroom_core::Timestamp;

/// Note of when that was done last.
const NOTE: &str = "tidied_at";
const EVERY_SECONDS: i64 = 86_400;

impl Engine {
    /// Removes what is too old, where that was not done today already.
    pub(crate) async fn tidy_when_due(&self) -> Result<(), ApiError> {
        let now = self.inner.clock.now();
        let last = self.store().note(NOTE)?.and_then(|text| text.parse().ok()).map(Timestamp::from_micros);
        // A clock that was set back makes it due as well.
        if last.is_some_and(|last| (0..EVERY_SECONDS).contains(&now.seconds_since(last))) {
            return Ok(());
        }
        self.tidy().await?;
        Ok(self.store().set_note(NOTE, &now.micros().to_string()).await?)
    }

    /// Removes what is older than it is to be kept: replies, receipts, entries of the audit log. Rows stay.
    ///
    /// # Errors
    /// What the buffer or the keychain says; what was removed until then stays removed.
    pub async fn tidy(&self) -> Result<(), ApiError> {
        let section = self.config().retention;
        let tidied = self.store().tidy(section.choice()).await?;
        if tidied.raw > 0 || tidied.receipts > 0 {
            tracing::info!(replies = tidied.raw, receipts = tidied.receipts, "What was too old was removed.");
            self.changed(&["sync", "settings"]);
        }
        if let Some(days) = section.audit() {
            self.trim_log(self.inner.clock.now().plus_days(-i64::from(days))).await?;
        }
        Ok(())
    }
}
