"""Files larger than memory: time, peak memory and spill against size, on rows with planted duplicates.

    python -m benches.scale --gb 1 10 30 --memory 1GiB --format jsonl --folder /somewhere/with/room

The rows are made of the words of real text (`raw/raw_mixed_sample` of FASTCURATE_DATA, or the standard library's own
documentation) drawn in pairs, with the lengths of its rows; one word in twenty is a name that only rows near it have,
as the words of real text never come to an end. Every fifth row from the second batch on is a copy of an earlier one,
half of them exact and half with a word exchanged, so that it is known which rows have to go: these and no others. Each
way is a process of its own, in memory (`--memory all`) or piece by piece; the answer is checked before a number is
printed, one JSON object a line, at the end a table and the cost law that fits it. Needs about two and a half times the
size of the largest file on the disk of `--folder`, and deletes what it made.
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
NAMES = 20_000
"""Names that a batch of rows has for itself."""


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


def batches(gb, words_a_row):
    """Tables of rows of about so many bytes of text altogether, with how many rows of each have to go."""
    rng = np.random.default_rng(int(gb * 1000))
    words, lengths = words_and_lengths()
    if words_a_row:
        lengths = np.clip((lengths * words_a_row / lengths.mean()).astype(int), SHORTEST, LONGEST)
    common = pa.array(words, pa.string())
    earlier, rows, size, number = None, 0, 0, 0
    while size < gb * 1e9:
        names = pa.array([f"{word}{number:x}{at:x}" for at, word in enumerate(words[:NAMES])])
        vocabulary = pa.concat_arrays([common, names])
        count = rng.choice(lengths, ROWS)
        ends = np.append(0, np.cumsum(count))
        starts = rng.integers(0, len(common) - 2, -(-ends[-1] // 2))
        at = np.stack([starts, starts + 1], axis=1).reshape(-1)[: ends[-1]]
        named = rng.random(len(at)) < 1 / 20
        at[named] = len(common) + rng.integers(0, len(names), int(named.sum()))
        kept = np.ones(ROWS, dtype=bool)
        text = joined(vocabulary, at, ends)
        if earlier is not None:
            old, old_at, old_ends = earlier
            copies = np.arange(4, ROWS, 5)
            # No copy itself, and each but once: copies of copies need not be similar.
            source = rng.choice(np.arange(ROWS)[np.arange(ROWS) % 5 != 4], len(copies), replace=False)
            lists = [old_at[old_ends[row] : old_ends[row + 1]].copy() for row in source]
            for row, copy in zip(copies.tolist(), lists, strict=True):
                if row % 2:
                    copy[int(rng.integers(0, len(copy)))] = int(rng.integers(0, len(common)))
            copied = joined(
                old, np.concatenate(lists), np.append(0, np.cumsum([len(copy) for copy in lists]))
            )
            kept[copies] = False
            order = np.arange(ROWS)
            order[copies] = ROWS + np.arange(len(copies))
            text = pa.concat_arrays([text, copied]).take(pa.array(order))
        yield (
            pa.table({"id": np.arange(rows, rows + ROWS), "planted": ~kept, "text": text}),
            int((~kept).sum()),
        )
        earlier = (vocabulary, at, ends)
        rows, size, number = rows + ROWS, size + text.nbytes, number + 1


def joined(vocabulary, at, ends):
    """Words by their numbers as texts."""
    lists = pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), vocabulary.take(pa.array(at)))
    return pc.binary_join(lists, " ")


def write(folder, gb, kind, words_a_row):
    """A file of about so many bytes of text; gives its path, rows, bytes and how many rows have to go."""
    from fastcurate import _core

    path = folder / f"rows.{kind}"
    rows = planted = size = 0
    with path.open("wb") as file:
        writer = None
        for table, copies in batches(gb, words_a_row):
            if kind == "parquet":
                writer = writer or pq.ParquetWriter(
                    file, table.schema, compression="zstd", compression_level=1
                )
                writer.write_table(table)
            else:
                for lines in _core.write_jsonl(table.to_batches()[0]):
                    file.write(lines)
            rows, planted, size = rows + len(table), planted + copies, size + table["text"].nbytes
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


HEADS = ["text", "format", "rows", "way", "processor s", "seconds", "peak MB", "allowed MB", "spill MB", "B a row"]


def table(lines):
    """The measurements as `docs/scale.md` has them."""
    rows = [tuple(HEADS), ("---",) * len(HEADS)]
    for line in lines:
        streamed = line["memory"] != "all"
        rows.append(
            (
                f"{line['gb']} GB",
                line["format"],
                f"{line['rows']:,}",
                f'`memory="{line["memory"]}"`' if streamed else "in memory",
                line["cpu_s"],
                line["total_s"],
                f"{line['peak_mb']:,}",
                f"{line['allowed_mb']:,}" if streamed else "",
                f"{line['spill_mb']:,}" if streamed else "",
                round((line["spill_mb"] << 20) / line["rows"]) if streamed else "",
            )
        )
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def law(lines):
    """For every way with more than one size the seconds that fit best as a power of the size."""
    said = []
    for way in dict.fromkeys((line["format"], line["memory"]) for line in lines):
        of_way = [line for line in lines if (line["format"], line["memory"]) == way]
        if len({line["gb"] for line in of_way}) > 1:
            size = np.log([line["gb"] for line in of_way])
            for what in ("cpu_s", "total_s"):
                power, one = np.polyfit(size, np.log([line[what] for line in of_way]), 1)
                said.append(f"{way[0]}, memory={way[1]}: {what} = {np.exp(one):.1f} x GB^{power:.3f}")
    return "\n".join(said)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0], epilog=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--gb", type=float, nargs="+", default=[0.1])
    parser.add_argument("--format", nargs="+", default=["parquet", "jsonl"], choices=["parquet", "jsonl"])
    parser.add_argument("--memory", nargs="+", default=["1GiB"], help="'all' is the job in memory")
    parser.add_argument("--words", type=int, help="words a row on average; those of the real rows without")
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--job", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        path, memory, out = options.job
        job(Path(path), None if memory == "all" else memory, Path(out))
        return
    lines = []
    for gb in options.gb:
        for kind in options.format:
            lines += measured(options, gb, kind)
    print(f"\n{table(lines)}\n\n{law(lines)}")


def measured(options, gb, kind):
    """The measurements of one file, which is made and deleted."""
    from fastcurate.external.memory import bytes_of
    from fastcurate.external.room import BYTES_A_ROW

    folder = options.folder / f"scale-{gb:g}-{kind}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines = []
    try:
        path, rows, size, planted = write(folder, gb, kind, options.words)
        for memory in options.memory:
            command = [sys.executable, "-m", "benches.scale", "--job", path, memory, folder / "out"]
            done = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr)
            said = json.loads(done.stdout.splitlines()[-1])
            assert said["removed"] == planted, (said, planted)
            line = {"gb": round(size / 1e9, 2), "format": kind, "rows": rows, "memory": memory}
            line |= {
                "file_mb": path.stat().st_size >> 20,
                "mb_s": round(size / 1e6 / said["total_s"], 1),
            }
            if memory != "all":
                line["allowed_mb"] = (bytes_of(memory) + BYTES_A_ROW * rows) >> 20
            lines.append(line | said)
            print(json.dumps(lines[-1]), flush=True)
            for left in (folder / "out", folder / "work"):
                shutil.rmtree(left, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return lines


if __name__ == "__main__":
    main()
