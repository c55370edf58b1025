"""`fastcurate.DuplicateIndex`: portions equal the whole, files come back, other configurations are refused."""

import itertools
import random
from pathlib import Path
from typing import Any

import datasets
import fastcurate as fc
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.similar import deduplicate
from strategies.rows import THRESHOLDS, tables
from test_deduplicate_options import SCHEMA

TEXTS = {"key": ["a", "b", "c"], "text": ["Name three rivers.", "Boil an egg.", "name three rivers"]}


def portions(rows: list[dict[str, Any]], cuts: list[int]) -> list[pa.Table]:
    edges = sorted({0, len(rows), *(min(cut, len(rows)) for cut in cuts)})
    pieces = [rows[first:last] for first, last in itertools.pairwise(edges)] or [rows]
    return [pa.Table.from_pylist(piece, schema=SCHEMA) for piece in pieces]


def answers(found: Any) -> list[Any]:
    """For each row what stands for it, by its id where it is another row."""
    removed = {line["row"]: (line["kept_id"], line["similarity"]) for line in found.removed.to_pylist()}
    return [removed.get(row) for row in range(len(found.representative))]


@given(
    rows=tables(max_size=20),
    cuts=st.lists(st.integers(0, 20), max_size=8),
    threshold=THRESHOLDS,
    numbers=st.booleans(),
    within=st.sampled_from([None, "source"]),
    measure=st.sampled_from(["jaccard", "jaccard", "containment", "hamming"]),
)
def test_portions(rows: list[dict[str, Any]], cuts: list[int], **options: Any) -> None:
    """Added in portions, added to two indexes that are then merged: the verdicts of all rows at once."""
    threshold, numbers, within = options["threshold"], options["numbers"], options["within"]
    config: dict[str, Any] = {"on": "text", "threshold": threshold, "distinct_numbers": numbers}
    config["measure"] = options["measure"]
    expected = deduplicate(rows, within=[within] if within else [], **config)
    kept = set(expected.kept)
    verdicts = [
        None if row in kept else (expected.representative[row], expected.similarity[row])
        for row in range(len(rows))
    ]
    index, found, parts = fc.DuplicateIndex(**config, within=within), [], []
    for piece in portions(rows, cuts):
        asked = answers(index.query(piece))
        assert asked == answers(index.add(piece))
        found += asked
        parts.append(fc.DuplicateIndex(**config, within=within))
        parts[-1].add(piece)
    assert found == verdicts
    merged = fc.DuplicateIndex(**config, within=within)
    for part in parts:
        merged.merge(part)
    every = pa.Table.from_pylist(rows, schema=SCHEMA)
    for one in (index, merged):
        assert (len(one), one.kept) == (len(rows), len(kept))
    assert answers(merged.query(every)) == answers(index.query(every))


