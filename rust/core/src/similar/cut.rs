//! Cutting texts into sets of shingles, one after another with the same buffers.

use super::lookup::Places;
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
    places: Places,
    /// Rows and their shingles, each at the place that its number gives.
    remembered: Vec<(u32, Vec<u64>)>,
}

impl Cutter {
    pub(super) fn new(shingle: Shingle) -> Self {
        Self {
            shingler: Shingler::new(shingle),
            text: String::new(),
            shingles: Vec::new(),
            places: Places::default(),
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
        self.cut(text, row);
        keep_once(&mut self.shingles, &mut self.places);
        &self.shingles
    }

    /// The shingles of a row, with repetitions, perhaps from memory.
    pub(super) fn shingles(&mut self, text: &dyn Text, row: u32) -> &[u64] {
        let place = row as usize % self.remembered.len().max(1);
        if self.remembered.get(place).is_some_and(|(known, _)| *known == row) {
            return &self.remembered[place].1;
        }
        self.cut(text, row);
        match self.remembered.get_mut(place) {
            Some((known, list)) if self.shingles.len() <= MOST_REMEMBERED => {
                *known = row;
                list.clear();
                list.extend_from_slice(&self.shingles);
                list.shrink_to(2 * self.shingles.len());
                list
            }
            _ => &self.shingles,
        }
    }

    fn cut(&mut self, text: &dyn Text, row: u32) {
        let text = text.read(row as usize, &mut self.text);
        self.shingler.shingles(text, &mut self.shingles);
    }
}

/// A table for more hashes than this would be larger than a cache, and than all that is kept of many rows.
const MOST_IN_TABLE: usize = 1 << 15;

/// Drops all but the first of equal hashes, or, where there are very many, sorts what is left.
fn keep_once(hashes: &mut Vec<u64>, places: &mut Places) {
    if hashes.len() > MOST_IN_TABLE {
        hashes.sort_unstable();
        hashes.dedup();
    } else {
        places.keep(hashes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;

    #[test]
    fn of_very_many_hashes_each_stays_once() {
        let mut hashes: Vec<u64> = (0..3 * MOST_IN_TABLE as u64)
            .map(|one| mix(one % 40_000))
            .collect();
        keep_once(&mut hashes, &mut Places::default());
        hashes.sort_unstable();
        let mut expected: Vec<u64> = (0..40_000).map(mix).collect();
        expected.sort_unstable();
        assert_eq!(hashes, expected);
    }
}
