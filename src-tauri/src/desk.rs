//! What Backroom does beside its screens, as the engine has it set: starting by itself, and keys. What could not be done is told with
//! the settings.

use crate::engine::{ApiError, Engine};
use crate::keys::{Keys, KeysTrouble};
use crate::login::Entry;
use serde::Deserialize;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use tauri::{AppHandle, Manager};

/// The part of the settings that is done here.
#[derive(Debug, Deserialize)]
struct Wanted {
    start_at_login: bool,
    id_check_keys: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Default)]
struct Troubles {
    login: Option<ApiError>,
    keys: Option<ApiError>,
}

/// Does what is set, and remembers what could not be done.
pub struct Desk {
    /// None in a demonstration: it changes nothing of the computer.
    login: Option<Entry>,
    keys: Keys,
    troubles: Mutex<Troubles>,
}

impl Desk {
    /// With the entry that starts this program, none in a demonstration.
    pub fn new(login: Option<Entry>) -> Self {
        Self { login, keys: Keys::default(), troubles: Mutex::default() }
    }

    fn apply(&self, app: &AppHandle, wanted: &Wanted) {
        let Some(entry) = &self.login else { return };
        let login = entry.set(wanted.start_at_login).err().map(|why| login_trouble(&why));
        let keys = self.keys.set(app, wanted.id_check_keys.as_deref()).err().map(keys_trouble);
        *self.troubles.lock().unwrap_or_else(PoisonError::into_inner) = Troubles { login, keys };
    }

    /// The settings with what could not be done.
    fn told(&self, mut settings: Value) -> Value {
        let troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (field, trouble) in [("login_trouble", troubles.login), ("keys_trouble", troubles.keys)] {
            settings[field] = serde_json::to_value(trouble).unwrap_or(Value::Null);
        }
        settings
    }
}

/// Does what is set once the engine is open.
pub fn begin(app: AppHandle, engine: Arc<Engine>) {
    tauri::async_runtime::spawn(async move {
        if let Some(settings) = engine.desk().await {
            follow(&app, settings).await;
        }
    });
}

/// Does what an answer of `desk` or `save_desk` says, and adds what could not be done.
pub async fn follow(app: &AppHandle, settings: Value) -> Value {
    let Ok(wanted) = Wanted::deserialize(&settings) else { return settings };
    let (handle, told) = (app.clone(), settings.clone());
    // Both wait for the system.
    let done = tokio::task::spawn_blocking(move || {
        let desk = handle.state::<Desk>();
        desk.apply(&handle, &wanted);
        desk.told(told)
    });
    done.await.unwrap_or(settings)
}

/// An answer of `desk`, with what could not be done.
pub fn seen(app: &AppHandle, settings: Value) -> Value {
    app.state::<Desk>().told(settings)
}

fn login_trouble(why: &str) -> ApiError {
    tracing::info!(why, "Starting at sign-in could not be set up.");
    ApiError::new(
        "START_AT_LOGIN",
        "Backroom could not be put into the system's list of programs that start by themselves.",
        "Add Backroom there yourself, or save again once it can be written.",
    )
}

fn keys_trouble(why: KeysTrouble) -> ApiError {
    match why {
        KeysTrouble::Taken => ApiError::new(
            "KEYS_TAKEN",
            "Another program has these keys, so they do not open the ID check.",
            "Choose other keys, or close the program that has them and save again.",
        ),
        KeysTrouble::NotHere => ApiError::new(
            "KEYS_NOT_HERE",
            "This desktop gives no program keys while another one is in front.",
            "Open the ID check from the tray, or with F7 in Backroom's window.",
        ),
    }
}
