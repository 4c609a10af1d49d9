//! From the configuration to points of sale that can be asked: one place that knows every vendor.

use crate::config::{SourceKind, SourceSection};
use crate::dto::ApiError;
use crate::engine::{Engine, held};
use backroom_connectors::lightspeed::{Lightspeed, LightspeedSettings};
use backroom_connectors::square::{Square, SquareSettings};
use backroom_core::source::Source;
use backroom_http::{Bucket, Client, ClientConfig, StaticToken, TokenProvider};
use backroom_secrets::source_token;
use backroom_sync::SourceEntry;
use std::sync::Arc;

/// A source that cannot be asked, and why.
pub(crate) type Unusable = (String, ApiError);

/// What a person calls the vendor of a kind.
pub(crate) fn vendor(kind: &str) -> &str {
    match kind {
        "square" => "Square",
        "lightspeed_r" => "Lightspeed",
        other => other,
    }
}

impl Engine {
    /// The sources that can be asked, and why the others cannot.
    ///
    /// # Errors
    /// Where none can.
    pub(crate) async fn sources(&self, only: Option<&str>) -> Result<(Vec<SourceEntry>, Vec<Unusable>), ApiError> {
        let config = self.config();
        let (mut entries, mut unusable) = (Vec::new(), Vec::new());
        for section in config.source.iter().filter(|s| only.is_none_or(|name| name == s.name)) {
            match self.source(section).await {
                Ok(entry) => entries.push(entry),
                Err(error) => unusable.push((section.name.clone(), error)),
            }
        }
        if let (true, Some((_, error))) = (entries.is_empty(), unusable.first()) {
            return Err(error.clone());
        }
        if let (Some(name), true) = (only, entries.is_empty()) {
            return Err(ApiError::new(
                "CONFIG_NO_SOURCE",
                format!("There is no source named {name}."),
                "Check the [[source]] entries of config.toml.",
            ));
        }
        if entries.is_empty() {
            return Err(ApiError::new(
                "CONFIG_NO_SOURCE",
                "No point of sale is connected yet.",
                "Connect Square or Lightspeed under Connections, or add a [[source]] to config.toml.",
            ));
        }
        Ok((entries, unusable))
    }

    pub(crate) async fn source(&self, section: &SourceSection) -> Result<SourceEntry, ApiError> {
        // A plain address is one of this computer: `Config` admits no other.
        if self.inner.demo && !section.base_url.starts_with("http://") {
            return Err(ApiError::new(
                "CONFIG_DEMO_SOURCE",
                "The demonstration store reads from the demonstration point of sale only; real sales do not mix with invented ones.",
                "Leave the demonstration store to connect your own shop.",
            ));
        }
        let token = self.access(section).await?;
        let client = Client::new(ClientConfig::default());
        let source: Arc<dyn Source> = match section.kind()? {
            SourceKind::Square => {
                let settings = SquareSettings {
                    name: section.name.clone(),
                    base_url: section.base_url.clone(),
                    ..SquareSettings::default()
                };
                Arc::new(Square::new(settings, client, token)?)
            }
            SourceKind::LightspeedR => {
                let settings = LightspeedSettings {
                    name: section.name.clone(),
                    account_id: section.account_id.clone(),
                    base_url: section.base_url.clone(),
                    currency: section.currency()?,
                    ..LightspeedSettings::default()
                };
                Arc::new(Lightspeed::new(settings, client, token, self.bucket(&section.name))?)
            }
        };
        let history_days = crate::config::history_days(&section.history)?;
        Ok(SourceEntry { name: section.name.clone(), source, history_days })
    }

    /// The bucket of an account, the same for every sync and test of it.
    fn bucket(&self, name: &str) -> Arc<Bucket> {
        held(&self.inner.buckets).entry(name.to_owned()).or_insert_with(|| Arc::new(Lightspeed::bucket())).clone()
    }

    /// The credential of a source.
    async fn access(&self, section: &SourceSection) -> Result<Arc<dyn TokenProvider>, ApiError> {
        let (secrets, name) = (self.inner.secrets.clone(), source_token(&section.kind, &section.name));
        let token = tokio::task::spawn_blocking(move || secrets.get(&name))
            .await
            .map_err(|_| ApiError::new("SECRET_FAILED", "The keychain could not be asked.", "Try again."))??;
        let token = token.filter(|t| !t.is_empty()).ok_or_else(|| {
            if let Some(trouble) = &self.inner.keychain_trouble {
                return trouble.clone();
            }
            let (code, vendor, variable) = match section.kind() {
                Ok(SourceKind::LightspeedR) => ("LIGHTSPEED_TOKEN_MISSING", "Lightspeed", "LIGHTSPEED_ACCESS_TOKEN"),
                _ => ("SQUARE_TOKEN_MISSING", "Square", "SQUARE_ACCESS_TOKEN"),
            };
            ApiError::new(
                code,
                format!("There is no {vendor} access token for {}.", section.name),
                format!("Paste one under Connections, or set {variable}."),
            )
        })?;
        Ok(Arc::new(StaticToken::new(token)))
    }
}
