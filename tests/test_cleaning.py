"""What users see around `normalize`: presets, code, which rows changed, bytes that are not UTF-8, explanations."""

from typing import Any

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pytest
from fastcurate.cleaning import DEFAULTS, ORDER, PRESETS
from hypothesis import given
from hypothesis import strategies as st

BYTES = st.lists(
    st.sampled_from(
        [
            b"a",
            b" ",
            b"  ",
            b"\xc3",
            b"\xa9",
            b"\xc3\xa9",
            b"e\xcc\x81",
            b"\xff",
            b"\xe2\x82",
            b"\xf0\x9f\x98\x80",
            b"\n",
        ]
    )
    | st.binary(max_size=3),
    max_size=40,
).map(b"".join)
LAYOUTS = {
    "binary": pa.binary(),
    "large_binary": pa.large_binary(),
    "binary_view": pa.binary_view(),
    "dictionary": pa.dictionary(pa.int8(), pa.binary()),
}
STRINGS = {
    "binary": pa.string(),
    "large_binary": pa.large_string(),
    "binary_view": pa.string_view(),
    "dictionary": pa.string(),
}
CODE = "def f(x):  \n\tif x ==  1:\t# caf\u0065\u0301\x00\n\n\n\n\n        return “x”…  \r\n"


@pytest.mark.parametrize("layout", LAYOUTS)
@given(column=st.lists(st.none() | BYTES, max_size=8), skip=st.integers(0, 3), threads=st.integers(1, 2))
def test_bytes_are_reported_by_row_or_replaced(
    layout: str, column: list[bytes | None], skip: int, threads: int
) -> None:
    array = pa.array(column, pa.binary())
    array = (array.dictionary_encode() if layout == "dictionary" else array).cast(LAYOUTS[layout]).slice(skip)
    column = column[skip:]
    decoded = [None if row is None else row.decode("utf-8", "replace") for row in column]
    out, changed = fc.normalize(array, invalid="replace", changed=True, threads=threads)
    assert out.type == STRINGS[layout]
    out.validate(full=True)
    assert out.to_pylist() == fc.normalize(decoded).to_pylist()
    assert changed.to_pylist() == [
        row is not None and row != (text or "").encode()
        for row, text in zip(column, out.to_pylist(), strict=True)
    ]
    bad = [n for n, row in enumerate(column) if row is not None and not valid(row)]
    if bad:
        with pytest.raises(
            ValueError, match=rf'^row {bad[0]}: the bytes are not valid UTF-8.*invalid="replace"'
        ):
            fc.normalize(array, threads=threads)
    else:
        assert fc.normalize(array, threads=threads).equals(out)


def valid(row: bytes) -> bool:
    try:
        row.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_invalid_bytes_in_a_column_of_strings() -> None:
    broken = pa.Array.from_buffers(pa.string(), 4, pa.array([b"a", b"\xff", b"\xc3", b"\xa9"]).buffers())
    with pytest.raises(ValueError, match=r"^row 1: the bytes are not valid UTF-8 \(and those of 2 more\); "):
        fc.normalize(broken)
    assert fc.normalize(broken, invalid="replace").to_pylist() == ["a", "\ufffd", "\ufffd", "\ufffd"]
    chunks = pa.chunked_array([pa.array(["fine"]), broken])
    with pytest.raises(ValueError, match="^row 2: "):
        fc.normalize(chunks)


def test_bytes_in_polars_and_lists() -> None:
    out = fc.normalize(pl.Series("t", [b"a  b", None]))
    assert (out.dtype, out.name, out.to_list()) == (pl.String, "t", ["a b", None])
    assert fc.normalize([b"a  b", None]).to_pylist() == ["a b", None]


def test_long_rows_and_characters_that_are_none() -> None:
    rows = [
        "e\u0301 " * 3_000_000,
        "\ufdd0\uffff\U0010ffff\U000e0fff\u0378 " * 100_000,
        "a" + "\u0301\u0323" * 500_000,
        "```\n" + "x  \n" * 1_000_000,
        "&amp;" * 1_000_000,
        "Ã\x83Â" * 300_000,
        "&" + "amp;" * 1_000_000,
    ]
    for preset in PRESETS:
        once = fc.normalize(rows, preset=preset)
        assert once.equals(fc.normalize(once, preset=preset)), preset
        once.validate(full=True)
    assert fc.normalize(rows[:1], preset="sft").to_pylist() == [("é " * 3_000_000)[:-1]]


