//! What the points of sale know of a member: customers with the same phone number or e-mail address, a sale by its number, and what
//! a product costs.

use crate::apply::CUSTOMER_SEAL;
use crate::error::StoreError;
use crate::open::Store;
use backroom_core::{BusinessDay, Timestamp};
use rusqlite::{OptionalExtension, params};

/// A customer of a source.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownCustomer {
    /// Name of the source.
    pub source: String,
    /// Kind of the source, such as `square`.
    pub kind: String,
    /// Id there.
    pub id: String,
    /// Name there; empty where it has none or this computer's key does not open it.
    pub name: String,
    /// The last business day with a purchase.
    pub last_bought: Option<BusinessDay>,
}

impl std::fmt::Debug for KnownCustomer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KnownCustomer").field("source", &self.source).field("id", &self.id).finish_non_exhaustive()
    }
}

/// A sale that was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSale {
    /// Id of its payment at the source.
    pub id: String,
    /// What was paid for goods after discounts and before tax, without tip; with the tax where the source told none.
    pub before_tax: i64,
    /// ISO 4217.
    pub currency: String,
}

const CUSTOMER: &str = "SELECT s.name, s.kind, c.id, c.sealed,
       (SELECT max(l.last_day) FROM customer_last l WHERE l.customer = c.pk)
     FROM customer c JOIN source s ON s.pk = c.source WHERE c.deleted = 0 AND c.known = 1";

impl Store {
    /// Customers of all sources with one of these phone numbers or e-mail addresses, as the sources may have written them.
    ///
    /// # Errors
    /// `Sealed` where there is no key by which they are found; what the buffer says.
    pub fn customers_like(&self, phones: &[String], emails: &[String]) -> Result<Vec<KnownCustomer>, StoreError> {
        let seal = self.seal().ok_or(StoreError::Sealed)?;
        self.read(|c| {
            let mut found: Vec<KnownCustomer> = Vec::new();
            for (column, values) in [("c.phone_hash", phones), ("c.email_hash", emails)] {
                let mut statement =
                    c.prepare_cached(&format!("{CUSTOMER} AND {column} = ?1 ORDER BY c.pk LIMIT 20"))?;
                for value in values {
                    let hash = seal.lookup(value);
                    let rows = statement.query_map([hash.as_slice()], |r| self.known_customer(r))?;
                    for row in rows.collect::<Result<Vec<_>, _>>()? {
                        if !found.iter().any(|known| (&known.source, &known.id) == (&row.source, &row.id)) {
                            found.push(row);
                        }
                    }
                }
            }
            Ok(found)
        })
    }

    /// A customer of a source by its id there.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn customer_of(&self, source: &str, id: &str) -> Result<Option<KnownCustomer>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(&format!("{CUSTOMER} AND s.name = ?1 AND c.id = ?2"))?;
            Ok(statement.query_row([source, id], |r| self.known_customer(r)).optional()?)
        })
    }

    fn known_customer(&self, r: &rusqlite::Row<'_>) -> rusqlite::Result<KnownCustomer> {
        let sealed: Option<Vec<u8>> = r.get(3)?;
        let plain = sealed.and_then(|sealed| self.seal()?.open(CUSTOMER_SEAL, &sealed).ok());
        let plain = plain.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let names: Vec<&str> = plain.split('\u{1f}').take(2).filter(|name| !name.is_empty()).collect();
        Ok(KnownCustomer {
            source: r.get(0)?,
            kind: r.get(1)?,
            id: r.get(2)?,
            name: names.join(" "),
            last_bought: r.get::<_, Option<i32>>(4)?.map(BusinessDay::from_number),
        })
    }

    /// What one of a product really costs, minor units, by its id at the source; none where nobody knows.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn product_cost(&self, id: &str) -> Result<Option<i64>, StoreError> {
        self.read(|c| {
            let sql = "SELECT cost FROM product WHERE id = ?1 AND deleted = 0 AND cost IS NOT NULL LIMIT 1";
            Ok(c.prepare_cached(sql)?.query_row([id], |r| r.get(0)).optional()?)
        })
    }

    /// The sale with this payment id, or whose payment id begins with these four characters, as receipts print it, taken since then;
    /// none where there is none, or where several begin so.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn sale_named(&self, name: &str, since: Timestamp) -> Result<Option<NamedSale>, StoreError> {
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT p.id, p.amount, p.currency, o.total - o.tip, o.tax FROM payment p
                 LEFT JOIN orders o ON o.id = p.order_id AND o.source = p.source AND o.deleted = 0
                 WHERE p.taken_at >= ?1 AND p.status = 2 AND p.deleted = 0
                   AND (p.id = ?2 OR (length(?2) = 4 AND substr(p.id, 1, 4) = ?2)) LIMIT 2",
            )?;
            let rows = statement.query_map(params![since.micros(), name], |r| {
                let (amount, total, tax): (i64, Option<i64>, Option<i64>) = (r.get(1)?, r.get(3)?, r.get(4)?);
                Ok(NamedSale { id: r.get(0)?, before_tax: share(amount, total, tax), currency: r.get(2)? })
            })?;
            let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
            Ok(if rows.len() == 1 { rows.pop() } else { None })
        })
    }
}

/// The part of a payment that is not tax, where an order that cost `total` had so much: several may have paid it together.
fn share(amount: i64, total: Option<i64>, tax: Option<i64>) -> i64 {
    match (total, tax) {
        (Some(total), Some(tax)) if total > 0 && (0..=total).contains(&tax) => {
            let part = i128::from(amount) * i128::from(total - tax) / i128::from(total);
            i64::try_from(part).unwrap_or(amount).min(amount)
        }
        _ => amount,
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn points_are_on_what_was_paid_before_tax() {
        for (amount, total, tax, expected, why) in [
            (1_080, Some(1_080), Some(80), 1_000, "the whole order"),
            (540, Some(1_080), Some(80), 500, "one of two who paid it"),
            (1_080, None, None, 1_080, "an order that is not here"),
            (500, Some(0), Some(0), 500, "an order of nothing"),
            (500, Some(400), Some(500), 500, "a tax that cannot be"),
        ] {
            assert_eq!(share(amount, total, tax), expected, "{why}");
        }
    }
}
