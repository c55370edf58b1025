"""A Polars script: text cleaned, near-duplicates out, tokens counted, all of it lazy."""

import sys

import fastcurate as fc
import fastcurate.polars
import polars as pl

frame = pl.scan_ndjson(sys.argv[1]).with_columns(pl.col("prompt", "answer").fc.normalize())
d = fc.deduplicate(frame, on=["prompt", "answer"], threshold=0.8)
kept = d.kept.with_columns(pl.col("answer").fc.count_tokens(tokenizer="gpt2").alias("tokens"))
kept.collect(engine="streaming").write_ndjson(sys.argv[2])
d.removed.select("id", "kept_row", "similarity", "reason").collect().write_ndjson(sys.argv[3])
