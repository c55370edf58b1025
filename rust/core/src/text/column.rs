//! One column of text over any number of chunks, read in place.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, LargeStringArray, NullArray, StringArray, StringViewArray,
};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, NullBuffer};
use arrow_schema::DataType;

use super::Text;
use crate::error::{Error, Result};

/// A chunk of text in one layout.
trait Rows: Send + Sync {
    fn get(&self, row: usize) -> Option<&str>;
}

macro_rules! rows_of_strings {
    ($($array:ty),*) => {$(
        impl Rows for $array {
            fn get(&self, row: usize) -> Option<&str> {
                self.is_valid(row).then(|| self.value(row))
            }
        }
    )*};
}
rows_of_strings!(StringArray, LargeStringArray, StringViewArray);

impl Rows for NullArray {
    fn get(&self, _row: usize) -> Option<&str> {
        None
    }
}

/// A dictionary: a null is a null key or a key of a null value.
struct Encoded<K: ArrowDictionaryKeyType> {
    keys: DictionaryArray<K>,
    values: Arc<dyn Rows>,
}

impl<K: ArrowDictionaryKeyType> Rows for Encoded<K> {
    fn get(&self, row: usize) -> Option<&str> {
        let keys = self.keys.keys();
        if keys.is_null(row) {
            None
        } else {
            self.values.get(keys.value(row).as_usize())
        }
    }
}

fn encoded<K: ArrowDictionaryKeyType>(array: &dyn Array) -> Result<Arc<dyn Rows>> {
    let keys = array.as_dictionary::<K>().clone();
    let values = rows(keys.values())?;
    Ok(Arc::new(Encoded { keys, values }))
}

fn rows(array: &dyn Array) -> Result<Arc<dyn Rows>> {
    Ok(match array.data_type() {
        DataType::Utf8 => Arc::new(array.as_string::<i32>().clone()),
        DataType::LargeUtf8 => Arc::new(array.as_string::<i64>().clone()),
        DataType::Utf8View => Arc::new(array.as_string_view().clone()),
        DataType::Null => Arc::new(NullArray::new(array.len())),
        DataType::Dictionary(key, _) => match key.as_ref() {
            DataType::Int8 => encoded::<Int8Type>(array)?,
            DataType::Int16 => encoded::<Int16Type>(array)?,
            DataType::Int32 => encoded::<Int32Type>(array)?,
            DataType::Int64 => encoded::<Int64Type>(array)?,
            DataType::UInt8 => encoded::<UInt8Type>(array)?,
            DataType::UInt16 => encoded::<UInt16Type>(array)?,
            DataType::UInt32 => encoded::<UInt32Type>(array)?,
            _ => encoded::<UInt64Type>(array)?,
        },
        other => {
            let expected = "a column of strings (string, large_string, string_view or a dictionary of them)";
            return Err(Error::wrong_type(
                "text",
                format!("a column of {other}"),
                expected,
            ));
        }
    })
}

/// A column of text. Null in, null out: a null row is `None` and no kernel sees it.
#[derive(Clone)]
pub struct TextColumn {
    chunks: Vec<Arc<dyn Rows>>,
    /// First row of each chunk, and the number of rows behind the last.
    starts: Vec<usize>,
    /// The chunk of the first row of every block of `1 << shift` rows, and the last chunk: a column from disk has a
    /// thousand rows a chunk, and a search among all of them for every row would cost more than to hash the row.
    blocks: Vec<u32>,
    shift: u32,
}

impl TextColumn {
    /// Reads `chunks` in place; a [`Error::Type`] where one is not text. Their buffers must have been validated.
    pub fn new(chunks: &[ArrayRef]) -> Result<Self> {
        let mut starts = vec![0];
        let mut seen = Vec::with_capacity(chunks.len());
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            seen.push(rows(chunk)?);
            starts.push(starts[starts.len() - 1] + chunk.len());
        }
        if let Some(empty) = chunks.first() {
            rows(empty)?; // an empty column of the wrong type is still of the wrong type
        }
        let rows = starts[starts.len() - 1];
        let shift = if seen.len() < 2 {
            usize::BITS - 1
        } else {
            (rows / seen.len()).max(1).ilog2()
        };
        let chunk_of = |row: usize| (starts.partition_point(|start| *start <= row) - 1) as u32;
        let mut blocks: Vec<u32> = (0..=rows.saturating_sub(1) >> shift)
            .map(|block| chunk_of(block << shift))
            .collect();
        blocks.push(seen.len().saturating_sub(1) as u32);
        Ok(Self {
            chunks: seen,
            starts,
            blocks,
            shift,
        })
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of `row`, `None` where it is null.
    pub fn get(&self, row: usize) -> Option<&str> {
        let chunk = self.chunk_of(row);
        self.chunks[chunk].get(row - self.starts[chunk])
    }

