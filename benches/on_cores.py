"""An expression in the streaming engine, in a process that has so many cores and no more.

`python -m benches.on_cores 2 column.arrow normalize` prints the seconds of wall and processor time of the best of seven
runs, after one that does not count. Polars and our kernels see the cores that the process may use.
"""

import os
import sys
import time

CORES, PATH, KERNEL = int(sys.argv[1]), sys.argv[2], sys.argv[3]
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
for name in ("POLARS_MAX_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = str(CORES)

import polars as pl  # noqa: E402 - reads the environment when it is imported

from benches.bench_polars import KERNELS  # noqa: E402


def main() -> None:
    expression = KERNELS[KERNEL][0]("text")
    plan = pl.read_ipc(PATH).lazy().select(expression)
    spent = []
    for _ in range(8):
        wall, cpu = time.perf_counter(), time.process_time()
        plan.collect(engine="streaming")
        spent.append((time.perf_counter() - wall, time.process_time() - cpu))
    print(*min(spent[1:]))


if __name__ == "__main__":
    main()
