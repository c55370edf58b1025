//! Adapter for `fastcurate_core::normalize`.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, new_empty_array};
use fastcurate_core::normalize::{Cleaner, Options};
use pyo3::prelude::*;

use crate::arrow_in::Bytes;
use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::run::{How, run};

/// The result and which rows changed, chunk by chunk, as the input came; at least one chunk, so that there is a
/// type.
#[pyfunction]
#[pyo3(signature = (text, *, options, threads = None))]
pub(crate) fn normalize(
    py: Python<'_>,
    text: Bytes,
    options: BTreeMap<String, String>,
    threads: Option<usize>,
) -> PyResult<(Vec<ArrowArray>, Vec<ArrowArray>)> {
    let mut wanted = Options::KEEP;
    for (name, value) in &options {
        wanted.set(name, value).map_err(|error| to_python(&error))?;
    }
    let cleaner = Cleaner::new(&wanted);
    let mut arrays = text.arrays;
    if arrays.is_empty() {
        arrays.push(new_empty_array(text.field.data_type()));
    }
    let out = run(py, &How::quiet(threads), |workers| {
        fastcurate_core::normalize::normalize(&arrays, &cleaner, workers)
    })?;
    let changed = out
        .changed()
        .iter()
        .map(|rows| ArrowArray(Arc::new(rows.clone()) as ArrayRef));
    Ok((ArrowArray::strings(&out), changed.collect()))
}
