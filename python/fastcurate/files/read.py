"""Files of one format as a table, with the place of every row.

Each reader takes the files and a number of threads and gives the rows, their places (`row`, `file` and, for
text formats, `line`), and the broken lines. Strings stay strings, never dates. A column of a CSV file is
numbers if all its values are written as numbers are (no leading zeros), otherwise text; an empty field is
null, `""` is the empty text, and `NA` is `NA`.
"""

from __future__ import annotations

import gzip
import io
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from fastcurate import _core
from fastcurate.files.csv_lines import CsvLines
from fastcurate.files.remote import open_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Read = tuple[pa.Table, pa.Table, pa.Table]

FILE = pa.dictionary(pa.int32(), pa.string())
BROKEN = pa.schema(
    [
        ("row", pa.int64()),
        ("file", FILE),
        ("line", pa.int64()),
        ("raw", pa.large_binary()),
        ("message", pa.string()),
    ]
)
NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
RATIO = 512
SMALL = 1 << 30
"""A compressed file may unpack to so many times its size, and at least to so many bytes. Ordinary JSONL shrinks to a
fourth, the same row over and over to a hundredth; files made to exhaust a memory reach many thousands."""

PIECE = 1 << 24

CSV = pacsv.ParseOptions(newlines_in_values=True)

UNREADABLE = (pa.ArrowException, OSError, EOFError, zlib.error)


def read_jsonl(files: list[Path], threads: int | None) -> Read:
    """JSONL, plain or compressed."""
    contents = pa.chunked_array([_one_row(_content(file)) for file in files], pa.large_binary())
    batches, places, broken = _core.read_jsonl(contents, threads=threads)
    table = _table(batches)
    if table.num_rows == 0 and len(broken) == 0:
        raise ValueError(f"{files[0]}: there are no rows in it{_and_others(files)}")
    return table, _named(_table([places]), files), _named(_table([broken]), files).cast(BROKEN)


def read_csv(files: list[Path], threads: int | None) -> Read:
    """CSV with a header, plain or compressed."""
    tables, lines = [], []
    for file in files:
        content = _content(file)
        if content.size == 0:
            raise ValueError(f"{file}: the file is empty")
        table = read_or_say(file, "CSV", partial(_csv_strings, content, threads))
        tables.append(table)
        lines.append(_csv_lines(content, table.num_rows))
    table = _together(files, tables)
    typed = [_numbers_or_text(column) for column in table.columns]
    table = pa.table(typed, names=table.column_names)
    return table, _places(files, tables, pa.chunked_array(lines)), BROKEN.empty_table()


def read_parquet(files: list[Path], threads: int | None) -> Read:
    """Parquet."""

    def read(file: Path) -> pa.Table:
        with pq.ParquetFile(open_bytes(file)) as parquet:
            groups = range(parquet.metadata.num_row_groups)
            declared = sum(parquet.metadata.row_group(group).total_byte_size for group in groups)
            if declared > most_bytes(file):
                raise ValueError(too_large(file, f"{declared:,} bytes"))
            return parquet.read(use_threads=threads != 1)

    return _binary(files, "Parquet", read)


def read_arrow(files: list[Path], threads: int | None) -> Read:
    """Arrow IPC, the file format (which Feather is) and the stream format."""
    del threads  # nothing is parsed: the buffers are those of the file

    def read(file: Path) -> pa.Table:
        source = open_bytes(file)
        magic = source.read(6)
        source.seek(0)
        reader = pa.ipc.open_file(source) if magic == b"ARROW1" else pa.ipc.open_stream(source)
        return reader.read_all()

    return _binary(files, "Arrow", read)


READERS: dict[str, Callable[[list[Path], int | None], Read]] = {
    "jsonl": read_jsonl,
    "csv": read_csv,
    "parquet": read_parquet,
    "arrow": read_arrow,
}


def _binary(files: list[Path], kind: str, read: Callable[[Path], pa.Table]) -> Read:
    tables = []
    for file in files:
        if file.stat().st_size == 0:
            raise ValueError(f"{file}: the file is empty")
        tables.append(read_or_say(file, kind, partial(_validated, read, file)))
    return _together(files, tables), _places(files, tables, None), BROKEN.empty_table()


def _validated(read: Callable[[Path], pa.Table], file: Path) -> pa.Table:
    """The table of a binary file. Its offsets and bytes are the file's own, and nothing has looked at them yet."""
    table = read(file)
    table.validate(full=True)
    return table


