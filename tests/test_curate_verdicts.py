"""The job on random small tables: nothing vanishes, and every verdict can be checked from the rows alone."""

import fastcurate as fc
import numpy as np
import pyarrow as pa
from fastcurate.recipe import Recipe
from hypothesis import given
from hypothesis import strategies as st

text = st.none() | st.text(alphabet="ab 1.\n\x07é", max_size=12)


@given(st.lists(st.tuples(text, text), max_size=20), st.integers(1, 3))
def test_kept_and_removed_are_the_input_and_every_verdict_holds(
    pairs: list[tuple[str | None, str | None]], most: int
) -> None:
    rows = pa.table(
        {
            "prompt": pa.array([prompt for prompt, _ in pairs], pa.string()),
            "completion": pa.array([answer for _, answer in pairs], pa.string()),
        }
    )
    recipe = Recipe.of(
        "mine",
        ("normalize", {}),
        ("drop_null", {}),
        ("drop_empty", {}),
        ("deduplicate", {"method": "exact"}),
        ("count_tokens", {}),
        ("max_tokens", {"max_tokens": most}),
        ("deduplicate", {"threshold": 0.5}),
        ("bucket_by_length", {"buckets": 2}),
        ("pack", {"capacity": 4}),
    )
    done = fc.curate(rows, recipe=recipe, tokenizer="words")
    kept = done.plan["row"].to_pylist()
    columns = [done.removed[name].to_pylist() for name in ("row", "kept_row", "similarity", "reason")]
    found = list(zip(*columns, strict=True))
    assert sorted(kept + [row for row, *_ in found]) == list(range(len(pairs)))
    assert kept == sorted(kept)
    clean = [[fc.normalize([text])[0].as_py() or "" for text in pair] for pair in pairs]
    for row, kept_row, similarity, reason in found:
        assert (reason == "null") == (pairs[row] == (None, None))
        if reason == "empty":
            assert not all(text.strip() for text in clean[row])
        if reason == "too_long":
            assert sum(len(text.split()) for text in clean[row]) > most
        if kept_row is not None:
            assert kept_row in kept
            both = [
                fc.similarity([a], [b], shingle="word:3")[0].as_py()
                for a, b in zip(clean[row], clean[kept_row], strict=True)
            ]
            assert similarity == min(both)
        assert (reason == "exact_duplicate") <= (kept_row is not None and clean[row] == clean[kept_row])
    for row in kept:
        assert all(text.strip() for text in clean[row])
    lengths = np.asarray(done.plan["length"])
    for pack in set(done.plan["pack"].to_pylist()):
        assert lengths[np.asarray(done.plan["pack"]) == pack].sum() <= 4
