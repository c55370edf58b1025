//! How often shingles occur over all rows: approximately, in bounded memory, the same for any number of threads.
//!
//! Both tables are indexed by bits of the shingle's hash, so that shingles may share a slot; then they look more
//! frequent than they are, never rarer. That costs time and changes no answer: a join is exact under any order of
//! the shingles that all rows agree on, and a shingle that looks unique is unique.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

/// Which shingles occurred at least twice.
pub(super) struct Repeated {
    /// 32 slots a word: the low half says that a slot was met, the high half that it was met again.
    slots: Box<[AtomicU64]>,
    shift: u32,
}

impl Repeated {
    /// Room for `expected` shingles with few mistakes, in at most `most_bytes`.
    pub(super) fn new(expected: usize, most_bytes: usize) -> Self {
        let slots = (4 * expected).min(4 * most_bytes).max(1024).next_power_of_two();
        Self {
            slots: (0..slots / 32).map(|_| AtomicU64::new(0)).collect(),
            shift: 64 - slots.trailing_zeros(),
        }
    }

    #[inline]
    fn place(&self, shingle: u64) -> (&AtomicU64, u32) {
        let slot = shingle >> self.shift;
        (&self.slots[(slot / 32) as usize], (slot % 32) as u32)
    }

    /// Notes one row's use of its shingles; one that it has twice counts as repeated. `scratch` is used again.
    ///
    /// A locked write waits for its cache line, and nothing overlaps with it. So every line is read first, when the
    /// reads overlap, and the writes find what they need in the cache.
    pub(super) fn add(&self, shingles: &[u64], scratch: &mut Vec<u64>) {
        scratch.clear();
        scratch.extend(shingles.iter().filter(|shingle| !self.contains(**shingle)));
        for shingle in scratch {
            let (word, bit) = self.place(*shingle);
            if word.fetch_or(1 << bit, Relaxed) >> bit & 1 == 1 {
                word.fetch_or(1 << (bit + 32), Relaxed);
            }
        }
    }

    /// False only where a single row has the shingle.
    #[inline]
    pub(super) fn contains(&self, shingle: u64) -> bool {
        let (word, bit) = self.place(shingle);
        word.load(Relaxed) >> (bit + 32) & 1 == 1
    }
}

/// In how many rows a shingle occurs, up to [`Frequencies::MOST`].
pub(super) struct Frequencies {
    counts: Box<[AtomicU8]>,
    shift: u32,
}

impl Frequencies {
    /// Counts end here.
    const MOST: u8 = u8::MAX;

    /// Room for `expected` shingles, in at most `most_bytes`.
    pub(super) fn new(expected: usize, most_bytes: usize) -> Self {
        let slots = (2 * expected).min(most_bytes).max(1024).next_power_of_two();
        Self {
            counts: (0..slots).map(|_| AtomicU8::new(0)).collect(),
            shift: 64 - slots.trailing_zeros(),
        }
    }

    /// Not the bits that [`Repeated`] goes by: what shares a slot there should not share one here.
    #[inline]
    fn slot(&self, shingle: u64) -> usize {
        (shingle.rotate_left(32) >> self.shift) as usize
    }

    /// Notes one row's use of its shingles; reads before it writes, as [`Repeated::add`] does.
    pub(super) fn add(&self, shingles: &[u64], scratch: &mut Vec<u64>) {
        let one_more = |count| (count < Self::MOST).then(|| count + 1);
        let open = |shingle: &&u64| self.get(**shingle) < Self::MOST;
        scratch.clear();
        scratch.extend(shingles.iter().filter(open));
        for shingle in scratch {
            // An error says that the count has reached its most, which is all it can do.
            let _ = self.counts[self.slot(*shingle)].fetch_update(Relaxed, Relaxed, one_more);
        }
    }

    /// The count, at most [`Self::MOST`].
    #[inline]
    pub(super) fn get(&self, shingle: u64) -> u8 {
        self.counts[self.slot(shingle)].load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;

    #[test]
    fn a_repeated_shingle_is_never_taken_for_unique() {
        let (repeated, mut scratch) = (Repeated::new(200, 1 << 20), Vec::new());
        let shingles: Vec<u64> = (0..200).map(mix).collect();
        repeated.add(&shingles, &mut scratch);
        repeated.add(&shingles[..50], &mut scratch);
        assert!(shingles[..50].iter().all(|shingle| repeated.contains(*shingle)));
        assert!(
            shingles[50..]
                .iter()
                .filter(|shingle| repeated.contains(**shingle))
                .count()
                < 75
        );
    }

    #[test]
    fn a_shingle_twice_in_a_row_counts_as_repeated() {
        let repeated = Repeated::new(10, 1 << 20);
        repeated.add(&[mix(1), mix(1)], &mut Vec::new());
        assert!(repeated.contains(mix(1)));
    }

    #[test]
    fn counts_stop_at_the_most() {
        let (counts, mut scratch) = (Frequencies::new(10, 1 << 20), Vec::new());
        for _ in 0..300 {
            counts.add(&[mix(1)], &mut scratch);
        }
        counts.add(&[mix(2)], &mut scratch);
        assert_eq!(
            (counts.get(mix(1)), counts.get(mix(2)), counts.get(mix(3))),
            (255, 1, 0)
        );
    }
}
