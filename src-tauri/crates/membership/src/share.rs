//! Parts of an amount: rounded half to even, and shared out so that the parts make up the whole to the cent.

/// `amount × part / whole`, rounded half to even, in minor units; zero where `whole` is not positive.
pub fn share(amount: i64, part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let (product, whole) = (i128::from(amount) * i128::from(part), i128::from(whole));
    let (quotient, rest) = (product.div_euclid(whole), product.rem_euclid(whole));
    let up = match (rest * 2).cmp(&whole) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Greater => 1,
        std::cmp::Ordering::Equal => quotient & 1,
    };
    narrow(quotient + up)
}

/// The least whole number that is not below `amount × part / whole`; zero where `whole` is not positive.
pub(crate) fn share_up(amount: i64, part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let (product, whole) = (i128::from(amount) * i128::from(part), i128::from(whole));
    narrow(product.div_euclid(whole) + i128::from(product.rem_euclid(whole) != 0))
}

/// The greatest whole number that is not above `amount × part / whole`; zero where `whole` is not positive.
pub(crate) fn share_down(amount: i64, part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    narrow((i128::from(amount) * i128::from(part)).div_euclid(i128::from(whole)))
}

/// Shares `total` out in the proportion of `weights`: what is left after cutting goes, a unit each, to the largest remainders,
/// of equal ones to the earlier. The parts sum to `total`, or to zero where there is no weight to go by. Amounts and weights
/// below zero count as zero.
pub fn apportion(total: i64, weights: &[i64]) -> Vec<i64> {
    let total = i128::from(total.max(0));
    let weights: Vec<i128> = weights.iter().map(|w| i128::from((*w).max(0))).collect();
    let whole: i128 = weights.iter().sum();
    if whole == 0 {
        return vec![0; weights.len()];
    }
    let mut parts: Vec<i128> = weights.iter().map(|w| total * w / whole).collect();
    let mut left = total - parts.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(total * weights[at] % whole));
    for at in order {
        if left == 0 {
            break;
        }
        parts[at] += 1;
        left -= 1;
    }
    parts.into_iter().map(narrow).collect()
}

/// Shares out as [`apportion`] does, but no part goes over its limit: what does not fit goes to those that still have room. The
/// parts sum to `total`, or to all the room there is.
pub fn apportion_within(total: i64, weights: &[i64], limits: &[i64]) -> Vec<i64> {
    let mut parts = vec![0; weights.len()];
    let mut left = total.max(0);
    while left > 0 {
        let open: Vec<i64> = (0..weights.len())
            .map(|at| if parts[at] < limits.get(at).copied().unwrap_or(0) { weights[at].max(0) } else { 0 })
            .collect();
        let offered = apportion(left, &open);
        let mut placed = 0;
        for (at, offer) in offered.into_iter().enumerate() {
            let fits = offer.min(limits.get(at).copied().unwrap_or(0) - parts[at]).max(0);
            parts[at] += fits;
            placed += fits;
        }
        if placed == 0 {
            break;
        }
        left -= placed;
    }
    parts
}

fn narrow(wide: i128) -> i64 {
    i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_go_to_the_even_neighbour() {
        let table = [
            (100, 1, 3, 33),
            (100, 2, 3, 67),
            (1, 1, 2, 0),
            (3, 1, 2, 2),
            (5, 1, 2, 2),
            (7, 1, 2, 4),
            (-1, 1, 2, 0),
            (-3, 1, 2, -2),
            (999, 0, 30, 0),
            (999, 30, 30, 999),
            (5, 1, 0, 0),
        ];
        for (amount, part, whole, expected) in table {
            assert_eq!(share(amount, part, whole), expected, "{amount} × {part}/{whole}");
        }
    }

    #[test]
    fn what_is_left_goes_to_the_largest_remainders() {
        let table: [(i64, &[i64], &[i64]); 6] = [
            (100, &[1, 1, 1], &[34, 33, 33]),
            (1, &[1, 2], &[0, 1]),
            (0, &[5, 5], &[0, 0]),
            (10, &[0, 0], &[0, 0]),
            (7, &[3, 0, 4], &[3, 0, 4]),
            (5, &[], &[]),
        ];
        for (total, weights, expected) in table {
            assert_eq!(apportion(total, weights), expected, "{total} by {weights:?}");
        }
        assert_eq!(apportion_within(10, &[1, 1, 1], &[1, 9, 9]), [1, 5, 4], "what does not fit goes to the others");
        assert_eq!(apportion_within(10, &[1, 1], &[2, 3]), [2, 3], "no more than there is room");
    }

    proptest! {
        #[test]
        fn parts_make_up_the_whole(total in 0i64..1_000_000_000_000, weights in prop::collection::vec(0i64..1_000_000_000, 1..30)) {
            let parts = apportion(total, &weights);
            let whole: i64 = weights.iter().sum();
            prop_assert_eq!(parts.iter().sum::<i64>(), if whole == 0 { 0 } else { total }, "to the cent");
            for (part, weight) in parts.iter().zip(&weights).filter(|_| whole > 0) {
                let exact = i128::from(total) * i128::from(*weight);
                let off = i128::from(*part) * i128::from(whole) - exact;
                prop_assert!(off.abs() < i128::from(whole), "each part is less than a unit from its exact share");
            }
        }

        #[test]
        fn limits_hold_and_room_is_used(
            total in 0i64..100_000,
            lines in prop::collection::vec((1i64..10_000, 0i64..10_000), 1..20),
        ) {
            let (weights, limits): (Vec<i64>, Vec<i64>) = lines.into_iter().unzip();
            let parts = apportion_within(total, &weights, &limits);
            prop_assert_eq!(parts.iter().sum::<i64>(), total.min(limits.iter().sum()), "all that fits is placed");
            prop_assert!(parts.iter().zip(&limits).all(|(p, l)| p <= l), "no part is over its limit");
        }

        #[test]
        fn a_part_and_the_rest_make_up_the_amount(amount in 0i64..1_000_000_000, whole in 1i64..4_000, cut in 0i64..4_000) {
            let part = cut % (whole + 1);
            let given = share(amount, part, whole);
            prop_assert!((0..=amount).contains(&given), "never more than there was");
            prop_assert!((share_down(amount, part, whole)..=share_up(amount, part, whole)).contains(&given));
        }
    }
}
