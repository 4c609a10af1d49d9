//! The buffer's shape: its schema's number and how much is in it, and nothing of what.

use crate::error::StoreError;
use crate::open::Store;

/// What is counted: the name it goes by, and its table.
const COUNTED: [(&str, &str); 14] = [
    ("locations", "location"),
    ("payments", "payment"),
    ("refunds", "refund"),
    ("orders", "orders"),
    ("order_lines", "order_line"),
    ("products", "product"),
    ("customers", "customer"),
    ("receipts", "receipt"),
    ("people", "operator"),
    ("audit_entries", "audit"),
    ("age_checks", "age_check"),
    ("members", "member"),
    ("raffles", "raffle"),
    ("raffle_entries", "raffle_entry"),
];

/// The buffer's shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Number of the schema: how many migrations it has behind it.
    pub schema: u32,
    /// How many rows there are of each kind.
    pub rows: Vec<(&'static str, u64)>,
}

impl Store {
    /// How the buffer is made and how much is in it.
    ///
    /// # Errors
    /// What the buffer says.
    pub fn shape(&self) -> Result<Shape, StoreError> {
        self.read(|c| {
            let number = |sql: &str| c.query_row(sql, [], |r| r.get::<_, i64>(0));
            let mut rows = Vec::new();
            for (what, table) in COUNTED {
                let count = number(&format!("SELECT count(*) FROM {table}"))?;
                rows.push((what, u64::try_from(count).unwrap_or(0)));
            }
            Ok(Shape { schema: u32::try_from(number("PRAGMA user_version")?).unwrap_or(0), rows })
        })
    }
}
