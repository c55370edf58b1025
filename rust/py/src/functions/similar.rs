//! Adapters for `fastcurate_core::similar`: whole-column verdicts about duplicates.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array};
use fastcurate_core::shingle::Shingle;
use fastcurate_core::similar::{self, Engine, Measure, Options, Sketched, Verdicts};
use fastcurate_core::text::{ChatColumn, ChatPart, Joined, Text, TextColumn};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::run::{How, run};

/// A column, in one or more parts that follow each other (of any layouts), and what is read of it: `text`, or the
/// `messages`, `prompt` or `response` of a chat.
pub(crate) type Column = (Vec<Chunks>, String);

/// A column that is in one part.
pub(crate) type WholeColumn = (Chunks, String);

/// Three columns: the representative and the similarity of every row, and whether it is kept; or those of [`Pairs`].
pub(crate) type Columns = (ArrowArray, ArrowArray, ArrowArray);

fn column((parts, part): &Column, system: bool) -> PyResult<Arc<dyn Text>> {
    let arrays: Vec<ArrayRef> = parts.iter().flat_map(|chunks| chunks.arrays.clone()).collect();
    let part = match part.as_str() {
        "text" => {
            let text = TextColumn::new(&arrays).map_err(|error| to_python(&error))?;
            return Ok(Arc::new(text));
        }
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
        ChatColumn::new(&arrays, part, system).map_err(|error| to_python(&error))?,
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

/// Columns that are each in one part, as one text.
pub(crate) fn joined(columns: Vec<WholeColumn>, system: bool) -> PyResult<Arc<dyn Text>> {
    let in_parts = columns.into_iter().map(|(chunks, part)| (vec![chunks], part));
    entry(&in_parts.collect::<Vec<Column>>(), system)
}

/// A number for each row.
pub(crate) fn numbers(name: &str, column: &Chunks) -> PyResult<Vec<u32>> {
    let column = column.one()?;
    let numbers = column
        .as_primitive_opt::<UInt32Type>()
        .ok_or_else(|| PyTypeError::new_err(format!("{name} must be uint32")))?;
    Ok(numbers.values().to_vec())
}

fn groups(within: Option<&Chunks>) -> PyResult<Option<Vec<u32>>> {
    within.map(|groups| numbers("within", groups)).transpose()
}

pub(crate) fn columns_of(verdicts: Verdicts) -> Columns {
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

/// What nominates candidates, by its name.
pub(crate) fn engine_of(name: &str) -> PyResult<Engine> {
    match name {
        "auto" => Ok(Engine::Auto),
        "join" => Ok(Engine::Join),
        "lsh" => Ok(Engine::Lsh),
        other => Err(PyValueError::new_err(format!(
            "engine must be 'auto', 'join' or 'lsh', got '{other}'"
        ))),
    }
}

/// The rows' shingle sets, ready to be judged at any threshold.
#[pyclass(frozen, module = "fastcurate._core")]
pub(crate) struct Similar(Arc<similar::Similar>);

#[pymethods]
impl Similar {
    #[new]
    #[pyo3(signature = (entries, order, *, measure = "jaccard", idf = false, shingle, threshold, distinct_numbers, engine, recall, system, within = None, threads = None, progress = None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the keyword arguments of the Python function"
    )]
    fn new(
        py: Python<'_>,
        entries: Vec<Vec<Column>>,
        order: Chunks,
        measure: &str,
        idf: bool,
        shingle: &str,
        threshold: f64,
        distinct_numbers: bool,
        engine: &str,
        recall: f64,
        system: bool,
        within: Option<Chunks>,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let texts = entries
            .iter()
            .map(|columns| entry(columns, system))
            .collect::<PyResult<Vec<_>>>()?;
        let shingle = Shingle::parse(shingle).map_err(|error| to_python(&error))?;
        let engine = engine_of(engine)?;
        let options = Options {
            measure: Measure::parse(measure).map_err(|error| to_python(&error))?,
            idf,
            shingle,
            threshold,
            distinct_numbers,
            engine,
            recall,
        };
        let (order, groups) = (numbers("order", &order)?, groups(within.as_ref())?);
        let how = How { threads, progress };
        run(py, &how, |workers| {
            similar::Similar::new(&texts, &order, groups.as_deref(), options, workers)
        })
        .map(|similar| Self(Arc::new(similar)))
    }

    /// The rows' sketches, made earlier, ready to be judged.
    #[staticmethod]
    #[pyo3(signature = (sketches, order, *, measure, threshold, within = None, threads = None, progress = None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the keyword arguments of the Python function"
    )]
    fn of_sketches(
        py: Python<'_>,
        sketches: Chunks,
        order: Chunks,
        measure: &str,
        threshold: f64,
        within: Option<Chunks>,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let column = sketches.one()?;
        let sketched = Measure::parse(measure)
            .and_then(|measure| Sketched::new(&column, measure))
            .map_err(|error| to_python(&error))?;
        let (order, groups) = (numbers("order", &order)?, groups(within.as_ref())?);
        let how = How { threads, progress };
        run(py, &how, |workers| {
            similar::Similar::of_sketches(&sketched, &order, groups.as_deref(), threshold, workers)
        })
        .map(|similar| Self(Arc::new(similar)))
    }

    /// The pairs at a threshold, piece by piece; with `both_ways` also those whose second row comes first.
    fn pairs(&self, py: Python<'_>, threshold: f64, both_ways: bool) -> PyResult<Pairs> {
        let similar = Arc::clone(&self.0);
        run(py, &How::quiet(None), |_| {
            similar::Pairs::new(similar, threshold, both_ways)
        })
        .map(|pairs| Pairs(Mutex::new(pairs)))
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

/// Pairs of similar rows that are found as they are asked for.
#[pyclass(frozen, module = "fastcurate._core")]
pub(crate) struct Pairs(Mutex<similar::Pairs>);

#[pymethods]
impl Pairs {
    /// The next pairs as two columns of rows and one of similarities, `None` once there are no more.
    #[pyo3(signature = (*, threads = None))]
    fn next(&self, py: Python<'_>, threads: Option<usize>) -> PyResult<Option<Columns>> {
        let found = run(py, &How::quiet(threads), |workers| {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next(workers)
        })?;
        Ok(found.map(|pairs| {
            let row = |row: fn(&similar::Pair) -> u32| {
                let rows = pairs.iter().map(|pair| i64::from(row(pair)));
                ArrowArray(Arc::new(Int64Array::from_iter_values(rows)))
            };
            let similarity = Float64Array::from_iter_values(pairs.iter().map(|pair| pair.similarity));
            (
                row(|pair| pair.a),
                row(|pair| pair.b),
                ArrowArray(Arc::new(similarity)),
            )
        }))
    }
}

#[pyfunction]
#[pyo3(signature = (entries, order, *, mutual, system, within = None, threads = None, progress = None))]
#[expect(
    clippy::too_many_arguments,
    reason = "the keyword arguments of the Python function"
)]
pub(crate) fn duplicates(
    py: Python<'_>,
    entries: Vec<Vec<Column>>,
    order: Chunks,
    mutual: bool,
    system: bool,
    within: Option<Chunks>,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Columns> {
    let columns = entries
        .iter()
        .flatten()
        .map(|each| column(each, system))
        .collect::<PyResult<Vec<_>>>()?;
    let (order, groups) = (numbers("order", &order)?, groups(within.as_ref())?);
    let how = How { threads, progress };
    Ok(columns_of(run(py, &how, |workers| {
        similar::duplicates(&columns, &order, groups.as_deref(), mutual, workers)
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

/// The probability that rows of this similarity meet in one of so many bands of so many rows.
#[pyfunction]
pub(crate) fn band_recall(bands: (usize, usize), similarity: f64) -> f64 {
    let (bands, rows) = bands;
    similar::Shape { bands, rows }.recall(similarity)
}
