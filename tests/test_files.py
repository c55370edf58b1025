"""Files of every kind in and out, and every kind of broken file."""

import gzip
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from fastcurate import files
from fastcurate.files import atomic, write_rows
from fastcurate.frames import open_frame
from hypothesis import given, settings
from hypothesis import strategies as st

ROWS: list[dict[str, Any]] = [
    {"text": 'one, "two"\nthree', "n": 1, "x": 0.1, "ok": True, "m": [{"role": "user", "content": "q"}]},
    {"text": "", "n": None, "x": 1e300, "ok": None, "m": []},
    {"text": None, "n": -5, "x": None, "ok": False, "m": None},
    {"text": "żółć 😀 \u2028 2024-01-01", "n": 2**53 + 1, "x": -0.0, "ok": True, "m": [None]},
]
FLAT = [{key: row[key] for key in ("text", "n", "x")} for row in ROWS]
FORMATS = ["jsonl", "jsonl.gz", "jsonl.zst", "parquet", "arrow", "csv", "csv.gz", "csv.zst"]


def lines_of(rows):
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def saved(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("form", FORMATS)
def test_rows_survive_every_format(tmp_path, form):
    rows = FLAT if form.startswith("csv") else ROWS
    path = tmp_path / f"rows.{form}"
    write_rows(pa.Table.from_pylist(rows), path, form)
    for source in (path, str(path), [path], tmp_path, str(tmp_path / "*")):
        frame = open_frame(source)
        assert frame.table.to_pylist() == rows
        assert frame.format == form
        assert frame.paths == [path]
    assert frame.provenance["row"].to_pylist() == [0, 1, 2, 3]
    assert set(frame.provenance["file"].to_pylist()) == {str(path)}
    if form.startswith("jsonl"):
        assert frame.provenance["line"].to_pylist() == [1, 2, 3, 4]
    elif form.startswith("csv"):
        assert frame.provenance["line"].to_pylist() == [2, 4, 5, 6]
    else:
        assert frame.provenance.column_names == ["row", "file"]
    assert frame.broken.num_rows == 0
    first = path.read_bytes()
    write_rows(frame.table, path, form)
    assert open_frame(path).table.to_pylist() == rows
    if form != "parquet":
        assert path.read_bytes() == first
    assert [child.name for child in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", ["jsonl", "ndjson", "json", "JSONL", "jsonl.gz", "json.zst"])
def test_compressed_by_others_and_in_several_members(tmp_path, ending):
    halves = [lines_of(ROWS[:2]), lines_of(ROWS[2:])]
    pack = {"gz": gzip.compress, "zst": zstandard.ZstdCompressor().compress}.get(
        ending[-3:].strip("."), bytes
    )
    path = saved(tmp_path, f"x.{ending}", b"".join(pack(half) for half in halves))
    assert open_frame(path).table.to_pylist() == ROWS


def test_several_files_are_one_input(tmp_path):
    a = saved(tmp_path, "a.jsonl", lines_of([{"t": "a0"}]) + b"\n" + lines_of([{"t": "a1"}]))
    b = saved(tmp_path, "b.jsonl", b"oops\n" + lines_of([{"t": "b1", "more": 1}]))
    frame = open_frame([b, a], on_error="skip")
    assert frame.table.to_pylist() == [
        {"t": "b1", "more": 1},
        {"t": "a0", "more": None},
        {"t": "a1", "more": None},
    ]
    assert frame.provenance.to_pylist() == [
        {"row": 1, "file": str(b), "line": 2},
        {"row": 2, "file": str(a), "line": 1},
        {"row": 3, "file": str(a), "line": 3},
    ]
    (broken,) = frame.broken.to_pylist()
    assert broken.pop("message").startswith("expected value at byte 1")
    assert broken == {"row": 0, "file": str(b), "line": 1, "raw": b"oops"}
    assert open_frame(str(tmp_path / "[ab].jsonl"), on_error="skip").paths == [a, b]
    replaced = frame.replace({"t": pa.array(["x", "y", "z"])})
    assert replaced.provenance is frame.provenance
    assert replaced.broken is frame.broken
    assert replaced.paths == [b, a]


def test_columns_of_several_files_are_unified(tmp_path):
    for name, rows in {"a": [{"t": "x", "n": 1}], "b": [{"n": 2.5, "t": None}], "c": [{"t": "y"}]}.items():
        write_rows(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet", "parquet")
    table = open_frame(tmp_path).table
    assert table.to_pylist() == [{"t": "x", "n": 1.0}, {"t": None, "n": 2.5}, {"t": "y", "n": None}]
    write_rows(pa.table({"t": [["no text"]]}), tmp_path / "d.parquet", "parquet")
    with pytest.raises(ValueError, match=r"d\.parquet: its columns do not fit those of .*a\.parquet"):
        open_frame(tmp_path)


def test_a_folder_of_partitions_does_not_grow_columns(tmp_path):
    (tmp_path / "lang=en").mkdir()
    write_rows(pa.table({"t": ["x"]}), tmp_path / "lang=en" / "a.parquet", "parquet")
    assert open_frame(str(tmp_path / "*" / "*.parquet")).columns == ["t"]


def test_strings_stay_strings_whatever_they_look_like(tmp_path):
    looks = ["2024-01-01", "2024-01-01T00:00:00Z", "007", "1.10", "true", "NA", "null", "nan", "+49", "1e5x"]
    path = saved(
        tmp_path,
        "x.csv",
        b"a,n,f\n" + b"".join(f"{look},{i},{i}.5\n".encode() for i, look in enumerate(looks)),
    )
    table = open_frame(path).table
    assert table["a"].to_pylist() == looks
    assert table["n"].type == pa.int64()
    assert table["f"].to_pylist() == [i + 0.5 for i in range(10)]
    path = saved(tmp_path, "x.jsonl", lines_of({"a": look} for look in looks))
    assert open_frame(path).table["a"].to_pylist() == looks


def test_csv_lines(tmp_path):
    path = saved(tmp_path, "x.csv", b'\xef\xbb\xbfa,b\r\n\r\n"x ""\n\ny",1\r\nz,2\r\n\r\n"",3')
    frame = open_frame(path)
    assert frame.table.to_pylist() == [{"a": 'x "\n\ny', "b": 1}, {"a": "z", "b": 2}, {"a": "", "b": 3}]
    assert frame.provenance["line"].to_pylist() == [3, 6, 8]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.text('ab"\n,', max_size=5), st.integers()), min_size=1, max_size=10))
