//! What the engine wants told beside the clock, handed to the system. The page has no part in it: there is no plugin, no permission and
//! no script for it in the web view.

use crate::engine::{Engine, Notice};
use std::sync::Arc;
use std::time::Duration;
use tauri::AppHandle;

/// Time between two looks. The engine says what is due; nothing of it is due to the second.
const LOOK: Duration = Duration::from_secs(20);

/// Looks from time to time whether something is to be told, until the program ends.
pub fn follow(app: &AppHandle, engine: Arc<Engine>) {
    let identifier = app.config().identifier.clone();
    tauri::async_runtime::spawn(async move {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            for notice in engine.notices().await {
                show(notice, identifier.clone()).await;
            }
        }
    });
}

/// Shows one. A system that shows none is no fault: the same stands on the screen.
async fn show(notice: Notice, identifier: String) {
    let shown = tokio::task::spawn_blocking(move || {
        let mut shown = notify_rust::Notification::new();
        shown.appname("Backroom").summary(&plain(&notice.title)).body(&plain(&notice.body)).icon("backroom");
        as_ours(&mut shown, &identifier);
        shown.show().map(drop)
    });
    match shown.await {
        Ok(Ok(())) => {}
        Ok(Err(_)) | Err(_) => tracing::info!("The system shows no notices."),
    }
}

/// Windows shows a notice as that of the program that is installed under this identity.
#[cfg(windows)]
fn as_ours(shown: &mut notify_rust::Notification, identifier: &str) {
    // One that is not installed, as while it is made, has none and would be shown as nobody's.
    if !cfg!(debug_assertions) {
        shown.app_id(identifier);
    }
}

/// macOS shows a notice as that of the bundle of this identity.
#[cfg(target_os = "macos")]
fn as_ours(_: &mut notify_rust::Notification, identifier: &str) {
    // The first call counts; later ones are refused and change nothing.
    let _ = notify_rust::set_application(identifier);
}

#[cfg(not(any(windows, target_os = "macos")))]
fn as_ours(_: &mut notify_rust::Notification, _: &str) {}

/// Words without what a desktop would take for markup, and of a length that any of them shows.
fn plain(words: &str) -> String {
    let told: String =
        words.replace('&', "and").chars().filter(|c| !matches!(c, '<' | '>') && !c.is_control()).collect();
    if told.chars().count() <= 240 { told } else { told.chars().take(239).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn words_are_words() {
        for (words, told) in [
            ("Sales are safe.", "Sales are safe."),
            ("Cloud & Ember", "Cloud and Ember"),
            ("<b>x</b><img src=x>", "bx/bimg src=x"),
            ("a\nb\u{1b}[31m", "ab[31m"),
        ] {
            assert_eq!(plain(words), told, "{words:?}");
        }
        assert_eq!(plain(&"ü".repeat(500)).chars().count(), 240);
    }
}
