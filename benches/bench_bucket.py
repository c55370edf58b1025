"""Buckets of least padding, against buckets of equally many rows (NumPy's quantiles), which is quick but pads
more."""

from typing import Any

import fastcurate as fc
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from reference import bucket as reference

BUCKETS = 8
Lengths = npt.NDArray[np.int32]


def ours(lengths: Any) -> Any:
    return fc.bucket_by_length(lengths, buckets=BUCKETS, threads=1)


def quantiles(lengths: Lengths) -> tuple[npt.NDArray[np.int64], Lengths]:
    edges = np.quantile(lengths, np.arange(1, BUCKETS + 1) / BUCKETS, method="higher")
    return np.searchsorted(edges, lengths), edges


@pytest.fixture(scope="module")
def agree(lengths: Lengths) -> bool:
    """Optimal edges on the first rows, by the plain recurrence; no worse than quantiles on all."""
    some = lengths[:2000]
    edges = np.array(ours(some).boundaries)
    assert edges[np.searchsorted(edges, some)].sum() == reference.layers(some.tolist(), BUCKETS)
    buckets, rival = quantiles(lengths)
    edges = np.array(ours(lengths).boundaries)
    assert edges[np.searchsorted(edges, lengths)].sum() <= rival[buckets].sum()
    return True


def test_bucket(benchmark: Any, lengths: Lengths, agree: bool) -> None:
    benchmark.extra_info.update(
        stage="bucket", corpus="log-normal 1000000", engine="fastcurate", rows=len(lengths), agrees=agree
    )
    benchmark(ours, pa.array(lengths))


def test_bucket_quantiles(benchmark: Any, lengths: Lengths) -> None:
    benchmark.extra_info.update(
        stage="bucket", corpus="log-normal 1000000", engine="NumPy quantiles", rows=len(lengths), agrees=False
    )
    benchmark.pedantic(quantiles, (lengths,), rounds=3)
