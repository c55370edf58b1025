//! SimHash: 64 bits of which similar texts share most.
//!
//! Charikar 2002, Manku, Jain and Das Sarma 2007: every occurrence of a shingle votes with the bits of its 64-bit
//! hash; a bit of the result is set where more than half of the votes have it. Null in, null out.

use arrow_array::UInt64Array;

use crate::error::Result;
use crate::identity::Identity;
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::shingle::{Shingle, Shingler};
use crate::text::TextColumn;

/// What `SimHash` values have in common with those that can be compared with them.
pub fn identity(shingle: Shingle) -> Identity {
    Identity::new("simhash", 1, shingle, None)
}

/// The SimHash of every row.
pub fn simhash(text: &TextColumn, shingle: Shingle, workers: &Workers) -> Result<UInt64Array> {
    let mut out = vec![0; text.len()];
    workers.fill(&mut out, 1, ROWS_PER_TASK, |first, piece| {
        let mut shingler = Shingler::new(shingle);
        let mut shingles = Vec::new();
        let rows = text.iter(first..first + piece.len());
        for (out, row) in piece.iter_mut().zip(rows) {
            let Some(row) = row else { continue };
            shingler.shingles(row, &mut shingles);
            *out = majority(&shingles);
        }
        Ok(())
    })?;
    Ok(UInt64Array::new(out.into(), text.nulls()))
}

pub(crate) fn majority(shingles: &[u64]) -> u64 {
    let half = shingles.len() as u32 / 2;
    let votes = fastcurate_simd::votes::count_bits(shingles);
    votes
        .iter()
        .rev()
        .fold(0, |bits, votes| bits << 1 | u64::from(*votes > half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_majority_decides_and_a_tie_is_zero() {
        assert_eq!(majority(&[0b1100]), 0b1100);
        assert_eq!(majority(&[0b1100, 0b1010]), 0b1000);
        assert_eq!(majority(&[0b1100, 0b1010, 0b1001]), 0b1000);
        assert_eq!(majority(&[u64::MAX, u64::MAX, 0]), u64::MAX);
    }
}
