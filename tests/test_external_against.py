"""What files are held against, and what is asked of their pairs afterwards: the same answers as in memory."""

import json
import random

import fastcurate as fc
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastcurate.external import room, source, verdicts
from fastcurate.recipe import Recipe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies.rows import KEEPS, SHINGLES, THRESHOLDS, tables
from test_external import rows_of_chat, same, write_lines


@pytest.fixture
def tiny(monkeypatch):
    """Everything in as many pieces, parts, blocks and rounds as there can be."""
    monkeypatch.setattr(source, "PIECE", 200)
    monkeypatch.setattr(room, "LEAST", 64)
    monkeypatch.setattr(verdicts, "MOST", 1)


def table_of(rows, columns):
    """A table of these rows; the columns are there even if the rows are not."""
    kinds = {"score": pa.float64()}
    names = [*columns, "score", "source"]
    return pa.Table.from_pylist(rows, pa.schema([(name, kinds.get(name, pa.string())) for name in names]))


def same_rows(one, other):
    """Also where they hold NaN."""
    assert repr(one.to_pylist()) == repr(other.to_pylist())


def same_answers(one, other):
    """All that can be asked of what `deduplicate` gives."""
    assert one.summary() == other.summary()
    for name in ("representative", "similarity", "kept_in"):
        assert getattr(one, name).equals(getattr(other, name)), name
    same_rows(one.kept, other.kept)
    same_rows(one.removed, other.removed)
    assert one.groups().table.equals(other.groups().table)
    assert repr(one.groups()) == repr(other.groups())
    assert repr(one.examples()) == repr(other.examples())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=tables(("prompt", "completion")),
    old=tables(("prompt", "completion"), max_size=8),
    threshold=THRESHOLDS,
    shingle=SHINGLES,
    within=st.sampled_from([None, "source"]),
    method=st.sampled_from(["similar", "exact"]),
    kept_as=st.sampled_from(["parquet", "jsonl", "table", "index"]),
    group=st.integers(1, 9),
)
def test_rows_that_are_there_already(
    tiny, tmp_path_factory, *, rows, old, threshold, shingle, within, method, kept_as, group
):
    folder = tmp_path_factory.mktemp("against")
    columns = ("prompt", "completion")
    pq.write_table(table_of(rows, columns), folder / "new.parquet", row_group_size=group)
    against = table_of(old, columns)
    if kept_as == "parquet":
        pq.write_table(against, folder / "old.parquet", row_group_size=group)
        against = str(folder / "old.parquet")
    elif kept_as == "jsonl" and old:
        write_lines(folder / "old.jsonl", old, broken=[0, len(old) // 2])
        against = folder / "old.jsonl"
    elif kept_as == "index" and old:
        index = fc.DuplicateIndex(on=list(columns), within="source")
        index.add(against)
        against = index
    options = {"method": method, "within": within, "against": against, "on_error": "skip"}
    if method == "similar":
        options |= {"threshold": threshold, "shingle": shingle}
    one = fc.deduplicate(folder / "new.parquet", **options)
    other = fc.deduplicate(folder / "new.parquet", **options, work=folder / "work")
    same_answers(one, other)
    if method == "similar":
        assert one.pairs().read_all().equals(other.pairs().read_all())


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=tables(),
    thresholds=st.tuples(THRESHOLDS, THRESHOLDS).map(sorted),
    shingle=SHINGLES,
    keep=KEEPS,
    within=st.sampled_from([None, "source"]),
    limit=st.integers(0, 30),
)
def test_pairs_and_other_thresholds(
    tiny, tmp_path_factory, *, rows, thresholds, shingle, keep, within, limit
):
    folder = tmp_path_factory.mktemp("pairs")
    pq.write_table(table_of(rows, ("text",)), folder / "rows.parquet", row_group_size=3)
    options = {"threshold": thresholds[0], "shingle": shingle, "keep": keep, "within": within}
    one = fc.deduplicate(folder / "rows.parquet", **options)
    # In a work folder that is there, and in one that is not.
    work = {"work": folder / "work"} if limit % 2 else {"memory": 32 << 20, "work": None}
    if work["work"] is None:
        other = fc.deduplicate(folder / "rows.parquet", **options, work=folder / "gone")
        other._curated.forget()
    else:
        other = fc.deduplicate(folder / "rows.parquet", **options, **work)
    assert one.pairs().read_all().equals(other.pairs().read_all())
    assert one.pairs(limit=limit).read_all().equals(other.pairs(limit=limit).read_all())
    higher = one.rethreshold(thresholds[1]), other.rethreshold(thresholds[1])
    assert higher[0].summary() == higher[1].summary()
    for name in ("representative", "similarity"):
        assert getattr(higher[0], name).equals(getattr(higher[1], name)), name
    same_rows(higher[0].kept, higher[1].kept)
    assert higher[0].pairs().read_all().equals(higher[1].pairs().read_all())
    assert higher[0].groups().table.equals(higher[1].groups().table)
    # What was asked first is still what it was.
    assert one.summary() == other.summary()
    same_rows(one.removed, other.removed)
    with pytest.raises(ValueError, match="threshold must be from"):
        other.rethreshold(1.5)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=tables(), keep=KEEPS, target=st.integers(0, 12), old=st.booleans())
