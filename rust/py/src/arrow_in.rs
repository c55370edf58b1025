//! Arrow capsules in: whatever has `__arrow_c_array__` or `__arrow_c_stream__` becomes arrays that share the
//! producer's buffers. Every import of foreign memory is in this file, and every buffer is validated here
//! (offsets, views, dictionary keys, UTF-8) before a kernel sees it. [`Bytes`] leaves UTF-8 to the kernel.

#![expect(
    unsafe_code,
    reason = "importing Arrow's C structs is unsafe by nature; each block says why it holds"
)]

use std::ffi::CStr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::types::{BinaryType, ByteArrayType, LargeBinaryType};
use arrow_array::{Array, ArrayRef, GenericByteArray, make_array, new_empty_array};
use arrow_buffer::ArrowNativeType;
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType, FieldRef};
use arrow_select::concat::concat;
use fastcurate_core::text::TextColumn;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use crate::arrow_check::{self, without_utf8};

/// The chunks of any Arrow object, validated.
pub(crate) struct Chunks {
    pub(crate) field: FieldRef,
    pub(crate) arrays: Vec<ArrayRef>,
}

impl Chunks {
    /// The chunks as a column of text.
    pub(crate) fn text(&self) -> PyResult<TextColumn> {
        TextColumn::new(&self.arrays).map_err(|error| crate::error::to_python(&error))
    }

    /// The chunks as one array: only for columns of fixed width, where this is a small copy.
    pub(crate) fn one(&self) -> PyResult<ArrayRef> {
        let arrays: Vec<&dyn Array> = self.arrays.iter().map(AsRef::as_ref).collect();
        match arrays[..] {
            [] => Ok(new_empty_array(self.field.data_type())),
            [_] => Ok(ArrayRef::clone(&self.arrays[0])),
            _ => concat(&arrays).map_err(refused),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Chunks {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let (field, arrays) = import(&object)?;
        let arrays = object.py().detach(|| validated(arrays))?;
        Ok(Self { field, arrays })
    }
}

/// Chunks whose strings are columns of bytes, over the same buffers: validated but for UTF-8, which the kernel
/// checks itself while the bytes are in the cache.
pub(crate) struct Bytes {
    pub(crate) field: FieldRef,
    pub(crate) arrays: Vec<ArrayRef>,
    /// The same chunks as the strings that they came as.
    pub(crate) sources: Vec<ArrayRef>,
}

impl<'py> FromPyObject<'_, 'py> for Bytes {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let (field, arrays) = import(&object)?;
        let bytes = |array: &ArrayData| without_utf8(array.clone()).map(make_array);
        let read = object
            .py()
            .detach(|| arrays.iter().map(bytes).collect::<Result<_, _>>());
        Ok(Self {
            field,
            arrays: read.map_err(refused)?,
            sources: arrays.into_iter().map(make_array).collect(),
        })
    }
}

/// The arrays as they came. They are no `ArrayRef` before they have been validated: making one believes their lengths.
fn import(object: &Bound<'_, PyAny>) -> PyResult<(FieldRef, Vec<ArrayData>)> {
    if object.hasattr("__arrow_c_stream__")? {
        stream(object)
    } else if object.hasattr("__arrow_c_array__")? {
        array(object)
    } else {
        let kind = object.get_type().name()?;
        Err(PyTypeError::new_err(format!(
            "expected an Arrow array or stream, got {kind}"
        )))
    }
}

fn array(object: &Bound<'_, PyAny>) -> PyResult<(FieldRef, Vec<ArrayData>)> {
    let pair = object.call_method0("__arrow_c_array__")?.cast_into::<PyTuple>()?;
    let schema = pair.get_item(0)?.cast_into::<PyCapsule>()?;
    let array = pair.get_item(1)?.cast_into::<PyCapsule>()?;
    let schema = schema
        .pointer_checked(Some(c"arrow_schema"))?
        .cast::<FFI_ArrowSchema>();
    let array = array
        .pointer_checked(Some(c"arrow_array"))?
        .cast::<FFI_ArrowArray>();
    // SAFETY: the capsule's name says that it holds an ArrowSchema, and the tuple keeps it alive past this use.
    let schema = unsafe { schema.as_ref() };
    // SAFETY: the capsule's name says that it holds an ArrowArray. `from_raw` takes it over and leaves a released
    // one behind, as the protocol asks, so that the capsule's destructor does nothing.
    let array = unsafe { FFI_ArrowArray::from_raw(array.as_ptr()) };
    // SAFETY: it is an ArrowSchema.
    let field = unsafe { arrow_check::field(schema) }.map_err(refused)?;
    // SAFETY: it is an ArrowArray; what can be checked of the buffers is checked there, and in `validate` before
    // anything reads them.
    let data = unsafe { arrow_check::import(array, field.data_type()) }.map_err(refused)?;
    Ok((field.into(), vec![data]))
}

