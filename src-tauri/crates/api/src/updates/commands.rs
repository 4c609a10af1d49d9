//! What a person may ask of updates.

use super::status::update_status;
use crate::commands::Nothing;
use crate::dto::{ApiError, UpdateChannel, UpdateStatus};
use crate::engine::Engine;
use backroom_update::{Channel, UpdateError, WAITS_DAYS};

/// Asks whether there is something newer.
pub(crate) async fn check_for_update(engine: &Engine, _: Nothing) -> Result<UpdateStatus, ApiError> {
    own_data(engine)?;
    engine.check_update().await?;
    update_status(engine, Nothing {})
}

/// Begins to get the installer; how far it is, is told by events.
pub(crate) async fn download_update(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    own_data(engine)?;
    engine.updates().offer(engine.inner.clock.now())?.ok_or(UpdateError::NothingToInstall)?;
    let engine = engine.clone();
    tokio::spawn(async move {
        if let Err(error) = engine.fetch_update().await {
            tracing::info!(code = error.code(), "An installer could not be had.");
        }
    });
    Ok(())
}

/// Installs what is here, now. Where it goes well the program ends and the new one starts.
pub(crate) async fn install_update(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    own_data(engine)?;
    let operator = engine.at_work();
    Ok(engine.install_release(&operator).await?)
}

/// Puts the offered version off for some days.
pub(crate) async fn put_off_update(engine: &Engine, _: Nothing) -> Result<UpdateStatus, ApiError> {
    own_data(engine)?;
    let until = engine.inner.clock.now().plus_days(WAITS_DAYS);
    engine.updates().remember(|state| state.later_until = Some(until.micros()))?;
    engine.log_update(&engine.at_work(), "update.later", &format!("until {until}")).await;
    update_status(engine, Nothing {})
}

/// Chooses which releases are wanted. What was offered was of the other channel.
pub(crate) async fn set_update_channel(engine: &Engine, draft: UpdateChannel) -> Result<UpdateStatus, ApiError> {
    own_data(engine)?;
    let channel = Channel::parse(&draft.channel)
        .ok_or_else(|| ApiError::bad_request("There are two channels: stable and early."))?;
    engine.updates().remember(|state| {
        if state.channel != channel {
            state.channel = channel;
            (state.envelope, state.checked_at, state.trouble, state.later_until) = (None, None, None, None);
        }
    })?;
    engine.log_update(&engine.at_work(), "update.channel", channel.name()).await;
    update_status(engine, Nothing {})
}

/// What is new was read.
pub(crate) async fn update_seen(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    let seen = engine.updates().remember(|state| {
        if let Some(outcome) = state.outcome.as_mut() {
            outcome.seen = true;
        }
    });
    Ok(seen?)
}

/// Goes back to the version before, with the data of before.
pub(crate) async fn return_to_previous(engine: &Engine, _: Nothing) -> Result<(), ApiError> {
    own_data(engine)?;
    let operator = engine.at_work();
    Ok(engine.go_back(&operator).await?)
}

/// The demonstration does not update the shop's program.
fn own_data(engine: &Engine) -> Result<(), ApiError> {
    if engine.inner.demo { Err(UpdateError::NotBuiltIn.into()) } else { Ok(()) }
}
