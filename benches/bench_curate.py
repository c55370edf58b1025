"""The whole job: JSONL in, files out, recipe `sft` with GPT-2's tokenizer, two threads.

The rival is the script of `datasets`, `tokenizers` and `datasketch` in datasets_script.py, run once in a process
of its own; its imports are not timed. It has no buckets, packs, reasons or hashes to write, and may miss near
duplicates; otherwise both have to keep the same rows with the same lengths.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import fastcurate as fc
import pyarrow.json as pj
import pyarrow.parquet as pq

from benches.case import Case, Spent
from benches.corpora import ROOT, Corpora

COLUMNS = ("instruction", "input", "output")


def ours(raw: Path, tokenizer: Path, out: Path) -> None:
    fc.curate(str(raw), recipe="sft", tokenizer=str(tokenizer), threads=2).save(out, overwrite=True)


class Rival:
    """Runs once, for the answers and for the clock."""

    def __init__(self, raw: Path, tokenizer: Path, out: Path) -> None:
        self.run = [sys.executable, "-m", "benches.datasets_script", str(raw), str(tokenizer), str(out)]
        self.spent: Spent | None = None

    def __call__(self) -> Spent:
        if self.spent is None:
            settings = os.environ | {"TOKENIZERS_PARALLELISM": "true"}
            done = subprocess.run(
                self.run, cwd=ROOT, env=settings, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            self.spent = Spent(**json.loads(done.stdout.splitlines()[-1]))
        return self.spent


def kept(out: Path) -> dict[int, int]:
    """The tokens of every kept row, by its number."""
    lengths = pq.read_table(out / "plan.parquet")["length"].to_pylist()
    return dict(zip(pj.read_json(out / "data.jsonl")["number"].to_pylist(), lengths, strict=True))


def agree(mine: Path, theirs: Path, rows: int) -> str:
    """Only what the rival missed, and what its plainer words and cleaning see differently, may differ."""
    ours, rival = kept(mine), kept(theirs)
    common = ours.keys() & rival.keys()
    assert len(common) >= 0.999 * max(len(ours), len(rival)), "the two jobs keep different rows"
    lengths = sum(ours[row] != rival[row] for row in common)
    assert lengths <= rows // 1000, f"{lengths} rows have different lengths"
    return (
        f"of {rows} rows we keep {len(ours)}, the rival {len(rival)}; {len(rival.keys() - common)} only the rival, "
        f"{len(ours.keys() - common)} only we; {lengths} lengths differ; the rival verifies its candidates"
    )


def cases(corpora: Corpora) -> Iterator[Case]:
    tokenizer = corpora.file("tokenizers/gpt2.tokenizer.json")
    if tokenizer is None:
        return
    for corpus in corpora.named("alpaca_en_52k"):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            raw, mine, theirs = place / "raw.jsonl", place / "ours", place / "theirs"
            theirs.mkdir()
            rows = write(corpora, corpus, raw)
            yield case(corpus, rows, raw, tokenizer, mine, theirs, Rival(raw, tokenizer, theirs))


def write(corpora: Corpora, corpus: str, raw: Path) -> int:
    """The corpus as JSONL, its rows numbered; answers the number of rows."""
    table = corpora.table(corpus)
    if corpus == "stdlib":
        columns = [corpora.column(corpus, "prompt").to_pylist(), [""] * table.num_rows]
        columns.append(corpora.column(corpus, "completion").to_pylist())
    else:
        columns = [corpora.column(corpus, name).to_pylist() for name in COLUMNS]
    with raw.open("w", encoding="utf-8") as file:
        for number, texts in enumerate(zip(*columns, strict=True)):
            row = {"number": number, **dict(zip(COLUMNS, texts, strict=True))}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return int(table.num_rows)


def case(  # noqa: PLR0917
    corpus: str, rows: int, raw: Path, tokenizer: Path, mine: Path, theirs: Path, rival: Rival
) -> Case:
    def answers() -> str:
        ours(raw, tokenizer, mine)
        rival()
        return agree(mine, theirs, rows)

    return Case(
        "curate",
        corpus,
        rows,
        lambda: ours(raw, tokenizer, mine),
        "datasets script",
        rival,
        answers,
        raw.stat().st_size,
    )
