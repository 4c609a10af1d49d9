//! What the numbers are called and how they come about, and days and hours in words.

use backroom_core::{BusinessDay, DayRule, Timestamp};

/// Name and formula of a number.
pub(super) struct Metric {
    pub(super) title: &'static str,
    pub(super) formula: &'static str,
}

#[rustfmt::skip]
pub(super) fn metric(name: &str) -> Option<Metric> {
    let (title, formula) = match name {
        "net" => ("Net", "Collected − refunded. Tips, tax passed on and gift-card loads are not revenue of their own here."),
        "collected" => ("Collected", "The amounts of all completed payments, without tips."),
        "refunded" => ("Refunded", "All completed refunds, counted on the day they were given, not on the day of the sale."),
        "tips" => ("Tips", "The tips of all completed payments."),
        "transactions" => ("Transactions", "The number of completed payments."),
        "customers" => ("Known customers", "How many different known customers made those payments. Walk-ins are not known."),
        "average" => ("Average", "Collected ÷ transactions, rounded to the cent (half to even)."),
        "gross" => ("Gross sales", "Quantity × price of every line sold, before discounts and tax."),
        "discounts" => ("Discounts", "All discounts on completed orders."),
        "returns" => ("Returns", "The value of goods that came back."),
        "net_sales" => ("Net sales", "Gross sales − discounts − returns."),
        "tax" => ("Tax", "The tax on completed orders. It is owed, not earned."),
        "service" => ("Service charges", "Service charges on completed orders."),
        "due" => ("Due", "Net sales + tax + tips + service charges: what the orders say customers owed."),
        "tills" => ("Taken", "Completed payments with tips − completed refunds: what the tills took."),
        "difference" => ("Difference", "Taken − due: payments without an order, orders not synced yet, and rounding."),
        "stock" => ("In stock", "The vendor's own counts, added up over the locations shown."),
        "sold_30" => ("Sold in 30 days", "Units on completed orders of the last 30 business days, less units returned."),
        "product" => ("Product", "Days left = in stock × 30 ÷ units sold in the last 30 business days, rounded down. Low: 14 days or less are left. Out: nothing is left. Dead: in stock, but not sold for 60 days."),
        "hours" => ("By hour", "Net of each hour: payments taken in it − refunds given in it."),
        "pace" => ("Pace of the day", "Each point of a line is the net of all hours up to it, added up: payments taken − refunds given."),
        "series" => ("Net by day", "Net of each step: its payments − the refunds given in it. The steps add up to the net of all days."),
        "week_hours" => ("When it sells", "Net of each hour of the week: payments taken in it − refunds given in it, all days of the range added up."),
        "by_category" => ("By category", "What customers paid for the lines of completed orders: with tax, after discounts, less goods brought back. Each line counts in the category its item has now."),
        "by_item" => ("By item", "What customers paid for the lines of completed orders: with tax, after discounts, less goods brought back."),
        "by_method" => ("By payment method", "Collected by each method: completed payments without tips, before refunds."),
        "by_location" => ("By location", "Net of each location: its payments − the refunds given there."),
        "streams" => ("Rows read from the point of sale", "The rows that each reading found new or newer than what was here, added up over all readings. A row that changed later counts again. History: the share of the time asked for that is in without a gap."),
        "queue" => ("Rows for BigQuery", "Waiting: changes of rows that BigQuery has not acknowledged yet. Delivered: those it has, since this PC began. Refused: those it will not take; they are kept here. Only an acknowledgement takes a row off the queue."),
        "cost" => ("Cost today", "Bytes billed × the price of a TiB, rounded up to a millionth of a dollar. Left = budget − cost; what it does not cover waits for the next UTC day."),
        "receipts" => ("Receipts", "One line for each reading: what it asked for and what came. A history is whole when its windows follow on each other without a gap."),
        "limits" => ("Limits for calls", "Each call pours units into a bucket at the point of sale; they run out of it at a steady rate. Used = how full it is now, as the last answer told and the time since then. Backroom waits before it would run over."),
        _ => return None,
    };
    Some(Metric { title, formula })
}

