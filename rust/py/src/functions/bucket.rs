//! Adapter for `fastcurate_core::lengths::bucket`.

use std::sync::Arc;

use fastcurate_core::Error;
use fastcurate_core::lengths;
use fastcurate_core::lengths::bucket::{self, Edges};
use pyo3::prelude::*;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::run::{How, run};

/// The bucket of each row, the boundaries and rows of each bucket, and the tokens without and with padding.
type Buckets = (ArrowArray, ArrowArray, ArrowArray, u64, u64);

/// The edges, or how to find them.
#[derive(FromPyObject)]
pub(crate) enum Given {
    Method(String),
    Edges(Vec<u32>),
}

#[pyfunction]
#[pyo3(signature = (lengths, *, buckets, edges, threads = None))]
pub(crate) fn bucket_by_length(
    py: Python<'_>,
    lengths: Chunks,
    buckets: usize,
    edges: Given,
    threads: Option<usize>,
) -> PyResult<Buckets> {
    let out = run(py, &How::quiet(threads), |workers| {
        let edges = match &edges {
            Given::Edges(edges) => Edges::Given(edges),
            Given::Method(method) if method == "least_padding" => Edges::LeastPadding(buckets),
            Given::Method(method) if method == "quantiles" => Edges::Quantiles(buckets),
            Given::Method(method) => {
                let expected = "\"least_padding\", \"quantiles\" or a list of lengths";
                return Err(Error::argument("edges", format!("{method:?}"), expected));
            }
        };
        bucket::bucket_by_length(&lengths::read(&lengths.arrays)?, edges, workers)
    })?;
    Ok((
        ArrowArray(Arc::new(out.bucket)),
        ArrowArray(Arc::new(out.boundaries)),
        ArrowArray(Arc::new(out.rows)),
        out.tokens,
        out.padded,
    ))
}
