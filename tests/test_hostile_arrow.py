"""Arrow memory that lies: refused with an error through every door, never read.

The C interfaces hand over pointers without sizes. A buffer that is shorter than lengths and offsets claim, a schema of
another type than the array, and a pointer to nowhere cannot be recognised by any consumer, so they are not here;
everything else that can be wrong is.
"""

import struct

import fastcurate as fc
import pyarrow as pa
import pytest
from strategies.arrow_by_hand import Given, Streamed, array, capsule, schema, through_polars

TEXT = b"onetwo\xc3\xa9"
HUGE = 2**60


def i32(*values):
    return struct.pack(f"<{len(values)}i", *values)


def i64(*values):
    return struct.pack(f"<{len(values)}q", *values)


def inline(text, padding=b"\0"):
    return struct.pack("<i", len(text)) + text.ljust(12, padding)


def view(length, prefix, buffer, offset):
    return struct.pack("<i4sii", length, prefix, buffer, offset)


def utf8(offsets=(0, 3, 6, 8), *, text=TEXT, valid=None, length=3, **fields):
    return array(length, [valid, i32(*offsets), text], **fields)


def large(offsets=(0, 3, 6, 8), *, text=TEXT, **fields):
    return array(3, [None, i64(*offsets), text], **fields)


LONG = b"a text of more than twelve bytes"


def views(*rows, lengths=(32,), **fields):
    buffers = [None, b"".join(rows), *[LONG] * len(lengths), i64(*lengths)]
    return array(len(rows), buffers, **fields)


def keyed(keys, kind=i32, values=None, **fields):
    return array(len(keys), [None, kind(*keys)], dictionary=values or utf8(), **fields)


def text_schema(kind=b"u", **fields):
    return schema(kind, **fields)


def chat_schema(**fields):
    turn = schema(b"+s", children=[schema(b"u", name=b"role"), schema(b"u", name=b"content")], **fields)
    return schema(b"+l", children=[turn])


def chats(offsets=(0, 1, 3), *, turns=None, length=2, **fields):
    return array(length, [None, i32(*offsets)], children=[turns or chat_turns()], **fields)


def chat_turns(length=3, parts=None, **fields):
    return array(length, [None], children=parts or [utf8(), utf8()], **fields)


