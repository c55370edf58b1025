"""Well over a hundred kinds of broken file: a clear error that names the file, never another exception, never a wait.

Where a mutation may leave a readable file (one flipped bit in a Parquet page), rows or a `ValueError` are both right.
"""

import base64
import gzip
import json
import struct

import fastcurate as fc
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from fastcurate.files import read
from fastcurate.frames import open_frame
from fastcurate.recipe import load_recipe
from fastcurate.tokenizer import load_tokenizer

GOOD = b'{"text": "one"}\n{"text": "two"}\n'
TABLE = pa.table({"text": [f"row {row} " * 20 for row in range(300)], "n": list(range(300))})

LINES = {
    "nothing in braces": b"{",
    "a value that is missing": b'{"text": }',
    "a key without quotes": b"{text: 1}",
    "single quotes": b"{'text': 'a'}",
    "a comma too many": b'{"text": "a",}',
    "two commas": b'{"a": 1,, "b": 2}',
    "no colon": b'{"text" "a"}',
    "a string without an end": b'{"text": "a',
    "a string with a line break": b'{"text": "a\nb"}',
    "a control character": b'{"text": "a\x01b"}',
    "an unknown escape": b'{"text": "\\x41"}',
    "half an escape": b'{"text": "\\u00"}',
    "an escape of no digits": b'{"text": "\\uzzzz"}',
    "a lone surrogate": b'{"text": "\\ud83d"}',
    "a low surrogate first": b'{"text": "\\ude00\\ud83d"}',
    "bytes that are no UTF-8": b'{"text": "\xff\xfe"}',
    "UTF-8 cut short": b'{"text": "\xe2\x82"}',
    "overlong UTF-8": b'{"text": "\xc0\x80"}',
    "a surrogate in UTF-8": b'{"text": "\xed\xa0\x80"}',
    "a byte order mark inside": b'{"text": "a"}\xef\xbb\xbf{"text": "b"}',
    "UTF-16": '{"text": "a"}'.encode("utf-16"),
    "not a number": b'{"n": NaN}',
    "an infinity": b'{"n": Infinity}',
    "a leading zero": b'{"n": 01}',
    "a plus sign": b'{"n": +1}',
    "a point without digits": b'{"n": 1.}',
    "half an exponent": b'{"n": 1e}',
    "a hexadecimal": b'{"n": 0x10}',
    "half a word": b'{"ok": tru}',
    "Python's words": b'{"ok": True}',
    "a list": b"[1, 2]",
    "a text alone": b'"text"',
    "a number alone": b"3",
    "two objects on a line": b'{"a": 1} {"a": 2}',
    "something behind": b'{"a": 1} x',
    "a bracket that is not closed": b'{"a": [1, 2}',
    "a brace too many": b'{"a": 1}}',
    "a comment": b'{"a": 1} // one',
    "a NUL": b"\x00",
    "nesting without end": b'{"a": ' + b"[" * 100_000 + b"}",
    "objects without end": b'{"a": ' * 50_000,
    "CSV": b"a,b,c",
    "HTML": b"<!DOCTYPE html><html>",
    "a pickle": b"\x80\x05\x95\x10",
}


