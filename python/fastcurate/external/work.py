"""The work folder of a job: who works there, for which job, and what is left of one that was stopped."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

JOB, LOCK = "job.json", "lock"

SHOWN = 200
"""Characters of a setting in a message."""

FILES_NAMED = 3
"""Files that a message names."""


class Work:
    """A folder for what the stages leave behind, for one process at a time.

    Attributes:
        path: The folder.
    """

    def __init__(self, path: str | os.PathLike[str] | None, job: dict[str, Any]) -> None:
        """Open a folder, or make it.

        Args:
            path: The folder; None makes one that `close` deletes.
            job: What the stages are functions of: settings, inputs, versions. A folder of another job is refused.

        Raises:
            ValueError: The folder is of another job; the message says in what it differs.
            FileExistsError: Another process works there, or the folder is none of ours.
        """
        self._free: weakref.finalize[..., Any] | None = None
        self.passing = path is None
        if path is None:
            self.path = Path(tempfile.mkdtemp(prefix="fastcurate-"))
            return
        self.path = Path(path)
        there = self.path.is_dir() and any(self.path.iterdir())
        if there and not (self.path / LOCK).exists():
            raise FileExistsError(f"{self.path} exists and is no work folder; name another one for work")
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        self._free = weakref.finalize(self, os.close, lock)
        try:
            _take(lock, self.path)
            _check(self.path / JOB, job)
        except BaseException:
            self._free()
            raise

    def close(self) -> None:
        """Let others work here; what is left of this job stays, unless nobody asked for it."""
        if self.passing:
            self.delete()
        elif self._free is not None:
            self._free()

    def delete(self) -> None:
        """The job is done: nothing of it is needed any more."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._free is not None:
            self._free()


def _take(lock: int, folder: Path) -> None:
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
        _write(path, told)
        return
    try:
        before = dict(json.loads(path.read_text()))
    except ValueError as error:
        raise ValueError(
            f"{path} is not what was written to it ({error}); delete {path.parent} and run the job again"
        ) from None
    if before.get("on_error") == "raise" != told.get("on_error"):
        # What was read until a broken line stopped the job had none: it is the same whatever becomes of them.
        before["on_error"] = told.get("on_error")
        _write(path, before)
    differences = [
        _difference(name, before.get(name), told.get(name))
        for name in sorted({*before, *told})
        if before.get(name) != told.get(name)
    ]
    if differences:
        raise ValueError(
            f"{path.parent} is what is left of another job ({'; '.join(differences)}); delete it to begin anew, or run "
            "the job as it was"
        )


def _write(path: Path, job: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(job, indent=2))
    partial.replace(path)


def _difference(name: str, before: Any, now: Any) -> str:
    if name != "inputs" or not isinstance(before, list):
        return f"{name} was {_short(before)} and is {_short(now)}"
    then, here = ({one["file"]: one for one in files} for files in (before, now))
    said = [f"{file} is new" for file in here if file not in then]
    said += [f"{file} is no longer among them" for file in then if file not in here]
    said += [f"{file} has changed" for file in here if file in then and here[file] != then[file]]
    more = f" and {len(said) - FILES_NAMED} more" if len(said) > FILES_NAMED else ""
    return f"inputs: {', '.join(said[:FILES_NAMED]) or 'another order'}{more}"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