RIGHT = {
    "utf8": (text_schema, utf8, ["one", "two", "é"]),
    "large": (lambda: text_schema(b"U"), large, ["one", "two", "é"]),
    "nulls": (text_schema, lambda: utf8(valid=b"\x05", null_count=1), ["one", None, "é"]),
    "uncounted": (text_schema, lambda: utf8(valid=b"\x05", null_count=-1), ["one", None, "é"]),
    "slice": (text_schema, lambda: utf8(length=2, offset=1), ["two", "é"]),
    "views": (
        lambda: text_schema(b"vu"),
        lambda: views(inline(b"one"), view(len(LONG), LONG[:4], 0, 0)),
        ["one", LONG.decode()],
    ),
    "keys": (
        lambda: schema(b"i", dictionary=text_schema()),
        lambda: keyed([2, 0, 2]),
        ["é", "one", "é"],
    ),
}
WRONG = {
    # lengths and counts
    "length below zero": lambda: (text_schema(), utf8(length=-1)),
    "length beyond memory": lambda: (text_schema(), utf8(length=HUGE)),
    "offset below zero": lambda: (text_schema(), utf8(offset=-1)),
    "offset beyond memory": lambda: (text_schema(), utf8(offset=2**62)),
    "offset and length that overflow": lambda: (text_schema(), utf8(length=2**62, offset=2**62)),
    "nulls below minus one": lambda: (text_schema(), utf8(null_count=-2)),
    "more nulls than rows": lambda: (text_schema(), utf8(valid=b"\0", null_count=4)),
    "nulls without a bitmap": lambda: (text_schema(), utf8(null_count=1)),
    "nulls that the bitmap does not have": lambda: (text_schema(), utf8(valid=b"\x07", null_count=2)),
    # buffers
    "too few buffers": lambda: (text_schema(), utf8(n_buffers=2)),
    "no buffers": lambda: (text_schema(), utf8(n_buffers=0)),
    "too many buffers": lambda: (text_schema(), array(1, [None, i32(0, 1), b"a", b"b"])),
    "buffers below zero": lambda: (text_schema(), utf8(n_buffers=-3)),
    "a missing list of buffers": lambda: (text_schema(), utf8(buffers=None)),
    "missing offsets": lambda: (text_schema(), array(1, [None, None, b"a"])),
    "missing text": lambda: (text_schema(), array(1, [None, i32(0, 1), None])),
    "missing large text": lambda: (text_schema(b"U"), array(1, [None, i64(0, 1), None])),
    "missing views": lambda: (text_schema(b"vu"), array(1, [None, None, i64()])),
    "missing numbers": lambda: (schema(b"i", dictionary=text_schema()), array(1, [None, None], dictionary=utf8())),
    "released": lambda: (text_schema(), utf8(release=None)),
    "children of a text": lambda: (text_schema(), utf8(children=[utf8()])),
    "children that are not there": lambda: (text_schema(), utf8(n_children=2)),
    "a dictionary of a text": lambda: (text_schema(), utf8(dictionary=utf8())),
    # offsets
    "offsets that descend": lambda: (text_schema(), utf8((0, 6, 3, 8))),
    "offsets that end before they begin": lambda: (text_schema(), utf8((8, 8, 8, 0))),
    "offsets that begin below zero": lambda: (text_schema(), utf8((-4, 3, 6, 8))),
    "offsets that end below zero": lambda: (text_schema(), utf8((0, 3, 6, -8))),
    "offsets below zero between": lambda: (text_schema(), utf8((0, -3, 6, 8))),
    "offsets beyond the last": lambda: (text_schema(), utf8((0, 100, 6, 8))),
    "large offsets that descend": lambda: (text_schema(b"U"), large((0, 6, 3, 8))),
    "large offsets beyond memory": lambda: (text_schema(b"U"), large((0, 3, 6, HUGE))),
    "large offsets below zero": lambda: (text_schema(b"U"), large((0, 3, 6, -1))),
    # views
    "a view of a buffer that is not there": lambda: (text_schema(b"vu"), views(view(20, LONG[:4], 1, 0))),
    "a view of a buffer below zero": lambda: (text_schema(b"vu"), views(view(20, LONG[:4], -1, 0))),
    "a view beyond its buffer": lambda: (text_schema(b"vu"), views(view(20, LONG[:4], 0, 20))),
    "a view from beyond its buffer": lambda: (text_schema(b"vu"), views(view(20, LONG[:4], 0, 2**30))),
    "a view from below zero": lambda: (text_schema(b"vu"), views(view(20, LONG[:4], 0, -1))),
    "a view of a length below zero": lambda: (text_schema(b"vu"), views(view(-20, LONG[:4], 0, 0))),
    "a view with another beginning": lambda: (text_schema(b"vu"), views(view(20, b"text", 0, 0))),
    "a short view with something behind": lambda: (text_schema(b"vu"), views(inline(b"one", b"x"))),
    "views without lengths": lambda: (text_schema(b"vu"), array(1, [None, inline(b"a"), LONG, None])),
    "views' lengths below zero": lambda: (text_schema(b"vu"), views(inline(b"a"), lengths=(-1,))),
    "views' lengths beyond memory": lambda: (text_schema(b"vu"), views(inline(b"a"), lengths=(HUGE,))),
    "views' buffers that are missing": lambda: (
        text_schema(b"vu"),
        array(1, [None, inline(b"a"), None, i64(32)]),
    ),
    "views without their last buffer": lambda: (text_schema(b"vu"), array(1, [None, inline(b"a")])),
    # dictionaries
    "a key below zero": lambda: (schema(b"i", dictionary=text_schema()), keyed([0, -1])),
    "a key beyond the dictionary": lambda: (schema(b"i", dictionary=text_schema()), keyed([0, 3])),
    "a huge key": lambda: (schema(b"l", dictionary=text_schema()), keyed([0, HUGE], i64)),
    "a key above the signed": lambda: (schema(b"L", dictionary=text_schema()), keyed([0, -1], i64)),
    "a dictionary that is missing": lambda: (
        schema(b"i", dictionary=text_schema()),
        array(1, [None, i32(0)]),
    ),
    "a dictionary with offsets that descend": lambda: (
        schema(b"i", dictionary=text_schema()),
        keyed([0], values=utf8((0, 6, 3, 8))),
    ),
    "a dictionary that nobody announced": lambda: (schema(b"i"), keyed([0])),
    # schemas
    "no format": lambda: (schema(None), utf8()),
    "a format that is none": lambda: (schema(b"?"), utf8()),
    "an empty format": lambda: (schema(b""), utf8()),
    "a format that is not text": lambda: (schema(b"\xff"), utf8()),
    "a name that is not text": lambda: (schema(b"u", name=b"\xff"), utf8()),
    "a released schema": lambda: (schema(b"u", release=None), utf8()),
    "a width below zero": lambda: (schema(b"w:-3"), array(1, [None, b"abc"])),
    "a list size below zero": lambda: (schema(b"+w:-2", children=[text_schema()]), array(1, [None], children=[utf8()])),
    "schema children below zero": lambda: (schema(b"+s", n_children=-1), utf8()),
    "schema children that are missing": lambda: (schema(b"+s", n_children=2), utf8()),
    "a schema child of nothing": lambda: (schema(b"+l", children=[None]), utf8()),
    "a schema without end": lambda: (nested(200), utf8()),
}  # fmt: skip
WRONG_CHATS = {
    "a list beyond its values": lambda: (chat_schema(), chats((0, 1, 9))),
    "lists that descend": lambda: (chat_schema(), chats((0, 2, 1))),
    "a list below zero": lambda: (chat_schema(), chats((-1, 1, 3))),
    "a list without values": lambda: (chat_schema(), chats(n_children=0)),
    "values that are nothing": lambda: (chat_schema(), array(1, [None, i32(0, 1)], children=[None])),
    "turns of one column": lambda: (chat_schema(), chats(turns=chat_turns(parts=[utf8()]))),
    "turns of columns that are missing": lambda: (chat_schema(), chats(turns=array(3, [None], n_children=2))),
    "turns longer than their columns": lambda: (chat_schema(), chats((0, 1, 9), turns=chat_turns(9))),
    "roles that descend": lambda: (
        chat_schema(),
        chats(turns=chat_turns(parts=[utf8((0, 6, 3, 8)), utf8()])),
    ),
}
NOT_UTF8 = {
    "bytes": lambda: (text_schema(), utf8(text=b"one\xfftw\xc3\xa9")),
    "a character in two rows": lambda: (text_schema(), utf8((0, 3, 7, 8))),
    "bytes of a view": lambda: (text_schema(b"vu"), views(inline(b"\xff"))),
    "bytes of a dictionary": lambda: (
        schema(b"i", dictionary=text_schema()),
        keyed([0], values=utf8(text=b"\xffnetwo\xc3\xa9")),
    ),
}


