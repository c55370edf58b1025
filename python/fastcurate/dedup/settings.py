"""The arguments of `deduplicate` that are not data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from numbers import Real
from typing import TypeAlias

Within: TypeAlias = str | Sequence[str] | None

REASONS = {"exact": "exact_duplicate", "similar": "near_duplicate"}
"""What `reason` says of a removed row, by method; a line that could not be read is `broken`."""


@dataclass(frozen=True)
class Settings:
    """How rows are compared and which of them stay."""

    method: str
    threshold: float
    shingle: str
    keep: str
    distinct_numbers: bool
    engine: str
    recall: float
    within: Within
    system_turns: bool
    threads: int | None


def number(name: str, value: object) -> float:
    """The value as a float.

    Raises:
        TypeError: It is not a number.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r} ({type(value).__name__})")
    try:
        return float(value)
    except OverflowError:
        return inf  # out of range in either direction


def whole_number(name: str, value: object, least: int) -> int:
    """The value as an int.

    Raises:
        TypeError: It is not a whole number.
        ValueError: It is below `least`.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be a whole number, got {value!r} ({type(value).__name__})")
    whole = int(value.__index__())
    if whole < least:
        raise ValueError(f"{name} must be at least {least}, got {whole}")
    return whole
