//! Adapter for `fastcurate_core::lengths::pack`.

use std::sync::Arc;

use arrow_array::Array;
use fastcurate_core::Error;
use fastcurate_core::lengths;
use fastcurate_core::lengths::pack::{Overflow, Strategy};
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
#[pyo3(signature = (lengths, *, capacity, strategy, overflow, threads = None))]
pub(crate) fn pack(
    py: Python<'_>,
    lengths: Chunks,
    capacity: u32,
    strategy: &str,
    overflow: &str,
    threads: Option<usize>,
) -> PyResult<Packed> {
    let strategy = named("strategy", strategy, STRATEGIES)?;
    let overflow = named("overflow", overflow, OVERFLOWS)?;
    let out = run(py, &How::quiet(threads), |workers| {
        lengths::pack::pack(
            &lengths::read(&lengths.arrays)?,
            capacity,
            strategy,
            overflow,
            workers,
        )
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
