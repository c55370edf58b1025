"""The rows that are compared: those of the table, behind those of `against` where there are any."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate import _core
    from fastcurate.dedup.settings import Settings
    from fastcurate.dedup.signatures import Sketches
    from fastcurate.frames import Frame
    from fastcurate.on import Entry, On

AGAINST, NEW = "against", "new"
"""In which of two tables a row is."""

CUTTING = 0.6
"""The part of the progress that cutting takes."""


@dataclass(frozen=True)
class Compared:
    """Rows of one table, or of an old one followed by a new one; they are numbered through both.

    Attributes:
        frame: The table that the caller asks about.
        against: The old one, whose rows come first.
        entries: What is compared, in the columns of `frame`.
        columns: For each entry its columns, each as its parts (`against` first) and what is read of them.
        places: Where the rows of `against` are counted, if not in that table itself.
        ids: The caller's own names of all rows.
        sketches: What is compared in the place of the columns.
        old_rows: How many rows of `against` there are, where those that can be similar to none are left out.
    """

    frame: Frame
    against: Frame | None
    entries: list[Entry]
    columns: list[list[tuple[list[Any], str]]] = field(repr=False)
    places: npt.NDArray[np.int64] | None = None
    ids: pa.Array | None = None
    sketches: Sketches | None = None
    old_rows: int | None = None

    @property
    def frames(self) -> list[Frame]:
        """The tables in the order of their rows."""
        return [self.frame] if self.against is None else [self.against, self.frame]

    @property
    def first(self) -> int:
        """The first row of `frame`."""
        return 0 if self.against is None else self.against.num_rows

    @property
    def num_rows(self) -> int:
        """The rows of both tables."""
        return self.first + self.frame.num_rows

    @cached_property
    def input_rows(self) -> npt.NDArray[np.int64]:
        """For each row its position in the input it came from, lines that could not be read included."""
        import numpy as np

        from fastcurate.frames.broken import input_rows

        rows = [input_rows(frame) for frame in self.frames]
        if self.places is not None:
            rows[0] = self.places
        return np.concatenate(rows)

    def where(self, rows: npt.NDArray[np.int64]) -> Any:
        """In which table each of these rows is (dictionary-free strings)."""
        import numpy as np
        import pyarrow as pa

        return pa.array(np.where(rows < self.first, AGAINST, NEW), pa.string())


def compare(frame: Frame, against: Frame | None, on: On, signatures: str | None = None) -> Compared:
    """What `on` names in both tables, and the column of `signatures` of both.

    With signatures the texts need not be there; those that are decide what is the longest, and are shown.

    Raises:
        ValueError: A column is not there.
        TypeError: A column holds no text, or text in one table and conversations in the other.
    """
    from fastcurate.on import ChatEntry, resolve_on

    sketches = None
    if signatures is not None:
        from fastcurate.dedup.signatures import sketches_of

        sketches = sketches_of(signatures, frame, against)
    try:
        entries = resolve_on(on, frame.types)
    except ValueError:
        if on is not None or sketches is None:
            raise
        return Compared(frame, against, [], [], sketches=sketches)
    sides = [(frame, entries)]
    if against is not None:
        old = resolve_against(against, entries)
        sides.insert(0, (against, old))
    columns: list[list[tuple[list[Any], str]]] = [
        [
            ([side.arrow(name) for (side, _), name in zip(sides, names, strict=True)], part)
            for names in zip(*(each.columns for each in every), strict=True)
        ]
        for every in zip(*(found for _, found in sides), strict=True)
        for part in [every[0].part if isinstance(every[0], ChatEntry) else "text"]
    ]
    return Compared(frame, against, entries, columns, sketches=sketches)


def resolve_against(against: Frame, entries: list[Entry]) -> list[Entry]:
    """The same columns in `against`.

    Raises:
        ValueError: A column is not there.
        TypeError: A column is text in one table and conversations in the other.
    """
    from fastcurate.on import resolve_on

    try:
        old = resolve_on([_spec(entry) for entry in entries], against.types)
    except (TypeError, ValueError) as error:
        raise type(error)(f"against: {error}") from None
    for one, other in zip(entries, old, strict=True):
        if getattr(one, "part", None) != getattr(other, "part", None):
            raise TypeError(
                f"on names {one.spec!r}, which is text in one of data and against and a conversation in the "
                "other; give both the same columns"
            )
    return old


def _spec(entry: Entry) -> Any:
    return entry.spec


def judge_exact(
    compared: Compared, settings: Settings, progress: Callable[[int], Any] | None
) -> tuple[Any, Any, Any]:
    """The verdicts about rows with equal bytes."""
    from fastcurate import _core

    order, within = _order_and_groups(compared, settings)
    return _core.duplicates(
        compared.columns,
        order,
        mutual=settings.keep == "none",
        system=settings.system_turns,
        within=within,
        threads=settings.threads,
        progress=progress,
    )


def cut(
    compared: Compared, settings: Settings, lowest: float, progress: Callable[[int], Any] | None
) -> _core.Similar:
    """The rows ready to be judged at any threshold from `lowest` on."""
    from fastcurate import _core

    order, within = _order_and_groups(compared, settings)
    if compared.sketches is not None:
        return _core.Similar.of_sketches(
            compared.sketches.values_for(settings.measure),
            order,
            measure=settings.measure,
            threshold=lowest,
            within=within,
            threads=settings.threads,
        )
    # Two passes over the rows, one over each entry; judging takes the rest of the bar.
    passes = 2 + len(compared.entries) + settings.distinct_numbers
    return _core.Similar(
        compared.columns,
        order,
        measure=settings.measure,
        idf=settings.idf,
        shingle=settings.shingle,
        threshold=lowest,
        distinct_numbers=settings.distinct_numbers,
        engine=settings.engine,
        recall=settings.recall,
        system=settings.system_turns,
        within=within,
        threads=settings.threads,
        progress=_share(progress, compared.num_rows, 0.0, CUTTING, passes * compared.num_rows),
    )


def judge(
    similar: _core.Similar, settings: Settings, progress: Callable[[int], Any] | None = None, rows: int = 0
) -> tuple[Any, Any, Any]:
    """The verdicts at the threshold of the settings; `rows` is how many the whole bar counts."""
    return similar.verdicts(
        settings.threshold,
        mutual=settings.keep == "none",
        threads=settings.threads,
        # Two passes over the classes that may have a similar one.
        progress=_share(progress, rows, CUTTING, 1.0, 2 * similar.meeting),
    )


def _share(
    progress: Callable[[int], Any] | None, rows: int, start: float, end: float, whole: int
) -> Callable[[int], Any] | None:
    """A part of the bar, from `start` to `end`, for work of which `whole` units are to be done."""
    if progress is None:
        return None
    return lambda done: progress(int(rows * (start + (end - start) * min(1.0, done / max(whole, 1)))))


def _order_and_groups(compared: Compared, settings: Settings) -> tuple[Any, Any]:
    import numpy as np
    import pyarrow as pa

    from fastcurate import _core
    from fastcurate.dedup.within import groups_of
    from fastcurate.frames.splits import SplitsFrame
    from fastcurate.keep import order_of

    def lengths() -> Any:
        if not compared.columns:
            raise ValueError(f"keep={settings.keep!r} goes by the texts; name their columns in on")
        return pa.array(
            _core.code_points(compared.columns, system=settings.system_turns, threads=settings.threads)
        )

    if compared.against is None:
        order = order_of(settings.keep, compared.frame, lengths)
        if isinstance(compared.frame, SplitsFrame):
            order = compared.frame.by_split(order)
    elif settings.keep == "first":
        order = np.arange(compared.num_rows, dtype=np.uint32)
    else:
        raise ValueError(
            f"keep must be 'first' with against, whose rows come first and stay, got {settings.keep!r}"
        )
    groups = groups_of(settings.within, compared.frames)
    return pa.array(order), None if groups is None else pa.array(groups)
