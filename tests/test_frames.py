"""Every frame type in and out as itself, with nulls, chunks, slices, indices and clashing names."""

import subprocess
import sys
from math import isnan
from typing import Any

import datasets
import fastcurate as fc
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from carriers import CHATS, TEXTS, Stream, hf
from fastcurate.frames import Frame, open_frame
from hypothesis import given, settings
from hypothesis import strategies as st


def rows(result):
    """The rows of any frame type as Python dicts."""
    if isinstance(result, pl.LazyFrame):
        result = result.collect()
    if isinstance(result, pl.DataFrame):
        return result.to_dicts()
    if isinstance(result, pd.DataFrame):
        return [
            {
                k: None if v is None or v is pd.NA or (isinstance(v, float) and isnan(v)) else v
                for k, v in row.items()
            }
            for row in result.to_dict("records")
        ]
    if isinstance(result, datasets.Dataset):
        return list(result)
    return result.to_pylist()


COLUMN_VALUES: dict[str, Any] = {"text": TEXTS, "row": list(range(100, 108))}
ARROW = pa.table(COLUMN_VALUES)
FRAMES = {
    "polars": (lambda: pl.DataFrame(COLUMN_VALUES), pl.DataFrame),
    "lazy": (lambda: pl.LazyFrame(COLUMN_VALUES), pl.LazyFrame),
    "lazy filter": (
        lambda: pl.LazyFrame({"text": ["z", *TEXTS], "row": range(99, 107 + 1)}).filter(pl.col("row") > 99),
        pl.LazyFrame,
    ),
    "arrow": (lambda: ARROW, pa.Table),
    "arrow chunks": (lambda: pa.concat_tables([ARROW.slice(0, 3), ARROW.slice(3)]), pa.Table),
    "reader": (lambda: ARROW.to_reader(max_chunksize=2), pa.Table),
    "batch": (lambda: ARROW.to_batches()[0], pa.Table),
    "dict": (lambda: COLUMN_VALUES, pa.Table),
    "stream": (lambda: Stream(ARROW), pa.Table),
    "pandas": (lambda: pd.DataFrame(COLUMN_VALUES, index=list("abcdefgh")), pd.DataFrame),
    "hf": (lambda: hf(row=COLUMN_VALUES["row"]), datasets.Dataset),
    "hf indices": (
        lambda: hf(TEXTS[::-1], row=COLUMN_VALUES["row"][::-1]).select(range(7, -1, -1)),
        datasets.Dataset,
    ),
}
EVERY_FRAME = pytest.mark.parametrize("kind", FRAMES)


def opened(kind):
    make, native = FRAMES[kind]
    frame = open_frame(make())
    assert isinstance(frame, Frame)
    return frame, native


@EVERY_FRAME
def test_columns_come_out_as_arrow(kind):
    frame, _ = opened(kind)
    assert frame.columns == ["text", "row"]
    assert frame.num_rows == 8
    for name, values in COLUMN_VALUES.items():
        assert isinstance(frame.arrow(name), pa.ChunkedArray)
        assert frame.arrow(name).to_pylist() == values


@EVERY_FRAME
@pytest.mark.parametrize("picked", [[], [0], [1, 2, 7], [5, 0, 0, 3], list(range(8))])
def test_rows_come_back_in_the_callers_type(kind, picked):
    frame, native = opened(kind)
    taken = frame.take(np.array(picked, dtype=np.int64))
    assert isinstance(taken, native)
    assert rows(taken) == [{"text": TEXTS[row], "row": 100 + row} for row in picked]


@EVERY_FRAME
@pytest.mark.parametrize("picked", [[], [1, 2, 7], [5, 0, 0, 3]])
def test_rows_come_back_with_our_columns_and_the_user_keeps_the_names(kind, picked):
    frame, native = opened(kind)
    extra = {
        "row": pa.array(picked, pa.int64()),
        "kept_row": pa.array([None] * len(picked), pa.int64()),
        "similarity": pa.array([0.5] * len(picked), pa.float64()),
        "reason": pa.array(["exact"] * len(picked), pa.string()),
    }
    taken = frame.take_with(np.array(picked, dtype=np.int64), extra)
    assert isinstance(taken, native)
    expected = [
        {
            "text": TEXTS[r],
            "row": 100 + r,
            "fc_row": r,
            "kept_row": None,
            "similarity": 0.5,
            "reason": "exact",
        }
        for r in picked
    ]
    assert rows(taken) == expected
    if isinstance(taken, datasets.Dataset):
        assert list(taken.column_names) == ["text", "row", "fc_row", "kept_row", "similarity", "reason"]


@EVERY_FRAME
def test_replaced_columns_keep_their_place_and_type(kind):
    frame, native = opened(kind)
    upper = pa.array([None if text is None else text.upper() for text in TEXTS], pa.large_string())
    before = frame.arrow("text").type
    replaced = frame.replace({"text": upper})
    assert replaced.columns == ["text", "row"]
    assert replaced.arrow("text").to_pylist() == upper.to_pylist()
    assert replaced.arrow("text").type == before
    assert frame.arrow("text").to_pylist() == TEXTS
    everything = replaced.take(np.arange(8))
    assert isinstance(everything, native)
    assert rows(everything) == [{"text": t, "row": 100 + r} for r, t in enumerate(upper.to_pylist())]


