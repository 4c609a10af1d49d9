//! The one window: made hidden, shown when its page stands, never leaving its own page.

use crate::{MAIN, link};
use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::{App, AppHandle, Manager, Theme, Url, WebviewWindow, WebviewWindowBuilder, window::Color};

/// `--paper` of `ui/src/app.css`, so that the first frame is not a white flash.
const LIGHT: Color = Color(0xef, 0xf3, 0xf2, 0xff);
const DARK: Color = Color(0x0c, 0x14, 0x12, 0xff);

/// Makes the window from `tauri.conf.json`. It shows itself once the page is loaded, or stays in the tray if `hidden`.
pub fn create(app: &App, hidden: bool) -> tauri::Result<()> {
    let Some(config) = app.config().app.windows.iter().find(|window| window.label == MAIN) else {
        return Err(tauri::Error::WindowNotFound);
    };
    let window = WebviewWindowBuilder::from_config(app, config)?
        .on_navigation(|url| is_own_page(url, tauri::is_dev()))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_page_load(move |window, load| {
            // A page without a frame yet is not painted while hidden, so the end of loading is the earliest sign there is.
            if load.event() != PageLoadEvent::Finished {
                return;
            }
            if !hidden {
                reveal(&window);
            }
            link::page_stands(window.app_handle());
        })
        .build()?;
    let ground = if window.theme().unwrap_or(Theme::Light) == Theme::Dark { DARK } else { LIGHT };
    window.set_background_color(Some(ground))
}

/// Brings the window to the front, from the tray or from behind others.
pub fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        reveal(&window);
    }
}

/// A screen that something outside the page may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The ID check.
    IdCheck,
}

/// Brings the window to the front with a screen in it.
pub fn go(app: &AppHandle, view: View) {
    show(app);
    let View::IdCheck = view;
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.eval("location.hash = '#/age'")
    {
        tracing::warn!(%error, "A screen could not be opened.");
    }
}

/// Puts the window away; the engine goes on.
pub fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "The window could not be hidden.");
    }
}

fn reveal(window: &WebviewWindow) {
    for result in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = result {
            tracing::warn!(%error, "The window could not be brought to the front.");
        }
    }
}

fn is_own_page(url: &Url, development: bool) -> bool {
    match (url.scheme(), url.host_str(), url.port()) {
        ("tauri", Some("localhost"), None) => true,
        // Windows serves the same page under this name.
        ("http" | "https", Some("tauri.localhost"), None) => true,
        ("http", Some("localhost"), Some(1420)) => development,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_never_leaves_its_page() {
        let cases = [
            ("tauri://localhost", true, true),
            ("tauri://localhost/index.html#/sales", true, true),
            ("http://tauri.localhost/", true, true),
            ("http://localhost:1420/", false, true),
            ("http://localhost:1421/", false, false),
            ("tauri://elsewhere/", false, false),
            ("https://tauri.localhost.example.com/", false, false),
            ("http://tauri.localhost:8080/", false, false),
            ("https://example.com/", false, false),
            ("data:text/html,x", false, false),
            ("blob:tauri://localhost/1", false, false),
            ("javascript:void(0)", false, false),
            ("file:///etc/hostname", false, false),
            ("about:blank", false, false),
        ];
        for (url, built, development) in cases {
            let parsed = Url::parse(url).unwrap();
            assert_eq!(is_own_page(&parsed, false), built, "{url} in a built program");
            assert_eq!(is_own_page(&parsed, true), development, "{url} while developing");
        }
    }
}
