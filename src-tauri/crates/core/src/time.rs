//! Time: UTC in store, the shop's business day in view.

use chrono::{DateTime, Datelike, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use std::fmt;

/// A point in time, in microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Why a text is not a time, a zone or a time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not RFC 3339.
    #[error("not a time in RFC 3339 form")]
    BadTimestamp,
    /// Not a zone of the IANA database.
    #[error("unknown time zone; use an IANA name such as America/Chicago")]
    BadZone,
    /// Not a time of day such as 04:00.
    #[error("a time of day is written as HH:MM, such as 04:00")]
    BadTimeOfDay,
    /// Not a date such as 2026-11-20.
    #[error("a date is written as YYYY-MM-DD")]
    BadDate,
}

impl Timestamp {
    /// From microseconds since 1970.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since 1970.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * 1_000_000)
    }

    /// Microseconds since 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 text, with or without a fraction.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        if let Some(fast) = parse_utc(text.as_bytes()) {
            return Ok(fast);
        }
        DateTime::parse_from_rfc3339(text).map(|t| Self(t.timestamp_micros())).map_err(|_| TimeError::BadTimestamp)
    }

    /// RFC 3339 in UTC with milliseconds, such as `2026-11-20T18:00:00.000Z`; microseconds only where there are any.
    pub fn to_rfc3339(self) -> String {
        let form = if self.0 % 1_000 == 0 { chrono::SecondsFormat::Millis } else { chrono::SecondsFormat::Micros };
        self.utc().to_rfc3339_opts(form, true)
    }

    /// As a chrono time in UTC.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// This time moved by `seconds`, stopping at the ends of what can be told.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// This time moved by whole days of 24 hours.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days * 86_400)
    }

    /// Seconds from `earlier` to this time; negative where `earlier` is later.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0) / 1_000_000
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// Reads `YYYY-MM-DDTHH:MM:SS[.fraction]Z`, the form every vendor here uses, without the general parser.
fn parse_utc(b: &[u8]) -> Option<Timestamp> {
    if b.len() < 20 || *b.last()? != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<i64> {
        b.get(from..to)?.iter().try_fold(0i64, |n, c| c.is_ascii_digit().then(|| n * 10 + i64::from(c - b'0')))
    };
    let separators = b[4] == b'-' && b[7] == b'-' && (b[10] == b'T' || b[10] == b't') && b[13] == b':' && b[16] == b':';
    if !separators {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = &b[19..b.len() - 1];
    let micros = match fraction {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) => {
            let kept = digits.iter().chain(std::iter::repeat(&b'0')).take(6);
            kept.fold(0i64, |n, c| n * 10 + i64::from(c - b'0'))
        }
        _ => return None,
    };
    let date =
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
    let days = i64::from(date.num_days_from_ce() - EPOCH_FROM_CE);
    Some(Timestamp(((days * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000 + micros))
}

const EPOCH_FROM_CE: i32 = 719_163;

/// A trading day of a shop: the date on which it began, in the shop's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessDay(NaiveDate);

impl BusinessDay {
    /// The business day that began on `date`.
    pub const fn from_date(date: NaiveDate) -> Self {
        Self(date)
    }

    /// The date on which it began.
    pub const fn date(self) -> NaiveDate {
        self.0
    }

    /// Days since 1970-01-01: the form in which it is stored.
    pub fn number(self) -> i32 {
        self.0.num_days_from_ce() - EPOCH_FROM_CE
    }

    /// From days since 1970-01-01.
    pub fn from_number(number: i32) -> Self {
        Self(NaiveDate::from_num_days_from_ce_opt(number.saturating_add(EPOCH_FROM_CE)).unwrap_or(NaiveDate::MIN))
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self).map_err(|_| TimeError::BadDate)
    }

    /// The day `days` later (earlier where negative).
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self::from_number(self.number().saturating_add(days))
    }

    /// Monday of this day's week.
    #[must_use]
    pub fn week_start(self) -> Self {
        self.plus(-i32::try_from(self.0.weekday().num_days_from_monday()).unwrap_or(0))
    }

    /// The first day of this day's month.
    #[must_use]
    pub fn month_start(self) -> Self {
        Self(self.0.with_day(1).unwrap_or(self.0))
    }

    /// The first day of this day's year.
    #[must_use]
    pub fn year_start(self) -> Self {
        Self(NaiveDate::from_ymd_opt(self.0.year(), 1, 1).unwrap_or(self.0))
    }

    /// Months since year 0: the form in which a month is stored.
    pub fn month_number(self) -> i32 {
        self.0.year() * 12 + i32::try_from(self.0.month0()).unwrap_or(0)
    }
}

