//! What the owner decides once: names, business day, schedule, live mode, budget, privacy, and how long what is kept.

use crate::commands::Nothing;
use crate::config::{Config, PrivacySection, RetentionSection, is_name};
use crate::dto::{ApiError, KeptPart, KeptParts, LocationAlias, LocationName, Settings, SettingsDraft};
use crate::engine::{Engine, held};
use crate::writes;
use backroom_core::DayRule;
use backroom_core::Timestamp;
use backroom_core::table::Table;
use backroom_store::Kept;
use backroom_store::report::{self, NamedPlace};
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
    let shelf = engine.store().shelf()?;
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
        shop_name: config.store.name.unwrap_or_default(),
        raw_days: config.retention.raw_days,
        receipt_days: config.retention.receipt_days,
        audit_days: config.retention.audit_days,
        kept: KeptParts { raw: part(shelf.raw), receipts: part(shelf.receipts), audit: part(shelf.audit) },
        locations: locations(engine)?,
    })
}

fn part(kept: Kept) -> KeptPart {
    KeptPart { rows: kept.rows, oldest: kept.oldest.map(Timestamp::to_rfc3339) }
}

/// The locations by what they are asked for by, with both their names.
fn locations(engine: &Engine) -> Result<Vec<LocationName>, ApiError> {
    let kinds = engine.config().source;
    let kind = |source: &str| kinds.iter().find(|s| s.name == source).map_or_else(String::new, |s| s.kind.clone());
    let places = engine.store().read(report::places)?;
    let named = engine.store().named_places()?;
    let told = |place: NamedPlace| {
        let id = places.iter().find(|p| p.pk == place.pk).map_or(place.id, |p| p.name_among(&places));
        LocationName { id, kind: kind(&place.source), told: place.told, name: place.own.unwrap_or_default() }
    };
    Ok(named.into_iter().map(told).collect())
}

/// What locations are to be called, by their keys in the buffer.
fn names(engine: &Engine, draft: Option<Vec<LocationAlias>>) -> Result<Vec<(i64, Option<String>)>, ApiError> {
    let places = engine.store().read(report::places)?;
    let named = engine.store().named_places()?;
    let mut names = Vec::new();
    for LocationAlias { id, name } in draft.unwrap_or_default() {
        let place = places.iter().find(|p| p.name_among(&places) == id);
        let place = place.ok_or_else(|| ApiError::bad_request("There is no such location."))?;
        let name = name.trim();
        if !name.is_empty() && !is_name(name) {
            return Err(ApiError::new("SETTINGS_NAME", "A name has one to sixty letters.", "Enter a shorter one."));
        }
        let same = named.iter().any(|n| n.pk == place.pk && n.told == name);
        names.push((place.pk, Some(name.to_owned()).filter(|name| !name.is_empty() && !same)));
    }
    Ok(names)
}

