"""The threshold that `target_rows` asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

GRID = tuple(percent / 100 for percent in range(100, 49, -1))
"""The thresholds that `target_rows` chooses from."""


def at_most(target_rows: int, judged: Callable[[float], tuple[int, T]]) -> tuple[float, T]:
    """The highest threshold of the grid that leaves no more rows, and what it makes of them.

    A lower threshold can leave more rows than a higher one (a row that it takes may have removed others), so every
    threshold is tried, from the top, and no search by halves could do.

    Args:
        target_rows: The most rows.
        judged: For a threshold how many rows stay, and the verdicts.

    Raises:
        ValueError: No threshold of the grid leaves so few.
    """
    fewest: tuple[int, float] | None = None
    for threshold in GRID:
        kept, verdicts = judged(threshold)
        if kept <= target_rows:
            return threshold, verdicts
        if fewest is None or kept < fewest[0]:
            fewest = (kept, threshold)
    rows, threshold = fewest or (0, 1.0)
    raise ValueError(
        f"target_rows={target_rows} cannot be reached: of the thresholds {GRID[-1]:.2f} to {GRID[0]:.2f} the one that "
        f"leaves the fewest rows is {threshold:.2f}, with {rows}; ask for {rows} or more, or give a threshold yourself"
    )
