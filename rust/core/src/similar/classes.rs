//! Rows that cannot be told apart are one class: the rest of the work is done once for all of them.
//!
//! First rows with the same bytes, which costs one pass of a fast hash; of these, rows with the same sets of shingles (and
//! the same numbers, where they count), once each distinct text was cut. Keys are 128-bit hashes.

use std::sync::Arc;

use arrow_buffer::ToByteSlice;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::Result;
use crate::fingerprint::fingerprint_of;
use crate::hash::Map;
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::text::Text;

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
    fn from_keys(keys: impl ExactSizeIterator<Item = u128>) -> Self {
        let mut known = Map::<u128, u32>::with_capacity_and_hasher(keys.len(), <_>::default());
        let (mut of, mut first) = (Vec::with_capacity(keys.len()), Vec::new());
        for (rank, key) in keys.enumerate() {
            let class = *known.entry(key).or_insert_with(|| {
                first.push(rank as u32);
                first.len() as u32 - 1
            });
            of.push(class);
        }
        first.shrink_to_fit();
        Self { of, first }
    }

    /// Joins classes with equal keys, one for each class: the lowest of them stays, the numbers of the others are left
    /// out from now on.
    pub(super) fn join(&mut self, keys: impl ExactSizeIterator<Item = u128>) {
        let coarser = Self::from_keys(keys);
        for class in &mut self.of {
            *class = coarser.first[coarser.of[*class as usize] as usize];
        }
    }

    /// Joins classes that have equal sums in every entry (one list each) and equal salts. Which of them are still classes.
    pub(super) fn join_equal(&mut self, sums: &[Vec<u128>], salts: Option<&[u64]>) -> Vec<bool> {
        let classes = self.first.len();
        self.join((0..classes).map(|class| {
            let salt = salts.map(|salts| u128::from(salts[class]));
            let all: Vec<u128> = sums.iter().map(|sums| sums[class]).chain(salt).collect();
            combine(&all)
        }));
        let mut stays = vec![false; classes];
        self.of.iter().for_each(|class| stays[*class as usize] = true);
        stays
    }
}

/// Rows of the same group (a number for each row) with the same bytes in every text, and how many bytes the distinct ones have in each. A null is told apart
/// from an empty text only with `nulls_differ`.
pub(super) fn of_bytes(
    texts: &[Arc<dyn Text>],
    ranked: &[u32],
    groups: Option<&[u32]>,
    nulls_differ: bool,
    workers: &Workers,
) -> Result<(Classes, Vec<usize>)> {
    let parts = workers.map_rows(ranked.len(), ROWS_PER_TASK, |range| {
        let (mut scratch, mut prints) = (String::new(), Vec::new());
        let mut bytes = vec![0; texts.len()];
        let mut key = |row: &u32| {
            prints.clear();
            prints.extend(groups.map(|groups| u128::from(groups[*row as usize])));
            for (text, bytes) in texts.iter().zip(&mut bytes) {
                let row = *row as usize;
                let read = text.read(row, &mut scratch);
                *bytes += read.len();
                let absent = nulls_differ && text.is_null(row);
                prints.push(if absent { 0 } else { fingerprint_of(read) });
            }
            if let [print] = prints[..] {
                print
            } else {
                combine(&prints)
            }
        };
        let keys: Vec<u128> = ranked[range].iter().map(&mut key).collect();
        Ok((keys, bytes))
    })?;
    let mut totals = vec![0; texts.len()];
    for (_, bytes) in &parts {
        totals
            .iter_mut()
            .zip(bytes)
            .for_each(|(total, bytes)| *total += bytes);
    }
    let keys: Vec<u128> = parts.into_iter().flat_map(|(keys, _)| keys).collect();
    Ok((Classes::from_keys(keys.into_iter()), totals))
}

pub(super) fn combine(prints: &[u128]) -> u128 {
    let halves: Vec<u64> = prints
        .iter()
        .flat_map(|print| [*print as u64, (*print >> 64) as u64])
        .collect();
    xxh3_128(halves.to_byte_slice())
}
