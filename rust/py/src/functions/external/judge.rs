//! The similarity of pairs, and what becomes of the rows.

use std::sync::Arc;

use arrow_array::types::{Float64Type, UInt32Type};
use arrow_array::{BooleanArray, Float64Array};
use fastcurate_core::similar::external::{self, Similarities};
use pyo3::prelude::*;

use super::{Cut, cutting, optional, texts_of, values};
use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::functions::similar::{Column, Columns, columns_of};
use crate::run::{How, run};

/// The similarity of each pair of rows of two sets of columns, 0 where it is below the threshold.
#[pyfunction]
#[pyo3(signature = (a, b, rows_of_a, rows_of_b, cut, *, system, threads = None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments")]
pub(crate) fn compare_rows(
    py: Python<'_>,
    a: Vec<Vec<Column>>,
    b: Vec<Vec<Column>>,
    rows_of_a: Chunks,
    rows_of_b: Chunks,
    cut: Cut,
    system: bool,
    threads: Option<usize>,
) -> PyResult<ArrowArray> {
    let (a, b, cutting) = (texts_of(&a, system)?, texts_of(&b, system)?, cutting(cut)?);
    let rows_of_a = values::<UInt32Type>("rows_of_a", &rows_of_a)?;
    let rows_of_b = values::<UInt32Type>("rows_of_b", &rows_of_b)?;
    let found = run(py, &How::quiet(threads), |workers| {
        external::compare((&a, &b), (&rows_of_a, &rows_of_b), &cutting, workers)
    })?;
    Ok(ArrowArray(Arc::new(Float64Array::from(found))))
}

/// The verdicts from the pairs that are similar.
#[pyfunction]
#[pyo3(signature = (class_of, a, b, similarity, *, order = None, ranks = None, mutual = false))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments")]
pub(crate) fn lead_rows(
    py: Python<'_>,
    class_of: Chunks,
    a: Chunks,
    b: Chunks,
    similarity: Chunks,
    order: Option<Chunks>,
    ranks: Option<Chunks>,
    mutual: bool,
) -> PyResult<Columns> {
    let class_of = values::<UInt32Type>("class_of", &class_of)?;
    let (a, b) = (values::<UInt32Type>("a", &a)?, values::<UInt32Type>("b", &b)?);
    let similarity = values::<Float64Type>("similarity", &similarity)?;
    let (order, ranks) = (
        optional("order", order.as_ref())?,
        optional("ranks", ranks.as_ref())?,
    );
    let found = Similarities {
        a: &a,
        b: &b,
        similarity: &similarity,
    };
    let verdicts = run(py, &How::quiet(Some(1)), |_| {
        external::lead(&class_of, (order.as_deref(), ranks.as_deref()), found, mutual)
    })?;
    Ok(columns_of(verdicts))
}

/// The rows that are removed whatever is not known yet of those that are undecided.
#[pyfunction]
#[pyo3(signature = (a, b, undecided, *, rows, ranks = None))]
pub(crate) fn surely_removed(
    py: Python<'_>,
    a: Chunks,
    b: Chunks,
    undecided: Chunks,
    rows: usize,
    ranks: Option<Chunks>,
) -> PyResult<ArrowArray> {
    let (a, b) = (values::<UInt32Type>("a", &a)?, values::<UInt32Type>("b", &b)?);
    let undecided = values::<UInt32Type>("undecided", &undecided)?;
    let ranks = optional("ranks", ranks.as_ref())?;
    let removed = run(py, &How::quiet(Some(1)), |_| {
        external::surely_removed(rows, ranks.as_deref(), (&a, &b), &undecided)
    })?;
    Ok(ArrowArray(Arc::new(BooleanArray::from(removed))))
}
