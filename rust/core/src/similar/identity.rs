//! The identity of a row: 128 bits that are equal for rows that `method="exact"` calls equal.
//!
//! XXH3-128 over one block of 17 bytes for each column: whether it is null, and the fingerprint of its text. A row
//! whose every column is null has no identity, because it equals nothing; neither has any row of no columns.

use std::sync::Arc;

use arrow_array::FixedSizeBinaryArray;
use arrow_buffer::{Buffer, NullBuffer};
use xxhash_rust::xxh3::xxh3_128;

use crate::error::Result;
use crate::fingerprint::fingerprint_of;
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::text::Text;

/// The identity of every row, `fixed_size_binary(16)`.
pub fn identities(columns: &[Arc<dyn Text>], workers: &Workers) -> Result<FixedSizeBinaryArray> {
    let rows = columns.first().map_or(0, |column| column.len());
    let mut prints = vec![0_u8; rows * 16];
    workers.fill(&mut prints, 16, ROWS_PER_TASK, |first, piece| {
        let (mut scratch, mut key) = (String::new(), Vec::with_capacity(17 * columns.len()));
        for (row, out) in (first..).zip(piece.as_chunks_mut::<16>().0) {
            key.clear();
            for column in columns {
                key.push(u8::from(column.is_null(row)));
                key.extend_from_slice(&fingerprint_of(column.read(row, &mut scratch)).to_be_bytes());
            }
            *out = xxh3_128(&key).to_be_bytes();
        }
        Ok(())
    })?;
    let known = (0..rows).map(|row| columns.iter().any(|column| !column.is_null(row)));
    Ok(FixedSizeBinaryArray::new(
        16,
        Buffer::from_vec(prints),
        Some(NullBuffer::from_iter(known)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextColumn;
    use arrow_array::{Array, ArrayRef, StringArray};

    fn column(values: &[Option<&str>]) -> Arc<dyn Text> {
        let rows: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
        Arc::new(TextColumn::new(&[rows]).unwrap())
    }

    #[test]
    fn equal_where_every_column_is_and_null_is_not_empty() {
        let columns = [
            column(&[Some("a"), Some("a"), Some("ab"), None, Some(""), None]),
            column(&[Some("b"), Some("b"), Some(""), Some("x"), Some("x"), None]),
        ];
        let ids = identities(&columns, &Workers::new(Some(2)).unwrap()).unwrap();
        assert_eq!(ids.value(0), ids.value(1));
        assert_ne!(ids.value(0), ids.value(2), "the border between columns counts");
        assert_ne!(ids.value(3), ids.value(4));
        assert_eq!(ids.null_count(), 1);
        assert!(ids.is_null(5));
    }
}
