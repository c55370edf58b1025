"""Texts cut at a limit: what stays is a beginning, as long as its own count allows; nothing is lost between pieces."""

from pathlib import Path
from typing import Any

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.tokenizers_made import MADE, TEXT, made

TEXTS = st.lists(st.one_of(st.none(), TEXT), max_size=6)
NAMES = ("gpt2", "words", "chars", "bytes")
AT = st.sampled_from(["token", "word", "sentence", None])


def count(texts: list[str], tokenizer: Any) -> list[int]:
    found: list[int] = fc.count_tokens(texts, tokenizer=tokenizer).to_pylist()
    return found


def check_truncated(texts: list[str | None], tokenizer: Any, limit: int, at: Any) -> None:
    cut = fc.truncate(texts, tokenizer=tokenizer, max_tokens=limit, at=at).to_pylist()
    assert [text is None for text in cut] == [text is None for text in texts]
    whole = [text or "" for text in texts]
    kept = [text or "" for text in cut]
    for text, beginning, tokens, before in zip(
        whole, kept, count(kept, tokenizer), count(whole, tokenizer), strict=True
    ):
        assert text.startswith(beginning)
        assert tokens <= limit
        assert beginning == text or before > limit


def check_split(texts: list[str | None], tokenizer: Any, limit: int, at: Any) -> None:
    pieces = fc.split_long(texts, tokenizer=tokenizer, max_tokens=limit, at=at)
    rows: list[list[str | None]] = [[] for _ in texts]
    for piece in pieces.table.to_pylist():
        assert piece["part"] == len(rows[piece["row"]])
        rows[piece["row"]].append(piece["text"])
        assert piece["tokens"] is None or piece["tokens"] <= limit
    for text, parts in zip(texts, rows, strict=True):
        if text is None:
            assert parts == [None]
        else:
            assert "".join(part or "" for part in parts) == text
            assert all(parts) or text == ""
    assert pieces.tokens.to_pylist() == fc.count_tokens(pieces.pieces, tokenizer=tokenizer).to_pylist()


@given(TEXTS, st.sampled_from(NAMES), st.integers(1, 20), AT)
def test_a_beginning_within_the_limit(texts: list[str | None], name: str, limit: int, at: Any) -> None:
    check_truncated(texts, name, limit, at)


@pytest.mark.parametrize("name", MADE)
def test_with_every_kind_of_tokenizer(name: str) -> None:
    tokenizer = made(name)

    @given(TEXTS, st.integers(1, 12))
    def check(texts: list[str | None], limit: int) -> None:
        check_truncated(texts, tokenizer, limit, None)

    check()


@given(TEXTS, st.sampled_from(NAMES), st.integers(8, 40), AT)
def test_pieces_joined_are_the_text(texts: list[str | None], name: str, limit: int, at: Any) -> None:
    check_split(texts, name, limit, at)


def test_the_longest_beginning() -> None:
    """Where tokens do not depend on what follows, not one more would fit."""
    text = "é😀ab " * 30
    for limit in (1, 7, 50):
        assert fc.truncate([text], tokenizer="chars", max_tokens=limit)[0].as_py() == text[:limit]
        cut = fc.truncate([text], tokenizer="bytes", max_tokens=limit)[0].as_py()
        assert len(cut.encode()) <= limit < len((cut + text[len(cut)]).encode())
        words = fc.truncate([text], tokenizer="words", max_tokens=limit)[0].as_py()
        assert words == " ".join(["é😀ab"] * min(limit, 30)) + (" " if limit >= 30 else "")


@pytest.mark.parametrize(
    ("text", "limit", "at", "expected"),
    [
        ("One two. Three four five.", 4, "sentence", "One two."),
        ("One two. Three four five.", 4, "word", "One two. Three four"),
        ('He said "no." Then he left.', 5, "sentence", 'He said "no."'),
        ("It costs 3.14 now and then", 4, "sentence", "It costs 3.14 now"),
        ("first line\nsecond line here", 4, "sentence", "first line\n"),
        ("Wait... what now?", 2, "sentence", "Wait..."),
        ("no sentence ends in here", 3, "sentence", "no sentence ends"),
    ],
)
def test_where_a_text_is_cut(text: str, limit: int, at: Any, expected: str) -> None:
    assert fc.truncate([text], tokenizer="words", max_tokens=limit, at=at)[0].as_py() == expected


def test_sentences_without_spaces() -> None:
    text = "今天天气很好。我们去公园。然后回家。"
    assert fc.truncate([text], tokenizer="chars", max_tokens=10, at="sentence")[0].as_py() == "今天天气很好。"
    pieces = fc.split_long([text], tokenizer="chars", max_tokens=10, at="sentence").pieces.to_pylist()
    assert pieces == ["今天天气很好。", "我们去公园。", "然后回家。"]


def test_on_real_text(data: Path) -> None:
    texts = pq.read_table(data / "raw/raw_mixed_sample.parquet", columns=["text"])["text"][::700].to_pylist()
    for name in ("gpt2.tokenizer.json", "llama.tokenizer.json", "bert-base-uncased.tokenizer.json"):
        tokenizer = str(data / "tokenizers" / name)
        check_truncated(texts, tokenizer, 100, "sentence")
        check_split(texts[:20], tokenizer, 60, None)


def test_a_long_text_in_many_pieces() -> None:
    check_split(["A sentence of some words, and one more. " * 20_000], "gpt2", 256, "sentence")


