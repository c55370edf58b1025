//! Adapter for `fastcurate_core::jsonl`.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, Int32Array, Int64Array, LargeBinaryArray, StringArray, StructArray};
use arrow_schema::{DataType, Field};
use fastcurate_core::jsonl::{self, Rows};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::run::{How, run};

/// The batches, the place (row, file, line) of each of their rows, and the broken lines.
type Read = (Vec<ArrowArray>, ArrowArray, ArrowArray);

#[pyfunction]
#[pyo3(signature = (files, *, threads = None))]
pub(crate) fn read_jsonl(py: Python<'_>, files: Chunks, threads: Option<usize>) -> PyResult<Read> {
    if files.field.data_type() != &DataType::LargeBinary {
        let kind = files.field.data_type();
        return Err(PyTypeError::new_err(format!(
            "files must be large_binary, one file a row; got {kind}"
        )));
    }
    let chunks = files
        .arrays
        .iter()
        .map(arrow_array::cast::AsArray::as_binary::<i64>);
    let contents: Vec<&[u8]> = chunks.flat_map(|chunk| chunk.iter().flatten()).collect();
    let rows = run(py, &How::quiet(threads), |workers| {
        jsonl::read(&contents, workers)
    })?;
    Ok(to_arrow(rows))
}

/// Looks at files piece by piece, each of whole lines, for the types of their columns.
#[pyclass(frozen, module = "fastcurate._core")]
pub(crate) struct JsonlSurvey(Mutex<jsonl::Survey>);

#[pymethods]
impl JsonlSurvey {
    #[new]
    fn new() -> Self {
        Self(Mutex::default())
    }

    /// Looks at a piece; `first` says that it begins a file. Gives its number of lines and of rows.
    #[pyo3(signature = (piece, *, first, threads = None))]
    fn look(
        &self,
        py: Python<'_>,
        piece: Chunks,
        first: bool,
        threads: Option<usize>,
    ) -> PyResult<(usize, usize)> {
        let piece = piece_of(&piece)?;
        run(py, &How::quiet(threads), |workers| {
            let mut survey = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            survey.look(piece.value(0), first, workers)
        })
    }

    /// No rows, in the columns found.
    fn columns(&self) -> PyResult<ArrowArray> {
        let survey = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let columns = survey.columns().map_err(|error| to_python(&error))?;
        Ok(ArrowArray(Arc::new(StructArray::new_null(columns, 0))))
    }
}

/// Reads a piece, of whole lines, in columns that a survey has found.
#[pyfunction]
#[pyo3(signature = (piece, columns, *, first, threads = None))]
pub(crate) fn read_jsonl_piece(
    py: Python<'_>,
    piece: Chunks,
    columns: Chunks,
    first: bool,
    threads: Option<usize>,
) -> PyResult<Read> {
    let piece = piece_of(&piece)?;
    let DataType::Struct(fields) = columns.field.data_type() else {
        let kind = columns.field.data_type();
        return Err(PyTypeError::new_err(format!(
            "columns must be a struct, got {kind}"
        )));
    };
    let rows = run(py, &How::quiet(threads), |workers| {
        jsonl::read_piece(piece.value(0), first, fields, workers)
    })?;
    Ok(to_arrow(rows))
}

fn piece_of(piece: &Chunks) -> PyResult<LargeBinaryArray> {
    match piece.arrays.as_slice() {
        [one] if one.len() == 1 => one.as_binary_opt::<i64>().cloned(),
        _ => None,
    }
    .ok_or_else(|| PyTypeError::new_err("piece must be one value of large_binary"))
}

#[pyfunction]
#[pyo3(signature = (rows, *, threads = None))]
pub(crate) fn write_jsonl(
    py: Python<'_>,
    rows: Chunks,
    threads: Option<usize>,
) -> PyResult<Vec<Bound<'_, PyBytes>>> {
    if !matches!(rows.field.data_type(), DataType::Struct(_)) {
        let kind = rows.field.data_type();
        return Err(PyTypeError::new_err(format!("rows must be structs, got {kind}")));
    }
    let mut lines = Vec::new();
    for rows in &rows.arrays {
        let pieces = run(py, &How::quiet(threads), |workers| {
            jsonl::write(rows.as_struct(), workers)
        })?;
        lines.extend(pieces.iter().map(|piece| PyBytes::new(py, piece)));
    }
    Ok(lines)
}

fn to_arrow(rows: Rows) -> Read {
    let array = |batch: StructArray| ArrowArray(Arc::new(batch));
    let places = table([
        ("row", Arc::new(Int64Array::from(rows.row)) as ArrayRef),
        ("file", Arc::new(Int32Array::from(rows.file))),
        ("line", Arc::new(Int64Array::from(rows.line))),
    ]);
    let broken = rows.broken.iter();
    let broken = table([
        (
            "row",
            Arc::new(Int64Array::from_iter_values(broken.clone().map(|line| line.row))) as ArrayRef,
        ),
        (
            "file",
            Arc::new(Int32Array::from_iter_values(broken.clone().map(|line| line.file))),
        ),
        (
            "line",
            Arc::new(Int64Array::from_iter_values(broken.clone().map(|line| line.line))),
        ),
        (
            "raw",
            Arc::new(LargeBinaryArray::from_iter_values(
                broken.clone().map(|line| &line.raw),
            )),
        ),
        (
            "message",
            Arc::new(StringArray::from_iter_values(broken.map(|line| &line.message))),
        ),
    ]);
    (
        rows.batches.into_iter().map(array).collect(),
        array(places),
        array(broken),
    )
}

fn table<const N: usize>(columns: [(&str, ArrayRef); N]) -> StructArray {
    let field = |(name, array): (&str, ArrayRef)| {
        (
            Arc::new(Field::new(name, array.data_type().clone(), false)),
            array,
        )
    };
    columns.map(field).to_vec().into()
}
