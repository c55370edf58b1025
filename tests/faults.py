"""A job that is killed again and again, against one that ran quietly: `python tests/faults.py --kills 300`.

Every round starts the command on the same files, waits until it is in a stage that was drawn, and kills it at a random
moment after that, until a round ends by itself; then the output folder must be, byte for byte, what a quiet run makes.
Rounds are forked from a process that has imported everything, so that the time goes into jobs. `make soak` does this
hundreds of times.
"""

import argparse
import hashlib
import json
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

STAGES = ("read", "scan", "group", "keys", "meet", "texts", "compare", "save")


def write_input(path: Path, rows: int, seed: int) -> None:
    """Short rows among which many are similar, and a few that are broken."""
    rng = random.Random(seed)
    with path.open("w") as file:
        for number in range(rows):
            if number % 997 == 5:
                file.write("{broken\n")
                continue
            family = rng.randrange(rows // 4)
            words = [f"w{(family * 31 + at * 7) % 5003}" for at in range(rng.randrange(20, 60))]
            if rng.random() < 0.5:
                words[rng.randrange(len(words))] = f"x{rng.randrange(999)}"
            file.write(json.dumps({"text": " ".join(words), "number": number}) + "\n")


def arguments(rows: Path, out: Path) -> list[str]:
    """What the command is given."""
    work = out.with_name(f".{out.name}.work")
    return [
        "dedup", str(rows), "-o", str(out), "--on-error", "skip", "--threads", "2",
        "--memory", "32MiB", "--work", str(work), "--threshold", "0.7",
    ]  # fmt: skip


def small_pieces() -> None:
    """So that there is a lot to go on with."""
    from fastcurate.external import room, source

    source.PIECE, room.LEAST = 1 << 17, 1 << 16


def command(rows: Path, out: Path) -> list[str]:
    """The job in a process of its own: everything in small pieces."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r});"
        "from faults import small_pieces; small_pieces();"
        "from fastcurate.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    return [sys.executable, "-c", code, *arguments(rows, out)]


def contents(folder: Path) -> dict[str, str]:
    """The hash of every file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


class Round:
    """One start of the job, in a child of this process, which says in which stage it is."""

    def __init__(self, rows: Path, out: Path) -> None:
        self.pipe, said = os.pipe()
        self.errors = out.with_name("errors.txt")
        self.process = os.fork()
        if self.process == 0:
            status = 1
            try:
                status = self._work(rows, out, said)
            finally:
                os._exit(status)
        os.close(said)

    def _work(self, rows: Path, out: Path, said: int) -> int:
        from fastcurate.cli import main
        from fastcurate.external.progress import Stages

        errors = os.open(self.errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(errors, 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        small_pieces()
        before, last = Stages.__call__, [""]

        def told(stages: Stages, stage: str, done: int, whole: int) -> None:
            if stage != last[0]:
                last[0] = stage
                os.write(said, f"{stage}\n".encode())
            before(stages, stage, done, whole)

        Stages.__call__ = told  # type: ignore[method-assign]
        try:
            return int(main(arguments(rows, out)) or 0)
        except SystemExit as end:
            return int(end.code or 0)

    def until(self, stage: str, seconds: float) -> str:
        """Wait until the job is in this stage or behind it, then so long; the stage that it was in last, if it runs."""
        current, ends = "", None
        while True:
            left = None if ends is None else max(0.0, ends - time.monotonic())
            ready, _, _ = select.select([self.pipe], [], [], left)
            if not ready:
                return current
            told = os.read(self.pipe, 4096).decode().split()
            if not told:
                return ""  # it has ended
            current = told[-1]
            if ends is None and STAGES.index(current) >= STAGES.index(stage):
                ends = time.monotonic() + seconds

    def kill(self) -> None:
        """End it now."""
        os.kill(self.process, signal.SIGKILL)

    def end(self) -> int:
        """Wait for it; what it gave back, or less the signal that ended it."""
        _, status = os.waitpid(self.process, 0)
        os.close(self.pipe)
        return os.waitstatus_to_exitcode(status)


def kill_until_done(rows: Path, out: Path, kills: int, seconds: float, rng: random.Random) -> Counter[str]:
    """Start and kill, at most so many times, up to so long after a stage has begun; in which stages it was killed."""
    killed: Counter[str] = Counter()
    while True:
        one = Round(rows, out)
        if killed.total() < kills and (stage := one.until(rng.choice(STAGES), rng.uniform(0, seconds))):
            one.kill()
        else:
            stage = ""
        ended = one.end()
        if ended == 0:
            return killed
        assert ended == -signal.SIGKILL and stage, one.errors.read_text()
        killed[stage] += 1
        # Killed in the moment after the folder was put in its place, it is whole; otherwise it is not there.
        if out.exists():
            return killed


def main() -> None:
    """Kill, compare, and say how often."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--rows", type=int, default=6_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument(
        "--seconds", type=float, default=120, help="of all rounds together, after which no new job begins"
    )
    options = parser.parse_args()
    rng = random.Random(options.seed)
    ends = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory(prefix="fastcurate-soak-") as folder:
        rows, quiet = Path(folder) / "rows.jsonl", Path(folder) / "quiet"
        write_input(rows, options.rows, options.seed)
        subprocess.run(command(rows, quiet), check=True, capture_output=True)
        expected = contents(quiet)
        import fastcurate.cli
        import fastcurate.external.duplicates
        import fastcurate.external.part  # noqa: F401 - imported once, not in every round

        killed: Counter[str] = Counter()
        jobs = 0
        while killed.total() < options.kills and time.monotonic() < ends:
            out = Path(folder) / f"out-{jobs}"
            killed += kill_until_done(rows, out, min(options.kills - killed.total(), 20), 0.1, rng)
            assert contents(out) == expected, f"seed {options.seed}, job {jobs}"
            jobs += 1
        stages = ", ".join(f"{stage} {killed[stage]}" for stage in STAGES)
        print(
            f"seed {options.seed}: {killed.total()} kills in {jobs} jobs ({stages}), every output that of the quiet run"
        )


if __name__ == "__main__":
    main()