def nested(depth):
    made = text_schema()
    for _ in range(depth):
        made = schema(b"+l", children=[made])
    return made


@pytest.mark.parametrize("name", RIGHT)
def test_structs_by_hand_are_read_where_they_are_right(name):
    schemas, arrays, texts = RIGHT[name]
    expected = fc.fingerprint(texts)
    assert fc.fingerprint(Given(schemas(), arrays())).equals(expected)
    assert fc.normalize(Given(schemas(), arrays())).to_pylist() == texts
    assert fc.fingerprint(Streamed(schemas(), [arrays(), arrays()])).equals(
        pa.concat_arrays([expected, expected])
    )
    assert through_polars(schemas(), [arrays()], kernel="fingerprint") is None


@pytest.mark.parametrize("name", [*WRONG, *NOT_UTF8])
def test_a_wrong_array_is_refused(name):
    for function in (fc.fingerprint, fc.normalize, lambda t: fc.count_tokens(t, tokenizer="gpt2")):
        if name in NOT_UTF8 and function is fc.normalize:
            continue  # which says what becomes of such bytes: tests/test_normalize.py
        with pytest.raises((ValueError, TypeError), match=r"Arrow|UTF-8|must be a column"):
            function(Given(*(WRONG | NOT_UTF8)[name]()))
        wrong_schema, wrong_array = (WRONG | NOT_UTF8)[name]()
        if not wrong_array.release:
            continue  # which ends a stream
        with pytest.raises((ValueError, TypeError), match=r"Arrow|UTF-8|must be a column|read already"):
            function(Streamed(wrong_schema, [wrong_array]))


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_series_is_refused(name):
    for kernel in ({"kernel": "fingerprint"}, {"kernel": "simhash", "shingle": "word:3"}):
        wrong_schema, wrong_array = WRONG[name]()
        message = through_polars(wrong_schema, [wrong_array], **kernel)
        assert message is not None
        assert "cannot be read" in message or "must be a column" in message