@EVERY_FRAME
def test_an_unknown_column_lists_those_there_are(kind):
    frame, _ = opened(kind)
    with pytest.raises(ValueError, match=r"no column 'txt'; the columns are 'text', 'row'"):
        frame.arrow("txt")
    with pytest.raises(ValueError, match=r"no column 'txt'"):
        frame.replace({"txt": pa.array(TEXTS)})


@EVERY_FRAME
def test_series_are_the_callers(kind):
    frame, native = opened(kind)
    series = frame.series(pa.array([1, 2, None]))
    assert isinstance(series, pl.Series if native in (pl.DataFrame, pl.LazyFrame) else pa.Array)


@settings(deadline=None)
@given(data=st.data())
def test_gathering_equals_python_indexing(data):
    values = data.draw(st.lists(st.none() | st.text(max_size=3), min_size=1, max_size=20))
    cut = data.draw(st.integers(0, len(values)))
    picked = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=20))
    table = pa.table({"t": pa.chunked_array([values[:cut], values[cut:]], pa.string())})
    expected = [values[row] for row in picked]
    assert open_frame(table).take(np.array(picked, dtype=np.int64))["t"].to_pylist() == expected


def test_pandas_keeps_its_index_and_whole_numbers():
    frame = open_frame(pd.DataFrame({"text": TEXTS}, index=list("abcdefgh")))
    assert list(frame.take(np.array([1, 4])).index) == ["b", "e"]
    extra = {"row": pa.array([1, 4]), "kept_row": pa.array([None, 0], pa.int64())}
    taken = frame.take_with(np.array([1, 4]), extra)
    assert list(taken.index) == ["b", "e"]
    assert str(taken["row"].dtype) == "int64"
    assert str(taken["kept_row"].dtype) == "Int64"


def test_a_repeated_pandas_index_and_labels_that_are_no_strings():
    frame = open_frame(pd.DataFrame({0: ["a", "b"], "t": ["c", "d"]}, index=[5, 5]))
    assert frame.columns == ["0", "t"]
    assert frame.arrow("0").to_pylist() == ["a", "b"]
    taken = frame.replace({"0": pa.array(["x", "y"])}).take_with(np.array([0, 1]), {"row": pa.array([0, 1])})
    assert taken[0].tolist() == ["x", "y"]
    assert list(taken.columns) == [0, "t", "row"]
    assert list(taken.index) == [5, 5]


def test_two_columns_of_one_name():
    frame = open_frame(pa.table([pa.array(["a"]), pa.array(["b"])], names=["t", "t"]))
    with pytest.raises(ValueError, match="2 columns named 't'"):
        frame.arrow("t")


def test_a_lazy_frame_collects_only_what_is_asked_for():
    def fail(_):
        raise AssertionError("this column was not asked for")

    lazy = pl.LazyFrame({"text": ["a", "b"], "other": [1, 2]}).with_columns(
        pl.col("other").map_batches(fail, return_dtype=pl.Int64)
    )
    frame = open_frame(lazy)
    assert frame.arrow("text").to_pylist() == ["a", "b"]
    assert frame.num_rows == 2
    assert isinstance(frame.take(np.array([1])), pl.LazyFrame)


def other_each_time(rows, **columns):
    """A plan that gives other rows every time it runs: fewer of them, or in another order, as `unique` may."""
    runs = iter(range(99))

    def turned(frame):
        at = next(runs) % len(frame)
        return frame.slice(at).vstack(frame.slice(0, 0 if rows == "fewer" else at))

    return pl.LazyFrame(columns).map_batches(turned)


TURNED = {"text": ["a", "a", "b", None, "c"], "other": ["z", "y", "x", "w", "v"], "n": [1, 2, 3, 4, 5]}


@pytest.mark.parametrize("rows", ["turned", "fewer"])
@pytest.mark.parametrize(
    "work",
    [
        lambda plan: fc.deduplicate(plan, on="text").kept.collect(),
        lambda plan: fc.deduplicate(plan, on="text").kept.select("n").collect(),
        lambda plan: fc.deduplicate(plan, on="text").removed.collect(engine="streaming"),
        lambda plan: fc.deduplicate(plan, on=["text", "other"]).kept.collect(),
        lambda plan: fc.filter_quality(plan, on="text", rules="sft").kept.collect(),
        lambda plan: fc.curate(plan, on="text").kept.collect(),
    ],
)
def test_a_lazy_frame_that_gives_other_rows_each_time_is_refused(work, rows):
    with pytest.raises((ValueError, pl.exceptions.PolarsError), match="collect\\(\\) it and pass"):
        work(other_each_time(rows, **TURNED))


def test_a_lazy_frame_of_conversations_is_held_to_what_was_judged():
    chats = [[{"role": "user", "content": text}] for text in "aab"]
    d = fc.deduplicate(pl.LazyFrame({"messages": chats, "n": [1, 2, 3]}))
    assert d.kept.collect()["n"].to_list() == [1, 3]
    with pytest.raises((ValueError, pl.exceptions.PolarsError), match="collect\\(\\) it and pass"):
        fc.deduplicate(other_each_time("turned", messages=chats)).kept.collect()


