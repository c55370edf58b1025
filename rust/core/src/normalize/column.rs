//! Rows of a column: only those that change are rebuilt, and an array in which none does is its own result.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayAccessor, ArrayRef, LargeStringArray, StringArray, StringViewArray, make_array,
};
use arrow_data::transform::{Capacities, MutableArrayData};
use arrow_schema::DataType;
use arrow_select::take::take;

use super::{Cleaner, Options};
use crate::error::{Error, Result};
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::text::TextColumn;

/// Bytes that one task works on, about.
const BYTES_PER_TASK: usize = 1 << 20;

/// Every chunk normalised; null in, null out. Chunks in which no row changes come back as they are. Dictionaries
/// come back as plain strings of their value type, and `Utf8` as `LargeUtf8` where the result needs more than
/// 2 GiB in one chunk.
pub fn normalize(chunks: &[ArrayRef], options: &Options, workers: &Workers) -> Result<Vec<ArrayRef>> {
    within(chunks, options, workers, i32::MAX as usize)
}

/// [`normalize`] with another limit for the bytes of a `Utf8` array, for the tests.
pub(super) fn within(
    chunks: &[ArrayRef],
    options: &Options,
    workers: &Workers,
    limit: usize,
) -> Result<Vec<ArrayRef>> {
    TextColumn::new(chunks)?; // for its error about other types
    let cleaner = Cleaner::new(options);
    let mut out = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        out.push(array(chunk, &cleaner, workers, limit)?);
    }
    if out.iter().any(|array| array.data_type() == &DataType::LargeUtf8) {
        out = out.iter().map(large).collect();
    }
    Ok(out)
}

fn array(chunk: &ArrayRef, cleaner: &Cleaner, workers: &Workers, limit: usize) -> Result<ArrayRef> {
    match chunk.data_type() {
        DataType::Utf8 => {
            strings::<&StringArray, StringArray>(chunk, chunk.as_string(), cleaner, workers, limit)
        }
        DataType::LargeUtf8 => strings::<&LargeStringArray, LargeStringArray>(
            chunk,
            chunk.as_string(),
            cleaner,
            workers,
            usize::MAX,
        ),
        DataType::Utf8View => {
            let views = chunk.as_string_view();
            strings::<&StringViewArray, StringViewArray>(chunk, views, cleaner, workers, usize::MAX)
        }
        DataType::Dictionary(_, _) => {
            let dictionary = chunk.as_any_dictionary();
            let values = array(dictionary.values(), cleaner, workers, limit)?;
            plain(&values, dictionary.keys(), limit)
        }
        _ => Ok(Arc::clone(chunk)), // all null
    }
}

/// `texts` is `chunk` in its own layout, `O` the owned kind of it.
#[expect(clippy::needless_pass_by_value, reason = "`A` is a reference already")]
fn strings<'a, A, O>(
    chunk: &ArrayRef,
    texts: A,
    cleaner: &Cleaner,
    workers: &Workers,
    limit: usize,
) -> Result<ArrayRef>
where
    A: ArrayAccessor<Item = &'a str> + Sync + Send,
    O: Array + FromIterator<Option<String>> + 'static,
{
    let text_of = |row: usize| texts.is_valid(row).then(|| texts.value(row));
    let bytes: usize = (0..texts.len()).filter_map(text_of).map(str::len).sum();
    let per_task = (BYTES_PER_TASK * texts.len() / bytes.max(1)).clamp(1, ROWS_PER_TASK);
    let changed = workers.map_rows(texts.len(), per_task, |range| {
        let clean = |row| Some((row, cleaner.clean(text_of(row)?)?));
        Ok(range.filter_map(clean).collect::<Vec<_>>())
    })?;
    let (rows, changed): (Vec<usize>, Vec<Option<String>>) = changed
        .into_iter()
        .flatten()
        .map(|(row, text)| (row, Some(text)))
        .unzip();
    if rows.is_empty() {
        return Ok(Arc::clone(chunk));
    }
    let gone: usize = rows.iter().map(|row| texts.value(*row).len()).sum();
    let bytes = bytes - gone + changed.iter().flatten().map(String::len).sum::<usize>();
    if bytes <= limit {
        merged(chunk, &rows, &O::from_iter(changed), bytes)
    } else {
        merged(&large(chunk), &rows, &LargeStringArray::from_iter(changed), bytes)
    }
}

