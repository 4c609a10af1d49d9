//! `config.toml` in the data folder: what is connected and how days are counted. Never a secret.

mod desk;
mod raffle;
mod retention;

pub use desk::{KEYS, NoticesSection, WindowSection};
pub use raffle::RaffleSection;
pub use retention::RetentionSection;

use backroom_core::{Currency, DayRule};
use backroom_store::{Keep, Privacy};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Name of the file.
pub const FILE: &str = "config.toml";
/// What the warehouse is called among the connections.
pub(crate) const WAREHOUSE: &str = "warehouse";
const SQUARE_URL: &str = backroom_connectors::square::SQUARE_URL;
const LIGHTSPEED_URL: &str = backroom_connectors::lightspeed::LIGHTSPEED_URL;
const BIGQUERY_URL: &str = "https://bigquery.googleapis.com";
/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 * 1024;

/// What is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("config.toml cannot be read: {0}")]
    Syntax(String),
    /// A value that cannot be used.
    #[error("config.toml: {key} {why}")]
    Value {
        /// Which key.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file cannot be read or written.
    #[error("config.toml cannot be used: {0}")]
    File(String),
}

impl ConfigError {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "CONFIG_SYNTAX",
            Self::Value { .. } => "CONFIG_VALUE",
            Self::File(_) => "CONFIG_FILE",
        }
    }

    /// What to press.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Syntax(_) | Self::Value { .. } => "Correct it in config.toml in the data folder.",
            Self::File(_) => "Check that the data folder can be read and written.",
        }
    }

    fn value(key: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Value { key: key.into(), why: why.into() }
    }
}

/// The configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whether the folder holds a demonstration store.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demo: bool,
    /// The shop.
    #[serde(default)]
    pub store: StoreSection,
    /// When it syncs.
    #[serde(default, skip_serializing_if = "ScheduleSection::is_usual")]
    pub schedule: ScheduleSection,
    /// What the warehouse is told of customers.
    #[serde(default, skip_serializing_if = "PrivacySection::is_usual")]
    pub privacy: PrivacySection,
    /// For how long is kept what is only kept for looking up.
    #[serde(default, skip_serializing_if = "RetentionSection::is_usual")]
    pub retention: RetentionSection,
    /// What the system is asked to show, and when not.
    #[serde(default, skip_serializing_if = "NoticesSection::is_usual")]
    pub notices: NoticesSection,
    /// What the window does beside its screens.
    #[serde(default, skip_serializing_if = "WindowSection::is_usual")]
    pub window: WindowSection,
    /// Where the public randomness of a draw is asked for.
    #[serde(default, skip_serializing_if = "RaffleSection::is_usual")]
    pub raffle: RaffleSection,
    /// Points of sale.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<SourceSection>,
    /// The warehouse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<WarehouseSection>,
}

/// `[store]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSection {
    /// What the shop calls itself; what its locations are called where none is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// IANA zone of every location; each location's own where none is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Time of day at which a business day begins.
    #[serde(default = "day_start")]
    pub business_day_start: String,
}

impl Default for StoreSection {
    fn default() -> Self {
        Self { name: None, time_zone: None, business_day_start: day_start() }
    }
}

fn day_start() -> String {
    DayRule::DEFAULT_START.to_owned()
}

/// `[privacy]`: what the warehouse is told of customers: `drop`, `hash` or `keep`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacySection {
    /// Their names; dropped unless changed.
    #[serde(default = "dropped")]
    pub customer_name: String,
    /// Their e-mail addresses; hashed unless changed.
    #[serde(default = "hashed")]
    pub customer_email: String,
    /// Their phone numbers; hashed unless changed.
    #[serde(default = "hashed")]
    pub customer_phone: String,
}

fn dropped() -> String {
    Keep::Drop.name().to_owned()
}

fn hashed() -> String {
    Keep::Hash.name().to_owned()
}

impl Default for PrivacySection {
    fn default() -> Self {
        Self { customer_name: dropped(), customer_email: hashed(), customer_phone: hashed() }
    }
}

