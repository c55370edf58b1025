//! Files cut into blocks of whole lines. Where the cuts are depends on the bytes alone.

use std::ops::Range;

use memchr::memchr;

/// Bytes of a block; a longer line is a block of its own.
pub(super) const BLOCK: usize = 1 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Some whole lines of one file.
pub(super) struct Block<'a> {
    pub(super) file: usize,
    pub(super) bytes: &'a [u8],
}

/// A file without the mark that may stand before its first line.
pub(super) fn without_mark(file: &[u8]) -> &[u8] {
    file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file)
}

/// The blocks of all files, in order.
pub(super) fn blocks<'a>(files: &[&'a [u8]], size: usize) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    for (file, bytes) in files.iter().enumerate() {
        let mut rest = *bytes;
        while !rest.is_empty() {
            let cut = size.min(rest.len()) - 1;
            let end = memchr(b'\n', &rest[cut..]).map_or(rest.len(), |newline| cut + newline + 1);
            let (bytes, after) = rest.split_at(end);
            blocks.push(Block { file, bytes });
            rest = after;
        }
    }
    blocks
}

/// The lines of a block, newline excluded: number within the block (from 0) and place in it.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, Range<usize>)> {
    let mut start = 0;
    let ranges = std::iter::from_fn(move || {
        (start < bytes.len()).then(|| {
            let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |newline| start + newline);
            let line = start..end;
            start = end + 1;
            line
        })
    });
    ranges.enumerate()
}

/// Whether a line is no row.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}
