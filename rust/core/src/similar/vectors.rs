//! Sketches of one length, compared place by place: the 64 bits of `SimHash`, the values of MinHash signatures.
//!
//! Classes whose sketches differ in few enough places have a key in common ([`super::blocks`]). What is compared is the
//! sketch: the similarity is exact for `SimHash`, and for a signature the share of its equal values, the estimate of the
//! Jaccard similarity (Broder 1997).

use std::sync::Arc;

use arrow_buffer::{ScalarBuffer, ToByteSlice};
use xxhash_rust::xxh3::xxh3_128;

use super::blocks::Blocks;
use super::bounds::Bounds;
use super::counts::Frequencies;
use super::keys::{CLASSES_PER_CHUNK, Chunk, Keys};
use crate::error::Result;
use crate::hash::mix;
use crate::parallel::Workers;
use crate::shingle::{Shingle, Shingler};
use crate::simhash::majority;
use crate::text::Text;

/// The sketches of one entry, one for each class.
pub(super) enum Vectors {
    /// 64 bits.
    Bits(Vec<u64>),
    /// `width` values for each row, and the row of each class.
    Values {
        values: ScalarBuffer<u32>,
        width: usize,
        rows: Arc<[u32]>,
    },
}

impl Vectors {
    /// The `SimHash` of the texts in these rows; a null counts as empty.
    pub(super) fn simhashes(
        text: &dyn Text,
        shingle: Shingle,
        rows: &[u32],
        workers: &Workers,
    ) -> Result<Self> {
        let parts = workers.map_rows(rows.len(), CLASSES_PER_CHUNK, |range| {
            let (mut shingler, mut scratch, mut shingles) =
                (Shingler::new(shingle), String::new(), Vec::new());
            let of_row = |row: &u32| {
                shingler.shingles(text.read(*row as usize, &mut scratch), &mut shingles);
                majority(&shingles)
            };
            Ok(rows[range].iter().map(of_row).collect::<Vec<_>>())
        })?;
        Ok(Self::Bits(parts.concat()))
    }

    /// In how many places two sketches are compared.
    pub(super) fn places(&self) -> usize {
        match self {
            Self::Bits(_) => u64::BITS as usize,
            Self::Values { width, .. } => *width,
        }
    }

    /// In how many places two classes are equal.
    #[inline]
    pub(super) fn shared(&self, a: u32, b: u32) -> usize {
        match self {
            Self::Bits(values) => (values[a as usize] ^ values[b as usize]).count_zeros() as usize,
            Self::Values { .. } => {
                let equal = self.values(a).iter().zip(self.values(b)).filter(|(x, y)| x == y);
                equal.count()
            }
        }
    }

    /// The same for the same sketch: one for each class.
    pub(super) fn sums(&self, classes: usize) -> Vec<u128> {
        let sum = |class: u32| match self {
            Self::Bits(values) => u128::from(values[class as usize]),
            Self::Values { .. } => xxh3_128(self.values(class).to_byte_slice()),
        };
        (0..classes as u32).map(sum).collect()
    }

    fn values(&self, class: u32) -> &[u32] {
        match self {
            Self::Bits(_) => &[],
            Self::Values { values, width, rows } => {
                let row = rows[class as usize] as usize;
                &values[row * width..(row + 1) * width]
            }
        }
    }

    /// The keys of all classes that `stay`, without those that no other class has; `salts` tell apart what must not meet.
    pub(super) fn keys(
        &self,
        bounds: Bounds,
        salts: Option<&[u64]>,
        stay: &[bool],
        workers: &Workers,
    ) -> Result<Keys> {
        let (places, classes) = (self.places(), stay.len());
        let bits = if matches!(self, Self::Bits(_)) { 1 } else { 32 };
        let blocks = Blocks::new(places, bounds.prefix(places) - 1, bits, classes);
        let counts = Frequencies::new(classes * blocks.0.len(), usize::MAX);
        let each = |class: usize, out: &mut Vec<u32>| {
            out.clear();
            if stay[class] {
                self.keys_of(class as u32, &blocks, salts.map_or(0, |salts| salts[class]), out);
            }
        };
        workers.map_rows(classes, CLASSES_PER_CHUNK, |range| {
            let mut keys = Vec::new();
            for class in range {
                each(class, &mut keys);
                counts.add(&keys);
            }
            Ok(())
        })?;
        let chunks = workers.map_rows(classes, CLASSES_PER_CHUNK, |range| {
            let (mut chunk, mut keys) = (Chunk::default(), Vec::new());
            for class in range {
                each(class, &mut keys);
                chunk.keys.extend(keys.iter().filter(|key| counts.get(**key) > 1));
                chunk.end();
            }
            chunk.keys.shrink_to_fit();
            Ok(chunk)
        })?;
        Ok(Keys::of_chunks(chunks))
    }

    fn keys_of(&self, class: u32, blocks: &Blocks, salt: u64, out: &mut Vec<u32>) {
        for (number, ranges) in (1_u64..).zip(&blocks.0) {
            let start = mix(number ^ mix(salt));
            let key = match self {
                Self::Bits(values) => {
                    let mask = ranges
                        .iter()
                        .fold(0, |mask, range| mask | ones(range.start, range.end));
                    mix(start ^ (values[class as usize] & mask))
                }
                Self::Values { .. } => {
                    let values = ranges.iter().flat_map(|range| &self.values(class)[range.clone()]);
                    values.fold(start, |key, value| mix(key ^ u64::from(*value)))
                }
            };
            out.push((key >> 32) as u32);
        }
    }
}

/// The bits from `start` to before `end`.
fn ones(start: usize, end: usize) -> u64 {
    (u64::MAX >> (64 - (end - start))) << start
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn masks() {
        assert_eq!(
            (ones(0, 64), ones(3, 5), ones(63, 64)),
            (u64::MAX, 0b11000, 1 << 63)
        );
    }

    proptest! {
        #[test]
        fn sketches_that_are_close_meet(
            first in any::<u64>(), flips in proptest::collection::btree_set(0usize..64, 0..20), salt in any::<[u64; 2]>(),
        ) {
            let second = flips.iter().fold(first, |value, bit| value ^ 1 << bit);
            let wide = |value: u64| (0..64).map(move |bit| (value >> bit & 1) as u32 + 7);
            let bits = Vectors::Bits(vec![first, second]);
            let values = Vectors::Values {
                values: wide(first).chain(wide(second)).collect(),
                width: 64,
                rows: Arc::from([0, 1]),
            };
            for vectors in [bits, values] {
                prop_assert_eq!(vectors.shared(0, 1), 64 - flips.len());
                let bounds = Bounds((64 - flips.len()) as f64 / 64.0);
                let workers = Workers::inline();
                let keys = vectors.keys(bounds, None, &[true, true], &workers).unwrap();
                prop_assert!(keys.of(0).iter().any(|key| keys.of(1).contains(key)));
                if salt[0] != salt[1] {
                    let keys = vectors.keys(bounds, Some(&salt), &[true, true], &workers).unwrap();
                    prop_assert!(!keys.of(0).iter().any(|key| keys.of(1).contains(key)));
                }
            }
        }
    }
}
