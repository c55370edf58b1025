"""CSV files piece by piece: a first look for the types of the columns, then the rows in order.

Where a row ends depends on every quote before it, so that a file is parsed from its beginning at every reading; a piece
is some rows.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from fastcurate.external.columnar import Columnar, Rows, in_schema, one_schema
from fastcurate.external.lines import opened
from fastcurate.external.source import changed
from fastcurate.files.csv_lines import CsvLines
from fastcurate.files.read import CSV, NUMBER, csv_options, read_or_say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from fastcurate.external.source import Chunk, Piece

BLOCK = 4 << 20
"""Bytes that the parser takes at once, and the most that a row may have."""


class CsvSource(Columnar):
    """CSV, plain or compressed."""

    def __init__(self, paths: list[Path], threads: int | None) -> None:
        super().__init__(paths, threads)
        kinds: dict[str, _Kind] = {}
        schemas, row = [], 0
        self.lined: list[bool] = []
        for number, path in enumerate(paths):
            first = row
            with ExitStack() as streams:
                text = _Text(path, streams)
                reader = read_or_say(path, "CSV", partial(text.parsed, None))
                schemas.append(reader.schema)
                batches = iter(reader)
                while (batch := read_or_say(path, "CSV", partial(next, batches, None))) is not None:
                    for name, column in zip(batch.schema.names, batch.columns, strict=True):
                        kinds.setdefault(name, _Kind()).look(column)
                    self._add(number, 0, batch.num_rows, batch.nbytes, row)
                    row += batch.num_rows
                    text.take(batch.num_rows)
                if row == first:
                    self._add(number, 0, 0, 0, row)
                self.lined.append(text.taken == row - first and text.left == 0)
            self.pieces = [
                replace(piece, skip=piece.first_row - first) if piece.file == number else piece
                for piece in self.pieces
            ]
        columns = one_schema(paths, schemas).names
        self.schema = pa.schema([(name, kinds.get(name, _Kind()).type) for name in columns])

    def _readers(self, pieces: list[Piece], columns: Sequence[str] | None) -> Iterator[Callable[[], Chunk]]:
        schema = pa.schema([self.schema.field(name) for name in columns or self.schema.names])
        rows = _CsvRows()

        def read(piece: Piece) -> Chunk:
            path = self.paths[piece.file]

            def table() -> pa.Table:
                if piece.rows == 0:
                    return schema.empty_table()
                texts = rows.read(path, piece, schema.names)
                typed = {name: texts[name].cast(schema.field(name).type) for name in texts.column_names}
                return in_schema(pa.table(typed), schema)

            found = read_or_say(path, "CSV", table)
            lined = self.lined[piece.file]
            line = pa.nulls(len(found), pa.int64())
            if lined and len(found):
                if len(rows.line) != len(found):
                    raise changed(path)
                line = pa.array(rows.line, pa.int64())
            return self.chunk_of(piece, found, line)

        return (partial(read, piece) for piece in pieces)


class _Text:
    """The bytes of a file as the parser reads them, and the lines on which its rows begin."""

    def __init__(self, path: Path, streams: ExitStack) -> None:
        self.closed = False
        self.taken = 0
        self._path, self._streams = path, streams
        self._file: Any = None
        self._lines = CsvLines()
        self._found: list[Any] = []
        self._ended = False
        self._lock = Lock()  # the parser reads ahead in a thread of its own

    def parsed(self, columns: list[str] | None) -> pacsv.CSVStreamingReader:
        """The rows, of these columns or of all."""
        with ExitStack() as streams:
            file = opened(self._path, streams)
            names = pacsv.open_csv(file, parse_options=CSV, read_options=self._block()).schema.names
        options = csv_options(names)
        if columns is not None:
            options["convert_options"].include_columns = [name for name in columns if name in names]
        return pacsv.open_csv(self, read_options=self._block(), **options)

    @staticmethod
    def _block() -> pacsv.ReadOptions:
        return pacsv.ReadOptions(block_size=BLOCK)

    def read(self, size: int = -1) -> bytes:
        """What comes next."""
        if self._file is None:
            self._file = opened(self._path, self._streams)
        data: bytes = self._file.read(size)
        if data or not self._ended:
            lines = self._lines.feed(data) if data else self._lines.end()
            self._ended = not data
            with self._lock:
                self._found.append(lines)
        return data

    def close(self) -> None:
        """What is open is closed by whoever opened it."""
        self.closed = True

    @property
    def left(self) -> int:
        """Lines that no row was taken for."""
        return sum(map(len, self._found))

    def take(self, rows: int) -> Any:
        """The lines of the next rows, fewer where there are not so many."""
        with self._lock:
            lines = np.concatenate([np.zeros(0, np.int64), *self._found])
            self._found = [lines[rows:]]
        self.taken += len(lines[:rows])
        return lines[:rows]


class _CsvRows(Rows):
    """The rows of a file, with the lines on which they begin."""

    def __init__(self) -> None:
        super().__init__()
        self.line: Any = np.zeros(0, np.int64)
        self._text: _Text | None = None

    def _batches(self, path: Path, piece: Piece, names: list[str]) -> Iterator[pa.RecordBatch]:
        del piece  # all of a file follow each other
        with ExitStack() as streams:
            self._text = _Text(path, streams)
            yield from self._text.parsed(names)

    def _rows(self, count: int) -> pa.Table:
        table = super()._rows(count)
        if self._text is not None:
            self.line = self._text.take(count)
        return table


class _Kind:
    """The type of a column: numbers if all its values are written as numbers are."""

    def __init__(self) -> None:
        self.some, self.numbers = False, True
        self.casts = dict.fromkeys((pa.int64(), pa.float64()), True)

    def look(self, column: pa.Array) -> None:
        """Some more values, as text."""
        if not self.numbers or column.null_count == len(column):
            return
        self.some = True
        self.numbers = bool(pc.all(pc.match_substring_regex(column, NUMBER)).as_py())
        for kind in [kind for kind, fits in self.casts.items() if fits and self.numbers]:
            try:
                column.cast(kind)
            except pa.ArrowInvalid:
                self.casts[kind] = False

    @property
    def type(self) -> pa.DataType:
        """What `read_csv` makes of it."""
        fits = [kind for kind, fits in self.casts.items() if fits]
        return fits[0] if self.some and self.numbers and fits else pa.string()
