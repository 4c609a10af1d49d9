//! Orders: of sales, and of goods that came back.

use super::account::{Account, Method, RETURN, Status, WALK_IN};
use super::basket::{Basket, Line};
use super::error::Refused;
use super::page::{Span, Walk, cut, time};
use super::shelves::quantity;
use crate::text::{Json, Named};
use crate::wire::{Reply, Request};
use serde_json::Value;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Created,
    Updated,
    Closed,
}

impl Field {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "CREATED_AT" => Self::Created,
            "UPDATED_AT" => Self::Updated,
            "CLOSED_AT" => Self::Closed,
            _ => return None,
        })
    }
}

impl Account {
    /// `POST /v2/orders/search`.
    pub(crate) fn search_orders(&self, request: &Request, body: &Value, now: i64) -> Result<Reply, Refused> {
        let asked = self.asked_in_body(request, body, now)?;
        let Some(ids) = body["location_ids"].as_array().filter(|ids| !ids.is_empty()) else {
            return Err(Refused::bad("MISSING_REQUIRED_PARAMETER", "Name the locations.", "location_ids"));
        };
        if ids.len() > 10 {
            return Err(Refused::bad("ARRAY_LENGTH_TOO_LONG", "At most 10 locations.", "location_ids"));
        }
        let mut places = Vec::new();
        for id in ids {
            let place = id.as_str().and_then(|id| self.find(Named::Location, id));
            places.push(place.ok_or_else(|| Refused::bad("INVALID_VALUE", "Unknown location.", "location_ids"))?);
        }
        let limit = body["limit"].as_i64().unwrap_or(500);
        if !(1..=1_000).contains(&limit) {
            let code = if limit < 1 { "VALUE_TOO_LOW" } else { "VALUE_TOO_HIGH" };
            return Err(Refused::bad(code, "`limit` is 1 to 1000.", "limit"));
        }
        let (field, down, span) = self.order_range(&body["query"], &asked.cursor.map(|c| c.end), now)?;
        let filter = &body["query"]["filter"];
        let states: Option<Vec<&str>> =
            filter["state_filter"]["states"].as_array().map(|s| s.iter().filter_map(Value::as_str).collect());
        let customers: Option<Vec<&str>> =
            filter["customer_filter"]["customer_ids"].as_array().map(|s| s.iter().filter_map(Value::as_str).collect());
        let keep = |row: u32| {
            let sale = &self.sales[self.order_sale(row)];
            places.contains(&usize::from(sale.location))
                && states.as_ref().is_none_or(|s| s.contains(&self.order_state(row)))
                && customers.as_ref().is_none_or(|c| {
                    sale.customer != WALK_IN
                        && c.contains(&self.id(Named::Customer, sale.customer as usize).to_string().as_str())
                })
        };
        let limit = usize::try_from(limit).unwrap_or(500).min(self.quirks.longest_page.unwrap_or(1_000));
        let walk = Walk { span, descending: down, after: asked.cursor.map(|c| c.last), limit };
        let (rows, more) = match field {
            Field::Created => cut(&self.orders_created, &walk, keep),
            Field::Updated => cut(&self.orders_updated, &walk, keep),
            Field::Closed => {
                let mut closed: Vec<(i64, u32)> =
                    self.orders_created.iter().filter_map(|(_, row)| Some((self.order_closed(*row)?, *row))).collect();
                closed.sort_unstable();
                cut(&closed, &walk, keep)
            }
        };
        let frozen = Span { begin: span.begin, end: asked.cursor.map_or(now + 1, |c| c.end) };
        let entries = body["return_entries"].as_bool().unwrap_or(false);
        let mut json = Json::with_capacity(rows.len() * 3_500 + 256);
        let name = if entries { "order_entries" } else { "orders" };
        self.page(&mut json, name, &rows, more, &asked, frozen, now, |json, row| {
            if entries {
                json.open();
                json.id("order_id", self.order_id(row));
                json.int("version", self.order_version(row));
                json.id(
                    "location_id",
                    self.id(Named::Location, usize::from(self.sales[self.order_sale(row)].location)),
                );
                json.close();
            } else if row & RETURN == 0 {
                self.tell_order(json, row as usize);
            } else {
                self.tell_return(json, (row & !RETURN) as usize);
            }
        });
        Ok(Reply::json(200, json.finish()))
    }

