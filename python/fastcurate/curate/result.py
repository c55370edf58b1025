"""What `curate` gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from fastcurate.curate.inputs import InputFile
    from fastcurate.curate.part import Part
    from fastcurate.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Curated:
    """The outcome of `curate`. For a DatasetDict every attribute, and `summary()`, is a dict by split.

    Attributes:
        parts: The outcome of each split; of any other input a single one, under the name None.
        inputs: The input files, empty for tables in memory.
        recipe: The recipe that was followed.
        tokenizer: Its name and, where it came from a file, `sha256`; None where there was none.
    """

    parts: dict[str | None, Part]
    inputs: list[InputFile]
    recipe: Recipe
    tokenizer: dict[str, str] | None

    @property
    def kept(self) -> Any:
        """The rows that stay, in their order and in the type of the input, their compared columns cleaned.

        A pyarrow Table for files.
        """
        return self._each("kept", datasets=True)

    @property
    def removed(self) -> Any:
        """The rows that went, as they came in, plus `row`, `kept_row`, `similarity`, `reason`.

        With a recipe that holds them `against` older rows also `kept_in`: whether `kept_row` is a row of those
        (`"against"`) or of this input (`"new"`). For files also `file` and `line`, and `raw` (binary) for a line that
        could not be parsed. A name that the data has already gets the prefix `fc_`.
        """
        return self._each("removed", datasets=True)

    @property
    def plan(self) -> Any:
        """A pyarrow Table with one line for each kept row, in their order.

        Its columns are `row`, `length`, `bucket`, `pack` and `position`: `row` is the position in the whole
        input, `length` in tokens, `position` the place within the pack. Null where a step was not done, and
        `pack` and `position` also for rows without tokens.
        """
        return self._each("plan")

    @property
    def on(self) -> Any:
        """What was compared, as `on` could be written."""
        return self._each("on")

    def examples(self, limit: int = 5) -> Any:
        """Some rows that went for others beside the rows that stand for them, as they came in.

        Args:
            limit: The most to give, from the least similar to the most.

        Returns:
            A tuple that prints the texts side by side; in a notebook the words that differ are marked.

        Raises:
            ValueError: `limit` is negative.

        Examples:
            >>> import fastcurate as fc
            >>> fc.curate({"text": ["Say it again, Sam.", "Sam?", "say it again SAM"]}).examples()
            row 2 went: near_duplicate of row 0, similarity 1.000
            removed                                | kept
            say it again SAM                       | Say it again, Sam.
        """
        return self._each("examples", limit)

    def summary(self) -> dict[str, Any]:
        """What happened to the rows, as plain data that JSON can hold.

        Returns:
            `rows_in`, `rows_kept`, `rows_removed`; `removed` (count by reason); `on`; `steps` (for each
            reason in the recipe's order: `rows_in`, `removed`, `rows_left`); `tokens` (of the kept rows) or
            None; `skipped` steps with a `note`; what the steps report: `exact_duplicates`, `near_duplicates`,
            `buckets`, `packs`.
        """
        summary: dict[str, Any] = self._each("summary")
        return summary

    def save(
        self,
        out: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        format: str | None = None,  # noqa: A002 - the word for it
        shard_size: int | str | None = None,
    ) -> None:
        """Write the result as a folder, whole or not at all.

        The folder holds `data.<format>` (the rows that stay, only the user's columns), `plan.parquet`,
        `removed.parquet`, `manifest.json` (inputs and outputs with sha256 and rows, recipe, versions) and
        `summary.json`. A DatasetDict has the first three in a folder for each split. The same input gives the
        same bytes.

        Args:
            out: The folder to make. Its parent folder must exist.
            overwrite: Replace the folder if it is there and not empty.
            format: `jsonl`, `parquet`, `csv` or `arrow`; by default that of the input files, `parquet` for
                tables in memory.
            shard_size: `"1GiB"` or a number of bytes: the data in files of about this size, `data-00000...` and so on,
                that follow each other in the order of the rows. Only for a job that was done piece by piece.

        Raises:
            FileExistsError: The folder is there and not empty, without `overwrite`.
            ValueError: Another format, or an input file that has changed since it was read.
            OSError: The folder cannot be written, for example because the disk is full; nothing is left
                behind.
        """
        from fastcurate.curate.save import save

        save(self, out, overwrite=overwrite, format=format, shard_size=shard_size)

    def __repr__(self) -> str:
        rows = sum(part.rows_in for part in self.parts.values())
        kept = sum(len(part.job.rows) for part in self.parts.values())
        return f"<Curated by {self.recipe.name}: {rows:,} rows, {kept:,} kept, {rows - kept:,} removed>"

    def _repr_html_(self) -> str:
        """What happened to the rows, and three examples, for a notebook."""
        from html import escape

        from fastcurate.terminal import table

        return "".join(
            ("" if split is None else f"<h4>{escape(split)}</h4>")
            + f"<pre>{escape(table(part.summary()))}</pre>{part.examples(3)._repr_html_()}"
            for split, part in self.parts.items()
        )

    def _each(self, what: str, *arguments: int, datasets: bool = False) -> Any:
        values = {split: getattr(part, what)(*arguments) for split, part in self.parts.items()}
        if None in values:
            return values[None]
        if datasets:
            from datasets import DatasetDict

            return DatasetDict(values)
        return values
