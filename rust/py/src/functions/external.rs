//! Adapters for `fastcurate_core::similar::external`: near-duplicates in steps, each over a part of the rows.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::types::{Float64Type, UInt8Type, UInt32Type, UInt64Type};
use arrow_array::{Array, BooleanArray, FixedSizeBinaryArray, Float64Array, PrimitiveArray};
use arrow_buffer::{Buffer, ScalarBuffer};
use fastcurate_core::shingle::Shingle;
use fastcurate_core::similar::external::{self, Counts, Cutting, Rows, Similarities};
use fastcurate_core::similar::{SAMPLED, Shape, distinct};
use fastcurate_core::text::Text;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::functions::similar::{Column, Columns, columns_of, engine_of, entry};
use crate::run::{How, run};

/// How texts are cut: `shingle`, threshold, distinct numbers, the entry that keys are made of, and its bands, if any.
type Cut = (String, f64, bool, usize, Option<(usize, usize)>);

/// The identities, whether there is any text, the sizes and folds of each entry, the keys and where each row's end.
type CutRows = (
    ArrowArray,
    ArrowArray,
    Vec<ArrowArray>,
    Vec<ArrowArray>,
    ArrowArray,
    ArrowArray,
);

fn cutting((shingle, threshold, distinct_numbers, entry, bands): Cut) -> PyResult<Cutting> {
    Ok(Cutting {
        shingle: Shingle::parse(&shingle).map_err(|error| to_python(&error))?,
        threshold,
        distinct_numbers,
        entry,
        bands: bands.map(|(bands, rows)| Shape { bands, rows }),
    })
}

fn texts_of(entries: &[Vec<Column>], system: bool) -> PyResult<Vec<Arc<dyn Text>>> {
    entries.iter().map(|columns| entry(columns, system)).collect()
}

fn values<T: ArrowPrimitiveType>(name: &str, column: &Chunks) -> PyResult<ScalarBuffer<T::Native>> {
    let column = column.one()?;
    let found = column.as_primitive_opt::<T>();
    let found = found.ok_or_else(|| PyTypeError::new_err(format!("{name} must be {}", T::DATA_TYPE)))?;
    Ok(found.values().clone())
}

fn optional(name: &str, column: Option<&Chunks>) -> PyResult<Option<ScalarBuffer<u32>>> {
    column
        .map(|column| values::<UInt32Type>(name, column))
        .transpose()
}

fn truths(name: &str, column: &Chunks) -> PyResult<Vec<bool>> {
    let column = column.one()?;
    let found = column.as_boolean_opt();
    let found = found.ok_or_else(|| PyTypeError::new_err(format!("{name} must be booleans")))?;
    Ok(found.values().iter().collect())
}

fn out<T: ArrowPrimitiveType>(values: Vec<T::Native>) -> ArrowArray {
    ArrowArray(Arc::new(PrimitiveArray::<T>::new(values.into(), None)))
}

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
