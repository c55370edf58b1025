//! Adapter for `fastcurate_core::instructions`.

use fastcurate_core::instructions;
use pyo3::prelude::*;

use crate::error::to_python;

#[pyfunction]
pub(crate) fn limit_instructions(level: &str) -> PyResult<&'static str> {
    instructions::limit(level).map_err(|error| to_python(&error))
}
