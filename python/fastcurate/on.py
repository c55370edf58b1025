"""What is compared: the argument `on` as entries, each of them one text a row.

An entry is a text column, several text columns joined by newlines, or a part of a chat column
(`list<struct<role, content>>`). Two rows are as similar as their least similar entry. A column whose type is null (no
value in any row) passes as a text column of nulls. Types alone decide here, so an empty table resolves like a full one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import pyarrow as pa

On: TypeAlias = str | Sequence[str | Sequence[str]] | None
ChatPart: TypeAlias = Literal["messages", "prompt", "response"]


@dataclass(frozen=True, slots=True)
class TextEntry:
    """One text column, or several joined by newlines; a row is null only where every column is."""

    columns: tuple[str, ...]

    @property
    def spec(self) -> str | list[str]:
        """The entry as a user would write it in `on`."""
        return self.columns[0] if len(self.columns) == 1 else list(self.columns)


@dataclass(frozen=True, slots=True)
class ChatEntry:
    """The whole conversation (system turns left out), all before its last assistant turn, or that turn."""

    column: str
    part: ChatPart

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column it reads."""
        return (self.column,)

    @property
    def spec(self) -> str:
        """The entry as a user would write it in `on`."""
        return self.column if self.part == "messages" else self.part


Entry: TypeAlias = TextEntry | ChatEntry

SEARCH_ORDER: tuple[tuple[str | tuple[str, ...], ...], ...] = (
    ("messages",),
    ("text",),
    (("instruction", "input"), "output"),
    ("instruction", "output"),
    ("prompt", "completion"),
    ("prompt", "response"),
    ("question", "answer"),
)
"""What `on=None` looks for, in this order."""

_PARTS: dict[str, ChatPart] = {"prompt": "prompt", "response": "response"}


def resolve_on(on: On, columns: Mapping[str, pa.DataType]) -> list[Entry]:
    """The entries that `on` names in a table with these columns.

    Args:
        on: A column name; a list of names and inner lists of names (joined by newlines), all of which count;
            `"prompt"` and `"response"` for the parts of a chat column; or None for the first of `SEARCH_ORDER`
            whose columns are there and hold text or chats.
        columns: The names and Arrow types of the table's columns.

    Returns:
        One or more entries.

    Raises:
        ValueError: A name that is not there, an empty list, or nothing found for `on=None`; the message lists
            the columns.
        TypeError: A column that holds neither text nor chats, or `on` itself of another type.

    Examples:
        >>> import pyarrow as pa
        >>> table = {"question": pa.string(), "answer": pa.string(), "id": pa.int64()}
        >>> [entry.spec for entry in resolve_on(None, table)]
        ['question', 'answer']
        >>> [entry.spec for entry in resolve_on([["question", "answer"]], table)]
        [['question', 'answer']]
    """
    if on is None:
        return _search(columns)
    if isinstance(on, str):
        return [_named(on, columns)]
    if not isinstance(on, Sequence) or isinstance(on, (bytes, bytearray)):
        raise TypeError(f"on must be a column name or a list of names, got {on!r} ({type(on).__name__})")
    if len(on) == 0:
        raise ValueError(f"on must name at least one column, got an empty list; {_listed(columns)}")
    return [_entry(item, columns) for item in on]


def is_text(type_: pa.DataType) -> bool:
    """Whether a column of this Arrow type is read as text."""
    from pyarrow import types

    if types.is_dictionary(type_):
        return is_text(type_.value_type)
    is_view = getattr(types, "is_string_view", types.is_string)
    return bool(
        types.is_string(type_) or types.is_large_string(type_) or is_view(type_) or types.is_null(type_)
    )


def is_chat(type_: pa.DataType) -> bool:
    """Whether a column of this Arrow type is read as conversations: a list of structs with role and content."""
    from pyarrow import types

    if not (types.is_list(type_) or types.is_large_list(type_) or types.is_fixed_size_list(type_)):
        return False
    turn = type_.value_type
    if not types.is_struct(turn):
        return False
    fields = {turn.field(position).name: turn.field(position).type for position in range(turn.num_fields)}
    return all(name in fields and is_text(fields[name]) for name in ("role", "content"))


def _search(columns: Mapping[str, pa.DataType]) -> list[Entry]:
    usable = {name: type_ for name, type_ in columns.items() if is_text(type_) or is_chat(type_)}
    for candidate in SEARCH_ORDER:
        names = [name for item in candidate for name in ([item] if isinstance(item, str) else item)]
        if all(name in usable for name in names):
            return [_entry(item, columns) for item in candidate]
    tried = ", ".join(" + ".join(_word(item) for item in candidate) for candidate in SEARCH_ORDER)
    raise ValueError(
        f"on=None found none of the usual text columns ({tried}); name the columns to compare, "
        f'as in on="body" or on=["title", "body"]; {_listed(columns)}'
    )


def _entry(item: str | Sequence[str], columns: Mapping[str, pa.DataType]) -> Entry:
    if isinstance(item, str):
        return _named(item, columns)
    if not isinstance(item, Sequence) or isinstance(item, (bytes, bytearray)):
        raise TypeError(
            f"on must hold column names or inner lists of names, got {item!r} ({type(item).__name__})"
        )
    if len(item) == 0:
        raise ValueError(f"on has an empty inner list; {_listed(columns)}")
    names = []
    for name in item:
        if not isinstance(name, str):
            raise TypeError(
                f"an inner list of on must hold column names, got {name!r} ({type(name).__name__})"
            )
        if name not in columns:
            raise ValueError(f"on names the column {name!r}, which is not there; {_listed(columns)}")
        if not is_text(columns[name]):
            raise TypeError(
                f"on joins the column {name!r} in an inner list, but its type is {columns[name]}, not text; "
                f"{_listed(columns)}"
            )
        names.append(name)
    return TextEntry(tuple(names))


def _named(name: str, columns: Mapping[str, pa.DataType]) -> Entry:
    """A real column wins over the part of a chat with the same name."""
    type_ = columns.get(name)
    if type_ is not None:
        if is_text(type_):
            return TextEntry((name,))
        if is_chat(type_):
            return ChatEntry(name, "messages")
        raise TypeError(
            f"on names the column {name!r} of type {type_}, but can only read text or "
            f"chats (list<struct<role, content>>); {_listed(columns)}"
        )
    part = _PARTS.get(name)
    if part is not None:
        chats = [column for column, type_ in columns.items() if is_chat(type_)]
        chat = "messages" if "messages" in chats else chats[0] if len(chats) == 1 else None
        if chat is not None:
            return ChatEntry(chat, part)
    raise ValueError(f"on names the column {name!r}, which is not there; {_listed(columns)}")


def _word(item: str | tuple[str, ...]) -> str:
    return item if isinstance(item, str) else f"[{', '.join(item)}]"


def _listed(columns: Mapping[str, pa.DataType]) -> str:
    if not columns:
        return "the table has no columns"
    return "the columns are " + ", ".join(f"{name} ({type_})" for name, type_ in columns.items())
