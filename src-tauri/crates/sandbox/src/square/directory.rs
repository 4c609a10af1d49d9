//! Locations, customers, team, merchant and token.

use super::account::{Account, SCOPES};
use super::error::Refused;
use super::lists::{descending, known};
use super::page::{Asked, Span, Walk, cut, time};
use crate::random::Rng;
use crate::text::{Json, Named};
use crate::wire::{Reply, Request};
use serde_json::{Value, json};

const CLERKS: usize = 3;

impl Account {
    /// `GET /v2/locations`.
    pub(crate) fn list_locations(&self, request: &Request) -> Result<Reply, Refused> {
        known(request, &[])?;
        let mut json = Json::with_capacity(4_096);
        json.open();
        json.list("locations");
        for (number, place) in self.spec.locations.iter().enumerate() {
            let opened =
                self.start as f64 + place.opened_after * (self.spec.until.micros() / 1_000 - self.start) as f64;
            json.open();
            json.id("id", self.id(Named::Location, number));
            json.str("name", &place.name);
            json.object("address");
            json.str("address_line_1", &format!("{} Example Avenue", 100 + number * 25));
            json.str("locality", &place.town);
            json.str("administrative_district_level_1", "IL");
            json.str("postal_code", "60000");
            json.str("country", "US");
            json.close();
            json.str("timezone", &self.spec.time_zone);
            json.list("capabilities");
            json.text("CREDIT_CARD_PROCESSING");
            json.text("AUTOMATIC_TRANSFERS");
            json.close_list();
            json.str("status", "ACTIVE");
            json.time("created_at", opened as i64);
            json.id("merchant_id", self.id(Named::Merchant, 0));
            json.str("country", "US");
            json.str("language_code", "en-US");
            json.str("currency", &self.spec.currency);
            json.str("phone_number", &format!("+1 312-555-01{:02}", 10 + number));
            json.str("business_name", &self.spec.name);
            json.str("type", "PHYSICAL");
            json.str("business_email", "shop@example.com");
            json.str("mcc", "5993");
            json.close();
        }
        json.close_list();
        json.close();
        Ok(Reply::json(200, json.finish()))
    }

    /// `GET /v2/merchants/me`.
    pub(crate) fn merchant(&self) -> Reply {
        Reply::value(
            200,
            &json!({"merchant": {
                "id": self.id(Named::Merchant, 0).to_string(),
                "business_name": self.spec.name,
                "country": "US",
                "language_code": "en-US",
                "currency": self.spec.currency,
                "status": "ACTIVE",
                "main_location_id": self.id(Named::Location, 0).to_string(),
                "created_at": backroom_core::Timestamp::from_micros(self.start * 1_000).to_rfc3339(),
            }}),
        )
    }

    /// The merchant's id.
    pub(crate) fn merchant_id(&self) -> String {
        self.id(Named::Merchant, 0).to_string()
    }

    /// `POST /oauth2/token/status`.
    pub(crate) fn token_status(&self, now: i64) -> Reply {
        let expires = backroom_core::Timestamp::from_micros(now * 1_000).plus_days(30);
        let scopes: Vec<&str> = SCOPES.iter().copied().filter(|s| self.scopes.iter().any(|own| own == s)).collect();
        Reply::value(
            200,
            &json!({
                "scopes": scopes,
                "expires_at": expires.to_rfc3339(),
                "client_id": crate::oauth::CLIENT_ID,
                "merchant_id": self.merchant_id(),
            }),
        )
    }

    fn tell_customer(&self, json: &mut Json, number: usize) {
        let customer = &self.customers[number];
        let mut dice = Rng::at(self.spec.seed ^ 0xFACE, number as u64);
        json.open();
        json.id("id", self.id(Named::Customer, number));
        json.time("created_at", customer.created);
        json.time("updated_at", customer.updated);
        json.str("given_name", &customer.given);
        json.str("family_name", &customer.family);
        if dice.chance(62.0) {
            let name = customer.given.to_ascii_lowercase();
            json.str("email_address", &format!("{name}.{number}@example.com"));
        }
        if dice.chance(48.0) {
            json.str("phone_number", &format!("+1312555{:04}", 100 + number % 100));
        }
        if dice.chance(30.0) {
            json.str(
                "birthday",
                &format!("{}-{:02}-{:02}", 1_955 + dice.below(48), 1 + dice.below(12), 1 + dice.below(28)),
            );
        }
        json.object("preferences");
        json.bool("email_unsubscribed", dice.chance(22.0));
        json.close();
        json.str("creation_source", dice.pick(&["DIRECTORY", "INSTANT_PROFILE", "LOYALTY", "TERMINAL"]));
        json.int("version", customer.version);
        json.close();
    }

    /// `GET /v2/customers`.
    pub(crate) fn list_customers(&self, request: &Request, now: i64) -> Result<Reply, Refused> {
        known(request, &["cursor", "limit", "sort_field", "sort_order", "count"])?;
        let limit = match request.param("limit").filter(|v| !v.is_empty()) {
            None => 100,
            Some(text) => {
                text.parse::<i64>().map_err(|_| Refused::bad("EXPECTED_INTEGER", "`limit` is a number.", "limit"))?
            }
        };
        let by_creation = match request.param("sort_field") {
            None | Some("" | "DEFAULT") => false,
            Some("CREATED_AT") => true,
            Some(_) => return Err(Refused::bad("INVALID_ENUM_VALUE", "Not a field to sort by.", "sort_field")),
        };
        let down = descending(request.param("sort_order"), false)?;
        let asked = self.asked_in_query(request, now)?;
        let count = request.param("count") == Some("true");
        self.customer_page(limit, by_creation, down, count, &asked, now, |_| true)
    }

