//! Lists: filters, order and pages by a key that does not move when others come and go.

use super::account::{Account, Kind};
use super::filter::Condition;
use super::http::Refused;
use super::tell::{one_or_many, time};
use crate::wire::{Reply, Request};
use backroom_core::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A record in a list: what it is sorted by, and its number.
type Key = (i64, u64);

/// What a list can be filtered and sorted by.
struct Row {
    number: u64,
    stamp: Timestamp,
    updated: Timestamp,
    completed: Option<Timestamp>,
    created: Timestamp,
    archived: bool,
}

/// What a request asks of the records of a list.
#[derive(Default)]
struct Filter {
    /// On times, which are looked at without writing the record down.
    times: Vec<Condition>,
    others: Vec<Condition>,
    /// One of these has to hold, where there are any.
    either: Vec<Condition>,
}

/// Parameters of a list that are no filter.
const WORDS: [&str; 7] = ["limit", "sort", "after", "archived", "load_relations", "or", "count"];
/// Fields whose filter is answered without writing the record down.
const QUICK: [&str; 4] = ["timeStamp", "updatetime", "completeTime", "createTime"];

/// The relations that a list can bring along.
fn known_relations(entity: &str) -> &'static [&'static str] {
    match entity {
        "Sale" => {
            &["SaleLines", "SalePayments", "SaleLines.Item", "SalePayments.PaymentType", "Customer", "TaxCategory"]
        }
        "Item" => &["Category", "ItemShops", "TaxClass", "Manufacturer", "Note", "ItemVendorNums"],
        "Customer" => &["Contact", "CustomerType", "Note"],
        _ => &[],
    }
}

impl Account {
    /// The drips a call costs: one, and the relations, which are double on lists.
    pub(crate) fn cost(request: &Request) -> f64 {
        if request.param("count").is_some() {
            return 10.0;
        }
        let list =
            request.path.trim_end_matches(".json").rsplit('/').next().is_some_and(|end| end.parse::<u64>().is_err());
        let of = |relation: &String| match relation.as_str() {
            "Category" | "Contact" | "Customer" | "TaxCategory" | "TaxClass" | "Manufacturer" | "Note" => 0.1,
            name if name.contains('.') => 0.1,
            _ => 0.2,
        };
        let times = if list { 2.0 } else { 1.0 };
        let either = request.param("or").and_then(Condition::any_of).unwrap_or_default();
        let foreign: BTreeSet<&str> = either.iter().filter_map(Condition::relation).collect();
        1.0 + relations(request).unwrap_or_default().iter().map(of).sum::<f64>() * times + 10.0 * foreign.len() as f64
    }

    pub(crate) fn answer_list(&self, entity: &str, request: &Request) -> Result<Reply, Refused> {
        let bad = |message: &str| Refused::new(400, message);
        let limit: usize =
            request.param("limit").unwrap_or("100").parse().map_err(|_| bad("limit must be a number"))?;
        if limit > 100 {
            return Err(bad("limit must be between 0 and 100"));
        }
        let rows = self.rows(entity)?;
        let relations = asked_relations(entity, request)?;
        let filter = self.filter(entity, request, &relations)?;
        let archived = request.param("archived").unwrap_or("false");
        let fits = |row: &&Row| {
            let put_away = match archived {
                "true" => true,
                "only" => row.archived,
                _ => !row.archived,
            };
            put_away && self.admits(entity, row, &relations, &filter)
        };
        if request.param("count").is_some() {
            if ["limit", "sort", "after"].into_iter().any(|word| request.param(word).is_some()) {
                return Err(bad("count stands alone"));
            }
            let count = rows.iter().filter(fits).count().to_string();
            return Ok(Reply::value(200, &json!({"@attributes": {"count": count}})));
        }
        let (field, down) = sort_of(entity, request)?;
        let key = |row: &Row| -> Key {
            let at = row.time(field).map_or(i64::MIN + 1, Timestamp::micros);
            if down { (-at, u64::MAX - row.number) } else { (at, row.number) }
        };
        let after: Option<Key> = match request.param("after") {
            Some(text) => Some(read_key(text).ok_or_else(|| bad("Invalid cursor"))?),
            None => None,
        };
        let mut found: Vec<Key> =
            rows.iter().filter(fits).map(key).filter(|k| after.is_none_or(|after| *k > after)).collect();
        let page = limit.min(self.quirks.longest_page.unwrap_or(100)).max(1);
        let more = found.len() > page;
        if more {
            // Only the page has to be in order.
            found.select_nth_unstable(page - 1);
            found.truncate(page);
        }
        found.sort_unstable();
        let number = |k: &Key| if down { u64::MAX - k.1 } else { k.1 };
        let records = found.iter().take(limit).filter_map(|k| self.record(entity, number(k), &relations)).collect();
        let next = match found.last().filter(|_| more) {
            Some(last) => self.next(entity, request, *last),
            None => String::new(),
        };
        let mut body = one_or_many(entity, records);
        body.insert("@attributes".to_owned(), json!({"next": next, "previous": ""}));
        Ok(Reply::value(200, &Value::Object(body)))
    }

