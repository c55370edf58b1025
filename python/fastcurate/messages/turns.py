"""The turns of all rows as one flat table, so that whole columns are converted and checked at once.

A row is a run of turns: the first `counts[0]` lines of the table are row 0, and so on. A null conversation has no
turns, and neither has an empty one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fastcurate.frames.arrow import OFFSET_LIMIT, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

ROLES = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "tool": "tool",
    "function": "tool",
    "function_response": "tool",
    "observation": "tool",
}
"""The roles that are known, and what the formats call them."""


@dataclass(frozen=True)
class Turns:
    """The turns of every row.

    Attributes:
        counts: How many turns each row has.
        table: A line for each turn: `role`, `content`, and what else the turns carry.
    """

    counts: npt.NDArray[np.int64]
    table: pa.Table

    @classmethod
    def of_text(cls, role: str, column: pa.ChunkedArray) -> Turns:
        """A turn of this role for every row that is not null."""
        column = text_of(column)
        content = column.drop_null()
        roles = pa.repeat(role, len(content))
        known = column.is_valid().to_numpy().astype(np.int64)
        return cls(known, pa.table({"role": roles, "content": content}))

    @classmethod
    def of_chat(cls, column: pa.ChunkedArray) -> Turns:
        """The turns of a column of `list<struct<role, content>>`, or of `from` and `value`; other fields stay."""
        column = plain(column)
        kind = column.type.value_type
        counts = pc.fill_null(pc.list_value_length(column), 0).to_numpy().astype(np.int64)
        flat = pc.list_flatten(column)
        names = {"from": "role", "value": "content"} if _has(kind, ("from", "value")) else {}
        fields = {names.get(field.name, field.name): pc.struct_field(flat, field.name) for field in kind}
        first = {name: text_of(fields.pop(name)) for name in ("role", "content")}
        return cls(counts, pa.table(first | fields))

    @property
    def rows(self) -> npt.NDArray[np.int64]:
        """The row of each turn."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def places(self) -> npt.NDArray[np.int64]:
        """The place of each turn in its row, from 0."""
        starts = np.cumsum(self.counts) - self.counts
        places: npt.NDArray[np.int64] = np.arange(self.table.num_rows) - np.repeat(starts, self.counts)
        return places

    def then(self, other: Turns) -> Turns:
        """Each row's turns followed by those that `other` has for it."""
        both = pa.concat_tables([self.table, other.table], promote_options="permissive")
        order = np.argsort(np.concatenate([self.rows, other.rows]), kind="stable")
        return Turns(self.counts + other.counts, _wide(both).take(pa.array(order)))

    def only(self, turns: npt.NDArray[np.bool_]) -> Turns:
        """Every row with those of its turns that are marked."""
        counts = np.bincount(self.rows[turns], minlength=len(self.counts)).astype(np.int64)
        return Turns(counts, self.table.filter(pa.array(turns)))

    def renamed(self, roles: Mapping[str, str]) -> Turns:
        """Roles by their standard names; one that is not known stays as it is."""
        coded = self.table.column("role").combine_chunks().dictionary_encode()
        known = [
            None if name is None else roles.get(name.strip().lower(), name)
            for name in coded.dictionary.to_pylist()
        ]
        standard = pa.array(known, pa.string()).take(coded.indices)
        return Turns(self.counts, self.table.set_column(0, "role", standard))

    def lists(self) -> pa.ListArray:
        """One list of turns a row."""
        table = _wide(self.table)
        turns = pa.StructArray.from_arrays(
            [column.combine_chunks() for column in table.columns], fields=list(table.schema)
        )
        offsets = np.concatenate([[0], np.cumsum(self.counts)])
        if offsets[-1] > OFFSET_LIMIT:
            return pa.LargeListArray.from_arrays(pa.array(offsets), turns)
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), turns)


def text_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of text in a layout that Arrow's functions on strings take: no views, dictionaries or bare nulls."""
    column = plain(column)
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return column.cast(pa.string()) if pa.types.is_null(column.type) else column


def is_turns(kind: pa.DataType) -> bool:
    """Whether a column of this type holds conversations, with `role` and `content` or `from` and `value`."""
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    if not lists or not pa.types.is_struct(kind.value_type):
        return False
    return _has(kind.value_type, ("role", "content")) or _has(kind.value_type, ("from", "value"))


def _has(kind: pa.StructType, names: tuple[str, str]) -> bool:
    from fastcurate.on import is_text

    fields = {field.name: field.type for field in kind}
    return all(name in fields and is_text(fields[name]) for name in names)


def _wide(table: pa.Table) -> pa.Table:
    """The table with 64-bit offsets where its text is too long for 32."""
    for place, field in enumerate(table.schema):
        if field.type == pa.string() and table.column(place).nbytes > OFFSET_LIMIT:
            table = table.set_column(place, field.name, table.column(place).cast(pa.large_string()))
    return table