pub(crate) async fn save_settings(engine: &Engine, draft: SettingsDraft) -> Result<Settings, ApiError> {
    let before = settings(engine, Nothing {})?;
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
    let mut config = engine.config();
    if let (Some(section), Some(budget)) = (config.warehouse.as_mut(), &draft.daily_budget_usd) {
        section.daily_budget_usd = Some(budget.trim().to_owned());
        section.check()?;
    }
    let warehouse = config.warehouse;
    let retention = RetentionSection {
        raw_days: draft.raw_days.unwrap_or(config.retention.raw_days),
        receipt_days: draft.receipt_days.unwrap_or(config.retention.receipt_days),
        audit_days: draft.audit_days.unwrap_or(config.retention.audit_days),
    };
    retention.check()?;
    let shop = draft.shop_name.map_or(config.store.name, |name| Some(name.trim().to_owned()).filter(|n| !n.is_empty()));
    if shop.as_deref().is_some_and(|name| !is_name(name)) {
        return Err(ApiError::new("SETTINGS_NAME", "A name has one to sixty letters.", "Enter a shorter one."));
    }
    let names = names(engine, draft.locations)?;
    let shorter = retention != config.retention;
    writes::edit_config(engine, |config| {
        config.store.name = shop;
        config.store.time_zone = zone;
        config.store.business_day_start = start;
        config.schedule.every_minutes = Some(draft.every_minutes);
        config.schedule.live = draft.live;
        config.privacy = privacy;
        config.retention = retention;
        config.warehouse = warehouse;
    })?;
    engine.store().set_privacy(choice).await?;
    if !names.is_empty() {
        engine.store().name_places(names).await?;
        engine.changed(&["sales", "products"]);
    }
    engine.forget_warehouse();
    let config = engine.config();
    let every = Duration::from_secs(u64::from(draft.every_minutes) * 60);
    held(&engine.inner.schedule).every_seconds = every_seconds(&config, every);
    if shorter {
        let engine = engine.clone();
        tokio::spawn(async move {
            if let Err(error) = engine.tidy().await {
                tracing::info!(code = %error.code, "What is too old could not be removed.");
            }
        });
    }
    let now = settings(engine, Nothing {})?;
    let told = difference(&before, &now);
    if !told.is_empty() {
        engine.log(&engine.at_work(), "settings.saved", &told).await?;
    }
    engine.changed(&["app", "sync", "settings", "people"]);
    Ok(now)
}

/// What was changed, for the log: each setting as it was and as it is.
fn difference(before: &Settings, now: &Settings) -> String {
    let days = |days: u32| if days == 0 { "for ever".to_owned() } else { format!("{days} days") };
    let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.replace(';', ",") };
    let switch = |on: bool| if on { "on" } else { "off" }.to_owned();
    let each = |s: &Settings| {
        [
            ("shop_name", or_none(&s.shop_name)),
            ("time_zone", s.time_zone.clone().unwrap_or_else(|| "each location's own".to_owned())),
            ("business_day_start", s.business_day_start.clone()),
            ("every_minutes", s.every_minutes.to_string()),
            ("live", switch(s.live)),
            ("daily_budget_usd", or_none(s.daily_budget_usd.as_deref().unwrap_or_default())),
            ("customer_name", s.customer_name.clone()),
            ("customer_email", s.customer_email.clone()),
            ("customer_phone", s.customer_phone.clone()),
            ("raw_days", days(s.raw_days)),
            ("receipt_days", days(s.receipt_days)),
            ("audit_days", days(s.audit_days)),
        ]
    };
    let mut told = Vec::new();
    for ((name, was), (_, is)) in each(before).into_iter().zip(each(now)) {
        if was != is {
            told.push(format!("{name}: {was} → {is}"));
        }
    }
    let called = |l: &LocationName| or_none(if l.name.is_empty() { &l.told } else { &l.name });
    for is in &now.locations {
        let was = before.locations.iter().find(|l| l.id == is.id);
        if let Some(was) = was.filter(|was| called(was) != called(is)) {
            told.push(format!("location: {} → {}", called(was), called(is)));
        }
    }
    told.join("; ")
}

impl Engine {
    /// Keeps how long the newest sale took from its register to the warehouse, of those that arrived there since the last time: a
    /// delivery of refunds sends their payments again, and says nothing of how long those took.
    pub(crate) async fn note_freshness(&self, tables: &[Table]) -> Result<(), ApiError> {
        let now = self.inner.clock.now();
        let mut newest: Option<i64> = None;
        for table in tables {
            let counted = format!("freshness_after_{}", table.name());
            let after = self.store().note(&counted)?.and_then(|text| text.parse().ok()).unwrap_or(0);
            let Some((row, made)) = self.store().newest_delivered(*table, after)? else { continue };
            self.store().set_note(&counted, &row.to_string()).await?;
            let seconds = now.seconds_since(made);
            newest = Some(newest.map_or(seconds, |n| n.min(seconds)));
        }
        if let Some(seconds) = newest.filter(|s| (0..=OLDEST_TELLING).contains(s)) {
            self.store().set_note(FRESHNESS, &seconds.to_string()).await?;
            self.changed(&["settings"]);
        }
        Ok(())
    }
}
