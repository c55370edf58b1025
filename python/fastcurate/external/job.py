"""A recipe over files that are larger than memory: read once to decide, once more where pairs are compared, once to write."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate import _core
from fastcurate.curate.job import REASONS, Job, Tools
from fastcurate.curate.steps import STEPS
from fastcurate.dedup.compared import compare
from fastcurate.external.scan import (
    ABOUT,
    CHANGES_TEXT,
    ROW_WISE,
    SAMPLED,
    STAYS,
    Comparison,
    Cutting,
    Scan,
    merged,
    policy_column,
    whole_chats,
)
from fastcurate.external.spill import read_table
from fastcurate.external.verdicts import Verdicts
from fastcurate.frames.arrow import ArrowFrame
from fastcurate.frames.base import Frame
from fastcurate.on import resolve_on
from fastcurate.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from fastcurate.external.progress import Stages
    from fastcurate.external.source import Source
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


class Files(Frame):
    """The rows of a source as a frame whose columns are read when they are asked for."""

    def __init__(self, source: Source, rows: int) -> None:
        self.source, self._rows = source, rows
        self.paths, self.format = source.paths, source.format

    @property
    def columns(self) -> list[str]:
        return list(self.source.schema.names)

    @property
    def num_rows(self) -> int:
        return self._rows

    @property
    def types(self) -> dict[str, pa.DataType]:
        return dict(zip(self.source.schema.names, self.source.schema.types, strict=True))

    def _arrow(self, name: str) -> pa.ChunkedArray:
        chunks = [chunk.table.column(name).chunks for chunk in self.source.chunks([name])]
        return pa.chunked_array([part for each in chunks for part in each], self.types[name])

    def take(self, rows: npt.NDArray[np.int64]) -> Any:
        raise NotImplementedError

    def series(self, values: Any) -> Any:
        return values

    def _take_with(self, rows: npt.NDArray[np.int64], extra: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _replace(self, columns: dict[str, Any]) -> Frame:
        raise NotImplementedError

    def _renamed(self, made: Any, gone: set[str], names: dict[str, str]) -> Any:
        raise NotImplementedError


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
    memory: int,
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
    scan = _guess(scan, source, stages)
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
            scan = _deduplicate(scan, source, job, number, first_rows, memory, folder, stages)
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
        for name in (
            [found_by(step.options)] if step.name == "deduplicate" else SAYS.get(step.name, [])
        )
        if name in job.facts
    ]
    job.facts = {name: job.facts[name] for name in dict.fromkeys(said)}
    frame = job.frame
    assert isinstance(frame, Files)
    frame.broken = broken
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
            cutting = (options["shingle"], float(options["threshold"]), options["distinct_numbers"], 0, None)
            found.append(Comparison(number, options, cutting))
        else:
            found.append(Comparison(number, options))
    return found


def _more_columns(recipe: Recipe) -> Iterator[str]:
    for step in recipe.steps:
        within = step.options.get("within", [])
        yield from [within] if isinstance(within, str) else within
        keep = str(step.options.get("keep", ""))
        if keep.startswith(("best:", "prefer:")):
            yield policy_column(keep)


def _guess(scan: Scan, source: Source, stages: Stages) -> Scan:
    """The same scan with the cutting that the first piece suggests; the whole input is asked when it was read."""
    for at, comparison in enumerate(scan.comparisons):
        if comparison.exact:
            continue
        chunk = next(iter(source.chunks(scan.columns, source.pieces[:1])))
        tools = replace(scan.tools, progress=None)
        job = Job.start(tools, ArrowFrame(chunk.table), scan.entries, scan.more)
        for number, step in enumerate(scan.steps[: comparison.number]):
            if step.name in ROW_WISE and not scan.skipped(step) and step.name not in ("count_tokens", "max_tokens"):
                STEPS[step.name](job, **step.options)
            del number
        table = pa.table(job.columns)
        columns = compare(ArrowFrame(table), None, [entry.spec for entry in scan.entries]).columns
        hashes = pa.array(_core.text_hashes(columns, system=comparison.options["system_turns"])).to_numpy()
        rows = np.unique(hashes, return_index=True)[1]
        share = max(1.0, source.rows / max(1, source.pieces[0].rows))
        distinct = len(rows) * share
        sample = table.take(pa.array(rows[:SAMPLED]))
        cutting, _ = _planned(comparison, sample, scan, None, distinct)
        scan.comparisons[at] = replace(comparison, cutting=cutting)
    del stages
    return scan


def _planned(
    comparison: Comparison, sample: pa.Table, scan: Scan, groups: Any, distinct: float
) -> tuple[Cutting, dict[str, Any]]:
    """How the rows are to be cut, and what the summary says of it."""
    assert comparison.cutting is not None
    columns = compare(ArrowFrame(sample), None, [entry.spec for entry in scan.entries]).columns
    options = comparison.options
    entry, bands, recall, join_cost, lsh_cost = _core.plan_rows(
        columns,
        (*comparison.cutting[:3], 0, None),
        system=options["system_turns"],
        distinct=distinct,
        engine=options["engine"],
        recall=options["recall"],
        groups=groups,
        threads=scan.tools.threads,
    )
    about = {
        "measure": "jaccard",
        "idf": False,
        "signatures": None,
        "estimated": False,
        "threshold": options["threshold"],
        "shingle": options["shingle"],
        "distinct_numbers": options["distinct_numbers"],
        "engine": "join" if bands is None else "lsh",
        "candidates_from": scan.entries[entry].spec,
        "bands": None if bands is None else {"bands": bands[0], "rows": bands[1]},
        "recall": recall,
        "estimated_ns_per_row": {"join": join_cost, "lsh": lsh_cost},
    }
    return (*comparison.cutting[:3], entry, bands), about


def _run(scan: Scan, source: Source, stages: Stages) -> None:
    """Scan every piece that was not scanned before."""
    scan.folder.mkdir(parents=True, exist_ok=True)
    left = []
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
    first_rows: npt.NDArray[np.int64],
    memory: int,
    folder: Path,
    stages: Stages,
) -> Scan:
    """One step `deduplicate` over all rows that are still there."""
    comparison = next(one for one in scan.comparisons if one.number == number)
    about: dict[str, Any] = {}
    if not comparison.exact:
        cutting, about = _plan(scan, source, comparison, first_rows)
        if cutting != comparison.cutting:
            # The first piece was not like the rest.
            others = [replace(comparison, cutting=cutting) if one is comparison else one for one in scan.comparisons]
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
        memory=max(1 << 20, memory // 4),
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
    job.remove(went, "exact_duplicate" if exact else "near_duplicate", place_of[stands[rows]], similarity[rows])
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


def _plan(
    scan: Scan, source: Source, comparison: Comparison, first_rows: npt.NDArray[np.int64]
) -> tuple[Cutting, dict[str, Any]]:
    """The plan of the whole input, from the sample that the scan has kept."""
    tables = [read_table(scan.path(piece.number, comparison, "sample")) for piece in source.pieces]
    table = pa.concat_tables(tables, promote_options="permissive")
    hashes, groups = table["hash"].to_numpy(), table["group"].to_numpy()
    row = np.concatenate(
        [part["row"].to_numpy() + first for part, first in zip(tables, first_rows[:-1], strict=True)]
    )
    order = np.lexsort((row, groups, hashes))
    first = np.append(True, (hashes[order][1:] != hashes[order][:-1]) | (groups[order][1:] != groups[order][:-1]))
    one_each = order[first[: len(order)]]
    chosen = one_each[np.lexsort((row[one_each], hashes[one_each]))][:SAMPLED]
    highest = int(hashes[chosen[-1]]) if len(chosen) else 0
    distinct = _core.distinct_rows(len(chosen), highest)[1]
    names = [name for name in table.column_names if name.startswith("text ")]
    sample = table.select(names).rename_columns([name[5:] for name in names]).take(pa.array(chosen))
    within = comparison.options["within"] is not None
    return _planned(comparison, sample, scan, pa.array(groups[chosen]) if within else None, distinct)


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


def changed_texts(steps: Any, entries: list[Entry], table: pa.Table, tools: Tools) -> pa.Table:
    """The rows with the texts that the steps which change texts make of them."""
    job = Job.start(replace(tools, progress=None), ArrowFrame(table), entries, [])
    for step in steps:
        if step.name in CHANGES_TEXT:
            STEPS[step.name](job, **step.options)
    frame = job.frame
    assert isinstance(frame, ArrowFrame)
    return frame.table


__all__ = ["REASONS", "Decided", "Files", "changed_texts", "decide"]
