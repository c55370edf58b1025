//! Arrow capsules out: a kernel's array as a Python object with `__arrow_c_array__`. Every export of our own
//! memory is in this file.

#![expect(
    unsafe_code,
    reason = "bytes that a kernel has checked become strings without being read again"
)]

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::{Array, ArrayRef, make_array, new_empty_array};
use arrow_schema::FieldRef;
use fastcurate_core::normalize::Normalized;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::arrow_in::Bytes;

/// An Arrow array that any Arrow library takes without a copy, for example with `pyarrow.array(x)`.
#[pyclass(frozen, module = "fastcurate._core")]
pub(crate) struct ArrowArray(pub(crate) ArrayRef);

impl ArrowArray {
    /// The chunks of a normalised column as the strings they are, over the same buffers.
    pub(crate) fn strings(normalized: &Normalized) -> Vec<Self> {
        let kind = normalized.kind();
        let strings = normalized.chunks().iter().map(|bytes| {
            let data = bytes.to_data().into_builder().data_type(kind.clone());
            // SAFETY: `bytes` is a valid array of the binary layout that belongs to `kind`, and `Normalized`, which
            // only its kernel can make, holds nothing but UTF-8 in rows that are not null.
            Self(make_array(unsafe { data.build_unchecked() }))
        });
        strings.collect()
    }
}

/// Foreign arrays that have been looked over, to be handed on to a library that would not look.
#[pyclass(frozen, module = "fastcurate._core")]
pub(crate) struct Checked(Bytes);

#[pymethods]
impl Checked {
    /// Takes any Arrow object.
    #[new]
    fn new(data: Bytes) -> Self {
        Self(data)
    }

    /// Its arrays, at least one, with the type as it came.
    fn chunks(&self) -> Vec<Chunk> {
        let chunk = |array: ArrayRef| Chunk {
            array,
            field: FieldRef::clone(&self.0.field),
        };
        match &self.0.sources[..] {
            [] => vec![chunk(new_empty_array(self.0.field.data_type()))],
            arrays => arrays.iter().cloned().map(chunk).collect(),
        }
    }
}

/// One of them. Unlike an [`ArrowArray`] it has a field, so that a type of somebody else's stays what it is.
#[pyclass(frozen, module = "fastcurate._core")]
pub(crate) struct Chunk {
    array: ArrayRef,
    field: FieldRef,
}

#[pymethods]
impl Chunk {
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        let _ = requested_schema; // as below
        let schema = FFI_ArrowSchema::try_from(&*self.field)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        let array = FFI_ArrowArray::new(&self.array.to_data());
        Ok((
            PyCapsule::new_with_value(py, schema, c"arrow_schema")?,
            PyCapsule::new_with_value(py, array, c"arrow_array")?,
        ))
    }
}

#[pymethods]
impl ArrowArray {
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        let _ = requested_schema; // a wish; the protocol lets a producer answer with what it has
        let array = FFI_ArrowArray::new(&self.0.to_data());
        Ok((
            self.__arrow_c_schema__(py)?,
            PyCapsule::new_with_value(py, array, c"arrow_array")?,
        ))
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.0.data_type())
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self) -> String {
        format!("<fastcurate array of {} {}>", self.0.len(), self.0.data_type())
    }
}
