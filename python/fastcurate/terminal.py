"""What the command shows: a bar while it works, a table of what happened to the rows when it is done."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH = 24
INTERVAL = 0.05  # seconds between two drawings of the bar

STEPS = {
    "read": "reading",
    "normalize": "normalising",
    "drop_null": "looking for null rows",
    "drop_empty": "looking for empty rows",
    "deduplicate": "finding duplicates",
    "count_tokens": "counting tokens",
    "max_tokens": "measuring",
    "bucket_by_length": "making buckets",
    "pack": "packing",
    "scan": "reading and judging",
    "group": "grouping equal rows",
    "keys": "choosing keys",
    "meet": "finding pairs",
    "texts": "reading pairs",
    "compare": "comparing pairs",
    "save": "writing",
}


class Bar:
    """One line on a terminal that says which step runs, how far it is and for how long; nothing in a pipe."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """A bar on `stream`, by default standard error."""
        self.stream = sys.stderr if stream is None else stream
        self.shown = self.stream.isatty()
        self.clock = clock
        self.step = ""
        self.started = self.drawn = 0.0

    def __call__(self, step: str, done: int, rows: int) -> None:
        """Show that `step` has done so many of its rows."""
        if not self.shown:
            return
        now = self.clock()
        if step != self.step:
            self.step, self.started = step, now
        elif now - self.drawn < INTERVAL:
            return
        self.drawn = now
        share = min(1.0, done / rows) if rows else 0.0
        bar = ("#" * round(share * WIDTH)).ljust(WIDTH, "-")
        minutes, seconds = divmod(int(now - self.started), 60)
        count = f"{done:,}/{rows:,} rows" if rows else ""
        self.stream.write(
            f"\r\x1b[K{STEPS.get(step, step):<23}[{bar}] {count} {minutes}:{seconds:02}"[: 79 + 4]
        )
        self.stream.flush()

    def clear(self) -> None:
        """Leave the line as if nothing had been there."""
        if self.shown and self.step:
            self.stream.write("\r\x1b[K")
            self.stream.flush()


def table(summary: dict[str, Any]) -> str:
    """A summary of `curate` (of one table) for people, at most 80 columns wide.

    Examples:
        >>> import fastcurate as fc
        >>> print(table(fc.curate({"text": ["a", "a", None]}).summary()))
        reason                rows in     removed        left
        null                        3           1           2
        empty                       2           0           2
        exact_duplicate             2           1           1
        near_duplicate              1           0           1
        all                         3           2           1
        <BLANKLINE>
        token steps were skipped: no tokenizer was given
    """
    lines = [f"{'reason':<18}{'rows in':>11} {'removed':>11} {'left':>11}"]
    total = {
        "reason": "all",
        "rows_in": summary["rows_in"],
        "removed": summary["rows_removed"],
        "rows_left": summary["rows_kept"],
    }
    lines += [
        f"{step['reason']:<18}{step['rows_in']:>11,} {step['removed']:>11,} {step['rows_left']:>11,}"
        for step in (*summary["steps"], total)
    ]
    facts = [_tokens(summary), _chat(summary), _buckets(summary), _packs(summary), summary.get("note")]
    return "\n".join([*lines, "", *(fact for fact in facts if fact)]).rstrip("\n")


def _tokens(summary: dict[str, Any]) -> str | None:
    tokens = summary["tokens"]
    if tokens is None:
        return None
    if not tokens["rows"]:
        return "tokens   none"
    return (
        f"tokens   {tokens['total']:,}; a row has {tokens['min']:,} to {tokens['max']:,}, "
        f"half up to {tokens['median']:,}, 99 % up to {tokens['p99']:,}"
    )


def _chat(summary: dict[str, Any]) -> str | None:
    if "chat_template" not in summary:
        return None
    return f"chats    counted by the chat template: {summary['chat_template']}"


def _buckets(summary: dict[str, Any]) -> str | None:
    if "buckets" not in summary:
        return None
    found = summary["buckets"]
    return (
        f"buckets  {found['buckets']}; padding {found['padding_waste_before']:.1%} in one, "
        f"{found['padding_waste_after']:.1%} in these"
    )


def _packs(summary: dict[str, Any]) -> str | None:
    if "packs" not in summary:
        return None
    found = summary["packs"]
    gone = found["truncated_rows"], found["dropped_rows"]
    more = f"; {gone[0]:,} rows truncated, {gone[1]:,} left out" if any(gone) else ""
    return (
        f"packs    {found['packs']:,} of {found['capacity']:,} tokens, {found['efficiency']:.1%} full{more}"
    )
