//! What the owner decides once: business day, schedule, live mode, budget.

use crate::commands::Nothing;
use crate::config::{Config, PrivacySection};
use crate::dto::{ApiError, Settings, SettingsDraft};
use crate::engine::{Engine, held};
use crate::writes;
use backroom_core::DayRule;
use std::time::Duration;

/// Seconds between two syncs in live mode: with the time that both ways take, a sale is there well within a minute.
pub(crate) const LIVE_SECONDS: i64 = 15;
const LONGEST_MINUTES: u32 = 1_440;
/// Note of how long the newest sale took to the warehouse, in seconds.
const FRESHNESS: &str = "freshness_seconds";
/// A sale that is older than this when it arrives tells nothing about the way: it was uploaded late, or is of the history.
const OLDEST_TELLING: i64 = 3_600;

/// Seconds between two syncs: what the owner set, else what the host begins with.
pub(crate) fn every_seconds(config: &Config, usual: Duration) -> i64 {
    let usual = i64::try_from(usual.as_secs()).unwrap_or(900).max(1);
    match (config.schedule.live, config.schedule.every_minutes) {
        (true, _) => LIVE_SECONDS.min(usual),
        (false, Some(minutes)) => i64::from(minutes) * 60,
        (false, None) => usual,
    }
}

pub(crate) fn settings(engine: &Engine, _: Nothing) -> Result<Settings, ApiError> {
    let config = engine.config();
    let rule = engine.store().rule();
    let start = format!("{:02}:{:02}", rule.start_minute() / 60, rule.start_minute() % 60);
    let other_zone = config.store.time_zone.as_deref().is_some_and(|zone| zone != rule.zone_name());
    let seconds = held(&engine.inner.schedule).every_seconds;
    Ok(Settings {
        applies_at_start: other_zone || config.store.business_day_start != start,
        time_zone: config.store.time_zone,
        business_day_start: config.store.business_day_start,
        every_minutes: config
            .schedule
            .every_minutes
            .unwrap_or_else(|| u32::try_from((seconds + 59) / 60).unwrap_or(15).clamp(1, LONGEST_MINUTES)),
        live: config.schedule.live,
        daily_budget_usd: config.warehouse.map(|w| w.daily_budget_usd.unwrap_or_else(|| "1.00".to_owned())),
        customer_name: config.privacy.customer_name,
        customer_email: config.privacy.customer_email,
        customer_phone: config.privacy.customer_phone,
        freshness_seconds: engine.store().note(FRESHNESS)?.and_then(|text| text.parse().ok()),
    })
}

pub(crate) async fn save_settings(engine: &Engine, draft: SettingsDraft) -> Result<Settings, ApiError> {
    let zone = draft.time_zone.as_deref().map(str::trim).filter(|z| !z.is_empty()).map(str::to_owned);
    let start = draft.business_day_start.trim().to_owned();
    DayRule::new(zone.as_deref().unwrap_or("UTC"), &start).map_err(|e| {
        ApiError::new(
            "SETTINGS_DAY",
            format!("{e}."),
            "A day begins at a time such as 04:00; a zone is called like America/Chicago.",
        )
    })?;
    if !(1..=LONGEST_MINUTES).contains(&draft.every_minutes) {
        return Err(ApiError::new("SETTINGS_EVERY", "Syncs are 1 to 1440 minutes apart.", "Enter another number."));
    }
    let privacy = PrivacySection {
        customer_name: draft.customer_name,
        customer_email: draft.customer_email,
        customer_phone: draft.customer_phone,
    };
    let choice = privacy.choice()?;
    let mut warehouse = engine.config().warehouse;
    if let (Some(section), Some(budget)) = (warehouse.as_mut(), &draft.daily_budget_usd) {
        section.daily_budget_usd = Some(budget.trim().to_owned());
        section.check()?;
    }
    writes::edit_config(engine, |config| {
        config.store.time_zone = zone;
        config.store.business_day_start = start;
        config.schedule.every_minutes = Some(draft.every_minutes);
        config.schedule.live = draft.live;
        config.privacy = privacy;
        config.warehouse = warehouse;
    })?;
    engine.store().set_privacy(choice).await?;
    engine.forget_warehouse();
    let config = engine.config();
    let every = Duration::from_secs(u64::from(draft.every_minutes) * 60);
    held(&engine.inner.schedule).every_seconds = every_seconds(&config, every);
    engine.changed(&["app", "sync", "settings"]);
    settings(engine, Nothing {})
}

impl Engine {
    /// Keeps how long the newest sale took from its register to the warehouse.
    pub(crate) async fn note_freshness(&self) -> Result<(), ApiError> {
        let now = self.inner.clock.now();
        let newest = self.store().read(|c| {
            let made: Option<i64> = c.query_row(
                "SELECT max(created_at) FROM (SELECT created_at FROM payment ORDER BY pk DESC LIMIT 50)",
                [],
                |r| r.get(0),
            )?;
            Ok(made)
        })?;
        let seconds = newest.map(|at| now.seconds_since(backroom_core::Timestamp::from_micros(at)));
        if let Some(seconds) = seconds.filter(|s| (0..=OLDEST_TELLING).contains(s)) {
            self.store().set_note(FRESHNESS, &seconds.to_string()).await?;
            self.changed(&["settings"]);
        }
        Ok(())
    }
}
