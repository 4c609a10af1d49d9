//! What is handed to whoever helps: named fields and nothing else, shown before it is saved.
//!
//! Each field is on purpose. There is no row, no person, no name that a person gave, no token, no address and no words of a vendor in
//! it; what stands in the log goes through `scrub` once more.

use crate::commands::Nothing;
use crate::config::{Config, SourceSection, WarehouseSection};
use crate::dto::{ApiError, SupportFile};
use crate::engine::{Engine, held};
use crate::{crash, logs};
use backroom_core::Timestamp;
use backroom_core::table::Table;
use backroom_store::{StreamRow, TableRow, Trouble};
use serde::Serialize;
use std::collections::BTreeMap;

/// Lines of the log.
const LINES: usize = 400;
#[derive(Serialize)]
struct Bundle {
    what_this_is: &'static str,
    made_at: String,
    version: &'static str,
    built: &'static str,
    system: &'static str,
    processor: &'static str,
    demonstration: bool,
    schema: u32,
    file_bytes: Option<u64>,
    counts: BTreeMap<&'static str, u64>,
    settings: Settings,
    sources: Vec<Source>,
    warehouse: Option<Warehouse>,
    streams: Vec<Stream>,
    tables: Vec<Waiting>,
    halted: Option<String>,
    secrets_kept_in: String,
    crashes: Vec<Crash>,
    log: Vec<String>,
}

#[derive(Serialize)]
struct Settings {
    time_zone: Option<String>,
    business_day_start: String,
    every_minutes: Option<u32>,
    live: bool,
    customer_name: String,
    customer_email: String,
    customer_phone: String,
    raw_days: u32,
    receipt_days: u32,
    audit_days: u32,
    notices_failures: bool,
    notices_summary: bool,
    quiet_from: String,
    quiet_until: String,
    start_at_login: bool,
    id_check_keys: Option<String>,
    shop_is_named: bool,
}

/// A point of sale, by its number: its name is the shop's.
#[derive(Serialize)]
struct Source {
    number: usize,
    kind: &'static str,
    vendors_own_address: bool,
    signed_in: bool,
    account_is_set: bool,
    currency: Option<String>,
    history: String,
}

#[derive(Serialize)]
struct Warehouse {
    kind: &'static str,
    vendors_own_address: bool,
    location: String,
    daily_budget_micro_usd: u64,
}

#[derive(Serialize)]
struct Stream {
    source: usize,
    entity: String,
    /// Number of the location among those of its source; 0 for the whole account.
    location: usize,
    rows: u64,
    last_success: Option<String>,
    last_attempt: Option<String>,
    history_done: bool,
    trouble: Option<Told>,
}

#[derive(Serialize)]
struct Waiting {
    table: &'static str,
    pending: u64,
    dead: u64,
    delivered: u64,
    last_delivery: Option<String>,
    sending: bool,
    trouble: Option<Told>,
}

/// A trouble without the words of whoever told it.
#[derive(Serialize)]
struct Told {
    code: String,
    class: String,
    since: Option<String>,
}

#[derive(Serialize)]
struct Crash {
    at: String,
    version: String,
    place: String,
    calls: Vec<String>,
}

/// Makes it, to be looked at and saved.
pub(crate) async fn make_support(engine: &Engine, _: Nothing) -> Result<SupportFile, ApiError> {
    let asked = engine.clone();
    let file = tokio::task::spawn_blocking(move || asked.support())
        .await
        .map_err(|_| ApiError::new("INTERNAL", "The support file could not be made.", "Try again."))??;
    engine.log(&engine.at_work(), "support.made", "").await?;
    Ok(file)
}

