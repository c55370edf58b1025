"""A recipe over files larger than memory: read once to decide, once more where pairs are compared, once to write."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate.curate.job import Job, Tools
from fastcurate.curate.steps import STEPS
from fastcurate.external.duplicates import comparisons_of, deduplicate_rows, found_by, run_scan, take_out
from fastcurate.external.frame import Files
from fastcurate.external.plan import guess
from fastcurate.external.scan import (
    ABOUT,
    ROW_WISE,
    STAYS,
    Scan,
    merged,
    policy_column,
)
from fastcurate.external.spill import read_table
from fastcurate.on import resolve_on
from fastcurate.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from fastcurate.external.duplicates import Found
    from fastcurate.external.progress import Stages
    from fastcurate.external.room import Room
    from fastcurate.external.source import Source
    from fastcurate.on import Entry

SAYS = {
    "redact": ["redacted"],
    "quality": ["quality"],
    "count_tokens": ["chat_template"],
    "bucket_by_length": ["buckets"],
    "pack": ["packs"],
}
"""What the summary has from a step."""


@dataclass(slots=True)
class Decided:
    """What becomes of every row, before anything is written.

    Attributes:
        source: The files.
        job: The verdicts, over all rows that are no broken lines.
        recipe: The steps.
        first_rows: For each piece the number of its first row among those that are no broken lines.
        broken: The broken lines: `row`, `file`, `line`, `raw`, `message`.
        plan_of: For each step that compared, what its summary says.
    """

    source: Source
    job: Job
    recipe: Recipe
    first_rows: npt.NDArray[np.int64]
    broken: pa.Table | None

    def positions(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The positions of rows in the whole input, where broken lines count."""
        if self.broken is None:
            return rows
        lines = self.broken["row"].to_numpy()
        # A broken line has as many rows before it as its position less the broken lines before it.
        before = lines - np.arange(len(lines))
        return rows + np.searchsorted(before, rows, side="right")


def decide(
    source: Source,
    recipe: Recipe,
    on: Any,
    tools: Tools,
    *,
    on_error: str,
    room: Room,
    folder: Path,
    stages: Stages,
) -> Decided:
    """Read the files and judge every row, within so much memory."""
    types = dict(zip(source.schema.names, source.schema.types, strict=True))
    entries = resolve_on(on, types)
    comparisons = comparisons_of(recipe, entries)
    more = list(dict.fromkeys(_more_columns(recipe)))
    for name in more:
        if name not in types:
            Files(source, 0).arrow(name)  # says which columns there are
    scan = Scan(entries, recipe.steps, comparisons, tools, more, folder / "scan")
    scan = guess(scan, source)
    run_scan(scan, source, stages)
    broken = _broken(scan, source)
    if broken is not None and on_error == "raise":
        from fastcurate.files.opening import complaint

        raise ValueError(complaint(broken))
    counts = [len(read_table(scan.rows_path(piece.number))) for piece in source.pieces]
    first_rows = np.append(0, np.cumsum(counts)).astype(np.int64)
    # Duplicates first, as long as little else is known of the rows: what is found of these is much less than all rows.
    gone = _gone(scan, source, first_rows)
    found, facts = _duplicates(
        scan, source, gone, first_rows=first_rows, room=room, folder=folder, stages=stages
    )
    job = _started(source, tools, entries, int(first_rows[-1]))
    _gather(scan, source, job, first_rows)
    job.facts |= facts
    for number, step in enumerate(recipe.steps):
        if scan.skipped(step):
            job.skipped.append(step.name)
        elif number in found:
            take_out(job, found.pop(number), step)
        elif step.name in ROW_WISE:
            went = gone[job.rows] == number
            if went.any():
                reason = _reason_of(step.name)
                job.remove(went, reason)
        else:
            STEPS[step.name](job, **step.options)
    # In the order in which a job in memory says it.
    said = [
        name
        for step in recipe.steps
        for name in ([found_by(step.options)] if step.name == "deduplicate" else SAYS.get(step.name, []))
        if name in job.facts
    ]
    job.facts = {name: job.facts[name] for name in dict.fromkeys(said)}
    job.frame.broken = broken
    job.rules = {row: rule for row, rule in job.rules.items() if job.reason[row]}
    job.settle()
    return Decided(source, job, recipe, first_rows, broken)


