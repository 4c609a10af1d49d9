//! What has to be known to reach a dataset.

use backroom_core::{Fault, FaultClass};
use backroom_http::{Client, RetryPolicy};
use backroom_secrets::Secret;
use std::time::Duration;
use url::{Host, Url};

/// Where rows are delivered to, and how much that may cost.
#[derive(Debug, Clone)]
pub struct Config {
    /// The Google Cloud project.
    pub project: String,
    /// The dataset in it.
    pub dataset: String,
    /// Where the dataset lives, such as `US` or `europe-west1`.
    pub location: String,
    /// Where BigQuery is reached; https, except on this machine.
    pub base_url: String,
    /// The most that queries may cost in a UTC day, in millionths of a US dollar.
    pub daily_budget_micro_usd: u64,
    /// Whether a dataset that does not exist may be created.
    pub create_dataset: bool,
    /// How long a job is waited for before its outcome counts as unknown.
    pub job_timeout: Duration,
    /// How long a staging table lives where nobody drops it.
    pub staging_life: Duration,
    /// How calls that may be repeated are tried again.
    pub retry: RetryPolicy,
}

impl Config {
    /// BigQuery itself.
    pub const BASE_URL: &'static str = "https://bigquery.googleapis.com";

    /// The dataset `dataset` of `project` at Google, in `US`, with a budget of one dollar a day.
    pub fn new(project: impl Into<String>, dataset: impl Into<String>) -> Self {
        Self {
            project: project.into(),
            dataset: dataset.into(),
            location: "US".to_owned(),
            base_url: Self::BASE_URL.to_owned(),
            daily_budget_micro_usd: 1_000_000,
            create_dataset: true,
            job_timeout: Duration::from_secs(600),
            staging_life: Duration::from_secs(3 * 86_400),
            retry: RetryPolicy::default(),
        }
    }

    /// The base address, after everything that goes into SQL or an address has been checked.
    pub(crate) fn checked(&self) -> Result<Url, Fault> {
        let wrong = |what: &str| {
            Fault::new(FaultClass::Config, "BIGQUERY_CONFIG", what.to_owned())
                .with_hint("Open Connections → BigQuery and correct it.")
        };
        let project = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-:.".contains(c);
        if self.project.is_empty() || !self.project.chars().all(project) {
            return Err(wrong("The BigQuery project is written in small letters, digits and hyphens."));
        }
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if self.dataset.is_empty() || !self.dataset.chars().all(word) {
            return Err(wrong("The BigQuery dataset is written in letters, digits and underscores."));
        }
        if self.location.is_empty() || !self.location.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(wrong("The BigQuery location is a name such as US or europe-west1."));
        }
        let url = Url::parse(self.base_url.trim_end_matches('/'))
            .map_err(|_| wrong("The address of BigQuery cannot be read."))?;
        Client::check(&url)?;
        Ok(url)
    }
}

/// How the warehouse knows who asks.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nobody asks: accepted only for an address on this machine.
    None,
    /// The JSON text of a service account's key.
    ServiceAccount(Secret),
}

/// Whether `url` is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}
