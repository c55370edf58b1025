"""Near-duplicates by brute force: law 1 of DESIGN 3, read aloud.

Put the rows in the order of the keep policy. A row goes if and only if a row that is already kept has a
similarity of at least the threshold to it; of those, the most similar stands for it (ties: the earliest in
that order). A null row is kept, stands for itself and matches nothing; an empty one is a row like any other. Rows
with different values in a column of `within` are not similar; null is a value like any other there. What similarity is
stands in `reference.measure`.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from reference.compared import On, Row, columns, texts
from reference.measure import Weights, similarity_of, weights_of
from reference.shingle import shingles


@dataclass(frozen=True)
class Verdicts:
    """The kept rows, and for every row the one that stands for it and how similar the two are."""

    kept: list[int]
    representative: list[int]
    similarity: list[float]


@dataclass(frozen=True)
class _Compared:
    columns: list[str | None]
    texts: list[str]
    numbers: list[str]
    group: tuple[object, ...] = ()

    @property
    def null(self) -> bool:
        return all(column is None for column in self.columns)


@dataclass(frozen=True)
class _Rule:
    """How two rows are compared."""

    shingle: str
    measure: str
    method: str
    distinct_numbers: bool
    weights: list[Weights] | None


def _compared(row: Row, on: On, within: Sequence[str] = ()) -> _Compared:
    entries = texts(row, on)
    numbers = re.findall(r"\d+", unicodedata.normalize("NFKC", "\n".join(entries)))
    return _Compared(columns(row, on), entries, numbers, tuple(row[name] for name in within))


def _rule(
    rows: Sequence[_Compared], shingle: str, measure: str, *, idf: bool, method: str, distinct_numbers: bool
) -> _Rule:
    known = [[shingles(text, shingle) for text in row.texts] for row in rows if not row.null]
    return _Rule(shingle, measure, method, distinct_numbers, weights_of(known) if idf else None)


def _similarity(a: _Compared, b: _Compared, rule: _Rule) -> float:
    """How similar row a is to row b, which would stand for it."""
    if a.null or b.null or a.group != b.group:
        return 0.0
    if rule.method == "exact":
        return float(a.columns == b.columns)
    if rule.distinct_numbers and a.numbers != b.numbers:
        return 0.0
    weights: Sequence[Weights | None] = rule.weights or [None] * len(a.texts)
    every = zip(a.texts, b.texts, weights, strict=True)
    return min(similarity_of(x, y, rule.shingle, rule.measure, weight) for x, y, weight in every)


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
    measure: str = "jaccard",
    idf: bool = False,
    within: Sequence[str] = (),
) -> Verdicts:
    """The verdicts of `fastcurate.deduplicate`, quadratic."""
    compared = [_compared(row, on, within) for row in rows]
    rule = _rule(compared, shingle, measure, idf=idf, method=method, distinct_numbers=distinct_numbers)
    representative = list(range(len(rows)))
    similarity = [1.0] * len(rows)
    limit = 1.0 if method == "exact" else threshold
    kept: list[int] = []
    for i in order_of(rows, on, keep):
        others = (j for j in range(len(rows)) if j != i) if keep == "none" else kept
        near = [(_similarity(compared[i], compared[j], rule), j) for j in others]
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
    measure: str = "jaccard",
    idf: bool = False,
    within: Sequence[str] = (),
) -> list[tuple[int, int, float]]:
    """Every similar pair, where of rows with equal sets only the first in the order of `keep` is paired with others.

    The similarity is that of the second row to the first, which comes earlier; where neither stays (`keep="none"`),
    each of two rows is looked for in the other.
    """
    compared = [_compared(row, on, within) for row in rows]
    rule = _rule(compared, shingle, measure, idf=idf, method="similar", distinct_numbers=distinct_numbers)
    ranked = order_of(rows, on, keep)

    def similarity(i: int, j: int) -> float:
        return _similarity(compared[i], compared[j], rule)

    def equal(i: int, j: int) -> bool:
        return similarity(i, j) == similarity(j, i) == 1.0

    first = {i: next((j for j in ranked if equal(i, j)), i) for i in ranked}
    both_ways = keep == "none" and measure == "containment"
    found = []
    for place, a in enumerate(ranked):
        for other, b in enumerate(ranked):
            later = other > place or (both_ways and other < place)
            speaks = first[a] == a and first[b] in (a, b)
            if later and speaks and similarity(b, a) >= threshold:
                found.append((a, b, similarity(b, a)))
    return found
