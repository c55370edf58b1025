# The extension module: adapters over the Rust kernels. The public, documented doors are the Python modules.

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, final

class ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

class ArrowData(Protocol):
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

Arrow: TypeAlias = ArrowStream | ArrowData
Progress: TypeAlias = Callable[[int], Any]

__version__: str

@final
class ArrowArray:
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...
    def __arrow_c_schema__(self) -> object: ...
    def __len__(self) -> int: ...

def fingerprint(text: Arrow, *, threads: int | None = None) -> ArrowArray: ...
def minhash(
    text: Arrow, *, num_perm: int, shingle: str, seed: int, algorithm: str, threads: int | None = None
) -> ArrowArray: ...
def minhash_similarity(sig_a: Arrow, sig_b: Arrow) -> ArrowArray: ...
def simhash(text: Arrow, *, shingle: str, threads: int | None = None) -> ArrowArray: ...
def similarity(a: Arrow, b: Arrow, *, shingle: str, threads: int | None = None) -> ArrowArray: ...

Entries: TypeAlias = list[list[tuple[Arrow, str]]]

class Similar:
    def __new__(
        cls,
        entries: Entries,
        order: Arrow,
        *,
        shingle: str,
        distinct_numbers: bool,
        system: bool,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Similar: ...
    def verdicts(
        self,
        threshold: float,
        *,
        mutual: bool = False,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> tuple[ArrowArray, ArrowArray, ArrowArray]: ...

def duplicates(
    entries: Entries,
    order: Arrow,
    *,
    mutual: bool,
    system: bool,
    threads: int | None = None,
    progress: Progress | None = None,
) -> tuple[ArrowArray, ArrowArray, ArrowArray]: ...
def code_points(entries: Entries, *, system: bool, threads: int | None = None) -> ArrowArray: ...
