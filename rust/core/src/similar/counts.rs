//! How often keys occur over all rows: approximately, in bounded memory, the same for any number of threads.
//!
//! Keys may share a counter; then they look more frequent than they are, never rarer. That costs time and changes no
//! answer: a join is exact under any order of the keys that all rows agree on, and a key that looks unique is unique.

use std::sync::atomic::{AtomicU16, Ordering::Relaxed};

/// Spreads keys whose highest bits are alike.
const SPREAD: u32 = 0x9e37_79b1;

/// In how many rows a key occurs, up to [`Frequencies::MOST`].
pub(super) struct Frequencies {
    counts: Box<[AtomicU16]>,
    shift: u32,
}

impl Frequencies {
    /// Counts end here: far enough below the end of the type for every thread to be late by one.
    const MOST: u16 = u16::MAX - 2048;

    /// Room for `expected` different keys, in at most `most_bytes`.
    pub(super) fn new(expected: usize, most_bytes: usize) -> Self {
        let most = (most_bytes / size_of::<AtomicU16>()).max(1024);
        let counters = (2 * expected).clamp(1024, most.min(1 << 31));
        let counters = 1_usize << counters.ilog2();
        Self {
            counts: (0..counters).map(|_| AtomicU16::new(0)).collect(),
            shift: 32 - counters.trailing_zeros(),
        }
    }

    #[inline]
    fn counter(&self, key: u32) -> &AtomicU16 {
        &self.counts[(key.wrapping_mul(SPREAD) >> self.shift) as usize]
    }

    /// Notes one row's use of its keys.
    pub(super) fn add(&self, keys: &[u32]) {
        for key in keys {
            let counter = self.counter(*key);
            if counter.load(Relaxed) < Self::MOST {
                counter.fetch_add(1, Relaxed);
            }
        }
    }

    /// The count, at most [`Self::MOST`].
    #[inline]
    pub(super) fn get(&self, key: u32) -> u16 {
        self.counter(key).load(Relaxed).min(Self::MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_never_taken_for_unique() {
        let counts = Frequencies::new(200, 1 << 20);
        let keys: Vec<u32> = (0..200).collect();
        counts.add(&keys);
        counts.add(&keys[..50]);
        assert!(keys[..50].iter().all(|key| counts.get(*key) >= 2));
        assert!(keys[50..].iter().filter(|key| counts.get(**key) > 1).count() < 75);
    }

    #[test]
    fn counts_stop_at_the_most() {
        let counts = Frequencies::new(10, 1 << 20);
        for _ in 0..70_000 {
            counts.add(&[1]);
        }
        counts.add(&[2]);
        assert_eq!(
            (counts.get(1), counts.get(2), counts.get(3)),
            (Frequencies::MOST, 1, 0)
        );
    }
}
