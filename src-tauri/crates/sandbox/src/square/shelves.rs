//! Catalog and stock by list and by search.

use super::account::Account;
use super::catalog::Object;
use super::error::Refused;
use super::lists::known;
use super::page::{Span, Walk, cut, time};
use crate::text::{Json, Named};
use crate::wire::{Reply, Request};
use serde_json::Value;

/// `GET /v2/catalog/list` has pages of this length and no say in it.
const LIST_PAGE: usize = 100;

impl Account {
    /// Objects of the wanted kinds in a fixed order, as numbers; nested kinds only where they are named.
    fn objects(&self, wanted: Option<&[String]>) -> Vec<Object> {
        let has = |name: &str, nested: bool| wanted.map_or(!nested, |w| w.iter().any(|t| t == name));
        let mut objects = Vec::new();
        if has("CATEGORY", false) {
            objects.extend((0..self.catalog.categories.len()).map(Object::Category));
        }
        if has("TAX", false) {
            objects.push(Object::Tax);
        }
        if has("DISCOUNT", false) {
            objects.push(Object::Discount);
        }
        if has("ITEM", false) {
            objects.extend((0..self.catalog.items.len()).map(Object::Item));
        }
        if has("ITEM_VARIATION", true) {
            objects.extend((0..self.catalog.variations.len()).map(Object::Variation));
        }
        objects
    }

    /// `GET /v2/catalog/list`: never tells of deleted objects.
    pub(crate) fn list_catalog(&self, request: &Request, now: i64) -> Result<Reply, Refused> {
        known(request, &["cursor", "types", "catalog_version"])?;
        let asked = self.asked_in_query(request, now)?;
        let types: Option<Vec<String>> = request
            .param("types")
            .filter(|t| !t.is_empty())
            .map(|t| t.split(',').map(|name| name.trim().to_ascii_uppercase()).collect());
        let objects = self.objects(types.as_deref());
        let teller = self.teller();
        let order: Vec<(i64, u32)> =
            (0u32..).zip(&objects).filter(|(_, o)| !teller.deleted(**o)).map(|(n, _)| (0, n)).collect();
        let after = asked.cursor.map(|c| c.last);
        let walk = Walk { span: Span::ALL, descending: false, after, limit: LIST_PAGE };
        let (rows, more) = cut(&order, &walk, |_| true);
        let mut json = Json::with_capacity(rows.len() * 2_000 + 256);
        self.page(&mut json, "objects", &rows, more, &asked, Span::ALL, now, |json, row| {
            teller.tell(json, objects[row as usize]);
        });
        Ok(Reply::json(200, json.finish()))
    }

    /// `POST /v2/catalog/search`.
    pub(crate) fn search_catalog(&self, request: &Request, body: &Value, now: i64) -> Result<Reply, Refused> {
        let asked = self.asked_in_body(request, body, now)?;
        let types: Option<Vec<String>> = body["object_types"]
            .as_array()
            .map(|list| list.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        let since = body["begin_time"].as_str().map(|v| time(v, "begin_time")).transpose()?;
        let with_deleted = body["include_deleted_objects"].as_bool().unwrap_or(false);
        let limit = body["limit"].as_i64().unwrap_or(1_000);
        if limit < 1 {
            return Err(Refused::bad("VALUE_TOO_LOW", "`limit` must be at least 1.", "limit"));
        }
        let limit = usize::try_from(limit).unwrap_or(1_000).min(1_000).min(self.quirks.longest_page.unwrap_or(1_000));
        let objects = self.objects(types.as_deref());
        let teller = self.teller();
        let order: Vec<(i64, u32)> = (0u32..)
            .zip(&objects)
            .filter(|(_, o)| with_deleted || !teller.deleted(**o))
            // The documentation says exclusive: what changed at that very time is not told again.
            .filter(|(_, o)| since.is_none_or(|since| teller.updated(**o) > since))
            .map(|(n, _)| (0, n))
            .collect();
        let after = asked.cursor.map(|c| c.last);
        let (rows, more) = cut(&order, &Walk { span: Span::ALL, descending: false, after, limit }, |_| true);
        let mut json = Json::with_capacity(rows.len() * 2_000 + 256);
        self.page(&mut json, "objects", &rows, more, &asked, Span::ALL, now, |json, row| {
            teller.tell(json, objects[row as usize]);
        });
        let mut reply = json.finish();
        reply.pop();
        if reply.len() > 1 {
            reply.push(b',');
        }
        let latest = backroom_core::Timestamp::from_micros(self.catalog.latest() * 1_000).to_rfc3339();
        reply.extend_from_slice(format!("\"latest_time\":\"{latest}\"}}").as_bytes());
        Ok(Reply::json(200, reply))
    }

    /// `POST /v2/inventory/counts/batch-retrieve`.
    pub(crate) fn retrieve_counts(&self, request: &Request, body: &Value, now: i64) -> Result<Reply, Refused> {
        let asked = self.asked_in_body(request, body, now)?;
        let ids = |name: &str, kind: Named| -> Option<Vec<usize>> {
            let list = body[name].as_array().filter(|list| !list.is_empty())?;
            Some(list.iter().filter_map(Value::as_str).filter_map(|id| self.find(kind, id)).collect())
        };
        let (objects, places) = (ids("catalog_object_ids", Named::Variation), ids("location_ids", Named::Location));
        let after_time = body["updated_after"].as_str().map(|v| time(v, "updated_after")).transpose()?;
        let in_stock = body["states"].as_array().is_none_or(|s| s.is_empty() || s.iter().any(|s| s == "IN_STOCK"));
        let limit = body["limit"].as_i64().unwrap_or(100).clamp(1, 1_000);
        let count = self.spec.locations.len();
        let order: Vec<(i64, u32)> = (0u32..)
            .zip(&self.catalog.stock)
            .filter(|(row, stock)| {
                let (variation, place) = (*row as usize / count, *row as usize % count);
                in_stock
                    && after_time.is_none_or(|after| stock.updated > after)
                    && objects.as_ref().is_none_or(|o| o.contains(&variation))
                    && places.as_ref().is_none_or(|p| p.contains(&place))
                    && !self.catalog.items[self.catalog.variations[variation].item].deleted
            })
            .map(|(row, _)| (0, row))
            .collect();
        let after = asked.cursor.map(|c| c.last);
        let limit = usize::try_from(limit).unwrap_or(100);
        let (rows, more) = cut(&order, &Walk { span: Span::ALL, descending: false, after, limit }, |_| true);
        let mut json = Json::with_capacity(rows.len() * 220 + 256);
        self.page(&mut json, "counts", &rows, more, &asked, Span::ALL, now, |json, row| {
            let stock = self.catalog.stock[row as usize];
            json.open();
            json.id("catalog_object_id", self.id(Named::Variation, row as usize / count));
            json.str("catalog_object_type", "ITEM_VARIATION");
            json.str("state", "IN_STOCK");
            json.id("location_id", self.id(Named::Location, row as usize % count));
            json.str("quantity", &quantity(stock.quantity));
            json.time("calculated_at", stock.updated);
            json.close();
        });
        Ok(Reply::json(200, json.finish()))
    }
}

/// Thousandths as a decimal without trailing zeros.
pub(crate) fn quantity(thousandths: i64) -> String {
    let text = backroom_core::money::decimal(thousandths, 3);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
