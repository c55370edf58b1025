"""Peak memory of `fastcurate.deduplicate` beyond its input: `python -m benches.memory CORPUS` prints bytes a row.

A process of its own for each corpus: the resident size once the input is there, then the peak, which Linux lets
a process reset (proc(5), clear_refs). A small call comes first, so that code and threads are there already.
"""

import ctypes
import sys
from pathlib import Path

import fastcurate as fc
import pyarrow as pa

from benches.corpora import Corpora

STATUS = Path("/proc/self/status")


def kilobytes(name: str) -> int:
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def main(corpus: str) -> None:
    table = Corpora().table(corpus)
    fc.deduplicate(table.slice(0, 100), threads=2)
    # What reading left behind in the allocators would hide what the run needs.
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = kilobytes("VmRSS")
    fc.deduplicate(table, threads=2)
    print((kilobytes("VmHWM") - before) * 1024 / table.num_rows)


if __name__ == "__main__":
    main(sys.argv[1])
