//! Starting other programs from the root of the repository.

use anyhow::{Context, Result, bail};
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// A path inside the repository.
pub fn inside(path: &str) -> PathBuf {
    root().join(path)
}

/// The first of these programs that the search path holds.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find_map(|path| {
        let with_exe = path.with_extension("exe");
        [path, with_exe].into_iter().find(|candidate| candidate.is_file())
    })
}

/// One program to run.
pub struct Run {
    command: Command,
    line: String,
}

impl Run {
    /// A program by name or path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let line = program.as_ref().to_string_lossy().into_owned();
        let mut command = Command::new(program.as_ref());
        command.current_dir(root());
        if std::env::var_os("CI").is_some() {
            // A clone that is built once has no use for what makes the next build faster: gigabytes of it.
            command.env("CARGO_INCREMENTAL", "0");
        }
        Self { command, line }
    }

    /// `npm` in a folder of the repository.
    pub fn npm(folder: &str) -> Self {
        Self::new(if cfg!(windows) { "npm.cmd" } else { "npm" }).within(folder)
    }

    /// Runs in a folder of the repository.
    pub fn within(mut self, folder: &str) -> Self {
        self.command.current_dir(inside(folder));
        self
    }

    /// One argument.
    pub fn arg(self, argument: &str) -> Self {
        self.args([argument])
    }

    /// Arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        for argument in arguments {
            self.line = format!("{} {}", self.line, argument.as_ref().to_string_lossy());
            self.command.arg(argument);
        }
        self
    }

    /// One environment variable.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    /// Drops what it prints, other than its errors.
    pub fn without_output(mut self) -> Self {
        self.command.stdout(Stdio::null());
        self
    }

    /// Runs it on this terminal. An exit code other than 0 is an error.
    pub fn shown(mut self) -> Result<()> {
        let status = self.command.status().with_context(|| format!("{} could not be started", self.line))?;
        if !status.success() {
            bail!("{} ended with {status}", self.line);
        }
        Ok(())
    }

    /// Runs it and returns what it printed.
    pub fn output(mut self) -> Result<String> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{} could not be started", self.line))?;
        if !output.status.success() {
            bail!("{} ended with {}\n{}", self.line, output.status, String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it and writes all that it prints to `log`.
    pub fn logged(mut self, log: &mut dyn Write) -> Result<()> {
        writeln!(log, "$ {}", self.line)?;
        let (mut reader, writer) = std::io::pipe()?;
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn()
            .with_context(|| format!("{} could not be started", self.line))?;
        // Its ends of the pipe live in the command; while they are open the reader would never see the end.
        drop(self.command);
        std::io::copy(&mut reader, log)?;
        let status = child.wait()?;
        if !status.success() {
            bail!("{} ended with {status}", self.line);
        }
        Ok(())
    }
}
