//! A set of shingles to look others up in.

/// An open-addressing table, filled anew for one set after another; 0 stands for an empty slot.
#[derive(Default)]
pub(super) struct Lookup {
    slots: Vec<u64>,
    shift: u32,
    has_zero: bool,
}

impl Lookup {
    /// Replaces the set.
    pub(super) fn fill(&mut self, set: &[u64]) {
        // So thin that most searches end where they begin.
        let size = (4 * set.len()).next_power_of_two().max(8);
        self.slots.clear();
        self.slots.resize(size, 0);
        self.shift = 64 - size.trailing_zeros();
        self.has_zero = false;
        for &shingle in set {
            let at = self.find(shingle);
            self.slots[at] = shingle;
            self.has_zero |= shingle == 0;
        }
    }

    /// The number of shingles that are in both sets.
    pub(super) fn shared_with(&self, others: &[u64]) -> usize {
        others.iter().map(|shingle| usize::from(self.has(*shingle))).sum()
    }

    /// Calls `each` with each of the shingles that are in both sets.
    #[inline]
    pub(super) fn each_shared(&self, others: &[u64], each: impl FnMut(u64)) {
        let shared = others.iter().copied().filter(|shingle| self.has(*shingle));
        shared.for_each(each);
    }

    #[inline]
    fn has(&self, shingle: u64) -> bool {
        self.slots[self.find(shingle)] == shingle && (shingle != 0 || self.has_zero)
    }

    /// The slot that has the shingle, or the empty one where it would be.
    #[inline]
    fn find(&self, shingle: u64) -> usize {
        let mut at = (shingle >> self.shift) as usize;
        while self.slots[at] != shingle && self.slots[at] != 0 {
            at = (at + 1) & (self.slots.len() - 1);
        }
        at
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
        fn what_is_shared_is_the_intersection(
            sets in proptest::collection::vec(
                (proptest::collection::btree_set(0u64..60, 0..60), any::<bool>()), 2..8,
            ),
        ) {
            let mut lookup = Lookup::default();
            for pair in sets.windows(2) {
                let list = |(set, mixed): &(BTreeSet<u64>, bool)| -> Vec<u64> {
                    // Unmixed, all of them start their search in the same slot.
                    set.iter().map(|one| if *mixed { mix(*one) } else { *one }).collect()
                };
                let (a, b) = (list(&pair[0]), list(&pair[1]));
                lookup.fill(&a);
                let mut expected = b.clone();
                expected.retain(|shingle| a.contains(shingle));
                prop_assert_eq!(lookup.shared_with(&b), expected.len());
                prop_assert_eq!(lookup.shared_with(&a), a.len());
                let mut shared = Vec::new();
                lookup.each_shared(&b, |shingle| shared.push(shingle));
                prop_assert_eq!(shared, expected);
            }
        }
    }
}
