"""Columns on disk between the steps: Arrow IPC with checksums, so that what comes back is what was written.

A file is there whole or not at all. It holds blocks that follow each other, each of them 8 bytes of length, 8 bytes of
XXH3 and an Arrow IPC stream. Nothing in it is executed.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa

from fastcurate import _core

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

HEADER = struct.Struct("<QQ")
PARTIAL = ".partial"

WRITTEN_AT_ONCE = 1 << 20
"""Bytes of a part that are gathered before they are written."""


def write_block(file: IO[bytes], table: pa.Table, *, compression: str | None = None) -> int:
    """Append a block; the bytes that it takes."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    block = sink.getvalue()
    file.write(HEADER.pack(block.size, checksum(block)))
    file.write(block)
    return HEADER.size + int(block.size)


def read_blocks(path: Path) -> Iterator[pa.Table]:
    """The blocks of a file, in order.

    Raises:
        ValueError: The file is not what was written.
    """
    size = path.stat().st_size
    at = 0
    with path.open("rb") as file:
        while at < size:
            header = file.read(HEADER.size)
            length, expected = HEADER.unpack(header) if len(header) == HEADER.size else (size, 0)
            at += HEADER.size + length
            if at > size:
                raise _broken(path)
            block = pa.py_buffer(file.read(length))
            if block.size != length or checksum(block) != expected:
                raise _broken(path)
            with pa.ipc.open_stream(block) as reader:
                yield reader.read_all()


def write_table(path: Path, table: pa.Table) -> None:
    """A file of one block, there whole or not at all."""
    partial = path.with_name(path.name + PARTIAL)
    with partial.open("wb") as file:
        write_block(file, table)
    partial.replace(path)


def read_table(path: Path) -> pa.Table:
    """The block of a file that `write_table` wrote.

    Raises:
        ValueError: The file is not what was written.
    """
    blocks = list(read_blocks(path))
    if len(blocks) != 1:
        raise _broken(path)
    return blocks[0]


class Parts:
    """Rows of numbers in several files, which fill up as the rows come."""

    def __init__(self, folder: Path, count: int, schema: pa.Schema) -> None:
        """`count` parts, new and empty, in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.paths = [folder / f"{part:05}" for part in range(count)]
        self.schema = schema
        self._waiting: list[list[pa.RecordBatch]] = [[] for _ in self.paths]
        self._bytes = np.zeros(count, dtype=np.int64)
        for path in self.paths:
            path.write_bytes(b"")

    def add(self, columns: list[npt.NDArray[np.generic]], ends: npt.NDArray[np.integer]) -> None:
        """Rows that stand in the order of their parts; `ends` says where each part ends."""
        start = 0
        for part, end in enumerate(ends.tolist()):
            if end > start:
                arrays = [_array(column[start:end].copy()) for column in columns]
                batch = pa.record_batch(arrays, schema=self.schema)
                self._waiting[part].append(batch)
                self._bytes[part] += batch.nbytes
                if self._bytes[part] >= WRITTEN_AT_ONCE:
                    self._write(part)
            start = end

    def close(self) -> None:
        """Write what is still waiting."""
        for part in range(len(self.paths)):
            if self._waiting[part]:
                self._write(part)

    def _write(self, part: int) -> None:
        with self.paths[part].open("ab") as file:
            write_block(file, pa.Table.from_batches(self._waiting[part], self.schema))
        self._waiting[part], self._bytes[part] = [], 0

    def read(self, part: int) -> list[npt.NDArray[np.generic]]:
        """The columns of a part."""
        tables = list(read_blocks(self.paths[part]))
        table = pa.concat_tables(tables) if tables else self.schema.empty_table()
        return [column.to_numpy() for column in table.columns]


def spilled_bytes(folder: Path) -> int:
    """The bytes of all files in a folder and those below."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            total += (Path(root) / name).stat().st_size
    return total


def _array(column: npt.NDArray[np.generic]) -> pa.Array:
    """A column of numbers, or of values of several bytes, one a row."""
    if column.ndim == 1:
        return pa.array(column)
    return pa.Array.from_buffers(pa.binary(column.shape[1]), len(column), [None, pa.py_buffer(column)])


def checksum(block: pa.Buffer) -> int:
    """XXH3 of bytes."""
    offsets = pa.py_buffer(np.array([0, block.size], dtype=np.int64))
    return _core.checksum(pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, block]))


def _broken(path: Path) -> ValueError:
    return ValueError(
        f"{path} is not what was written to it (its checksum differs); "
        f"delete {path.parent.parent} and run the job again"
    )
