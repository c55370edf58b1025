"""An expression in the streaming engine, in a process that has so many cores and no more.

`python -m benches.on_cores 2 normalize` prints seconds of processor time: of the thread that was busiest, and of all
threads, in the run of five in which the busiest had least to do. What the busiest thread takes is what the run takes on
a machine that does nothing else, and unlike the time on the wall it can be measured on one that does.
"""

import os
import sys
from pathlib import Path

CORES, KERNEL = int(sys.argv[1]), sys.argv[2]
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
for name in ("POLARS_MAX_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = str(CORES)

import polars as pl  # noqa: E402 - reads the environment when it is imported

from benches.bench_polars import KERNELS, SCALED  # noqa: E402
from benches.corpora import Corpora  # noqa: E402

ROWS = 40_000  # about: enough for many morsels


def threads() -> dict[str, int]:
    """Nanoseconds of processor time of every thread (proc(5), schedstat)."""
    found = Path("/proc/self/task").glob("*/schedstat")
    return {path.parent.name: int(path.read_text(encoding="ascii").split()[0]) for path in found}


def main() -> None:
    text = Corpora().text(SCALED)
    frame = pl.concat([pl.DataFrame({"text": text})] * max(1, ROWS // len(text)))
    plan = frame.lazy().select(KERNELS[KERNEL][0]("text"))
    plan.collect(engine="streaming")
    spent = []
    for _ in range(5):
        before = threads()
        plan.collect(engine="streaming")
        each = [time - before.get(thread, 0) for thread, time in threads().items()]
        spent.append((max(each) / 1e9, sum(each) / 1e9))
    print(*min(spent))


if __name__ == "__main__":
    main()