def test_the_caller_gets_the_kind_of_column_that_came() -> None:
    cut = fc.truncate(pl.Series("text", ["a b c"]), tokenizer="words", max_tokens=2)
    assert isinstance(cut, pl.Series)
    assert (cut.name, cut.to_list()) == ("text", ["a b"])
    views = fc.truncate(pa.array(["a b c"], pa.string_view()), tokenizer="words", max_tokens=2)
    assert views.to_pylist() == ["a b"]
    assert fc.truncate(pa.array(["a b"]), tokenizer="words", max_tokens=1).type == pa.string()
    assert fc.truncate([], tokenizer="words", max_tokens=1).to_pylist() == []
    assert fc.split_long([], tokenizer="words", max_tokens=1).pieces.to_pylist() == []
    assert (
        repr(fc.split_long(["a b", "c"], tokenizer="words", max_tokens=1))
        == "SplitResult(3 pieces of 2 rows)"
    )


def chat(*contents: str) -> list[dict[str, str]]:
    roles = ["system", *["user", "assistant"] * 9]
    return [{"role": role, "content": content} for role, content in zip(roles, contents, strict=False)]


CHAT = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
CONTENTS = st.lists(st.lists(st.sampled_from(["", "a", "b c", "d e f"]), max_size=8), max_size=5)


@given(CONTENTS, st.integers(1, 12))
def test_conversations_keep_whole_turns(contents: list[list[str]], limit: int) -> None:
    chats = pa.array([chat(*turns) for turns in contents], CHAT)
    cut = fc.truncate(chats, tokenizer="words", max_tokens=limit)
    assert cut.type == chats.type
    for turns, kept in zip(chats.to_pylist(), cut.to_pylist(), strict=True):
        sums = [sum(len(turn["content"].split()) for turn in turns[:end]) for end in range(len(turns) + 1)]
        ends = [
            end
            for end in range(1, len(turns) + 1)
            if end == len(turns) or turns[end - 1]["role"] == "assistant"
        ]
        fitting = [end for end in ends if sums[end] <= limit]
        expected = [] if not turns else turns[: max(fitting)] if fitting else None
        assert kept == expected


def test_conversations_with_a_template() -> None:
    rows = [chat("s", "q", "a", "q", "a"), None]
    template = "{% for m in messages %}<{{ m.role }}>{{ m.content }} {% endfor %}"
    for limit, turns in ((5, 5), (4, 3), (3, 3), (2, None)):
        cut = fc.truncate(rows, tokenizer="words", max_tokens=limit, chat_template=template).to_pylist()
        assert cut == [None if turns is None else rows[0][:turns], None]  # type: ignore[index]


@given(CONTENTS, st.integers(1, 12))
def test_pieces_of_conversations_are_as_long_as_they_may_be(contents: list[list[str]], limit: int) -> None:
    chats = [*(chat(*turns) for turns in contents), None]
    pieces = fc.split_long(pa.array(chats, CHAT), tokenizer="words", max_tokens=limit)
    expected: list[Any] = []
    for row, turns in enumerate(chats):
        # Exchanges up to an answer, or to the end, put together as long as they fit.
        made: list[tuple[list[dict[str, str]], int]] = []
        exchange: list[dict[str, str]] = []
        for place, turn in enumerate(turns or [], 1):
            exchange.append(turn)
            if turn["role"] == "assistant" or place == len(turns or []):
                tokens = sum(len(each["content"].split()) for each in exchange)
                if made and made[-1][1] + tokens <= limit:
                    made[-1] = (made[-1][0] + exchange, made[-1][1] + tokens)
                else:
                    made.append((exchange, tokens))
                exchange = []
        for part, (piece, tokens) in enumerate(made):
            expected.append((row, part, None if tokens > limit else piece, tokens))
        if not made:
            expected.append((row, 0, turns, None if turns is None else 0))
    table = pieces.table.select(["row", "part", "messages", "tokens"])
    assert table.schema.field("messages").type == CHAT
    assert [tuple(row.values()) for row in table.to_pylist()] == expected


def test_pieces_of_conversations_with_a_template() -> None:
    rows = [chat("s", "q", "a", "q", "a", "q")]
    template = "{% for m in messages %}<{{ m.role }}>{{ m.content }} {% endfor %}"
    pieces = fc.split_long(rows, tokenizer="words", max_tokens=4, chat_template=template)
    assert pieces.tokens.to_pylist() == [3, 3]
    assert pieces.pieces.to_pylist() == [rows[0][:3], rows[0][3:]]
    assert repr(pieces) == "SplitResult(2 pieces of 1 rows)"
    broken = "{{ raise_exception('no system') if messages[0].role == 'system' }}"
    with pytest.raises(ValueError, match="row 0: .*no system"):
        fc.split_long(rows, tokenizer="words", max_tokens=4, chat_template=broken)


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda: fc.truncate(["a"], tokenizer="words", max_tokens=0), ValueError, "max_tokens must be at least 1"),
        (lambda: fc.truncate(["a"], tokenizer="words", max_tokens=True), TypeError, "max_tokens must be a whole"),
        (lambda: fc.truncate(["a"], tokenizer="words", max_tokens=1, at="turn"), ValueError, "at must be one of"),
        (lambda: fc.truncate([chat("a")], tokenizer="words", max_tokens=1, at="word"), ValueError, "at must be 'turn'"),
        (lambda: fc.truncate([1], tokenizer="words", max_tokens=1), TypeError, "text"),
        (lambda: fc.split_long([chat("a")], tokenizer="words", max_tokens=1, at="word"), ValueError, "be 'turn'"),
        (lambda: fc.split_long([1], tokenizer="words", max_tokens=1), TypeError, "text"),
        (lambda: fc.split_long(["a", "a😀"], tokenizer="bytes", max_tokens=3), ValueError,
         "row 1: the character '😀' alone has more than max_tokens=3"),
    ],
)  # fmt: skip
def test_what_cannot_be_cut_says_why(run: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        run()
