//! Parity sketches: how far two sets are apart at least, from a bit or two per element.
//!
//! Bit b of a set's sketch is the parity of the number of its shingles whose hash ends in b, so that the number of bits
//! in which two sketches differ is at most |AΔB|. A sketch has as many bits as the set has elements, rounded up to a
//! power of two and to whole words; of two sketches the longer is folded onto the shorter.

use fastcurate_simd::shingles::flip;

/// Sketches of sets numbered from 0, side by side.
#[derive(Default)]
pub(super) struct Sketches {
    words: Vec<u64>,
    /// Where each sketch ends.
    ends: Vec<u32>,
}

/// The number of words of the sketch of a set of `size` elements.
fn words_for(size: usize) -> usize {
    size.div_ceil(64).next_power_of_two()
}

impl Sketches {
    /// Adds the sketch of a set without repetitions.
    pub(super) fn push(&mut self, set: &[u64]) {
        let start = self.words.len();
        let words = words_for(set.len());
        self.words.resize(start + words, 0);
        flip(set, &mut self.words[start..]);
        self.ends.push(self.words.len() as u32);
    }

    /// No sketch, for a set that nobody asks for.
    pub(super) fn push_none(&mut self) {
        self.ends.push(self.words.len() as u32);
    }

    /// The sketch of a set.
    pub(super) fn of(&self, set: usize) -> &[u64] {
        let start = if set == 0 { 0 } else { self.ends[set - 1] as usize };
        &self.words[start..self.ends[set] as usize]
    }
}

/// A lower bound of |AΔB|, from the sketches of the two.
pub(super) fn apart(x: &[u64], y: &[u64]) -> usize {
    let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
    let apart: u32 = if short.len() == long.len() {
        short.iter().zip(long).map(|(x, y)| (x ^ y).count_ones()).sum()
    } else {
        let folded = |at: usize| {
            long[at..]
                .iter()
                .step_by(short.len())
                .fold(0, |folded, word| folded ^ word)
        };
        short
            .iter()
            .enumerate()
            .map(|(at, word)| (word ^ folded(at)).count_ones())
            .sum()
    };
    apart as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn never_further_apart_than_the_sets(
            a in proptest::collection::btree_set(0u64..600, 1..500),
            b in proptest::collection::btree_set(0u64..600, 1..500),
        ) {
            let mut sketches = Sketches::default();
            let hashes = |set: &BTreeSet<u64>| set.iter().map(|one| mix(*one)).collect::<Vec<_>>();
            sketches.push(&hashes(&a));
            sketches.push(&hashes(&b));
            let apart = |x, y| apart(sketches.of(x), sketches.of(y));
            prop_assert!(apart(0, 1) <= a.symmetric_difference(&b).count());
            prop_assert_eq!(apart(0, 1), apart(1, 0));
            prop_assert_eq!(apart(1, 1), 0);
        }
    }
}
