//! Connecting a point of sale by signing in at the vendor, in the person's own browser.
//!
//! One sign-in at a time; a new one ends the one before. What comes back counts only where it knows the sign-in's state. A new
//! access is tried first, then kept, and only then is the one before forgotten.

use crate::commands::Nothing;
use crate::config::{SourceKind, SourceSection, check_url};
use crate::dto::{ApiError, ProbeResult, ReturnAddress, SignInRequest, SignInState};
use crate::engine::{Engine, held};
use crate::writes;
use backroom_connectors::{lightspeed, square};
use backroom_core::Timestamp;
use backroom_core::source::Probe;
use backroom_http::oauth::{Flow, Grant, Keeper, Landing, Provider};
use backroom_http::{Client, ClientConfig};
use backroom_secrets::{Secret, SecretStore, source_client, source_grants, source_token};
use backroom_sync::Cancel;
use std::sync::Arc;
use url::Url;

/// The longest id or secret of an application, in letters.
const LONGEST: usize = 400;
/// Square's address for trying things out; like this computer it comes back over plain http.
const SQUARE_SANDBOX: &str = "https://connect.squareupsandbox.com";
/// What a vendor that takes its registered address is told to come back to: nothing, so it is never sent.
const UNSENT: &str = "https://localhost/";

/// A sign-in under way.
pub(crate) struct Waiting {
    told: SignInState,
    section: SourceSection,
    secret: Option<Secret>,
    /// Who began it: whoever is at work when the vendor answers need not be.
    operator: String,
    /// What waits for the answer; none where a landing place of this computer waits itself.
    flow: Option<Flow>,
    cancel: Cancel,
}

/// An application by which a source is signed in.
pub(crate) struct Application {
    pub(crate) client_id: String,
    pub(crate) secret: Option<Secret>,
}

/// The vendor's way of granting access to a source.
pub(crate) fn provider(section: &SourceSection, application: &Application) -> Result<Provider, ApiError> {
    let mut provider = match section.kind()? {
        SourceKind::Square => square::provider(&section.base_url, &application.client_id)?,
        SourceKind::LightspeedR => lightspeed::provider(&section.base_url, &application.client_id)?,
    };
    provider.client_secret.clone_from(&application.secret);
    Ok(provider)
}

fn section_of(engine: &Engine, new: &SignInRequest) -> Result<SourceSection, ApiError> {
    let usual = |name: &str, of: &str| if name.is_empty() { of.to_owned() } else { name.to_owned() };
    let fresh = match new.kind.as_str() {
        "square" => SourceSection::square(&usual(new.name.trim(), "main")),
        "lightspeed_r" => SourceSection::lightspeed(&usual(new.name.trim(), "lightspeed"), ""),
        _ => return Err(ApiError::bad_request("There is no such point of sale.")),
    };
    let known = engine.config().source.into_iter().find(|s| s.name == fresh.name);
    let mut section = known.unwrap_or(fresh);
    if section.kind != new.kind {
        return Err(ApiError::bad_request("A connection of this name is of another vendor."));
    }
    writes::check_source_name(&section.name)?;
    let word = |text: &str| text.len() <= LONGEST && text.chars().all(|c| c.is_ascii_graphic());
    let (client_id, secret) = (new.client_id.trim(), new.client_secret.trim());
    if client_id.is_empty() || !word(client_id) || !word(secret) {
        return Err(ApiError::new(
            "OAUTH_CLIENT_WRONG",
            "The application's id is missing, or is not one.",
            "Copy it from the vendor's developer page and paste it again.",
        ));
    }
    client_id.clone_into(&mut section.client_id);
    new.redirect.trim().clone_into(&mut section.redirect);
    if !section.redirect.is_empty() {
        check_url("[[source]] redirect", &section.redirect)?;
    }
    Ok(section)
}

/// Whether the vendor comes back to this computer by itself.
fn comes_back_here(section: &SourceSection) -> bool {
    section.kind == "square" && (section.base_url.starts_with("http://") || section.base_url == SQUARE_SANDBOX)
}

