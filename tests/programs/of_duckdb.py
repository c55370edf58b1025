"""A DuckDB query over a file: the columns cleaned, near-duplicates out, tokens counted, in SQL again."""

import sys

import duckdb
import fastcurate as fc

rows = duckdb.read_json(sys.argv[1])
table = rows.to_arrow_table()
for name in ("prompt", "answer"):
    table = table.set_column(table.column_names.index(name), name, fc.normalize(rows.select(name)))
d = fc.deduplicate(table, on=["prompt", "answer"], threshold=0.8)
kept = d.kept.append_column("tokens", fc.count_tokens(d.kept["answer"], tokenizer="gpt2"))
removed = d.removed
duckdb.sql("copy (select * from kept) to '" + sys.argv[2] + "' (format json)")
duckdb.sql(
    "copy (select id, kept_row, similarity, reason from removed) to '" + sys.argv[3] + "' (format json)"
)
