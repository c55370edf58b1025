//! Cutting texts into sets of shingles, one after another with the same buffers.

use crate::shingle::{Shingle, Shingler};
use crate::text::Text;

/// Cut texts that a [`Cutter`] remembers, one for so many rows: those that follow each other are often compared with the
/// same others.
const ROWS_PER_REMEMBERED: usize = 32;

/// At least this many, or one for each row,
const FEWEST_TEXTS_REMEMBERED: usize = 1 << 10;

/// and at most this many.
const MOST_TEXTS_REMEMBERED: usize = 1 << 13;

/// A longer text is not remembered.
const MOST_REMEMBERED: usize = 1024;

/// Buffers for cutting texts.
pub(super) struct Cutter {
    shingler: Shingler,
    text: String,
    shingles: Vec<u64>,
    distinct: Distinct,
    /// Rows and their sets, each at the place that its number gives.
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

    /// One that remembers some of the texts of so many rows.
    pub(super) fn remembering(shingle: Shingle, rows: usize) -> Self {
        let mut cutter = Self::new(shingle);
        let fewest = rows.min(FEWEST_TEXTS_REMEMBERED);
        let texts = (rows / ROWS_PER_REMEMBERED).clamp(fewest, MOST_TEXTS_REMEMBERED);
        cutter.remembered.resize_with(texts, || (u32::MAX, Vec::new()));
        cutter
    }

    /// The set of a row, without repetitions; a null counts as empty.
    pub(super) fn set(&mut self, text: &dyn Text, row: u32) -> &[u64] {
        let text = text.read(row as usize, &mut self.text);
        self.shingler.shingles(text, &mut self.shingles);
        self.distinct.keep(&mut self.shingles);
        &self.shingles
    }

    /// The same as [`Self::set`], perhaps from memory.
    pub(super) fn shingles(&mut self, text: &dyn Text, row: u32) -> &[u64] {
        let place = row as usize % self.remembered.len().max(1);
        if self.remembered.get(place).is_some_and(|(known, _)| *known == row) {
            return &self.remembered[place].1;
        }
        self.set(text, row);
        match self.remembered.get_mut(place) {
            Some((known, set)) if self.shingles.len() <= MOST_REMEMBERED => {
                *known = row;
                set.clear();
                set.extend_from_slice(&self.shingles);
                set.shrink_to(2 * self.shingles.len());
                set
            }
            _ => &self.shingles,
        }
    }
}

/// A table for more hashes than this would be larger than a cache, and than all that is kept of many rows.
const MOST_IN_TABLE: usize = 1 << 14;

/// A table of the hashes that a list had so far; 0 stands for an empty slot.
#[derive(Default)]
struct Distinct {
    slots: Vec<u64>,
}

impl Distinct {
    /// Drops all but the first of equal hashes, or, where there are very many, sorts what is left.
    fn keep(&mut self, hashes: &mut Vec<u64>) {
        if hashes.len() > MOST_IN_TABLE {
            hashes.sort_unstable();
            hashes.dedup();
            return;
        }
        // So thin that few searches take a second step.
        let size = (4 * hashes.len()).next_power_of_two().max(16);
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

    #[test]
    fn of_very_many_hashes_each_stays_once() {
        let mut hashes: Vec<u64> = (0..3 * MOST_IN_TABLE as u64)
            .map(|one| mix(one % 20_000))
            .collect();
        Distinct::default().keep(&mut hashes);
        hashes.sort_unstable();
        let mut expected: Vec<u64> = (0..20_000).map(mix).collect();
        expected.sort_unstable();
        assert_eq!(hashes, expected);
    }

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
