"""`on`: which columns are compared, found or named, and what the errors say."""

from __future__ import annotations

import pyarrow as pa
import pytest
from fastcurate.on import ChatEntry, TextEntry, is_chat, is_text, resolve_on

TEXT = pa.string()
CHAT = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))


def columns(*names: str, **typed: pa.DataType) -> dict[str, pa.DataType]:
    return dict.fromkeys(names, TEXT) | typed


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (columns("text", messages=CHAT), [ChatEntry("messages", "messages")]),
        (columns("text", "instruction", "input", "output"), [TextEntry(("text",))]),
        (
            columns("output", "input", "instruction"),
            [TextEntry(("instruction", "input")), TextEntry(("output",))],
        ),
        (
            columns("instruction", "output", "question", "answer"),
            [TextEntry(("instruction",)), TextEntry(("output",))],
        ),
        (columns("prompt", "completion", "response"), [TextEntry(("prompt",)), TextEntry(("completion",))]),
        (columns("prompt", "response"), [TextEntry(("prompt",)), TextEntry(("response",))]),
        (columns("question", "answer", "split"), [TextEntry(("question",)), TextEntry(("answer",))]),
        (columns("question", "answer", text=pa.int64()), [TextEntry(("question",)), TextEntry(("answer",))]),
        (columns("messages"), [TextEntry(("messages",))]),
        (
            columns(prompt=CHAT, completion=CHAT),
            [ChatEntry("prompt", "messages"), ChatEntry("completion", "messages")],
        ),
        (
            columns("instruction", "output", input=pa.null()),
            [TextEntry(("instruction", "input")), TextEntry(("output",))],
        ),
    ],
)
def test_none_takes_the_first_that_is_there(there: dict[str, pa.DataType], expected: list[object]) -> None:
    assert resolve_on(None, there) == expected


def test_names_lists_and_inner_lists() -> None:
    there = columns("a", "b", "c")
    assert resolve_on("b", there) == [TextEntry(("b",))]
    assert resolve_on(["a", ["b", "c"]], there) == [TextEntry(("a",)), TextEntry(("b", "c"))]
    assert [entry.spec for entry in resolve_on(("a", ("b", "c")), there)] == ["a", ["b", "c"]]


def test_parts_of_a_chat_unless_a_real_column_has_the_name() -> None:
    there = columns(messages=CHAT)
    assert resolve_on(["prompt", "response"], there) == [
        ChatEntry("messages", "prompt"),
        ChatEntry("messages", "response"),
    ]
    assert resolve_on("prompt", columns("prompt", messages=CHAT)) == [TextEntry(("prompt",))]
    assert resolve_on("response", columns(talk=CHAT)) == [ChatEntry("talk", "response")]
    with pytest.raises(ValueError, match="'response', which is not there"):
        resolve_on("response", columns(one=CHAT, two=CHAT))


@pytest.mark.parametrize(
    ("on", "error", "words"),
    [
        (None, ValueError, "on=None found none of the usual text columns"),
        ("texte", ValueError, "'texte', which is not there; the columns are body (string), n (int64)"),
        (["body", "texte"], ValueError, "'texte', which is not there"),
        ([["body", "texte"]], ValueError, "'texte', which is not there"),
        ("n", TypeError, "'n' of type int64"),
        ([["body", "n"]], TypeError, "'n' in an inner list, but its type is int64"),
        ([], ValueError, "at least one column"),
        ([[]], ValueError, "empty inner list"),
        (3, TypeError, "got 3 (int)"),
        ([3], TypeError, "got 3 (int)"),
        ([[3]], TypeError, "got 3 (int)"),
        (b"body", TypeError, "b'body'"),
    ],
)
def test_errors_say_what_and_list_the_columns(on: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        resolve_on(on, columns("body", n=pa.int64()))  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_types_of_text_and_of_chats() -> None:
    dictionary = pa.dictionary(pa.int32(), pa.large_string())
    assert all(is_text(type_) for type_ in (TEXT, pa.large_string(), pa.string_view(), dictionary, pa.null()))
    assert not any(is_text(type_) for type_ in (pa.binary(), pa.int64(), CHAT, pa.list_(TEXT)))
    more = pa.large_list(pa.struct([("content", dictionary), ("role", TEXT), ("weight", pa.float64())]))
    assert is_chat(CHAT)
    assert is_chat(more)
    assert not is_chat(pa.list_(pa.struct([("from", TEXT), ("value", TEXT)])))
    assert not is_chat(pa.list_(TEXT))
