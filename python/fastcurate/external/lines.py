"""JSONL files piece by piece: a first look for the types of the columns, then the rows of any piece."""

from __future__ import annotations

import gzip
from contextlib import ExitStack
from functools import partial
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate import _core
from fastcurate.external import source as sources
from fastcurate.external.source import Chunk, Piece, Source, changed
from fastcurate.files.read import UNREADABLE, _one_row, _table
from fastcurate.files.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


class JsonlSource(Source):
    """JSONL, plain or compressed; a piece is some whole lines."""

    def __init__(self, paths: list[Path], threads: int | None) -> None:
        super().__init__(paths, threads)
        survey = _core.JsonlSurvey()
        row = 0
        for number, path in enumerate(paths):
            line = at = 0
            for text in _pieces(path):
                lines, rows = survey.look(_one_row(text), first=at == 0, threads=threads)
                piece = Piece(
                    len(self.pieces), number, at, text.size, rows, row, line, _core.checksum(_one_row(text))
                )
                self.pieces.append(piece)
                at, row, line = at + text.size, row + rows, line + lines
        if row == 0:
            raise ValueError(f"{paths[0]}: there are no rows in it")
        self._empty = pa.array(survey.columns())
        self.schema = pa.RecordBatch.from_struct_array(self._empty).schema

    def _readers(self, pieces: list[Piece], columns: Sequence[str] | None) -> Iterator[Callable[[], Chunk]]:
        files = {piece.file for piece in pieces}
        texts = {file: _Texts(self.paths[file]) for file in files}
        return (partial(self._read, texts[piece.file], piece, columns) for piece in pieces)

    def _read(self, texts: _Texts, piece: Piece, columns: Sequence[str] | None) -> Chunk:
        text = _one_row(texts.read(piece))
        if _core.checksum(text) != piece.checksum:
            raise changed(self.paths[piece.file])
        batches, places, broken = _core.read_jsonl_piece(
            text, self._empty, first=piece.at == 0, threads=self.threads
        )
        table, places, broken = _table(batches), _table([places]), _table([broken])
        if columns is not None:
            table = table.select(list(columns))
        lines = None
        if broken.num_rows:
            lines = pa.table(
                {
                    "row": _moved(broken["row"], piece.first_row),
                    "line": _moved(broken["line"], piece.first_line),
                    "raw": broken["raw"],
                    "message": broken["message"],
                }
            )
        row, line = _moved(places["row"], piece.first_row), _moved(places["line"], piece.first_line)
        return Chunk(piece, table, row, line, lines)


class _Texts:
    """The bytes of a file, by position; a compressed one is read on and on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plain = path.suffix.lower() not in (".gz", ".zst")
        self.stream: Iterator[pa.Buffer] | None = None
        self.at = 0

    def read(self, piece: Piece) -> pa.Buffer:
        if self.plain:
            with _raw(self.path) as file:
                file.seek(piece.at)
                text = file.read_buffer(piece.size)
            if text.size != piece.size:
                raise changed(self.path)
            return text
        if self.stream is None:
            self.stream = _pieces(self.path)
        for text in self.stream:
            start, self.at = self.at, self.at + text.size
            if start == piece.at:
                if text.size != piece.size:
                    break
                return text
        raise changed(self.path)


def _pieces(path: Path) -> Iterator[pa.Buffer]:
    """The decompressed bytes of a file in pieces of whole lines."""
    rest: list[bytes] = []  # of a line whose end was not there yet
    with ExitStack() as streams:
        file = opened(path, streams)
        while True:
            try:
                more = file.read(sources.PIECE)
            except UNREADABLE as error:
                raise ValueError(f"{path}: cannot be read, or cut short: {error}") from error
            if not more:
                break
            end = more.rfind(b"\n") + 1
            if end == 0:
                rest.append(more)
                continue
            yield pa.py_buffer(b"".join([*rest, more[:end]]))
            rest = [more[end:]] if end < len(more) else []
    if rest:
        yield pa.py_buffer(b"".join(rest))


def opened(path: Path, streams: ExitStack) -> IO[bytes] | Any:
    """The decompressed bytes of a file, as a stream."""
    if path.suffix.lower() == ".gz":
        return streams.enter_context(gzip.open(streams.enter_context(path.open("rb")), "rb"))
    file = streams.enter_context(_raw(path))
    if path.suffix.lower() == ".zst" and path.stat().st_size:
        return streams.enter_context(pa.CompressedInputStream(file, "zstd"))
    return file


def _raw(path: Path) -> Any:
    """A file as pyarrow reads it, not mapped: pages that were read once count as memory."""
    return path.open("rb") if isinstance(path, Remote) else pa.OSFile(str(path))


def _moved(values: Any, by: int) -> pa.Array:
    return pa.array(values.to_numpy() + np.int64(by))
