//! How often shingles occur over all rows: approximately, in bounded memory, the same for any number of threads.
//!
//! Both tables are indexed by bits of the shingle's hash, so that shingles may share a slot; then they look more
//! frequent than they are, never rarer. That costs time and changes no answer: a join is exact under any order of
//! the shingles that all rows agree on, and a shingle that looks unique is unique.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

/// Which shingles occurred at least twice.
pub(super) struct Repeated {
    once: Box<[AtomicU64]>,
    twice: Box<[AtomicU64]>,
    shift: u32,
}

impl Repeated {
    /// Room for `expected` shingles with few mistakes, in at most `most_bytes`.
    pub(super) fn new(expected: usize, most_bytes: usize) -> Self {
        let slots = (8 * expected).min(4 * most_bytes).max(1024).next_power_of_two();
        let table = || (0..slots / 64).map(|_| AtomicU64::new(0)).collect();
        Self {
            once: table(),
            twice: table(),
            shift: 64 - slots.trailing_zeros(),
        }
    }

    /// Notes one row's use of a shingle.
    pub(super) fn add(&self, shingle: u64) {
        let slot = (shingle >> self.shift) as usize;
        let bit = 1 << (slot % 64);
        // Most slots that are set are set already: a load is cheaper than a locked write.
        if self.once[slot / 64].load(Relaxed) & bit == 0
            && self.once[slot / 64].fetch_or(bit, Relaxed) & bit == 0
        {
            return;
        }
        if self.twice[slot / 64].load(Relaxed) & bit == 0 {
            self.twice[slot / 64].fetch_or(bit, Relaxed);
        }
    }

    /// Frees what only `add` needs.
    pub(super) fn finish(&mut self) {
        self.once = Box::default();
    }

    /// False only where a single row has the shingle.
    pub(super) fn contains(&self, shingle: u64) -> bool {
        let slot = (shingle >> self.shift) as usize;
        self.twice[slot / 64].load(Relaxed) >> (slot % 64) & 1 == 1
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

    /// Notes one row's use of a shingle.
    pub(super) fn add(&self, shingle: u64) {
        let one_more = |count| (count < Self::MOST).then(|| count + 1);
        // An error says that the count has reached its most, which is all it can do.
        let _ = self.counts[(shingle >> self.shift) as usize].fetch_update(Relaxed, Relaxed, one_more);
    }

    /// The count, at most [`Self::MOST`].
    pub(super) fn get(&self, shingle: u64) -> u8 {
        self.counts[(shingle >> self.shift) as usize].load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;

    #[test]
    fn a_repeated_shingle_is_never_taken_for_unique() {
        let mut repeated = Repeated::new(100, 1 << 20);
        (0..200).map(mix).for_each(|shingle| repeated.add(shingle));
        (0..50).map(mix).for_each(|shingle| repeated.add(shingle));
        repeated.finish();
        assert!((0..50).map(mix).all(|shingle| repeated.contains(shingle)));
        assert!(
            (50..200)
                .map(mix)
                .filter(|shingle| repeated.contains(*shingle))
                .count()
                < 100
        );
    }

    #[test]
    fn counts_stop_at_the_most() {
        let counts = Frequencies::new(10, 1 << 20);
        for _ in 0..300 {
            counts.add(mix(1));
        }
        counts.add(mix(2));
        assert_eq!(
            (counts.get(mix(1)), counts.get(mix(2)), counts.get(mix(3))),
            (255, 1, 0)
        );
    }
}
