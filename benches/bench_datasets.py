"""A Hugging Face `Dataset` from disk, a million rows in chunks of a thousand, against the kernel on the same columns.

The rival is our own kernel alone, on one Arrow chunk in memory: what the ratio misses to 1 is the cost of being at
home in `datasets` (opening 1000 chunks, indices, the kept rows as a `Dataset`). Wanted: at least .91, on processor time
(at most 10 % more). The rows are the corpus over and over, each with a number of its own.
"""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import datasets
import fastcurate as fc
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from fastcurate import _core

from benches.case import Case
from benches.corpora import Corpora, size

ROWS = 1_000_000
DISTINCT = 40_000  # different numbers, so that most rows are near-duplicates of none and some of others


def million(text: pa.StringArray, rows: int) -> pa.StringArray:
    """The text over and over, with a number behind every row."""
    at = pa.array(np.arange(rows) % len(text))
    number = pa.array(np.random.default_rng(7).integers(0, DISTINCT, rows)).cast(pa.string())
    return pc.binary_join_element_wise(text.take(at), number, number, " ")


def kernel(text: pa.StringArray, method: str) -> Any:
    columns = [[([text], "text")]]
    order = pa.array(np.arange(len(text), dtype=np.uint32))
    if method == "exact":
        return _core.duplicates(columns, order, mutual=False, system=False)
    similar = _core.Similar(
        columns,
        order,
        measure="jaccard",
        idf=False,
        shingle="word:3",
        threshold=0.8,
        distinct_numbers=False,
        engine="auto",
        recall=0.999,
        system=False,
    )
    return similar.verdicts(0.8)


def at_home(rows: datasets.Dataset, method: str) -> Any:
    found = fc.deduplicate(rows, on="text", method=method)  # type: ignore[arg-type]
    return found, found.kept


def agree(rows: datasets.Dataset, text: pa.StringArray, method: str) -> str:
    found, taken = at_home(rows, method)
    representative, _, kept = (pa.array(values) for values in kernel(text, method))
    assert found.representative.equals(representative)
    assert taken["text"][:10] == text.filter(kept)[:10].to_pylist()
    assert len(taken) == pc.sum(kept).as_py()
    return f"same verdicts, {len(taken):,} of {len(text):,} kept"


def cases(corpora: Corpora) -> Iterator[Case]:
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as folder:
        for corpus in list(corpora.named("alpaca_en_52k"))[-1:]:
            text = million(corpora.column(corpus, "instruction"), corpora.limit or ROWS)
            path = Path(folder) / corpus
            datasets.Dataset(pa.table({"text": text})).save_to_disk(path)
            rows = datasets.load_from_disk(path)
            for method in ("similar", "exact"):
                yield Case(
                    stage=f"ds {method}",
                    corpus=corpus,
                    rows=len(text),
                    bytes=size(text),
                    ours=partial(at_home, rows, method),
                    rival="our kernel alone",
                    theirs=partial(kernel, text, method),
                    agree=partial(agree, rows, text, method),
                )
