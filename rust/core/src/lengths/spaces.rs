//! The open bins of a packing by the space they have left: "which is the smallest space that is at least this?"
//!
//! [`Dense`] has a queue for every space there can be and a bitset of the queues in use, with a bit per word
//! of it above, and so on, so that a search looks at two or three words. Where the capacity is so large that such a
//! table would be mostly empty, [`Sparse`] answers the same from a tree. Bins of one space come out in the order in
//! which they came to it. Space 0 is never asked for and never stored.

use std::collections::{BTreeMap, VecDeque};

/// A bin that is not there: the end of a queue.
const NONE: u32 = u32::MAX;

/// Bins by the space they have left.
pub(super) trait Spaces {
    /// Adds `bin`, which has `space` left, behind those that have the same.
    fn add(&mut self, space: u32, bin: u32);
    /// Takes out the first bin of the smallest space that is at least `least`, with that space.
    fn take(&mut self, least: u32) -> Option<(u32, u32)>;
}

pub(super) struct Dense {
    /// `levels[0]` has a bit for each space, the next level one for each word of the level below.
    levels: Vec<Vec<u64>>,
    /// First and last bin of each space's queue.
    ends: Vec<(u32, u32)>,
    /// The bin that follows in the same queue; a bin is in one queue at a time.
    next: Vec<u32>,
}

impl Dense {
    pub(super) fn new(capacity: u32) -> Self {
        let spaces = capacity as usize + 1;
        let mut levels = vec![vec![0u64; spaces.div_ceil(64)]];
        while let Some(words) = levels.last().map(Vec::len).filter(|words| *words > 1) {
            levels.push(vec![0; words.div_ceil(64)]);
        }
        Self {
            levels,
            ends: vec![(NONE, NONE); spaces],
            next: Vec::new(),
        }
    }

    /// The smallest marked space that is at least `least`.
    #[inline]
    fn find(&self, least: usize) -> Option<usize> {
        let mut at = least;
        for (height, level) in self.levels.iter().enumerate() {
            let word = level.get(at / 64)? & (u64::MAX << (at % 64));
            if word != 0 {
                let mut found = at / 64 * 64 + word.trailing_zeros() as usize;
                for below in self.levels[..height].iter().rev() {
                    found = found * 64 + below[found].trailing_zeros() as usize;
                }
                return Some(found);
            }
            at = at / 64 + 1;
        }
        None
    }

    #[inline]
    fn mark(&mut self, mut at: usize) {
        for level in &mut self.levels {
            let word = &mut level[at / 64];
            let was_empty = *word == 0;
            *word |= 1 << (at % 64);
            if !was_empty {
                break;
            }
            at /= 64;
        }
    }

    #[inline]
    fn clear(&mut self, mut at: usize) {
        for level in &mut self.levels {
            let word = &mut level[at / 64];
            *word &= !(1 << (at % 64));
            if *word != 0 {
                break;
            }
            at /= 64;
        }
    }
}

impl Spaces for Dense {
    #[inline]
    fn add(&mut self, space: u32, bin: u32) {
        if self.next.len() <= bin as usize {
            self.next.resize(bin as usize + 1, NONE);
        }
        self.next[bin as usize] = NONE;
        let (first, last) = self.ends[space as usize];
        if first == NONE {
            self.ends[space as usize] = (bin, bin);
            self.mark(space as usize);
        } else {
            self.next[last as usize] = bin;
            self.ends[space as usize].1 = bin;
        }
    }

    #[inline]
    fn take(&mut self, least: u32) -> Option<(u32, u32)> {
        let space = self.find(least as usize)?;
        let bin = self.ends[space].0;
        let following = self.next[bin as usize];
        self.ends[space].0 = following;
        if following == NONE {
            self.clear(space);
        }
        Some((space as u32, bin))
    }
}

#[derive(Default)]
pub(super) struct Sparse(BTreeMap<u32, VecDeque<u32>>);

impl Spaces for Sparse {
    fn add(&mut self, space: u32, bin: u32) {
        self.0.entry(space).or_default().push_back(bin);
    }

    fn take(&mut self, least: u32) -> Option<(u32, u32)> {
        let (&space, queue) = self.0.range_mut(least..).next()?;
        let bin = queue.pop_front()?;
        if queue.is_empty() {
            self.0.remove(&space);
        }
        Some((space, bin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_table_and_the_tree_give_the_same_bins(
            capacity in prop_oneof![1u32..130, 4000u32..4200, 262_100u32..262_200],
            steps in prop::collection::vec((any::<bool>(), any::<u32>()), 1..200),
        ) {
            let (mut dense, mut sparse) = (Dense::new(capacity), Sparse::default());
            let mut free: Vec<u32> = (0..200).rev().collect();
            for (add, at) in steps {
                let space = at % capacity + 1;
                if add && let Some(bin) = free.pop() {
                    dense.add(space, bin);
                    sparse.add(space, bin);
                } else {
                    let (ours, theirs) = (dense.take(space), sparse.take(space));
                    prop_assert_eq!(ours, theirs);
                    free.extend(ours.map(|(_, bin)| bin));
                }
            }
        }
    }
}
