"""Identities of 16 bytes as rows of bytes, and the part that each belongs to by its highest bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import numpy.typing as npt

BYTES = 256
"""Parts that the first byte can tell apart."""


def identities(column: pa.ChunkedArray) -> npt.NDArray[np.uint8]:
    """A column of identities, 16 bytes a row."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], pa.binary(16))
    data = np.frombuffer(array.buffers()[1] or b"", dtype=np.uint8)
    return data[16 * array.offset : 16 * (array.offset + len(array))].reshape(-1, 16)


def part_of(identity: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.uint32]:
    """The part of each identity, of so many."""
    if count <= BYTES:
        return identity[:, 0].astype(np.uint32) * np.uint32(count) >> np.uint32(8)
    high = identity[:, :4].astype(np.uint64) @ np.array([1 << 24, 1 << 16, 1 << 8, 1], dtype=np.uint64)
    return (high * np.uint64(count) >> np.uint64(32)).astype(np.uint32)
