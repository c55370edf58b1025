"""The job end to end: verdicts, evidence, plan, files, on every kind of table."""

from __future__ import annotations

import errno
import json
import sys
from typing import TYPE_CHECKING, Any

import fastcurate as fc
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, DatasetDict
from fastcurate.curate.inputs import sha256_of, tokenizer_used
from fastcurate.files import write_rows

if TYPE_CHECKING:
    from pathlib import Path

STORY = "once upon a time there was a small house in a big wood and nobody ever came to see it"
ROWS: list[dict[str, Any]] = [
    {"instruction": "Say hi.", "input": "", "output": "Hi!", "row": 9},
    {"instruction": None, "input": None, "output": None, "row": 8},
    {"instruction": "Say  hi.", "input": "", "output": "Hi! ", "row": 7},
    {"instruction": "Wave.", "input": None, "output": " \n", "row": 6},
    {"instruction": "", "input": "3 + 4", "output": "7", "row": 5},
    {"instruction": "", "input": "3 + 5", "output": "7", "row": 4},
    {"instruction": "Tell a story", "input": "", "output": STORY, "row": 3},
    {"instruction": "tell a story!", "input": "", "output": STORY + " again", "row": 2},
    {"instruction": "Write much", "input": "", "output": "word " * 3000, "row": 1},
    {"instruction": "Write  much", "input": "", "output": "word " * 3000, "row": 0},
]
REASONS = {1: "null", 2: "exact_duplicate", 3: "empty", 7: "near_duplicate", 8: "too_long", 9: "too_long"}
KEPT = [0, 4, 5, 6]


def table() -> pa.Table:
    return pa.Table.from_pylist(ROWS)


def arrow(rows: Any) -> pa.Table:
    """Any kind of table as Arrow."""
    if isinstance(rows, pa.Table):
        return rows
    if isinstance(rows, pl.LazyFrame):
        rows = rows.collect()
    if isinstance(rows, pl.DataFrame):
        return rows.to_arrow()
    if isinstance(rows, pd.DataFrame):
        return pa.Table.from_pandas(rows, preserve_index=False)
    return rows.with_format("arrow")[:]


def verdicts(curated: fc.Curated) -> list[tuple[Any, ...]]:
    removed = arrow(curated.removed)
    row = "fc_row" if "fc_row" in removed.column_names else "row"
    columns = [removed[name].to_pylist() for name in (row, "kept_row", "similarity", "reason")]
    return list(zip(*columns, strict=True))


def test_every_row_has_its_verdict() -> None:
    done = fc.curate(table(), tokenizer="words")
    found = verdicts(done)
    assert {row: reason for row, _, _, reason in found} == REASONS
    by_row = {row: (kept, similarity) for row, kept, similarity, _ in found}
    assert by_row[2] == (0, 1.0)
    assert by_row[7][0] == 6
    assert 0.8 <= by_row[7][1] < 1
    assert by_row[9] == (None, None), "a copy of a row that is too long is too long itself"
    assert done.kept["row"].to_pylist() == [ROWS[row]["row"] for row in KEPT]
    assert done.removed["output"].to_pylist()[1] == "Hi! ", "removed rows are as they came in"
    summary = done.summary()
    assert summary["removed"] == {
        "null": 1,
        "empty": 1,
        "exact_duplicate": 1,
        "near_duplicate": 1,
        "too_long": 2,
    }
    assert (summary["rows_in"], summary["rows_kept"], summary["rows_removed"]) == (10, 4, 6)
    assert [step["rows_left"] for step in summary["steps"]] == [9, 8, 7, 5, 4]
    assert summary["on"] == [["instruction", "input"], "output"]


def test_kept_texts_are_clean_and_other_columns_untouched() -> None:
    rows = pa.table({"text": ["a  b\x07 ", "c"], "note": ["x  y", "z "], "n": pa.array([1, None], pa.int8())})
    kept = fc.curate(rows).kept
    assert kept["text"].to_pylist() == ["a b", "c"]
    assert kept.select(["note", "n"]).equals(rows.select(["note", "n"]))
    assert kept.schema.names == rows.schema.names


def test_the_plan_has_a_line_for_every_kept_row() -> None:
    plan = fc.curate(table(), tokenizer="words").plan
    assert plan.column_names == ["row", "length", "bucket", "pack", "position"]
    assert plan["row"].to_pylist() == KEPT
    assert plan["length"].to_pylist() == [3, 4, 4, 3 + len(STORY.split())]
    assert set(plan["pack"].to_pylist()) == {0}
    assert sorted(plan["position"].to_pylist()) == [0, 1, 2, 3]


