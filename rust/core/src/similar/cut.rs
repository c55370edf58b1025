//! Cutting texts into sets of shingles, one after another with the same buffers.

use crate::shingle::{Shingle, Shingler};
use crate::text::Text;

/// Cut texts that a [`Cutter`] remembers: rows that follow each other are often compared with the same others.
const REMEMBERED: usize = 512;

/// A longer text is not remembered.
const MOST_REMEMBERED: usize = 1024;

/// Buffers for cutting texts.
pub(super) struct Cutter {
    shingler: Shingler,
    text: String,
    shingles: Vec<u64>,
    distinct: Distinct,
    remembered: Vec<(u32, Vec<u64>)>,
}

impl Cutter {
    pub(super) fn new(shingle: Shingle) -> Self {
        Self {
            shingler: Shingler::new(shingle),
            text: String::new(),
            shingles: Vec::new(),
            distinct: Distinct::default(),
            remembered: Vec::new(),
        }
    }

    /// The set of a row, without repetitions, in the order of the text; a null counts as empty.
    pub(super) fn set(&mut self, text: &dyn Text, row: u32) -> &[u64] {
        let text = text.read(row as usize, &mut self.text);
        self.shingler.shingles(text, &mut self.shingles);
        self.distinct.keep(&mut self.shingles);
        &self.shingles
    }

    /// The shingles of a row, with repetitions, perhaps from memory.
    pub(super) fn shingles(&mut self, text: &dyn Text, row: u32) -> &[u64] {
        if self.remembered.is_empty() {
            self.remembered.resize_with(REMEMBERED, || (u32::MAX, Vec::new()));
        }
        let place = row as usize % REMEMBERED;
        if self.remembered[place].0 == row {
            return &self.remembered[place].1;
        }
        let read = text.read(row as usize, &mut self.text);
        self.shingler.shingles(read, &mut self.shingles);
        if self.shingles.len() > MOST_REMEMBERED {
            return &self.shingles;
        }
        let (known, shingles) = &mut self.remembered[place];
        *known = row;
        std::mem::swap(shingles, &mut self.shingles);
        shingles
    }
}

/// A table of the hashes that a list had so far; 0 stands for an empty slot.
#[derive(Default)]
struct Distinct {
    slots: Vec<u64>,
}

impl Distinct {
    /// Drops all but the first of equal hashes.
    fn keep(&mut self, hashes: &mut Vec<u64>) {
        // So thin that few searches take a second step, while it fits the nearest cache.
        let room = if hashes.len() <= 1024 { 4 } else { 2 };
        let size = (room * hashes.len()).next_power_of_two().max(16);
        let shift = 64 - size.trailing_zeros();
        self.slots.clear();
        self.slots.resize(size, 0);
        let (mut kept, mut zero_seen) = (0, false);
        for at in 0..hashes.len() {
            let hash = hashes[at];
            let mut slot = (hash >> shift) as usize;
            while self.slots[slot] != 0 && self.slots[slot] != hash {
                slot = (slot + 1) & (size - 1);
            }
            let new = if hash == 0 {
                !std::mem::replace(&mut zero_seen, true)
            } else {
                std::mem::replace(&mut self.slots[slot], hash) == 0
            };
            hashes[kept] = hash;
            kept += usize::from(new);
        }
        hashes.truncate(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_of_equal_hashes_stays(list in proptest::collection::vec(0u64..40, 0..120), mixed: bool) {
            let mut hashes: Vec<u64> = list.iter().map(|one| if mixed { mix(*one) } else { *one }).collect();
            let mut expected: Vec<u64> = Vec::new();
            for hash in &hashes {
                if !expected.contains(hash) {
                    expected.push(*hash);
                }
            }
            Distinct::default().keep(&mut hashes);
            prop_assert_eq!(hashes, expected);
        }
    }
}