def test_no_more_rows_than_asked_for(tiny, tmp_path_factory, *, rows, keep, target, old):
    folder = tmp_path_factory.mktemp("target")
    pq.write_table(table_of(rows, ("text",)), folder / "rows.parquet", row_group_size=3)
    options = {"target_rows": target, "shingle": "word:1"}
    options |= (
        {"against": {"text": ["alpha beta"], "score": [1.0], "source": ["web"]}} if old else {"keep": keep}
    )
    answers = []
    for work in (None, folder / "work"):
        try:
            answers.append(fc.deduplicate(folder / "rows.parquet", **options, work=work))
        except ValueError as error:
            answers.append(str(error))
    one, other = answers
    if isinstance(one, str):
        assert "cannot be reached" in one
        assert one == other
        return
    same_answers(one, other)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=tables(),
    old=tables(max_size=6),
    order=st.permutations(["exact", "similar", "quality", "words", "similar"]),
    keep=st.sampled_from(["first", "last", "none"]),
    threshold=THRESHOLDS,
    held=st.sampled_from([(), ("exact",), ("exact", "similar")]),
)
def test_steps_in_any_order(tiny, tmp_path_factory, *, rows, old, order, keep, threshold, held):
    """Rules and other steps behind `deduplicate`, and near duplicates twice."""
    folder = tmp_path_factory.mktemp("order")
    pq.write_table(table_of(rows, ("text",)), folder / "rows.parquet", row_group_size=4)
    pq.write_table(table_of(old, ("text",)), folder / "old.parquet", row_group_size=2)
    against = {"against": [str(folder / "old.parquet")]}
    options = {
        "exact": ("deduplicate", {"method": "exact", **(against if "exact" in held else {"keep": keep})}),
        "similar": (
            "deduplicate",
            {
                "threshold": threshold,
                "shingle": "word:1",
                **(against if "similar" in held else {"keep": keep}),
            },
        ),
        "quality": ("quality", {"rules": ["words >= 2", "words <= 20"]}),
        "words": ("words", {"banned": ["gamma", "2"]}),
    }
    recipe = Recipe.of("test", ("normalize", {}), *(options[name] for name in order))
    same(folder / "rows.parquet", recipe, folder / "work")