def test_a_lazy_frame_whose_columns_are_called_like_ours():
    lazy = pl.LazyFrame({"__row": ["a", "b"], "__place": [1, 2], "index": [3, 4]})
    taken = open_frame(lazy).take_with(np.array([1]), {"__row_": pa.array([9])})
    assert taken.collect().to_dicts() == [{"__row": "b", "__place": 2, "index": 4, "__row_": 9}]


def test_large_lazy_frames_keep_their_order_in_every_engine():
    lazy = pl.LazyFrame({"x": range(200_000)})
    picked = np.flatnonzero(np.arange(200_000) % 3)
    taken = open_frame(lazy).take(picked)
    for collected in (taken.collect(), taken.collect(engine="streaming")):
        assert collected["x"].to_list() == picked.tolist()


def test_hf_keeps_features_split_format_and_fingerprint():
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["n", "y"])}
    )
    dataset = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "label": [0, 1, 0]}, features=features)
    dataset = dataset.shuffle(seed=3)
    texts = list(dataset["text"])
    frame = open_frame(dataset.with_format("numpy"))
    assert frame.arrow("text").to_pylist() == texts
    taken = frame.take(np.array([0, 2]))
    assert taken.features == features
    assert taken.format["type"] == "numpy"
    assert list(taken.with_format(None)["text"]) == [texts[0], texts[2]]
    again = frame.take(np.array([0, 2]))
    assert taken._fingerprint == again._fingerprint
    extended = frame.take_with(np.array([2]), {"row": pa.array([2])})
    assert extended.features["label"] == features["label"]
    assert extended.format["type"] == "numpy"
    replaced = frame.replace({"text": pa.array([t.upper() for t in texts], pa.large_string())})
    assert replaced.take(np.arange(3)).features == features


def test_hf_from_disk_keeps_its_memory_map(tmp_path):
    hf(TEXTS * 300).save_to_disk(tmp_path / "ds")
    dataset = datasets.load_from_disk(tmp_path / "ds")
    frame = open_frame(dataset)
    assert frame.arrow("text").to_pylist() == TEXTS * 300
    assert len(frame.take(np.array([3, 1]))) == 2


def test_a_dataset_dict_is_a_frame_for_each_split():
    frames = open_frame(datasets.DatasetDict({"train": hf(), "test": hf(["x"])}))
    assert list(frames) == ["train", "test"]
    assert frames["test"].arrow("text").to_pylist() == ["x"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (7, "Polars DataFrame or LazyFrame, .* got int"),
        (None, "got NoneType"),
        ([1, 2], "got list"),
        ([], "got list"),
        (pl.Series(["a"]), r"got polars\.series"),
        (pa.chunked_array([["a"]]), "ChunkedArray"),
        (pd.Series(["a"]), r"got pandas\..*Series"),
        (hf().to_iterable_dataset(), "streams"),
    ],
)
def test_what_is_no_frame_is_a_type_error_that_lists_what_is(data, says):
    with pytest.raises(TypeError, match=says):
        open_frame(data)


def test_columns_of_a_dict_have_one_length():
    with pytest.raises(ValueError, match=r"one length, got \{'a': 1, 'b': 2\}"):
        open_frame({"a": ["x"], "b": ["x", "y"]})


def test_on_error_is_one_of_two():
    with pytest.raises(ValueError, match="'raise' or 'skip', got 'ignore'"):
        open_frame({"a": ["x"]}, on_error="ignore")


def test_a_library_is_imported_only_for_its_own_objects():
    script = """
import sys
from fastcurate import frames
heavy = {"numpy", "pyarrow", "polars", "pandas", "datasets"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
import pyarrow as pa
frames.open_frame(pa.table({"a": ["x"]})).arrow("a")
frames.column(["a"])
assert not {"polars", "datasets"} & set(sys.modules)
import polars as pl
frames.open_frame(pl.DataFrame({"a": ["x"]}))
assert "datasets" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(
    "column",
    [
        pa.array(TEXTS, pa.string_view()),
        pa.array(CHATS * 2, pa.list_(pa.struct([("role", pa.string_view()), ("content", pa.string_view())]))),
        pa.array([{"s": text} for text in TEXTS], pa.struct([("s", pa.string_view())])),
        pa.DictionaryArray.from_arrays(
            pa.array([1, None, 0, 1, 1, 0, 0, 1], pa.int8()), pa.array(["p", "q"], pa.string_view())
        ),
    ],
    ids=["views", "chats of views", "structs of views", "dictionary of views"],
)
@pytest.mark.parametrize("picked", [[0, 3, 6], [6, 0, 0], [], list(range(8))])
def test_string_views_are_gathered_like_any_text_and_stay_views(column, picked):
    table = pa.table({"x": column, "n": range(8)})
    taken = open_frame(table).take(np.array(picked, dtype=np.int64))
    assert taken.schema == table.schema
    assert taken.to_pylist() == [table.to_pylist()[row] for row in picked]
