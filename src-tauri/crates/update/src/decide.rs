//! What to do next: functions of what is known and a given time, without clock, disk or network.

use crate::error::UpdateError;
use crate::fetch::may_ask;
use crate::manifest::{Channel, Manifest};
use crate::target::Target;
use crate::{LARGEST_ARTEFACT, fetch};
use backroom_core::Timestamp;
use semver::Version;
use sha2::{Digest, Sha256};

/// A check that went well counts for so long.
const CHECK_SECONDS: i64 = 86_400;
/// After a first failure; twice as long after each further one.
const RETRY_SECONDS: i64 = 3_600;
/// Installs that failed before nobody tries again by himself.
const MOST_INSTALLS: u32 = 3;
/// For how many days "Later" puts off.
pub const WAITS_DAYS: i64 = 3;

/// What a manifest is held against.
#[derive(Debug, Clone)]
pub struct Here<'a> {
    /// The version that runs.
    pub version: &'a Version,
    /// What this computer needs.
    pub target: &'a Target,
    /// The channel the owner chose.
    pub channel: Channel,
    /// The random id of this copy, which decides its turn in a staged release.
    pub install_id: &'a str,
    /// The highest serial seen.
    pub serial: u64,
    /// A version that was tried and left again.
    pub shunned: Option<&'a Version>,
    /// Now.
    pub now: Timestamp,
}

/// What a manifest means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The version that runs is as new, or newer: there is no way back.
    Nothing,
    /// There is a newer one; this copy's turn comes later.
    NotYet,
    /// There is a newer one for this copy.
    Update,
}

/// Whether a signed manifest is the one that counts now.
///
/// # Errors
/// `OtherChannel`, `SerialBack` or `Expired`: nothing of it is believed.
pub fn fresh(manifest: &Manifest, here: &Here<'_>) -> Result<(), UpdateError> {
    if manifest.channel != here.channel {
        return Err(UpdateError::OtherChannel);
    }
    if manifest.serial < here.serial {
        return Err(UpdateError::SerialBack { seen: here.serial, came: manifest.serial });
    }
    if manifest.expires <= here.now {
        return Err(UpdateError::expired(manifest.expires));
    }
    Ok(())
}

/// Holds a fresh manifest against this copy.
///
/// # Errors
/// `NotForThis`, `NotEncrypted` or `TooLarge`: it is not taken.
pub fn judge(manifest: &Manifest, here: &Here<'_>) -> Result<Found, UpdateError> {
    if manifest.version <= *here.version || here.shunned == Some(&manifest.version) {
        return Ok(Found::Nothing);
    }
    let artefact = manifest.artefact(here.target)?;
    for url in [&artefact.url, &manifest.install] {
        if !may_ask(url) {
            return Err(UpdateError::NotEncrypted { host: fetch::host_of(url) });
        }
    }
    if artefact.size > LARGEST_ARTEFACT {
        return Err(UpdateError::TooLarge { most: LARGEST_ARTEFACT });
    }
    Ok(if turn(here.install_id, &manifest.version) < u64::from(manifest.share) * 100 {
        Found::Update
    } else {
        Found::NotYet
    })
}

/// The turn of a copy in the release of a version, 0 to 9999. Another one with each version, so that it is not always the same
/// shops that go first.
fn turn(install_id: &str, version: &Version) -> u64 {
    let digest = Sha256::digest(format!("{install_id} {version}"));
    let first = digest.iter().take(8).fold(0u64, |n, byte| n << 8 | u64::from(*byte));
    first % 10_000
}

/// What is known when one asks what to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// When a check last went well.
    pub checked_at: Option<Timestamp>,
    /// When something last failed, and how often in a row.
    pub failed_at: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// Whether a newer version is known.
    pub offered: bool,
    /// Whether its installer is here and whole.
    pub ready: bool,
    /// Until when the owner does not want it.
    pub later_until: Option<Timestamp>,
    /// Whether the shop is quiet now.
    pub quiet: bool,
    /// Whether it can be installed without anybody at the computer.
    pub unattended: bool,
    /// How often installing this version has failed.
    pub installs_failed: u32,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Wait,
    /// Ask for the manifest.
    Check,
    /// Get the installer.
    Download,
    /// Install it.
    Install,
}

