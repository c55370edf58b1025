//! Rows of a column: only those that change are rebuilt, and an array in which none does is its own result.
//!
//! The bytes of a column come as they are, and are held to UTF-8 here, piece by piece while they are in the cache:
//! one pass over memory does for the check and for the quick look. Strings and binary columns go the same way, and
//! the result is a column of bytes that are UTF-8, with the type of strings that belongs to its layout.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::ByteArrayType;
use arrow_array::types::{BinaryType, LargeBinaryType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, GenericBinaryArray, GenericByteArray, GenericStringArray, OffsetSizeTrait,
};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, BooleanBufferBuilder, NullBuffer};
use arrow_schema::DataType;
use arrow_select::take::take;

use super::changes::{Changes, Invalid, Piece};
use super::{Cleaner, assemble};
use crate::error::{Error, Result};
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::text::TextColumn;

/// Bytes that one task works on, about: they stay in the second-level cache.
const BYTES_PER_TASK: usize = 1 << 18;

/// A normalised column, which only [`normalize`] makes: the bytes of its rows are UTF-8.
#[derive(Debug)]
pub struct Normalized {
    chunks: Vec<ArrayRef>,
    kind: DataType,
    changed: Vec<BooleanArray>,
}

impl Normalized {
    /// The chunks, in binary layouts of one type; all-null columns come back as they are.
    pub fn chunks(&self) -> &[ArrayRef] {
        &self.chunks
    }

    /// The type of strings that the chunks are to be read as.
    pub fn kind(&self) -> &DataType {
        &self.kind
    }

    /// Which rows are another text now, chunk by chunk; a null row is not.
    pub fn changed(&self) -> &[BooleanArray] {
        &self.changed
    }
}

/// Every chunk normalised; null in, null out. `chunks` are strings, binary columns or dictionaries of either.
///
/// Chunks in which no row changes come back as they are. Dictionaries come back as plain strings of their value
/// type, and 32-bit offsets as 64-bit ones where the result needs more than 2 GiB in one chunk. Bytes that are not
/// UTF-8 are an [`Error::Row`] or replaced, as the options of `cleaner` say.
pub fn normalize(chunks: &[ArrayRef], cleaner: &Cleaner, workers: &Workers) -> Result<Normalized> {
    within(chunks, cleaner, workers, i32::MAX as usize)
}

/// [`normalize`] with another limit for the bytes under 32-bit offsets, for the tests.
pub(super) fn within(
    chunks: &[ArrayRef],
    cleaner: &Cleaner,
    workers: &Workers,
    limit: usize,
) -> Result<Normalized> {
    let mut done = Vec::with_capacity(chunks.len());
    let mut changed = Vec::with_capacity(chunks.len());
    let mut invalid = Invalid::default();
    let mut rows = 0;
    for chunk in chunks {
        let job = Job {
            cleaner,
            workers,
            limit,
        };
        let (array, rows_changed, of_chunk) = job.array(&as_binary(chunk)?)?;
        invalid.add(&of_chunk, rows);
        rows += chunk.len();
        done.push(array);
        changed.push(rows_changed);
    }
    invalid.check(cleaner.options())?;
    if done
        .iter()
        .any(|array| array.data_type() == &DataType::LargeBinary)
    {
        done = done.iter().map(assemble::large).collect();
    }
    let kind = done
        .first()
        .map_or(DataType::Utf8, |array| match array.data_type() {
            DataType::Binary => DataType::Utf8,
            DataType::LargeBinary => DataType::LargeUtf8,
            DataType::BinaryView => DataType::Utf8View,
            other => other.clone(),
        });
    Ok(Normalized {
        chunks: done,
        kind,
        changed,
    })
}

/// Strings as the bytes they are, over the same buffers; the error about other types is that of text columns.
fn as_binary(chunk: &ArrayRef) -> Result<ArrayRef> {
    Ok(match chunk.data_type() {
        DataType::Utf8 => Arc::new(bytes_of(chunk.as_string::<i32>())),
        DataType::LargeUtf8 => Arc::new(bytes_of(chunk.as_string::<i64>())),
        DataType::Utf8View => Arc::new(chunk.as_string_view().clone().to_binary_view()),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Arc::clone(chunk),
        DataType::Dictionary(_, values) if values.is_binary() => Arc::clone(chunk),
        _ => {
            TextColumn::new(std::slice::from_ref(chunk))?;
            Arc::clone(chunk) // all null, or a dictionary, whose values come here again
        }
    })
}

fn bytes_of<O: OffsetSizeTrait>(strings: &GenericStringArray<O>) -> GenericBinaryArray<O> {
    let (offsets, values, nulls) = strings.clone().into_parts();
    GenericBinaryArray::new(offsets, values, nulls)
}

struct Job<'a> {
    cleaner: &'a Cleaner,
    workers: &'a Workers,
    limit: usize,
}

type Done = (ArrayRef, BooleanArray, Invalid);

