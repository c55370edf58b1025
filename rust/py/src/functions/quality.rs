//! Adapter for `fastcurate_core::quality`.

use std::sync::Arc;

use fastcurate_core::quality::{FAMILIES, SIGNALS, Wanted};
use pyo3::prelude::*;

use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::functions::similar::{WholeColumn, joined};
use crate::run::{How, run};

/// The signals named of every row, over the columns joined by newlines.
#[pyfunction]
#[pyo3(signature = (columns, *, signals, system = false, threads = None, progress = None))]
pub(crate) fn quality(
    py: Python<'_>,
    columns: Vec<WholeColumn>,
    signals: Vec<String>,
    system: bool,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<ArrowArray> {
    let wanted = Wanted::new(&signals).map_err(|error| to_python(&error))?;
    let text = joined(columns, system)?;
    let how = How { threads, progress };
    let out = run(py, &how, |workers| {
        fastcurate_core::quality::quality(text.as_ref(), &wanted, workers)
    })?;
    Ok(ArrowArray(Arc::new(out)))
}

/// Every signal with the name of its family, in the order of the columns.
#[pyfunction]
pub(crate) fn quality_signals() -> Vec<(&'static str, &'static str)> {
    let family = |wanted| FAMILIES.iter().find(|(_, family)| *family == wanted);
    SIGNALS
        .iter()
        .filter_map(|(_, name, of, _)| Some((*name, family(*of)?.0)))
        .collect()
}
