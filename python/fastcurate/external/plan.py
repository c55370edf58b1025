"""Which keys duplicates are looked for by: guessed from the first piece, settled when all rows have been read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate import _core
from fastcurate.curate.job import Job
from fastcurate.curate.steps import STEPS
from fastcurate.dedup.compared import compare
from fastcurate.dedup.target import GRID
from fastcurate.external.scan import ROW_WISE, SAMPLED, Comparison, Cutting, Scan
from fastcurate.frames.arrow import ArrowFrame

if TYPE_CHECKING:
    import numpy.typing as npt

    from fastcurate.external.sides import Side
    from fastcurate.external.source import Source


def lowest_threshold(options: dict[str, Any]) -> float:
    """The lowest threshold that will be asked about."""
    return float(options["threshold"] if options.get("target_rows") is None else GRID[-1])


def first_cutting(comparison: Comparison) -> Cutting:
    """How a comparison cuts, as far as its options say."""
    options = comparison.options
    return options["shingle"], lowest_threshold(options), options["distinct_numbers"], 0, None


def guess(scan: Scan, source: Source) -> Scan:
    """The same scan with the cutting that the first piece suggests; the whole input is asked when it was read."""
    for at, comparison in enumerate(scan.comparisons):
        if comparison.exact:
            continue
        chunk = next(iter(source.chunks(scan.columns, source.pieces[:1])))
        tools = replace(scan.tools, progress=None)
        job = Job.start(tools, ArrowFrame(chunk.table), scan.entries, scan.more)
        for step in scan.steps[: comparison.number]:
            if (
                step.name in ROW_WISE
                and not scan.skipped(step)
                and step.name not in ("count_tokens", "max_tokens")
            ):
                STEPS[step.name](job, **step.options)
        table = pa.table(job.columns)
        columns = compare(ArrowFrame(table), None, [entry.spec for entry in scan.entries]).columns
        hashes = pa.array(_core.text_hashes(columns, system=comparison.options["system_turns"])).to_numpy()
        rows = np.unique(hashes, return_index=True)[1]
        share = max(1.0, source.rows / max(1, source.pieces[0].rows))
        distinct = len(rows) * share
        sample = table.take(pa.array(rows[:SAMPLED]))
        cutting, _ = _planned(comparison, sample, scan, None, distinct)
        scan.comparisons[at] = replace(comparison, cutting=cutting)
        if source.room is not None:
            source.room.tidy()
    return scan


def settle(sides: list[Side], alive: npt.NDArray[np.bool_] | None) -> tuple[Cutting, dict[str, Any]]:
    """The plan of all rows, from the sample that the scan has kept; of those `alive`, where that is not enough."""
    comparison, scan = sides[-1].comparison, sides[-1].scan
    if alive is None:
        tables = [(first, table) for side in sides for first, table in side.tables("sample")]
        table = pa.concat_tables([table for _, table in tables], promote_options="permissive")
        row = np.concatenate([part["row"].to_numpy() + np.int64(first) for first, part in tables])
        hashes, groups = table["hash"].to_numpy(), table["group"].to_numpy()
        chosen = _lowest(row, hashes, groups)
        names = [name for name in table.column_names if name.startswith("text ")]
        sample = table.select(names).rename_columns([name[5:] for name in names]).take(pa.array(chosen))
        hashes, groups = hashes[chosen], groups[chosen]
    else:
        row, hashes, groups = _sampled_rows(sides, alive)
        order = np.argsort(row)
        texts = [table for side in sides for _, table in side.texts(row[order].astype(np.uint32))]
        back = np.empty(len(row), dtype=np.int64)
        back[order] = np.arange(len(row))
        empty = sides[-1].source.schema.empty_table()
        texts = texts or [empty.select(list(dict.fromkeys(n for e in scan.entries for n in e.columns)))]
        sample = pa.concat_tables(texts, promote_options="permissive").take(pa.array(back))
    distinct = _core.distinct_rows(len(hashes), int(hashes[-1]) if len(hashes) else 0)[1]
    within = comparison.options["within"] is not None
    return _planned(comparison, sample, scan, pa.array(groups) if within else None, distinct)


def _lowest(
    row: npt.NDArray[np.int64], hashes: npt.NDArray[np.uint64], groups: npt.NDArray[np.uint32]
) -> npt.NDArray[np.int64]:
    """Of distinct rows the places of those with the lowest hashes, of equal ones the lowest rows."""
    order = np.lexsort((row, groups, hashes))
    first = np.append(
        True, (hashes[order][1:] != hashes[order][:-1]) | (groups[order][1:] != groups[order][:-1])
    )
    one_each = order[first[: len(order)]]
    places: npt.NDArray[np.int64] = one_each[np.lexsort((row[one_each], hashes[one_each]))][:SAMPLED]
    return places


def _sampled_rows(
    sides: list[Side], alive: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64], npt.NDArray[np.uint32]]:
    """Rows, hashes and groups of a sample of those that are still there: an earlier comparison has taken some out."""
    sample: list[Any] = [np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(0, np.uint32)]
    for side in sides:
        for first, table in side.tables():
            row = table["row"].to_numpy() + np.int64(first)
            part = alive[row] & table["known"].to_numpy()
            group = (
                table["group"].to_numpy() if "group" in table.column_names else np.zeros(len(row), np.uint32)
            )
            new = row[part], table["hash"].to_numpy()[part], group[part]
            both = [np.concatenate(pair) for pair in zip(sample, new, strict=True)]
            chosen = _lowest(*both)
            sample = [column[chosen] for column in both]
    return sample[0], sample[1], sample[2]


def _planned(
    comparison: Comparison, sample: pa.Table, scan: Scan, groups: Any, distinct: float
) -> tuple[Cutting, dict[str, Any]]:
    """How the rows are to be cut, and what the summary says of it."""
    columns = compare(ArrowFrame(sample), None, [entry.spec for entry in scan.entries]).columns
    options = comparison.options
    entry, bands, recall, join_cost, lsh_cost = _core.plan_rows(
        columns,
        first_cutting(comparison),
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
    return (*first_cutting(comparison)[:3], entry, bands), about
