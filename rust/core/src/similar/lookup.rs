//! A set of shingles to look others up in: how many of theirs it has, in whatever order and however often they come.

/// What a slot's `seen` says where no shingle is.
const EMPTY: u32 = 0;

/// An open-addressing table, filled anew for one set after another.
#[derive(Default)]
pub(super) struct Lookup {
    /// A shingle and the last count in which it was found.
    slots: Vec<(u64, u32)>,
    shift: u32,
    counts: u32,
}

impl Lookup {
    /// Replaces the set.
    pub(super) fn fill(&mut self, shingles: &[u64]) {
        let size = (2 * shingles.len()).next_power_of_two().max(8);
        self.slots.clear();
        self.slots.resize(size, (0, EMPTY));
        self.shift = 64 - size.trailing_zeros();
        self.counts = EMPTY + 1;
        for &shingle in shingles {
            let at = self.find(shingle);
            self.slots[at] = (shingle, self.counts);
        }
    }

    /// The number of different shingles of `others` that are in the set.
    pub(super) fn shared_with(&mut self, others: &[u64]) -> usize {
        let mut shared = 0;
        self.each_shared(others, |_| shared += 1);
        shared
    }

    /// Calls `each` once for each of the shingles of `others` that are in the set.
    #[inline]
    pub(super) fn each_shared(&mut self, others: &[u64], mut each: impl FnMut(u64)) {
        self.counts += 1;
        for &shingle in others {
            let at = self.find(shingle);
            let seen = &mut self.slots[at].1;
            if *seen != EMPTY && *seen != self.counts {
                *seen = self.counts;
                each(shingle);
            }
        }
    }

    /// The slot that has the shingle, or the empty one where it would be.
    #[inline]
    fn find(&self, shingle: u64) -> usize {
        let mut at = (shingle >> self.shift) as usize;
        loop {
            let (known, seen) = self.slots[at];
            if seen == EMPTY || known == shingle {
                return at;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn shared_is_the_size_of_the_intersection(
            sets in proptest::collection::vec((proptest::collection::vec(0u64..60, 0..80), any::<bool>()), 2..8),
        ) {
            let mut lookup = Lookup::default();
            for pair in sets.windows(2) {
                let list = |(set, mixed): &(Vec<u64>, bool)| -> Vec<u64> {
                    // Unmixed, all of them start their search in the same slot.
                    set.iter().map(|one| if *mixed { mix(*one) } else { *one }).collect()
                };
                let (a, b) = (list(&pair[0]), list(&pair[1]));
                lookup.fill(&a);
                let (x, y): (BTreeSet<_>, BTreeSet<_>) = (a.iter().collect(), b.iter().collect());
                prop_assert_eq!(lookup.shared_with(&b), x.intersection(&y).count());
                prop_assert_eq!(lookup.shared_with(&a), x.len());
            }
        }
    }
}
