"""`normalize` beside what people use instead, one thread each; answers are compared before the clock starts.

Rivals: `unicodedata.normalize` and `re` row by row, and Polars' `str.normalize` and `str.replace_all`. Both
leave blank lines alone: rows in which three of them meet, or with carriage returns, are left out. What was
tried is in docs/ledger/normalize.md.
"""

import os
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("FASTCURATE_DATA", ROOT.parent / "shared" / "data"))
CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
TRAILING = r"(?m)[ \t]+$"
INNER = r"([^ \t\n])(?:[ \t]{2,}|\t)"
MANY_BLANK_LINES = r"\A\n[ \t]*\n[ \t]*\n|\n[ \t]*\n[ \t]*\n[ \t]*\n|\r"


def corpora() -> dict[str, Callable[[], pa.ChunkedArray]]:
    def raw(*, ascii_only: bool) -> pa.ChunkedArray:
        text = column("raw/raw_mixed_sample", "text")
        wanted = pc.string_is_ascii(text)
        return text.filter(wanted if ascii_only else pc.invert(wanted))

    line = "A clean line of plain words, of the length that lines have.\n"
    return {
        "clean ASCII, 1.2 kB rows": lambda: pa.chunked_array([pa.array([line * 20 + "x"] * 50_000)]),
        "alpaca_en_52k output": lambda: column("instruct/alpaca_en_52k", "output"),
        "alpaca_en_52k instruction": lambda: column("instruct/alpaca_en_52k", "instruction"),
        "alpaca_zh output": lambda: column("instruct/alpaca_zh", "output"),
        "raw_mixed_sample, ASCII rows": lambda: raw(ascii_only=True),
        "raw_mixed_sample, other rows": lambda: raw(ascii_only=False),
    }


def column(file: str, name: str) -> pa.ChunkedArray:
    path = DATA / f"{file}.parquet"
    if not path.exists():
        pytest.skip(
            f"real data: no file {path}; set FASTCURATE_DATA to the folder that holds instruct/, raw/ ..."
        )
    text = pq.read_table(path, columns=[name])[name]
    return text.filter(pc.invert(pc.match_substring_regex(text, MANY_BLANK_LINES)))


def ours(text: pa.ChunkedArray) -> list[str]:
    out: list[str] = fc.normalize(text, threads=1).to_pylist()
    return out


def python(rows: list[str]) -> list[str]:
    return [
        re.sub(INNER, r"\1 ", re.sub(TRAILING, "", re.sub(CONTROLS, "", unicodedata.normalize("NFC", row))))
        for row in rows
    ]


def polars(rows: pl.Series) -> pl.Series:
    plain = rows.str.normalize("NFC").str.replace_all(CONTROLS, "").str.replace_all(TRAILING, "")
    return plain.str.replace_all(INNER, "$1 ")


@pytest.mark.parametrize("corpus", list(corpora()))
@pytest.mark.parametrize("engine", ["fastcurate", "python", "polars"])
def test_normalize(benchmark: BenchmarkFixture, corpus: str, engine: str) -> None:
    text = corpora()[corpus]()
    benchmark.group = corpus
    benchmark.extra_info["bytes"] = pc.sum(pc.binary_length(text)).as_py()
    rows = text.to_pylist()
    run: Callable[[], Any]
    if engine == "fastcurate":
        run, answer = lambda: fc.normalize(text, threads=1), ours(text)
    elif engine == "python":
        run, answer = lambda: python(rows), python(rows)
    else:
        series = pl.Series(rows)
        run, answer = lambda: polars(series), polars(series).to_list()
    different = sum(a != b for a, b in zip(ours(text), answer, strict=True))
    benchmark.extra_info["different"] = different
    assert different <= len(rows) // 1000, "the engines do different things"
    benchmark.pedantic(run, rounds=5 if engine == "fastcurate" else 1, warmup_rounds=1)