    /// The filters of a request. What the stand-in does not know it must not pass over: an answer without the filter would look like
    /// one with it.
    fn filter(&self, entity: &str, request: &Request, relations: &[String]) -> Result<Filter, Refused> {
        let bad = |message: String| Refused::new(400, &message);
        let sample = self.record(entity, 1, relations).unwrap_or_default();
        let mut filter = Filter::default();
        for (name, text) in request.query.iter().filter(|(name, _)| !WORDS.contains(&name.as_str())) {
            let own = name.split('.').next().unwrap_or_default();
            let known = QUICK.contains(&own) || sample.get(own).is_some() || relations.iter().any(|r| r == own);
            if !known {
                return Err(bad(format!("{name} is not a field of {entity} or its relation is not loaded")));
            }
            let condition =
                Condition::read(name, text).ok_or_else(|| bad(format!("the filter {name} cannot be read")))?;
            let quick = QUICK.contains(&condition.field.as_str());
            if quick { filter.times.push(condition) } else { filter.others.push(condition) }
        }
        if let Some(text) = request.param("or") {
            filter.either = Condition::any_of(text).ok_or_else(|| bad("or cannot be read".to_owned()))?;
        }
        Ok(filter)
    }

    fn admits(&self, entity: &str, row: &Row, relations: &[String], filter: &Filter) -> bool {
        if !filter.times.iter().all(|c| row.time(&c.field).is_some_and(|at| c.admits_time(at))) {
            return false;
        }
        if filter.others.is_empty() && filter.either.is_empty() {
            return true;
        }
        let record = self.record(entity, row.number, relations).unwrap_or_default();
        let either = filter.either.is_empty() || filter.either.iter().any(|c| c.admits(&record));
        either && filter.others.iter().all(|c| c.admits(&record))
    }

    /// A single record by its id.
    pub(crate) fn answer_one(&self, entity: &str, id: &str, request: &Request) -> Result<Reply, Refused> {
        let missing = || Refused::new(404, "Not found");
        let number: u64 = id.parse().map_err(|_| missing())?;
        if !self.rows(entity)?.iter().any(|row| row.number == number) {
            return Err(missing());
        }
        let record = self.record(entity, number, &asked_relations(entity, request)?).ok_or_else(missing)?;
        let mut body = one_or_many(entity, vec![record]);
        body.insert("@attributes".to_owned(), json!({"count": "1"}));
        Ok(Reply::value(200, &Value::Object(body)))
    }

    fn next(&self, entity: &str, request: &Request, last: Key) -> String {
        let host = if self.quirks.foreign_next { "https://evil.example.net" } else { self.base_url.as_str() };
        let kept: Vec<&str> = request.raw_query.split('&').filter(|pair| !pair.starts_with("after=")).collect();
        let after = match request.param("after").filter(|_| self.quirks.stuck_next) {
            Some(own) => own.to_owned(),
            None => write_key(last),
        };
        let after = after.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        format!("{host}/API/V3/Account/{}/{entity}.json?{}&after={after}", self.id, kept.join("&"))
    }

    fn rows(&self, entity: &str) -> Result<Vec<Row>, Refused> {
        let plain = |number: usize, stamp: Timestamp, archived: bool| Row {
            number: number as u64 + 1,
            stamp,
            updated: stamp,
            completed: None,
            created: stamp,
            archived,
        };
        let old = Timestamp::from_seconds(1_455_257_135);
        Ok(match entity {
            "Sale" => self
                .sales
                .iter()
                .map(|s| Row {
                    number: s.id,
                    stamp: s.stamp,
                    updated: s.updated,
                    completed: s.completed,
                    created: s.created,
                    archived: s.archived,
                })
                .collect(),
            "Item" => self.items.iter().enumerate().map(|(n, i)| plain(n, i.stamp, i.archived)).collect(),
            "ItemShop" => {
                let places = self.shops.len() + 1;
                let shelf = |(n, i): (usize, &super::account::Item)| {
                    let latest = i.shelves.iter().map(|s| s.1).max().unwrap_or_default();
                    (0..places)
                        .map(|shop| {
                            plain(n * places + shop, if shop == 0 { latest } else { i.shelves[shop - 1].1 }, false)
                        })
                        .collect::<Vec<_>>()
                };
                self.items.iter().enumerate().flat_map(shelf).collect()
            }
            "Customer" => self.customers.iter().enumerate().map(|(n, c)| plain(n, c.stamp, c.archived)).collect(),
            "Category" => self.categories.iter().enumerate().map(|(n, c)| plain(n, c.stamp, false)).collect(),
            "Shop" => (0..self.shops.len()).map(|n| plain(n, old, false)).collect(),
            "Employee" => (0..super::account::EMPLOYEES.len()).map(|n| plain(n, old, false)).collect(),
            "PaymentType" => Kind::ALL.iter().enumerate().map(|(n, kind)| plain(n, old, kind.gone())).collect(),
            _ => return Err(Refused::new(404, "Not found")),
        })
    }

