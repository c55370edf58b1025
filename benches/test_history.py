"""Our side of every case as a pytest benchmark, for a history of times and for comparing two versions.

`pytest benches --benchmark-autosave`, and later `--benchmark-compare`. The answers are compared before the clock
starts; the rivals and the table are in `python -m benches`.
"""

import sys
from importlib import import_module
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / "tests")]  # the oracles

from benches.case import Case  # noqa: E402 - finds the oracles by the path above
from benches.corpora import ROOT, Corpora  # noqa: E402 - as above

ROWS = 2_000  # of every corpus
STAGES = sorted(path.stem for path in (ROOT / "benches").glob("bench_*.py"))
CASES = [case for stage in STAGES for case in import_module(f"benches.{stage}").cases(Corpora(ROWS))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.stage}-{case.corpus}-{case.rival}")
def test_case(benchmark: BenchmarkFixture, case: Case) -> None:
    benchmark.group = case.stage
    benchmark.extra_info |= {"corpus": case.corpus, "rows": case.rows, "answers": case.agree()}
    benchmark(case.ours)
