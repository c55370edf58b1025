//! Merging a short pretoken by looking at all its pairs.

use super::super::pairs::NONE;
use super::{Merges, SHORT};

/// Bits of a place in a short pretoken.
const PLACE_BITS: u32 = 6;

impl Merges {
    /// The tokens that are left of the first `length` of these symbols. The candidates are not moved together as
    /// symbols merge: looking at all of them for the lowest takes no branch, and so no time.
    pub(super) fn count_short(&self, tokens: &mut [u32; SHORT], length: usize) -> usize {
        let mut candidates = [NONE; SHORT];
        let (mut before, mut after) = ([0u8; SHORT], [0u8; SHORT]);
        let candidate = |rank: u32, at: usize| {
            if rank == NONE {
                NONE
            } else {
                rank << PLACE_BITS | at as u32
            }
        };
        for at in 0..length {
            before[at] = at.wrapping_sub(1) as u8;
            after[at] = at as u8 + 1;
            if at + 1 < length {
                candidates[at] = candidate(self.pairs.first(tokens[at], tokens[at + 1]), at);
            }
        }
        let mut left = length;
        loop {
            let mut lowest = NONE;
            for some in candidates[..length.next_multiple_of(16)].as_chunks::<16>().0 {
                for one in some {
                    lowest = lowest.min(*one);
                }
            }
            if lowest == NONE {
                return left;
            }
            left -= 1;
            let (rank, at) = (lowest >> PLACE_BITS, (lowest % (1 << PLACE_BITS)) as usize);
            let right = usize::from(after[at]);
            let beyond = usize::from(after[right]);
            let merged = self.merged(rank);
            tokens[at] = merged;
            candidates[right] = NONE;
            after[at] = beyond as u8;
            candidates[at] = if beyond < length {
                before[beyond] = at as u8;
                candidate(self.pairs.get(merged, tokens[beyond]), at)
            } else {
                NONE
            };
            if at > 0 {
                let previous = usize::from(before[at]);
                candidates[previous] = candidate(self.pairs.get(tokens[previous], merged), previous);
            }
        }
    }
}