impl PrivacySection {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// The choice.
    ///
    /// # Errors
    /// What is none of the three.
    pub fn choice(&self) -> Result<Privacy, ConfigError> {
        let keep = |name: &str, text: &str| {
            Keep::parse(text)
                .ok_or_else(|| ConfigError::value(format!("[privacy] {name}"), "is \"drop\", \"hash\" or \"keep\""))
        };
        Ok(Privacy {
            name: keep("customer_name", &self.customer_name)?,
            email: keep("customer_email", &self.customer_email)?,
            phone: keep("customer_phone", &self.customer_phone)?,
        })
    }
}

/// `[schedule]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSection {
    /// Minutes between two syncs, 1 to 1440; a quarter of an hour where none is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_minutes: Option<u32>,
    /// Whether a sale is to be in the warehouse within a minute.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub live: bool,
}

impl ScheduleSection {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// `[[source]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSection {
    /// `square` or `lightspeed_r`.
    pub kind: String,
    /// Its name; also names its secret. Absent from the file: the usual one of its kind.
    #[serde(default = "usual")]
    pub name: String,
    /// Where it is reached. Absent from the file: the vendor's own address.
    #[serde(default = "usual")]
    pub base_url: String,
    /// The account's number at Lightspeed; empty for the one the credential belongs to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub account_id: String,
    /// ISO 4217 code of the account's currency, where the vendor's records name none; US dollars unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Public id of the application by which it is signed in; empty where a token was pasted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_id: String,
    /// The https page that is registered at the vendor as the way back from its sign-in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub redirect: String,
    /// How far back the first sync goes: `2y`, `18m`, `90d`, or `all` for the day each location was opened.
    #[serde(default = "two_years")]
    pub history: String,
}

/// The kinds of points of sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// Square.
    Square,
    /// Lightspeed Retail R-Series.
    LightspeedR,
}

impl SourceSection {
    /// A Square account at Square's own address.
    pub fn square(name: &str) -> Self {
        Self::of("square", name)
    }

    /// A Lightspeed Retail R-Series account at Lightspeed's own address.
    pub fn lightspeed(name: &str, account_id: &str) -> Self {
        Self { account_id: account_id.to_owned(), ..Self::of("lightspeed_r", name) }
    }

    fn of(kind: &str, name: &str) -> Self {
        let mut section = Self {
            kind: kind.to_owned(),
            name: name.to_owned(),
            base_url: usual(),
            account_id: String::new(),
            currency: None,
            client_id: String::new(),
            redirect: String::new(),
            history: two_years(),
        };
        section.fill();
        section
    }

    /// What the file leaves out.
    fn fill(&mut self) {
        let (name, url) = match self.kind() {
            Ok(SourceKind::LightspeedR) => ("lightspeed", LIGHTSPEED_URL),
            _ => ("main", SQUARE_URL),
        };
        if self.name == USUAL {
            name.clone_into(&mut self.name);
        }
        if self.base_url == USUAL {
            url.clone_into(&mut self.base_url);
        }
    }

    /// The kind.
    ///
    /// # Errors
    /// A kind that is not known.
    pub fn kind(&self) -> Result<SourceKind, ConfigError> {
        match self.kind.as_str() {
            "square" => Ok(SourceKind::Square),
            "lightspeed_r" => Ok(SourceKind::LightspeedR),
            other => Err(ConfigError::value(
                "[[source]] kind",
                format!("\"{other}\" is not known; use \"square\" or \"lightspeed_r\""),
            )),
        }
    }

    /// The currency of records that name none.
    ///
    /// # Errors
    /// What is no currency code.
    pub fn currency(&self) -> Result<Currency, ConfigError> {
        self.currency.as_deref().map_or(Ok(Currency::USD), |code| {
            Currency::parse(code)
                .map_err(|_| ConfigError::value("[[source]] currency", "is a code of three letters such as \"USD\""))
        })
    }
}

/// Stands for what the file leaves out until the kind is known; no file can hold it.
const USUAL: &str = "\0";

fn usual() -> String {
    USUAL.into()
}

fn two_years() -> String {
    "2y".into()
}

/// `[warehouse]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarehouseSection {
    /// `bigquery`.
    #[serde(default = "bigquery_kind")]
    pub kind: String,
    /// Project id.
    pub project: String,
    /// Dataset.
    pub dataset: String,
    /// Location of the dataset.
    #[serde(default = "us")]
    pub location: String,
    /// Where it is reached.
    #[serde(default = "bigquery_url")]
    pub base_url: String,
    /// The most that queries may cost in a UTC day, in US dollars as decimal text; 1.00 unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_budget_usd: Option<String>,
}

