//! From the configuration to points of sale that can be asked: one place that knows every vendor.

use crate::config::{SourceKind, SourceSection};
use crate::dto::ApiError;
use crate::engine::{Engine, held};
use backroom_connectors::lightspeed::{Lightspeed, LightspeedSettings};
use backroom_connectors::square::{Square, SquareSettings};
use backroom_core::source::Source;
use backroom_http::{Bucket, Client, ClientConfig, Limiter, StaticToken, TokenProvider};
use backroom_secrets::{Secret, source_refresh, source_token};
use backroom_sync::SourceEntry;
use sha2::{Digest, Sha256};
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
            match self.checked_source(section).await {
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

    /// A source whose credential belongs to the account that its rows here are of. Asked once a credential: two accounts under one
    /// name would be one shop, and one account under two names would count twice.
    async fn checked_source(&self, section: &SourceSection) -> Result<SourceEntry, ApiError> {
        let entry = self.source(section).await?;
        let mark = self.mark(section).await?;
        let known = self.known_account(&section.name)?;
        if known.as_ref().is_some_and(|(_, of)| *of == mark) {
            return Ok(entry);
        }
        match entry.source.probe().await {
            Ok(probe) => {
                self.keep_account(section, &probe.account_id).await?;
                if section.client_id.is_empty() {
                    self.keep_end(section, probe.expires_at).await?;
                }
            }
            // The pull itself tells what is wrong, stream by stream.
            Err(fault) if known.is_none() || !fault.retryable() => {}
            Err(fault) => return Err(fault.into()),
        }
        Ok(entry)
    }

    /// The account that a source's rows are of, with the mark of the credential that told it.
    fn known_account(&self, name: &str) -> Result<Option<(String, String)>, ApiError> {
        let note = self.store().note(&format!("account_{name}"))?;
        Ok(note.and_then(|text| text.split_once(' ').map(|(account, mark)| (account.to_owned(), mark.to_owned()))))
    }

    /// Takes note of a source's account.
    ///
    /// # Errors
    /// Another account than its rows are of, or one that is connected under another name; nothing is read from it then.
    pub(crate) async fn keep_account(&self, section: &SourceSection, account: &str) -> Result<(), ApiError> {
        if account.is_empty() || account.contains(' ') {
            return Ok(());
        }
        self.check_account(section, account)?;
        let mark = self.mark(section).await?;
        self.store().set_note(&format!("account_{}", section.name), &format!("{account} {mark}")).await?;
        Ok(())
    }

    /// Whether a source's rows may be of this account.
    ///
    /// # Errors
    /// Another account than its rows are of, or one that is connected under another name.
    pub(crate) fn check_account(&self, section: &SourceSection, account: &str) -> Result<(), ApiError> {
        let vendor = vendor(&section.kind);
        if let Some((known, _)) = self.known_account(&section.name)?
            && known != account
        {
            return Err(ApiError::new(
                "CONFIG_OTHER_ACCOUNT",
                format!(
                    "This access is of another {vendor} account than the sales that are here as \"{}\". Nothing was read from it, and nothing was changed.",
                    section.name
                ),
                "Sign in to the account it was before. To keep a second shop, add it to config.toml as a [[source]] with a name of its own.",
            ));
        }
        for other in self.config().source.iter().filter(|s| s.kind == section.kind && s.name != section.name) {
            if self.known_account(&other.name)?.is_some_and(|(known, _)| known == account) {
                return Err(ApiError::new(
                    "CONFIG_ACCOUNT_TWICE",
                    format!(
                        "This {vendor} account is connected already, as \"{}\". Its sales would count twice.",
                        other.name
                    ),
                    "Use the access of another account, or remove one of the two.",
                ));
            }
        }
        Ok(())
    }

    /// What tells one credential from the next and leads back to none. An access that renews itself stays the same one.
    async fn mark(&self, section: &SourceSection) -> Result<String, ApiError> {
        let credential = match self.application(section).await? {
            Some(application) => {
                let first = self.secret(source_refresh(&section.kind, &section.name)).await?;
                let since = self.store().note(&format!("signed_in_{}", section.name))?.unwrap_or_default();
                let first = first.as_ref().map_or("", Secret::expose);
                Secret::new(format!("{}/{since}/{first}", application.client_id))
            }
            None => self.secret_of(section).await?,
        };
        let text = format!("{}/{}/{}", self.store().device(), section.name, credential.expose());
        Ok(hex(&Sha256::digest(text.as_bytes())[..8]))
    }

    pub(crate) async fn source(&self, section: &SourceSection) -> Result<SourceEntry, ApiError> {
        self.may_be_asked(section)?;
        let token = self.access(section).await?;
        self.made(section, token)
    }

    /// A source that is asked with a credential which is not kept yet.
    pub(crate) fn source_with(&self, section: &SourceSection, access: Secret) -> Result<SourceEntry, ApiError> {
        self.may_be_asked(section)?;
        self.made(section, Arc::new(StaticToken::new(access)))
    }

    /// Refuses to mix real sales with invented ones.
    pub(crate) fn may_be_asked(&self, section: &SourceSection) -> Result<(), ApiError> {
        // A plain address is one of this computer: `Config` admits no other.
        if self.inner.demo && !section.base_url.starts_with("http://") {
            return Err(ApiError::new(
                "CONFIG_DEMO_SOURCE",
                "The demonstration store reads from the demonstration point of sale only; real sales do not mix with invented ones.",
                "Leave the demonstration store to connect your own shop.",
            ));
        }
        Ok(())
    }

    fn made(&self, section: &SourceSection, token: Arc<dyn TokenProvider>) -> Result<SourceEntry, ApiError> {
        let client = Client::new(ClientConfig::default());
        let source: Arc<dyn Source> = match section.kind()? {
            SourceKind::Square => {
                let settings = SquareSettings {
                    name: section.name.clone(),
                    base_url: section.base_url.clone(),
                    ..SquareSettings::default()
                };
                let limiter = self.limiter(&section.name, Square::limiter);
                Arc::new(Square::new(settings, client, token)?.paced(limiter))
            }
            SourceKind::LightspeedR => {
                let settings = LightspeedSettings {
                    name: section.name.clone(),
                    account_id: section.account_id.clone(),
                    base_url: section.base_url.clone(),
                    currency: section.currency()?,
                    ..LightspeedSettings::default()
                };
                let limiter = self.limiter(&section.name, Lightspeed::limiter);
                Arc::new(Lightspeed::new(settings, client, token, self.bucket(&section.name))?.paced(limiter))
            }
        };
        let history_days = crate::config::history_days(&section.history)?;
        Ok(SourceEntry { name: section.name.clone(), source, history_days })
    }

    /// The pace of an account, the same for every sync and test of it: a wait that one was asked for holds the others too.
    fn limiter(&self, name: &str, fresh: impl FnOnce() -> Limiter) -> Arc<Limiter> {
        held(&self.inner.limiters).entry(name.to_owned()).or_insert_with(|| Arc::new(fresh())).clone()
    }

    /// The bucket of an account, the same for every sync and test of it.
    fn bucket(&self, name: &str) -> Arc<Bucket> {
        held(&self.inner.buckets).entry(name.to_owned()).or_insert_with(|| Arc::new(Lightspeed::bucket())).clone()
    }

    /// The credential of a source.
    async fn access(&self, section: &SourceSection) -> Result<Arc<dyn TokenProvider>, ApiError> {
        if self.application(section).await?.is_some() {
            return Ok(self.keeper(section).await?);
        }
        Ok(Arc::new(StaticToken::new(self.secret_of(section).await?)))
    }

    async fn secret_of(&self, section: &SourceSection) -> Result<Secret, ApiError> {
        let (secrets, name) = (self.inner.secrets.clone(), source_token(&section.kind, &section.name));
        let token = tokio::task::spawn_blocking(move || secrets.get(&name))
            .await
            .map_err(|_| ApiError::new("SECRET_FAILED", "The keychain could not be asked.", "Try again."))??;
        token.filter(|t| !t.is_empty()).ok_or_else(|| {
            if let Some(trouble) = held(&self.inner.keychain_trouble).clone() {
                return trouble;
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
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
