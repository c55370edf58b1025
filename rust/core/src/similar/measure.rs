//! What similarity means: a quotient of what two rows share.
//!
//! Shingles are counted, or weighed ([`super::weights`]); values of sketches are counted place by place. The quotient is
//! taken in float64 and compared with the threshold as it is.

use super::bounds::Bounds;
use crate::error::{Error, Result};
use crate::similarity::jaccard;

/// What rows are compared by. In every case the similarity of two rows is the lowest over the entries of `on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// |A∩B| / |A∪B| of the sets of shingles (Jaccard 1901).
    Jaccard,
    /// |A∩B| / |A|, the part of a row's shingles that is in the other one (Broder 1997). It has a direction: a row goes
    /// if it is contained in a kept one, however much more that one has.
    Containment,
    /// The part of the 64 bits of their `SimHash` values that two rows share, 1 - (Hamming distance) / 64.
    Hamming,
}

impl Measure {
    /// `"jaccard"`, `"containment"` or `"hamming"`.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "jaccard" => Ok(Self::Jaccard),
            "containment" => Ok(Self::Containment),
            "hamming" => Ok(Self::Hamming),
            _ => {
                let expected = "\"jaccard\", \"containment\" or \"hamming\"";
                Err(Error::argument("measure", format!("{name:?}"), expected))
            }
        }
    }
}

/// What the shared part is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotient {
    /// What either row has.
    OfUnion,
    /// What the row has that may go. Where all rows have the same size, no direction is left of it.
    OfOwn,
}

impl Quotient {
    /// The similarity of a row of size `own` to one of size `other`.
    #[inline]
    pub(super) fn of(self, shared: usize, own: usize, other: usize) -> f64 {
        match self {
            Self::OfUnion => jaccard(shared, own, other),
            Self::OfOwn => shared as f64 / own as f64,
        }
    }

    /// In how many elements a row of size `own` and a similar one may differ, as [`Bounds::apart`] says it; any number where
    /// rows are similar to much larger ones.
    pub(super) fn apart(self, bounds: Bounds, own: usize) -> (u64, u64) {
        match self {
            Self::OfUnion => bounds.apart(own),
            Self::OfOwn => (u64::from(u32::MAX), 0),
        }
    }

    /// Whether 64 bits tell rows of about this size apart: those that have nothing to do with each other differ in 32.
    pub(super) fn prints_tell(self, bounds: Bounds, size: f64) -> bool {
        let (apart, each) = self.apart(bounds, size as usize);
        size > 0.0 && (apart as f64 + each as f64 * size) / 65536.0 < 24.0
    }

    /// The smallest and the largest row that one of size `own` can be similar to.
    pub(super) fn sizes(self, bounds: Bounds, own: usize) -> (usize, usize) {
        match self {
            Self::OfUnion => bounds.sizes(own),
            Self::OfOwn => (bounds.sizes(own).0, usize::MAX),
        }
    }

    /// The smallest and the largest row that can be similar to one of size `other`.
    pub(super) fn sizes_of_similar(self, bounds: Bounds, other: usize) -> (usize, usize) {
        match self {
            Self::OfUnion => bounds.sizes(other),
            Self::OfOwn => (1, bounds.sizes(other).1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sizes_that_can_be_similar(
            own in 1usize..300, other in 1usize..300, threshold in 0.01f64..=1.0, union: bool,
        ) {
            let quotient = if union { Quotient::OfUnion } else { Quotient::OfOwn };
            let can_be = quotient.of(own.min(other), own, other) >= threshold;
            let (smallest, largest) = quotient.sizes(Bounds(threshold), own);
            prop_assert_eq!((smallest..=largest).contains(&other), can_be);
            let (smallest, largest) = quotient.sizes_of_similar(Bounds(threshold), other);
            prop_assert_eq!((smallest..=largest).contains(&own), can_be);
        }
    }
}
