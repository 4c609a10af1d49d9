//! Square: payments, refunds, orders, catalog, customers, stock, locations and team.

mod client;
mod fault;
mod map;
mod oauth;
mod page;
mod wire;

use crate::oddities::Oddities;
use backroom_core::sale;
use backroom_core::source::{Ask, Entity, Page, Probe, PullPlan, Rows, Source, Span};
use backroom_core::{BoxFuture, Currency, Fault, FaultClass};
use backroom_http::{Called, Caller, Client, HttpError, Limiter, Method, Reply, Request, RetryPolicy, TokenProvider};
use map::Context;
use std::sync::Arc;
use url::Url;

pub use oauth::{SQUARE_SCOPES, provider};

/// The API version every call is pinned to: the default of the official SDK of September 2026 (npm `square` 46.0.0).
pub const SQUARE_VERSION: &str = "2026-09-16";

/// Square's production address.
pub const SQUARE_URL: &str = "https://connect.squareup.com";

/// One Square account as the shop set it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SquareSettings {
    /// What the shop calls the account; also names its secret `square/<name>/token`.
    pub name: String,
    /// Where it is reached: Square's production or sandbox address, or a stand-in on this machine.
    pub base_url: String,
    /// Calls in flight at once.
    pub concurrency: usize,
    /// How far each cycle looks back before its watermark, in seconds.
    pub overlap_seconds: i64,
    /// The same for orders: a register that was offline uploads them up to 72 hours late.
    pub order_overlap_seconds: i64,
    /// Orders in a page of the history, 1 to 1000.
    pub order_page_rows: usize,
    /// Orders in a page of changes, 1 to 1000.
    pub order_change_rows: usize,
    /// The currency of a record that names none.
    pub currency: Currency,
    /// How patiently calls are tried again.
    pub retry: RetryPolicy,
}

impl Default for SquareSettings {
    fn default() -> Self {
        Self {
            name: "main".to_owned(),
            base_url: SQUARE_URL.to_owned(),
            concurrency: 8,
            overlap_seconds: 15 * 60,
            order_overlap_seconds: 72 * 3600,
            order_page_rows: 150,
            order_change_rows: 400,
            currency: Currency::USD,
            retry: RetryPolicy::default(),
        }
    }
}

/// A Square account as a source.
#[derive(Debug)]
pub struct Square {
    settings: SquareSettings,
    base: Url,
    caller: Caller,
}

impl Square {
    /// An account reached through `client` with the credential of `token`.
    ///
    /// # Errors
    /// `Config` where the address is no URL, or would be spoken to without encryption.
    pub fn new(settings: SquareSettings, client: Client, token: Arc<dyn TokenProvider>) -> Result<Self, Fault> {
        let base = Url::parse(&settings.base_url).map_err(|_| Fault::from(HttpError::BadUrl))?;
        Client::check(&base)?;
        let limiter = Arc::new(Limiter::new(settings.concurrency));
        let caller = Caller::new(client, limiter, token, settings.retry);
        Ok(Self { settings, base, caller })
    }

    /// A limiter for an account, to be shared.
    pub fn limiter() -> Limiter {
        Limiter::new(SquareSettings::default().concurrency)
    }

    /// The same account at the pace of `limiter`, which whoever else asks it keeps as well.
    #[must_use]
    pub fn paced(mut self, limiter: Arc<Limiter>) -> Self {
        self.caller = self.caller.with_limiter(limiter);
        self
    }

    /// How many calls Square lets us have in flight at the moment.
    pub fn calls_allowed(&self) -> usize {
        self.caller.limiter().allowed()
    }

    async fn page(&self, ask: &Ask) -> Result<Page, Fault> {
        let request = client::request(&self.base, &self.settings, ask)?;
        let context = Context { location: ask.location.as_deref(), currency: self.settings.currency };
        let called = self.caller.call(&request, |outcome| read_page(outcome, ask, context)).await;
        let mut page = called.result?;
        page.requests = called.requests;
        Ok(page)
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, request: Request) -> Result<T, Fault> {
        let request = client::dressed(request);
        let called: Called<T> = self
            .caller
            .call(&request, |outcome| {
                let reply = success(outcome, None)?;
                serde_json::from_slice(&reply.body)
                    .map_err(|e| if e.is_eof() { fault::cut() } else { fault::not_json() })
            })
            .await;
        called.result
    }

