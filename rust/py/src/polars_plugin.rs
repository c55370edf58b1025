//! The door for Polars: its plugin C ABI, version 0.1, over Arrow's C structs.
//!
//! Polars loads this library by itself and calls two symbols for an expression: one for the type of the result, one
//! for the result. There is one pair for all kernels; the keyword arguments name the kernel ([`crate::expressions`]).
//! No Python is involved, and no Polars is linked: the structs below are the whole agreement, so that one build
//! serves every Polars since 1.0.
//!
//! Ownership, as `polars-ffi` has it: input arrays are given away and must be released, one by one; a series' own
//! `release` frees the boxes around them and the schema. Output goes the same way in the other direction. A null
//! `private_data` says that there is no result and that the message is to be asked for. A panic never crosses.

#![expect(
    unsafe_code,
    reason = "the plugin ABI is raw pointers by nature; each block says why it holds"
)]

use std::cell::RefCell;
use std::ffi::{CString, c_char, c_void};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::{Array, ArrayRef, make_array, new_empty_array, new_null_array};
use arrow_schema::{DataType, Field};

use crate::arrow_check;
use crate::expressions::{Column, evaluate};

/// Major 0, minor 1: strings are views, and the field function takes keyword arguments.
const VERSION: u32 = 1;

/// A series in the agreed layout.
#[repr(C)]
pub(crate) struct SeriesExport {
    field: *mut FFI_ArrowSchema,
    /// Boxes around the chunks, so that whoever takes a chunk out leaves its box behind.
    arrays: *mut *mut FFI_ArrowArray,
    len: usize,
    release: Option<unsafe extern "C" fn(*mut SeriesExport)>,
    private_data: *mut c_void,
}

impl Drop for SeriesExport {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: whoever made the struct set `release` to be called with it, once.
            unsafe { release(self) }
        }
    }
}

/// What an exported series of ours keeps alive.
struct Exported {
    schema: FFI_ArrowSchema,
    arrays: Box<[*mut FFI_ArrowArray]>,
}

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::default();
}

/// Notes `message` for Polars, which asks on the same thread.
fn fail(message: String) {
    let text = CString::new(message.replace('\0', "\u{FFFD}")).unwrap_or_default();
    LAST_ERROR.with_borrow_mut(|last| *last = text);
}

/// `work`'s result; a panic's message is an error like any other.
fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Option<T> {
    let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!(
            "fastcurate has a bug, please report it: {}",
            text.unwrap_or("unknown panic")
        ))
    });
    outcome.map_err(fail).ok()
}

#[unsafe(no_mangle)]
extern "C" fn _polars_plugin_get_version() -> u32 {
    VERSION
}

#[unsafe(no_mangle)]
extern "C" fn _polars_plugin_get_last_error_message() -> *const c_char {
    LAST_ERROR.with_borrow(|last| last.as_ptr())
}

/// The type of an expression: that of its result on no rows at all.
///
/// # Safety
/// As Polars calls it: `fields` points to `count` schemas, which stay its own, `options` to `length` bytes, `result`
/// to a schema without content.
#[unsafe(no_mangle)]
unsafe extern "C" fn _polars_plugin_field_fastcurate(
    fields: *const FFI_ArrowSchema,
    count: usize,
    result: *mut FFI_ArrowSchema,
    options: *const u8,
    length: usize,
) {
    let schema = caught(|| {
        // SAFETY: the caller's promise.
        let fields = unsafe { slice(fields, count) };
        // SAFETY: the caller's promise.
        let options = unsafe { slice(options, length) };
        let columns: Vec<Column> = fields
            .iter()
            .map(|schema| column(schema, Vec::new()))
            .collect::<Result<_, _>>()?;
        let (field, _) = evaluated(&columns, options)?;
        FFI_ArrowSchema::try_from(&field).map_err(|error| error.to_string())
    });
    if let Some(schema) = schema {
        // SAFETY: the caller's promise; what is overwritten holds nothing to release.
        unsafe { ptr::write(result, schema) }
    }
}

/// The result of an expression.
///
/// # Safety
/// As Polars calls it: `inputs` points to `count` series, which are ours from here on, `options` to `length` bytes,
/// `result` to a series without content. `context` says nothing today.
#[unsafe(no_mangle)]
unsafe extern "C" fn _polars_plugin_fastcurate(
    inputs: *const SeriesExport,
    count: usize,
    options: *const u8,
    length: usize,
    result: *mut SeriesExport,
    _context: *const c_void,
) {
    let series = caught(|| {
        // SAFETY: the caller's promise.
        let inputs = unsafe { slice(inputs, count) }.iter();
        // SAFETY: the caller forgets the series, so that each is read, and dropped, here only.
        let inputs: Vec<SeriesExport> = inputs.map(|series| unsafe { ptr::read(series) }).collect();
        // SAFETY: the caller's promise.
        let options = unsafe { slice(options, length) };
        // All arrays are taken over before anything can fail, so that every one of them is released.
        let owned: Vec<Vec<FFI_ArrowArray>> = inputs.iter().map(chunks).collect();
        let columns: Vec<Column> = inputs
            .iter()
            .zip(owned)
            .map(|(series, arrays)| {
                // SAFETY: the schema belongs to the series, which lives until the end of this function.
                column(unsafe { &*series.field }, arrays)
            })
            .collect::<Result<_, _>>()?;
        let (field, arrays) = evaluated(&columns, options)?;
        export(&field, &arrays)
    });
    if let Some(series) = series {
        // SAFETY: the caller's promise; what is overwritten holds nothing to release.
        unsafe { ptr::write(result, series) }
    }
}

