"""Every kind of column goes to a kernel without a copy, and the result comes back as the caller's kind."""

import datasets
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from carriers import CHATS, TEXTS, Data, Stream, hf, texts_of
from fastcurate import _core
from fastcurate.frames import column, open_frame

COLUMNS = {
    "list": list,
    "tuple": tuple,
    "numpy objects": lambda t: np.array(t, dtype=object),
    "numpy nan": lambda t: np.array([float("nan") if x is None else x for x in t], dtype=object),
    "array": lambda t: pa.array(t, pa.string()),
    "large": lambda t: pa.array(t, pa.large_string()),
    "view": lambda t: pa.array(t, pa.string_view()),
    "dictionary": lambda t: pa.array(t, pa.string()).dictionary_encode(),
    "slice": lambda t: pa.array(["x", *t, "y"], pa.string()).slice(1, len(t)),
    "chunks": lambda t: pa.chunked_array([t[:2], [], t[2:]], pa.string()),
    "polars": lambda t: pl.Series("n", t, dtype=pl.String),
    "polars chunks": lambda t: pl.concat([pl.Series("n", t[:3]), pl.Series("n", t[3:])], rechunk=False),
    "polars slice": lambda t: pl.Series("n", ["x", *t, "y"])[1:-1],
    "polars categorical": lambda t: pl.Series("n", t, dtype=pl.Categorical),
    "pandas": lambda t: pd.Series(t, index=range(10, 10 + len(t))),
    "pandas objects": lambda t: pd.Series(t, dtype=object),
    "pandas arrow": lambda t: pd.Series(t, dtype=pd.ArrowDtype(pa.string())),
    "pandas categories": lambda t: pd.Series(t, dtype="category"),
    "hf": lambda t: hf(t)["text"],
    "hf indices": lambda t: hf([*reversed(t)]).select(range(len(t) - 1, -1, -1))["text"],
    "hf nested": lambda t: datasets.Dataset.from_dict({"s": [{"text": x} for x in t]})["s"]["text"],
    "stream": lambda t: Stream(pa.chunked_array([t], pa.string())),
    "stream of rows": lambda t: Stream(pa.table({"only": pa.array(t, pa.string())})),
    "stream of array": lambda t: Data(pa.array(t, pa.string())),
}
if hasattr(np.dtypes, "StringDType"):  # NumPy 2
    COLUMNS["numpy StringDType"] = lambda t: np.array(t, dtype=np.dtypes.StringDType(na_object=None))


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_kind_of_column_gives_its_rows_to_a_kernel_and_the_result_back(kind):
    expected = texts_of(_core.fingerprint(pa.array(TEXTS)))
    arrow, give_back = column(COLUMNS[kind](TEXTS))
    assert texts_of(arrow) == TEXTS
    result = give_back(_core.fingerprint(arrow))
    assert isinstance(result, pl.Series if kind.startswith("polars") else pa.Array)
    assert (result.to_list() if isinstance(result, pl.Series) else result.to_pylist()) == expected


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_without_rows_and_without_texts(kind):
    for values in ([], [None, None, None]):
        if kind.startswith("hf ") and not values:
            continue
        arrow, _ = column(COLUMNS[kind](values))
        assert len(texts_of(_core.fingerprint(arrow))) == len(values)


def test_numpy_unicode_and_views_of_it():
    values = np.array(["a", "żółć", ""])
    assert texts_of(column(values)[0]) == ["a", "żółć", ""]
    assert texts_of(column(values[::-1])[0]) == ["", "żółć", "a"]


def test_arrow_buffers_are_shared():
    array = pa.array(["some text that is longer than a view"] * 3)
    assert column(array)[0] is array
    frame = open_frame(pa.table({"text": array}))
    assert frame.arrow("text").chunk(0).buffers()[2].address == array.buffers()[2].address
    dataset = hf(["x" * 50] * 3)
    inside = dataset.data.table.column("text").chunk(0).buffers()[2].address
    assert pa.chunked_array(column(dataset["text"])[0]).chunk(0).buffers()[2].address == inside
    series = pl.Series(["y" * 50] * 3)
    if hasattr(series, "__arrow_c_stream__"):  # Polars 1.3
        assert column(series)[0] is series


def test_polars_gets_its_own_types_back():
    _, give_back = column(pl.Series("mine", ["a", None]))
    prints = give_back(pa.array([b"0" * 16, None], pa.binary(16)))
    assert prints.dtype == pl.Binary
    assert prints.name == "mine"
    assert prints.to_list() == [b"0" * 16, None]
    signatures = give_back(pa.array([[1, 2], None], pa.list_(pa.uint32(), 2)))
    assert signatures.dtype == pl.Array(pl.UInt32, 2)
    assert signatures.to_list() == [[1, 2], None]
    assert give_back(pa.chunked_array([["x"], ["y"]])).to_list() == ["x", "y"]


@pytest.mark.parametrize(
    "values",
    [
        CHATS,
        pa.array(CHATS),
        pl.Series(CHATS),
        pd.Series(CHATS),
        datasets.Dataset.from_dict({"m": CHATS})["m"],
    ],
    ids=["list", "arrow", "polars", "pandas", "hf"],
)
def test_a_column_of_messages(values):
    assert texts_of(column(values, "messages")[0]) == CHATS


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ("one text", r"text must be a column, got str.*\[text\]"),
        (b"bytes", "got bytes"),
        (["a", 3], "text, row 1: expected str or None, got int"),
        (np.array([["a"]]), "one dimension"),
        (7, "text must be a list of str .*got int"),
        (pl.DataFrame({"a": ["x"]}), "pass one of its columns"),
        (pl.LazyFrame({"a": ["x"]}), "collect it"),
        (pd.DataFrame({"a": ["x"]}), "pass one of its columns"),
        (pa.table({"a": ["x"]}), "pass one of its columns"),
        (hf(), "pass one of its columns"),
        (Stream(pa.table({"a": ["x"], "b": ["y"]})), "'a', 'b'"),
    ],
)
def test_what_is_no_column_is_a_type_error_that_says_what_to_pass(values, says):
    with pytest.raises(TypeError, match=says):
        column(values)


@pytest.mark.parametrize("values", [["ok", "bad \ud800"], np.array(["ok", "\udfff"], dtype=object)])
def test_a_lone_surrogate_is_an_error_with_its_row(values):
    with pytest.raises(ValueError, match=r"text, row 1: .*lone surrogate"):
        column(values)


def test_a_lone_surrogate_inside_messages():
    with pytest.raises(ValueError, match="messages, row 2: "):
        column([*CHATS[:1], None, [{"role": "user", "content": "\ud83d"}]], "messages")
