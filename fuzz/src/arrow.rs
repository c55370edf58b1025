//! The door for foreign Arrow structs: whatever they say is refused, or can be read from end to end.
//!
//! A true array is exported, and bytes of the input overwrite its numbers and its buffers. Sizes of buffers are not part of
//! the C interface, so that what lies about them alone cannot be refused; buffers here are long enough for all that the
//! input's sixteen-bit numbers can claim.

#![expect(
    unsafe_code,
    reason = "structs that lie are made by hand; each block says why it holds"
)]

use std::ffi::c_void;
use std::ptr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::make_array;
use arrow_schema::{DataType, Field};

use crate::arrow_check;

/// What every buffer has: more bytes than any number of the input can ask for.
const ROOM: usize = 1 << 20;

/// `ArrowArray`, to be filled with anything.
#[repr(C)]
struct Raw {
    numbers: [i64; 5],
    buffers: *mut *const c_void,
    children: *mut *mut FFI_ArrowArray,
    dictionary: *mut FFI_ArrowArray,
    release: Option<unsafe extern "C" fn(*mut Raw)>,
    private_data: *mut c_void,
}

unsafe extern "C" fn release(array: *mut Raw) {
    // SAFETY: called with the array that is released, once.
    unsafe { (*array).release = None };
}

/// Numbers from the input, small ones mostly.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn next(&mut self) -> i64 {
        let Some((two, rest)) = self.0.split_first_chunk::<2>() else {
            return 1;
        };
        self.0 = rest;
        match i16::from_le_bytes(*two) {
            i16::MAX => i64::MAX,
            i16::MIN => i64::MIN,
            number => i64::from(number),
        }
    }
}

/// An array of these numbers: its length, nulls and offset, then what is in its buffers.
pub(crate) fn import(data: &[u8]) {
    let mut numbers = Numbers(data);
    let kinds = [
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        DataType::List(Field::new("item", DataType::Utf8, true).into()),
        DataType::Struct(vec![Field::new("a", DataType::Utf8, true)].into()),
        DataType::UInt32,
        DataType::Null,
    ];
    let kind = &kinds[numbers.next().unsigned_abs() as usize % kinds.len()];
    let Ok(schema) = FFI_ArrowSchema::try_from(&Field::new("text", kind.clone(), true)) else {
        return;
    };
    // SAFETY: a schema of arrow-rs's own.
    assert!(unsafe { arrow_check::field(&schema) }.is_ok());
    let mut room: Vec<Vec<u64>> = Vec::new();
    let mut inner = Vec::new();
    let mut child = made(
        &mut numbers,
        &mut room,
        &mut Vec::new(),
        &DataType::Utf8,
        ptr::null_mut(),
    );
    inner.push((&raw mut child).cast::<FFI_ArrowArray>());
    let within = match kind {
        DataType::Dictionary(..) => inner[0],
        _ => ptr::null_mut(),
    };
    let mut array = made(&mut numbers, &mut room, &mut inner, kind, within);
    // SAFETY: the same layout by the same specification; every pointer that is not null leads to `ROOM` bytes or a child.
    let array = unsafe { FFI_ArrowArray::from_raw((&raw mut array).cast()) };
    // SAFETY: as above.
    let Ok(data) = (unsafe { arrow_check::import(array, kind) }) else {
        return;
    };
    if arrow_check::without_utf8(data.clone()).is_ok() && data.validate_full().is_ok() {
        std::hint::black_box(format!("{:?}", make_array(data))); // which reads the values
    }
}

fn made(
    numbers: &mut Numbers<'_>,
    room: &mut Vec<Vec<u64>>,
    children: &mut [*mut FFI_ArrowArray],
    kind: &DataType,
    dictionary: *mut FFI_ArrowArray,
) -> Raw {
    let (length, nulls, offset) = (numbers.next() % 64, numbers.next() % 4, numbers.next() % 8);
    let true_count = arrow_data::layout(kind).buffers.len() as i64
        + i64::from(arrow_data::layout(kind).can_contain_null_mask)
        + if *kind == DataType::Utf8View { 2 } else { 0 };
    let given = if numbers.next() == 7 {
        numbers.next()
    } else {
        true_count
    };
    let mut buffers: Vec<*const c_void> = Vec::new();
    for place in 0..true_count.max(1) {
        if numbers.next() == 13 {
            buffers.push(ptr::null());
            continue;
        }
        let mut values = vec![0_u64; ROOM / 8];
        for value in values.iter_mut().take(80) {
            let (low, high) = (numbers.next(), numbers.next());
            // Offsets and lengths of 64 bits are one number, everything else is two of 32.
            let wide =
                *kind == DataType::LargeUtf8 || (*kind == DataType::Utf8View && place == true_count - 1);
            *value = if wide {
                low as u64
            } else {
                (low as u32 as u64) | (high as u32 as u64) << 32
            };
        }
        buffers.push(values.as_ptr().cast());
        room.push(values);
    }
    let mut buffers = buffers.into_boxed_slice();
    let pointers = buffers.as_mut_ptr();
    let has_children = matches!(kind, DataType::List(_) | DataType::Struct(_));
    std::mem::forget(buffers); // a few bytes, which the array points to as long as anybody likes
    Raw {
        numbers: [
            length,
            nulls,
            offset,
            given.min(true_count),
            if has_children { 1 } else { 0 },
        ],
        buffers: pointers,
        children: if has_children {
            children.to_vec().leak().as_mut_ptr()
        } else {
            ptr::null_mut()
        },
        dictionary,
        release: Some(release),
        private_data: ptr::null_mut(),
    }
}