/// The slice at `start`, which may be anything where there is nothing.
///
/// # Safety
/// Where `length` is not 0, `start` points to so many values, which outlive `'a`.
unsafe fn slice<'a, T>(start: *const T, length: usize) -> &'a [T] {
    if length == 0 {
        &[]
    } else {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts(start, length) }
    }
}

/// Takes the chunks out of a series and leaves empty boxes behind.
fn chunks(series: &SeriesExport) -> Vec<FFI_ArrowArray> {
    // SAFETY: the series was made by Polars, with `len` pointers to boxed arrays.
    let boxes = unsafe { slice(series.arrays.cast_const(), series.len) };
    // SAFETY: each box holds an array; `from_raw` takes it over and leaves a released one behind.
    boxes
        .iter()
        .map(|array| unsafe { FFI_ArrowArray::from_raw(*array) })
        .collect()
}

/// A column of Polars' as arrow-rs sees it; without chunks, one of no rows.
fn column(schema: &FFI_ArrowSchema, chunks: Vec<FFI_ArrowArray>) -> Result<Column, String> {
    let refused = |error: arrow_schema::ArrowError| format!("the column cannot be read: {error}");
    // SAFETY: Polars made it.
    let field = unsafe { arrow_check::field(schema) }.map_err(refused)?;
    let read = |chunk: FFI_ArrowArray| -> Result<ArrayRef, String> {
        let rows = chunk.len();
        // SAFETY: Polars promises that array and schema belong together; what can be checked of it is.
        let data = unsafe { arrow_check::import(chunk, field.data_type()) }.map_err(refused)?;
        if field.data_type() == &DataType::Null {
            return Ok(new_null_array(&DataType::Utf8View, rows)); // the answer to it is text, as to any other column
        }
        // Strings of Polars' are UTF-8 by its own invariant: the memory comes from the engine that calls us, not from
        // a file or a user. That offsets, views and keys stay inside is looked at nevertheless: it costs little.
        arrow_check::without_utf8(data.clone()).map_err(refused)?;
        Ok(make_array(data))
    };
    let mut arrays = chunks.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if arrays.is_empty() {
        arrays.push(match field.data_type() {
            DataType::Null => new_null_array(&DataType::Utf8View, 0),
            kind => new_empty_array(kind),
        });
    }
    Ok(Column { field, arrays })
}

/// The result under the name of the first column.
fn evaluated(columns: &[Column], options: &[u8]) -> Result<(Field, Vec<ArrayRef>), String> {
    let arrays = evaluate(columns, options)?;
    let (Some(first), Some(array)) = (columns.first(), arrays.first()) else {
        return Err("an expression needs a column".to_owned());
    };
    Ok((
        Field::new(first.field.name(), array.data_type().clone(), true),
        arrays,
    ))
}

fn export(field: &Field, arrays: &[ArrayRef]) -> Result<SeriesExport, String> {
    let schema = FFI_ArrowSchema::try_from(field).map_err(|error| error.to_string())?;
    let boxed = |array: &ArrayRef| Box::into_raw(Box::new(FFI_ArrowArray::new(&array.to_data())));
    let mut exported = Box::new(Exported {
        schema,
        arrays: arrays.iter().map(boxed).collect(),
    });
    Ok(SeriesExport {
        field: &raw mut exported.schema,
        arrays: exported.arrays.as_mut_ptr(),
        len: arrays.len(),
        release: Some(release),
        private_data: Box::into_raw(exported).cast(),
    })
}

/// Frees what [`export`] made: the schema and the boxes, not the arrays, which Polars has moved out of them.
///
/// # Safety
/// `series` is null or came from [`export`].
unsafe extern "C" fn release(series: *mut SeriesExport) {
    // SAFETY: the caller's promise.
    let Some(series) = (unsafe { series.as_mut() }) else {
        return;
    };
    if series.release.take().is_none() {
        return;
    }
    // SAFETY: `export` put it there, and `release` was still set, so that it is freed only now.
    let exported = unsafe { Box::from_raw(series.private_data.cast::<Exported>()) };
    for array in &exported.arrays {
        // SAFETY: `export` boxed it; the content has another owner by now.
        drop(unsafe { Box::from_raw(array.cast::<ManuallyDrop<FFI_ArrowArray>>()) });
    }
}