def test_a_whole_job_against_older_chats(tiny, tmp_path):
    write_lines(tmp_path / "new.jsonl", rows_of_chat(200, seed=2), broken=[3])
    write_lines(tmp_path / "old.jsonl", rows_of_chat(120, seed=3))
    steps = [("exact", {"method": "exact"}), ("similar", {"threshold": 0.5})]
    recipe = Recipe.of(
        "test",
        *(("deduplicate", options | {"against": [str(tmp_path / "old.jsonl")]}) for _, options in steps),
        ("quality", {"rules": ["words >= 3"]}),
    )
    one = fc.curate(tmp_path / "new.jsonl", recipe=recipe, on_error="skip")
    other = fc.curate(tmp_path / "new.jsonl", recipe=recipe, on_error="skip", work=tmp_path / "work")
    assert json.dumps(one.summary()) == json.dumps(other.summary())
    same_rows(one.removed, other.removed)
    same_rows(one.kept, other.kept)
    assert repr(one.examples()) == repr(other.examples())
    one.save(tmp_path / "one")
    other.save(tmp_path / "other")
    manifests = [json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("one", "other")]
    assert manifests[0]["against"] == manifests[1]["against"] != []


def test_another_older_table_is_another_job(tmp_path):
    write_lines(tmp_path / "new.jsonl", [{"text": "a b c"}, {"text": "d e f"}])

    def run(old):
        return fc.deduplicate(tmp_path / "new.jsonl", against=old, work=tmp_path / "work")

    assert run({"text": ["A b c."]}).summary()["removed"] == 1
    assert run({"text": ["A b c."]}).summary()["removed"] == 1
    with pytest.raises(ValueError, match="against was"):
        run({"text": ["d e f"]})


def test_lines_that_cannot_be_read_among_the_older_ones(tmp_path):
    write_lines(tmp_path / "new.jsonl", [{"text": "a b c"}, {"text": "d e f"}])
    write_lines(tmp_path / "old.jsonl", [{"text": "x"}, {"text": "d e f"}], broken=[0])
    options = {"against": tmp_path / "old.jsonl"}
    with pytest.raises(ValueError, match=r"old\.jsonl, line 1"):
        fc.deduplicate(tmp_path / "new.jsonl", **options, work=tmp_path / "work")
    found = fc.deduplicate(tmp_path / "new.jsonl", **options, on_error="skip", work=tmp_path / "other")
    assert found.removed.select(["row", "kept_row", "kept_in"]).to_pylist() == [
        {"row": 1, "kept_row": 2, "kept_in": "against"}
    ]


def test_what_cannot_go_together(tmp_path):
    write_lines(tmp_path / "new.jsonl", [{"text": "a"}])
    work = {"work": tmp_path / "work"}
    with pytest.raises(ValueError, match="keep must be 'first' with against"):
        fc.deduplicate(tmp_path / "new.jsonl", against={"text": ["a"]}, keep="last", **work)
    with pytest.raises(TypeError, match="against must be"):
        fc.deduplicate(tmp_path / "new.jsonl", against=5, **work)
    with pytest.raises(ValueError, match="against: on names the column 'text', which is not there"):
        fc.deduplicate(tmp_path / "new.jsonl", against={"other": ["a"]}, **work)
    exact = fc.deduplicate(tmp_path / "new.jsonl", method="exact", **work)
    for call in (exact.pairs, lambda: exact.rethreshold(0.9)):
        with pytest.raises(ValueError, match="needs method='similar'"):
            call()


def test_a_sample_of_the_rows_that_an_earlier_step_left(tiny, monkeypatch, tmp_path):
    """The old rows take out all that is short: the plan is that of the long rows that are left."""
    monkeypatch.setattr(source, "PIECE", 100_000)
    rng = random.Random(7)
    short = [f"a b {number}" for number in range(3000)]
    long = [" ".join(f"w{rng.randrange(9000)}" for _ in range(900)) for _ in range(4500)]
    pq.write_table(pa.table({"text": short + long}), tmp_path / "rows.parquet", row_group_size=500)
    pq.write_table(pa.table({"text": short}), tmp_path / "old.parquet")
    recipe = Recipe.of(
        "test",
        ("deduplicate", {"method": "exact", "against": [str(tmp_path / "old.parquet")]}),
        ("deduplicate", {"threshold": 0.5}),
    )
    same(tmp_path / "rows.parquet", recipe, tmp_path / "work")
    assert (
        np.count_nonzero(fc.curate(tmp_path / "rows.parquet", recipe=recipe).parts[None].job.reason) == 3000
    )