    fn record(&self, entity: &str, number: u64, relations: &[String]) -> Option<Value> {
        let n = usize::try_from(number).ok()?.checked_sub(1)?;
        let known = match entity {
            "Category" => self.categories.len(),
            "Item" => self.items.len(),
            "ItemShop" => self.items.len() * (self.shops.len() + 1),
            "Customer" => self.customers.len(),
            "Shop" => self.shops.len(),
            "Employee" => super::account::EMPLOYEES.len(),
            _ => usize::MAX,
        };
        if n >= known {
            return None;
        }
        let mut record = match entity {
            "Sale" => self.tell_sale(self.sales.get(n)?, relations),
            "Category" => self.tell_category(n),
            "Item" => self.tell_item(n, relations),
            "ItemShop" => self.tell_shelf(n / (self.shops.len() + 1), n % (self.shops.len() + 1)),
            "Customer" => self.tell_customer(n, relations),
            "Shop" => self.tell_shop(n),
            "Employee" => self.tell_employee(n),
            "PaymentType" => Self::tell_payment_type(*Kind::ALL.get(n)?),
            _ => return None,
        };
        self.quirks.spoil(&mut record);
        Some(record)
    }

    /// The accounts that the token belongs to.
    pub(crate) fn answer_accounts(&self) -> Reply {
        let link = format!("/API/V3/Account/{}", self.id);
        let account =
            json!({"accountID": self.id, "name": "Copper Lantern Retail", "link": {"@attributes": {"href": link}}});
        let server = time(Timestamp::from_seconds(1_455_257_135));
        Reply::value(200, &json!({"@attributes": {"count": "1", "time": server}, "Account": account}))
    }
}

impl Row {
    /// A time by its name; anything else is the record's own number.
    fn time(&self, name: &str) -> Option<Timestamp> {
        match name {
            "timeStamp" => Some(self.stamp),
            "updatetime" => Some(self.updated),
            "completeTime" => self.completed,
            "createTime" => Some(self.created),
            _ => Some(Timestamp::from_micros(i64::try_from(self.number).unwrap_or(0))),
        }
    }
}

/// The field to sort by, and whether downwards.
fn sort_of<'a>(entity: &str, request: &'a Request) -> Result<(&'a str, bool), Refused> {
    let Some(sort) = request.param("sort") else { return Ok(("id", false)) };
    let field = sort.trim_start_matches('-');
    let own = match entity {
        "Sale" => ["saleID", "completeTime", "updatetime"].contains(&field),
        "Item" => field == "itemID",
        "ItemShop" => field == "itemShopID",
        "Customer" => field == "customerID",
        _ => false,
    };
    let known = own || field == "timeStamp";
    if known { Ok((field, sort.starts_with('-'))) } else { Err(Refused::new(400, "this field cannot be sorted by")) }
}

fn relations(request: &Request) -> Option<Vec<String>> {
    match request.param("load_relations") {
        Some(text) => serde_json::from_str(text).ok(),
        None => Some(Vec::new()),
    }
}

fn asked_relations(entity: &str, request: &Request) -> Result<Vec<String>, Refused> {
    let asked = relations(request).ok_or_else(|| Refused::new(400, "load_relations must be a list"))?;
    match asked.iter().find(|relation| !known_relations(entity).contains(&relation.as_str())) {
        Some(unknown) => Err(Refused::new(400, &format!("{unknown} is not a relation of {entity}"))),
        None => Ok(asked),
    }
}

fn write_key(key: Key) -> String {
    STANDARD.encode(json!([key.0, key.1]).to_string())
}

fn read_key(text: &str) -> Option<Key> {
    serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()
}
