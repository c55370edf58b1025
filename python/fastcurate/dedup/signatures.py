"""Sketches that were made earlier, compared in the place of texts: the argument `signatures` of `deduplicate`.

A pyarrow column of `fastcurate.minhash` or `simhash` says what its sketches depend on (algorithm, seed, shingle,
Unicode version), also when it comes back from a Parquet file. Where both tables say so, it has to be the same; a
column that says nothing (from Polars, from a list) is taken at its word. A row without a sketch is null.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from fastcurate.frames.sketches import NAME

if TYPE_CHECKING:
    from fastcurate.frames import Frame


@dataclass(frozen=True)
class Sketches:
    """The sketches of all rows, those of `against` first.

    Attributes:
        column: Where they were.
        values: As they are stored.
        identity: What they depend on; None where nothing is known.
    """

    column: str
    values: pa.Array
    identity: dict[str, Any] | None

    def values_for(self, measure: str) -> pa.Array:
        """The sketches, if they are those that this measure compares.

        Raises:
            ValueError: They are known to be others.
        """
        if self.identity is not None and measure in ("jaccard", "hamming"):
            bits = self.identity.get("algorithm") == "simhash"
            if bits != (measure == "hamming"):
                fits = "hamming" if bits else "jaccard"
                raise ValueError(
                    f"signatures={self.column!r}: sketches of the algorithm {self.identity.get('algorithm')!r} are "
                    f"compared by measure={fits!r}, got {measure!r}"
                )
        return self.values

    def summary(self) -> dict[str, Any]:
        """What `Deduplicated.summary` says of them."""
        kind = self.values.type
        width = kind.list_size if pa.types.is_fixed_size_list(kind) else None
        return {"column": self.column, "num_perm": width, "identity": self.identity}


def sketches_of(name: str, frame: Frame, against: Frame | None) -> Sketches:
    """The column of sketches of both tables.

    Raises:
        ValueError: It is not there, or the two tables have sketches of different identity or length.
        TypeError: It holds no sketches.
    """
    sides = [("data", frame)] if against is None else [("against", against), ("data", frame)]
    columns, identities = [], []
    for side, table in sides:
        try:
            column = table.arrow(name)
        except ValueError as error:
            raise ValueError(f"signatures={name!r}: {side}: {error}") from None
        identities.append(_identity(column.type))
        columns.append(_plain(name, side, column))
    known = [identity for identity in identities if identity is not None]
    if known and known[0] != known[-1]:
        keys = sorted(key for key in {**known[0], **known[-1]} if known[0].get(key) != known[-1].get(key))
        differences = "; ".join(
            f"{key} is {known[-1].get(key)!r} in data and {known[0].get(key)!r} in against" for key in keys
        )
        raise ValueError(
            f"signatures={name!r} cannot be mixed: {differences}; make both with the same arguments"
        )
    kinds = [column.type for column in columns]
    if len(set(kinds)) > 1:
        raise ValueError(
            f"signatures={name!r} cannot be mixed: they are {kinds[1]} in data and {kinds[0]} in against"
        )
    values = pa.chunked_array([chunk for column in columns for chunk in column.chunks], kinds[0])
    return Sketches(name, values.combine_chunks(), known[0] if known else None)


def _identity(kind: pa.DataType) -> dict[str, Any] | None:
    if not isinstance(kind, pa.BaseExtensionType) or kind.extension_name != NAME:
        return None
    return dict(json.loads(kind.__arrow_ext_serialize__()))


def _plain(name: str, side: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values as `fixed_size_list<uint32>` or `uint64`."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
        kind = column.type
    try:
        if pa.types.is_integer(kind):
            return column.cast(pa.uint64())
        if pa.types.is_fixed_size_list(kind):
            return column.cast(pa.list_(pa.uint32(), kind.list_size))
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            first = next((len(value) for value in column if value.is_valid), 1)
            return column.cast(pa.list_(pa.uint32(), first))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise TypeError(
            f"signatures={name!r} must hold signatures of one length, as minhash gives them; {side}: {error}"
        ) from None
    raise TypeError(
        f"signatures={name!r} must be a column of minhash or simhash, got one of {kind} in {side}"
    )
