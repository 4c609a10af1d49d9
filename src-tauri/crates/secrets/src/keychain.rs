//! The keychain of the operating system: Credential Manager, Keychain Services or the Secret Service.

use crate::error::SecretError;
use crate::sealed::{MARK, Pointer};
use crate::secret::Secret;
use crate::store::{SecretStore, check_name};
use crate::turn::Turn;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;
use zeroize::Zeroizing;

/// The service name under which entries are kept.
pub const SERVICE: &str = "Backroom";

/// Longest secret that goes into an entry, in bytes; Windows takes 2,560.
const LONGEST_ENTRY: usize = 2_400;

/// A person may have to find and answer a question first.
const PATIENCE: Duration = Duration::from_secs(120);

/// Entries of one service in a keychain, as bytes.
pub(crate) trait Entries {
    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError>;
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SecretError>;
    fn remove(&self, name: &str) -> Result<(), SecretError>;
}

type Job = Box<dyn FnOnce(&dyn Entries) + Send>;

/// The keychain of the operating system. Its calls run on one thread, one after the other: keychains answer
/// parallel calls with prompts on top of each other, or not at all.
///
/// Longer secrets than an entry takes lie encrypted in a folder; the entry then holds the key.
pub struct Keychain {
    jobs: Sender<Job>,
    folder: PathBuf,
}

impl Keychain {
    /// The keychain's entries of `service` (see [`SERVICE`]), with long secrets in `sealed/` below `data_folder`.
    /// Nothing is opened yet.
    ///
    /// # Errors
    /// `File` where no thread can be started.
    pub fn open(service: &str, data_folder: impl Into<PathBuf>) -> Result<Self, SecretError> {
        let service = service.to_owned();
        Self::start(data_folder.into(), move || Os { service })
    }

    fn start<E: Entries>(
        data_folder: PathBuf,
        entries: impl FnOnce() -> E + Send + 'static,
    ) -> Result<Self, SecretError> {
        let (jobs, queue) = channel::<Job>();
        std::thread::Builder::new()
            .name("keychain".to_owned())
            .spawn(move || {
                let entries = entries();
                for job in queue {
                    job(&entries);
                }
            })
            .map_err(SecretError::File)?;
        Ok(Self { jobs, folder: data_folder.join("sealed") })
    }

    /// Saves, reads, overwrites, reads and deletes an invented secret.
    ///
    /// # Errors
    /// The first that occurs: what saving a real secret would say.
    pub fn self_test(&self) -> Result<(), SecretError> {
        const NAME: &str = "self/test";
        for text in ["invented first", "invented second"] {
            self.set(NAME, &Secret::new(text))?;
            if self.get(NAME)?.as_ref().map(Secret::expose) != Some(text) {
                return Err(SecretError::Damaged { name: NAME.to_owned() });
            }
        }
        self.delete(NAME)
    }

    fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&dyn Entries) -> Result<T, SecretError> + Send + 'static,
    ) -> Result<T, SecretError> {
        let (reply, answer): (SyncSender<Result<T, SecretError>>, _) = sync_channel(1);
        let job: Job = Box::new(move |entries| {
            // Nobody may be waiting any longer; then the answer goes nowhere.
            let _ = reply.send(job(entries));
        });
        self.jobs.send(job).map_err(|_| SecretError::NoAnswer)?;
        match answer.recv_timeout(PATIENCE) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(SecretError::NoAnswer),
        }
    }
}

