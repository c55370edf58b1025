"""The bar of a long job in a notebook: one output that is drawn anew as the job goes on."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from fastcurate.forecast import Forecast
from fastcurate.terminal import STEPS, WIDTH, Bar

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL = 0.25
"""Seconds between two drawings: every one is a message to the browser."""


class NotebookBar:
    """What `progress=True` shows in a notebook."""

    def __init__(self, display: Callable[..., Any], clock: Callable[[], float] = time.monotonic) -> None:
        """A bar that `display`, IPython's function of that name, shows."""
        self.display, self.clock = display, clock
        self.forecast = Forecast(clock)
        self.handle: Any = None
        self.step = ""
        self.drawn = float("-inf")

    def __call__(self, step: str, done: int, rows: int) -> None:
        """Show that `step` has done so many of its rows."""
        about, now = self.forecast(step, done, rows), self.clock()
        if step == self.step and now - self.drawn < INTERVAL and done < rows:
            return
        self.step, self.drawn = step, now
        shown = Shown(about)
        if self.handle is None:
            self.handle = self.display(shown, display_id=True)
        else:
            self.handle.update(shown)


class Shown:
    """One state of the bar, as text and as HTML."""

    def __init__(self, about: dict[str, Any]) -> None:
        self.about = about

    def _words(self) -> str:
        about = self.about
        rows = f" {about['done']:,}/{about['whole']:,} rows" if about["whole"] else ""
        left = "" if about["left"] is None else f", about {about['left']:.0f} s left"
        return f"{STEPS.get(about['stage'], about['stage'])}{rows}, {about['seconds']:.0f} s{left}"

    def _share(self) -> float:
        about = self.about
        return min(1.0, about["done"] / about["whole"]) if about["whole"] else 0.0

    def __repr__(self) -> str:
        return f"[{('#' * round(self._share() * WIDTH)).ljust(WIDTH, '-')}] {self._words()}"

    def _repr_html_(self) -> str:
        return f'<progress max="1" value="{self._share():.4f}"></progress> {self._words()}'


def shown() -> Callable[[str, int, int], Any]:
    """The bar for where Python runs: of a notebook where there is one, else of a terminal; in a pipe it is silent."""
    ipython = sys.modules.get("IPython")  # whoever runs in a notebook has it already
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and getattr(shell, "kernel", None) is not None:
        from importlib import import_module

        return NotebookBar(import_module("IPython.display").display)
    return Bar()
