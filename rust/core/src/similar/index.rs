//! From a shingle to the classes that have it in their prefix: chains of postings, newest first.

/// Ends a chain.
const NONE: u32 = u32::MAX;

struct Posting {
    /// The high half of the shingle: its place in the table comes from the highest bits of this.
    high: u32,
    class: u32,
    next: u32,
}

/// Postings that are allocated together. One growing list would need half as much room again whenever it moves.
const PER_CHUNK: usize = 1 << 14;

/// An inverted index that grows in the order of the classes.
pub(super) struct Index {
    heads: Vec<u32>,
    chunks: Vec<Vec<Posting>>,
}

impl Index {
    /// An empty index; it grows with its postings.
    pub(super) fn new() -> Self {
        Self {
            heads: vec![NONE; 1024],
            chunks: Vec::new(),
        }
    }

    fn len(&self) -> usize {
        self.chunks
            .last()
            .map_or(0, |last| (self.chunks.len() - 1) * PER_CHUNK + last.len())
    }

    fn slot(&self, high: u32) -> usize {
        (u64::from(high) * self.heads.len() as u64 >> 32) as usize
    }

    /// Adds `class`, which must not be lower than any class added before.
    pub(super) fn insert(&mut self, shingle: u64, class: u32) {
        let at = self.len();
        if at == 2 * self.heads.len() {
            // Long chains cost more than the room for twice as many.
            self.heads = vec![NONE; 2 * self.heads.len()];
            (0..at).for_each(|at| self.link(at));
        }
        if at.is_multiple_of(PER_CHUNK) {
            self.chunks.push(Vec::with_capacity(PER_CHUNK));
        }
        self.chunks[at / PER_CHUNK].push(Posting {
            high: (shingle >> 32) as u32,
            class,
            next: NONE,
        });
        self.link(at);
    }

    fn link(&mut self, at: usize) {
        let (chunk, place) = (at / PER_CHUNK, at % PER_CHUNK);
        let slot = self.slot(self.chunks[chunk][place].high);
        self.chunks[chunk][place].next = std::mem::replace(&mut self.heads[slot], at as u32);
    }

    /// The classes that have `shingle` (or, one time in 2³², another one), highest first.
    pub(super) fn classes(&self, shingle: u64) -> impl Iterator<Item = u32> {
        let high = (shingle >> 32) as u32;
        let mut at = self.heads[self.slot(high)];
        std::iter::from_fn(move || {
            loop {
                let posting = self
                    .chunks
                    .get(at as usize / PER_CHUNK)?
                    .get(at as usize % PER_CHUNK)?;
                at = posting.next;
                if posting.high == high {
                    return Some(posting.class);
                }
            }
        })
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
