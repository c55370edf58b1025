"""Which endings are which format, by the names that `write_rows` takes: `"jsonl"`, `"jsonl.gz"` ..."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ENDINGS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
COMPRESSIONS = {".gz": "gz", ".zst": "zst"}
COMPRESSIBLE = ("jsonl", "csv")
ACCEPTED = f"{', '.join(ENDINGS)} (the text formats also with .gz or .zst)"


def format_of(path: Path) -> str | None:
    """The format that a path's endings name, None if they name none."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    compression = COMPRESSIONS.get(suffixes[-1]) if suffixes else None
    if compression:
        suffixes.pop()
    base = ENDINGS.get(suffixes[-1]) if suffixes else None
    if base is None or (compression and base not in COMPRESSIBLE):
        return None
    return f"{base}.{compression}" if compression else base
