"""Conversations cut between turns at a limit of tokens: what `truncate` and `split_long` do with chats.

A cut falls behind an answer of the assistant, or at the end; so every piece ends with something to learn where the
conversation does. Tokens are those of the rendered template, or without one of the contents, turn by turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

__all__ = ["Conversations"]


class Conversations:
    """A column of conversations, the places where each may be cut, and the tokens between two of them."""

    def __init__(
        self, chunks: pa.ChunkedArray, count: Callable[[list[str]], Any], tokenizer: Any, chat_template: Any
    ) -> None:
        from fastcurate.chat import load_chat_template

        self.rows = chunks.combine_chunks() if chunks.num_chunks != 1 else chunks.chunk(0)
        self.chats = self.rows.to_pylist()
        self.count = count
        self.template = load_chat_template(tokenizer, chat_template)
        self.ends = [_ends(chat or []) for chat in self.chats]

    def beginnings(self, limit: int) -> pa.Array:
        """Each cut behind the last answer that fits; null where not even the first does."""
        import pyarrow as pa

        places = [(row, 0, end) for row, ends in enumerate(self.ends) for end in ends]
        kept: list[int | None] = [None if chat else 0 for chat in self.chats]
        for (row, _, end), tokens in zip(places, self._tokens(places), strict=True):
            if tokens <= limit:
                kept[row] = end
        cut = [
            None if chat is None or end is None else chat[:end]
            for chat, end in zip(self.chats, kept, strict=True)
        ]
        return pa.array(cut, self.rows.type)

    def pieces(self, limit: int) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
        """The pieces, their rows, their numbers in the row, and their tokens; each as long as the limit allows."""
        import pyarrow as pa

        growing = {row: _Piece() for row, ends in enumerate(self.ends) if ends}
        done: list[list[tuple[int, int, int]]] = [[] for _ in self.chats]  # start, end and tokens
        while growing:
            places = [(row, piece.start, self.ends[row][piece.tried]) for row, piece in growing.items()]
            for (row, start, end), tokens in zip(places, self._tokens(places), strict=True):
                piece = growing[row]
                if tokens <= limit:
                    piece.end, piece.tokens = end, tokens
                    piece.tried += 1
                elif piece.end == start:
                    done[row].append((start, end, tokens))
                    piece.start = piece.end = end
                    piece.tried += 1
                else:
                    done[row].append((start, piece.end, piece.tokens))
                    piece.start = piece.end
                if piece.tried == len(self.ends[row]):
                    if piece.end > piece.start:
                        done[row].append((piece.start, piece.end, piece.tokens))
                    del growing[row]
        pieces, rows, parts, counts = [], [], [], []
        for row, (chat, cuts) in enumerate(zip(self.chats, done, strict=True)):
            for part, (start, end, tokens) in enumerate(cuts or [(0, 0, 0)]):
                pieces.append(None if chat is None or tokens > limit else chat[start:end])
                rows.append(row)
                parts.append(part)
                counts.append(None if chat is None else tokens)
        return (
            pa.array(pieces, self.rows.type),
            pa.array(rows, pa.int64()),
            pa.array(parts, pa.int32()),
            pa.array(counts, pa.int32()),
        )

    def _tokens(self, places: list[tuple[int, int, int]]) -> list[int]:
        """The tokens of turns `start` to `end` of a row, each."""
        import numpy as np

        texts = [self._texts(*place) for place in places]
        counts = np.asarray(self.count([text for some in texts for text in some]))
        ends = np.cumsum([0, *map(len, texts)])
        before = np.concatenate([[0], np.cumsum(counts)])
        return (before[ends[1:]] - before[ends[:-1]]).tolist()  # type: ignore[no-any-return]

    def _texts(self, row: int, start: int, end: int) -> list[str]:
        turns = self.chats[row][start:end]
        if self.template is None:
            return [message.get("content") or "" for message in turns]
        try:
            return [self.template.render(turns)]
        except (ValueError, TypeError) as error:
            raise type(error)(f"row {row}: {error}") from None


@dataclass
class _Piece:
    """The piece of a row that grows, answer by answer."""

    start: int = 0
    end: int = 0
    tokens: int = 0
    tried: int = 0
    """Places of the row where it has been seen whether the piece may reach so far."""


def _ends(chat: list[dict[str, Any]]) -> list[int]:
    """The places behind each answer, and the end."""
    answers = [turn for turn, message in enumerate(chat, 1) if message.get("role") == "assistant"]
    return [*(end for end in answers if end < len(chat)), len(chat)] if chat else []
