"""Several files as one frame: one schema, rows counted over all of them, and where each row came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastcurate.files.formats import format_of
from fastcurate.files.paths import data_files
from fastcurate.files.read import READERS
from fastcurate.frames.arrow import ArrowFrame

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa


class FileFrame(ArrowFrame):
    """The rows of files as a pyarrow Table.

    Attributes:
        paths: The files, in order.
        format: The format of the first of them, as `write_rows` takes it.
    """

    paths: list[Path]
    format: str

    def _replace(self, columns: dict[str, Any]) -> FileFrame:
        frame = FileFrame(super()._replace(columns).table)
        frame.paths, frame.format = self.paths, self.format
        return frame


def open_files(paths: Any, *, on_error: str = "raise", threads: int | None = None) -> FileFrame:
    """Read data files as one input.

    `provenance` holds for each row of the frame its `row` (the position in the whole input, broken lines
    counted), its `file`, and for JSONL and CSV its `line` (null where a CSV file has quotes in odd places).
    `broken` holds the lines of JSONL files that are no rows: `row`, `file`, `line`, `raw`, `message`.

    Args:
        paths: A path, a glob, a folder, or a list of these.
        on_error: For JSONL, whether a broken line is an error (`"raise"`) or set aside (`"skip"`).
        threads: Number of threads, all cores for None.

    Raises:
        FileNotFoundError: A path does not exist, a glob matches nothing, or a folder holds no data file.
        ValueError: A file is empty, truncated or not of its format, or files do not fit together; the message
            names the file and, for JSONL, the line.
    """
    files = data_files(paths)
    formats = [str(format_of(file)) for file in files]
    kind = formats[0].partition(".")[0]
    for file, other in zip(files, formats, strict=True):
        if other.partition(".")[0] != kind:
            raise ValueError(
                f"one input must have one format, got {files[0]} and {file}; pass them one by one"
            )
    table, provenance, broken = READERS[kind](files, threads)
    if broken.num_rows and on_error == "raise":
        raise ValueError(complaint(broken))
    if broken.num_rows and not table.num_rows:
        raise ValueError(f"none of the {broken.num_rows} lines is a row: {complaint(broken)}")
    frame = FileFrame(table)
    frame.paths, frame.format = files, formats[0]
    frame.provenance, frame.broken = provenance, broken
    return frame


def complaint(broken: pa.Table) -> str:
    """What is said of broken lines."""
    first = broken.slice(0, 1).to_pylist()[0]
    message = f"{first['file']}, line {first['line']}: {first['message']}"
    if first["raw"].lstrip().startswith(b"["):
        return f"{message}; a file that is one JSON list becomes JSONL with: jq -c '.[]'"
    more = f" ({broken.num_rows} lines are broken)" if broken.num_rows > 1 else ""
    return f"{message}{more}; correct it, or set broken lines aside with on_error='skip'"
