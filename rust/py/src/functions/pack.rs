//! Adapter for `fastcurate_core::lengths::pack`.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Int32Type, Int64Type, UInt32Type};
use arrow_array::{Array, ArrayRef, PrimitiveArray, UInt32Array};
use fastcurate_core::Error;
use fastcurate_core::lengths;
use fastcurate_core::lengths::pack::tokens::{Source, gather};
use fastcurate_core::lengths::pack::{Options, Overflow, Strategy};
use pyo3::prelude::*;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::run::{How, run};

/// `bins`, `seq_lengths`, `start`, and the rows that were `empty`, `truncated` and `dropped`.
type Packed = (
    ArrowArray,
    ArrowArray,
    ArrowArray,
    ArrowArray,
    ArrowArray,
    ArrowArray,
);

const STRATEGIES: [(&str, Strategy); 3] = [
    ("bfd", Strategy::Bfd),
    ("bfd_split", Strategy::BfdSplit),
    ("wrapped", Strategy::Wrapped),
];
const OVERFLOWS: [(&str, Overflow); 3] = [
    ("error", Overflow::Error),
    ("truncate", Overflow::Truncate),
    ("drop", Overflow::Drop),
];

#[pyfunction]
#[pyo3(signature = (lengths, *, capacity, strategy, overflow, max_rows = None, together = None, apart = None, threads = None))]
#[expect(
    clippy::too_many_arguments,
    reason = "the keyword arguments of the Python function"
)]
pub(crate) fn pack(
    py: Python<'_>,
    lengths: Chunks,
    capacity: u32,
    strategy: &str,
    overflow: &str,
    max_rows: Option<u32>,
    together: Option<Chunks>,
    apart: Option<Chunks>,
    threads: Option<usize>,
) -> PyResult<Packed> {
    let strategy = named("strategy", strategy, STRATEGIES)?;
    let overflow = named("overflow", overflow, OVERFLOWS)?;
    let (together, apart) = (groups(together)?, groups(apart)?);
    let out = run(py, &How::quiet(threads), |workers| {
        let options = Options {
            capacity,
            strategy,
            overflow,
            max_rows,
            together: together.as_ref().map(|groups| &groups.values()[..]),
            apart: apart.as_ref().map(|groups| &groups.values()[..]),
        };
        lengths::pack::pack(&lengths::read(&lengths.arrays)?, &options, workers)
    })?;
    Ok((
        array(out.bins),
        array(out.seq_lengths),
        array(out.start),
        array(out.empty),
        array(out.truncated),
        array(out.dropped),
    ))
}

/// The tokens of the pieces `row[start..start + length]`, one after the other.
#[pyfunction]
#[pyo3(signature = (tokens, row, start, length, *, threads = None))]
pub(crate) fn gather_tokens(
    py: Python<'_>,
    tokens: Chunks,
    row: Chunks,
    start: Chunks,
    length: Chunks,
    threads: Option<usize>,
) -> PyResult<ArrowArray> {
    let (row, start, length) = (row.one()?, start.one()?, length.one()?);
    let (rows, starts) = (numbers::<Int64Type>(&row)?, numbers::<Int64Type>(&start)?);
    let lengths = numbers::<Int32Type>(&length)?;
    let pieces = rows.values().iter().zip(starts.values()).zip(lengths.values());
    let pieces = pieces.map(|((row, start), length)| Source {
        row: *row,
        start: *start,
        length: *length,
    });
    let out = run(py, &How::quiet(threads), |workers| {
        gather(&tokens.arrays, pieces, workers)
    })?;
    Ok(ArrowArray(out))
}

/// A group for each row, `u32::MAX` for none.
fn groups(chunks: Option<Chunks>) -> PyResult<Option<UInt32Array>> {
    let Some(chunks) = chunks else { return Ok(None) };
    Ok(Some(numbers::<UInt32Type>(&chunks.one()?)?.clone()))
}

/// A column that this package made itself.
fn numbers<T: ArrowPrimitiveType>(column: &ArrayRef) -> PyResult<&PrimitiveArray<T>> {
    let numbers = column.as_primitive_opt::<T>();
    numbers.ok_or_else(|| {
        to_python(&Error::wrong_type(
            "a column of numbers",
            column.data_type(),
            T::DATA_TYPE,
        ))
    })
}

fn array(array: impl Array + 'static) -> ArrowArray {
    ArrowArray(Arc::new(array))
}

fn named<T: Copy>(argument: &'static str, value: &str, names: [(&str, T); 3]) -> PyResult<T> {
    let known = names.iter().find(|(name, _)| *name == value);
    known.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let names = names.map(|(name, _)| format!("{name:?}")).join(", ");
        to_python(&Error::argument(
            argument,
            format!("{value:?}"),
            format!("one of {names}"),
        ))
    })
}
