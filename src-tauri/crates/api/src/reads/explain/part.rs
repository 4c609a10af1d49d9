//! Parts of a number.

use crate::dto::{Compare, ExplainPart, ExplainUnit, ExplainValue};
use backroom_core::money::{decimal, grouped};

/// Parts of a list that are told one by one, all others being told in one.
const MOST: usize = 50;

pub(super) fn part(name: impl Into<String>, value: i64, unit: ExplainUnit) -> ExplainPart {
    ExplainPart { name: name.into(), value, unit, is_result: false, beside: Vec::new() }
}

pub(super) fn money(name: impl Into<String>, value: i64) -> ExplainPart {
    part(name, value, ExplainUnit::Money)
}

pub(super) fn number(name: impl Into<String>, value: i64) -> ExplainPart {
    part(name, value, ExplainUnit::Count)
}

/// A count that is never below zero.
pub(super) fn counted(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Units from thousandths; what is sold by weight tells the rest in its name.
pub(super) fn units(name: &str, milli: i64) -> ExplainPart {
    let exact = if milli % 1_000 == 0 { String::new() } else { format!(" (exactly {})", decimal(milli, 3)) };
    number(format!("{name}{exact}"), milli.div_euclid(1_000))
}

impl ExplainPart {
    /// The same as what the parts before come to.
    pub(super) fn result(self) -> Self {
        Self { is_result: true, ..self }
    }

    /// The same with a value in the next column.
    pub(super) fn and(mut self, value: i64, unit: ExplainUnit) -> Self {
        self.beside.push(Some(ExplainValue { value, unit, is_change: false }));
        self
    }

    /// The same with nothing in the next column.
    pub(super) fn and_nothing(mut self) -> Self {
        self.beside.push(None);
        self
    }

    /// The same compared: what it is compared with, and by how much `of` differs from that.
    pub(super) fn against(mut self, of: i64, base: i64) -> Self {
        let unit = self.unit;
        self.beside.push(Some(ExplainValue { value: base, unit, is_change: false }));
        self.beside.push(Some(ExplainValue { value: of.saturating_sub(base), unit, is_change: true }));
        self
    }
}

/// The sum of a list's parts, column by column; a column of shares, or in which one has nothing, has no sum.
pub(super) fn sum(name: impl Into<String>, unit: ExplainUnit, columns: usize, parts: &[ExplainPart]) -> ExplainPart {
    let beside = (0..columns).map(|column| {
        let mut values = parts.iter().map(|p| p.beside.get(column).copied().flatten());
        let first = values.next()?.filter(|value| value.unit != ExplainUnit::Percent)?;
        values.try_fold(first, |all, next| Some(ExplainValue { value: all.value.saturating_add(next?.value), ..all }))
    });
    let beside = beside.collect();
    let value = parts.iter().fold(0i64, |all, p| all.saturating_add(p.value));
    ExplainPart { beside, ..part(name, value, unit) }
}

/// A list in its order: the largest parts, and all others in one, so that it still adds up.
pub(super) fn largest(parts: Vec<ExplainPart>) -> Vec<ExplainPart> {
    let (Some(first), true) = (parts.first(), parts.len() > MOST) else { return parts };
    let (unit, columns) = (first.unit, first.beside.len());
    let mut sizes: Vec<(usize, u64)> = parts.iter().map(|p| p.value.unsigned_abs()).enumerate().collect();
    sizes.sort_by_key(|(index, size)| (std::cmp::Reverse(*size), *index));
    let mut told = vec![false; parts.len()];
    for (index, _) in sizes.iter().take(MOST) {
        told[*index] = true;
    }
    let (shown, rest): (Vec<_>, Vec<_>) = parts.into_iter().zip(told).partition(|(_, told)| *told);
    let rest: Vec<ExplainPart> = rest.into_iter().map(|(part, _)| part).collect();
    let others = sum(format!("All others ({})", grouped(rest.len() as u64)), unit, columns, &rest);
    shown.into_iter().map(|(part, _)| part).chain([others]).collect()
}

/// Whether it is the same weekday last week.
pub(super) fn is_last_week(compare: Option<&Compare>) -> bool {
    matches!(compare, Some(Compare::LastWeek))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_tells_the_largest_in_their_order_and_still_adds_up() {
        for length in [0, 1, 50, 51, 52, 700] {
            let parts: Vec<ExplainPart> =
                (0..length).map(|n| money(format!("{n}"), (n * 37) % 101 - 20).and(n, ExplainUnit::Count)).collect();
            let whole = sum("", ExplainUnit::Money, 1, &parts);
            let told = largest(parts.clone());
            assert!(told.len() <= MOST + 1, "{length} parts become {}", told.len());
            assert_eq!(sum("", ExplainUnit::Money, 1, &told), whole, "{length} parts still add up, in each column");
            let names: Vec<i64> = told.iter().filter_map(|p| p.name.parse().ok()).collect();
            assert!(names.is_sorted(), "their order is kept");
            let smallest = told.iter().take(MOST).map(|p| p.value.abs()).min().unwrap_or(0);
            let left = parts.iter().filter(|p| !told.contains(p));
            assert!(left.clone().all(|p| p.value.abs() <= smallest), "what is told is the largest");
            assert_eq!(left.count() > 0, length > 50);
        }
    }

    #[test]
    fn a_column_with_a_gap_has_no_sum() {
        let parts = [money("a", 1).and(2, ExplainUnit::Count), money("b", 3).and_nothing()];
        assert_eq!(sum("", ExplainUnit::Money, 1, &parts).beside, [None]);
        let shares = [number("a", 1).and(50, ExplainUnit::Percent), number("b", 3).and(70, ExplainUnit::Percent)];
        assert_eq!(sum("", ExplainUnit::Count, 1, &shares).beside, [None], "shares are not added up");
        assert_eq!(sum("", ExplainUnit::Money, 1, &parts[..1]).beside[0].map(|v| v.value), Some(2));
    }
}
