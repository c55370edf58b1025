//! Adapter for `fastcurate_core::lengths::bucket`.

use std::sync::Arc;

use fastcurate_core::lengths::{self, bucket};
use pyo3::prelude::*;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::run::{How, run};

/// The bucket of each row, the boundaries and rows of each bucket, and the tokens without and with padding.
type Buckets = (ArrowArray, ArrowArray, ArrowArray, u64, u64);

#[pyfunction]
#[pyo3(signature = (lengths, *, buckets, threads = None))]
pub(crate) fn bucket_by_length(
    py: Python<'_>,
    lengths: Chunks,
    buckets: usize,
    threads: Option<usize>,
) -> PyResult<Buckets> {
    let out = run(py, &How::quiet(threads), |workers| {
        bucket::bucket_by_length(&lengths::read(&lengths.arrays)?, buckets, workers)
    })?;
    Ok((
        ArrowArray(Arc::new(out.bucket)),
        ArrowArray(Arc::new(out.boundaries)),
        ArrowArray(Arc::new(out.rows)),
        out.tokens,
        out.padded,
    ))
}
