//! From a key to the classes that were found under it so far.
//!
//! All keys are known before the first class is put in, so that every slot's postings have their place from the
//! start, side by side; a slot fills up in the order of the classes.

use fastcurate_simd::postings::{self, Posting, Wanted};
use fastcurate_simd::prefetch::prefetch;

use super::keys::Keys;

/// An inverted index that grows in the order of the classes.
pub(super) struct Index {
    /// Where each slot's postings begin, and where they end so far.
    places: Vec<(u32, u32)>,
    postings: Vec<Posting>,
    /// The sketch of each, or none.
    sketches: Vec<u64>,
    /// Bits of a key, once it is spread, in front of those that give its slot, and behind them.
    shifts: [u32; 2],
}

/// Spreads keys whose highest bits are alike.
const SPREAD: u32 = 0x9e37_79b1;

/// The part of 2^`bits` that a key belongs to.
pub(super) fn part(key: u32, bits: u32) -> usize {
    (u64::from(key.wrapping_mul(SPREAD)) >> (u32::BITS - bits)) as usize
}

/// A size as postings have it.
pub(super) fn short(size: usize) -> u16 {
    u16::try_from(size).unwrap_or(u16::MAX)
}

impl Index {
    /// An empty index with room for all these keys, and for sketches.
    pub(super) fn new(keys: &Keys, with_sketches: bool) -> Self {
        let total = keys.all().map(<[u32]>::len).sum();
        Self::of(keys.all().flatten().copied(), total, 0, with_sketches)
    }

    /// An empty index with room for these `total` keys, which are all in the same [`part`] of 2^`bits`.
    pub(super) fn of(keys: impl Iterator<Item = u32>, total: usize, bits: u32, with_sketches: bool) -> Self {
        let slots = (total / 4).next_power_of_two().clamp(64, 1 << (31 - bits));
        let shifts = [bits, 32 - slots.trailing_zeros()];
        let mut places = vec![(0, 0); slots];
        for key in keys {
            places[slot(key, shifts)].0 += 1_u32;
        }
        let mut start = 0;
        for place in &mut places {
            let count = place.0;
            *place = (start, start);
            start += count;
        }
        Self {
            places,
            postings: vec![Posting::default(); total],
            sketches: vec![0; if with_sketches { total } else { 0 }],
            shifts,
        }
    }

    /// How often a class will meet an earlier one once all are in.
    pub(super) fn meetings(&self) -> usize {
        let ends = self.places.iter().skip(1).map(|place| place.0);
        let ends = ends.chain([self.postings.len() as u32]);
        let lists = self
            .places
            .iter()
            .zip(ends)
            .map(|((start, _), end)| (end - start) as usize);
        lists.map(|list| list * list.saturating_sub(1) / 2).sum()
    }

    /// Adds a class of so many shingles, which must not be lower than any class added before. Of the sketches of two classes
    /// is known that they differ in at most as many bits as the sets do in elements.
    pub(super) fn insert(&mut self, keys: &[u32], class: u32, size: usize, sketch: u64) {
        for &key in keys {
            let end = &mut self.places[slot(key, self.shifts)].1;
            if let Some(place) = self.sketches.get_mut(*end as usize) {
                *place = sketch;
            }
            self.postings[*end as usize] = Posting {
                class,
                size: short(size),
                tag: key as u16,
            };
            *end += 1;
        }
    }

    /// Takes the class that was added last out again.
    pub(super) fn take_back(&mut self, keys: &[u32]) {
        for &key in keys {
            self.places[slot(key, self.shifts)].1 -= 1;
        }
    }

    /// Appends the classes from `lowest` on under these keys that are as `wanted`, those of one key after those of another,
    /// to `out`. How many were looked at.
    pub(super) fn similar(&self, keys: &[u32], lowest: u32, wanted: Wanted, out: &mut Vec<u32>) -> usize {
        // Each look waits for the memory, but not for the others.
        for key in keys {
            prefetch(&self.places, slot(*key, self.shifts));
        }
        for key in keys {
            let (start, end) = self.places[slot(*key, self.shifts)];
            if start < end {
                prefetch(&self.postings, start as usize);
                prefetch(&self.postings, end as usize - 1);
                prefetch(&self.sketches, start as usize);
            }
        }
        let mut met = 0;
        for key in keys {
            let (start, end) = self.places[slot(*key, self.shifts)];
            let postings = &self.postings[start as usize..end as usize];
            let below = if lowest == 0 {
                None
            } else {
                postings.iter().rposition(|posting| posting.class < lowest)
            };
            let start = start as usize + below.map_or(0, |below| below + 1);
            let postings = &self.postings[start..end as usize];
            let sketches = self.sketches.get(start..end as usize).unwrap_or_default();
            let tag = *key as u16;
            met += postings.len();
            postings::similar(postings, sketches, &Wanted { tag, ..wanted }, out);
        }
        met
    }
}

fn slot(key: u32, [before, behind]: [u32; 2]) -> usize {
    ((key.wrapping_mul(SPREAD) << before) >> behind) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_come_back_in_order_of_the_right_sizes_and_sketches() {
        let all: Vec<Vec<u32>> = (0..5000).map(|class| vec![class % 7, 100 + class]).collect();
        let mut index = Index::new(&Keys::from_lists(&all), true);
        for (class, keys) in (0..).zip(&all) {
            let size = if class % 2 == 0 { 5 } else { 100_000 };
            index.insert(keys, class, size, u64::from(class % 16 > 7));
        }
        let find = |key, lowest, (smallest, largest), most_apart: u64| {
            let wanted = Wanted {
                tag: 0,
                sizes: (short(smallest), short(largest)),
                sketch: 0,
                apart: (most_apart << 16, 0),
            };
            let mut found = Vec::new();
            let met = index.similar(&[key], lowest, wanted, &mut found);
            assert!(met >= found.len());
            found
        };
        let mut expected: Vec<u32> = (0..5000).filter(|class| class % 7 == 3).collect();
        assert_eq!(find(3, 0, (1, 200_000), 1), expected);
        let near: Vec<u32> = expected
            .iter()
            .copied()
            .filter(|class| class % 16 < 8 || class % 2 == 1)
            .collect();
        assert_eq!(find(3, 0, (1, 200_000), 0), near);
        expected.retain(|class| class % 2 == 1);
        assert_eq!(find(3, 0, (90_000, 110_000), 1), expected);
        expected.retain(|class| *class >= 700);
        assert_eq!(find(3, 700, (90_000, 110_000), 1), expected);
        assert!(find(9, 0, (1, 200_000), 1).is_empty());
    }
}
