"""Expressions beside the column functions on the same Arrow array: what the way through Polars costs.

The rival is our own kernel; an expression should take no more than 5 % over it (ratio at least .95). The streaming
engine stands beside the eager one. Threads: as many as there are cores on both sides, one for Polars itself.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import fastcurate as fc
import fastcurate.polars as fp
import polars as pl
import pyarrow as pa

from benches.case import Case
from benches.corpora import Corpora, size

KERNELS: dict[str, tuple[Callable[[str], pl.Expr], Callable[[Any], Any]]] = {
    "normalize": (fp.normalize, fc.normalize),
    "fingerprint": (fp.fingerprint, fc.fingerprint),
    "minhash": (fp.minhash, fc.minhash),
    "simhash": (fp.simhash, fc.simhash),
    "count_tokens": (partial(fp.count_tokens, tokenizer="gpt2"), partial(fc.count_tokens, tokenizer="gpt2")),
}


def agree(expression: pl.Expr, frame: pl.DataFrame, function: Callable[[Any], Any]) -> str:
    expected = function(frame["text"])
    for answer in (frame.select(expression), frame.lazy().select(expression).collect(engine="streaming")):
        assert answer["text"].equals(expected, null_equal=True), "the values differ"
    return "the same values from the eager and the streaming engine"


def cases(corpora: Corpora) -> Iterator[Case]:
    for corpus in corpora.named("alpaca_en_52k", "raw_mixed_sample"):
        text = corpora.text(corpus)
        frame = pl.DataFrame({"text": text})
        # What Polars hands out: string views, which the kernels then read on both sides.
        array = pa.chunked_array(frame["text"])
        for name, (build, function) in KERNELS.items():
            expression = build("text")
            lazy = frame.lazy().select(expression)
            for engine, run in (
                ("eager", partial(frame.select, expression)),
                ("streaming", partial(lazy.collect, engine="streaming")),
            ):
                yield Case(
                    f"{name} {engine}",
                    corpus,
                    len(text),
                    run,
                    "our column function",
                    partial(function, array),
                    partial(agree, expression, frame, function),
                    size(text),
                )
