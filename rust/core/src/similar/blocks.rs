//! Keys by the pigeonhole principle: sketches that differ in few places are equal in some block of places.
//!
//! Cut into d + k blocks, two sketches that differ in at most d places are equal in at least k blocks, and so under one of
//! the keys of all k of them (Manku, Jain and Das Sarma 2007, for the bits of `SimHash`). No pair is missed. More blocks to
//! agree in are more keys, under which fewer sketches meet by chance.

use std::ops::Range;

/// The most keys of a sketch, unless one block more than there are differences is more already.
const MOST_KEYS: usize = 105;

/// Nanoseconds, roughly: to make a key, and to look at a sketch under it.
const PER_KEY: f64 = 20.0;
const PER_MEETING: f64 = 3.0;

/// For each key the places that it is made of.
pub(super) struct Blocks(pub(super) Vec<Vec<Range<usize>>>);

impl Blocks {
    /// The blocks for sketches of so many places that differ in at most `differing` of them, where each place is `bits` bits
    /// and there are `rows` sketches.
    pub(super) fn new(places: usize, differing: usize, bits: usize, rows: usize) -> Self {
        let cost = |agreeing: usize| {
            let count = choose(differing + agreeing, agreeing)?;
            if agreeing > 1 && count > MOST_KEYS {
                return None;
            }
            let bits = (places * bits * agreeing) as f64 / (differing + agreeing) as f64;
            Some(count as f64 * (PER_KEY + PER_MEETING * rows as f64 / bits.exp2()))
        };
        let possible = 1..=(places - differing).min(MOST_KEYS);
        let costs = possible.map_while(|agreeing| Some((agreeing, cost(agreeing)?)));
        let best = costs
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(1, |(agreeing, _)| agreeing);
        let blocks = differing + best;
        let block = |number: usize| number * places / blocks..(number + 1) * places / blocks;
        let of_combination = |combination: &Vec<usize>| combination.iter().map(|one| block(*one)).collect();
        Self(combinations(blocks, best).iter().map(of_combination).collect())
    }
}

/// The number of ways to choose `few` of `many`, `None` where that is beyond all use.
fn choose(many: usize, few: usize) -> Option<usize> {
    let mut ways = 1_usize;
    for one in 1..=few {
        ways = ways.checked_mul(many - few + one)? / one;
    }
    Some(ways)
}

/// All ways to choose `few` of the numbers below `many`, each ascending.
fn combinations(many: usize, few: usize) -> Vec<Vec<usize>> {
    if few == 0 {
        return vec![Vec::new()];
    }
    let with_last = |last: usize| {
        combinations(last, few - 1).into_iter().map(move |mut one| {
            one.push(last);
            one
        })
    };
    (few - 1..many).flat_map(with_last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn some_key_has_none_of_the_differing_places(
            places in 1usize..130, differing in proptest::collection::btree_set(0usize..130, 0..12), rows in 1usize..1 << 30,
        ) {
            let differing: BTreeSet<usize> = differing.into_iter().filter(|place| *place < places).collect();
            prop_assume!(differing.len() < places);
            let Blocks(keys) = Blocks::new(places, differing.len(), 1, rows);
            prop_assert!(keys.len() <= MOST_KEYS.max(differing.len() + 1));
            prop_assert!(keys.iter().flatten().all(|block| block.start < block.end && block.end <= places));
            let equal = |key: &&Vec<Range<usize>>| !key.iter().cloned().flatten().any(|place| differing.contains(&place));
            prop_assert!(keys.iter().any(|key| equal(&key)));
        }
    }

    #[test]
    fn more_rows_are_told_apart_by_more_bits() {
        assert_eq!(Blocks::new(64, 3, 1, 1000).0.len(), 4);
        assert_eq!(Blocks::new(64, 3, 1, 10_000_000).0.len(), 10); // 2 of 5 blocks, 25 bits
        assert_eq!(Blocks::new(64, 3, 1, 1_000_000_000).0.len(), 20); // 3 of 6, 32 bits
        assert_eq!(Blocks::new(64, 0, 1, 1_000_000).0.len(), 1);
        assert_eq!(Blocks::new(128, 25, 32, 1_000_000).0.len(), 26);
        assert_eq!(combinations(4, 2).len(), choose(4, 2).unwrap());
    }
}
