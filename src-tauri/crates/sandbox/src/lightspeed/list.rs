//! Lists: filters, order and pages by a key that does not move when others come and go.

use super::account::Account;
use super::http::Refused;
use super::tell::{one_or_many, time};
use crate::wire::{Reply, Request};
use backroom_core::Timestamp;
use serde_json::{Value, json};

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

/// An operator with its values.
enum Filter {
    AtLeast(Timestamp),
    After(Timestamp),
    AtMost(Timestamp),
    Before(Timestamp),
    Between(Timestamp, Timestamp),
}

impl Filter {
    fn read(text: &str) -> Option<Self> {
        let (operator, rest) = text.split_once(',').unwrap_or(("=", text));
        let at = |text: &str| Timestamp::parse(text.trim()).ok();
        Some(match operator {
            ">=" => Self::AtLeast(at(rest)?),
            ">" => Self::After(at(rest)?),
            "<=" => Self::AtMost(at(rest)?),
            "<" => Self::Before(at(rest)?),
            "><" => {
                let (from, to) = rest.split_once(',')?;
                Self::Between(at(from)?, at(to)?)
            }
            _ => return None,
        })
    }

    fn admits(&self, at: Timestamp) -> bool {
        // Records are told in whole seconds, and so they are compared.
        let at = Timestamp::from_seconds(at.micros().div_euclid(1_000_000));
        match self {
            Self::AtLeast(bound) => at >= *bound,
            Self::After(bound) => at > *bound,
            Self::AtMost(bound) => at <= *bound,
            Self::Before(bound) => at < *bound,
            Self::Between(from, to) => at >= *from && at <= *to,
        }
    }
}

impl Account {
    /// The drips a list costs: one, and the relations, which are double on lists.
    pub(crate) fn cost(request: &Request) -> f64 {
        if request.param("count").is_some() {
            return 10.0;
        }
        let of = |relation: &String| match relation.as_str() {
            "Category" | "Contact" | "Customer" => 0.2,
            name if name.contains('.') => 0.2,
            _ => 0.4,
        };
        1.0 + relations(request).iter().map(of).sum::<f64>()
    }

    pub(crate) fn answer_list(&self, entity: &str, request: &Request) -> Result<Reply, Refused> {
        let bad = |message: &str| Refused::new(400, message);
        let limit: usize =
            request.param("limit").unwrap_or("100").parse().map_err(|_| bad("limit must be a number"))?;
        if limit > 100 {
            return Err(bad("limit must be between 0 and 100"));
        }
        const KNOWN: [&str; 9] = [
            "limit",
            "sort",
            "after",
            "archived",
            "load_relations",
            "timeStamp",
            "updatetime",
            "completeTime",
            "createTime",
        ];
        // What the stand-in does not know it must not pass over: an answer without the filter would look like one with it.
        if let Some((unknown, _)) = request.query.iter().find(|(name, _)| !KNOWN.contains(&name.as_str())) {
            return Err(bad(&format!("{unknown} is not supported")));
        }
        let rows = self.rows(entity)?;
        let (field, down) = match request.param("sort") {
            Some(sort) => (sort.trim_start_matches('-'), sort.starts_with('-')),
            None => ("id", false),
        };
        let sorts: &[&str] = match entity {
            "Sale" => &["id", "saleID", "timeStamp", "completeTime", "updatetime"],
            _ => &["id", "timeStamp"],
        };
        if !sorts.contains(&field) {
            return Err(bad("this field cannot be sorted by"));
        }
        let archived = request.param("archived").unwrap_or("false");
        let mut filters = Vec::new();
        for name in ["timeStamp", "updatetime", "completeTime", "createTime"] {
            if let Some(text) = request.param(name) {
                filters.push((name, Filter::read(text).ok_or_else(|| bad("the filter cannot be read"))?));
            }
        }
        let of = |row: &Row, name: &str| match name {
            "timeStamp" => Some(row.stamp),
            "updatetime" => Some(row.updated),
            "completeTime" => row.completed,
            "createTime" => Some(row.created),
            _ => Some(Timestamp::from_micros(i64::try_from(row.number).unwrap_or(0))),
        };
        let fits = |row: &&Row| {
            let put_away = match archived {
                "true" => true,
                "only" => row.archived,
                _ => !row.archived,
            };
            put_away && filters.iter().all(|(name, filter)| of(row, name).is_some_and(|at| filter.admits(at)))
        };
        let key = |row: &Row| -> Key {
            let at = of(row, field).map_or(i64::MIN + 1, Timestamp::micros);
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
        let relations = relations(request);
        let records = found.iter().take(limit).filter_map(|k| self.record(entity, number(k), &relations)).collect();
        let next = match found.last().filter(|_| more) {
            Some(last) => self.next(entity, request, *last),
            None => String::new(),
        };
        let mut body = one_or_many(entity, records);
        body.insert("@attributes".to_owned(), json!({"next": next, "previous": ""}));
        Ok(Reply::value(200, &Value::Object(body)))
    }

    /// A single record by its id.
    pub(crate) fn answer_one(&self, entity: &str, id: &str, request: &Request) -> Result<Reply, Refused> {
        let missing = || Refused::new(404, "Not found");
        let number: u64 = id.parse().map_err(|_| missing())?;
        if !self.rows(entity)?.iter().any(|row| row.number == number) {
            return Err(missing());
        }
        let record = self.record(entity, number, &relations(request)).ok_or_else(missing)?;
        let mut body = one_or_many(entity, vec![record]);
        body.insert("@attributes".to_owned(), json!({"count": "1"}));
        Ok(Reply::value(200, &Value::Object(body)))
    }

    fn next(&self, entity: &str, request: &Request, last: Key) -> String {
        let host = if self.quirks.foreign_next { "https://evil.example.net" } else { self.base_url.as_str() };
        let kept: Vec<&str> = request.raw_query.split('&').filter(|pair| !pair.starts_with("after=")).collect();
        format!("{host}/API/V3/Account/{}/{entity}.json?{}&after={}_{}", self.id, kept.join("&"), last.0, last.1)
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
            "Shop" => (0..self.shops.len()).map(|n| plain(n, old, false)).collect(),
            "Employee" => (0..super::account::EMPLOYEES.len()).map(|n| plain(n, old, false)).collect(),
            "PaymentType" => (0..3).map(|n| plain(n, old, false)).collect(),
            _ => return Err(Refused::new(404, "Not found")),
        })
    }

    fn record(&self, entity: &str, number: u64, relations: &[String]) -> Option<Value> {
        let n = usize::try_from(number).ok()?.checked_sub(1)?;
        Some(match entity {
            "Sale" => self.tell_sale(self.sales.get(n)?, relations),
            "Item" => self.tell_item(n, relations),
            "ItemShop" => self.tell_shelf(n / (self.shops.len() + 1), n % (self.shops.len() + 1)),
            "Customer" => self.tell_customer(n, relations),
            "Shop" => self.tell_shop(n),
            "Employee" => self.tell_employee(n),
            "PaymentType" => Self::tell_payment_type(n),
            _ => return None,
        })
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

fn relations(request: &Request) -> Vec<String> {
    request.param("load_relations").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn read_key(text: &str) -> Option<Key> {
    let (at, number) = text.rsplit_once('_')?;
    Some((at.parse().ok()?, number.parse().ok()?))
}
