"""What `deduplicate` can be asked beside the verdicts: groups of rows, pairs, plans, rows that are there already."""

import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import datasets
import fastcurate as fc
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.similar import Verdicts, deduplicate, pairs
from strategies.rows import KEEPS, SHINGLES, THRESHOLDS, tables

SCHEMA = pa.schema([("text", pa.string()), ("score", pa.float64()), ("source", pa.string())])
ask: Any = fc.deduplicate  # one table in, one answer out
WITHIN = st.sampled_from([[], ["source"], ["score"], ["source", "score"]])
OPTIONS: dict[str, Any] = {
    "threshold": THRESHOLDS,
    "shingle": SHINGLES,
    "keep": KEEPS,
    "distinct_numbers": st.booleans(),
}


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def without_nan(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The oracle calls values equal with ==, and NaN is equal to nothing there; see `test_values_that_are_equal`."""
    return [row | {"score": row["score"] if row["score"] == row["score"] else None} for row in rows]


def verdicts(result: Any) -> Verdicts:
    stands, similarity = result.representative.to_pylist(), result.similarity.to_pylist()
    gone = set(result.removed["row"].to_pylist())
    return Verdicts([row for row in range(len(stands)) if row not in gone], stands, similarity)


@given(rows=tables(), within=WITHIN, method=st.sampled_from(["similar", "exact"]), **OPTIONS)
def test_within(rows: list[dict[str, Any]], within: list[str], **options: Any) -> None:
    rows = without_nan(rows)
    expected = deduplicate(rows, on="text", within=within, **options)
    found: Any = fc.deduplicate(table(rows), on="text", within=within or None, **options)
    assert verdicts(found) == expected


def test_within_is_each_value_alone() -> None:
    """A name and a list of one name, any kind of frame, say the same; and so does each group by itself."""
    texts = ["one two three four", "one two three four!", "ONE two three four", "five", "five", "Five"]
    groups = ["a", None, "a", "b", None, None]
    data = pa.table({"text": texts, "group": groups})
    expected = [0, 1, 0, 3, 4, 4]
    frames = [data, pl.DataFrame(data), pl.DataFrame(data).lazy(), datasets.Dataset(data), data.to_pandas()]
    coded = data.set_column(1, "group", data["group"].dictionary_encode())
    for frame in [*frames, coded]:
        for within in ("group", ["group"]):
            assert list(fc.deduplicate(frame, on="text", within=within).representative) == [
                *map(pa.scalar if not isinstance(frame, pl.DataFrame | pl.LazyFrame) else int, expected)
            ]


@pytest.mark.parametrize(
    "values",
    [
        [0.0, -0.0, float("nan"), float("nan"), None, None],
        [1, 1, 2, 2, None, None],
        [True, True, False, False, None, None],
        [b"a", b"a", b"", b"", None, None],
        [date(2020, 1, 1)] * 2 + [date(2021, 1, 1)] * 2 + [None] * 2,
    ],
)
def test_values_that_are_equal(values: list[Any]) -> None:
    column = pa.chunked_array(
        [pa.array(values[:3], from_pandas=False), pa.array(values[3:], from_pandas=False)]
    )
    if not pa.types.is_floating(column.type):
        column = column.cast(pa.array(values).type)
    found: Any = fc.deduplicate(pa.table({"text": ["same"] * 6, "value": column}), within="value")
    assert found.representative.to_pylist() == [0, 0, 2, 2, 4, 4]


@pytest.mark.parametrize(
    ("within", "error", "message"),
    [
        ("lang", ValueError, "within='lang': there is no column 'lang'; the columns are"),
        ([], ValueError, "within must name at least one column"),
        (3, TypeError, "within must be a column name or a list of names, got 3"),
        ([3], TypeError, "within must be a column name or a list of names"),
        ("messages", TypeError, "within='messages' needs values that can be compared"),
    ],
)
def test_within_that_cannot_be(within: Any, error: type[Exception], message: str) -> None:
    data = pa.table({"text": ["a"], "messages": [[{"role": "user", "content": "a"}]]})
    with pytest.raises(error, match=message):
        fc.deduplicate(data, on="text", within=within)


@given(rows=tables(), within=WITHIN, limit=st.none() | st.integers(0, 9), **OPTIONS)
def test_pairs(rows: list[dict[str, Any]], within: list[str], limit: int | None, **options: Any) -> None:
    rows = without_nan(rows)
    expected = pairs(rows, on="text", within=within, **options)
    result: Any = fc.deduplicate(table(rows), on="text", within=within or None, **options)
    found = result.pairs(limit=limit).read_all()
    assert found.column_names == ["row_a", "row_b", "similarity"]
    assert [tuple(pair.values()) for pair in found.to_pylist()] == expected[:limit]


def test_pairs_of_very_many_like_rows() -> None:
    """Copies are a line each, not a square; and the stream stops where it is told to."""
    copies: Any = fc.deduplicate({"text": ["one two three"] * 100_000})
    found = copies.pairs().read_all()
    assert found["row_a"].to_pylist() == [0] * 99_999
    assert found["row_b"].to_pylist() == list(range(1, 100_000))
    template = "one two three four five six seven eight nine ten eleven twelve"
    alike: Any = ask({"text": [f"{template} {row}" for row in range(2000)]})
    assert alike.pairs(limit=5000).read_all().num_rows == 5000
    assert alike.pairs().read_all().num_rows == 2000 * 1999 // 2


def test_pairs_that_cannot_be() -> None:
    data = {"text": ["a", "a"]}
    with pytest.raises(ValueError, match="pairs needs method='similar'"):
        ask(data, method="exact").pairs()
    with pytest.raises(ValueError, match="limit must be at least 0, got -1"):
        ask(data).pairs(limit=-1)
    with pytest.raises(TypeError, match="limit must be a whole number, got 1.5"):
        ask(data).pairs(limit=1.5)


@given(rows=tables(), method=st.sampled_from(["similar", "exact"]), **OPTIONS)
def test_groups(rows: list[dict[str, Any]], **options: Any) -> None:
    expected = deduplicate(rows, on="text", **options)
    members = defaultdict(list)
    for row, stands in enumerate(expected.representative):
        if row not in expected.kept:
            members[stands].append(row)
    lines = [
        {
            "kept_row": stands,
            "removed": len(gone),
            "similarity": min(expected.similarity[row] for row in gone),
            "rows": gone,
        }
        for stands, gone in sorted(members.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    groups: Any = ask(table(rows), on="text", **options).groups()
    assert groups.table.to_pylist() == lines
    assert len(groups) == len(lines)
    assert len(repr(groups).splitlines()) == (len(lines) + 2 if lines else 1)


def test_groups_for_people() -> None:
    shown = repr(ask({"text": [f"word{n}" for n in range(12)] * 2 + ["word3"]}).groups())
    assert shown.splitlines()[:3] == [
        "12 rows stand for 13 that were removed",
        "removed  kept row  least similar  text",
        "      2         3           1.00  word3",
    ]
    assert shown.splitlines()[-1] == "... and 2 more, in .table"
    chat = [[{"role": "user", "content": "Hello\nthere"}, {"role": "assistant", "content": None}]] * 2
    assert repr(ask({"messages": chat}).groups()).endswith("Hello there")


@given(rows=tables(), several=st.lists(THRESHOLDS, min_size=1, max_size=4), keep=KEEPS, numbers=st.booleans())
def test_plan(rows: list[dict[str, Any]], several: list[float], keep: str, numbers: bool) -> None:
    options: dict[str, Any] = {"on": "text", "keep": keep, "distinct_numbers": numbers}
    plan: Any = fc.plan_deduplicate(table(rows), thresholds=several, tokenizer="words", **options)
    words = [len((row["text"] or "").split()) for row in rows]
    lines = []
    for threshold in sorted(set(several)):
        kept = deduplicate(rows, threshold=threshold, **options).kept
        tokens = sum(words[row] for row in kept)
        lines.append((threshold, len(kept), len(rows) - len(kept), tokens, sum(words) - tokens))
    names = ["threshold", "kept", "removed", "tokens_kept", "tokens_removed"]
    assert [tuple(line[name] for name in names) for line in plan.table.to_pylist()] == lines
    assert len(repr(plan).splitlines()) == len(lines) + 1


def test_plan_that_cannot_be() -> None:
    data = {"text": ["a"]}
    for thresholds in ([0.0], [0.5, 1.1], []):
        with pytest.raises(ValueError, match="thresholds must"):
            fc.plan_deduplicate(data, thresholds=thresholds)
    for wrong in (["0.5"], 0.5):
        with pytest.raises(TypeError, match="thresholds must be a"):
            fc.plan_deduplicate(data, thresholds=wrong)  # type: ignore[arg-type]


@given(rows=tables(), keep=KEEPS, target=st.integers(0, 12))
def test_target_rows(rows: list[dict[str, Any]], keep: str, target: int) -> None:
    grid = {
        n / 100: len(deduplicate(rows, on="text", keep=keep, threshold=n / 100).kept) for n in range(50, 101)
    }
    enough = [threshold for threshold, kept in grid.items() if kept <= target]
    if enough:
        found: Any = fc.deduplicate(table(rows), on="text", keep=keep, target_rows=target)
        assert found.summary()["threshold"] == max(enough)
        assert verdicts(found) == deduplicate(rows, on="text", keep=keep, threshold=max(enough))
    else:
        with pytest.raises(ValueError, match=f"ask for {min(grid.values())} or more"):
            fc.deduplicate(table(rows), on="text", keep=keep, target_rows=target)


def test_target_rows_that_cannot_be() -> None:
    data = {"text": ["a"]}
    refused: list[tuple[dict[str, Any], str]] = [
        ({"target_rows": -1}, "target_rows must be at least 0"),
        ({"target_rows": 1, "method": "exact"}, "target_rows needs method='similar'"),
        ({"target_rows": 1, "threshold": 0.9}, "target_rows chooses the threshold"),
        ({"target_rows": 0}, "target_rows=0 cannot be reached.*with 1; ask for 1 or more"),
    ]
    for options, message in refused:
        with pytest.raises(ValueError, match=message):
            fc.deduplicate(data, **options)


@given(
    rows=tables(),
    cut=st.integers(0, 12),
    within=WITHIN,
    method=st.sampled_from(["similar", "exact"]),
    **{name: OPTIONS[name] for name in ("threshold", "distinct_numbers")},
)
def test_against(
    rows: list[dict[str, Any]], cut: int, within: list[str], method: Any, **options: Any
) -> None:
    """Law 1 over the old rows followed by the new ones; the answer is about the new ones."""
    rows = without_nan(rows)
    old, new = rows[:cut], rows[cut:]
    first = len(old)
    expected = deduplicate(rows, on="text", within=within, method=method, **options)
    frame = pl.DataFrame(table(old))  # another library's layout of strings than the new rows have
    found: Any = fc.deduplicate(
        table(new), on="text", within=within or None, against=frame, method=method, **options
    )
    stands = expected.representative[first:]
    assert found.kept_in.to_pylist() == ["new" if row >= first else "against" for row in stands]
    assert found.representative.to_pylist() == [row - first if row >= first else row for row in stands]
    assert found.similarity.to_pylist() == expected.similarity[first:]
    kept = [row - first for row in expected.kept if row >= first]
    assert found.kept.num_rows == len(kept)
    removed = found.removed
    gone = sorted(set(range(len(new))) - set(kept))
    assert removed.column_names == [*SCHEMA.names, "row", "kept_row", "kept_in", "similarity", "reason"]
    assert removed["row"].to_pylist() == gone
    assert removed["kept_row"].to_pylist() == [found.representative[row].as_py() for row in gone]
    assert removed["kept_in"].to_pylist() == [found.kept_in[row].as_py() for row in gone]
    assert sum(found.groups().table["removed"].to_pylist()) == len(gone)
    if method == "similar":
        named = [(("against", row) if row < first else ("new", row - first)) for row in range(len(rows))]
        every = pairs(rows, on="text", within=within, **options)
        asked = [(*named[a], *named[b], score) for a, b, score in every if b >= first]
        streamed = found.pairs().read_all().select(["in_a", "row_a", "in_b", "row_b", "similarity"])
        assert [tuple(line.values()) for line in streamed.to_pylist()] == asked


def test_against_files_with_broken_lines(tmp_path: Path) -> None:
    """Rows are numbered through the whole input they came from, lines that cannot be read included."""
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    old.write_text("no row\n" + json.dumps({"text": "one two three"}) + "\n")
    new.write_text(
        json.dumps({"text": "other"}) + "\nbroken\n" + json.dumps({"text": "One two three!"}) + "\n"
    )
    found: Any = fc.deduplicate(new, against=old, on_error="skip")
    removed = found.removed.select(["row", "kept_row", "kept_in", "reason", "line"]).to_pylist()
    assert removed == [
        {"row": 1, "kept_row": None, "kept_in": None, "reason": "broken", "line": 2},
        {"row": 2, "kept_row": 1, "kept_in": "against", "reason": "near_duplicate", "line": 3},
    ]
    assert found.kept_in.to_pylist() == ["new", None, "against"]
    assert found.representative.to_pylist() == [0, None, 1]


def test_against_other_frames() -> None:
    """Chats and texts, each from another library than the new rows."""
    chat = [[{"role": "user", "content": "Name three rivers."}, {"role": "assistant", "content": "Rhine."}]]
    longer = [
        [{"role": "user", "content": "name three rivers", "weight": 1}, {"role": "assistant", "content": "x"}]
    ]
    new = pl.DataFrame({"messages": longer})
    for old in (
        datasets.Dataset.from_dict({"messages": chat}),
        pa.table({"messages": chat}),
        {"messages": chat},
    ):
        found: Any = fc.deduplicate(new, against=old, on="prompt")
        assert found.removed["kept_in"].to_list() == ["against"]
        assert fc.deduplicate(new, against=old).kept.height == 1
    splits = datasets.DatasetDict(train=datasets.Dataset.from_dict({"text": ["a", "b"]}))
    found = fc.deduplicate(splits, against=pd.DataFrame({"text": ["B"]}))
    assert found.kept["train"]["text"] == ["a"]
    assert np.array_equal(found.removed["train"]["kept_in"], ["against"])


def test_across_splits() -> None:
    """Options hold for splits that are compared with each other; `against` has an order of its own."""
    texts = {"train": ["a b", "A b", "c"], "test": ["a b!", "d"]}
    splits = datasets.DatasetDict(
        {
            name: datasets.Dataset.from_dict({"text": rows, "lang": ["x"] * len(rows)})
            for name, rows in texts.items()
        }
    )
    found = ask(splits, across_splits=True, within="lang")
    assert found.kept["train"]["text"] == ["c"]
    assert found.removed["train"]["kept_split"] == ["test", "test"]
    assert ask(splits, across_splits=True, target_rows=3).summary()["test"]["threshold"] == 1.0
    with pytest.raises(ValueError, match="across_splits and against cannot go together"):
        ask(splits, across_splits=True, against={"text": ["a"]})


def test_against_that_cannot_be() -> None:
    data, chat = {"text": ["a"]}, {"prompt": [[{"role": "user", "content": "a"}]]}
    with pytest.raises(ValueError, match="keep must be 'first' with against"):
        fc.deduplicate(data, against=data, keep="longest")
    with pytest.raises(ValueError, match="against: on names the column 'text', which is not there"):
        fc.deduplicate(data, against={"body": ["a"]})
    with pytest.raises(TypeError, match="on names 'prompt', which is text in one"):
        fc.deduplicate({"prompt": ["a"]}, against=chat, on="prompt")
    with pytest.raises(TypeError, match="against must be a Polars DataFrame"):
        fc.deduplicate(data, against=3)
    splits = datasets.DatasetDict(train=datasets.Dataset.from_dict(data))
    with pytest.raises(TypeError, match="against must be one table, got a DatasetDict"):
        fc.deduplicate(data, against=splits)


TURNS = [
    {"role": "system", "content": "Answer in French."},
    {"role": "user", "content": "Name three rivers."},
    {"role": "assistant", "content": "La Seine, la Loire, le Rhône."},
]


@pytest.mark.parametrize("on", ["messages", "prompt", "response"])
@pytest.mark.parametrize("method", ["similar", "exact"])
def test_system_turns(on: str, method: Any) -> None:
    """Another system prompt makes another row only where system turns are compared, and never another response."""
    other = [{"role": "system", "content": "Be brief."}, *TURNS[1:]]
    data = pa.table({"messages": [TURNS, other, TURNS[1:]]})
    without: Any = fc.deduplicate(data, on=on, method=method)
    assert without.representative.to_pylist() == [0, 0, 0]
    kept: Any = fc.deduplicate(data, on=on, method=method, system_turns=True)
    assert kept.representative.to_pylist() == ([0, 0, 0] if on == "response" else [0, 1, 2])


@given(rows=tables(), cut=st.integers(0, 12), threshold=THRESHOLDS)
def test_pairs_and_groups_across_splits(rows: list[dict[str, Any]], cut: int, threshold: float) -> None:
    """Those of the splits end to end, the test split first, with every row numbered in its own split."""
    test, train = rows[:cut], rows[cut:]
    names = [("test", row) for row in range(len(test))] + [("train", row) for row in range(len(train))]
    splits = datasets.DatasetDict(
        train=datasets.Dataset(table(train)).select_columns("text"),
        test=datasets.Dataset(table(test)).select_columns("text"),
    )
    found = ask(splits, on="text", across_splits=True, threshold=threshold)
    both = ask(table(rows), on="text", threshold=threshold)
    expected = [(*names[a], *names[b], score) for a, b, score in pairs(rows, on="text", threshold=threshold)]
    assert [tuple(pair.values()) for pair in found.pairs().read_all().to_pylist()] == expected
    assert found.pairs(limit=1).read_all().num_rows == min(1, len(expected))
    groups, whole = found.groups(), both.groups()
    lines = {
        (*names[line["kept_row"]], line["removed"], line["similarity"]): {names[row] for row in line["rows"]}
        for line in whole.table.to_pylist()
    }
    assert {
        (line["kept_split"], line["kept_row"], line["removed"], line["similarity"]): {
            (row["split"], row["row"]) for row in line["rows"]
        }
        for line in groups.table.to_pylist()
    } == lines
    assert len(repr(groups).splitlines()) == len(repr(whole).splitlines())
