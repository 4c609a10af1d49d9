//! The one list of commands: dispatcher, HTTP routes and cache tags are made from it.

use crate::dto::{self, ApiError};
use crate::engine::Engine;
use crate::{reads, sign_in, writes};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The largest request, in bytes of JSON.
pub const LARGEST_REQUEST: usize = 64 * 1024;

/// A command of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// Whether it changes something.
    pub writes: bool,
    /// Read: the tags whose change makes its answer stale. Write: the tags it makes stale.
    pub tags: &'static [&'static str],
}

/// Reads the arguments of a command; `null` and nothing stand for the empty object.
fn arguments<T: DeserializeOwned>(name: &str, args: Value) -> Result<T, ApiError> {
    let args = if args.is_null() { Value::Object(serde_json::Map::new()) } else { args };
    serde_json::from_value(args).map_err(|error| {
        ApiError::bad_request(format!("The request {name:?} is not of its form: {}.", complaint(&error)))
    })
}

/// What is wrong with the arguments. The parser's text repeats names and values that were sent, and one of them may be a secret:
/// only the name of a field of ours is passed on.
fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let kinds = [
        ("unknown field", "there is a field it does not know"),
        ("duplicate field", "a field is there twice"),
        ("invalid type", "a value is of another type"),
        ("invalid value", "a value is out of its range"),
    ];
    if text.starts_with("missing field") {
        return text;
    }
    kinds
        .into_iter()
        .find(|(start, _)| text.starts_with(start))
        .map_or("it cannot be read", |(_, words)| words)
        .to_owned()
}

fn reply<T: serde::Serialize>(value: T) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(|_| ApiError::new("INTERNAL", "The answer could not be told.", "Try again."))
}

macro_rules! commands {
    ($( $kind:ident $name:ident ( $args:ty ) [ $($tag:literal),* ] => $call:path; )*) => {
        /// Every command.
        pub const COMMANDS: &[Command] = &[
            $( Command { name: stringify!($name), writes: commands!(@writes $kind), tags: &[$($tag),*] }, )*
        ];

        impl Engine {
            /// Answers one command of the contract.
            ///
            /// # Errors
            /// `UNKNOWN_COMMAND`, `BAD_REQUEST`, or what the command says.
            pub async fn call(&self, name: &str, args: Value) -> Result<Value, ApiError> {
                match name {
                    $( stringify!($name) => {
                        let args: $args = arguments(name, args)?;
                        reply(commands!(@call $kind $call, self, args))
                    } )*
                    _ => Err(ApiError::new("UNKNOWN_COMMAND", "There is no such command.", "")),
                }
            }
        }
    };
    (@writes read) => { false };
    (@writes write) => { true };
    (@call read $call:path, $engine:expr, $args:expr) => {{
        let engine = $engine.clone();
        let args = $args;
        // SQLite blocks: screens must not wait behind each other on the runtime's own threads.
        tokio::task::spawn_blocking(move || $call(&engine, args))
            .await
            .map_err(|_| ApiError::new("INTERNAL", "The question could not be answered.", "Try again."))??
    }};
    (@call write $call:path, $engine:expr, $args:expr) => { $call($engine, $args).await? };
}

/// No arguments.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

commands! {
    read app_state (Nothing) ["app"] => reads::app_state;
    read today (dto::LocationFilter) ["sales", "sync"] => reads::today;
    read summary (dto::LocationFilter) ["sales"] => reads::summary;
    read daily (dto::RangeQuery) ["sales"] => reads::daily;
    read monthly (dto::RangeQuery) ["sales"] => reads::monthly;
    read recent (dto::RecentQuery) ["sales"] => reads::recent;
    read product_list (dto::RecentQuery) ["products"] => reads::product_list;
    read sales (dto::SalesQuery) ["sales"] => reads::sales;
    read payments (dto::PaymentsQuery) ["sales"] => reads::payments;
    read receipt (dto::PaymentId) ["sales"] => reads::receipt;
    read sales_csv (dto::SalesQuery) ["sales"] => reads::sales_csv;
    read products (dto::ProductsQuery) ["products"] => reads::products;
    read explain (dto::ExplainQuery) ["sales", "products"] => reads::explain;
    read sync_status (Nothing) ["sync"] => reads::sync_status;
    read connections (Nothing) ["connections"] => reads::connections;
    write sync_now (Nothing) ["sync"] => writes::sync_now;
    write sync_cancel (Nothing) ["sync"] => writes::sync_cancel;
    write push_now (Nothing) ["sync"] => writes::push_now;
    write retry_dead (dto::TableName) ["sync"] => writes::retry_dead;
    write save_square_token (dto::SquareToken) ["connections", "app", "sync"] => writes::save_square_token;
    write save_lightspeed_token (dto::LightspeedToken) ["connections", "app", "sync"] => writes::save_lightspeed_token;
    write save_bigquery_key (dto::BigQueryKey) ["connections", "sync"] => writes::save_bigquery_key;
    write begin_sign_in (dto::SignInRequest) ["connections"] => sign_in::begin_sign_in;
    write finish_sign_in (dto::ReturnAddress) ["connections", "app", "sync"] => sign_in::finish_sign_in;
    write cancel_sign_in (Nothing) ["connections"] => sign_in::cancel_sign_in;
    write test_connection (dto::ConnectionName) ["connections"] => writes::test_connection;
    write remove_connection (dto::ConnectionName) ["connections", "app", "sync"] => writes::remove_connection;
    write restated_seen (Nothing) ["sales"] => writes::restated_seen;
    write open_receipt (dto::PaymentId) [] => writes::open_receipt;
    write open_again (Nothing) ["app", "sales", "products", "sync", "connections"] => writes::open_again;
    write set_aside (Nothing) ["app", "sales", "products", "sync", "connections"] => writes::host_only;
    write start_demo (Nothing) ["app", "sales", "products", "sync", "connections"] => writes::host_only;
    write leave_demo (Nothing) ["app", "sales", "products", "sync", "connections"] => writes::host_only;
}