@given(rows=tables(), threshold=THRESHOLDS)
def test_files(
    rows: list[dict[str, Any]], threshold: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("index") / "seen.index"
    index = fc.DuplicateIndex(on="text", threshold=threshold, within=["source"])
    every = pa.Table.from_pylist(rows, schema=SCHEMA)
    for again in (False, True):
        if again:
            index.add(every)
        index.save(path)
        loaded = fc.DuplicateIndex.load(path, threshold=threshold)
        assert loaded.config == index.config
        assert (len(loaded), loaded.kept) == (len(index), index.kept)
        assert answers(loaded.query(every)) == answers(index.query(every))


def test_a_few_rows_are_held_against_few() -> None:
    """What can be similar is looked up; what is said of it, and of the whole index, is the same."""
    draw = random.Random(3)
    words = [f"w{number}" for number in range(500)]
    rows = [
        {"a": " ".join(draw.choices(words, k=12)), "b": draw.choice(["", "yes", "no"])} for _ in range(600)
    ]
    for place in range(100, 600, 7):
        rows[place] = rows[place - 90] | {"a": rows[place - 90]["a"] + " " + draw.choice(words)}
    expected = deduplicate(rows, on=["a", "b"], threshold=0.7)
    index = fc.DuplicateIndex(on=["a", "b"], threshold=0.7)
    index.add(pa.Table.from_pylist(rows[:300]))
    for first in range(300, 600, 20):
        found: Any = index.add(pa.Table.from_pylist(rows[first : first + 20]))
        assert found.summary()["against"] == sum(row < first for row in expected.kept)
        stands = found.representative.to_pylist()
        where = found.kept_in.to_pylist()
        said = [row + first * (side == "new") for row, side in zip(stands, where, strict=True)]
        assert said == expected.representative[first : first + 20]
    assert index.kept == len(expected.kept)
    again = index.query(pa.Table.from_pylist(rows[:1]))
    assert again.removed["kept_row"].to_pylist() == [0]


def test_rows_that_were_cut_in_another_way_are_judged_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = fc.DuplicateIndex(ids="key")
    index.add(TEXTS)
    index._rows = index._rows.set_column(2, "fc_kept", pa.array([True, True, True]))  # type: ignore[union-attr]
    index.save(tmp_path / "new.index")
    assert fc.DuplicateIndex.load(tmp_path / "new.index").kept == 3
    with monkeypatch.context() as patched:
        patched.setattr("fastcurate.dedup.index._shingles", lambda _: {"unicode": "1.1"})
        index.save(tmp_path / "old.index")
    assert fc.DuplicateIndex.load(tmp_path / "old.index").kept == 2


def test_ids_of_any_frame() -> None:
    index = fc.DuplicateIndex(ids="key")
    index.add(TEXTS)
    more = pl.DataFrame({"key": ["d", "e"], "text": ["boil an egg!", "Something else altogether"]})
    removed = index.add(more).removed
    assert removed.select("row", "kept_row", "kept_in", "kept_id").rows() == [(0, 1, "against", "b")]
    last = datasets.Dataset.from_dict(
        {"key": ["f", "g", "h"], "text": ["x y", "something ELSE altogether", "X y"]}
    )
    removed = index.query(last).removed
    assert removed["kept_id"] == ["e", "f"]
    assert removed["kept_row"] == [4, 0]
    other = fc.DuplicateIndex(ids="key")
    other.add(last)
    index.merge(other)
    assert (len(index), index.kept, len(other)) == (8, 4, 3)
    assert index.config["on"] == ["text"]


def test_conversations() -> None:
    chats = [
        [{"role": "user", "content": "Hi there"}, {"role": "assistant", "content": text}]
        for text in ("x", "y")
    ]
    index = fc.DuplicateIndex(on="prompt")
    index.add(pa.table({"messages": chats[:1]}))
    named = [[{"role": "user", "content": "hi there", "name": "Eve"}], None]
    assert index.add(pl.DataFrame({"messages": named})).removed["kept_id"].to_list() == [0]
    assert index.kept == 2


def test_a_crash_while_saving_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "seen.index"
    index = fc.DuplicateIndex(ids="key")
    index.add(TEXTS)
    index.save(path)
    before = path.read_bytes()
    index.add({"key": ["z"], "text": ["more"]})

    def breaks(*_: Any) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", breaks)
        with pytest.raises(OSError, match="no space left"):
            index.save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["seen.index"]
    assert path.read_bytes() == before
    assert len(fc.DuplicateIndex.load(path)) == 3


def test_another_configuration_is_refused(tmp_path: Path) -> None:
    index = fc.DuplicateIndex(on="text", threshold=0.8)
    index.add(TEXTS)
    path = tmp_path / "seen.index"
    index.save(path)
    with pytest.raises(
        ValueError, match=r"another configuration: threshold is 0.9 here and 0.8 in .*seen.index"
    ):
        fc.DuplicateIndex.load(path, threshold=0.9)
    with pytest.raises(ValueError, match=r"shingle is 'word:3' here and 'char:5' in other"):
        index.merge(fc.DuplicateIndex(on="text", shingle="char:5"))
    with pytest.raises(ValueError, match=r"measure is 'jaccard' here and 'containment' in other"):
        index.merge(fc.DuplicateIndex(on="text", measure="containment"))
    with pytest.raises(ValueError, match=r"on is \['text'\] here and \['body'\] in other"):
        index.merge(fc.DuplicateIndex(on="body"))
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        fc.DuplicateIndex.load(path, colour=1)
    with pytest.raises(TypeError, match="other must be a DuplicateIndex, got dict"):
        index.merge(TEXTS)  # type: ignore[arg-type]


def test_what_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="threshold"):
        fc.DuplicateIndex(threshold=1.5)
    with pytest.raises(ValueError, match="shingle"):
        fc.DuplicateIndex(shingle="words")
    with pytest.raises(ValueError, match='measure must be "jaccard"'):
        fc.DuplicateIndex(measure="cosine")  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match="idf cannot be had in a DuplicateIndex: its weights depend on all rows"
    ):
        fc.DuplicateIndex(idf=True)
    with pytest.raises(TypeError, match="ids must be the name of a column, got 3"):
        fc.DuplicateIndex(ids=3)  # type: ignore[arg-type]
    index = fc.DuplicateIndex(ids="key")
    index.add(TEXTS)
    with pytest.raises(ValueError, match="ids='key': there is no column 'key'"):
        index.add({"text": ["a"]})
    with pytest.raises(TypeError, match="the index has ids of type large_string, data has int64"):
        index.add({"key": [1], "text": ["a"]})
    with pytest.raises(TypeError, match="ids must be a column of text or whole numbers, got double"):
        index.add({"key": [1.5], "text": ["a"]})
    splits = datasets.DatasetDict(train=datasets.Dataset.from_dict(TEXTS))
    with pytest.raises(TypeError, match="data must be one table, got a DatasetDict; pass its splits: train"):
        index.add(splits)
    assert len(index) == 3
    odd = tmp_path / "odd.index"
    odd.write_bytes(b"something else")
    with pytest.raises(ValueError, match="is not a saved DuplicateIndex"):
        fc.DuplicateIndex.load(odd)
