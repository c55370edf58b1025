"""Packing into 2048, against TRL's own function where it is installed, and against its method written anew.

`pip install --no-deps trl==1.16.0 transformers accelerate safetensors` brings TRL; it packs the tokens as well, so the
same is asked of ours: lengths, packs and packed columns.

The other rival is what TRL 1.x documents for its `bfd`, written anew from that description: a tree over the spaces
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
import pyarrow.compute as pc
from reference import pack as reference

from benches.case import Case, named
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


def tokens(lengths: Lengths) -> pa.Table:
    """A column of token lists of these lengths."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.table({"input_ids": pa.ListArray.from_arrays(offsets, np.arange(offsets[-1], dtype=np.int32))})


def packed(table: pa.Table) -> pa.Table:
    return ours(pc.list_value_length(table["input_ids"])).apply(table, threads=1)


def of_trl(corpora: Corpora) -> Iterator[Case]:
    try:
        from trl.data_utils import _pack_bfd
    except ImportError:
        corpora.absent.add("the package trl 1.16")
        return
    table = tokens(corpora.lengths(SAMPLE))

    def agree() -> str:
        assert packed(table).equals(_pack_bfd(table, CAPACITY))
        return f"the same packs, tokens and seq_lengths of {table.num_rows} rows"

    lengths = pc.list_value_length(table["input_ids"])
    yield Case(
        "pack",
        f"plan of {table.num_rows}",
        table.num_rows,
        lambda: ours(lengths),
        f"{named('trl')}, tokens too",
        lambda: _pack_bfd(table, CAPACITY),
        agree,
    )
    yield Case(
        "pack",
        f"tokens of {table.num_rows}",
        table.num_rows,
        lambda: packed(table),
        named("trl"),
        lambda: _pack_bfd(table, CAPACITY),
        agree,
    )


def cases(corpora: Corpora) -> Iterator[Case]:
    yield from of_trl(corpora)
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
