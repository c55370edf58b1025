//! The result of a chunk: the rows that change between runs of those that do not, which are copied as one.

use std::sync::Arc;

use arrow_array::builder::BinaryViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{BinaryType, ByteArrayType, LargeBinaryType};
use arrow_array::{Array, ArrayRef, GenericByteArray, LargeBinaryArray};
use arrow_buffer::{ArrowNativeType, Buffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::DataType;
use fastcurate_simd::pages::prefer_large;

use super::changes::Changes;
use crate::error::{Error, Result};

/// `chunk` with the changes of its pieces; with 64-bit offsets where more than `limit` bytes come together.
pub(super) fn assemble(chunk: &ArrayRef, pieces: &[Changes], limit: usize) -> Result<ArrayRef> {
    Ok(match chunk.data_type() {
        DataType::Binary => {
            let texts = chunk.as_binary::<i32>();
            if size(texts, pieces) > limit {
                Arc::new(merged::<_, LargeBinaryType>(texts, pieces))
            } else {
                Arc::new(merged::<_, BinaryType>(texts, pieces))
            }
        }
        DataType::LargeBinary => Arc::new(merged::<_, LargeBinaryType>(chunk.as_binary::<i64>(), pieces)),
        _ => views(chunk, pieces)?,
    })
}

/// Bytes of the result.
fn size<T: ByteArrayType>(texts: &GenericByteArray<T>, pieces: &[Changes]) -> usize {
    let offsets = texts.value_offsets();
    let mut size = offsets[texts.len()].as_usize() - offsets[0].as_usize();
    // Piece by piece: one iterator over the rows of all pieces is slower than the copying.
    for piece in pieces {
        for (row, text) in piece.rows() {
            size = size - texts.value_length(row).as_usize() + text.len();
        }
    }
    size
}

fn merged<T, O>(texts: &GenericByteArray<T>, pieces: &[Changes]) -> GenericByteArray<O>
where
    T: ByteArrayType,
    O: ByteArrayType,
{
    let offsets = texts.value_offsets();
    let mut bytes: Vec<u8> = Vec::with_capacity(size(texts, pieces));
    prefer_large(bytes.spare_capacity_mut());
    let mut ends: Vec<O::Offset> = Vec::with_capacity(texts.len() + 1);
    ends.push(O::Offset::usize_as(0));
    let mut copied = 0; // rows
    let copy = |from: usize, to: usize, bytes: &mut Vec<u8>, ends: &mut Vec<O::Offset>| {
        let (first, last) = (offsets[from].as_usize(), offsets[to].as_usize());
        let here = bytes.len();
        bytes.extend_from_slice(&texts.value_data()[first..last]);
        let moved = |end: &T::Offset| O::Offset::usize_as(end.as_usize() - first + here);
        ends.extend(offsets[from + 1..=to].iter().map(moved));
    };
    for piece in pieces {
        for (row, text) in piece.rows() {
            copy(copied, row, &mut bytes, &mut ends);
            bytes.extend_from_slice(text.as_bytes());
            ends.push(O::Offset::usize_as(bytes.len()));
            copied = row + 1;
        }
    }
    copy(copied, texts.len(), &mut bytes, &mut ends);
    let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
    GenericByteArray::new(offsets, Buffer::from_vec(bytes), texts.nulls().cloned())
}

/// Views of rows that do not change go on pointing where they did.
fn views(chunk: &ArrayRef, pieces: &[Changes]) -> Result<ArrayRef> {
    let texts = chunk.as_binary_view();
    let mut changes = pieces.iter().flat_map(Changes::rows).peekable();
    let mut out = BinaryViewBuilder::with_capacity(texts.len());
    for buffer in texts.data_buffers().iter() {
        out.append_block(buffer.clone());
    }
    let views = texts.views();
    for row in 0..texts.len() {
        if let Some((_, text)) = changes.next_if(|(changed, _)| *changed == row) {
            out.append_value(text);
        } else if texts.is_null(row) {
            out.append_null();
        } else {
            let view = arrow_data::ByteView::from(views[row]);
            if view.length <= arrow_data::MAX_INLINE_VIEW_LEN {
                out.append_value(texts.value(row));
            } else {
                out.try_append_view(view.buffer_index, view.offset, view.length)
                    .map_err(|error| Error::row(row, error))?;
            }
        }
    }
    Ok(Arc::new(out.finish()))
}

/// 32-bit offsets as 64-bit ones; other layouts as they are.
pub(super) fn large(array: &ArrayRef) -> ArrayRef {
    match array.as_binary_opt::<i32>() {
        Some(texts) => Arc::new(texts.iter().collect::<LargeBinaryArray>()),
        None => Arc::clone(array),
    }
}

/// Bytes of the longest row.
pub(super) fn longest(array: &ArrayRef) -> usize {
    fn of<'a>(rows: impl Iterator<Item = Option<&'a [u8]>>) -> usize {
        rows.flatten().map(<[u8]>::len).max().unwrap_or(0)
    }
    match array.data_type() {
        DataType::Binary => of(array.as_binary::<i32>().iter()),
        DataType::LargeBinary => of(array.as_binary::<i64>().iter()),
        DataType::BinaryView => of(array.as_binary_view().iter()),
        _ => 0,
    }
}
