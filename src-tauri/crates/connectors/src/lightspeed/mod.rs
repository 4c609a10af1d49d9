//! Lightspeed Retail R-Series (API V3): sales with their lines and payments, items, stock, customers, shops and employees.

mod client;
mod fault;
mod map;
mod oauth;
mod page;
mod token;
mod wire;

use backroom_core::source::{Ask, Entity, Page, Probe, PullPlan, Rows, Source, Span};
use backroom_core::{BoxFuture, Currency, Fault, FaultClass};
use backroom_http::{
    Bucket, Called, Caller, Client, HttpError, Limiter, Reading, Reply, Request, RetryPolicy, TokenProvider,
};
use map::{Context, Method};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::OnceCell;
use url::Url;

pub use oauth::{LIGHTSPEED_SCOPES, provider};

/// Lightspeed's production address.
pub const LIGHTSPEED_URL: &str = "https://api.lightspeedapp.com";

/// One R-Series account as the shop set it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LightspeedSettings {
    /// What the shop calls the account; also names its secret `lightspeed/<name>/token`.
    pub name: String,
    /// The account's number; empty for the one the credential belongs to.
    pub account_id: String,
    /// Where it is reached: Lightspeed's address, or a stand-in on this machine.
    pub base_url: String,
    /// The account's currency: R-Series names none in its records.
    pub currency: Currency,
    /// How far each cycle looks back before its watermark for sales, in seconds: a later void may move no time of the sale.
    pub sale_overlap_seconds: i64,
    /// The same for everything else.
    pub overlap_seconds: i64,
    /// How patiently calls are tried again.
    pub retry: RetryPolicy,
}

impl Default for LightspeedSettings {
    fn default() -> Self {
        Self {
            name: "lightspeed".to_owned(),
            account_id: String::new(),
            base_url: LIGHTSPEED_URL.to_owned(),
            currency: Currency::USD,
            sale_overlap_seconds: 72 * 3600,
            overlap_seconds: 15 * 60,
            retry: RetryPolicy::default(),
        }
    }
}

/// An R-Series account as a source.
#[derive(Debug)]
pub struct Lightspeed {
    settings: LightspeedSettings,
    base: Url,
    caller: Caller,
    bucket: Arc<Bucket>,
    /// The account's number, once it is known.
    account: OnceCell<String>,
    /// The account's payment types, asked for once.
    methods: OnceCell<HashMap<String, Method>>,
}

/// Calls in flight at once: the bucket sets the pace, a second call hides the way there and back.
const CALLS: usize = 2;

