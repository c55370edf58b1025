"""A job that is killed again and again, against one that ran quietly: `python tests/faults.py --kills 300`.

Every round starts the command on the same files and kills it at a random moment, until a round ends by itself; then the
output folder must be, byte for byte, what a quiet run makes. `make soak` does this hundreds of times.
"""

import argparse
import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


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


def command(rows: Path, out: Path) -> list[str]:
    """The job: everything in small pieces, with a log."""
    code = (
        "import sys; from fastcurate.external import lines, room; lines.PIECE = 1 << 17; room.LEAST = 1 << 16;"
        "from fastcurate.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    work = out.with_name(f".{out.name}.work")
    return [
        sys.executable, "-c", code, "dedup", str(rows), "-o", str(out), "--on-error", "skip", "--threads", "2",
        "--memory", "32MiB", "--work", str(work), "--threshold", "0.7",
    ]  # fmt: skip


def contents(folder: Path) -> dict[str, str]:
    """The hash of every file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def kill_until_done(rows: Path, out: Path, kills: int, seconds: float, rng: random.Random) -> tuple[int, int]:
    """Start and kill, at most so many times; how often it was killed, and in how many rounds."""
    killed = rounds = 0
    while True:
        rounds += 1
        process = subprocess.Popen(command(rows, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if killed < kills:
            try:
                process.wait(rng.uniform(0.05, seconds))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                killed += 1
        _, error = process.communicate()
        if process.returncode == 0:
            return killed, rounds
        assert process.returncode == -signal.SIGKILL, error.decode()
        # Killed in the moment after the folder was put in its place, it is whole; otherwise it is not there.
        if out.exists():
            return killed, rounds


def main() -> None:
    """Kill, compare, and say how often."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--rows", type=int, default=20_000)
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
        started = time.monotonic()
        subprocess.run(command(rows, quiet), check=True, capture_output=True)
        took, expected = time.monotonic() - started, contents(quiet)
        killed = jobs = 0
        while killed < options.kills and time.monotonic() < ends:
            out = Path(folder) / f"out-{jobs}"
            more, _ = kill_until_done(rows, out, min(options.kills - killed, 20), took, rng)
            assert contents(out) == expected, f"seed {options.seed}, job {jobs}"
            killed, jobs = killed + more, jobs + 1
        print(
            f"seed {options.seed}: {killed} kills in {jobs} jobs of {took:.1f} s, every output that of the quiet run"
        )


if __name__ == "__main__":
    main()
