//! Secrets that end with the process: demonstration and tests.

use crate::error::SecretError;
use crate::secret::Secret;
use crate::store::{SecretStore, check_name};
use crate::turn::Turn;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store in memory.
#[derive(Debug, Default)]
pub struct InMemory {
    kept: Mutex<HashMap<String, Secret>>,
    turns: Arc<Mutex<HashSet<String>>>,
}

/// A turn of this store.
struct Taken {
    turns: Arc<Mutex<HashSet<String>>>,
    name: String,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

impl InMemory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for InMemory {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        check_name(name)?;
        Ok(self.lock().get(name).cloned())
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        check_name(name)?;
        self.lock().insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        check_name(name)?;
        self.lock().remove(name);
        Ok(())
    }

    fn try_turn(&self, name: &str) -> Option<Turn> {
        let is_free = self.turns.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        is_free.then(|| Turn::of(Taken { turns: self.turns.clone(), name: name.to_owned() }))
    }
}
