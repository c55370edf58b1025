"""A chat template and the special tokens it names: conversations in, the text that the model is given out.

What transformers' `apply_chat_template` renders, to the byte: keys of a message that are null are left out, reasoning
goes by its several names, and whatever is not plain data is shown to the template as the name of its type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Message: TypeAlias = dict[str, Any]
Span: TypeAlias = tuple[int, int]

REASONING = ("reasoning_content", "thinking", "reasoning")
"""Where data sets keep what a model thought; templates read the first, some the second."""

PLAIN = (str, int, float, bool)


@dataclass(frozen=True)
class ChatTemplate:
    """A template with the special tokens of its model.

    Attributes:
        source: The Jinja template.
        special_tokens: `bos_token`, `eos_token` and others by name, which the template may use.
        origin: Where it came from, for messages and summaries.

    Examples:
        >>> template = ChatTemplate("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}")
        >>> template.render([{"role": "user", "content": "Hi"}])
        '<user>Hi'
    """

    source: str
    special_tokens: Mapping[str, str] = field(default_factory=dict)
    origin: str = "chat_template"

    def __post_init__(self) -> None:
        from jinja2 import TemplateError

        from fastcurate.chat.environment import compiled

        try:
            compiled(self.source)
        except TemplateError as error:
            raise ValueError(f"chat_template is no Jinja template: {error} (from {self.origin})") from None

    @property
    def marks_generation(self) -> bool:
        """Whether `{% generation %}` blocks say what the model says."""
        from fastcurate.chat.environment import marks_generation

        return marks_generation(self.source)

    def render(
        self,
        messages: Sequence[Message],
        *,
        add_generation_prompt: bool = False,
        tools: Sequence[dict[str, Any]] | None = None,
    ) -> str:
        """The text of one conversation.

        Args:
            messages: Its turns, each with a `role`.
            add_generation_prompt: Whether the beginning of an answer follows.
            tools: JSON schemas of functions, for templates that tell the model of them.

        Returns:
            The text, special tokens written out.

        Raises:
            ValueError: There are no messages, a message has no role, or the template refuses them.
        """
        return self.render_spans(messages, add_generation_prompt=add_generation_prompt, tools=tools)[0]

    def render_spans(
        self,
        messages: Sequence[Message],
        *,
        add_generation_prompt: bool = False,
        tools: Sequence[dict[str, Any]] | None = None,
    ) -> tuple[str, list[Span]]:
        """The text, and which characters of it stand in `{% generation %}` blocks; see `render`."""
        return self._render(checked(messages), add_generation_prompt, tools)

    def beginning(self, messages: Sequence[Message], *, add_generation_prompt: bool) -> str:
        """The text of a conversation so far, which may not have begun; see `render`."""
        turns = checked(messages) if messages else []
        return self._render(turns, add_generation_prompt, None)[0]

    def _render(
        self, turns: list[Message], add_generation_prompt: bool, tools: Sequence[dict[str, Any]] | None
    ) -> tuple[str, list[Span]]:
        from jinja2 import TemplateError

        from fastcurate.chat.environment import compiled

        template = compiled(self.source)
        environment: Any = template.environment
        given = {
            **self.special_tokens,
            "messages": turns,
            "tools": plain(tools),
            "documents": None,
            "add_generation_prompt": add_generation_prompt,
        }
        written: list[str] = []
        spans: list[Span] = []
        with environment.lock:
            environment.written, environment.spans = written, spans
            try:
                for piece in template.generate(given):
                    written.append(piece)  # noqa: PERF402 - generation blocks look at what is there so far
            except TemplateError as error:
                raise ValueError(f"the chat template refuses the conversation: {error}") from None
            except (TypeError, ValueError, LookupError, ArithmeticError, RecursionError) as error:
                raise ValueError(
                    f"the chat template cannot render the conversation: {type(error).__name__}: {error}"
                ) from None
            finally:
                environment.written = None
        return "".join(written), spans


def checked(messages: Any) -> list[Message]:
    """Messages as a template is given them.

    Raises:
        ValueError: There are none, or one has no role.
        TypeError: It is no list of messages.
    """
    if isinstance(messages, (str, bytes)) or not isinstance(messages, Sequence):
        raise TypeError(f"a conversation must be a list of messages, got {type(messages).__name__}")
    if not messages:
        raise ValueError("the conversation has no messages; leave such rows out first")
    turns = []
    for number, message in enumerate(messages):
        if not isinstance(message, Mapping):
            raise TypeError(
                f"turn {number}: a message must have role and content, got {type(message).__name__}"
            )
        turn = {key: plain(value) for key, value in message.items() if value is not None}
        if "role" not in turn:
            keys = ", ".join(map(str, turn)) or "nothing"
            raise ValueError(f"turn {number}: the message has no role, only {keys}; give every turn a role")
        reasoning = next((turn[name] for name in REASONING if turn.get(name) is not None), None)
        if reasoning is not None:
            turn = {"thinking": reasoning, **turn, "reasoning_content": reasoning}
        turns.append(turn)
    return turns


def plain(value: Any) -> Any:
    """JSON's types as they are; of everything else the template sees the name of its type."""
    if value is None or type(value) in PLAIN:
        return value
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    for kind in PLAIN[:3]:
        if isinstance(value, kind):  # a subclass may have methods that a sandbox does not know
            return kind.__str__(value) if kind is str else kind(value)
    return f"<{type(value).__name__}>"
