"""What of a row is compared: the texts of the entries of `on`.

Source: DESIGN 2, "What is compared". A null column among others counts as empty; a row all of whose columns
are null is a null row, and `columns` answers nothing but None for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
On = str | Sequence[str | Sequence[str]]


def entries(on: On) -> list[list[str]]:
    """Every entry as the list of the columns that are joined for it."""
    listed = [on] if isinstance(on, str) else on
    return [[entry] if isinstance(entry, str) else list(entry) for entry in listed]


def column(row: Row, name: str) -> str | None:
    """The text of one column, or of one part of the conversation in `messages`."""
    if name in row and name != "messages":
        value: str | None = row[name]
        return value
    turns = row["messages"]
    if turns is None:
        return None
    last = max((i for i, turn in enumerate(turns) if turn["role"] == "assistant"), default=None)
    if name == "response":
        return None if last is None else str(turns[last]["content"])
    if name == "prompt":
        turns = turns[:last]
    return "\n".join(turn["content"] or "" for turn in turns if turn["role"] != "system")


def columns(row: Row, on: On) -> list[str | None]:
    """The texts of all columns that `on` names, in its order."""
    return [column(row, name) for entry in entries(on) for name in entry]


def texts(row: Row, on: On) -> list[str]:
    """One text per entry."""
    return ["\n".join(column(row, name) or "" for name in entry) for entry in entries(on)]
