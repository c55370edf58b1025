"""Whole programs as their users write them, each from the pages of the site alone: the same verdicts from all.

`tests/trainers` runs the fourth of them, a TRL run.
"""

import json
import subprocess
import sys
from pathlib import Path

import fastcurate as fc
import pyarrow as pa
import pytest
from strategies.near_copies import near_copies

PROGRAMS = Path(__file__).parent / "programs"


@pytest.mark.parametrize("program", ["of_polars", "of_datasets", "of_duckdb"])
def test_a_program_comes_to_the_same_verdicts(program: str, tmp_path: Path) -> None:
    rows, copies = near_copies(300)
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = [sys.executable, str(PROGRAMS / f"{program}.py"), "rows.jsonl", "kept.jsonl", "removed.jsonl"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=300)
    kept, removed = (
        [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        for name in ("kept.jsonl", "removed.jsonl")
    )
    assert removed == [
        {"id": row, "kept_row": of, "similarity": 1.0, "reason": "near_duplicate"} for row, of in copies
    ]
    gone = {row for row, _ in copies}
    clean = pa.table({name: fc.normalize([row[name] for row in rows]) for name in ("prompt", "answer")})
    tokens = fc.count_tokens(clean["answer"], tokenizer="gpt2").to_pylist()
    assert kept == [
        row
        | {name: clean[name][row["id"]].as_py() for name in clean.column_names}
        | {"tokens": tokens[row["id"]]}
        for row in rows
        if row["id"] not in gone
    ]
