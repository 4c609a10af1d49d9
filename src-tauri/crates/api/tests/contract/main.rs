//! The contract at its seam: hostile requests, the local API's door, the configuration, what the screens know of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod age;
mod age_pack;
mod configuration;
mod door;
mod fuzz;
mod lightspeed_form;
mod members;
mod numbers;
mod pacing;
mod people;
mod raffle_draws;
mod raffles;
mod removing;
mod requests;
mod running;
mod screens;
mod settled;
mod signing_in;
mod support;
mod zones;

use backroom_api::secrets::InMemory;
use backroom_api::{Engine, EngineOptions, SecretsMode};
use std::sync::Arc;

async fn engine(folder: &std::path::Path) -> Engine {
    let secrets = SecretsMode::Memory(Arc::new(InMemory::new()));
    Engine::open(EngineOptions { data_dir: folder.to_path_buf(), secrets, demo: false }).await.unwrap()
}
