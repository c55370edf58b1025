//! From the keys of rows to the pairs that met.

use arrow_array::types::{UInt8Type, UInt32Type, UInt64Type};
use fastcurate_core::similar::external::{self, Counts, Rows};
use pyo3::prelude::*;

use super::{Cut, cutting, optional, out, truths, values};
use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::functions::similar::Columns;
use crate::run::{How, run};

/// How often each key occurs.
#[pyclass(frozen, module = "fastcurate._core")]
pub(crate) struct KeyCounts(Counts);

#[pymethods]
impl KeyCounts {
    #[new]
    fn new(expected: usize, most_bytes: usize) -> Self {
        Self(Counts::new(expected, most_bytes))
    }

    /// Counts the keys of the rows that take part.
    #[pyo3(signature = (keys, ends, takes_part, *, threads = None))]
    fn add(
        &self,
        py: Python<'_>,
        keys: Chunks,
        ends: Chunks,
        takes_part: Chunks,
        threads: Option<usize>,
    ) -> PyResult<()> {
        let keys = values::<UInt32Type>("keys", &keys)?;
        let ends = values::<UInt32Type>("ends", &ends)?;
        let takes_part = truths("takes_part", &takes_part)?;
        run(py, &How::quiet(threads), |workers| {
            self.0.add(&keys, &ends, &takes_part, workers)
        })
    }
}

/// The keys under which rows are found, the row of each, and where each part ends.
#[pyfunction]
#[pyo3(signature = (cut, counts, keys, ends, sizes, takes_part, *, first, parts, threads = None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments")]
pub(crate) fn scatter_keys(
    py: Python<'_>,
    cut: Cut,
    counts: &KeyCounts,
    keys: Chunks,
    ends: Chunks,
    sizes: Chunks,
    takes_part: Chunks,
    first: u32,
    parts: usize,
    threads: Option<usize>,
) -> PyResult<Columns> {
    let cutting = cutting(cut)?;
    let keys = values::<UInt32Type>("keys", &keys)?;
    let ends = values::<UInt32Type>("ends", &ends)?;
    let sizes = values::<UInt32Type>("sizes", &sizes)?;
    let takes_part = truths("takes_part", &takes_part)?;
    let found = run(py, &How::quiet(threads), |workers| {
        let rows = (&keys[..], &ends[..], &sizes[..]);
        external::scatter(&cutting, &counts.0, rows, &takes_part, (first, parts), workers)
    })?;
    Ok((
        out::<UInt32Type>(found.keys),
        out::<UInt32Type>(found.rows),
        out::<UInt64Type>(found.ends),
    ))
}

/// The pairs that met under the keys of a part, how often each, and the rows for which not all were looked at.
#[pyfunction]
#[pyo3(signature = (keys, rows, *, sizes, folds, starts, most_words, ranks = None, groups = None, removed = None, threshold, most, threads = None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments")]
pub(crate) fn meet_rows(
    py: Python<'_>,
    keys: Chunks,
    rows: Chunks,
    sizes: Vec<Chunks>,
    folds: Vec<Chunks>,
    starts: Vec<Chunks>,
    most_words: usize,
    ranks: Option<Chunks>,
    groups: Option<Chunks>,
    removed: Option<Chunks>,
    threshold: f64,
    most: usize,
    threads: Option<usize>,
) -> PyResult<Columns> {
    let (keys, of_keys) = (
        values::<UInt32Type>("keys", &keys)?,
        values::<UInt32Type>("rows", &rows)?,
    );
    let each = |column: &Chunks| values::<UInt32Type>("sizes", column);
    let sizes = sizes.iter().map(each).collect::<PyResult<Vec<_>>>()?;
    let each = |column: &Chunks| values::<UInt64Type>("folds", column);
    let folds = folds.iter().map(each).collect::<PyResult<Vec<_>>>()?;
    let each = |column: &Chunks| values::<UInt32Type>("starts", column);
    let starts = starts.iter().map(each).collect::<PyResult<Vec<_>>>()?;
    let (ranks, groups) = (
        optional("ranks", ranks.as_ref())?,
        optional("groups", groups.as_ref())?,
    );
    let removed = removed.map(|removed| truths("removed", &removed)).transpose()?;
    let met = run(py, &How::quiet(threads), |workers| {
        let sizes: Vec<&[u32]> = sizes.iter().map(|one| &one[..]).collect();
        let folds: Vec<&[u64]> = folds.iter().map(|one| &one[..]).collect();
        let starts: Vec<&[u32]> = starts.iter().map(|one| &one[..]).collect();
        let known = Rows {
            ranks: ranks.as_deref(),
            sizes: &sizes,
            folds: &folds,
            starts: &starts,
            most_words,
            groups: groups.as_deref(),
            removed: removed.as_deref(),
        };
        external::meet(&keys, &of_keys, &known, (threshold, most), workers)
    })?;
    Ok((
        out::<UInt64Type>(met.pairs),
        out::<UInt8Type>(met.times),
        out::<UInt32Type>(met.cut_short),
    ))
}

/// Of pairs that met in one part or more those that met as often as similar rows do.
#[pyfunction]
#[pyo3(signature = (pairs, times, sizes, cut))]
pub(crate) fn met_enough(
    py: Python<'_>,
    pairs: Chunks,
    times: Chunks,
    sizes: Chunks,
    cut: Cut,
) -> PyResult<ArrowArray> {
    let (pairs, times) = (
        values::<UInt64Type>("pairs", &pairs)?,
        values::<UInt8Type>("times", &times)?,
    );
    let (sizes, cutting) = (values::<UInt32Type>("sizes", &sizes)?, cutting(cut)?);
    let found = run(py, &How::quiet(Some(1)), |_| {
        external::met_enough(&pairs, &times, &sizes, &cutting)
    })?;
    Ok(out::<UInt64Type>(found))
}
