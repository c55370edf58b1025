//! From a shingle to the classes that have it in their prefix, highest class first.
//!
//! Two parts: `settled` postings lie side by side, slot by slot; `recent` ones hang in chains before them. When there are
//! as many recent ones as settled, all are settled anew. So most lookups read one stretch of memory, and adding
//! costs little.

/// Ends a chain.
const NONE: u32 = u32::MAX;

/// The fewest postings that are settled.
const SMALLEST: usize = 1024;

#[derive(Clone, Copy)]
struct Posting {
    /// The high half of the shingle: its place in the table comes from the highest bits of this.
    high: u32,
    class: u32,
}

/// An inverted index that grows in the order of the classes.
pub(super) struct Index {
    /// Where each slot's settled postings begin, and where the last one's end.
    starts: Vec<u32>,
    settled: Vec<Posting>,
    /// The newest of each slot's recent postings.
    heads: Vec<u32>,
    recent: Vec<(Posting, u32)>,
}

impl Index {
    /// An empty index; it grows with its postings.
    pub(super) fn new() -> Self {
        Self {
            starts: vec![0; SMALLEST + 1],
            settled: Vec::new(),
            heads: vec![NONE; SMALLEST],
            recent: Vec::new(),
        }
    }

    fn slot(&self, high: u32) -> usize {
        ((u64::from(high) * self.heads.len() as u64) >> 32) as usize
    }

    /// Adds `class`, which must not be lower than any class added before.
    pub(super) fn insert(&mut self, shingle: u64, class: u32) {
        if self.recent.len() >= SMALLEST.max(self.settled.len()) {
            self.settle();
        }
        let posting = Posting {
            high: (shingle >> 32) as u32,
            class,
        };
        let slot = self.slot(posting.high);
        let next = std::mem::replace(&mut self.heads[slot], self.recent.len() as u32);
        self.recent.push((posting, next));
    }

    /// Settles all postings, in a table with about a slot for each: a counting sort by slot, newest first.
    fn settle(&mut self) {
        let recent = std::mem::take(&mut self.recent);
        let settled = std::mem::take(&mut self.settled);
        let slots = (settled.len() + recent.len()).next_power_of_two();
        self.heads = vec![NONE; slots];
        let mut starts = vec![0; slots + 1];
        let postings = || recent.iter().rev().map(|(posting, _)| posting).chain(&settled);
        for posting in postings() {
            starts[self.slot(posting.high) + 1] += 1;
        }
        for slot in 0..slots {
            starts[slot + 1] += starts[slot];
        }
        let mut next = starts.clone();
        let mut sorted = vec![Posting { high: 0, class: 0 }; settled.len() + recent.len()];
        for posting in postings() {
            let place = &mut next[self.slot(posting.high)];
            sorted[*place as usize] = *posting;
            *place += 1;
        }
        (self.starts, self.settled) = (starts, sorted);
    }

    /// The classes that have `shingle` (or, one time in 2³², another one), highest first.
    pub(super) fn classes(&self, shingle: u64) -> impl Iterator<Item = u32> {
        let high = (shingle >> 32) as u32;
        let slot = self.slot(high);
        let mut at = self.heads[slot];
        let recent = std::iter::from_fn(move || {
            let (posting, next) = self.recent.get(at as usize)?;
            at = *next;
            Some(posting)
        });
        let settled = &self.settled[self.starts[slot] as usize..self.starts[slot + 1] as usize];
        recent
            .chain(settled)
            .filter(move |posting| posting.high == high)
            .map(|posting| posting.class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;

    #[test]
    fn classes_come_back_newest_first() {
        let mut index = Index::new();
        for class in 0..5000u32 {
            index.insert(mix(u64::from(class % 7)), class);
        }
        let expected: Vec<u32> = (0..5000).rev().filter(|class| class % 7 == 3).collect();
        assert_eq!(index.classes(mix(3)).collect::<Vec<_>>(), expected);
        assert_eq!(index.classes(mix(9)).count(), 0);
    }
}
