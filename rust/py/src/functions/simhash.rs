//! Adapter for `fastcurate_core::simhash`.

use std::sync::Arc;

use fastcurate_core::shingle::Shingle;
use pyo3::prelude::*;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::run::{How, run};

#[pyfunction]
#[pyo3(signature = (text, *, shingle, threads = None))]
pub(crate) fn simhash(
    py: Python<'_>,
    text: Chunks,
    shingle: &str,
    threads: Option<usize>,
) -> PyResult<(ArrowArray, String)> {
    let text = text.text()?;
    let shingle = Shingle::parse(shingle).map_err(|error| to_python(&error))?;
    let out = run(py, &How::quiet(threads), |workers| {
        fastcurate_core::simhash::simhash(&text, shingle, workers)
    })?;
    let identity = fastcurate_core::simhash::identity(shingle).json();
    Ok((ArrowArray(Arc::new(out)), identity))
}
