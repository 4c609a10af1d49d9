//! Starting when somebody signs in to this computer: an entry of the system's own list, which the person can see and remove there too.

use auto_launch::{AutoLaunch, AutoLaunchBuilder, MacOSLaunchMode, WindowsEnableMode};
use std::path::{Path, PathBuf};

/// What the usual start is called in the system's list.
const NAME: &str = "Backroom";

/// The entry of this start: two data folders are two entries.
pub struct Entry {
    identifier: String,
    data_dir: Option<PathBuf>,
}

impl Entry {
    /// The entry of a start with an identity, and its data folder where that is not the usual one.
    pub fn new(identifier: String, data_dir: Option<PathBuf>) -> Self {
        Self { identifier, data_dir }
    }

    /// Puts the entry into the list, or takes it out.
    ///
    /// # Errors
    /// What the system says.
    pub fn set(&self, wanted: bool) -> Result<(), String> {
        let entry = self.launch()?;
        let told = |error: auto_launch::Error| error.to_string();
        if wanted {
            // Written anew each time: the program may have moved since.
            entry.enable().map_err(told)
        } else if entry.is_enabled().unwrap_or(false) {
            entry.disable().map_err(told)
        } else {
            Ok(())
        }
    }

    fn launch(&self) -> Result<AutoLaunch, String> {
        let program = program().map_err(|error| error.to_string())?;
        let (program, arguments) = line(&program, self.data_dir.as_deref())?;
        let name = if self.data_dir.is_some() { self.identifier.as_str() } else { NAME };
        AutoLaunchBuilder::new()
            .set_app_name(name)
            .set_app_path(&program)
            .set_args(&arguments)
            .set_macos_launch_mode(MacOSLaunchMode::LaunchAgent)
            .set_windows_enable_mode(WindowsEnableMode::CurrentUser)
            .build()
            .map_err(|error| error.to_string())
    }
}

/// The program as the system is to start it: an `AppImage` runs from a place that is gone after it.
fn program() -> std::io::Result<PathBuf> {
    match std::env::var_os("APPIMAGE").filter(|path| cfg!(target_os = "linux") && !path.is_empty()) {
        Some(image) => Ok(PathBuf::from(image)),
        None => std::env::current_exe(),
    }
}

/// Program and arguments, each as the system's list wants it written.
fn line(program: &Path, data_dir: Option<&Path>) -> Result<(String, Vec<String>), String> {
    let mut arguments = vec!["--hidden".to_owned()];
    if let Some(folder) = data_dir {
        let folder = std::path::absolute(folder).map_err(|error| error.to_string())?;
        arguments.extend(["--data-dir".to_owned(), quoted(&folder)?]);
    }
    Ok((quoted(program)?, arguments))
}

/// A path as one word, whatever is in it.
fn quoted(path: &Path) -> Result<String, String> {
    let text = path.to_str().ok_or("the path is not a text")?;
    if text.chars().any(char::is_control) {
        return Err("the path cannot be written down".to_owned());
    }
    Ok(if cfg!(target_os = "linux") {
        in_desktop_entry(text)
    } else if cfg!(windows) {
        // A backslash before the quotation mark would take it for a letter.
        format!("\"{}\"", text.trim_end_matches('\\'))
    } else {
        // A list of words, not a line: nothing is quoted in it.
        text.to_owned()
    })
}

/// The quoting of the Desktop Entry Specification: that of the word inside that of the value.
fn in_desktop_entry(text: &str) -> String {
    let mut word = String::from('"');
    for c in text.chars() {
        match c {
            '\\' => word.push_str("\\\\\\\\"),
            '"' | '`' | '$' => {
                word.push_str("\\\\");
                word.push(c);
            }
            '%' => word.push_str("%%"),
            _ => word.push(c),
        }
    }
    word.push('"');
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_in_a_desktop_entry() {
        for (path, word) in [
            ("/usr/bin/backroom", "\"/usr/bin/backroom\""),
            ("/srv/o p/Back room", "\"/srv/o p/Back room\""),
            ("/a\"b", "\"/a\\\\\"b\""),
            ("/a$HOME`x`", "\"/a\\\\$HOME\\\\`x\\\\`\""),
            ("/a\\b", "\"/a\\\\\\\\b\""),
            ("/100%", "\"/100%%\""),
        ] {
            assert_eq!(in_desktop_entry(path), word, "{path}");
        }
        assert!(quoted(Path::new("/a\nExec=x")).is_err(), "a path must not write another line of the entry");
    }

    #[test]
    fn it_starts_in_the_tray_and_with_its_own_folder() {
        let (_, usual) = line(Path::new("/usr/bin/backroom"), None).unwrap();
        assert_eq!(usual, ["--hidden"], "nobody asked for the window");
        let (_, other) = line(Path::new("/usr/bin/backroom"), Some(Path::new("/srv/shop"))).unwrap();
        assert_eq!(other.len(), 3);
        assert_eq!(other[1], "--data-dir");
        assert!(other[2].contains("/srv/shop"), "{other:?}");
    }
}
