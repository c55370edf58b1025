"""One comparison and its clock: answers first, then ours and the rival in turn, in one process.

Wall time and processor time (of all threads, and of child processes that ended) are taken of every run; the
medians count. A rival that is too slow to repeat is run once, or on a sample of the rows: then its time is
scaled to all of them, and the table says so.
"""

import gc
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median
from typing import Any

BUDGET = 4.0  # seconds for the rounds of one case
ROUNDS = (3, 15)  # at least, at most


@dataclass(frozen=True)
class Spent:
    """Seconds of wall time and of processor time."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Case:
    """Two ways to the same answer.

    `agree` raises where an answer is wrong and otherwise says in a few words how the two compare; it is called
    before the clock starts. `share` is the part of the input that the rival is given. A run may return the
    `Spent` it measured itself.
    """

    stage: str
    corpus: str
    rows: int
    ours: Callable[[], Any]
    rival: str
    theirs: Callable[[], Any]
    agree: Callable[[], str]
    bytes: int | None = None
    share: float = 1.0


@dataclass(frozen=True)
class Measured:
    """What the clock said of a case; the times of the rival are scaled to all rows."""

    case: Case
    agree: bool
    answers: str
    ours: Spent
    theirs: Spent
    rounds: tuple[int, int]

    @property
    def ratio(self) -> float:
        return self.theirs.wall / self.ours.wall

    @property
    def rate(self) -> str:
        if self.case.bytes is None:
            return f"{self.case.rows / self.ours.wall / 1e6:.3g} M/s"
        speed = self.case.bytes / self.ours.wall
        return f"{speed / 1e9:.3g} GB/s" if speed >= 1e9 else f"{speed / 1e6:.3g} MB/s"

    def json(self) -> dict[str, Any]:
        case = self.case
        return {
            "stage": case.stage,
            "corpus": case.corpus,
            "rows": case.rows,
            "bytes": case.bytes,
            "ours": vars(self.ours),
            "rival": case.rival,
            "theirs": vars(self.theirs),
            "share_of_rival": case.share,
            "rounds": self.rounds,
            "ratio": self.ratio,
            "ratio_cpu": self.theirs.cpu / self.ours.cpu,
            "agree": self.agree,
            "answers": self.answers,
        }


def named(package: str) -> str:
    """A package with its version."""
    return f"{package} {version(package)}"


def clock(run: Callable[[], Any]) -> Spent:
    gc.collect()
    cpu, wall = _cpu(), time.perf_counter()
    result = run()
    spent = Spent(time.perf_counter() - wall, _cpu() - cpu)
    return result if isinstance(result, Spent) else spent


def measure(case: Case, *, once: bool) -> Measured:
    """Compare the answers, then take turns."""
    try:
        agreed, answers = True, case.agree()
    except AssertionError as error:
        agreed, answers = False, f"NO: {error}"
    ours, theirs = [clock(case.ours)], [clock(case.theirs)]
    if not once:
        # The first run of ours was its warm-up; a slow rival has no need of one.
        ours.clear()
        if theirs[0].wall < BUDGET / 2:
            theirs.clear()
        while not _enough(ours, theirs):
            ours.append(clock(case.ours))
            if not theirs or theirs[0].wall < BUDGET / 2:
                theirs.append(clock(case.theirs))
    rounds = len(ours), len(theirs)
    return Measured(case, agreed, answers, _median(ours, 1.0), _median(theirs, case.share), rounds)


def _enough(ours: list[Spent], theirs: list[Spent]) -> bool:
    spent = sum(run.wall for run in [*ours, *theirs])
    return len(ours) >= ROUNDS[0] and (spent > BUDGET or len(ours) >= ROUNDS[1])


def _median(runs: list[Spent], share: float) -> Spent:
    wall, cpu = median(run.wall for run in runs), median(run.cpu for run in runs)
    return Spent(wall / share, max(cpu, 1e-6) / share)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
