//! The link `backroom://connected?…` that ends a sign-in: the browser follows it, the system hands it to this program.
//!
//! The host carries it to the engine and shows Connections. Whether it counts is decided there: it must know a sign-in that waits.

use crate::engine::{ApiError, Engine};
use crate::{MAIN, window};
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use tauri::{AppHandle, Manager, Url};

/// The beginning of every link that the system hands to this program.
pub const SCHEME: &str = "backroom:";
/// The one host that means something.
const HOST: &str = "connected";
/// The longest link that is read, in bytes.
const LONGEST: usize = 8_192;

/// A link of ours. Its code and state are shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    query: String,
}

impl Link {
    /// Reads a link; none for any other, which means nothing here.
    pub fn read(text: &str) -> Option<Self> {
        if text.len() > LONGEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let ours = url.scheme() == SCHEME.trim_end_matches(':') && url.host_str() == Some(HOST);
        let bare = url.port().is_none() && url.username().is_empty() && url.password().is_none();
        // Some systems put a slash between host and query.
        let plain = matches!(url.path(), "" | "/") && url.fragment().is_none();
        let query = url.query().filter(|query| !query.is_empty())?.to_owned();
        (ours && bare && plain).then_some(Self { query })
    }

    fn address(&self) -> String {
        format!("{SCHEME}//{HOST}?{}", self.query)
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link(…)")
    }
}

/// The link among the arguments of another start, its own name in front. A link comes alone.
pub fn among(arguments: &[String]) -> Option<Link> {
    match arguments {
        [_, only] => Link::read(only),
        _ => None,
    }
}

/// Holds a link back until the page can show what comes of it.
#[derive(Default)]
pub struct Arrivals {
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    shows: bool,
    waiting: Option<Link>,
}

impl Arrivals {
    /// Holding the link this program was started with.
    pub fn with(link: Option<Link>) -> Self {
        Self { now: Mutex::new(Now { shows: false, waiting: link }) }
    }

    /// The link to take up now; none while the page is not there.
    fn arrived(&self, link: Link) -> Option<Link> {
        let mut now = self.lock();
        if now.shows {
            return Some(link);
        }
        now.waiting = Some(link);
        None
    }

    /// The page stands: what was held back may be taken up.
    fn ready(&self) -> Option<Link> {
        let mut now = self.lock();
        now.shows = true;
        now.waiting.take()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A link came from the system.
pub fn came(app: &AppHandle, link: Link) {
    window::show(app);
    if let Some(link) = app.state::<Arrivals>().arrived(link) {
        take_up(app, link);
    }
}

/// The page is loaded.
pub fn page_stands(app: &AppHandle) {
    if let Some(link) = app.state::<Arrivals>().ready() {
        window::show(app);
        take_up(app, link);
    }
}

fn take_up(app: &AppHandle, link: Link) {
    let app = app.clone();
    let engine = Arc::clone(&app.state::<Arc<Engine>>());
    tauri::async_runtime::spawn(async move {
        let outcome = engine.call("finish_sign_in", json!({ "address": link.address() })).await;
        if let Err(error) = &outcome {
            tracing::warn!(code = error.code, "A link came that ended no sign-in.");
        }
        show_connections(&app, told(outcome.err().as_ref()));
    });
}

/// What leads the page to Connections, which says there what came of the link. All are our own words: nothing of the link gets into
/// the page.
fn told(error: Option<&ApiError>) -> &'static str {
    match error.map(|error| error.code.as_str()) {
        None => "location.hash = '#/connections'",
        Some("ROLE_NEEDED" | "LOCKED") => "location.hash = '#/connections?link=owner'",
        Some(_) => "location.hash = '#/connections?link=unused'",
    }
}

fn show_connections(app: &AppHandle, go: &str) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    if let Err(error) = window.eval(go) {
        tracing::warn!(%error, "Connections could not be shown.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_sign_in_is_a_link_of_ours() {
        let long = format!("backroom://connected?code={}", "a".repeat(LONGEST));
        for (text, ours) in [
            ("backroom://connected?code=a&state=b", true),
            ("backroom://connected/?code=a&state=b", true),
            ("BACKROOM://connected?error=access_denied&state=b", true),
            ("backroom://connected?code=a%20b&state=b", true),
            ("backroom://connected", false),
            ("backroom://connected?", false),
            ("backroom://connected/elsewhere?code=a&state=b", false),
            ("backroom://connected?code=a&state=b#more", false),
            ("backroom://user@connected?code=a&state=b", false),
            ("backroom://connected:80?code=a&state=b", false),
            ("backroom://disconnected?code=a&state=b", false),
            ("backroom:connected?code=a&state=b", false),
            ("backrooms://connected?code=a&state=b", false),
            ("https://connected?code=a&state=b", false),
            ("backroom://connected?code=a b", false),
            ("backroom://connected?code=ü", false),
            ("backroom://connected?code=a\n", false),
            (long.as_str(), false),
            ("", false),
        ] {
            assert_eq!(Link::read(text).is_some(), ours, "{text}");
        }
        let link = Link::read("Backroom://connected/?code=a&state=b").unwrap();
        assert_eq!(link.address(), "backroom://connected?code=a&state=b", "the engine hears one form of it");
        assert!(!format!("{link:?}").contains("code"), "what opens an account is in no log");
    }

    #[test]
    fn the_system_is_told_of_the_scheme_and_hands_the_link_over() {
        let config: serde_json::Value = serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap();
        assert_eq!(config["plugins"]["deep-link"]["desktop"]["schemes"], json!([SCHEME.trim_end_matches(':')]));
        assert_eq!(config["bundle"]["linux"]["deb"]["desktopTemplate"], "src-tauri/backroom.desktop");
        let entry = include_str!("../backroom.desktop");
        assert!(entry.contains("\nExec={{exec}} %u\n"), "a desktop that starts the program gives it the link");
        assert!(entry.contains("\nMimeType={{mime_type}}\n"));
    }

    #[test]
    fn a_link_comes_alone() {
        let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let link = "backroom://connected?code=a&state=b";
        assert!(among(&words(&["backroom", link])).is_some());
        assert!(among(&words(&["backroom"])).is_none(), "a second start without one");
        assert!(among(&words(&["backroom", "--demo"])).is_none());
        assert!(among(&words(&["backroom", link, "--data-dir"])).is_none(), "nobody adds an option to a link");
    }

    #[test]
    fn a_link_waits_for_the_page_and_is_taken_up_once() {
        let link = || Link::read("backroom://connected?code=a&state=b").unwrap();
        let arrivals = Arrivals::with(Some(link()));
        assert_eq!(arrivals.ready(), Some(link()), "of the first start, when the page stands");
        assert_eq!(arrivals.ready(), None, "a page that is loaded again finds none");
        assert_eq!(arrivals.arrived(link()), Some(link()), "later ones at once");
        let early = Arrivals::default();
        assert_eq!(early.arrived(link()), None, "too early to show what comes of it");
        assert_eq!(early.ready(), Some(link()));
    }
}