impl fmt::Display for BusinessDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

/// How a shop turns a time into its business day: a zone, and the time of day at which a new day begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRule {
    zone: Tz,
    start_minute: u32,
}

impl DayRule {
    /// The start of the day where nobody set one: 04:00.
    pub const DEFAULT_START: &'static str = "04:00";

    /// A rule from an IANA zone name and a time of day such as `04:00`.
    pub fn new(zone: &str, start: &str) -> Result<Self, TimeError> {
        let zone = zone.parse::<Tz>().map_err(|_| TimeError::BadZone)?;
        let time = NaiveTime::parse_from_str(start, "%H:%M").map_err(|_| TimeError::BadTimeOfDay)?;
        Ok(Self { zone, start_minute: time.hour() * 60 + time.minute() })
    }

    /// The same start of day in another zone.
    pub fn in_zone(&self, zone: &str) -> Result<Self, TimeError> {
        Ok(Self { zone: zone.parse::<Tz>().map_err(|_| TimeError::BadZone)?, ..*self })
    }

    /// The IANA name of the zone.
    pub fn zone_name(&self) -> &'static str {
        self.zone.name()
    }

    /// Minutes after midnight at which the business day begins.
    pub fn start_minute(&self) -> u32 {
        self.start_minute
    }

    /// The business day that `at` falls in, by the clock on the shop's wall.
    pub fn day_of(&self, at: Timestamp) -> BusinessDay {
        let wall = at.utc().with_timezone(&self.zone).naive_local();
        let day = BusinessDay((wall - Duration::minutes(i64::from(self.start_minute))).date());
        // On the night the clocks go back a wall-clock time comes twice; the day's first instant decides.
        let next = day.plus(1);
        if at >= self.starts_at(next) { next } else { day }
    }

    /// The business day and the wall-clock hour (0–23) of `at`.
    pub fn day_and_hour(&self, at: Timestamp) -> (BusinessDay, u8) {
        (self.day_of(at), self.wall_hour(at))
    }

    /// The wall-clock hour (0–23) of `at`.
    pub fn wall_hour(&self, at: Timestamp) -> u8 {
        u8::try_from(at.utc().with_timezone(&self.zone).hour()).unwrap_or(0)
    }

    /// The first instant of `day`. Where the clock skips that time, the first instant after the gap; where it comes
    /// twice, the earlier one.
    pub fn starts_at(&self, day: BusinessDay) -> Timestamp {
        let wall = day.0.and_time(NaiveTime::MIN) + Duration::minutes(i64::from(self.start_minute));
        Timestamp(self.resolve(wall).timestamp_micros())
    }

    /// The first instant after `day`.
    pub fn ends_at(&self, day: BusinessDay) -> Timestamp {
        self.starts_at(day.plus(1))
    }

    /// The wall-clock time of `at` in this zone, as `YYYY-MM-DDTHH:MM:SS`.
    pub fn wall_clock(&self, at: Timestamp) -> NaiveDateTime {
        at.utc().with_timezone(&self.zone).naive_local()
    }

    fn resolve(&self, wall: NaiveDateTime) -> DateTime<Utc> {
        // A gap is at most a day (a zone that skipped a date) and ends at a whole minute: walk out of it.
        for step in 0..=1_440 {
            match self.zone.from_local_datetime(&(wall + Duration::minutes(step))) {
                LocalResult::Single(t) | LocalResult::Ambiguous(t, _) => return t.with_timezone(&Utc),
                LocalResult::None => {}
            }
        }
        wall.and_utc()
    }
}
