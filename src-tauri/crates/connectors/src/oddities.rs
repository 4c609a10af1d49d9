//! What a vendor's answer holds beside what was promised.

use backroom_core::source::Entity;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What was odd but survivable in a page, counted by kind. Field names and counts, never data.
#[derive(Debug, Default)]
pub(crate) struct Oddities(BTreeMap<Cow<'static, str>, u32>);

impl Oddities {
    /// Counts one more of `what`.
    pub(crate) fn note(&mut self, what: impl Into<Cow<'static, str>>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    /// In words, one sentence a kind.
    pub(crate) fn into_warnings(self, entity: Entity) -> Vec<String> {
        self.0.into_iter().map(|(what, times)| format!("{entity}: {what} ({times}×)")).collect()
    }
}