def test_code_stays_byte_for_byte() -> None:
    assert fc.normalize([CODE], preset="sft", quotes="ascii", code=True).to_pylist() == [CODE]
    fenced = f"“a”  b\n\n  ```python\n{CODE}```\t\n“c”  d"
    for preset in (None, "sft", "web"):
        out = fc.normalize([fenced], preset=preset, quotes="ascii").to_pylist()
        assert out == [f'"a" b\n\n  ```python\n{CODE}```\t\n"c" d'], preset
    text = fc.normalize([fenced], preset="sft", quotes="ascii", code=False).to_pylist()[0]
    assert 'if x == 1: # café\n\n\n        return "x"…\n' in text


PRESET_CASES = {
    "sft": (
        "Caf\u0065\u0301\u00ad\ufeff  au lait\x00 \r\n\r\n\r\n\r\n\r\n👩\u200d👩 “x” – ½\u00a0…",
        "Café au lait\n\n\n👩\u200d👩 “x” – ½\u00a0…",
    ),
    "web": (
        "  Itâ€™s&nbsp;a caf&eacute;!!!!!\r\n\r\n\r\n\r\n“yes”  ",
        "It’s a café!!!\n\n“yes”",
    ),
    "match": ("  Ｆｕｌｌ WIDTH\u200b – “Straße”\r\n\r\n\r\n½…  ", 'full width - "strasse"\n1⁄2...'),
}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset(preset: str) -> None:
    text, expected = PRESET_CASES[preset]
    assert fc.normalize([text], preset=preset).to_pylist() == [expected]
    assert fc.normalize([text], **PRESETS[preset]).to_pylist() == [expected], "a preset is a set of options"
    assert fc.normalize([expected], preset=preset).to_pylist() == [expected]


def test_an_option_beside_a_preset_has_the_last_word() -> None:
    assert fc.normalize(["a\r\nb  c"], preset="sft", line_ends="keep").to_pylist() == ["a\r\nb c"]
    assert fc.normalize(["a\n\n\n\nb"], preset="web", max_blank_lines=3).to_pylist() == ["a\n\n\n\nb"]


def test_the_documented_defaults_are_the_defaults() -> None:
    text = ["Cafe\u0301  “x” \x00\r\n\n\n\n\n```\na  b\n```\n\u200b"]
    assert fc.normalize(text).equals(fc.normalize(text, **DEFAULTS))


def test_which_rows_changed() -> None:
    rows = pa.chunked_array([["a", "b  c", None], [], ["d "], ["e"]], pa.string())
    out, changed = fc.normalize(rows, changed=True)
    assert changed.to_pylist() == [False, True, False, True, False]
    assert [len(chunk) for chunk in changed.chunks] == [len(chunk) for chunk in out.chunks]
    text, flags = fc.normalize(pl.Series("t", ["a", "b "]), changed=True)
    assert (text.to_list(), flags.to_list(), flags.dtype) == (["a", "b"], [False, True], pl.Boolean)


def test_explain_says_what_each_option_did() -> None:
    text = "Caf\u0065\u0301  “x”\x00\n\n\n\n\nIt&amp;s\u200b!!!!!"
    options: dict[str, Any] = {"quotes": "ascii", "zero_width": "remove", "dashes": "ascii"}
    told = fc.explain_normalize(text, preset="web", **options)
    assert (told.before, told.after) == (text, fc.normalize([text], preset="web", **options)[0].as_py())
    done = [change.option for change in told.changes]
    assert done == [
        "entities",
        "controls",
        "zero_width",
        "quotes",
        "form",
        "repeated_punctuation",
        "whitespace",
        "max_blank_lines",
    ]
    assert done == sorted(done, key=ORDER.index)
    assert "dashes" in told.kept
    shown = repr(told)
    for part in (
        "characters became",
        "entities=decode: 1 place",
        "It&amp;s",
        r"Cafe\u0301",
        "nothing to do for mojibake",
    ):
        assert part in shown, shown
    assert repr(fc.explain_normalize("fine")) == "<nothing to do for controls, form, whitespace>"


def test_explain_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="text must be one string, got list"):
        fc.explain_normalize(["a"])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="normalize has no option 'dash'; it has entities, mojibake"):
        fc.explain_normalize("a", dash="ascii")
    with pytest.raises(ValueError, match="^dashes must be"):
        fc.explain_normalize("a", dashes="odd")
