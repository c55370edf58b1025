//! What is known of the rows in one entry of `on`, and how two of them are compared.
//!
//! Sets of shingles are counted or weighed, and compared exactly from their texts; sketches are compared place by place.

use super::cut::Cutter;
use super::lookup::Lookup;
use super::sets::Sets;
use super::vectors::Vectors;
use super::weights::{LEAST, Weights};
use crate::shingle::Shingle;

/// One entry.
pub(super) enum Entry {
    /// Sets of shingles, each of which counts once.
    Sets(Sets),
    /// Sets of shingles with weights, and what each class's set weighs.
    Weighed(Sets, Weights, Vec<u64>),
    /// Sketches of one length.
    Vectors(Vectors),
}

/// Buffers for comparing one class with others in one entry.
pub(super) struct Comparing {
    lookup: Lookup,
    cutter: Cutter,
}

impl Comparing {
    /// For comparing some of so many rows.
    pub(super) fn new(shingle: Shingle, rows: usize) -> Self {
        Self {
            lookup: Lookup::default(),
            cutter: Cutter::remembering(shingle, rows),
        }
    }
}

/// Sizes in the index are of so many weights: 16 bits hold the size of a set of thousands of rare shingles.
const COARSE: u32 = 16;

impl Entry {
    /// How much a class has: shingles, what they weigh, or places.
    pub(super) fn size(&self, class: u32) -> usize {
        match self {
            Self::Sets(sets) => sets.size(class),
            Self::Weighed(_, _, totals) => totals[class as usize] as usize,
            Self::Vectors(vectors) => vectors.places(),
        }
    }

    /// A size as the index has it: a larger size is never a smaller one there.
    pub(super) fn coarse(&self, size: usize) -> usize {
        match self {
            Self::Weighed(..) => size >> COARSE,
            Self::Sets(_) | Self::Vectors(_) => size,
        }
    }

    /// 64 bits of which two classes differ in at most as many as their sets do in elements.
    pub(super) fn print(&self, class: u32) -> u64 {
        match self {
            Self::Sets(sets) => sets.print(class),
            Self::Weighed(..) | Self::Vectors(_) => 0,
        }
    }

    /// An upper bound of what two classes share.
    #[inline]
    pub(super) fn most_shared(&self, a: u32, b: u32) -> usize {
        match self {
            Self::Sets(sets) => sets.most_shared(a, b),
            Self::Weighed(sets, _, totals) => {
                let (x, y) = (totals[a as usize], totals[b as usize]);
                let apart = sets.apart(a, b) as u64 * LEAST;
                ((x + y).saturating_sub(apart) / 2).min(x).min(y) as usize
            }
            Self::Vectors(vectors) => vectors.shared(a, b),
        }
    }

    /// Makes ready for comparisons of `class`.
    pub(super) fn turn_to(&self, class: u32, with: &mut Comparing) {
        match self {
            Self::Sets(sets) | Self::Weighed(sets, ..) => {
                with.lookup.fill(sets.shingles(class, &mut with.cutter));
            }
            Self::Vectors(_) => {}
        }
    }

    /// What `class`, which was turned to, and another one share.
    pub(super) fn shared(&self, class: u32, other: u32, with: &mut Comparing) -> usize {
        match self {
            Self::Sets(sets) => with.lookup.shared_with(sets.shingles(other, &mut with.cutter)),
            Self::Weighed(sets, weights, _) => {
                let mut shared = 0;
                let others = sets.shingles(other, &mut with.cutter);
                with.lookup
                    .each_shared(others, |shingle| shared += weights.of(shingle));
                shared as usize
            }
            Self::Vectors(vectors) => vectors.shared(class, other),
        }
    }
}
