"""The steps `deduplicate` of a recipe over files: what they compare and take out, and what the summary says of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from fastcurate import _core
from fastcurate.curate.job import REASONS
from fastcurate.dedup.compared import resolve_against
from fastcurate.dedup.target import at_most
from fastcurate.dedup.within import groups_of
from fastcurate.external.plan import first_cutting, settle
from fastcurate.external.scan import Comparison, Scan, whole_chats
from fastcurate.external.sides import Side, first_rows_of, run_scan
from fastcurate.external.verdicts import Verdicts
from fastcurate.frames.arrow import ArrowFrame

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from fastcurate.curate.job import Job
    from fastcurate.external.job import Old
    from fastcurate.external.progress import Stages
    from fastcurate.external.room import Room
    from fastcurate.external.source import Source
    from fastcurate.external.verdicts import SimilarRows
    from fastcurate.frames import Frame
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


REFUSED = {
    "measure": "no few keys find what contains a row, or what differs in many bits. Give more memory=, or leave it out",
    "idf": "what a shingle weighs depends on all rows, and so do sizes and keys. Give more memory=, or leave it out",
    "signatures": "sketches are compared in memory, without texts. Pass a table of row numbers and sketches alone, and "
    "keep by row number",
}
"""Options that cannot be met from what is kept of the rows, and why."""


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
        if step.name != "deduplicate":
            continue
        options = DEFAULTS | step.options
        for name, why in REFUSED.items():
            if options.get(name) not in (None, False, "jaccard"):
                raise ValueError(f"{name}={options[name]!r} needs all rows in memory: {why}")
        if options["method"] == "similar":
            if whole_chats(entries) and options.get("threshold_messages") is not None:
                options["threshold"] = options["threshold_messages"]
            found.append(Comparison(number, options, first_cutting(Comparison(number, options))))
        else:
            found.append(Comparison(number, options))
    return found


def old_entries(comparison: Comparison, entries: list[Entry], old: Source, new: Source) -> list[Entry]:
    """What is compared in the rows of `against`.

    Raises:
        ValueError: A column is not there.
        TypeError: A column is text in one of the two and conversations in the other, or values of `within` are of kinds
            that cannot be compared.
    """
    frames: list[Frame] = [ArrowFrame(source.schema.empty_table()) for source in (old, new)]
    groups_of(comparison.options["within"], frames)
    return resolve_against(frames[0], entries)


def old_side(scan: Scan, comparison: Comparison, old: Source, new: Source, stages: Stages) -> Side:
    """The rows of `against`, cut as the comparison cuts; no other step looks at them."""
    within = comparison.options["within"]
    # As the only step of a recipe of its own.
    alone = replace(comparison, number=0)
    old_scan = Scan(
        old_entries(comparison, scan.entries, old, new),
        (scan.steps[comparison.number],),
        [alone],
        replace(scan.tools, progress=None),
        [within] if isinstance(within, str) else list(within or []),
        scan.folder.with_name(f"against-{comparison.number}"),
    )
    old_scan.groups[0] = scan.numbers(comparison)
    run_scan(old_scan, old, stages)
    return Side(old_scan, old, alone, first_rows_of(old_scan, old))


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that a step `deduplicate` takes out.

    Attributes:
        rows: Their numbers.
        stands: The row that stands for each, a row of `against` where `old`.
        old: Whether it is one of `against`; None where there is none.
        similarity: The similarity to it.
        about: What the summary says.
        judge: What says the same at other thresholds, where that may be asked.
    """

    rows: npt.NDArray[np.uint32]
    stands: npt.NDArray[np.uint32]
    old: npt.NDArray[np.bool_] | None
    similarity: npt.NDArray[np.float64]
    about: dict[str, Any]
    judge: Judge | None


