//! The best deal: one offer a line.
//!
//! Without caps each line takes what gives it most. Caps and amounts make lines compete, so assignments are tried from several
//! starts (every line its own best, and each offer on all of its lines) and improved line by line until nothing improves. What is
//! found is never less than any offer alone gives.

use super::{Gifts, Table, Value};

pub(super) fn deal(table: &Table<'_>) -> Gifts {
    let mut best = Taken::new(table, own_best(table));
    if table.offers.iter().any(|offer| offer.cap.is_some() || matches!(offer.value, Value::Amount(_))) {
        best.improve(table);
        for offer in 0..table.offers.len() {
            let alone = (0..table.lines.len()).map(|at| {
                let own = || (0..table.offers.len()).find(|o| table.cells[at][*o].room() > 0);
                if table.cells[at][offer].room() > 0 { Some(offer) } else { own() }
            });
            let mut found = Taken::new(table, alone.collect());
            found.improve(table);
            if found.total() > best.total() {
                best = found;
            }
        }
    }
    best.gifts(table)
}

fn own_best(table: &Table<'_>) -> Vec<Option<usize>> {
    let alone: Vec<Vec<i64>> = (0..table.offers.len())
        .map(|offer| {
            let wants = |at: usize| table.offers[offer].wants(table.before[at]).min(table.cells[at][offer].room());
            (0..table.lines.len()).map(wants).collect()
        })
        .collect();
    let most = |at: usize| {
        let most = (0..table.offers.len()).map(|offer| alone[offer][at]).max().filter(|most| *most > 0)?;
        (0..table.offers.len()).find(|offer| alone[*offer][at] == most)
    };
    (0..table.lines.len()).map(most).collect()
}

/// Which offer each line takes, and what each offer gives in all.
struct Taken {
    by: Vec<Option<usize>>,
    sums: Vec<i64>,
}

impl Taken {
    fn new(table: &Table<'_>, by: Vec<Option<usize>>) -> Self {
        let mut taken = Self { by, sums: Vec::new() };
        taken.sums = (0..table.offers.len()).map(|offer| taken.sum(table, offer)).collect();
        taken
    }

    fn gift(&self, table: &Table<'_>, offer: usize) -> Vec<i64> {
        table.gift(offer, |at| self.by[at] == Some(offer))
    }

    fn sum(&self, table: &Table<'_>, offer: usize) -> i64 {
        self.gift(table, offer).iter().sum()
    }

    fn total(&self) -> i64 {
        self.sums.iter().sum()
    }

    fn improve(&mut self, table: &Table<'_>) {
        loop {
            let before = self.total();
            for at in 0..table.lines.len() {
                for offer in (0..table.offers.len()).filter(|offer| table.cells[at][*offer].room() > 0) {
                    self.try_other(table, at, offer);
                }
            }
            if self.total() == before {
                return;
            }
        }
    }

    /// Lets the line take another offer, if that gives more in all. Only the two offers concerned change.
    fn try_other(&mut self, table: &Table<'_>, at: usize, offer: usize) {
        let was = self.by[at];
        if was == Some(offer) {
            return;
        }
        self.by[at] = Some(offer);
        let gains = self.sum(table, offer);
        let keeps = was.map_or(0, |was| self.sum(table, was));
        let had = self.sums[offer] + was.map_or(0, |was| self.sums[was]);
        if gains + keeps > had {
            self.sums[offer] = gains;
            if let Some(was) = was {
                self.sums[was] = keeps;
            }
        } else {
            self.by[at] = was;
        }
    }

    fn gifts(&self, table: &Table<'_>) -> Gifts {
        let gifts: Vec<Vec<i64>> = (0..table.offers.len()).map(|offer| self.gift(table, offer)).collect();
        (0..table.lines.len()).map(|at| gifts.iter().map(|of_lines| of_lines[at]).collect()).collect()
    }
}
