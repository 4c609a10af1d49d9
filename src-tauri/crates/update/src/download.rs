//! Getting an installer here whole: what came stays, a broken connection is taken up where it ended.

use crate::error::UpdateError;
use crate::fetch::{Fetcher, host_of, sort};
use crate::files::Folder;
use crate::manifest::Artefact;
use futures_util::StreamExt;
use reqwest::StatusCode;
use reqwest::header::CONTENT_RANGE;
use sha2::{Digest, Sha256};
use std::future::Future;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The largest installer that is taken, in bytes.
pub const LARGEST_ARTEFACT: u64 = 512 << 20;
/// Tries before it is told as failed.
pub const TRIES: usize = PAUSES.len() + 1;
/// Between two tries.
const PAUSES: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(45)];

/// How to wait between two tries: tests do not.
pub type Wait = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Waits as long as it takes.
pub fn really_wait() -> Wait {
    Arc::new(|pause| Box::pin(tokio::time::sleep(pause)))
}

/// A download.
pub struct Download<'a> {
    /// Whom to ask.
    pub fetcher: &'a Fetcher,
    /// What.
    pub artefact: &'a Artefact,
    /// Where to.
    pub folder: &'a Folder,
    /// How to wait between two tries.
    pub wait: &'a Wait,
    /// Hears how many bytes are here of how many.
    pub progress: &'a (dyn Fn(u64, u64) + Send + Sync),
}

impl Download<'_> {
    /// The name of the whole file in the folder: by its content, so that another release never goes on with its bytes.
    pub fn name(artefact: &Artefact) -> String {
        format!("{}.package", hex::encode(artefact.sha256.get(..12).unwrap_or_default()))
    }

    /// Whether the whole file is here. Its hash is looked at again: a disk forgets.
    pub fn is_here(folder: &Folder, artefact: &Artefact) -> bool {
        let Ok(mut file) = std::fs::File::open(folder.file(&Self::name(artefact))) else { return false };
        let mut hash = Sha256::new();
        let copied = read_into(&mut file, &mut hash);
        copied.is_ok_and(|size| size == artefact.size) && hash.finalize().as_slice() == artefact.sha256
    }

    /// Gets the file, whole and as it was announced.
    ///
    /// # Errors
    /// Why it did not come; what is here of it stays for the next time, unless it is wrong.
    pub async fn get(&self) -> Result<PathBuf, UpdateError> {
        self.folder.create()?;
        if Self::is_here(self.folder, self.artefact) {
            return Ok(self.folder.file(&Self::name(self.artefact)));
        }
        let mut tries = 0;
        loop {
            let error = match self.attempt().await {
                Ok(path) => return Ok(path),
                Err(error) => error,
            };
            let passes = matches!(
                error,
                UpdateError::Unreachable { .. }
                    | UpdateError::TooSlow { .. }
                    | UpdateError::Truncated { .. }
                    | UpdateError::Status { status: 429 | 500..=599, .. }
            );
            let pause = PAUSES.get(tries).filter(|_| passes).copied();
            let Some(pause) = pause else { return Err(error) };
            tracing::info!(code = error.code(), tries, "An installer did not come whole; it is asked for again.");
            (self.wait)(pause).await;
            tries += 1;
        }
    }

    async fn attempt(&self) -> Result<PathBuf, UpdateError> {
        let io = |error: std::io::Error| UpdateError::file(&error);
        let part = self.folder.file(&format!("{}.part", Self::name(self.artefact)));
        let mut file = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&part);
        let file = file.as_mut().map_err(|error| UpdateError::file(error))?;
        let mut hash = Sha256::new();
        let mut here = read_into(file, &mut hash).map_err(io)?;
        let size = self.artefact.size;
        if here > size {
            // Not of this file.
            (here, hash) = begin_anew(file).map_err(io)?;
        }
        if here < size {
            let response = self.fetcher.get(self.artefact.url.clone(), (here > 0).then_some(here)).await?;
            let host = host_of(response.url());
            let goes_on = response.status() == StatusCode::PARTIAL_CONTENT
                && response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok()).is_some_and(|range| {
                    range.starts_with(&format!("bytes {here}-")) && range.ends_with(&format!("/{size}"))
                });
            if here > 0 && !goes_on {
                (here, hash) = begin_anew(file).map_err(io)?;
                if !response.status().is_success() || response.status() == StatusCode::PARTIAL_CONTENT {
                    // It cannot go on there, and this answer is not its beginning.
                    return Err(UpdateError::Truncated { got: 0, of: size });
                }
            }
            if response.content_length().is_some_and(|length| length > size - here) {
                return Err(UpdateError::TooLarge { most: size });
            }
            let deadline =
                self.fetcher.limits.installer + Duration::from_secs((size - here) / self.fetcher.limits.slowest.max(1));
            let all = self.read(response, &host, file, &mut hash, &mut here);
            let outcome = tokio::time::timeout(deadline, all).await;
            file.sync_all().map_err(io)?;
            outcome.map_err(|_| UpdateError::TooSlow { host })??;
        }
        if here < size {
            return Err(UpdateError::Truncated { got: here, of: size });
        }
        if hash.finalize().as_slice() != self.artefact.sha256 {
            // Nothing can be made of it.
            let _ = std::fs::remove_file(&part);
            return Err(UpdateError::Hash);
        }
        let whole = self.folder.file(&Self::name(self.artefact));
        std::fs::rename(&part, &whole).map_err(io)?;
        self.folder.settle();
        Ok(whole)
    }

    /// Reads the answer into the file. What came before it broke off is kept.
    async fn read(
        &self,
        response: reqwest::Response,
        host: &str,
        file: &mut std::fs::File,
        hash: &mut Sha256,
        here: &mut u64,
    ) -> Result<(), UpdateError> {
        let size = self.artefact.size;
        let mut pieces = response.bytes_stream();
        (self.progress)(*here, size);
        while let Some(piece) = self.fetcher.in_time(host, pieces.next()).await? {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) if *here > 0 && !error.is_timeout() => {
                    return Err(UpdateError::Truncated { got: *here, of: size });
                }
                Err(error) => return Err(sort(&error, host)),
            };
            if piece.len() as u64 > size - *here {
                return Err(UpdateError::TooLarge { most: size });
            }
            file.write_all(&piece).map_err(|e| UpdateError::file(&e))?;
            hash.update(&piece);
            *here += piece.len() as u64;
            (self.progress)(*here, size);
        }
        Ok(())
    }
}

fn begin_anew(file: &mut std::fs::File) -> std::io::Result<(u64, Sha256)> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    Ok((0, Sha256::new()))
}

/// Reads a file to its end; tells its length.
fn read_into(file: &mut std::fs::File, hash: &mut Sha256) -> std::io::Result<u64> {
    let mut block = vec![0u8; 256 * 1024];
    let mut read = 0;
    loop {
        match file.read(&mut block)? {
            0 => return Ok(read),
            n => {
                hash.update(block.get(..n).unwrap_or_default());
                read += n as u64;
            }
        }
    }
}
