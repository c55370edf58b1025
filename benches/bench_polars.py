"""Expressions beside the column functions on the same Arrow array: what the way through Polars costs.

The rival is our own kernel; an expression should take no more than 5 % over it (ratio at least .95). The streaming
engine stands beside the eager one. Threads: as many as there are cores on both sides, one for Polars itself.

`... 2 cores` is the streaming engine in a process of two cores; its rival is the same in a process of one, so that
the ratio says how an expression scales (2 is all there is). It needs a machine that does nothing else.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import fastcurate as fc
import fastcurate.polars as fp
import polars as pl
import pyarrow as pa

from benches.case import Case, Spent
from benches.corpora import ROOT, Corpora, size

ROWS = 200_000  # about, where scaling is measured

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


def on_cores(cores: int, path: Path, kernel: str) -> Spent:
    command = [sys.executable, "-m", "benches.on_cores", str(cores), str(path), kernel]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    wall, cpu = map(float, done.stdout.split())
    return Spent(wall, cpu)


def scaling(corpora: Corpora) -> Iterator[Case]:
    if len(os.sched_getaffinity(0)) < 2:
        corpora.absent.add("a second core")
        return
    with tempfile.TemporaryDirectory() as folder:
        for corpus in list(corpora.named("raw_mixed_sample"))[-1:]:
            column = pl.Series("text", corpora.text(corpus))
            frame = pl.concat([column.to_frame()] * max(1, ROWS // len(column)))
            path = Path(folder) / "column.arrow"
            frame.write_ipc(path)
            for name, (build, function) in KERNELS.items():
                yield Case(
                    f"{name} 2 cores",
                    corpus,
                    frame.height,
                    partial(on_cores, 2, path, name),
                    "the same on one core",
                    partial(on_cores, 1, path, name),
                    partial(agree, build("text"), column.to_frame(), function),
                    size(frame["text"].to_arrow()),
                )


def cases(corpora: Corpora) -> Iterator[Case]:
    yield from scaling(corpora)
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