    fn order_range(&self, query: &Value, frozen: &Option<i64>, now: i64) -> Result<(Field, bool, Span), Refused> {
        let sort = &query["sort"];
        let field = match sort["sort_field"].as_str() {
            None if sort.is_object() => {
                return Err(Refused::bad(
                    "MISSING_REQUIRED_PARAMETER",
                    "Name the field to sort by.",
                    "query.sort.sort_field",
                ));
            }
            None => Field::Created,
            Some(name) => Field::parse(name).ok_or_else(|| {
                Refused::bad("INVALID_ENUM_VALUE", "Not a field to sort by.", "query.sort.sort_field")
            })?,
        };
        let down = super::lists::descending(sort["sort_order"].as_str(), true)?;
        let ranges: Vec<(Field, &Value)> =
            [("created_at", Field::Created), ("updated_at", Field::Updated), ("closed_at", Field::Closed)]
                .into_iter()
                .filter_map(|(name, f)| Some((f, query["filter"]["date_time_filter"].get(name)?)))
                .collect();
        let end_of_first_page = frozen.unwrap_or(now + 1);
        match ranges.as_slice() {
            [] => Ok((field, down, Span { begin: i64::MIN, end: i64::MAX })),
            [(filtered, range)] if *filtered == field => {
                let at = |edge: &str| range[edge].as_str().map(|v| time(v, edge)).transpose();
                let begin = at("start_at")?.unwrap_or(i64::MIN);
                // Both ends belong to the range.
                let end = at("end_at")?.map_or(end_of_first_page, |end| end + 1);
                Ok((field, down, Span { begin, end }))
            }
            [_] => Err(Refused::bad(
                "BAD_REQUEST",
                "The sort field has to be the field that is filtered by time.",
                "query.sort.sort_field",
            )),
            _ => Err(Refused::bad("CONFLICTING_PARAMETERS", "One time range only.", "query.filter.date_time_filter")),
        }
    }

    fn order_sale(&self, row: u32) -> usize {
        if row & RETURN == 0 { row as usize } else { self.refunds[(row & !RETURN) as usize].sale as usize }
    }

    fn order_id(&self, row: u32) -> crate::text::Id {
        if row & RETURN == 0 {
            self.id(Named::Order, row as usize)
        } else {
            self.id(Named::ReturnOrder, (row & !RETURN) as usize)
        }
    }

    fn order_version(&self, row: u32) -> i64 {
        if row & RETURN == 0 { i64::from(self.sales[row as usize].version) + 3 } else { 4 }
    }

