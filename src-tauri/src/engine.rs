//! The engine as the host sees it: open, call, subscribe, close. The only file here that names `backroom-api`.

use crate::options::Options;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::broadcast;

/// A failed command.
#[derive(Debug, Clone, Serialize)]
pub struct ApiError {
    /// Stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to press.
    pub hint: String,
    /// Whether the same call may succeed later by itself.
    pub retryable: bool,
}

/// What is no longer true.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeEvent {
    /// Cache tags.
    pub invalidates: Vec<String>,
}

/// The running engine.
pub struct Engine {
    changes: broadcast::Sender<ChangeEvent>,
    _options: Options,
}

impl Engine {
    /// Opens the data folder and starts the schedule. Trouble is not an error here: it is shown in the window.
    pub async fn open(options: Options) -> Self {
        Self { changes: broadcast::channel(64).0, _options: options }
    }

    /// Answers one command of the contract.
    pub async fn call(&self, name: &str, _args: Value) -> Result<Value, ApiError> {
        Err(ApiError {
            code: "NOT_BUILT".to_owned(),
            message: format!("The engine does not answer {name:?} yet."),
            hint: String::new(),
            retryable: false,
        })
    }

    /// Every change, after it was committed.
    pub fn subscribe(&self) -> broadcast::Receiver<ChangeEvent> {
        self.changes.subscribe()
    }

    /// The change that makes a screen read everything again.
    pub fn everything_changed() -> ChangeEvent {
        let tags = ["app", "sales", "products", "sync", "connections"];
        ChangeEvent { invalidates: tags.map(str::to_owned).to_vec() }
    }

    /// Ends at the next safe point: what was fetched is kept, what is being sent is sent again.
    pub async fn close(&self) {}
}
