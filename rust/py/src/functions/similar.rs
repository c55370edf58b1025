//! Adapters for `fastcurate_core::similar`: whole-column verdicts about duplicates.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{BooleanArray, Float64Array, Int64Array};
use fastcurate_core::shingle::Shingle;
use fastcurate_core::similar::{self, Engine, Options, Verdicts};
use fastcurate_core::text::{ChatColumn, ChatPart, Joined, Text};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::run::{How, run};

/// A column and what is read of it: `text`, or the `messages`, `prompt` or `response` of a chat.
pub(crate) type Column = (Chunks, String);

/// The representative and the similarity of every row, and whether it is kept.
type Columns = (ArrowArray, ArrowArray, ArrowArray);

fn column((chunks, part): &Column, system: bool) -> PyResult<Arc<dyn Text>> {
    let part = match part.as_str() {
        "text" => return Ok(Arc::new(chunks.text()?)),
        "messages" => ChatPart::Messages,
        "prompt" => ChatPart::Prompt,
        "response" => ChatPart::Response,
        other => {
            return Err(PyValueError::new_err(format!(
                "no such part of a chat: {other:?}"
            )));
        }
    };
    Ok(Arc::new(
        ChatColumn::new(&chunks.arrays, part, system).map_err(|error| to_python(&error))?,
    ))
}

/// The columns of one entry of `on`, as one text.
pub(crate) fn entry(columns: &[Column], system: bool) -> PyResult<Arc<dyn Text>> {
    let mut texts = columns
        .iter()
        .map(|each| column(each, system))
        .collect::<PyResult<Vec<_>>>()?;
    Ok(if texts.len() == 1 {
        texts.remove(0)
    } else {
        Arc::new(Joined::new(texts))
    })
}

fn ranks(order: &Chunks) -> PyResult<Vec<u32>> {
    let ranks = order.one()?;
    let ranks = ranks
        .as_primitive_opt::<UInt32Type>()
        .ok_or_else(|| PyTypeError::new_err("order must be uint32"))?;
    Ok(ranks.values().to_vec())
}

fn columns_of(verdicts: Verdicts) -> Columns {
    let Verdicts {
        representative,
        similarity,
        kept,
    } = verdicts;
    (
        ArrowArray(Arc::new(Int64Array::from(representative))),
        ArrowArray(Arc::new(Float64Array::from(similarity))),
        ArrowArray(Arc::new(BooleanArray::from(kept))),
    )
}

/// The rows' shingle sets, ready to be judged at any threshold.
#[pyclass(frozen, module = "fastcurate._core")]
pub(crate) struct Similar(similar::Similar);

#[pymethods]
impl Similar {
    #[new]
    #[pyo3(signature = (entries, order, *, shingle, threshold, distinct_numbers, engine, recall, system, threads = None, progress = None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the keyword arguments of the Python function"
    )]
    fn new(
        py: Python<'_>,
        entries: Vec<Vec<Column>>,
        order: Chunks,
        shingle: &str,
        threshold: f64,
        distinct_numbers: bool,
        engine: &str,
        recall: f64,
        system: bool,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let texts = entries
            .iter()
            .map(|columns| entry(columns, system))
            .collect::<PyResult<Vec<_>>>()?;
        let shingle = Shingle::parse(shingle).map_err(|error| to_python(&error))?;
        let engine = match engine {
            "auto" => Engine::Auto,
            "join" => Engine::Join,
            "lsh" => Engine::Lsh,
            other => {
                return Err(PyValueError::new_err(format!(
                    "engine must be 'auto', 'join' or 'lsh', got {other:?}"
                )));
            }
        };
        let options = Options {
            shingle,
            threshold,
            distinct_numbers,
            engine,
            recall,
        };
        let order = ranks(&order)?;
        let how = How { threads, progress };
        run(py, &how, |workers| {
            similar::Similar::new(&texts, &order, options, workers)
        })
        .map(Self)
    }

    /// How many classes of equal rows judging looks at.
    #[getter]
    fn meeting(&self) -> usize {
        self.0.meeting()
    }

    /// What nominates candidates: the place of an entry, the bands and the rows of each where it is not the join, the
    /// recall at a similarity, and what both engines were estimated to cost in nanoseconds a row.
    fn plan(&self, similarity: f64) -> (usize, Option<(usize, usize)>, f64, f64, f64) {
        let plan = self.0.plan();
        let recall = plan.bands.map_or(1.0, |shape| shape.recall(similarity));
        let bands = plan.bands.map(|shape| (shape.bands, shape.rows));
        (plan.entry, bands, recall, plan.join_cost, plan.lsh_cost)
    }

    /// The verdicts at a threshold: of the leader rule, or with `mutual` of the rule that keeps no similar row.
    #[pyo3(signature = (threshold, *, mutual = false, threads = None, progress = None))]
    fn verdicts(
        &self,
        py: Python<'_>,
        threshold: f64,
        mutual: bool,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Columns> {
        let how = How { threads, progress };
        let judge = if mutual {
            similar::Similar::mutual
        } else {
            similar::Similar::leader
        };
        Ok(columns_of(run(py, &how, |workers| {
            judge(&self.0, threshold, workers)
        })?))
    }
}

#[pyfunction]
#[pyo3(signature = (entries, order, *, mutual, system, threads = None, progress = None))]
pub(crate) fn duplicates(
    py: Python<'_>,
    entries: Vec<Vec<Column>>,
    order: Chunks,
    mutual: bool,
    system: bool,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Columns> {
    let columns = entries
        .iter()
        .flatten()
        .map(|each| column(each, system))
        .collect::<PyResult<Vec<_>>>()?;
    let order = ranks(&order)?;
    let how = How { threads, progress };
    Ok(columns_of(run(py, &how, |workers| {
        similar::duplicates(&columns, &order, mutual, workers)
    })?))
}

/// The number of code points of every row, over all entries.
#[pyfunction]
#[pyo3(signature = (entries, *, system, threads = None))]
pub(crate) fn code_points(
    py: Python<'_>,
    entries: Vec<Vec<Column>>,
    system: bool,
    threads: Option<usize>,
) -> PyResult<ArrowArray> {
    let texts = entries
        .iter()
        .map(|columns| entry(columns, system))
        .collect::<PyResult<Vec<_>>>()?;
    let out = run(py, &How::quiet(threads), |workers| {
        similar::code_points(&texts, workers)
    })?;
    Ok(ArrowArray(Arc::new(Int64Array::from(out))))
}

/// The identity of every row: equal for rows that `duplicates` calls equal, null for rows of nulls.
#[pyfunction]
#[pyo3(signature = (entries, *, system, threads = None))]
pub(crate) fn identities(
    py: Python<'_>,
    entries: Vec<Vec<Column>>,
    system: bool,
    threads: Option<usize>,
) -> PyResult<ArrowArray> {
    let columns = entries
        .iter()
        .flatten()
        .map(|each| column(each, system))
        .collect::<PyResult<Vec<_>>>()?;
    let out = run(py, &How::quiet(threads), |workers| {
        similar::identities(&columns, workers)
    })?;
    Ok(ArrowArray(Arc::new(out)))
}
