"""Removed rows beside the rows that stand for them, to be read by people before a threshold is trusted.

In a terminal the two texts stand side by side; in a notebook the words that differ are marked. A row that went for its
own sake (empty, too long) has nothing to stand beside and is no example.
"""

from __future__ import annotations

import difflib
import html
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

COLUMN, LINES = 38, 16  # characters of each side on a terminal, and lines of it
MARKED = 1500  # characters of each side in a notebook
WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Example:
    """A removed row and the row that stands for it.

    Attributes:
        row: Where the removed row was in the input.
        kept_row: Where the other one was.
        similarity: How similar they are.
        reason: Why the row went.
        removed: Its compared text, the entries of `on` divided by an empty line.
        kept: The other's.
    """

    row: int
    kept_row: int
    similarity: float
    reason: str
    removed: str
    kept: str

    def __str__(self) -> str:
        head = (
            f"row {self.row:,} went: {self.reason} of row {self.kept_row:,}, similarity {self.similarity:.3f}"
        )
        return "\n".join([head, *_beside("removed", "kept"), *_beside(self.removed, self.kept)])

    def _repr_html_(self) -> str:
        removed, kept = _marked(self.removed[:MARKED], self.kept[:MARKED])
        head = f"row {self.row:,} went: {html.escape(self.reason)}, {self.similarity:.3f} like row {self.kept_row:,}"
        cell = '<td style="text-align:left;vertical-align:top;white-space:pre-wrap;width:50%">'
        return (
            f'<table style="width:100%"><tr><th colspan="2" style="text-align:left">{head}</th></tr>'
            f"<tr>{cell}{removed}</td>{cell}{kept}</td></tr></table>"
        )


class Examples(tuple[Example, ...]):
    """Some removed rows, the least similar first; prints as text and shows as HTML in a notebook."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Every pair side by side."""
        return "\n\n".join(map(str, self)) or "no row went for another"

    def _repr_html_(self) -> str:
        """Every pair with the words marked that differ."""
        return "".join(each._repr_html_() for each in self) or "no row went for another"


def spread(similarity: npt.NDArray[np.float64], limit: int) -> npt.NDArray[np.int64]:
    """Places in `similarity` from the lowest to the highest, at most `limit`, evenly spaced, the lowest among them.

    Raises:
        ValueError: `limit` is negative.

    Examples:
        >>> import numpy as np
        >>> spread(np.array([0.9, 0.8, 1.0, 0.85]), 2).tolist()
        [1, 0]
    """
    import numpy as np

    if limit < 0:
        raise ValueError(f"limit must not be negative, got {limit}")
    order = np.argsort(similarity, kind="stable")
    return order[np.arange(min(limit, len(order))) * len(order) // max(1, min(limit, len(order)))]


def joined(entries: Sequence[Sequence[pa.ChunkedArray]], row: int) -> str:
    """The text of a row: the columns of each entry line by line, the entries divided by an empty line."""

    def texts(columns: Sequence[pa.ChunkedArray]) -> Iterator[str]:
        for column in columns:
            value = column[row].as_py()
            turns = [turn["content"] for turn in value if turn] if isinstance(value, list) else [value]
            yield from (turn for turn in turns if turn)

    return "\n\n".join("\n".join(texts(columns)) for columns in entries)


def _beside(left: str, right: str) -> Iterator[str]:
    one, other = _wrapped(left), _wrapped(right)
    for line in range(max(len(one), len(other))):
        a, b = (side[line] if line < len(side) else "" for side in (one, other))
        yield f"{a:<{COLUMN}} | {b}".rstrip()


def _wrapped(text: str) -> list[str]:
    lines = [
        part
        for line in text[: COLUMN * LINES * 4].split("\n")
        for part in textwrap.wrap(line, COLUMN, drop_whitespace=False) or [""]
    ]
    return [*lines[: LINES - 1], "..."] if len(lines) > LINES else lines


def _marked(left: str, right: str) -> tuple[str, str]:
    """Both texts as HTML, what only one of them has in a mark."""
    one, other = WORDS.findall(left), WORDS.findall(right)
    sides: tuple[list[str], list[str]] = ([], [])
    for kind, *ends in difflib.SequenceMatcher(a=one, b=other, autojunk=False).get_opcodes():
        for side, words, start, end in zip(sides, (one, other), ends[::2], ends[1::2], strict=True):
            piece = html.escape("".join(words[start:end]))
            side.append(f"<mark>{piece}</mark>" if piece and kind != "equal" else piece)
    return "".join(sides[0]), "".join(sides[1])
