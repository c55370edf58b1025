"""Output that appears whole or not at all: written beside its place, then renamed, gone on any error."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from fastcurate.files.remote import is_url, local, new_remote_file, new_remote_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@contextmanager
def new_file(path: str | Path) -> Iterator[IO[bytes]]:
    """A file to write to that takes its place, and that of an older one, only when all went well."""
    if is_url(path):
        with new_remote_file(str(path)) as file:
            yield file
        return
    path = Path(local(str(path)))
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(0o666 & ~_umask())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def new_folder(
    path: str | Path, *, overwrite: bool = False, inputs: Iterable[str | Path] = ()
) -> Iterator[Path]:
    """A folder to fill that takes its place only when all went well.

    Args:
        path: Where the folder will be. An empty folder may be there already.
        overwrite: Whether a folder with something in it may be there; it goes as a whole, nothing stays.
        inputs: Files that must not be inside the folder that goes.

    Yields:
        The folder to write to, beside its later place; for a URL here, and its files are sent in the end.

    Raises:
        FileExistsError: The folder exists and is not empty (without `overwrite`), or one of `inputs`, the
            working folder or the home folder would go with it.
        NotADirectoryError: A file is in the place.
    """
    if is_url(path):
        with new_remote_folder(str(path), overwrite=overwrite, inputs=inputs) as folder:
            yield folder
        return
    path = local(str(path))
    place = Path(path).resolve()
    _refuse(Path(path), place, overwrite=overwrite, inputs=inputs)
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = _sibling(place, "partial")
    try:
        yield partial
        partial.chmod(0o777 & ~_umask())
        _refuse(Path(path), place, overwrite=overwrite, inputs=inputs)  # somebody may have been faster
        _move_in(partial, place)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _refuse(path: Path, place: Path, *, overwrite: bool, inputs: Iterable[str | Path]) -> None:
    if not place.exists():
        return
    if not place.is_dir():
        raise NotADirectoryError(f"{path} is a file; name another folder for the output")
    if not any(place.iterdir()):
        return
    if not overwrite:
        raise FileExistsError(f"{path} exists and is not empty; name another folder, or pass overwrite")
    for inside in (Path.cwd(), Path.home(), *inputs):
        if Path(inside).resolve().is_relative_to(place):
            raise FileExistsError(f"{path} cannot be overwritten: {inside} is in it; name another folder")


def _move_in(partial: Path, place: Path) -> None:
    """Puts the new folder in its place; should that fail, the old one is put back."""
    if not place.exists():
        partial.rename(place)
        return
    old = _sibling(place, "old") / place.name
    place.rename(old)
    try:
        partial.rename(place)
    except BaseException:
        old.rename(place)
        old.parent.rmdir()
        raise
    shutil.rmtree(old.parent, ignore_errors=True)


def _sibling(place: Path, suffix: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=f".{suffix}", dir=place.parent))


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
