//! The one way between page and engine: `rpc` in, `change` out.

use crate::engine::{ApiError, Engine};
use crate::{MAIN, desk, tray};
use serde_json::Value;
use std::sync::Arc;
use tauri::{AppHandle, Emitter, State};
use tokio::sync::broadcast::error::RecvError;

/// Event that names what is no longer true. Its payload is `ChangeEvent` of the contract.
const CHANGE: &str = "change";

/// Carries one command of the contract to the engine. What exists, and who may, is decided there.
#[tauri::command]
pub async fn rpc(
    app: AppHandle,
    engine: State<'_, Arc<Engine>>,
    name: String,
    args: Option<Value>,
) -> Result<Value, ApiError> {
    let answer = engine.call(&name, args.unwrap_or(Value::Null)).await?;
    Ok(match name.as_str() {
        "save_desk" if engine.is_own().await => desk::follow(&app, answer).await,
        "save_desk" | "desk" => desk::seen(&app, answer),
        _ => answer,
    })
}

/// Sends every committed change to the page and keeps the tray in step with it, until the engine closes.
pub fn forward_changes(app: AppHandle, engine: Arc<Engine>) {
    // Before anything else: what changes while the engine opens is heard too.
    let mut changes = engine.subscribe();
    tauri::async_runtime::spawn(async move {
        tray::refresh(&app, &engine).await;
        loop {
            let change = match changes.recv().await {
                Ok(change) => change,
                // Some were missed: say that nothing the page holds is certain.
                Err(RecvError::Lagged(_)) => Engine::everything_changed(),
                Err(RecvError::Closed) => break,
            };
            let concerns_tray = change.invalidates.iter().any(|tag| tag == "app" || tag == "sync");
            if let Err(error) = app.emit_to(MAIN, CHANGE, change) {
                tracing::warn!(%error, "A change could not be told to the window.");
            }
            if concerns_tray {
                tray::refresh(&app, &engine).await;
            }
        }
    });
}
