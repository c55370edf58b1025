"""Texts and conversations cut at a limit of tokens, without losing or changing a character of what stays.

A cut falls between two tokens of the text and never inside a character. What is cut is counted again, because a
beginning of a text may have other tokens than the text began with: no answer is over the limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

__all__ = ["SplitResult", "split_long", "truncate"]

At: TypeAlias = Literal["token", "word", "sentence"]

BOUNDARIES = {
    "token": None,
    # Before white space.
    "word": re.compile(r"(?<=\S)(?=\s)"),
    # Behind the marks that end a sentence and what closes with them; behind line breaks.
    "sentence": re.compile(
        r"[.!?\u2026]+[\"'\u201d\u2019)\]]*(?=\s|$)|[\u3002\uff01\uff1f]+[\"\u201d\u300d\u300f\uff09]*|\n+"
    ),
}
CHARACTERS_PER_TOKEN = 8
"""How much of a text is looked at for one piece; more where its tokens are longer."""


def truncate(
    text_or_messages: Any,
    *,
    tokenizer: Any,
    max_tokens: int,
    at: At | Literal["turn"] | None = None,
    chat_template: Any = None,
    threads: int | None = None,
) -> Any:
    """The beginning of every row, as long as a limit of tokens allows.

    Args:
        text_or_messages: A column of text, or of conversations.
        tokenizer: As in `count_tokens`. No special tokens are counted; leave room for them.
        max_tokens: Tokens that a row may have.
        at: Where a text may be cut: `"token"` (the default), `"word"` (before white space) or `"sentence"`
            (behind its last mark, or a line break); a text without such a place before the limit is cut at a
            token. Conversations are cut at `"turn"`, their default: whole turns stay, the last of them the
            assistant's; where not even the first answer fits, the row becomes null.
        chat_template: As in `count_tokens`, for conversations.
        threads: Number of threads, all cores for None. The answer is the same for any.

    Returns:
        A column with as many rows, each a beginning of what came whose own count is at most `max_tokens`: a
        Polars Series for a Polars Series, otherwise a pyarrow array. Null for null.

    Raises:
        ValueError: `max_tokens` is below 1, or `at` is unknown or not for this kind of column.
        TypeError: The column holds neither text nor conversations.

    Examples:
        >>> truncate(
        ...     ["One sentence. Then another one.", "Short."], tokenizer="words", max_tokens=4
        ... ).to_pylist()
        ['One sentence. Then another', 'Short.']
        >>> truncate(["One sentence. Then another."], tokenizer="words", max_tokens=3, at="sentence")[
        ...     0
        ... ].as_py()
        'One sentence.'
        >>> chat = [{"role": role, "content": "a b"} for role in ("user", "assistant", "user", "assistant")]
        >>> len(truncate([chat], tokenizer="words", max_tokens=7)[0])
        2
    """
    import pyarrow as pa

    from fastcurate.frames import column
    from fastcurate.on import is_chat

    limit = _limit(max_tokens)
    values, give_back = column(text_or_messages, "text")
    chunks = _chunks(values)
    if is_chat(chunks.type):
        if at not in ("turn", None):
            raise ValueError(f"at must be 'turn' for conversations, got {at!r}")
        from fastcurate.turns import Conversations

        counter = _Counter(tokenizer, threads)
        return give_back(Conversations(chunks, counter, tokenizer, chat_template).beginnings(limit))
    texts = _texts(chunks)
    cuts = _Counter(tokenizer, threads).beginnings([text or "" for text in texts], limit, _boundary(at))
    cut = [None if text is None else text[:end] for text, end in zip(texts, cuts, strict=True)]
    kind = chunks.type if pa.types.is_string(chunks.type) or pa.types.is_large_string(chunks.type) else None
    return give_back(pa.array(cut, kind or pa.large_string()))


def split_long(
    text_or_messages: Any,
    *,
    tokenizer: Any,
    max_tokens: int,
    at: At | Literal["turn"] | None = None,
    chat_template: Any = None,
    threads: int | None = None,
) -> SplitResult:
    """Every row in pieces that a limit of tokens allows; the pieces of a row joined are the row.

    Args:
        text_or_messages: A column of text, or of conversations.
        tokenizer: As in `count_tokens`. No special tokens are counted; leave room for them.
        max_tokens: Tokens that a piece may have.
        at: Where a row may be cut, as in `truncate`: conversations at `"turn"`, behind an answer of the assistant.
        chat_template: As in `count_tokens`, for conversations.
        threads: Number of threads, all cores for None. The answer is the same for any.

    Returns:
        The pieces with the rows that they come from. An empty row has one empty piece, a null row one null. A turn and
        its answer that are too long together are a piece that is null, with the tokens that they would have.

    Raises:
        ValueError: `max_tokens` is below 1, `at` is unknown or not for this kind of column, or a single character
            has more tokens than the limit: the message names the row.
        TypeError: The column holds neither text nor conversations.

    Examples:
        >>> pieces = split_long(["a b c d e", None, "f"], tokenizer="words", max_tokens=2)
        >>> pieces.pieces.to_pylist()
        ['a b', ' c d', ' e', None, 'f']
        >>> pieces.row.to_pylist(), pieces.part.to_pylist()
        ([0, 0, 0, 1, 2], [0, 1, 2, 0, 0])
        >>> pieces.tokens.to_pylist()
        [2, 2, 1, None, 1]
        >>> chat = [{"role": role, "content": "a b"} for role in ("user", "assistant", "user", "assistant")]
        >>> split_long([chat], tokenizer="words", max_tokens=7).tokens.to_pylist()
        [4, 4]
    """
    from fastcurate.frames import column
    from fastcurate.on import is_chat

    limit = _limit(max_tokens)
    values, _ = column(text_or_messages, "text")
    chunks, counter = _chunks(values), _Counter(tokenizer, threads)
    if not is_chat(chunks.type):
        return _pieces_of_text(_texts(chunks), counter, limit, _boundary(at))
    if at not in ("turn", None):
        raise ValueError(f"at must be 'turn' for conversations, got {at!r}")
    from fastcurate.turns import Conversations

    return SplitResult(*Conversations(chunks, counter, tokenizer, chat_template).pieces(limit))


def _pieces_of_text(
    texts: list[str | None], counter: _Counter, limit: int, boundary: re.Pattern[str] | None
) -> SplitResult:
    import pyarrow as pa

    starts = [0] * len(texts)
    ends: list[list[int]] = [[] for _ in texts]
    left = [row for row, content in enumerate(texts) if content]
    width = dict.fromkeys(left, CHARACTERS_PER_TOKEN * limit)
    while left:
        windows = [texts[row][starts[row] : starts[row] + width[row]] for row in left]  # type: ignore[index]
        following = []
        for row, window, cut in zip(left, windows, counter.beginnings(windows, limit, boundary), strict=True):
            rest = len(texts[row]) - starts[row]  # type: ignore[arg-type]
            if cut == len(window) < rest:
                width[row] *= 2  # there may be room for more
                following.append(row)
                continue
            if cut == 0:
                raise ValueError(
                    f"row {row}: the character {window[:1]!r} alone has more than max_tokens={limit} tokens; "
                    "raise max_tokens"
                )
            starts[row] += cut
            ends[row].append(starts[row])
            if cut < rest:
                following.append(row)
        left = following
    pieces: list[str | None] = []
    rows, parts = [], []
    for row, content in enumerate(texts):
        for part, (start, end) in enumerate(zip([0, *ends[row]], ends[row] or [0], strict=False)):
            pieces.append(None if content is None else content[start:end])
            rows.append(row)
            parts.append(part)
    made = pa.array(pieces, pa.large_string())
    return SplitResult(made, pa.array(rows, pa.int64()), pa.array(parts, pa.int32()), counter(made))


@dataclass(frozen=True, repr=False)
class SplitResult:
    """Pieces of texts or conversations: the answer of `split_long`, in the order of the rows.

    Attributes:
        pieces: The texts, `large_string`, or the conversations, of the type that they came with.
        row: The row that each comes from, int64.
        part: Its number among the pieces of that row, int32.
        tokens: Its tokens, int32.
    """

    pieces: pa.Array
    row: pa.Int64Array
    part: pa.Int32Array
    tokens: pa.Int32Array

    @property
    def table(self) -> pa.Table:
        """All of it as a table: `row`, `part`, `text` or `messages`, `tokens`."""
        import pyarrow as pa

        name = "messages" if pa.types.is_nested(self.pieces.type) else "text"
        return pa.table({"row": self.row, "part": self.part, name: self.pieces, "tokens": self.tokens})

    def __repr__(self) -> str:
        """Sizes."""
        rows = self.row[-1].as_py() + 1 if len(self.row) else 0
        return f"SplitResult({len(self.pieces):,} pieces of {rows:,} rows)"


class _Counter:
    """One tokenizer: counts of whole texts, and how much of a text a number of tokens is."""

    def __init__(self, tokenizer: Any, threads: int | None) -> None:
        from fastcurate.tokenizer import load_tokenizer

        self.tokenizer, self.threads = load_tokenizer(tokenizer), threads

    def __call__(self, texts: Any) -> pa.Int32Array:
        import pyarrow as pa

        from fastcurate import _core

        column = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
        return pa.array(_core.count_tokens(column, tokenizer=self.tokenizer, threads=self.threads))

    def beginnings(self, texts: Sequence[str], limit: int, boundary: re.Pattern[str] | None) -> list[int]:
        """How many characters of each text its longest beginning within the limit has."""
        counts = self(texts).to_pylist()
        out = [len(text) for text in texts]
        over = {row: limit for row, count in enumerate(counts) if count > limit}
        while over:
            rows = list(over)
            raw = self._cuts([texts[row][: out[row]] for row in rows], list(over.values()))
            for row, cut in zip(rows, raw, strict=True):
                out[row] = _at(texts[row], cut, boundary)
            counts = self([texts[row][: out[row]] for row in rows]).to_pylist()
            # A beginning that has more tokens by itself than inside its text is cut again, that much shorter.
            over = {
                row: max(0, min(over[row], limit) - (count - limit))
                for row, count in zip(rows, counts, strict=True)
                if count > limit
            }
        return out

    def _cuts(self, texts: list[str], budgets: list[int]) -> list[int]:
        """Where so many tokens of each text end at most, in characters; less than the whole text."""
        if self.tokenizer.engine == "reference":
            return self._bisected(texts, budgets)
        import pyarrow as pa

        found = pa.array(self.tokenizer.token_ends(pa.array(texts, pa.large_string()), threads=self.threads))
        offsets, values = found.offsets.to_numpy(), found.values.to_numpy()
        cuts = []
        for row, (text, budget) in enumerate(zip(texts, budgets, strict=True)):
            ends = values[offsets[row] : offsets[row + 1]]
            keep = min(budget, len(ends) - 1)
            # Several tokens of one character end together, where the character does.
            while keep > 0 and ends[keep - 1] == ends[keep]:
                keep -= 1
            end = int(ends[keep - 1]) if keep > 0 else 0
            cuts.append(min(end, len(text) - 1) if text.isascii() else len(text.encode()[:end].decode()))
        return cuts

    def _bisected(self, texts: list[str], budgets: list[int]) -> list[int]:
        """By counting beginnings, for tokenizers that do not say where tokens end."""
        low, high = [0] * len(texts), [len(text) for text in texts]
        while open_rows := [row for row in range(len(texts)) if high[row] - low[row] > 1]:
            middles = [(low[row] + high[row]) // 2 for row in open_rows]
            counts = self([texts[row][:end] for row, end in zip(open_rows, middles, strict=True)]).to_pylist()
            for row, middle, count in zip(open_rows, middles, counts, strict=True):
                if count <= budgets[row]:
                    low[row] = middle
                else:
                    high[row] = middle
        return low


def _at(text: str, cut: int, boundary: re.Pattern[str] | None) -> int:
    """The last boundary up to a cut, or the cut where there is none."""
    if boundary is None:
        return cut
    # What follows the cut decides whether a sentence ends there, so one character more is looked at.
    ends = [match.end() for match in boundary.finditer(text, 0, min(len(text), cut + 1))]
    return max((end for end in ends if 0 < end <= cut), default=cut)


def _texts(chunks: pa.ChunkedArray) -> list[str | None]:
    import pyarrow as pa

    kind = chunks.type
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not (inner in (pa.string(), pa.large_string(), pa.string_view()) or pa.types.is_null(inner)):
        raise TypeError(f"text must be a column of text, got {kind}")
    return chunks.to_pylist()  # type: ignore[no-any-return]


def _chunks(values: Any) -> pa.ChunkedArray:
    import pyarrow as pa

    return pa.chunked_array(values) if hasattr(values, "__arrow_c_stream__") else pa.chunked_array([values])


def _limit(max_tokens: Any) -> int:
    from fastcurate.lengths.opening import whole

    limit = whole("max_tokens", max_tokens)
    if limit < 1:
        raise ValueError(f"max_tokens must be at least 1, got {max_tokens}")
    return limit


def _boundary(at: Any) -> re.Pattern[str] | None:
    if at is not None and at not in BOUNDARIES:
        raise ValueError(f"at must be one of {', '.join(map(repr, BOUNDARIES))} for text, got {at!r}")
    return BOUNDARIES[at or "token"]