@dataclass(frozen=True, slots=True)
class Judge:
    """Says what a step takes out at a threshold.

    Attributes:
        similar: The rows that are similar.
        first: The number of the first row of the input, behind those of `against`.
        rows: How many of its rows came to the step.
        mutual: Whether no row with a similar other stays.
        about: What the summary says of them at any threshold.
    """

    similar: SimilarRows
    first: int
    rows: int
    mutual: bool
    about: dict[str, Any]

    def at(self, threshold: float) -> Found:
        """What goes at this threshold."""
        first = self.first
        stands, similarity = self.similar.verdicts(threshold, mutual=self.mutual)
        went = np.flatnonzero(stands[first:] != np.arange(first, len(stands))).astype(np.uint32)
        leaders = stands[first:][went]
        about = self.about | {"kept": self.rows - len(went), "removed": len(went)}
        if "threshold" in about:
            bands = about["bands"]
            recall = 1.0 if bands is None else _core.band_recall((bands["bands"], bands["rows"]), threshold)
            about |= {"threshold": threshold, "recall": recall}
        return Found(
            went,
            np.where(leaders < first, leaders, leaders - first).astype(np.uint32),
            leaders < first if about["against"] is not None else None,
            similarity[first:][went],
            about,
            self,
        )


def take_out(job: Job, found: Found, step: Step, old: Old | None) -> None:
    """Put a step's findings among the verdicts."""
    exact = step.options.get("method") == "exact"
    job.reason[found.rows] = REASONS.index("exact_duplicate" if exact else "near_duplicate")
    job.similarity[found.rows] = found.similarity
    here = slice(None) if found.old is None else ~found.old
    job.kept_row[found.rows[here]] = found.stands[here]
    if found.old is not None and old is not None:
        job.old_row[found.rows[found.old]] = old.positions(found.stands[found.old].astype(np.int64))
    job.rows = job.rows[job.reason[job.rows] == 0]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The steps `deduplicate` of one job.

    Attributes:
        room: What may be taken.
        folder: For what each step leaves behind.
        stages: Told what is done.
        all_pairs: Whether all similar pairs are found, not only those that the verdicts need.
    """

    room: Room
    folder: Path
    stages: Stages
    all_pairs: bool = False

    def of(self, sides: list[Side], alive: npt.NDArray[np.bool_], *, sampled: bool) -> Found:
        """What one step takes out of the rows of the last side that are still there.

        Args:
            sides: The rows, those of `against` first.
            alive: Which rows of all sides are still there.
            sampled: Whether the sample that the scan has kept is that of these rows.
        """
        comparison, scan = sides[-1].comparison, sides[-1].scan
        number = comparison.number
        about: dict[str, Any] = {}
        if not comparison.exact:
            cutting, about = settle(sides, None if sampled else alive)
            if cutting != comparison.cutting:
                # The first piece was not like the rest.
                again = self.folder / f"scan-again-{number}"
                sides = [
                    side.cut_again(cutting, again / str(at), self.stages) for at, side in enumerate(sides)
                ]
        place = self.folder / f"step-{number}"
        place.mkdir(exist_ok=True)
        options = comparison.options
        target, mutual = options.get("target_rows"), options["keep"] == "none"
        complete = mutual or target is not None or self.all_pairs
        similar = Verdicts(
            comparison=sides[-1].comparison,
            tables=lambda: chain.from_iterable(side.tables() for side in sides),
            alive=alive,
            room=self.room,
            folder=place,
            threads=scan.tools.threads,
            system=options["system_turns"],
            texts=lambda rows: chain.from_iterable(side.texts(rows) for side in sides),
            on=[entry.spec for entry in scan.entries],
            text_bytes=sum(piece.size for side in sides for piece in side.source.pieces),
            progress=self.stages,
        ).similar(complete=complete)
        first, within = int(sides[-1].first_rows[0]), options["within"]
        rows = int(np.count_nonzero(alive[first:]))
        said = {
            "rows": rows,
            "kept": rows,
            "removed": 0,
            "broken": 0,
            "on": [entry.spec for entry in scan.entries],
            "within": within if isinstance(within, str | None) else list(within),
            "against": first if len(sides) > 1 else None,
            "method": options["method"],
            "keep": options["keep"],
        }
        judge = Judge(similar, first, rows, mutual, said | about)

        def judged(threshold: float) -> tuple[int, Found]:
            found = judge.at(threshold)
            return found.about["kept"], found

        found = judge.at(float(options["threshold"])) if target is None else at_most(target, judged)[1]
        return found if self.all_pairs else replace(found, judge=None)  # a few bytes for every row