def test_csv_rows_and_lines_are_those_of_the_csv_module(rows):
    import csv
    import io

    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    starts = []
    for row in [("a", "b"), *rows]:
        starts.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    with tempfile.TemporaryDirectory() as folder:
        frame = open_frame(saved(Path(folder), "x.csv", text.getvalue().encode()))
        assert frame.table["a"].to_pylist() == [row[0] for row in rows]
        assert frame.provenance["line"].to_pylist() == starts[1:]


# Bad input.

GOOD = lines_of(ROWS)


def parquet_bytes():
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(ROWS), sink)
    return sink.getvalue().to_pybytes()


def arrow_bytes():
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pylist(ROWS)
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


BAD = {
    "line.jsonl": (
        GOOD + b'{"text": }\n',
        r"line\.jsonl, line 5: expected value at byte 10; .*on_error='skip'",
    ),
    "array.json": (b'[\n{"text": "x"}\n]\n', r"array\.json, line 1: .*jq -c"),
    "number.jsonl": (b"1\n", r"number\.jsonl, line 1: a row must be a JSON object, not a number"),
    "utf8.jsonl": (GOOD + b'{"text": "\xff"}', r"utf8\.jsonl, line 5: not valid UTF-8 at byte 11"),
    "type.jsonl": (
        GOOD + b'{"text": 5}',
        r"type\.jsonl, line 5: 'text' is a number here, but most rows have str",
    ),
    "two.jsonl": (GOOD + b"x\ny\n", r"line 5: .*\(2 lines are broken\)"),
    "empty.jsonl": (b"", r"empty\.jsonl: there are no rows in it"),
    "blank.jsonl": (b"\n \r\n", r"blank\.jsonl: there are no rows in it"),
    "empty.parquet": (b"", r"empty\.parquet: the file is empty"),
    "empty.csv": (b"", r"empty\.csv: the file is empty"),
    "empty.arrow": (b"", r"empty\.arrow: the file is empty"),
    "empty.jsonl.gz": (b"", r"empty\.jsonl\.gz: there are no rows"),
    "cut.jsonl.gz": (gzip.compress(GOOD)[:-9], r"cut\.jsonl\.gz: not a readable gzip file, or cut short"),
    "not.jsonl.gz": (GOOD, r"not\.jsonl\.gz: not a readable gzip file"),
    "cut.jsonl.zst": (
        zstandard.compress(GOOD)[:-9],
        r"cut\.jsonl\.zst: not a readable Zstandard file, or cut",
    ),
    "not.jsonl.zst": (GOOD, r"not\.jsonl\.zst: not a readable Zstandard file"),
    "cut.parquet": (parquet_bytes()[:-20], r"cut\.parquet: not a readable Parquet file, or cut short"),
    "half.parquet": (parquet_bytes()[300:], r"half\.parquet: not a readable Parquet file"),
    "not.parquet": (GOOD, r"not\.parquet: not a readable Parquet file"),
    "cut.arrow": (arrow_bytes()[:-20], r"cut\.arrow: not a readable Arrow file, or cut short"),
    "not.arrow": (GOOD, r"not\.arrow: not a readable Arrow file"),
    "ragged.csv": (b"a,b\n1,2\n3\n", r"ragged\.csv: not a readable CSV file"),
    "utf8.csv": (b"a\n\xff\n", r"utf8\.csv: not a readable CSV file"),
    "data.txt": (b"x", r"data\.txt: the ending names no format; known endings are \.jsonl"),
    "data.parquet.gz": (b"x", r"data\.parquet\.gz: the ending names no format"),
    "data": (b"x", r"data: the ending names no format"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_a_value_error_that_names_it(tmp_path, name):
    content, says = BAD[name]
    with pytest.raises(ValueError, match=says):
        open_frame(saved(tmp_path, name, content))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_random_damage_to_binary_files_is_a_value_error_or_harmless(data):
    name, content = data.draw(st.sampled_from([("x.parquet", parquet_bytes())]))
    cut = data.draw(st.integers(0, len(content) - 1))
    with tempfile.TemporaryDirectory() as folder, pytest.raises(ValueError, match=f"x\\.{name[2:]}"):
        open_frame(saved(Path(folder), name, content[:cut]))


def test_paths_that_lead_nowhere(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file or folder .*absent\.jsonl"):
        open_frame(tmp_path / "absent.jsonl")
    with pytest.raises(FileNotFoundError, match=r"no file matches .*\*\.jsonl"):
        open_frame(str(tmp_path / "*.jsonl"))
    with pytest.raises(
        FileNotFoundError, match=r"holds no data files; their endings are \.jsonl, .*\.parquet"
    ):
        open_frame(tmp_path)
    saved(tmp_path, "a.jsonl", GOOD)
    saved(tmp_path, "b.csv", b"a\nb\n")
    with pytest.raises(ValueError, match=r"one format, got .*a\.jsonl and .*b\.csv"):
        open_frame(tmp_path)


def test_a_name_that_looks_like_a_glob(tmp_path):
    path = saved(tmp_path, "[x].jsonl", GOOD)
    assert open_frame(path).paths == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch, form):
    def full(handle, mode):
        os.close(handle)
        return open("/dev/full", mode)  # noqa: PTH123 - the caller closes it

    monkeypatch.setattr(atomic.os, "fdopen", full)
    noise = np.random.default_rng(1).integers(0, 1 << 60, 50_000)
    table = pa.table({"text": pa.array([str(value) for value in noise])})
    with pytest.raises(OSError, match="No space left"):
        write_rows(table, tmp_path / f"x.{form}", form)
    assert list(tmp_path.iterdir()) == []


def test_what_a_format_cannot_hold_is_a_value_error(tmp_path):
    with pytest.raises(ValueError, match=r"x\.csv: the rows cannot be written as csv"):
        write_rows(pa.Table.from_pylist(ROWS), tmp_path / "x.csv", "csv")
    with pytest.raises(ValueError, match=r"format must be jsonl, .* got 'xml'"):
        write_rows(pa.Table.from_pylist(ROWS), tmp_path / "x.xml", "xml")
    assert list(tmp_path.iterdir()) == []


def test_the_names_are_all_there():
    assert all(hasattr(files, name) for name in files.__all__)


def test_nothing_but_broken_lines_is_an_error_that_shows_the_first(tmp_path):
    path = saved(tmp_path, "bad.jsonl", b"{\n[1]\n")
    with pytest.raises(ValueError, match=r"none of the 2 lines is a row: .*bad\.jsonl, line 1"):
        open_frame(path, on_error="skip")
