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
