"""Files larger than memory: time, peak memory and spill against size, on rows with planted duplicates.

    python -m benches.scale --gb 0.3 1 3 --memory 1GiB --folder /somewhere/with/room

The rows are made of the words of real text (`raw/raw_mixed_sample` of FASTCURATE_DATA, or the standard library's own
documentation) drawn in pairs, with the lengths of its rows. Every fifth row from the second thousand on is a copy of an
earlier one, half of them exact and half with a word exchanged, so that it is known which rows have to go: these and no
others. Each way is a process of its own, in memory where that is asked for and piece by piece; the answer is checked
before a number is printed, one JSON object a line.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benches.corpora import DATA

ROWS = 8192
SHORTEST, LONGEST = 40, 2000


def words_and_lengths():
    path = DATA / "raw/raw_mixed_sample.parquet"
    if path.exists():
        texts = pq.read_table(path, columns=["text"])["text"].to_pylist()[::4]
    else:
        texts = [
            str(module.__doc__)
            for name, module in list(sys.modules.items())
            if name[:4] != "typi" and module.__doc__
        ]
    rows = [text.split() for text in texts]
    lengths = np.clip([len(row) for row in rows], SHORTEST, LONGEST)
    return np.array(
        [word[:30] for row in rows for word in row if word.isalpha() and word.isascii()], dtype=object
    ), lengths


def write(folder, gb, kind, words_a_row):
    """Files of about so many bytes of text; gives rows, bytes and how many rows have to go."""
    rng = np.random.default_rng(int(gb * 1000))
    words, lengths = words_and_lengths()
    words = pa.array(words, pa.string())
    if words_a_row:
        lengths = np.clip((lengths * words_a_row / lengths.mean()).astype(int), SHORTEST, LONGEST)
    path = folder / f"rows.{kind}"
    earlier, rows, planted, size = None, 0, 0, 0
    with path.open("wb") as file:
        writer = None
        while size < gb * 1e9:
            count = rng.choice(lengths, ROWS)
            ends = np.append(0, np.cumsum(count))
            starts = rng.integers(0, len(words) - 2, -(-ends[-1] // 2))
            at = np.stack([starts, starts + 1], axis=1).reshape(-1)[: ends[-1]]
            kept = np.ones(ROWS, dtype=bool)
            pieces = [at[ends[row] : ends[row + 1]] for row in range(ROWS)]
            if earlier is not None:
                old_at, old_ends = earlier
                for row in range(4, ROWS, 5):
                    source = 5 * int(rng.integers(0, ROWS // 5)) + int(rng.integers(0, 4))  # no copy itself
                    copy = old_at[old_ends[source] : old_ends[source + 1]].copy()
                    if row % 2:
                        copy[int(rng.integers(0, len(copy)))] = int(rng.integers(0, len(words)))
                    pieces[row], kept[row] = copy, False
            at = np.concatenate(pieces)
            ends = np.append(0, np.cumsum([len(piece) for piece in pieces]))
            lists = pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), words.take(pa.array(at)))
            text = pc.binary_join(lists, " ")
            table = pa.table({"id": np.arange(rows, rows + ROWS), "planted": ~kept, "text": text})
            if kind == "parquet":
                writer = writer or pq.ParquetWriter(
                    file, table.schema, compression="zstd", compression_level=1
                )
                writer.write_table(table)
            else:
                from fastcurate import _core

                for lines in _core.write_jsonl(table.to_batches()[0]):
                    file.write(lines)
            size += text.nbytes
            planted += int((~kept).sum())
            earlier = (at, ends)
            rows += ROWS
        if writer:
            writer.close()
    return path, rows, size, planted


def job(path, memory, out):
    """One job, in a process of its own: prints what it took."""
    import fastcurate as fc
    from fastcurate.external.spill import spilled_bytes
    from fastcurate.recipe import Recipe

    recipe = Recipe.of("dedup", ("deduplicate", {"threshold": 0.8}))
    stages, spill = {}, {"most": 0}
    work = out.with_name("work")
    started = last = time.monotonic()
    current = None

    def progress(stage, done, whole):
        nonlocal last, current
        now = time.monotonic()
        if current is not None:
            stages[current] = stages.get(current, 0) + now - last
        if stage != current and memory:
            spill["most"] = max(spill["most"], spilled_bytes(work))
        last, current = now, stage

    how = {"memory": memory, "work": work} if memory else {}
    done = fc.curate(path, recipe=recipe, progress=progress, **how)
    decided = time.monotonic() - started
    done.save(out)
    total = time.monotonic() - started
    progress("end", 0, 0)
    said = {
        "decide_s": round(decided, 1),
        "total_s": round(total, 1),
        "cpu_s": round(time.process_time(), 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "spill_mb": spill["most"] >> 20,
        "removed": done.summary()["rows_removed"],
        "engine": done.summary()["near_duplicates"]["engine"],
        "stages": {stage: round(seconds, 1) for stage, seconds in stages.items()},
    }
    print(json.dumps(said))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gb", type=float, nargs="+", default=[0.1])
    parser.add_argument("--format", nargs="+", default=["parquet", "jsonl"])
    parser.add_argument("--memory", nargs="+", default=["1GiB"], help="'all' is the job in memory")
    parser.add_argument("--words", type=int, help="words a row on average; those of the real rows without")
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--job", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        path, memory, out = options.job
        job(Path(path), None if memory == "all" else memory, Path(out))
        return
    for gb in options.gb:
        for kind in options.format:
            folder = options.folder / f"scale-{gb}-{kind}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            try:
                path, rows, size, planted = write(folder, gb, kind, options.words)
                for memory in options.memory:
                    command = [sys.executable, "-m", "benches.scale", "--job", path, memory, folder / "out"]
                    done = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True)
                    said = json.loads(done.stdout.splitlines()[-1])
                    assert said["removed"] == planted, (said, planted)
                    line = {"gb": round(size / 1e9, 2), "format": kind, "rows": rows, "memory": memory}
                    line |= {
                        "file_mb": path.stat().st_size >> 20,
                        "mb_s": round(size / 1e6 / said["total_s"], 1),
                    }
                    print(json.dumps(line | said), flush=True)
                    for left in (folder / "out", folder / "work"):
                        shutil.rmtree(left, ignore_errors=True)
            finally:
                shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
