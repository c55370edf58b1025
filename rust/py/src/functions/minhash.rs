//! Adapters for `fastcurate_core::minhash`.

use std::sync::Arc;

use fastcurate_core::identity::Identity;
use fastcurate_core::minhash::MinHash;
use fastcurate_core::shingle::Shingle;
use pyo3::prelude::*;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::run::{How, run};

#[pyfunction]
#[pyo3(signature = (text, *, num_perm, shingle, seed, algorithm, threads = None))]
pub(crate) fn minhash(
    py: Python<'_>,
    text: Chunks,
    num_perm: usize,
    shingle: &str,
    seed: u64,
    algorithm: &str,
    threads: Option<usize>,
) -> PyResult<(ArrowArray, String)> {
    let text = text.text()?;
    let shingle = Shingle::parse(shingle).map_err(|error| to_python(&error))?;
    let minhash = MinHash::new(num_perm, shingle, seed, algorithm).map_err(|error| to_python(&error))?;
    let out = run(py, &How::quiet(threads), |workers| {
        minhash.signatures(&text, workers)
    })?;
    Ok((ArrowArray(Arc::new(out)), minhash.identity().json()))
}

#[pyfunction]
pub(crate) fn minhash_similarity(py: Python<'_>, sig_a: Chunks, sig_b: Chunks) -> PyResult<ArrowArray> {
    let [first, second] = [&sig_a, &sig_b].map(|chunks| Identity::of_metadata(chunks.field.metadata()));
    Identity::check(first.as_ref(), "sig_b", second.as_ref()).map_err(|error| to_python(&error))?;
    let (a, b) = (sig_a.one()?, sig_b.one()?);
    let out = py
        .detach(|| fastcurate_core::minhash::minhash_similarity(&a, &b))
        .map_err(|error| to_python(&error))?;
    Ok(ArrowArray(Arc::new(out)))
}
