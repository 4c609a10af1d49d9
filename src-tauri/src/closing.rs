//! What closing the window means: stay in the tray or end. Asked once, remembered, changed in the tray's menu.

use crate::{MAIN, tray, window};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Mutex;
use tauri::{AppHandle, Manager};

const STAY: &str = "Keep it running";
const END: &str = "Quit";
const BACK: &str = "Cancel";

/// The remembered choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The window goes, syncing goes on.
    Tray,
    /// Everything ends.
    Quit,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    on_close: Option<Choice>,
}

/// Holds the choice and where it is kept.
pub struct Closing {
    file: Option<PathBuf>,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    choice: Option<Choice>,
    asking: bool,
}

impl Closing {
    /// Reads the choice; an unreadable file means that it was never made.
    pub fn load(app: &AppHandle) -> Self {
        let file = app.path().app_config_dir().ok().map(|folder| folder.join("closing.json"));
        let choice = file
            .as_deref()
            .and_then(|file| std::fs::read(file).ok())
            .and_then(|bytes| serde_json::from_slice::<Remembered>(&bytes).ok())
            .and_then(|remembered| remembered.on_close);
        Self { file, now: Mutex::new(Now { choice, asking: false }) }
    }

    /// The choice, none until somebody made it.
    pub fn choice(&self) -> Option<Choice> {
        self.lock().choice
    }

    /// Makes the choice and keeps it for the next start.
    pub fn choose(&self, choice: Choice) {
        self.lock().choice = Some(choice);
        let Some(file) = &self.file else { return };
        let written = serde_json::to_vec(&Remembered { on_close: Some(choice) })
            .map_err(std::io::Error::from)
            .and_then(|bytes| {
                file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
                std::fs::write(file, bytes)
            });
        if let Err(error) = written {
            tracing::warn!(%error, "The choice about closing could not be kept; it will be asked again.");
        }
    }

    /// Whether the question may be put now: not answered, and not on the screen already.
    fn begin_asking(&self) -> bool {
        let mut now = self.lock();
        !std::mem::replace(&mut now.asking, true)
    }

    fn end_asking(&self) {
        self.lock().asking = false;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The person asked to close the window.
pub fn asked(app: &AppHandle) {
    let closing = app.state::<Closing>();
    match closing.choice() {
        _ if !tray::exists(app) => app.exit(0),
        Some(choice) => act(app, choice),
        None if closing.begin_asking() => ask(app),
        None => {}
    }
}

fn act(app: &AppHandle, choice: Choice) {
    match choice {
        Choice::Tray => window::hide(app),
        Choice::Quit => app.exit(0),
    }
}

fn ask(app: &AppHandle) {
    let mut dialog = rfd::AsyncMessageDialog::new()
        .set_title("Close Backroom")
        .set_description(
            "Keep Backroom running in the tray? It goes on fetching sales and delivering them. \
             Open it again from the tray or by starting it once more.\n\n\
             Your answer is remembered; the tray's menu changes it.",
        )
        .set_buttons(rfd::MessageButtons::YesNoCancelCustom(STAY.to_owned(), END.to_owned(), BACK.to_owned()));
    if let Some(window) = app.get_webview_window(MAIN) {
        dialog = dialog.set_parent(&window);
    }
    let open = dialog.show();
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let choice = chosen(&open.await);
        let closing = app.state::<Closing>();
        closing.end_asking();
        if let Some(choice) = choice {
            closing.choose(choice);
            tray::tell_choice(&app, choice);
            act(&app, choice);
        }
    });
}

/// Systems differ in whether they return the button's place or its words.
fn chosen(answer: &rfd::MessageDialogResult) -> Option<Choice> {
    use rfd::MessageDialogResult::{Cancel, Custom, No, Ok, Yes};
    match answer {
        Yes | Ok => Some(Choice::Tray),
        No => Some(Choice::Quit),
        Cancel => None,
        Custom(words) if words == STAY => Some(Choice::Tray),
        Custom(words) if words == END => Some(Choice::Quit),
        Custom(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rfd::MessageDialogResult;

    fn at(file: PathBuf) -> Closing {
        Closing { file: Some(file), now: Mutex::default() }
    }

    #[test]
    fn every_answer_has_one_meaning() {
        for (answer, expected) in [
            (MessageDialogResult::Yes, Some(Choice::Tray)),
            (MessageDialogResult::Custom(STAY.to_owned()), Some(Choice::Tray)),
            (MessageDialogResult::No, Some(Choice::Quit)),
            (MessageDialogResult::Custom(END.to_owned()), Some(Choice::Quit)),
            (MessageDialogResult::Cancel, None),
            (MessageDialogResult::Custom(BACK.to_owned()), None),
        ] {
            assert_eq!(chosen(&answer), expected, "{answer:?}");
        }
    }

    #[test]
    fn the_question_is_put_once_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let closing = at(folder.path().join("closing.json"));
        assert!(closing.begin_asking(), "the first close asks");
        assert!(!closing.begin_asking(), "a second close while asking opens no second dialog");
        closing.end_asking();
        assert!(closing.begin_asking(), "after Cancel it may be asked again");
    }

    #[test]
    fn a_choice_outlives_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new").join("closing.json");
        at(file.clone()).choose(Choice::Quit);
        let kept: Remembered = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(kept, Remembered { on_close: Some(Choice::Quit) }, "the next start reads what was chosen");
    }
}
