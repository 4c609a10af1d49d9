//! A tree of hashes over the lines of the list, so that a customer can check that a ticket is in it without seeing the others.
//!
//! The tree is that of RFC 6962: a leaf is hashed after a zero byte and a node after a one, so that neither passes for the other, and
//! a list that is no power of two is cut at the largest one below its length.

use crate::hash::{Digest, sha256};
use serde::{Deserialize, Serialize};

/// On which side of the path a hash stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Before what is known so far.
    Left,
    /// After it.
    Right,
}

/// One hash on the way from a leaf to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Where it stands.
    pub side: Side,
    /// The hash of the other branch.
    pub hash: Digest,
}

/// The way from a leaf to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The hashes, from the leaf upwards.
    pub path: Vec<Step>,
}

/// The hash of a line.
pub(crate) fn leaf(line: &str) -> Digest {
    sha256(&[&[0], line.as_bytes()])
}

fn node(left: &Digest, right: &Digest) -> Digest {
    sha256(&[&[1], left.bytes(), right.bytes()])
}

/// The root over `leaves`; of none, the hash of nothing.
pub(crate) fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => sha256(&[]),
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(cut(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// The way from the leaf at `index`; none where there is no such leaf.
pub(crate) fn proof(leaves: &[Digest], index: usize) -> Option<Proof> {
    if index >= leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    let (mut part, mut index) = (leaves, index);
    while part.len() > 1 {
        let (left, right) = part.split_at(cut(part.len()));
        if index < left.len() {
            path.push(Step { side: Side::Right, hash: root(right) });
            part = left;
        } else {
            path.push(Step { side: Side::Left, hash: root(left) });
            index -= left.len();
            part = right;
        }
    }
    path.reverse();
    Some(Proof { path })
}

/// The root that `proof` leads to from `leaf`, and the leaf's index and the number of leaves that such a path belongs to are
/// checked against each other: a path of another shape leads nowhere.
pub(crate) fn root_from(leaf: &Digest, proof: &Proof, index: u64, count: u64) -> Option<Digest> {
    if index >= count {
        return None;
    }
    let mut sides = Vec::new();
    let (mut index, mut count) = (index, count);
    while count > 1 {
        let left = cut_of(count);
        if index < left {
            sides.push(Side::Right);
            count = left;
        } else {
            sides.push(Side::Left);
            index -= left;
            count -= left;
        }
    }
    sides.reverse();
    let shape_fits = proof.path.iter().map(|step| step.side).eq(sides);
    shape_fits.then(|| {
        proof.path.iter().fold(*leaf, |so_far, step| match step.side {
            Side::Left => node(&step.hash, &so_far),
            Side::Right => node(&so_far, &step.hash),
        })
    })
}

/// The largest power of two below `length`, which is at least 2.
fn cut(length: usize) -> usize {
    length.next_power_of_two() / 2
}

fn cut_of(count: u64) -> u64 {
    count.checked_next_power_of_two().map_or(1 << 63, |power| power / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaves(count: usize) -> Vec<Digest> {
        (0..count).map(|n| leaf(&format!("line {n}"))).collect()
    }

    #[test]
    fn the_tree_is_that_of_the_standard() {
        let three = leaves(3);
        let by_hand = node(&node(&three[0], &three[1]), &three[2]);
        assert_eq!(root(&three), by_hand, "three leaves are cut after the second");
        let five = leaves(5);
        let by_hand = node(&node(&node(&five[0], &five[1]), &node(&five[2], &five[3])), &five[4]);
        assert_eq!(root(&five), by_hand, "five are cut after the fourth");
        assert_ne!(leaf("a"), sha256(&[b"a"]), "a leaf is no plain hash");
        let forged = leaf(&format!("{}{}", three[0], three[1]));
        assert_ne!(root(&three[..2]), forged, "two lines are no node");
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(root(&[]).to_string(), empty, "RFC 6962: the hash of nothing");
    }

    proptest! {
        #[test]
        fn every_leaf_has_a_way_and_no_other_leaf_takes_it(count in 1usize..200, at in any::<prop::sample::Index>()) {
            let leaves = leaves(count);
            let root = root(&leaves);
            let index = at.index(count);
            let proof = proof(&leaves, index).unwrap();
            let (place, all) = (index as u64, count as u64);
            prop_assert_eq!(root_from(&leaves[index], &proof, place, all), Some(root), "its own way leads to the root");
            let stranger = leaf("another line");
            prop_assert_ne!(root_from(&stranger, &proof, place, all), Some(root), "another line does not");
            for other in (0..count).filter(|other| *other != index) {
                let led = root_from(&leaves[index], &proof, other as u64, all);
                prop_assert!(led.is_none() || led == Some(root), "a way of the same shape proves the same leaf");
                prop_assert_ne!(root_from(&leaves[other], &proof, place, all), Some(root), "nor a neighbour's");
            }
            for broken in 0..proof.path.len() {
                let mut turned = proof.clone();
                turned.path[broken].hash.0[0] ^= 1;
                prop_assert_ne!(root_from(&leaves[index], &turned, place, all), Some(root), "a changed hash leads elsewhere");
                let mut short = proof.clone();
                short.path.remove(broken);
                prop_assert_eq!(root_from(&leaves[index], &short, place, all), None, "a missing hash is another shape");
            }
        }
    }
}