/// What to do now, by oneself. A clock that was set back makes things due, not impossible.
pub fn next(facts: &Facts, now: Timestamp) -> Step {
    let passed = |since: Option<Timestamp>, seconds: i64| {
        since.is_none_or(|since| !(0..seconds).contains(&now.seconds_since(since)))
    };
    let patience = RETRY_SECONDS.saturating_mul(1 << facts.failures.saturating_sub(1).min(5)).min(CHECK_SECONDS);
    if facts.failures > 0 && !passed(facts.failed_at, patience) {
        return Step::Wait;
    }
    if passed(facts.checked_at, CHECK_SECONDS) {
        return Step::Check;
    }
    if !facts.offered {
        return Step::Wait;
    }
    if !facts.ready {
        return Step::Download;
    }
    let wanted = facts.later_until.is_none_or(|until| now >= until || until > now.plus_days(2 * WAITS_DAYS));
    let may = facts.unattended && facts.installs_failed < MOST_INSTALLS;
    if wanted && facts.quiet && may { Step::Install } else { Step::Wait }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn settled() -> Facts {
        Facts { checked_at: Some(NOW.plus_seconds(-60)), unattended: true, ..Facts::default() }
    }

    #[test]
    fn one_step_after_another_and_none_before_its_time() {
        let at = |seconds| Some(NOW.plus_seconds(seconds));
        let ready = Facts { offered: true, ready: true, quiet: true, ..settled() };
        let failed = |failures, seconds| Facts { failures, failed_at: at(seconds), ..ready };
        for (facts, expected, why) in [
            (Facts::default(), Step::Check, "a copy that never asked asks"),
            (settled(), Step::Wait, "asked a minute ago, and nothing new"),
            (Facts { checked_at: at(-86_400), ..settled() }, Step::Check, "a day later it asks again"),
            (Facts { checked_at: at(50), ..settled() }, Step::Check, "a clock that was set back makes it due"),
            (Facts { offered: true, ..settled() }, Step::Download, "what is offered is fetched at any hour"),
            (ready, Step::Install, "quiet, wanted, and nobody has to be there"),
            (Facts { quiet: false, ..ready }, Step::Wait, "never in the middle of trade"),
            (Facts { later_until: at(60), ..ready }, Step::Wait, "later is respected"),
            (Facts { later_until: at(-1), ..ready }, Step::Install, "and ends"),
            (Facts { later_until: at(90 * 86_400), ..ready }, Step::Install, "but not by a clock that was wrong"),
            (Facts { unattended: false, ..ready }, Step::Wait, "where somebody has to be there he presses"),
            (Facts { installs_failed: 3, ..ready }, Step::Wait, "three times in vain is enough"),
            (failed(1, -3_599), Step::Wait, "after a failure an hour of rest"),
            (failed(1, -3_600), Step::Install, "then it goes on"),
            (failed(3, -3_600), Step::Wait, "after three, four hours"),
            (failed(3, -14_400), Step::Install, "then again"),
            (failed(40, -86_400), Step::Install, "a day at most"),
        ] {
            assert_eq!(next(&facts, NOW), expected, "{why}");
        }
    }

    #[test]
    fn a_share_is_a_share_and_a_turn_stays() {
        let version = Version::new(0, 2, 0);
        let turns: Vec<u64> = (0..4_000).map(|n| turn(&format!("{n:016x}"), &version)).collect();
        let first = turns.iter().filter(|turn| **turn < 2_500).count();
        assert!((850..1_150).contains(&first), "a quarter of 4,000 copies: {first}");
        assert_eq!(turns.first(), Some(&turn(&format!("{:016x}", 0), &version)), "whose turn it is does not change");
        let other = (0..4_000).filter(|n| turn(&format!("{n:016x}"), &Version::new(0, 3, 0)) < 2_500);
        let both = other.filter(|n| turns.get(*n).is_some_and(|turn| *turn < 2_500)).count();
        assert!(both < 400, "the next version begins with others: {both} of about 250 are the same");
    }
}
