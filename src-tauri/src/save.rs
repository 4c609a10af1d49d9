//! Saving what a screen made, where the person chooses. The page itself can write nowhere.

use crate::MAIN;
use crate::engine::ApiError;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::path::Path;
use tauri::{AppHandle, Manager};

/// Asks where to save `text` and saves it there; where it is `packed`, the bytes that it says in base64. `false` when the person thought
/// better of it.
#[tauri::command]
pub async fn save_text(app: AppHandle, name: String, text: String, packed: Option<bool>) -> Result<bool, ApiError> {
    let bytes = match packed {
        Some(true) => BASE64_STANDARD.decode(&text).map_err(|error| failed(&error))?,
        _ => text.into_bytes(),
    };
    let (answer, chosen) = tokio::sync::oneshot::channel();
    let handle = app.clone();
    let shown = app.run_on_main_thread(move || {
        let mut dialog = rfd::AsyncFileDialog::new().set_title("Save").set_file_name(file_name(&name));
        if let Some(window) = handle.get_webview_window(MAIN) {
            dialog = dialog.set_parent(&window);
        }
        let open = dialog.save_file();
        tauri::async_runtime::spawn(async move {
            // Nobody listens any more only when the window is gone.
            let _ = answer.send(open.await);
        });
    });
    shown.map_err(|error| failed(&error))?;
    let Some(file) = chosen.await.map_err(|error| failed(&error))? else { return Ok(false) };
    file.write(&bytes).await.map_err(|error| failed(&error))?;
    Ok(true)
}

fn failed(error: &dyn std::fmt::Display) -> ApiError {
    ApiError {
        code: "SAVE_FAILED".to_owned(),
        message: format!("The file was not saved: {error}."),
        hint: "Save it in another folder, or free some space first.".to_owned(),
        retryable: false,
        role: None,
    }
}

/// What the page proposes, reduced to a plain name: no folders, nothing a file system refuses.
fn file_name(proposed: &str) -> String {
    let last = Path::new(proposed).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let plain: String =
        last.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.')).take(100).collect();
    let plain = plain.trim_matches(['.', ' ']);
    if plain.is_empty() { "Backroom.csv".to_owned() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_proposed_name_is_only_a_name() {
        for (proposed, expected) in [
            ("sales-2026-01.csv", "sales-2026-01.csv"),
            ("Umsätze März.csv", "Umsätze März.csv"),
            ("../../.bashrc", "bashrc"),
            ("a/b/c.csv", "c.csv"),
            ("what?*.csv", "what.csv"),
            ("..", "Backroom.csv"),
            ("", "Backroom.csv"),
        ] {
            assert_eq!(file_name(proposed), expected, "{proposed:?}");
        }
    }
}
