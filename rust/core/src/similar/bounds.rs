//! What a threshold demands of two sets of known sizes, in the same float64 arithmetic as the similarity itself.
//!
//! The prefix and length bounds of set-similarity joins (Chaudhuri, Ganti and Kaushik 2006; Xiao et al. 2008,
//! PPJoin), rounded as the quotient rounds, so that no pair at exactly the threshold is lost.

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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similarity::jaccard;
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
    }
}
