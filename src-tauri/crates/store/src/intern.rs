//! Integer keys for texts that repeat: sources, words, locations, customers, products.

use crate::error::StoreError;
use backroom_core::DayRule;
use backroom_core::time::{BusinessDay, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// Entries of the customer and product caches after which they start anew, so that memory stays flat.
const CACHE_LIMIT: usize = 20_000;

/// The keys seen by the writer so far. Cleared whenever a transaction is rolled back.
pub(crate) struct Keys {
    rule: DayRule,
    zone_is_set: bool,
    words: HashMap<String, i64>,
    locations: HashMap<(i64, String), i64>,
    rules: HashMap<i64, DayWindow>,
    customers: HashMap<(i64, String), i64>,
    products: HashMap<(i64, String), i64>,
}

/// The rule of a location and the day that was asked for last: most rows fall in the same one.
struct DayWindow {
    rule: DayRule,
    from: Timestamp,
    to: Timestamp,
    day: BusinessDay,
}

impl Keys {
    pub(crate) fn new(rule: DayRule, zone_is_set: bool) -> Self {
        Self {
            rule,
            zone_is_set,
            words: HashMap::new(),
            locations: HashMap::new(),
            rules: HashMap::new(),
            customers: HashMap::new(),
            products: HashMap::new(),
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.rule, self.zone_is_set);
    }

    pub(crate) fn word(&mut self, c: &Connection, text: &str) -> Result<i64, StoreError> {
        if let Some(&pk) = self.words.get(text) {
            return Ok(pk);
        }
        c.prepare_cached("INSERT INTO word (text) VALUES (?1) ON CONFLICT DO NOTHING")?.execute([text])?;
        let pk = c.prepare_cached("SELECT pk FROM word WHERE text = ?1")?.query_row([text], |r| r.get(0))?;
        self.words.insert(text.to_owned(), pk);
        Ok(pk)
    }

    pub(crate) fn optional_word(&mut self, c: &Connection, text: Option<&str>) -> Result<Option<i64>, StoreError> {
        text.map(|t| self.word(c, t)).transpose()
    }

    /// The key of a location; one that was never listed gets a place under its id.
    pub(crate) fn location(&mut self, c: &Connection, source: i64, id: &str) -> Result<i64, StoreError> {
        // The usual shop has a handful of locations, so a scan beats building a key.
        if let Some((_, &pk)) = self.locations.iter().find(|((s, known), _)| *s == source && known == id) {
            return Ok(pk);
        }
        c.prepare_cached(
            "INSERT INTO location (source, id, name, currency, active, known, version) VALUES (?1, ?2, ?2, 'USD', 1, 0, 0)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![source, id])?;
        let pk = c
            .prepare_cached("SELECT pk FROM location WHERE id = ?1 AND source = ?2")?
            .query_row(params![id, source], |r| r.get(0))?;
        self.locations.insert((source, id.to_owned()), pk);
        Ok(pk)
    }

    /// The business day (stored form) and wall-clock hour of a time at a location.
    pub(crate) fn day_hour(&mut self, c: &Connection, location: i64, at: Timestamp) -> Result<(i32, u8), StoreError> {
        if !self.rules.contains_key(&location) {
            let zone: Option<String> = c
                .prepare_cached("SELECT time_zone FROM location WHERE pk = ?1")?
                .query_row([location], |r| r.get(0))
                .optional()?
                .flatten();
            let rule = rule_for(self.rule, self.zone_is_set, zone.as_deref());
            let day = rule.day_of(at);
            self.rules.insert(location, DayWindow { rule, from: rule.starts_at(day), to: rule.ends_at(day), day });
        }
        let Some(window) = self.rules.get_mut(&location) else {
            return Err(StoreError::Invariant("day rule of a location"));
        };
        if at < window.from || at >= window.to {
            window.day = window.rule.day_of(at);
            window.from = window.rule.starts_at(window.day);
            window.to = window.rule.ends_at(window.day);
        }
        let hour = window.rule.wall_hour(at);
        Ok((window.day.number(), hour))
    }

    /// Forgets the rule of a location whose zone may have changed.
    pub(crate) fn forget_rule(&mut self, location: i64) {
        self.rules.remove(&location);
    }

    /// The key of a customer; one that was never listed gets a place under its id.
    pub(crate) fn customer(&mut self, c: &Connection, source: i64, id: &str) -> Result<i64, StoreError> {
        let key = (source, id.to_owned());
        if let Some(&pk) = self.customers.get(&key) {
            return Ok(pk);
        }
        c.prepare_cached(
            "INSERT INTO customer (source, id, known, version) VALUES (?1, ?2, 0, 0) ON CONFLICT DO NOTHING",
        )?
        .execute(params![source, id])?;
        let pk = c
            .prepare_cached("SELECT pk FROM customer WHERE id = ?1 AND source = ?2")?
            .query_row(params![id, source], |r| r.get(0))?;
        if self.customers.len() >= CACHE_LIMIT {
            self.customers.clear();
        }
        self.customers.insert(key, pk);
        Ok(pk)
    }

    /// The key of a product; one that was never listed gets a place under its id.
    pub(crate) fn product(&mut self, c: &Connection, source: i64, id: &str) -> Result<i64, StoreError> {
        let key = (source, id.to_owned());
        if let Some(&pk) = self.products.get(&key) {
            return Ok(pk);
        }
        c.prepare_cached(
            "INSERT INTO product (source, id, item_id, name, archived, known, version) VALUES (?1, ?2, '', ?2, 0, 0, 0)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![source, id])?;
        let pk = c
            .prepare_cached("SELECT pk FROM product WHERE id = ?1 AND source = ?2")?
            .query_row(params![id, source], |r| r.get(0))?;
        if self.products.len() >= CACHE_LIMIT {
            self.products.clear();
        }
        self.products.insert(key, pk);
        Ok(pk)
    }
}

/// The rule of a location: a zone set by a person holds everywhere, otherwise the location's own, otherwise the shop's.
pub(crate) fn rule_for(shop: DayRule, zone_is_set: bool, zone: Option<&str>) -> DayRule {
    match zone {
        Some(zone) if !zone_is_set => shop.in_zone(zone).unwrap_or(shop),
        _ => shop,
    }
}
