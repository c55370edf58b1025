"""Parquet and Arrow files piece by piece: row groups and batches, large ones a range of rows at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from fastcurate.external import source as sources
from fastcurate.external.source import Piece, Source
from fastcurate.files.read import read_or_say
from fastcurate.files.remote import Remote, open_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from fastcurate.external.source import Chunk

STEP = 1 << 16
"""Rows that are passed over at once."""

BUFFER = 1 << 20
"""Bytes that are read at once of a column of a row group that is larger than a piece."""


class Columnar(Source):
    """Files of row groups or batches."""

    def _add(self, file: int, at: int, rows: int, size: int, first_row: int) -> None:
        """A group of rows, in pieces of about the same size."""
        each = max(1, rows * sources.PIECE // max(1, size))
        for skip in range(0, max(1, rows), each):
            count = min(each, rows - skip)
            part = size * count // max(1, rows)
            self.pieces.append(Piece(len(self.pieces), file, at, part, count, first_row + skip, skip=skip))


class ParquetSource(Columnar):
    """Parquet files; a piece is some rows of a row group."""

    def __init__(self, paths: list[Path], threads: int | None) -> None:
        super().__init__(paths, threads)
        schemas, row = [], 0
        for number, path in enumerate(paths):
            with read_or_say(path, "Parquet", partial(pq.ParquetFile, _parquet(path))) as parquet:
                schemas.append(parquet.schema_arrow)
                for group in range(parquet.num_row_groups):
                    about = parquet.metadata.row_group(group)
                    self._add(number, group, about.num_rows, about.total_byte_size, row)
                    row += about.num_rows
        self.schema = one_schema(paths, schemas)

    def _readers(self, pieces: list[Piece], columns: Sequence[str] | None) -> Iterator[Callable[[], Chunk]]:
        names = list(self.schema.names if columns is None else columns)
        schema = pa.schema([self.schema.field(name) for name in names])
        group = _Group(self.threads != 1)

        def read(piece: Piece) -> Chunk:
            if piece.rows == 0:
                return self.chunk_of(piece, schema.empty_table())
            path = self.paths[piece.file]

            def table() -> pa.Table:
                return in_schema(group.read(path, piece, names), schema)

            return self.chunk_of(piece, read_or_say(path, "Parquet", table))

        return (partial(read, piece) for piece in pieces)


class Rows(ABC):
    """Batches that follow each other, read on and on in other portions."""

    def __init__(self) -> None:
        self.of: tuple[Path, int] | None = None
        self.row = 0
        self.rest: pa.Table | None = None
        self.batches: Iterator[pa.RecordBatch] = iter(())

    def read(self, path: Path, piece: Piece, names: list[str]) -> pa.Table:
        """The rows of a piece, whose `skip` counts from the first batch on."""
        if self.of != (path, piece.at) or self.row > piece.skip:
            self.of, self.row, self.rest = (path, piece.at), 0, None
            self.batches = self._batches(path, piece, names)
        while self.row < piece.skip:
            self._rows(min(STEP, piece.skip - self.row))
        return self._rows(piece.rows)

    @abstractmethod
    def _batches(self, path: Path, piece: Piece, names: list[str]) -> Iterator[pa.RecordBatch]:
        """The batches, from the first on."""

    def _rows(self, count: int) -> pa.Table:
        """The next rows, at most so many."""
        tables = [] if self.rest is None else [self.rest]
        there = sum(len(table) for table in tables)
        while there < count:
            batch = next(self.batches, None)
            if batch is None:
                raise ValueError("it has fewer rows than it says")
            tables.append(pa.Table.from_batches([batch]))
            there += len(batch)
        table = pa.concat_tables(tables)
        self.row += count
        self.rest = table.slice(count) if there > count else None
        return table.slice(0, count)


class _Group(Rows):
    """The rows of a row group."""

    def __init__(self, threads: bool) -> None:
        super().__init__()
        self.threads = threads

    def _batches(self, path: Path, piece: Piece, names: list[str]) -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(_parquet(path), pre_buffer=False, buffer_size=BUFFER) as parquet:
            there = [name for name in names if name in parquet.schema_arrow.names]
            yield from parquet.iter_batches(
                min(piece.rows, 1 << 16), row_groups=[piece.at], columns=there, use_threads=self.threads
            )


class ArrowSource(Columnar):
    """Arrow IPC files; a piece is some rows of a batch."""

    def __init__(self, paths: list[Path], threads: int | None) -> None:
        super().__init__(paths, threads)
        schemas, row = [], 0
        for number, path in enumerate(paths):
            with open_bytes(path) as mapped:
                reader = read_or_say(path, "Arrow", partial(pa.ipc.open_file, mapped))
                schemas.append(reader.schema)
                for at in range(reader.num_record_batches):
                    batch = reader.get_batch(at)
                    self._add(number, at, batch.num_rows, batch.nbytes, row)
                    row += batch.num_rows
        self.schema = one_schema(paths, schemas)

    def _readers(self, pieces: list[Piece], columns: Sequence[str] | None) -> Iterator[Callable[[], Chunk]]:
        names = list(self.schema.names if columns is None else columns)
        schema = pa.schema([self.schema.field(name) for name in names])

        def read(piece: Piece) -> Chunk:
            path = self.paths[piece.file]

            def table() -> pa.Table:
                batch = pa.ipc.open_file(open_bytes(path)).get_batch(piece.at)
                there = [name for name in names if name in batch.schema.names]
                rows = pa.Table.from_batches([batch.slice(piece.skip, piece.rows)]).select(there)
                return in_schema(rows, schema)

            return self.chunk_of(piece, read_or_say(path, "Arrow", table))

        return (partial(read, piece) for piece in pieces)


def _parquet(path: Path) -> Any:
    return path.open("rb") if isinstance(path, Remote) else path


def one_schema(paths: list[Path], schemas: list[pa.Schema]) -> pa.Schema:
    """The columns of all files.

    Raises:
        ValueError: Two of them do not fit together.
    """
    schema = schemas[0]
    for path, more in zip(paths[1:], schemas[1:], strict=True):
        try:
            # The same rules as for tables that are put together.
            tables = [schema.empty_table(), more.empty_table()]
            schema = pa.concat_tables(tables, promote_options="permissive").schema
        except pa.ArrowException as error:
            raise ValueError(f"{path}: its columns do not fit those of {paths[0]}: {error}") from error
    return schema


def in_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows with these columns, null where they were not there; their values are looked at.

    Raises:
        ArrowInvalid: Offsets or texts are not what they must be.
    """
    table.validate(full=True)
    if table.schema.equals(schema):
        return table
    return pa.concat_tables([schema.empty_table(), table], promote_options="permissive").select(schema.names)
