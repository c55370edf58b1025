//! Adapters for `fastcurate_core::similar::Seen`: which rows of an index new ones can be similar to.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::UInt32Array;
use fastcurate_core::shingle::Shingle;
use fastcurate_core::similar::{self, Measure};
use pyo3::prelude::*;

use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::functions::similar::{Column, entry};
use crate::run::{How, run};

/// Rows that were seen, by their shingles.
#[pyclass(frozen, module = "fastcurate._core")]
pub(crate) struct Seen {
    seen: Mutex<similar::Seen>,
    system: bool,
}

#[pymethods]
impl Seen {
    #[new]
    #[pyo3(signature = (entries, *, measure, shingle, threshold, system, threads = None))]
    fn new(
        py: Python<'_>,
        entries: Vec<Vec<Column>>,
        measure: &str,
        shingle: &str,
        threshold: f64,
        system: bool,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let texts = texts(&entries, system)?;
        let shingle = Shingle::parse(shingle).map_err(|error| to_python(&error))?;
        let measure = Measure::parse(measure).map_err(|error| to_python(&error))?;
        let seen = run(py, &How::quiet(threads), |workers| {
            similar::Seen::new(&texts, shingle, threshold, measure, workers)
        })?;
        Ok(Self {
            seen: Mutex::new(seen),
            system,
        })
    }

    /// Adds rows behind those that are there.
    #[pyo3(signature = (entries, *, threads = None))]
    fn add(&self, py: Python<'_>, entries: Vec<Vec<Column>>, threads: Option<usize>) -> PyResult<()> {
        let texts = texts(&entries, self.system)?;
        run(py, &How::quiet(threads), |workers| {
            self.lock().add(&texts, workers)
        })
    }

    /// The rows that some of these can be similar to, ascending (uint32).
    #[pyo3(signature = (entries, *, threads = None))]
    fn candidates(
        &self,
        py: Python<'_>,
        entries: Vec<Vec<Column>>,
        threads: Option<usize>,
    ) -> PyResult<ArrowArray> {
        let texts = texts(&entries, self.system)?;
        let found = run(py, &How::quiet(threads), |workers| {
            self.lock().candidates(&texts, workers)
        })?;
        Ok(ArrowArray(Arc::new(UInt32Array::from(found))))
    }
}

impl Seen {
    fn lock(&self) -> std::sync::MutexGuard<'_, similar::Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn texts(entries: &[Vec<Column>], system: bool) -> PyResult<Vec<Arc<dyn fastcurate_core::text::Text>>> {
    entries.iter().map(|columns| entry(columns, system)).collect()
}
