"""`fastcurate.deduplicate` against the brute force of law 1, on random small sets and on the golden cases."""

import itertools
import json
import math
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from fastcurate.dedup.result import Deduplicated
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.compared import entries
from reference.similar import Verdicts, deduplicate
from strategies.rows import KEEPS, SHINGLES, THRESHOLDS, conversations, tables

TURNS = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
SCHEMA = {"messages": TURNS, "score": pa.float64(), "s": pa.float64()}
GOLDEN = [json.loads(line) for line in (ROOT / "tests/golden/similar.jsonl").read_text().splitlines()]
MANY = settings(max_examples=10 * settings().max_examples)  # small sets: a thousand take seconds

ONS = st.sampled_from(
    ["text", ["text"], ["text", "b"], [["text", "b"], "c"], [["text", "b", "c"]], ["b", ["c", "text"]]]
)
OPTIONS = st.fixed_dictionaries(
    {"threshold": THRESHOLDS, "shingle": SHINGLES, "keep": KEEPS, "distinct_numbers": st.booleans()}
)
CERTAIN: dict[str, Any] = {"engine": "lsh", "recall": 1 - 1e-9}
"""So many bands that a pair at the threshold is never missed, in practice."""


VOCABULARIES = [
    [f"word{i}" for i in range(400)],
    [f"слово{chr(0x430 + i % 32)}{chr(0x430 + i // 32)}" for i in range(400)],
    [chr(0x4E00 + i) for i in range(400)],
    [f"كلمة{chr(0x627 + i % 28)}{chr(0x627 + i // 28)}" for i in range(400)],
    [f"शब्द{chr(0x915 + i % 33)}{chr(0x915 + i // 33)}" for i in range(400)],
    [f"λέξη{chr(0x3B1 + i % 17)}{chr(0x3B1 + i // 17 % 17)}" for i in range(289)],
]
"""Words of Latin, Cyrillic, Han, Arabic, Devanagari and Greek."""


def arrow(rows: list[dict[str, Any]], names: list[str]) -> pa.Table:
    fields = [pa.field(name, SCHEMA.get(name, pa.string())) for name in names]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def table(rows: list[dict[str, Any]], on: Any = "text") -> pa.Table:
    named = [name for entry in entries(on) for name in entry]
    return arrow(rows, list(dict.fromkeys(rows[0] if rows else [*named, "score", "source"])))


def verdicts(result: Any) -> Verdicts:
    representative = result.representative
    similarity = result.similarity
    as_list = (
        (lambda column: column.to_list()) if isinstance(representative, pl.Series) else pa.Array.to_pylist
    )
    stands = as_list(representative)
    removed = as_list(
        result.removed["row"].combine_chunks()
        if isinstance(result.removed, pa.Table)
        else result.removed["row"]
    )
    kept = sorted(set(range(len(stands))) - set(removed))
    return Verdicts(kept, stands, as_list(similarity))


def same_rows(a: pa.Table, b: pa.Table) -> bool:
    """Arrow calls NaN unequal to itself; a frame does not."""
    return pl.DataFrame(a).equals(pl.DataFrame(b))


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_golden(case: dict[str, Any]) -> None:
    on = case["options"]["on"]
    found = verdicts(fc.deduplicate(table(case["rows"], on), **case["options"]))
    assert found.representative == case["representative"], case["comment"]
    assert found.similarity == [float(Fraction(value)) for value in case["similarity"]], case["comment"]


@MANY
@given(rows=tables(), options=OPTIONS)
def test_one_column(rows: list[dict[str, Any]], options: dict[str, Any]) -> None:
    expected = deduplicate(rows, on="text", **options)
    assert verdicts(fc.deduplicate(table(rows), on="text", **options)) == expected


@MANY
@given(rows=tables(), options=OPTIONS)
def test_hashing_with_many_bands_misses_nothing(rows: list[dict[str, Any]], options: dict[str, Any]) -> None:
    options = {**options, "threshold": max(options["threshold"], 0.3)}
    expected = deduplicate(rows, on="text", **options)
    assert verdicts(fc.deduplicate(table(rows), on="text", **options, **CERTAIN)) == expected


