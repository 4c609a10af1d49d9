//! The host of the window: window, tray, closing, one `rpc` command, events.
//!
//! What must not be here: business rules, SQL, HTTP, vendors, formats of numbers. The host carries a name and JSON to the
//! engine and the answer back; whatever a screen may ask is in `backroom-api`.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod closing;
mod desk;
mod engine;
mod keys;
mod link;
mod login;
mod notify;
mod open;
mod options;
mod rpc;
mod save;
mod tray;
mod updater;
mod webkit;
mod window;

use crate::engine::Engine;
use crate::options::{Options, Request};
use std::process::ExitCode;
use std::sync::Arc;
use tauri::{Manager, RunEvent, WindowEvent};
use tauri_plugin_window_state::StateFlags;

/// Label of the one window, as in `tauri.conf.json` and the capability.
const MAIN: &str = "main";

/// Runs the program to its end. Exit code 0 when a person ended it, 1 when it could not start, 2 for wrong options.
#[must_use]
pub fn run() -> ExitCode {
    backroom_api::memory::give_back_early();
    let options = match options::parse(std::env::args_os().skip(1), std::env::var_os("BACKROOM_DATA_DIR")) {
        Ok(Request::Run(options)) => options,
        Ok(Request::Say(text)) => return say(&text, ExitCode::SUCCESS),
        Err(error) => return say(&format!("{error}\n\n{}", options::HELP), ExitCode::from(2)),
    };
    webkit::prepare();
    match start(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("Backroom could not start: {error}. Nothing that was saved is lost."), ExitCode::FAILURE)
        }
    }
}

fn say(text: &str, code: ExitCode) -> ExitCode {
    use std::io::Write;
    // A closed terminal is no reason to fail.
    let _ = writeln!(std::io::stderr(), "{text}");
    code
}

/// A test asks for an end that nobody wanted; what is shipped knows no such wish.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "the panic is what is asked for")]
fn fall_over_for_a_test() {
    if std::env::var_os("BACKROOM_TEST_CRASH").is_some() {
        std::panic::panic_any("asked for by a test: sparrow@example.com");
    }
}

fn start(options: Options) -> tauri::Result<()> {
    let mut context = tauri::generate_context!();
    let identifier = options.identifier(&context.config().identifier);
    context.config_mut().identifier = identifier;

    tauri::Builder::default()
        // First of all plugins, so that a second start ends before it opens anything.
        .plugin(tauri_plugin_single_instance::init(|app, arguments, _| match link::among(&arguments) {
            Some(link) => link::came(app, link),
            None => window::show(app),
        }))
        .plugin(
            tauri_plugin_window_state::Builder::new().with_state_flags(StateFlags::all() - StateFlags::VISIBLE).build(),
        )
        // Driven from Rust alone: no capability names it.
        .plugin(tauri_plugin_updater::Builder::new().build())
        .invoke_handler(tauri::generate_handler![rpc::rpc, save::save_text])
        .setup(move |app| {
            engine::keep_records(options.data_dir.as_deref());
            #[cfg(debug_assertions)]
            fall_over_for_a_test();
            let hidden = options.hidden;
            let identifier = app.config().identifier.clone();
            let entry = options.demo.is_none().then(|| login::Entry::new(identifier, options.data_dir.clone()));
            app.manage(desk::Desk::new(entry));
            app.manage(link::Arrivals::with(options.link.clone()));
            updater::provide(app.handle());
            let engine = tauri::async_runtime::block_on(Engine::begin(options));
            app.manage(Arc::clone(&engine));
            app.manage(closing::Closing::load(app.handle()));
            window::create(app, hidden)?;
            tray::create(app.handle());
            desk::begin(app.handle().clone(), Arc::clone(&engine));
            notify::follow(app.handle(), Arc::clone(&engine));
            rpc::forward_changes(app.handle().clone(), engine);
            Ok(())
        })
        .on_window_event(|window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event {
                api.prevent_close();
                closing::asked(window.app_handle());
            }
        })
        .build(context)?
        .run(|app, event| match event {
            RunEvent::Exit => tauri::async_runtime::block_on(app.state::<Arc<Engine>>().close()),
            #[cfg(target_os = "macos")]
            RunEvent::Reopen { .. } => window::show(app),
            // Here a link comes as an event and not as an argument of another start.
            #[cfg(target_os = "macos")]
            RunEvent::Opened { urls } => {
                window::show(app);
                urls.iter().filter_map(|url| link::Link::read(url.as_str())).for_each(|link| link::came(app, link));
            }
            _ => {}
        });
    Ok(())
}