impl Lightspeed {
    /// An account reached through `client` with the credential of `token`; `bucket` is shared by whoever else asks the account.
    ///
    /// # Errors
    /// `Config` where the address is no URL, would be spoken to without encryption, or is of the X-Series product line.
    pub fn new(
        settings: LightspeedSettings,
        client: Client,
        token: Arc<dyn TokenProvider>,
        bucket: Arc<Bucket>,
    ) -> Result<Self, Fault> {
        let base = Url::parse(&settings.base_url).map_err(|_| Fault::from(HttpError::BadUrl))?;
        Client::check(&base)?;
        if is_x_series(&base, &settings.account_id) {
            return Err(fault::x_series());
        }
        if settings.account_id.len() > 20 || !settings.account_id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(fault::bad_account());
        }
        let limiter = Arc::new(Self::limiter());
        let caller = Caller::new(client, limiter, token, settings.retry).with_bucket(bucket.clone());
        let account = OnceCell::new_with(Some(settings.account_id.clone()).filter(|id| !id.is_empty()));
        Ok(Self { settings, base, caller, bucket, account, methods: OnceCell::new() })
    }

    /// A bucket for an account, to be shared.
    pub fn bucket() -> Bucket {
        Bucket::new(reading)
    }

    /// A limiter for an account, to be shared.
    pub fn limiter() -> Limiter {
        Limiter::new(CALLS)
    }

    /// The same account at the pace of `limiter`, which whoever else asks it keeps as well.
    #[must_use]
    pub fn paced(mut self, limiter: Arc<Limiter>) -> Self {
        self.caller = self.caller.with_limiter(limiter);
        self
    }

    /// How full the account's bucket is, as far as was told.
    pub fn level(&self) -> Option<Reading> {
        self.bucket.reading()
    }

    async fn page(&self, ask: &Ask) -> Result<Page, Fault> {
        let mut requests = 0;
        let account = self.account(&mut requests).await?;
        let methods = match ask.entity {
            Entity::Orders => self.methods(&account, &mut requests).await?,
            _ => HashMap::new(),
        };
        let context = Context { currency: self.settings.currency, methods };
        let settings = LightspeedSettings { account_id: account, ..self.settings.clone() };
        let request = client::request(&self.base, &settings, ask)?;
        let called = self.caller.call(&request, |outcome| self.read(outcome, ask, &context)).await;
        requests += called.requests;
        match called.result {
            Ok(page) => Ok(Page { requests, ..page }),
            // Items name their categories too: without the list a new name comes later.
            Err(fault) if fault.class == FaultClass::Forbidden && client::is_categories(ask) => {
                Ok(no_categories(requests))
            }
            Err(fault) => Err(self.explained(fault, &settings.account_id).await),
        }
    }

    /// A list that may not be read or is not there: perhaps the account is another's.
    async fn explained(&self, fault: Fault, account: &str) -> Fault {
        if !matches!(fault.class, FaultClass::Forbidden | FaultClass::NotFound) {
            return fault;
        }
        match self.own_accounts(&mut 0).await {
            Ok(own) if !own.iter().any(|(id, _)| id == account) => fault::foreign_account(account),
            _ => fault,
        }
    }

    /// The accounts that the credential belongs to: number and name.
    async fn own_accounts(&self, requests: &mut u32) -> Result<Vec<(String, String)>, Fault> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/API/V3/Account.json", self.base.path().trim_end_matches('/')));
        let body = self.get(url, None, requests).await?;
        let accounts = body.list("Account")?;
        let one = |a: &wire::Object<'_>| Some((a.id("accountID")?, a.text(&["name"]).unwrap_or_default()));
        Ok(accounts.iter().filter_map(one).collect())
    }

    fn read(&self, outcome: Result<Reply, HttpError>, ask: &Ask, context: &Context) -> Result<Page, Fault> {
        let reply = success(outcome, Some(ask.entity))?;
        let server_time = reply.server_time();
        let file = client::file(ask).ok_or_else(|| fault::no_call(ask.entity))?;
        let body = page::read(&reply.body)?;
        let objects = body.list(file)?;
        map::check(&objects, ask, client::is_categories(ask))?;
        let mut odd = crate::oddities::Oddities::default();
        let mut rows = match ask.entity {
            Entity::Locations => Rows::Locations(map::shops(&objects, context, &mut odd)),
            Entity::Orders => Rows::Sales(map::sales(&objects, context, &mut odd)),
            Entity::Catalog if client::is_categories(ask) => map::categories(&objects, &mut odd),
            Entity::Catalog => map::items(&objects, context, &mut odd),
            Entity::Inventory => Rows::Inventory(map::stock(&objects, &mut odd)),
            Entity::Customers => Rows::Customers(map::customers(&objects, &mut odd)),
            Entity::Team => Rows::Team(map::employees(&objects, &mut odd)),
            Entity::Payments | Entity::Refunds => return Err(fault::no_call(ask.entity)),
        };
        if let (Rows::Sales(sales), Span::Updated { history_from, .. }) = (&mut rows, ask.span) {
            // What is laid away before the history and paid within it counts in it.
            sales.retain(|sale| sale.order.created_at.max(sale.order.closed_at.unwrap_or_default()) >= history_from);
        }
        let next = body.next();
        if let Some(next) = &next {
            client::follow(&self.base, next)?;
        }
        let cursor = client::next(ask, next);
        let warnings = odd.into_warnings(ask.entity);
        drop(objects);
        drop(body);
        Ok(Page { rows, raw: reply.body, cursor, server_time, latest: None, requests: 1, warnings })
    }

    async fn get(&self, url: Url, entity: Option<Entity>, requests: &mut u32) -> Result<page::Body, Fault> {
        let request = client::dressed(Request::get(url));
        let called: Called<page::Body> =
            self.caller.call(&request, |outcome| page::read(&success(outcome, entity)?.body)).await;
        *requests += called.requests;
        called.result
    }

    /// What `read` finds in the records of a short list, to its last page.
    async fn all<T>(
        &self,
        url: Url,
        list: &str,
        requests: &mut u32,
        read: impl Fn(&wire::Object<'_>) -> Option<T>,
    ) -> Result<Vec<T>, Fault> {
        let (mut found, mut seen, mut next) = (Vec::new(), HashSet::new(), url);
        loop {
            let body = self.get(next, Some(Entity::Orders), requests).await?;
            found.extend(body.list(list)?.iter().filter_map(&read));
            match body.next() {
                Some(url) if seen.insert(url.clone()) => next = client::follow(&self.base, &url)?,
                Some(_) => return Err(fault::endless(list)),
                None => return Ok(found),
            }
        }
    }

    /// The account's number: as set, or the one that the credential belongs to.
    async fn account(&self, requests: &mut u32) -> Result<String, Fault> {
        let found = self.account.get_or_try_init(|| async {
            let first = self.own_accounts(requests).await?.into_iter().next();
            first.map(|(id, _)| id).ok_or_else(fault::bad_account)
        });
        found.await.cloned()
    }

    async fn methods(&self, account: &str, requests: &mut u32) -> Result<HashMap<String, Method>, Fault> {
        let found = self.methods.get_or_try_init(|| async {
            let settings = LightspeedSettings { account_id: account.to_owned(), ..self.settings.clone() };
            let mut url = client::at(&self.base, &settings, "PaymentType");
            // Sales of former times were paid in ways that the shop has put away since.
            url.query_pairs_mut().append_pair("limit", "100").append_pair("archived", "true");
            let method = |kind: &wire::Object<'_>| {
                let text = |name: &str| kind.text(&[name]).unwrap_or_default();
                Some((kind.id("paymentTypeID")?, Method::of(&text("name"), &text("type"))))
            };
            Ok::<_, Fault>(self.all(url, "PaymentType", requests, method).await?.into_iter().collect())
        });
        found.await.cloned()
    }

    async fn test(&self) -> Result<Probe, Fault> {
        let mut requests = 0;
        let wanted = self.settings.account_id.as_str();
        let own = self.own_accounts(&mut requests).await?;
        let Some((account_id, account_name)) = own.iter().find(|(id, _)| wanted.is_empty() || id == wanted).cloned()
        else {
            return Err(if own.is_empty() { fault::bad_account() } else { fault::foreign_account(wanted) });
        };
        let settings = LightspeedSettings { account_id: account_id.clone(), ..self.settings.clone() };
        let mut missing = Vec::new();
        for entity in Entity::ALL {
            let Some(file) = client::list(entity) else { continue };
            let mut url = client::at(&self.base, &settings, file);
            url.query_pairs_mut().append_pair("limit", "1");
            match self.get(url, Some(entity), &mut requests).await {
                Ok(_) => {}
                Err(fault) if fault.class == FaultClass::Forbidden => missing.push(entity),
                Err(fault) => return Err(fault),
            }
        }
        if missing.contains(&Entity::Orders) {
            missing.extend([Entity::Payments, Entity::Refunds]);
        }
        let expires_at = token::end_of(self.caller.token().await?.secret.expose());
        Ok(Probe { account_id, account_name, scopes: Vec::new(), missing, expires_at })
    }
}

