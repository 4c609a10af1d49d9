//! Keys that open the ID check whatever program is in front. Off unless an owner sets them.

use crate::window::{self, View};
use std::sync::{Mutex, PoisonError};
use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt, ShortcutState};

/// Why keys do not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysTrouble {
    /// Another program has them.
    Taken,
    /// This desktop gives no program keys while another is in front.
    NotHere,
}

/// The keys that work now.
#[derive(Default)]
pub struct Keys {
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    /// Whether the plugin was made: it is only where somebody wants keys.
    ready: bool,
    keys: Option<String>,
}

impl Keys {
    /// Lets these keys open the ID check, and no others. Waits for the window's own thread.
    ///
    /// # Errors
    /// Where they cannot; no keys work then.
    pub fn set(&self, app: &AppHandle, wanted: Option<&str>) -> Result<(), KeysTrouble> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.keys.as_deref() == wanted {
            return Ok(());
        }
        if let Some(before) = now.keys.take()
            && let Err(error) = app.global_shortcut().unregister(before.as_str())
        {
            tracing::warn!(%error, "Keys could not be given back.");
        }
        let Some(keys) = wanted else { return Ok(()) };
        if is_wayland() {
            return Err(KeysTrouble::NotHere);
        }
        if !now.ready {
            prepare(app)?;
            now.ready = true;
        }
        let pressed = |app: &AppHandle, _: &_, event: tauri_plugin_global_shortcut::ShortcutEvent| {
            if event.state == ShortcutState::Pressed {
                window::go(app, View::IdCheck);
            }
        };
        app.global_shortcut().on_shortcut(keys, pressed).map_err(|error| {
            tracing::info!(%error, "Keys were refused.");
            KeysTrouble::Taken
        })?;
        now.keys = Some(keys.to_owned());
        Ok(())
    }
}

/// Makes the plugin, on the thread that the system tells of keys.
fn prepare(app: &AppHandle) -> Result<(), KeysTrouble> {
    let (answer, made) = std::sync::mpsc::channel();
    let handle = app.clone();
    let asked = app.run_on_main_thread(move || {
        // Nobody listens any more only when the program ends.
        let _ = answer.send(handle.plugin(tauri_plugin_global_shortcut::Builder::new().build()));
    });
    match (asked, made.recv()) {
        (Ok(()), Ok(Ok(()))) => Ok(()),
        _ => Err(KeysTrouble::NotHere),
    }
}

/// Under Wayland a program hears keys only while it is in front.
fn is_wayland() -> bool {
    cfg!(target_os = "linux") && std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty())
}