@pytest.mark.parametrize("name", WRONG_CHATS)
def test_wrong_conversations_are_refused(name):
    with pytest.raises(ValueError, match="Arrow data cannot be read"):
        fc.count_tokens(Given(*WRONG_CHATS[name]()), tokenizer="words")
    wrong_schema, wrong_array = WRONG_CHATS[name]()
    message = through_polars(wrong_schema, [wrong_array], kernel="quality", signals=["words"])
    assert message is not None
    assert "cannot be read" in message


def test_conversations_by_hand_are_read_where_they_are_right():
    made = Given(chat_schema(), chats())
    assert fc.count_tokens(made, tokenizer="bytes").to_pylist() == [3, 5]


def test_a_later_chunk_is_looked_at_as_the_first():
    with pytest.raises(ValueError, match="offsets from 0 to -8"):
        fc.fingerprint(Streamed(text_schema(), [utf8(), utf8((0, 3, 6, -8))]))
    message = through_polars(text_schema(), [utf8(), utf8((0, 6, 3, 8))], kernel="fingerprint")
    assert message is not None
    assert "cannot be read" in message


def test_streams_that_fail():
    with pytest.raises(ValueError, match="the well is dry"):
        fc.fingerprint(Streamed(text_schema(), [utf8(), 5]))
    with pytest.raises(ValueError, match="the well is dry"):
        fc.fingerprint(Streamed(22, []))
    with pytest.raises(ValueError, match="error 5"):
        fc.fingerprint(Streamed(text_schema(), [5], get_last_error=None))
    for call in ("get_schema", "get_next"):
        with pytest.raises(ValueError, match="has been read already"):
            fc.fingerprint(Streamed(text_schema(), [], **{call: None}))


def test_a_stream_is_opened_once():
    assert fc.count_tokens(Streamed(text_schema(), [utf8()]), tokenizer="bytes").to_pylist() == [3, 3, 2]
    assert fc.quality(Streamed(text_schema(), [utf8()]), signals=["words"]).to_pylist() == [{"words": 1}] * 3
    assert fc.truncate(Streamed(text_schema(), [utf8()]), tokenizer="bytes", max_tokens=2)[0].as_py() == "on"


class Answers:
    """An object whose `__arrow_c_array__` answers anything."""

    def __init__(self, answer):
        self.answer = answer

    def __arrow_c_array__(self, requested_schema=None):
        return self.answer


@pytest.mark.parametrize(
    "answer", [None, (), (1, 2), [1], "ab", (capsule(utf8(), b"arrow_array"), capsule(utf8(), b"dltensor"))]
)
def test_what_is_no_pair_of_capsules(answer):
    with pytest.raises((TypeError, ValueError, IndexError)):
        fc.fingerprint(Answers(answer))
