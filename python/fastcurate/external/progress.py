"""Where a long job is: its stages, each with what is done and what is to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Stages:
    """Reports to whoever asked, if anybody did."""

    report: Callable[[str, int, int], Any] | None = None

    def __call__(self, stage: str, done: int, whole: int) -> None:
        """`stage` has done so much of the whole."""
        if self.report is not None:
            self.report(stage, done, whole)
