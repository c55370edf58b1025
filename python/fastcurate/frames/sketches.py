"""Columns of sketches that know what made them: an Arrow extension type around the plain values.

The type is written with the field wherever Arrow writes fields (tables, Parquet, IPC), so that a sketch read back
years later still says which algorithm, seed, shingle and Unicode version it depends on. Null is the storage's.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

NAME = "fastcurate.sketch"


class SketchType(pa.ExtensionType):  # type: ignore[misc] # pyarrow has no types
    """Sketches of one identity; `array.storage` is the plain array."""

    def __init__(self, storage_type: pa.DataType, identity: str) -> None:
        self._identity = identity
        super().__init__(storage_type, NAME)

    @property
    def identity(self) -> dict[str, Any]:
        """Algorithm, version, shingle, seed and Unicode version."""
        return dict(json.loads(self._identity))

    def __arrow_ext_serialize__(self) -> bytes:
        return self._identity.encode()

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: pa.DataType, serialized: bytes) -> SketchType:
        return cls(storage_type, serialized.decode())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.storage_type, self._identity)


pa.register_extension_type(SketchType(pa.null(), "{}"))


def sketches_of(values: Any, identity: str) -> pa.ExtensionArray:
    """The values of a kernel as sketches of this identity."""
    storage = pa.array(values)
    return pa.ExtensionArray.from_storage(SketchType(storage.type, identity), storage)
