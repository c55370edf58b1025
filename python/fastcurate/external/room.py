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


SMALL = 512 << 20
"""A job with less memory reads but one piece ahead."""

MMAP_THRESHOLD, AT_LEAST = -3, 512 << 10
"""An option of the C library's allocator: from so many bytes on a buffer is the system's again as soon as it is freed.
Without it the limit grows with the buffers, whose places then stay with the process, in pieces."""


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
        _give_back_at_once()

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
    trim = _of_c("malloc_trim")
    if trim is not None:
        trim(0)


def _give_back_at_once() -> None:
    """Large buffers go back to the system when they are freed."""
    set_option = _of_c("mallopt")
    if set_option is not None:
        set_option(MMAP_THRESHOLD, AT_LEAST)


@cache
def _of_c(name: str) -> Any:
    """A function of the C library; None where it is not there."""
    try:
        return getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None