@pytest.mark.parametrize("kind", LINES)
def test_a_broken_line(kind, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(GOOD + LINES[kind] + b"\n" + GOOD)
    with pytest.raises(ValueError, match=r"rows\.jsonl, line 3"):
        fc.deduplicate(path)
    found = fc.deduplicate(path, on_error="skip", on="text")
    assert found.summary()["broken"] >= 1
    assert found.kept["text"].to_pylist()[:2] == ["one", "two"]


def parquet():
    sink = pa.BufferOutputStream()
    pq.write_table(TABLE, sink, compression="zstd", row_group_size=100)
    return sink.getvalue().to_pybytes()


def ipc(opened):
    sink = pa.BufferOutputStream()
    with opened(sink, TABLE.schema) as writer:
        writer.write_table(TABLE)
    return sink.getvalue().to_pybytes()


WHOLE = {
    "jsonl.gz": gzip.compress(GOOD * 500),
    "jsonl.zst": zstandard.compress(GOOD * 500),
    "parquet": parquet(),
    "arrow": ipc(pa.ipc.new_file),
    "feather": ipc(pa.ipc.new_file),
    "arrows": ipc(pa.ipc.new_stream),
    "csv.gz": gzip.compress(b"text,n\n" + b"one,1\n" * 500),
    "csv.zst": zstandard.compress(b"text,n\n" + b"one,1\n" * 500),
}
SUFFIX = {"arrows": "arrow"}
SURE = {
    "empty": lambda _: b"",
    "one byte": lambda whole: whole[:1],
    "four bytes": lambda whole: whole[:4],
    "half": lambda whole: whole[: len(whole) // 2],
    "without its first byte": lambda whole: whole[1:],
    "without its magic": lambda whole: b"\0\0\0\0\0\0\0\0" + whole[8:],
    "zeros": lambda whole: bytes(len(whole)),
    "text": lambda _: b"not what it says\n" * 30,
    "all bits turned": lambda whole: bytes(byte ^ 0xFF for byte in whole),
}
PERHAPS = {
    "a quarter": lambda whole: whole[: len(whole) // 4],
    "without its end": lambda whole: whole[:-1],
    "without its last eight": lambda whole: whole[:-8],
    "with something behind": lambda whole: whole + b"trailing",
    "twice": lambda whole: whole + whole,
    "a hole": lambda whole: whole[: len(whole) // 3] + whole[len(whole) // 3 + 100 :],
    "zeros in the middle": lambda whole: whole[: len(whole) // 2] + bytes(64) + whole[len(whole) // 2 + 64 :],
    "a length of everything": lambda whole: whole[:-8] + struct.pack("<i", 2**31 - 1) + whole[-4:],
    "a length below zero": lambda whole: whole[:-8] + struct.pack("<i", -1) + whole[-4:],
    "upside down": lambda whole: whole[::-1],
}


def refusal(folder, form, content):
    """What is said about a file of this content, None where there is nothing to say."""
    path = folder / f"rows.{SUFFIX.get(form, form)}"
    path.write_bytes(content)
    try:
        table = open_frame(path).table
    except ValueError as error:
        return str(error)
    table.validate(full=True)
    return None


@pytest.mark.parametrize("form", WHOLE)
@pytest.mark.parametrize("kind", SURE)
def test_what_is_no_file_of_its_format(kind, form, tmp_path):
    said = refusal(tmp_path, form, SURE[kind](WHOLE[form]))
    assert said is not None
    assert "rows." in said


@pytest.mark.parametrize("form", WHOLE)
@pytest.mark.parametrize("kind", PERHAPS)
def test_what_may_be_readable(kind, form, tmp_path):
    assert "rows." in (refusal(tmp_path, form, PERHAPS[kind](WHOLE[form])) or "rows.")


@pytest.mark.parametrize("form", WHOLE)
def test_a_turned_bit_anywhere(form, tmp_path):
    whole = WHOLE[form]
    for place in range(0, len(whole), max(1, len(whole) // 97)):
        changed = bytearray(whole)
        changed[place] ^= 1 << (place % 8)
        assert "rows." in (refusal(tmp_path, form, bytes(changed)) or "rows.")


def bomb(kind):
    line = b'{"text": "' + b"a" * (1 << 20) + b'"}\n'
    if kind == "gz":
        return gzip.compress(line * 16)
    if kind == "zst":
        return zstandard.compress(line * 16)
    sink = pa.BufferOutputStream()
    table = pa.table({"text": ["a" * (1 << 20) + str(row) for row in range(16)]})
    pq.write_table(table, sink, compression="zstd", use_dictionary=False)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("kind", ["gz", "zst", "parquet"])
def test_a_bomb_does_not_go_off(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(read, "SMALL", 1 << 20)
    path = tmp_path / (f"rows.jsonl.{kind}" if kind != "parquet" else "rows.parquet")
    path.write_bytes(bomb(kind))
    with pytest.raises(ValueError, match=r"rows\..*unpacks to .* over 512 times its .* unpack it and pass"):
        open_frame(path)
    monkeypatch.setattr(read, "SMALL", 1 << 30)
    assert open_frame(path).num_rows == 16


TOKENIZER = {
    "version": "1.0",
    "added_tokens": [{"id": 3, "content": "<s>", "special": True}],
    "normalizer": None,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
    "post_processor": None,
    "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]},
}


def with_model(**changes):
    return TOKENIZER | {"model": TOKENIZER["model"] | changes}


TOKENIZERS = {
    "an empty object": {},
    "no model": {key: value for key, value in TOKENIZER.items() if key != "model"},
    "a model that is a text": TOKENIZER | {"model": "BPE"},
    "a model that is a list": TOKENIZER | {"model": []},
    "a model of an unknown type": with_model(type="GPT"),
    "a vocabulary that is a list": with_model(vocab=["a", "b"]),
    "a vocabulary of texts": with_model(vocab={"a": "0"}),
    "ids below zero": with_model(vocab={"a": -1, "b": 1, "ab": 2}),
    "ids beyond 32 bits": with_model(vocab={"a": 2**40, "b": 1, "ab": 2}),
    "ids that are fractions": with_model(vocab={"a": 0.5, "b": 1, "ab": 2}),
    "merges that are a text": with_model(merges="a b"),
    "merges of one part": with_model(merges=["ab"]),
    "merges of what is unknown": with_model(merges=["a c"]),
    "merges that make what is unknown": with_model(merges=["b a"]),
    "merges of numbers": with_model(merges=[[1, 2]]),
    "an unknown pre-tokenizer": TOKENIZER | {"pre_tokenizer": {"type": "Guess"}},
    "an unknown normaliser": TOKENIZER | {"normalizer": {"type": "Guess"}},
    "a pattern that is none": TOKENIZER
    | {
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated", "invert": False}
    },
    "added tokens that are a text": TOKENIZER | {"added_tokens": "<s>"},
    "added tokens without content": TOKENIZER | {"added_tokens": [{"id": 3}]},
}
TIKTOKENS = {
    "nothing": b"",
    "no number": base64.b64encode(b"a") + b"\n",
    "no base64": b"!!! 0\n",
    "a number below zero": base64.b64encode(b"a") + b" -1\n",
    "a number that is none": base64.b64encode(b"a") + b" one\n",
    "a number beyond 32 bits": base64.b64encode(b"a") + b" 99999999999\n",
    "one number twice": base64.b64encode(b"a") + b" 0\n" + base64.b64encode(b"b") + b" 0\n",
    "bytes that are missing": base64.b64encode(b"a") + b" 0\n" + base64.b64encode(b"b") + b" 1\n",
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("kind", [*TOKENIZERS, "half", "not text", "a list"])
def test_a_broken_tokenizer(kind, tmp_path):
    path = tmp_path / "tokenizer.json"
    whole = json.dumps(TOKENIZERS.get(kind, TOKENIZER)).encode()
    path.write_bytes({"half": whole[:-20], "not text": b"\xff" + whole, "a list": b"[]"}.get(kind, whole))
    with pytest.raises(ValueError, match=r"tokenizer"):
        load_tokenizer(path)


@pytest.mark.parametrize("kind", TIKTOKENS)
def test_a_broken_tiktoken_file(kind, tmp_path):
    path = tmp_path / "ranks.tiktoken"
    path.write_bytes(TIKTOKENS[kind])
    with pytest.raises(ValueError, match=r"tiktoken|tokenizer"):
        load_tokenizer(path, pattern="gpt2")


RECIPES = {
    "no TOML": "steps = [",
    "an unknown step": "[[step]]\nkind = 'guess'\n",
    "a step of no kind": "[[step]]\nthreshold = 1\n",
    "steps that are a text": "step = 'deduplicate'\n",
    "something unknown": "colour = 'red'\n",
    "a date": "version = 2024-01-01\n",
    "a key twice": "version = 1\nversion = 2\n",
    "binary": "\x00\x01",
}


@pytest.mark.parametrize("kind", RECIPES)
def test_a_broken_recipe(kind, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(RECIPES[kind])
    with pytest.raises((ValueError, TypeError)):
        load_recipe(path)


def test_a_recipe_that_is_not_text(tmp_path):
    path = tmp_path / "own.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="own"):
        load_recipe(path)
