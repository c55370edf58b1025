"""A recipe over files larger than memory: read once to decide, once more where pairs are compared, once to write."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate.curate.job import Job, Tools
from fastcurate.curate.steps import STEPS
from fastcurate.external.frame import Files
from fastcurate.external.plan import first_cutting, guess, settle
from fastcurate.external.scan import (
    ABOUT,
    ROW_WISE,
    STAYS,
    Comparison,
    Scan,
    merged,
    policy_column,
    whole_chats,
)
from fastcurate.external.spill import read_table
from fastcurate.external.texts import changed_texts
from fastcurate.external.verdicts import Verdicts
from fastcurate.on import resolve_on
from fastcurate.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from fastcurate.external.progress import Stages
    from fastcurate.external.room import Room
    from fastcurate.external.source import Piece, Source
    from fastcurate.on import Entry

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


SAYS = {
    "redact": ["redacted"],
    "quality": ["quality"],
    "count_tokens": ["chat_template"],
    "bucket_by_length": ["buckets"],
    "pack": ["packs"],
}
"""What the summary has from a step."""

NEED_ALL = ("target_rows", "against", "measure", "idf", "signatures")
"""Options that cannot be met from what is kept of the rows."""


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
    comparisons = _comparisons(recipe, entries, tools)
    more = list(dict.fromkeys(_more_columns(recipe)))
    for name in more:
        if name not in types:
            Files(source, 0).arrow(name)  # says which columns there are
    scan = Scan(entries, recipe.steps, comparisons, tools, more, folder / "scan")
    scan = guess(scan, source)
    _run(scan, source, stages)
    broken = _broken(scan, source)
    if broken is not None and on_error == "raise":
        from fastcurate.files.opening import complaint

        raise ValueError(complaint(broken))
    counts = [len(read_table(scan.rows_path(piece.number))) for piece in source.pieces]
    first_rows = np.append(0, np.cumsum(counts)).astype(np.int64)
    job = _started(scan, source, tools, entries, int(first_rows[-1]))
    gone = _gather(scan, source, job, first_rows)
    comparing = {comparison.number: comparison for comparison in comparisons}
    for number, step in enumerate(recipe.steps):
        if scan.skipped(step):
            job.skipped.append(step.name)
        elif number in comparing:
            scan = _deduplicate(
                scan, source, job, number, first_rows=first_rows, room=room, folder=folder, stages=stages
            )
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
    left = set(job.rules) & set(np.flatnonzero(job.reason).tolist())
    job.rules = {row: job.rules[row] for row in left}
    job.settle()
    return Decided(source, job, recipe, first_rows, broken)


def found_by(options: Any) -> str:
    """Under which name a step `deduplicate` says what it found."""
    return "exact_duplicates" if options.get("method") == "exact" else "near_duplicates"


def _reason_of(step: str) -> str:
    from fastcurate.curate.part import REASON_OF_STEP

    return REASON_OF_STEP[step]


def _comparisons(recipe: Recipe, entries: list[Entry], tools: Tools) -> list[Comparison]:
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


def _more_columns(recipe: Recipe) -> Iterator[str]:
    for step in recipe.steps:
        within = step.options.get("within", [])
        if within:
            yield from [within] if isinstance(within, str) else within  # type: ignore[misc]
        keep = str(step.options.get("keep", ""))
        if keep.startswith(("best:", "prefer:")):
            yield policy_column(keep)


def _run(scan: Scan, source: Source, stages: Stages) -> None:
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


def _broken(scan: Scan, source: Source) -> pa.Table | None:
    tables = []
    for piece in source.pieces:
        path = scan.folder / f"{piece.number:06}.broken"
        if path.exists():
            table = read_table(path)
            names = pa.array([str(source.paths[piece.file])] * len(table), pa.string())
            tables.append(table.append_column("file", names))
    return pa.concat_tables(tables).select(["row", "file", "line", "raw", "message"]) if tables else None


def _started(scan: Scan, source: Source, tools: Tools, entries: list[Entry], rows: int) -> Job:
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


def _gather(scan: Scan, source: Source, job: Job, first_rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """What the steps that look at one row have said: the step at which each row goes."""
    gone = np.full(job.frame.num_rows, STAYS, dtype=np.uint8)
    facts = []
    for piece in source.pieces:
        table = read_table(scan.rows_path(piece.number))
        about = json.loads(table.schema.metadata[ABOUT])
        facts.append(about["facts"])
        first, last = first_rows[piece.number], first_rows[piece.number + 1]
        gone[first:last] = table["gone"].to_numpy()
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
    return gone


def _deduplicate(
    scan: Scan,
    source: Source,
    job: Job,
    number: int,
    *,
    first_rows: npt.NDArray[np.int64],
    room: Room,
    folder: Path,
    stages: Stages,
) -> Scan:
    """One step `deduplicate` over all rows that are still there."""
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
            _run(scan, source, stages)
            comparison = replace(comparison, cutting=cutting)
    alive = np.zeros(job.frame.num_rows, dtype=bool)
    alive[job.rows] = True

    def tables() -> Iterator[tuple[int, pa.Table]]:
        for piece in source.pieces:
            yield int(first_rows[piece.number]), read_table(scan.path(piece.number, comparison))

    def texts(rows: npt.NDArray[np.uint32]) -> Iterator[tuple[npt.NDArray[np.uint32], pa.Table]]:
        return _texts(scan, source, first_rows, rows)

    place = folder / f"step-{number}"
    place.mkdir(exist_ok=True)
    found = Verdicts(
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
    )
    stands, similarity = found.decide()
    rows = job.rows
    went = stands[rows] != rows
    # Positions among the rows that are still there, as `Job.remove` takes them.
    place_of = np.full(job.frame.num_rows, -1, dtype=np.int64)
    place_of[rows] = np.arange(len(rows))
    exact = comparison.exact
    job.remove(
        went, "exact_duplicate" if exact else "near_duplicate", place_of[stands[rows]], similarity[rows]
    )
    options = comparison.options
    within = options["within"]
    job.facts[found_by(options)] = {
        "rows": len(rows),
        "kept": len(job.rows),
        "removed": len(rows) - len(job.rows),
        "broken": 0,
        "on": [entry.spec for entry in scan.entries],
        "within": within if isinstance(within, str | None) else list(within),
        "against": None,
        "method": options["method"],
        "keep": options["keep"],
    } | about
    return scan


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
