"""A `datasets` pipeline with four processes, after Polars was used in the parent."""

import sys

import fastcurate as fc
import fastcurate.polars
import polars as pl
from datasets import load_dataset

if __name__ == "__main__":
    # Polars' threads run before the processes are forked.
    print(
        pl.scan_ndjson(sys.argv[1]).select(pl.col("answer").fc.count_tokens(tokenizer="gpt2").sum()).collect()
    )

    rows = load_dataset("json", data_files=sys.argv[1], split="train")
    for column in ("prompt", "answer"):
        rows = rows.map(fc.datasets.normalize(column), batched=True, num_proc=4)
    d = fc.deduplicate(rows, on=["prompt", "answer"], threshold=0.8)
    count = fc.datasets.count_tokens("answer", tokenizer="gpt2", output="tokens")
    d.kept.map(count, batched=True, num_proc=4).to_json(sys.argv[2])
    d.removed.select_columns(["id", "kept_row", "similarity", "reason"]).to_json(sys.argv[3])
