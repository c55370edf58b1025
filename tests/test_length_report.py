"""The report on lengths against plain counting, and what depends on it on the command line."""

import json
from pathlib import Path
from typing import Any

import fastcurate as fc
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastcurate.cli import main
from fastcurate.recipe import Recipe
from hypothesis import given
from hypothesis import strategies as st

LENGTHS = st.lists(st.one_of(st.integers(0, 20), st.integers(0, 5000)), min_size=1, max_size=80)


@given(LENGTHS, st.lists(st.integers(1, 4000), min_size=1, max_size=3), st.integers(1, 9))
def test_what_a_length_cuts_and_pads(lengths: list[int], limits: list[int], buckets: int) -> None:
    report = fc.length_report(lengths, max_lengths=limits, buckets=buckets)
    assert (report.rows, report.tokens) == (len(lengths), sum(lengths))
    ordered = sorted(lengths)
    assert report.quantiles["min"] == ordered[0]
    assert report.quantiles["max"] == ordered[-1]
    assert report.quantiles["median"] == ordered[(len(ordered) - 1) // 2]
    assert report.quantiles["mean"] == pytest.approx(sum(lengths) / len(lengths))
    for line, limit in zip(report.limits.to_pylist(), limits, strict=True):
        cut = [min(length, limit) for length in lengths]
        assert line["max_length"] == limit
        assert line["rows_cut"] == sum(length > limit for length in lengths)
        assert line["tokens_cut"] == sum(lengths) - sum(cut)
        assert line["padding_none"] == pytest.approx(1 - sum(cut) / (len(cut) * max(cut)) if max(cut) else 0)
        packed = fc.pack(cut, capacity=limit)
        assert line["packs"] == len(packed.bins)
        assert line["padding_packed"] == pytest.approx(packed.waste)
        in_buckets = fc.bucket_by_length(cut, buckets=buckets)
        assert line["padding_buckets"] == in_buckets.padding_waste.after
    assert str(report.rows) in repr(report)
    assert report._repr_html_().count("<table>") == 3


@given(st.lists(st.one_of(st.integers(0, 70), st.integers(0, 2**31 - 1)), min_size=1, max_size=60))
def test_the_histogram_doubles(lengths: list[int]) -> None:
    histogram = fc.length_report(lengths, max_lengths=[]).histogram
    assert sum(rows for _, rows in histogram) == len(lengths)
    before = -1
    first = histogram[0][0]
    for up_to, rows in histogram:
        low = before if up_to != first else up_to // 2 if up_to > 1 else up_to - 1
        assert rows == sum(low < length <= up_to for length in lengths)
        assert up_to in {0, 1} or up_to == 2 * before or up_to == first
        before = up_to
    assert histogram[0][1] > 0
    assert histogram[-1][1] > 0


SOURCE = ["a", "b", "a", None]


@pytest.mark.parametrize(
    "source",
    [SOURCE, pa.array(SOURCE), pl.Series(SOURCE), pa.array(SOURCE).dictionary_encode(),
     pa.array(SOURCE, pa.string_view())],
    ids=["list", "pyarrow", "polars", "dictionary", "view"],
)  # fmt: skip
def test_by_source(source: Any) -> None:
    report = fc.length_report(np.array([1, 20, 3, 5]), source=source)
    assert report.sources is not None
    assert report.sources.to_pylist() == [
        {"source": "b", "rows": 1, "tokens": 20, "share": pytest.approx(20 / 29), "mean": 20.0},
        {"source": None, "rows": 1, "tokens": 5, "share": pytest.approx(5 / 29), "mean": 5.0},
        {"source": "a", "rows": 2, "tokens": 4, "share": pytest.approx(4 / 29), "mean": 2.0},
    ]
    assert report.summary()["sources"][0]["source"] == "b"


def test_tables_are_counted() -> None:
    table = {"text": ["a b c", "d"], "from": ["x", "y"]}
    for data in (table, pl.DataFrame(table), pa.table(table)):
        report = fc.length_report(data, tokenizer="words", source="from")
        assert report.sources is not None
        assert (report.tokens, report.sources["tokens"].to_pylist()) == (4, [3, 1])
    assert fc.length_report({"length": [1, 2]}).tokens == 3
    chats = {"messages": [[{"role": "user", "content": "a b"}]]}
    template = "{% for m in messages %}<{{ m.role }}> {{ m.content }}{% endfor %}"
    assert fc.length_report(chats, tokenizer="words", chat_template=template).tokens == 3


def test_nothing() -> None:
    report = fc.length_report([])
    assert (report.rows, report.quantiles, report.histogram) == (0, {}, [])
    assert repr(report).startswith("0 rows, 0 tokens")
    assert fc.length_report([0, 0]).limits["rows_cut"].to_pylist() == [0] * 4


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        ([1, None], {}, ValueError, "row 1: the length is null"),
        ([1, -2], {}, ValueError, "row 1: .* got -2"),
        ({"text": ["a"]}, {}, ValueError, "tokenizer must be given for a table without a column 'length'"),
        ([1, 2], {"source": ["a"]}, ValueError, "source must have a value for each of the 2 rows, got 1"),
        ([1, 2], {"source": "a"}, ValueError, "source must be a column where data is one"),
        ({"length": [1]}, {"source": "b"}, ValueError, "there is no column 'b'"),
        ([1], {"max_lengths": [0]}, ValueError, "capacity must be between 1"),
        ([1.5], {}, TypeError, "lengths must be a column of integers"),
    ],
)
def test_what_cannot_be_reported_says_why(
    data: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fc.length_report(data, **options)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    made = [
        {"text": "a b c", "document": "x"},
        {"text": "d", "document": "x"},
        {"text": "e f", "document": "y"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    return path


def test_the_command_lengths(rows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["lengths", str(rows), "--tokenizer", "words", "--source", "document", "--max-length", "2"]) == 0
    )
    said = capsys.readouterr().out
    assert said.startswith("3 rows, 6 tokens")
    assert "by source" in said
    assert main(["lengths", str(rows), "--tokenizer", "words", "--max-length", "2", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [line["rows_cut"] for line in report["limits"]] == [1]
    assert main(["lengths", str(rows)]) == 1


@pytest.mark.parametrize(
    ("options", "packs"),
    [
        ([], [0, 1, 1]),
        (["--max-rows", "1"], [0, 2, 1]),
        (["--apart", "document"], [0, 1, 1]),
        (["--together", "document", "--capacity", "4"], [0, 0, 1]),
    ],
)
def test_the_command_pack_keeps_to_constraints(
    rows: Path, tmp_path: Path, options: list[str], packs: list[int]
) -> None:
    out = tmp_path / "out"
    assert main(["pack", str(rows), "--tokenizer", "words", "--capacity", "3", *options, "-o", str(out)]) == 0
    assert pq.read_table(out / "plan.parquet")["pack"].to_pylist() == packs


def test_the_counts_beside_the_rows(rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert (
        main(["tokens", str(rows), "--tokenizer", "words", "--length-column", "length", "-o", str(out)]) == 0
    )
    written = [json.loads(line) for line in (out / "data.jsonl").read_text().splitlines()]
    assert [row["length"] for row in written] == [3, 1, 2]
    assert [row["document"] for row in written] == ["x", "x", "y"]


def test_chats_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chats = tmp_path / "chats.jsonl"
    chats.write_text(json.dumps({"messages": [{"role": "user", "content": "a b"}]}) + "\n")
    template = tmp_path / "mine.jinja"
    template.write_text("{% for m in messages %}<{{ m.role }}> {{ m.content }}{% endfor %}")
    assert main(["tokens", str(chats), "--tokenizer", "words", "--chat-template", str(template)]) == 0
    said = capsys.readouterr().out
    assert "tokens   3" in said
    assert "mine.jinja" in said
    assert main(["tokens", str(chats), "--tokenizer", "words"]) == 0
    assert "none: contents only" in capsys.readouterr().out


def test_a_row_is_named_by_its_place_in_the_input() -> None:
    rows = {"text": [None, "a b", "c d e"]}
    recipe = Recipe.of("short", ("drop_null", {}), ("count_tokens", {}), ("pack", {"capacity": 2}))
    with pytest.raises(ValueError, match="row 2: length 3 is over the capacity of 2"):
        fc.curate(rows, recipe=recipe, tokenizer="words")
    chats = {"messages": [None, [{"role": "user", "content": "a"}], [{"role": "x", "content": "b"}]]}
    template = "{% if messages[0].role == 'x' %}{{ raise_exception('no x') }}{% endif %}"
    recipe = Recipe.of("counted", ("drop_null", {}), ("count_tokens", {}))
    with pytest.raises(ValueError, match="row 2: the chat template refuses the conversation: no x"):
        fc.curate(chats, recipe=recipe, tokenizer="words", chat_template=template)
