"""The files that went in, for the manifest: rows and hashes of each, and of the tokenizer."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

if TYPE_CHECKING:
    from fastcurate.frames import Frame


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as it was when it was read.

    Attributes:
        path: Where it is, as it was named.
        rows: Its rows, lines that could not be parsed included.
        stamp: Its size and time of change; a file that has others later is not the file that was read.
    """

    path: Path
    rows: int
    stamp: tuple[int, int]

    def sha256(self) -> str:
        """The hash of its bytes.

        Raises:
            ValueError: It has changed since it was read.
            OSError: It cannot be read any more.
        """
        if _stamp(self.path) != self.stamp:
            raise ValueError(f"{self.path} has changed since it was read; run the job again")
        return sha256_of(self.path)


def input_files(frame: Frame) -> list[InputFile]:
    """The files of a frame, in their order; none for tables in memory."""
    paths: list[Path] = getattr(frame, "paths", [])
    rows: dict[Any, int] = {}
    for table in (frame.provenance, frame.broken):
        if table is not None and paths:
            for count in pc.value_counts(table.column("file").combine_chunks()).to_pylist():
                rows[count["values"]] = rows.get(count["values"], 0) + count["counts"]
    return [InputFile(path, rows.get(str(path), 0), _stamp(path)) for path in dict.fromkeys(paths)]


def tokenizer_used(tokenizer: Any) -> dict[str, str] | None:
    """What the manifest says of a tokenizer: its name, and the hash of the file it is read from."""
    if tokenizer is None:
        return None
    from fastcurate.tokenizer import NAMES

    if isinstance(tokenizer, str) and tokenizer in NAMES:
        return {"name": tokenizer}
    if not isinstance(tokenizer, (str, os.PathLike)) or str(tokenizer).lstrip().startswith("{"):
        return {"name": f"given as {type(tokenizer).__module__}.{type(tokenizer).__qualname__}"}
    path = Path(tokenizer)
    return {
        "name": str(tokenizer),
        "sha256": sha256_of(path / "tokenizer.json" if path.is_dir() else path),
    }


def sha256_of(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file's bytes, as hexadecimal digits."""
    sha256 = hashlib.sha256()
    with (path if isinstance(path, Path) else Path(path)).open("rb") as file:
        while piece := file.read(1 << 20):
            sha256.update(piece)
    return sha256.hexdigest()


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