@given(rows=tables(("text", "b")), options=OPTIONS, recall=st.sampled_from([0.05, 0.5, 0.999]))
def test_hashing_never_removes_a_row_without_a_similar_kept_one(
    rows: list[dict[str, Any]], options: dict[str, Any], recall: float
) -> None:
    options = {**options, "threshold": max(options["threshold"], 0.3)}
    on: Any = ["text", "b"]
    found: Any = fc.deduplicate(table(rows, on), on=on, engine="lsh", recall=recall, **options)
    gone = found.removed.select(["row", "kept_row", "similarity"]).to_pylist()
    assert options["keep"] == "none" or not {one["row"] for one in gone} & {one["kept_row"] for one in gone}
    for one in gone:
        pair = [rows[one["row"]], rows[one["kept_row"]]]
        again = deduplicate(pair, on=on, **{**options, "keep": "first"})
        assert again.similarity[1] == one["similarity"] >= options["threshold"]


@pytest.mark.parametrize("engine", ["join", "lsh"])
@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
def test_planted_edits(engine: str, threshold: float) -> None:
    """Copies with words in front, behind, swapped, dropped, other case, punctuation, spacing, numbers; six scripts."""
    draw = random.Random(int(threshold * 100))
    rows = []
    for family in range(60):
        vocabulary = VOCABULARIES[family % len(VOCABULARIES)]
        words = [*draw.choices(vocabulary, k=draw.randint(4, 60)), str(draw.randint(0, 99))]
        at = draw.randrange(len(words) - 1)
        swapped = [*words[:at], words[at + 1], words[at], *words[at + 2 :]]
        rows += [
            " ".join(words),
            " ".join(["front", *words]),
            " ".join([*words, "back", "end"]),
            " ".join(swapped),
        ]
        rows += [
            " ".join(words[:at] + words[at + 1 :]),
            " ".join(words).upper(),
            "-- " + ",  ".join(words) + "!",
            " \n\t".join(words) + "\u3000",
        ]
        rows += [" ".join([*words[:-1], str(draw.randint(100, 199))])]
    draw.shuffle(rows)
    data = [{"text": row} for row in rows]
    settled: dict[str, Any] = CERTAIN if engine == "lsh" else {"engine": "join"}
    for keep in ("first", "longest", "none"):
        expected = deduplicate(data, on="text", threshold=threshold, keep=keep)
        found = fc.deduplicate(table(data), on="text", threshold=threshold, keep=keep, **settled)
        assert verdicts(found) == expected


def test_the_summary_names_the_engine() -> None:
    rows = {"text": ["a b c d", "a b c e"], "b": ["x", "y"]}
    join: Any = fc.deduplicate(rows, on=["text", "b"]).summary()
    assert (join["engine"], join["recall"], join["bands"]) == ("join", 1.0, None)
    assert join["candidates_from"] in join["on"]
    lsh: Any = fc.deduplicate(rows, on="text", engine="lsh").summary()
    assert lsh["engine"] == "lsh"
    bands = lsh["bands"]
    assert lsh["recall"] == pytest.approx(1 - (1 - 0.8 ** bands["rows"]) ** bands["bands"])
    assert lsh["recall"] >= 0.999
    assert set(lsh["estimated_ns_per_row"]) == {"join", "lsh"}


def test_engines_and_recalls_that_are_none() -> None:
    with pytest.raises(ValueError, match="engine must be 'auto', 'join' or 'lsh', got 'fast'"):
        fc.deduplicate({"text": ["a"]}, engine="fast")  # type: ignore[arg-type]
    for recall in (0.0, 1.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="recall must be over 0 and below 1"):
            fc.deduplicate({"text": ["a"]}, recall=recall)


def test_progress_leaves_room_for_judging() -> None:
    """The last report of the cutting is not the end of the bar: comparing the rows is most of the work here."""
    common = " ".join(f"w{i}" for i in range(20))
    rows = [f"{common[: 3 * (i % 7) + 8]} x{i % 97} y{i % 89} {common}" for i in range(5_000)]
    seen: list[int] = []
    fc.deduplicate({"text": rows}, threshold=0.95, progress=seen.append)
    assert seen == sorted(seen)
    assert any(0 < done <= 0.6 * len(rows) for done in seen)
    assert seen[-1] == len(rows)


@MANY
@given(rows=tables(), shingle=SHINGLES, keep=KEEPS, pick=st.integers(0, 11))
def test_at_the_threshold(rows: list[dict[str, Any]], shingle: str, keep: str, pick: int) -> None:
    """A similarity that occurs is reached as a threshold, and the next float above it is not."""
    pairs = deduplicate(rows, on="text", shingle=shingle, keep="none", threshold=0.01).similarity
    reached = pairs[pick % len(pairs)] if pairs else 1.0
    for threshold in {reached, min(1.0, math.nextafter(reached, 2.0))}:
        expected = deduplicate(rows, on="text", shingle=shingle, keep=keep, threshold=threshold)
        found = fc.deduplicate(table(rows), on="text", shingle=shingle, keep=keep, threshold=threshold)
        assert verdicts(found) == expected


