//! One at a time, over all programs of this user: two that renewed the same access at once would spend what only one of them may.

use std::fs::{OpenOptions, TryLockError};
use std::path::Path;

/// The sole right to renew what lies under a name. Given back when dropped, also by the end of its program.
#[must_use]
pub struct Turn(#[expect(dead_code, reason = "held for its end alone")] Box<dyn Send + Sync>);

impl Turn {
    /// A turn that keeps nobody out: where there is nobody else.
    pub fn free() -> Self {
        Self::of(())
    }

    pub(crate) fn of(held: impl Send + Sync + 'static) -> Self {
        Self(Box::new(held))
    }

    /// The turn of `name` by a lock on a file of `folder`, which holds nothing; none where another program has it. Where no such file
    /// can be made or locked, nobody is kept out: an access that could not be renewed at all would be worse.
    pub(crate) fn by_file(folder: &Path, name: &str) -> Option<Self> {
        let path = folder.join(format!("backroom-{}.turn", name.replace('/', "_")));
        let file = match OpenOptions::new().create(true).truncate(false).write(true).open(path) {
            Ok(file) => file,
            Err(error) => {
                tracing::debug!(kind = %error.kind(), "a turn is taken without a file");
                return Some(Self::free());
            }
        };
        match file.try_lock() {
            Ok(()) => Some(Self::of(file)),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => {
                tracing::debug!(kind = %error.kind(), "a turn is taken without a lock");
                Some(Self::free())
            }
        }
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turn")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InMemory, SecretStore};

    #[test]
    fn a_turn_is_one_programs_until_it_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let take = |name: &str| Turn::by_file(folder.path(), name);
        let first = take("square/main/oauth").expect("nobody has it");
        assert!(take("square/main/oauth").is_none(), "another has to wait");
        assert!(take("lightspeed/main/oauth").is_some(), "another account is another turn");
        drop(first);
        assert!(take("square/main/oauth").is_some(), "given back");
        let memory = InMemory::new();
        let first = memory.try_turn("square/main/oauth").expect("nobody has it");
        assert!(memory.try_turn("square/main/oauth").is_none(), "and so in memory");
        assert!(memory.try_turn("lightspeed/main/oauth").is_some());
        drop(first);
        assert!(memory.try_turn("square/main/oauth").is_some());
        let nowhere = folder.path().join("not there");
        assert!(Turn::by_file(&nowhere, "square/main/oauth").is_some(), "without a place for it nothing is held up");
    }
}
