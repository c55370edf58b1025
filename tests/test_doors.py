"""DuckDB, arro3, NumPy and pandas through their Arrow exports: the same values from all of them."""

import arro3.core
import duckdb
import fastcurate as fc
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

TEXTS = [
    "Café  au lait ",
    None,
    "one two three",
    "",
    "One, two: three!",
    "日本語 のテキスト",
    "one two three",
]
FUNCTIONS = {
    "normalize": fc.normalize,
    "fingerprint": fc.fingerprint,
    "minhash": lambda text: fc.minhash(text, num_perm=4),
    "simhash": fc.simhash,
    "count_tokens": lambda text: fc.count_tokens(text, tokenizer="gpt2"),
}


def relation(texts=TEXTS, **more):
    return duckdb.from_arrow(pa.table({"text": pa.array(texts, pa.string()), **more}))


COLUMNS = {
    "duckdb": relation,
    "duckdb, another connection": lambda: duckdb.connect().from_arrow(relation().to_arrow_table()),
    "arro3 array": lambda: arro3.core.Array.from_arrow(pa.array(TEXTS)),
    "arro3 chunks": lambda: arro3.core.ChunkedArray.from_arrow(pa.chunked_array([TEXTS[:3], TEXTS[3:]])),
    "arro3 views": lambda: arro3.core.Array.from_arrow(pa.array(TEXTS, pa.string_view())),
    "numpy objects": lambda: np.array(TEXTS, dtype=object),
    "numpy strings": lambda: np.array(TEXTS, dtype=np.dtypes.StringDType(na_object=None)),
    "pandas str": lambda: pd.Series(TEXTS, dtype="str"),
    "pandas arrow": lambda: pd.Series(TEXTS, dtype=pd.ArrowDtype(pa.large_string())),
    "pandas objects": lambda: pd.Series(TEXTS, dtype=object, index=list("gfedcba")),
}


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("door", COLUMNS)
def test_a_column_gives_what_a_list_gives(door, function):
    call = FUNCTIONS[function]
    result = call(COLUMNS[door]())
    assert isinstance(result, pa.Array | pa.ChunkedArray)
    assert result.to_pylist() == call(TEXTS).to_pylist()


@pytest.mark.parametrize("texts", [["a\x00b", "x"], ["", "a\x00"], ["\x00a"]])
def test_a_numpy_text_goes_on_after_a_nul(texts):
    array = np.array(texts)  # fixed width: NumPy itself drops what ends in NULs
    assert fc.normalize(array, controls="keep").to_pylist() == array.tolist()


TABLES = {
    "duckdb": lambda: relation(n=list(range(7))),
    "arro3": lambda: arro3.core.Table.from_arrow(pa.table({"text": TEXTS, "n": range(7)})),
    "arro3 reader": lambda: arro3.core.RecordBatchReader.from_stream(
        pa.table({"text": TEXTS, "n": range(7)})
    ),
}


@pytest.mark.parametrize("method", ["exact", "similar"])
@pytest.mark.parametrize("door", TABLES)
def test_a_table_is_answered_by_a_pyarrow_table(door, method):
    found = fc.deduplicate(TABLES[door](), method=method)
    expected = fc.deduplicate(pa.table({"text": TEXTS, "n": range(7)}), method=method)
    assert isinstance(found.kept, pa.Table)
    assert found.kept["n"].to_pylist() == expected.kept["n"].to_pylist()
    assert found.removed["kept_row"].to_pylist() == expected.removed["kept_row"].to_pylist()
    assert found.representative.to_pylist() == expected.representative.to_pylist()


def test_the_answer_goes_back_into_a_query():
    kept = fc.deduplicate(relation(n=list(range(7)))).kept  # noqa: F841 - DuckDB finds it by its name
    lengths = pa.table({"length": fc.count_tokens(relation(), tokenizer="words")})  # noqa: F841
    assert duckdb.sql("select count(*), max(n) from kept").fetchall() == [(5, 5)]
    assert duckdb.sql("select sum(length), count(length) from lengths").fetchall() == [(14, 6)]


def test_lengths_come_from_any_door():
    lengths = [5, 2, 3, 1]
    bins = fc.pack(lengths, capacity=6).bins.to_pylist()
    for door in (
        duckdb.sql("select unnest([5, 2, 3, 1]) as length"),
        arro3.core.Array.from_arrow(pa.array(lengths)),
        np.array(lengths, dtype=np.int32),
        pd.Series(lengths, dtype="uint16"),
    ):
        assert fc.pack(door, capacity=6).bins.to_pylist() == bins
    assert np.asarray(fc.bucket_by_length(np.array(lengths), buckets=2).bucket).tolist() == [1, 0, 1, 0]


def test_conversations_from_a_query():
    chats = duckdb.sql(
        "select [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Ho'}] as messages"
    )
    assert not fc.validate_chat(chats)
    assert fc.count_tokens(chats, tokenizer="words").to_pylist() == [2]
    assert fc.to_messages(chats).counts == (1, 0)


def test_a_relation_of_several_columns_is_no_column():
    with pytest.raises(
        TypeError, match="must be one column, got .*DuckDBPyRelation with the columns 'text', 'n'"
    ):
        fc.normalize(relation(n=list(range(7))))
