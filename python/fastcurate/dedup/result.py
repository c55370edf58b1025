"""The answer of `deduplicate`: a verdict for every row, and the evidence for it."""

from __future__ import annotations

import html
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fastcurate.dedup.compared import judge
from fastcurate.dedup.settings import REASONS, number

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate import _core
    from fastcurate.dedup.compared import Compared
    from fastcurate.dedup.groups import Groups
    from fastcurate.dedup.settings import Settings
    from fastcurate.examples import Examples


class Deduplicated:
    """Which rows of a table repeat others.

    Rows are numbered from 0 over the whole input, lines that could not be read included. With `against` the numbers of
    kept rows are those of the table that `kept_in` names.
    """

    def __init__(
        self,
        compared: Compared,
        settings: Settings,
        verdicts: tuple[Any, Any, Any],
        similar: _core.Similar | None,
    ) -> None:
        import numpy as np
        import pyarrow as pa

        self._compared = compared
        self._frame = compared.frame
        self._settings = settings
        self._similar = similar
        self._stands_in_both, self._similarity, kept = (
            pa.array(values).slice(compared.first) for values in verdicts
        )
        self._kept_at = np.flatnonzero(kept.to_numpy(zero_copy_only=False))

    @cached_property
    def kept(self) -> Any:
        """The rows that stay, in their order, in the type of the input."""
        return self._frame.take(self._kept_at)

    @cached_property
    def removed(self) -> Any:
        """The rows that went, in their order, with our columns beside their own.

        `row` and `kept_row` (int64, positions in the whole input), with `against` also `kept_in` (`"against"` or
        `"new"`: whose row `kept_row` is), `similarity` (float64, exact) and `reason`; for
        files also `file` and, where the format has lines, `line`, and `raw` (the bytes) where lines could not be
        read. A name that the input has already gets the prefix `fc_`.
        """
        import numpy as np

        from fastcurate.frames.broken import with_broken_lines

        rows = np.setdiff1d(np.arange(self._frame.num_rows), self._kept_at, assume_unique=True)
        evidence = self._evidence(rows)
        return with_broken_lines(self._frame.take_with(rows, evidence), self._frame, list(evidence))

    @cached_property
    def representative(self) -> Any:
        """For every row the one that stands for it, itself where kept (int64); null for a line nobody could read."""
        return self._frame.series(self._over_input(self._input_rows_of(self._stands_in_both)))

    @cached_property
    def kept_in(self) -> Any:
        """For every row the table that `representative` counts in: `"new"`, or `"against"`; null as there."""
        return self._frame.series(self._over_input(self._compared.where(self._stands)))

    @cached_property
    def similarity(self) -> Any:
        """For every row its exact similarity to its representative, 1.0 where it is kept (float64); null as there."""
        return self._frame.series(self._over_input(self._similarity))

    def rethreshold(self, threshold: float) -> Deduplicated:
        """The same rows at a higher threshold, from the candidates that were kept.

        Only rows that may have a similar one are cut again, from the texts in memory.

        Args:
            threshold: At least the threshold that these rows were deduplicated with, at most 1.

        Returns:
            What `deduplicate` gives with that threshold.

        Raises:
            ValueError: The threshold is lower than before or over 1, or the method was `"exact"`.

        Examples:
            >>> import fastcurate as fc
            >>> d = fc.deduplicate({"text": ["a b c d e", "a b c d f"]}, threshold=0.5)
            >>> len(d.kept), len(d.rethreshold(0.9).kept)
            (1, 2)
        """
        if self._similar is None:
            raise ValueError("rethreshold needs method='similar': exact duplicates have no threshold")
        threshold = number("threshold", threshold)
        if not self._settings.threshold <= threshold <= 1:
            lowest = self._settings.threshold
            raise ValueError(
                f"threshold must be from {lowest} (the one before) to 1, got {threshold}; "
                "for a lower one call deduplicate"
            )
        settings = replace(self._settings, threshold=threshold)
        verdicts = judge(self._similar, settings)
        return Deduplicated(self._compared, settings, verdicts, self._similar)

    def pairs(self, *, limit: int | None = None) -> pa.RecordBatchReader:
        """Every pair of rows that is at least as similar as the threshold, kept or not, found while they are read.

        Rows with equal sets of shingles (and, where they count, equal numbers) speak with one voice, that of the first
        of them in the order of `keep`: it is paired with each of the others, at similarity 1.0, and with the first row
        of each similar set. So 100,000 copies of one text are 99,999 pairs, and all pairs that are left out follow
        from those that are there. With `against`, pairs of two rows of `against` are left out.

        Args:
            limit: The most pairs to give; all for None.

        Returns:
            A stream of Arrow batches, which Polars (`pl.from_arrow`), pandas, DuckDB and pyarrow
            (`.read_all()`) read: `row_a`, `row_b` (int64, positions in the whole input) and `similarity` (float64,
            exact), by the place of `row_a` and then of `row_b` in the order of `keep`. With `against` also `in_a` and
            `in_b`: `"against"` or `"new"`.

        Raises:
            ValueError: The method was `"exact"`, or `limit` is negative.
            TypeError: `limit` is not a whole number.

        Examples:
            >>> import fastcurate as fc
            >>> d = fc.deduplicate({"text": ["a b c d e", "A b c d e!", "a b c d f"]}, threshold=0.5)
            >>> d.pairs().read_all().to_pylist()
            [{'row_a': 0, 'row_b': 1, 'similarity': 1.0}, {'row_a': 0, 'row_b': 2, 'similarity': 0.5}]
        """
        from fastcurate.dedup.pairs import stream

        if self._similar is None:
            raise ValueError(
                "pairs needs method='similar'; the rows that are equal to a kept one are in groups()"
            )
        return stream(self._similar, self._compared, self._settings, limit)

    def groups(self) -> Groups:
        """The rows that others went for, each with the rows it stands for; most first.

        Examples:
            >>> import fastcurate as fc
            >>> d = fc.deduplicate({"text": ["one two", "One two!", "three", "ONE TWO"]})
            >>> d.groups()
            1 row stands for 2 that were removed
            removed  kept row  least similar  text
                  2         0           1.00  one two
            >>> d.groups().table.to_pylist()
            [{'kept_row': 0, 'removed': 2, 'similarity': 1.0, 'rows': [1, 3]}]
        """
        from fastcurate.dedup.groups import groups_of

        return groups_of(self._compared, self._stands, self._similarity, self._kept_at)

    def examples(self, limit: int = 5) -> Examples:
        """Some removed rows beside the rows that stand for them, from the least similar to the most.

        Args:
            limit: The most to give.

        Returns:
            A tuple that prints the texts side by side; in a notebook the words that differ are marked.

        Raises:
            ValueError: `limit` is negative.

        Examples:
            >>> import fastcurate as fc
            >>> d = fc.deduplicate({"text": ["Say it again, Sam.", "Sam?", "say it again SAM"]})
            >>> d.examples()
            row 2 went: near_duplicate of row 0, similarity 1.000
            removed                                | kept
            say it again SAM                       | Say it again, Sam.
        """
        import numpy as np

        from fastcurate.examples import Example, Examples, joined, spread

        compared = self._compared
        gone = np.setdiff1d(np.arange(self._frame.num_rows), self._kept_at, assume_unique=True)
        similarity = np.asarray(self._similarity)
        sides = [
            [[parts[side] for parts, _ in columns] for columns in compared.columns]
            for side in range(len(compared.frames))
        ]

        def text(row: int) -> str:
            """Of a row that is numbered through both tables."""
            old = row < compared.first
            return joined(sides[0 if old else -1], row if old else row - compared.first)

        def example(row: int) -> Example:
            stands, here = int(self._stands[row]), row + compared.first
            return Example(
                row=int(compared.input_rows[here]),
                kept_row=int(compared.input_rows[stands]),
                similarity=float(similarity[row]),
                reason=REASONS[self._settings.method],
                removed=text(here),
                kept=text(stands),
            )

        return Examples(example(int(gone[at])) for at in spread(similarity[gone], limit))

    def summary(self) -> dict[str, Any]:
        """Counts and settings as plain values that JSON takes.

        `measure` names what similarity means; `estimated` says whether it is the estimate of signatures that were
        given, in the column, of the length and by the algorithm, seed and shingle that `signatures` states. `engine`
        is what nominated the pairs: `"join"`, `"lsh"`, or for sketches `"blocks"` of equal places, which miss nothing
        either.

        Examples:
            >>> import fastcurate as fc
            >>> summary = fc.deduplicate({"text": ["a", "a", None]}).summary()
            >>> summary["rows"], summary["kept"], summary["removed"]
            (3, 2, 1)
        """
        rows = self._frame.num_rows + self._broken
        counts = {
            "rows": rows,
            "kept": len(self._kept_at),
            "removed": rows - len(self._kept_at),
            "broken": self._broken,
            "on": [entry.spec for entry in self._compared.entries],
            "within": self._settings.within
            if isinstance(self._settings.within, str | None)
            else list(self._settings.within),
            "against": self._old_rows,
            "method": self._settings.method,
            "keep": self._settings.keep,
        }
        if self._similar is None:
            return counts
        settings, sketches = self._settings, self._compared.sketches
        entry, bands, recall, join_cost, lsh_cost = self._similar.plan(settings.threshold)
        by_blocks = sketches is not None or settings.measure == "hamming"
        chosen = settings.measure == "jaccard" and not settings.idf
        entries = self._compared.entries
        identity = None if sketches is None else sketches.identity
        return counts | {
            "measure": settings.measure,
            "idf": settings.idf,
            "signatures": None if sketches is None else sketches.summary(),
            "estimated": sketches is not None and settings.measure == "jaccard",
            "threshold": settings.threshold,
            "shingle": settings.shingle if sketches is None else identity and identity.get("shingle"),
            "distinct_numbers": settings.distinct_numbers,
            "engine": "blocks" if by_blocks else "join" if bands is None else "lsh",
            "candidates_from": entries[entry].spec if sketches is None else sketches.column,
            "bands": None if bands is None else {"bands": bands[0], "rows": bands[1]},
            "recall": recall,
            "estimated_ns_per_row": {"join": join_cost, "lsh": lsh_cost}
            if chosen and not by_blocks
            else None,
        }

    def __repr__(self) -> str:
        counts = self.summary()
        how = (
            "exact" if self._similar is None else f"{self._settings.likeness} >= {self._settings.threshold:g}"
        )
        kept, removed = counts["kept"], counts["removed"]
        return f"<Deduplicated: {counts['rows']:,} rows, {kept:,} kept, {removed:,} removed ({how})>"

    def _repr_html_(self) -> str:
        """The counts and three examples, for a notebook."""
        return f"<p>{html.escape(repr(self).strip('<>'))}</p>{self.examples(3)._repr_html_()}"

    @property
    def _stands(self) -> npt.NDArray[np.int64]:
        return _numpy(self._stands_in_both)

    @property
    def _old_rows(self) -> int | None:
        if self._compared.against is None:
            return None
        left = self._compared.old_rows
        return self._compared.against.num_rows if left is None else left

    @property
    def _broken(self) -> int:
        return 0 if self._frame.broken is None else self._frame.broken.num_rows

    def _input_rows_of(self, rows: Any) -> Any:
        """The positions in their inputs of rows that are numbered through both tables."""
        import pyarrow as pa

        one_table = self._compared.against is None
        return rows if one_table and not self._broken else pa.array(self._compared.input_rows[_numpy(rows)])

    def _over_input(self, values: Any) -> Any:
        """One value for every row of the input, null where it could not be read."""
        import numpy as np
        import pyarrow as pa

        if not self._broken:
            return values
        places = np.full(len(values) + self._broken, -1)
        places[self._compared.input_rows[self._compared.first :]] = np.arange(len(values))
        return values.take(pa.array(places, mask=places < 0))

    def _evidence(self, rows: npt.NDArray[np.int64]) -> dict[str, pa.Array]:
        import pyarrow as pa

        at = pa.array(rows)
        stands = self._stands_in_both.take(at)
        evidence = {
            "row": self._input_rows_of(pa.array(rows + self._compared.first)),
            "kept_row": self._input_rows_of(stands),
            "kept_in": self._compared.where(_numpy(stands)),
            "similarity": self._similarity.take(at),
            "reason": pa.array([REASONS[self._settings.method]] * len(rows), pa.string()),
        }
        if self._compared.against is None:
            del evidence["kept_in"]
        if self._compared.ids is not None:
            evidence["kept_id"] = self._compared.ids.take(stands)
        if self._frame.provenance is not None:
            origin = self._frame.provenance.take(at).combine_chunks()
            evidence["file"] = origin["file"].cast(pa.string()).combine_chunks()
            if "line" in origin.column_names:
                evidence["line"] = origin["line"].combine_chunks()
            if self._broken:
                evidence["raw"] = pa.nulls(len(rows), pa.large_binary())
        return evidence


def _numpy(rows: Any) -> npt.NDArray[np.int64]:
    import numpy as np

    return np.asarray(rows, dtype=np.int64)
