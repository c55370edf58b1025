//! Keys that so many rows have that they bring together what has nothing in common but a template.
//!
//! A row made of a template and a few words of its own has to be found by those words. Its prefix takes the rarest of some
//! of its shingles; where these are not enough, what a sample knows to be common comes behind all the others. Any order
//! that all rows agree on is exact, so that a key may be taken for common by mistake.

use crate::hash::Map;

/// One row of a sample in so many has a common key,
const ROWS_PER_COMMON: usize = 64;

/// at least this many rows,
const FEWEST_ROWS: u32 = 4;

/// and there are at most so many, the most common of them.
const MOST_KEYS: usize = 4096;

/// As a power of two, bits for all keys: they take part of a cache, and few keys share one.
const BITS: u32 = 16;

/// A set of keys, perhaps with some others.
#[derive(Clone, Default)]
pub(super) struct Common {
    /// A bit for the lower half of a key, or nothing where nothing is common.
    words: Box<[u64]>,
}

impl Common {
    /// What is common among these lists of keys, as many as `rows`.
    pub(super) fn of(lists: impl Iterator<Item = Vec<u32>>, rows: usize) -> Self {
        let mut counts = Map::<u32, u32>::default();
        for key in lists.flatten() {
            *counts.entry(key).or_insert(0) += 1;
        }
        let least = FEWEST_ROWS.max((rows / ROWS_PER_COMMON) as u32);
        let mut common: Vec<(u32, u32)> = counts
            .into_iter()
            .filter(|(_, count)| *count >= least)
            .map(|(key, count)| (count, key))
            .collect();
        common.sort_unstable_by(|a, b| b.cmp(a));
        common.truncate(MOST_KEYS);
        if common.is_empty() {
            return Self::default();
        }
        let mut words = vec![0; 1 << (BITS - 6)].into_boxed_slice();
        for (_, key) in common {
            let place = key as u16;
            words[usize::from(place >> 6)] |= 1 << (place & 63);
        }
        Self { words }
    }

    /// Whether nothing is common.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a key is taken for common.
    #[inline]
    pub(super) fn has(&self, key: u32) -> bool {
        let place = key as u16;
        let word = self.words.get(usize::from(place >> 6));
        word.is_some_and(|word| word >> (place & 63) & 1 == 1)
    }

    /// Takes the common keys from `start` on out of a list.
    pub(super) fn leave_out(&self, start: usize, keys: &mut Vec<u32>) {
        if self.is_empty() {
            return;
        }
        let mut left = start;
        for at in start..keys.len() {
            let key = keys[at];
            keys[left] = key;
            left += usize::from(!self.has(key));
        }
        keys.truncate(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_most_rows_have_is_common() {
        let rows = (0..640_u32).map(|row| vec![1, 2 + row % 64, 100 + row % 200, 1000 + row]);
        let common = Common::of(rows, 640);
        assert!((1..66).all(|key| common.has(key)));
        assert!((100..300).all(|key| !common.has(key) && !common.has(key + 900)));
        let mut keys = vec![7, 1, 100, 5, 1000];
        common.leave_out(1, &mut keys);
        assert_eq!(keys, [7, 100, 1000]);
        assert!(Common::of(std::iter::once(vec![1, 2, 3]), 1).is_empty());
    }
}