fn bigquery_kind() -> String {
    "bigquery".into()
}

fn us() -> String {
    "US".into()
}

fn bigquery_url() -> String {
    BIGQUERY_URL.into()
}

impl WarehouseSection {
    /// A dataset at Google.
    pub fn bigquery(project: &str, dataset: &str, location: &str) -> Self {
        Self {
            kind: bigquery_kind(),
            project: project.to_owned(),
            dataset: dataset.to_owned(),
            location: if location.is_empty() { us() } else { location.to_owned() },
            base_url: bigquery_url(),
            daily_budget_usd: None,
        }
    }

    /// The daily budget in millionths of a US dollar.
    pub fn budget_micro_usd(&self) -> u64 {
        self.daily_budget_usd.as_deref().and_then(micro_usd).unwrap_or(1_000_000)
    }

    /// Checks every value.
    ///
    /// # Errors
    /// The first value that cannot be used.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.kind != "bigquery" {
            return Err(ConfigError::value("[warehouse] kind", "must be \"bigquery\""));
        }
        let project = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-:.".contains(c);
        if self.project.is_empty() || self.project.len() > 120 || !self.project.chars().all(project) {
            return Err(ConfigError::value("[warehouse] project", "is written in small letters, digits and hyphens"));
        }
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if self.dataset.is_empty() || self.dataset.len() > 1024 || !self.dataset.chars().all(word) {
            return Err(ConfigError::value("[warehouse] dataset", "is written in letters, digits and underscores"));
        }
        if self.daily_budget_usd.as_deref().is_some_and(|b| micro_usd(b).is_none()) {
            return Err(ConfigError::value("[warehouse] daily_budget_usd", "is an amount such as \"1.00\""));
        }
        check_url("[warehouse] base_url", &self.base_url)
    }
}

/// Dollars as decimal text in millionths.
fn micro_usd(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || fraction.len() > 6 || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{whole}{fraction:0<6}").parse().ok()
}

/// https everywhere, plain http on this machine alone.
pub(crate) fn check_url(key: &str, text: &str) -> Result<(), ConfigError> {
    let url = url::Url::parse(text).map_err(|_| ConfigError::value(key, "is not an address"))?;
    let loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if loopback => Ok(()),
        "http" => Err(ConfigError::value(key, "must begin with https:// (plain http is for this computer alone)")),
        _ => Err(ConfigError::value(key, "must begin with https://")),
    }
}

/// Days of a history such as `2y`, `18m` or `90d`; none for `all`, which goes back to the shop's first day.
///
/// # Errors
/// Where the text is none of these, or longer than ten years.
pub fn history_days(text: &str) -> Result<Option<i64>, ConfigError> {
    if text == "all" {
        return Ok(None);
    }
    let wrong = || {
        let rule = "is written like \"2y\", \"18m\" or \"90d\", ten years at most, or \"all\" for the shop's first day";
        ConfigError::value("[[source]] history", rule)
    };
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let days = match unit {
        // A day more than the longest year, so that the same date two years ago is in.
        'y' => number.checked_mul(365).filter(|d| *d > 0).map(|d| d + number / 4 + 1),
        // Months of 31 days, up to the same ten years as the other units.
        'm' => number.checked_mul(31).filter(|_| number <= 120).map(|d| d.min(3_660)),
        'd' => Some(number),
        _ => None,
    };
    days.filter(|d| (1..=3_660).contains(d)).map(Some).ok_or_else(wrong)
}

impl Config {
    /// Reads the configuration of a data folder; an absent file is an empty configuration.
    ///
    /// # Errors
    /// What is wrong with it, by key and line.
    pub fn load(folder: &Path) -> Result<Self, ConfigError> {
        let path = folder.join(FILE);
        match std::fs::metadata(&path) {
            // A file in place of the folder is the folder's trouble, and told as such by whoever opens it.
            Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                return Ok(Self::default());
            }
            Err(e) => return Err(ConfigError::File(e.to_string())),
            Ok(m) if m.len() > LARGEST => return Err(ConfigError::Syntax("the file is far too long".into())),
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(&path).map_err(|e| match e.kind() {
            std::io::ErrorKind::InvalidData => ConfigError::Syntax("it is not a text in UTF-8".into()),
            _ => ConfigError::File(e.to_string()),
        })?;
        Self::parse(&text)
    }

