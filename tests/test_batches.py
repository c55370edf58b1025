"""Batches as a trainer takes them: by a budget of tokens, and shared by several processes."""

from collections import Counter
from itertools import chain
from typing import Any

import fastcurate as fc
import pytest
from hypothesis import given
from hypothesis import strategies as st

LENGTHS = st.lists(st.integers(0, 400), max_size=150)
SEEDS = st.one_of(st.none(), st.integers(0, 9))


@given(LENGTHS, st.integers(400, 3000), SEEDS, st.booleans())
def test_a_batch_stays_within_the_budget(
    lengths: list[int], budget: int, seed: int | None, drop_last: bool
) -> None:
    result = fc.bucket_by_length(lengths, buckets=5)
    batches = result.batches(max_tokens=budget, seed=seed, drop_last=drop_last).rows()
    assert all(len(batch) * max(lengths[row] for row in batch) <= budget for batch in batches)
    if not drop_last:
        assert sorted(chain.from_iterable(batches)) == list(range(len(lengths)))
    # As many rows as fit, but for the last batch of each bucket.
    edges = [result.boundaries[result.bucket[batch[0]].as_py()] for batch in batches]
    short = Counter(
        edge for edge, batch in zip(edges, batches, strict=True) if (len(batch) + 1) * edge <= budget
    )
    assert all(count == 1 for edge, count in short.items() if edge)


@given(LENGTHS, st.integers(1, 9), st.tuples(SEEDS, st.booleans(), st.integers(0, 3)), st.integers(1, 5))
def test_processes_share_the_batches(
    lengths: list[int], size: int, how: tuple[int | None, bool, int], replicas: int
) -> None:
    seed, drop_last, epoch = how
    result = fc.bucket_by_length(lengths, buckets=4)
    options: Any = {"seed": seed, "drop_last": drop_last}
    alone = result.batches(size, **options)
    alone.set_epoch(epoch)
    every = list(alone)
    shares = []
    for rank in range(replicas):
        mine = result.batches(size, **options, rank=rank, num_replicas=replicas)
        mine.set_epoch(epoch)
        shares.append(list(mine))
        assert len(mine) == len(shares[-1])
        assert list(mine) == shares[-1]
    assert len({len(share) for share in shares}) == 1
    given_out = Counter(tuple(batch) for share in shares for batch in share)
    if drop_last:
        assert set(given_out) <= {tuple(batch) for batch in every}
        assert all(count == 1 for count in given_out.values())
        assert len(every) - sum(given_out.values()) == len(every) % replicas
    elif every:
        assert set(given_out) == {tuple(batch) for batch in every}
        assert sum(given_out.values()) - len(every) == -len(every) % replicas
        assert max(given_out.values()) - min(given_out.values()) <= 1


def test_a_step_comes_from_one_bucket() -> None:
    lengths = [10] * 400 + [2000] * 400
    result = fc.bucket_by_length(lengths, buckets=2)
    ranks = [result.batches(10, seed=3, rank=rank, num_replicas=4).rows() for rank in range(4)]
    for step in zip(*ranks, strict=True):
        assert len({lengths[row] for batch in step for row in batch}) == 1


def test_epochs_drop_other_batches() -> None:
    batches = fc.bucket_by_length(range(100), buckets=3).batches(3, drop_last=True, num_replicas=7)
    seen = []
    for epoch in range(5):
        batches.set_epoch(epoch)
        seen.append(frozenset(chain.from_iterable(batches)))
    assert len(set(seen)) > 1


def test_a_data_loader_takes_them() -> None:
    torch = pytest.importorskip("torch", reason="torch's DataLoader: pip install torch")
    rows = list(range(100))
    result = fc.bucket_by_length(rows, buckets=4)
    seen: list[int] = []
    for rank in range(2):
        sampler = result.batches(8, rank=rank, num_replicas=2, drop_last=False)
        loader = torch.utils.data.DataLoader(rows, batch_sampler=sampler, num_workers=0)
        assert len(loader) == len(sampler)
        got = [batch.tolist() for batch in loader]
        assert got == list(sampler)
        seen += chain.from_iterable(got)
    assert set(seen) == set(rows)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ValueError, "give one of batch_size and max_tokens, got batch_size=None and max_tokens=None"),
        ({"batch_size": 2, "max_tokens": 50}, ValueError, "give one of batch_size and max_tokens"),
        ({"max_tokens": 9}, ValueError, "max_tokens must be at least 10, the longest row, got 9"),
        ({"batch_size": 1.5}, TypeError, "batch_size must be a whole number"),
        ({"batch_size": 2, "num_replicas": 0}, ValueError, "num_replicas must be at least 1, got 0"),
        ({"batch_size": 2, "rank": 1}, ValueError, "rank must be between 0 and num_replicas - 1"),
        (
            {"batch_size": 2, "rank": -1, "num_replicas": 2},
            ValueError,
            "rank must be between 0 and .* got -1",
        ),
    ],
)
def test_what_makes_no_batches_says_why(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fc.bucket_by_length([10, 5]).batches(**options)
