"""How time grows with the rows, and what skewed data does to it; every planted near-duplicate has to be found.

`python -m benches.growth [--quick]`. No rival is run: theirs are in the stage `deduplicate`.

Rows are made of real ones: the first half of one and the second half of another, so that words and phrases repeat as
they do in instructions while most rows are similar to no other. Every fifth is an earlier one with a word appended. The
skewed sets are what breaks engines that compare within buckets: one template with few values in each slot, one that
has numbers, the same boilerplate in front of every row, the same row over and over.
"""

import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import fastcurate as fc
import pyarrow as pa

from benches.corpora import Corpora

SIZES = (10_000, 100_000, 1_000_000)
MOST = int(os.environ.get("FASTCURATE_GROWTH", SIZES[-1]))  # 10000000 takes some minutes and 4 GB
SKEWED = (50_000, 100_000)
FOUND = 0.999  # of the planted rows: what bands promise; the join finds all
COMMON = 20_000  # different words of the made-up texts
WORD = re.compile(r"\w+")


def lines(corpora: Corpora) -> Iterator[str]:
    halves = [half(row) for row in corpora.column("alpaca_en_52k", "instruction").to_pylist()]
    halves = [both for both in halves if all(both)]
    sizes = [*SIZES, 10 * SIZES[-1]] if corpora.limit is None else [1_000, 10_000]
    yield "\nRows to verdicts as sets grow, a fifth of them planted near-duplicates, 2 threads; wanted: 1 M rows in 3 s"
    before = None
    for rows in (rows for rows in sizes if rows <= MOST):
        text, origin = planted(halves, rows)
        seconds, found = timed(text)
        kept = found.representative.to_numpy() == range(rows)
        missed = sum(1 for row, of in origin.items() if kept[row] and kept[of])
        assert missed <= (1 - FOUND) * len(origin), f"{missed} of {len(origin)} planted rows were not found"
        growth = f", {seconds / before:.1f} times the one before" if before else ""
        engine = found.summary()["engine"]
        yield f"  {rows:>10,} rows {seconds:>8.2f} s  {engine}, {missed} of {len(origin):,} planted missed{growth}"
        before = seconds
    yield "\nThe same of skewed sets: twice the rows, how many times the time"
    for name, make in SKEW.items():
        few, many = SKEWED if corpora.limit is None else (1_000, 2_000)
        draw = random.Random(7)
        one, two = (timed(pa.array(make(draw, rows)))[0] for rows in (few, many))
        yield f"  {name:<28} {few:>8,} rows {one:>7.2f} s, {many:>8,} rows {two:>7.2f} s: {two / one:.1f} times"


def half(row: str) -> tuple[str, str]:
    words = row.split()
    return " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])


def planted(halves: list[tuple[str, str]], rows: int) -> tuple[pa.StringArray, dict[int, int]]:
    """The rows, and for each planted one the earlier row that it is like."""
    draw = random.Random(7)
    made: list[str] = []
    origin: dict[int, int] = {}
    long_enough: list[int] = []
    for row in range(rows):
        if row % 5 == 4 and long_enough:
            origin[row] = long_enough[int(draw.random() * len(long_enough))]
            made.append(made[origin[row]] + " again")
        else:
            made.append(f"{draw.choice(halves)[0]} {draw.choice(halves)[1]}")
            # Four shingles or more, so that one more leaves a similarity of .8, and some to spare.
            if len(WORD.findall(made[-1])) >= 9:
                long_enough.append(row)
    return pa.array(made), origin


def timed(text: pa.StringArray) -> tuple[float, Any]:
    start = time.perf_counter()
    found = fc.deduplicate(pa.table({"text": text}), on="text", threads=2)
    return time.perf_counter() - start, found


def letters(draw: random.Random, rows: int) -> list[str]:
    def value(kind: str, count: int) -> str:
        return f"{kind}{draw.randrange(count)}"

    return [
        f"write a short letter from {value('name', 50)} to {value('name', 50)} about the {value('thing', 50)} they "
        f"bought together in {value('place', 20)} last summer and ask for a reply"
        for _ in range(rows)
    ]


def sums(draw: random.Random, rows: int) -> list[str]:
    return [
        f"name{draw.randrange(50)} has {draw.randrange(2, 100)} apples and buys {draw.randrange(2, 100)} more for "
        f"{draw.randrange(1, 50)} dollars each how much money does she spend in total on all of the apples"
        for _ in range(rows)
    ]


def boilerplate(draw: random.Random, rows: int) -> list[str]:
    def words(count: int) -> str:
        return " ".join(f"w{draw.randrange(COMMON)}" for _ in range(count))

    front = words(200)
    return [f"{front} {words(draw.randrange(60, 120))}" for _ in range(rows)]


SKEW: dict[str, Callable[[random.Random, int], list[str]]] = {
    "template, few values": letters,
    "template with numbers": sums,
    "boilerplate of 200 words": boilerplate,
    "the same row": lambda _, rows: ["the same row over and over again"] * rows,
}


if __name__ == "__main__":
    for line in lines(Corpora(1_000 if "--quick" in sys.argv else None)):
        print(line, flush=True)