def read_or_say(file: Path, kind: str, read: Callable[[], Any]) -> Any:
    """What `read` gives; an error of the content says which file it is, and what it was read as."""
    try:
        return read()
    except (FileNotFoundError, PermissionError):
        raise
    except UNREADABLE as error:
        raise ValueError(f"{file}: not a readable {kind} file, or cut short: {error}") from error


def _content(file: Path) -> pa.Buffer:
    """All bytes of a file, decompressed."""
    if file.stat().st_size == 0:
        return pa.py_buffer(b"")
    if file.suffix.lower() == ".gz":
        with file.open("rb") as packed:
            return read_or_say(file, "gzip", lambda: _unpacked(file, gzip.GzipFile(fileobj=packed)))
    if file.suffix.lower() == ".zst":
        stream = pa.CompressedInputStream(open_bytes(file), "zstd")
        return read_or_say(file, "Zstandard", lambda: _unpacked(file, stream))
    return open_bytes(file).read_buffer()


def _unpacked(file: Path, stream: Any) -> pa.Buffer:
    """Everything in a compressed file, as long as it is no bomb."""
    most = most_bytes(file)
    content = io.BytesIO()
    with stream:
        while piece := stream.read(PIECE):
            content.write(piece)
            if content.tell() > most:
                raise ValueError(too_large(file, f"more than {most:,} bytes"))
    return pa.py_buffer(content.getbuffer())


def most_bytes(file: Path) -> int:
    """What a file may unpack to."""
    return max(SMALL, RATIO * file.stat().st_size)


def too_large(file: Path, what: str) -> str:
    """The message about one that unpacks to more."""
    size = file.stat().st_size
    return (
        f"{file}: unpacks to {what}, over {RATIO} times its {size:,} bytes, which text does not; "
        "if you trust it, unpack it and pass what comes out"
    )


def _one_row(content: pa.Buffer) -> pa.Array:
    offsets = pa.py_buffer(np.array([0, content.size], dtype=np.int64))
    return pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, content])


def _table(batches: list[Any]) -> pa.Table:
    return pa.Table.from_batches([pa.RecordBatch.from_struct_array(pa.array(batch)) for batch in batches])


def _named(places: pa.Table, files: list[Path]) -> pa.Table:
    """The same with the names of the files for their positions."""
    names = pa.array([str(file) for file in files], pa.string())
    column = places.column_names.index("file")
    chunks = [pa.DictionaryArray.from_arrays(chunk, names) for chunk in places.column(column).chunks]
    return places.set_column(column, "file", pa.chunked_array(chunks, FILE))


def _places(files: list[Path], tables: list[pa.Table], lines: pa.ChunkedArray | None) -> pa.Table:
    lengths = [table.num_rows for table in tables]
    columns = {
        "row": pa.array(np.arange(sum(lengths), dtype=np.int64)),
        "file": pa.array(np.repeat(np.arange(len(files), dtype=np.int32), lengths)),
    }
    if lines is not None:
        columns["line"] = lines
    return _named(pa.table(columns), files)


def _together(files: list[Path], tables: list[pa.Table]) -> pa.Table:
    table = tables[0]
    for file, more in zip(files[1:], tables[1:], strict=True):
        try:
            table = pa.concat_tables([table, more], promote_options="permissive")
        except pa.ArrowException as error:
            raise ValueError(f"{file}: its columns do not fit those of {files[0]}: {error}") from error
    return table


def _and_others(files: list[Path]) -> str:
    return f", nor in the {len(files) - 1} others" if len(files) > 1 else ""


def csv_options(names: list[str]) -> dict[str, Any]:
    """How CSV is parsed: all columns as text, an empty field null, an empty quoted one the empty text."""
    convert = pacsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    return {"parse_options": CSV, "convert_options": convert}


def _csv_strings(content: pa.Buffer, threads: int | None) -> pa.Table:
    with pacsv.open_csv(pa.BufferReader(content), parse_options=CSV) as reader:
        names = reader.schema.names
    read = pacsv.ReadOptions(use_threads=threads != 1)
    return pacsv.read_csv(pa.BufferReader(content), read_options=read, **csv_options(names))


def _csv_lines(content: pa.Buffer, rows: int) -> pa.Array:
    """The line on which each row begins; null where that cannot be told."""
    lines = CsvLines()
    known = np.concatenate([lines.feed(content), lines.end()])
    return pa.array(known, pa.int64()) if len(known) == rows else pa.nulls(rows, pa.int64())


def _numbers_or_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if column.null_count == len(column) or not pc.all(pc.match_substring_regex(column, NUMBER)).as_py():
        return column
    for kind in (pa.int64(), pa.float64()):
        try:
            return column.cast(kind)
        except pa.ArrowInvalid:
            continue
    return column
