"""On which line each row of a CSV file begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


class CsvLines:
    """The lines on which rows begin, from the bytes of a file as they come.

    A line break ends a row if an even number of quotes is before it. That fails where a field that is not quoted holds
    a quote; then the lines are more or fewer than the rows.
    """

    def __init__(self) -> None:
        self._odd = False  # whether an odd number of quotes came
        self._lines = 0  # line breaks that came
        self._first = 1  # the line on which the current row begins
        self._bytes = 0  # bytes of the current row
        self._only_return = False  # whether these are a carriage return
        self._header = True

    def feed(self, data: Any) -> npt.NDArray[np.int64]:
        """The lines of the rows that end in these bytes, the header left out."""
        text = np.frombuffer(data, dtype=np.uint8)
        breaks = np.flatnonzero(text == ord("\n"))
        quotes = np.cumsum(text == ord('"'), dtype=np.uint8)  # wraps around, which leaves odd odd
        odd = (quotes[breaks] % 2 == 1) ^ self._odd
        ends = np.flatnonzero(~odd)
        begins = np.append(0, breaks[ends[:-1]] + 1) if len(ends) else np.zeros(0, np.int64)
        sizes = breaks[ends] - begins
        # Empty lines are no rows.
        blank = (sizes == 0) | ((sizes == 1) & (text[np.minimum(begins, len(text) - 1)] == ord("\r")))
        if len(ends):
            sizes[0] += self._bytes
            blank[0] = sizes[0] == 0 or (
                sizes[0] == 1 and (self._only_return if self._bytes else bool(text[0] == ord("\r")))
            )
        lines = np.append(self._first, self._lines + ends[:-1] + 2)[: len(ends)]
        rest = int(breaks[ends[-1]]) + 1 if len(ends) else 0
        if len(ends):
            self._first, self._bytes, self._only_return = self._lines + int(ends[-1]) + 2, 0, False
        if self._bytes == 0 and len(text) > rest:
            self._only_return = bool(text[rest] == ord("\r"))
        self._bytes += len(text) - rest
        self._lines += len(breaks)
        self._odd ^= bool(len(quotes) and quotes[-1] % 2)
        return self._without_header(lines[~blank])

    def end(self) -> npt.NDArray[np.int64]:
        """The line of the last row, if no line break ended it."""
        there = self._bytes > 1 or (self._bytes == 1 and not self._only_return)
        return self._without_header(
            np.array([self._first] if there and not self._odd else [], dtype=np.int64)
        )

    def _without_header(self, lines: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        if self._header and len(lines):
            self._header = False
            return lines[1:]
        return lines
