"""A column of conversations, rendered row by row, with the parts that are trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastcurate.chat.template import ChatTemplate, Message, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

ROWS_PER_SLICE = 1024  # how many rows of an Arrow column are Python objects at a time


@dataclass(frozen=True, slots=True)
class Rendered:
    """One conversation.

    Attributes:
        text: What the model is given.
        spans: The characters of it that are trained on; None where the template does not let one tell.
    """

    text: str
    spans: list[Span] | None


def rendered(
    rows: Any,
    template: ChatTemplate,
    *,
    add_generation_prompt: bool,
    spans: bool,
    progress: Callable[[int], Any] | None,
) -> Iterator[Rendered | None]:
    """Every row, None for null.

    Raises:
        ValueError: The template refuses a row, which is named.
    """
    marked = spans and template.marks_generation
    for row, messages in enumerate(conversations(rows)):
        if progress is not None and row % ROWS_PER_SLICE == 0:
            progress(row)
        if messages is None:
            yield None
            continue
        try:
            found: list[Span] | None
            text, found = template.render_spans(messages, add_generation_prompt=add_generation_prompt)
            if spans and not marked:
                found = assistant_spans(template, messages, text)
        except (ValueError, TypeError) as error:
            raise type(error)(f"row {row}: {error}") from None
        yield Rendered(text, found)


def rendered_for(
    column_: Any, tokenizer: Any, chat_template: Any, *, add_generation_prompt: bool
) -> tuple[pa.Array, Callable[[Any], Any]] | None:
    """A column of conversations as text (`large_string`, null for null), and the way back to the caller's type.

    None where the column holds text, or the model has no template.
    """
    import pyarrow as pa

    from fastcurate.chat.source import load_chat_template
    from fastcurate.frames import column
    from fastcurate.frames.arrow import array_of
    from fastcurate.on import is_chat

    rows = column_
    give_back: Callable[[Any], Any] = array_of
    if isinstance(rows, (list, tuple)):
        # Arrow may not hold what Python's messages do, and a template need not see what it would add.
        if not isinstance(next((row for row in rows if row is not None), None), (list, tuple)):
            return None
    else:
        values, give_back = column(column_, "text")
        rows = values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.chunked_array(values)
        if not is_chat(rows.type):
            return None
    template = load_chat_template(tokenizer, chat_template)
    if template is None:
        return None
    made = rendered(rows, template, add_generation_prompt=add_generation_prompt, spans=False, progress=None)
    return pa.array([None if row is None else row.text for row in made], pa.large_string()), give_back


def conversations(rows: Any) -> Iterator[list[Message] | None]:
    """The rows as Python objects, some at a time."""
    if isinstance(rows, (list, tuple)):
        yield from rows
        return
    for start in range(0, len(rows), ROWS_PER_SLICE):
        yield from rows.slice(start, ROWS_PER_SLICE).to_pylist()


def assistant_spans(template: ChatTemplate, messages: list[Message], text: str) -> list[Span] | None:
    """What each assistant turn adds to the conversation so far, the beginning of an answer aside.

    The conversation up to a turn, with the beginning of an answer behind it, is rendered, and the conversation
    with the turn; what the second has beyond the first is the turn. That holds only for templates that render
    a conversation as the beginning of any longer one: where one does not, the answer is None.
    """
    spans = []
    for turn, message in enumerate(messages):
        if message.get("role") != "assistant":
            continue
        after = text if turn + 1 == len(messages) else _or_none(template, messages[: turn + 1])
        before = _or_none(template, messages[:turn], add_generation_prompt=True)
        if before is None or after is None or not after.startswith(before) or not text.startswith(after):
            # Templates without a beginning of answers end the conversation so far where the turn begins.
            before = _or_none(template, messages[:turn])
        if before is None or after is None or not after.startswith(before) or not text.startswith(after):
            return None
        spans.append((len(before), len(after)))
    return spans


def _or_none(
    template: ChatTemplate, messages: list[Message], *, add_generation_prompt: bool = False
) -> str | None:
    """A part of a conversation that a template may well refuse to render."""
    try:
        return template.beginning(messages, add_generation_prompt=add_generation_prompt)
    except ValueError:
        return None if messages else ""