fn stream(object: &Bound<'_, PyAny>) -> PyResult<(FieldRef, Vec<ArrayData>)> {
    let capsule = object
        .call_method0("__arrow_c_stream__")?
        .cast_into::<PyCapsule>()?;
    let stream = capsule
        .pointer_checked(Some(c"arrow_array_stream"))?
        .cast::<FFI_ArrowArrayStream>();
    // SAFETY: the capsule's name says that it holds an ArrowArrayStream. `from_raw` takes it over and leaves a
    // released one behind, as the protocol asks.
    let mut stream = unsafe { FFI_ArrowArrayStream::from_raw(stream.as_ptr()) };
    let (Some(get_schema), Some(get_next)) = (stream.get_schema(), stream.get_next()) else {
        return Err(PyValueError::new_err("the Arrow stream has been read already"));
    };
    let mut schema = FFI_ArrowSchema::empty();
    // SAFETY: the stream's own function, with the stream.
    let code = unsafe { get_schema(&raw mut stream, &raw mut schema) };
    if code != 0 {
        return Err(failed(&mut stream, code));
    }
    // SAFETY: the stream filled it in.
    let field = unsafe { arrow_check::field(&schema) }.map_err(refused)?;
    let mut arrays = Vec::new();
    loop {
        let mut array = FFI_ArrowArray::empty();
        // SAFETY: as above.
        let code = unsafe { get_next(&raw mut stream, &raw mut array) };
        if code != 0 {
            return Err(failed(&mut stream, code));
        }
        if array.is_released() {
            return Ok((field.into(), arrays));
        }
        // SAFETY: the stream filled it in.
        let data = unsafe { arrow_check::import(array, field.data_type()) }.map_err(refused)?;
        arrays.push(data);
    }
}

/// What a stream says about its failure.
fn failed(stream: &mut FFI_ArrowArrayStream, code: i32) -> PyErr {
    // SAFETY: the stream's own function, with the stream.
    let message = stream.get_last_error().map(|ask| unsafe { ask(stream) });
    let message = message.filter(|text| !text.is_null()).map(|text| {
        // SAFETY: a text of the stream's, which it keeps until it is called again.
        unsafe { CStr::from_ptr(text) }.to_string_lossy()
    });
    let message = message.unwrap_or_else(|| format!("error {code}").into());
    PyValueError::new_err(format!("the Arrow stream failed: {message}"))
}

fn validated(arrays: Vec<ArrayData>) -> PyResult<Vec<ArrayRef>> {
    let mut rows = 0;
    let mut read = Vec::with_capacity(arrays.len());
    for data in arrays {
        if is_valid_text(&data) {
            // Nothing else is to be checked of it.
        } else if let Err(error) = data.validate_full() {
            let Some(row) = first_invalid_utf8(data) else {
                return Err(refused(error));
            };
            let row = rows + row;
            return Err(PyValueError::new_err(format!(
                "row {row}: the bytes are not valid UTF-8"
            )));
        }
        rows += data.len();
        read.push(make_array(data));
    }
    Ok(read)
}

/// Whether this is a string array that is known to be valid: the bytes of all rows at once, by vectors, then the places where
/// rows begin. What is not known is left to the full check.
fn is_valid_text(data: &ArrayData) -> bool {
    match data.data_type() {
        DataType::Utf8 => is_valid_with_offsets::<BinaryType>(data, DataType::Binary),
        DataType::LargeUtf8 => is_valid_with_offsets::<LargeBinaryType>(data, DataType::LargeBinary),
        _ => false,
    }
}

fn is_valid_with_offsets<T: ByteArrayType>(data: &ArrayData, binary: DataType) -> bool {
    let Ok(data) = data.clone().into_builder().data_type(binary).build() else {
        return false;
    };
    if data.validate_full().is_err() {
        return false;
    }
    let bytes = GenericByteArray::<T>::from(data);
    let (offsets, values) = (bytes.value_offsets(), bytes.value_data());
    let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else {
        return false;
    };
    let Ok(text) = simdutf8::basic::from_utf8(&values[first.as_usize()..last.as_usize()]) else {
        return false;
    };
    let begins = |offset: &T::Offset| text.is_char_boundary(offset.as_usize() - first.as_usize());
    offsets.iter().all(begins)
}

/// The first row of a string array whose bytes are not UTF-8.
fn first_invalid_utf8(data: ArrayData) -> Option<usize> {
    let binary = match data.data_type() {
        DataType::Utf8 => DataType::Binary,
        DataType::LargeUtf8 => DataType::LargeBinary,
        DataType::Utf8View => DataType::BinaryView,
        _ => return None,
    };
    let bytes = make_array(data.into_builder().data_type(binary).build().ok()?);
    let invalid = |row: &usize| {
        use arrow_array::cast::AsArray;
        let bytes = match bytes.data_type() {
            DataType::Binary => bytes.as_binary::<i32>().value(*row),
            DataType::LargeBinary => bytes.as_binary::<i64>().value(*row),
            _ => bytes.as_binary_view().value(*row),
        };
        std::str::from_utf8(bytes).is_err()
    };
    (0..bytes.len()).filter(|row| bytes.is_valid(*row)).find(invalid)
}

fn refused(error: ArrowError) -> PyErr {
    PyValueError::new_err(format!("the Arrow data cannot be read: {error}"))
}
