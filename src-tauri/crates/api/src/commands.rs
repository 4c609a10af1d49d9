//! The one list of commands: dispatcher, HTTP routes and cache tags are made from it.

use crate::counter::{age, age_goods, age_pack, age_rules, members, raffles};
use crate::dto::{self, ApiError};
use crate::engine::Engine;
use crate::{audit, crash, desk, people, reads, removal, settings, setup, sign_in, support, updates, vault, writes};
use backroom_store::Role;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The largest request, in bytes of JSON.
pub const LARGEST_REQUEST: usize = 64 * 1024;
/// The largest request with a file in it, in bytes of JSON: 100,000 members as a CSV.
pub const LARGEST_FILE_REQUEST: usize = 24 * 1024 * 1024;

/// The largest request of a command, in bytes of JSON.
pub(crate) fn largest_request(name: &str) -> usize {
    if matches!(name, "member_import" | "import_members") { LARGEST_FILE_REQUEST } else { LARGEST_REQUEST }
}

/// A command of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// Whether it changes something.
    pub writes: bool,
    /// The least that whoever is at work has to be; none where it is for everybody, also before a PIN was entered.
    pub role: Option<Role>,
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
pub(crate) fn complaint(error: &serde_json::Error) -> String {
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
    ($( $kind:ident $role:ident $name:ident ( $args:ty ) [ $($tag:literal),* ] => $call:path; )*) => {
        /// Every command.
        pub const COMMANDS: &[Command] = &[
            $( Command { name: stringify!($name), writes: commands!(@writes $kind), role: commands!(@role $role), tags: &[$($tag),*] }, )*
        ];

        impl Engine {
            /// Answers one command of the contract.
            ///
            /// # Errors
            /// `UNKNOWN_COMMAND`, `BAD_REQUEST`, or what the command says.
            pub async fn call(&self, name: &str, args: Value) -> Result<Value, ApiError> {
                match name {
                    $( stringify!($name) => {
                        let clerk = self.may(commands!(@role $role))?.is_none_or(|role| role < Role::Manager);
                        let told = audit::telling(&args);
                        let operator = self.at_work();
                        let args: $args = arguments(name, args)?;
                        let answer = reply(commands!(@call $kind $call, self, args))?;
                        self.log_command(name, &told, &operator).await?;
                        self.notice_use(name);
                        Ok(if clerk { without_money(name, answer) } else { answer })
                    } )*
                    _ => Err(ApiError::new("UNKNOWN_COMMAND", "There is no such command.", "")),
                }
            }
        }
    };
    (@role anyone) => { None };
    (@role clerk) => { Some(Role::Clerk) };
    (@role manager) => { Some(Role::Manager) };
    (@role owner) => { Some(Role::Owner) };
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

/// A clerk sees what things cost on the shelf, not what the shop takes.
fn without_money(name: &str, mut answer: Value) -> Value {
    if matches!(name, "products" | "product_list") {
        let rows = if answer.is_array() { answer.as_array_mut() } else { answer["rows"].as_array_mut() };
        for row in rows.into_iter().flatten() {
            row["gross_30_minor"] = Value::from(0);
        }
    }
    answer
}

/// No arguments.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

commands! {
    read anyone app_state (Nothing) ["app"] => reads::app_state;
    read manager today (dto::LocationFilter) ["sales", "sync"] => reads::today;
    read manager summary (dto::LocationFilter) ["sales"] => reads::summary;
    read manager daily (dto::RangeQuery) ["sales"] => reads::daily;
    read manager monthly (dto::RangeQuery) ["sales"] => reads::monthly;
    read manager recent (dto::RecentQuery) ["sales"] => reads::recent;
    read clerk product_list (dto::RecentQuery) ["products"] => reads::product_list;
    read manager sales (dto::SalesQuery) ["sales"] => reads::sales;
    read manager payments (dto::PaymentsQuery) ["sales"] => reads::payments;
    read manager receipt (dto::PaymentId) ["sales"] => reads::receipt;
    read manager sales_csv (dto::SalesQuery) ["sales"] => reads::sales_csv;
    read clerk products (dto::ProductsQuery) ["products"] => reads::products;
    read manager explain (dto::ExplainQuery) ["sales", "products"] => reads::explain;
    read manager sync_status (Nothing) ["sync"] => reads::sync_status;
    read manager connections (Nothing) ["connections"] => reads::connections;
    write manager sync_now (Nothing) ["sync"] => writes::sync_now;
    write manager sync_cancel (Nothing) ["sync"] => writes::sync_cancel;
    write manager push_now (Nothing) ["sync"] => writes::push_now;
    write manager retry_dead (dto::TableName) ["sync"] => writes::retry_dead;
    write owner save_square_token (dto::SquareToken) ["connections", "app", "sync"] => writes::save_square_token;
    write owner save_lightspeed_token (dto::LightspeedToken) ["connections", "app", "sync"] => writes::save_lightspeed_token;
    write owner save_bigquery_key (dto::BigQueryKey) ["connections", "sync"] => writes::save_bigquery_key;
    write owner begin_sign_in (dto::SignInRequest) ["connections"] => sign_in::begin_sign_in;
    write owner finish_sign_in (dto::ReturnAddress) ["connections", "app", "sync"] => sign_in::finish_sign_in;
    write owner cancel_sign_in (Nothing) ["connections"] => sign_in::cancel_sign_in;
    read anyone people (Nothing) ["people"] => people::people;
    write anyone enter_pin (dto::EnterPin) ["people", "app", "sales", "products", "sync", "connections"] => people::enter_pin;
    write anyone leave (Nothing) ["people", "app", "sales", "products", "sync", "connections"] => people::leave;
    write anyone touch (Nothing) [] => people::touch;
    write owner save_person (dto::PersonDraft) ["people", "app"] => people::save_person;
    write owner remove_person (dto::PersonId) ["people", "app"] => people::remove_person;
    read owner audit_log (dto::AuditQuery) ["people"] => audit::audit_log;
    read manager settings (Nothing) ["settings"] => settings::settings;
    write anyone use_passphrase (dto::Passphrase) ["connections", "app", "sync"] => vault::use_passphrase;
    write owner save_settings (dto::SettingsDraft) ["app", "sync", "settings", "people"] => settings::save_settings;
    read manager desk (Nothing) ["settings"] => desk::desk;
    write owner save_desk (dto::DeskDraft) ["settings", "people"] => desk::save_desk;
    write manager make_support (Nothing) ["people"] => support::make_support;
    read manager crash_reports (Nothing) ["app"] => crash::crash_reports;
    write manager forget_crashes (Nothing) ["app", "people"] => crash::forget_crashes;
    write owner keep_setup (dto::Setup) ["app"] => setup::keep_setup;
    write owner verify_audit (Nothing) [] => audit::verify_audit;
    read manager update_status (Nothing) ["updates"] => updates::update_status;
    write manager check_for_update (Nothing) ["updates"] => updates::check_for_update;
    write manager download_update (Nothing) ["updates"] => updates::download_update;
    write manager install_update (Nothing) ["updates"] => updates::install_update;
    write manager put_off_update (Nothing) ["updates"] => updates::put_off_update;
    write manager update_seen (Nothing) ["updates"] => updates::update_seen;
    write owner set_update_channel (dto::UpdateChannel) ["updates"] => updates::set_update_channel;
    write owner return_to_previous (Nothing) ["updates"] => updates::return_to_previous;
    read clerk age_board (Nothing) ["age"] => age_rules::age_board;
    write clerk age_check (dto::AgeScan) [] => age::age_check;
    write clerk age_manual (dto::AgeManual) [] => age::age_manual;
    read clerk age_test_card (Nothing) ["age"] => age::age_test_card;
    read manager age_checks (dto::AgeRange) ["age"] => age::age_checks;
    read manager age_statistics (dto::AgeRange) ["age", "sales"] => age::age_statistics;
    read manager age_settings (Nothing) ["age"] => age_rules::age_settings;
    write owner save_age_settings (dto::AgeSettings) ["age"] => age_rules::save_age_settings;
    read manager age_goods (Nothing) ["age", "products"] => age_goods::age_goods;
    write owner save_age_goods (dto::AgeGoodsDraft) ["age"] => age_goods::save_age_goods;
    write manager age_pack (dto::AgeRange) [] => age_pack::age_pack;
    read manager bans (Nothing) ["age"] => age::bans;
    write manager ban_card (dto::BanDraft) ["age"] => age::ban_card;
    write manager lift_ban (dto::BanId) ["age"] => age::lift_ban;
    read manager trainings (Nothing) ["age", "people"] => age::trainings;
    write manager note_training (dto::TrainingDraft) ["age"] => age::note_training;
    read clerk raffles (Nothing) ["raffles"] => raffles::raffles;
    read clerk raffle (dto::RaffleName) ["raffles"] => raffles::raffle;
    write manager raffle_beacon (Nothing) [] => raffles::raffle_beacon;
    read manager raffle_entries_csv (dto::RaffleName) ["raffles"] => raffles::raffle_entries_csv;
    read clerk raffle_verifier (Nothing) ["raffles"] => raffles::raffle_verifier;
    write owner create_raffle (dto::RaffleDraft) ["raffles"] => raffles::create_raffle;
    write owner update_raffle (dto::RaffleDraft) ["raffles"] => raffles::update_raffle;
    write owner open_raffle (dto::RaffleOpening) ["raffles"] => raffles::open_raffle;
    write clerk enter_raffle (dto::RaffleEntry) ["raffles"] => raffles::enter_raffle;
    write clerk raffle_tickets (dto::RafflePerson) [] => raffles::raffle_tickets;
    write manager void_entry (dto::RaffleVoid) ["raffles"] => raffles::void_entry;
    write manager close_raffle (dto::RaffleName) ["raffles"] => raffles::close_raffle;
    write manager seal_raffle (dto::RaffleSeal) ["raffles"] => raffles::seal_raffle;
    write manager draw_raffle (dto::RaffleDraw) ["raffles"] => raffles::draw_raffle;
    write manager claim_prize (dto::RaffleClaim) ["raffles"] => raffles::claim_prize;
    write manager forfeit_prize (dto::RaffleForfeit) ["raffles"] => raffles::forfeit_prize;
    write owner cancel_raffle (dto::RaffleCancel) ["raffles"] => raffles::cancel_raffle;
    write manager refund_entry (dto::RaffleRefund) ["raffles"] => raffles::refund_entry;
    write manager raffle_certificate (dto::RaffleActName) [] => raffles::raffle_certificate;
    read clerk member_tiers (Nothing) ["members"] => members::tiers::member_tiers;
    read clerk member_rules (Nothing) ["members"] => members::tiers::member_rules;
    read clerk member_find (dto::MemberQuery) ["members"] => members::people::member_find;
    read manager members (dto::MemberList) ["members"] => members::people::members;
    read clerk member (dto::MemberRef) ["members"] => members::people::member;
    read manager member_customers (dto::MemberRef) ["members"] => members::links::member_customers;
    read clerk member_preview (dto::MemberAct) ["members"] => members::acts::member_preview;
    read clerk member_points (dto::MemberRef) ["members"] => members::points::member_points;
    read clerk member_discount (dto::MemberCart) ["members"] => members::till::member_discount;
    read manager member_statistics (dto::MemberRange) ["members"] => members::figures::member_statistics;
    read manager member_import (dto::MemberFile) ["members"] => members::files::member_import;
    write owner save_tier (dto::MemberTier) ["members"] => members::tiers::save_tier;
    write owner retire_tier (dto::MemberRef) ["members"] => members::tiers::retire_tier;
    write owner save_member_rules (dto::MemberRules) ["members"] => members::tiers::save_member_rules;
    write clerk save_member (dto::MemberPerson) ["members"] => members::people::save_member;
    write clerk say_consent (dto::MemberConsentDraft) ["members"] => members::people::say_consent;
    write clerk change_member (dto::MemberAct) ["members"] => members::acts::change_member;
    write clerk change_points (dto::MemberPointsAct) ["members"] => members::points::change_points;
    write clerk give_discount (dto::MemberCart) ["members"] => members::till::give_discount;
    write clerk link_member (dto::MemberLink) ["members"] => members::people::link_member;
    write manager erase_member (dto::MemberRef) ["members"] => members::people::erase_member;
    write clerk settle_members (Nothing) ["members"] => members::acts::settle_members;
    write manager import_members (dto::MemberFile) ["members"] => members::files::import_members;
    write owner export_members (Nothing) [] => members::files::export_members;
    write manager test_connection (dto::ConnectionName) ["connections"] => writes::test_connection;
    write owner remove_connection (dto::ConnectionName) ["connections", "app", "sync"] => removal::remove_connection;
    write manager restated_seen (Nothing) ["sales"] => writes::restated_seen;
    write manager open_receipt (dto::PaymentId) [] => writes::open_receipt;
    write anyone open_again (Nothing) ["app", "sales", "products", "sync", "connections"] => writes::open_again;
    write owner set_aside (Nothing) ["app", "sales", "products", "sync", "connections"] => writes::host_only;
    write anyone start_demo (dto::DemoChoice) ["app", "sales", "products", "sync", "connections"] => writes::demo_in_window;
    write anyone leave_demo (Nothing) ["app", "sales", "products", "sync", "connections"] => writes::host_only;
}
