"""Buckets of least padding, against buckets of equally many rows (NumPy's quantiles), which is quick but pads
more."""

from collections.abc import Iterator
from typing import Any

import fastcurate as fc
import numpy as np
import pyarrow as pa
from reference import bucket as reference

from benches.case import Case
from benches.corpora import Corpora, Lengths

BUCKETS = 8


def ours(lengths: Any) -> Any:
    return fc.bucket_by_length(lengths, buckets=BUCKETS, threads=1)


def quantiles(lengths: Lengths) -> tuple[Any, Any]:
    edges = np.quantile(lengths, np.arange(1, BUCKETS + 1) / BUCKETS, method="higher")
    return np.searchsorted(edges, lengths), edges


def agree(lengths: Lengths) -> str:
    """Optimal edges on the first rows, by the plain recurrence; no worse than quantiles on all."""
    some = lengths[:2000]
    edges = np.array(ours(some).boundaries)
    assert edges[np.searchsorted(edges, some)].sum() == reference.layers(some.tolist(), BUCKETS)
    buckets, rival = quantiles(lengths)
    edges = np.array(ours(lengths).boundaries)
    least, padded = edges[np.searchsorted(edges, lengths)].sum(), rival[buckets].sum()
    assert least <= padded
    return f"ours optimal, the rival pads {padded / least - 1:.1%} more"


def cases(corpora: Corpora) -> Iterator[Case]:
    lengths = corpora.lengths(1_000_000)
    ready = pa.array(lengths)
    yield Case(
        "bucket",
        f"log-normal {len(lengths)}",
        len(lengths),
        lambda: ours(ready),
        "NumPy quantiles",
        lambda: quantiles(lengths),
        lambda: agree(lengths),
    )
