//! Adapters for `fastcurate_core::similar::external`: near-duplicates in steps, each over a part of the rows.

mod cut;
mod judge;
mod meet;

pub(crate) use cut::{
    checksum, cut_rows, distinct_rows, first_rows, narrow_sketches, plan_rows, text_hashes,
};
pub(crate) use judge::{compare_rows, lead_rows, surely_removed};
pub(crate) use meet::{KeyCounts, meet_rows, met_enough, scatter_keys};

use std::sync::Arc;

use arrow_array::PrimitiveArray;
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, UInt32Type};
use arrow_buffer::ScalarBuffer;
use fastcurate_core::shingle::Shingle;
use fastcurate_core::similar::Shape;
use fastcurate_core::similar::external::Cutting;
use fastcurate_core::text::Text;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::functions::similar::{Column, entry};

/// How texts are cut: `shingle`, threshold, distinct numbers, the entry that keys are made of, and its bands, if any.
type Cut = (String, f64, bool, usize, Option<(usize, usize)>);

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
