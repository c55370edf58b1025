"""The output folder of a job over files larger than memory: written as they are read, in shards where asked for."""

from __future__ import annotations

import gzip
import hashlib
import os
from contextlib import AbstractContextManager, ExitStack
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from fastcurate import _core

if TYPE_CHECKING:
    from pathlib import Path

    from fastcurate.external.part import StreamedPart
    from fastcurate.external.progress import Stages

ROWS_AT_ONCE = 16_384
"""Rows after which a shard may end."""


class Hashed:
    """A file that is hashed as it is written, from beginning to end."""

    def __init__(self, path: Path) -> None:
        self.file: IO[bytes] = path.open("wb")
        self.sha256 = hashlib.sha256()
        self.written = 0
        self.closed = False

    def write(self, data: Any) -> int:
        """Append bytes."""
        self.sha256.update(data)
        count = self.file.write(data)
        self.written += count
        return count

    def flush(self) -> None:
        """Nothing is held back here."""

    def tell(self) -> int:
        """The bytes written so far."""
        return self.written

    def close(self) -> None:
        """End the file, on the disk and not only on its way there."""
        if not self.closed:
            self.closed = True
            with self.file:  # closed even where nothing more can be written
                self.file.flush()
                os.fsync(self.file.fileno())


class Writer(AbstractContextManager["Writer"]):
    """One file of rows in one of the formats."""

    def __init__(self, path: Path, format: str, schema: pa.Schema, threads: int | None) -> None:  # noqa: A002
        self.path, self.threads, self.rows, self.schema = path, threads, 0, schema
        self.base, _, compression = format.partition(".")
        self._streams = ExitStack()
        self.file = Hashed(path)
        self._streams.callback(self.file.close)
        self._sink: Any = self.file
        if compression == "gz":
            self._sink = self._streams.enter_context(gzip.GzipFile("", "wb", 6, self.file, mtime=0))
        elif compression == "zst":
            self._sink = self._streams.enter_context(
                pa.CompressedOutputStream(pa.PythonFile(self.file, "w"), "zstd")
            )
        if self.base == "csv":
            self._rows = self._streams.enter_context(pacsv.CSVWriter(pa.PythonFile(self._sink, "w"), schema))
        elif self.base == "parquet":
            self._rows = self._streams.enter_context(
                pq.ParquetWriter(pa.PythonFile(self.file, "w"), schema, compression="zstd")
            )
        elif self.base == "arrow":
            self._rows = self._streams.enter_context(pa.ipc.new_file(pa.PythonFile(self.file, "w"), schema))

    def write(self, table: pa.Table) -> None:
        """Append rows."""
        self.rows += len(table)
        if self.base != "jsonl":
            if len(table) or self.base != "parquet":
                self._rows.write_table(table)
            return
        for batch in table.to_batches():
            for lines in _core.write_jsonl(batch, threads=self.threads):
                self._sink.write(lines)

    def __exit__(self, *error: object) -> None:
        self._streams.close()

    def about(self, folder: Path) -> dict[str, Any]:
        """What the manifest says of the file."""
        name = self.path.relative_to(folder).as_posix()
        return {"file": name, "sha256": self.file.sha256.hexdigest(), "rows": self.rows}


def write_part(
    part: StreamedPart,
    folder: Path,
    format: str,  # noqa: A002 - the word for it
    shard_size: int | None,
    stages: Stages,
) -> list[dict[str, Any]]:
    """Write data, plan and removed rows; what the manifest says of the files."""
    threads, shards, abouts = part.job.tools.threads, 0, []
    done, whole = 0, part.decided.source.rows
    data: Writer | None = None
    with ExitStack() as streams:
        removed: Writer | None = None
        try:
            for portion in part.portions():
                for start in range(0, max(1, len(portion.kept)), ROWS_AT_ONCE):
                    if data is not None and shard_size is not None and data.file.written >= shard_size:
                        data.__exit__()
                        abouts.append(data.about(folder))
                        data, shards = None, shards + 1
                    if data is None:
                        name = f"data.{format}" if shard_size is None else f"data-{shards:05}.{format}"
                        data = Writer(folder / name, format, portion.kept.schema, threads)
                    data.write(portion.kept.slice(start, ROWS_AT_ONCE))
                if removed is None:
                    removed = streams.enter_context(
                        Writer(folder / "removed.parquet", "parquet", portion.removed.schema, threads)
                    )
                removed.write(portion.removed.cast(removed.schema))
                done += portion.rows
                stages("save", done, whole)
        finally:
            if data is not None:
                data.__exit__()
        if data is not None:
            abouts.append(data.about(folder))
    with Writer(folder / "plan.parquet", "parquet", next(part.plans()).schema, threads) as plan:
        for table in part.plans():
            plan.write(table)
    return [*abouts, plan.about(folder), *([removed.about(folder)] if removed else [])]