    fn chunk_of(&self, row: usize) -> usize {
        let block = row >> self.shift;
        let (first, last) = (self.blocks[block] as usize, self.blocks[block + 1] as usize);
        first + self.starts[first + 1..=last].partition_point(|start| *start <= row)
    }

    /// Which rows are null, `None` where none is: the validity of every kernel's result.
    pub fn nulls(&self) -> Option<NullBuffer> {
        let valid = BooleanBuffer::collect_bool(self.len(), |row| self.get(row).is_some());
        Some(NullBuffer::new(valid)).filter(|nulls| nulls.null_count() > 0)
    }

    /// The rows of `range`, in order.
    pub fn iter(&self, range: Range<usize>) -> impl Iterator<Item = Option<&str>> {
        let mut chunk = self
            .starts
            .partition_point(|start| *start <= range.start)
            .saturating_sub(1);
        range.map(move |row| {
            while row >= self.starts[chunk + 1] {
                chunk += 1;
            }
            self.chunks[chunk].get(row - self.starts[chunk])
        })
    }
}

impl Text for TextColumn {
    fn len(&self) -> usize {
        Self::len(self)
    }

    fn is_null(&self, row: usize) -> bool {
        self.get(row).is_none()
    }

    fn read<'a>(&'a self, row: usize, _scratch: &'a mut String) -> &'a str {
        self.get(row).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::types::Int32Type;

    const WORDS: [Option<&str>; 4] = [
        Some("one"),
        None,
        Some(""),
        Some("a longer one than a view holds inline"),
    ];

    fn layouts() -> Vec<ArrayRef> {
        vec![
            Arc::new(StringArray::from_iter(WORDS)),
            Arc::new(LargeStringArray::from_iter(WORDS)),
            Arc::new(StringViewArray::from_iter(WORDS)),
            Arc::new(DictionaryArray::<Int32Type>::from_iter(WORDS)),
            Arc::new(DictionaryArray::<UInt8Type>::from_iter(WORDS)),
        ]
    }

    #[test]
    fn every_layout_reads_the_same() {
        for array in layouts() {
            let column = TextColumn::new(&[Arc::clone(&array)]).unwrap();
            assert_eq!(
                column.iter(0..4).collect::<Vec<_>>(),
                WORDS,
                "{}",
                array.data_type()
            );
            assert_eq!((0..4).map(|row| column.get(row)).collect::<Vec<_>>(), WORDS);
        }
    }

    #[test]
    fn chunks_slices_and_empty_chunks_are_one_column() {
        let chunks: Vec<ArrayRef> = layouts()
            .iter()
            .flat_map(|array| [array.slice(0, 1), array.slice(1, 0), array.slice(1, 3)])
            .collect();
        let column = TextColumn::new(&chunks).unwrap();
        let expected: Vec<_> = WORDS.iter().copied().cycle().take(20).collect();
        assert_eq!(column.len(), 20);
        assert_eq!(column.iter(0..20).collect::<Vec<_>>(), expected);
        assert_eq!(column.iter(7..13).collect::<Vec<_>>(), expected[7..13]);
        assert_eq!((0..20).map(|row| column.get(row)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn chunks_of_very_different_sizes_are_one_column() {
        let texts: Vec<String> = (0..1000).map(|row| row.to_string()).collect();
        let whole: ArrayRef = Arc::new(StringArray::from_iter_values(&texts));
        for ends in [
            vec![1, 2, 3, 4, 5, 1000],
            vec![995, 996, 999, 1000],
            vec![300, 301, 1000],
            vec![1000],
        ] {
            let starts = std::iter::once(0).chain(ends.iter().copied());
            let chunks: Vec<ArrayRef> = starts
                .zip(&ends)
                .map(|(start, end)| whole.slice(start, end - start))
                .collect();
            let column = TextColumn::new(&chunks).unwrap();
            for (row, text) in texts.iter().enumerate() {
                assert_eq!(column.get(row), Some(text.as_str()), "{ends:?}");
            }
        }
    }

    #[test]
    fn no_chunks_and_all_nulls() {
        assert!(TextColumn::new(&[]).unwrap().is_empty());
        let nulls = TextColumn::new(&[Arc::new(NullArray::new(3)) as ArrayRef]).unwrap();
        assert_eq!(nulls.iter(0..3).collect::<Vec<_>>(), [None; 3]);
    }

    #[test]
    fn other_types_are_refused_by_name() {
        let numbers: ArrayRef = Arc::new(arrow_array::Int64Array::from(vec![1]));
        let message = TextColumn::new(&[numbers]).err().unwrap().to_string();
        assert!(
            message.starts_with("text must be a column of strings"),
            "{message}"
        );
        assert!(message.ends_with("got a column of Int64"), "{message}");
    }
}
