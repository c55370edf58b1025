"""The arguments of `deduplicate` that are not data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from numbers import Real
from typing import Literal, TypeAlias

Within: TypeAlias = str | Sequence[str] | None
Measure: TypeAlias = Literal["jaccard", "containment", "hamming"]

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
    measure: str = "jaccard"
    idf: bool = False
    signatures: str | None = None

    @property
    def likeness(self) -> str:
        """What the threshold is a threshold of, in a word or two."""
        if self.measure == "jaccard":
            return "estimated similarity" if self.signatures else "similarity"
        return "equal SimHash bits" if self.measure == "hamming" else self.measure

    def check(self) -> Settings:
        """These settings, unless some of them cannot go together.

        Raises:
            ValueError: The message names two that exclude each other.
            TypeError: `idf` or `signatures` is of another type.
        """
        if not isinstance(self.idf, bool):
            raise TypeError(f"idf must be True or False, got {self.idf!r} ({type(self.idf).__name__})")
        if self.signatures is not None and not isinstance(self.signatures, str):
            kind = type(self.signatures).__name__
            raise TypeError(f"signatures must be the name of a column, got {self.signatures!r} ({kind})")
        needs_similar = {
            f"measure={self.measure!r}": self.measure != "jaccard",
            "idf": self.idf,
            "signatures": self.signatures is not None,
        }
        for name, given in needs_similar.items():
            if given and self.method == "exact":
                raise ValueError(f"{name} needs method='similar': exact duplicates are equal byte by byte")
        if self.signatures is not None:
            needs_text = {
                "idf": self.idf,
                "distinct_numbers": self.distinct_numbers,
                "engine='lsh'": self.engine == "lsh",
            }
            for name, given in needs_text.items():
                if given:
                    raise ValueError(f"{name} needs the texts, and with signatures they are not read")
        return self


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
