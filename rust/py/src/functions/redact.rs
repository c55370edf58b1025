//! Adapter for `fastcurate_core::redact`.

use std::sync::Arc;

use arrow_array::{Int64Array, StringArray, new_empty_array};
use fastcurate_core::redact::{KINDS, Own, Redactor};
use pyo3::prelude::*;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::run::{How, run};

/// Texts chunk by chunk, at least one; then row, start, end, kind and replacement of every find.
type Columns = (Vec<ArrowArray>, Vec<ArrowArray>);

#[pyfunction]
#[pyo3(signature = (text, *, kinds, patterns, seed = None, threads = None))]
pub(crate) fn redact(
    py: Python<'_>,
    text: Chunks,
    kinds: Vec<String>,
    patterns: Vec<(String, String)>,
    seed: Option<u64>,
    threads: Option<usize>,
) -> PyResult<Columns> {
    let own = if patterns.is_empty() {
        None
    } else {
        Some(Own::new(&patterns))
    };
    let own = own.transpose().map_err(|error| to_python(&error))?;
    let redactor = Redactor::new(&kinds, own, seed).map_err(|error| to_python(&error))?;
    let mut arrays = text.arrays;
    if arrays.is_empty() {
        arrays.push(new_empty_array(text.field.data_type()));
    }
    let out = run(py, &How::quiet(threads), |workers| {
        fastcurate_core::redact::redact(&arrays, &redactor, workers)
    })?;
    let numbers = |values: Vec<i64>| ArrowArray(Arc::new(Int64Array::from(values)));
    let texts = |values: Vec<String>| ArrowArray(Arc::new(StringArray::from(values)));
    let spans = vec![
        numbers(out.rows),
        numbers(out.starts),
        numbers(out.ends),
        texts(out.kinds),
        texts(out.replacements),
    ];
    Ok((out.chunks.into_iter().map(ArrowArray).collect(), spans))
}

/// The names of the built-in kinds.
#[pyfunction]
pub(crate) fn redact_kinds() -> Vec<&'static str> {
    KINDS.iter().map(|(name, _)| *name).collect()
}
