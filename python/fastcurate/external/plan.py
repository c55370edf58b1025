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
from fastcurate.external.scan import ROW_WISE, SAMPLED, Comparison, Cutting, Scan
from fastcurate.external.spill import read_table
from fastcurate.frames.arrow import ArrowFrame

if TYPE_CHECKING:
    import numpy.typing as npt

    from fastcurate.external.source import Source


def first_cutting(comparison: Comparison) -> Cutting:
    """How a comparison cuts, as far as its options say."""
    options = comparison.options
    return options["shingle"], float(options["threshold"]), options["distinct_numbers"], 0, None


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


def settle(
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
    first = np.append(
        True, (hashes[order][1:] != hashes[order][:-1]) | (groups[order][1:] != groups[order][:-1])
    )
    one_each = order[first[: len(order)]]
    chosen = one_each[np.lexsort((row[one_each], hashes[one_each]))][:SAMPLED]
    highest = int(hashes[chosen[-1]]) if len(chosen) else 0
    distinct = _core.distinct_rows(len(chosen), highest)[1]
    names = [name for name in table.column_names if name.startswith("text ")]
    sample = table.select(names).rename_columns([name[5:] for name in names]).take(pa.array(chosen))
    within = comparison.options["within"] is not None
    return _planned(comparison, sample, scan, pa.array(groups[chosen]) if within else None, distinct)


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