/// `chunk` with `texts` in the place of `rows`; the runs of rows between them are copied as one.
fn merged(chunk: &ArrayRef, rows: &[usize], texts: &dyn Array, bytes: usize) -> Result<ArrayRef> {
    let capacity = match chunk.data_type() {
        DataType::Utf8View => Capacities::Array(chunk.len()),
        _ => Capacities::Binary(chunk.len(), Some(bytes)),
    };
    let (chunk, texts) = (chunk.to_data(), texts.to_data());
    let mut out = MutableArrayData::with_capacities(vec![&chunk, &texts], false, capacity);
    let mut copy = |source, from, to| {
        out.try_extend(source, from, to)
            .map_err(|error| Error::row(from, error))
    };
    let mut next = 0;
    for (position, &row) in rows.iter().enumerate() {
        copy(0, next, row)?;
        copy(1, position, position + 1)?;
        next = row + 1;
    }
    copy(0, next, chunk.len())?;
    Ok(make_array(out.freeze()))
}

/// A dictionary's rows as plain strings.
fn plain(values: &ArrayRef, keys: &dyn Array, limit: usize) -> Result<ArrayRef> {
    let longest = TextColumn::new(std::slice::from_ref(values))?;
    let longest = longest.iter(0..longest.len()).flatten().map(str::len).max();
    // A bound is enough: where it is too high, the offsets are only wider than they had to be.
    let values = if longest.unwrap_or(0).saturating_mul(keys.len()) > limit {
        large(values)
    } else {
        Arc::clone(values)
    };
    take(&values, keys, None).map_err(|error| Error::row(0, error))
}

/// `Utf8` as `LargeUtf8`; other layouts as they are.
fn large(array: &ArrayRef) -> ArrayRef {
    match array.as_string_opt::<i32>() {
        Some(texts) => Arc::new(texts.iter().collect::<LargeStringArray>()),
        None => Arc::clone(array),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::DictionaryArray;
    use arrow_array::types::{Int8Type, UInt32Type};

    const ROWS: [Option<&str>; 5] = [
        Some("clean"),
        None,
        Some("a  b"),
        Some("a clean row that is longer than a view holds inline"),
        Some("a row that is longer than a view holds inline and ends in a space "),
    ];

    fn cleaned(array: &ArrayRef, limit: usize) -> (ArrayRef, Vec<Option<String>>) {
        let workers = Workers::new(Some(2)).unwrap();
        let out = within(std::slice::from_ref(array), &Options::default(), &workers, limit).unwrap();
        let text = TextColumn::new(&out).unwrap();
        let rows = text
            .iter(0..text.len())
            .map(|row| row.map(str::to_owned))
            .collect();
        (Arc::clone(&out[0]), rows)
    }

    #[test]
    fn every_layout_and_slice_gives_the_same_rows() {
        let layouts: [ArrayRef; 5] = [
            Arc::new(StringArray::from_iter(ROWS)),
            Arc::new(LargeStringArray::from_iter(ROWS)),
            Arc::new(StringViewArray::from_iter(ROWS)),
            Arc::new(DictionaryArray::<Int8Type>::from_iter(ROWS)),
            Arc::new(DictionaryArray::<UInt32Type>::from_iter(ROWS)),
        ];
        let expected = ROWS.map(|row| row.map(|text| text.replace("  ", " ").trim_end().to_owned()));
        for array in layouts {
            for (from, len) in [(0, 5), (1, 4), (2, 2), (0, 2), (5, 0)] {
                let (out, rows) = cleaned(&array.slice(from, len), usize::MAX);
                assert_eq!(rows, expected[from..from + len], "{} {from}", array.data_type());
                out.to_data().validate_full().unwrap();
                match array.data_type() {
                    DataType::Dictionary(..) => assert_eq!(out.data_type(), &DataType::Utf8),
                    layout => assert_eq!(out.data_type(), layout),
                }
            }
        }
    }

    #[test]
    fn offsets_become_wide_where_the_bytes_need_it() {
        let plain: ArrayRef = Arc::new(StringArray::from_iter(ROWS));
        let encoded: ArrayRef = Arc::new(DictionaryArray::<Int8Type>::from_iter(ROWS));
        let expected = cleaned(&plain, usize::MAX).1;
        for array in [plain, encoded] {
            let (out, rows) = cleaned(&array, 100);
            assert_eq!(out.data_type(), &DataType::LargeUtf8);
            assert_eq!(rows, expected);
        }
    }
}