@MANY
@given(rows=tables(("text", "b", "c"), max_size=8), on=ONS, options=OPTIONS)
def test_several_columns(rows: list[dict[str, Any]], on: Any, options: dict[str, Any]) -> None:
    expected = deduplicate(rows, on=on, **options)
    assert verdicts(fc.deduplicate(table(rows, on), on=on, **options)) == expected


@pytest.mark.parametrize("numbers", [False, True])
@pytest.mark.parametrize("on", [["a", "b"], ["b", "a"], "a", ["b", ["a", "c"], "a"]])
def test_few_similar_rows_among_many(on: Any, numbers: bool) -> None:
    """One row in six is like an earlier one, in all columns or in some; one in ten is an earlier one, bytes and all."""
    draw = random.Random(str(on))
    rows: list[dict[str, Any]] = []

    def text(few: int, many: int) -> str:
        return " ".join(f"w{draw.randrange(300)}" for _ in range(draw.randint(few, many)))

    for row in range(240):
        rows.append({"a": text(4, 12), "b": text(10, 60), "c": draw.choice(["x", None, "9"])})
        like = dict(draw.choice(rows))
        if row % 6 == 0:
            for name in draw.choice(["a", "b", "ab", "ab", "ab"]):
                like[name] += draw.choice([" and", " more words", "!", " 7", " 8"])
            rows.append(like)
        if row % 10 == 0:
            rows.insert(draw.randrange(len(rows) + 1), dict(draw.choice(rows)))
    for keep, threshold in itertools.product(["first", "longest", "none"], [0.5, 0.8, 0.95]):
        options: dict[str, Any] = {"keep": keep, "distinct_numbers": numbers}
        expected = deduplicate(rows, on=on, threshold=threshold, **options)
        assert expected.kept != list(range(len(rows)))
        for settled in ({"engine": "join"}, CERTAIN):
            found = fc.deduplicate(table(rows, on), on=on, threshold=threshold, **options, **settled)
            assert verdicts(found) == expected
            again = deduplicate(rows, on=on, threshold=0.97, **options)
            assert verdicts(found.rethreshold(0.97)) == again


@given(
    rows=conversations(),
    on=st.sampled_from(["messages", "prompt", "response", ["prompt", "response"], ["response", "messages"]]),
    threshold=THRESHOLDS,
    shingle=SHINGLES,
    distinct_numbers=st.booleans(),
)
def test_conversations(rows: list[dict[str, Any]], on: Any, **options: Any) -> None:
    expected = deduplicate(rows, on=on, **options)
    assert verdicts(fc.deduplicate(arrow(rows, ["messages"]), on=on, **options)) == expected


@given(rows=tables(("text", "b")), on=st.sampled_from(["text", ["text", "b"], [["text", "b"]]]), keep=KEEPS)
def test_exact(rows: list[dict[str, Any]], on: Any, keep: str) -> None:
    expected = deduplicate(rows, on=on, keep=keep, method="exact")
    assert verdicts(fc.deduplicate(table(rows, on), on=on, keep=keep, method="exact")) == expected


@given(rows=tables(), options=OPTIONS)
def test_polars_says_the_same(rows: list[dict[str, Any]], options: dict[str, Any]) -> None:
    frame = pl.DataFrame(rows, schema={"text": pl.String, "score": pl.Float64, "source": pl.String})
    result = fc.deduplicate(frame, on="text", **options)
    assert isinstance(result.kept, pl.DataFrame)
    assert isinstance(result.representative, pl.Series)
    assert verdicts(result) == deduplicate(rows, on="text", **options)


@given(rows=tables(max_size=20), options=OPTIONS, cuts=st.lists(st.integers(0, 20), max_size=5))
def test_threads_and_chunks_change_nothing(
    rows: list[dict[str, Any]], options: dict[str, Any], cuts: list[int]
) -> None:
    whole = table(rows)
    edges = sorted({0, len(rows), *(min(cut, len(rows)) for cut in cuts)})
    pieces = [whole.slice(first, last - first) for first, last in itertools.pairwise(edges)]
    chunked = pa.concat_tables(pieces) if pieces else whole
    expected = verdicts(fc.deduplicate(whole, on="text", threads=1, **options))
    for threads in (1, 2, 3):
        assert verdicts(fc.deduplicate(chunked, on="text", threads=threads, **options)) == expected


