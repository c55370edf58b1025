"""Runs the tests that depend on other libraries against old and new versions of them, with one wheel for all.

`make versions` runs every set; `make versions ARGS=oldest` one. Each has an environment of its own below `.venvs`, made
once. What a set does not have, its tests leave out. The set `newest` runs on the newest Python that is found (on the
path or by uv), all others on the one that runs this; which they are is printed.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_BYTES = 12_000_000  # of the wheel

SETS = {
    "oldest": ["polars==1.0.0", "datasets==4.7.0", "pyarrow==21.0.0", "pandas==2.2.0", "numpy==1.26.0"],
    "oldest-arrow": ["polars==1.0.0", "pyarrow==16.0.0", "numpy==1.26.0"],  # datasets wants a younger pyarrow
    "polars-1.20": ["polars==1.20.0", "pyarrow==21.0.0", "numpy==2.2.0"],
    "polars-1-last": ["polars>=1.40,<2", "pyarrow>=21", "numpy>=2"],
    "newest": ["polars", "datasets", "pyarrow", "pandas", "numpy", "duckdb", "arro3-core"],
}
"""Name -> what is installed beside the wheel."""

TESTS = {
    "test_fingerprint.py": set(),
    "test_minhash.py": set(),
    "test_similar_reference.py": set(),
    "test_pack.py": {"pandas"},
    "test_polars.py": {"polars"},
    "test_polars_frames.py": {"polars"},
    "test_datasets.py": {"datasets"},
    "test_column.py": {"polars", "datasets", "pandas"},
    "test_frames.py": {"polars", "datasets", "pandas"},
    "test_curate.py": {"polars", "datasets", "pandas"},
    "test_messages.py": {"polars", "datasets", "pandas"},
    "test_doors.py": {"duckdb", "arro3-core", "pandas"},
}
"""Test -> the libraries it needs."""


def run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, cwd=ROOT)


def wheel() -> Path:
    folder = ROOT / "target/versions"
    for old in folder.glob("*.whl"):
        old.unlink()
    run(".venv/bin/maturin", "build", "--release", "--locked", "--quiet", "--out", folder)
    (built,) = folder.glob("*.whl")
    size = built.stat().st_size
    assert size < MOST_BYTES, f"{built.name} has {size} bytes; at most {MOST_BYTES} are wanted"
    print(f"{built.name}: {size / 1e6:.1f} MB", flush=True)
    return built


def newest_python() -> str:
    """The newest interpreter on the path, or that uv knows; this one where there is no newer."""
    for minor in range(20, sys.version_info.minor, -1):
        found = shutil.which(f"python3.{minor}")
        if found is None and shutil.which("uv"):
            asked = ["uv", "python", "find", "--no-python-downloads", f"3.{minor}"]
            found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        if found and not subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode:
            return found
    return sys.executable


def environment(name: str) -> Path:
    python = ROOT / ".venvs" / name / "bin/python"
    if not python.exists():
        run(newest_python() if name == "newest" else sys.executable, "-m", "venv", python.parent.parent)
    tools = [
        "pytest>=9",
        "pytest-xdist>=3.8",
        "hypothesis>=6.100",
        "tokenizers==0.23.3",
        "xxhash",
        "zstandard",
        "regex",
        "tiktoken",
        "jinja2>=3.1.6",
    ]
    run(python, "-m", "pip", "install", "--quiet", *SETS[name], *tools)
    return python


def main() -> None:
    chosen = sys.argv[1:] or list(SETS)
    if unknown := [name for name in chosen if name not in SETS]:
        raise SystemExit(f"no set of versions is called {unknown}; there are {list(SETS)}")
    built = wheel()
    for name in chosen:
        python = environment(name)
        run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", built)
        libraries = {requirement.split("=")[0].split(">")[0] for requirement in SETS[name]}
        tests = [f"tests/{test}" for test, needed in TESTS.items() if needed <= libraries]
        print(f"{name}: {' '.join(SETS[name])}", flush=True)
        run(python, "-VV")
        # A warning of a library of another year is not our error.
        run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "default", "-n", "auto", *tests)


if __name__ == "__main__":
    main()