    /// `POST /v2/customers/search`.
    pub(crate) fn search_customers(&self, request: &Request, body: &Value, now: i64) -> Result<Reply, Refused> {
        let asked = self.asked_in_body(request, body, now)?;
        let limit = body.get("limit").and_then(Value::as_i64).unwrap_or(100);
        let query = &body["query"];
        let by_creation = query["sort"]["field"].as_str() == Some("CREATED_AT");
        let down = descending(query["sort"]["order"].as_str(), false)?;
        let filter = &query["filter"];
        let range = |name: &str| -> Result<(i64, i64), Refused> {
            let at = |edge: &str| filter[name][edge].as_str().map(|v| time(v, edge)).transpose();
            Ok((at("start_at")?.unwrap_or(i64::MIN), at("end_at")?.unwrap_or(i64::MAX)))
        };
        let (created, updated) = (range("created_at")?, range("updated_at")?);
        let count = body.get("count").and_then(Value::as_bool).unwrap_or(false);
        self.customer_page(limit, by_creation, down, count, &asked, now, |row| {
            let customer = &self.customers[row as usize];
            (created.0..=created.1).contains(&customer.created) && (updated.0..=updated.1).contains(&customer.updated)
        })
    }

    #[expect(clippy::too_many_arguments, reason = "two endpoints of one list")]
    fn customer_page(
        &self,
        limit: i64,
        by_creation: bool,
        down: bool,
        count: bool,
        asked: &Asked,
        now: i64,
        keep: impl Fn(u32) -> bool,
    ) -> Result<Reply, Refused> {
        if limit < 1 {
            return Err(Refused::bad("VALUE_TOO_LOW", "`limit` must not be less than 1.", "limit"));
        }
        if limit > 100 {
            return Err(Refused::bad("VALUE_TOO_HIGH", "`limit` must not be greater than 100.", "limit"));
        }
        let mut order: Vec<(i64, u32)> = (0u32..)
            .zip(&self.customers)
            .filter(|(row, customer)| !customer.deleted && keep(*row))
            .map(|(row, customer)| (if by_creation { customer.created } else { 0 }, row))
            .collect();
        order.sort_unstable();
        let total = order.len();
        let limit = usize::try_from(limit).unwrap_or(100).min(self.quirks.longest_page.unwrap_or(100));
        let walk = Walk { span: Span::ALL, descending: down, after: asked.cursor.map(|c| c.last), limit };
        let (rows, more) = cut(&order, &walk, |_| true);
        let mut json = Json::with_capacity(rows.len() * 500 + 256);
        self.page(&mut json, "customers", &rows, more, asked, Span::ALL, now, |json, row| {
            self.tell_customer(json, row as usize);
        });
        let mut body = json.finish();
        if count {
            body.pop();
            let comma = if body.len() > 1 { "," } else { "" };
            body.extend_from_slice(format!("{comma}\"count\":{total}}}").as_bytes());
        }
        Ok(Reply::json(200, body))
    }

    /// `POST /v2/team-members/search`.
    pub(crate) fn search_team(&self, request: &Request, body: &Value, now: i64) -> Result<Reply, Refused> {
        let asked = self.asked_in_body(request, body, now)?;
        let limit = body.get("limit").and_then(Value::as_i64).unwrap_or(100).clamp(1, 200);
        let wanted: Option<Vec<usize>> = body["query"]["filter"]["location_ids"]
            .as_array()
            .map(|ids| ids.iter().filter_map(Value::as_str).filter_map(|id| self.find(Named::Location, id)).collect());
        let order: Vec<(i64, u32)> = (0..self.spec.locations.len() * CLERKS)
            .filter(|n| wanted.as_ref().is_none_or(|w| w.contains(&(n / CLERKS))))
            .map(|n| (0, n as u32))
            .collect();
        let walk = Walk {
            span: Span::ALL,
            descending: false,
            after: asked.cursor.map(|c| c.last),
            limit: usize::try_from(limit).unwrap_or(100),
        };
        let (rows, more) = cut(&order, &walk, |_| true);
        let mut json = Json::with_capacity(4_096);
        self.page(&mut json, "team_members", &rows, more, &asked, Span::ALL, now, |json, row| {
            let mut dice = Rng::at(self.spec.seed ^ 0x7EA3, u64::from(row));
            json.open();
            json.id("id", self.id(Named::Team, row as usize));
            json.bool("is_owner", row == 0);
            json.str("status", if dice.chance(85.0) || row == 0 { "ACTIVE" } else { "INACTIVE" });
            json.str("given_name", dice.pick(super::names::GIVEN));
            json.str("family_name", dice.pick(super::names::FAMILY));
            json.time("created_at", self.start);
            json.time("updated_at", self.start + i64::from(row) * 1_000);
            json.object("assigned_locations");
            json.str("assignment_type", "EXPLICIT_LOCATIONS");
            json.list("location_ids");
            json.id_text(self.id(Named::Location, row as usize / CLERKS));
            json.close_list();
            json.close();
            json.close();
        });
        Ok(Reply::json(200, json.finish()))
    }
}
