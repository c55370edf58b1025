"""The work folder of a job: who works there, for which job, and what is left of one that was stopped."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

JOB, LOCK = "job.json", "lock"


@contextmanager
def work_folder(path: str | os.PathLike[str] | None, job: dict[str, Any], *, keep: bool = True) -> Iterator[Path]:
    """A folder for what the stages leave behind, for one process at a time.

    Args:
        path: The folder; None makes one that is gone afterwards.
        job: What the stages are functions of: settings, inputs, versions. A folder of another job is refused.
        keep: Whether the folder stays when all went well. It stays whenever something went wrong.

    Raises:
        ValueError: The folder is of another job; the message says in what it differs.
        FileExistsError: Another process works there, or the folder is none of ours.
    """
    if path is None:
        folder = Path(tempfile.mkdtemp(prefix="fastcurate-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    folder = Path(path)
    there = folder.is_dir() and any(folder.iterdir())
    if there and not (folder / LOCK).exists():
        raise FileExistsError(f"{folder} exists and is no work folder; name another one for work")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+b") as lock:
        _take(lock, folder)
        _check(folder / JOB, job)
        yield folder
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _take(lock: IO[bytes], folder: Path) -> None:
    """Only one process at a time: the system gives the lock up when a process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # not a POSIX system: nobody is kept out
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise FileExistsError(
            f"another process works in {folder}; wait until it is done, or name another folder for the output"
        ) from None


def _check(path: Path, job: dict[str, Any]) -> None:
    told = json.loads(json.dumps(job))
    if not path.exists():
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(told, indent=2))
        partial.replace(path)
        return
    before = json.loads(path.read_text())
    differences = [
        f"{name} was {_short(before.get(name))} and is {_short(told.get(name))}"
        for name in sorted({*before, *told})
        if before.get(name) != told.get(name)
    ]
    if differences:
        raise ValueError(
            f"{path.parent} is what is left of another job ({'; '.join(differences)}); delete it to begin anew, or run "
            "the job as it was"
        )


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