/// A business day as a person says it, such as `Fri, Nov 20, 2026`.
pub(super) fn long_day(day: BusinessDay) -> String {
    day.date().format("%a, %b %-d, %Y").to_string()
}

/// The same where the year is plain, such as `Fri, Nov 20`.
pub(super) fn day(day: BusinessDay) -> String {
    day.date().format("%a, %b %-d").to_string()
}

/// Days with both ends, such as `Nov 16 – Nov 20`; a single one with its weekday.
pub(super) fn days(from: BusinessDay, to: BusinessDay) -> String {
    if from == to {
        return day(from);
    }
    format!("{} – {}", from.date().format("%b %-d"), to.date().format("%b %-d"))
}

/// The line that says which business days count.
pub(super) fn counted_days(from: BusinessDay, to: BusinessDay) -> String {
    if from == to {
        return format!("Business day {}", long_day(from));
    }
    format!("Business days {} to {}", long_day(from), long_day(to))
}

/// The time of day at which business days begin, such as `4:00 AM`.
pub(super) fn start(rule: &DayRule) -> String {
    let minutes = rule.start_minute();
    format!("{}:{:02} {}", twelve(minutes / 60), minutes % 60, half(minutes / 60))
}

/// The shop's clock, such as `2:10 PM`.
pub(super) fn clock(rule: &DayRule, at: Timestamp) -> String {
    rule.wall_clock(at).format("%-I:%M %p").to_string()
}

/// Since when something lasts: `2:10 PM`, with its day where that is not today, `Nov 19, 2:10 PM`.
pub(in crate::reads) fn since(rule: &DayRule, now: Timestamp, at: Timestamp) -> String {
    if rule.day_of(at) == rule.day_of(now) {
        return clock(rule, at);
    }
    rule.wall_clock(at).format("%b %-d, %-I:%M %p").to_string()
}

/// An hour of a business day: `4 PM`; the part of an hour with which a day begins by its first minute, `4:30 AM`.
pub(super) fn hour(rule: &DayRule, index: usize, hour: u8) -> String {
    if index == 0 && !rule.start_minute().is_multiple_of(60) {
        return start(rule);
    }
    plain_hour(hour)
}

/// An hour of the clock, such as `4 PM`.
pub(super) fn plain_hour(hour: u8) -> String {
    format!("{} {}", twelve(u32::from(hour)), half(u32::from(hour)))
}

/// What holds for an hour of the clock that two business days share; nothing where days begin on the hour.
pub(super) fn shared_hour(rule: &DayRule) -> Option<String> {
    let minutes = rule.start_minute();
    (!minutes.is_multiple_of(60)).then(|| {
        let hour = plain_hour(u8::try_from(minutes / 60).unwrap_or(0));
        format!("{hour} is the rest of that hour at the start of a business day and its beginning at the end")
    })
}

const fn twelve(hour: u32) -> u32 {
    if hour.is_multiple_of(12) { 12 } else { hour % 12 }
}

const fn half(hour: u32) -> &'static str {
    if hour < 12 { "AM" } else { "PM" }
}

pub(super) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_named_as_on_the_wall() {
        let whole = DayRule::new("America/Chicago", "04:00").unwrap();
        let parted = DayRule::new("America/Chicago", "04:30").unwrap();
        assert_eq!(
            (hour(&whole, 0, 4), hour(&whole, 20, 0), hour(&whole, 8, 12)),
            ("4 AM".into(), "12 AM".into(), "12 PM".into())
        );
        assert_eq!(
            (hour(&parted, 0, 4), hour(&parted, 24, 4)),
            ("4:30 AM".into(), "4 AM".into()),
            "two parts of an hour"
        );
        assert_eq!((start(&whole), shared_hour(&whole)), ("4:00 AM".to_owned(), None));
        assert!(shared_hour(&parted).is_some_and(|words| words.starts_with("4 AM is")));
    }
}