impl Engine {
    /// What is handed to whoever helps: its name and its whole text.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn support(&self) -> Result<SupportFile, ApiError> {
        let now = self.inner.clock.now();
        let bundle = self.bundle(now)?;
        let text = serde_json::to_string_pretty(&bundle)
            .map_err(|_| ApiError::new("INTERNAL", "The support file could not be made.", "Try again."))?;
        let day = now.utc().format("%Y-%m-%d");
        Ok(SupportFile { name: format!("backroom-support-{day}.json"), text: text + "\n" })
    }

    fn bundle(&self, now: Timestamp) -> Result<Bundle, ApiError> {
        let config = self.config();
        let store = self.store();
        let shape = store.shape()?;
        let crashes = crash::kept(&self.inner.data_dir).into_iter();
        Ok(Bundle {
            what_this_is: "A support file of Backroom: how it is set and how it stands. No sales, no customers, no names, no secrets.",
            made_at: now.to_rfc3339(),
            version: env!("CARGO_PKG_VERSION"),
            built: if cfg!(debug_assertions) { "for development" } else { "for release" },
            system: std::env::consts::OS,
            processor: std::env::consts::ARCH,
            demonstration: self.inner.demo,
            schema: shape.schema,
            file_bytes: std::fs::metadata(self.inner.data_dir.join("backroom.db")).ok().map(|m| m.len()),
            counts: shape.rows.into_iter().collect(),
            streams: streams(&config, &store.stream_rows()?),
            tables: store.table_rows()?.iter().map(waiting).collect(),
            sources: config.source.iter().enumerate().map(|(n, section)| source(n + 1, section)).collect(),
            warehouse: config.warehouse.as_ref().map(warehouse),
            halted: held(&self.inner.halted).as_ref().map(|error| error.code.clone()),
            secrets_kept_in: format!("{:?}", self.inner.vault.place()).to_lowercase(),
            crashes: crashes.map(|c| Crash { at: c.at, version: c.version, place: c.place, calls: c.calls }).collect(),
            log: logs::newest(&self.inner.data_dir, LINES),
            settings: settings(config),
        })
    }
}

fn settings(config: Config) -> Settings {
    Settings {
        shop_is_named: config.store.name.is_some(),
        time_zone: config.store.time_zone,
        business_day_start: config.store.business_day_start,
        every_minutes: config.schedule.every_minutes,
        live: config.schedule.live,
        customer_name: config.privacy.customer_name,
        customer_email: config.privacy.customer_email,
        customer_phone: config.privacy.customer_phone,
        raw_days: config.retention.raw_days,
        receipt_days: config.retention.receipt_days,
        audit_days: config.retention.audit_days,
        notices_failures: config.notices.failures,
        notices_summary: config.notices.summary,
        quiet_from: config.notices.quiet_from,
        quiet_until: config.notices.quiet_until,
        start_at_login: config.window.start_at_login,
        id_check_keys: config.window.id_check_keys,
    }
}

fn source(number: usize, section: &SourceSection) -> Source {
    let usual = match section.kind.as_str() {
        "lightspeed_r" => SourceSection::lightspeed("", ""),
        _ => SourceSection::square(""),
    };
    Source {
        number,
        kind: if section.kind == "lightspeed_r" { "lightspeed_r" } else { "square" },
        vendors_own_address: section.base_url == usual.base_url,
        signed_in: !section.client_id.is_empty(),
        account_is_set: !section.account_id.is_empty(),
        currency: section.currency().ok().map(|currency| currency.code().to_owned()),
        history: section.history.clone(),
    }
}

fn warehouse(section: &WarehouseSection) -> Warehouse {
    Warehouse {
        kind: "bigquery",
        vendors_own_address: section.base_url == WarehouseSection::bigquery("", "", "").base_url,
        // A place of Google's; anything longer is none.
        location: section.location.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(24).collect(),
        daily_budget_micro_usd: section.budget_micro_usd(),
    }
}

fn streams(config: &Config, rows: &[StreamRow]) -> Vec<Stream> {
    let number = |name: &str| config.source.iter().position(|s| s.name == name).map_or(0, |at| at + 1);
    let mut places: Vec<(&str, &str)> = Vec::new();
    let mut told = Vec::new();
    for row in rows {
        let location = row.location.as_deref().map_or(0, |location| {
            let own = (row.source.as_str(), location);
            if !places.contains(&own) {
                places.push(own);
            }
            let of_source = places.iter().filter(|(source, _)| *source == row.source);
            of_source.take_while(|place| **place != own).count() + 1
        });
        told.push(Stream {
            source: number(&row.source),
            entity: row.entity.clone(),
            location,
            rows: row.rows,
            last_success: row.last_success.map(Timestamp::to_rfc3339),
            last_attempt: row.last_attempt.map(Timestamp::to_rfc3339),
            history_done: row.history_done,
            trouble: row.trouble.as_ref().map(trouble),
        });
    }
    told
}

fn waiting(row: &TableRow) -> Waiting {
    Waiting {
        table: Table::name(row.table),
        pending: row.pending,
        dead: row.dead,
        delivered: row.delivered,
        last_delivery: row.last_delivery.map(Timestamp::to_rfc3339),
        sending: row.sending,
        trouble: row.trouble.as_ref().filter(|t| !t.code.is_empty()).map(trouble),
    }
}

fn trouble(trouble: &Trouble) -> Told {
    Told { code: trouble.code.clone(), class: trouble.class.clone(), since: trouble.since.map(Timestamp::to_rfc3339) }
}
