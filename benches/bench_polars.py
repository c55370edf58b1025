"""Expressions beside the column functions on the same Arrow array: what the way through Polars costs.

The rival is our own kernel; an expression should take no more than 5 % over it (ratio at least .95). The streaming
engine stands beside the eager one. Threads: as many as there are cores on both sides, one for Polars itself.

Behind the table: how an expression scales over two cores in the streaming engine, by the busiest thread.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import fastcurate as fc
import fastcurate.polars as fp
import polars as pl
import pyarrow as pa

from benches.case import Case
from benches.corpora import ROOT, Corpora, size

SCALED = "raw_mixed_sample"  # long rows, so that there is work for two

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


def lines(corpora: Corpora) -> Iterator[str]:
    """The busiest thread on one core and on two; half as busy is all there is to gain."""
    if SCALED not in corpora.named(SCALED) or len(os.sched_getaffinity(0)) < 2:
        return
    yield "\nThe streaming engine on one core and on two, processor time of the busiest thread (of all threads):"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for name in KERNELS:
        spent = []
        for cores in (1, 2):
            command = [sys.executable, "-m", "benches.on_cores", str(cores), name]
            done = subprocess.run(
                command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
            )
            spent.append([float(seconds) for seconds in done.stdout.split()])
        (one, all_of_one), (two, all_of_two) = spent
        yield (
            f"  {name}: {one * 1e3:.0f} ms ({all_of_one * 1e3:.0f}), {two * 1e3:.0f} ms ({all_of_two * 1e3:.0f}); "
            f"{one / two:.2f} times less"
        )
