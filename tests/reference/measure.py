"""What similarity means, entry by entry: the quotients that rows are judged by.

- `jaccard`: |A∩B| / |A∪B| of the sets of shingles (Jaccard 1901).
- `containment`: |A∩B| / |A|, the part of A that is in B; A is the row that may go, B the one that would stay.
- `hamming`: the part of the 64 bits of their SimHash values that two texts share.

With `idf` every shingle x weighs round(2^16 * ln(1 + N / df(x))), where N is the number of distinct rows, and df(x)
that of the distinct rows that have x in the same entry. Rows are distinct where their sets differ in some entry.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import log

from reference.shingle import Shingle, shingles
from reference.simhash import simhash

Sets = Sequence[frozenset[Shingle]]
Weights = dict[Shingle, int]

cut = lru_cache(maxsize=10_000)(shingles)
sketch = lru_cache(maxsize=10_000)(simhash)


def weights_of(rows: Sequence[Sets]) -> list[Weights]:
    """For each entry what its shingles weigh; `rows` are the rows that are not null."""
    distinct = {tuple(row) for row in rows}
    counts = [
        Counter(one for row in distinct for one in row[entry]) for entry in range(len(rows[0]) if rows else 0)
    ]
    return [
        {one: round(65536 * log(1 + len(distinct) / df)) for one, df in count.items()} for count in counts
    ]


def similarity_of(a: str, b: str, shingle: str, measure: str, weights: Weights | None) -> float:
    """The similarity of text a, which may go, to text b, which would stay."""
    if measure == "hamming":
        different = (sketch(a, shingle=shingle) ^ sketch(b, shingle=shingle)).bit_count()
        return (64 - different) / 64
    x, y = cut(a, shingle), cut(b, shingle)

    def weight(of: frozenset[Shingle]) -> int:
        return len(of) if weights is None else sum(weights[one] for one in of)

    return weight(x & y) / weight(x if measure == "containment" else x | y)
