//! Rows that cannot be told apart are one class: the rest of the work is done once for all of them.
//!
//! First rows with the same bytes, which costs one pass of a fast hash; of these, rows with the same shingles, each as
//! often (and the same numbers, where they count), which costs cutting each distinct text once. Keys are 128-bit
//! hashes. Rows that differ only in how often they have a shingle stay apart here and are found equal by the join.

use std::sync::Arc;

use arrow_buffer::ToByteSlice;
use xxhash_rust::xxh3::xxh3_128;

use super::counts::Repeated;
use super::numbers::Numbers;
use super::sets::Cutter;
use crate::error::Result;
use crate::fingerprint::fingerprint_of;
use crate::hash::{Map, mix};
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::shingle::Shingle;
use crate::text::Text;

/// A partition of ranks (positions in the order of the keep policy); classes are numbered by their first rank.
pub(super) struct Classes {
    /// The class of each rank.
    pub(super) of: Vec<u32>,
    /// The first rank of each class.
    pub(super) first: Vec<u32>,
}

impl Classes {
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

    /// The classes of these classes: `coarser` partitions their numbers.
    fn coarsen(self, coarser: &Self) -> Self {
        Self {
            of: self
                .of
                .into_iter()
                .map(|class| coarser.of[class as usize])
                .collect(),
            first: coarser
                .first
                .iter()
                .map(|class| self.first[*class as usize])
                .collect(),
        }
    }
}

/// Rows with the same bytes in every text, and how many bytes the distinct ones have in each. A null is told apart
/// from an empty text only with `nulls_differ`.
pub(super) fn of_bytes(
    texts: &[Arc<dyn Text>],
    ranked: &[u32],
    nulls_differ: bool,
    workers: &Workers,
) -> Result<(Classes, Vec<usize>)> {
    let parts = workers.map_rows(ranked.len(), ROWS_PER_TASK, |range| {
        let (mut scratch, mut prints) = (String::new(), Vec::new());
        let mut bytes = vec![0; texts.len()];
        let mut key = |row: &u32| {
            prints.clear();
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

fn combine(prints: &[u128]) -> u128 {
    let halves: Vec<u64> = prints
        .iter()
        .flat_map(|print| [*print as u64, (*print >> 64) as u64])
        .collect();
    xxh3_128(halves.to_byte_slice())
}

/// The same for the same shingles in any order, each as often: two independent sums.
fn sum(shingles: &[u64]) -> u128 {
    let (a, b) = shingles.iter().fold((0_u64, 0_u64), |(a, b), shingle| {
        (
            a.wrapping_add(*shingle),
            b.wrapping_add(mix(shingle.rotate_left(32))),
        )
    });
    u128::from(a) << 64 | u128::from(b)
}

/// Of the classes of rows with the same bytes, those with the same shingles; with `numbers`, also the same numbers,
/// whose hashes are handed back, one for each class. Counts every distinct text's shingles in `repeated`.
pub(super) fn of_sets(
    texts: &[Arc<dyn Text>],
    ranked: &[u32],
    same_bytes: Classes,
    shingle: Shingle,
    repeated: &[Repeated],
    numbers: bool,
    workers: &Workers,
) -> Result<(Classes, Option<Vec<u64>>)> {
    let parts = workers.map_rows(same_bytes.first.len(), ROWS_PER_TASK / 4, |classes| {
        let mut cutter = Cutter::new(shingle);
        let (mut scratch, mut prints, mut counting) = (String::new(), Vec::new(), Vec::new());
        let mut key = |rank: &u32| {
            let row = ranked[*rank as usize];
            prints.clear();
            for (text, repeated) in texts.iter().zip(repeated) {
                let shingles = cutter.shingles(&**text, row);
                repeated.add(shingles, &mut counting);
                prints.push(sum(shingles));
            }
            let mut seen = Numbers::default();
            if numbers {
                for text in texts {
                    seen.add(text.read(row as usize, &mut scratch));
                }
                prints.push(u128::from(seen.finish()));
            }
            (combine(&prints), seen.finish())
        };
        Ok(same_bytes.first[classes].iter().map(&mut key).collect::<Vec<_>>())
    })?;
    let keys: Vec<(u128, u64)> = parts.into_iter().flatten().collect();
    let coarser = Classes::from_keys(keys.iter().map(|(key, _)| *key));
    let numbers = numbers.then(|| {
        coarser
            .first
            .iter()
            .map(|class| keys[*class as usize].1)
            .collect()
    });
    Ok((same_bytes.coarsen(&coarser), numbers))
}