def test_without_a_tokenizer_the_token_steps_are_skipped_and_said() -> None:
    done = fc.curate(table())
    summary = done.summary()
    assert summary["skipped"] == ["count_tokens", "max_tokens", "bucket_by_length", "pack"]
    assert "no tokenizer" in summary["note"]
    assert summary["tokens"] is None
    assert done.plan["length"].null_count == done.plan.num_rows
    assert (9, 8, 1.0, "exact_duplicate") in verdicts(done)


FRAMES = {
    "pyarrow": lambda rows: rows,
    "chunked": lambda rows: pa.concat_tables([rows.slice(0, 3), rows.slice(3, 0), rows.slice(3)]),
    "polars": pl.DataFrame,
    "lazy": lambda rows: pl.DataFrame(rows).lazy(),
    "pandas": lambda rows: rows.to_pandas(),
    "datasets": Dataset,
}


@pytest.mark.parametrize("kind", FRAMES)
def test_every_table_gets_the_same_verdicts_and_its_own_type(kind: str) -> None:
    rows = FRAMES[kind](table())
    done = fc.curate(rows, tokenizer="words")
    expected = fc.curate(table(), tokenizer="words")
    assert type(done.kept) is type(rows)
    assert type(done.removed) is type(rows)
    # pandas has one missing value for all its kinds
    assert str(verdicts(done)) == str(verdicts(expected)).replace("nan", "None")
    assert arrow(done.kept)["output"].to_pylist() == expected.kept["output"].to_pylist()
    assert done.plan.equals(expected.plan)
    assert done.summary() == expected.summary()


def test_a_dataset_dict_is_done_split_by_split(tmp_path: Path) -> None:
    splits = DatasetDict({"train": Dataset(table()), "test": Dataset(table().slice(0, 3))})
    done = fc.curate(splits, tokenizer="words")
    assert isinstance(done.kept, DatasetDict)
    assert {split: len(rows) for split, rows in done.kept.items()} == {"train": 4, "test": 1}
    assert set(done.plan) == set(done.summary()) == {"train", "test"}
    done.save(tmp_path / "out")
    assert pq.read_table(tmp_path / "out" / "test" / "data.parquet").num_rows == 1
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["inputs"] == [{"split": "train", "rows": 10}, {"split": "test", "rows": 3}]


FORMATS = ("jsonl", "jsonl.gz", "jsonl.zst", "parquet", "csv", "arrow")


@pytest.mark.parametrize("kind", FORMATS)
def test_every_file_format_gets_the_same_verdicts_and_comes_back(tmp_path: Path, kind: str) -> None:
    source = tmp_path / f"raw.{kind}"
    write_rows(table(), source, kind)
    done = fc.curate(source, tokenizer="words")
    expected = fc.curate(table(), tokenizer="words")
    assert verdicts(done) == verdicts(expected)
    done.save(tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"data.{kind}", "plan.parquet", "removed.parquet", "manifest.json", "summary.json"}
    again = fc.curate(tmp_path / "out" / f"data.{kind}", tokenizer="words")
    assert again.summary()["rows_removed"] == 0
    assert again.kept["output"].to_pylist() == expected.kept["output"].to_pylist()
    assert again.kept.column_names == list(ROWS[0])
    removed = pq.read_table(tmp_path / "out" / "removed.parquet")
    assert set(removed["file"].to_pylist()) == {str(source)}


def chat(*turns: tuple[str, str | None]) -> list[dict[str, str | None]]:
    return [{"role": role, "content": content} for role, content in turns]


CHATS = [
    chat(("system", "Be kind."), ("user", "Hello  there"), ("assistant", "Hi!")),
    chat(("user", "Hello there"), ("assistant", "Hi!")),
    None,
    [],
    chat(("system", "Be kind.")),
    chat(("user", "Hello?"), ("assistant", " ")),
    chat(("human", "Other names"), ("bot", "are fine")),
    chat(("user", "No answer yet")),
    chat(("user", "Null"), ("assistant", None)),
]
CHAT_TYPE = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))


