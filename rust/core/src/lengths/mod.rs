//! Token lengths: into buckets of little padding ([`bucket`]), into packs of one capacity ([`pack`]).
//!
//! Lengths come as any integer type of Arrow. A null, a negative or an absurd length (over 2^31 - 1) is an error
//! that names the row; zero is a length like any other here, and what it means is up to the kernel.

pub mod bucket;
pub mod pack;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use crate::error::{Error, Result};

/// The longest row there is: lengths leave as Arrow's `int32`, which is also what trainers read.
pub const LONGEST: u32 = i32::MAX as u32;

/// Up to here a table with one entry for every possible length is cheaper than sorting (16 MB of `u32`).
const DENSE: usize = 1 << 22;

/// The lengths of all chunks, in row order, each at most [`LONGEST`].
pub fn read(chunks: &[ArrayRef]) -> Result<Vec<u32>> {
    let rows = chunks.iter().map(Array::len).sum();
    if rows > LONGEST as usize {
        return Err(Error::argument(
            "lengths",
            format!("{rows} rows"),
            "at most 2147483647 rows",
        ));
    }
    let mut lengths = Vec::with_capacity(rows);
    for chunk in chunks {
        match chunk.data_type() {
            DataType::Int8 => append::<Int8Type>(chunk, &mut lengths)?,
            DataType::Int16 => append::<Int16Type>(chunk, &mut lengths)?,
            DataType::Int32 => append::<Int32Type>(chunk, &mut lengths)?,
            DataType::Int64 => append::<Int64Type>(chunk, &mut lengths)?,
            DataType::UInt8 => append::<UInt8Type>(chunk, &mut lengths)?,
            DataType::UInt16 => append::<UInt16Type>(chunk, &mut lengths)?,
            DataType::UInt32 => append::<UInt32Type>(chunk, &mut lengths)?,
            DataType::UInt64 => append::<UInt64Type>(chunk, &mut lengths)?,
            DataType::Null if chunk.is_empty() => {}
            DataType::Null => return Err(no_length(lengths.len())),
            other => return Err(Error::wrong_type("lengths", other, "a column of integers")),
        }
    }
    Ok(lengths)
}

fn append<T>(chunk: &ArrayRef, lengths: &mut Vec<u32>) -> Result<()>
where
    T: ArrowPrimitiveType,
    T::Native: TryInto<u32> + std::fmt::Display,
{
    let array = chunk.as_primitive::<T>();
    let first = lengths.len();
    if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) {
        let row = (0..nulls.len())
            .find(|row| nulls.is_null(*row))
            .unwrap_or_default();
        // An earlier row that is negative is the first mistake, and the one to report.
        check::<T>(&array.values()[..row], first)?;
        return Err(no_length(first + row));
    }
    let values = array.values();
    // A value that is no length becomes one over LONGEST, so that the loop has no branch and one test follows it.
    lengths.extend(values.iter().map(|value| (*value).try_into().unwrap_or(u32::MAX)));
    if lengths[first..].iter().copied().max() > Some(LONGEST) {
        check::<T>(values, first)?;
    }
    Ok(())
}

fn check<T>(values: &[T::Native], first: usize) -> Result<()>
where
    T: ArrowPrimitiveType,
    T::Native: TryInto<u32> + std::fmt::Display,
{
    let bad = |value: &T::Native| (*value).try_into().map_or(true, |length: u32| length > LONGEST);
    match values.iter().position(bad) {
        Some(at) => Err(Error::row(
            first + at,
            format!("a length must be between 0 and {LONGEST}, got {}", values[at]),
        )),
        None => Ok(()),
    }
}

fn no_length(row: usize) -> Error {
    Error::row(
        row,
        "the length is null; give every row a length, or leave such rows out first",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Float64Array, Int8Array, Int64Array, NullArray, UInt64Array};
    use std::sync::Arc;

    #[test]
    fn chunks_of_any_integer_type_are_one_column() {
        let chunks: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(vec![3, 0])),
            Arc::new(UInt64Array::from(vec![u64::from(LONGEST)])),
            Arc::new(NullArray::new(0)),
            Arc::new(Int8Array::from(vec![9, 7, 8]).slice(1, 1)),
        ];
        assert_eq!(read(&chunks).unwrap(), [3, 0, LONGEST, 7]);
        assert!(read(&[]).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_length_is_named_with_its_row_in_the_whole_input() {
        let good: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        let row_of = |bad: ArrayRef| match read(&[Arc::clone(&good), bad]).unwrap_err() {
            Error::Row { row, message } => (row, message),
            other => panic!("{other}"),
        };
        assert_eq!(row_of(Arc::new(Int64Array::from(vec![Some(1), None]))).0, 3);
        assert_eq!(row_of(Arc::new(NullArray::new(2))).0, 2);
        let (row, message) = row_of(Arc::new(Int8Array::from(vec![Some(1), Some(-1), None])));
        assert_eq!((row, message.ends_with("got -1")), (3, true));
        assert_eq!(row_of(Arc::new(Int64Array::from(vec![1 << 31]))).0, 2);
        assert_eq!(row_of(Arc::new(UInt64Array::from(vec![0, u64::MAX]))).0, 3);
        let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
        assert!(matches!(
            read(&[floats]),
            Err(Error::Type { name: "lengths", .. })
        ));
    }
}