@given(rows=tables(), options=OPTIONS, other=THRESHOLDS)
def test_rethreshold(rows: list[dict[str, Any]], options: dict[str, Any], other: float) -> None:
    result = fc.deduplicate(table(rows), on="text", **options)
    assert isinstance(result, Deduplicated)
    if other < options["threshold"]:
        with pytest.raises(ValueError, match="threshold"):
            result.rethreshold(other)
    else:
        expected = deduplicate(rows, on="text", **{**options, "threshold": other})
        assert verdicts(result.rethreshold(other)) == expected


@given(rows=tables(), options=OPTIONS)
def test_nothing_vanishes(rows: list[dict[str, Any]], options: dict[str, Any]) -> None:
    whole = table(rows)
    result: Any = fc.deduplicate(whole, on="text", **options)
    expected = deduplicate(rows, on="text", **options)
    assert result.kept.schema == whole.schema
    assert same_rows(result.kept, whole.take(pa.array(expected.kept, pa.int64())))
    gone = [row for row in range(len(rows)) if row not in set(expected.kept)]
    assert result.removed.column_names == [*whole.column_names, "row", "kept_row", "similarity", "reason"]
    assert same_rows(result.removed.select(whole.column_names), whole.take(pa.array(gone, pa.int64())))
    assert result.removed["row"].to_pylist() == gone
    assert result.removed["kept_row"].to_pylist() == [expected.representative[row] for row in gone]
    assert result.removed["similarity"].to_pylist() == [expected.similarity[row] for row in gone]
    assert set(result.removed["reason"].to_pylist()) <= {"near_duplicate"}
    assert result.representative.type == pa.int64()
    assert result.similarity.type == pa.float64()


def test_exact_says_so() -> None:
    removed = fc.deduplicate(pa.table({"text": ["a", "A", "a"]}), method="exact").removed
    assert removed.to_pylist() == [
        {"text": "a", "row": 2, "kept_row": 0, "similarity": 1.0, "reason": "exact_duplicate"}
    ]


def test_own_columns_step_aside() -> None:
    data = pa.table({"text": ["a", "a"], "row": [7, 8], "reason": ["x", "y"]})
    removed = fc.deduplicate(data, on="text").removed
    assert removed.column_names == ["text", "row", "reason", "fc_row", "kept_row", "similarity", "fc_reason"]
    assert removed["fc_row"].to_pylist() == [1]
    assert removed["row"].to_pylist() == [8]


@pytest.mark.parametrize(
    ("name", "on"),
    [
        ("instruct/alpaca_en_52k", [["instruction", "input"], "output"]),
        ("instruct/t0_per_template", "instruction"),
        ("instruct/alpaca_zh", "instruction"),
        ("labelled/sms_spam", "text"),
    ],
)
def test_real_rows(data: Path, name: str, on: Any) -> None:
    """Rows from all over the file, and again their neighbours, which are often of the same template."""
    rows = pq.read_table(data / f"{name}.parquet")
    step = max(1, rows.num_rows // 150)
    near = [
        row for first in range(0, rows.num_rows, step) for row in (first, first + 1) if row < rows.num_rows
    ]
    some = rows.take(near)
    for threshold in (0.3, 0.6, 0.8):
        expected = deduplicate(some.to_pylist(), on=on, threshold=threshold)
        assert verdicts(fc.deduplicate(some, on=on, threshold=threshold)) == expected


@pytest.mark.parametrize("values", [[[1], [2]], [{"a": 1}, {"a": 2}], [b"\xff", b"x"]])
def test_prefer_needs_a_column_that_has_a_text(values):
    with pytest.raises(TypeError, match="keep='prefer:odd=1' needs a column of text"):
        fc.deduplicate(pa.table({"text": ["a", "a"], "odd": values}), keep="prefer:odd=1")


@pytest.mark.parametrize("threshold", ["0.8", None, True, [1]])
def test_the_threshold_is_a_number(threshold):
    with pytest.raises(TypeError, match="threshold must be a number, got"):
        fc.deduplicate({"text": ["a"]}, threshold=threshold)
    with pytest.raises(TypeError, match="threshold must be a number, got"):
        fc.deduplicate({"text": ["a"]}).rethreshold(threshold)