fn client() -> Client {
    Client::new(ClientConfig::default())
}

/// Begins a sign-in. The answer holds the address that the person's browser is to open.
pub(crate) async fn begin_sign_in(engine: &Engine, new: SignInRequest) -> Result<SignInState, ApiError> {
    let section = section_of(engine, &new)?;
    engine.may_be_asked(&section)?;
    // Nobody is to sign in for an access that cannot be kept.
    engine.grants()?;
    let secret = Some(new.client_secret.trim()).filter(|s| !s.is_empty()).map(Secret::new);
    // A secret that is kept is of the application that is known, and goes with no other's id.
    let known = engine.config().source.into_iter().find(|s| s.name == section.name);
    let secret = match secret {
        None if known.is_some_and(|s| s.client_id == section.client_id) => {
            engine.secret(source_client(&section.kind, &section.name)).await?
        }
        given => given,
    };
    let operator = engine.at_work();
    let application = Application { client_id: section.client_id.clone(), secret: secret.clone() };
    let provider = provider(&section, &application)?;
    let here = comes_back_here(&section);
    let landing = if here { Some(Landing::open().await?) } else { None };
    let redirect = match (&landing, provider.sends_redirect) {
        (Some(landing), _) => landing.redirect().clone(),
        (None, false) => parsed(UNSENT)?,
        (None, true) if section.redirect.is_empty() => {
            return Err(ApiError::new(
                "OAUTH_REDIRECT_MISSING",
                "Square comes back only to a page of your own that is registered there.",
                "Enter the address of the page under Way back, or paste an access token instead.",
            ));
        }
        (None, true) => parsed(&section.redirect)?,
    };
    let clock = engine.inner.clock.clone();
    let begun = Flow::begin(provider, redirect, clock.clone())?;
    let told = SignInState {
        name: section.name.clone(),
        kind: section.kind.clone(),
        address: begun.address.to_string(),
        comes_back_here: here,
        until: clock.now().plus_seconds(begun.flow.seconds_left()).to_rfc3339(),
        trouble: None,
    };
    let cancel = Cancel::new();
    let (waits_here, flow) = match landing {
        Some(landing) => (Some((landing, begun.flow)), None),
        None => (None, Some(begun.flow)),
    };
    let waiting = Waiting {
        told: told.clone(),
        section: section.clone(),
        secret: secret.clone(),
        operator: operator.clone(),
        flow,
        cancel: cancel.clone(),
    };
    if let Some(before) = held(&engine.inner.sign_in).replace(waiting) {
        before.cancel.cancel();
    }
    if let Some((landing, flow)) = waits_here {
        let (engine, told) = (engine.clone(), told.clone());
        tokio::spawn(async move {
            let client = client();
            let grant = tokio::select! {
                grant = landing.wait(flow, &client) => grant,
                () = cancel.cancelled() => return,
            };
            let outcome = match grant {
                Ok(grant) => take_up(&engine, section, secret, &operator, grant).await.map(drop),
                Err(fault) => Err(fault.into()),
            };
            ended(&engine, &told, outcome);
        });
    }
    engine.changed(&["connections"]);
    Ok(told)
}

/// Takes note of how a sign-in ended: the screen asks.
fn ended(engine: &Engine, told: &SignInState, outcome: Result<(), ApiError>) {
    let mut place = held(&engine.inner.sign_in);
    // Another may have begun meanwhile: this one is nobody's any more.
    if place.as_ref().is_some_and(|w| w.told.address == told.address) {
        match outcome {
            Ok(()) => *place = None,
            Err(error) => {
                if let Some(waiting) = place.as_mut() {
                    waiting.told.trouble = Some(error);
                    waiting.flow = None;
                }
            }
        }
    }
    drop(place);
    engine.changed(&["connections", "app", "sync"]);
}

