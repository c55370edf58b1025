"""Whether a job is done in memory or piece by piece, and the doors of the latter."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastcurate.external.memory import bytes_of
from fastcurate.files.paths import are_paths
from fastcurate.files.remote import open_bytes

if TYPE_CHECKING:
    from fastcurate.curate.inputs import InputFile
    from fastcurate.curate.job import Tools
    from fastcurate.curate.result import Curated
    from fastcurate.external.source import Source
    from fastcurate.recipe import Recipe

MEMORY_OF_A_BYTE = {"jsonl": 4.0, "csv": 4.0, "parquet": 3.0, "arrow": 2.5}
COMPRESSED = 5
"""Bytes of memory that a byte of a file may ask for when all is done in memory, of Parquet an uncompressed one; a byte
of a compressed file so many times as much."""


@dataclass(frozen=True, slots=True)
class Streaming:
    """How a job is done piece by piece.

    Attributes:
        memory: Bytes that it may take, about.
        work: The folder for what the stages leave behind; None for one that is gone afterwards.
    """

    memory: int
    work: Path | None


def streaming(
    data: Any, memory: int | str | None, work: str | os.PathLike[str] | None, against: Any = None
) -> Streaming | None:
    """How the job is done piece by piece, None where it fits into memory.

    A job with a work folder is always done piece by piece. Files that it is held `against` count as well.

    Raises:
        TypeError: `memory` or `work` is given for data that is in memory already.
    """
    given = bytes_of(memory)
    if not are_paths(data):
        if memory is not None or work is not None:
            raise TypeError("memory= and work= are for files: pass paths, not data that is in memory already")
        return None
    if work is None:
        from fastcurate.files.formats import format_of
        from fastcurate.files.paths import data_files

        needed = 0.0
        for file in [*data_files(data), *(data_files(against) if are_paths(against) else [])]:
            kind, _, compression = str(format_of(file)).partition(".")
            times = COMPRESSED if compression else 1
            needed += times * MEMORY_OF_A_BYTE[kind] * _bytes(file, kind)
        if needed <= given:
            return None
    return Streaming(given, None if work is None else Path(work))


def curate_files(
    data: Any,
    how: Streaming,
    recipe: Recipe,
    on: Any,
    tools: Tools,
    *,
    on_error: str,
    tokenizer: dict[str, str] | None,
    against: Any = None,
    on_old_error: str = "raise",
    all_pairs: bool = False,
) -> Curated:
    """What `curate` gives for files, from pieces of them.

    Args:
        data: The files.
        how: How much memory, and where the work is done.
        recipe: The steps.
        on: What is compared.
        tools: What the caller gave for all steps.
        on_error: What to do with a broken line.
        tokenizer: What the manifest says of the tokenizer.
        against: What the step that has `against` is held against, where the recipe cannot name it: a table.
        on_old_error: What to do with a broken line of it.
        all_pairs: Whether all similar pairs are found, not only those that the verdicts need.
    """
    from fastcurate import _core
    from fastcurate.curate.result import Curated
    from fastcurate.external.job import decide
    from fastcurate.external.part import StreamedPart
    from fastcurate.external.progress import Stages
    from fastcurate.external.room import Room
    from fastcurate.external.source import open_old, open_source
    from fastcurate.external.work import Work

    stages = Stages(tools.progress)
    stages("read", 0, 0)
    room = Room(how.memory)
    source = open_source(data, tools.threads, room)
    olds = {
        number: open_old(step.options["against"] if against is None else against, tools.threads, room)
        for number, step in enumerate(recipe.steps)
        if step.options.get("against") is not None
    }
    template = tools.chat_template
    job = {
        "version": _core.__version__,
        "inputs": source.identity(),
        "against": {str(number): old.identity() for number, old in olds.items()},
        "recipe": recipe.as_dict(),
        "on": on,
        "on_error": on_error,
        "tokenizer": tokenizer,
        "chat_template": template.origin if template else None,
    }
    work = Work(how.work, job)
    try:
        decided = decide(
            source,
            recipe,
            on,
            tools,
            olds=olds,
            on_error=on_error,
            room=room,
            folder=work.path,
            stages=stages,
            on_old_error=on_old_error,
            all_pairs=all_pairs,
        )
    except BaseException:
        if next(work.path.glob("scan/*.rows"), None) is None:
            work.delete()  # a mistake in the settings, most of all: there is nothing to go on with
        else:
            work.close()
        raise
    if work.passing:
        work.close()
    # Nobody else takes the folder while the rows may still be written.
    part = StreamedPart.of(decided, None if work.passing else work)
    part.check()
    return Curated(parts={None: part}, inputs=inputs_of(source), recipe=recipe, tokenizer=tokenizer)


def inputs_of(source: Source) -> list[InputFile]:
    """The files for the manifest."""
    from fastcurate.curate.inputs import InputFile

    rows = [0] * len(source.paths)
    for piece in source.pieces:
        rows[piece.file] += piece.rows
    return [
        InputFile(path, count, (stamp.size, stamp.changed))
        for path, count, stamp in zip(source.paths, rows, source.stamps, strict=True)
    ]


def _bytes(file: Path, kind: str) -> int:
    if kind != "parquet":
        return file.stat().st_size
    import pyarrow.parquet as pq

    try:
        with open_bytes(file) as there:
            metadata = pq.read_metadata(there)
    except OSError:
        return file.stat().st_size
    except ValueError:
        return file.stat().st_size
    return sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