impl SecretStore for Keychain {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        check_name(name)?;
        let (name, folder) = (name.to_owned(), self.folder.clone());
        self.run(move |entries| {
            let Some(entry) = entries.read(&name)? else { return Ok(None) };
            let bytes = if entry.starts_with(MARK) {
                let damaged = || SecretError::Damaged { name: name.clone() };
                Pointer::decode(&entry).ok_or_else(damaged)?.read(&folder, &name)?
            } else {
                entry
            };
            let text = std::str::from_utf8(&bytes).map_err(|_| SecretError::Damaged { name })?;
            Ok(Some(Secret::new(text)))
        })
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        check_name(name)?;
        let (name, secret, folder) = (name.to_owned(), secret.clone(), self.folder.clone());
        self.run(move |entries| {
            let old = entries.read(&name)?.and_then(|entry| Pointer::decode(&entry));
            let bytes = secret.expose().as_bytes();
            if bytes.len() > LONGEST_ENTRY || bytes.starts_with(MARK) {
                // File first, under a new key and name: until the entry points at it the old secret stays whole.
                let pointer = Pointer::new()?;
                pointer.write(&folder, &name, bytes)?;
                if let Err(error) = entries.write(&name, &pointer.encode()) {
                    let _ = pointer.remove(&folder);
                    return Err(error);
                }
            } else {
                entries.write(&name, bytes)?;
            }
            if let Some(Err(error)) = old.map(|old| old.remove(&folder)) {
                tracing::warn!(code = error.code(), "an outdated sealed file stays behind");
            }
            Ok(())
        })
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        check_name(name)?;
        let (name, folder) = (name.to_owned(), self.folder.clone());
        self.run(move |entries| {
            let Some(entry) = entries.read(&name)? else { return Ok(()) };
            entries.remove(&name)?;
            Pointer::decode(&entry).map_or(Ok(()), |pointer| pointer.remove(&folder))
        })
    }

    /// The keychain is the user's, and so are its turns: whatever data folder a program works in.
    fn try_turn(&self, name: &str) -> Option<Turn> {
        Turn::by_file(&of_the_user(&self.folder), name)
    }
}

/// A folder of this user alone, the same for all programs.
fn of_the_user(sealed: &Path) -> PathBuf {
    if cfg!(not(target_os = "linux")) {
        return std::env::temp_dir();
    }
    // The temporary folder of Linux is everybody's.
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute());
    own.unwrap_or_else(|| sealed.parent().unwrap_or(sealed).to_path_buf())
}

impl std::fmt::Debug for Keychain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keychain")
    }
}

/// The real keychain.
struct Os {
    service: String,
}

impl Os {
    fn entry(&self, name: &str) -> Result<keyring_core::Entry, SecretError> {
        // Sets the store of this operating system up, once; why that failed says more than that there is none.
        keyring::Entry::store_status().as_ref().map_err(sort)?;
        // Windows would copy the entry to every PC of a roaming profile.
        let stays_here: &[(&str, &str)] = if cfg!(windows) { &[("persistence", "Local")] } else { &[] };
        let modifiers = stays_here.iter().copied().collect();
        keyring_core::Entry::new_with_modifiers(&self.service, name, &modifiers).map_err(|e| sort(&e))
    }
}

impl Entries for Os {
    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        match self.entry(name)?.get_secret() {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(sort(&error)),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SecretError> {
        self.entry(name)?.set_secret(bytes).map_err(|e| sort(&e))
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(sort(&error)),
        }
    }
}

fn sort(error: &keyring::Error) -> SecretError {
    match error {
        keyring::Error::NoDefaultStore => SecretError::NoService,
        keyring::Error::PlatformFailure(cause) => by_words(&cause.to_string()).unwrap_or_else(|words| words),
        keyring::Error::NoStorageAccess(cause) => by_words(&cause.to_string()).unwrap_or(SecretError::Locked),
        // The rest may carry the secret itself: only its kind is told.
        keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) | keyring::Error::BadStoreFormat(_) => {
            SecretError::Refused { words: "what it holds is not readable".to_owned() }
        }
        keyring::Error::TooLong(what, most) => SecretError::Refused { words: format!("{what} is longer than {most}") },
        keyring::Error::Ambiguous(_) => {
            SecretError::Refused { words: "it holds several entries of the same name".to_owned() }
        }
        _ => SecretError::Refused { words: "it cannot do what was asked".to_owned() },
    }
}

/// The stores of the operating systems wrap causes that only their words tell apart. Words that say none of the known
/// causes come back as a refusal in `Err`.
fn by_words(words: &str) -> Result<SecretError, SecretError> {
    let lower = words.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    if says(&["dismiss", "cancel", "prompt"]) {
        Ok(SecretError::Dismissed)
    } else if says(&["locked", "interaction is not allowed"]) {
        Ok(SecretError::Locked)
    } else if says(&["no secret service", "zbus", "connection", "serviceunknown"]) {
        Ok(SecretError::NoService)
    } else {
        Err(SecretError::Refused { words: words.chars().filter(|c| !c.is_control()).take(120).collect() })
    }
}

#[cfg(test)]
#[path = "keychain_tests.rs"]
mod tests;