/// What came back from the vendor: by the deep link, or as an address that the person copied.
pub(crate) async fn finish_sign_in(engine: &Engine, back: ReturnAddress) -> Result<ProbeResult, ApiError> {
    let (code, state) = answer(&back.address)?;
    let (told, section, secret, operator, flow) = {
        let mut place = held(&engine.inner.sign_in);
        let known = place.as_mut().filter(|w| w.flow.as_ref().is_some_and(|flow| flow.owns(&state)));
        // Whoever does not know the state changes nothing: not even the sign-in that waits.
        let Some((waiting, flow)) = known.and_then(|w| w.flow.take().map(|flow| (w, flow))) else {
            return Err(ApiError::new(
                "OAUTH_STATE_WRONG",
                "This answer belongs to no sign-in that waits here; it was thrown away and nothing was changed.",
                "Press Sign in again and follow the page that opens.",
            ));
        };
        (waiting.told.clone(), waiting.section.clone(), waiting.secret.clone(), waiting.operator.clone(), flow)
    };
    let outcome = match code {
        Some(code) => match flow.finish(&client(), &code, &state).await {
            Ok(grant) => take_up(engine, section, secret, &operator, grant).await,
            Err(fault) => Err(fault.into()),
        },
        None => Err(flow.denied().into()),
    };
    ended(engine, &told, outcome.as_ref().map(|_| ()).map_err(Clone::clone));
    outcome
}

/// Ends the sign-in that waits, where one does.
pub(crate) async fn cancel_sign_in(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    if let Some(waiting) = held(&engine.inner.sign_in).take() {
        waiting.cancel.cancel();
    }
    engine.changed(&["connections"]);
    Ok(())
}

/// The sign-in that waits, or why the last one failed.
pub(crate) fn state(engine: &Engine) -> Option<SignInState> {
    let now = engine.inner.clock.now();
    let mut told = held(&engine.inner.sign_in).as_ref()?.told.clone();
    let over = Timestamp::parse(&told.until).is_ok_and(|until| until <= now);
    if over && told.trouble.is_none() {
        told.trouble = Some(ApiError::new(
            "OAUTH_TOO_LATE",
            "The sign-in took too long; nothing was changed.",
            "Press Sign in again.",
        ));
    }
    Some(told)
}

fn parsed(text: &str) -> Result<Url, ApiError> {
    Url::parse(text).map_err(|_| ApiError::bad_request("The way back is not an address."))
}

/// Code and state of an address that came back; no code where the person refused at the vendor.
fn answer(address: &str) -> Result<(Option<String>, String), ApiError> {
    let wrong = || {
        ApiError::new(
            "OAUTH_ANSWER_WRONG",
            "That is not the address a sign-in comes back with.",
            "Copy the whole address of the last page and paste it again.",
        )
    };
    let query = address.trim().split_once('?').map(|(_, query)| query).ok_or_else(wrong)?;
    let query = query.split('#').next().unwrap_or_default();
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let one = |name: &str| -> Result<Option<String>, ApiError> {
        let mut values = pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone());
        // Twice the same parameter: somebody added his own to ours.
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err(wrong()),
        }
    };
    let (code, state, error) = (one("code")?, one("state")?, one("error")?);
    match (code, state, error) {
        (Some(code), Some(state), None) if code.len() <= 2_000 && state.len() <= 200 => Ok((Some(code), state)),
        (None, Some(state), Some(_)) if state.len() <= 200 => Ok((None, state)),
        _ => Err(wrong()),
    }
}