def _duplicates(
    scan: Scan,
    source: Source,
    gone: npt.NDArray[np.uint8],
    *,
    first_rows: npt.NDArray[np.int64],
    room: Room,
    folder: Path,
    stages: Stages,
) -> tuple[dict[int, Found], dict[str, Any]]:
    """What every step `deduplicate` takes out, and what the summary says of it."""
    found: dict[int, Found] = {}
    facts: dict[str, Any] = {}
    for comparison in list(scan.comparisons):
        alive = gone > comparison.number
        for before in found.values():
            alive[before.rows] = False
        scan, found[comparison.number], about = deduplicate_rows(
            scan,
            source,
            alive,
            comparison.number,
            first_rows=first_rows,
            room=room,
            folder=folder,
            stages=stages,
        )
        facts[found_by(comparison.options)] = about
        del alive
    return found, facts


def _reason_of(step: str) -> str:
    from fastcurate.curate.part import REASON_OF_STEP

    return REASON_OF_STEP[step]


def _more_columns(recipe: Recipe) -> Iterator[str]:
    for step in recipe.steps:
        within = step.options.get("within", [])
        if within:
            yield from [within] if isinstance(within, str) else within  # type: ignore[misc]
        keep = str(step.options.get("keep", ""))
        if keep.startswith(("best:", "prefer:")):
            yield policy_column(keep)


def _broken(scan: Scan, source: Source) -> pa.Table | None:
    tables = []
    for piece in source.pieces:
        path = scan.folder / f"{piece.number:06}.broken"
        if path.exists():
            table = read_table(path)
            names = pa.array([str(source.paths[piece.file])] * len(table), pa.string())
            tables.append(table.append_column("file", names))
    return pa.concat_tables(tables).select(["row", "file", "line", "raw", "message"]) if tables else None


def _started(source: Source, tools: Tools, entries: list[Entry], rows: int) -> Job:
    return Job(
        tools=tools,
        frame=Files(source, rows),
        entries=entries,
        rows=np.arange(rows, dtype=np.int64),
        columns={},
        reason=np.zeros(rows, dtype=np.int8),
        kept_row=np.full(rows, -1, dtype=np.int64),
        old_row=np.full(rows, -1, dtype=np.int8),  # there is no `against` here
        similarity=np.full(rows, np.nan),
    )


def _gone(scan: Scan, source: Source, first_rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """The step at which each row goes, of those that look at one row."""
    gone = np.full(int(first_rows[-1]), STAYS, dtype=np.uint8)
    for piece in source.pieces:
        first, last = first_rows[piece.number], first_rows[piece.number + 1]
        gone[first:last] = read_table(scan.rows_path(piece.number))["gone"].to_numpy()
    return gone


def _gather(scan: Scan, source: Source, job: Job, first_rows: npt.NDArray[np.int64]) -> None:
    """What the steps that look at one row have said beside it."""
    facts = []
    for piece in source.pieces:
        table = read_table(scan.rows_path(piece.number))
        about = json.loads(table.schema.metadata[ABOUT])
        facts.append(about["facts"])
        first, last = first_rows[piece.number], first_rows[piece.number + 1]
        if "length" in table.column_names:
            if job.lengths is None:
                job.lengths = np.full(job.frame.num_rows, -1, dtype=np.int64)
            job.lengths[first:last] = table["length"].to_numpy()
            job.length_column = about["length_column"]
        if "rule" in table.column_names:
            ruled = np.flatnonzero(table["rule"].is_valid().to_numpy())
            rules, values = (table[name].take(pa.array(ruled)).to_pylist() for name in ("rule", "value"))
            for row, rule, value in zip(ruled.tolist(), rules, values, strict=True):
                job.rules[int(first) + row] = (rule, value)
    job.facts |= merged(facts)
