"""The columns a job reads, text or conversations: cleaned, and looked at for text.

A column of conversations is taken apart into the contents of all its turns, worked on as one text column, and
put together again. Null stays null: a null conversation has no turns, a null content has no text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fastcurate.on import ChatEntry, Entry, is_chat

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt


def map_texts(column: pa.ChunkedArray, change: Callable[[pa.ChunkedArray], Any]) -> pa.ChunkedArray:
    """`change` done to a text column, or to all contents of a column of conversations."""
    if not is_chat(column.type):
        return _chunked(change(column), column.type)
    turns = [chunk.flatten() for chunk in column.chunks]
    contents = pa.chunked_array(
        [pc.struct_field(turn, "content") for turn in turns], _content_type(column.type)
    )
    changed = _chunked(change(contents), contents.type).combine_chunks()
    chunks, start = [], 0
    for chunk, turn in zip(column.chunks, turns, strict=True):
        chunks.append(_with_contents(chunk, turn, changed.slice(start, len(turn))))
        start += len(turn)
    kind = chunks[0].type if chunks else column.type
    return pa.chunked_array(chunks, kind)


def blank(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Where a text column has no text: null, empty, or nothing but white space."""
    text = column.cast(pa.large_string())
    return ~_mask(pc.invert(pc.or_(pc.equal(pc.binary_length(text), 0), pc.utf8_is_space(text))))


def without_text(entry: Entry, columns: dict[str, pa.ChunkedArray]) -> npt.NDArray[np.bool_]:
    """Where an entry of `on` has no text, by the rule of the step `drop_empty`.

    Of a whole conversation: no turn has text, system turns aside, or there are assistant turns and none of
    them has. Of its prompt: no turn before the last assistant turn has text, system turns aside. Of its
    response: it is not there or has none.
    """
    if not isinstance(entry, ChatEntry):
        blanks: npt.NDArray[np.bool_] = np.logical_and.reduce(
            [blank(columns[name]) for name in entry.columns]
        )
        return blanks
    column = columns[entry.column]
    row, role, text = _turns(column)
    answer = role == "assistant"

    def any_turn(turns: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        return np.bincount(row[turns], minlength=len(column)) > 0

    if entry.part == "messages":
        return ~any_turn(text & (role != "system")) | (any_turn(answer) & ~any_turn(answer & text))
    last = np.full(len(column), len(row), dtype=np.int64)
    last[row[answer]] = np.flatnonzero(answer)
    turn = np.arange(len(row))
    if entry.part == "response":
        return ~any_turn(text & (turn == last[row]))
    return ~any_turn(text & (role != "system") & (turn < last[row]))


def all_null(columns: list[pa.ChunkedArray]) -> npt.NDArray[np.bool_]:
    """Where every one of the columns is null."""
    nulls: npt.NDArray[np.bool_] = np.logical_and.reduce([~_mask(column.is_valid()) for column in columns])
    return nulls


def _turns(
    column: pa.ChunkedArray,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.str_], npt.NDArray[np.bool_]]:
    """For each turn of a column of conversations: its row, its role, and whether it has text."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    row = np.repeat(np.arange(len(column), dtype=np.int64), lengths)
    turns = [chunk.flatten() for chunk in column.chunks]
    kind = column.type.value_type
    role = pa.chunked_array([pc.struct_field(turn, "role") for turn in turns], kind.field("role").type)
    known = pc.index_in(role.cast(pa.large_string()), pa.array(["system", "assistant"], pa.large_string()))
    names = np.array(["system", "assistant", "other"])
    content = pa.chunked_array(
        [pc.struct_field(turn, "content") for turn in turns], kind.field("content").type
    )
    return row, names[pc.fill_null(known, 2).to_numpy()], ~blank(content)


def _with_contents(chunk: pa.Array, turns: pa.Array, contents: pa.Array) -> pa.Array:
    """A chunk of conversations with other contents, everything else as it was."""
    fields = [field.with_type(contents.type) if field.name == "content" else field for field in turns.type]
    parts = [contents if field.name == "content" else pc.struct_field(turns, field.name) for field in fields]
    mask = turns.is_null() if turns.null_count else None
    changed = pa.StructArray.from_arrays(parts, fields=fields, mask=mask)
    lengths = pc.fill_null(pc.list_value_length(chunk), 0).to_numpy(zero_copy_only=False)
    large = pa.types.is_large_list(chunk.type)
    offsets = np.zeros(len(chunk) + 1, dtype=np.int64 if large else np.int32)
    np.cumsum(lengths, out=offsets[1:])
    field = chunk.type.value_field.with_type(changed.type)
    kind = pa.large_list(field) if large else pa.list_(field)
    lists = pa.LargeListArray if large else pa.ListArray
    return lists.from_arrays(
        pa.array(offsets), changed, type=kind, mask=chunk.is_null() if chunk.null_count else None
    )


def _content_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type.field("content").type


def _chunked(values: Any, kind: pa.DataType) -> pa.ChunkedArray:
    if isinstance(values, pa.ChunkedArray):
        return values
    return pa.chunked_array([values], values.type if len(values) else kind)


def _mask(values: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.fill_null(values, fill_value=False).to_numpy(), dtype=bool)