@pytest.mark.parametrize("kind", [CHAT_TYPE, pa.large_list(CHAT_TYPE.value_type)], ids=["list", "large list"])
def test_conversations(kind: pa.DataType) -> None:
    rows = pa.table({"messages": pa.array(CHATS, CHAT_TYPE).cast(kind), "id": list(range(len(CHATS)))})
    for part in (rows, pa.concat_tables([rows.slice(0, 1), rows.slice(1)])):
        done = fc.curate(part, tokenizer="words")
        assert done.kept["id"].to_pylist() == [0, 6, 7]
        assert done.kept["messages"].to_pylist()[0] == chat(
            ("system", "Be kind."), ("user", "Hello there"), ("assistant", "Hi!")
        )
        assert done.kept.schema.equals(part.schema)
        reasons = {row: reason for row, _, _, reason in verdicts(done)}
        assert reasons == {1: "exact_duplicate", 2: "null", 3: "empty", 4: "empty", 5: "empty", 8: "empty"}
        assert done.plan["length"].to_pylist() == [5, 4, 3]


def test_prompt_and_response_of_conversations() -> None:
    rows = pa.table({"messages": pa.array(CHATS, CHAT_TYPE)})
    done = fc.curate(rows, on=["prompt", "response"])
    assert [row for row in range(9) if row not in {found[0] for found in verdicts(done)}] == [0]


def test_conversations_need_more_similarity() -> None:
    words = [first + second for first in "abcde" for second in "fghijklm"]
    one = " ".join(words)
    other = " ".join([*words[:37], "x", "y", "z"])  # 35 of 41 shingles: .85
    talks = [chat(("user", one)), chat(("user", other))]
    assert fc.curate(pa.table({"messages": pa.array(talks, CHAT_TYPE)})).summary()["rows_removed"] == 0
    assert fc.curate({"text": [one, other]}).summary()["removed"] == {"near_duplicate": 1}


def test_a_duplicate_of_a_near_duplicate_goes_for_the_row_that_stays() -> None:
    # Row 1 equals row 2 byte by byte, but both go for row 0.
    texts = [STORY + " indeed", STORY, STORY]
    found = verdicts(fc.curate({"text": texts}))
    assert [(row, kept, reason) for row, kept, _, reason in found] == [
        (1, 0, "near_duplicate"),
        (2, 0, "near_duplicate"),
    ]
    assert found[0][2] == found[1][2]


def test_broken_lines_are_an_error_or_removed_rows(tmp_path: Path) -> None:
    source = tmp_path / "raw.jsonl"
    source.write_bytes(b'{"text": "one"}\n{"text": \n{"text": "two"}\nnot json\n{"text": "one"}\n')
    with pytest.raises(ValueError, match=r"raw\.jsonl, line 2"):
        fc.curate(source)
    done = fc.curate(source, on_error="skip")
    removed = done.removed.to_pylist()
    assert [(row["row"], row["reason"], row["line"], row["raw"]) for row in removed] == [
        (1, "broken", 2, b'{"text": '),
        (3, "broken", 4, b"not json"),
        (4, "exact_duplicate", 5, None),
    ]
    assert removed[2]["kept_row"] == 0
    assert done.plan["row"].to_pylist() == [0, 2]
    assert done.summary()["removed"] == {"broken": 2, "exact_duplicate": 1}
    done.save(tmp_path / "out")
    assert (tmp_path / "out" / "data.jsonl").read_text() == '{"text":"one"}\n{"text":"two"}\n'
    assert pq.read_table(tmp_path / "out" / "removed.parquet").num_rows == 3
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["inputs"] == [{"file": str(source), "sha256": sha256_of(source), "rows": 5}]


