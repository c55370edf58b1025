"""Checksums of the texts that are read: a file that is not what it was shows, whatever its time of change says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from fastcurate.external.spill import checksum
from fastcurate.on import is_chat

if TYPE_CHECKING:
    from collections.abc import Iterator


def digest(column: pa.ChunkedArray) -> int | None:
    """A checksum of a column of text or conversations (their contents), null for any other.

    However the values are cut into chunks: only their lengths and their bytes count, no byte that no value has.
    """
    parts = list(_texts(column))
    if not parts:
        return None
    total = 0
    for number, part in enumerate(parts):
        if len(part) == 0:
            continue
        array = part.chunk(0) if part.num_chunks == 1 else pa.concat_arrays(part.chunks)
        lengths = pc.fill_null(pc.binary_length(array), -1).cast(pa.int64())
        wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
        offsets = pa.Array.from_buffers(
            pa.int64() if wide else pa.int32(),
            len(array) + 1,
            [None, array.buffers()[1]],
            offset=array.offset,
        )
        first, last = offsets[0].as_py(), offsets[-1].as_py()
        sums = [checksum(lengths.buffers()[1].slice(8 * lengths.offset, 8 * len(lengths)))]
        if last > first:
            sums.append(checksum(array.buffers()[2].slice(first, last - first)))
        for one in sums:
            total = ((total << 7 | total >> 57) & (2**64 - 1)) ^ one ^ number
    return total


def _texts(column: pa.ChunkedArray) -> Iterator[pa.ChunkedArray]:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield column
    elif is_chat(kind):
        turns = [chunk.flatten() for chunk in column.chunks]
        contents = [pc.struct_field(turn, "content") for turn in turns]
        yield from _texts(pa.chunked_array(contents, kind.value_type.field("content").type))
