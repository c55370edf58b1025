"""Packing lengths into 2048, against best-fit decreasing over a segment tree in Python.

The rival is what TRL 1.x documents for its `bfd`, written anew from that description: a tree over the spaces
that finds the smallest one that is large enough, and a queue of bins for each space. Unlike TRL's it sees all
rows at once, which gives the same packs as ours; TRL sees a thousand rows at a time, and its packs are less
full.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any

import fastcurate as fc
import numpy as np
import pyarrow as pa
from reference import pack as reference

from benches.case import Case
from benches.corpora import Corpora, Lengths

CAPACITY = 2048
SAMPLE = 100_000  # rows that the rival is given


class Spaces:
    """A complete binary tree whose leaves are the spaces; a node holds the largest space below it that is in
    use."""

    def __init__(self, capacity: int) -> None:
        self.leaves = 1 << capacity.bit_length()
        self.largest = [0] * (2 * self.leaves)

    def put(self, space: int, value: int) -> None:
        node = self.leaves + space
        self.largest[node] = value
        while node > 1:
            node //= 2
            left, right = self.largest[2 * node], self.largest[2 * node + 1]
            # Not max(): a call of it here would be unfair to the rival.
            self.largest[node] = left if left > right else right  # noqa: FURB136

    def smallest_of_at_least(self, length: int) -> int:
        """The first leaf whose space is at least `length`: to the left wherever the left half reaches it."""
        node = 1
        while node < self.leaves:
            node *= 2
            if self.largest[node] < length:
                node += 1
        return self.largest[node]


def segment_tree(lengths: Lengths, capacity: int) -> list[list[int]]:
    spaces = Spaces(capacity)
    spaces.put(capacity, capacity)
    waiting: dict[int, deque[list[int]]] = defaultdict(deque)
    bins: list[list[int]] = []
    for row in np.argsort(-lengths, kind="stable").tolist():
        length = int(lengths[row])
        space = spaces.smallest_of_at_least(length)
        if space < capacity:
            rows = waiting[space].popleft()
            if not waiting[space]:
                spaces.put(space, 0)
        else:
            rows = []
            bins.append(rows)
        rows.append(row)
        if space > length:
            waiting[space - length].append(rows)
            spaces.put(space - length, space - length)
    return bins


def ours(lengths: Any) -> Any:
    return fc.pack(lengths, capacity=CAPACITY, threads=1)


def agree(lengths: Lengths) -> str:
    """All three find the same packs of the first rows."""
    some = lengths[:50_000]
    found = ours(some).bins.to_pylist()
    oracle = reference.pack(some.tolist(), CAPACITY, "bfd", "error")
    assert found == segment_tree(some, CAPACITY)
    assert found == [[row for row, _, _ in pieces] for pieces in oracle]
    return f"the same packs of {len(some)} rows"


def cases(corpora: Corpora) -> Iterator[Case]:
    lengths = corpora.lengths(1_000_000)
    some, ready = lengths[:SAMPLE], pa.array(lengths)
    yield Case(
        "pack",
        f"log-normal {len(lengths)}",
        len(lengths),
        lambda: ours(ready),
        "bfd tree in Python",
        lambda: segment_tree(some, CAPACITY),
        lambda: agree(lengths),
        share=len(some) / len(lengths),
    )
