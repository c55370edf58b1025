"""Whether a job is done in memory or piece by piece, and the doors of the latter."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastcurate.external.memory import bytes_of

if TYPE_CHECKING:
    from fastcurate.curate.job import Tools
    from fastcurate.external.part import StreamedPart
    from fastcurate.external.source import Source
    from fastcurate.recipe import Recipe

MEMORY_OF_A_BYTE = {"jsonl": 4.0, "jsonl.gz": 20.0, "jsonl.zst": 20.0, "parquet": 3.0, "arrow": 2.5}
"""Bytes of memory that a byte of a file may ask for when all is done in memory, of Parquet an uncompressed one."""


@dataclass(frozen=True, slots=True)
class Streaming:
    """How a job is done piece by piece.

    Attributes:
        memory: Bytes that it may take, about.
        work: The folder for what the stages leave behind; None for one that is gone afterwards.
    """

    memory: int
    work: Path | None


def streaming(data: Any, memory: int | str | None, work: str | os.PathLike[str] | None) -> Streaming | None:
    """How the job is done piece by piece, None where it fits into memory.

    A job with a work folder is always done piece by piece.

    Raises:
        TypeError: `memory` or `work` is given for data that is in memory already.
    """
    given = bytes_of(memory)
    entries = data if isinstance(data, (list, tuple)) else [data]
    files = bool(entries) and all(isinstance(entry, (str, os.PathLike)) for entry in entries)
    if not files:
        if memory is not None or work is not None:
            raise TypeError("memory= and work= are for files: pass paths, not data that is in memory already")
        return None
    if work is None:
        from fastcurate.files.formats import format_of
        from fastcurate.files.paths import data_files

        needed = 0.0
        for file in data_files(data):
            kind = str(format_of(file))
            if kind not in MEMORY_OF_A_BYTE:
                if memory is None:
                    return None
                continue
            needed += MEMORY_OF_A_BYTE[kind] * _bytes(file, kind)
        if needed <= given:
            return None
    return Streaming(given, None if work is None else Path(work))


def stream(
    data: Any, how: Streaming, *, recipe: Recipe, on: Any, tools: Tools, on_error: str, settings: dict[str, Any]
) -> tuple[StreamedPart, Source, ExitStack]:
    """The outcome of a recipe over files; the work folder is free again when the stack is closed."""
    from fastcurate import _core
    from fastcurate.external.job import decide
    from fastcurate.external.part import StreamedPart
    from fastcurate.external.progress import Stages
    from fastcurate.external.source import open_source
    from fastcurate.external.work import work_folder

    stages = Stages(tools.progress)
    stages("read", 0, 0)
    source = open_source(data, tools.threads)
    job = {
        "version": _core.__version__,
        "inputs": source.identity(),
        "recipe": recipe.as_dict(),
        "on": on,
        "on_error": on_error,
        **settings,
    }
    with ExitStack() as stack:
        folder = stack.enter_context(work_folder(how.work, job))
        decided = decide(
            source, recipe, on, tools, on_error=on_error, memory=how.memory, folder=folder, stages=stages
        )
        part = StreamedPart.of(decided)
        part.check()
        return part, source, stack.pop_all()


def deduplicate_files(*args: Any, **kwargs: Any) -> Any:
    """See `deduplicate`."""
    raise NotImplementedError


def _bytes(file: Path, kind: str) -> int:
    if kind != "parquet":
        return file.stat().st_size
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(file)
    except OSError:
        return file.stat().st_size
    except ValueError:
        return file.stat().st_size
    return sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