/// Tries a new access, keeps it where it works, then forgets the one before.
async fn take_up(
    engine: &Engine,
    section: SourceSection,
    secret: Option<Secret>,
    operator: &str,
    grant: Grant,
) -> Result<ProbeResult, ApiError> {
    let probe = engine.source_with(&section, grant.access.clone())?.source.probe().await?;
    engine.check_account(&section, &probe.account_id)?;
    let (kind, name) = (section.kind.clone(), section.name.clone());
    if let Some(secret) = secret {
        writes::set_secret(engine, source_client(&kind, &name), secret).await?;
    }
    // The keeper of before may be of another application.
    let keeper = engine.new_keeper(&section).await?;
    keeper.connect(grant).await?;
    let at = engine.inner.clock.now().micros();
    engine.store().set_note(&format!("signed_in_{name}"), &at.to_string()).await?;
    writes::edit_config(engine, |c| {
        c.source.retain(|s| s.name != section.name);
        c.source.push(section.clone());
    })?;
    held(&engine.inner.keepers).insert(name.clone(), keeper);
    engine.keep_account(&section, &probe.account_id).await?;
    engine.log(operator, "connection.signed_in", &format!("name {name}, kind {kind}")).await?;
    if engine.inner.secrets.writable() {
        writes::forget_secret(engine, source_token(&kind, &name)).await?;
    }
    // What was granted now ends soon and is renewed: that is no end of the access.
    let result = writes::told(engine, &Probe { expires_at: None, ..probe });
    held(&engine.inner.probes).insert(name, Ok(result.clone()));
    let again = engine.clone();
    tokio::spawn(async move { again.sync_and_send().await });
    Ok(result)
}

impl Engine {
    /// A secret of this name; none where there is none.
    pub(crate) async fn secret(&self, name: String) -> Result<Option<Secret>, ApiError> {
        let secrets = self.inner.secrets.clone();
        let found = tokio::task::spawn_blocking(move || secrets.get(&name))
            .await
            .map_err(|_| ApiError::new("SECRET_FAILED", "The keychain could not be asked.", "Try again."))??;
        Ok(found.filter(|s| !s.is_empty()))
    }

    /// The application by which a source is signed in; none where it has a pasted token, which goes before.
    pub(crate) async fn application(&self, section: &SourceSection) -> Result<Option<Application>, ApiError> {
        let (kind, name) = (&section.kind, &section.name);
        let given = !self.inner.secrets.writable();
        if given && self.secret(source_token(kind, name)).await?.is_some() {
            return Ok(None);
        }
        let client_id = if !section.client_id.is_empty() {
            section.client_id.clone()
        } else if !given {
            return Ok(None);
        } else {
            match self.secret(backroom_secrets::source_client_id(kind, name)).await? {
                Some(id) => id.expose().to_owned(),
                None => return Ok(None),
            }
        };
        Ok(Some(Application { client_id, secret: self.secret(source_client(kind, name)).await? }))
    }

    /// Keeps the access of a signed-in source alive: one for all who ask.
    pub(crate) async fn keeper(&self, section: &SourceSection) -> Result<Arc<Keeper>, ApiError> {
        if let Some(known) = held(&self.inner.keepers).get(&section.name) {
            return Ok(known.clone());
        }
        let keeper = self.new_keeper(section).await?;
        Ok(held(&self.inner.keepers).entry(section.name.clone()).or_insert(keeper).clone())
    }

    async fn new_keeper(&self, section: &SourceSection) -> Result<Arc<Keeper>, ApiError> {
        let (kind, name) = (&section.kind, &section.name);
        let application = self.application(section).await?.ok_or_else(|| {
            ApiError::new("OAUTH_CLIENT_WRONG", "This connection was not signed in.", "Open Connections and sign in.")
        })?;
        let store = self.grants()?;
        let provider = provider(section, &application)?;
        let clock = self.inner.clock.clone();
        let mut keeper = Keeper::new(client(), provider, store, &source_grants(kind, name), clock);
        if let Some(first) = self.secret(backroom_secrets::source_refresh(kind, name)).await? {
            keeper = keeper.beginning_with(first);
        }
        Ok(Arc::new(keeper))
    }

    /// Where grants are kept, which change by themselves.
    fn grants(&self) -> Result<Arc<dyn SecretStore>, ApiError> {
        if self.inner.secrets.writable() {
            return Ok(self.inner.secrets.clone());
        }
        self.inner.grants.clone()
    }
}
