"""Files read piece by piece: the same rows, types and places as `open_files` gives, never all of them at once.

A piece is some lines of a JSONL file, some rows of a row group of a Parquet file or of a batch of an Arrow file. The
types of JSONL columns depend on all lines, so that such files are looked at once before they are read. Every file must
stay what it was when it was opened: its size, its time of change, the checksum of its ends and, of JSONL, of every
piece are compared at every reading, of other files those of the texts.
"""

from __future__ import annotations

import hashlib
import os
import struct
from abc import ABC, abstractmethod
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate.external.room import SMALL
from fastcurate.files.formats import format_of
from fastcurate.files.paths import are_paths, data_files
from fastcurate.files.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from fastcurate.external.room import Room

PIECE = 4 << 20
"""Bytes of a piece, about; of JSONL up to the end of a line."""

END, FOOTER, LONGEST_FOOTER = 64 << 10, 8, 16 << 20
"""Bytes at either end of a file that tell it apart; of a Parquet file all that its last 8 bytes say belongs to it."""

AHEAD = 2
"""Pieces that are read while one is worked on."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether a file is still the one that was opened."""

    size: int
    changed: int
    inode: int
    ends: str

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """What the file is now: also a checksum of its first and last bytes, where Parquet says what is where."""
        with path.open("rb") as file:
            status = path.stat() if isinstance(path, Remote) else os.fstat(file.fileno())
            sums = hashlib.blake2b(file.read(END), digest_size=8)
            tail = END
            if status.st_size > FOOTER:
                file.seek(-FOOTER, os.SEEK_END)
                length, magic = struct.unpack("<I4s", file.read(FOOTER))
                if magic == b"PAR1":
                    tail = max(END, min(length + FOOTER, LONGEST_FOOTER))
            file.seek(max(0, status.st_size - tail))
            sums.update(file.read(tail))
        return cls(status.st_size, status.st_mtime_ns, status.st_ino, sums.hexdigest())


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file that is read at once.

    Attributes:
        number: Its place among all pieces.
        file: The position of its file.
        at: Where it begins: a byte, a row group or a batch.
        size: Its bytes, for JSONL those of the text.
        rows: Its rows, lines that cannot be parsed included.
        first_row: The position of its first row in the whole input.
        first_line: The line before its first one, for JSONL.
        checksum: Of its bytes, for JSONL.
        skip: The rows of the row group or batch before its first one.
    """

    number: int
    file: int
    at: int
    size: int
    rows: int
    first_row: int
    first_line: int = 0
    checksum: int = 0
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """The rows of a piece.

    Attributes:
        piece: Where they come from.
        table: Those that are no broken lines.
        row: For each of them its position in the whole input.
        line: For each of them its line, for JSONL.
        broken: The other lines: `row`, `line`, `raw`, `message`; None where there are none.
        digests: Checksums of its texts, by column; of JSONL the piece has one already.
    """

    piece: Piece
    table: pa.Table
    row: pa.Array
    line: pa.Array | None = None
    broken: pa.Table | None = None
    digests: dict[str, int] | None = None


class Source(ABC):
    """Files of one format.

    Attributes:
        paths: The files, in order.
        format: The format of the first of them, as `write_rows` takes it.
        stamps: What they were when they were opened.
        pieces: All pieces, in order.
        schema: The columns of every chunk.
        room: What memory there is.
        digests: Of every piece and column that was read the checksum of its texts.
    """

    paths: list[Path]
    format: str
    stamps: list[Stamp]
    pieces: list[Piece]
    schema: pa.Schema
    room: Room | None = None

    def __init__(self, paths: list[Path], threads: int | None) -> None:
        self.paths = paths
        self.format = str(format_of(paths[0]))
        self.stamps = [Stamp.of(path) for path in paths]
        self.threads = threads
        self.pieces = []
        self.digests: dict[int, dict[str, int]] = {}

    @property
    def rows(self) -> int:
        """All rows, lines that cannot be parsed included."""
        return sum(piece.rows for piece in self.pieces)

    @property
    def bytes(self) -> int:
        """All bytes of the files."""
        return sum(stamp.size for stamp in self.stamps)

    def chunks(
        self, columns: Sequence[str] | None = None, pieces: Iterable[Piece] | None = None
    ) -> Iterator[Chunk]:
        """The rows of these pieces, in order; the next pieces are read while one is worked on.

        Raises:
            ValueError: A file has changed since it was opened, or cannot be read.
        """
        wanted = list(self.pieces if pieces is None else pieces)
        ahead = 1 if self.room is not None and self.room.memory < SMALL else AHEAD
        self.check()
        with ThreadPoolExecutor(1, "fastcurate-read") as pool:
            coming: deque[Any] = deque()
            following = self._readers(wanted, columns)
            try:
                while True:
                    while len(coming) < ahead and (read := next(following, None)) is not None:
                        coming.append(pool.submit(read))
                    if not coming:
                        break
                    yield coming.popleft().result()
                    if self.room is not None:
                        self.room.tidy()
            finally:
                for late in coming:
                    late.cancel()
        self.check()

    def check(self) -> None:
        """Refuse files that are no longer what they were.

        Raises:
            ValueError: A file has changed or is gone.
        """
        for path, stamp in zip(self.paths, self.stamps, strict=True):
            try:
                now = Stamp.of(path)
            except OSError as error:
                raise ValueError(
                    f"{path} was there when the job began and is not any more: {error}"
                ) from error
            if now != stamp:
                raise changed(path)

    def chunk_of(self, piece: Piece, table: pa.Table, line: pa.Array | None = None) -> Chunk:
        """The rows of a piece of which none is broken, if they are those that were read before.

        Raises:
            ValueError: They are others.
        """
        from fastcurate.external.digests import digest

        row = pa.array(np.arange(piece.first_row, piece.first_row + piece.rows, dtype=np.int64))
        found = {name: digest(table[name]) for name in dict.fromkeys(table.column_names)}
        digests = {name: one for name, one in found.items() if one is not None}
        known = self.digests.setdefault(piece.number, {})
        if any(known.get(name, one) != one for name, one in digests.items()):
            raise changed(self.paths[piece.file])
        known |= digests
        return Chunk(piece, table, row, line, digests=digests)

    def identity(self) -> list[dict[str, Any]]:
        """What the files were, for a job that goes on later."""
        return [
            {"file": str(path.resolve()), **asdict(stamp)}
            for path, stamp in zip(self.paths, self.stamps, strict=True)
        ]

    @abstractmethod
    def _readers(self, pieces: list[Piece], columns: Sequence[str] | None) -> Iterator[Callable[[], Chunk]]:
        """For each piece what reads it, called in order by one thread."""


def changed(path: Path) -> ValueError:
    """What is said of a file that is not what it was."""
    return ValueError(f"{path} has changed while the job was running; nothing was written, run the job again")


def open_source(paths: Any, threads: int | None = None, room: Room | None = None) -> Source:
    """Open files to be read piece by piece, with what memory there is for it.

    Raises:
        FileNotFoundError: A path does not exist, a glob matches nothing, or a folder holds no data file.
        ValueError: A file is empty, not of its format, or of one that cannot be read in pieces; files that do not fit
            together.
    """
    from fastcurate.external.columnar import ArrowSource, ParquetSource
    from fastcurate.external.comma import CsvSource
    from fastcurate.external.lines import JsonlSource

    files = data_files(paths)
    kinds = [str(format_of(file)).partition(".")[0] for file in files]
    for file, kind in zip(files, kinds, strict=True):
        if kind != kinds[0]:
            raise ValueError(
                f"one input must have one format, got {files[0]} and {file}; pass them one by one"
            )
        if file.stat().st_size == 0 and kind != "jsonl":
            raise ValueError(f"{file}: the file is empty")
    sources: dict[str, type[Source]] = {
        "jsonl": JsonlSource,
        "parquet": ParquetSource,
        "csv": CsvSource,
        "arrow": ArrowSource,
    }
    source = sources[kinds[0]](files, threads)
    if room is not None:
        room.count_rows(source.rows)
        source.room = room
    return source


def open_old(against: Any, threads: int | None = None, room: Room | None = None) -> Source:
    """Open what files are held against: files, or a table in memory.

    Raises:
        TypeError: It is neither.
        FileNotFoundError: As in `open_source`.
        ValueError: As in `open_source`.
    """
    if are_paths(against):
        return open_source(against, threads, room)
    from fastcurate.dedup.deduplicate import open_against
    from fastcurate.external.tables import TableSource

    source = TableSource(open_against(against, "raise"))
    if room is not None:
        room.count_rows(source.rows)
        source.room = room
    return source
