"""Which rows fit a format: their parts as turns, and for each row that does not the first reason why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fastcurate.frames.arrow import OFFSET_LIMIT
from fastcurate.messages.turns import ROLES, Turns, is_turns, text_of
from fastcurate.on import is_text

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from fastcurate.frames import Frame


class Fit:
    """Reads the parts of every row.

    Attributes:
        reasons: For each row the first reason why it does not fit; an empty string where it does.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self.reasons: npt.NDArray[np.object_] = np.full(frame.num_rows, "", dtype=object)

    def part(self, column: str, role: str) -> Turns:
        """A column that every row needs: a text, which is a turn of this role, or turns."""
        values = self._frame.arrow(column)
        if is_text(values.type):
            self.refuse(blank(values), f"{column}: empty")
            return Turns.of_text(role, values)
        if not is_turns(values.type):
            raise TypeError(
                f"the column {column!r} must hold text or turns (list<struct<role, content>> or "
                f"list<struct<from, value>>), got {values.type}"
            )
        turns = Turns.of_chat(values).renamed(ROLES)
        self.refuse(turns.counts == 0, f"{column}: no turns")
        role_column, content = turns.table.column("role"), turns.table.column("content")
        self._refuse_turns(
            turns, role_column.is_null().to_numpy(), lambda _: f"{column}: a turn without a role"
        )
        unknown = ~pc.is_in(role_column, pa.array(sorted(set(ROLES.values())), role_column.type)).to_numpy()
        self._refuse_turns(
            turns, unknown, lambda turn: f"{column}: unknown role {role_column[turn].as_py()!r}"
        )
        self._refuse_turns(
            turns, blank(content) & ~calling(turns), lambda _: f"{column}: a turn without content"
        )
        return turns

    def optional(self, column: str, role: str) -> Turns:
        """A text that is a turn of this role where it is not empty."""
        values = _text(self._frame, column)
        return Turns.of_text(role, _nulled(values, blank(values)))

    def joined(self, columns: tuple[str, ...]) -> Turns:
        """A user turn: the first column, which every row needs, and the others under it where they are not empty."""
        values = [_text(self._frame, column) for column in columns]
        if len({each.type for each in values}) > 1 or sum(each.nbytes for each in values) > OFFSET_LIMIT:
            values = [each.cast(pa.large_string()) for each in values]
        self.refuse(blank(values[0]), f"{columns[0]}: empty")
        # Nulls are filled first: Arrow's join loses rows where a chunk holds nothing else.
        nothing, line_break = pa.scalar("", values[0].type), pa.scalar("\n", values[0].type)
        text = pc.fill_null(values[0], nothing)
        for each in values[1:]:
            under = pc.binary_join_element_wise(line_break, pc.fill_null(each, nothing), nothing)
            text = pc.binary_join_element_wise(
                text, pc.if_else(pa.array(blank(each)), nothing, under), nothing
            )
        return Turns.of_text("user", text)

    def different(self, one: Turns, other: Turns) -> None:
        """Refuses rows whose two parts say the same."""
        self.refuse(same(one, other), "chosen and rejected: equal")

    def refuse(self, rows: npt.NDArray[np.bool_], reason: str) -> None:
        """Notes a reason for these rows, where there is none yet."""
        self.reasons[rows & (self.reasons == "")] = reason

    def _refuse_turns(self, turns: Turns, wrong: npt.NDArray[np.bool_], reason: Callable[[int], str]) -> None:
        at = np.flatnonzero(wrong)
        rows, first = np.unique(turns.rows[at], return_index=True)
        places = turns.places
        for row, turn in zip(rows.tolist(), at[first].tolist(), strict=True):
            self.reasons[row] = self.reasons[row] or f"{reason(turn)}, turn {places[turn]}"


def same(one: Turns, other: Turns) -> npt.NDArray[np.bool_]:
    """Which rows have the same turns in both: role and content."""
    alike: npt.NDArray[np.bool_] = one.counts == other.counts
    for name in ("role", "content"):
        equal = np.ones(len(alike), dtype=bool)
        mine, theirs = (
            turns.table.column(name).filter(pa.array(alike[turns.rows])) for turns in (one, other)
        )
        unequal = ~pc.equal(mine, theirs).fill_null(False).to_numpy()
        equal[one.rows[alike[one.rows]][unequal]] = False
        alike = alike & equal
    return alike


def blank(values: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Which texts are null, empty or nothing but white space."""
    dark = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(text_of(values))), 0)
    blank: npt.NDArray[np.bool_] = dark.fill_null(True).to_numpy()
    return blank


def calling(turns: Turns) -> npt.NDArray[np.bool_]:
    """Which turns call tools, and need no content."""
    if "tool_calls" not in turns.table.column_names:
        return np.zeros(turns.table.num_rows, dtype=bool)
    calls = turns.table.column("tool_calls")
    if pa.types.is_list(calls.type) or pa.types.is_large_list(calls.type):
        return np.asarray(pc.greater(pc.list_value_length(calls), 0).fill_null(False).to_numpy())
    return np.asarray(calls.is_valid().to_numpy())


def _text(frame: Frame, column: str) -> pa.ChunkedArray:
    values = frame.arrow(column)
    if not is_text(values.type):
        raise TypeError(f"the column {column!r} must hold text, got {values.type}")
    return text_of(values)


def _nulled(values: pa.ChunkedArray, where: npt.NDArray[np.bool_]) -> pa.ChunkedArray:
    return pc.if_else(pa.array(~where), values, pa.scalar(None, values.type))
