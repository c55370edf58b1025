//! Foreign Arrow structs, looked over before anything follows their pointers: what a producer can get wrong and a consumer
//! can know.
//!
//! The C data interface hands over pointers without the sizes of what they point to. So a buffer that is shorter than
//! the lengths and offsets claim cannot be recognised by anybody; everything else can: structs that were released, numbers
//! below zero or beyond any memory, pointers that are missing, buffers and children of another number than the type has.
//! [`import`] refuses these; offsets that descend, views and keys that point outside, and bytes that are no UTF-8 are found by
//! arrow-rs's validation, which callers run on what comes out of here ([`without_utf8`] where UTF-8 is checked elsewhere).

#![expect(
    unsafe_code,
    reason = "Arrow's C structs are raw pointers by nature; each block says why it holds"
)]

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type};
use arrow_data::{ArrayData, layout};
use arrow_schema::{ArrowError, DataType, Field, FieldRef};

/// No column has as many rows, and no buffer as many bytes: products of both still fit into 64 bits.
const MOST: i64 = 1 << 48;

/// Types within types, and views' buffers and structs' fields, beyond which a struct is not believed.
const DEEPEST: usize = 64;
const MOST_PARTS: i64 = 1 << 24;

/// `ArrowSchema` of the C data interface; arrow-rs keeps its fields to itself.
#[repr(C)]
struct Schema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut Schema,
    dictionary: *mut Schema,
    release: *const c_void,
    private_data: *mut c_void,
}

/// `ArrowArray` of the C data interface.
#[repr(C)]
struct Array {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut Array,
    dictionary: *mut Array,
    release: *const c_void,
    private_data: *mut c_void,
}

// The two are views of arrow-rs's structs, which have the same layout by the same specification.
const _: () = assert!(size_of::<Schema>() == size_of::<FFI_ArrowSchema>());
const _: () = assert!(size_of::<Array>() == size_of::<FFI_ArrowArray>());

type Checked<T> = Result<T, ArrowError>;

fn refused<T>(what: impl Into<String>) -> Checked<T> {
    Err(ArrowError::CDataInterface(what.into()))
}

/// The field that a schema describes.
///
/// # Safety
/// `schema` is an `ArrowSchema`, whatever its fields say; pointers that are not null can be followed.
pub(crate) unsafe fn field(schema: &FFI_ArrowSchema) -> Checked<Field> {
    // SAFETY: the caller's promise.
    unsafe { check_schema(ptr::from_ref(schema).cast(), 0)? };
    let field = Field::try_from(schema)?;
    check_type(field.data_type())?;
    Ok(field)
}

/// An array of this type, whose lengths and pointers make sense together; not validated beyond that.
///
/// # Safety
/// `array` is an `ArrowArray`, whatever its fields say; pointers that are not null can be followed, and buffers hold what
/// the offsets and lengths claim.
pub(crate) unsafe fn import(mut array: FFI_ArrowArray, kind: &DataType) -> Checked<ArrayData> {
    // SAFETY: the caller's promise; the struct is ours, so that it may be changed.
    unsafe { check_array(ptr::from_mut(&mut array).cast(), kind, 0)? };
    // SAFETY: the caller's promise, and what was just checked.
    unsafe { from_ffi_and_data_type(array, kind.clone()) }
}

/// The array with strings as bytes, over the same buffers and at any depth, validated: everything but UTF-8.
pub(crate) fn without_utf8(data: ArrayData) -> Checked<ArrayData> {
    let data = as_bytes(data);
    data.validate_full()?;
    Ok(data)
}

fn as_bytes(data: ArrayData) -> ArrayData {
    let kind = bytes_type(data.data_type());
    if kind == *data.data_type() {
        return data;
    }
    let children = data.child_data().iter().cloned().map(as_bytes).collect();
    let builder = data.into_builder().data_type(kind).child_data(children);
    // SAFETY: nothing reads it before `without_utf8` has validated it; the layouts of strings and bytes are the same.
    unsafe { builder.build_unchecked() }
}

