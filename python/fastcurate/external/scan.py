"""The first reading: every piece goes through the steps that look at one row; what duplicates are found by is kept.

A piece's rows leave behind: at which step each went and why, its tokens, and for every step `deduplicate` a table of
the rows that came so far with what stands for their texts. All of it is a function of the piece and the settings, so
that a piece that was scanned before need not be scanned again.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate import _core
from fastcurate.curate.job import REASONS, Job, Tools
from fastcurate.curate.steps import STEPS
from fastcurate.dedup.compared import compare
from fastcurate.dedup.within import groups_of
from fastcurate.external.sketches import sketch_words
from fastcurate.external.spill import read_table, write_table
from fastcurate.frames.arrow import ArrowFrame
from fastcurate.on import ChatEntry
from fastcurate.recipe import NEED_TOKENS

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from fastcurate.external.source import Chunk
    from fastcurate.on import Entry
    from fastcurate.recipe import Step

ROW_WISE = (
    "normalize",
    "redact",
    "quality",
    "words",
    "drop_null",
    "drop_empty",
    "count_tokens",
    "max_tokens",
)
"""Steps that look at one row at a time."""

CHANGES_TEXT = ("normalize", "redact")

STAYS = 255
"""The step at which a row goes that goes at none of those that look at one row."""

ABOUT = b"fastcurate"

Cutting = tuple[str, float, bool, int, "tuple[int, int] | None"]
"""`shingle`, threshold, distinct numbers, the entry that keys are made of, and its bands and their rows."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A step `deduplicate`, with what it has to know.

    Attributes:
        number: The position of the step in the recipe.
        options: Its options, all of them.
        cutting: How it cuts, as far as it is known; None for `method="exact"`.
    """

    number: int
    options: dict[str, Any]
    cutting: Cutting | None = None

    @property
    def exact(self) -> bool:
        """Whether bytes are compared."""
        return bool(self.options["method"] == "exact")


@dataclass(slots=True)
class Groups:
    """Numbers for the values of `within`, as they appear."""

    known: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def number(self, within: Any, table: pa.Table) -> npt.NDArray[np.uint32] | None:
        """For each row the number of its group."""
        if within is None:
            return None
        frame = ArrowFrame(table)
        local = groups_of(within, [frame])
        if local is None:
            return None
        names = [within] if isinstance(within, str) else within
        _, first = np.unique(local, return_index=True)
        values = [frame.arrow(name).take(pa.array(first)).to_pylist() for name in names]
        numbers = [self.known.setdefault(_plain(row), len(self.known)) for row in zip(*values, strict=True)]
        return np.array(numbers, dtype=np.uint32)[local]


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Values that are equal where `within` calls them equal: all NaN are, and 0.0 is -0.0."""
    return tuple(
        ("nan",)
        if isinstance(value, float) and value != value  # noqa: PLR0124 - NaN
        else value + 0.0
        if isinstance(value, float)
        else value
        for value in row
    )


