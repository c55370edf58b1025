"""JSONL against Python's json module: random rows, random damage, all of Unicode, huge lines, threads."""

import json
import random
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from fastcurate.files import write_rows
from fastcurate.frames import open_frame
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import jsonl as reference


def lines_of(rows):
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def saved(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return path


def test_missing_stays_missing_and_null_stays_null_in_chats(tmp_path):
    rows = [
        {
            "messages": [
                {"role": "user", "content": "a"},
                {"role": "assistant", "content": None, "tool": {"n": 1}},
            ]
        },
        {"messages": [{"role": "user", "content": "b"}], "source": "x"},
    ]
    path = saved(tmp_path, "x.jsonl", lines_of(rows))
    frame = open_frame(path)
    write_rows(frame.take(np.array([0, 1])), tmp_path / "y.jsonl", "jsonl")
    assert [json.loads(line) for line in (tmp_path / "y.jsonl").read_text().splitlines()] == rows
    messages = pa.array(frame.arrow("messages").to_pylist())
    write_rows(frame.replace({"messages": messages}).take(np.array([1])), tmp_path / "z.jsonl", "jsonl")
    assert json.loads((tmp_path / "z.jsonl").read_text()) == rows[1]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = {
    "text": TEXT,
    "int": st.integers(-(2**63), 2**63 - 1),
    "big": st.integers(0, 2**64 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "bool": st.booleans(),
    "list": st.lists(st.none() | TEXT, max_size=3),
    "chat": st.lists(st.fixed_dictionaries({"role": TEXT, "content": st.none() | TEXT}), max_size=3),
    "nested": st.fixed_dictionaries(
        {"a": st.lists(st.lists(st.none() | st.booleans(), max_size=2), max_size=2)}
    ),
    "": TEXT,
    'żółć "\n\\': st.none(),
}
RANDOM_ROWS = st.lists(
    st.fixed_dictionaries({key: st.none() | value for key, value in VALUES.items()}), min_size=1, max_size=20
)


def opened(content, **options):
    with tempfile.TemporaryDirectory() as folder:
        frame = open_frame(saved(Path(folder), "x.jsonl", content), **options)
        return frame.table, frame.provenance, frame.broken.to_pylist()


@settings(deadline=None, max_examples=60)
@given(RANDOM_ROWS, st.booleans())
def test_random_rows_written_by_json_read_back_equal(rows, ascii_only):
    content = b"".join(json.dumps(row, ensure_ascii=ascii_only).encode() + b"\n" for row in rows)
    expected, broken = reference.read(content)
    assert not broken
    table, places, _ = opened(content)
    assert table.to_pylist() == [row for _, row in expected] == rows
    assert places["line"].to_pylist() == [line for line, _ in expected]
    with tempfile.TemporaryDirectory() as folder:
        write_rows(table, Path(folder) / "y.jsonl", "jsonl")
        written = (Path(folder) / "y.jsonl").read_bytes()
        assert [row for _, row in reference.read(written)[0]] == rows
        back = open_frame(Path(folder) / "y.jsonl").table
    assert back.equals(table)


@settings(deadline=None, max_examples=60)
@given(RANDOM_ROWS, st.randoms(use_true_random=False), st.integers(1, 30))
def test_corrupted_bytes_never_crash_and_never_lose_a_line(rows, chance, times):
    content = bytearray(lines_of(rows))
    for _ in range(times):
        at = chance.randrange(len(content))
        content[at : at + chance.choice([0, 1, 1, 5])] = chance.choice(
            [
                b"",
                b"\n",
                b'"',
                b"\\",
                b"{",
                b"]",
                b"\xff",
                b"\0",
                b"1",
                b"null",
                b",",
                b"\\ud83d",
                bytes([chance.randrange(256)]),
            ]
        )
    content = bytes(content)
    expected, expected_broken = reference.read(content)
    refused = None
    try:
        table, places, broken = opened(content, on_error="skip")
    except ValueError as error:
        refused = str(error)
    count = len(expected) + len(expected_broken)
    if refused is not None or count == 0:
        # Without a single row there are no columns either, whatever is done with broken lines.
        assert refused is not None
        assert ("no rows" if count == 0 else f"none of the {count} lines is a row") in refused
        return
    lines = places["line"].to_pylist()
    assert sorted(places["row"].to_pylist() + [line["row"] for line in broken]) == list(
        range(len(expected) + len(expected_broken))
    )
    # What json refuses is broken; of what it accepts, broken is only what contradicts the rest of its column.
    assert {line for line, _ in expected_broken} <= {line["line"] for line in broken}
    raw = content.split(b"\n")
    for line in broken:
        assert line["raw"] == raw[line["line"] - 1]
        if (line["line"], line["raw"]) not in expected_broken:
            assert "most rows" in line["message"] or "integer" in line["message"]
    python = dict(expected)
    for line, row in zip(lines, table.to_pylist(), strict=True):
        assert {k: v for k, v in row.items() if v is not None} == without_nulls(python[line], row)


def without_nulls(row, like):
    """The row as a table shows it: nested keys that are missing are null."""

    def shown(value, model):
        if isinstance(value, dict) and isinstance(model, dict):
            return {key: shown(value.get(key), inner) for key, inner in model.items()}
        if isinstance(value, list) and isinstance(model, list):
            return [shown(item, inner) for item, inner in zip(value, model, strict=True)]
        return value

    return {key: shown(value, like[key]) for key, value in row.items() if value is not None}


def test_the_same_rows_with_any_number_of_threads(tmp_path):
    chance = random.Random(5)
    rows = [
        {"t": "x" * chance.randrange(300), "n": None if chance.random() < 0.1 else i} for i in range(20_000)
    ]
    content = lines_of(rows).replace(b'"n": 777}', b'"n": 777', 1).replace(b'"n": 9999}', b'"n": "9999"}', 1)
    path = saved(tmp_path, "x.jsonl", content)
    one, two = (open_frame(path, on_error="skip", threads=threads) for threads in (1, 3))
    assert one.table.equals(two.table)
    assert one.provenance.equals(two.provenance)
    assert one.broken.to_pylist() == two.broken.to_pylist()
    assert [line["line"] for line in one.broken.to_pylist()] == [778, 10_000]
    assert one.table.num_rows == 19_998


def test_a_line_of_fifty_megabytes(tmp_path):
    rows = [{"t": "a"}, {"t": "żx\n" * 12_500_000}, {"t": "b"}]
    path = saved(tmp_path, "x.jsonl", lines_of(rows))
    assert path.stat().st_size > 50_000_000
    frame = open_frame(path)
    assert frame.num_rows == 3
    assert frame.arrow("t")[1].as_py() == rows[1]["t"]


def test_every_plane_of_unicode_through_escapes(tmp_path):
    text = "".join(chr(point) for point in range(0xE000, 0x110000, 977)) + '\\ud840 "\\'
    content = json.dumps({"t": text}).encode() + b"\n"
    assert content.count(b"\\ud") > 500
    frame = open_frame(saved(tmp_path, "x.jsonl", content))
    assert frame.arrow("t").to_pylist() == [text]
