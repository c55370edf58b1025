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

@final
class Tokenizer:
    def __new__(cls, kind: str, source: str | bytes) -> Tokenizer: ...
    @property
    def engine(self) -> str: ...
    @property
    def notice(self) -> str | None: ...
    def __reduce__(self) -> tuple[type[Tokenizer], tuple[str, str | bytes]]: ...

def count_tokens(
    text: Arrow,
    *,
    tokenizer: Tokenizer,
    add_special_tokens: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> ArrowArray: ...
