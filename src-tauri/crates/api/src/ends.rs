//! When the access to a point of sale ends: kept where every screen reads it without asking the keychain.

use crate::config::SourceSection;
use crate::dto::ApiError;
use crate::engine::Engine;
use backroom_core::Timestamp;

/// From so many days on, an end is told as a warning.
const SOON_DAYS: i64 = 14;
/// How a note calls what was pasted, and what was granted by signing in.
const PASTED: &str = "pasted";
const GRANTED: &str = "granted";

/// An access that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ending {
    /// Name of the source.
    pub(crate) source: String,
    /// Its kind.
    pub(crate) kind: String,
    /// When.
    pub(crate) at: Timestamp,
    /// Whether signing in again renews it.
    pub(crate) signed_in: bool,
}

fn note(name: &str) -> String {
    format!("ends_{name}")
}

const fn way(section: &SourceSection) -> &'static str {
    if section.client_id.is_empty() { PASTED } else { GRANTED }
}

/// Whether an access that is still good ends so soon that a person should know.
fn is_soon(at: Timestamp, now: Timestamp) -> bool {
    at > now && at < now.plus_days(SOON_DAYS)
}

impl Engine {
    /// Takes note of when a source's access ends; none where it does not, or nobody knows.
    pub(crate) async fn keep_end(&self, section: &SourceSection, at: Option<Timestamp>) -> Result<(), ApiError> {
        let text = at.map_or_else(String::new, |at| format!("{} {}", way(section), at.micros()));
        let name = note(&section.name);
        if self.store().note(&name)?.unwrap_or_default() != text {
            self.store().set_note(&name, &text).await?;
            self.changed(&["connections", "sales"]);
        }
        Ok(())
    }

    /// Takes note of when the signed-in accesses end, which move with every renewal. What the keychain does not tell now stays as
    /// it was.
    pub(crate) async fn note_ends(&self) -> Result<(), ApiError> {
        for section in self.config().source.iter().filter(|s| !s.client_id.is_empty()) {
            let Ok(standing) = self.keeper(section).await?.standing().await else { continue };
            self.keep_end(section, standing.ends_at.filter(|_| !standing.ended)).await?;
        }
        Ok(())
    }

    /// When a source's access ends, as far as it is known. A note of the way it was connected before counts no more.
    pub(crate) fn end_of(&self, section: &SourceSection) -> Result<Option<Timestamp>, ApiError> {
        let text = self.store().note(&note(&section.name))?.unwrap_or_default();
        let known = text.split_once(' ').filter(|(kept, _)| *kept == way(section));
        Ok(known.and_then(|(_, micros)| micros.parse().ok()).map(Timestamp::from_micros))
    }

    /// The accesses that end soon, the first first.
    pub(crate) fn ends_soon(&self, now: Timestamp) -> Result<Vec<Ending>, ApiError> {
        let mut ending = Vec::new();
        for section in self.config().source {
            if let Some(at) = self.end_of(&section)?.filter(|at| is_soon(*at, now)) {
                let signed_in = !section.client_id.is_empty();
                ending.push(Ending { source: section.name, kind: section.kind, at, signed_in });
            }
        }
        ending.sort_by_key(|ending| ending.at);
        Ok(ending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_from_two_weeks_on_until_it_has_come() {
        let now = Timestamp::parse("2026-11-20T20:00:00Z").unwrap();
        for (end, soon, why) in [
            ("2026-12-04T20:00:00Z", false, "two weeks are time enough"),
            ("2026-12-04T19:59:59Z", true, "less than two weeks"),
            ("2026-11-20T20:00:01Z", true, "the last second"),
            ("2026-11-20T20:00:00Z", false, "what has ended is told by what failed"),
            ("2024-01-01T00:00:00Z", false, "long ago"),
        ] {
            assert_eq!(is_soon(Timestamp::parse(end).unwrap(), now), soon, "{why}");
        }
    }
}
