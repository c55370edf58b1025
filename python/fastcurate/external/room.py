"""What a job may still take of `memory=`, by what the process really holds, libraries and idle buffers included."""

from __future__ import annotations

import ctypes
import os
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

BYTES_A_ROW = 32
"""What a job takes for every row beside `memory=`."""

LEAST = 1 << 20
"""Bytes that a stage may take whatever is left: smaller parts are only more files."""

LIBRARIES = 128 << 20
"""What the process holds before the first row, where the system does not say."""

TIDIED = 0.5
"""From this part of the limit on, allocators are asked to give back what they hold and nobody uses."""

GROWN = 8 << 20
"""Bytes by which the process has to have grown before allocators are asked again."""


class Room:
    """The memory of a job.

    Attributes:
        memory: The bytes that the caller gave.
    """

    def __init__(self, memory: int) -> None:
        """`memory` counts what the process held before, but for a half that is always the job's."""
        self.memory = memory
        self._limit = max(memory, resident() + memory // 2)
        self._rows = 0
        self._tidied = 0

    def count_rows(self, rows: int) -> None:
        """So many more rows have been found."""
        self._rows += rows

    @property
    def limit(self) -> int:
        """The most that the process may hold."""
        return self._limit + BYTES_A_ROW * self._rows

    def left(self) -> int:
        """The bytes that a stage may take now, at most half of all."""
        self._give_back()
        return max(LEAST, min(self.memory // 2, self.limit - resident()))

    def tidy(self) -> None:
        """Have allocators give back what nobody uses, where it is getting tight."""
        if resident() > TIDIED * self.limit:
            self._give_back()

    def _give_back(self) -> None:
        """Worth its time only when something has come since the last time."""
        if resident() > self._tidied + GROWN:
            _give_back()
            self._tidied = resident()


def resident() -> int:
    """The bytes of memory that this process holds."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return LIBRARIES


def _give_back() -> None:
    pa.default_memory_pool().release_unused()
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Any:
    """What the C library calls it; None where it is not there."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
