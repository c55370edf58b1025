"""How much memory a job may use: `memory="2GiB"`, or half of what is free."""

from __future__ import annotations

import re
from pathlib import Path

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
UNITS |= {f"{unit}i": 1024**power for power, unit in enumerate("kmgt", start=1)}

WRITTEN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?\s*", re.IGNORECASE)

LEAST = 32 << 20
"""Less than this holds no piece of a file with what is made of it."""

LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
USED = ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes")


def bytes_of(memory: int | str | None) -> int:
    """The bytes that `memory` names, for None half of what is free.

    Raises:
        ValueError: It names no number of bytes, or fewer than 32 MiB.
        TypeError: It is neither text nor a whole number.

    Examples:
        >>> bytes_of("2GiB"), bytes_of("500 MB"), bytes_of(1 << 30)
        (2147483648, 500000000, 1073741824)
    """
    if memory is None:
        return max(LEAST, free_memory() // 2)
    given = size_of("memory", memory)
    if given < LEAST:
        raise ValueError(f"memory must be at least 32 MiB, got {memory!r}")
    return given


def size_of(name: str, size: int | str) -> int:
    """The bytes that an argument names.

    Raises:
        ValueError: It names no number of bytes.
        TypeError: It is neither text nor a whole number.
    """
    if isinstance(size, bool) or not isinstance(size, int | str):
        raise TypeError(f"{name} must be a number of bytes or a text such as '2GiB', got {size!r}")
    if isinstance(size, int):
        if size < 1:
            raise ValueError(f"{name} must be at least 1 byte, got {size}")
        return size
    found = WRITTEN.fullmatch(size)
    if found is None or found[2].lower() not in UNITS:
        raise ValueError(f"{name} must be a number with a unit, such as '2GiB' or '500MB', got {size!r}")
    return int(float(found[1]) * UNITS[found[2].lower()])


def free_memory() -> int:
    """The bytes that this process could still take, of the machine's or of its container's."""
    free = _available()
    for limit, used in zip(LIMITS, USED, strict=True):
        try:
            left = int(Path(limit).read_text()) - int(Path(used).read_text())
        except (OSError, ValueError):  # no such file, or "max"
            continue
        free = min(free, max(0, left))
    return free


def _available() -> int:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 4 << 30  # a machine that does not say
