"""A recipe over files larger than memory: read once to decide, once more where pairs are compared, once to write."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate.curate.job import REASONS, Job, Tools
from fastcurate.curate.steps import STEPS
from fastcurate.external.duplicates import (
    Duplicates,
    comparisons_of,
    found_by,
    old_entries,
    old_side,
    take_out,
)
from fastcurate.external.frame import Files
from fastcurate.external.plan import guess
from fastcurate.external.ruled import Ruled
from fastcurate.external.scan import (
    ABOUT,
    ROW_WISE,
    STAYS,
    Scan,
    merged,
    policy_column,
)
from fastcurate.external.sides import Side, first_rows_of, run_scan
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
    from fastcurate.recipe import Step

SAYS = {
    "redact": ["redacted"],
    "quality": ["quality"],
    "count_tokens": ["chat_template"],
    "bucket_by_length": ["buckets"],
    "pack": ["packs"],
}
"""What the summary has from a step."""


@dataclass(frozen=True, slots=True)
class Old:
    """The rows of `against`.

    Attributes:
        source: Where they are.
        broken: Their broken lines.
    """

    source: Source
    broken: pa.Table | None

    def positions(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The positions of rows among all of them, where broken lines count."""
        return positions(rows, self.broken)


@dataclass(slots=True)
class Decided:
    """What becomes of every row, before anything is written.

    Attributes:
        source: The files.
        job: The verdicts, over all rows that are no broken lines.
        recipe: The steps.
        first_rows: For each piece the number of its first row among those that are no broken lines.
        broken: The broken lines: `row`, `file`, `line`, `raw`, `message`.
        olds: For each step with `against` the rows that are there already.
        found: What each step `deduplicate` found, where all pairs were asked for.
    """

    source: Source
    job: Job
    recipe: Recipe
    first_rows: npt.NDArray[np.int64]
    broken: pa.Table | None
    olds: dict[int, Old]
    found: dict[int, Found]

    def positions(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The positions of rows in the whole input, where broken lines count."""
        return positions(rows, self.broken)


def positions(rows: npt.NDArray[np.int64], broken: pa.Table | None) -> npt.NDArray[np.int64]:
    """The positions of rows that are no broken lines among all lines."""
    if broken is None:
        return rows
    lines = broken["row"].to_numpy()
    # A broken line has as many rows before it as its position less the broken lines before it.
    before = lines - np.arange(len(lines))
    return rows + np.searchsorted(before, rows, side="right")


def decide(
    source: Source,
    recipe: Recipe,
    on: Any,
    tools: Tools,
    *,
    olds: dict[int, Source],
    on_error: str,
    room: Room,
    folder: Path,
    stages: Stages,
    on_old_error: str = "raise",
    all_pairs: bool = False,
) -> Decided:
    """Read the files and judge every row, within so much memory.

    Args:
        source: The files.
        recipe: The steps.
        on: What is compared.
        tools: What the caller gave for all steps.
        olds: For each step with `against` the rows that are there already.
        on_error: What to do with a broken line.
        room: What may be taken.
        folder: For what the stages leave behind.
        stages: Told what is done.
        on_old_error: What to do with a broken line of `against`.
        all_pairs: Whether all similar pairs are found, not only those that the verdicts need.
    """
    types = dict(zip(source.schema.names, source.schema.types, strict=True))
    entries = resolve_on(on, types)
    comparisons = comparisons_of(recipe, entries)
    for comparison in comparisons:
        if comparison.number in olds:
            old_entries(comparison, entries, olds[comparison.number], source)  # mistakes before any work
    more = list(dict.fromkeys(_more_columns(recipe)))
    for name in more:
        if name not in types:
            Files(source, 0).arrow(name)  # says which columns there are
    scan = Scan(entries, recipe.steps, comparisons, tools, more, folder / "scan")
    scan = guess(scan, source)
    run_scan(scan, source, stages)
    broken = _broken(scan, source, on_error)
    first_rows = first_rows_of(scan, source)
    # Duplicates first, as long as little else is known of the rows: what is found of these is much less than all rows.
    gone = _gone(scan, source, first_rows)
    duplicates = Duplicates(room, folder, stages, all_pairs)
    found, held = _found(
        scan, source, first_rows, gone, olds=olds, duplicates=duplicates, on_error=on_old_error
    )
    job = started(source, tools, entries, int(first_rows[-1]), bool(olds))
    ruled = _gather(scan, source, job, first_rows)
    for number, step in enumerate(recipe.steps):
        if number in found:
            one = found[number] if all_pairs else found.pop(number)
            take_out(job, one, step, held.get(number))
            job.facts[found_by(step.options)] = one.about
        elif step.name in ROW_WISE and not scan.skipped(step):
            went = gone[job.rows] == number
            if step.name == "quality":
                job.facts["quality"] = _told(scan, source, first_rows, job.rows[went])
            _row_wise(job, step, went)
        elif not scan.skipped(step):
            STEPS[step.name](job, **step.options)
    job.skipped += [step.name for step in recipe.steps if scan.skipped(step)]
    # In the order in which a job in memory says it.
    said = [
        name
        for step in recipe.steps
        for name in ([found_by(step.options)] if step.name == "deduplicate" else SAYS.get(step.name, []))
        if name in job.facts
    ]
    job.facts = {name: job.facts[name] for name in dict.fromkeys(said)}
    job.frame.broken = broken
    # Rows that went earlier, as duplicates, were asked about by the rules all the same.
    by_rule = np.isin(job.reason[ruled.rows], [REASONS.index(name) for name in ("quality", "words")])
    job.rules = ruled.only(by_rule).shared(*job.settle())
    return Decided(source, job, recipe, first_rows, broken, held, found)


def _row_wise(job: Job, step: Step, went: npt.NDArray[np.bool_]) -> None:
    """What the scan has said of a step that looks at one row, for the rows that are still there."""
    if step.name == "count_tokens" and job.lengths is not None:
        there = np.zeros(len(job.lengths), dtype=bool)
        there[job.rows] = True
        job.lengths[~there] = -1
    if went.any():
        job.remove(went, _reason_of(step.name))


def job_of(decided: Decided, found: Found) -> Job:
    """The verdicts of a job of one step, `deduplicate`, that found this."""
    old = decided.olds.get(0)
    before = decided.job
    job = started(decided.source, before.tools, before.entries, len(before.reason), old is not None)
    job.frame.broken = decided.broken
    take_out(job, found, decided.recipe.steps[0], old)
    job.facts = dict.fromkeys(before.facts, found.about)
    return job


def _found(
    scan: Scan,
    source: Source,
    first_rows: npt.NDArray[np.int64],
    gone: npt.NDArray[np.uint8],
    *,
    olds: dict[int, Source],
    duplicates: Duplicates,
    on_error: str,
) -> tuple[dict[int, Found], dict[int, Old]]:
    """What every step `deduplicate` takes out, and what it is held against."""
    found: dict[int, Found] = {}
    held: dict[int, Old] = {}
    sampled = True
    for comparison in scan.comparisons:
        number = comparison.number
        alive = gone > number
        for before in found.values():
            alive[before.rows] = False
        sides, first = [], 0
        if number in olds:
            side = old_side(scan, comparison, olds[number], source, duplicates.stages)
            held[number] = Old(side.source, _broken(side.scan, side.source, on_error))
            sides, first = [side], int(side.first_rows[-1])
            alive = np.concatenate([np.ones(first, dtype=bool), alive])
        sides.append(Side(scan, source, comparison, first_rows + first))
        found[number] = duplicates.of(sides, alive, sampled=sampled)
        # Exact duplicates leave one of each text, and that is what the sample is of.
        sampled &= comparison.exact and number not in olds and comparison.options["keep"] != "none"
        del alive
    return found, held


def _told(
    scan: Scan, source: Source, first_rows: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
) -> dict[str, int]:
    """How often each rule removed one of these rows, ascending."""
    counts: Counter[str] = Counter()
    edges = np.searchsorted(rows, first_rows)
    for piece in source.pieces:
        at = rows[edges[piece.number] : edges[piece.number + 1]] - first_rows[piece.number]
        if len(at):
            counts.update(read_table(scan.rows_path(piece.number))["told"].take(pa.array(at)).to_pylist())
    return dict(counts.most_common())


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


def _broken(scan: Scan, source: Source, on_error: str) -> pa.Table | None:
    """The lines that are no rows.

    Raises:
        ValueError: There are some, and none may be.
    """
    tables = []
    for piece in source.pieces:
        path = scan.broken_path(piece.number)
        if path.exists():
            table = read_table(path)
            names = pa.array([str(source.paths[piece.file])] * len(table), pa.string())
            tables.append(table.append_column("file", names))
    if not tables:
        return None
    broken = pa.concat_tables(tables).select(["row", "file", "line", "raw", "message"])
    if on_error == "raise":
        from fastcurate.files.opening import complaint

        raise ValueError(complaint(broken))
    return broken


def started(source: Source, tools: Tools, entries: list[Entry], rows: int, old: bool) -> Job:
    """All rows there, nothing decided; `old` says whether rows may go for those of `against`."""
    return Job(
        tools=tools,
        frame=Files(source, rows),
        entries=entries,
        rows=np.arange(rows, dtype=np.int64),
        columns={},
        reason=np.zeros(rows, dtype=np.int8),
        kept_row=np.full(rows, -1, dtype=np.int64),
        old_row=np.full(rows, -1, dtype=np.int64 if old else np.int8),
        similarity=np.full(rows, np.nan),
    )


def _gone(scan: Scan, source: Source, first_rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """The step at which each row goes, of those that look at one row."""
    gone = np.full(int(first_rows[-1]), STAYS, dtype=np.uint8)
    for piece in source.pieces:
        first, last = first_rows[piece.number], first_rows[piece.number + 1]
        gone[first:last] = read_table(scan.rows_path(piece.number))["gone"].to_numpy()
    return gone


def _gather(scan: Scan, source: Source, job: Job, first_rows: npt.NDArray[np.int64]) -> Ruled:
    """What the steps that look at one row have said beside it, and which rules took which rows out."""
    facts, ruled = [], []
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
            ruled.append((int(first), table.select(["rule", "value"])))
    job.facts |= merged(facts)
    return Ruled.of_pieces(ruled)
