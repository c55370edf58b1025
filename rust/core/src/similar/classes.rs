//! Rows that cannot be told apart are one class: the rest of the work is done once for all of them.
//!
//! First rows with the same bytes, which costs one pass of a fast hash; of these, rows with the same sets of shingles (and
//! the same numbers, where they count), once each distinct text was cut. Keys are 128-bit hashes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use arrow_buffer::ToByteSlice;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::Result;
use crate::fingerprint::fingerprint_of;
use crate::hash::Map;
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::text::Text;

/// So many keys are grouped in parts,
const PARTED: usize = 1 << 14;

/// so many, as a power of two: each reads all keys and keeps its own.
const PART_BITS: u32 = 4;

/// A partition of ranks (positions in the order of the keep policy); classes are numbered in the order of their first
/// ranks, not without gaps.
pub(super) struct Classes {
    /// The class of each rank.
    pub(super) of: Vec<u32>,
    /// The first rank of each number, whether or not it is still a class.
    pub(super) first: Vec<u32>,
}

impl Classes {
    /// Every rank a class of its own.
    pub(super) fn apart(ranks: usize) -> Self {
        Self {
            of: (0..ranks as u32).collect(),
            first: (0..ranks as u32).collect(),
        }
    }

    /// Equal keys, equal class.
    fn from_keys(keys: &[u128], workers: &Workers) -> Result<Self> {
        // Equal keys are in the same part, each of which is a task and a table of its own.
        let bits = if keys.len() < PARTED { 0 } else { PART_BITS };
        let firsts: Vec<AtomicU32> = (0..keys.len()).map(|_| AtomicU32::new(0)).collect();
        workers.map_rows(1 << bits, 1, |part| {
            let room = (keys.len() >> bits) * 9 / 8;
            let mut known = Map::<u128, u32>::with_capacity_and_hasher(room, <_>::default());
            for (rank, key) in keys.iter().enumerate() {
                if (*key as usize) & ((1 << bits) - 1) == part.start {
                    let first = *known.entry(key >> bits).or_insert(rank as u32);
                    firsts[rank].store(first, Relaxed);
                }
            }
            Ok(())
        })?;
        let mut of: Vec<u32> = firsts.into_iter().map(AtomicU32::into_inner).collect();
        let mut first = Vec::new();
        for rank in 0..of.len() {
            let earliest = of[rank] as usize;
            of[rank] = if earliest == rank {
                first.push(rank as u32);
                first.len() as u32 - 1
            } else {
                of[earliest]
            };
        }
        first.shrink_to_fit();
        Ok(Self { of, first })
    }

    /// Joins classes with equal keys, one for each class: the lowest of them stays, the numbers of the others are left
    /// out from now on.
    fn join(&mut self, keys: &[u128], workers: &Workers) -> Result<()> {
        let coarser = Self::from_keys(keys, workers)?;
        for class in &mut self.of {
            *class = coarser.first[coarser.of[*class as usize] as usize];
        }
        Ok(())
    }

    /// Joins classes that have equal sums in every entry (one list each) and equal salts. Which of them are still classes.
    pub(super) fn join_equal(
        &mut self,
        sums: &[Vec<u128>],
        salts: Option<&[u64]>,
        workers: &Workers,
    ) -> Result<Vec<bool>> {
        self.join(&keys_of(sums, salts, workers)?, workers)?;
        let mut stays = vec![false; self.first.len()];
        self.of.iter().for_each(|class| stays[*class as usize] = true);
        Ok(stays)
    }
}

/// One key for each class from its sums, one for each entry, and its salt.
fn keys_of(entries: &[Vec<u128>], salts: Option<&[u64]>, workers: &Workers) -> Result<Vec<u128>> {
    let classes = entries.first().map_or(0, Vec::len);
    let parts = workers.map_rows(classes, ROWS_PER_TASK, |range| {
        let mut all = Vec::new();
        let key = |class: usize| {
            all.clear();
            all.extend(entries.iter().map(|sums| sums[class]));
            all.extend(salts.map(|salts| u128::from(salts[class])));
            combine(&all)
        };
        Ok(range.map(key).collect::<Vec<_>>())
    })?;
    Ok(parts.concat())
}

/// Rows of the same group (a number for each row) with the same bytes in every text. A null is told apart from an empty
/// text only with `nulls_differ`. Where there are no groups and no such nulls, the text hash of each class too
/// ([`super::plan::text_hash`]).
pub(super) fn of_bytes(
    texts: &[Arc<dyn Text>],
    ranked: &[u32],
    groups: Option<&[u32]>,
    nulls_differ: bool,
    workers: &Workers,
) -> Result<(Classes, Option<Vec<u64>>)> {
    let parts = workers.map_rows(ranked.len(), ROWS_PER_TASK, |range| {
        let (mut scratch, mut prints) = (String::new(), Vec::new());
        let mut key = |row: &u32| {
            prints.clear();
            prints.extend(groups.map(|groups| u128::from(groups[*row as usize])));
            for text in texts {
                let row = *row as usize;
                let absent = nulls_differ && text.is_null(row);
                prints.push(if absent {
                    0
                } else {
                    fingerprint_of(text.read(row, &mut scratch))
                });
            }
            combine(&prints)
        };
        Ok(ranked[range].iter().map(&mut key).collect::<Vec<_>>())
    })?;
    let keys = parts.concat();
    let classes = Classes::from_keys(&keys, workers)?;
    let are_of_texts = groups.is_none() && !nulls_differ;
    let hash = |rank: &u32| (keys[*rank as usize] >> 64) as u64;
    let hashes = are_of_texts.then(|| classes.first.iter().map(hash).collect());
    Ok((classes, hashes))
}

pub(super) fn combine(prints: &[u128]) -> u128 {
    if let [print] = *prints {
        return print;
    }
    let halves: Vec<u64> = prints
        .iter()
        .flat_map(|print| [*print as u64, (*print >> 64) as u64])
        .collect();
    xxh3_128(halves.to_byte_slice())
}
