//! What a threshold demands of two sets of known sizes, in the same float64 arithmetic as the similarity itself.
//!
//! The prefix and length bounds of set-similarity joins (Chaudhuri, Ganti and Kaushik 2006; Xiao et al. 2008,
//! PPJoin), rounded as the quotient rounds, so that no pair at exactly the threshold is lost.

use crate::similarity::jaccard;

/// More shared elements than this are never asked for.
const MOST_SHARED: usize = 8;

/// A threshold in (0, 1].
#[derive(Clone, Copy)]
pub(super) struct Bounds(pub(super) f64);

impl Bounds {
    /// How many elements of a set, taken in an order that all sets agree on, must be looked at so that every
    /// similar set shares one of those looked at in it.
    pub(super) fn prefix(self, size: usize) -> usize {
        // The union is at least `size`, so fewer than `least` shared elements are never enough.
        let enough = |shared: usize| shared as f64 / size as f64 >= self.0;
        let mut least = ((self.0 * size as f64) as usize).min(size);
        while least > 0 && enough(least - 1) {
            least -= 1;
        }
        while least < size && !enough(least) {
            least += 1;
        }
        size - least + 1
    }

    /// How many elements a set of `size` can be asked to share with every similar one, of equal right, in a longer prefix.
    ///
    /// Similar sets share at least this many of the first `prefix + several - 1` elements of each of them, or as many as the
    /// smaller of both numbers where they differ (Wang, Li and Feng 2012, "Can we beat the prefix filtering?"). An eighth of
    /// the prefix costs an eighth more keys; sets that share one rare element by chance hardly ever share several.
    pub(super) fn several(self, size: usize) -> usize {
        let prefix = self.prefix(size);
        (1 + prefix / 8).min(MOST_SHARED).min((size + 1 - prefix).max(1))
    }

    /// In how many elements at most, as multiples of 2^-16, one of `size` elements and a similar one differ: that many, and
    /// so many more for each element of the other.
    ///
    /// Sets of x and y elements that differ in d have a similarity of (x + y - d) / (x + y + d).
    pub(super) fn apart(self, size: usize) -> (u64, u64) {
        // Rounded up by more than the quotient can be rounded.
        let each = ((1.0 - self.0) / (1.0 + self.0) * 65536.0) as u64 + 2;
        (each * size as u64, each)
    }

    /// The smallest and the largest set that can be similar to one of `size` elements.
    pub(super) fn sizes(self, size: usize) -> (usize, usize) {
        let smallest = size - self.prefix(size) + 1;
        // The quotient falls as the other set grows; the estimate is off by one or two at most.
        let mut largest = (size as f64 / self.0) as usize + 2;
        while largest > size && jaccard(size, size, largest) < self.0 {
            largest -= 1;
        }
        (smallest, largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_prefix_meets_every_similar_set(
            a in 1usize..60, b in 1usize..60, shared in 0usize..60, threshold in 0.01f64..=1.0,
        ) {
            let shared = shared.min(a).min(b);
            // The worst case: in the common order, the elements that are not shared come first in both.
            let bounds = Bounds(threshold);
            let meets = a - shared < bounds.prefix(a) && b - shared < bounds.prefix(b) && shared > 0;
            prop_assert!(meets || jaccard(shared, a, b) < threshold);
        }

        #[test]
        fn longer_prefixes_share_several(
            a in 1usize..400, b in 1usize..400, shared in 0usize..400, threshold in 0.01f64..=1.0, is_close: bool,
        ) {
            let b = if is_close { a + b % 20 } else { b };
            let shared = if is_close { a - shared % 20 % a } else { shared.min(a).min(b) };
            for threshold in [threshold, jaccard(shared, a, b)] {
                let bounds = Bounds(threshold);
                let several = bounds.several(a).min(bounds.several(b));
                // The worst case again: what is not shared comes first in both.
                let first = |size: usize| (bounds.prefix(size) + bounds.several(size) - 1).saturating_sub(size - shared);
                let meets = first(a).min(first(b)).min(shared) >= several;
                prop_assert!(threshold == 0.0 || meets || jaccard(shared, a, b) < threshold);
            }
        }

        #[test]
        fn similar_sets_are_not_far_apart(
            a in 1usize..70_000, b in 1usize..70_000, shared in 0usize..70_000, threshold in 0.01f64..=1.0, is_close: bool,
        ) {
            let b = if is_close { a + b % 10 } else { b };
            let shared = if is_close { a - shared % 10 % (a + 1).min(10) } else { shared.min(a).min(b) };
            for threshold in [threshold, jaccard(shared, a, b)] {
                if threshold > 0.0 && jaccard(shared, a, b) >= threshold {
                    let (base, each) = Bounds(threshold).apart(a);
                    prop_assert!((a + b - 2 * shared) as u64 <= (base + each * b as u64) >> 16);
                }
            }
        }

        #[test]
        fn sizes_that_can_be_similar(a in 1usize..300, b in 1usize..300, threshold in 0.01f64..=1.0) {
            let (smallest, largest) = Bounds(threshold).sizes(a);
            prop_assert_eq!((smallest..=largest).contains(&b), jaccard(a.min(b), a, b) >= threshold);
        }
    }
}
