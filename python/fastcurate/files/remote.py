"""Files that a URL names (`s3://`, `gs://`, `memory://` ...), through what is installed: fsspec, or pyarrow's own.

A remote file has the interface of a `Path` as far as it is read here, so that the readers need not know.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
from pyarrow.fs import FileSelector, FileType

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    Base = Path
else:
    Base = type(Path())  # the class of this system's paths

URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")

LAST = "manifest.json"
"""What is written last into a folder: where it is there, the folder is whole."""


def is_url(path: object) -> bool:
    """Whether something names a file elsewhere; `file://` names one here."""
    return isinstance(path, Remote) or (
        isinstance(path, str) and URL.match(path) is not None and not path.startswith("file://")
    )


def local(path: str) -> str:
    """The path that a `file://` URL names; any other text as it is."""
    return unquote(urlsplit(path).path) if path.startswith("file://") else path


class Remote(Base):
    """A file or folder elsewhere.

    Attributes:
        url: Its whole name.
        system: The file system that it is in.
        inside: Its name there.
    """

    url: str
    system: Any
    inside: str

    @classmethod
    def of(cls, url: str) -> Remote:
        """The file or folder that a URL names.

        Raises:
            ValueError: Nothing that is installed knows such URLs.
        """
        path = cls(url)
        path.url = url.rstrip("/")
        path.system, path.inside = _system(path.url)
        return path

    def at(self, inside: str) -> Remote:
        """Another one of the same file system."""
        url = self.url.removesuffix(self.inside.lstrip("/")) + inside.lstrip("/")
        path = Remote(url)
        path.url, path.system, path.inside = url, self.system, inside
        return path

    def __str__(self) -> str:
        return self.url

    def __reduce__(self) -> Any:
        return Remote.of, (self.url,)

    @property
    def info(self) -> Any:
        """What the file system says of it."""
        return self.system.get_file_info([self.inside])[0]

    def exists(self, **_: Any) -> bool:
        """Whether it is there."""
        return bool(self.info.type != FileType.NotFound)

    def is_dir(self, **_: Any) -> bool:
        """Whether it is a folder."""
        return bool(self.info.type == FileType.Directory)

    def is_file(self, **_: Any) -> bool:
        """Whether it is a file."""
        return bool(self.info.type == FileType.File)

    def stat(self, **_: Any) -> Any:
        """Its size and time of change.

        Raises:
            FileNotFoundError: It is not there.
        """
        info = self.info
        if info.type == FileType.NotFound:
            raise FileNotFoundError(f"there is no file {self.url}")
        return SimpleNamespace(st_size=info.size or 0, st_mtime_ns=info.mtime_ns or 0, st_ino=0)

    def resolve(self, strict: bool = False) -> Remote:
        """Itself."""
        del strict
        return self

    def open(self, mode: str = "rb", *_: Any, **__: Any) -> Any:
        """Its bytes."""
        if mode != "rb":
            raise ValueError(f"{self.url} can only be read as bytes here, got mode={mode!r}")
        return self.system.open_input_file(self.inside)

    def below(self) -> list[Remote]:
        """All files in it and in folders in it, sorted."""
        found = self.system.get_file_info(FileSelector(self.inside, recursive=True, allow_not_found=True))
        return [
            self.at(one.path) for one in sorted(found, key=lambda one: one.path) if one.type == FileType.File
        ]


def _system(url: str) -> tuple[Any, str]:
    from pyarrow import fs

    try:
        import fsspec  # type: ignore[import-untyped]

        system, inside = fsspec.core.url_to_fs(url)
        return fs.PyFileSystem(fs.FSSpecHandler(system)), str(inside)
    except (ImportError, ValueError) as missing:
        try:
            system, inside = fs.FileSystem.from_uri(url)
        except (pa.ArrowException, NotImplementedError, ValueError):
            kind = url.partition("://")[0]
            raise ValueError(
                f"{url}: nothing that is installed reads {kind}:// ({missing}); install fsspec's package for it, such "
                "as s3fs for s3://, or copy the files here"
            ) from None
        return system, str(inside)


def matching(url: str) -> list[Remote]:
    """The files that a pattern names, sorted: `*` is part of a name, `**` any number of folders."""
    before = re.split(r"[*?\[]", url, maxsplit=1)[0].rpartition("/")[0]
    base = Remote.of(before)
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^]]*\])", url)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pattern = "".join(
        known.get(part, part if part.startswith("[") else re.escape(part)) for part in parts if part
    )
    return [file for file in base.below() if re.fullmatch(pattern, file.url)]


def open_bytes(path: Path) -> Any:
    """A file as pyarrow reads it: mapped into memory where it is here."""
    return path.open("rb") if isinstance(path, Remote) else pa.memory_map(str(path))


@contextmanager
def new_remote_file(url: str) -> Iterator[IO[bytes]]:
    """A file to write to, which is sent where all went well. Stores show an object when it is complete."""
    with tempfile.TemporaryFile(prefix="fastcurate-") as file:
        yield file
        file.seek(0)
        _send(file, Remote.of(url))


@contextmanager
def new_remote_folder(
    url: str, *, overwrite: bool, inputs: Iterable[str | os.PathLike[str]]
) -> Iterator[Path]:
    """A folder here to fill, whose files are sent where all went well, `manifest.json` last.

    No store can put many objects in their place at once. An old manifest goes first and the new one comes last, so that
    the files are those of the manifest wherever there is one; in between, who does not look for it can see a part.

    Raises:
        FileExistsError: There are files in the folder, without `overwrite`, or one of `inputs` is.
    """
    place = Remote.of(url)

    def there() -> list[Remote]:
        found = place.below()
        if found and not overwrite:
            raise FileExistsError(f"{url} exists and is not empty; name another folder, or pass overwrite")
        for file in inputs:
            if str(file).startswith(f"{place.url}/"):
                raise FileExistsError(f"{url} cannot be overwritten: {file} is in it; name another folder")
        return found

    there()
    with tempfile.TemporaryDirectory(prefix="fastcurate-") as folder:
        yield Path(folder)
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        names = [path.relative_to(folder).as_posix() for path in files]
        old = there()  # somebody may have been faster
        for file in sorted(old, key=lambda file: file.name != LAST):
            if file.name == LAST or file.inside.removeprefix(place.inside).lstrip("/") not in names:
                file.system.delete_file(file.inside)
        for name in sorted(names, key=lambda name: name == LAST):
            with (Path(folder) / name).open("rb") as whole:
                _send(whole, place.at(f"{place.inside.rstrip('/')}/{name}"))


def _send(file: IO[bytes], place: Remote) -> None:
    parent = place.inside.rpartition("/")[0]
    if parent.strip("/"):
        place.system.create_dir(parent, recursive=True)
    # Not compressed once more for the sake of its ending.
    with place.system.open_output_stream(place.inside, compression=None) as out:
        while piece := file.read(8 << 20):
            out.write(piece)
