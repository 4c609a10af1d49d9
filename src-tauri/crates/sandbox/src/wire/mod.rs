//! The plain HTTP/1.1 server under every stand-in: it serves from memory, keeps a journal of what was asked, and can
//! be told to misbehave in ways that a well-meaning HTTP library would not allow (cut replies, resets, no answer).

mod fault;
mod journal;
mod request;
mod server;

pub use fault::{FaultKind, FaultRule, Faults};
pub use journal::{Counters, Journal, LoggedRequest};
pub(crate) use request::{Reply, Request};
pub(crate) use server::{Server, Service, Wire};

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Locks even where another thread panicked while holding the lock: a stand-in keeps serving.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As `lock`, to read.
pub(crate) fn read<T>(guarded: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    guarded.read().unwrap_or_else(PoisonError::into_inner)
}

/// As `lock`, to write.
pub(crate) fn write<T>(guarded: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    guarded.write().unwrap_or_else(PoisonError::into_inner)
}