    fn order_state(&self, row: u32) -> &'static str {
        if row & RETURN != 0 {
            return "COMPLETED";
        }
        match self.sales[row as usize].status {
            Status::Completed => "COMPLETED",
            Status::Approved => "OPEN",
            Status::Canceled | Status::Failed => "CANCELED",
        }
    }

    fn order_closed(&self, row: u32) -> Option<i64> {
        if row & RETURN != 0 {
            return Some(self.refunds[(row & !RETURN) as usize].created);
        }
        let sale = &self.sales[row as usize];
        (sale.status != Status::Approved).then_some(sale.taken + 500)
    }

    fn money_amounts(&self, json: &mut Json, name: &str, total: i64, tax: i64, discount: i64, tip: i64) {
        let currency = &*self.spec.currency;
        json.object(name);
        json.money("total_money", total, currency);
        json.money("tax_money", tax, currency);
        json.money("discount_money", discount, currency);
        json.money("tip_money", tip, currency);
        json.money("service_charge_money", 0, currency);
        json.close();
    }

    fn tell_line_names(&self, json: &mut Json, line: &Line) {
        let variation = &self.catalog.variations[line.variation as usize];
        json.str("quantity", &quantity(line.quantity));
        json.str("name", &self.catalog.items[variation.item].name);
        json.id("catalog_object_id", self.id(Named::Variation, line.variation as usize));
        json.int("catalog_version", self.catalog.created);
        json.str("variation_name", variation.name);
        json.str("item_type", "ITEM");
    }

    fn tell_line_sums(&self, json: &mut Json, line: &Line) {
        let currency = &*self.spec.currency;
        json.money("base_price_money", line.price, currency);
        json.money("variation_total_price_money", line.gross, currency);
        json.money("total_tax_money", line.tax, currency);
        json.money("total_discount_money", line.discount, currency);
        json.money("total_money", line.total(), currency);
    }

    fn tell_order(&self, json: &mut Json, number: usize) {
        let sale = &self.sales[number];
        let currency = &*self.spec.currency;
        let row = number as u32;
        let Basket { lines } = self.basket(number);
        let basket = Basket { lines };
        let (tax, discount) = (basket.tax(), basket.discount());
        // A sale of less than one unit is charged one.
        let total = sale.amount + sale.tip;
        json.open();
        json.id("id", self.order_id(row));
        json.id("location_id", self.id(Named::Location, usize::from(sale.location)));
        json.object("source");
        json.str("name", "Sandbox Point of Sale");
        json.close();
        if sale.customer != WALK_IN {
            json.id("customer_id", self.id(Named::Customer, sale.customer as usize));
        }
        json.list("line_items");
        for (nth, line) in basket.lines.iter().enumerate() {
            json.open();
            json.str("uid", &format!("line-{nth}"));
            self.tell_line_names(json, line);
            if line.tax > 0 {
                json.list("applied_taxes");
                json.open();
                json.str("uid", &format!("applied-tax-{nth}"));
                json.str("tax_uid", "sales-tax");
                json.money("applied_money", line.tax, currency);
                json.close();
                json.close_list();
            }
            if line.discount > 0 {
                json.list("applied_discounts");
                json.open();
                json.str("uid", &format!("applied-discount-{nth}"));
                json.str("discount_uid", "regulars");
                json.money("applied_money", line.discount, currency);
                json.close();
                json.close_list();
            }
            json.money("gross_sales_money", line.gross, currency);
            self.tell_line_sums(json, line);
            json.close();
        }
        json.close_list();
        if tax > 0 {
            json.list("taxes");
            json.open();
            json.str("uid", "sales-tax");
            json.id("catalog_object_id", self.id(Named::Tax, 0));
            json.str("name", "Sales Tax");
            json.str("type", "ADDITIVE");
            json.str("percentage", &backroom_core::money::decimal(self.spec.tax_basis_points, 2));
            json.money("applied_money", tax, currency);
            json.str("scope", "LINE_ITEM");
            json.close();
            json.close_list();
        }
        if discount > 0 {
            json.list("discounts");
            json.open();
            json.str("uid", "regulars");
            json.id("catalog_object_id", self.id(Named::Discount, 0));
            json.str("name", "Regulars 10%");
            json.str("type", "FIXED_PERCENTAGE");
            json.str("percentage", "10.0");
            json.money("applied_money", discount, currency);
            json.str("scope", "LINE_ITEM");
            json.close();
            json.close_list();
        }
        self.money_amounts(json, "net_amounts", total, tax, discount, sale.tip);
        if matches!(sale.status, Status::Completed | Status::Approved) {
            self.tell_tender(json, number);
        }
        json.time("created_at", sale.order_created);
        json.time("updated_at", sale.order_updated);
        if let Some(closed) = self.order_closed(row) {
            json.time("closed_at", closed);
        }
        json.str("state", self.order_state(row));
        json.int("version", self.order_version(row));
        json.money("total_money", total, currency);
        json.money("total_tax_money", tax, currency);
        json.money("total_discount_money", discount, currency);
        json.money("total_tip_money", sale.tip, currency);
        json.money("total_service_charge_money", 0, currency);
        json.money("net_amount_due_money", if sale.status == Status::Completed { 0 } else { total }, currency);
        json.close();
    }

    fn tell_tender(&self, json: &mut Json, number: usize) {
        let sale = &self.sales[number];
        let currency = &*self.spec.currency;
        let total = sale.amount + sale.tip;
        let payment = self.id(Named::Payment, number);
        json.list("tenders");
        json.open();
        json.id("id", payment);
        json.id("location_id", self.id(Named::Location, usize::from(sale.location)));
        json.id("transaction_id", self.id(Named::Order, number));
        json.time("created_at", sale.created);
        json.money("amount_money", total, currency);
        if sale.tip > 0 {
            json.money("tip_money", sale.tip, currency);
        }
        if sale.customer != WALK_IN {
            json.id("customer_id", self.id(Named::Customer, sale.customer as usize));
        }
        match sale.method {
            Method::Card => {
                json.str("type", "CARD");
                json.object("card_details");
                json.str("status", if sale.status == Status::Approved { "AUTHORIZED" } else { "CAPTURED" });
                json.close();
            }
            Method::Cash => {
                json.str("type", "CASH");
                json.object("cash_details");
                json.money("buyer_tendered_money", total, currency);
                json.money("change_back_money", 0, currency);
                json.close();
            }
            Method::Wallet => json.str("type", "WALLET"),
            Method::External => json.str("type", "OTHER"),
        }
        json.id("payment_id", payment);
        json.close();
        json.close_list();
    }

    /// The order of a refund: the goods of the sale come back as far as the money goes.
    fn tell_return(&self, json: &mut Json, number: usize) {
        let refund = &self.refunds[number];
        let sale = &self.sales[refund.sale as usize];
        let currency = &*self.spec.currency;
        let basket = self.basket(refund.sale as usize);
        let whole = refund.amount == sale.amount + sale.tip;
        let first_fits = basket.lines.iter().position(|line| line.total() == refund.amount);
        json.open();
        json.id("id", self.id(Named::ReturnOrder, number));
        json.id("location_id", self.id(Named::Location, usize::from(sale.location)));
        json.object("source");
        json.str("name", "Sandbox Point of Sale");
        json.close();
        json.list("returns");
        json.open();
        json.str("uid", "return-1");
        json.id("source_order_id", self.id(Named::Order, refund.sale as usize));
        if whole || first_fits.is_some() {
            json.list("return_line_items");
            for (nth, line) in basket.lines.iter().enumerate() {
                if !whole && first_fits != Some(nth) {
                    continue;
                }
                json.open();
                json.str("uid", &format!("return-line-{nth}"));
                json.str("source_line_item_uid", &format!("line-{nth}"));
                self.tell_line_names(json, line);
                json.money("gross_return_money", line.gross, currency);
                self.tell_line_sums(json, line);
                json.close();
            }
            json.close_list();
        } else {
            // Money given back for no line in particular, as the till books it.
            json.list("return_line_items");
            json.open();
            json.str("uid", "return-line-amount");
            json.str("quantity", "1");
            json.str("item_type", "CUSTOM_AMOUNT");
            for name in ["base_price_money", "variation_total_price_money", "gross_return_money", "total_money"] {
                json.money(name, refund.amount, currency);
            }
            json.money("total_tax_money", 0, currency);
            json.money("total_discount_money", 0, currency);
            json.close();
            json.close_list();
        }
        let (tax, discount, tip) = match first_fits {
            _ if whole => (basket.tax(), basket.discount(), sale.tip),
            Some(nth) => (basket.lines[nth].tax, basket.lines[nth].discount, 0),
            None => (0, 0, 0),
        };
        self.money_amounts(json, "return_amounts", refund.amount, tax, discount, tip);
        json.close();
        json.close_list();
        self.money_amounts(json, "return_amounts", refund.amount, tax, discount, tip);
        self.money_amounts(json, "net_amounts", -refund.amount, -tax, -discount, -tip);
        json.list("refunds");
        json.open();
        json.id("id", self.id(Named::Refund, number));
        json.id("location_id", self.id(Named::Location, usize::from(sale.location)));
        json.id("transaction_id", self.id(Named::ReturnOrder, number));
        json.id("tender_id", self.id(Named::Payment, refund.sale as usize));
        json.time("created_at", refund.created);
        json.str("reason", refund.reason);
        json.money("amount_money", refund.amount, currency);
        json.str(
            "status",
            match refund.state.name() {
                "COMPLETED" => "APPROVED",
                other => other,
            },
        );
        json.close();
        json.close_list();
        json.time("created_at", refund.created - 1_000);
        json.time("updated_at", refund.updated);
        json.time("closed_at", refund.created);
        json.str("state", "COMPLETED");
        json.int("version", 4);
        for name in ["total_money", "total_tax_money", "total_discount_money", "total_tip_money"] {
            json.money(name, 0, currency);
        }
        json.money("total_service_charge_money", 0, currency);
        json.money("net_amount_due_money", 0, currency);
        json.close();
    }
}