    async fn test(&self) -> Result<Probe, Fault> {
        let me = self.get::<wire::MerchantBody>(Request::get(client::at(&self.base, "/v2/merchants/me"))).await;
        let merchant = match me {
            Ok(body) => body.merchant.unwrap_or_default(),
            // The token is good but may not see the business's name.
            Err(f) if f.class == FaultClass::Forbidden => wire::Merchant::default(),
            Err(f) => return Err(f),
        };
        let status = Request::new(Method::POST, client::at(&self.base, "/oauth2/token/status"));
        // A personal token may have no status to tell: then nothing is known to be missing.
        let status = self.get::<wire::TokenStatus>(status).await.unwrap_or_default();
        let scopes = status.scopes.unwrap_or_default();
        let lacking = |e: &Entity| !scopes.is_empty() && !scopes.iter().any(|s| s == fault::permission(*e));
        Ok(Probe {
            account_id: merchant.id.or(status.merchant_id).unwrap_or_default(),
            account_name: merchant.business_name.unwrap_or_default(),
            missing: Entity::ALL.into_iter().filter(lacking).collect(),
            expires_at: status.expires_at.map(|t| t.0),
            scopes,
        })
    }
}

impl Source for Square {
    fn kind(&self) -> &'static str {
        "square"
    }

    fn plan(&self, entity: Entity) -> Option<PullPlan> {
        let (per_location, windowed, incremental, page_rows) = match entity {
            Entity::Payments | Entity::Refunds => (true, true, true, 100),
            Entity::Orders => (true, true, true, self.settings.order_page_rows),
            Entity::Catalog | Entity::Customers => (false, false, true, 100),
            Entity::Inventory => (false, false, true, 1000),
            Entity::Locations | Entity::Team => (false, false, false, 200),
        };
        let overlap_seconds = match entity {
            Entity::Orders => self.settings.order_overlap_seconds,
            _ => self.settings.overlap_seconds,
        };
        Some(PullPlan {
            per_location,
            windowed,
            incremental,
            overlap_seconds,
            page_rows,
            sweeps: entity == Entity::Customers,
        })
    }

    fn concurrency(&self) -> usize {
        self.settings.concurrency
    }

    fn fetch<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Result<Page, Fault>> {
        Box::pin(self.page(ask))
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probe, Fault>> {
        Box::pin(self.test())
    }
}

/// A reply that succeeded, or what its failure means.
fn success(outcome: Result<Reply, HttpError>, entity: Option<Entity>) -> Result<Reply, Fault> {
    let reply = outcome?;
    if reply.is_success() && !reply.is_html() { Ok(reply) } else { Err(fault::of_reply(&reply, entity)) }
}

fn read_page(outcome: Result<Reply, HttpError>, ask: &Ask, context: Context<'_>) -> Result<Page, Fault> {
    let reply = success(outcome, Some(ask.entity))?;
    let server_time = reply.server_time();
    let mut odd = Oddities::default();
    let (mut rows, cursor, latest) = rows(&reply.body, ask.entity, context, &mut odd)?;
    trim(&mut rows, ask.span);
    let warnings = odd.into_warnings(ask.entity);
    Ok(Page { rows, raw: reply.body, cursor, server_time, latest, requests: 1, warnings })
}

type RowsAndMarks = (Rows, Option<String>, Option<backroom_core::Timestamp>);

fn rows(body: &[u8], entity: Entity, context: Context<'_>, odd: &mut Oddities) -> Result<RowsAndMarks, Fault> {
    macro_rules! read {
        ($map:expr) => {{
            let page = page::read(body, entity, odd)?;
            ($map(page.rows, odd), page.cursor, page.latest)
        }};
    }
    Ok(match entity {
        Entity::Payments => read!(|rows, odd| Rows::Payments(map::payments(rows, context, odd))),
        Entity::Refunds => read!(|rows, odd| Rows::Refunds(map::refunds(rows, context, odd))),
        Entity::Orders => read!(|rows, odd| Rows::Orders(map::orders(rows, context, odd))),
        Entity::Locations => read!(|rows, odd| Rows::Locations(map::locations(rows, context, odd))),
        Entity::Customers => read!(|rows, odd| Rows::Customers(map::customers(rows, odd))),
        Entity::Inventory => read!(|rows, odd| Rows::Inventory(map::inventory(rows, odd))),
        Entity::Team => read!(|rows, odd| Rows::Team(map::team(rows, odd))),
        Entity::Catalog => {
            let mut page = page::read(body, entity, odd)?;
            (map::catalog(&mut page, odd), page.cursor, page.latest)
        }
    })
}

/// Cuts what Square's filters cannot: their end is inclusive, ours is not; orders by time of change know no first
/// instant of creation.
fn trim(rows: &mut Rows, span: Span) {
    match (rows, span) {
        (Rows::Payments(rows), Span::Created { to, .. }) => rows.retain(|r: &sale::Payment| r.created_at != to),
        (Rows::Refunds(rows), Span::Created { to, .. }) => rows.retain(|r: &sale::Refund| r.created_at != to),
        (Rows::Orders(rows), Span::Created { to, .. }) => rows.retain(|r: &sale::Order| r.created_at != to),
        (Rows::Orders(rows), Span::Updated { history_from, .. }) => rows.retain(|r| r.created_at >= history_from),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
