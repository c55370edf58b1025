//! Adapter for `fastcurate_core::similarity`.

use std::sync::Arc;

use fastcurate_core::shingle::Shingle;
use pyo3::prelude::*;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::run::{How, run};

#[pyfunction]
#[pyo3(signature = (a, b, *, shingle, threads = None))]
pub(crate) fn similarity(
    py: Python<'_>,
    a: Chunks,
    b: Chunks,
    shingle: &str,
    threads: Option<usize>,
) -> PyResult<ArrowArray> {
    let (a, b) = (a.text()?, b.text()?);
    let shingle = Shingle::parse(shingle).map_err(|error| to_python(&error))?;
    let out = run(py, &How::quiet(threads), |workers| {
        fastcurate_core::similarity::similarity(&a, &b, shingle, workers)
    })?;
    Ok(ArrowArray(Arc::new(out)))
}
