//! The draw is fair: counted, and held against one that is not.

use crate::shop::*;
use backroom_raffle::*;
use proptest::prelude::*;
use std::collections::HashSet;

/// χ² of `counts` against all being equal.
fn chi_square(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum()
}

fn nth_seed(n: u64) -> Digest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    Hex(bytes)
}

fn lots(count: u32, people: u32) -> Vec<Lot> {
    let lot = |n| Lot { entry: EntryId::new(device(0x4f), n + 1), person: person(&rules(), n % people) };
    (0..count).map(lot).collect()
}

fn unit(text: &str) -> UnitId {
    text.parse().unwrap()
}

const DRAWS: u64 = 1_000_000;
const ENTRIES: u32 = 7;
/// χ² with six degrees of freedom is above this once in a thousand.
const ONE_IN_A_THOUSAND: f64 = 22.46;

#[test]
fn a_million_draws_are_even_and_a_biased_one_is_seen() {
    let lots = lots(ENTRIES, ENTRIES);
    let units = [unit("p1/1")];
    let mut counts = vec![0u64; ENTRIES as usize];
    let mut biased = counts.clone();
    for n in 0..DRAWS {
        let seed = nth_seed(n);
        let drawn = draw(&seed, &lots, &units, 0, true);
        counts[drawn[0].entry.counter() as usize - 1] += 1;
        // The mistake that rejection avoids: the remainder of a byte. 256 is no multiple of 7.
        let byte = Stream::new(seed).next_bits() % 256;
        biased[(byte % u64::from(ENTRIES)) as usize] += 1;
    }
    let (fair, unfair) = (chi_square(&counts), chi_square(&biased));
    assert_eq!(counts.iter().sum::<u64>(), DRAWS);
    assert!(fair < ONE_IN_A_THOUSAND, "χ² = {fair:.2}: {counts:?}");
    assert!(unfair > 3.0 * ONE_IN_A_THOUSAND, "the control must fail: χ² = {unfair:.2}: {biased:?}");
}

#[test]
fn every_order_is_as_likely_as_any_other() {
    let lots = lots(4, 4);
    let units = [unit("p1/1"), unit("p1/2")];
    let mut counts = vec![0u64; 256];
    for n in 0..120_000 {
        let drawn = draw(&nth_seed(n), &lots, &units, 2, true);
        let order = drawn.iter().fold(0, |code, d| code * 4 + d.entry.counter() as usize - 1);
        counts[order] += 1;
    }
    counts.retain(|count| *count > 0);
    assert_eq!(counts.len(), 24, "four entries have 24 orders, and all come");
    let found = chi_square(&counts);
    // 23 degrees of freedom, one in a thousand.
    assert!(found < 49.73, "χ² = {found:.2}: {counts:?}");
}

#[test]
fn rejection_is_exact_where_it_matters() {
    // Of 2^64 numbers, three times 2^62 leave a quarter over: taken as remainders they would make the lowest third come twice as often.
    let third = 1u64 << 62;
    let thirds = |mut next: Box<dyn FnMut() -> u64>| {
        let mut counts = [0u64; 3];
        (0..30_000).for_each(|_| counts[usize::try_from(next() / third).unwrap()] += 1);
        chi_square(&counts)
    };
    let (mut stream, mut plain) = (Stream::new(nth_seed(1)), Stream::new(nth_seed(1)));
    let fair = thirds(Box::new(move || stream.below(3 * third)));
    let biased = thirds(Box::new(move || plain.next_bits() % (3 * third)));
    // Two degrees of freedom, one in a thousand.
    assert!(fair < 13.82, "χ² = {fair:.2}");
    assert!(biased > 1_000.0, "the control must fail: χ² = {biased:.2}");
    let mut stream = Stream::new(nth_seed(1));
    assert_eq!((stream.below(1), stream.below(0)), (0, 0), "no choice is no choice");
}

#[test]
fn the_examples_of_the_format_are_true() {
    let format = include_str!("../../FORMAT.md");
    let mut stream = Stream::new(Hex([0; 32]));
    let chosen: Vec<String> = (0..10).map(|_| stream.below(7).to_string()).collect();
    let mut again = Stream::new(Hex([0; 32]));
    let large = [again.below((1 << 63) + 1), again.below((1 << 63) + 1)].map(|n| n.to_string());
    for example in [chosen.join(", "), large.join(" and "), secret().commitment().to_string()] {
        assert!(format.contains(&example), "{example}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn winners_are_of_the_list_each_once(
        seed in any::<[u8; 32]>(),
        entries in 1u32..60,
        people in 1u32..60,
        pieces in 1u32..6,
        alternates in 0u32..6,
        one_prize in any::<bool>(),
    ) {
        let lots = lots(entries, people);
        let units: Vec<UnitId> = (1..=pieces).map(|n| UnitId::new("p1".parse().unwrap(), n)).collect();
        let drawn = draw(&Hex(seed), &lots, &units, alternates, one_prize);
        prop_assert_eq!(&drawn, &draw(&Hex(seed), &lots, &units, alternates, one_prize), "the same seed, the same draw");
        let ids: HashSet<EntryId> = drawn.iter().map(|d| d.entry).collect();
        prop_assert_eq!(ids.len(), drawn.len(), "no ticket is drawn twice");
        prop_assert!(ids.iter().all(|id| lots.iter().any(|lot| lot.entry == *id)), "all are of the list");
        let placed: Vec<&Drawn> = drawn.iter().filter(|d| d.outcome != Outcome::PassedOver).collect();
        let whose = |d: &&Drawn| lots.iter().find(|lot| lot.entry == d.entry).unwrap().person;
        let there_are = if one_prize { entries.min(people) } else { entries } as usize;
        let places = (pieces + alternates) as usize;
        prop_assert_eq!(placed.len(), places.min(there_are), "every place is filled as far as there is anybody");
        if one_prize {
            let owners: HashSet<PersonKey> = placed.iter().map(whose).collect();
            prop_assert_eq!(owners.len(), placed.len(), "a person has one place");
            for over in drawn.iter().enumerate().filter(|(_, d)| d.outcome == Outcome::PassedOver) {
                let before = drawn[..over.0].iter().filter(|d| d.outcome != Outcome::PassedOver);
                prop_assert!(before.clone().any(|d| whose(&d) == whose(&over.1)), "passed over only for a place of one's own");
            }
        }
        let won: Vec<&UnitId> = drawn.iter().filter_map(|d| d.unit.as_ref()).collect();
        prop_assert!(won.iter().copied().eq(units.iter().take(won.len())), "prizes go in their order");
        let places: Vec<u32> = drawn.iter().filter_map(|d| d.place).collect();
        prop_assert!(places.iter().copied().eq(1..=places.len() as u32), "alternates are numbered in theirs");
    }
}