    /// Reads and checks the text of a configuration.
    ///
    /// # Errors
    /// What is wrong with it, by key and line.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|e| {
            let line = e.span().map(|s| text[..s.start.min(text.len())].matches('\n').count() + 1);
            let place = line.map(|n| format!("line {n}: ")).unwrap_or_default();
            ConfigError::Syntax(format!("{place}{}", e.message().trim()))
        })?;
        config.source.iter_mut().for_each(SourceSection::fill);
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let zone = self.store.time_zone.as_deref().unwrap_or("UTC");
        DayRule::new(zone, "00:00").map_err(|e| ConfigError::value("[store] time_zone", format!("\"{zone}\": {e}")))?;
        DayRule::new("UTC", &self.store.business_day_start)
            .map_err(|e| ConfigError::value("[store] business_day_start", e.to_string()))?;
        self.privacy.choice()?;
        self.retention.check()?;
        self.notices.check()?;
        self.window.check()?;
        self.raffle.check()?;
        if self.store.name.as_deref().is_some_and(|name| !is_name(name)) {
            return Err(ConfigError::value("[store] name", "has one to sixty letters"));
        }
        if self.schedule.every_minutes.is_some_and(|m| !(1..=1_440).contains(&m)) {
            return Err(ConfigError::value("[schedule] every_minutes", "is 1 to 1440"));
        }
        for (n, source) in self.source.iter().enumerate() {
            source.kind()?;
            source.currency()?;
            if source.account_id.len() > 40 {
                return Err(ConfigError::value(
                    "[[source]] account_id",
                    "is the account's number, 40 characters at most",
                ));
            }
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if source.name.is_empty() || source.name.len() > 40 || !source.name.chars().all(plain) {
                return Err(ConfigError::value("[[source]] name", "is letters, digits, - and _, at most 40"));
            }
            if source.name == WAREHOUSE {
                return Err(ConfigError::value("[[source]] name", "may not be \"warehouse\": that is BigQuery's"));
            }
            if self.source[..n].iter().any(|s| s.name == source.name) {
                return Err(ConfigError::value("[[source]] name", format!("\"{}\" is used twice", source.name)));
            }
            check_url("[[source]] base_url", &source.base_url)?;
            if !source.redirect.is_empty() {
                check_url("[[source]] redirect", &source.redirect)?;
            }
            if source.client_id.len() > 400 || !source.client_id.chars().all(|c| c.is_ascii_graphic()) {
                return Err(ConfigError::value("[[source]] client_id", "is the application's public id"));
            }
            history_days(&source.history)?;
        }
        self.warehouse.as_ref().map_or(Ok(()), WarehouseSection::check)
    }

    /// Writes the configuration so that a crash leaves the old or the new one whole.
    ///
    /// # Errors
    /// Where the file cannot be written; the old one is untouched then.
    pub fn save(&self, folder: &Path) -> Result<(), ConfigError> {
        let failed = |e: std::io::Error| ConfigError::File(e.to_string());
        let text = toml::to_string_pretty(self).map_err(|e| ConfigError::File(e.to_string()))?;
        let fresh = folder.join("config.toml.new");
        let mut file = std::fs::File::create(&fresh).map_err(failed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        std::fs::rename(&fresh, folder.join(FILE)).map_err(failed)
    }
}

/// Whether a text can be the name of a shop, a location or a person.
pub(crate) fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 60 && !text.chars().any(char::is_control)
}

/// Where this system keeps the data of its programs.
pub fn default_data_dir() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = if cfg!(target_os = "windows") {
        // The local folder, not the roaming one: the buffer is large and belongs to this PC. The installer puts the program
        // itself into `Backroom` there.
        variable("LOCALAPPDATA").map(|p| p.join("Backroom Data"))
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|p| p.join("Library/Application Support/Backroom"))
    } else {
        variable("XDG_DATA_HOME")
            .or_else(|| variable("HOME").map(|p| p.join(".local/share")))
            .map(|p| p.join("backroom"))
    };
    base.unwrap_or_else(|| PathBuf::from("backroom-data"))
}

/// Where the demonstration store keeps its data.
pub fn demo_data_dir() -> PathBuf {
    default_data_dir().join("demo")
}
