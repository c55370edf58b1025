//! The open bins of a packing by the space they have left: "which is the smallest space that is at least this?"
//!
//! Bins that were opened one after the other and have had the same rows' lengths since are the same to a packer, so
//! they are kept as one [`Range`]. [`Dense`] has a queue of ranges for every space there can be and a bitset of the queues in use,
//! with a bit per word of it above, and so on, so that a search looks at two or three words. Where the capacity
//! is so large that such a table would be mostly empty, [`Sparse`] answers the same from a tree. Bins of one space come
//! out in the order in which they came to it. Space 0 is never asked for and never stored.

use std::collections::{BTreeMap, VecDeque};

/// A node that is not there: the end of a queue.
const NONE: u32 = u32::MAX;

/// Neighbouring bins that have the same space left and the same number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u32,
    pub(super) bins: u32,
    pub(super) rows: u32,
}

impl Range {
    /// Both ranges as one, where `next` continues this one.
    fn join(&mut self, next: Self) -> bool {
        let joined = self.first + self.bins == next.first && self.rows == next.rows;
        if joined {
            self.bins += next.bins;
        }
        joined
    }

    /// What is left of the range without its first bins.
    fn without(self, bins: u32) -> Self {
        Self {
            first: self.first + bins,
            bins: self.bins - bins,
            ..self
        }
    }
}

/// Bins by the space they have left.
pub(super) trait Spaces {
    /// Adds bins, which have `space` left, behind those that have the same.
    fn add(&mut self, space: u32, range: Range);
    /// The first range of the smallest space that is at least `least`, with that space.
    fn first(&self, least: u32) -> Option<(u32, Range)>;
    /// Takes out bins of the first range of `space`, which has at least so many.
    fn take(&mut self, space: u32, bins: u32);
}

pub(super) struct Dense {
    /// `levels[0]` has a bit for each space, the next level one for each word of the level below.
    levels: Vec<Vec<u64>>,
    /// First and last node of each space's queue.
    ends: Vec<(u32, u32)>,
    /// Ranges, each with the node that follows in the same queue.
    nodes: Vec<(Range, u32)>,
    /// Nodes that are in no queue any more.
    free: Vec<u32>,
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
            nodes: Vec::new(),
            free: Vec::new(),
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
    fn add(&mut self, space: u32, range: Range) {
        let (first, last) = self.ends[space as usize];
        if first != NONE && self.nodes[last as usize].0.join(range) {
            return;
        }
        let node = self.free.pop().unwrap_or(self.nodes.len() as u32);
        if node as usize == self.nodes.len() {
            self.nodes.push((range, NONE));
        } else {
            self.nodes[node as usize] = (range, NONE);
        }
        if first == NONE {
            self.ends[space as usize] = (node, node);
            self.mark(space as usize);
        } else {
            self.nodes[last as usize].1 = node;
            self.ends[space as usize].1 = node;
        }
    }

    #[inline]
    fn first(&self, least: u32) -> Option<(u32, Range)> {
        let space = self.find(least as usize)?;
        let (first, _) = self.ends[space];
        Some((space as u32, self.nodes[first as usize].0))
    }

    #[inline]
    fn take(&mut self, space: u32, bins: u32) {
        let (first, _) = self.ends[space as usize];
        let (range, following) = &mut self.nodes[first as usize];
        if bins < range.bins {
            *range = range.without(bins);
            return;
        }
        self.free.push(first);
        self.ends[space as usize].0 = *following;
        if *following == NONE {
            self.clear(space as usize);
        }
    }
}

#[derive(Default)]
pub(super) struct Sparse(BTreeMap<u32, VecDeque<Range>>);

impl Spaces for Sparse {
    fn add(&mut self, space: u32, range: Range) {
        let queue = self.0.entry(space).or_default();
        if !queue.back_mut().is_some_and(|last| last.join(range)) {
            queue.push_back(range);
        }
    }

    fn first(&self, least: u32) -> Option<(u32, Range)> {
        let (&space, queue) = self.0.range(least..).next()?;
        Some((space, *queue.front()?))
    }

    fn take(&mut self, space: u32, bins: u32) {
        let Some(queue) = self.0.get_mut(&space) else {
            return;
        };
        if let Some(range) = queue.pop_front().filter(|range| bins < range.bins) {
            queue.push_front(range.without(bins));
        }
        if queue.is_empty() {
            self.0.remove(&space);
        }
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
            steps in prop::collection::vec((any::<bool>(), any::<u32>(), 1u32..5), 1..200),
        ) {
            let (mut dense, mut sparse) = (Dense::new(capacity), Sparse::default());
            let mut next = 0;
            for (add, at, bins) in steps {
                let space = at % capacity + 1;
                if add {
                    let range = Range { first: next, bins, rows: at % 2 };
                    next += bins + (at >> 20) % 2;
                    dense.add(space, range);
                    sparse.add(space, range);
                } else {
                    let (ours, theirs) = (dense.first(space), sparse.first(space));
                    prop_assert_eq!(ours, theirs);
                    if let Some((space, range)) = ours {
                        dense.take(space, bins.min(range.bins));
                        sparse.take(space, bins.min(range.bins));
                    }
                }
            }
        }
    }
}
