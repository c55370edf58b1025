//! What is kept of rows instead of their texts, the plan that says how they are cut, and which of them are the same.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt32Type, UInt64Type};
use arrow_array::{Array, BooleanArray, FixedSizeBinaryArray};
use arrow_buffer::Buffer;
use fastcurate_core::similar::{SAMPLED, distinct, external};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::{Cut, cutting, optional, out, texts_of, values};
use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::functions::similar::{Column, engine_of};
use crate::run::{How, run};

/// The identities, whether there is any text, the sizes and folds of each entry, the keys and where each row's end.
type CutRows = (
    ArrowArray,
    ArrowArray,
    Vec<ArrowArray>,
    Vec<ArrowArray>,
    ArrowArray,
    ArrowArray,
);

/// What is remembered of every row instead of its text.
#[pyfunction]
#[pyo3(signature = (entries, cut, *, system, groups = None, threads = None))]
pub(crate) fn cut_rows(
    py: Python<'_>,
    entries: Vec<Vec<Column>>,
    cut: Cut,
    system: bool,
    groups: Option<Chunks>,
    threads: Option<usize>,
) -> PyResult<CutRows> {
    let (texts, cutting) = (texts_of(&entries, system)?, cutting(cut)?);
    let groups = optional("groups", groups.as_ref())?;
    let cut = run(py, &How::quiet(threads), |workers| {
        external::cut(&texts, groups.as_deref(), &cutting, workers)
    })?;
    let identities: Vec<u8> = cut.identity.iter().flat_map(|one| one.to_be_bytes()).collect();
    Ok((
        ArrowArray(Arc::new(FixedSizeBinaryArray::new(
            16,
            Buffer::from_vec(identities),
            None,
        ))),
        ArrowArray(Arc::new(BooleanArray::from(cut.known))),
        cut.sizes.into_iter().map(out::<UInt32Type>).collect(),
        cut.folds.into_iter().map(out::<UInt64Type>).collect(),
        out::<UInt32Type>(cut.keys),
        out::<UInt32Type>(cut.ends),
    ))
}

/// The sketches of rows of these sizes, each of at most so many words.
#[pyfunction]
#[pyo3(signature = (folds, sizes, *, most))]
pub(crate) fn narrow_sketches(folds: Chunks, sizes: Chunks, most: usize) -> PyResult<ArrowArray> {
    let folds = values::<UInt64Type>("folds", &folds)?;
    let sizes = values::<UInt32Type>("sizes", &sizes)?;
    Ok(out::<UInt64Type>(external::narrow(&folds, &sizes, most)))
}

/// What the sample of the plan goes by, for every row.
#[pyfunction]
#[pyo3(signature = (entries, *, system, threads = None))]
pub(crate) fn text_hashes(
    py: Python<'_>,
    entries: Vec<Vec<Column>>,
    system: bool,
    threads: Option<usize>,
) -> PyResult<ArrowArray> {
    let texts = texts_of(&entries, system)?;
    let hashes = run(py, &How::quiet(threads), |workers| {
        external::text_hashes(&texts, workers)
    })?;
    Ok(out::<UInt64Type>(hashes))
}

/// How many rows a sample has at most, and how many distinct rows there are if it ends with this hash.
#[pyfunction]
pub(crate) fn distinct_rows(sampled: usize, highest: u64) -> (usize, f64) {
    (SAMPLED, distinct(sampled, highest))
}

/// The entry, the bands and the rows of each, the recall at the threshold, and what the engines were estimated to cost.
type PlanOfSample = (usize, Option<(usize, usize)>, f64, f64, f64);

/// The plan from its sample: the entry, the bands and the rows of each, and both estimates.
#[pyfunction]
#[pyo3(signature = (entries, cut, *, system, distinct, engine, recall, groups = None, threads = None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments")]
pub(crate) fn plan_rows(
    py: Python<'_>,
    entries: Vec<Vec<Column>>,
    cut: Cut,
    system: bool,
    distinct: f64,
    engine: &str,
    recall: f64,
    groups: Option<Chunks>,
    threads: Option<usize>,
) -> PyResult<PlanOfSample> {
    let (texts, cutting, engine) = (texts_of(&entries, system)?, cutting(cut)?, engine_of(engine)?);
    let groups = optional("groups", groups.as_ref())?;
    let plan = run(py, &How::quiet(threads), |workers| {
        external::plan(
            &texts,
            groups.as_deref(),
            distinct,
            &cutting,
            (engine, recall),
            workers,
        )
    })?;
    let recall = plan.bands.map_or(1.0, |shape| shape.recall(cutting.threshold));
    let bands = plan.bands.map(|shape| (shape.bands, shape.rows));
    Ok((plan.entry, bands, recall, plan.join_cost, plan.lsh_cost))
}

/// Tells whether bytes are still the same: XXH3 of values of `large_binary`.
#[pyfunction]
pub(crate) fn checksum(py: Python<'_>, data: Chunks) -> PyResult<u64> {
    let bytes = data.one()?;
    let bytes = bytes
        .as_binary_opt::<i64>()
        .ok_or_else(|| PyTypeError::new_err("data must be large_binary"))?;
    Ok(py.detach(|| {
        let sums = (0..bytes.len()).map(|row| external::checksum(bytes.value(row)));
        sums.fold(0, |all, one| all ^ one)
    }))
}

/// For each row the first of those with the same identity.
#[pyfunction]
#[pyo3(signature = (identities, rows, *, ranks = None, threads = None))]
pub(crate) fn first_rows(
    py: Python<'_>,
    identities: Chunks,
    rows: Chunks,
    ranks: Option<Chunks>,
    threads: Option<usize>,
) -> PyResult<ArrowArray> {
    let identities = identities.one()?;
    let identities = identities
        .as_fixed_size_binary_opt()
        .filter(|identities| identities.value_length() == 16)
        .ok_or_else(|| PyTypeError::new_err("identities must be fixed_size_binary(16)"))?;
    let (rows, ranks) = (
        values::<UInt32Type>("rows", &rows)?,
        optional("ranks", ranks.as_ref())?,
    );
    let start = 16 * identities.offset();
    let bytes = &identities.value_data()[start..start + 16 * identities.len()];
    let found = run(py, &How::quiet(threads), |workers| {
        external::first_rows(bytes.as_chunks::<16>().0, &rows, ranks.as_deref(), workers)
    })?;
    Ok(out::<UInt32Type>(found))
}
