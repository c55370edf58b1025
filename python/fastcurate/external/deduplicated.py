"""What `deduplicate` gives for files that are larger than memory."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from fastcurate.dedup.settings import number
from fastcurate.external.job import job_of
from fastcurate.external.part import StreamedPart
from fastcurate.files.paths import are_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.curate import Curated
    from fastcurate.dedup.groups import Groups
    from fastcurate.examples import Examples
    from fastcurate.external.duplicates import Judge
    from fastcurate.external.run import Streaming

PARTS = {
    "scan": (0.0, 0.5),
    "group": (0.5, 0.55),
    "keys": (0.55, 0.65),
    "meet": (0.65, 0.7),
    "texts": (0.7, 0.85),
    "compare": (0.85, 1.0),
}
"""Which part of the bar each stage takes."""


class FilesDeduplicated:
    """Which rows of files repeat others.

    Rows are numbered from 0 over the whole input, lines that could not be read included. Only the verdicts are in
    memory: `kept` and `removed` read the files again, `batches` and `save` do so piece by piece.
    """

    def __init__(self, curated: Curated, all_pairs: Callable[[StreamedPart], Curated] | None) -> None:
        """`all_pairs` does the job once more and finds all similar pairs, not only those that the verdicts need."""
        self._curated, self._all_pairs = curated, all_pairs

    @property
    def _part(self) -> StreamedPart:
        return cast("StreamedPart", self._curated.parts[None])

    @property
    def kept(self) -> pa.Table:
        """The rows that stay, in their order, all at once."""
        return self._part.kept_table()

    @property
    def removed(self) -> pa.Table:
        """The rows that went, in their order, with our columns beside their own; see `Deduplicated.removed`."""
        table, users = self._part.removed_table(), len(self._part.source.columns)
        if not self._part.decided.olds:
            return table
        columns = list(range(table.num_columns))
        columns.insert(users + 2, columns.pop(users + 4))  # `kept_in` beside `kept_row`
        return table.select(columns)

    def batches(self) -> Iterator[pa.Table]:
        """The rows that stay, in their order, a piece of a file at a time."""
        for portion in self._part.portions():
            yield portion.kept

    @cached_property
    def representative(self) -> pa.Array:
        """For every row the one that stands for it, itself where kept (int64); null for a line nobody could read."""
        import numpy as np

        part = self._part
        rows = np.arange(part.source.num_rows, dtype=np.int64)
        stands = part.decided.positions(np.where(part.job.kept_row < 0, rows, part.job.kept_row))
        return self._over_input(np.where(part.job.old_row < 0, stands, part.job.old_row))

    @cached_property
    def kept_in(self) -> pa.Array:
        """For every row the table that `representative` counts in: `"new"`, or `"against"`; null as there."""
        import numpy as np
        import pyarrow as pa

        where = np.where(self._part.job.old_row < 0, "new", "against").astype(object)
        return self._over_input(pa.array(where, pa.string()))

    @cached_property
    def similarity(self) -> pa.Array:
        """For every row its exact similarity to its representative, 1.0 where it is kept (float64); null as there."""
        import numpy as np

        similarity = self._part.job.similarity
        return self._over_input(np.where(np.isnan(similarity), 1.0, similarity))

    def examples(self, limit: int = 5) -> Examples:
        """Some rows that went, beside the rows that stand for them."""
        return self._part.examples(limit, old=True)

    def groups(self) -> Groups:
        """The rows that others went for, each with the rows it stands for; see `Deduplicated.groups`."""
        return self._part.groups()

    def rethreshold(self, threshold: float) -> FilesDeduplicated:
        """The same rows at a higher threshold; see `Deduplicated.rethreshold`.

        The first call reads the files again for all similar pairs, which then stay in memory (24 B each).

        Raises:
            ValueError: The threshold is lower than before or over 1, the method was `"exact"`, or a file has changed.
        """
        if self.summary()["method"] == "exact":
            raise ValueError("rethreshold needs method='similar': exact duplicates have no threshold")
        threshold = number("threshold", threshold)
        lowest = self.summary()["threshold"]
        if not lowest <= threshold <= 1:
            raise ValueError(
                f"threshold must be from {lowest} (the one before) to 1, got {threshold}; "
                "for a lower one call deduplicate"
            )
        judge, part = self._judge(), self._part
        found = judge.at(threshold)
        decided = replace(part.decided, job=job_of(part.decided, found), found={0: found})
        again = StreamedPart.of(decided, part.work)
        return FilesDeduplicated(replace(self._curated, parts={None: again}), None)

    def pairs(self, *, limit: int | None = None) -> pa.RecordBatchReader:
        """Every pair of rows that is at least as similar as the threshold; see `Deduplicated.pairs`.

        The first call reads the files again for all of them, as `rethreshold` does.
        """
        from fastcurate.external.similar_pairs import stream

        if self.summary()["method"] == "exact":
            raise ValueError(
                "pairs needs method='similar'; the rows that are equal to a kept one are in groups()"
            )
        judge = self._judge()
        return stream(judge, self._part.decided, self.summary()["threshold"], limit)

    def _judge(self) -> Judge:
        """All similar pairs."""
        if self._all_pairs is not None:
            self._curated, self._all_pairs = self._all_pairs(self._part), None
        judge = self._part.decided.found[0].judge
        if judge is None:
            raise AssertionError("all pairs were asked for and not kept; please report this")
        return judge

    def summary(self) -> dict[str, Any]:
        """Counts and settings as plain values that JSON takes; see `Deduplicated.summary`."""
        said: dict[str, Any]
        (said,) = self._part.job.facts.values()
        broken = 0 if self._part.source.broken is None else self._part.source.broken.num_rows
        counts = {name: said[name] + broken for name in ("rows", "removed")}
        return said | counts | {"broken": broken}

    def save(
        self,
        out: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        format: str | None = None,  # noqa: A002 - the word for it
        shard_size: int | str | None = None,
    ) -> None:
        """Write the rows that stay and those that went as a folder, whole or not at all; see `Curated.save`."""
        self._curated.save(out, overwrite=overwrite, format=format, shard_size=shard_size)

    def __repr__(self) -> str:
        counts = self.summary()
        how = "exact" if counts["method"] == "exact" else f"similarity >= {counts['threshold']:g}"
        kept, removed = counts["kept"], counts["removed"]
        return f"<FilesDeduplicated: {counts['rows']:,} rows, {kept:,} kept, {removed:,} removed ({how})>"

    def _over_input(self, values: npt.NDArray[Any] | pa.Array) -> pa.Array:
        import numpy as np
        import pyarrow as pa

        rows = self._part.rows_in
        if len(values) == rows:
            return pa.array(values)
        places = np.full(rows, -1, dtype=np.int64)
        places[self._part.positions()] = np.arange(len(values))
        return pa.array(values).take(pa.array(places, mask=places < 0))


def deduplicate_files(
    data: Any,
    how: Streaming,
    *,
    on: Any,
    options: dict[str, Any],
    on_error: str,
    threads: int | None,
    progress: Callable[[int], Any] | None,
) -> FilesDeduplicated:
    """What `deduplicate` gives for files, from pieces of them."""
    import pyarrow as pa

    from fastcurate.curate.job import Tools
    from fastcurate.dedup.deduplicate import deduplicate
    from fastcurate.external.run import curate_files
    from fastcurate.recipe import Recipe, Step

    against = options["against"]
    # Mistakes in the arguments show on no rows, before any file is read.
    columns = {options["within"]} if isinstance(options["within"], str) else set(options["within"] or ())
    empty = pa.table({name: pa.array([], pa.string()) for name in {"text", *columns}})
    if not options["keep"].startswith(("best:", "prefer:")):
        given = {name: value for name, value in options.items() if name not in ("against", "signatures")}
        deduplicate(empty, on="text", against=None if against is None else empty, **given)
    paths = against if isinstance(against, (list, tuple)) else [against]
    named = {"against": [os.fsdecode(path) for path in paths] if are_paths(against) else []}
    options = options | ({} if against is None else named)
    given = {name: value for name, value in options.items() if value is not None}
    recipe = Recipe("deduplicate", (Step("deduplicate", given),))

    shown = [0.0, 0.0]  # rows, and the part of them that was shown: later rounds do not go back

    def report(stage: str, done: int, whole: int) -> None:
        if progress is not None and whole and stage in PARTS:
            begins, ends = PARTS[stage]
            shown[0] = whole if stage == "scan" else shown[0]
            shown[1] = max(shown[1], begins + (ends - begins) * done / whole)
            progress(int(shown[0] * shown[1]))

    tools = Tools(threads=threads, progress=report)

    def run(how: Streaming, tools: Tools, *, all_pairs: bool) -> Curated:
        return curate_files(
            data,
            how,
            recipe,
            on,
            tools,
            on_error=on_error,
            tokenizer=None,
            against=against,
            on_old_error=on_error,
            all_pairs=all_pairs,
        )

    def every_pair(before: StreamedPart) -> Curated:
        """From what is left in the work folder, where there is one."""
        left = how.work if how.work is not None and how.work.exists() else None
        if before.work is not None:
            before.work.close()
        return run(replace(how, work=left), Tools(threads=threads), all_pairs=True)

    done = run(how, tools, all_pairs=False)
    if progress is not None:
        progress(done.parts[None].rows_in)
    return FilesDeduplicated(done, every_pair)