fn bytes_type(kind: &DataType) -> DataType {
    let inner = |field: &FieldRef| -> FieldRef {
        let kind = bytes_type(field.data_type());
        field.as_ref().clone().with_data_type(kind).into()
    };
    match kind {
        DataType::Utf8 => DataType::Binary,
        DataType::LargeUtf8 => DataType::LargeBinary,
        DataType::Utf8View => DataType::BinaryView,
        DataType::Dictionary(key, values) => DataType::Dictionary(key.clone(), Box::new(bytes_type(values))),
        DataType::List(field) => DataType::List(inner(field)),
        DataType::LargeList(field) => DataType::LargeList(inner(field)),
        DataType::FixedSizeList(field, size) => DataType::FixedSizeList(inner(field), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        other => other.clone(),
    }
}

/// # Safety
/// As [`field`]'s.
unsafe fn check_schema(schema: *const Schema, depth: usize) -> Checked<()> {
    // SAFETY: a pointer that is not null can be followed.
    let Some(schema) = (unsafe { schema.as_ref() }) else {
        return refused("a schema is missing");
    };
    if depth == 0 && schema.release.is_null() {
        return refused("the schema has been released");
    }
    if depth > DEEPEST {
        return refused(format!("the type has more than {DEEPEST} levels"));
    }
    if schema.format.is_null() {
        return refused("the format of a schema is missing");
    }
    for text in [schema.format, schema.name] {
        // SAFETY: a text that is not null ends with a NUL.
        if !text.is_null() && unsafe { CStr::from_ptr(text) }.to_str().is_err() {
            return refused("the format or name of a schema is not UTF-8");
        }
    }
    // SAFETY: the caller's promise.
    for child in unsafe { pointers(schema.children, schema.n_children, "children")? } {
        // SAFETY: the caller's promise.
        unsafe { check_schema(*child, depth + 1)? };
    }
    if !schema.dictionary.is_null() {
        // SAFETY: the caller's promise.
        unsafe { check_schema(schema.dictionary, depth + 1)? };
    }
    Ok(())
}

/// Sizes that a format can spell and no array can have.
fn check_type(kind: &DataType) -> Checked<()> {
    match kind {
        DataType::FixedSizeBinary(size) if *size < 0 => refused(format!("a width of {size} bytes")),
        DataType::FixedSizeList(_, size) if *size < 0 => refused(format!("lists of {size} values")),
        DataType::FixedSizeList(field, _) | DataType::List(field) | DataType::LargeList(field) => {
            check_type(field.data_type())
        }
        DataType::Struct(fields) => fields.iter().try_for_each(|field| check_type(field.data_type())),
        DataType::Dictionary(_, values) => check_type(values),
        _ => Ok(()),
    }
}

/// # Safety
/// As [`import`]'s; nothing else uses the array meanwhile.
unsafe fn check_array(array: *mut Array, kind: &DataType, depth: usize) -> Checked<()> {
    // SAFETY: a pointer that is not null can be followed.
    let Some(array) = (unsafe { array.as_mut() }) else {
        return refused(format!("an array of {kind} is missing"));
    };
    if depth == 0 && array.release.is_null() {
        return refused("the array has been released");
    }
    let (length, offset, nulls) = (array.length, array.offset, array.null_count);
    if !(0..=MOST).contains(&length) || !(0..=MOST).contains(&offset) {
        return refused(format!("an array of {length} rows from row {offset} on"));
    }
    if !(-1..=length).contains(&nulls) {
        return refused(format!("{nulls} nulls in an array of {length} rows"));
    }
    if *kind == DataType::Null && array.n_buffers == 1 {
        // Polars gives its Null type a buffer, which the type does not have, and does not count them when it releases.
        array.n_buffers = 0;
    }
    let wanted = layout(kind);
    let least =
        wanted.buffers.len() as i64 + i64::from(wanted.can_contain_null_mask) + i64::from(wanted.variadic); // a view's last buffer says how long the others are
    if array.n_buffers < least || (array.n_buffers > least && !wanted.variadic) {
        return refused(format!("{} buffers in an array of {kind}", array.n_buffers));
    }
    // SAFETY: the caller's promise.
    let buffers = unsafe { pointers(array.buffers, array.n_buffers, "buffers")? };
    if wanted.can_contain_null_mask && nulls > 0 && buffers[0].is_null() {
        return refused(format!("{nulls} nulls, but nothing says which rows they are"));
    }
    match kind {
        // SAFETY: the caller's promise.
        DataType::Utf8 | DataType::Binary | DataType::List(_) | DataType::Map(..) => unsafe {
            check_offsets::<i32>(array, buffers)?;
        },
        // SAFETY: the caller's promise.
        DataType::LargeUtf8 | DataType::LargeBinary | DataType::LargeList(_) => unsafe {
            check_offsets::<i64>(array, buffers)?;
        },
        // SAFETY: the caller's promise.
        DataType::Utf8View | DataType::BinaryView => unsafe { check_lengths(buffers)? },
        _ => {}
    }
    // SAFETY: the caller's promise.
    let children = unsafe { pointers(array.children, array.n_children, "children")? };
    let kinds = children_of(kind);
    if children.len() != kinds.len() {
        return refused(format!("{} children in an array of {kind}", children.len()));
    }
    for (child, kind) in children.iter().zip(kinds) {
        // SAFETY: the caller's promise.
        unsafe { check_array(*child, kind, depth + 1)? };
    }
    match kind {
        // SAFETY: the caller's promise.
        DataType::Dictionary(_, values) => unsafe { check_array(array.dictionary, values, depth + 1) },
        _ if !array.dictionary.is_null() => refused(format!("a dictionary in an array of {kind}")),
        _ => Ok(()),
    }
}

fn children_of(kind: &DataType) -> Vec<&DataType> {
    match kind {
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => vec![field.data_type()],
        DataType::Struct(fields) => fields.iter().map(|field| field.data_type()).collect(),
        DataType::Union(fields, _) => fields.iter().map(|(_, field)| field.data_type()).collect(),
        DataType::RunEndEncoded(ends, values) => vec![ends.data_type(), values.data_type()],
        _ => Vec::new(),
    }
}

/// The first and the last offset: what arrow-rs takes the size of the values from.
///
/// # Safety
/// As [`import`]'s.
unsafe fn check_offsets<O: Copy + Into<i64>>(array: &Array, buffers: &[*const c_void]) -> Checked<()> {
    let offsets = buffers[1].cast::<O>();
    if array.length == 0 && array.offset == 0 {
        return Ok(()); // no offset is looked at, and old producers have none
    }
    if offsets.is_null() {
        return refused("the offsets are missing");
    }
    // SAFETY: the caller's promise: there is an offset behind the last row.
    let at = |row: i64| -> i64 { unsafe { offsets.wrapping_add(row as usize).read_unaligned() }.into() };
    let (first, last) = (at(array.offset), at(array.offset + array.length));
    if first < 0 || last < first || last > MOST {
        return refused(format!("offsets from {first} to {last}"));
    }
    if last > first && buffers.len() > 2 && buffers[2].is_null() {
        return refused(format!("{last} bytes that are missing"));
    }
    Ok(())
}

/// The lengths of a view's buffers, which the last of them holds.
///
/// # Safety
/// As [`import`]'s.
unsafe fn check_lengths(buffers: &[*const c_void]) -> Checked<()> {
    let Some((lengths, data)) = buffers
        .split_last()
        .map(|(last, rest)| (last.cast::<i64>(), &rest[2..]))
    else {
        return refused("the buffers of views are missing");
    };
    if data.is_empty() {
        return Ok(());
    }
    if lengths.is_null() || !lengths.is_aligned() {
        return refused("the lengths of the buffers of views are missing or not aligned");
    }
    for (place, buffer) in data.iter().enumerate() {
        // SAFETY: the caller's promise: there is a length for each buffer.
        let length = unsafe { lengths.wrapping_add(place).read() };
        if !(0..=MOST).contains(&length) || (length > 0 && buffer.is_null()) {
            return refused(format!("a buffer of views of {length} bytes, or a missing one"));
        }
    }
    Ok(())
}

/// The pointers that a struct has so many of.
///
/// # Safety
/// Where `start` is not null, so many pointers are there, which outlive `'a`.
unsafe fn pointers<'a, T>(start: *mut T, count: i64, what: &str) -> Checked<&'a [T]> {
    if !(0..=MOST_PARTS).contains(&count) || (count > 0 && (start.is_null() || !start.is_aligned())) {
        return refused(format!("{count} {what}, or a pointer to them that is missing"));
    }
    if count == 0 {
        return Ok(&[]);
    }
    // SAFETY: the caller's promise, and neither null nor misaligned.
    Ok(unsafe { std::slice::from_raw_parts(start, count as usize) })
}
