"""Tokens of conversations, and how many of them a model is trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastcurate.chat.conversations import Rendered, conversations, rendered
from fastcurate.chat.source import load_chat_template

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.chat.template import ChatTemplate, Span


def count_chat_tokens(
    messages: Any,
    *,
    tokenizer: Any,
    chat_template: Any = None,
    add_generation_prompt: bool = False,
    add_special_tokens: bool = False,
    max_tokens: int | None = None,
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> ChatCounts:
    r"""Count the tokens of conversations as the model is given them, trained ones apart, and look for mistakes.

    Trained are the assistant turns: what stands in the template's `{% generation %}` blocks, or, where it has
    none, what each assistant turn adds to the text of the conversation before it.

    Args:
        messages: A column of conversations (`list<struct<role, content>>`, more fields welcome), or a list of
            lists of messages.
        tokenizer: As in `count_tokens`; a folder or a tokenizer of transformers brings its chat template.
        chat_template: A Jinja template, the path of a `.jinja` file, the name of one of the model's templates
            or a `ChatTemplate`, instead of the model's own; False for none. Without one, tokens are the sum
            over the contents, trained ones the sum over assistant turns.
        add_generation_prompt: Whether the beginning of an answer follows every conversation.
        add_special_tokens: Whether the tokenizer adds its own around the text; templates mostly write theirs.
        max_tokens: Where the trainer cuts conversations off.
        threads: Number of threads that count, all cores for None; rendering has one.
        progress: Called with the number of rows rendered so far.

    Returns:
        `tokens`, `trained` and `prompt` of every row, and the rows that something is wrong with.

    Raises:
        ImportError: A template has to be rendered and jinja2 is not there.
        ValueError: A conversation is empty, a message has no role, or the template refuses a row: the message
            names it. Or the template is none.
        TypeError: The column does not hold conversations.

    Examples:
        >>> chats = [[{"role": "user", "content": "Say hi"}, {"role": "assistant", "content": "Hi there"}]]
        >>> template = "{% for m in messages %}<{{ m.role }}> {{ m.content }} <end>\n{% endfor %}"
        >>> counts = count_chat_tokens(chats, tokenizer="words", chat_template=template)
        >>> counts.tokens.to_pylist(), counts.trained.to_pylist()
        ([8], [4])
        >>> counts
        ChatCounts(1 rows, 8 tokens, 4 of them trained (assistant turns by prefix))
    """
    import numpy as np
    import pyarrow as pa

    from fastcurate.tokenizer import load_tokenizer

    template = load_chat_template(tokenizer, chat_template)
    loaded = load_tokenizer(tokenizer)
    rows = open_conversations(messages)
    count = _Counter(loaded, add_special_tokens, threads)
    if template is None:
        tokens, trained, nulls = _contents(rows, count)
        issues: dict[str, list[int]] = {}
        how = "contents"
    else:
        made = list(
            rendered(
                rows, template, add_generation_prompt=add_generation_prompt, spans=True, progress=progress
            )
        )
        nulls = np.array([row is None for row in made], dtype=bool)
        texts = ["" if row is None else row.text for row in made]
        tokens = count(texts)
        trained = count.trained(texts, [row.spans if row else [] for row in made], max_tokens)
        issues = _issues(made, template, adds=count.adds)
        how = "generation" if template.marks_generation else "prefix"
    unknown = trained < 0
    no_training = (trained == 0) & ~nulls
    if max_tokens is not None:
        issues["truncated"] = np.flatnonzero((tokens > max_tokens) & ~nulls).tolist()
    if progress is not None:
        progress(len(tokens))
    return ChatCounts(
        tokens=pa.array(tokens.astype(np.int32), mask=nulls),
        trained=pa.array(trained.astype(np.int32), mask=nulls | unknown),
        how=how,
        template=None if template is None else template.origin,
        issues={
            "trains_on_nothing": np.flatnonzero(no_training).tolist(),
            "unknown_turns": np.flatnonzero(unknown & ~nulls).tolist(),
            **issues,
        },
    )


@dataclass(frozen=True, repr=False)
class ChatCounts:
    """Tokens of conversations: the answer of `count_chat_tokens`.

    Attributes:
        tokens: Of every row, int32, null for null.
        trained: Those that the model learns to say, as far as `max_tokens` lets it; null also where the
            template does not let one tell.
        how: `"generation"` (by the template's blocks), `"prefix"` (by what each assistant turn adds) or
            `"contents"` (there is no template: sums over contents).
        template: Where the template came from.
        issues: Rows by what is wrong with them. `trains_on_nothing`: no trained token. `unknown_turns`: the
            template renders earlier turns otherwise once there are later ones, so that the assistant turns
            cannot be told apart. `double_bos`: two beginnings of text, by the template or by the template and
            the tokenizer. `missing_eos`: the last assistant turn does not end with the token that ends a text.
            `truncated`: over `max_tokens`.
    """

    tokens: pa.Int32Array
    trained: pa.Int32Array
    how: str
    template: str | None
    issues: dict[str, list[int]]

    @property
    def prompt(self) -> pa.Int32Array:
        """The tokens that are not trained on; null where that is not known."""
        import pyarrow.compute as pc

        return pc.subtract(self.tokens, self.trained)

    def summary(self) -> dict[str, Any]:
        """Counts as a plain dict."""
        import pyarrow.compute as pc

        return {
            "rows": len(self.tokens),
            "tokens": pc.sum(self.tokens).as_py() or 0,
            "trained_tokens": pc.sum(self.trained).as_py() or 0,
            "counted_by": self.how,
            "chat_template": self.template,
            **{f"{name}_rows": len(rows) for name, rows in self.issues.items()},
            **({"note": NOTE} if self.template is None else {}),
        }

    def __repr__(self) -> str:
        """Totals, and what is wrong."""
        sums = self.summary()
        how = {
            "generation": "by the template's generation blocks",
            "prefix": "assistant turns by prefix",
            "contents": "contents only: no chat template",
        }
        wrong = "".join(
            f", {len(rows):,} rows {name.replace('_', ' ')}" for name, rows in self.issues.items() if rows
        )
        return (
            f"ChatCounts({sums['rows']:,} rows, {sums['tokens']:,} tokens, {sums['trained_tokens']:,} of them "
            f"trained ({how[self.how]}){wrong})"
        )


NOTE = "no chat template: the sum over contents, without what a template writes around them"


def open_conversations(messages: Any) -> Any:
    """A column of conversations as a pyarrow array, or Python's lists as they are.

    Raises:
        TypeError: It holds something else.
    """
    import pyarrow as pa

    from fastcurate.frames import column
    from fastcurate.on import is_chat

    if isinstance(messages, (list, tuple)):
        for row, chat in enumerate(messages):
            if chat is not None and not isinstance(chat, (list, tuple)):
                raise TypeError(
                    f"messages, row {row}: expected a list of messages, got {type(chat).__name__}"
                )
        return messages
    values, _ = column(messages, "messages")
    chunks = pa.chunked_array(values) if hasattr(values, "__arrow_c_stream__") else pa.chunked_array([values])
    if not (is_chat(chunks.type) or pa.types.is_null(chunks.type)):
        raise TypeError(f"messages must be conversations, list<struct<role, content>>, got {chunks.type}")
    return chunks


class _Counter:
    """One tokenizer, asked for whole texts and for parts of them."""

    def __init__(self, tokenizer: Any, add_special_tokens: bool, threads: int | None) -> None:
        self.tokenizer, self.threads = tokenizer, threads
        self.special = add_special_tokens
        self.adds = add_special_tokens and int(self([""])[0]) > 0

    def __call__(self, texts: Sequence[str], *, special: bool | None = None) -> npt.NDArray[np.int64]:
        import numpy as np
        import pyarrow as pa

        from fastcurate import _core

        wanted = self.special if special is None else special
        counts = _core.count_tokens(
            pa.array(texts, pa.large_string()),
            tokenizer=self.tokenizer,
            add_special_tokens=wanted,
            threads=self.threads,
        )
        return np.asarray(pa.array(counts).to_numpy(), dtype=np.int64)

    def trained(
        self, texts: list[str], spans: list[list[Span] | None], max_tokens: int | None
    ) -> npt.NDArray[np.int64]:
        """For each text the tokens that reach into its spans; -1 where the spans are None."""
        import numpy as np

        if self.tokenizer.engine == "reference":
            return self._by_prefixes(texts, spans, max_tokens)
        ends = self._ends(texts)
        out = np.zeros(len(texts), dtype=np.int64)
        for row, (text, found) in enumerate(zip(texts, spans, strict=True)):
            if found is None:
                out[row] = -1
                continue
            of_row = ends(row)
            inside = np.zeros(len(of_row), dtype=bool)
            for start, end in found:
                a, b = len(text[:start].encode()), len(text[:end].encode())
                first, last = np.searchsorted(of_row, (a, b), side="right").tolist()
                # A token that begins in the span and ends behind it is the span's as well.
                begins = last < len(of_row) and (0 if last == 0 else of_row[last - 1]) < b
                if a < b:
                    inside[first : last + begins] = True
            out[row] = inside[:max_tokens].sum()
        return out

    def _ends(self, texts: list[str]) -> Callable[[int], npt.NDArray[np.int32]]:
        import pyarrow as pa

        found = pa.array(self.tokenizer.token_ends(pa.array(texts, pa.large_string()), threads=self.threads))
        offsets, values = found.offsets.to_numpy(), found.values.to_numpy()
        return lambda row: values[offsets[row] : offsets[row + 1]]

    def _by_prefixes(
        self, texts: list[str], spans: list[list[Span] | None], max_tokens: int | None
    ) -> npt.NDArray[np.int64]:
        """What the text up to the end of a span has more than the text up to its start.

        For tokenizers that do not say where tokens end.
        """
        import numpy as np

        parts = [
            text[:place]
            for text, found in zip(texts, spans, strict=True)
            for span in found or []
            for place in span
        ]
        counts = self(parts, special=False)
        if max_tokens is not None:
            counts = np.minimum(counts, max_tokens)
        sizes = [0 if found is None else len(found) for found in spans]
        per_span = counts[1::2] - counts[::2]
        out = np.zeros(len(texts), dtype=np.int64)
        np.add.at(out, np.repeat(np.arange(len(texts)), sizes), per_span)
        out[[found is None for found in spans]] = -1
        return out


def _contents(
    rows: Any, count: _Counter
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Tokens of all contents, tokens of the assistant turns, and which rows are null."""
    import numpy as np

    from fastcurate.chat.template import checked

    texts, row_of, answers, nulls = [], [], [], []
    for row, chat in enumerate(conversations(rows)):
        nulls.append(chat is None)
        try:
            turns = checked(chat) if chat else []
        except (ValueError, TypeError) as error:
            raise type(error)(f"row {row}: {error}") from None
        for turn in turns:
            content = turn.get("content") or ""
            if not isinstance(content, str):
                raise TypeError(f"row {row}: a content is no text; such conversations need a chat template")
            texts.append(content)
            row_of.append(row)
            answers.append(turn["role"] == "assistant")
    counts = count(texts)
    tokens, trained = np.zeros((2, len(nulls)), dtype=np.int64)
    places, mine = np.array(row_of, dtype=np.int64), np.array(answers, dtype=bool)
    np.add.at(tokens, places, counts)
    np.add.at(trained, places[mine], counts[mine])
    return tokens, trained, np.array(nulls, dtype=bool)


def _issues(made: list[Rendered | None], template: ChatTemplate, *, adds: bool) -> dict[str, list[int]]:
    """Rows with two beginnings of text, and rows whose last answer does not end."""
    bos, eos = template.special_tokens.get("bos_token"), template.special_tokens.get("eos_token")
    issues: dict[str, list[int]] = {}
    if bos:
        twice = bos if adds else bos + bos
        issues["double_bos"] = [row for row, chat in enumerate(made) if chat and chat.text.startswith(twice)]
    if eos:
        issues["missing_eos"] = [
            row
            for row, chat in enumerate(made)
            if chat and chat.spans and not chat.text[slice(*chat.spans[-1])].rstrip().endswith(eos)
        ]
    return issues
