//! Adapter for `fastcurate_core::fingerprint`.

use std::sync::Arc;

use pyo3::prelude::*;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::run::{How, run};

#[pyfunction]
#[pyo3(signature = (text, *, threads = None))]
pub(crate) fn fingerprint(py: Python<'_>, text: Chunks, threads: Option<usize>) -> PyResult<ArrowArray> {
    let text = text.text()?;
    let out = run(py, &How::quiet(threads), |workers| {
        fastcurate_core::fingerprint::fingerprint(&text, workers)
    })?;
    Ok(ArrowArray(Arc::new(out)))
}