impl Source for Lightspeed {
    fn kind(&self) -> &'static str {
        "lightspeed_r"
    }

    fn plan(&self, entity: Entity) -> Option<PullPlan> {
        let (windowed, incremental) = match entity {
            Entity::Orders => (true, true),
            Entity::Catalog | Entity::Inventory | Entity::Customers => (false, true),
            Entity::Locations | Entity::Team => (false, false),
            // They come with the sales.
            Entity::Payments | Entity::Refunds => return None,
        };
        let overlap_seconds = match entity {
            Entity::Orders => self.settings.sale_overlap_seconds,
            _ => self.settings.overlap_seconds,
        };
        // An item's time does not move with what it costs on average: now and then all of them are read.
        let sweeps = entity == Entity::Catalog;
        Some(PullPlan { per_location: false, windowed, incremental, overlap_seconds, page_rows: 100, sweeps })
    }

    fn concurrency(&self) -> usize {
        CALLS
    }

    fn fetch<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Result<Page, Fault>> {
        Box::pin(self.page(ask))
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probe, Fault>> {
        Box::pin(self.test())
    }
}

/// The page of categories that may not be read.
fn no_categories(requests: u32) -> Page {
    let rows = Rows::Catalog { products: Vec::new(), deleted_items: Vec::new(), categories: Vec::new() };
    let warning = "catalog: the list of categories may not be read; names come with the items alone".to_owned();
    let raw = b"{}".as_slice().into();
    Page { rows, raw, cursor: None, server_time: None, latest: None, requests, warnings: vec![warning] }
}

/// What the headers of a reply tell of the bucket.
fn reading(reply: &Reply) -> Option<Reading> {
    let pair = |name: &str| {
        let (level, size) = reply.header(name)?.split_once('/')?;
        Some((level.trim().parse::<f64>().ok()?, size.trim().parse::<f64>().ok()?))
    };
    let number = |name: &str| reply.header(name)?.trim().parse::<f64>().ok();
    let (level, size) = pair("x-ls-api-bucket-level")?;
    Some(Reading {
        level,
        size,
        rate: number("x-ls-api-drip-rate").unwrap_or(1.0),
        cost: number("x-ls-api-request-cost"),
        burst: pair("x-ls-api-burst-level").map(|(_, size)| size),
    })
}

/// Whether an address or account is of the other product line: its accounts are UUIDs on hosts of their own.
fn is_x_series(base: &Url, account: &str) -> bool {
    let host = base.host_str().unwrap_or_default().to_ascii_lowercase();
    let groups: Vec<&str> = account.trim().split('-').collect();
    let hex = |part: &&str| part.bytes().all(|b| b.is_ascii_hexdigit());
    let uuid = groups.iter().map(|g| g.len()).collect::<Vec<_>>() == [8, 4, 4, 4, 12] && groups.iter().all(hex);
    uuid || host.ends_with(".retail.lightspeed.app") || host.ends_with(".vendhq.com")
}

/// A reply that succeeded, or what its failure means.
fn success(outcome: Result<Reply, HttpError>, entity: Option<Entity>) -> Result<Reply, Fault> {
    let reply = outcome?;
    if reply.is_success() && !reply.is_html() { Ok(reply) } else { Err(fault::of_reply(&reply, entity)) }
}

#[cfg(test)]
mod tests;
