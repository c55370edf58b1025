//! How often keys occur over all rows: approximately, in bounded memory, the same for any number of threads.
//!
//! Keys may share a counter; then they look more frequent than they are, never rarer. That costs time and changes no
//! answer: a join is exact under any order of the keys that all rows agree on, and a key that looks unique is unique.

use fastcurate_simd::parts::of_part;
use std::hint::black_box;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering::Relaxed};

use crate::error::Result;
use crate::parallel::Workers;

/// Spreads keys whose highest bits are alike.
const SPREAD: u32 = 0x9e37_79b1;

/// The tables are counted in so many parts, as a power of two.
const PART_BITS: u32 = 4;

/// Keys of which a part takes its own together.
const KEYS_READ: usize = 1024;

/// Keys whose cache lines are fetched together.
const KEYS_AT_ONCE: usize = 128;

/// In how many rows a key occurs, up to [`Frequencies::MOST`].
///
/// Most keys occur once. So a bit says whether a key was there before, and only what comes back is counted: both tables are
/// small enough to stay near the processor. Keys that share a bit share a counter too, so that it does not matter which of
/// them comes first.
pub(super) struct Frequencies {
    seen: Box<[AtomicU64]>,
    /// How often a key came back.
    again: Box<[AtomicU16]>,
    /// From a key to its bit, and from there to its counter.
    shifts: [u32; 2],
}

impl Frequencies {
    /// Counts end here: far enough below the end of the type for every thread to be late by one.
    const MOST: u16 = u16::MAX - 2048;

    /// Room for `expected` different keys, in at most `most_bytes`.
    pub(super) fn new(expected: usize, most_bytes: usize) -> Self {
        // Eight to sixteen bits for a key, and a counter for every one or two.
        let most = (most_bytes / 2).clamp(2048, 1 << 28);
        let bits = (16 * expected).clamp(1 << 14, 8 * most).ilog2();
        let counters = expected.clamp(1 << 10, most / size_of::<AtomicU16>()).ilog2();
        Self {
            seen: (0..1 << (bits - 6)).map(|_| AtomicU64::new(0)).collect(),
            again: (0..1 << counters).map(|_| AtomicU16::new(0)).collect(),
            shifts: [32 - bits, bits - counters],
        }
    }

    #[inline]
    fn place(&self, key: u32) -> u32 {
        key.wrapping_mul(SPREAD) >> self.shifts[0]
    }

    #[inline]
    fn bit(&self, key: u32) -> (&AtomicU64, u64) {
        let place = self.place(key);
        (&self.seen[(place >> 6) as usize], 1 << (place & 63))
    }

    #[inline]
    fn counter(&self, key: u32) -> &AtomicU16 {
        &self.again[(self.place(key) >> self.shifts[1]) as usize]
    }

    /// Notes the keys of one row or more, without repetitions in a row.
    pub(super) fn add(&self, keys: &[u32]) {
        // Locked writes wait for each other; the cache lines they need can be fetched all at once before.
        let mut back = [0; KEYS_AT_ONCE];
        for keys in keys.chunks(KEYS_AT_ONCE) {
            black_box(
                keys.iter()
                    .fold(0, |all, key| all | self.bit(*key).0.load(Relaxed)),
            );
            let mut known = 0;
            for key in keys {
                let (word, bit) = self.bit(*key);
                let before = word.load(Relaxed) & bit != 0 || word.fetch_or(bit, Relaxed) & bit != 0;
                back[known] = *key;
                known += usize::from(before);
            }
            let counters = || back[..known].iter().map(|key| self.counter(*key));
            black_box(counters().fold(0, |all, counter| all | counter.load(Relaxed)));
            counters()
                .filter(|counter| counter.load(Relaxed) < Self::MOST)
                .for_each(|counter| {
                    counter.fetch_add(1, Relaxed);
                });
        }
    }

    /// Notes all these keys, each list as [`Self::add`] does it.
    ///
    /// A part of the tables that a cache holds belongs to one task at a time, which reads all keys and takes its own: no
    /// locked write, and no waiting for the memory.
    pub(super) fn add_all(&self, lists: &[&[u32]], workers: &Workers) -> Result<()> {
        workers.map_rows(1 << PART_BITS, 1, |part| {
            let mut own = [0; KEYS_READ + 16];
            for keys in lists.iter().flat_map(|keys| keys.chunks(KEYS_READ)) {
                let found = of_part(keys, SPREAD, (PART_BITS, part.start as u32), &mut own);
                for key in &own[..found] {
                    let (word, bit) = self.bit(*key);
                    let before = word.load(Relaxed);
                    word.store(before | bit, Relaxed);
                    let counter = self.counter(*key);
                    let count = counter.load(Relaxed);
                    let again = u16::from(before & bit != 0 && count < Self::MOST);
                    counter.store(count + again, Relaxed);
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    /// The counts of `keys`, which were added, into `counts`: each at most one more than [`Self::MOST`].
    pub(super) fn of(&self, keys: &[u32], counts: &mut Vec<u16>) {
        counts.clear();
        counts.extend(keys.iter().map(|key| self.of_added(*key)));
    }

    /// The count of a key, at most one more than [`Self::MOST`].
    pub(super) fn get(&self, key: u32) -> u16 {
        let (word, bit) = self.bit(key);
        let added = word.load(Relaxed) & bit != 0;
        if added { self.of_added(key) } else { 0 }
    }

    #[inline]
    fn of_added(&self, key: u32) -> u16 {
        1 + self.counter(key).load(Relaxed).min(Self::MOST)
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
    fn all_at_once_is_one_after_another() {
        let lists: Vec<Vec<u32>> = (0..50)
            .map(|list| (list..list * 40).map(|key| key * key % 3000).collect())
            .collect();
        let (one, other) = (Frequencies::new(3000, 1 << 20), Frequencies::new(3000, 1 << 20));
        lists.iter().for_each(|keys| one.add(keys));
        let lists: Vec<&[u32]> = lists.iter().map(Vec::as_slice).collect();
        other.add_all(&lists, &Workers::new(Some(2)).unwrap()).unwrap();
        assert!((0..4000).all(|key| one.get(key) == other.get(key)));
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
            (Frequencies::MOST + 1, 1, 0)
        );
    }
}
