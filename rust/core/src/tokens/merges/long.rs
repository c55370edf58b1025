//! Merging a long pretoken by a heap of candidates, in n log n.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::pairs::NONE;
use super::Merges;

/// Working memory for long pretokens.
#[derive(Default)]
pub(in super::super) struct Scratch {
    pub(super) tokens: Vec<u32>,
    before: Vec<u32>,
    pub(super) after: Vec<u32>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Scratch {
    pub(super) fn load(&mut self, symbols: impl Iterator<Item = u32>) {
        self.tokens.clear();
        self.tokens.extend(symbols);
    }
}

impl Merges {
    /// The tokens that are left of the symbols in `scratch`, by a heap of candidates.
    pub(super) fn count_long(&self, scratch: &mut Scratch) -> usize {
        let Scratch {
            tokens,
            before,
            after,
            heap,
        } = scratch;
        let length = tokens.len() as u32;
        before.clear();
        before.extend((0..length).map(|at| at.wrapping_sub(1)));
        after.clear();
        after.extend(1..=length);
        let mut candidates = std::mem::take(heap).into_vec();
        candidates.clear();
        for (at, pair) in (0..).zip(tokens.windows(2)) {
            let rank = self.pairs.first(pair[0], pair[1]);
            if rank != NONE {
                candidates.push(Reverse((rank, at)));
            }
        }
        *heap = BinaryHeap::from(candidates);

        let mut count = tokens.len();
        while let Some(Reverse((rank, at))) = heap.pop() {
            let left = at as usize;
            let right = after[left];
            // A candidate is stale where one of its sides has been merged since: then the pair there is another.
            let gone = tokens[left] == NONE || right == length;
            if gone || self.pairs.get(tokens[left], tokens[right as usize]) != rank {
                continue;
            }
            let beyond = after[right as usize];
            tokens[left] = self.merged(rank);
            tokens[right as usize] = NONE;
            after[left] = beyond;
            count -= 1;
            if beyond < length {
                before[beyond as usize] = at;
                let rank = self.pairs.get(tokens[left], tokens[beyond as usize]);
                if rank != NONE {
                    heap.push(Reverse((rank, at)));
                }
            }
            if at > 0 {
                let previous = before[left];
                let rank = self.pairs.get(tokens[previous as usize], tokens[left]);
                if rank != NONE {
                    heap.push(Reverse((rank, previous)));
                }
            }
        }
        count
    }
}
