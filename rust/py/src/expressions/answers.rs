//! Results of kernels in the types that Polars has: no binary of fixed width, lists with wide offsets.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, FixedSizeBinaryArray, Int64Array, LargeBinaryArray, LargeListArray, ListArray,
    StringViewArray, StructArray,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};
use arrow_select::take::take;
use fastcurate_core::redact::Redacted;
use fastcurate_core::text::TextColumn;
use fastcurate_core::{Error, Result};

/// Digests as binary; the values stay where they are.
pub(super) fn binary(array: &FixedSizeBinaryArray) -> LargeBinaryArray {
    let width = array.value_length() as usize;
    let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(width, array.len()));
    LargeBinaryArray::new(offsets, array.values().clone(), array.nulls().cloned())
}

/// Strings, also where the column was a dictionary, whose chunks may have come back as they were or as plain text.
pub(super) fn strings(kind: &DataType, chunks: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
    if !matches!(kind, DataType::Dictionary(..)) {
        return Ok(chunks);
    }
    let plain = |chunk| -> Result<ArrayRef> {
        let text = TextColumn::new(&[chunk])?;
        Ok(Arc::new(text.iter(0..text.len()).collect::<StringViewArray>()))
    };
    chunks.into_iter().map(plain).collect()
}

/// The finds of every row: `list<struct<start, end, kind, replacement>>`; null where the text is.
pub(super) fn finds(found: &Redacted, text: &TextColumn) -> Result<ArrayRef> {
    let mut lengths = vec![0; text.len()];
    for row in &found.rows {
        lengths[*row as usize] += 1;
    }
    let places = |values: &[i64]| -> ArrayRef { Arc::new(Int64Array::from(values.to_vec())) };
    let texts = |values: &[String]| -> ArrayRef { Arc::new(StringViewArray::from_iter_values(values)) };
    let field = |name, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
    let columns = [
        ("start", places(&found.starts)),
        ("end", places(&found.ends)),
        ("kind", texts(&found.kinds)),
        ("replacement", texts(&found.replacements)),
    ];
    let columns = columns.map(|(name, array)| (field(name, &array), array));
    let values: ArrayRef = Arc::new(StructArray::from(columns.to_vec()));
    list(lengths, values, text.nulls())
}

/// The names in the place of their positions.
pub(super) fn named(found: &ListArray, names: &[String]) -> Result<ArrayRef> {
    let names = StringViewArray::from_iter_values(names);
    let refused = |error| Error::argument("words", error, "positions of the list");
    let values = take(&names, found.values(), None).map_err(refused)?;
    let lengths = found.offsets().lengths().collect();
    list(lengths, values, found.nulls().cloned())
}

fn list(lengths: Vec<usize>, values: ArrayRef, nulls: Option<arrow_buffer::NullBuffer>) -> Result<ArrayRef> {
    let item = Arc::new(Field::new("item", values.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths(lengths);
    let list = LargeListArray::try_new(item, offsets, values, nulls);
    let list = list.map_err(|error| Error::argument("the column", error, "one of fewer finds"))?;
    Ok(Arc::new(list))
}
