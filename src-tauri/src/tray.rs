//! The icon beside the clock: says at a glance whether all is well, and opens, checks an ID, syncs or ends the program.

use crate::closing::{Choice, Closing};
use crate::engine::Engine;
use crate::window::{self, View};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use tauri::image::Image;
use tauri::menu::{CheckMenuItem, MenuBuilder, MenuEvent, MenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, include_image};

const TRAY: &str = "status";
const OPEN: &str = "open";
const CHECK: &str = "check";
const SYNC: &str = "sync";
const STAY: &str = "stay";
const QUIT: &str = "quit";

/// What the icon says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Ok,
    Syncing,
    Offline,
    Problem,
}

/// The part of `AppState` that the icon shows.
#[derive(Debug, Deserialize)]
struct Seen {
    demo: bool,
    freshness: Freshness,
    storage_problem: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Freshness {
    sources: Vec<Source>,
    waiting: u64,
    syncing: bool,
}

#[derive(Debug, Deserialize)]
struct Source {
    state: String,
}

/// The menu item whose tick shows what closing means.
struct StayItem(CheckMenuItem<tauri::Wry>);

/// Puts the icon up. A system without a tray is no fault: closing then ends the program.
pub fn create(app: &AppHandle) {
    // Where the indicator library is missing, loading it panics instead of failing.
    match crate::engine::expecting(|| build(app)) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "This system has no tray."),
        Err(_) => tracing::warn!("This system has no tray library."),
    }
}

/// Whether there is a tray to go to.
pub fn exists(app: &AppHandle) -> bool {
    app.tray_by_id(TRAY).is_some()
}

/// Ticks the menu item according to the choice.
pub fn tell_choice(app: &AppHandle, choice: Choice) {
    if let Some(item) = app.try_state::<StayItem>()
        && let Err(error) = item.0.set_checked(choice == Choice::Tray)
    {
        tracing::warn!(%error, "The tray's menu could not be updated.");
    }
}

/// Reads the engine's state and shows it.
pub async fn refresh(app: &AppHandle, engine: &Engine) {
    let Some(tray) = app.tray_by_id(TRAY) else { return };
    let seen = engine.call("app_state", Value::Null).await.ok().and_then(|v| serde_json::from_value::<Seen>(v).ok());
    let (status, words) = read(seen.as_ref());
    for result in [tray.set_icon(Some(image(status))), tray.set_tooltip(Some(words))] {
        if let Err(error) = result {
            tracing::warn!(%error, "The tray could not be updated.");
        }
    }
}

fn build(app: &AppHandle) -> tauri::Result<()> {
    let stays = app.state::<Closing>().choice() != Some(Choice::Quit);
    let stay = CheckMenuItem::with_id(app, STAY, "Keep running when the window is closed", true, stays, None::<&str>)?;
    let menu = MenuBuilder::new(app)
        .item(&MenuItem::with_id(app, OPEN, "Open Backroom", true, None::<&str>)?)
        .item(&MenuItem::with_id(app, CHECK, "Check an ID", true, None::<&str>)?)
        .item(&MenuItem::with_id(app, SYNC, "Sync now", true, None::<&str>)?)
        .separator()
        .item(&stay)
        .separator()
        .item(&MenuItem::with_id(app, QUIT, "Quit", true, None::<&str>)?)
        .build()?;
    TrayIconBuilder::with_id(TRAY)
        .icon(image(Status::Ok))
        .tooltip("Backroom")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(chosen)
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event {
                window::show(tray.app_handle());
            }
        })
        .build(app)?;
    app.manage(StayItem(stay));
    Ok(())
}

fn chosen(app: &AppHandle, event: MenuEvent) {
    match event.id().as_ref() {
        OPEN => window::show(app),
        CHECK => window::go(app, View::IdCheck),
        QUIT => app.exit(0),
        STAY => {
            let stays = app.state::<StayItem>().0.is_checked().unwrap_or(true);
            app.state::<Closing>().choose(if stays { Choice::Tray } else { Choice::Quit });
        }
        SYNC => {
            let (app, engine) = (app.clone(), Arc::clone(&app.state::<Arc<Engine>>()));
            tauri::async_runtime::spawn(async move {
                if let Err(error) = engine.call("sync_now", Value::Null).await {
                    tracing::warn!(code = error.code, "A sync asked for in the tray did not start.");
                    // What has to be done first, such as entering a PIN, is done there.
                    window::show(&app);
                }
            });
        }
        _ => {}
    }
}

fn image(status: Status) -> Image<'static> {
    match status {
        Status::Ok => include_image!("./icons/tray/ok.png"),
        Status::Syncing => include_image!("./icons/tray/syncing.png"),
        Status::Offline => include_image!("./icons/tray/offline.png"),
        Status::Problem => include_image!("./icons/tray/problem.png"),
    }
}

/// The worst news wins, but trouble that a person must act on stays visible while a sync runs.
fn read(seen: Option<&Seen>) -> (Status, String) {
    let Some(seen) = seen else {
        return (Status::Problem, "Backroom: open the window to see what is wrong".to_owned());
    };
    let any = |state: &str| seen.freshness.sources.iter().any(|source| source.state == state);
    let (status, words) = if seen.storage_problem.is_some() || any("failing") {
        (Status::Problem, "something needs you")
    } else if seen.freshness.syncing {
        (Status::Syncing, "syncing")
    } else if any("offline") {
        (Status::Offline, "offline, everything is kept")
    } else if any("stale") {
        (Status::Offline, "not up to date")
    } else {
        (Status::Ok, "up to date")
    };
    let name = if seen.demo { "Backroom demonstration" } else { "Backroom" };
    let words = match seen.freshness.waiting {
        0 => format!("{name}: {words}"),
        1 => format!("{name}: {words}, 1 row waiting"),
        rows => format!("{name}: {words}, {} rows waiting", crate::engine::grouped(rows)),
    };
    (status, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen(states: &[&str], syncing: bool, waiting: u64, broken: bool) -> Seen {
        let sources: Vec<_> = states.iter().map(|state| json!({ "state": state })).collect();
        serde_json::from_value(json!({
            "demo": false,
            "freshness": { "sources": sources, "waiting": waiting, "syncing": syncing },
            "storage_problem": broken.then(|| json!({ "code": "DISK_FULL" })),
        }))
        .unwrap()
    }

    #[test]
    fn the_icon_tells_the_worst() {
        let cases = [
            (seen(&["fresh"], false, 0, false), Status::Ok, "Backroom: up to date"),
            (seen(&["never"], false, 0, false), Status::Ok, "Backroom: up to date"),
            (seen(&["fresh"], true, 0, false), Status::Syncing, "Backroom: syncing"),
            (
                seen(&["offline"], false, 1, false),
                Status::Offline,
                "Backroom: offline, everything is kept, 1 row waiting",
            ),
            (seen(&["stale"], false, 12, false), Status::Offline, "Backroom: not up to date, 12 rows waiting"),
            (seen(&["fresh", "failing"], true, 0, false), Status::Problem, "Backroom: something needs you"),
            (seen(&["fresh"], false, 0, true), Status::Problem, "Backroom: something needs you"),
        ];
        for (seen, status, words) in cases {
            assert_eq!(read(Some(&seen)), (status, words.to_owned()), "{seen:?}");
        }
    }

    #[test]
    fn a_silent_engine_is_a_problem() {
        assert_eq!(read(None).0, Status::Problem, "no answer must not look like all is well");
    }
}
