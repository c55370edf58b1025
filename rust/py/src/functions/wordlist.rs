//! Adapter for `fastcurate_core::wordlist`.

use std::sync::Arc;

use fastcurate_core::wordlist::{WordList, find_words as find};
use pyo3::prelude::*;

use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::functions::similar::{WholeColumn, joined};
use crate::run::{How, run};

/// The positions of the words, and behind them of the expressions, that every row has.
#[pyfunction]
#[pyo3(signature = (columns, *, words, expressions, system = false, threads = None))]
pub(crate) fn find_words(
    py: Python<'_>,
    columns: Vec<WholeColumn>,
    words: Vec<String>,
    expressions: Vec<String>,
    system: bool,
    threads: Option<usize>,
) -> PyResult<ArrowArray> {
    let list = WordList::new(&words, &expressions).map_err(|error| to_python(&error))?;
    let text = joined(columns, system)?;
    let out = run(py, &How::quiet(threads), |workers| {
        find(text.as_ref(), &list, workers)
    })?;
    Ok(ArrowArray(Arc::new(out)))
}
