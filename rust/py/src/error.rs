//! The one table from kernel errors to builtin Python exceptions.

use fastcurate_core::Error;
use pyo3::exceptions::{PyKeyboardInterrupt, PyTypeError, PyValueError};
use pyo3::prelude::*;

/// The Python exception for a kernel error; its message is the kernel's.
pub(crate) fn to_python(error: &Error) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Argument { .. } | Error::Row { .. } => PyValueError::new_err(message),
        Error::Type { .. } => PyTypeError::new_err(message),
        Error::Interrupted => PyKeyboardInterrupt::new_err(()),
    }
}
