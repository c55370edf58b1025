"""Near-duplicates by brute force: law 1 of DESIGN 3, read aloud.

Put the rows in the order of the keep policy. A row goes if and only if a row that is already kept has a
similarity of at least the threshold to it; of those, the most similar stands for it (ties: the earliest in
that order). A null row is kept, stands for itself and matches nothing; an empty one is a row like any other. Rows
with different values in a column of `within` are not similar; null is a value like any other there.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from reference.compared import On, Row, columns, texts
from reference.shingle import Shingle, jaccard, shingles


@dataclass(frozen=True)
class Verdicts:
    """The kept rows, and for every row the one that stands for it and how similar the two are."""

    kept: list[int]
    representative: list[int]
    similarity: list[float]


@dataclass(frozen=True)
class _Compared:
    columns: list[str | None]
    sets: list[frozenset[Shingle]]
    numbers: list[str]
    group: tuple[object, ...] = ()

    @property
    def null(self) -> bool:
        return all(column is None for column in self.columns)


def _compared(row: Row, on: On, shingle: str, within: Sequence[str] = ()) -> _Compared:
    entries = texts(row, on)
    numbers = re.findall(r"\d+", unicodedata.normalize("NFKC", "\n".join(entries)))
    sets = [shingles(text, shingle) for text in entries]
    return _Compared(columns(row, on), sets, numbers, tuple(row[name] for name in within))


def _similarity(a: _Compared, b: _Compared, method: str, *, distinct_numbers: bool) -> float:
    if a.null or b.null or a.group != b.group:
        return 0.0
    if method == "exact":
        return float(a.columns == b.columns)
    if distinct_numbers and a.numbers != b.numbers:
        return 0.0
    return min(jaccard(x, y) for x, y in zip(a.sets, b.sets, strict=True))


def order_of(rows: Sequence[Row], on: On, keep: str) -> list[int]:
    """The rows in the order in which a keep policy prefers them."""
    policy, _, argument = keep.partition(":")
    name, _, value = argument.partition("=")

    def rank(i: int) -> float:
        if policy == "last":
            return -i
        if policy in {"longest", "shortest"}:
            length = len("\n".join(texts(rows[i], on)))
            return -length if policy == "longest" else length
        if policy == "best":
            score = rows[i][name]
            return math.inf if score is None or math.isnan(score) else -score
        return rows[i][name] is None or str(rows[i][name]) != value if policy == "prefer" else 0

    return sorted(range(len(rows)), key=lambda i: (rank(i), i))


def deduplicate(
    rows: Sequence[Row],
    *,
    on: On,
    threshold: float = 0.8,
    shingle: str = "word:3",
    keep: str = "first",
    distinct_numbers: bool = False,
    method: str = "similar",
    within: Sequence[str] = (),
) -> Verdicts:
    """The verdicts of `fastcurate.deduplicate`, quadratic."""
    compared = [_compared(row, on, shingle, within) for row in rows]
    representative = list(range(len(rows)))
    similarity = [1.0] * len(rows)
    limit = 1.0 if method == "exact" else threshold
    kept: list[int] = []
    for i in order_of(rows, on, keep):
        others = (j for j in range(len(rows)) if j != i) if keep == "none" else kept
        near = [
            (_similarity(compared[i], compared[j], method, distinct_numbers=distinct_numbers), j)
            for j in others
        ]
        near = [(score, j) for score, j in near if score >= limit]
        if near:
            # max answers the first of equals: `others` is in the order of the keep policy
            similarity[i], representative[i] = max(near, key=lambda found: found[0])
        else:
            kept.append(i)
    return Verdicts(sorted(kept), representative, similarity)


def pairs(
    rows: Sequence[Row],
    *,
    on: On,
    threshold: float = 0.8,
    shingle: str = "word:3",
    keep: str = "first",
    distinct_numbers: bool = False,
    within: Sequence[str] = (),
) -> list[tuple[int, int, float]]:
    """Every similar pair, where of rows with equal sets only the first in the order of `keep` is paired with others."""
    compared = [_compared(row, on, shingle, within) for row in rows]
    ranked = order_of(rows, on, keep)

    def similarity(i: int, j: int) -> float:
        return _similarity(compared[i], compared[j], "similar", distinct_numbers=distinct_numbers)

    first = {i: next((j for j in ranked if similarity(i, j) == 1.0), i) for i in ranked}
    found = []
    for place, a in enumerate(ranked):
        for b in ranked[place + 1 :]:
            speaks = first[a] == a and first[b] in (a, b)
            if speaks and similarity(a, b) >= threshold:
                found.append((a, b, similarity(a, b)))
    return found
