"""How far a whole job is and how long it will still take, from the stages it goes through.

Each stage has a share of the whole, measured on jobs of about a gigabyte. Until a stage has begun its share is what it
was there, at the pace of this job so far; so the time that is left is a guess in the first second and gets better.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

SHARES = {
    "read": 0.06,
    "scan": 0.32,
    "group": 0.03,
    "keys": 0.08,
    "meet": 0.06,
    "texts": 0.13,
    "compare": 0.14,
    "save": 0.18,
}
"""The stages of a job that is done piece by piece, in their order, and their parts of the time."""

INTERVAL = 1.0
"""Seconds between two lines of a log."""


class Forecast:
    """The part of a job that is done, and the seconds that are left."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.started = clock()
        self.stage = ""
        self.stage_started = self.started

    def __call__(self, stage: str, done: int, whole: int) -> dict[str, Any]:
        """What is to be said when `stage` has done so much.

        Returns:
            `stage`, `done`, `whole`, `seconds` since the beginning, `share` of the job that is done and `left`, the
            seconds to come; the last two are None for stages that this page does not know.
        """
        now = self.clock()
        if stage != self.stage:
            self.stage, self.stage_started = stage, now
        said: dict[str, Any] = {
            "stage": stage,
            "done": done,
            "whole": whole,
            "seconds": round(now - self.started, 2),
            "stage_seconds": round(now - self.stage_started, 2),
            "share": None,
            "left": None,
        }
        if stage in SHARES:
            names = list(SHARES)
            before = sum(SHARES[name] for name in names[: names.index(stage)])
            share = min(0.999, before + SHARES[stage] * (done / whole if whole else 0.0))
            said["share"] = round(share, 4)
            if share > 0:
                said["left"] = round((now - self.started) * (1 - share) / share, 1)
        return said


class Log:
    """Lines about a job for a file or a pipe: JSON, one object a line, or plain text."""

    def __init__(
        self, stream: TextIO, size: int, *, as_json: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Lines on `stream` about a job over files of `size` bytes."""
        self.stream, self.size, self.as_json, self.clock = stream, size, as_json, clock
        self.forecast = Forecast(clock)
        self.said = float("-inf")
        self.stage = ""

    def __call__(self, stage: str, done: int, whole: int) -> None:
        """`stage` has done so much; said once a second, and when a stage begins or ends."""
        about = self.forecast(stage, done, whole)
        now = self.clock()
        if stage == self.stage and now - self.said < INTERVAL and done < whole:
            return
        self.stage, self.said = stage, now
        share = done / whole if whole else 0.0
        about["bytes"] = int(self.size * share)
        seconds = about["stage_seconds"]
        about["mb_per_second"] = round(about["bytes"] / 1e6 / seconds, 1) if seconds else None
        if self.as_json:
            print(json.dumps(about), file=self.stream, flush=True)
            return
        left = "" if about["left"] is None else f", about {about['left']:.0f} s left"
        print(
            f"{about['seconds']:8.1f} s  {stage}: {done:,} of {whole:,}{left}", file=self.stream, flush=True
        )

    def clear(self) -> None:
        """Nothing to take back."""
