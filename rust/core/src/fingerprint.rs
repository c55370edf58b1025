//! The 128-bit identity of a text's bytes.
//!
//! XXH3-128 (seed 0) in its canonical, big-endian form, so that the value agrees with every other
//! implementation of XXH3. Null in, null out; the empty text has a fingerprint like any other. Long texts go through
//! `fastcurate_simd`, because the crate chooses its instructions when it is compiled, not when it runs.

use arrow_array::FixedSizeBinaryArray;
use arrow_buffer::Buffer;
use fastcurate_simd::xxh3;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::Result;
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::text::TextColumn;

/// The fingerprint of one text.
pub fn fingerprint_of(text: &str) -> u128 {
    let bytes = text.as_bytes();
    if bytes.len() <= xxh3::SHORT {
        xxh3_128(bytes)
    } else {
        xxh3::hash(bytes)
    }
}

/// The fingerprint of every row: `fixed_size_binary(16)`.
pub fn fingerprint(text: &TextColumn, workers: &Workers) -> Result<FixedSizeBinaryArray> {
    let mut prints = vec![0u8; text.len() * 16];
    workers.fill(&mut prints, 16, ROWS_PER_TASK, |first, piece| {
        let rows = text.iter(first..first + piece.len() / 16);
        for (out, row) in piece.as_chunks_mut::<16>().0.iter_mut().zip(rows) {
            *out = row.map_or(0, fingerprint_of).to_be_bytes();
        }
        Ok(())
    })?;
    Ok(FixedSizeBinaryArray::new(
        16,
        Buffer::from_vec(prints),
        text.nulls(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Array, ArrayRef, StringArray};
    use std::sync::Arc;

    #[test]
    fn the_value_of_the_specification_and_null_for_null() {
        let rows: ArrayRef = Arc::new(StringArray::from(vec![Some(""), None, Some("a")]));
        let text = TextColumn::new(&[rows]).unwrap();
        let out = fingerprint(&text, &Workers::new(Some(2)).unwrap()).unwrap();
        // XXH3-128 of the empty input with seed 0, as published with the algorithm.
        assert_eq!(
            out.value(0),
            0x99aa_06d3_0147_98d8_6001_c324_468d_497f_u128.to_be_bytes()
        );
        assert!(out.is_null(1));
        assert_eq!(out.value(2), fingerprint_of("a").to_be_bytes());
    }
}
