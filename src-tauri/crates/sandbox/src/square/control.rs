//! The stand-in's own commands over HTTP; the list is in the description of `square`.

use super::Shared;
use super::mutate::{LateOrder, NewSale, NoSuchThing};
use super::spec::Quirks;
use crate::text::Named;
use crate::wire::{read, write};
use serde::Deserialize;
use serde_json::{Value, json};

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Nothing(#[from] NoSuchThing),
    #[error("the body does not fit the command: {0}")]
    Body(#[from] serde_json::Error),
    #[error("no such command")]
    Unknown,
}

#[derive(Deserialize)]
struct About {
    id: String,
    #[serde(default)]
    minor: Option<i64>,
    #[serde(default)]
    archived: Option<bool>,
    #[serde(default)]
    name: Option<String>,
}

impl Shared {
    pub(crate) fn command(&self, command: &str, body: &[u8]) -> Result<Value, CommandError> {
        let now = self.now();
        let body = if body.is_empty() { b"{}" } else { body };
        let about = || serde_json::from_slice::<About>(body);
        let account = || write(&self.account);
        Ok(match command {
            "add_sale" => {
                let sale: NewSale = serde_json::from_slice(body)?;
                serde_json::to_value(account().add_sale(&sale, now)?)?
            }
            "offline_sale" => {
                let sale: NewSale = serde_json::from_slice(body)?;
                serde_json::to_value(account().offline_sale(&sale, now)?)?
            }
            "late_order" => {
                let late: LateOrder = serde_json::from_slice(body)?;
                serde_json::to_value(account().late_order(&late, now)?)?
            }
            "add_tip" => {
                let about = about()?;
                account().add_tip(&about.id, about.minor.unwrap_or(100), now)?;
                json!({})
            }
            "oauth" => {
                self.desk.change(&serde_json::from_slice(body)?);
                serde_json::to_value(self.desk.granted())?
            }
            "refund" => {
                let about = about()?;
                json!({"refund_id": account().refund(&about.id, about.minor, now)?})
            }
            "delete_item" => {
                account().delete_item(&about()?.id, now)?;
                json!({})
            }
            "archive_item" => {
                let about = about()?;
                account().archive_item(&about.id, about.archived.unwrap_or(true), now)?;
                json!({})
            }
            "edit_price" => {
                let about = about()?;
                account().edit_price(&about.id, about.minor.unwrap_or(100), now)?;
                json!({})
            }
            "delete_customer" => {
                account().delete_customer(&about()?.id)?;
                json!({})
            }
            "rename_customer" => {
                let about = about()?;
                account().rename_customer(&about.id, about.name.as_deref().unwrap_or("Renamed"), now)?;
                json!({})
            }
            "quirks" => {
                account().quirks = serde_json::from_slice::<Quirks>(body)?;
                json!({})
            }
            "token" => {
                account().token = about()?.id;
                json!({})
            }
            "scopes" => {
                account().scopes = serde_json::from_slice(body)?;
                json!({})
            }
            "truth" => serde_json::to_value(read(&self.account).truth())?,
            "ids" => {
                let account = read(&self.account);
                let ids = |kind: Named, count: usize| -> Vec<String> {
                    (0..count).map(|n| account.id(kind, n).to_string()).collect()
                };
                json!({
                    "locations": ids(Named::Location, account.spec.locations.len()),
                    "items": ids(Named::Item, account.catalog.items.len()),
                    "customers": ids(Named::Customer, account.customers.len()),
                    "payments": ids(Named::Payment, account.sales.len()),
                })
            }
            _ => return Err(CommandError::Unknown),
        })
    }
}