@dataclass(slots=True)
class Scan:
    """The scanning of one input.

    Attributes:
        entries: What is compared.
        steps: The steps of the recipe.
        comparisons: Those of them that find duplicates.
        tools: What the caller gave.
        more: Columns that are read beside those of the entries.
        folder: Where the pieces leave what they leave.
        highest: For each comparison the highest hash that may still be in its sample.
        groups: For each comparison the numbers of its groups.
    """

    entries: list[Entry]
    steps: tuple[Step, ...]
    comparisons: list[Comparison]
    tools: Tools
    more: list[str]
    folder: Path
    highest: dict[int, npt.NDArray[np.uint64]] = field(default_factory=dict)
    groups: dict[int, Groups] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The columns that have to be read."""
        return list(dict.fromkeys([name for entry in self.entries for name in entry.columns] + self.more))

    def skipped(self, step: Step) -> bool:
        """Whether a step is left out for lack of a tokenizer."""
        return self.tools.tokenizer is None and (step.name in NEED_TOKENS or step.name == "count_tokens")

    def rows_path(self, piece: int) -> Path:
        """Where the rows of a piece are."""
        return self.folder / f"{piece:06}.rows"

    def broken_path(self, piece: int) -> Path:
        """Where the broken lines of a piece are, if it has some."""
        return self.folder / f"{piece:06}.broken"

    def path(self, piece: int, comparison: Comparison, what: str = "cut") -> Path:
        """Where a comparison finds the rows of a piece (`cut`), or those of its sample (`sample`)."""
        return self.folder / f"{piece:06}.{comparison.number}.{what}"

    def remember(self, piece: int) -> dict[str, Any] | None:
        """What was said of a piece that was scanned before; what later pieces go by is then as if it had been now."""
        left = [self.path(piece, one) for one in self.comparisons]
        left += [self.path(piece, one, "sample") for one in self.comparisons if not one.exact]
        if not all(path.exists() for path in [self.rows_path(piece), *left]):
            return None
        about: dict[str, Any] = json.loads(read_table(self.rows_path(piece)).schema.metadata[ABOUT])
        if about["broken"] and not self.broken_path(piece).exists():
            return None
        for comparison in self.comparisons:
            table = read_table(self.path(piece, comparison))
            if "hash" in table.column_names:
                self._lower(comparison, table["hash"].to_numpy())
            within = comparison.options["within"]
            if within is not None:
                names = [within] if isinstance(within, str) else within
                self.numbers(comparison).number(
                    within, table.select([f"within {name}" for name in names]).rename_columns(names)
                )
        return about

    def chunk(self, chunk: Chunk) -> None:
        """Scan a piece."""
        piece = chunk.piece.number
        job = Job.start(replace(self.tools, progress=None), ArrowFrame(chunk.table), self.entries, self.more)
        gone = np.full(chunk.table.num_rows, STAYS, dtype=np.uint8)
        comparisons = {comparison.number: comparison for comparison in self.comparisons}
        for number, step in enumerate(self.steps):
            if self.skipped(step):
                continue
            if number in comparisons:
                self._cut(comparisons[number], job, piece)
            elif step.name in ROW_WISE:
                _do(job, step, chunk)
                left = np.ones(len(gone), dtype=bool)
                left[job.rows] = False
                gone[left & (gone == STAYS)] = number
        columns: dict[str, Any] = {"gone": gone, "reason": job.reason}
        if job.lengths is not None:
            columns["length"] = job.lengths
        rules = [job.rules.get(row, (None, None)) for row in range(len(gone))] if job.rules else []
        if rules:
            columns["rule"] = pa.array([rule for rule, _ in rules], pa.string())
            columns["value"] = pa.array(
                [None if value is None else str(value) for _, value in rules], pa.string()
            )
            columns["told"] = pa.array([job.told.get(row) for row in range(len(gone))], pa.string())
        about = {
            "facts": job.facts,
            "length_column": job.length_column,
            "broken": chunk.broken is not None,
            "digests": chunk.digests,
        }
        table = pa.table(columns).replace_schema_metadata({ABOUT: json.dumps(about).encode()})
        if chunk.broken is not None:
            write_table(self.broken_path(piece), chunk.broken)
        write_table(self.rows_path(piece), table)

    def _cut(self, comparison: Comparison, job: Job, piece: int) -> None:
        """What a comparison keeps of the rows that are still there."""
        options = comparison.options
        table = pa.table(job.columns)
        entries = compare(ArrowFrame(table), None, [entry.spec for entry in self.entries]).columns
        system, threads = options["system_turns"], self.tools.threads
        columns: dict[str, Any] = {"row": job.rows.astype(np.uint32)}
        groups = self.numbers(comparison).number(options["within"], table)
        if groups is not None:
            columns["group"] = groups
            names = [options["within"]] if isinstance(options["within"], str) else options["within"]
            columns |= {f"within {name}": table[name] for name in names}
        if options["keep"] in ("longest", "shortest"):
            columns["code_points"] = pa.array(_core.code_points(entries, system=system, threads=threads))
        if options["keep"].startswith(("best:", "prefer:")):
            name = policy_column(options["keep"])
            columns["policy"] = table[name]
        if comparison.cutting is None:
            columns["identity"] = pa.array(_core.identities(entries, system=system, threads=threads))
        else:
            cut = _core.cut_rows(
                entries,
                comparison.cutting,
                system=system,
                groups=None if groups is None else pa.array(groups),
                threads=threads,
            )
            identity, known, sizes, folds, keys, ends = cut
            columns |= {"identity": pa.array(identity), "known": pa.array(known)}
            for number, (size, fold) in enumerate(zip(sizes, folds, strict=True)):
                counts = sketch_words(pa.array(size))
                at = pa.array(np.append(0, np.cumsum(counts)).astype(np.int32))
                folded = pa.ListArray.from_arrays(at, pa.array(fold))
                columns |= {f"size {number}": pa.array(size), f"fold {number}": folded}
            offsets = pa.array(np.append(np.uint32(0), pa.array(ends).to_numpy()).astype(np.int32))
            columns["keys"] = pa.ListArray.from_arrays(offsets, pa.array(keys))
            hashes = pa.array(_core.text_hashes(entries, system=system, threads=threads))
            columns["hash"] = hashes
            self._sample(comparison, table, columns, piece)
        write_table(self.path(piece, comparison), pa.table(columns))

    def _sample(self, comparison: Comparison, table: pa.Table, columns: dict[str, Any], piece: int) -> None:
        """Keep the texts of the rows that may be in the sample of the plan."""
        hashes = columns["hash"].to_numpy()
        known = columns["known"].to_numpy(zero_copy_only=False)
        lowest = self.highest.get(comparison.number, np.zeros(0, dtype=np.uint64))
        limit = lowest[-1] if len(lowest) == SAMPLED else np.uint64(2**64 - 1)
        rows = np.flatnonzero((hashes <= limit) & known)
        group = columns.get("group", np.zeros(len(hashes), np.uint32))
        rows = rows[np.lexsort((group[rows], hashes[rows]))]
        new = np.append(True, (np.diff(hashes[rows]) != 0) | (np.diff(group[rows]) != 0))
        rows = np.sort(rows[new[: len(rows)]][:SAMPLED])
        sample = table.select(list(dict.fromkeys(n for entry in self.entries for n in entry.columns)))
        sample = pa.table(
            {
                **{f"text {name}": sample[name].take(pa.array(rows)) for name in sample.column_names},
                "hash": hashes[rows],
                "row": columns["row"][rows],
                "group": group[rows],
            }
        )
        write_table(self.path(piece, comparison, "sample"), sample)
        self._lower(comparison, hashes[known])

    def _lower(self, comparison: Comparison, hashes: npt.NDArray[np.uint64]) -> None:
        before = self.highest.get(comparison.number, np.zeros(0, dtype=np.uint64))
        self.highest[comparison.number] = np.unique(np.concatenate([before, hashes]))[:SAMPLED]

    def numbers(self, comparison: Comparison) -> Groups:
        """The numbers of the groups of a comparison."""
        return self.groups.setdefault(comparison.number, Groups())


SAMPLED: int = _core.distinct_rows(0, 0)[0]


def policy_column(keep: str) -> str:
    """The column that `best:<column>` and `prefer:<column>=<value>` name."""
    rest = keep.partition(":")[2]
    return rest.partition("=")[0] if keep.startswith("prefer:") else rest


def _do(job: Job, step: Step, chunk: Chunk) -> None:
    """A step; what it says of a row names the row of the whole input."""
    try:
        STEPS[step.name](job, **step.options)
    except (ValueError, TypeError) as error:
        found = re.match(r"row (\d+): ", str(error))
        if found is None or int(found[1]) >= len(job.rows):
            raise
        row = chunk.row[int(job.rows[int(found[1])])].as_py()
        raise type(error)(f"row {row}: {str(error)[found.end() :]}") from error


def merged(facts: list[dict[str, Any]]) -> dict[str, Any]:
    """What the steps had to say about all pieces."""
    out: dict[str, Any] = {}
    for fact in facts:
        for name, value in fact.items():
            if isinstance(value, dict):
                out[name] = dict(Counter(out.get(name, {})) + Counter(value))
            else:
                out.setdefault(name, value)
    for name in ("redacted", "quality"):
        if name in out:
            out[name] = dict(Counter(out[name]).most_common())
    return out


def whole_chats(entries: list[Entry]) -> bool:
    """Whether whole conversations are compared."""
    return any(isinstance(entry, ChatEntry) and entry.part == "messages" for entry in entries)


__all__ = [
    "REASONS",
    "ROW_WISE",
    "STAYS",
    "Comparison",
    "Cutting",
    "Groups",
    "Scan",
    "merged",
    "policy_column",
]
