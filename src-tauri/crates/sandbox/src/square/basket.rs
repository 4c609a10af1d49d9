//! What lies on the counter: lines, discount and tax, and sums that agree to the last unit.

use super::catalog::Catalog;
use crate::random::Rng;

/// A line of an order. Amounts are in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// Number of the variation.
    pub(crate) variation: u32,
    /// In thousandths.
    pub(crate) quantity: i64,
    /// Price of one.
    pub(crate) price: i64,
    pub(crate) gross: i64,
    pub(crate) discount: i64,
    pub(crate) tax: i64,
}

impl Line {
    pub(crate) const fn total(&self) -> i64 {
        self.gross - self.discount + self.tax
    }
}

/// All lines of a sale.
#[derive(Debug, Clone, Default)]
pub(crate) struct Basket {
    pub(crate) lines: Vec<Line>,
}

/// Rounds `value * part / whole` half up, for values of zero and more.
const fn share(value: i64, part: i64, whole: i64) -> i64 {
    (value * part + whole / 2) / whole
}

impl Basket {
    /// The basket of sale number `number` of the history.
    pub(crate) fn of_history(catalog: &Catalog, seed: u64, tax_basis_points: i64, number: usize) -> Self {
        let mut dice = Rng::at(seed ^ 0xBA5E, number as u64);
        let count = match dice.below(100) {
            0..42 => 1,
            42..72 => 2,
            72..88 => 3,
            88..96 => 4,
            _ => 5,
        };
        let discounted = dice.chance(8.0);
        let mut lines = Vec::with_capacity(count);
        for _ in 0..count {
            let variation = catalog.choose(&mut dice);
            let by_weight = catalog.variations.get(variation).is_some_and(|v| catalog.items[v.item].by_weight);
            let quantity = if by_weight {
                dice.pick(&[1_000, 1_000, 3_500, 3_500, 7_000, 1_750])
            } else {
                dice.pick(&[1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 2_000, 2_000, 3_000])
            };
            lines.push((variation, quantity, None));
        }
        Self::price(catalog, tax_basis_points, &lines, if discounted { 10 } else { 0 })
    }

    /// Prices lines of (variation, quantity in thousandths, price other than history's) with a discount in percent.
    pub(crate) fn price(
        catalog: &Catalog,
        tax_basis_points: i64,
        lines: &[(usize, i64, Option<i64>)],
        discount_percent: i64,
    ) -> Self {
        let lines = lines
            .iter()
            .filter_map(|&(number, quantity, price)| {
                let variation = catalog.variations.get(number)?;
                let price = price.unwrap_or(variation.first_price);
                let gross = share(price, quantity, 1_000);
                let discount = share(gross, discount_percent, 100);
                let taxable = catalog.items[variation.item].taxable;
                let tax = if taxable { share(gross - discount, tax_basis_points, 10_000) } else { 0 };
                Some(Line { variation: u32::try_from(number).ok()?, quantity, price, gross, discount, tax })
            })
            .collect();
        Self { lines }
    }

    pub(crate) fn total(&self) -> i64 {
        self.lines.iter().map(Line::total).sum()
    }

    pub(crate) fn tax(&self) -> i64 {
        self.lines.iter().map(|line| line.tax).sum()
    }

    pub(crate) fn discount(&self) -> i64 {
        self.lines.iter().map(|line| line.discount).sum()
    }
}
