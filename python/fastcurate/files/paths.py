"""Paths, globs and folders as a list of data files."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastcurate.files.formats import ACCEPTED, format_of
from fastcurate.files.remote import Remote, is_url, local, matching

if TYPE_CHECKING:
    from collections.abc import Sequence


def are_paths(data: Any) -> bool:
    """Whether something is a path or a list of paths, and no table."""
    entries = data if isinstance(data, (list, tuple)) else [data]
    return bool(entries) and all(isinstance(entry, (str, os.PathLike)) for entry in entries)


def data_files(paths: Any) -> list[Path]:
    """The files that paths, globs and folders stand for, in the order given, globs and folders sorted.

    Raises:
        FileNotFoundError: A path does not exist, a glob matches nothing, or a folder holds no data file.
        ValueError: A file's ending names no format.
    """
    entries: Sequence[Any] = paths if isinstance(paths, (list, tuple)) else [paths]
    return [file for entry in entries for file in _files_of(entry)]


def _files_of(entry: Any) -> list[Path]:
    if isinstance(entry, Remote):
        return [entry]
    text = local(os.fsdecode(entry))
    if is_url(text):
        return _remote_files(text)
    path = Path(text).expanduser()
    if path.is_dir():
        files = sorted(child for child in path.iterdir() if _is_data(child))
        if not files:
            raise FileNotFoundError(f"the folder {text} holds no data files; their endings are {ACCEPTED}")
        return files
    if path.exists():
        return [_known(path)]
    if glob.has_magic(text):
        found = sorted(Path(match) for match in glob.glob(str(path), recursive=True))  # noqa: PTH207 - a glob may be absolute
        files = [match for match in found if match.is_file()]
        if not files:
            raise FileNotFoundError(f"no file matches {text}")
        return [_known(file) for file in files]
    hint = "; strings name files: pass rows in memory as {'text': [...]}" if " " in text else ""
    raise FileNotFoundError(f"there is no file or folder {text}{hint}")


def _remote_files(url: str) -> list[Path]:
    if glob.has_magic(url):
        found = matching(url)
        if not found:
            raise FileNotFoundError(f"no file matches {url}")
        return [_known(file) for file in found]
    place = Remote.of(url)
    if place.is_file():
        return [_known(place)]
    inside = [file for file in place.below() if file.parent == place]
    files: list[Path] = [
        file for file in inside if not file.name.startswith((".", "_")) and format_of(file) is not None
    ]
    if not files:
        raise FileNotFoundError(f"there is no file or folder of data files {url}")
    return files


def _is_data(path: Path) -> bool:
    return path.is_file() and not path.name.startswith((".", "_")) and format_of(path) is not None


def _known(path: Path) -> Path:
    if format_of(path) is None:
        raise ValueError(f"{path}: the ending names no format; known endings are {ACCEPTED}")
    return path
