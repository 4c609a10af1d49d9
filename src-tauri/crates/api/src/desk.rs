//! What Backroom does beside its screens: when it tells something, whether it starts by itself, which keys open the ID check. The
//! window does it; here is what it is to do.

use crate::commands::Nothing;
use crate::config::{KEYS, NoticesSection, WindowSection};
use crate::dto::{ApiError, Desk, DeskDraft};
use crate::engine::Engine;
use crate::writes;

pub(crate) fn desk(engine: &Engine, _: Nothing) -> Result<Desk, ApiError> {
    let config = engine.config();
    let NoticesSection { failures, summary, quiet_from, quiet_until } = config.notices;
    let WindowSection { start_at_login, id_check_keys } = config.window;
    let keys = KEYS.map(str::to_owned).to_vec();
    let (login_trouble, keys_trouble) = (None, None);
    Ok(Desk {
        failures,
        summary,
        quiet_from,
        quiet_until,
        start_at_login,
        id_check_keys,
        keys,
        login_trouble,
        keys_trouble,
    })
}

impl Engine {
    /// The same for the window itself, whoever is at work: as JSON.
    ///
    /// # Errors
    /// None that is known.
    pub fn desk(&self) -> Result<serde_json::Value, ApiError> {
        let told = serde_json::to_value(desk(self, Nothing {})?);
        told.map_err(|_| ApiError::new("INTERNAL", "The settings could not be told.", "Try again."))
    }
}

pub(crate) async fn save_desk(engine: &Engine, draft: DeskDraft) -> Result<Desk, ApiError> {
    let before = desk(engine, Nothing {})?;
    let DeskDraft { failures, summary, quiet_from, quiet_until, start_at_login, id_check_keys } = draft;
    let notices = NoticesSection { failures, summary, quiet_from, quiet_until };
    let window = WindowSection { start_at_login, id_check_keys };
    notices.check().map_err(|_| {
        ApiError::new(
            "SETTINGS_QUIET",
            "That is no time of day.",
            "Enter one such as 21:00, or the same twice for none.",
        )
    })?;
    window.check().map_err(|_| ApiError::bad_request("There are no such keys to choose."))?;
    writes::edit_config(engine, |config| {
        config.notices = notices;
        config.window = window;
    })?;
    let now = desk(engine, Nothing {})?;
    let told = difference(&before, &now);
    if !told.is_empty() {
        engine.log(&engine.at_work(), "settings.saved", &told).await?;
    }
    engine.changed(&["settings"]);
    Ok(now)
}

/// What was changed, for the log: each setting as it was and as it is.
fn difference(before: &Desk, now: &Desk) -> String {
    let switch = |on: bool| if on { "on" } else { "off" }.to_owned();
    let each = |d: &Desk| {
        [
            ("notices_failures", switch(d.failures)),
            ("notices_summary", switch(d.summary)),
            ("quiet_hours", format!("{} to {}", d.quiet_from, d.quiet_until)),
            ("start_at_login", switch(d.start_at_login)),
            ("id_check_keys", d.id_check_keys.clone().unwrap_or_else(|| "none".to_owned())),
        ]
    };
    let changed = each(before).into_iter().zip(each(now)).filter(|((_, was), (_, is))| was != is);
    changed.map(|((name, was), (_, is))| format!("{name}: {was} → {is}")).collect::<Vec<_>>().join("; ")
}