def test_the_manifest_tells_what_the_files_are(tmp_path: Path) -> None:
    fc.curate(table(), tokenizer="words").save(tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert {output["file"]: output["rows"] for output in manifest["outputs"]} == {
        "data.parquet": 4,
        "plan.parquet": 4,
        "removed.parquet": 6,
        "summary.json": None,
    }
    for output in manifest["outputs"]:
        assert output["sha256"] == sha256_of(tmp_path / "out" / output["file"])
    assert manifest["recipe"]["name"] == "sft"
    assert manifest["tokenizer"] == {"name": "words"}
    assert manifest["recipe"]["steps"][0] == {
        "step": "normalize",
        "form": "NFC",
        "whitespace": "collapse",
        "controls": "remove",
    }
    assert manifest["versions"]["fastcurate"] == fc.__version__


def test_a_tokenizer_file_is_named_with_its_hash(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_text("{}")
    hashed = {"sha256": sha256_of(file)}
    assert tokenizer_used(file) == {"name": str(file)} | hashed
    assert tokenizer_used(str(tmp_path)) == {"name": str(tmp_path)} | hashed
    assert tokenizer_used("{}") == {"name": "given as builtins.str"}
    assert tokenizer_used(None) is None


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_the_same_bytes_every_time(tmp_path: Path, kind: str) -> None:
    source = tmp_path / f"raw.{kind}"
    write_rows(pa.concat_tables([table()] * 50), source, kind)
    for name, threads in (("one", 1), ("two", 2), ("again", 2)):
        fc.curate(source, tokenizer="gpt2", threads=threads).save(tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    for name in files:
        content = (tmp_path / "one" / name).read_bytes()
        assert content == (tmp_path / "two" / name).read_bytes(), name
        assert content == (tmp_path / "again" / name).read_bytes(), name


def test_a_folder_with_something_in_it_is_refused_and_replaced_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep me")
    done = fc.curate(table())
    with pytest.raises(FileExistsError, match="not empty"):
        done.save(out)
    assert (out / "mine.txt").read_text() == "keep me"
    done.save(out, overwrite=True)
    assert not (out / "mine.txt").exists()
    assert (out / "data.parquet").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(table: pa.Table, path: Path, kind: str) -> None:
        if path.name == "plan.parquet":
            raise OSError(errno.ENOSPC, "No space left on device")
        write_rows(table, path, kind)

    monkeypatch.setattr(sys.modules["fastcurate.curate.save"], "write_rows", full)
    with pytest.raises(OSError, match="No space left on device; nothing was written"):
        fc.curate(table()).save(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_input_that_changed_is_not_vouched_for(tmp_path: Path) -> None:
    source = tmp_path / "raw.jsonl"
    source.write_text('{"text": "one"}\n')
    done = fc.curate(source)
    source.write_text('{"text": "another"}\n')
    with pytest.raises(ValueError, match="has changed since it was read"):
        done.save(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_errors_come_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the columns are"):
        fc.curate({"body": ["x"]})
    with pytest.raises(ValueError, match="'nix', which is not there"):
        fc.curate(table(), on="nix")
    with pytest.raises(TypeError, match="'row' of type int64"):
        fc.curate(table(), on="row")
    with pytest.raises(FileNotFoundError, match="gone"):
        fc.curate(tmp_path / "gone.jsonl")
    with pytest.raises(FileNotFoundError, match="tokenizer"):
        fc.curate(table(), tokenizer=str(tmp_path / "gone.json"))
    with pytest.raises(ValueError, match="format must be one of"):
        fc.curate(table()).save(tmp_path / "out", format="xml")
    assert not (tmp_path / "out").exists()


def test_no_rows_are_no_error() -> None:
    done = fc.curate(table().slice(0, 0), tokenizer="words")
    assert done.kept.num_rows == done.removed.num_rows == done.plan.num_rows == 0
    assert done.summary()["rows_in"] == 0


def test_progress_names_the_steps_and_counts_their_rows() -> None:
    seen: list[tuple[str, int, int]] = []
    fc.curate(table(), tokenizer="words", progress=lambda *now: seen.append(now))
    assert list(dict.fromkeys(step for step, _, _ in seen))[:4] == [
        "read",
        "normalize",
        "drop_null",
        "drop_empty",
    ]
    assert [now for now in seen if not 0 <= now[1] <= now[2]] == []


def test_a_recipe_of_ones_own(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text('[[steps]]\nstep = "deduplicate"\nmethod = "exact"\nkeep = "best:row"\n')
    rows = pa.table({"text": ["a", "a", None, "b", None], "row": [1, 2, 3, 4, 5]})
    done = fc.curate(rows, recipe=recipe)
    assert done.kept["row"].to_pylist() == [2, 3, 4, 5], (
        "null rows are no duplicates, and no step removes them"
    )


@pytest.mark.parametrize("split", ["../elsewhere", "a/b", "..", "", "summary.json", "manifest.json"])
def test_a_split_that_is_no_name_of_a_folder_is_refused(tmp_path: Path, split: str) -> None:
    data = DatasetDict({split: Dataset.from_dict({"text": ["a", "b"]})})
    with pytest.raises(ValueError, match="cannot be the name of a folder"):
        fc.curate(data).save(tmp_path / "below" / "out")
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["a b", "c d"])], ids=["categories", "enum"])
def test_polars_categories_are_texts(tmp_path: Path, kind: Any) -> None:
    frame = pl.DataFrame({"text": pl.Series(["a b", "c d", "a b", None], dtype=kind)})
    done = fc.curate(frame)
    assert (done.kept.height, done.removed.height) == (2, 2)
    done.save(tmp_path / "out")
    assert pq.read_table(tmp_path / "out" / "data.parquet").column("text").to_pylist() == ["a b", "c d"]
