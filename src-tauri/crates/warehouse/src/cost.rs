//! What the day has cost so far, and what is left of its budget.

use backroom_core::{BusinessDay, Clock, Fault, FaultClass, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Price of a tebibyte read on demand, in millionths of a US dollar.
const MICRO_USD_PER_TIB: u128 = 6_250_000;
const TIB: u128 = 1 << 40;
/// The least that is billed for each table of a query, in bytes.
pub(crate) const LEAST_BYTES: u64 = 10 << 20;

/// What has been spent in a UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// The UTC day.
    pub day: BusinessDay,
    /// Bytes billed.
    pub bytes: u64,
    /// Jobs run, loads included.
    pub jobs: u64,
}

impl Spent {
    /// What the bytes cost, in millionths of a US dollar.
    pub fn micro_usd(&self) -> u64 {
        price_micro_usd(self.bytes)
    }
}

/// What reading `bytes` costs on demand, in millionths of a US dollar, rounded up.
pub fn price_micro_usd(bytes: u64) -> u64 {
    u64::try_from((u128::from(bytes) * MICRO_USD_PER_TIB).div_ceil(TIB)).unwrap_or(u64::MAX)
}

/// The bytes that `micro_usd` pays for.
fn bytes_for(micro_usd: u64) -> u64 {
    u64::try_from(u128::from(micro_usd) * TIB / MICRO_USD_PER_TIB).unwrap_or(u64::MAX)
}

/// Dollars and cents for a person, such as `$0.07`; a fraction of a cent counts as a cent.
pub(crate) fn dollars(micro_usd: u64) -> String {
    let cents = micro_usd.div_ceil(10_000);
    format!("${}.{:02}", cents / 100, cents % 100)
}

/// Bytes for a person.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => {
            let tenths = u128::from(bytes) * 10 / u128::from(*unit);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} bytes"),
    }
}

/// The UTC day of `at`.
pub(crate) fn utc_day(at: Timestamp) -> BusinessDay {
    let days = at.micros().div_euclid(86_400_000_000);
    BusinessDay::from_number(i32::try_from(days).unwrap_or(0))
}

/// Counts what is spent and refuses what the budget no longer covers.
pub(crate) struct Meter {
    clock: Arc<dyn Clock>,
    budget_micro_usd: u64,
    spent: Mutex<Spent>,
}

impl Meter {
    pub(crate) fn new(clock: Arc<dyn Clock>, budget_micro_usd: u64) -> Self {
        let spent = Spent { day: utc_day(clock.now()), bytes: 0, jobs: 0 };
        Self { clock, budget_micro_usd, spent: Mutex::new(spent) }
    }

    /// Takes over what an earlier process spent; another day's figures are ignored.
    pub(crate) fn restore(&self, earlier: Spent) {
        self.with(|spent| {
            if spent.day == earlier.day {
                spent.bytes = spent.bytes.max(earlier.bytes);
                spent.jobs = spent.jobs.max(earlier.jobs);
            }
        });
    }

    pub(crate) fn today(&self) -> Spent {
        self.with(|spent| *spent)
    }

    pub(crate) fn count(&self, bytes: u64, jobs: u64) {
        self.with(|spent| {
            spent.bytes = spent.bytes.saturating_add(bytes);
            spent.jobs = spent.jobs.saturating_add(jobs);
        });
    }

    /// The bytes that a query over `tables` tables may still bill today.
    ///
    /// # Errors
    /// `Quota` until the next UTC day, where what is left does not even cover the least or the `expected` bytes.
    pub(crate) fn allow(&self, tables: u64, expected: u64) -> Result<u64, Fault> {
        let spent = self.today();
        let left = bytes_for(self.budget_micro_usd).saturating_sub(spent.bytes);
        if left < LEAST_BYTES.saturating_mul(tables).max(expected) { Err(self.exhausted()) } else { Ok(left) }
    }

    /// The refusal of a query that today's budget does not cover.
    pub(crate) fn exhausted(&self) -> Fault {
        let spent = self.today();
        let message = format!(
            "Today's BigQuery budget of {} does not cover the next delivery; {} is spent.",
            dollars(self.budget_micro_usd),
            dollars(spent.micro_usd()),
        );
        Fault::new(FaultClass::Quota { after: Some(self.until_tomorrow()) }, "BIGQUERY_BUDGET", message).with_hint(
            "Nothing is lost: rows wait here and go out after midnight UTC. To deliver now, raise daily_budget_usd \
             below [warehouse] in config.toml and send again.",
        )
    }

    fn until_tomorrow(&self) -> Duration {
        let into_day = self.clock.now().micros().rem_euclid(86_400_000_000);
        Duration::from_micros(u64::try_from(86_400_000_000 - into_day).unwrap_or(0))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Spent) -> T) -> T {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let today = utc_day(self.clock.now());
        if spent.day != today {
            *spent = Spent { day: today, bytes: 0, jobs: 0 };
        }
        act(&mut spent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backroom_core::TestClock;

    fn meter(budget: u64) -> (TestClock, Meter) {
        let clock = TestClock::at(Timestamp::parse("2026-11-20T18:00:00Z").unwrap());
        (clock.clone(), Meter::new(Arc::new(clock), budget))
    }

    #[test]
    fn prices_and_words() {
        assert_eq!(price_micro_usd(1 << 40), 6_250_000, "a tebibyte is $6.25");
        assert_eq!(price_micro_usd(1), 1, "a fraction is rounded up, never to nothing");
        assert_eq!(price_micro_usd(0), 0);
        assert_eq!(dollars(1_000_000), "$1.00");
        assert_eq!(dollars(62_001), "$0.07");
        for (bytes, words) in [(12, "12 bytes"), (10 << 20, "10.0 MiB"), (1_610_612_736, "1.5 GiB")] {
            assert_eq!(size(bytes), words);
        }
    }

    #[test]
    fn a_spent_budget_parks_until_the_next_utc_day() {
        let (clock, meter) = meter(1_000_000);
        let whole = meter.allow(2, 0).expect("nothing is spent yet");
        assert_eq!(price_micro_usd(whole), 1_000_000, "the limit is the whole budget");
        assert!(meter.allow(2, whole + 1).is_err(), "an expected cost beyond the budget is refused before it is run");

        meter.count(whole - LEAST_BYTES, 1);
        assert!(meter.allow(1, 0).is_ok(), "the least of one table still fits");
        let fault = meter.allow(2, 0).expect_err("the least of two tables does not");
        assert_eq!(fault.class, FaultClass::Quota { after: Some(Duration::from_secs(6 * 3600)) });
        assert!(fault.message.contains("$1.00"), "{}", fault.message);

        clock.advance_seconds(6 * 3600);
        assert!(meter.allow(2, 0).is_ok(), "a new UTC day has a new budget");
        assert_eq!(meter.today().jobs, 0);
    }

    #[test]
    fn what_an_earlier_process_spent_counts_today_only() {
        let (clock, meter) = meter(1_000_000);
        let earlier = Spent { bytes: 77, jobs: 3, ..meter.today() };
        meter.restore(earlier);
        assert_eq!(meter.today(), earlier);
        clock.advance_seconds(86_400);
        meter.restore(earlier);
        assert_eq!(meter.today().bytes, 0, "yesterday's bytes do not burden today");
    }
}
