"""Work folders with other bytes in them than were written: refused, or done anew, never another outcome."""

import json
import os
import random
import shutil

import fastcurate as fc
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastcurate.external import source
from fastcurate.recipe import Recipe
from faults import write_input

ROUNDS = 6


def kind_of(path):
    """What a file of a work folder is, whatever its number."""
    return path.name.partition(".")[2] or path.parent.name if path.suffix else path.parent.name


def changed(data, rng):
    """Other bytes: a bit, a part, a beginning, or something quite different."""
    how = rng.randrange(4)
    at = rng.randrange(len(data)) if data else 0
    if how == 0 and data:
        return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
    if how == 1:
        return data[:at]
    if how == 2:
        return data[:at] + rng.randbytes(rng.randrange(1, 40)) + data[at:]
    return rng.choice([b"", b"{", b"\xff" * 17, data + data, rng.randbytes(64)])


@pytest.fixture
def left(tmp_path, monkeypatch):
    """What a job leaves behind, its input and recipe, and what comes of it."""
    monkeypatch.setattr(source, "PIECE", 5000)
    write_input(tmp_path / "rows.jsonl", 300, 1)
    write_input(tmp_path / "old.jsonl", 60, 2)
    recipe = Recipe.of(
        "test",
        ("deduplicate", {"method": "exact"}),
        ("deduplicate", {"threshold": 0.6, "against": [str(tmp_path / "more.jsonl")]}),
    )
    lines = [line for line in (tmp_path / "old.jsonl").read_text().splitlines() if "broken" not in line]
    (tmp_path / "more.jsonl").write_text("\n".join(lines) + "\n")

    def run(work):
        done = fc.curate(tmp_path / "rows.jsonl", recipe=recipe, on_error="skip", work=work)
        done.parts[None].work.close()
        return done.removed.to_pylist(), done.kept.to_pylist(), json.dumps(done.summary())

    return tmp_path / "left", run, run(tmp_path / "left")


def test_any_bytes_in_any_file_of_a_work_folder(left, tmp_path):
    folder, run, expected = left
    kinds = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        kinds.setdefault(kind_of(path.relative_to(folder)), []).append(path.relative_to(folder))
    assert {"rows", "broken", "0.cut", "1.cut", "1.sample", "similar", "json"} <= set(kinds)
    rng = random.Random(11)
    refused = 0
    for number in range(ROUNDS * len(kinds)):
        work = tmp_path / f"work-{number}"
        shutil.copytree(folder, work)
        path = work / rng.choice(kinds[sorted(kinds)[number % len(kinds)]])
        data = changed(path.read_bytes(), rng)
        path.write_bytes(data)
        said = None
        try:
            assert run(work) == expected, path
        except ValueError as error:
            said = str(error)
            refused += 1
        assert said is None or "delete" in said, path
        assert said is None or "not what was written" in said or "another job" in said, path
        shutil.rmtree(work)
    assert refused > ROUNDS


def test_a_file_of_a_work_folder_that_is_gone(left, tmp_path):
    folder, run, expected = left
    for number, path in enumerate(sorted(path for path in folder.rglob("*") if path.is_file())):
        if number % 3:
            continue
        work = tmp_path / f"work-{number}"
        shutil.copytree(folder, work)
        (work / path.relative_to(folder)).unlink()
        if path.name == "lock":
            with pytest.raises(FileExistsError, match="no work folder"):
                run(work)
        else:
            assert run(work) == expected, path
        shutil.rmtree(work)


@pytest.mark.parametrize("kind", ["parquet", "arrow", "csv"])
@pytest.mark.parametrize("again", [False, True])
def test_a_change_in_the_middle_of_a_file_that_nothing_else_tells(tmp_path, monkeypatch, kind, again):
    """The size, the time of change, both ends and what Parquet says of itself are as they were."""
    monkeypatch.setattr(source, "PIECE", 50_000)
    texts = [f"row {number:06} of many, and {number * 7 % 1000:05}" for number in range(20_000)]
    path = tmp_path / f"rows.{kind}"
    table = pa.table({"text": texts})
    if kind == "parquet":
        pq.write_table(table, path, compression="none", use_dictionary=False, column_encoding="PLAIN")
    else:
        fc.files.write_rows(table, path, kind)
    done = fc.deduplicate(path, work=tmp_path / "work")
    status, data = path.stat(), path.read_bytes()
    middle = data.index(b"row 010000")
    assert min(middle, len(data) - middle) > 1 << 17
    path.write_bytes(data[:middle] + b"row 999999" + data[middle + 10 :])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    if again:
        done._part.work.close()
        done = fc.deduplicate(path, work=tmp_path / "work")
    with pytest.raises(ValueError, match=rf"rows\.{kind} has changed"):
        done.save(tmp_path / "out")
    assert not (tmp_path / "out").exists()
