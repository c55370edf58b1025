"""Tables to files in the format of the input. A file appears whole or not at all."""

from __future__ import annotations

import gzip
import os
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from fastcurate import _core
from fastcurate.files.atomic import new_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS_AT_ONCE = 65_536


def write_rows(table: pa.Table, path: str | Path, format: str, *, threads: int | None = None) -> None:  # noqa: A002
    """Write a table as one file.

    Args:
        table: The rows.
        path: The file, which is replaced if it exists, once the new one is complete.
        format: `"jsonl"`, `"jsonl.gz"`, `"jsonl.zst"`, `"csv"` (also with `.gz` and `.zst`), `"parquet"` or
            `"arrow"`.
        threads: Number of threads, all cores for None.

    Raises:
        ValueError: There is no such format, or it cannot hold a column's type.
        OSError: The file cannot be written, for example because the disk is full; nothing is left of it.
    """
    base, _, compression = format.partition(".")
    if base not in WRITERS or compression not in ("", "gz", "zst"):
        raise ValueError(f"format must be jsonl, jsonl.gz, jsonl.zst, csv, parquet or arrow, got {format!r}")
    with new_file(path) as file, ExitStack() as open_streams:
        try:
            WRITERS[base](table, _compressed(file, compression, open_streams), threads)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, TypeError) as error:
            raise ValueError(f"{path}: the rows cannot be written as {base}: {error}") from error


def _compressed(file: IO[bytes], compression: str, open_streams: ExitStack) -> Any:
    if compression == "gz":
        # No name and no time in the header: the same rows are the same bytes.
        return open_streams.enter_context(gzip.GzipFile("", "wb", 6, file, mtime=0))
    if compression == "zst":
        # A file of its own, because the stream closes what it writes to; once more here, should it fail.
        own = open_streams.enter_context(os.fdopen(os.dup(file.fileno()), "wb"))
        return open_streams.enter_context(pa.CompressedOutputStream(pa.PythonFile(own, "w"), "zstd"))
    return file


def _write_jsonl(table: pa.Table, file: Any, threads: int | None) -> None:
    for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE):
        for lines in _core.write_jsonl(batch, threads=threads):
            file.write(lines)


def _write_csv(table: pa.Table, file: Any, threads: int | None) -> None:
    del threads
    pacsv.write_csv(table, file)


def _write_parquet(table: pa.Table, file: Any, threads: int | None) -> None:
    del threads
    pq.write_table(table, file, compression="zstd")


def _write_arrow(table: pa.Table, file: Any, threads: int | None) -> None:
    del threads
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


WRITERS: dict[str, Callable[[pa.Table, Any, int | None], None]] = {
    "jsonl": _write_jsonl,
    "csv": _write_csv,
    "parquet": _write_parquet,
    "arrow": _write_arrow,
}
