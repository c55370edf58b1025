"""What `deduplicate` gives for files that are larger than memory."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.curate import Curated
    from fastcurate.dedup.groups import Groups
    from fastcurate.examples import Examples
    from fastcurate.external.part import StreamedPart
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

    def __init__(self, curated: Curated) -> None:
        self._curated = curated
        part: Any = curated.parts[None]
        self._part: StreamedPart = part

    @property
    def kept(self) -> pa.Table:
        """The rows that stay, in their order, all at once."""
        return self._part.kept_table()

    @property
    def removed(self) -> pa.Table:
        """The rows that went, in their order, with our columns beside their own; see `Deduplicated.removed`."""
        return self._part.removed_table()

    def batches(self) -> Iterator[pa.Table]:
        """The rows that stay, in their order, a piece of a file at a time."""
        for portion in self._part.portions():
            yield portion.kept

    @cached_property
    def representative(self) -> pa.Array:
        """For every row the one that stands for it, itself where kept (int64); null for a line nobody could read."""
        import numpy as np

        job = self._part.job
        rows = np.arange(self._part.source.num_rows, dtype=np.int64)
        stands = np.where(job.kept_row < 0, rows, job.kept_row)
        return self._over_input(self._part.decided.positions(stands))

    @cached_property
    def similarity(self) -> pa.Array:
        """For every row its exact similarity to its representative, 1.0 where it is kept (float64); null as there."""
        import numpy as np

        similarity = self._part.job.similarity
        return self._over_input(np.where(np.isnan(similarity), 1.0, similarity))

    def examples(self, limit: int = 5) -> Examples:
        """Some rows that went, beside the rows that stand for them."""
        return self._part.examples(limit)

    def groups(self) -> Groups:
        """The rows that others went for, each with the rows it stands for; see `Deduplicated.groups`."""
        return self._part.groups()

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

    def _over_input(self, values: npt.NDArray[Any]) -> pa.Array:
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

    # Mistakes in the arguments show on no rows, before any file is read.
    columns = {options["within"]} if isinstance(options["within"], str) else set(options["within"] or ())
    empty = pa.table({name: pa.array([], pa.string()) for name in {"text", *columns}})
    if not options["keep"].startswith(("best:", "prefer:")):
        needless = ("against", "signatures", "target_rows")
        deduplicate(
            empty, on="text", **{name: value for name, value in options.items() if name not in needless}
        )
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
    done = curate_files(data, how, recipe, on, tools, on_error=on_error, tokenizer=None)
    if progress is not None:
        progress(done.parts[None].rows_in)
    return FilesDeduplicated(done)
