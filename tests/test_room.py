"""How much memory a job over files takes, as the system counts it."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from fastcurate.external import room

MEMORY = 256 << 20
TEXT = 450 << 20

CHILD = """
import pathlib, re, sys
import fastcurate as fc
done = fc.deduplicate(sys.argv[1], memory=int(sys.argv[2]), work=sys.argv[3], threads=2)
done.save(sys.argv[4])
counts = done.summary()
# Not that of getrusage, which begins with what the process had that forked.
peak = re.search(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]
print(counts["rows"], counts["removed"], peak)
"""


def test_a_part_is_at_least_something_and_at_most_half(monkeypatch):
    monkeypatch.setattr(room, "resident", lambda: 100 << 20)
    small, large = room.Room(32 << 20), room.Room(1 << 30)
    assert small.limit == 116 << 20, "half of it is the job's, whatever was there before"
    assert small.left() == 16 << 20
    assert large.limit == 1 << 30
    assert large.left() == 512 << 20
    large.count_rows(1000)
    assert large.limit == (1 << 30) + 32_000
    monkeypatch.setattr(room, "resident", lambda: 2 << 30)
    assert large.left() == room.LEAST


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there the system counts in this unit")
@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_the_peak_stays_within_the_memory_that_was_given(tmp_path, kind):
    """All rows are in one row group: who reads it at once is far over."""
    rng = np.random.default_rng(1)
    words = pa.array([f"word{number:05}" for number in range(50_000)])
    each, path, rows, size = 60, tmp_path / f"rows.{kind}", 0, 0
    tables = []
    while size < TEXT:
        at = rng.integers(0, len(words), 8000 * each)
        offsets = np.arange(0, 8001 * each, each, dtype=np.int32)
        text = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), words.take(pa.array(at))), " ")
        text = pa.concat_arrays([text, text.slice(0, 1000)])
        tables.append(pa.table({"text": text}))
        rows, size = rows + len(text), size + text.nbytes
    table = pa.concat_tables(tables)
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=rows, use_dictionary=False, compression="lz4")
    else:
        with path.open("w") as file:
            for text in table["text"].to_pylist():
                file.write(f'{{"text":"{text}"}}\n')
    del table, tables
    done = subprocess.run(
        [sys.executable, "-c", CHILD, path, str(MEMORY), tmp_path / "work", tmp_path / "out"],
        check=True,
        capture_output=True,
        text=True,
    )
    found, removed, peak = map(int, done.stdout.split())
    assert (found, removed) == (rows, rows // 9)
    assert 1024 * peak <= MEMORY + room.BYTES_A_ROW * rows