impl Job<'_> {
    fn array(&self, chunk: &ArrayRef) -> Result<Done> {
        match chunk.data_type() {
            DataType::Binary => {
                let pieces = self.contiguous::<BinaryType>(chunk.as_binary::<i32>())?;
                Self::put_together(chunk, &pieces, self.limit)
            }
            DataType::LargeBinary => {
                let pieces = self.contiguous::<LargeBinaryType>(chunk.as_binary::<i64>())?;
                Self::put_together(chunk, &pieces, usize::MAX)
            }
            DataType::BinaryView => {
                let views = chunk.as_binary_view();
                let bytes: usize = views.lengths().map(|length| length as usize).sum();
                let pieces = self
                    .workers
                    .map_rows(chunk.len(), per_task(bytes, chunk.len()), |range| {
                        let mut piece = Piece::new(self.cleaner);
                        for row in range.filter(|row| views.is_valid(*row)) {
                            piece.row(row, views.value(row));
                        }
                        Ok(piece.done())
                    })?;
                Self::put_together(chunk, &pieces, usize::MAX)
            }
            DataType::Dictionary(_, _) => self.dictionary(chunk),
            _ => Ok((Arc::clone(chunk), no_row(chunk), Invalid::default())), // all null
        }
    }

    /// Bytes one behind the other: looked at piece by piece, whatever the rows.
    fn contiguous<T: ByteArrayType>(&self, texts: &GenericByteArray<T>) -> Result<Vec<Changes>> {
        let offsets = texts.value_offsets();
        let at = |row: usize| offsets[row].as_usize();
        let bytes = at(texts.len()) - at(0);
        self.workers
            .map_rows(texts.len(), per_task(bytes, texts.len()), |range| {
                let mut piece = Piece::new(self.cleaner);
                let nulls = texts.nulls();
                piece.rows(
                    texts.value_data(),
                    range.start,
                    &offsets[range.start..=range.end],
                    |row| nulls.is_some_and(|nulls| nulls.is_null(row)),
                );
                Ok(piece.done())
            })
    }

    fn put_together(chunk: &ArrayRef, pieces: &[Changes], limit: usize) -> Result<Done> {
        let mut invalid = Invalid::default();
        for piece in pieces {
            invalid.add(&piece.invalid, 0);
        }
        if pieces.iter().all(Changes::is_empty) {
            return Ok((Arc::clone(chunk), no_row(chunk), invalid));
        }
        let mut changed = BooleanBufferBuilder::new(chunk.len());
        changed.append_n(chunk.len(), false);
        for piece in pieces {
            piece.rows().for_each(|(row, _)| changed.set_bit(row, true));
        }
        let changed = BooleanArray::new(changed.finish(), None);
        Ok((assemble::assemble(chunk, pieces, limit)?, changed, invalid))
    }

    /// The values first, each once; then the rows as plain strings.
    fn dictionary(&self, chunk: &ArrayRef) -> Result<Done> {
        let dictionary = chunk.as_any_dictionary();
        let (values, changed, invalid) = self.array(&as_binary(dictionary.values())?)?;
        let longest = assemble::longest(&values);
        // A bound is enough: where it is too high, the offsets are only wider than they had to be.
        let values = if longest.saturating_mul(chunk.len()) > self.limit {
            assemble::large(&values)
        } else {
            values
        };
        let keys = dictionary.keys();
        let rows = take(&values, keys, None).map_err(|error| Error::row(0, error))?;
        let changed = take(&changed, keys, None).map_err(|error| Error::row(0, error))?;
        let changed = changed.as_boolean();
        let changed = (0..changed.len()).map(|row| changed.is_valid(row) && changed.value(row));
        let invalid = invalid.of_dictionary(dictionary);
        Ok((rows, changed.map(Some).collect(), invalid))
    }
}

/// Rows for a task, so that it has [`BYTES_PER_TASK`], about.
fn per_task(bytes: usize, rows: usize) -> usize {
    (BYTES_PER_TASK * rows / bytes.max(1)).clamp(1, ROWS_PER_TASK)
}

fn no_row(chunk: &dyn Array) -> BooleanArray {
    BooleanArray::new(BooleanBuffer::new_unset(chunk.len()), None::<NullBuffer>)
}

#[cfg(test)]
mod tests {
    use super::super::Options;
    use super::*;
    use arrow_array::types::{Int8Type, UInt32Type};
    use arrow_array::{DictionaryArray, LargeStringArray, StringArray, StringViewArray, make_array};

    const ROWS: [Option<&str>; 5] = [
        Some("clean"),
        None,
        Some("a  b"),
        Some("a clean row that is longer than a view holds inline"),
        Some("a row that is longer than a view holds inline and ends in a space "),
    ];

    fn cleaned(array: &ArrayRef, limit: usize) -> (ArrayRef, Vec<Option<String>>) {
        let workers = Workers::new(Some(2)).unwrap();
        let cleaner = Cleaner::new(&Options::default());
        let out = within(std::slice::from_ref(array), &cleaner, &workers, limit).unwrap();
        let data = out.chunks[0].to_data().into_builder().data_type(out.kind.clone());
        let array = make_array(data.build().unwrap());
        let text = TextColumn::new(std::slice::from_ref(&array)).unwrap();
        let rows = text
            .iter(0..text.len())
            .map(|row| row.map(str::to_owned))
            .collect();
        (array, rows)
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
    fn every_layout_takes_its_form_where_spacing_is_kept() {
        let rows = [
            Some("caf\u{e9}"),
            None,
            Some("caf\u{e9} that is longer than a view holds inline"),
        ];
        let mut options = Options::KEEP;
        options.set("form", "NFD").unwrap();
        let (cleaner, workers) = (Cleaner::new(&options), Workers::inline());
        let views: ArrayRef = Arc::new(StringViewArray::from_iter(rows));
        let plain: ArrayRef = Arc::new(StringArray::from_iter(rows));
        for array in [views, plain] {
            let out = normalize(std::slice::from_ref(&array), &cleaner, &workers).unwrap();
            assert_eq!(out.changed()[0].true_count(), 2, "{}", array.data_type());
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
