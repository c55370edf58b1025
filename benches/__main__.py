"""`python -m benches [stage ...] [--quick]`: one table of every stage beside its rivals, and a JSON of the same.

A stage is a file `bench_<stage>.py` with a function `cases(corpora)`, and perhaps `lines(corpora)` for what is
measured without a rival. Answers are compared before any clock starts.
"""

import os

# Read by the libraries when they are first used: two threads where a rival has threads, one for Polars and
# (unless a bench says otherwise) for `tokenizers`, which are compared with one thread of ours.
os.environ |= {"RAYON_NUM_THREADS": "2", "POLARS_MAX_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}

import argparse
import json
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from textwrap import fill

from benches.case import Measured, measure
from benches.corpora import DATA, ROOT, Corpora

RIVALS = (
    "rensa",
    "gaoya",
    "daft",
    "datasketch",
    "gaoya",
    "datasets",
    "tokenizers",
    "tiktoken",
    "gigatoken",
    "fastokens",
    "polars",
    "numpy",
    "pyarrow",
    "xxhash",
)
QUICK = 2_000  # rows of every corpus

ROW = "{:<14} {:<22} {:>8} {:>7} {:>9} {:<18} {:>9} {:>8} {:>7} {}"
HEAD = ROW.format(
    "stage", "corpus", "ours ms", "cpu ms", "rate", "rival", "its ms", "cpu ms", "ratio", "agree"
)


def main() -> int:
    stages = sorted(path.stem.removeprefix("bench_") for path in (ROOT / "benches").glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m benches", description=__doc__)
    parser.add_argument(
        "stages", nargs="*", metavar="stage", help=f"one of {', '.join(stages)}; all by default"
    )
    parser.add_argument("--quick", action="store_true", help=f"one round on the first {QUICK:,} rows")
    wanted = parser.parse_args()
    if unknown := set(wanted.stages) - set(stages):
        parser.error(f"no stage {', '.join(sorted(unknown))}; there are {', '.join(stages)}")
    sys.path.insert(0, str(ROOT / "tests"))  # the oracles
    os.environ["PYTHONWARNINGS"] = "ignore"  # of the rivals, in their own processes
    facts = _machine()
    print(*facts, HEAD, "-" * len(HEAD), sep="\n", flush=True)
    corpora = Corpora(QUICK if wanted.quick else None)
    measured: list[Measured] = []
    lines: list[str] = []
    for stage in wanted.stages or stages:
        bench = import_module(f"benches.bench_{stage}")
        for case in bench.cases(corpora):
            measured.append(measure(case, once=wanted.quick))
            print(_row(measured[-1]), flush=True)
        if hasattr(bench, "lines"):
            lines += bench.lines(corpora)
    _explain(measured, lines, corpora)
    _save(measured, lines, facts)
    return 0 if all(one.agree for one in measured) else 1


def _machine() -> list[str]:
    packages = []
    for package in RIVALS:
        try:
            packages.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            packages.append(f"{package} absent")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return [
        f"{when}   {_processor()}, {cores} cores, {_load()}",
        f"Python {platform.python_version()}, {_ours()}",
        fill(", ".join(packages), 120),
        "",
    ]


def _load() -> str:
    """How much else runs, over the last 1, 5 and 15 minutes."""
    return "load " + " ".join(f"{one:.1f}" for one in os.getloadavg())


def _ours() -> str:
    import fastcurate

    return f"fastcurate {fastcurate.__version__}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _row(one: Measured) -> str:
    case, mark = one.case, "~" if one.case.share < 1 else ""
    return ROW.format(
        case.stage,
        case.corpus,
        _ms(one.ours.wall),
        _ms(one.ours.cpu),
        one.rate,
        case.rival,
        mark + _ms(one.theirs.wall),
        mark + _ms(one.theirs.cpu),
        f"{one.ratio:.3g}x",
        ("yes" if one.agree else "NO") + (", loss" if one.ratio < 1 else ""),
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.0f}" if seconds >= 0.1 else f"{seconds * 1e3:.2f}"


def _explain(measured: list[Measured], lines: list[str], corpora: Corpora) -> None:
    print(
        "\nMedians of alternating runs; ratio: the rival's wall time over ours; ~ scaled up from a sample of rows."
    )
    lost = [one for one in measured if one.ratio < 1]
    print(f"Where we lose: {len(lost)} of {len(measured)} cases.")
    for one in lost:
        print(f"  {one.case.stage}, {one.case.corpus}: {one.case.rival} takes {one.ratio:.2f} of our time")
    print("\nHow the answers agree, checked before the clock:")
    said: dict[str, list[str]] = {}
    for one in measured:
        said.setdefault(f"{one.case.stage}, {one.case.rival}: {one.answers}", []).append(one.case.corpus)
    for answers, names in said.items():
        print(fill(f"{answers} ({', '.join(names)})", 120, initial_indent="  ", subsequent_indent="    "))
    for line in lines:
        print(line)
    if corpora.absent:
        absent = ", ".join(sorted(corpora.absent))
        print("", fill(f"Not there, and left out: {absent} of {DATA}; set FASTCURATE_DATA.", 120), sep="\n")


def _save(measured: list[Measured], lines: list[str], facts: list[str]) -> None:
    folder = ROOT / ".benchmarks"
    folder.mkdir(exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    found = {"machine": facts, "cases": [one.json() for one in measured], "lines": lines}
    path.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(f"\n{path.relative_to(ROOT)}; at the end {_load()}")


if __name__ == "__main__":
    sys.exit(main())
