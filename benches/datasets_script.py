"""The job as a script of `datasets`, `tokenizers` and `datasketch` does it: the rival of `fastcurate.curate`.

`python -m benches.datasets_script RAW.jsonl TOKENIZER.json OUT/` does what the recipe `sft` does to instruction
rows: cleaned texts, no empty rows, no exact and no near duplicates (prompt and answer both at least .8 similar,
numbers equal), at most 2048 tokens; kept rows to JSONL, their lengths to Parquet. Near duplicates are nominated
by datasketch's MinHash of the prompt (128 permutations, 16 bands of 8) and verified by the Jaccard similarity of
the shingle sets, so that nothing goes wrongly but some may stay. Buckets and packs are left out. Two processes map,
two threads tokenize. Prints the seconds it took, imports not included, as JSON.
"""

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from datasets import Dataset, disable_progress_bars
from datasketch import MinHash, MinHashLSH
from tokenizers import Tokenizer

from benches.case import clock
from benches.plain_python import clean, shingles

THRESHOLD, PERM, BANDS, MAX_TOKENS = 0.8, 128, 16, 2048
Columns = dict[str, list[Any]]


def prompts(rows: Columns) -> list[str]:
    return [f"{one}\n{more}" for one, more in zip(rows["instruction"], rows["input"], strict=True)]


def normalized(rows: Columns) -> Columns:
    return {name: [clean(text or "") for text in rows[name]] for name in ("instruction", "input", "output")}


def sketched(rows: Columns) -> Columns:
    return {
        "sketch": [
            one.hashvalues
            for one in MinHash.bulk(
                [[shingle.encode() for shingle in cut] for cut in shingles(prompts(rows))], num_perm=PERM
            )
        ]
    }


def jaccard(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b)


def without_near_duplicates(rows: Dataset) -> Dataset:
    common = MinHash(num_perm=PERM)
    index = MinHashLSH(num_perm=PERM, params=(BANDS, PERM // BANDS))
    columns = rows.to_dict()
    asked, answered = prompts(columns), columns["output"]
    numbers = [re.findall(r"\d+", f"{one}\n{other}") for one, other in zip(asked, answered, strict=True)]

    def similar(a: int, b: int) -> bool:
        return numbers[a] == numbers[b] and all(
            jaccard(*(set(cut) for cut in shingles([texts[a], texts[b]]))) >= THRESHOLD
            for texts in (asked, answered)
        )

    kept = []
    for row, values in enumerate(columns["sketch"]):
        sketch = MinHash(hashvalues=values, permutations=common.permutations, scheme=common.scheme)
        if not any(similar(row, other) for other in index.query(sketch)):
            index.insert(row, sketch)
            kept.append(row)
    return rows.select(kept)


def main(raw: str, tokenizer: str, out: str) -> None:
    loaded = Tokenizer.from_file(tokenizer)

    def counted(rows: Columns) -> Columns:
        counts = [0] * len(rows["output"])
        for name in ("instruction", "input", "output"):
            for row, one in enumerate(loaded.encode_batch(rows[name], add_special_tokens=False)):
                counts[row] += len(one)
        return {"length": counts}

    with tempfile.TemporaryDirectory() as cache:
        rows = Dataset.from_json(raw, cache_dir=cache)
        rows = rows.map(normalized, batched=True, num_proc=2)
        rows = rows.filter(lambda row: row["output"].strip() and (row["instruction"] + row["input"]).strip())
        columns = rows.to_dict()
        seen: set[tuple[str, ...]] = set()
        first = []
        for number, row in enumerate(zip(prompts(columns), columns["output"], strict=True)):
            if row not in seen:
                seen.add(row)
                first.append(number)
        rows = rows.select(first).map(counted, batched=True)
        rows = rows.filter(lambda length: length <= MAX_TOKENS, input_columns="length")
        rows = without_near_duplicates(rows.map(sketched, batched=True, num_proc=2))
        rows.select_columns(["length"]).to_parquet(str(Path(out) / "plan.parquet"))
        rows.remove_columns(["length", "sketch"]).to_json(str(Path(out) / "data.jsonl"))


if __name__ == "__main__":
    disable_progress_bars()
    spent = clock(lambda: main(*sys.argv[1:]))
    print(json.dumps(vars(spent)))
