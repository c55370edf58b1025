"""A sketch knows what it depends on, keeps it in files, and is not compared with another kind where both are known."""

import pickle
import re

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

ROWS = ["The quick brown fox", None, "jumps over"]


def test_what_a_sketch_says_of_itself() -> None:
    identity = {"algorithm": "fss", "version": 1, "shingle": "char:5", "seed": 9, "unicode": "17.0"}
    found = fc.minhash(ROWS, num_perm=8, algorithm="fss", shingle="char:5", seed=9)
    assert found.type.identity == identity
    assert found.type.extension_name == "fastcurate.sketch"
    assert found.storage.type == pa.list_(pa.field("item", pa.uint32(), nullable=False), 8)
    assert found.to_pylist() == found.storage.to_pylist()
    simhash = {"algorithm": "simhash", "version": 1, "shingle": "nemo:24", "seed": None, "unicode": "17.0"}
    assert fc.simhash(ROWS, shingle="nemo").type.identity == simhash


@pytest.mark.parametrize("carrier", ["parquet", "feather", "pickle", "table"])
def test_the_identity_survives(carrier: str, tmp_path) -> None:
    # No null: pyarrow writes but does not read back Parquet files with null lists of fixed size, whoever made them.
    rows = [row for row in ROWS if row is not None]
    one = fc.minhash(rows, num_perm=8)
    table = pa.table({"sketch": one})
    if carrier == "parquet":
        pq.write_table(table, tmp_path / "x.parquet")
        table = pq.read_table(tmp_path / "x.parquet")
    elif carrier == "feather":
        feather.write_feather(table, tmp_path / "x.feather")
        table = feather.read_table(tmp_path / "x.feather")
    elif carrier == "pickle":
        table = pickle.loads(pickle.dumps(table))
    back = table["sketch"]
    assert back.type.identity == one.type.identity
    assert fc.minhash_similarity(back, one).to_pylist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="seed 1"):
        fc.minhash_similarity(back, fc.minhash(rows, num_perm=8, seed=2))


def test_a_reader_that_does_not_know_the_type_finds_the_identity(tmp_path) -> None:
    pq.write_table(pa.table({"sketch": fc.minhash(ROWS, num_perm=8)}), tmp_path / "x.parquet")
    field = pq.read_schema(tmp_path / "x.parquet").field("sketch")
    assert field.type.identity["algorithm"] == "multiply"
    pa.unregister_extension_type("fastcurate.sketch")
    try:
        field = pq.read_schema(tmp_path / "x.parquet").field("sketch")
        assert b'"algorithm":"multiply"' in field.metadata[b"ARROW:extension:metadata"]
        assert field.type == pa.list_(pa.field("item", pa.uint32(), nullable=False), 8)
    finally:
        from fastcurate.frames.sketches import SketchType

        pa.register_extension_type(SketchType(pa.null(), "{}"))


@pytest.mark.parametrize(
    ("options", "difference"),
    [
        ({"seed": 2}, "sig_b must be sketches of the same identity, seed 1, got seed 2"),
        ({"shingle": "word:2"}, 'shingle "word:3", got shingle "word:2"'),
        ({"algorithm": "fss"}, 'algorithm "multiply", got algorithm "fss"'),
        ({"algorithm": "datasketch"}, 'algorithm "multiply", got algorithm "datasketch"'),
    ],
)
def test_mixing_is_refused(options, difference: str) -> None:
    one, other = fc.minhash(ROWS, num_perm=8), fc.minhash(ROWS, num_perm=8, **options)
    with pytest.raises(ValueError, match=re.escape(difference)):
        fc.minhash_similarity(one, other)
    assert fc.minhash_similarity(one, other.storage).to_pylist()[1] is None  # unknown: nothing can be said


def test_polars_gets_plain_columns() -> None:
    series = pl.Series("text", ROWS)
    assert fc.minhash(series, num_perm=8).dtype == pl.Array(pl.UInt32, 8)
    assert fc.simhash(series).dtype == pl.UInt64
    assert fc.minhash_similarity(fc.minhash(series), fc.minhash(ROWS)).to_list() == [1.0, None, 1.0]
