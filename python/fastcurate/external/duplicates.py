"""The steps `deduplicate` of a recipe over files: what they compare and take out, and what the summary says of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate.curate.job import REASONS
from fastcurate.external.plan import first_cutting, settle
from fastcurate.external.scan import Comparison, Scan, whole_chats
from fastcurate.external.spill import read_table
from fastcurate.external.texts import changed_texts
from fastcurate.external.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from fastcurate.curate.job import Job
    from fastcurate.external.progress import Stages
    from fastcurate.external.room import Room
    from fastcurate.external.source import Piece, Source
    from fastcurate.on import Entry
    from fastcurate.recipe import Recipe, Step

DEFAULTS: dict[str, Any] = {
    "method": "similar",
    "threshold": 0.8,
    "shingle": "word:3",
    "keep": "first",
    "distinct_numbers": False,
    "engine": "auto",
    "recall": 0.999,
    "within": None,
    "system_turns": False,
}
"""What `deduplicate` takes where nothing is said."""


NEED_ALL = ("target_rows", "against", "measure", "idf", "signatures")
"""Options that cannot be met from what is kept of the rows."""


def found_by(options: Any) -> str:
    """Under which name a step `deduplicate` says what it found."""
    return "exact_duplicates" if options.get("method") == "exact" else "near_duplicates"


def comparisons_of(recipe: Recipe, entries: list[Entry]) -> list[Comparison]:
    """The steps of a recipe that compare rows.

    Raises:
        ValueError: One of them cannot be done piece by piece.
    """
    found: list[Comparison] = []
    for number, step in enumerate(recipe.steps):
        if step.name in ("quality", "words") and found:
            raise ValueError(
                f"recipe {recipe.name}: with more rows than memory holds, {step.name} has to come before deduplicate"
            )
        if step.name != "deduplicate":
            continue
        options = DEFAULTS | step.options
        for name in NEED_ALL:
            if options.get(name) not in (None, False, "jaccard"):
                raise ValueError(f"{name} needs all rows in memory: leave it out, or give more memory=")
        if options["method"] == "similar":
            if whole_chats(entries) and options.get("threshold_messages") is not None:
                options["threshold"] = options["threshold_messages"]
            if any(not one.exact or one.options["keep"] == "none" for one in found):
                raise ValueError(
                    f"recipe {recipe.name}: with more rows than memory holds, near duplicates can only be looked for "
                    "once, after exact ones of which one stays"
                )
            found.append(Comparison(number, options, first_cutting(Comparison(number, options))))
        else:
            found.append(Comparison(number, options))
    return found


def run_scan(scan: Scan, source: Source, stages: Stages) -> None:
    """Scan every piece that was not scanned before."""
    scan.folder.mkdir(parents=True, exist_ok=True)
    left: list[Piece] = []
    for piece in source.pieces:
        if left or not scan.remember(piece.number):
            left.append(piece)
    done = sum(piece.rows for piece in source.pieces) - sum(piece.rows for piece in left)
    for chunk in source.chunks(scan.columns, left):
        scan.chunk(chunk)
        done += chunk.piece.rows
        stages("scan", done, source.rows)


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that a step `deduplicate` takes out, the row that stands for each, and the similarity to it."""

    rows: npt.NDArray[np.uint32]
    stands: npt.NDArray[np.uint32]
    similarity: npt.NDArray[np.float64]


def take_out(job: Job, found: Found, step: Step) -> None:
    """Put a step's findings among the verdicts."""
    exact = step.options.get("method") == "exact"
    job.reason[found.rows] = REASONS.index("exact_duplicate" if exact else "near_duplicate")
    job.kept_row[found.rows] = found.stands
    job.similarity[found.rows] = found.similarity
    job.rows = job.rows[job.reason[job.rows] == 0]


def deduplicate_rows(
    scan: Scan,
    source: Source,
    alive: npt.NDArray[np.bool_],
    number: int,
    *,
    first_rows: npt.NDArray[np.int64],
    room: Room,
    folder: Path,
    stages: Stages,
) -> tuple[Scan, Found, dict[str, Any]]:
    """One step `deduplicate` over all rows that are still there: what it takes out, and what the summary says of it."""
    comparison = next(one for one in scan.comparisons if one.number == number)
    about: dict[str, Any] = {}
    if not comparison.exact:
        cutting, about = settle(scan, source, comparison, first_rows)
        if cutting != comparison.cutting:
            # The first piece was not like the rest.
            others = [
                replace(comparison, cutting=cutting) if one is comparison else one for one in scan.comparisons
            ]
            scan = replace(scan, comparisons=others, folder=folder / "scan-again", highest={}, groups={})
            run_scan(scan, source, stages)
            comparison = replace(comparison, cutting=cutting)

    def tables() -> Iterator[tuple[int, pa.Table]]:
        for piece in source.pieces:
            yield int(first_rows[piece.number]), read_table(scan.path(piece.number, comparison))

    def texts(rows: npt.NDArray[np.uint32]) -> Iterator[tuple[npt.NDArray[np.uint32], pa.Table]]:
        return _texts(scan, source, first_rows, rows)

    place = folder / f"step-{number}"
    place.mkdir(exist_ok=True)
    stands, similarity = Verdicts(
        comparison=comparison,
        tables=tables,
        alive=alive,
        room=room,
        folder=place,
        threads=scan.tools.threads,
        system=comparison.options["system_turns"],
        texts=texts,
        on=[entry.spec for entry in scan.entries],
        text_bytes=sum(piece.size for piece in source.pieces),
        progress=stages,
    ).decide()
    went = np.flatnonzero(stands != np.arange(len(stands), dtype=np.uint32)).astype(np.uint32)
    found = Found(went, stands[went].astype(np.uint32), similarity[went])
    options = comparison.options
    within = options["within"]
    rows = int(np.count_nonzero(alive))
    return (
        scan,
        found,
        {
            "rows": rows,
            "kept": rows - len(went),
            "removed": len(went),
            "broken": 0,
            "on": [entry.spec for entry in scan.entries],
            "within": within if isinstance(within, str | None) else list(within),
            "against": None,
            "method": options["method"],
            "keep": options["keep"],
        }
        | about,
    )


def _texts(
    scan: Scan, source: Source, first_rows: npt.NDArray[np.int64], rows: npt.NDArray[np.uint32]
) -> Iterator[tuple[npt.NDArray[np.uint32], pa.Table]]:
    """The compared columns of these rows, as they are when they are compared, piece by piece."""
    edges = np.searchsorted(rows, first_rows)
    wanted = [piece for piece in source.pieces if edges[piece.number + 1] > edges[piece.number]]
    names = list(dict.fromkeys(name for entry in scan.entries for name in entry.columns))
    for chunk in source.chunks(names, wanted):
        number = chunk.piece.number
        row = rows[edges[number] : edges[number + 1]]
        table = chunk.table.take(pa.array(row.astype(np.int64) - first_rows[number]))
        yield row, changed_texts(scan.steps, scan.entries, table, scan.tools).select(names)
