//! The folder of updates in the data folder.

use crate::error::UpdateError;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// `updates` in the data folder: what is remembered, installers, and the buffer's copy from before.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Of a data folder. Creates nothing.
    pub fn of(data_dir: &Path) -> Self {
        Self(data_dir.join("updates"))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes it where it is not there.
    ///
    /// # Errors
    /// `File`.
    pub fn create(&self) -> Result<(), UpdateError> {
        std::fs::create_dir_all(&self.0).map_err(|e| UpdateError::file(&e))
    }

    /// Bytes that are free where it is.
    ///
    /// # Errors
    /// `File` where the system does not tell.
    pub fn free(&self) -> Result<u64, UpdateError> {
        fs4::available_space(&self.0).map_err(|e| UpdateError::file(&e))
    }

    /// Writes a small file so that after a power cut it is there whole, or as it was before.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let part = self.file(&format!("{name}.part"));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, self.file(name))?;
        self.settle();
        Ok(())
    }

    /// Makes renames in it durable where the system lets us.
    pub(crate) fn settle(&self) {
        if let Ok(folder) = File::open(&self.0) {
            let _ = folder.sync_all();
        }
    }

    /// Removes installers that nobody wants any more: all but those named. Best effort: they are in nobody's way but the disk's.
    pub fn tidy(&self, wanted: &[&str]) {
        for entry in std::fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let installer = [".package", ".package.part"].iter().any(|end| name.ends_with(end));
            if installer && !wanted.iter().any(|kept| name.starts_with(kept)) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}
